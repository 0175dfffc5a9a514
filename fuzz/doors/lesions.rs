//! What holds for every segment and for what is measured of it.

use super::grid::{longest_in_plane_mm, longest_mm};
use recist::measure::{Level, Measurement, components_of, measure, outline_of_slice};
use recist::volume::{Run, Segment, VolumeGeometry};

/// As many segments of a mask are measured: random bytes are hundreds of labels.
const MEASURED: usize = 6;

/// Panics unless the voxels of all segments lie in the grid and their figures fit it.
pub fn check_segments(segments: &[Segment], grid: &VolumeGeometry) {
    for segment in segments {
        check_runs(&segment.runs, grid);
    }
    for segment in segments.iter().take(MEASURED) {
        measure_as_the_program_does(segment, grid);
    }
}

/// Panics unless runs lie in the grid, ascend, and do not touch within a row.
fn check_runs(runs: &[Run], grid: &VolumeGeometry) {
    for run in runs {
        let inside = run.end as usize <= grid.columns && (run.row as usize) < grid.rows && (run.slice as usize) < grid.slices;
        assert!(run.start < run.end && inside, "{run:?} on {} x {} x {}", grid.columns, grid.rows, grid.slices);
    }
    for pair in runs.windows(2) {
        let [a, b] = pair else { continue };
        let apart = (a.slice, a.row) < (b.slice, b.row) || ((a.slice, a.row) == (b.slice, b.row) && a.end < b.start);
        assert!(apart, "{a:?} before {b:?}");
    }
}

fn measure_as_the_program_does(segment: &Segment, grid: &VolumeGeometry) {
    let nodal = segment.nodal == Some(true);
    let levels = [Level::Centre, Level::Quarter, Level::Edge, Level::Corner];
    let measured = levels.map(|level| measure(&segment.runs, grid, nodal, level));
    for (level, figures) in levels.into_iter().zip(&measured) {
        assert_eq!(figures.voxels, segment.voxels(), "voxels at {level:?}");
        check_figures(figures, grid, level, nodal);
    }
    assert_eq!(measured[0], measure(&segment.runs, grid, nodal, levels[0]), "measured twice");
    for pair in measured.windows(2) {
        // Each level lies outside of the one before.
        assert!(pair[0].long_axis_mm <= pair[1].long_axis_mm * (1.0 + 1e-9), "long axes of two levels: {pair:?}");
    }
    let components = components_of(&segment.runs);
    assert_eq!(components.len(), measured[0].components);
    let voxels = |runs: &[Run]| runs.iter().map(|run| u64::from(run.end - run.start)).sum::<u64>();
    assert_eq!(components.iter().map(|runs| voxels(runs)).sum::<u64>(), segment.voxels(), "components lose voxels");
    assert!(components.windows(2).all(|pair| voxels(&pair[0]) >= voxels(&pair[1])), "the largest component comes first");
    if let Some(slice) = measured[0].slice {
        assert!(slice.index < grid.slices && slice.position_mm.is_finite(), "{slice:?}");
        let corners = outline_of_slice(&segment.runs, slice.index).into_iter().flatten().flatten();
        assert!(corners.into_iter().all(f64::is_finite), "the outline is not finite");
    }
}

fn check_figures(figures: &Measurement, grid: &VolumeGeometry, level: Level, nodal: bool) {
    let Measurement { long_axis_mm, short_axis_mm, max_3d_diameter_mm, axes_mm, volume_mm3, .. } = *figures;
    let (in_plane, anywhere) = (longest_in_plane_mm(grid), longest_mm(grid));
    let at_most = |length: f64, limit: f64| (0.0..=limit * (1.0 + 1e-9)).contains(&length);
    let what = || format!("{figures:?} at {level:?} on {grid:?}");
    assert!(at_most(long_axis_mm, in_plane), "long axis: {}", what());
    assert!(at_most(short_axis_mm, long_axis_mm), "short axis: {}", what());
    assert!(figures.longest_inside_mm.is_none_or(|inside| at_most(inside, long_axis_mm)), "longest inside: {}", what());
    assert!(at_most(max_3d_diameter_mm, anywhere), "3-D diameter: {}", what());
    // The 3-D rule of a quarter voxel is that of the centres.
    assert!(level == Level::Quarter || at_most(long_axis_mm, max_3d_diameter_mm), "long axis above 3-D: {}", what());
    let volume = figures.voxels as f64 * grid.voxel_volume_mm3();
    assert!((volume_mm3 - volume).abs() <= 1e-9 * volume, "volume: {}", what());
    // Each cell between voxel centres is inside to less than twice the part of its corners that are.
    let surface = figures.surface.unwrap_or_default();
    assert!(figures.surface.is_some() && (0.0..=2.0 * volume).contains(&surface.mesh_volume_mm3), "mesh volume: {}", what());
    assert!((surface.mesh_area_mm2 > 0.0) == (figures.voxels > 0) && surface.mesh_area_mm2.is_finite(), "mesh area: {}", what());
    assert!(
        (surface.crofton_area_mm2 > 0.0) == (figures.voxels > 0) && surface.crofton_area_mm2.is_finite(),
        "area by Crofton's formula: {}",
        what()
    );
    // Four standard deviations of anything between two ends are at most twice their distance.
    assert!(axes_mm.iter().all(|&axis| at_most(axis, 2.0 * anywhere)), "axes of the covariance: {}", what());
    assert!(axes_mm[0] >= axes_mm[1] && axes_mm[1] >= axes_mm[2], "order of axes: {}", what());
    assert_eq!(figures.voxels == 0, figures.slice.is_none(), "{}", what());
    if figures.slice.is_none() {
        return;
    }
    let used = (if nodal { short_axis_mm } else { long_axis_mm }).max(grid.spacing_mm[0].max(grid.spacing_mm[1]));
    assert!((figures.diameter.mm() - used).abs() <= 0.0506 + 1e-12 * used, "{used} mm used: {}", what());
    let scale = in_plane + grid.origin.0.norm();
    for (ends, length) in [(figures.long_axis_lps, long_axis_mm), (figures.short_axis_lps, short_axis_mm)] {
        let between = (ends[0].0 - ends[1].0).norm();
        assert!((between - length).abs() <= 1e-6 * length + 1e-9 * scale, "{between} mm between the ends: {}", what());
    }
}
