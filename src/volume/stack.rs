//! From single slices to a volume: only when their geometry proves that they are one.

use super::{LpsPoint, VolumeGeometry};
use nalgebra::Vector3;

/// Where one slice lies.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicePlane {
    /// Voxels in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Millimetres \[between columns, between rows\].
    pub spacing_mm: [f64; 2],
    /// Centre of the first voxel.
    pub position: LpsPoint,
    /// Unit vector along a row.
    pub row_direction: Vector3<f64>,
    /// Unit vector along a column.
    pub column_direction: Vector3<f64>,
}

/// Why slices are not a volume. Indices are those of the slices as given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotAVolume {
    /// Nothing to stack.
    #[error("there is no slice")]
    Empty,
    /// One slice differs from the majority.
    #[error("{what} is {found} where the other slices have {expected}")]
    Differs {
        /// The odd slice.
        index: usize,
        /// Which property.
        what: &'static str,
        /// Its value.
        found: String,
        /// The value of the others.
        expected: String,
        /// Where, along the normal of the others.
        position_mm: f64,
    },
    /// Two slices lie at one position.
    #[error("two slices lie at the same position ({position_mm:.3} mm along the normal)")]
    SamePosition {
        /// The first of the two.
        first: usize,
        /// The second.
        second: usize,
        /// Where, along the normal.
        position_mm: f64,
    },
    /// A slice is missing or displaced.
    #[error(
        "the distance between neighbouring slices is {found_mm:.3} mm at {position_mm:.3} mm along the normal, elsewhere \
         {expected_mm:.3} mm: a slice is missing or displaced"
    )]
    Gap {
        /// The slice before the gap.
        before: usize,
        /// The slice after it.
        after: usize,
        /// Distance found.
        found_mm: f64,
        /// Distance of the others (the median).
        expected_mm: f64,
        /// Position of the slice before.
        position_mm: f64,
    },
    /// Slices are shifted sideways irregularly.
    #[error("the slice is shifted sideways by {shift_mm:.3} mm against the line through the others")]
    Shifted {
        /// The odd slice.
        index: usize,
        /// By how much.
        shift_mm: f64,
        /// Where, along the normal.
        position_mm: f64,
    },
}

impl NotAVolume {
    /// Where along the normal, in millimetres; of a gap, where the slice before it lies.
    pub fn position_mm(&self) -> Option<f64> {
        match self {
            Self::Empty => None,
            Self::Differs { position_mm, .. }
            | Self::SamePosition { position_mm, .. }
            | Self::Gap { position_mm, .. }
            | Self::Shifted { position_mm, .. } => Some(*position_mm),
        }
    }
}

/// Orders slices by their position along the normal and proves that they form a regular stack.
///
/// `single_slice_mm` is the distance assumed when there is only one slice (its thickness). Returns the geometry and, for each
/// slice of the volume, the index of the plane it came from.
///
/// Tolerances (ingest facts, section 1): directions within 1e-3, spacings within 1e-4 relative, gaps within 1 % or 0.01 mm,
/// whichever is larger.
///
/// # Errors
/// See [`NotAVolume`].
pub fn stack_slices(planes: &[SlicePlane], single_slice_mm: f64) -> Result<(VolumeGeometry, Vec<usize>), NotAVolume> {
    let reference = majority(planes).ok_or(NotAVolume::Empty)?;
    for (index, plane) in planes.iter().enumerate() {
        same_kind(index, plane, reference)?;
    }
    let normal = reference.row_direction.cross(&reference.column_direction);
    let along = |index: usize| normal.dot(&planes[index].position.0);
    let mut order: Vec<usize> = (0..planes.len()).collect();
    order.sort_by(|&a, &b| along(a).total_cmp(&along(b)));

    let slice_step = if planes.len() == 1 { normal * single_slice_mm } else { regular_step(planes, &order, along)? };
    let geometry = VolumeGeometry {
        columns: reference.columns,
        rows: reference.rows,
        slices: planes.len(),
        spacing_mm: reference.spacing_mm,
        origin: planes[order[0]].position,
        row_direction: reference.row_direction,
        column_direction: reference.column_direction,
        slice_step,
    };
    Ok((geometry, order))
}

/// The plane that most others agree with, so that the odd one out is named and not the first file.
fn majority(planes: &[SlicePlane]) -> Option<&SlicePlane> {
    let mut best: Option<(usize, &SlicePlane)> = None;
    for candidate in planes {
        let agreeing = planes.iter().filter(|plane| alike(plane, candidate)).count();
        if 2 * agreeing > planes.len() {
            return Some(candidate);
        }
        if best.is_none_or(|(count, _)| agreeing > count) {
            best = Some((agreeing, candidate));
        }
    }
    best.map(|(_, plane)| plane)
}

/// Whether two planes may belong to one stack, as [`same_kind`] says it, without words.
fn alike(a: &SlicePlane, b: &SlicePlane) -> bool {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-4 * b.abs();
    (a.columns, a.rows) == (b.columns, b.rows)
        && close(a.spacing_mm[0], b.spacing_mm[0])
        && close(a.spacing_mm[1], b.spacing_mm[1])
        && (a.row_direction - b.row_direction).norm() <= 1e-3
        && (a.column_direction - b.column_direction).norm() <= 1e-3
}

fn same_kind(index: usize, plane: &SlicePlane, reference: &SlicePlane) -> Result<(), NotAVolume> {
    let normal = reference.row_direction.cross(&reference.column_direction);
    let position_mm = normal.dot(&plane.position.0);
    if alike(plane, reference) {
        return Ok(());
    }
    let differs = |what, found: String, expected: String| Err(NotAVolume::Differs { index, what, found, expected, position_mm });
    if (plane.columns, plane.rows) != (reference.columns, reference.rows) {
        let size = |p: &SlicePlane| format!("{} x {}", p.columns, p.rows);
        return differs("the matrix (columns x rows)", size(plane), size(reference));
    }
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-4 * b.abs();
    if !(close(plane.spacing_mm[0], reference.spacing_mm[0]) && close(plane.spacing_mm[1], reference.spacing_mm[1])) {
        let spacing = |p: &SlicePlane| format!("{} x {} mm", p.spacing_mm[0], p.spacing_mm[1]);
        return differs("the pixel spacing", spacing(plane), spacing(reference));
    }
    let turned = |a: &Vector3<f64>, b: &Vector3<f64>| (a - b).norm() > 1e-3;
    if turned(&plane.row_direction, &reference.row_direction) || turned(&plane.column_direction, &reference.column_direction) {
        let directions = |p: &SlicePlane| {
            let (r, c) = (p.row_direction, p.column_direction);
            format!("({:.4} {:.4} {:.4} / {:.4} {:.4} {:.4})", r.x, r.y, r.z, c.x, c.y, c.z)
        };
        return differs("the orientation", directions(plane), directions(reference));
    }
    Ok(())
}

/// The common step between neighbours, or the place where the stack is irregular.
fn regular_step(planes: &[SlicePlane], order: &[usize], along: impl Fn(usize) -> f64) -> Result<Vector3<f64>, NotAVolume> {
    let gaps: Vec<f64> = order.windows(2).map(|pair| along(pair[1]) - along(pair[0])).collect();
    let mut sorted = gaps.clone();
    sorted.sort_by(f64::total_cmp);
    let expected_mm = sorted[sorted.len() / 2];
    for (pair, &gap) in order.windows(2).zip(&gaps) {
        if gap < 0.01 {
            return Err(NotAVolume::SamePosition { first: pair[0], second: pair[1], position_mm: along(pair[0]) });
        }
    }
    // The commonest distance is the expected one even when most gaps are holes: the smallest that is not noise.
    let expected_mm = if sorted[0] < 0.75 * expected_mm { sorted[0] } else { expected_mm };
    let tolerance = (0.01 * expected_mm).max(0.01);
    for (pair, &found_mm) in order.windows(2).zip(&gaps) {
        if (found_mm - expected_mm).abs() > tolerance {
            let position_mm = along(pair[0]);
            return Err(NotAVolume::Gap { before: pair[0], after: pair[1], found_mm, expected_mm, position_mm });
        }
    }
    let first = planes[order[0]].position.0;
    let last = planes[order[order.len() - 1]].position.0;
    let step = (last - first) / (order.len() - 1) as f64;
    for (k, &index) in order.iter().enumerate() {
        let shift_mm = (planes[index].position.0 - (first + step * k as f64)).norm();
        if shift_mm > tolerance.max(0.1) {
            return Err(NotAVolume::Shifted { index, shift_mm, position_mm: along(index) });
        }
    }
    Ok(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axial(z: f64) -> SlicePlane {
        SlicePlane {
            columns: 10,
            rows: 8,
            spacing_mm: [0.7, 0.8],
            position: LpsPoint::new(-5.0, 4.0, z),
            row_direction: Vector3::x(),
            column_direction: Vector3::y(),
        }
    }

    #[test]
    fn slices_are_ordered_by_position() {
        let planes: Vec<_> = [9.0, 0.0, 6.0, 3.0].into_iter().map(axial).collect();
        let (geometry, order) = stack_slices(&planes, 1.0).unwrap();
        assert_eq!(order, [1, 3, 2, 0]);
        assert!((geometry.spacing_between_slices() - 3.0).abs() < 1e-12);
        // 0.7 x 0.8 x 3 mm
        assert!((geometry.voxel_volume_mm3() - 1.68).abs() < 1e-12);
    }

    #[test]
    fn a_missing_slice_is_found() {
        let planes: Vec<_> = [0.0, 3.0, 9.0, 12.0].into_iter().map(axial).collect();
        let error = stack_slices(&planes, 1.0).unwrap_err();
        assert!(matches!(error, NotAVolume::Gap { before: 1, after: 2, .. }), "{error}");
        // One of three slices deleted: the gap is as frequent as the right distance.
        let planes: Vec<_> = [0.0, 3.0, 9.0].into_iter().map(axial).collect();
        assert!(matches!(stack_slices(&planes, 1.0), Err(NotAVolume::Gap { before: 1, after: 2, .. })));
    }

    #[test]
    fn the_odd_slice_is_named_even_when_it_comes_first() {
        let mut planes: Vec<_> = [0.0, 3.0, 6.0].into_iter().map(axial).collect();
        planes[0].spacing_mm = [0.9, 0.8];
        assert!(matches!(stack_slices(&planes, 1.0), Err(NotAVolume::Differs { index: 0, what: "the pixel spacing", .. })));
        let mut planes: Vec<_> = [0.0, 3.0, 6.0].into_iter().map(axial).collect();
        planes[2].position = planes[1].position;
        assert!(matches!(stack_slices(&planes, 1.0), Err(NotAVolume::SamePosition { first: 1, second: 2, .. })));
    }

    #[test]
    fn a_tilted_gantry_keeps_the_distance_along_the_normal() {
        let planes: Vec<_> =
            (0..4).map(|k| SlicePlane { position: LpsPoint::new(0.0, f64::from(k), 3.0 * f64::from(k)), ..axial(0.0) }).collect();
        let (geometry, _) = stack_slices(&planes, 1.0).unwrap();
        assert!(geometry.is_sheared());
        assert!((geometry.spacing_between_slices() - 3.0).abs() < 1e-12);
    }
}
