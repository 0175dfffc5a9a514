//! Where the frames of a Segmentation lie: on the voxels of an image, or on a grid of their own.

use super::Error;
use super::dicom_file::corrupt;
use super::functional_groups::FunctionalGroups;
use super::series::{single_slice_warning, thickness_of_single_slice};
use crate::problem::Problem;
use crate::volume::{AxisMap, LpsPoint, SlicePlane, VolumeGeometry, match_grids};
use nalgebra::Vector3;

/// More slices than any mask has: two frames so far apart are not of one grid.
const MOST_SLICES: f64 = 1e5;

/// For every frame, how it lies on the image; `None` as soon as one does not coincide with it.
pub(super) fn maps_on(image: &VolumeGeometry, planes: &[SlicePlane]) -> Option<Vec<AxisMap>> {
    let image_steps = image.steps_mm().map(Vector3::from);
    planes
        .iter()
        .map(|plane| {
            let normal = plane.row_direction.cross(&plane.column_direction);
            // A frame has no step across itself; that of the image which runs that way stands for it.
            let along = |step: &Vector3<f64>| step.normalize().dot(&normal).abs();
            let across = image_steps.into_iter().max_by(|a, b| along(a).total_cmp(&along(b)))?;
            let steps = [plane.row_direction * plane.spacing_mm[0], plane.column_direction * plane.spacing_mm[1], across];
            match_grids(image, plane.position.0, steps, [plane.columns, plane.rows, 1])
        })
        .collect()
}

/// A grid of its own for frames that lie on no image: empty frames are usually left out, so gaps are whole multiples of the
/// distance between slices.
///
/// # Errors
/// The frames are not on one regular grid.
pub(super) fn own_grid(
    groups: &FunctionalGroups<'_>,
    planes: &[SlicePlane],
    shown: &str,
    problems: &mut Vec<Problem>,
) -> Result<(VolumeGeometry, Vec<AxisMap>), Error> {
    let reference = planes[0].clone();
    let normal = reference.row_direction.cross(&reference.column_direction);
    let along: Vec<f64> = planes.iter().map(|plane| normal.dot(&plane.position.0)).collect();
    let spacing = slice_distance(groups, &along, shown, problems)?;
    let lowest = (0..planes.len()).min_by(|&a, &b| along[a].total_cmp(&along[b])).unwrap_or(0);
    let origin = planes[lowest].position.0;
    let mut slices = 0;
    let mut maps = Vec::with_capacity(planes.len());
    for (frame, plane) in planes.iter().enumerate() {
        let place = ((along[frame] - along[lowest]) / spacing).round();
        let expected = origin + normal * place * spacing;
        let off_mm = (plane.position.0 - expected).norm();
        let row_turned = (plane.row_direction - reference.row_direction).norm();
        let turned = row_turned.max((plane.column_direction - reference.column_direction).norm());
        let resized = (0..2).any(|axis| (plane.spacing_mm[axis] / reference.spacing_mm[axis] - 1.0).abs() > 1e-4);
        let regular = off_mm <= (0.01 * spacing).max(0.01) && turned <= 1e-3 && !resized && place < MOST_SLICES;
        if !regular {
            let reason = format!("it is not on one regular grid with the others ({off_mm:.3} mm off)");
            return Err(corrupt(shown, reason).in_frame(frame));
        }
        slices = slices.max(place as usize + 1);
        maps.push(AxisMap { axis: [0, 1, 2], sign: [1; 3], offset: [0, 0, place as i64] });
    }
    let geometry = VolumeGeometry {
        columns: reference.columns,
        rows: reference.rows,
        slices,
        spacing_mm: reference.spacing_mm,
        origin: LpsPoint(origin),
        row_direction: reference.row_direction,
        column_direction: reference.column_direction,
        slice_step: normal * spacing,
    };
    Ok((geometry, maps))
}

/// The distance between slices in millimetres, from the positions of the frames along their normal and what is stated.
fn slice_distance(groups: &FunctionalGroups<'_>, along: &[f64], shown: &str, problems: &mut Vec<Problem>) -> Result<f64, Error> {
    let mut sorted = along.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup_by(|a, b| (*a - *b).abs() < 0.01);
    let smallest_gap = sorted.windows(2).map(|pair| pair[1] - pair[0]).min_by(f64::total_cmp);
    let stated = groups.spacing_between_slices(0, shown);
    let thickness = groups.thickness(0, shown);
    match (stated, smallest_gap, thickness) {
        (Some(stated), Some(gap), _) if whole_multiple(gap, stated) => {
            if gap > 1.5 * stated {
                let message = format!("the mask states {stated} mm between slices, and its frames lie {gap:.3} mm apart or more");
                problems.push(Problem::warning("slice-distance", message, "give the image with --image").in_file(shown));
            }
            Ok(stated)
        }
        (stated, Some(gap), thickness) => {
            // Left-out frames may have made every gap a multiple of the true distance.
            let unproven = stated.or(thickness).is_none_or(|mm| (mm - gap).abs() > (0.01 * gap).max(0.01));
            if unproven {
                let says =
                    stated.map_or("states no distance between slices".to_string(), |mm| format!("states {mm} mm between slices"));
                let message = format!("the mask {says}; its frames lie {gap:.3} mm apart, which is used for its volume");
                problems.push(Problem::warning("slice-distance", message, "give the image with --image").in_file(shown));
            }
            Ok(gap)
        }
        (stated, None, thickness) => {
            let nominal = thickness_of_single_slice(stated.or(thickness), shown)?;
            problems.push(single_slice_warning(nominal, shown));
            Ok(nominal)
        }
    }
}

fn whole_multiple(gap: f64, step: f64) -> bool {
    let times = (gap / step).round();
    times >= 1.0 && (gap - times * step).abs() <= (0.01 * step).max(0.01)
}
