//! What was found wrong, as data: for people to read and for scripts to sort.

use serde::Serialize;

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
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        if let Some(position) = &self.position {
            write!(f, "{position}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(advice) = &self.advice {
            let mut letters = advice.chars();
            let first = letters.next().map(char::to_uppercase).into_iter().flatten();
            write!(f, ". {}{}", first.collect::<String>(), letters.as_str())?;
        }
        write!(f, " [{}]", self.code)
    }
}
