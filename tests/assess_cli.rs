//! `recist assess` and `recist select` as a user meets them: tables in, results on stdout, talk on stderr, exit codes.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LESIONS: &str = "\
subject,date,visit,lesion,role,site,nodal,state,mm
S1,2026-01-05,Baseline,T1,target,liver,no,measured,60
S1,2026-01-05,Baseline,T2,target,neck,yes,measured,40.0
S1,2026-01-05,Baseline,L1,nontarget,bone,no,present,
S1,2026-04-05,Month 3,T1,target,liver,no,measured,38
S1,2026-04-05,Month 3,T2,target,neck,yes,measured,30
S1,2026-04-05,Month 3,L1,nontarget,bone,no,present,
S1,2026-07-05,Month 6,T1,target,liver,no,measured,20
S1,2026-07-05,Month 6,T2,target,neck,yes,measured,30
S1,2026-07-05,Month 6,L1,nontarget,bone,no,present,
S1,2026-10-05,Month 9,T1,target,liver,no,measured,30
S1,2026-10-05,Month 9,T2,target,neck,yes,measured,30
S1,2026-10-05,Month 9,L1,nontarget,bone,no,present,
";

fn recist(arguments: &[&str], table: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    std::fs::write(&path, table).expect("the table");
    let (command, rest) = arguments.split_first().expect("a command");
    Command::new(env!("CARGO_BIN_EXE_recist")).arg(command).arg(&path).args(rest).output().expect("it runs")
}

fn json(arguments: &[&str], table: &str) -> Value {
    let with_format: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let output = recist(&with_format, table);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn json_has_the_promised_fields() {
    // Sums 100, 68, 50 and 60: PR, PR, and PD by 20 % and 10 mm over the nadir 50.
    let result = json(&["assess"], LESIONS);
    assert_eq!(result["schema"], "recist.assess/1");
    assert_eq!(result["settings"]["confirm_min_days"], 28);
    assert_eq!(result["settings"]["reference_date"], Value::Null);
    let subject = &result["subjects"][0];
    assert_eq!((&subject["subject"], &subject["scope"]), (&"S1".into(), &"patient".into()));
    assert_eq!((&subject["baseline"]["date"], &subject["baseline"]["sum_mm"]), (&"2026-01-05".into(), &100.0.into()));
    let timepoints = subject["timepoints"].as_array().expect("a list");
    let overall: Vec<&str> = timepoints.iter().filter_map(|timepoint| timepoint["overall"].as_str()).collect();
    assert_eq!(overall, ["PR", "PR", "PD"]);
    let expected = serde_json::json!({
        "date": "2026-04-05", "visit": "Month 3", "sum_mm": 68.0, "partial_sum_mm": null, "nadir_mm": 100.0,
        "change_from_baseline_pct": -32.0, "change_from_nadir_pct": -32.0, "change_from_nadir_mm": -32.0,
        "target": "PR", "nontarget": "NON-CR/NON-PD", "new_lesion": "no", "overall": "PR", "overall_as_read": "PR",
        "after_pd": false, "date_first": "2026-04-05", "date_last": "2026-04-05", "coverage": "complete",
        "provisional": false, "queries": []
    });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&timepoints[0][field], value, "{field}");
    }
    let reason = &timepoints[0]["reasons"][0];
    assert_eq!((&reason["code"], &reason["source"]), (&"target-pr".into(), &"RECIST 1.1 section 4.3.1".into()));
    assert_eq!(reason["text"], "sum 68.0 mm is 32.0 % below baseline 100.0 mm (PR needs 30 %)");
    assert_eq!(subject["bor"], serde_json::json!({"response": "PR", "date": "2026-04-05"}));
    assert_eq!(subject["confirmed_bor"], serde_json::json!({"response": "PR", "date": "2026-04-05"}));
    assert_eq!(subject["first_response_date"], "2026-04-05");
    assert_eq!(subject["first_confirmed_response_date"], "2026-04-05");
    assert_eq!(subject["progression_date"], "2026-10-05");
    assert_eq!((&subject["clinical_benefit"], &subject["problems"]), (&true.into(), &Value::Array(vec![])));
}

#[test]
fn csv_starts_with_the_baseline_and_joins_codes() {
    let output = recist(&["assess", "--format", "csv"], LESIONS);
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!((&rows[0][place("visit")], &rows[0][place("sum_mm")], &rows[0][place("overall")]), ("Baseline", "100.0", ""));
    assert_eq!(&rows[1][place("change_from_baseline_pct")], "-32");
    assert!(rows[1][place("reasons")].starts_with("target-pr;near-threshold;"), "{}", &rows[1][place("reasons")]);
}

#[test]
fn the_same_table_in_other_dialects_gives_the_same() {
    let expected = json(&["assess"], LESIONS)["subjects"].clone();
    let semicolons = format!("\u{feff}{}", LESIONS.replace(',', ";").replace('\n', "\r\n"));
    assert_eq!(json(&["assess"], &semicolons)["subjects"], expected);
    let mut lines: Vec<&str> = LESIONS.lines().collect();
    lines[1..].reverse();
    assert_eq!(json(&["assess"], &lines.join("\n"))["subjects"], expected, "the order of rows is irrelevant");
}

#[test]
fn all_bad_rows_are_listed() {
    let table = LESIONS
        .replace("T1,target,liver,no,measured,38", "T1,target,liver,no,measured,")
        .replace("2026-07-05,Month 6,T1", "5.7.2026,Month 6,T1")
        .replace("L1,nontarget,bone,no,present,\nS1,2026-10", "L1,nontarget,bone,no,vanished,\nS1,2026-10");
    let output = recist(&["assess"], &table);
    assert_eq!(code(&output), 2);
    for part in ["row 5", "not 0", "row 8", "2026-01-05", "row 10", "vanished", "unequivocal_progression"] {
        assert!(stderr(&output).contains(part), "{part} is missing from:\n{}", stderr(&output));
    }
    let comma = LESIONS.replace(",40.0", ",\"40,5\"");
    let output = recist(&["assess"], &comma);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("row 3") && stderr(&output).contains("decimal comma"), "{}", stderr(&output));
    let output = recist(&["assess"], &LESIONS.replace("nodal", "nodall"));
    assert!(code(&output) == 2 && stderr(&output).contains("did you mean `nodal`?"), "{}", stderr(&output));
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    for (from, to, part) in [
        ("Month 3,L1,nontarget,bone,no,present,", "Month 3,T1,target,liver,no,measured,5", "second row"),
        ("Month 3,T2,target,neck,yes,measured,30", "Month 3,T2,nontarget,neck,yes,present,30", "keeps the role"),
        ("Month 3,T2,target,neck,yes", "Month 3,T2,target,neck,no", "nodal"),
        ("Month 3,T1,target,liver,no,measured,38", "Month 3,T1,target,liver,no,absent,38", "cannot have a diameter"),
    ] {
        let output = recist(&["assess"], &LESIONS.replacen(from, to, 1));
        assert!(code(&output) == 2 && stderr(&output).contains(part), "{part}: {}", stderr(&output));
    }
}

#[test]
fn exit_codes_tell_what_happened() {
    assert_eq!(code(&recist(&["assess"], LESIONS)), 0);
    assert_eq!(code(&recist(&["assess"], LESIONS.lines().next().expect("a header"))), 3, "nothing to work on");
    let no_value = LESIONS.replace("liver,no,measured,60", "liver,no,not_evaluable,");
    let output = recist(&["assess", "--format", "json"], &no_value);
    assert_eq!(code(&output), 4, "a subject without a baseline sum");
    assert!(String::from_utf8_lossy(&output.stdout).contains("baseline-missing"));
    for (arguments, part) in [
        (vec!["--criteria", "who"], "irecist"),
        (vec!["--criteria", "irecist", "--scope", "lesion"], "iRECIST knows the scope patient only"),
        (vec!["--criteria", "recist-1.1,irecist", "--format", "csv"], "--format json"),
        (vec!["--set", "sd_min_day=35"], "sd_min_days"),
        (vec!["--set", "backdate=never"], "retro_pd, date_only"),
        (vec!["--set", "backdate"], "KEY=VALUE"),
        (vec!["--explain", "S9"], "no subject S9"),
        (vec!["--trial", "missing.toml"], "missing.toml"),
    ] {
        let all: Vec<&str> = ["assess"].into_iter().chain(arguments).collect();
        let output = recist(&all, LESIONS);
        assert!(code(&output) == 2 && stderr(&output).contains(part), "{all:?}: {}", stderr(&output));
    }
}

#[test]
fn optional_columns_mean_what_they_say() {
    let assess_one = |table: &str| json(&["assess"], table)["subjects"][0].clone();
    // Rows of several days belong together by timepoint; the earliest day dates it, and the kind says which is baseline.
    let grouped = "subject;date;timepoint;visit;lesion;role;state;mm;tp_kind\n\
        S1;2026-01-01;H;H;T1;target;measured;10;history\n\
        S1;2026-01-05;B;B;T1;target;measured;50;baseline\nS1;2026-01-07;B;B;T2;target;measured;50;baseline\n\
        S1;2026-04-05;F;F;T1;target;measured;50;\nS1;2026-04-07;F;F;T2;target;measured;20;\n";
    let subject = assess_one(grouped);
    assert_eq!((&subject["baseline"]["date"], &subject["baseline"]["sum_mm"]), (&"2026-01-05".into(), &100.0.into()));
    let timepoint = &subject["timepoints"][0];
    assert_eq!((&timepoint["date_first"], &timepoint["date_last"]), (&"2026-04-05".into(), &"2026-04-07".into()));
    assert_eq!((&timepoint["overall"], &subject["first_response_date"]), (&"PR".into(), &"2026-04-07".into()));
    // Only the accepted reader counts; without a choice readers are not mixed.
    let readers = "subject,date,lesion,role,state,mm,reader,accepted\n\
        S1,2026-01-05,T1,target,measured,50,A,yes\nS1,2026-01-05,T1,target,measured,90,B,no\n\
        S1,2026-04-05,T1,target,measured,20,A,yes\nS1,2026-04-05,T1,target,measured,90,B,no\n";
    assert_eq!(assess_one(readers)["bor"]["response"], "PR");
    assert_eq!(code(&recist(&["assess"], &readers.replace("yes", "no"))), 2);
    // A change of technique, a split and a merged lesion, and markers.
    let follow_up = |rows: &str| {
        let head = "subject,date,lesion,role,state,mm,comparable,merged_into,markers,reason\n";
        let baseline = "S1,2026-01-05,T1,target,measured,20,,,raised,\nS1,2026-01-05,T2,target,measured,20,,,,\n";
        assess_one(&format!("{head}{baseline}{rows}"))["timepoints"][0].clone()
    };
    let timepoint = follow_up("S1,2026-04-05,T1,target,measured,20,no,,,\nS1,2026-04-05,T2,target,measured,5,,,,\n");
    assert_eq!((&timepoint["target"], &timepoint["partial_sum_mm"]), (&"NE".into(), &5.0.into()));
    let timepoint = follow_up(
        "S1,2026-04-05,T1,target,split,10,,,,\nS1,2026-04-05,T1,target,split,8,,,,\nS1,2026-04-05,T2,target,merged,,,T1,,\n",
    );
    assert_eq!((&timepoint["sum_mm"], &timepoint["target"]), (&18.0.into(), &"PR".into()));
    let gone = "S1,2026-04-05,T1,target,absent,,,,raised,\nS1,2026-04-05,T2,target,absent,,,,,\n";
    assert_eq!(follow_up(gone)["overall"], "PR", "raised markers stand against CR");
    assert_eq!(follow_up(&gone.replace("raised", "normal"))["overall"], "CR");
    let timepoint =
        follow_up("S1,2026-04-05,T1,target,not_evaluable,,,,,not_imaged\nS1,2026-04-05,T2,target,not_evaluable,,,,,not_imaged\n");
    assert_eq!((&timepoint["coverage"], &timepoint["overall"]), (&"none".into(), &"NE".into()));
}

#[test]
fn a_reader_accepted_at_one_visit_does_not_move_the_baseline() {
    // One reader throughout and a second, rejected one at Month 6: all rows of the first count.
    let head = "subject,date,lesion,role,state,mm,reader,accepted\n";
    let one = "S1,2026-01-05,T1,target,measured,100,A,\nS1,2026-04-05,T1,target,measured,50,A,\n\
        S1,2026-07-05,T1,target,measured,90,A,yes\n";
    let subject = json(&["assess"], &format!("{head}{one}S1,2026-07-05,T1,target,measured,40,B,no\n"))["subjects"][0].clone();
    assert_eq!((&subject["baseline"]["sum_mm"], &subject["bor"]["response"]), (&100.0.into(), &"PR".into()));
    assert_eq!(subject["progression_date"], "2026-07-05");
    // Two readers of whom one is accepted at some timepoints only: nothing can be said about the others.
    let output = recist(&["assess"], &format!("{head}{one}S1,2026-07-05,T1,target,measured,40,B,\n"));
    assert!(code(&output) == 2 && stderr(&output).contains("none-accepted"), "{}", stderr(&output));
}

#[test]
fn pieces_on_scans_of_several_days_are_seen_from_the_first_to_the_last() {
    // A14: 40 mm become 50; the pieces of T1 were scanned on 6 and 8 March, T2 on the 7th.
    let table = "subject,date,visit,lesion,role,nodal,state,mm\n\
        S1,2026-01-05,Baseline,T1,target,no,measured,20\nS1,2026-01-05,Baseline,T2,target,no,measured,20\n\
        S1,2026-03-08,Month 2,T1,target,no,split,15\nS1,2026-03-07,Month 2,T2,target,no,measured,20\n\
        S1,2026-03-06,Month 2,T1,target,no,split,15\n";
    for (which, day) in [("first", "2026-03-06"), ("last", "2026-03-08")] {
        let result = json(&["assess", "--set", &format!("pd_date={which}")], table);
        assert_eq!(result["subjects"][0]["progression_date"], day, "{which}");
    }
}

#[test]
fn a_node_by_its_site_that_is_not_marked_is_said() {
    let table = "subject,date,lesion,role,site,state,mm\nS1,2026-01-05,T1,target,mediastinal lymph node,measured,20\n";
    let problems = json(&["assess"], table)["subjects"][0]["problems"].clone();
    assert_eq!(problems[0]["code"], "node-not-marked");
    let marked = table.replace("site,state", "site,nodal,state").replace("node,measured", "node,yes,measured");
    assert_eq!(json(&["assess"], &marked)["subjects"][0]["problems"], serde_json::json!([]));
}

#[test]
fn what_a_row_says_twice_must_agree() {
    let head = "subject,date,lesion,role,nodal,state,mm,reason,comparable\n";
    let baseline = "S1,2026-01-05,T1,target,no,measured,30,,\nS1,2026-01-05,N1,nontarget,yes,present,12,,\n";
    let follow_up = |rows: &str| recist(&["assess", "--format", "json"], &format!("{head}{baseline}{rows}"));
    // A resected target is not evaluable (V9); as absent it would be a false CR.
    for row in ["T1,target,no,absent,,resected,", "T1,target,no,measured,12,not_imaged,", "N1,nontarget,yes,absent,18,,"] {
        let output = follow_up(&format!("S1,2026-04-05,{row}\n"));
        assert!(code(&output) == 2 && stderr(&output).contains("contradicts"), "{row}: {}", stderr(&output));
    }
    let overall = |row: &str| {
        let output = follow_up(&format!("S1,2026-04-05,T1,target,,absent,,,\nS1,2026-04-05,{row}\n"));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")["subjects"][0]["timepoints"][0]["overall"].clone()
    };
    // A non-target node of 8 mm is gone, also when the row does not repeat that it is a node; 12 mm are not.
    assert_eq!([overall("N1,nontarget,,present,8,,"), overall("N1,nontarget,,present,12,,")], ["CR", "PR"]);
    // A non-target that cannot be compared is not evaluable (V11).
    assert_eq!([overall("N1,nontarget,,absent,,,"), overall("N1,nontarget,,absent,,,no")], ["CR", "PR"]);
}

#[test]
fn responses_read_elsewhere_need_a_reference_date() {
    let table = "subject,date,visit,overall\nS1,2026-02-10,W5,ND\nS1,2026-03-10,W9,PR\nS1,2026-04-10,W13,PR\n";
    let output = recist(&["assess"], table);
    assert!(code(&output) == 2 && stderr(&output).contains("reference_date"), "{}", stderr(&output));
    let result = json(&["assess", "--set", "reference_date=2026-01-05"], table);
    let subject = &result["subjects"][0];
    assert_eq!((&subject["baseline"], &subject["confirmed_bor"]["response"]), (&Value::Null, &"PR".into()));
    let own = "subject,date,overall,reference_date\nS1,2026-02-16,SD,2026-01-05\nS2,2026-02-15,SD,2026-01-05\n";
    let result = json(&["assess"], own);
    let best = |place: usize| result["subjects"][place]["bor"]["response"].clone();
    assert_eq!((best(0), best(1)), ("SD".into(), "NE".into()), "42 and 41 days");
}

#[test]
fn a_trial_file_gives_the_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let trial = |text: &str| {
        let path = folder.path().join("trial.toml");
        std::fs::write(&path, text).expect("the trial");
        path.display().to_string()
    };
    let path = trial("[trial]\ncriteria = \"RECIST 1.1\"\n[response]\nsd_min_days = 35\nmax_sd_between = 1\n");
    let result = json(&["assess", "--trial", &path, "--set", "sd_min_days=49"], LESIONS);
    assert_eq!((&result["settings"]["sd_min_days"], &result["settings"]["max_sd_between"]), (&49.into(), &1.into()));
    for (text, part) in [
        ("[response]\nsd_min_day = 35\n", "sd_min_days"),
        ("[response]\nafter_cr = \"never\"\n", "as-reported"),
        ("[trial]\ncriteria = []\n", "no criteria"),
        ("[trial]\ncriteria = \"RECIST 2\"\n", "mRECIST"),
    ] {
        let path = trial(text);
        let output = recist(&["assess", "--trial", &path], LESIONS);
        assert!(code(&output) == 2 && stderr(&output).contains(part), "{text}: {}", stderr(&output));
    }
}

#[test]
fn tables_and_explanations_are_sentences_for_people() {
    let output = recist(&["assess"], LESIONS);
    let table = String::from_utf8(output.stdout).expect("text");
    for part in ["Month 9", "+20.0", "best PR (2026-04-05)", "progression 2026-10-05"] {
        assert!(table.contains(part), "{part} is missing from:\n{table}");
    }
    let output = recist(&["assess", "--explain", "S1"], LESIONS);
    let text = String::from_utf8(output.stdout).expect("text");
    let sentence = "sum 60.0 mm is 20.0 % above the nadir 50.0 mm, by 10.0 mm (PD needs 20 % and 5 mm)";
    for part in ["Month 9, 2026-10-05: PD.", sentence, "Best overall response: PR (2026-04-05)."] {
        assert!(text.contains(part), "{part} is missing from:\n{text}");
    }
}

#[test]
fn select_proposes_targets() {
    let table = "subject,lesion,site,nodal,long_mm,short_mm,slice_mm\n\
        S1,A,liver,no,30,20,3\nS1,B,liver,no,20,20,3\nS1,C,liver,no,25,20,3\nS1,N,axilla,yes,20,14,3\nS1,M,neck,yes,20,9,3\n";
    let result = json(&["select"], table);
    assert_eq!(result["schema"], "recist.select/1");
    let lesions = result["lesions"].as_array().expect("a list");
    let field = |name: &str| -> Vec<&str> { lesions.iter().filter_map(|lesion| lesion[name].as_str()).collect() };
    assert_eq!(field("role"), ["target", "nontarget", "target", "nontarget", "none"]);
    assert_eq!(field("measurability"), ["measurable", "measurable", "measurable", "non-measurable", "normal"]);
    assert_eq!(field("axis"), ["long", "long", "long", "short", "short"]);
    assert_eq!((&lesions[3]["mm"], &lesions[1]["reasons"][1]["code"]), (&14.0.into(), &"organ-full".into()));
    let output = recist(&["select"], "subject,lesion,site,modality\nS1,A,liver,XCT\nS1,A,liver,CT\n");
    assert!(code(&output) == 2 && stderr(&output).contains("row 2") && stderr(&output).contains("row 3"), "{}", stderr(&output));
}

/// Folder of the test data, when there is one.
fn timeline() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("RECIST_TEST_DATA").map_or_else(default, PathBuf::from).join("timeline");
    folder.is_dir().then_some(folder)
}

fn read_rows(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn the_timeline_gives_its_published_responses() {
    let Some(folder) = timeline() else {
        println!("skipped: no timeline under RECIST_TEST_DATA");
        return;
    };
    for subject in ["TL-001", "TL-002"] {
        let mut table = String::from("subject,date,visit,lesion,role,nodal,state,mm\n");
        let lesions = read_rows(&folder.join(subject).join("expected_lesions.csv"));
        for row in &lesions {
            let nodal = row["node"] == "1";
            let present = row["present"] == "1";
            let role = row["role"].replace("non-target", "nontarget");
            let (state, mm) = match (role.as_str(), present) {
                ("target", true) => {
                    let measured = &row[if nodal { "sa_perp_centre_mm" } else { "ld2d_centre_mm" }];
                    let recorded = recist::units::Micrometres::from_measured_mm(measured.parse().expect("a length"));
                    ("measured", recorded.to_string())
                }
                ("nontarget", true) => ("present", String::new()),
                ("new", true) => ("unequivocal", String::new()),
                _ => ("absent", String::new()),
            };
            let (date, visit, lesion) = (&row["date"], &row["timepoint"], &row["lesion"]);
            table += &format!("{subject},{date},{visit},{lesion},{role},{nodal},{state},{mm}\n");
        }
        let result = json(&["assess"], &table);
        let timepoints = result["subjects"][0]["timepoints"].as_array().expect("a list").clone();
        let expected = read_rows(&folder.join(subject).join("expected_response.csv"));
        assert_eq!(timepoints.len(), expected.len() - 1);
        for (found, expected) in timepoints.iter().zip(&expected[1..]) {
            let place = format!("{subject} {}", expected["timepoint"]);
            assert_eq!(found["target"], expected["target_response_centre"].as_str(), "{place}");
            assert_eq!(found["overall"], expected["overall_response_centre"].as_str(), "{place}");
            let nontarget = expected["non_target_response"].to_uppercase().replace("NOT PRESENT", "NA");
            assert_eq!(found["nontarget"], nontarget.as_str(), "{place}");
            let new = if expected["new_lesion"] == "1" { "unequivocal" } else { "no" };
            assert_eq!(found["new_lesion"], new, "{place}");
            // The expected sums are unrounded; each of at most three diameters is recorded to the tenth.
            let sum: f64 = expected["sld_centre_mm"].parse().expect("a sum");
            let found_sum = found["sum_mm"].as_f64().expect("a sum");
            assert!((found_sum - sum).abs() <= 0.15, "{place}: {found_sum} {sum}");
        }
    }
}

#[test]
fn several_criteria_and_scopes_stand_side_by_side() {
    let kinds = |result: &serde_json::Value| -> Vec<(String, String, String)> {
        let text = |subject: &serde_json::Value, key: &str| subject[key].as_str().unwrap_or_default().to_string();
        let subjects = result["subjects"].as_array().expect("subjects").iter().filter(|subject| subject["subject"] == "S1");
        subjects.map(|subject| (text(subject, "criteria"), text(subject, "scope"), text(subject, "lesion"))).collect()
    };
    let kind = |criteria: &str, scope: &str, lesion: &str| (criteria.to_string(), scope.to_string(), lesion.to_string());
    let result = json(&["assess", "--criteria", "recist-1.1,irecist"], LESIONS);
    let patient = ["RECIST 1.1", "iRECIST"].map(|criteria| kind(criteria, "patient", ""));
    assert_eq!(kinds(&result), patient);
    let result = json(&["assess", "--scope", "patient,lesion"], LESIONS);
    let lesions = ["T1", "T2"].map(|lesion| kind("RECIST 1.1", "lesion", lesion));
    assert_eq!(kinds(&result), [&[kind("RECIST 1.1", "patient", "")][..], &lesions].concat());
    assert_eq!(result["trends"][0]["lesions"][0]["lesion"], "T1");
    // What is set beside a profile outranks it, wherever it stands.
    let result = json(&["assess", "--set", "max_sd_between=3", "--set", "profile=paper"], LESIONS);
    assert_eq!((&result["settings"]["max_sd_between"], &result["settings"]["profile"]), (&3.into(), &"paper".into()));
    assert_eq!(result["settings"]["early_sd_after_response"], "SD");
}
