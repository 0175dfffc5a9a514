//! What was found wrong, as data: for people to read and for scripts to sort.

use serde::Serialize;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is in doubt.
    Info,
    /// A result stands but a person should look.
    Warning,
    /// Something was not done.
    Error,
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
    fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), file: None, position: None, advice: None }
    }

    /// Something worth knowing.
    pub fn info(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Info, message)
    }

    /// Something to look at.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// Something that was not done.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// Names the file.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names the place.
    pub fn at(mut self, position: impl Into<String>) -> Self {
        self.position = Some(position.into());
        self
    }

    /// Says what to do.
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(position) = &self.position {
            write!(f, " (at {position})")?;
        }
        if let Some(advice) = &self.advice {
            write!(f, ". {advice}")?;
        }
        write!(f, " [{}]", self.code)
    }
}
