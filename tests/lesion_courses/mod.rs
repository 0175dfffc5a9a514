//! A short way to write what was seen of a subject's lesions, and rows of expected results that name their rule.

#![allow(dead_code, reason = "every test file uses a part")]

use jiff::ToSpan;
use jiff::civil::{Date, date};
use recist::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NewState, NonTargetState, NotEvaluableReason, Role, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
};
use recist::response::settings::Settings;
use recist::units::Micrometres;
use std::collections::BTreeMap;

/// A row by column.
pub type Row = BTreeMap<String, String>;

pub fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("every row has all columns")).collect()
}

pub fn day(day: i32) -> Date {
    date(2026, 1, 5).checked_add(day.days()).expect("a date")
}

pub fn mm(text: &str) -> Micrometres {
    Micrometres::parse_mm(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Settings as `key=value;key=value`.
pub fn settings(text: &str) -> Settings {
    let mut settings = Settings::default();
    for (key, value) in text.split(';').filter(|part| !part.is_empty()).map(|part| part.split_once('=').expect("key=value")) {
        settings.set(key, value).expect("a setting");
    }
    settings
}

/// Role by the first letter of a name: T target, N target node, L non-target, M non-target node, X new.
pub fn lesion(name: &str) -> LesionFacts {
    let role = match &name[..1] {
        "T" | "N" => Role::Target,
        "L" | "M" => Role::NonTarget,
        "X" => Role::New,
        other => panic!("no role for {other}"),
    };
    LesionFacts { nodal: name.starts_with(['N', 'M']), ..LesionFacts::new(name, role) }
}

fn finding(role: Role, text: &str) -> Finding {
    match role {
        Role::Target => Finding::Target(match text {
            "gone" => TargetState::Absent,
            "small" => TargetState::TooSmall,
            "ne" => TargetState::NotEvaluable(None),
            "ne:technique" => TargetState::NotEvaluable(Some(NotEvaluableReason::Technique)),
            "ne:resected" => TargetState::NotEvaluable(Some(NotEvaluableReason::Resected)),
            _ if text.contains('+') => TargetState::Split(text.split('+').map(mm).collect()),
            _ => match text.strip_prefix('>') {
                Some(into) => TargetState::Merged { into: into.into() },
                None => TargetState::Measured(mm(text)),
            },
        }),
        Role::NonTarget => Finding::NonTarget(match text {
            "present" => NonTargetState::Present,
            "gone" => NonTargetState::Absent,
            "up" => NonTargetState::Increased,
            "ne" => NonTargetState::NotEvaluable,
            "pd" => NonTargetState::UnequivocalProgression,
            _ => NonTargetState::PresentNode(mm(text)),
        }),
        Role::New => Finding::New(match text {
            "eq" => NewState::Equivocal,
            "uneq" => NewState::Unequivocal,
            "gone" => NewState::Absent,
            "ne" => NewState::NotEvaluable,
            other => panic!("no state {other}"),
        }),
    }
}

/// Reads `0 T=40 L=present | 60 T=gone X=uneq@12 partial`: a day and what was seen, timepoint by timepoint. The first that is not
/// marked `history` is the baseline. After `~` stands a viable diameter, after `@` the diameter of a new lesion.
pub fn course(text: &str) -> SubjectFacts {
    let mut facts = SubjectFacts { subject: "S".into(), lesions: vec![], timepoints: vec![], reference_date: None };
    for part in text.split('|') {
        let mut words = part.split_whitespace();
        let when = day(words.next().expect("a day").parse().expect("a number of days"));
        let is_history = part.split_whitespace().any(|word| word == "history");
        let has_baseline = facts.timepoints.iter().any(|timepoint| timepoint.kind == TimepointKind::Baseline);
        let kind = match (is_history, has_baseline) {
            (true, _) => TimepointKind::History,
            (false, false) => TimepointKind::Baseline,
            (false, true) => TimepointKind::Scheduled,
        };
        let mut timepoint = TimepointFacts { kind, ..TimepointFacts::on(when.to_string(), when) };
        for word in words {
            match word {
                "history" => {}
                "partial" => timepoint.coverage = Coverage::Partial,
                "unscheduled" => timepoint.kind = TimepointKind::Unscheduled,
                "markers=raised" => timepoint.markers = Markers::Raised,
                _ => {
                    let (name, state) = word.split_once('=').expect("lesion=state");
                    if !facts.lesions.iter().any(|known| known.lesion == name) {
                        facts.lesions.push(lesion(name));
                    }
                    let (state, viable) = state.split_once('~').map_or((state, None), |(state, mm)| (state, Some(mm)));
                    let (state, measured) = state.split_once('@').map_or((state, None), |(state, mm)| (state, Some(mm)));
                    timepoint.viable.extend(viable.map(|viable| (name.to_string(), mm(viable))));
                    timepoint.new_lesion_diameters.extend(measured.map(|measured| (name.to_string(), mm(measured))));
                    timepoint.findings.push((name.into(), finding(lesion(name).role, state)));
                }
            }
        }
        facts.timepoints.push(timepoint);
    }
    facts
}

/// What is wrong with one figure of a row; an empty cell expects nothing.
pub fn check(row: &Row, column: &str, found: impl ToString) -> Option<String> {
    let (expected, found) = (&row[column], found.to_string());
    let differs = !expected.is_empty() && *expected != found;
    differs.then(|| format!("{}: {column} is {found}, expected {expected} ({}: {})", row["id"], row["source"], row["because"]))
}

pub fn joined<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" ")
}

/// Days from the start of a course, or `-`.
pub fn days_from_start(date: Option<Date>) -> String {
    date.map_or("-".into(), |date| (date - day(0)).get_days().to_string())
}

pub fn assert_all_hold(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}
