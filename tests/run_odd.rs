//! `recist run` on small trials that are odd or broken: no wrong number without a word.
//!
//! The scans are those of `sample-dicom`, whose README states what is in them.

use std::path::Path;
use std::process::{Command, Output};

/// A copy of one sample subject, with the trial's own tables reduced to it.
fn trial_of(subject: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom");
    for entry in walkdir::WalkDir::new(sample.join(subject)) {
        let entry = entry.expect("the sample");
        let place = folder.path().join(entry.path().strip_prefix(&sample).expect("below the sample"));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(place).expect("a folder");
        } else {
            std::fs::copy(entry.path(), place).expect("a copy");
        }
    }
    for name in ["trial.toml", "subjects.csv", "lesions.csv", "reads.csv"] {
        let text = std::fs::read_to_string(sample.join(name)).expect("a table");
        let of_subject = |line: &&str| !line.starts_with("S-0") || line.starts_with(subject);
        let lines: Vec<&str> = text.lines().filter(of_subject).collect();
        std::fs::write(folder.path().join(name), lines.join("\n") + "\n").expect("a table");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recist"));
    command.current_dir(folder).args(["run", "trial.toml", "--out", "out"]).args(arguments);
    command.output().expect("it runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Some columns of the rows of responses.csv.
fn responses<const N: usize>(folder: &Path, columns: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_path(folder.join("out/responses.csv")).expect("responses");
    let header = reader.headers().expect("a header").clone();
    let place = columns.map(|column| header.iter().position(|name| name == column).expect("the column"));
    reader.records().map(|record| record.expect("a row")).map(|row| place.map(|at| row[at].to_string())).collect()
}

fn append(folder: &Path, name: &str, line: &str) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("the table") + line + "\n";
    std::fs::write(path, text).expect("the table");
}

fn replace(folder: &Path, name: &str, from: &str, to: &str) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("the table");
    assert!(text.contains(from), "{from} is in {name}");
    std::fs::write(path, text.replace(from, to)).expect("the table");
}

#[test]
fn where_nobody_drew_anything_no_lesion_is_absent() {
    let folder = trial_of("S-003");
    std::fs::remove_file(folder.path().join("S-003/M03/lesions.nii.gz")).expect("the mask");
    let output = run(folder.path(), &["--set", "data.missing_segment=absent"]);
    let rows = responses(folder.path(), ["visit", "target", "overall", "provisional"]);
    assert_eq!(rows[1], ["Month 3", "NE", "NE", "true"], "{}", stderr(&output));
    // Where there is a mask, what it does not mark is gone: both lesions that the truth calls absent.
    assert_eq!(rows[3], ["Month 9", "CR", "CR", "false"]);
}

#[test]
fn a_call_of_absent_against_a_mask_is_not_silent() {
    let folder = trial_of("S-001");
    append(folder.path(), "reads.csv", "S-001,2026-01-16,T01,absent,");
    append(folder.path(), "reads.csv", "S-001,2026-01-16,NT01,absent,");
    let said = stderr(&run(folder.path(), &[]));
    assert_eq!(said.matches("[absent-but-marked]").count(), 2, "{said}");
    replace(folder.path(), "reads.csv", "NL01,unequivocal", "NL01,absent");
    let said = stderr(&run(folder.path(), &[]));
    assert_eq!(said.matches("[absent-but-marked]").count(), 3, "{said}");
}

#[test]
fn two_calls_of_one_lesion_at_one_visit_are_an_error() {
    let folder = trial_of("S-003");
    let calls = "subject,date,timepoint,lesion,state,mm\nS-003,2026-02-12,,T01,measured,40\nS-003,,Month 3,T01,measured,20\n";
    std::fs::write(folder.path().join("reads.csv"), calls).expect("the table");
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("in rows 2 and 3"), "{}", stderr(&output));
}

#[test]
fn a_draft_that_left_something_out_says_so() {
    let folder = trial_of("S-001");
    for name in ["trial.toml", "subjects.csv", "lesions.csv"] {
        std::fs::remove_file(folder.path().join(name)).expect("a table");
    }
    std::fs::remove_file(folder.path().join("S-001/M03/CT/IM-0001-0010.dcm")).expect("a slice");
    let output = Command::new(env!("CARGO_BIN_EXE_recist")).arg("init").arg(folder.path()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(folder.path().join("trial.toml").exists(), "the rest is done");
}

#[test]
fn visits_have_names_of_their_own() {
    for name in ["", "Baseline", "month 3", "Unscheduled 2"] {
        let folder = trial_of("S-003");
        replace(folder.path(), "trial.toml", "\"Month 6\"", &format!("\"{name}\""));
        assert_eq!(run(folder.path(), &[]).status.code(), Some(2), "{name}");
    }
    let folder = trial_of("S-003");
    assert_eq!(run(folder.path(), &["--set", "schedule.anchor={}"]).status.code(), Some(2));
}

#[test]
fn an_unreadable_slice_is_named_also_where_it_leaves_a_gap() {
    let folder = trial_of("S-001");
    let slice = folder.path().join("S-001/M03/CT/IM-0001-0010.dcm");
    let bytes = std::fs::read(&slice).expect("a slice");
    std::fs::write(&slice, &bytes[..600]).expect("a slice");
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("IM-0001-0010.dcm: its deflated data set cannot be inflated"), "{}", stderr(&output));
}

/// The NIfTI mask of S-003 at baseline as a bare NRRD on the same grid, its labels changed by `change`.
fn nrrd_beside_nifti(folder: &Path, change: impl Fn(&mut Vec<u8>)) {
    let packed = std::fs::read(folder.join("S-003/M00/lesions.nii.gz")).expect("the mask");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut bytes).expect("gzip");
    // NIfTI-1: sizes at byte 42, affine at 280 in rows x, y, z; one byte for a voxel from 352 on.
    let size = |axis: usize| i16::from_le_bytes([bytes[42 + 2 * axis], bytes[43 + 2 * axis]]);
    let affine = |row: usize, column: usize| {
        let at = 280 + 16 * row + 4 * column;
        f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let vector = |column: usize| format!("({},{},{})", affine(0, column), affine(1, column), affine(2, column));
    let header = format!(
        "NRRD0004\ntype: uchar\ndimension: 3\nspace: right-anterior-superior\nsizes: {} {} {}\nspace directions: {} {} {}\nspace origin: {}\nencoding: raw\n\n",
        size(0),
        size(1),
        size(2),
        vector(0),
        vector(1),
        vector(2),
        vector(3)
    );
    let mut voxels = bytes[352..].to_vec();
    change(&mut voxels);
    std::fs::write(folder.join("S-003/M00/lesions.nrrd"), [header.into_bytes(), voxels].concat()).expect("the copy");
}

#[test]
fn two_kinds_of_mask_that_agree_are_silent() {
    let folder = trial_of("S-003");
    nrrd_beside_nifti(folder.path(), |_| {});
    let said = stderr(&run(folder.path(), &["--set", "data.mask_sources=nifti,nrrd"]));
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn a_mask_of_another_kind_that_is_shifted_by_a_column_differs() {
    let folder = trial_of("S-003");
    nrrd_beside_nifti(folder.path(), |voxels| voxels.rotate_right(1));
    let said = stderr(&run(folder.path(), &["--set", "data.mask_sources=nifti,nrrd"]));
    assert_eq!(said.matches("[sources-differ]").count(), 3, "one for each lesion: {said}");
}

#[test]
fn a_segment_that_was_there_at_baseline_is_not_new_later() {
    let folder = trial_of("S-001");
    replace(folder.path(), "lesions.csv", "S-001,T02,target,lung,false,2\n", "");
    for day in ["2026-07-13", "2026-10-19"] {
        replace(folder.path(), "reads.csv", &format!("S-001,{day},T02,absent,no longer visible\n"), "");
    }
    let said = stderr(&run(folder.path(), &[]));
    assert!(said.contains("[segment-not-listed]") && !said.contains("[possible-new-lesion]"), "{said}");
    assert_eq!(responses(folder.path(), ["visit", "new_lesion"])[1], ["Month 3", "no"]);
}

#[test]
fn contours_of_no_stated_type_are_not_left_out_in_silence() {
    use dicom::core::value::PrimitiveValue;
    use dicom::dictionary_std::tags;
    let folder = trial_of("S-002");
    replace(folder.path(), "lesions.csv", "S-002,GTV2,nontarget,lung,false,3\n", "");
    let path = folder.path().join("S-002/M03/RS000001");
    let mut object = dicom::object::open_file(&path).expect("the structure set");
    object.update_value(tags::RTROI_OBSERVATIONS_SEQUENCE, |value| {
        for item in value.items_mut().into_iter().flatten() {
            item.update_value(tags::RTROI_INTERPRETED_TYPE, |kind| *kind = PrimitiveValue::Empty.into());
        }
    });
    object.write_to_file(&path).expect("the structure set");
    let said = stderr(&run(folder.path(), &[]));
    assert!(said.contains("`GTV2`") && said.contains("[contour-not-judged]"), "{said}");
}

#[test]
fn one_slice_with_another_date_does_not_move_the_visit() {
    let folder = trial_of("S-003");
    // Explicit VR without compression: a date can be changed in place. The baseline is of 2025-10-20.
    let slice = folder.path().join("S-003/M00/MR/MR0005.dcm");
    let mut bytes = std::fs::read(&slice).expect("a slice");
    while let Some(at) = bytes.windows(8).position(|word| word == b"20251020") {
        bytes[at..at + 8].copy_from_slice(b"20270101");
    }
    std::fs::write(&slice, bytes).expect("a slice");
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("MR0005.dcm: the slices of its series have dates"), "{}", stderr(&output));
    assert_eq!(responses(folder.path(), ["visit", "date"])[0], ["Baseline", "2025-10-20"]);
}

#[test]
fn a_mask_beside_the_images_of_another_visit_fails_that_visit() {
    let folder = trial_of("S-001");
    std::fs::copy(folder.path().join("S-001/M06/seg.dcm"), folder.path().join("S-001/M03/seg.dcm")).expect("a copy");
    let output = run(folder.path(), &["--set", "data.missing_segment=absent"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(
        stderr(&output).contains("S-001/M03/seg.dcm: the mask lies beside the images of another visit"),
        "{}",
        stderr(&output)
    );
    let rows = responses(folder.path(), ["visit", "overall"]);
    assert_eq!((&rows[1], &rows[2]), (&["Month 3", "NE"].map(String::from), &["Month 6", "PR"].map(String::from)));
}

#[test]
fn a_baseline_after_the_start_of_treatment_is_not_silent() {
    let folder = trial_of("S-003");
    assert!(!stderr(&run(folder.path(), &[])).contains("[baseline-after-start]"));
    std::fs::remove_dir_all(folder.path().join("S-003/M00")).expect("the baseline");
    let said = stderr(&run(folder.path(), &[]));
    assert!(said.contains("of 2026-02-12, is taken as baseline but lies after the rt_start of 2025-11-03"), "{said}");
}

#[test]
fn a_baseline_more_than_four_weeks_before_treatment_is_not_silent() {
    let folder = trial_of("S-003");
    let usual = "2025-11-03,2025-11-03,2025-11-14";
    // The baseline is of 2025-10-20.
    for (start, is_early) in [("2025-11-17", false), ("2025-11-18", true)] {
        replace(folder.path(), "subjects.csv", usual, &format!("{start},{start},2025-11-28"));
        let said = stderr(&run(folder.path(), &[]));
        assert_eq!(said.contains("[baseline-early]"), is_early, "{start}: {said}");
        replace(folder.path(), "subjects.csv", &format!("{start},{start},2025-11-28"), usual);
    }
}

#[test]
fn the_date_of_a_call_that_names_its_visit_makes_no_visit() {
    let folder = trial_of("S-003");
    let calls = "subject,date,timepoint,lesion,state,mm\nS-003,2026-03-01,Month 3,T01,measured,40\n";
    std::fs::write(folder.path().join("reads.csv"), calls).expect("the table");
    run(folder.path(), &[]);
    let dates: Vec<[String; 1]> = responses(folder.path(), ["date"]);
    assert_eq!(dates.concat(), ["2025-10-20", "2026-02-12", "2026-05-18", "2026-08-11", "2026-11-16"]);
}

#[test]
fn readers_are_not_mixed_in_silence() {
    let folder = trial_of("S-003");
    let calls = |second: &str| {
        format!(
            "subject,date,lesion,state,mm,reader\nS-003,2026-02-12,T01,measured,40,A\nS-003,2026-02-12,T02,measured,9,{second}\n"
        )
    };
    for (second, expected) in [("A", false), ("B", true)] {
        std::fs::write(folder.path().join("reads.csv"), calls(second)).expect("the table");
        assert_eq!(stderr(&run(folder.path(), &[])).contains("[several-readers]"), expected, "{second}");
    }
}

#[test]
fn an_answer_that_does_not_count_is_named_before_it_is_overwritten() {
    let folder = trial_of("S-003");
    let head = "subject,timepoint,lesion,code,answer\n";
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("out/queries.csv"), format!("{head}S-003,Month 6,T01,missing-segment,yes\n"))
        .expect("answers");
    std::fs::write(folder.path().join("queries.csv"), head).expect("no answers");
    let said = stderr(&run(folder.path(), &["--set", "data.queries=queries.csv"]));
    assert!(said.contains("S-003 Month 6 T01") && said.contains("[answer-not-read]"), "{said}");
}

#[test]
fn a_mask_of_another_kind_that_lacks_a_lesion_differs() {
    let folder = trial_of("S-003");
    nrrd_beside_nifti(folder.path(), |voxels| voxels.iter_mut().filter(|label| **label == 2).for_each(|label| *label = 0));
    let said = stderr(&run(folder.path(), &["--set", "data.mask_sources=nifti,nrrd"]));
    assert!(said.contains("T02: the nrrd mask does not mark it") && said.matches("[sources-differ]").count() == 1, "{said}");
}

#[test]
fn the_record_lists_every_problem_in_order() {
    let folder = trial_of("S-001");
    let slice = folder.path().join("S-001/M03/CT/IM-0001-0010.dcm");
    let bytes = std::fs::read(&slice).expect("a slice");
    std::fs::write(&slice, &bytes[..600]).expect("a slice");
    std::fs::write(folder.path().join("letter.dcm"), "Dear colleague").expect("a letter");
    let call = "subject,timepoint,lesion,state\nS-001,Month 99,T01,absent\n";
    std::fs::write(folder.path().join("reads.csv"), call).expect("the table");
    assert_eq!(run(folder.path(), &[]).status.code(), Some(4));
    let record = std::fs::read(folder.path().join("out/run.json")).expect("the record");
    let record: serde_json::Value = serde_json::from_slice(&record).expect("JSON");
    let problems = record["problems"].as_array().expect("problems");
    let text = |problem: &serde_json::Value, field: &str| problem[field].as_str().unwrap_or_default().to_string();
    let told = |fields: [&str; 6]| {
        let names = ["subject", "visit", "code", "severity", "file", "position"];
        problems.iter().any(|problem| names.iter().zip(fields).all(|(name, value)| text(problem, name) == value))
    };
    assert!(told(["", "", "not-what-it-says", "warning", "letter.dcm", ""]), "{problems:#?}");
    assert!(told(["S-001", "Month 3", "corrupt", "error", "S-001/M03/CT/IM-0001-0010.dcm", ""]), "{problems:#?}");
    assert!(told(["S-001", "Month 99", "call-without-timepoint", "error", "reads.csv", "row 2"]), "{problems:#?}");
    let keys: Vec<_> = problems.iter().map(|problem| ["subject", "visit", "code"].map(|field| text(problem, field))).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let failures = record["failures"].as_array().expect("failures");
    assert!(failures.len() == 2 && failures.iter().all(|failure| problems.contains(failure)), "{failures:#?}");

    let first = std::fs::read(folder.path().join("out/run.json")).expect("the record");
    run(folder.path(), &["--jobs", "1"]);
    assert_eq!(std::fs::read(folder.path().join("out/run.json")).expect("the record"), first);
}

#[test]
fn criteria_whose_figures_are_missing_say_so() {
    let folder = trial_of("S-002");
    replace(folder.path(), "trial.toml", "criteria = \"RECIST 1.1\"", "criteria = [\"RECIST 1.1\", \"mRECIST\"]");
    let output = run(folder.path(), &[]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("by mRECIST: target GTV1 has no viable diameter at baseline"), "{said}");
    // What can be done is done.
    let classes: Vec<String> = responses(folder.path(), ["overall"]).into_iter().flatten().collect();
    assert_eq!(classes, ["", "SD", "SD", "PD", "PD"]);
}

#[test]
fn figures_of_the_reader_that_do_not_go_with_the_mask_are_not_silent() {
    let folder = trial_of("S-002");
    let said = |state: &str, viable: &str| {
        let table = format!("subject,date,lesion,state,viable_mm\nS-002,2025-10-08,GTV1,{state},{viable}\n");
        std::fs::write(folder.path().join("reads.csv"), table).expect("the calls");
        let output = run(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        ["viable-beyond-mask", "too-small-but-marked"].map(|code| stderr(&output).contains(code))
    };
    assert_eq!(said("measured", "10"), [false, false]);
    assert_eq!(said("measured", "500"), [true, false]);
    assert_eq!(said("too_small", ""), [false, true]);
}
