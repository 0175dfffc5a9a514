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
    #[error("{file}: {attribute} is {found}; {allowed}")]
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
}

/// The ways to split a series, one after the other.
fn list(splits: &[Split]) -> String {
    splits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; or in ")
}

impl Error {
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
        }
    }

    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::Corrupt { .. } => "Fetch the file again from the archive",
            Self::Attribute { .. } => "Export the series again from the archive, with complete headers",
            Self::Geometry { source, .. } => match source {
                NotAVolume::Gap { .. } => "Fetch the missing slices; nothing is measured across a gap",
                NotAVolume::SamePosition { .. } => "Keep one reconstruction in the series",
                _ => "Remove the odd slice from the folder or fetch the series again",
            },
            Self::SeveralStacks { .. } => {
                "Choose the one that was segmented with --stack KEYWORD=VALUE, or in the trial file with [data.stacks]"
            }
            Self::Contradiction { .. } => "Keep the right one of the two files",
            Self::Misplaced { .. } => "Put the mask of this image in its place, or export it again on the image grid",
            Self::Unsupported { .. } => "Convert it to one of the formats that the README lists",
        }
    }

    /// The same as a row for reports: code, file and reason apart.
    pub fn to_problem(&self) -> Problem {
        let message = self.to_string();
        let message = message.strip_prefix(&format!("{}: ", self.file())).unwrap_or(&message).to_string();
        Problem::error(self.code(), message, self.advice()).in_file(self.file())
    }
}
