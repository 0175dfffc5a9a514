//! Lesion geometry from run-length coded masks: runs of voxels and spacings in, numbers out.
//!
//! The crate knows voxels only. A mask is a list of [`Run`]s: stretches of equal voxels of one row. They come from
//! [`labelled_runs`] and [`volume_runs`] (one label per voxel) or [`bit_runs`] (one bit per voxel), and every measurement works on
//! runs, so its cost follows the surface of an object rather than its volume.
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
//! All labels of a volume at once, on all threads:
//!
//! ```
//! use recist_kernels::{Connectivity, Points, components, max_3d_diameter_mm, moments, volume_runs};
//!
//! // Label 2 fills a cube of 3 x 3 x 3 voxels, label 300 a voxel of its own.
//! let mut voxels = vec![0u16; 10 * 10 * 10];
//! for place in 0..27 {
//!     voxels[(2 + place / 9) * 100 + (2 + place / 3 % 3) * 10 + 2 + place % 3] = 2;
//! }
//! voxels[999] = 300;
//! let runs = volume_runs(&voxels, 10, 10, 0, u32::from);
//! assert_eq!(runs.keys().copied().collect::<Vec<_>>(), [2, 300]);
//!
//! let cube = &runs[&2];
//! let steps = [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 2.0]];
//! assert_eq!(moments(cube).unwrap().voxels(), 27);
//! assert_eq!(components(cube, Connectivity::TwentySix).voxels, [27]);
//! assert_eq!(max_3d_diameter_mm(cube, steps, Points::Centres), (1.0f64 + 1.0 + 16.0).sqrt());
//! ```
//!
//! # Where things are
//!
//! `extract` and `bits` find runs, `slabs` sorts them by label and cuts volumes for several threads; `runs`, `moments` and
//! `components` count, place and divide. `in_plane` finds the axes of a slice, `diameter_3d` the farthest pair in space, `surface`
//! volume and area of the surface, `outline` what a picture shows. `hull` and `vector` are what they share.
//!
//! # Threads, vectors and exactness
//!
//! Only [`volume_runs`] uses threads, over slabs. Every other function runs on the thread that calls it, so that a caller may go
//! through lesions or masks side by side. Nothing depends on the number of threads, on where a volume is cut, or on the machine's
//! vector instructions: runs are whole numbers, counts and moments are sums of whole numbers, what is farthest is compared in whole
//! numbers or as the greatest of one formula, and surfaces are counted in whole numbers before they are weighed.
//!
//! The loops over voxels are plain Rust that compiles to vector instructions and reads as fast as memory. The search for what is not
//! background is compiled once more for AVX2 and taken where the processor has it, as it is three times as fast in the cache; that
//! call, in `widest`, is all that is unsafe. Paths written for AVX-512 were not faster.

mod bits;
mod components;
mod diameter_3d;
mod extract;
mod hull;
mod in_plane;
mod moments;
mod outline;
mod runs;
mod slabs;
mod surface;
mod vector;
mod widest;

pub use bits::bit_runs;
pub use components::{Components, Connectivity, components};

pub use diameter_3d::{Points, max_3d_diameter_mm};
pub use extract::{Voxel, labelled_runs, line_runs, row_runs};
pub use in_plane::{InPlaneAxes, Level, in_plane_axes};
pub use moments::{Moments, moments};
pub use outline::outline;
pub use runs::{BoundingBox, Run, bounding_box, count, touches_border};
pub use slabs::{LabelCollector, RunsByLabel, volume_runs};
pub use surface::{Surface, SurfaceTable};
