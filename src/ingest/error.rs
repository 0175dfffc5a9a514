//! Why a file or a series cannot be used.

use super::stacks::Split;
use crate::problem::Problem;
use crate::volume::NotAVolume;

/// A file or series that cannot be used. `file` is always relative to the data root.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system or a decoder refuses.
    #[error("{file}: cannot be read: {reason}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What was said.
        reason: String,
    },
    /// An attribute is absent or has a value that is not allowed.
    #[error("{file}: {attribute} is {}; {allowed}", shortened(found))]
    Attribute {
        /// Which file.
        file: String,
        /// DICOM keyword, or name of the header field.
        attribute: &'static str,
        /// What was found.
        found: String,
        /// What is allowed, and why it matters.
        allowed: String,
    },
    /// The slices of a series are not one volume.
    #[error("{file}: {source}")]
    Geometry {
        /// The file that is odd, or the one before a gap.
        file: String,
        /// What is wrong.
        #[source]
        source: NotAVolume,
    },
    /// Several stacks remain in one series.
    #[error("{file}: the series holds several stacks of slices, which differ in {}", list(splits))]
    SeveralStacks {
        /// One of the files.
        file: String,
        /// The ways to tell them apart.
        splits: Vec<Split>,
    },
    /// Two files contradict each other.
    #[error("{file}: {reason}")]
    Contradiction {
        /// Which file.
        file: String,
        /// What contradicts what.
        reason: String,
    },
    /// The mask does not belong to the image.
    #[error("{file}: the mask does not lie on the image: {reason}")]
    Misplaced {
        /// Which mask.
        file: String,
        /// Why it does not belong.
        reason: String,
    },
    /// Sound, but not something this program reads.
    #[error("{file}: {what} is not supported")]
    Unsupported {
        /// Which file.
        file: String,
        /// What it is.
        what: String,
    },
    /// The bytes do not fit the header.
    #[error("{file}: {reason}")]
    Corrupt {
        /// Which file.
        file: String,
        /// How they do not fit.
        reason: String,
    },
    /// One of the others, in one frame of a file that may hold several.
    #[error("{}: frame {number}: {}", error.file(), error.reason())]
    InFrame {
        /// Which frame, counted from 1.
        number: usize,
        /// What is wrong with it.
        error: Box<Error>,
    },
}

/// The ways to split a series, one after the other.
fn list(splits: &[Split]) -> String {
    splits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; or in ")
}

/// What was found, short enough for a message.
fn shortened(found: &str) -> String {
    const MOST: usize = 100;
    match found.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &found[..end]),
        None => found.to_string(),
    }
}

impl Error {
    /// The same error, in this frame, counted from 0.
    pub(super) fn in_frame(self, frame: usize) -> Self {
        Self::InFrame { number: frame + 1, error: Box::new(self) }
    }

    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Attribute { .. } => "bad-attribute",
            Self::Geometry { source, .. } => match source {
                NotAVolume::Gap { .. } => "missing-slice",
                NotAVolume::SamePosition { .. } => "same-position",
                NotAVolume::Differs { .. } => "odd-slice",
                NotAVolume::Shifted { .. } => "shifted-slice",
                NotAVolume::Empty => "empty-series",
            },
            Self::SeveralStacks { .. } => "several-stacks",
            Self::Contradiction { .. } => "contradiction",
            Self::Misplaced { .. } => "misplaced-mask",
            Self::Unsupported { .. } => "unsupported",
            Self::Corrupt { .. } => "corrupt",
            Self::InFrame { error, .. } => error.code(),
        }
    }

    /// The file, relative to the data root.
    pub fn file(&self) -> &str {
        match self {
            Self::Unreadable { file, .. }
            | Self::Attribute { file, .. }
            | Self::Geometry { file, .. }
            | Self::SeveralStacks { file, .. }
            | Self::Contradiction { file, .. }
            | Self::Misplaced { file, .. }
            | Self::Unsupported { file, .. }
            | Self::Corrupt { file, .. } => file,
            Self::InFrame { error, .. } => error.file(),
        }
    }

    /// Where in the file or stack: the attribute, the frame, the place along the normal.
    pub fn position(&self) -> Option<String> {
        match self {
            Self::Attribute { attribute, .. } => Some((*attribute).to_string()),
            Self::Geometry { source, .. } => source.position_mm().map(|mm| format!("{mm:.3} mm along the normal")),
            Self::InFrame { number, error } => {
                let inside = error.position().map_or(String::new(), |position| format!(", {position}"));
                Some(format!("frame {number}{inside}"))
            }
            _ => None,
        }
    }

    /// What is wrong, without file and frame.
    pub fn reason(&self) -> String {
        if let Self::InFrame { error, .. } = self {
            return error.reason();
        }
        let text = self.to_string();
        text.strip_prefix(&format!("{}: ", self.file())).unwrap_or(&text).to_string()
    }

    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "Check its name and permissions, or fetch it again from the archive",
            Self::Corrupt { .. } => "Fetch the file again from the archive",
            Self::Attribute { .. } => "Export it again from the archive, with complete headers",
            Self::Geometry { source, .. } => match source {
                NotAVolume::Gap { .. } => "Fetch the missing slices; nothing is measured across a gap",
                NotAVolume::SamePosition { .. } => "Keep one reconstruction in the series",
                _ => "Remove the odd slice from the folder or fetch the series again",
            },
            Self::SeveralStacks { .. } => {
                "Choose the one that was segmented with --stack KEYWORD=VALUE, or in the trial file with [data.stacks]"
            }
            Self::Contradiction { .. } => "Keep what is right and remove the other",
            Self::Misplaced { .. } => "Put the mask of this image in its place, or export it again on the image grid",
            Self::Unsupported { .. } => "Convert it to one of the formats that the README lists",
            Self::InFrame { error, .. } => error.advice(),
        }
    }

    /// The same as a row for reports: code, file, position and reason apart.
    pub fn to_problem(&self) -> Problem {
        let problem = Problem::error(self.code(), self.reason(), self.advice()).in_file(self.file());
        match self.position() {
            Some(position) => problem.at(position),
            None => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(found: &str) -> Error {
        let (file, allowed) = ("a.dcm".to_string(), "two numbers are expected".to_string());
        Error::Attribute { file, attribute: "PixelSpacing", found: found.to_string(), allowed }
    }

    #[test]
    fn a_problem_says_where() {
        let place = |error: &Error| error.to_problem().position;
        assert_eq!(place(&attribute("missing")).as_deref(), Some("PixelSpacing"));
        let framed = attribute("missing").in_frame(11);
        assert_eq!(place(&framed).as_deref(), Some("frame 12, PixelSpacing"));
        assert_eq!(framed.to_string(), "a.dcm: frame 12: PixelSpacing is missing; two numbers are expected");
        assert!(framed.to_problem().to_string().starts_with("a.dcm: frame 12: PixelSpacing is missing;"));
        let source = NotAVolume::Gap { before: 0, after: 1, found_mm: 6.0, expected_mm: 3.0, position_mm: -12.5 };
        let gap = Error::Geometry { file: "a.dcm".to_string(), source };
        assert_eq!(place(&gap).as_deref(), Some("-12.500 mm along the normal"));
    }

    #[test]
    fn what_was_found_is_cut_short() {
        let error = attribute(&"1\\".repeat(100_000)).to_string();
        assert!(error.len() < 200 && error.ends_with("...; two numbers are expected"), "{error}");
    }
}
