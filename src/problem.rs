//! What was found wrong, as data: for people to read and for scripts to sort.

use serde::Serialize;
use std::borrow::Cow;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is in doubt.
    #[serde(rename = "note")]
    Info,
    /// A result stands but a person should look.
    Warning,
    /// Something was not done.
    Error,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Info => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A warning or an error, with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Stable name, in kebab case.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found and what is allowed. Never holds a patient attribute of DICOM.
    pub message: String,
    /// The file, relative to the data root.
    pub file: Option<String>,
    /// Where in the file or stack.
    pub position: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

impl Problem {
    fn new(code: &'static str, severity: Severity, message: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into()).filter(|advice| !advice.is_empty());
        Self { code, severity, message: message.into(), file: None, position: None, advice }
    }

    /// Something worth knowing. `advice` may be empty.
    pub fn info(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(code, Severity::Info, message, advice)
    }

    /// Something to look at. `advice` may be empty.
    pub fn warning(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message, advice)
    }

    /// Something that was not done, or a result that is undefined. `advice` may be empty.
    pub fn error(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message, advice)
    }

    /// The same problem with its file.
    pub fn in_file(self, file: impl Into<String>) -> Self {
        Self { file: Some(file.into()), ..self }
    }

    /// The same problem with its place.
    pub fn at(self, position: impl Into<String>) -> Self {
        Self { position: Some(position.into()), ..self }
    }

    /// The same problem, with this file and place where it has none of its own.
    pub fn or_in(self, file: Option<&str>, position: Option<&str>) -> Self {
        let or = |own: Option<String>, other: Option<&str>| own.or_else(|| other.map(str::to_string));
        Self { file: or(self.file, file), position: or(self.position, position), ..self }
    }
}

impl std::fmt::Display for Problem {
    /// One line, whatever a file put into the message: `file: position: message. Advice [code]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut line = self.file.as_ref().map_or(String::new(), |file| format!("{file}: "));
        // What the message names itself is not said twice.
        let places = self.position.iter().flat_map(|position| position.split(", "));
        let places: Vec<&str> = places.filter(|place| !names(&self.message, place)).collect();
        if !places.is_empty() {
            line.push_str(&format!("{}: ", places.join(", ")));
        }
        line.push_str(&self.message);
        if let Some(advice) = &self.advice {
            let mut letters = advice.chars();
            let first = letters.next().map(char::to_uppercase).into_iter().flatten();
            line.push_str(&format!(". {}{}", first.collect::<String>(), letters.as_str()));
        }
        write!(f, "{} [{}]", printable(&line), self.code)
    }
}

/// Whether a place stands in a message as words of its own: `row 2` does not stand in `row 25`.
fn names(message: &str, place: &str) -> bool {
    let is_end = |next: Option<char>| next.is_none_or(|c| !c.is_alphanumeric());
    message
        .match_indices(place)
        .any(|(at, _)| is_end(message[..at].chars().next_back()) && is_end(message[at + place.len()..].chars().next()))
}

/// A text as it can be shown on one line of a terminal: control characters are escaped, because a file may hold any.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_whatever_a_file_holds() {
        let odd = "a\nerror: b\u{1b}[2J\u{9b}1m\r\t\u{7f}";
        let problem = Problem::warning("x", format!("kind {odd}"), odd).in_file(odd).at(odd);
        let line = problem.to_string();
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(line.contains(r"kind a\u{a}error: b\u{1b}[2J\u{9b}1m\u{d}\u{9}\u{7f}"), "{line}");
    }

    #[test]
    fn a_place_is_said_once() {
        let line = |message: &str, place: &str| Problem::error("x", message, "").in_file("f").at(place).to_string();
        assert_eq!(line("PixelSpacing is missing", "PixelSpacing"), "f: PixelSpacing is missing [x]");
        assert_eq!(line("PixelSpacing is missing", "frame 12, PixelSpacing"), "f: frame 12: PixelSpacing is missing [x]");
        assert_eq!(line("it stands in row 25 too", "row 2"), "f: row 2: it stands in row 25 too [x]");
    }
}
