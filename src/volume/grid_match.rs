//! Do two grids share their voxels? Decided by physical position, never by index.

use super::VolumeGeometry;
use nalgebra::Vector3;

/// How far, in voxels of the image, a voxel of a mask may lie from the one it is used on.
const TOLERANCE_VOXELS: f64 = 1e-3;

/// A mask axis for every image axis: `image[i] = offset[i] + sign[i] * mask[axis[i]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisMap {
    /// Which mask axis runs along image axis 0 (columns), 1 (rows), 2 (slices).
    pub axis: [usize; 3],
    /// +1, or -1 where it runs backwards.
    pub sign: [i64; 3],
    /// Image index of the mask's first voxel.
    pub offset: [i64; 3],
}

/// Matches a stored grid with an image: `origin` and `steps` are the LPS position of the first stored voxel and the steps along
/// its stored axes (fastest first), `sizes` the number of voxels along them.
///
/// `None` when any stored voxel centre lies more than 1e-3 voxel from an image lattice point. The stored grid may be smaller than
/// the image, reach beyond it, be flipped, or have its axes in another order.
pub fn match_grids(image: &VolumeGeometry, origin: Vector3<f64>, steps: [Vector3<f64>; 3], sizes: [usize; 3]) -> Option<AxisMap> {
    let voxel_of = image.voxel_of()?;
    let first = Vector3::from(voxel_of(super::LpsPoint(origin)));
    let along = steps.map(|step| Vector3::from(voxel_of(super::LpsPoint(origin + step))) - first);
    let mut map = AxisMap { axis: [usize::MAX; 3], sign: [0; 3], offset: [0; 3] };
    for (mask_axis, direction) in along.iter().enumerate() {
        let image_axis = direction.iamax();
        if map.axis[image_axis] != usize::MAX {
            return None;
        }
        map.axis[image_axis] = mask_axis;
        map.sign[image_axis] = if direction[image_axis] < 0.0 { -1 } else { 1 };
    }
    for axis in 0..3 {
        map.offset[axis] = first[axis].round() as i64;
    }
    // An affine difference is largest in a corner of the mask.
    for corner in 0..8 {
        let index = [0, 1, 2].map(|axis| if corner >> axis & 1 == 1 { sizes[axis].saturating_sub(1) as f64 } else { 0.0 });
        let at = first + along[0] * index[0] + along[1] * index[1] + along[2] * index[2];
        for axis in 0..3 {
            let expected = map.offset[axis] as f64 + map.sign[axis] as f64 * index[map.axis[axis]];
            if (at[axis] - expected).abs() > TOLERANCE_VOXELS || at[axis].is_nan() {
                return None;
            }
        }
    }
    Some(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::LpsPoint;

    fn image() -> VolumeGeometry {
        VolumeGeometry {
            columns: 20,
            rows: 30,
            slices: 10,
            spacing_mm: [0.7, 0.8],
            origin: LpsPoint::new(-50.0, 20.0, 100.0),
            row_direction: Vector3::x(),
            column_direction: Vector3::y(),
            slice_step: Vector3::new(0.0, 0.0, 3.0),
        }
    }

    #[test]
    fn flipped_and_permuted_axes_are_found() {
        // Stored fastest first: slices downwards from the last, columns, rows backwards from row 29.
        let origin = image().lps([0.0, 29.0, 9.0]).0;
        let steps = [Vector3::new(0.0, 0.0, -3.0), Vector3::new(0.7, 0.0, 0.0), Vector3::new(0.0, -0.8, 0.0)];
        let map = match_grids(&image(), origin, steps, [10, 20, 30]).unwrap();
        assert_eq!(map, AxisMap { axis: [1, 2, 0], sign: [1, -1, -1], offset: [0, 29, 9] });
    }

    #[test]
    fn a_cropped_mask_lies_on_the_lattice_and_a_shifted_one_does_not() {
        let steps = [Vector3::new(0.7, 0.0, 0.0), Vector3::new(0.0, 0.8, 0.0), Vector3::new(0.0, 0.0, 3.0)];
        let cropped = match_grids(&image(), image().lps([4.0, 5.0, 2.0]).0, steps, [6, 6, 3]).unwrap();
        assert_eq!(cropped.offset, [4, 5, 2]);
        assert_eq!(match_grids(&image(), image().lps([4.01, 5.0, 2.0]).0, steps, [6, 6, 3]), None);
        // Half a percent more spacing: right at the first voxel, 0.1 voxel off at the last.
        let wider = [steps[0] * 1.005, steps[1], steps[2]];
        assert_eq!(match_grids(&image(), image().origin.0, wider, [20, 30, 10]), None);
    }
}
