//! All figures of one lesion.

use crate::problem::Problem;
use crate::units::Micrometres;
use crate::volume::{LpsPoint, Run, VolumeGeometry};
use nalgebra::{Matrix3, SymmetricEigen};
use recist_kernels::{Connectivity, Level, Points, Surface, SurfaceTable};

/// The slice on which the axes lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredSlice {
    /// Zero-based, ascending along row direction x column direction.
    pub index: usize,
    /// Projection of the slice on that direction, in millimetres.
    pub position_mm: f64,
}

/// The figures of one lesion. Lengths are unrounded except [`Self::diameter`].
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Number of voxels; 0 for an empty segment, whose other figures are then 0 or absent.
    pub voxels: u64,
    /// Voxel count times voxel volume.
    pub volume_mm3: f64,
    /// Volume and area of the mesh half-way between inside and outside voxels, and the area by Crofton's formula; `None` where the
    /// grid has no volume.
    pub surface: Option<Surface>,
    /// Long axis in the acquired plane.
    pub long_axis_mm: f64,
    /// Longest chord perpendicular to it, same slice, same island.
    pub short_axis_mm: f64,
    /// The figure that enters RECIST: long axis, or short axis of a node, at least one pixel, rounded to 0.1 mm.
    pub diameter: Micrometres,
    /// Farthest pair in three dimensions, over the whole lesion.
    pub max_3d_diameter_mm: f64,
    /// 4 times the square roots of the eigenvalues of the covariance of voxel centres (divided by n), largest first.
    pub axes_mm: [f64; 3],
    /// Number of 26-connected components.
    pub components: usize,
    /// Whether a voxel lies on the border of the grid: the lesion may go on outside.
    pub touches_border: bool,
    /// Where the axes are; `None` for an empty segment.
    pub slice: Option<MeasuredSlice>,
    /// End points of the long axis, in voxel coordinates (column, row) of the slice.
    pub long_axis: [[f64; 2]; 2],
    /// End points of the short axis.
    pub short_axis: [[f64; 2]; 2],
    /// End points of the long axis in the patient.
    pub long_axis_lps: [LpsPoint; 2],
    /// End points of the short axis in the patient.
    pub short_axis_lps: [LpsPoint; 2],
    /// Longest segment that stays inside, when the long axis leaves the lesion.
    pub longest_inside_mm: Option<f64>,
    /// Whether an in-plane hole of the measured island was filled.
    pub hole_filled: bool,
    /// Codes of [`Self::problems`] and their meaning for a person.
    pub problems: Vec<Problem>,
}

/// Measures one lesion, given as sorted runs on a grid.
pub fn measure(runs: &[Run], geometry: &VolumeGeometry, nodal: bool, level: Level) -> Measurement {
    let Some(axes) = recist_kernels::in_plane_axes(runs, geometry.spacing_mm, level) else { return empty() };
    let slice = axes.slice as usize;
    let lps = |[column, row]: [f64; 2]| geometry.lps([column, row, slice as f64]);
    let steps = geometry.steps_mm();
    let touches_border = touches_border(runs, geometry);
    let components = recist_kernels::components(runs, Connectivity::TwentySix).voxels.len();
    let voxels = recist_kernels::count(runs);
    let used_mm = if nodal { axes.short_axis_mm } else { axes.long_axis_mm };
    let one_pixel_mm = geometry.one_pixel_mm();

    let mut problems = Vec::new();
    if used_mm < one_pixel_mm {
        let message =
            format!("the axis is {used_mm:.2} mm, less than one pixel; the diameter used is one pixel, {one_pixel_mm:.2} mm");
        problems.push(Problem::warning("one-pixel", message, "Look whether it is a lesion or a stray voxel"));
    }
    if axes.hole_filled {
        problems.push(Problem::info(
            "hole-filled",
            "a hole in the plane was filled before the axes were measured",
            "Close the hole in the mask if it is a slip of the drawing",
        ));
    }
    if axes.leaves_lesion {
        problems.push(Problem::info(
            "long-axis-leaves-lesion",
            "the lesion is concave; its long axis runs partly outside of it",
            "Look at the axis; a reader may draw it elsewhere",
        ));
    }
    if components > 1 {
        problems.push(Problem::info(
            "several-components",
            format!("the segment has {components} separate parts; the axes are those of the one that is longest"),
            "Measure the parts apart with --split-components, or remove stray voxels from the mask",
        ));
    }
    if touches_border {
        problems.push(Problem::warning(
            "touches-border",
            "the lesion reaches the border of the image and may be cut off",
            "Look for a series that shows it whole",
        ));
    }
    Measurement {
        voxels,
        volume_mm3: voxels as f64 * geometry.voxel_volume_mm3(),
        surface: SurfaceTable::new(steps).map(|table| table.surface(runs)),
        long_axis_mm: axes.long_axis_mm,
        short_axis_mm: axes.short_axis_mm,
        diameter: Micrometres::from_measured_mm(used_mm.max(one_pixel_mm)),
        max_3d_diameter_mm: recist_kernels::max_3d_diameter_mm(runs, steps, points_of(level)),
        axes_mm: principal_axes(runs, steps),
        components,
        touches_border,
        slice: Some(MeasuredSlice { index: slice, position_mm: geometry.position_mm(slice) }),
        long_axis: axes.long_axis,
        short_axis: axes.short_axis,
        long_axis_lps: axes.long_axis.map(lps),
        short_axis_lps: axes.short_axis.map(lps),
        longest_inside_mm: axes.longest_inside_mm,
        hole_filled: axes.hole_filled,
        problems,
    }
}

/// Whether the lesion reaches the border of the grid. The one slice of a single image is no border of its own.
fn touches_border(runs: &[Run], geometry: &VolumeGeometry) -> bool {
    let (columns, rows) = (geometry.columns as u32, geometry.rows as u32);
    if geometry.slices > 1 {
        return recist_kernels::touches_border(runs, columns, rows, geometry.slices as u32);
    }
    runs.iter().any(|run| run.start == 0 || run.end == columns || run.row == 0 || run.row + 1 == rows)
}

/// The 26-connected components of a lesion as lesions of their own, the largest first.
pub fn components_of(runs: &[Run]) -> Vec<Vec<Run>> {
    let components = recist_kernels::components(runs, Connectivity::TwentySix);
    let mut parts = vec![Vec::new(); components.voxels.len()];
    for (run, &component) in runs.iter().zip(&components.of_run) {
        parts[component as usize].push(*run);
    }
    parts
}

/// The outline of a lesion on one slice, along pixel edges: closed polygons in voxel coordinates (column, row).
pub fn outline_of_slice(runs: &[Run], slice: usize) -> Vec<Vec<[f64; 2]>> {
    let own: Vec<Run> = runs.iter().filter(|run| run.slice as usize == slice).copied().collect();
    recist_kernels::outline(&own)
}

/// The 3-D rule that goes with a level: centres, except that `edge` is the PyRadiomics value and `corner` its outer twin.
fn points_of(level: Level) -> Points {
    match level {
        Level::Centre | Level::Quarter => Points::Centres,
        Level::Edge => Points::EdgeMidpoints,
        Level::Corner => Points::Corners,
    }
}

fn principal_axes(runs: &[Run], steps: [[f64; 3]; 3]) -> [f64; 3] {
    let Some(moments) = recist_kernels::moments(runs) else { return [0.0; 3] };
    let covariance = moments.covariance(steps);
    let matrix = Matrix3::from_fn(|row, column| covariance[row][column]);
    let mut lengths: [f64; 3] = SymmetricEigen::new(matrix).eigenvalues.map(|value| 4.0 * value.max(0.0).sqrt()).into();
    lengths.sort_by(|a, b| b.total_cmp(a));
    lengths
}

fn empty() -> Measurement {
    let nowhere = LpsPoint::new(0.0, 0.0, 0.0);
    Measurement {
        voxels: 0,
        volume_mm3: 0.0,
        surface: Some(Surface::default()),
        long_axis_mm: 0.0,
        short_axis_mm: 0.0,
        diameter: Micrometres::ZERO,
        max_3d_diameter_mm: 0.0,
        axes_mm: [0.0; 3],
        components: 0,
        touches_border: false,
        slice: None,
        long_axis: [[0.0; 2]; 2],
        short_axis: [[0.0; 2]; 2],
        long_axis_lps: [nowhere; 2],
        short_axis_lps: [nowhere; 2],
        longest_inside_mm: None,
        hole_filled: false,
        problems: vec![Problem::warning(
            "empty-segment",
            "the segment has no voxel",
            "Say in reads.csv whether the lesion is absent or was not drawn",
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Vector3;

    fn grid(spacing_mm: [f64; 2]) -> VolumeGeometry {
        VolumeGeometry {
            columns: 30,
            rows: 30,
            slices: 5,
            spacing_mm,
            origin: LpsPoint::new(10.0, 20.0, 30.0),
            row_direction: Vector3::x(),
            column_direction: Vector3::y(),
            slice_step: Vector3::new(0.0, 0.0, 2.5),
        }
    }

    /// 9 columns, 5 rows, 3 slices from (2, 3, 1).
    fn block() -> Vec<Run> {
        (1..4).flat_map(|slice| (3..8).map(move |row| Run { slice, row, start: 2, end: 11 })).collect()
    }

    #[test]
    fn a_block_has_the_lengths_of_its_corner_voxels() {
        let m = measure(&block(), &grid([0.8, 0.8]), false, Level::Centre);
        // Centres are 8 columns and 4 rows apart: 0.8 * sqrt(80) mm.
        assert!((m.long_axis_mm - 7.155_417_527_999_327).abs() < 1e-12);
        assert_eq!(m.diameter, Micrometres(7_200));
        // 9 * 5 * 3 voxels of 0.8 * 0.8 * 2.5 mm.
        assert!((m.volume_mm3 - 216.0).abs() < 1e-9);
        // sqrt(6.4^2 + 3.2^2 + 5^2)
        assert!((m.max_3d_diameter_mm - 8.729_261_137_118_08).abs() < 1e-9);
        // Uniform over 9, 5 and 3 places: variances (n^2 - 1) / 12 steps^2, so 4 * sqrt(80/12) * 0.8 and so on.
        for (found, expected) in m.axes_mm.iter().zip([8.262_364_471_909_156, 8.164_965_809_277_26, 4.525_483_399_593_904]) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
        // The lowest slice wins among equal ones.
        assert_eq!(m.slice, Some(MeasuredSlice { index: 1, position_mm: 32.5 }));
        assert_eq!(m.long_axis_lps[0], LpsPoint::new(11.6, 22.4, 32.5));
    }

    #[test]
    fn a_node_is_measured_across_and_never_below_one_pixel() {
        let line: Vec<Run> = vec![Run { slice: 0, row: 4, start: 3, end: 11 }];
        let node = measure(&line, &grid([0.7, 0.9]), true, Level::Centre);
        assert_eq!(node.short_axis_mm, 0.0);
        assert_eq!(node.diameter, Micrometres(900));
        assert!(node.problems.iter().any(|problem| problem.code == "one-pixel"));
        let mass = measure(&line, &grid([0.7, 0.9]), false, Level::Centre);
        assert_eq!(mass.diameter, Micrometres(4_900));
    }

    #[test]
    fn the_border_of_a_single_slice_is_in_its_plane() {
        let single = VolumeGeometry { slices: 1, ..grid([1.0, 1.0]) };
        for (run, touches) in [
            (Run { slice: 0, row: 4, start: 3, end: 11 }, false),
            (Run { slice: 0, row: 4, start: 0, end: 11 }, true),
            (Run { slice: 0, row: 29, start: 3, end: 11 }, true),
        ] {
            assert_eq!(measure(&[run], &single, false, Level::Centre).touches_border, touches, "{run:?}");
        }
    }

    #[test]
    fn an_empty_segment_is_listed_with_nothing() {
        let m = measure(&[], &grid([1.0, 1.0]), false, Level::Centre);
        assert_eq!((m.voxels, m.diameter, m.slice), (0, Micrometres::ZERO, None));
        assert_eq!(m.surface, Some(Surface::default()));
    }
}
