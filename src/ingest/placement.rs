//! Puts a mask where it is: on the voxels of the image when the grids coincide, else on its own grid; never resampled.

use super::Error;
use super::attributes::{A_DISTANCE_MM, A_POSITION_MM};
use super::label_grid::{LabelGrid, RunsByLabel, place_runs};
use super::series::single_slice_warning;
use crate::problem::Problem;
use crate::volume::{AxisMap, LpsPoint, Run, VolumeGeometry, in_plane_name, match_grids};
use nalgebra::Vector3;

/// The grid a mask is measured on, and how its stored axes run on it.
pub(super) struct Placed {
    pub geometry: VolumeGeometry,
    pub map: AxisMap,
    pub on_image: bool,
    pub problems: Vec<Problem>,
}

/// Places a stored grid on `image`, or on its own.
///
/// # Errors
/// The grid is sheared within its plane, or covers another region than the image.
pub(super) fn place(grid: &LabelGrid, image: Option<&VolumeGeometry>, shown: &str) -> Result<Placed, Error> {
    let distances = grid.steps.map(|step| step.norm());
    if !distances.iter().all(|mm| A_DISTANCE_MM.contains(mm)) || !grid.origin.iter().all(|mm| mm.abs() <= A_POSITION_MM) {
        return Err(Error::Attribute {
            file: shown.to_string(),
            attribute: "orientation",
            found: format!("voxels {distances:?} mm apart, the first at {:?} mm", grid.origin.as_slice()),
            allowed: format!(
                "{} to {} mm are distances between voxels, {A_POSITION_MM} mm from the origin the farthest position",
                A_DISTANCE_MM.start(),
                A_DISTANCE_MM.end()
            ),
        });
    }
    if let Some(image) = image {
        if let Some(map) = match_grids(image, grid.origin, grid.steps, grid.sizes) {
            return Ok(Placed { geometry: image.clone(), map, on_image: true, problems: Vec::new() });
        }
        same_field_of_view(grid, image, shown)?;
    }
    let (slice_axis, why) = slice_axis(grid, image);
    let (geometry, map) = own_grid(grid, slice_axis, shown)?;
    let mut problems = vec![
        Problem::info(
            "mask-plane",
            format!("measured in the {} plane of the mask's own grid ({why})", in_plane_name(geometry.normal())),
            "Give the image with --image if it was acquired in another plane",
        )
        .in_file(shown),
    ];
    if image.is_some() {
        problems.push(own_grid_warning(shown));
    }
    if geometry.slices == 1 {
        problems.push(single_slice_warning(geometry.spacing_between_slices(), shown));
    }
    Ok(Placed { geometry, map, on_image: false, problems })
}

/// The warning that a mask is measured on its own voxels.
pub(super) fn own_grid_warning(shown: &str) -> Problem {
    Problem::warning(
        "own-grid",
        "the mask's voxels are not those of the image; it is measured on its own grid, not resampled",
        "Export the mask on the image grid if lengths must be those of the image's pixels",
    )
    .in_file(shown)
}

/// Which stored axis runs across slices, and why (measurement definition, acquisition plane).
fn slice_axis(grid: &LabelGrid, image: Option<&VolumeGeometry>) -> (usize, String) {
    let most_along = |direction: Vector3<f64>| {
        let along = grid.steps.map(|step| step.normalize().dot(&direction).abs());
        (0..3).max_by(|&a, &b| along[a].total_cmp(&along[b])).unwrap_or(2)
    };
    if let Some(image) = image {
        return (most_along(image.normal()), "its axis nearest to the slices of the image".to_string());
    }
    let spacing = grid.steps.map(|step| step.norm());
    let equal = |a: usize, b: usize| (spacing[a] - spacing[b]).abs() <= 0.01 * spacing[a].max(spacing[b]);
    for (axis, others) in [(2, [0, 1]), (1, [0, 2]), (0, [1, 2])] {
        if equal(others[0], others[1]) && !equal(axis, others[0]) && !equal(axis, others[1]) {
            return (axis, format!("the axis with the spacing of its own, {:.3} mm", spacing[axis]));
        }
    }
    (most_along(Vector3::z()), "no axis has a spacing of its own, so the one nearest to head-feet".to_string())
}

/// The grid itself as slices: rows and columns run as a reader would see them (axial: to the left, to the back).
fn own_grid(grid: &LabelGrid, slice_axis: usize, shown: &str) -> Result<(VolumeGeometry, AxisMap), Error> {
    let unit = grid.steps.map(|step| step.normalize());
    let others: Vec<usize> = (0..3).filter(|&axis| axis != slice_axis).collect();
    if unit[others[0]].dot(&unit[others[1]]).abs() > 1e-3 {
        return Err(Error::Corrupt {
            file: shown.to_string(),
            reason: "its in-plane axes are not perpendicular; lengths would be wrong".to_string(),
        });
    }
    let (row_towards, column_towards) = match unit[slice_axis].iamax() {
        2 => (Vector3::x(), Vector3::y()),
        1 => (Vector3::x(), -Vector3::z()),
        _ => (Vector3::y(), -Vector3::z()),
    };
    let along = |axis: usize| unit[axis].dot(&row_towards).abs();
    let (row_axis, column_axis) =
        if along(others[0]) >= along(others[1]) { (others[0], others[1]) } else { (others[1], others[0]) };
    let towards = |axis: usize, direction: Vector3<f64>| if unit[axis].dot(&direction) < 0.0 { -1i64 } else { 1 };
    let (row_sign, column_sign) = (towards(row_axis, row_towards), towards(column_axis, column_towards));
    let row_direction = unit[row_axis] * row_sign as f64;
    let column_direction = unit[column_axis] * column_sign as f64;
    // Float32 headers leave a few 1e-8 between the axes; the plane is kept and made exactly orthonormal.
    let column_direction = (column_direction - row_direction * row_direction.dot(&column_direction)).normalize();
    let slice_sign = towards(slice_axis, row_direction.cross(&column_direction));

    let axis = [row_axis, column_axis, slice_axis];
    let sign = [row_sign, column_sign, slice_sign];
    let last = axis.map(|a| grid.sizes[a] as i64 - 1);
    let offset = [0, 1, 2].map(|i| if sign[i] > 0 { 0 } else { last[i] });
    let origin = (0..3).fold(grid.origin, |at, i| at + grid.steps[axis[i]] * if sign[i] > 0 { 0.0 } else { last[i] as f64 });
    let geometry = VolumeGeometry {
        columns: grid.sizes[row_axis],
        rows: grid.sizes[column_axis],
        slices: grid.sizes[slice_axis],
        spacing_mm: without_float_noise([grid.steps[row_axis].norm(), grid.steps[column_axis].norm()]),
        origin: LpsPoint(origin),
        row_direction,
        column_direction,
        slice_step: grid.steps[slice_axis] * slice_sign as f64,
    };
    Ok((geometry, AxisMap { axis, sign, offset }))
}

/// Square pixels whose directions were stored as 32-bit floats come back a few 1e-8 from square. They are square: otherwise that
/// noise would choose between equally long axes, and with them the short axis of a node.
fn without_float_noise([columns, rows]: [f64; 2]) -> [f64; 2] {
    let square = (columns - rows).abs() <= 1e-6 * columns.max(rows);
    if square { [(columns + rows) / 2.0; 2] } else { [columns, rows] }
}

/// A resampled mask covers what its image covers. One that overlaps only partly belongs to another image.
fn same_field_of_view(grid: &LabelGrid, image: &VolumeGeometry, shown: &str) -> Result<(), Error> {
    let Some(voxel_of) = image.voxel_of() else { return Ok(()) };
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    let mut slack = [1.0f64; 3];
    for corner in 0..8 {
        // Outer corners of the stored box: half a voxel beyond the first and last centres.
        let at = (0..3).fold(grid.origin, |at, axis| {
            at + grid.steps[axis] * if corner >> axis & 1 == 1 { grid.sizes[axis] as f64 - 0.5 } else { -0.5 }
        });
        let voxel = voxel_of(LpsPoint(at));
        for axis in 0..3 {
            low[axis] = low[axis].min(voxel[axis]);
            high[axis] = high[axis].max(voxel[axis]);
        }
    }
    for step in grid.steps {
        let along = Vector3::from(voxel_of(LpsPoint(image.origin.0 + step)));
        for axis in 0..3 {
            slack[axis] = slack[axis].max(along[axis].abs());
        }
    }
    let size = [image.columns, image.rows, image.slices].map(|n| n as f64 - 0.5);
    let within = (0..3).all(|axis| low[axis] >= -0.5 - slack[axis] && high[axis] <= size[axis] + slack[axis]);
    let around = (0..3).all(|axis| low[axis] <= -0.5 + slack[axis] && high[axis] >= size[axis] - slack[axis]);
    if within || around {
        return Ok(());
    }
    Err(Error::Misplaced {
        file: shown.to_string(),
        reason: format!(
            "its grid covers columns {:.0} to {:.0}, rows {:.0} to {:.0}, slices {:.0} to {:.0} of an image of {} x {} x {}",
            low[0], high[0], low[1], high[1], low[2], high[2], image.columns, image.rows, image.slices
        ),
    })
}

/// The runs of one layer, where `placed` says.
///
/// # Errors
/// A labelled voxel lies outside the image.
pub(super) fn placed_runs(stored: RunsByLabel, placed: &Placed, shown: &str) -> Result<RunsByLabel, Error> {
    let g = &placed.geometry;
    let sizes = [g.columns, g.rows, g.slices];
    let place = |(label, runs)| Ok((label, place_runs(runs, &placed.map, sizes, shown)?));
    stored.into_iter().map(place).collect()
}

/// Every voxel of a mask on its own grid must lie within the image (half a voxel of the image beyond its outer centres).
///
/// # Errors
/// A voxel outside.
pub(super) fn inside_image(runs: &[Run], own: &VolumeGeometry, image: &VolumeGeometry, shown: &str) -> Result<(), Error> {
    let Some(voxel_of) = image.voxel_of() else { return Ok(()) };
    let size = [image.columns, image.rows, image.slices].map(|n| n as f64);
    for run in runs {
        for column in [run.start, run.end - 1] {
            let voxel = voxel_of(own.lps([f64::from(column), f64::from(run.row), f64::from(run.slice)]));
            if (0..3).any(|axis| !(-0.5..=size[axis] - 0.5).contains(&voxel[axis])) {
                return Err(Error::Misplaced {
                    file: shown.to_string(),
                    reason: format!(
                        "it marks voxels outside the image, e.g. at column {:.1}, row {:.1}, slice {:.1} of an image of {} x {} x {}",
                        voxel[0], voxel[1], voxel[2], image.columns, image.rows, image.slices
                    ),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(column_mm: f64, row_mm: f64) -> LabelGrid {
        LabelGrid {
            sizes: [4, 4, 1],
            origin: Vector3::zeros(),
            steps: [Vector3::x() * column_mm, Vector3::y() * row_mm, Vector3::z() * 3.0],
            layers: Vec::new(),
        }
    }

    #[test]
    fn float_noise_does_not_make_pixels_oblong() {
        let spacing = |column_mm, row_mm| place(&grid(column_mm, row_mm), None, "m.nii").unwrap().geometry.spacing_mm;
        let [columns, rows] = spacing(f64::from(0.7f32), 0.699_999_99);
        assert_eq!(columns, rows);
        assert!((columns - 0.7).abs() < 1e-7);
        assert_eq!(spacing(0.7, 0.700_01), [0.7, 0.700_01]);
    }
}
