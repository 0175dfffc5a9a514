//! `recist measure` as a program: formats, fields, options and exit codes.

mod loading;
mod written;

use loading::{Ran, recist};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;
use written::{SERIES, block, write_nrrd, write_rtstruct, write_series};

/// Label 1: 6 x 4 x 3 voxels. Label 2: two parts of 2 x 1 x 1 and 1 x 1 x 1 voxels.
fn two_labels(column: usize, row: usize, slice: usize) -> u8 {
    match (column, row, slice) {
        (1 | 2, 8, 1) | (10, 8, 3) => 2,
        _ => block(column, row, slice),
    }
}

fn trial() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |_, _| true);
    write_nrrd(&folder.path().join("mask.nrrd"), [0.0; 3], two_labels);
    write_rtstruct(&folder.path().join("rtstruct.dcm"), |_| {});
    folder
}

fn measure(folder: &Path, arguments: &[&str]) -> Ran {
    recist(folder, ["measure"].iter().chain(arguments))
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn near(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn json_has_every_field_of_the_design() {
    let folder = trial();
    let ran = measure(folder.path(), &["--mask", "mask.nrrd", "--image", "image", "--format", "json", "--intensity"]);
    let found = json(&ran);
    assert_eq!(ran.stderr, "");
    assert_eq!((&found["schema"], &found["level"]), (&"recist.measure/1".into(), &"centre".into()));
    assert_eq!((&found["mask"]["path"], &found["mask"]["kind"]), (&"mask.nrrd".into(), &"nrrd".into()));
    let image = &found["image"];
    assert_eq!((&image["modality"], &image["series_instance_uid"]), (&"CT".into(), &SERIES.into()));
    assert_eq!((&image["study_date"], &image["columns"], &image["rows"]), (&"2026-01-05".into(), &12.into(), &10.into()));
    assert_eq!((&image["slices"], &image["spacing_mm"]), (&5.into(), &serde_json::json!([0.7, 0.8, 2.5])));
    assert!(image["frame_of_reference_uid"].is_string());
    assert_eq!((&image["plane"], &found["mask"]["plane"]), (&"axial".into(), &"axial".into()));
    assert_eq!(found["warnings"], serde_json::json!([]));

    let [mass, parts] = found["lesions"].as_array().unwrap().as_slice() else { panic!("two lesions") };
    for field in [
        "label",
        "id",
        "tracking_uid",
        "site",
        "nodal",
        "component",
        "voxels",
        "volume_mm3",
        "mesh_volume_mm3",
        "surface_area_mm2",
        "crofton_area_mm2",
        "long_axis_mm",
        "short_axis_mm",
        "diameter_mm",
        "max_3d_diameter_mm",
        "longest_inside_mm",
        "axes_mm",
        "components",
        "touches_border",
        "hole_filled",
        "slice",
        "long_axis_lps_mm",
        "short_axis_lps_mm",
        "intensity",
        "warnings",
    ] {
        assert!(keys(mass).contains(&field), "{field} is missing");
    }
    // 6 x 4 x 3 voxels of 0.7 x 0.8 x 2.5 mm: centres 3.5, 2.4 and 5 mm apart.
    assert_eq!((&mass["label"], &mass["voxels"], &mass["components"]), (&1.into(), &72.into(), &1.into()));
    near(&mass["volume_mm3"], 72.0 * 1.4);
    // The mesh: the block between centres, half a voxel across its faces, bevels over edges, eighths of an octahedron over corners.
    near(&mass["mesh_volume_mm3"], (5.0 * 3.0 * 2.0 + (15.0 + 10.0 + 6.0) + 4.0 * (5.0 + 3.0 + 2.0) / 8.0 + 1.0 / 6.0) * 1.4);
    let faces = 2.0 * (3.5 * 2.4 + 3.5 * 5.0 + 2.4 * 5.0);
    let bevels = 4.0 * (3.5 * f64::hypot(0.4, 1.25) + 2.4 * f64::hypot(0.35, 1.25) + 5.0 * f64::hypot(0.35, 0.4));
    let corners = 4.0 * ((0.35 * 0.4f64).powi(2) + (0.35 * 1.25f64).powi(2) + (0.4 * 1.25f64).powi(2)).sqrt();
    near(&mass["surface_area_mm2"], faces + bevels + corners);
    // The same block on the same grid in `kernels/tests/reference/surface.csv`.
    near(&mass["crofton_area_mm2"], 105.983244689254);
    near(&mass["long_axis_mm"], f64::hypot(3.5, 2.4));
    near(&mass["max_3d_diameter_mm"], (3.5f64.powi(2) + 2.4f64.powi(2) + 25.0).sqrt());
    assert_eq!(mass["diameter_mm"], 4.2);
    // Uniform over n places: variance (n^2 - 1) / 12 squared steps.
    for (axis, (n, step)) in [(3.0, 2.5), (6.0, 0.7), (4.0, 0.8)].into_iter().enumerate() {
        near(&mass["axes_mm"][axis], 4.0 * step * ((n * n - 1.0) / 12.0f64).sqrt());
    }
    // The lowest of equal slices, at z = 2.5 mm; the first corner is voxel (3, 2, 1).
    assert_eq!(mass["slice"]["index"], 1);
    near(&mass["slice"]["position_mm"], 2.5);
    assert_eq!(mass["slice"]["sop_instance_uid"], "1.2.826.0.1.3680043.10.1561.9.1.2");
    for (axis, expected) in [-4.0 + 3.0 * 0.7, 6.0 + 2.0 * 0.8, 2.5].into_iter().enumerate() {
        near(&mass["long_axis_lps_mm"][0][axis], expected);
    }
    // 7 column + 13 row + 100 slice - 1024 over columns 3 to 8, rows 2 to 5, slices 1 to 3.
    let intensity = &mass["intensity"];
    assert_eq!(keys(intensity), ["mean", "sd", "min", "max", "median"]);
    near(&intensity["mean"], 7.0 * 5.5 + 13.0 * 3.5 + 200.0 - 1024.0);
    near(&intensity["median"], 7.0 * 5.5 + 13.0 * 3.5 + 200.0 - 1024.0);
    near(&intensity["min"], 21.0 + 26.0 + 100.0 - 1024.0);
    near(&intensity["max"], 56.0 + 65.0 + 300.0 - 1024.0);
    near(&intensity["sd"], (49.0 * 35.0 / 12.0 + 169.0 * 15.0 / 12.0 + 10_000.0 * 8.0 / 12.0f64).sqrt());
    assert_eq!((&parts["voxels"], &parts["components"]), (&3.into(), &2.into()));
    let warnings = parts["warnings"].as_array().unwrap();
    let warning = warnings.iter().find(|warning| warning["code"] == "several-components").unwrap();
    assert_eq!(warning["severity"], "note");
    assert_eq!(keys(warning), ["code", "severity", "message", "file", "position", "advice"]);
}

#[test]
fn without_an_image_there_is_none_and_without_intensity_no_values() {
    let folder = trial();
    let found = json(&measure(folder.path(), &["--mask", "mask.nrrd", "--format", "json"]));
    assert!(found["image"].is_null());
    let mass = &found["lesions"][0];
    assert!(!keys(mass).contains(&"intensity"));
    assert!(mass["slice"]["sop_instance_uid"].is_null());
    near(&mass["long_axis_mm"], f64::hypot(3.5, 2.4));
}

#[test]
fn nodes_are_measured_across() {
    let folder = trial();
    let found = json(&measure(folder.path(), &["--mask", "mask.nrrd", "--image", "image", "--format", "json", "--nodal", "1"]));
    let [node, parts] = found["lesions"].as_array().unwrap().as_slice() else { panic!("two lesions") };
    assert_eq!((&node["nodal"], &parts["nodal"]), (&true.into(), &false.into()));
    // A rectangle of 3.5 x 2.4 mm: the chord across its diagonal through a corner of the short side is 2.4 * d / 3.5.
    near(&node["short_axis_mm"], 2.4 * f64::hypot(3.5, 2.4) / 3.5);
    assert_eq!(node["diameter_mm"], 2.9);
    // By name, for a structure set; several are separated by commas.
    let arguments = ["--mask", "rtstruct.dcm", "--image", "image", "--format", "json", "--nodal", "other,mass"];
    assert_eq!(json(&measure(folder.path(), &arguments))["lesions"][0]["nodal"], true);
}

#[test]
fn components_can_be_lesions_of_their_own() {
    let folder = trial();
    let found = json(&measure(folder.path(), &["--mask", "mask.nrrd", "--format", "json", "--split-components"]));
    let lesions = found["lesions"].as_array().unwrap();
    let parts: Vec<_> = lesions.iter().map(|l| (l["label"].as_u64(), l["component"].as_u64(), l["voxels"].as_u64())).collect();
    assert_eq!(parts, [(1, 1, 72), (2, 1, 2), (2, 2, 1)].map(|(l, c, v)| (Some(l), Some(c), Some(v))));
    // One voxel counts as one pixel, the larger of 0.7 and 0.8 mm.
    assert_eq!((&lesions[2]["long_axis_mm"], &lesions[2]["diameter_mm"]), (&0.0.into(), &0.8.into()));
}

#[test]
fn levels_reach_as_far_as_they_say() {
    let folder = trial();
    // 6 columns of 0.7 mm and 4 rows of 0.8 mm; midpoints of edges lie half a voxel out on one axis, corners on both.
    let edge = f64::hypot(3.5 + 0.7, 2.4).max(f64::hypot(3.5, 2.4 + 0.8));
    let edge_turn = f64::hypot(3.5 + 0.35, 2.4 + 0.4);
    for (level, expected) in [("centre", f64::hypot(3.5, 2.4)), ("edge", edge.max(edge_turn)), ("corner", f64::hypot(4.2, 3.2))] {
        let found = json(&measure(folder.path(), &["--mask", "mask.nrrd", "--format", "json", "--level", level]));
        assert_eq!(found["level"], level);
        near(&found["lesions"][0]["long_axis_mm"], expected);
    }
}

#[test]
fn several_masks_are_one_object_a_line_and_failures_are_listed() {
    let folder = trial();
    std::fs::write(folder.path().join("broken.nrrd"), "NRRD0004\ntype: uchar\n\n").unwrap();
    let arguments = ["--mask", "mask.nrrd", "--mask", "broken.nrrd", "--mask", "rtstruct.dcm", "--image", "image"];
    let ran = measure(folder.path(), &[arguments.as_slice(), &["--format", "json"]].concat());
    assert_eq!(ran.exit, 4);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let paths: Vec<&str> = lines.iter().map(|line| line["mask"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["mask.nrrd", "broken.nrrd", "rtstruct.dcm"], "in the order given");
    assert!(ran.stderr.contains("broken.nrrd") && ran.stderr.contains("1 of 3 masks"), "{}", ran.stderr);
    // Columns 3 to 5, rows 2 to 3.
    assert_eq!(lines[2]["lesions"][0]["voxels"], 6);
}

#[test]
fn a_list_names_masks_images_and_ids() {
    let folder = trial();
    let lists = folder.path().join("lists");
    std::fs::create_dir(&lists).unwrap();
    // Semicolons, a byte order mark and Windows line ends; paths are relative to the list.
    std::fs::write(lists.join("masks.csv"), "\u{feff}mask;image;id\r\n../mask.nrrd;../image;A\r\n../mask.nrrd;;B\r\n").unwrap();
    let ran = measure(folder.path(), &["--list", "lists/masks.csv", "--format", "json", "--jobs", "2"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["id"], &lines[1]["id"]), (&"A".into(), &"B".into()));
    assert!(lines[0]["image"].is_object() && lines[1]["image"].is_null());

    std::fs::write(lists.join("masks.csv"), "mask,image,id\nabsent.nii,,A\n").unwrap();
    assert_eq!(measure(folder.path(), &["--list", "lists/masks.csv"]).exit, 4);
    std::fs::write(lists.join("masks.csv"), "mask,image,id\n").unwrap();
    assert_eq!(measure(folder.path(), &["--list", "lists/masks.csv"]).exit, 3);
    std::fs::write(lists.join("masks.csv"), "mask,image,id\n,image,A\n").unwrap();
    let ran = measure(folder.path(), &["--list", "lists/masks.csv"]);
    assert!(ran.exit == 2 && ran.stderr.contains("masks.csv"), "{}", ran.stderr);
    assert_eq!(measure(folder.path(), &["--list", "absent.csv"]).exit, 2);
}

#[test]
fn csv_and_table_hold_the_same_lesions() {
    let folder = trial();
    let ran = measure(folder.path(), &["--mask", "mask.nrrd", "--image", "image", "--format", "csv", "--intensity"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let head = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let cell = |row: usize, column: &str| rows[row][head.iter().position(|name| name == column).unwrap()].to_string();
    assert_eq!(rows.len(), 2);
    assert_eq!((cell(0, "label"), cell(0, "voxels"), cell(0, "diameter_mm")), ("1".into(), "72".into(), "4.2".into()));
    assert_eq!(cell(0, "level"), "centre");
    assert!((cell(0, "long_axis_mm").parse::<f64>().unwrap() - f64::hypot(3.5, 2.4)).abs() < 1e-9);
    assert!(cell(1, "warnings").split(';').any(|code| code == "several-components"));

    let ran = measure(folder.path(), &["--mask", "mask.nrrd", "--image", "image"]);
    assert_eq!(ran.exit, 0);
    assert!(ran.stdout.contains("mask.nrrd") && ran.stdout.contains("4.2") && ran.stdout.contains("several-components"));
}

#[test]
fn one_of_several_series_must_be_chosen() {
    let folder = trial();
    write_series(&folder.path().join("image/other"), |slice, object| {
        written::set(object, dicom::dictionary_std::tags::SERIES_INSTANCE_UID, dicom::core::VR::UI, "1.2.3");
        let uid = format!("1.2.3.{}", slice + 1);
        written::set(object, dicom::dictionary_std::tags::SOP_INSTANCE_UID, dicom::core::VR::UI, &uid);
        true
    });
    let image = ["--image", "image", "--format", "json"];
    let with = |arguments: &[&str]| measure(folder.path(), &[arguments, &image].concat());
    let ran = with(&["--mask", "mask.nrrd"]);
    assert!(ran.exit == 4 && ran.stderr.contains("--series"), "{}", ran.stderr);
    assert_eq!(json(&with(&["--mask", "mask.nrrd", "--series", "1.2.3"]))["image"]["series_instance_uid"], "1.2.3");
    assert_eq!(with(&["--mask", "mask.nrrd", "--series", "9.9"]).exit, 4);
    // A structure set says itself which one it was drawn on.
    assert_eq!(json(&with(&["--mask", "rtstruct.dcm"]))["image"]["series_instance_uid"], SERIES);
}

#[test]
fn wrong_usage_is_exit_2() {
    let folder = trial();
    for arguments in [
        ["--format", "json"].as_slice(),
        &["--mask", "mask.nrrd", "--level", "middle"],
        &["--mask", "mask.nrrd", "--format", "xml"],
        &["--mask", "mask.nrrd", "--series", "1.2.3"],
        &["--mask", "mask.nrrd", "--list", "x.csv"],
        &["--mask", "mask.nrrd", "--jobs", "0"],
    ] {
        let ran = measure(folder.path(), arguments);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn quiet_leaves_warnings_out_and_errors_in() {
    let folder = trial();
    std::fs::write(folder.path().join("image/letter.dcm"), "Dear colleague, ...").unwrap();
    let arguments = ["--mask", "mask.nrrd", "--image", "image"];
    let ran = measure(folder.path(), &arguments);
    assert!(ran.exit == 0 && ran.stderr.contains("letter.dcm"), "{}", ran.stderr);
    let ran = measure(folder.path(), &[arguments.as_slice(), &["--quiet"]].concat());
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    let ran = measure(folder.path(), &["--mask", "absent.nii", "--quiet"]);
    assert!(ran.exit == 4 && ran.stderr.contains("absent.nii"), "{}", ran.stderr);
}
