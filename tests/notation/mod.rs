//! Subjects in one line, as the tables of rules write them: `0 T=40 L=present | 60 T=gone L=gone X=eq`.
//!
//! A timepoint starts with its day, or its first and last: `60-63`. Then what was seen, `lesion=state`, and words about the
//! timepoint: `partial`, `none` (coverage), `unlooked` (nobody looked for new lesions), `unscheduled`, `history`, `baseline`,
//! `markers=raised`, `markers=normal`. The first timepoint is the baseline unless it is `history`.
//!
//! The first letter of a lesion says what it is: T target, N target node, L non-target, M non-target node, X new lesion, Y new
//! node. `T1@liver` has a site, `L1^T1` is the bone part of T1, `T1!` was irradiated by the protocol.
//!
//! States of targets: a figure, `gone`, `small`, `ne`, `ne:REASON`, `12+11` (split), `>T2` (merged into T2). Of non-targets:
//! `present`, `gone`, `up`, `up-last`, `ne`, `pd`, or the short axis of a node. Of new lesions: `eq`, `uneq`, `gone`, `ne`.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use recist::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NewState, NonTargetState, NotEvaluableReason, Role, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
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
    for (key, value) in text.split(';').filter(|part| !part.is_empty()).map(|part| part.split_once('=').expect("key=value")) {
        settings.set(key, value).unwrap_or_else(|error| panic!("{error}"));
    }
    settings
}

/// A lesion by its spelling.
pub fn lesion(spelling: &str) -> LesionFacts {
    let (spelling, irradiated) = match spelling.strip_suffix('!') {
        Some(rest) => (rest, Some(true)),
        None => (spelling, None),
    };
    let (spelling, parent) = spelling.split_once('^').map_or((spelling, None), |(name, parent)| (name, Some(parent.into())));
    let (name, site) = spelling.split_once('@').map_or((spelling, None), |(name, site)| (name, Some(site.replace('_', " "))));
    let role = match &name[..1] {
        "T" | "N" => Role::Target,
        "L" | "M" => Role::NonTarget,
        "X" | "Y" => Role::New,
        other => panic!("no role for {other}"),
    };
    let nodal = name.starts_with(['N', 'M', 'Y']);
    LesionFacts { site, nodal, irradiated, parent_lesion: parent, ..LesionFacts::new(name, role) }
}

fn finding(role: Role, text: &str) -> Finding {
    match role {
        Role::Target => Finding::Target(target_state(text)),
        Role::NonTarget => Finding::NonTarget(match text {
            "present" => NonTargetState::Present,
            "gone" => NonTargetState::Absent,
            "up" => NonTargetState::Increased,
            "up-last" => NonTargetState::IncreasedSinceLast,
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

fn target_state(text: &str) -> TargetState {
    let reason = |text: &str| {
        let known = NotEvaluableReason::SPELLINGS.iter().find(|(spelling, _)| *spelling == text);
        known.unwrap_or_else(|| panic!("no reason {text}")).1
    };
    match text {
        "gone" => TargetState::Absent,
        "small" => TargetState::TooSmall,
        "ne" => TargetState::NotEvaluable(None),
        _ if text.contains('+') => TargetState::Split(text.split('+').map(mm).collect()),
        _ => match (text.strip_prefix("ne:"), text.strip_prefix('>')) {
            (Some(why), _) => TargetState::NotEvaluable(Some(reason(why))),
            (_, Some(into)) => TargetState::Merged { into: into.into() },
            _ => TargetState::Measured(mm(text)),
        },
    }
}

/// Reads the course of a subject.
pub fn course(text: &str) -> SubjectFacts {
    let mut facts = SubjectFacts { subject: "S".into(), lesions: vec![], timepoints: vec![], reference_date: None };
    for (place, part) in text.split('|').enumerate() {
        let mut words = part.split_whitespace();
        let days = words.next().expect("a day");
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{text} is no number of days"));
        let first = day(number(first));
        let mut timepoint = TimepointFacts {
            date_last: day(number(last)),
            kind: if place == 0 { TimepointKind::Baseline } else { TimepointKind::Scheduled },
            ..TimepointFacts::on(first.to_string(), first)
        };
        for word in words {
            match word {
                "partial" => timepoint.coverage = Coverage::Partial,
                "none" => timepoint.coverage = Coverage::None,
                "unlooked" => timepoint.new_lesions_assessed = false,
                "unscheduled" => timepoint.kind = TimepointKind::Unscheduled,
                "history" => timepoint.kind = TimepointKind::History,
                "baseline" => timepoint.kind = TimepointKind::Baseline,
                "markers=raised" => timepoint.markers = Markers::Raised,
                "markers=normal" => timepoint.markers = Markers::Normal,
                _ => {
                    let (spelling, state) = word.split_once('=').expect("lesion=state");
                    let lesion = lesion(spelling);
                    timepoint.findings.push((lesion.lesion.clone(), finding(lesion.role, state)));
                    if !facts.lesions.iter().any(|known| known.lesion == lesion.lesion) {
                        facts.lesions.push(lesion);
                    }
                }
            }
        }
        facts.timepoints.push(timepoint);
    }
    facts
}
