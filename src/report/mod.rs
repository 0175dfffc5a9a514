//! The report: one self-contained HTML page that a data manager reads and a radiologist recognises.
//!
//! Plain values in ([`Report`]), a string out ([`render`]). Nothing is measured or judged here, nothing outside the page
//! is referred to, and there is no clock: the same report gives the same bytes.

mod beside;
mod chart;
mod key_image;
mod model;
mod page;
mod picture;
mod subject;
mod wording;

pub use model::*;
pub use page::render;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The picture of a lesion could not be encoded.
    #[error("the key image of lesion `{lesion}` at visit `{visit}` could not be written as PNG: {source}")]
    Png {
        /// Lesion on the picture.
        lesion: String,
        /// Visit of the picture.
        visit: String,
        /// What the encoder said.
        source: image::ImageError,
    },
}
