//! The farthest pair of points of a mask in space.

mod ball;
mod candidates;
mod cone;
mod farthest;
mod spot;

use crate::runs::{Run, are_in_order};
use candidates::candidates;
use farthest::greatest_distance;

/// Which points of a mask a 3-D diameter connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Points {
    /// Voxel centres.
    #[default]
    Centres,
    /// Half-way between every voxel and each of its six neighbours outside: `Maximum3DDiameter` of PyRadiomics.
    EdgeMidpoints,
    /// Voxel corners.
    Corners,
}

/// The greatest distance in mm between two points of a mask; 0 without voxels.
///
/// `steps` are the vectors in mm from one voxel to the next along columns, rows and slices. They may be oblique or sheared, but
/// not lie in one plane. Holes do not matter.
///
/// The ends of the farthest pair are vertices of the convex hulls of the single slices. The result is the greatest of the
/// distances between these, each computed by one formula from the whole numbers of half voxels between its ends; a pair is only
/// passed over when a bound with room for rounding shows that it is shorter. So the result depends neither on the order in which
/// pairs are compared nor on where in the volume the mask lies, and it is the distance of the farthest pair but for the last
/// digits of that formula.
pub fn max_3d_diameter_mm(runs: &[Run], steps: [[f64; 3]; 3], points: Points) -> f64 {
    debug_assert!(are_in_order(runs), "runs must be sorted and apart");
    greatest_distance(&candidates(runs, points), steps)
}
