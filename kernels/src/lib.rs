//! Lesion geometry from run-length coded masks: runs of voxels and spacings in, numbers out.
//!
//! The crate knows voxels only. A mask is a list of [`Run`]s: stretches of equal voxels of one row. They come from
//! [`labelled_runs`] (one label per voxel) or [`bit_runs`] (one bit per voxel), and every measurement works on runs, so its cost
//! follows the surface of an object rather than its volume.
//!
//! # Frame
//!
//! Voxel coordinates are `[column, row, slice]`, columns fastest in memory. The centre of the first voxel is the origin, so a
//! voxel covers half a unit to each side of its index. Lengths are millimetres; a caller gives either the spacing between columns
//! and rows, or three step vectors (column, row, slice) when the grid may be oblique or sheared.
//!
//! # Order of runs
//!
//! Unless a function says otherwise it takes runs sorted by (slice, row, start) that neither overlap nor touch within a row, as
//! the extracting functions produce them. This is checked in debug builds. Columns, rows and slices stay below 2^20.
//!
//! # Example
//!
//! ```
//! use recist_kernels::{Level, in_plane_axes, labelled_runs};
//!
//! // Eight voxels in a row of a 10 x 3 slice.
//! let mut voxels = [0u8; 30];
//! voxels[11..19].fill(1);
//! let mut runs = Vec::new();
//! labelled_runs(&voxels, 10, 3, 0, &mut |_label, run| runs.push(run));
//!
//! let axes = in_plane_axes(&runs, [0.7, 0.7], Level::Edge).unwrap();
//! assert!((axes.long_axis_mm - 5.6).abs() < 1e-12);
//! ```
//!
//! # Where things are
//!
//! `runs` and `bits` extract; `moments` and `components` count, place and divide; `in_plane` finds the long axis of a slice with
//! `grid` (pixel spacings), `island` (what belongs together), `hull`, `contour` (its outline at a level), `chord` (the short axis) and `inside` (does a
//! segment leave the island); `surface` counts `cells` and adds up what `cell_mesh` and `crofton` say of each kind; `diameter_3d`
//! and `outline` stand alone.

mod bits;
mod cell_mesh;
mod cells;
mod chord;
mod components;
mod contour;
mod crofton;
mod diameter_3d;
mod extract;
mod grid;
mod hull;
mod in_plane;
mod inside;
mod island;
mod moments;
mod outline;
mod runs;
mod slabs;
mod surface;
mod vector;

pub use bits::bit_runs;
pub use components::{Components, Connectivity, components};
pub use contour::Level;
pub use diameter_3d::{Points, max_3d_diameter_mm};
pub use extract::{Voxel, labelled_runs, line_runs, row_runs};
pub use in_plane::{InPlaneAxes, in_plane_axes};
pub use moments::{Moments, moments};
pub use outline::outline;
pub use runs::{BoundingBox, Run, bounding_box, count, touches_border};
pub use slabs::{LabelCollector, RunsByLabel, volume_runs};
pub use surface::{Surface, SurfaceTable};
