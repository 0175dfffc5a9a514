//! What the report shows beside RECIST 1.1 of the whole patient. Expected classes are worked by hand from the diameters.

#[path = "program/mod.rs"]
mod program;

use jiff::civil::date;
use program::{copy_tree, run_trial};
use recist::report::{BesideCell, BesideRow, BestResponseRow, Report, SubjectReport, TimepointRow, render};
use recist::units::Micrometres;
use std::path::Path;

/// Text of an element without its tags, blanks squeezed.
fn plain(markup: &str) -> String {
    let text: String =
        markup.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text).to_string() + " ").collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tables of class `beside`: each a list of rows, each a list of cells.
fn tables(page: &str) -> Vec<Vec<Vec<String>>> {
    let cells = |row: &str| -> Vec<String> {
        let starts = row.match_indices("<t").filter(|(at, _)| row[at + 2..].starts_with(['d', 'h']));
        let starts: Vec<usize> = starts.map(|(at, _)| at).chain([row.len()]).collect();
        starts.windows(2).map(|ends| plain(&row[ends[0]..ends[1]])).collect()
    };
    let table = |text: &str| text.split("<tr>").skip(1).map(|row| cells(row.split("</tr>").next().unwrap_or_default())).collect();
    let starts = page.split("<table class=\"beside\">").skip(1);
    starts.map(|text| table(text.split("</table>").next().unwrap_or_default())).collect()
}

/// The first page, and the section of every subject.
fn sections(page: &str) -> Vec<&str> {
    page.split("<section class=\"subject\"").collect()
}

fn row(criteria: &str, scope: &str, lesion: &str, classes: &[&str]) -> BesideRow {
    let cell = |class: &&str| BesideCell { overall: class.to_string(), ..BesideCell::default() };
    BesideRow {
        criteria: criteria.into(),
        scope: scope.into(),
        lesion: lesion.into(),
        cells: [""].iter().chain(classes).map(cell).collect(),
        bor: classes[0].into(),
        bor_date: "2026-04-05".into(),
        ..BesideRow::default()
    }
}

/// Baseline, then PR and PD by RECIST 1.1.
fn report(beside: Vec<BesideRow>) -> Report {
    let visit = |name: &str, month, overall: &str| TimepointRow {
        visit: name.into(),
        date: date(2026, month, 5),
        baseline: overall.is_empty(),
        overall: overall.into(),
        ..TimepointRow::default()
    };
    let subject = SubjectReport {
        subject: "S-001".into(),
        timepoints: vec![visit("Baseline", 1, ""), visit("Month 3", 4, "PR"), visit("Month 6", 7, "PD")],
        bor: "PR".into(),
        confirmed_bor: "PR".into(),
        beside,
        ..SubjectReport::default()
    };
    Report {
        trial: "Trial".into(),
        criteria: "RECIST 1.1".into(),
        level: "centre".into(),
        best_responses: vec![BestResponseRow { subject: "S-001".into(), bor: "PR".into(), ..BestResponseRow::default() }],
        subjects: vec![subject],
        ..Report::default()
    }
}

fn page(report: &Report) -> String {
    render(report).expect("a page")
}

#[test]
fn without_anything_beside_the_page_says_nothing_of_it() {
    let page = page(&report(Vec::new()));
    assert!(tables(&page).is_empty());
    for words in ["By other criteria", "Of some lesions only", "stand beside", "≠"] {
        assert!(!page.contains(words), "{words}");
    }
}

#[test]
fn a_column_for_every_timepoint_after_baseline() {
    let mut irecist = row("iRECIST", "patient", "", &["iPR", "iUPD"]);
    irecist.cells[2].provisional = true;
    irecist.cells[2].sum = Some(Micrometres::from_mm(72));
    irecist.cells[2].reasons = vec!["grown".into()];
    irecist.progression_date = "2026-07-05".into();
    irecist.progression_confirmed = Some(false);
    let page = page(&report(vec![irecist, row("RECIST 1.1", "lesion", "T1", &["SD"])]));
    let section = sections(&page)[1];
    assert_eq!(
        tables(section),
        [[
            vec!["Criteria", "Month 3 2026-04-05", "Month 6 2026-07-05", "Best response", "Progression"],
            vec!["iRECIST", "iPR", "iUPD provisional", "iPR 2026-04-05", "2026-07-05 not confirmed"],
            // Of the second timepoint nothing is known of T1 by itself.
            vec!["RECIST 1.1 lesion T1 by itself", "SD ≠ PR", "–", "SD ≠ PR 2026-04-05", "–"],
        ]]
    );
    assert!(section.contains("title=\"sum 72.0 mm; grown\""));
    // Below the course by RECIST 1.1.
    assert!(section.find("class=\"timepoints\"") < section.find("class=\"beside\""));
}

#[test]
fn a_class_of_irecist_is_another_only_where_it_is_no_counterpart() {
    let counterparts = [
        ("iCR", "CR"),
        ("iPR", "PR"),
        ("iSD", "SD"),
        ("NON-iCR/NON-iUPD", "NON-CR/NON-PD"),
        ("iUPD", "PD"),
        ("iCPD", "PD"),
        ("NE", "NE"),
    ];
    for (class, _) in counterparts {
        for main in ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"] {
            let mut report = report(vec![row("iRECIST", "patient", "", &[class])]);
            report.subjects[0].timepoints[1].overall = main.into();
            report.subjects[0].bor.clear();
            let page = page(&report);
            let section = sections(&page)[1];
            let expected = if counterparts.contains(&(class, main)) { class.to_string() } else { format!("{class} ≠ {main}") };
            assert_eq!(tables(section)[0][1][1], expected);
            // The ground of the cell says the same.
            let body = section.split("<table class=\"beside\">").nth(1).expect("a table");
            assert_eq!(body.contains("<td class=\"differs\">"), expected.contains('≠'), "{expected}");
        }
    }
}

#[test]
fn the_first_page_has_all_subjects_and_no_single_lesion() {
    let rows = vec![
        row("mRECIST", "patient", "", &["CR"]),
        row("RECIST 1.1", "irradiated", "", &["PR"]),
        row("RECIST 1.1", "lesion", "T1", &["PR"]),
    ];
    let mut report = report(rows);
    report.other_criteria = vec!["mRECIST".into()];
    let other = SubjectReport { subject: "S-002".into(), ..report.subjects[0].clone() };
    report.subjects.push(SubjectReport { beside: vec![row("mRECIST", "patient", "", &["PR"])], ..other });
    let page = page(&report);
    let sections = sections(&page);
    assert_eq!(
        tables(sections[0]),
        [[
            vec!["Subject", "Criteria", "Best response", "Date", "Progression"],
            vec!["S-001", "mRECIST", "CR ≠ PR", "2026-04-05", "–"],
            vec!["S-001", "RECIST 1.1 irradiated lesions", "PR", "2026-04-05", "–"],
            vec!["S-002", "mRECIST", "PR", "2026-04-05", "–"],
        ]]
    );
    assert!(sections[0].contains("<h3>By other criteria, and of some lesions only</h3>"));
    assert!(sections[2].contains("<h3>By other criteria</h3>"));
    let head = plain(sections[0].split_once("<header>").and_then(|(_, head)| head.split_once("</header>")).expect("a head").0);
    for words in [
        "are by RECIST 1.1 of the whole patient.",
        "stand beside it: mRECIST ; RECIST 1.1 of the irradiated lesions alone and of each target by itself.",
    ] {
        assert!(head.contains(words), "{words} in {head}");
    }
}

/// The sample trial by three criteria, with a reader's figures for S-002: the target grows from 40 to 52 mm at Month 9 and 57 mm at
/// Month 12, its viable part shrinks from 30 to 10 mm and is 20 mm at Month 12; the irradiated node stays as it is.
fn trial_of_three_criteria(folder: &Path) {
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom"), folder);
    let change = |name: &str, changed: &dyn Fn(String) -> String| {
        let text = std::fs::read_to_string(folder.join(name)).expect("a table");
        std::fs::write(folder.join(name), changed(text)).expect("written");
    };
    change("trial.toml", &|text| {
        text.replace("criteria = \"RECIST 1.1\"", "criteria = [\"RECIST 1.1\", \"iRECIST\", \"mRECIST\"]")
    });
    change("lesions.csv", &|text| {
        let irradiated = |line: &str| match line.split(',').nth(1) {
            Some("lesion") => ",irradiated",
            Some("GTVn1") => ",yes",
            Some("GTV1" | "GTV2") => ",no",
            _ => ",",
        };
        text.lines().map(|line| line.to_string() + irradiated(line) + "\n").collect()
    });
    change("reads.csv", &|text| {
        let mut text: String = text
            .lines()
            .map(|line| line.to_string() + if line.starts_with("subject,") { ",mm,viable_mm\n" } else { ",,\n" })
            .collect();
        let visits = [
            ("2025-10-08", 40, 30),
            ("2026-02-03", 40, 10),
            ("2026-04-28", 40, 10),
            ("2026-08-04", 52, 10),
            ("2026-10-30", 57, 20),
        ];
        for (day, mm, viable) in visits {
            text += &format!("S-002,{day},GTV1,measured,,{mm},{viable}\nS-002,{day},GTVn1,measured,,20,\n");
        }
        text
    });
}

#[test]
fn a_run_shows_what_every_criteria_make_of_a_subject() {
    let folder = tempfile::tempdir().expect("a folder");
    trial_of_three_criteria(folder.path());
    let out = tempfile::tempdir().expect("a folder");
    let ended = run_trial(&folder.path().join("trial.toml"), out.path(), &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let page = std::fs::read_to_string(out.path().join("report.html")).expect("a report");
    let sections = sections(&page);

    // Sums of S-002: 60, 60, 60, 72 (+20 % and 12 mm: PD), 77 mm (5 mm more: confirmed).
    // Viable sums, node included: 50, 30 (-40 %: PR), 30, 30, 40 mm (+33 % of the nadir: PD).
    let of_subject = tables(sections[2]).remove(0);
    assert_eq!(
        of_subject[1..],
        [
            ["iRECIST", "iSD", "iSD", "iUPD", "iCPD", "iSD 2026-02-03", "2026-08-04 confirmed"],
            ["mRECIST", "PR ≠ SD", "PR ≠ SD", "PR ≠ PD", "PD", "PR ≠ SD 2026-02-03", "2026-10-30"],
            ["RECIST 1.1 irradiated lesions", "SD", "SD", "SD ≠ PD", "SD ≠ PD", "SD 2026-02-03", "–"],
            ["RECIST 1.1 lesion GTV1 by itself", "SD", "SD", "PD", "PD", "SD 2026-02-03", "2026-08-04"],
            ["RECIST 1.1 lesion GTVn1 by itself", "SD", "SD", "SD ≠ PD", "SD ≠ PD", "SD 2026-02-03", "–"],
        ]
    );
    // Every class that differs has its ground.
    for section in &sections {
        assert_eq!(section.matches("<td class=\"differs\"").count(), section.matches("<small class=\"main\">").count());
    }
    // S-001 has a new lesion at its last visit, which no scan confirms. Nothing says that its lesions were irradiated.
    let of_subject = tables(sections[1]).remove(0);
    assert_eq!(of_subject[0][1..5], ["Month 3 2026-01-16", "Month 6 2026-04-20", "Month 9 2026-07-13", "Month 12 2026-10-19"]);
    assert_eq!(of_subject[1], ["iRECIST", "iPR", "iPR", "iCR", "iUPD", "iCR 2026-07-13", "2026-10-19 not confirmed"]);
    assert_eq!(of_subject.len(), 3, "iRECIST and mRECIST");
    // No viable diameter was read, and that is no finding of RECIST 1.1.
    assert_eq!(of_subject[2][1..6], ["NE ≠ PR", "NE ≠ PR", "NE ≠ CR", "NE ≠ PD", "NE ≠ CR 2026-01-16"]);
    assert!(plain(sections[0]).contains("by mRECIST: target T01 has no viable diameter at baseline"));

    let of_all = tables(sections[0]).remove(0);
    let subjects: Vec<&str> = of_all[1..].iter().map(|row| &*row[0]).collect();
    assert_eq!(subjects, ["S-001", "S-001", "S-002", "S-002", "S-002", "S-003", "S-003"]);
    assert_eq!(of_all[3], ["S-002", "iRECIST", "iSD", "2026-02-03", "2026-08-04 confirmed"]);
    assert_eq!(of_all[5], ["S-002", "RECIST 1.1 irradiated lesions", "SD", "2026-02-03", "–"]);
}
