//! From files to volumes and masks. The only door to the dicom crates when reading.
//!
//! Content decides what a file is, never its name. Geometry comes from positions and directions, never from instance numbers.
//! What cannot be proven to be right is an [`Error`] that names the file; what is right but odd is a
//! [`Problem`](crate::problem::Problem) beside the result.
//!
//! Reading order: [`catalog`](Catalog) walks a tree and sorts what it finds; `image_file` reads headers; `series` stacks them;
//! `pixels` decodes, compressed frames with `codecs`; `seg`, `rtstruct`, `nifti`, `nrrd` read masks; `placement` puts them on an image.

mod archive;
mod attributes;
mod catalog;
mod class;
mod codecs;
mod contour_fill;
mod data_set;
mod dicom_file;
mod error;
mod fragments;
mod frames;
mod functional_groups;
mod guard;
mod gzip;
mod image_file;
mod label_grid;
mod label_numbers;
mod label_slabs;
mod label_stream;
mod mask_file;
mod nifti;
mod nifti_header;
mod nrrd;
mod nrrd_data;
mod nrrd_header;
mod parser;
mod pixel_plan;
mod pixels;
mod placement;
mod rtstruct;
mod samples;
mod scan;
mod seg;
mod seg_frames;
mod seg_grid;
mod series;
mod source;
mod stacks;

pub use catalog::{Catalog, Progress};
pub use error::Error;
pub use guard::guarded;
pub use mask_file::{LoadedMask, MaskFile};
pub use pixels::{SlicePixels, load_slice, load_volume};
pub use series::{FrameRef, OpenFiles, Series, Stack};
pub use source::SourceFile;
pub use stacks::{Split, StackChoice, StackChoices};
