//! The main job on two follow-ups whose expected results another program computed (`expected_*.csv` beside the data).

#[path = "data/mod.rs"]
mod data;
#[path = "program/mod.rs"]
mod program;

use program::{Rows, column, copy_tree, run_trial, table};
use std::path::Path;

const SUBJECTS: [&str; 2] = ["TL-001", "TL-002"];

/// Overall response, long axis and volume against the expected tables.
fn check(root: &Path, out: &Path) {
    let responses = table(&out.join("responses.csv"));
    let measured = table(&out.join("measurements.csv"));
    for subject in SUBJECTS {
        let expected: Rows = table(&root.join(subject).join("expected_response.csv"));
        for row in expected.iter().filter(|row| row["timepoint"] != "T0") {
            let key = [("subject", subject), ("date", row["date"].as_str())];
            assert_eq!(
                column(&responses, "overall", &key),
                [row["overall_response_centre"].as_str()],
                "{subject} {}",
                row["date"]
            );
            assert_eq!(column(&responses, "target", &key), [row["target_response_centre"].as_str()], "{subject} {}", row["date"]);
        }
        let mut compared = 0;
        for row in table(&root.join(subject).join("expected_lesions.csv")) {
            let key = [("subject", subject), ("date", row["date"].as_str()), ("lesion", row["tracking_id"].as_str())];
            let number = |name: &str| column(&measured, name, &key).first().cloned().unwrap_or_default();
            if row["present"] == "0" {
                // A lesion that is gone has no figure of a mask.
                assert_eq!(number("long_axis_mm"), "", "{key:?}");
                continue;
            }
            let close = |name: &str, expected: &str, tolerance: f64| {
                let (found, expected): (f64, f64) =
                    (number(name).parse().expect("a figure"), row[expected].parse().expect("a figure"));
                let allowed = if tolerance < 0.0 { -tolerance * expected } else { tolerance };
                assert!((found - expected).abs() <= allowed, "{key:?} {name}: {found}, expected {expected}");
            };
            close("long_axis_mm", "ld2d_centre_mm", 0.001);
            close("volume_mm3", "volume_mm3", -0.000_01);
            close("max_3d_diameter_mm", "max3d_centre_mm", 0.001);
            // The expected short axis is the full extent across the long axis; ours is the chord inside.
            if row["node"] == "1" {
                close("short_axis_mm", "sa_perp_centre_mm", 1.0);
            }
            assert_eq!(number("voxels"), row["voxels"]);
            compared += 1;
        }
        assert!(compared >= 13, "{subject}: {compared} lesions compared");
    }
}

#[test]
fn every_kind_of_mask_gives_the_expected_responses() {
    let Some(root) = data::shared_data("every_kind_of_mask_gives_the_expected_responses") else { return };
    let root = root.join("timeline");
    for sources in ["seg", "rtstruct", "nifti", "nrrd", "seg,rtstruct,nifti,nrrd"] {
        let out = tempfile::tempdir().expect("a folder");
        let ended = run_trial(&root.join("trial.toml"), out.path(), &["--set", &format!("data.mask_sources={sources}")]);
        assert_eq!((ended.code, ended.stderr.contains("warning")), (0, false), "{sources}: {}", ended.stderr);
        check(&root, out.path());
        assert_eq!(column(&table(&out.path().join("queries.csv")), "code", &[]), Vec::<String>::new());
    }
}

#[test]
fn strangers_are_skipped_and_what_is_broken_fails_alone() {
    let Some(root) = data::shared_data("strangers_are_skipped_and_what_is_broken_fails_alone") else { return };
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(&root.join("timeline"), copy.path());
    let at = |path: &str| copy.path().join(path);
    let middle = |folder: &str| {
        let mut slices: Vec<_> =
            std::fs::read_dir(at(folder)).expect("slices").map(|entry| entry.expect("a slice").path()).collect();
        slices.sort();
        slices[slices.len() / 2].clone()
    };
    std::fs::write(at("TL-001/T0/zero.dcm"), b"").expect("written");
    std::fs::write(at("TL-002/T3/CT/notes.dcm"), b"call me back").expect("written");
    std::fs::remove_file(middle("TL-002/T1/CT")).expect("removed");
    for mask in ["seg.dcm", "rtstruct.dcm", "labels.nii.gz", "labels.seg.nrrd"] {
        // One foreign mask at a time, each from the other patient; the true one comes back afterwards.
        let true_bytes = std::fs::read(at(&format!("TL-001/T1/{mask}"))).expect("a mask");
        std::fs::copy(at(&format!("TL-002/T1/{mask}")), at(&format!("TL-001/T1/{mask}"))).expect("copied");
        let out = tempfile::tempdir().expect("a folder");
        let ended = run_trial(&at("trial.toml"), out.path(), &[]);
        assert_eq!(ended.code, 4, "{mask}: {}", ended.stderr);
        let says = |words: &[&str]| ended.stderr.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(says(&["warning", "TL-001/T0/zero.dcm", "no bytes"]), "{}", ended.stderr);
        assert!(says(&["warning", "TL-002/T3/CT/notes.dcm", "neither DICOM nor"]), "{}", ended.stderr);
        assert!(says(&["error", "TL-002 Month 3", "TL-002/T1/CT/", "slice is missing", "6.540 mm"]), "{}", ended.stderr);
        assert!(says(&["error", "TL-001 Month 3", &format!("TL-001/T1/{mask}"), "misplaced-mask"]), "{mask}: {}", ended.stderr);

        let responses = table(&out.path().join("responses.csv"));
        let overall = |subject: &str| column(&responses, "overall", &[("subject", subject)]);
        // The two broken timepoints are not evaluable; all others stand as expected_response.csv has them.
        assert_eq!(overall("TL-001"), ["", "NE", "CR", "PD", "PD"], "{mask}");
        assert_eq!(overall("TL-002"), ["", "NE", "PR", "PR", "PD"], "{mask}");
        let measured = table(&out.path().join("measurements.csv"));
        for subject in SUBJECTS {
            let broken = [("subject", subject), ("visit", "Month 3")];
            assert!(column(&measured, "long_axis_mm", &broken).iter().all(String::is_empty), "nothing is measured there");
            assert!(column(&measured, "state", &broken).iter().all(|state| state == "not_evaluable"));
        }
        std::fs::write(at(&format!("TL-001/T1/{mask}")), true_bytes).expect("written");
    }
}

#[test]
fn an_identical_run_writes_the_same_bytes_with_any_number_of_threads() {
    let Some(root) = data::shared_data("an_identical_run_writes_the_same_bytes_with_any_number_of_threads") else { return };
    let trial = root.join("timeline/trial.toml");
    let out = tempfile::tempdir().expect("a folder");
    assert_eq!(run_trial(&trial, out.path(), &["--jobs", "1"]).code, 0);
    let first = program::all_files(out.path());
    assert_eq!(first.len(), 10, "{:?}", first.keys());
    assert_eq!(run_trial(&trial, out.path(), &["--jobs", "3"]).code, 0);
    let second = program::all_files(out.path());
    assert!(
        first == second,
        "files changed: {:?}",
        first.keys().filter(|name| first[*name] != second[*name]).collect::<Vec<_>>()
    );
}

#[test]
fn patients_are_never_named() {
    let Some(root) = data::shared_data("patients_are_never_named") else { return };
    let copy = tempfile::tempdir().expect("a folder");
    copy_tree(&root.join("timeline"), copy.path());
    // The same patients under other subject codes, so that a patient ID in the output is a leak.
    for name in ["subjects.csv", "lesions.csv", "reads.csv"] {
        let text = std::fs::read_to_string(copy.path().join(name)).expect("a table");
        let mut lines = Vec::new();
        for line in text.lines() {
            let (subject, rest) = line.split_once(',').expect("two columns");
            lines.push(format!("{},{rest}", subject.replace("TL-", "Case-")));
        }
        std::fs::write(copy.path().join(name), lines.join("\n") + "\n").expect("written");
    }
    let out = tempfile::tempdir().expect("a folder");
    let ended = run_trial(&copy.path().join("trial.toml"), out.path(), &["--verbose"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let mut written: Vec<(String, Vec<u8>)> =
        vec![("stdout".into(), ended.stdout.into_bytes()), ("stderr".into(), ended.stderr.into_bytes())];
    written.extend(program::all_files(out.path()).into_iter().map(|(name, bytes)| (name.display().to_string(), bytes)));
    // PatientName, AccessionNumber, StudyDescription and SeriesDescription of these files.
    for secret in ["^Synthetic", "TL-001T", "TL-002T", "SYNTHETIC TL", "SYNTHETIC from", "STS_0"] {
        for (name, bytes) in &written {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {name}");
        }
    }
}
