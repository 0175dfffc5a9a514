//! Real scans and a synthetic follow-up against numbers that other tools gave; `tests/README.md` says which.

mod data;
mod loading;

use data::shared_data;
use loading::{load_mask, only_series};
use recist::ingest::{LoadedMask, Series, load_slice, load_volume};
use recist::measure::{Level, Measurement, intensity, measure};
use recist::volume::Segment;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Voxels of each patient mask, from the README of the data.
const PATIENTS: [(&str, u64); 6] = [
    ("STS_003/CT", 25693),
    ("STS_003/MR_T1", 25693),
    ("STS_019/CT", 5564),
    ("STS_019/MR_T1", 3856),
    ("STS_042/CT", 11175),
    ("STS_042/MR_T1", 11175),
];

/// Rows of a committed or shared table, as name -> text.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is `{}`", row[column]))
}

fn reference(name: &str) -> Vec<BTreeMap<String, String>> {
    table(&loading::committed("reference").join(name))
}

fn loaded(mask: &Path, series: &Series) -> LoadedMask {
    let loaded = load_mask(mask, Some(series)).unwrap_or_else(|error| panic!("{}: {error}", mask.display()));
    assert!(loaded.on_image_grid, "{}", mask.display());
    loaded
}

fn measured(loaded: &LoadedMask, segment: &Segment, level: Level) -> Measurement {
    measure(&segment.runs, &loaded.mask.geometry, false, level)
}

/// Every length, area and volume of a measurement.
fn figures(m: &Measurement) -> Vec<f64> {
    let surface = m.surface.unwrap();
    let sizes = [m.volume_mm3, surface.mesh_volume_mm3, surface.mesh_area_mm2, surface.crofton_area_mm2];
    let lengths = [m.long_axis_mm, m.short_axis_mm, m.max_3d_diameter_mm];
    [&sizes[..], &lengths, &m.axes_mm].concat()
}

/// The folders `patients/*/*` with their image, and `timeline/*/T*` with theirs.
fn image_of(mask: &Path) -> PathBuf {
    let folder = mask.parent().unwrap();
    ["image", "CT"].map(|name| folder.join(name)).into_iter().find(|image| image.is_dir()).unwrap()
}

#[test]
fn four_masks_of_a_patient_are_one_lesion() {
    let Some(root) = shared_data("four_masks_of_a_patient_are_one_lesion") else { return };
    for (patient, voxels) in PATIENTS {
        let folder = root.join("patients").join(patient);
        let series = only_series(&folder.join("image"));
        let masks =
            ["mask.nii.gz", "rtstruct.dcm", "seg.dcm", "mask.nrrd"].map(|name| (name, loaded(&folder.join(name), &series)));
        let (_, first) = &masks[0];
        for (name, mask) in &masks {
            let [segment] = mask.mask.segments.as_slice() else { panic!("{patient} {name}: one segment") };
            assert_eq!(segment.voxels(), voxels, "{patient} {name}");
            // Runs are sorted and do not touch, so equal runs are equal voxels.
            assert_eq!(segment.runs, first.mask.segments[0].runs, "{patient} {name}");
            for level in [Level::Centre, Level::Quarter, Level::Edge, Level::Corner] {
                let own = figures(&measured(mask, segment, level));
                let reference = figures(&measured(first, &first.mask.segments[0], level));
                for (own, reference) in own.iter().zip(reference) {
                    assert!((own - reference).abs() <= 1e-6 * reference.abs(), "{patient} {name}: {own} is not {reference}");
                }
            }
        }
    }
}

#[test]
fn values_are_those_of_simpleitk_and_pydicom() {
    let Some(root) = shared_data("values_are_those_of_simpleitk_and_pydicom") else { return };
    let rows = reference("intensities.csv");
    assert!(rows.len() > 30);
    let images: BTreeSet<&String> = rows.iter().map(|row| &row["image"]).collect();
    for image in images {
        let series = only_series(&root.join(image));
        let stack = series.stack.as_ref().unwrap();
        let folder = root.join(image).parent().unwrap().to_path_buf();
        let name = if image.starts_with("patients") { "mask.nii.gz" } else { "labels.nii.gz" };
        let mask = loaded(&folder.join(name), &series);
        let slices = (0..stack.frames.len()).map(|index| {
            let pixels = load_slice(&stack.frames[index]).unwrap();
            (index, (pixels.values, pixels.padding))
        });
        let slices: BTreeMap<_, _> = slices.collect();
        for row in rows.iter().filter(|row| row["image"] == **image) {
            let label = number(row, "label") as u32;
            let at = format!("{image} label {label}");
            let close = |found: f64, column: &str, tolerance: f64| {
                assert!((found - number(row, column)).abs() <= tolerance, "{at}: {column} {found} is not {}", row[column]);
            };
            if label == 0 {
                let (min, max, mean) = load_volume(stack).unwrap().summary().unwrap();
                close(stack.geometry.voxels() as f64, "voxels", 0.0);
                close(min, "min", 0.0);
                close(max, "max", 0.0);
                close(mean, "mean", 1e-3);
                continue;
            }
            let segment = mask.mask.segments.iter().find(|segment| segment.label == label).unwrap();
            let found = intensity(&segment.runs, &slices).unwrap();
            close(segment.voxels() as f64, "voxels", 0.0);
            close(found.min, "min", 0.0);
            close(found.max, "max", 0.0);
            close(found.median, "median", 0.0);
            close(found.mean, "mean", 1e-3);
            close(found.sd, "sd", 1e-3);
        }
    }
}

#[test]
fn lengths_are_those_of_other_tools() {
    let Some(root) = shared_data("lengths_are_those_of_other_tools") else { return };
    let rows = reference("diameters.csv");
    assert!(rows.len() > 30);
    for row in rows {
        let file = root.join(&row["mask"]);
        let mask = loaded(&file, &only_series(&image_of(&file)));
        let label = number(&row, "label") as u32;
        let segment = mask.mask.segments.iter().find(|segment| segment.label == label).unwrap();
        let centre = measured(&mask, segment, Level::Centre);
        let edge = measured(&mask, segment, Level::Edge);
        assert_eq!(centre.voxels as f64, number(&row, "voxels"), "{row:?}");
        let [a, b, c] = centre.axes_mm;
        for (found, column) in [
            (centre.long_axis_mm, "long_axis_mm"),
            (centre.short_axis_mm, "short_axis_mm"),
            (centre.max_3d_diameter_mm, "max3d_mm"),
            (edge.max_3d_diameter_mm, "max3d_edge_mm"),
            (a, "axis_1_mm"),
            (b, "axis_2_mm"),
            (c, "axis_3_mm"),
        ] {
            assert!((found - number(&row, column)).abs() < 1e-3, "{column} {found}: {row:?}");
        }
        let volume = number(&row, "volume_mm3");
        assert!((centre.volume_mm3 - volume).abs() < 1e-5 * volume, "volume {}: {row:?}", centre.volume_mm3);
    }
}

#[test]
fn a_follow_up_has_the_lengths_of_its_table_in_every_kind_of_mask() {
    let Some(root) = shared_data("a_follow_up_has_the_lengths_of_its_table_in_every_kind_of_mask") else { return };
    for patient in ["TL-001", "TL-002"] {
        let rows = table(&root.join("timeline").join(patient).join("expected_lesions.csv"));
        for timepoint in ["T0", "T1", "T2", "T3", "T4"] {
            let folder = root.join("timeline").join(patient).join(timepoint);
            let series = only_series(&folder.join("CT"));
            let rows: Vec<_> = rows.iter().filter(|row| row["timepoint"] == timepoint).collect();
            assert!(!rows.is_empty());
            for name in ["seg.dcm", "rtstruct.dcm", "labels.nii.gz", "labels.seg.nrrd"] {
                let mask = loaded(&folder.join(name), &series);
                for row in &rows {
                    follow_up_lesion(&mask, row, &format!("{patient} {timepoint} {name}"));
                }
            }
        }
    }
}

/// One row of `expected_lesions.csv`, found in a mask by what that kind of file calls it.
fn follow_up_lesion(mask: &LoadedMask, row: &BTreeMap<String, String>, at: &str) {
    let is_it = |segment: &&Segment| match segment.tracking_uid.as_deref() {
        Some(uid) => uid == row["tracking_uid"],
        None if segment.name.is_some() && segment.segment_id.is_none() => segment.name.as_deref() == Some(&row["tracking_id"]),
        None => segment.label.to_string() == row["label_value"],
    };
    let lesion = &row["lesion"];
    let found: Vec<&Segment> = mask.mask.segments.iter().filter(is_it).filter(|segment| segment.voxels() > 0).collect();
    if row["present"] == "0" {
        assert!(found.is_empty(), "{at}: {lesion} is gone");
        return;
    }
    let [segment] = found.as_slice() else { panic!("{at}: {lesion} is in {} segments", found.len()) };
    let centre = measured(mask, segment, Level::Centre);
    let corner = measured(mask, segment, Level::Corner);
    assert_eq!(centre.voxels as f64, number(row, "voxels"), "{at} {lesion}");
    for (found, column) in [
        (centre.long_axis_mm, "ld2d_centre_mm"),
        (centre.max_3d_diameter_mm, "max3d_centre_mm"),
        (corner.long_axis_mm, "ld2d_corner_mm"),
        (corner.max_3d_diameter_mm, "max3d_corner_mm"),
    ] {
        assert!((found - number(row, column)).abs() <= 1e-3, "{at} {lesion}: {column} {found} is not {}", row[column]);
    }
    let volume = number(row, "volume_mm3");
    assert!((centre.volume_mm3 - volume).abs() <= 1e-5 * volume, "{at} {lesion}: {} is not {volume}", centre.volume_mm3);
    // The table has the full extent across the long axis, not the chord inside: never less, and near it for these ovals.
    if row["node"] == "1" {
        let extent = number(row, "sa_perp_centre_mm");
        assert!(centre.short_axis_mm <= extent + 1e-3 && centre.short_axis_mm > extent - 1.0, "{at} {lesion}");
    }
}
