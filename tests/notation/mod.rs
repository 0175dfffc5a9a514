//! Courses of subjects in one line, as the tables of rules write them: `0 T=40 L=present | 60 T=gone X=uneq:12 partial`. The
//! notation is in `recist/README.md`. What is not part of it panics.

#![allow(dead_code, reason = "every test file uses its part of it")]

pub mod row;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use recist::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NewState, NonTargetState, NotEvaluableReason, Role, ScanDays, SubjectFacts,
    TargetState, TimepointFacts, TimepointKind,
};
use recist::response::settings::Settings;
use recist::units::Micrometres;

/// That many days after the first day of every course.
pub fn day(day: i32) -> Date {
    date(2026, 1, 5).checked_add(day.days()).expect("a date")
}

/// A length as a table writes it.
pub fn mm(text: &str) -> Micrometres {
    Micrometres::parse_mm(text).unwrap_or_else(|error| panic!("{error}"))
}

/// `key=value;key=value` on top of the defaults.
pub fn settings(text: &str) -> Settings {
    let mut settings = Settings::default();
    for setting in text.split(';').filter(|setting| !setting.is_empty()) {
        let (key, value) = setting.split_once('=').unwrap_or_else(|| panic!("`{setting}` is no key=value"));
        settings.set(key, value).unwrap_or_else(|error| panic!("{error}"));
    }
    settings
}

/// The value of a word of a vocabulary.
pub fn word<T: Copy>(vocabulary: &[(&str, T)], text: &str) -> Option<T> {
    vocabulary.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}

/// The name of a lesion: a letter for its role, and more letters and digits.
fn name(text: &str) -> &str {
    assert!(!text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric()), "`{text}` is no name of a lesion");
    text
}

/// A lesion by its name and the marks behind it.
pub fn lesion(spelling: &str) -> LesionFacts {
    let end = |text: &str| text.find(['@', '^', '+', '-']).unwrap_or(text.len());
    let (named, mut marks) = spelling.split_at(end(spelling));
    let (role, nodal) = match name(named).as_bytes()[0] {
        b'T' => (Role::Target, false),
        b'N' => (Role::Target, true),
        b'L' => (Role::NonTarget, false),
        b'M' => (Role::NonTarget, true),
        b'X' => (Role::New, false),
        b'Y' => (Role::New, true),
        _ => panic!("`{named}` has no role"),
    };
    let mut lesion = LesionFacts { nodal, ..LesionFacts::new(named, role) };
    while !marks.is_empty() {
        let (sign, rest) = marks.split_at(1);
        let (mark, others) = rest.split_at(end(rest));
        match (sign, mark) {
            ("^", target) => lesion.parent_lesion = Some(name(target).into()),
            ("@", site) if !site.is_empty() => lesion.site = Some(site.replace('_', " ")),
            ("+" | "-", "rt") => lesion.irradiated = Some(sign == "+"),
            ("+" | "-", "intracranial") => lesion.intracranial = Some(sign == "+"),
            _ => panic!("`{sign}{mark}` is no mark of a lesion"),
        }
        marks = others;
    }
    lesion
}

/// What was seen of a lesion of that role.
pub fn finding(role: Role, text: &str) -> Finding {
    match role {
        Role::Target => Finding::Target(match text {
            "gone" => TargetState::Absent,
            "small" => TargetState::TooSmall,
            "ne" => TargetState::NotEvaluable(None),
            _ if text.contains('+') => TargetState::Split(text.split('+').map(mm).collect()),
            _ => match (text.strip_prefix("ne:"), text.strip_prefix('>')) {
                (Some(why), _) => {
                    let reason = word(NotEvaluableReason::SPELLINGS, why);
                    TargetState::NotEvaluable(Some(reason.unwrap_or_else(|| panic!("`{why}` is no reason"))))
                }
                (_, Some(into)) => TargetState::Merged { into: name(into).into() },
                _ => TargetState::Measured(mm(text)),
            },
        }),
        Role::NonTarget => Finding::NonTarget(match text {
            "present" => NonTargetState::Present,
            "gone" => NonTargetState::Absent,
            "down" => NonTargetState::Decreased,
            "up" => NonTargetState::Increased,
            "up-last" => NonTargetState::IncreasedSinceLast,
            "ne" => NonTargetState::NotEvaluable,
            "pd" => NonTargetState::UnequivocalProgression,
            _ => NonTargetState::PresentNode(mm(text)),
        }),
        Role::New => Finding::New(match text {
            "eq" => NewState::Equivocal,
            "uneq" => NewState::Unequivocal,
            "up-last" => NewState::IncreasedSinceLast,
            "gone" => NewState::Absent,
            "ne" => NewState::NotEvaluable,
            _ => panic!("`{text}` is no state of a new lesion"),
        }),
    }
}

/// Adds what was seen of one lesion, with the diameters that stand beside its state.
fn see(timepoint: &mut TimepointFacts, lesion: &LesionFacts, seen: &str) {
    let of = || lesion.lesion.clone();
    let mut state = seen;
    if let (Role::Target, Some((rest, viable))) = (lesion.role, seen.split_once('~')) {
        timepoint.viable.insert(of(), mm(viable));
        state = rest;
    } else if let (Role::New, Some((rest, diameter))) = (lesion.role, seen.split_once(':')) {
        assert!(matches!(rest, "eq" | "uneq"), "`{seen}`: what is not there has no diameter");
        timepoint.new_lesion_diameters.insert(of(), mm(diameter));
        state = rest;
    }
    timepoint.findings.push((of(), finding(lesion.role, state)));
}

fn number(text: &str) -> Date {
    day(text.parse().unwrap_or_else(|_| panic!("`{text}` is no number of days")))
}

/// Reads one timepoint; lesions that are named for the first time are added.
fn timepoint(text: &str, lesions: &mut Vec<LesionFacts>, has_baseline: bool) -> TimepointFacts {
    let mut words = text.split_whitespace();
    let days = words.next().expect("a timepoint starts with its day");
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    let kind = if has_baseline { TimepointKind::Scheduled } else { TimepointKind::Baseline };
    let mut timepoint =
        TimepointFacts { kind, date_last: number(last), ..TimepointFacts::on(number(first).to_string(), number(first)) };
    for text in words {
        if let Some((spelling, seen)) = text.split_once('=').filter(|(key, _)| !matches!(*key, "markers" | "symptoms")) {
            let lesion = lesion(spelling);
            let (seen, scans) = seen.split_once('/').map_or((seen, None), |(seen, scans)| (seen, Some(scans)));
            if let Some(scans) = scans {
                let [first, last] = <[&str; 2]>::from(scans.split_once("..").unwrap_or((scans, scans))).map(number);
                let is_one = timepoint.date <= first && first <= last && last <= timepoint.date_last;
                assert!(is_one, "`{text}`: no day of the timepoint");
                timepoint.days.insert(lesion.lesion.clone(), ScanDays { first, last });
            }
            see(&mut timepoint, &lesion, seen);
            match lesions.iter().find(|known| known.lesion == lesion.lesion) {
                Some(known) => assert!(*known == lesion || spelling == known.lesion, "`{spelling}` was another lesion before"),
                None => lesions.push(lesion),
            }
        } else if let Some(kind) = word(TimepointKind::SPELLINGS, text) {
            timepoint.kind = kind;
        } else if let Some(coverage) = word(Coverage::SPELLINGS, text) {
            timepoint.coverage = coverage;
        } else if let Some(markers) = text.strip_prefix("markers=").and_then(|text| word(Markers::SPELLINGS, text)) {
            timepoint.markers = markers;
        } else if let Some(made_for) = text.strip_prefix("symptoms=").and_then(|text| word(&[("yes", true), ("no", false)], text))
        {
            timepoint.new_symptoms = Some(made_for);
        } else if text == "unlooked" {
            timepoint.new_lesions_assessed = false;
        } else {
            panic!("`{text}` is no word about a timepoint");
        }
    }
    timepoint
}

/// Reads the course of a subject.
pub fn course(text: &str) -> SubjectFacts {
    let mut facts = SubjectFacts { subject: "S".into(), lesions: vec![], timepoints: vec![], reference_date: None };
    for part in text.split('|') {
        if let Some(reference) = part.trim().strip_prefix("reference=") {
            facts.reference_date = Some(number(reference));
            continue;
        }
        let has_baseline = facts.timepoints.iter().any(|timepoint| timepoint.kind != TimepointKind::History);
        let timepoint = timepoint(part, &mut facts.lesions, has_baseline);
        facts.timepoints.push(timepoint);
    }
    facts
}
