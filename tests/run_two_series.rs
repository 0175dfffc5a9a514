//! A lesion drawn on two series of one visit: the one imaged as at baseline counts (recist-rules, W8), and where that does not decide, a
//! person does.

#[path = "program/mod.rs"]
mod program;
#[path = "written/mod.rs"]
mod written;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use program::{Rows, column, run_trial, table};
use std::path::Path;
use written::{SECRET, block, set, write_nrrd, write_series};

/// The distance of pixel centres over 6 x 4 pixels of 0.7 x 0.8 mm: sqrt(3.5^2 + 2.4^2) = 4.244.
const SMALL: &str = "4.2";
/// ... over 8 x 6 pixels: sqrt(4.9^2 + 4.0^2) = 6.325.
const LARGE: &str = "6.3";

/// A series of that modality on that day, with the small or the large lesion drawn on it.
fn series(folder: &Path, number: usize, modality: &str, day: &str, large: bool) {
    write_series(folder, |slice, object| {
        for (tag, vr, value) in [
            (tags::SERIES_INSTANCE_UID, VR::UI, format!("2.25.{number}")),
            (tags::SOP_INSTANCE_UID, VR::UI, format!("2.25.{number}.{slice}")),
            (tags::MODALITY, VR::CS, modality.to_string()),
            (tags::STUDY_DATE, VR::DA, day.to_string()),
        ] {
            set(object, tag, vr, &value);
        }
        true
    });
    let wider = |column: usize, row: usize, slice: usize| {
        u8::from((2..10).contains(&column) && (1..7).contains(&row) && (1..4).contains(&slice))
    };
    write_nrrd(&folder.join("mask.nrrd"), [0.0; 3], if large { wider } else { block });
}

/// A CT with the small lesion at baseline; at month 3 the series of `later`: modality, and whether the lesion is the large one.
fn run(later: [(&str, bool); 2]) -> (String, Rows, Rows, Rows) {
    let folder = tempfile::tempdir().expect("a folder");
    series(&folder.path().join("M0/ct"), 1, "CT", "20260105", false);
    for (place, (modality, large)) in later.into_iter().enumerate() {
        series(&folder.path().join(format!("M3/{place}")), place + 2, modality, "20260405", large);
    }
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("subjects.csv", &format!("subject,patient_id\nS1,{SECRET}-ID\n"));
    write("lesions.csv", "subject,lesion,role,label\nS1,T1,target,1\n");
    write(
        "trial.toml",
        "[trial]\nid = \"TWO\"\ncriteria = \"RECIST 1.1\"\n[schedule]\nanchor = \"baseline\"\n\
         visits = [{ name = \"Month 3\", month = 3, window_days = 14 }]\n[measure]\nlevel = \"centre\"\n\
         [data]\nroot = \".\"\nsubjects = \"subjects.csv\"\nlesions = \"lesions.csv\"\nmask_sources = [\"nrrd\"]\n",
    );
    let out = folder.path().join("out");
    let ended = run_trial(&folder.path().join("trial.toml"), &out, &[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let of = |name: &str| table(&out.join(name));
    (ended.stderr + &ended.stdout, of("responses.csv"), of("measurements.csv"), of("queries.csv"))
}

fn sums(responses: &Rows) -> Vec<String> {
    column(responses, "sum_mm", &[])
}

#[test]
fn the_technique_of_baseline_wins_whatever_the_order_and_size() {
    for (later, sum) in [
        ([("CT", false), ("MR", true)], SMALL),
        ([("MR", true), ("CT", false)], SMALL),
        ([("CT", true), ("MR", false)], LARGE),
        ([("MR", false), ("CT", true)], LARGE),
    ] {
        let (said, responses, measurements, queries) = run(later);
        assert_eq!(sums(&responses), [SMALL, sum], "{later:?}");
        assert!(column(&measurements, "warnings", &[])[1].contains("marked-on-two-series"), "the other one is listed");
        assert!(queries.is_empty(), "{said}");
        assert_eq!(column(&measurements, "modality", &[]), ["CT", "CT"]);
    }
}

#[test]
fn two_series_of_one_technique_that_differ_are_a_question() {
    for modality in ["CT", "MR"] {
        let (said, responses, _, queries) = run([(modality, false), (modality, true)]);
        assert_eq!(sums(&responses), [SMALL, ""], "no mean, no larger one, no first one");
        assert_eq!(column(&queries, "code", &[]), ["marked-twice"]);
        assert!(said.contains(SMALL) && said.contains(LARGE), "both figures are named: {said}");
        assert_eq!(column(&responses, "overall", &[])[1], "NE");
        assert_eq!(column(&responses, "provisional", &[])[1], "true");
    }
}

#[test]
fn two_series_of_one_technique_that_agree_are_no_question() {
    let (said, responses, measurements, queries) = run([("CT", false), ("CT", false)]);
    assert_eq!(sums(&responses), [SMALL, SMALL]);
    assert!(column(&measurements, "warnings", &[])[1].contains("marked-on-two-series") && queries.is_empty(), "{said}");
}
