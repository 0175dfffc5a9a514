//! What people write about a trial. The first byte of an input says what the rest is:
//!
//! | byte | what | byte | what |
//! | --- | --- | --- | --- |
//! | `a` | table of `assess` | `s` | `subjects.csv` |
//! | `c` | candidates of `select` | `t` | `trial.toml` |
//! | `d` | a date | `u` | a length in millimetres |
//! | `l` | `lesions.csv` | `S` | a setting, then `trial.toml` from the next line on |
//! | `m` | list of masks | `T` | trial.toml, subjects, lesions, reads, queries, parted as files |
//! | `q` | `queries.csv` | | |
//! | `r` | `reads.csv` | | any other byte is one of these too |

use super::folder::filled;
use super::parts;
use recist::problem::{Problem, Severity};
use recist::protocol::assess_table::{AssessTable, read_assess_table};
use recist::protocol::lesions::read_lesions;
use recist::protocol::mask_list::read_mask_list;
use recist::protocol::queries::read_queries;
use recist::protocol::reads::read_reads;
use recist::protocol::schedule::assign_visits;
use recist::protocol::select_table::read_candidates;
use recist::protocol::subjects::read_subjects;
use recist::protocol::trial::Trial;
use recist::protocol::trial_file::TrialFile;
use recist::response::assessment::Assessment;
use recist::response::facts::Role;
use recist::response::settings::{Settings, calendar_date};
use recist::response::{assess, assess_read_responses, explain, select};
use recist::units::Micrometres;
use std::fmt::Debug;

const KINDS: &[u8] = b"acdlmqrstuST";

/// Reads `text` as what `kind` says, and goes on with what was read as the program does.
pub fn open(kind: u8, text: &[u8]) {
    let kind = if KINDS.contains(&kind) { kind } else { KINDS[usize::from(kind) % KINDS.len()] };
    match kind {
        b'a' => {
            if let Some(table) = read_every_way(text, |bytes| read_assess_table(bytes, "t.csv")) {
                assess_as_the_program_does(&table);
            }
        }
        b'c' => {
            if let Some(candidates) = read_every_way(text, |bytes| read_candidates(bytes, "t.csv")) {
                assert_eq!(select(&candidates).len(), candidates.len(), "one answer for each candidate");
            }
        }
        b'd' => check_date(&String::from_utf8_lossy(text)),
        b'l' => drop(read_every_way(text, |bytes| read_lesions(bytes, "t.csv"))),
        b'm' => drop(read_every_way(text, |bytes| read_mask_list(bytes, "t.csv"))),
        b'q' => drop(read_every_way(text, |bytes| read_queries(bytes, "t.csv"))),
        b'r' => drop(read_every_way(text, |bytes| read_reads(bytes, "t.csv", &role_by_name))),
        b's' => drop(read_every_way(text, |bytes| read_subjects(bytes, "t.csv"))),
        b't' => check_trial_file(&String::from_utf8_lossy(text), &[]),
        b'u' => check_length(&String::from_utf8_lossy(text)),
        b'S' => {
            let text = String::from_utf8_lossy(text);
            let (setting, text) = text.split_once('\n').unwrap_or((&text, ""));
            check_trial_file(text, &[setting.to_string()]);
        }
        _ => check_trial(&parts(text)),
    }
}

/// Reads a table, and the same table as other programs save it: with other line ends and a byte order mark. All must agree.
fn read_every_way<T: Debug>(text: &[u8], read: impl Fn(&[u8]) -> Result<T, Vec<Problem>>) -> Option<T> {
    let as_it_is = read(text);
    let shown = format!("{as_it_is:?}");
    assert_eq!(shown, format!("{:?}", read(text)), "read twice");
    if !text.starts_with(b"\xEF\xBB\xBF") {
        assert_eq!(shown, format!("{:?}", read(&[b"\xEF\xBB\xBF", text].concat())), "with a byte order mark");
    }
    if !text.contains(&b'\r') {
        let windows: Vec<u8> = text
            .iter()
            .flat_map(|byte| if *byte == b'\n' { b"\r\n".as_slice() } else { std::slice::from_ref(byte) })
            .copied()
            .collect();
        assert_eq!(shown, format!("{:?}", read(&windows)), "with the line ends of Windows");
    }
    match as_it_is {
        Ok(table) => Some(table),
        Err(problems) => {
            check_problems(&problems);
            None
        }
    }
}

fn check_problems(problems: &[Problem]) {
    assert!(!problems.is_empty(), "refused without a reason");
    for problem in problems {
        assert!(!problem.message.is_empty() && problem.severity == Severity::Error, "{problem:?}");
        assert!(problem.position.as_deref() != Some("row 0"), "{problem:?}");
    }
}

/// Some lesions are listed, by the first letter of their name.
fn role_by_name(_: &str, lesion: &str) -> Option<Role> {
    match lesion.bytes().next() {
        Some(b'T') => Some(Role::Target),
        Some(b'N') => Some(Role::NonTarget),
        _ => None,
    }
}

fn assess_as_the_program_does(table: &AssessTable) {
    let reference_date = calendar_date("2026-01-05");
    let settings = Settings { reference_date, ..Settings::default() };
    let assessments: Vec<Assessment> = match table {
        AssessTable::Lesions(subjects) => subjects.iter().map(|facts| assess(facts, &settings)).collect(),
        AssessTable::Responses(subjects) => subjects.iter().map(|read| assess_read_responses(read, &settings)).collect(),
    };
    for assessment in &assessments {
        check_assessment(assessment);
        assert!(!explain(assessment).is_empty());
    }
}

fn check_assessment(assessment: &Assessment) {
    let timepoints = &assessment.timepoints;
    assert!(timepoints.windows(2).all(|pair| pair[0].date <= pair[1].date), "timepoints do not ascend: {assessment:?}");
    let baseline = assessment.baseline.as_ref().and_then(|baseline| baseline.sum_mm);
    for timepoint in timepoints {
        for percent in [timepoint.change_from_baseline_pct, timepoint.change_from_nadir_pct].into_iter().flatten() {
            assert!(percent.is_finite() && percent >= -100.0, "{timepoint:?}");
        }
        let sums = [timepoint.sum_mm, timepoint.partial_sum_mm, timepoint.nadir_mm];
        assert!(sums.into_iter().flatten().all(|sum| sum >= Micrometres::ZERO), "{timepoint:?}");
        if let (Some(nadir), Some(baseline)) = (timepoint.nadir_mm, baseline) {
            assert!(nadir <= baseline, "a nadir above the baseline: {assessment:?}");
        }
        if let (Some(sum), Some(nadir), Some(change)) = (timepoint.sum_mm, timepoint.nadir_mm, timepoint.change_from_nadir_mm) {
            assert_eq!(change, sum - nadir, "{timepoint:?}");
        }
    }
    let days = [assessment.first_response_date, assessment.first_confirmed_response_date, assessment.bor.date];
    for day in days.into_iter().flatten() {
        let known = timepoints
            .iter()
            .any(|timepoint| (timepoint.date_first..=timepoint.date_last).contains(&day) || timepoint.date == day);
        assert!(known, "{day} is no timepoint: {assessment:?}");
    }
}

/// What is a date prints as it was written.
fn check_date(text: &str) {
    if let Some(date) = calendar_date(text) {
        assert_eq!(date.to_string(), text);
    }
}

/// What is a length is the number that was written, to the micrometre, and prints as a length again.
fn check_length(text: &str) {
    if let Ok(length) = Micrometres::parse_mm(text) {
        let number: f64 = text.trim().parse().expect("a plain decimal number");
        assert!((number * 1000.0 - length.0 as f64).abs() < 1e-6, "{text} is read as {length} mm");
        assert!((Micrometres::ZERO..=Micrometres::MAX_INPUT).contains(&length), "{text}");
        assert_eq!(Micrometres::parse_mm(&length.to_string()), Ok(length));
    }
}

fn check_trial_file(text: &str, sets: &[String]) {
    let read = TrialFile::parse(text, "trial.toml", sets);
    assert_eq!(format!("{read:?}"), format!("{:?}", TrialFile::parse(text, "trial.toml", sets)), "read twice");
    match read {
        Ok(file) => check_visits(&file),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Every scan falls into one visit, and no visit takes two.
fn check_visits(file: &TrialFile) {
    let days: Vec<_> = ["2026-01-31", "2026-03-01", "2026-03-01", "2028-02-29"].into_iter().filter_map(calendar_date).collect();
    let planned = file
        .schedule
        .visits
        .iter()
        .filter_map(|visit| Some((visit.name.clone(), visit.planned(days[0]).ok()?, visit.window_days)));
    let visits: Vec<_> = planned.collect();
    let slots = assign_visits(&visits, &days);
    assert_eq!(slots.len(), days.len());
    for (place, slot) in slots.iter().enumerate() {
        let taken =
            slots[..place].iter().filter(|earlier| earlier.scheduled && slot.scheduled && earlier.visit == slot.visit).count();
        let namesakes = visits.iter().filter(|(name, ..)| *name == slot.visit).count();
        assert!(taken == 0 || namesakes > 1, "two scans in one visit: {slots:?}");
    }
}

fn check_trial(files: &[&[u8]]) {
    let names = ["trial.toml", "subjects.csv", "lesions.csv", "reads.csv", "queries.csv"];
    let named: Vec<(&str, &[u8])> = names.into_iter().zip(files.iter().copied()).collect();
    let folder = filled("trial", &named);
    // The last one may be the queries of an earlier run as well.
    let earlier = folder.join("queries.csv");
    for earlier in [None, Some(earlier.as_path())] {
        let read = Trial::read(&folder.join("trial.toml"), &[], earlier);
        assert_eq!(format!("{read:?}"), format!("{:?}", Trial::read(&folder.join("trial.toml"), &[], earlier)), "read twice");
        match read {
            Ok(trial) => check_visits(&trial.file),
            Err(problems) => check_problems(&problems),
        }
    }
}
