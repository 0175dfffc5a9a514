//! A folder or an archive of files: series are stacked and decoded, masks among them are put on them.

use super::folder::{filled, read};
use super::grid::check_grid;
use super::mask::{check_error, load};
use super::stored::{parsed_header, pixel_bytes};
use dicom::dictionary_std::tags;
use dicom::object::DefaultDicomObject;
use recist::ingest::{Catalog, FrameRef, MaskFile, SlicePixels, Stack, load_slice, load_volume};
use recist::measure::intensity;
use recist::volume::{Run, Volume, VolumeGeometry, Voxels};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads `files` as one folder.
pub fn open(files: &[&[u8]]) {
    let named: Vec<(String, &[u8])> = (0..).map(|n| format!("{n:02}.dcm")).zip(files.iter().copied()).collect();
    check_folder(&filled("series", &named));
}

/// Reads an archive.
pub fn open_archive(bytes: &[u8]) {
    check_folder(&filled("archive", &[("data.zip", bytes)]));
}

/// Reads all that lies in a folder, as `inspect --pixels` and `run` do.
fn check_folder(folder: &Path) {
    let catalog = read(folder);
    assert_eq!(format!("{catalog:?}"), format!("{:?}", read(folder)), "read twice, two catalogs");
    for (_, error) in &catalog.broken {
        check_error(error);
    }
    for series in &catalog.series {
        match &series.stack {
            Ok(stack) => check_stack(stack),
            Err(error) => check_error(error),
        }
    }
    for mask in &catalog.masks {
        check_belonging(&catalog, mask);
    }
}

fn check_belonging(catalog: &Catalog, mask: &MaskFile) {
    load(mask, None);
    match catalog.series_of(mask) {
        Ok(series) => {
            let fits = mask.check(series);
            let loaded = load(mask, Some(series));
            assert!(fits.is_ok() || loaded.is_none(), "a mask of another patient was loaded");
        }
        Err(error) => check_error(&error),
    }
}

fn check_stack(stack: &Stack) {
    let grid = &stack.geometry;
    check_grid(grid);
    assert_eq!(stack.frames.len(), grid.slices, "one frame is one slice");
    check_positions(stack);
    let volume = load_volume(stack);
    let slices: Result<Vec<SlicePixels>, _> = stack.frames.iter().map(load_slice).collect();
    match (volume, slices) {
        (Ok(volume), Ok(slices)) => {
            check_values(&volume, grid, &slices);
            check_plain_values(stack, &slices);
        }
        (Err(error), Err(slice)) => {
            check_error(&error);
            check_error(&slice);
        }
        (volume, slices) => panic!("a volume and its slices: {:?} {:?}", volume.err(), slices.err()),
    }
}

/// Every value is a number, and the same in the volume, in its slice and in the statistics of a lesion that is all of it.
fn check_values(volume: &Volume, grid: &VolumeGeometry, slices: &[SlicePixels]) {
    assert!(volume.geometry == *grid, "the volume has another grid");
    let shape = (grid.slices, grid.rows, grid.columns);
    let value: Box<dyn Fn([usize; 3]) -> f32> = match &volume.voxels {
        Voxels::Whole(values) => {
            assert_eq!(values.view().dim(), shape);
            Box::new(|at| f32::from(values[at]))
        }
        Voxels::Real(values) => {
            assert_eq!(values.view().dim(), shape);
            Box::new(|at| values[at])
        }
    };
    for (index, slice) in slices.iter().enumerate() {
        assert_eq!(slice.values.dim(), (grid.rows, grid.columns));
        assert!(slice.padding.as_ref().is_none_or(|padding| padding.dim() == slice.values.dim()));
        for ((row, column), &found) in slice.values.indexed_iter() {
            let own = value([index, row, column]);
            assert!(found.is_finite(), "the value {found} in slice {index}");
            assert!(own == found, "slice {index}, row {row}, column {column}: {own} in the volume, {found} alone");
        }
    }
    let runs: Vec<Run> = (0..grid.slices as u32)
        .flat_map(|slice| (0..grid.rows as u32).map(move |row| Run { slice, row, start: 0, end: grid.columns as u32 }))
        .collect();
    let padded = slices.iter().any(|slice| slice.padding.is_some());
    let slices: BTreeMap<usize, _> =
        slices.iter().map(|slice| (slice.values.clone(), slice.padding.clone())).enumerate().collect();
    let statistics = intensity(&runs, &slices);
    let (least, most, mean) = volume.summary().expect("a volume has voxels");
    match statistics {
        Some(of) => {
            assert!(of.min <= of.median && of.median <= of.max && of.sd.is_finite(), "{of:?}");
            assert!(of.min >= least && of.max <= most, "{of:?} of values from {least} to {most}");
            let all = padded || (of.min, of.max) == (least, most) && (of.mean - mean).abs() <= 1e-6 * (1.0 + mean.abs());
            assert!(all, "{of:?} of values from {least} to {most}, mean {mean}");
        }
        None => assert!(padded, "voxels without values"),
    }
}

/// Values read a second time, without the decoder of the program.
fn check_plain_values(stack: &Stack, slices: &[SlicePixels]) {
    for (frame, slice) in stack.frames.iter().zip(slices) {
        let Some(plain) = plain_values(frame) else { continue };
        for (place, (found, expected)) in slice.values.iter().zip(plain).enumerate() {
            let close = (found - expected).abs() <= 1e-6 * expected.abs();
            assert!(close, "sample {place} of {} is {found}, and {expected} by its words", frame.source.shown);
        }
    }
}

/// Reads positions and distances a second time, by the parser alone, and compares them with the grid.
fn check_positions(stack: &Stack) {
    let grid = &stack.geometry;
    let mut along = Vec::new();
    let spacing = grid.spacing_between_slices();
    for (index, frame) in stack.frames.iter().enumerate() {
        let Some(header) = single_frame(frame) else { return };
        let numbers = |tag| header.get(tag).and_then(|element| element.value().to_multi_float64().ok());
        let (Some(position), Some(pixel)) = (numbers(tags::IMAGE_POSITION_PATIENT), numbers(tags::PIXEL_SPACING)) else { return };
        let ([x, y, z], [between_rows, between_columns]) = (position.as_slice(), pixel.as_slice()) else { return };
        let position = nalgebra::Vector3::new(*x, *y, *z);
        let off_mm = (position - grid.lps([0.0, 0.0, index as f64]).0).norm();
        let tolerance_mm = f64::max(0.1, 0.01 * spacing) + 1e-9 * position.norm();
        assert!(off_mm <= tolerance_mm, "slice {index} lies {off_mm} mm off the grid {grid:?}");
        for (stated, used) in [(between_columns, grid.spacing_mm[0]), (between_rows, grid.spacing_mm[1])] {
            assert!((stated - used).abs() <= 2e-4 * used, "a pixel spacing of {stated} mm is used as {used} mm");
        }
        let whole = |tag| header.get(tag).and_then(|element| element.to_int::<usize>().ok());
        assert_eq!((whole(tags::COLUMNS), whole(tags::ROWS)), (Some(grid.columns), Some(grid.rows)), "the matrix");
        along.push(grid.normal().dot(&position));
    }
    // Both the gap and the mean may be off the commonest distance by the tolerance.
    let tolerance_mm = 2.0 * f64::max(0.01, 0.0102 * spacing) + 1e-9 * grid.origin.0.norm();
    for pair in along.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((gap - spacing).abs() <= tolerance_mm, "a gap of {gap} mm in a grid of {spacing} mm: {along:?}");
    }
}

/// The header of a file that is one slice, when the parser reads it as it stands.
fn single_frame(frame: &FrameRef) -> Option<DefaultDicomObject> {
    let header = parsed_header(&frame.source.path)?;
    let groups = [tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE];
    groups.iter().all(|&tag| header.get(tag).is_none()).then_some(header)
}

/// The values of a plain file, row by row, worked out from its bytes: words of 16 bits with nothing but a slope and an intercept.
fn plain_values(frame: &FrameRef) -> Option<Vec<f32>> {
    let header = single_frame(frame)?;
    let file = std::fs::read(&frame.source.path).ok()?;
    let words = pixel_bytes(&header, &file)?;
    let number = |tag| header.get(tag)?.to_int::<u32>().ok();
    let (stored, signed) = (number(tags::BITS_STORED)?, number(tags::PIXEL_REPRESENTATION)? == 1);
    let plain = number(tags::BITS_ALLOCATED)? == 16
        && (1..=16).contains(&stored)
        && number(tags::HIGH_BIT)? + 1 == stored
        && header.get(tags::MODALITY_LUT_SEQUENCE).is_none();
    if !plain {
        return None;
    }
    let decimal = |tag, otherwise: f64| match header.get(tag) {
        Some(element) => element.to_str().ok()?.trim_matches(['\0', ' ']).parse().ok(),
        None => Some(otherwise),
    };
    let (slope, intercept) = (decimal(tags::RESCALE_SLOPE, 1.0)?, decimal(tags::RESCALE_INTERCEPT, 0.0)?);
    let unused = 32 - stored;
    let value = |pair: &[u8]| {
        let word = u32::from(u16::from_le_bytes([pair[0], pair[1]])) << unused;
        let sample = if signed { f64::from((word as i32) >> unused) } else { f64::from(word >> unused) };
        (sample * slope + intercept) as f32
    };
    Some(words.chunks_exact(2).map(value).collect())
}
