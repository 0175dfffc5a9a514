//! What a run does when somebody has to decide: missing segments, unlisted lesions, proposals, readers who disagree with masks.
//! Every case is the sample trial with one thing changed, so the expected classes follow from `expected_response.csv`.

#[path = "program/mod.rs"]
mod program;

use program::{Ended, column, copy_tree, run_trial, table};
use std::path::{Path, PathBuf};

struct Changed {
    folder: tempfile::TempDir,
}

impl Changed {
    /// A copy of the sample trial.
    fn sample() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy_tree(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-dicom"), folder.path());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Keeps the lines of a table (and its head) for which `keep` holds.
    fn keep_lines(self, name: &str, keep: impl Fn(&str) -> bool) -> Self {
        let text = std::fs::read_to_string(self.path(name)).expect("a table");
        let kept: Vec<&str> = text.lines().enumerate().filter(|(n, line)| *n == 0 || keep(line)).map(|(_, line)| line).collect();
        std::fs::write(self.path(name), kept.join("\n") + "\n").expect("written");
        self
    }

    fn write(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).expect("written");
        self
    }

    fn out(&self) -> PathBuf {
        self.folder
            .path()
            .parent()
            .expect("a parent")
            .join(format!("{}-out", self.folder.path().file_name().expect("a name").to_string_lossy()))
    }

    fn run(&self, more: &[&str]) -> (Ended, Results) {
        let out = self.out();
        let ended = run_trial(&self.path("trial.toml"), &out, more);
        (ended, Results { out })
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.out());
    }
}

struct Results {
    out: PathBuf,
}

impl Results {
    fn of(&self, file: &str, name: &str, of: &[(&str, &str)]) -> Vec<String> {
        column(&table(&self.out.join(file)), name, of)
    }

    fn overall(&self, subject: &str) -> Vec<String> {
        self.of("responses.csv", "overall", &[("subject", subject)])
    }
}

fn answer(out: &Path, code: &str, visit: &str, answer: &str) {
    let rows = table(&out.join("queries.csv"));
    let mut writer = csv::Writer::from_path(out.join("queries.csv")).expect("a table");
    let head = [
        "subject",
        "timepoint",
        "lesion",
        "code",
        "question",
        "class_if_yes",
        "class_if_no",
        "answer",
        "answered_by",
        "answered_on",
    ];
    writer.write_record(head).expect("written");
    for mut row in rows {
        if row["code"] == code && row["timepoint"] == visit {
            row.insert("answer".into(), answer.into());
            row.insert("answered_by".into(), "reader A".into());
        }
        writer.write_record(head.map(|name| row[name].clone())).expect("written");
    }
    writer.flush().expect("written");
}

#[test]
fn a_missing_segment_is_a_question_and_never_a_zero() {
    // Without the reader's calls nobody says that T01 and T02 of S-001 are gone at Month 9.
    let changed = Changed::sample().keep_lines("reads.csv", |line| !line.starts_with("S-001,2026-07-13"));
    let (ended, results) = changed.run(&[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(results.overall("S-001"), ["", "PR", "PR", "NE", "PD"]);
    let at = [("subject", "S-001"), ("visit", "Month 9")];
    assert_eq!(results.of("responses.csv", "sum_mm", &at), [""]);
    assert_eq!(results.of("responses.csv", "provisional", &at), ["true"]);
    assert_eq!(results.of("measurements.csv", "state", &[at[0], at[1], ("lesion", "T01")]), ["not_evaluable"]);
    let asked = results.of("queries.csv", "lesion", &[("code", "missing-segment"), ("timepoint", "Month 9")]);
    assert_eq!(asked, ["T01", "T02", "NT01"]);
    assert_eq!(changed.run(&["--strict"]).0.code, 1, "an open query is a finding");

    // Answered with yes, they are absent: what the reader's calls said.
    answer(&changed.out(), "missing-segment", "Month 9", "yes");
    let (_, results) = changed.run(&[]);
    assert_eq!(results.overall("S-001"), ["", "PR", "PR", "CR", "PD"]);
    assert_eq!(results.of("responses.csv", "provisional", &at), ["false"]);
    let kept = results.of("queries.csv", "answered_by", &[("code", "missing-segment"), ("timepoint", "Month 9")]);
    assert_eq!(kept, ["reader A"; 3], "answers are written again");

    answer(&changed.out(), "missing-segment", "Month 9", "no");
    let (_, results) = changed.run(&[]);
    assert_eq!(results.overall("S-001")[3], "NE");
    assert_eq!(results.of("responses.csv", "provisional", &at), ["false"], "no is an answer too");
}

#[test]
fn a_trial_whose_readers_draw_everything_may_say_so() {
    let changed = Changed::sample().keep_lines("reads.csv", |line| line.contains("unequivocal") || line.contains("too_small"));
    let (ended, results) = changed.run(&["--set", "data.missing_segment=absent", "--strict"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(results.overall("S-001"), ["", "PR", "PR", "CR", "PD"]);
    assert_eq!(results.overall("S-003"), ["", "PR", "PR", "CR", "CR"]);
}

#[test]
fn a_lesion_that_turns_up_is_equivocal_until_somebody_decides() {
    // NL01 has a segment at Month 12, but no table and no reader knows it.
    let changed = Changed::sample()
        .keep_lines("reads.csv", |line| !line.contains("NL01"))
        .keep_lines("lesions.csv", |line| !line.contains("NL01"));
    let (ended, results) = changed.run(&[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let at = [("subject", "S-001"), ("visit", "Month 12")];
    assert_eq!(results.of("responses.csv", "new_lesion", &at), ["equivocal"]);
    // Without the new lesion Month 12 is what its targets are: still CR.
    assert_eq!(results.overall("S-001"), ["", "PR", "PR", "CR", "CR"]);
    let asked = [("code", "possible-new-lesion"), ("timepoint", "Month 12")];
    assert_eq!(results.of("queries.csv", "lesion", &asked), ["NL01"]);
    assert_eq!(results.of("queries.csv", "class_if_yes", &asked), ["PD"]);
    assert_eq!(results.of("queries.csv", "class_if_no", &asked), ["CR"]);
    answer(&changed.out(), "possible-new-lesion", "Month 12", "yes");
    assert_eq!(changed.run(&[]).1.overall("S-001")[4], "PD");
    answer(&changed.out(), "possible-new-lesion", "Month 12", "no");
    let (_, results) = changed.run(&[]);
    assert_eq!((results.overall("S-001")[4].as_str(), results.of("responses.csv", "new_lesion", &at)[0].as_str()), ("CR", "no"));
}

#[test]
fn without_a_table_of_lesions_everything_is_a_proposal() {
    let changed = Changed::sample();
    let trial = std::fs::read_to_string(changed.path("trial.toml")).expect("the trial file");
    let lines: Vec<&str> = trial.lines().filter(|line| !line.starts_with("lesions") && !line.starts_with("reads")).collect();
    let changed = changed.write("trial.toml", &lines.join("\n"));
    let (ended, results) = changed.run(&["--strict"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(results.of("responses.csv", "proposal", &[]).iter().all(|proposal| proposal == "true"));
    assert!(results.of("measurements.csv", "proposal", &[]).iter().all(|proposal| proposal == "true"));
    assert!(std::fs::read_to_string(results.out.join("report.html")).expect("a report").contains("proposed"));
    // By size in truth.csv: T01 48, T02 24 and the node T03 20 mm across are measurable, NT01 of 8 mm is not.
    let roles =
        |lesion| results.of("measurements.csv", "role", &[("subject", "S-001"), ("visit", "Baseline"), ("lesion", lesion)]);
    for (lesion, role) in [("T01", "target"), ("T02", "target"), ("T03", "target"), ("NT01", "nontarget")] {
        assert_eq!(roles(lesion), [role], "{lesion}");
    }
    // An organ and the body outline of the structure set are no lesions.
    assert!(results.of("measurements.csv", "lesion", &[]).iter().all(|lesion| lesion != "BODY" && lesion != "SpinalCord"));
}

#[test]
fn the_readers_figure_outranks_the_mask_and_both_are_kept() {
    let changed = Changed::sample().write("reads.csv", "subject,date,lesion,state,mm\nS-002,2026-02-03,GTV1,measured,20.5\n");
    let (ended, results) = changed.run(&[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let key = [("subject", "S-002"), ("visit", "Month 3"), ("lesion", "GTV1")];
    let cell = |name: &str| results.of("measurements.csv", name, &key)[0].clone();
    assert_eq!((cell("diameter_mm").as_str(), cell("reader_mm").as_str()), ("20.5", "20.5"));
    let mask: f64 = cell("mask_diameter_mm").parse().expect("a figure");
    let node = results.of("measurements.csv", "diameter_mm", &[key[0], key[1], ("lesion", "GTVn1")])[0]
        .parse::<f64>()
        .expect("a figure");
    assert!(mask > 30.0, "the mask says {mask}");
    let sum = results.of("responses.csv", "sum_mm", &[key[0], key[1]])[0].parse::<f64>().expect("a sum");
    assert!((sum - (20.5 + node)).abs() < 1e-9, "{sum} is not 20.5 + {node}");
}

#[test]
fn a_call_that_belongs_nowhere_is_not_lost() {
    let changed = Changed::sample().write("reads.csv", "subject,timepoint,lesion,state\nS-001,Month 7,T01,absent\n");
    let (ended, _) = changed.run(&[]);
    assert_eq!(ended.code, 4);
    assert!(ended.stderr.contains("`Month 7` belongs to no timepoint"), "{}", ended.stderr);
}

#[test]
fn wrong_tables_and_settings_stop_before_anything_is_written() {
    let lesions = "subject,lesion,role\nS-001,T01,tagret\nS-009,T01,target\n";
    let (ended, results) = Changed::sample().write("lesions.csv", lesions).run(&[]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("row 2") && ended.stderr.contains("`tagret`"), "{}", ended.stderr);
    assert!(!results.out.exists());
    for (set, says) in [
        ("data.mask_sources=tiff", "seg, rtstruct, nifti, nrrd"),
        ("response.sd_min=3", "sd_min_days"),
        ("schedule.anchor=rt_stop", "rt_end"),
        ("trial.criteria=WHO", "RECIST 1.1"),
        ("data.root=nowhere", "no folder"),
    ] {
        let (ended, _) = Changed::sample().run(&["--set", set]);
        assert_eq!(ended.code, 2, "{set}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{set}: {}", ended.stderr);
    }
}

#[test]
fn init_drafts_what_run_takes() {
    let changed = Changed::sample();
    for name in ["trial.toml", "subjects.csv", "lesions.csv", "reads.csv"] {
        std::fs::remove_file(changed.path(name)).expect("removed");
    }
    let folder = changed.folder.path().display().to_string();
    let ended = program::recist(["init", &folder]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let lesions = table(&changed.path("lesions.csv"));
    assert_eq!(column(&lesions, "lesion", &[("subject", "S-001"), ("role", "target")]), ["T01", "T02", "T03"]);
    assert_eq!(column(&lesions, "role", &[("subject", "S-001"), ("lesion", "NL01")]), ["new"]);
    let (ended, results) = changed.run(&[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(results.overall("S-002")[..3], ["", "SD", "SD"]);
    assert_eq!(program::recist(["init", &folder]).code, 2, "files that are there are not overwritten");
}

#[test]
fn what_a_call_rests_on_is_asked_and_an_answer_settles_it() {
    let reads = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom/reads.csv")).expect("the calls");
    let (head, rows) = reads.split_once('\n').expect("a header");
    let by_pet = |row: &str| if row.starts_with("S-003,2026-08-11,T01") { "pet" } else { "" };
    let rows: Vec<String> = rows.lines().map(|row| format!("{row},{}", by_pet(row))).collect();
    let sample = Changed::sample().write("reads.csv", &format!("{head},absent_basis\n{}\n", rows.join("\n")));
    let asked = [("code", "absent-basis")];
    let (_, results) = sample.run(&[]);
    assert_eq!(results.of("queries.csv", "timepoint", &asked), ["Month 9"]);
    assert_eq!(results.of("responses.csv", "provisional", &[("subject", "S-003"), ("visit", "Month 9")]), ["true"]);
    answer(&sample.out(), "absent-basis", "Month 9", "yes");
    let (_, results) = sample.run(&[]);
    assert_eq!(results.of("responses.csv", "provisional", &[("subject", "S-003"), ("visit", "Month 9")]), ["false"]);
    assert_eq!(results.of("queries.csv", "answer", &asked), ["yes"]);
    let (_, results) = sample.run(&["--set", "response.pet_cr=true"]);
    assert_eq!(results.of("responses.csv", "provisional", &[("subject", "S-003"), ("visit", "Month 9")]), ["false"]);
}

#[test]
fn what_irecist_asks_stands_in_the_table_of_questions() {
    let trial =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom/trial.toml")).expect("the trial");
    let both = trial.replace("criteria = \"RECIST 1.1\"", "criteria = [\"RECIST 1.1\", \"iRECIST\"]");
    assert_ne!(trial, both);
    // A second new lesion 14 days after the first would confirm it, were the scan made for new symptoms.
    let reads = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom/reads.csv")).expect("the calls");
    let extra = |symptoms: &str| {
        let rows: String = reads.lines().skip(1).map(|row| format!("{row},,\n")).collect();
        format!(
            "subject,date,lesion,state,comment,role,new_symptoms\n{rows}S-001,2026-11-02,NL02,unequivocal,,new,{symptoms}\n\
             S-001,2026-11-02,NL01,unequivocal,,new,{symptoms}\n"
        )
    };
    let asked = |symptoms: &str| {
        let sample = Changed::sample().write("trial.toml", &both).write("reads.csv", &extra(symptoms));
        let (ended, results) = sample.run(&[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let last = [("subject", "S-001"), ("criteria", "iRECIST"), ("date", "2026-11-02")];
        let classes = ["overall", "recist"].map(|column| results.of("other_responses.csv", column, &last).concat());
        let confirmed = results.of("other_best_responses.csv", "progression_confirmed", &last[..2]).concat();
        let asked = results.of("queries.csv", "code", &[("code", "early-confirmation")]).len();
        (asked, classes.join(" "), confirmed)
    };
    let answer = |asked, classes: &str, confirmed: &str| (asked, classes.to_string(), confirmed.to_string());
    assert_eq!(asked(""), answer(1, "iUPD PD", "false"));
    assert_eq!(asked("no"), answer(0, "iUPD PD", "false"));
    assert_eq!(asked("yes"), answer(0, "iCPD PD", "true"));
}

#[test]
fn an_answer_settles_a_question_for_all_criteria_that_ask_it() {
    let committed = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom").join(name)).expect("a table")
    };
    let both = committed("trial.toml").replace("criteria = \"RECIST 1.1\"", "criteria = [\"RECIST 1.1\", \"iRECIST\"]");
    let node = committed("lesions.csv").replace("NL01,new,lung,false", "NL01,new,lymph node,true");
    let sample = Changed::sample().write("trial.toml", &both).write("lesions.csv", &node);
    let provisional = |results: &Results| {
        let last = [("subject", "S-001"), ("visit", "Month 12")];
        ["responses.csv", "other_responses.csv"].map(|file| results.of(file, "provisional", &last).concat())
    };
    let (_, results) = sample.run(&[]);
    assert_eq!(provisional(&results), ["true", "true"]);
    answer(&sample.out(), "new-node", "Month 12", "yes");
    for time in ["first", "second"] {
        let (_, results) = sample.run(&[]);
        assert_eq!(provisional(&results), ["false", "false"], "{time}");
        assert_eq!(results.of("queries.csv", "answer", &[("code", "new-node")]), ["yes"], "{time}");
        assert_eq!(results.of("queries.csv", "class_if_yes", &[("code", "new-node")]), ["PD"], "{time}");
    }
}
