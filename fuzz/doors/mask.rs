//! One mask beside a small CT.

use super::folder::{filled, read, with_image};
use super::grid::check_grid;
use super::lesions::check_segments;
use super::stored::marked_voxels;
use recist::ingest::{Error, LoadedMask, MaskFile, Series, SourceFile};
use recist::volume::{MaskKind, Segment, VolumeGeometry};
use std::collections::BTreeSet;

/// Reads `bytes` as the mask `name`, with and without the image, as `measure` and as `run` do.
pub fn open(name: &str, bytes: &[u8], beside: &[(&str, &[u8])]) {
    let files: Vec<(&str, &[u8])> = [(name, bytes)].into_iter().chain(beside.iter().copied()).collect();
    let folder = filled("mask", &files);
    let opened = MaskFile::open(SourceFile::new(&folder, folder.join(name)));
    let found = read(&folder).masks;
    let found = found.iter().find(|mask| mask.source.shown == name);
    assert_eq!(opened.is_ok(), found.is_some(), "a file by name and in a folder: {:?}", opened.as_ref().err());
    match opened {
        Ok(mask) => with_image(|catalog, series| {
            // No other series is near, so a mask that refers to none belongs to this one.
            assert!(catalog.series_of(&mask).is_ok_and(|near| near.series_instance_uid == series.series_instance_uid));
            let alone = load(&mask, None);
            let placed = load(&mask, Some(series));
            let stored = marked_voxels(mask.kind, &mask.source.path, bytes);
            for loaded in [&alone, &placed].into_iter().flatten() {
                let found: u64 = loaded.mask.segments.iter().map(Segment::voxels).sum();
                assert!(stored.is_none_or(|stored| stored == found), "{found} voxels of {stored:?} that are marked");
            }
            if let (Some(alone), Some(placed)) = (alone, placed) {
                check_same_places(&alone, &placed);
            }
        }),
        Err(error) => check_error(&error),
    }
}

/// Loads a mask and checks it; `None` when it is refused.
pub fn load(mask: &MaskFile, series: Option<&Series>) -> Option<LoadedMask> {
    let (first, second) = (mask.load(series), mask.load(series));
    match (first, second) {
        (Ok(first), Ok(second)) => {
            check_loaded(&first, series);
            assert!(first.mask == second.mask && first.problems == second.problems, "loaded twice, two masks");
            Some(first)
        }
        (Err(first), Err(second)) => {
            check_error(&first);
            assert_eq!(first.to_string(), second.to_string(), "refused twice, two reasons");
            None
        }
        (first, second) => panic!("loaded and refused: {:?} {:?}", first.err(), second.err()),
    }
}

fn check_loaded(loaded: &LoadedMask, series: Option<&Series>) {
    let (grid, segments) = (&loaded.mask.geometry, &loaded.mask.segments);
    check_grid(grid);
    check_segments(segments, grid);
    if loaded.on_image_grid {
        let stack = series.and_then(|series| series.stack.as_ref().ok()).expect("the image whose grid it has");
        assert!(*grid == stack.geometry, "the grid of the image is another: {grid:?}");
    }
    // Layers of an NRRD count their labels apart.
    if loaded.kind != MaskKind::Nrrd {
        let labels: BTreeSet<u32> = segments.iter().map(|segment| segment.label).collect();
        assert_eq!(labels.len(), segments.len(), "two segments of one number");
    }
    if loaded.kind == MaskKind::Nifti {
        let marked: u64 = segments.iter().map(Segment::voxels).sum();
        assert!(marked <= grid.voxels() as u64, "{marked} voxels of {}", grid.voxels());
    }
    for problem in &loaded.problems {
        assert!(!problem.message.is_empty() && problem.file.is_some(), "{problem:?}");
    }
}

/// A mask has the same voxels at the same places, whether its image is given or not: nothing is resampled.
fn check_same_places(alone: &LoadedMask, placed: &LoadedMask) {
    let (own, image) = (&alone.mask.geometry, &placed.mask.geometry);
    let labels = |mask: &LoadedMask| mask.mask.segments.iter().map(|segment| segment.label).collect::<Vec<_>>();
    assert_eq!(labels(alone), labels(placed), "segments without and with the image");
    // A thousandth of a voxel between grids that count as one, and a hundredth of a slice distance between frames of a SEG.
    let steps_mm = |grid: &VolumeGeometry| grid.spacing_mm[0] + grid.spacing_mm[1] + grid.slice_step.norm();
    for (a, b) in alone.mask.segments.iter().zip(&placed.mask.segments) {
        assert_eq!(a.voxels(), b.voxels(), "voxels of {} without and with the image", a.label);
        if let (Some(a), Some(b)) = (centre(a, own), centre(b, image)) {
            let tolerance_mm = 0.003 * steps_mm(image) + 0.02 * own.slice_step.norm() + 0.02;
            assert!((a - b).norm() <= tolerance_mm, "its centre lies at {a:?} without and at {b:?} with the image");
        }
    }
}

/// The mean of the voxel centres in the patient.
fn centre(segment: &Segment, grid: &VolumeGeometry) -> Option<nalgebra::Vector3<f64>> {
    let mut sum = [0.0; 3];
    for run in &segment.runs {
        let length = f64::from(run.end - run.start);
        let middle = f64::from(run.start + run.end - 1) / 2.0;
        for (sum, at) in sum.iter_mut().zip([middle, f64::from(run.row), f64::from(run.slice)]) {
            *sum += at * length;
        }
    }
    let voxels = segment.voxels() as f64;
    (voxels > 0.0).then(|| grid.lps(sum.map(|sum| sum / voxels)).0)
}

/// A refusal names its file, says something, and says what to do.
pub fn check_error(error: &Error) {
    assert!(!error.file().is_empty(), "no file is named: {error}");
    let problem = error.to_problem();
    assert!(!problem.message.is_empty() && problem.advice.is_some(), "{problem:?}");
}
