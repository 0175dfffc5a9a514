//! The sample trial: what its generator writes, and what must come out, in closed form (`sample-dicom/truth.csv`).

#[path = "program/mod.rs"]
mod program;
#[path = "../examples/make-sample/sample/mod.rs"]
mod sample;

use program::{column, run_trial, table};
use recist::ingest::{Catalog, StackChoices, load_volume};
use std::path::{Path, PathBuf};

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-dicom")
}

#[test]
fn the_generator_writes_the_committed_sample() {
    let fresh = tempfile::tempdir().expect("a folder");
    sample::write_sample(fresh.path()).expect("the sample is written");
    let read = |root: &Path| Catalog::read(&[root.to_path_buf()], &StackChoices::default(), &|_, _| {});
    let (ours, theirs) = (read(fresh.path()), read(&committed()));
    assert_eq!((ours.series.len(), theirs.series.len()), (15, 15));
    for (a, b) in ours.series.iter().zip(&theirs.series) {
        assert_eq!((&a.series_instance_uid, &a.folder, a.date), (&b.series_instance_uid, &b.folder, b.date));
        let decoded = |series: &recist::ingest::Series| load_volume(series.stack.as_ref().expect("a volume")).expect("pixels");
        // Decoded, not byte by byte: another version of a compressor may pack the same pixels differently.
        assert!(decoded(a) == decoded(b), "{} differs", a.folder);
    }
    assert_eq!(ours.masks.len(), theirs.masks.len());
    for (a, b) in ours.masks.iter().zip(&theirs.masks) {
        let loaded = |catalog: &Catalog, mask: &recist::ingest::MaskFile| {
            mask.load(Some(catalog.series_of(mask).expect("its series"))).expect("a mask").mask
        };
        assert!(loaded(&ours, a) == loaded(&theirs, b), "{} differs", a.source.shown);
    }
    for name in [
        "trial.toml",
        "subjects.csv",
        "lesions.csv",
        "reads.csv",
        "truth.csv",
        "expected_response.csv",
        "expected_best_response.csv",
    ] {
        let bytes = |root: &Path| std::fs::read(root.join(name)).expect("a table");
        assert_eq!(bytes(fresh.path()), bytes(&committed()), "{name}");
    }
}

#[test]
fn measured_lesions_are_the_closed_form_ones() {
    let out = tempfile::tempdir().expect("a folder");
    let ended = run_trial(&committed().join("trial.toml"), out.path(), &[]);
    assert_eq!((ended.code, ended.stderr.contains("warning")), (0, false), "{}", ended.stderr);
    let measured = table(&out.path().join("measurements.csv"));
    let mut compared = 0;
    for truth in table(&committed().join("truth.csv")).iter().filter(|row| row["state"] == "measured") {
        let key =
            [("subject", truth["subject"].as_str()), ("date", truth["date"].as_str()), ("lesion", truth["lesion"].as_str())];
        let number = |name: &str| -> f64 {
            let cells = column(&measured, name, &key);
            assert_eq!(cells.len(), 1, "{key:?} {name}");
            cells[0].parse().unwrap_or_else(|_| panic!("{key:?} {name} is `{}`", cells[0]))
        };
        let true_value = |name: &str| -> f64 { truth[name].parse().expect("a figure") };
        for axis in ["long_axis_mm", "short_axis_mm"] {
            let (found, expected) = (number(axis), true_value(axis));
            assert!((found - expected).abs() <= true_value("tolerance_mm"), "{key:?} {axis}: {found}, in truth {expected}");
        }
        let off_pct = 100.0 * (number("volume_mm3") / true_value("volume_mm3") - 1.0).abs();
        assert!(off_pct <= true_value("volume_tolerance_pct"), "{key:?}: volume off by {off_pct} %");
        compared += 1;
    }
    // 15 of S-001, 15 of S-002, 10 of S-003.
    assert_eq!(compared, 40, "every measured lesion of the truth");
}

#[test]
fn responses_are_those_worked_out_by_hand() {
    let out = tempfile::tempdir().expect("a folder");
    assert_eq!(run_trial(&committed().join("trial.toml"), out.path(), &[]).code, 0);
    let same = |found: &str, expected: &str, columns: &[&str]| {
        let (found, expected) = (table(&out.path().join(found)), table(&committed().join(expected)));
        for name in columns {
            assert_eq!(column(&found, name, &[]), column(&expected, name, &[]), "{name}");
        }
    };
    same("responses.csv", "expected_response.csv", &["subject", "visit", "date", "target", "nontarget", "new_lesion", "overall"]);
    same(
        "best_responses.csv",
        "expected_best_response.csv",
        &["subject", "arm", "bor", "bor_date", "confirmed_bor", "progression_date"],
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let out = tempfile::tempdir().expect("a folder");
    let target = out.path().join("results");
    let ended = run_trial(&committed().join("trial.toml"), &target, &["--dry-run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!target.exists());
    // Five timepoints of each of three subjects, one mask each.
    assert_eq!(ended.stdout.lines().filter(|line| line.starts_with("S-00")).count(), 15);
}
