//! Rows of the table of `assess` that cannot be meant are errors with their row numbers, all at once; what is odd but usable is a
//! warning. Every row names its rule (recist-rules).

use recist::protocol::assess_table::read_assess_table;
use serde_json::Value;
use std::process::Command;

const HEAD: &str = "subject,date,lesion,role,nodal,state,mm";
const BASELINE: &str = "S,2026-01-05,T1,target,no,measured,30\nS,2026-01-05,N1,nontarget,no,present,\n";

/// A table from its further columns and its rows, each of which may leave out its last cells.
fn table(columns: &str, rows: &str) -> String {
    let header = if columns.is_empty() { HEAD.to_string() } else { format!("{HEAD},{columns}") };
    let width = header.split(',').count();
    let filled = rows.lines().map(|row| format!("{row}{}", ",".repeat(width - row.split(',').count())));
    format!("{header}\n{}\n", filled.collect::<Vec<_>>().join("\n"))
}

/// The errors of a table: code and row.
fn errors(table: &str) -> Vec<String> {
    let problems = read_assess_table(table.as_bytes(), "t.csv").err().unwrap_or_default();
    let place = |position: &Option<String>| position.as_deref().unwrap_or("file").replace("row ", "");
    problems.iter().map(|problem| format!("{} {}", problem.code, place(&problem.position))).collect()
}

/// The warnings of a table from which responses were derived, and what was said on stderr.
fn warnings(table: &str, arguments: &[&str]) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, table).expect("the table");
    let output =
        Command::new(env!("CARGO_BIN_EXE_recist")).arg("assess").arg(&path).args(["--format", "json"]).args(arguments).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let problems = result["subjects"][0]["problems"].as_array().expect("problems").clone();
    let text = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_string();
    let of = |problem: &Value| format!("{} {}", text(problem, "code"), text(problem, "position"));
    assert!(problems.iter().all(|problem| text(problem, "severity") == "warning"), "{problems:?}");
    (problems.iter().map(of).collect(), said)
}

/// The errors of follow-up rows below a baseline of a target and a non-target; the first of them is row 4.
fn at_follow_up(columns: &str, rows: &[&str]) -> Vec<String> {
    let rows: String = rows.iter().map(|row| format!("S,2026-04-05,{row}\n")).collect();
    errors(&table(columns, &format!("{BASELINE}{rows}")))
}

#[test]
fn every_row_of_a_reader_counts_or_is_refused() {
    // W9. A timepoint whose rows are all refused would vanish, and with it a baseline, a nadir or a progression.
    let readers = |rows: &str| errors(&table("reader,accepted", rows));
    let first = "S,2026-01-05,T1,target,no,measured,30,A,yes\n";
    let refused = format!("{first}S,2026-04-05,T1,target,no,measured,60,A,no\nS,2026-07-05,T1,target,no,measured,60,B,no\n");
    assert_eq!(readers(&refused), ["none-accepted 3", "none-accepted 4"]);
    // An empty cell beside a yes says neither.
    let partly = format!(
        "{first}S,2026-04-05,T1,target,no,measured,18,A,yes\nS,2026-04-05,L,new,no,unequivocal,,A,\n\
        S,2026-04-05,T1,target,no,measured,19,B,\n"
    );
    assert_eq!(readers(&partly), ["accepted-partly 4"]);
    for (from, to, expected) in
        [(",A,\n", ",A,yes\n", vec!["accepted-partly 5"]), (",A,\n", ",A,no\n", vec!["accepted-partly 5"])]
    {
        assert_eq!(readers(&partly.replace(from, to)), expected);
    }
    assert_eq!(readers(&partly.replace(",A,\n", ",A,yes\n").replace(",B,\n", ",B,no\n")), [""; 0]);
    assert_eq!(readers(&partly.replace(",A,\n", ",,\n")), ["accepted-partly 4"], "a row of nobody");
}

#[test]
fn a_reason_goes_with_not_evaluable_for_every_role() {
    // V9: never gone, and never progression, because something was cut out or not seen.
    for row in [
        "T1,target,,absent,,resected",
        "N1,nontarget,,absent,,resected",
        "N1,nontarget,,present,,obscured",
        "N1,nontarget,,unequivocal_progression,,not_imaged",
        "L,new,,unequivocal,,not_imaged",
        "L,new,,absent,,ablated",
        "L,new,,equivocal,,poor_quality",
        "T1,target,,merged,,resected,N1",
    ] {
        assert_eq!(at_follow_up("reason,merged_into", &[row]), ["reason-contradicts 4"], "{row}");
    }
    for row in ["N1,nontarget,,not_evaluable,,resected", "L,new,,not_evaluable,,not_imaged", "T1,target,,not_evaluable,,merged"] {
        assert_eq!(at_follow_up("reason", &[row]), [""; 0], "{row}");
    }
    // V11 and N2: technique makes no certain new lesion and closes no doubt; a doubt may stay one.
    for (row, expected) in [
        ("L,new,,unequivocal,,no", vec!["reason-contradicts 4"]),
        ("L,new,,absent,,no", vec!["reason-contradicts 4"]),
        ("N1,nontarget,,unequivocal_progression,,no", vec!["reason-contradicts 4"]),
        ("L,new,,equivocal,,no", vec![]),
        ("N1,nontarget,,absent,,no", vec![]),
        ("T1,target,,measured,20,no", vec![]),
    ] {
        assert_eq!(at_follow_up("comparable", &[row]), expected, "{row}");
    }
}

#[test]
fn nought_is_no_figure_of_what_is_seen() {
    // V1 to V3: what is gone is absent, what is too small has no figure.
    for row in [
        "T1,target,,measured,0",
        "T1,target,,,0",
        "T1,target,,too_small,0.0",
        "T1,target,,split,0",
        "N1,nontarget,,present,0",
        "N1,nontarget,,increased,0",
        "L,new,,equivocal,0",
    ] {
        assert!(at_follow_up("", &[row, "N2,nontarget,,absent,"]).contains(&"mm-zero 4".to_string()), "{row}");
    }
    assert_eq!(at_follow_up("", &["T1,target,,absent,0", "N1,nontarget,,absent,0"]), [""; 0], "0 mm of what is gone is right");
    // A lesion whose viable part is gone is still seen (mRECIST).
    assert_eq!(at_follow_up("viable_mm", &["T1,target,,measured,20,0", "N1,nontarget,,absent,"]), [""; 0]);
    // From 10 mm on nothing is too small for a figure (M1, M6); below, a figure beats the 5 mm (V2).
    assert_eq!(at_follow_up("", &["T1,target,,too_small,10"]), ["mm-contradicts 4"]);
    assert_eq!(at_follow_up("", &["T1,target,,too_small,4"]), [""; 0]);
}

#[test]
fn what_is_not_there_has_no_figure() {
    let rows = ["N1,nontarget,,not_evaluable,12", "L,new,,absent,12", "M,new,,not_evaluable,3"];
    assert_eq!(at_follow_up("", &rows), ["mm-contradicts 4", "mm-contradicts 5", "mm-contradicts 6"]);
    // Section 14: the viable part is a part.
    assert_eq!(at_follow_up("viable_mm", &["T1,target,,measured,20,20.1"]), ["viable-too-long 4"]);
    assert_eq!(at_follow_up("viable_mm", &["T1,target,,measured,20,20"]), [""; 0]);
    // Section 11: where nothing was imaged nothing is found.
    let rows = ["T1,target,,absent,,none", "N1,nontarget,,not_evaluable,,none", "L,new,,equivocal,,none"];
    assert_eq!(at_follow_up("coverage", &rows), ["coverage-contradicts 4", "coverage-contradicts 6"]);
    for day in ["1900-12-31", "0001-01-01", "2100-01-01", "9999-12-31"] {
        assert_eq!(errors(&table("", &format!("S,{day},T1,target,no,measured,30"))), ["date 2"], "{day}");
    }
    assert_eq!(errors(&table("", "S,1959-01-05,T1,target,no,measured,30")), [""; 0], "dates shifted on purpose");
}

#[test]
fn what_was_not_there_at_baseline_is_no_non_target() {
    // S5 and N4: what comes later is a new lesion, so PD.
    let baseline = |state: &str, kind: &str| {
        let rows = format!(
            "S,2026-01-05,T1,target,no,measured,30,{kind}\nS,2026-01-05,N1,nontarget,no,{state},,{kind}\n\
            S,2026-04-05,N1,nontarget,no,present,\n"
        );
        table("tp_kind", &rows)
    };
    assert_eq!(errors(&baseline("absent", "")), ["nontarget-absent-at-baseline 3"]);
    assert_eq!(
        errors(&baseline("absent", "history").replace("05,N1,nontarget,no,present,,", "05,N1,nontarget,no,present,,baseline")),
        [""; 0]
    );
    assert_eq!(warnings(&baseline("not_evaluable", ""), &[]).0, ["nontarget-not-at-baseline row 3"]);
    for state in ["unequivocal_progression", "increased"] {
        assert_eq!(warnings(&baseline(state, ""), &[]).0, ["nontarget-change-at-baseline row 3"], "{state}");
        let with_history = baseline(state, "baseline") + "S,2025-06-05,T1,target,no,measured,10,history\n";
        assert_eq!(warnings(&with_history, &[]).0, [""; 0], "{state} since history");
    }
}

#[test]
fn history_lies_before_the_baseline() {
    let rows = |history: &str, kind: &str| {
        format!("S,2026-01-05,T1,target,no,measured,30,{kind}\nS,{history},T1,target,no,measured,60,history\n")
    };
    for kind in ["baseline", ""] {
        assert_eq!(errors(&table("tp_kind", &rows("2026-03-01", kind))), ["history-after-baseline 3"], "{kind}");
        assert_eq!(errors(&table("tp_kind", &rows("2025-03-01", kind))), [""; 0], "{kind}");
    }
}

#[test]
fn what_does_not_change_about_a_lesion_is_said_in_one_way() {
    let columns = "site,irradiated,intracranial,parent_lesion";
    let errors = |first: &str, second: &str| {
        errors(&table(
            columns,
            &format!("S,2026-01-05,T1,target,no,measured,30,{first}\nS,2026-04-05,T1,target,no,measured,30,{second}\n"),
        ))
    };
    assert_eq!(errors("liver,yes,no,T2", "lung,no,yes,T3"), ["rows-differ 3"; 4]);
    assert_eq!(errors("liver,yes,no,T2", ",,,"), [""; 0]);
    assert_eq!(errors("Liver,yes,no,", "hepatic,yes,no,"), [""; 0], "one organ in other words");
}

#[test]
fn lesions_merge_into_a_mass() {
    // V8: the mass carries one diameter for both.
    let rows = |later: &str| format!("S,2026-01-05,T1,target,no,measured,30,\nS,2026-01-05,T2,target,no,measured,20,\n{later}");
    let merged = |later: &str| errors(&table("merged_into", &rows(later)));
    let gone = "S,2026-04-05,T1,target,no,absent,,\nS,2026-04-05,T2,target,no,merged,,T1\n";
    assert_eq!(warnings(&table("merged_into", &rows(gone)), &[]).0, ["merged-into-absent row 5"]);
    let mass = "S,2026-02-05,T1,target,no,measured,40,\nS,2026-02-05,T2,target,no,merged,,T1\n";
    let later = table("merged_into", &rows(&format!("{mass}{gone}")));
    assert_eq!(warnings(&later, &[]).0, [""; 0], "the mass vanished later");
    assert_eq!(merged("S,2026-04-05,T2,target,no,measured,20,T1\n"), ["merged-into-contradicts 4"]);
    assert_eq!(merged("S,2026-04-05,N1,nontarget,no,present,,T1\n"), ["merged-into-contradicts 4"]);
    // W10: short or long axis?
    let node = table("merged_into", &rows(mass)).replace("T2,target,no", "T2,target,yes");
    assert_eq!(warnings(&node, &[]).0, ["merged-node row 5"]);
}

#[test]
fn pieces_are_rows_of_one_lesion() {
    // V6: the diameters of the pieces are added.
    assert_eq!(at_follow_up("", &["T1,target,,split,12"]), ["split-single 4"]);
    assert_eq!(at_follow_up("", &["T1,target,,split,12", "T1,target,,split,9"]), [""; 0]);
    for other in ["too_small", "not_evaluable"] {
        let rows = ["T1,target,,split,12", &format!("T1,target,,{other},"), "T1,target,,split,9"];
        assert_eq!(at_follow_up("", &rows), ["duplicate-row 5"], "{other}");
    }
    // V11, of the lesion as a whole.
    let comparable = |first: &str, second: &str| {
        at_follow_up("comparable", &[&format!("T1,target,,split,12,{first}"), &format!("T1,target,,split,9,{second}")])
    };
    assert_eq!(comparable("yes", "no"), ["rows-differ 5"]);
    assert_eq!(comparable("no", "no"), [""; 0]);
    // A piece that cannot be read is not missed.
    assert_eq!(at_follow_up("", &["T1,target,,split,12", "T1,target,,split,x"]), ["length 5"]);
}

#[test]
fn one_bad_cell_does_not_hide_another() {
    let columns = "reason,comparable,absent_basis,tp_kind";
    let row = "T1,goal,maybe,gone,ten,broken,perhaps,guess,never";
    let mut found = at_follow_up(columns, &[row]);
    found.sort();
    assert_eq!(found, ["length 4", "word 4", "word 4", "word 4", "word 4", "word 4", "word 4", "word 4"], "all but mm are words");
    let bad = "subject,date,lesion,role,nodal,state,nm\nS,2026-01-05,T1,target,no,mesured,30\nS,5.1.2026,T1,target,nö,,30\n";
    assert_eq!(errors(bad), ["column-unknown file", "word 2", "date 3", "word 3"], "cells below a header that is not known");
    let bad = "subject,date,visit,overall,target\nS,2026-01-05,V1,GOOD,PR\n";
    assert_eq!(errors(bad), ["column-unknown file", "word 2"]);
}

#[test]
fn viable_parts_of_other_lesions_are_not_used() {
    let rows = "S,2026-01-05,T1,target,no,measured,30,20\nS,2026-01-05,T2,target,yes,measured,20,9\n\
        S,2026-01-05,N1,nontarget,no,present,,8\nS,2026-04-05,N1,nontarget,no,present,,8\n";
    let (found, said) = warnings(&table("viable_mm", rows), &[]);
    assert_eq!(found, ["viable-not-used row 4", "viable-not-used row 3"]);
    assert!(said.contains("warning: S: ") && said.contains("row 3"), "{said}");
    assert_eq!(warnings(&table("", "S,1959-01-05,T1,target,no,measured,30"), &[]).0, ["date-unlikely row 2"]);
}

#[test]
fn lesions_of_unknown_irradiation_are_named() {
    let rows = "S,2026-01-05,T1,target,no,measured,30,yes,\nS,2026-01-05,T2,target,no,measured,20,,\n\
        S,2026-01-05,B1,nontarget,no,present,,,T1\nS,2026-01-05,N1,nontarget,no,present,,,\n";
    let table = table("irradiated,parent_lesion", rows);
    let (found, said) = warnings(&table, &["--scope", "irradiated"]);
    assert!(found[0].starts_with("irradiation-partly-unknown"), "{found:?}");
    assert!(said.contains("T2, N1 was irradiated"), "the bone part follows its target: {said}");
    assert!(warnings(&table, &[]).0.is_empty(), "the patient scope does not ask");
}
