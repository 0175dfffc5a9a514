//! What holds for every grid that comes out of a reader.

use recist::volume::VolumeGeometry;

/// What the largest sizes and distances that readers accept add up to: three axes of 2^20 voxels, a metre apart.
const LONGEST_MM: f64 = 4e9;

/// Coordinates count from a place in or near the scanner. Far beyond, doubles no longer hold hundredths of a millimetre.
const FARTHEST_MM: f64 = 1e6;

/// Panics unless distances are finite and above 0, axes in the plane are perpendicular unit vectors and slices ascend.
pub fn check_grid(grid: &VolumeGeometry) {
    let VolumeGeometry { columns, rows, slices, spacing_mm, origin, row_direction, column_direction, slice_step } = grid;
    assert!(*columns > 0 && *rows > 0 && *slices > 0, "a grid without voxels: {grid:?}");
    assert!(spacing_mm.iter().all(|mm| mm.is_finite() && *mm > 0.0), "spacing: {grid:?}");
    assert!(origin.0.iter().chain(slice_step).all(|mm| mm.is_finite()), "origin or step: {grid:?}");
    let (row, column) = (row_direction, column_direction);
    assert!((row.norm() - 1.0).abs() < 1e-6 && (column.norm() - 1.0).abs() < 1e-6, "directions are no unit vectors: {grid:?}");
    assert!(row.dot(column).abs() < 1e-6, "directions are not perpendicular: {grid:?}");
    assert!(grid.spacing_between_slices() > 0.0, "slices do not ascend along their normal: {grid:?}");
    let voxel = grid.voxel_volume_mm3();
    assert!(voxel.is_finite() && voxel > 0.0, "the volume of a voxel is {voxel}: {grid:?}");
    let across = longest_mm(grid);
    assert!(across <= LONGEST_MM, "{across} mm across: {grid:?}");
    assert!(origin.0.norm() <= FARTHEST_MM, "far away: {grid:?}");
}

/// No line in a slice is longer, in millimetres: across the outer corners of its pixels.
pub fn longest_in_plane_mm(grid: &VolumeGeometry) -> f64 {
    f64::hypot(grid.columns as f64 * grid.spacing_mm[0], grid.rows as f64 * grid.spacing_mm[1])
}

/// No line in the grid is longer, in millimetres: the sum of its three edges.
pub fn longest_mm(grid: &VolumeGeometry) -> f64 {
    grid.columns as f64 * grid.spacing_mm[0] + grid.rows as f64 * grid.spacing_mm[1] + grid.slices as f64 * grid.slice_step.norm()
}
