//! Where voxels are, and which of them belong to a lesion. Nothing here knows DICOM.
//!
//! Inside the program every position is in the DICOM patient frame, **LPS millimetres**: x grows towards the patient's
//! left, y towards the back, z towards the head. Other conventions (NIfTI's RAS) are converted once, by the reader.
//!
//! A [`VoxelIndex`] counts from zero; (0, 0, 0) is the *centre* of the first voxel (DICOM PS3.3 C.7.6.2.1.1).

mod geometry;
mod grid_match;
mod image;
mod mask;
mod stack;
mod values;

pub use geometry::{LpsPoint, VolumeGeometry, VoxelIndex, in_plane_name};
pub use grid_match::{AxisMap, match_grids};
pub use image::{Volume, Voxels};
pub use mask::{LabelCollector, Mask, MaskKind, Run, RunsByLabel, Segment, Voxel, bit_runs, line_runs, row_runs};
pub use stack::{NotAVolume, SlicePlane, stack_slices};
pub use values::Values;
