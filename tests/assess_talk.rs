//! `recist assess`: what the command line and the trial file say, and what is said on stderr.

use std::process::{Command, Output};

const LESIONS: &str =
    "subject,date,visit,lesion,role,state,mm\nS,2026-01-05,BL,T1,target,measured,30\nS,2026-04-05,M3,T1,target,measured,18\n";

fn assess(table: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.csv"), table).expect("the table");
    std::fs::write(folder.path().join("trial.toml"), TRIAL).expect("the trial");
    let mut command = Command::new(env!("CARGO_BIN_EXE_recist"));
    command.current_dir(folder.path()).args(["assess", "t.csv"]).args(arguments).output().expect("it runs")
}

const TRIAL: &str = "[trial]\nid = \"T\"\n[response]\nprofile = \"paper\"\nmax_sd_between = 3\n";

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_trial_file_is_read_as_strictly_as_for_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (table, trial) = (folder.path().join("t.csv"), folder.path().join("trial.toml"));
    std::fs::write(&table, LESIONS).expect("the table");
    for (text, part) in [
        ("[trial]\ncritera = \"iRECIST\"\n", "critera"),
        ("[respones]\nsd_min_days = 35\n", "respones"),
        ("[data]\nroot = \".\"\nread = \"reads.csv\"\n", "read"),
    ] {
        std::fs::write(&trial, text).expect("the trial");
        let output = Command::new(env!("CARGO_BIN_EXE_recist"))
            .arg("assess")
            .arg(&table)
            .arg("--trial")
            .arg(&trial)
            .output()
            .expect("it runs");
        assert!(code(&output) == Some(2) && stderr(&output).contains(part), "{text}: {}", stderr(&output));
    }
}

#[test]
fn what_the_file_sets_beside_a_profile_outranks_the_profile_of_the_command_line() {
    let settings = |arguments: &[&str]| {
        let all: Vec<&str> = ["--trial", "trial.toml", "--format", "json"].iter().chain(arguments).copied().collect();
        let result: serde_json::Value = serde_json::from_slice(&assess(LESIONS, &all).stdout).expect("JSON");
        let of = |key: &str| result["settings"][key].to_string();
        [of("profile"), of("max_sd_between"), of("early_sd_after_response")].join(" ")
    };
    // The profile paper is max_sd_between = 1 and early_sd_after_response = SD; the file says 3.
    assert_eq!(settings(&[]), "\"paper\" 3 \"SD\"");
    assert_eq!(settings(&["--set", "profile=default"]), "\"default\" 3 \"NE\"");
    assert_eq!(settings(&["--set", "max_sd_between=2", "--set", "profile=default"]), "\"default\" 2 \"NE\"");
    let output = assess(LESIONS, &["--set", "profile=papers"]);
    assert!(code(&output) == Some(2) && stderr(&output).contains("admiralonco"), "{}", stderr(&output));
}

#[test]
fn problems_are_said_in_every_format() {
    // A baseline without a figure is an error; two baselines are a warning.
    let no_sum = LESIONS.replace("measured,30", "not_evaluable,");
    let two = "subject,date,visit,lesion,role,state,mm,tp_kind\nS,2026-01-01,A,T1,target,measured,20,baseline\n\
        S,2026-01-05,B,T1,target,measured,30,baseline\nS,2026-04-05,M3,T1,target,measured,18,\n";
    for format in ["table", "csv", "json"] {
        let output = assess(&no_sum, &["--format", format]);
        assert_eq!((code(&output), stderr(&output).matches("baseline-missing").count()), (Some(4), 1), "{format}");
        let output = assess(two, &["--format", format]);
        assert_eq!(
            (code(&output), stderr(&output).matches("warning: S: ").count()),
            (Some(0), 1),
            "{format}: {}",
            stderr(&output)
        );
        let output = assess(two, &["--format", format, "--quiet"]);
        assert_eq!(stderr(&output), "", "{format}");
    }
    let output = assess(two, &["--criteria", "recist-1.1,irecist", "--format", "json"]);
    assert_eq!(stderr(&output).matches("several-baselines").count(), 1, "said once for all criteria");
}

#[test]
fn what_is_named_twice_is_derived_once() {
    let output = assess(LESIONS, &["--criteria", "recist-1.1,recist-1.1", "--scope", "patient,lesion,patient"]);
    assert_eq!(stdout(&output).matches("best PR").count(), 2, "{}", stdout(&output));
    let output = assess(LESIONS, &["--explain", "S", "--format", "json"]);
    assert!(code(&output) == Some(2) && stderr(&output).contains("--explain"), "{}", stderr(&output));
}

#[test]
fn rows_of_irecist_start_with_the_baseline() {
    let text = stdout(&assess(LESIONS, &["--criteria", "irecist", "--format", "csv"]));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let cell = |row: usize, name: &str| rows[row][header.iter().position(|column| column == name).expect("a column")].to_string();
    assert_eq!(
        (rows.len(), cell(0, "visit"), cell(0, "sum_mm"), cell(0, "overall")),
        (2, "BL".into(), "30.0".into(), String::new())
    );
    assert_eq!((cell(0, "date_last"), cell(1, "overall")), ("2026-01-05".into(), "iPR".into()));
}

#[test]
fn other_separators_and_unseen_characters_are_named() {
    for (table, part) in [
        (LESIONS.replace(',', "\t"), "tabs"),
        (format!("sep=,\n{LESIONS}"), "sep="),
        (LESIONS.replace("S,2026-04-05,M3", "S\u{1b}[31m,2026-04-05,M\u{0}3"), "U+001B"),
        (LESIONS.replace("M3", "\"M\n3\""), "U+000A"),
    ] {
        let output = assess(&table, &[]);
        let said = stderr(&output);
        assert!(code(&output) == Some(2) && said.contains(part) && !said.contains('\u{1b}'), "{said}");
        assert_eq!(stdout(&output), "");
    }
    let both = LESIONS.replace("S,2026-04-05,M3", "S\u{1b}[31m,2026-04-05,M\u{0}3");
    assert!(stderr(&assess(&both, &[])).contains("U+0000"), "all cells of the row");
}

#[test]
fn odd_responses_are_said() {
    let reference = ["--set", "reference_date=2026-01-05"];
    let head = "subject,date,visit,overall\n";
    let output = assess(&format!("{head}S,2025-06-01,V0,PR\nS,2026-03-01,V1,SD\n"), &reference);
    assert!(code(&output) == Some(0) && stderr(&output).contains("response-before-reference"), "{}", stderr(&output));
    let output = assess(&format!("{head}S,2026-02-01,V0,SD\nS,2026-03-01,V1,NON-CR/NON-PD\n"), &reference);
    assert!(code(&output) == Some(0) && stderr(&output).contains("classes-mixed"), "{}", stderr(&output));
    // Nothing is derived from two responses of one day.
    let output = assess(&format!("{head}S,2026-03-01,V1,SD\nS,2026-03-01,V1,PR\n"), &reference);
    assert!(code(&output) == Some(2) && stderr(&output).contains("row 3"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let output = assess(&format!("{head}S,2026-02-01,V0,PR\nS,2026-03-01,V1,PR\n"), &reference);
    assert_eq!((code(&output), stderr(&output)), (Some(0), String::new()));
}
