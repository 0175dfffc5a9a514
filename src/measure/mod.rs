//! Lesions of a mask become measurements. The only door to the kernels' geometry.
//!
//! The definition: the **long axis** is the farthest pair of contour points within one 8-connected in-plane island of one acquired
//! slice; the **short axis** is the longest chord perpendicular to it inside the same island. In-plane holes are filled first
//! (RECIST measures across necrosis) and flagged. The *diameter used* is the long axis, or the short axis of a lymph node, at
//! least one pixel, rounded once to 0.1 mm. The [`Level`] says where the contour runs and stands beside every number.

mod intensity;
mod measurement;

pub use intensity::{Intensity, SliceValues, intensity};
pub use measurement::{MeasuredSlice, Measurement, components_of, measure, outline_of_slice};
pub use recist_kernels::{Level, Surface};

/// The word for a level on the command line and in results.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Centre => "centre",
        Level::Quarter => "quarter",
        Level::Edge => "edge",
        Level::Corner => "corner",
    }
}

/// The level with this name.
pub fn level_named(name: &str) -> Option<Level> {
    [Level::Centre, Level::Quarter, Level::Edge, Level::Corner].into_iter().find(|&level| level_name(level) == name)
}
