//! Studies hold more than the series that was segmented: localizers, reformats, a second reconstruction.

#[path = "program/mod.rs"]
mod program;

use dicom::core::{DataElement, VR};
use dicom::dictionary_std::tags;
use dicom::object::open_file;
use program::{column, copy_tree, run_trial, table};
use std::path::{Path, PathBuf};

/// Copies every `step`-th slice of a series as a series of its own.
fn second_series(from: &Path, to: &Path, step: usize, image_type: &str) {
    std::fs::create_dir_all(to).expect("a folder");
    let mut files: Vec<PathBuf> = std::fs::read_dir(from).expect("slices").map(|entry| entry.expect("a slice").path()).collect();
    files.sort();
    for (n, file) in files.iter().enumerate().filter(|(n, _)| n % step != step - 1) {
        let mut slice = open_file(file).expect("a slice");
        let mut put = |tag, vr, text: &str| slice.put(DataElement::new(tag, vr, text));
        put(tags::SERIES_INSTANCE_UID, VR::UI, "2.25.777");
        put(tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.777.{}", n + 1));
        put(tags::IMAGE_TYPE, VR::CS, image_type);
        slice.write_to_file(to.join(format!("{n}.dcm"))).expect("written");
    }
}

fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy_tree(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-dicom"), folder.path());
    folder
}

#[test]
fn a_broken_series_without_a_mask_is_a_warning() {
    let folder = sample();
    // Every fifth slice is missing, as in a careless export; the mask was drawn on the other series.
    second_series(
        &folder.path().join("S-001/M03/CT"),
        &folder.path().join("S-001/M03/reformat"),
        5,
        "DERIVED\\SECONDARY\\REFORMATTED",
    );
    let out = tempfile::tempdir().expect("a folder");
    let ended = run_trial(&folder.path().join("trial.toml"), out.path(), &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("[series-not-usable]") && ended.stderr.contains("S-001/M03/reformat/"), "{}", ended.stderr);
    let responses = table(&out.path().join("responses.csv"));
    assert_eq!(column(&responses, "overall", &[("subject", "S-001")]), ["", "PR", "PR", "CR", "PD"]);
}

#[test]
fn a_localizer_is_not_measured_and_not_missed() {
    let folder = sample();
    second_series(&folder.path().join("S-001/M03/CT"), &folder.path().join("S-001/M03/scout"), 2, "ORIGINAL\\PRIMARY\\LOCALIZER");
    let out = tempfile::tempdir().expect("a folder");
    let ended = run_trial(&folder.path().join("trial.toml"), out.path(), &["--strict"]);
    assert_eq!((ended.code, ended.stderr.contains("warning")), (0, false), "{}", ended.stderr);
    let inspected = program::recist(["inspect", &folder.path().join("S-001/M03").display().to_string()]);
    assert_eq!(inspected.code, 0, "{}", inspected.stdout);
    assert!(inspected.stdout.contains("localizer"), "{}", inspected.stdout);
}

#[test]
fn a_mask_that_names_the_broken_series_fails_its_timepoint() {
    let folder = sample();
    let slices = folder.path().join("S-001/M03/CT");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&slices).expect("slices").map(|entry| entry.expect("a slice").path()).collect();
    files.sort();
    std::fs::remove_file(&files[files.len() / 2]).expect("removed");
    // A second, sound reconstruction of the same place does not stand in for the one that was segmented.
    let whole = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-dicom/S-001/M03/CT");
    second_series(&whole, &folder.path().join("S-001/M03/other"), usize::MAX, "DERIVED\\SECONDARY");
    let out = tempfile::tempdir().expect("a folder");
    let ended = run_trial(&folder.path().join("trial.toml"), out.path(), &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let responses = table(&out.path().join("responses.csv"));
    assert_eq!(column(&responses, "overall", &[("subject", "S-001")])[1], "NE");
}

#[test]
fn a_single_slice_has_the_volume_of_its_stated_thickness_or_none() {
    let folder = sample();
    let from =
        std::fs::read_dir(folder.path().join("S-001/M03/CT")).expect("slices").next().expect("one").expect("a slice").path();
    let alone = folder.path().join("alone");
    std::fs::create_dir(&alone).expect("a folder");
    let mut slice = open_file(&from).expect("a slice");
    slice.write_to_file(alone.join("1.dcm")).expect("written");
    let inspected = program::recist(["inspect".as_ref(), alone.as_os_str()]);
    assert!(inspected.code == 0 && inspected.stdout.contains("[single-slice]"), "{}", inspected.stdout);
    slice.remove_element(tags::SLICE_THICKNESS);
    slice.write_to_file(alone.join("1.dcm")).expect("written");
    let inspected = program::recist(["inspect".as_ref(), alone.as_os_str()]);
    assert!(inspected.code == 4 && inspected.stdout.contains("SliceThickness is missing"), "{}", inspected.stdout);
}

#[test]
fn a_mask_whose_frames_contradict_its_stated_distance_says_so() {
    let folder = sample();
    let mask = folder.path().join("S-001/M00/seg.dcm");
    let measure = || program::recist(["measure".as_ref(), "--mask".as_ref(), mask.as_os_str()]);
    assert!(!measure().stderr.contains("slice-distance"));
    // SpacingBetweenSlices (0018,0088) is 4 mm in truth; the same bytes now say 7.
    let mut bytes = std::fs::read(&mask).expect("a mask");
    let at = bytes.windows(6).position(|window| window == b"\x18\x00\x88\x00DS").expect("it is stated");
    let length = usize::from(bytes[at + 6]);
    bytes[at + 8..at + 8 + length].fill(b' ');
    bytes[at + 8] = b'7';
    std::fs::write(&mask, bytes).expect("written");
    let ended = measure();
    assert!(ended.stderr.contains("slice-distance") && ended.stderr.contains("4.000 mm apart"), "{}", ended.stderr);
}
