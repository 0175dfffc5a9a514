//! What is wrong or doubtful about the facts of a subject: all of it, never only the first.

use super::best_response::days_between;
use super::facts::{Finding, NonTargetState, Role, SubjectFacts, TargetState, TimepointFacts, TimepointKind};
use super::organ::{LYMPH_NODES, MAX_PER_ORGAN, MAX_TARGETS, organ};
use super::sight::{Names, Sights};
use super::target::NODE_NORMAL_BELOW;
use crate::problem::Problem;
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the facts of a subject.
pub fn check(facts: &SubjectFacts) -> Vec<Problem> {
    check_sights(facts, &Sights::of(facts), None)
}

/// The same with the reference date of the settings, for a subject without its own.
pub(super) fn check_sights(facts: &SubjectFacts, sights: &Sights, reference: Option<Date>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let organs: Vec<_> = facts.lesions.iter().map(|lesion| organ(lesion.site.as_deref(), lesion.nodal)).collect();
    let organs: Vec<_> = organs.iter().map(Option::as_deref).collect();
    check_lesions(facts, &sights.names, &organs, &mut problems);
    check_dates(facts, &mut problems);
    check_reference(facts, facts.reference_date.or(reference), &mut problems);
    check_baseline(facts, &sights.followed, &mut problems);
    if !sights.plain {
        check_findings(facts, &sights.names, &mut problems);
        check_masses(facts, &sights.followed, &mut problems);
    }
    check_caps(facts, &sights.followed, &organs, &mut problems);
    problems
}

fn check_lesions(facts: &SubjectFacts, names: &Names, organs: &[Option<&str>], problems: &mut Vec<Problem>) {
    if !names.unique {
        check_repeated(facts, problems);
    }
    for (lesion, organ) in facts.lesions.iter().zip(organs) {
        if !lesion.nodal && *organ == Some(LYMPH_NODES) {
            let site = lesion.site.as_deref().unwrap_or_default();
            let message =
                format!("{} lies in `{site}` but is not marked as a node: its mm is taken as a long axis", lesion.lesion);
            let advice = "write nodal = yes, and the short axis as mm";
            problems.push(Problem::warning("node-not-marked", message, advice).at(&lesion.lesion));
        }
        if let Some(parent) = lesion.parent_lesion.as_deref().filter(|parent| names.role(parent) != Some(Role::Target)) {
            let message = format!("{} is the bone part of {parent}, which is no target", lesion.lesion);
            problems.push(Problem::error("parent-unknown", message, "name a target as parent_lesion").at(&lesion.lesion));
        }
    }
}

/// Names that are there twice.
fn check_repeated(facts: &SubjectFacts, problems: &mut Vec<Problem>) {
    let mut roles: BTreeMap<&str, Role> = BTreeMap::new();
    for lesion in &facts.lesions {
        let name = &lesion.lesion;
        match roles.insert(name, lesion.role) {
            Some(role) if role == lesion.role => {
                let message = format!("{name} is listed twice");
                problems.push(Problem::error("duplicate-lesion", message, "list each lesion once").at(name));
            }
            Some(role) => {
                let message = format!("{name} is listed as {role} and as {}", lesion.role);
                problems.push(Problem::error("role-changed", message, "a lesion keeps the role it had at baseline").at(name));
            }
            None => {}
        }
    }
}

fn check_dates(facts: &SubjectFacts, problems: &mut Vec<Problem>) {
    let mut visits = BTreeSet::new();
    let baseline = baseline(facts);
    let several_days = facts.timepoints.iter().any(|timepoint| timepoint.date != timepoint.date_last);
    for (at, timepoint) in facts.timepoints.iter().enumerate() {
        let visit = &timepoint.visit;
        if timepoint.date_last < timepoint.date {
            let message = format!("its last scan {} lies before its first {}", timepoint.date_last, timepoint.date);
            problems.push(Problem::error("dates-out-of-order", message, "correct the scan dates").at(visit));
        }
        if !visits.insert(visit) {
            let message = format!("two timepoints are called {visit}");
            problems.push(Problem::warning("duplicate-timepoint", message, "give each visit its own name").at(visit));
        }
        if let Some(other) = facts.timepoints[..at].iter().rfind(|other| other.date == timepoint.date) {
            let message = format!("{} and {visit} are both of {}", other.visit, timepoint.date);
            problems.push(Problem::error("duplicate-date", message, "join them, or correct a date").at(visit));
        }
        let within = |other: &&TimepointFacts| {
            let days = other.date..=other.date_last;
            several_days
                && other.date != timepoint.date
                && (days.contains(&timepoint.date) || days.contains(&timepoint.date_last))
        };
        if let Some(other) = facts.timepoints.iter().find(within) {
            let message = format!(
                "{visit} ({} to {}) was scanned while {} ({} to {}) was",
                timepoint.date, timepoint.date_last, other.visit, other.date, other.date_last
            );
            problems.push(Problem::error("timepoints-overlap", message, "join them, or correct a date").at(visit));
        }
        let is_follow_up = timepoint.kind.is_follow_up();
        if let Some(baseline) = baseline.filter(|baseline| is_follow_up && timepoint.date < baseline.date) {
            let message = format!("it is of {}, before the baseline of {}", timepoint.date, baseline.date);
            problems.push(Problem::error("before-baseline", message, "mark it as history, or correct a date").at(visit));
        }
    }
}

/// Days before the start within which baseline is to be imaged (RECIST 1.1, 3.2.1; recist-rules, M12).
const BASELINE_WINDOW_DAYS: i32 = 28;

/// What is doubtful about a baseline of that first day when treatment, or what stands for it, starts on another (recist-rules, M12).
pub fn baseline_early(baseline: Date, start: Date, called: &str) -> Option<Problem> {
    let days = days_between(baseline, start);
    (days > BASELINE_WINDOW_DAYS).then(|| {
        let message = format!(
            "its first scan of {baseline} lies {days} days before {called} {start}; at most {BASELINE_WINDOW_DAYS} are allowed"
        );
        Problem::warning("baseline-early", message, "correct a date, or document the deviation")
    })
}

/// A reference after the first follow-up would let no early SD count that the protocol meant to count (recist-rules, A11).
fn check_reference(facts: &SubjectFacts, reference: Option<Date>, problems: &mut Vec<Problem>) {
    let Some(reference) = reference else { return };
    if let Some(baseline) = baseline(facts) {
        let early = baseline_early(baseline.date, reference, "the reference date");
        problems.extend(early.map(|problem| problem.at(&baseline.visit)));
        let days = days_between(reference, baseline.date);
        if days > BASELINE_WINDOW_DAYS {
            let message = format!("the reference date {reference} lies {days} days before the baseline of {}", baseline.date);
            problems
                .push(Problem::warning("reference-early", message, "correct reference_date, or a scan date").at(&baseline.visit));
        }
    }
    let follow_ups = facts.timepoints.iter().filter(|timepoint| timepoint.kind == TimepointKind::Scheduled);
    if let Some(first) = follow_ups.min_by_key(|timepoint| timepoint.date).filter(|first| first.date < reference) {
        let message = format!("the reference date {reference} lies after the first follow-up of {}", first.date);
        problems.push(Problem::warning("reference-late", message, "correct reference_date, or a scan date").at(&first.visit));
    }
}

/// The latest timepoint that is marked as baseline.
fn baseline(facts: &SubjectFacts) -> Option<&TimepointFacts> {
    let baselines = facts.timepoints.iter().filter(|timepoint| timepoint.kind == TimepointKind::Baseline);
    baselines.max_by_key(|timepoint| (timepoint.date, &timepoint.visit))
}

fn check_baseline(facts: &SubjectFacts, followed: &[usize], problems: &mut Vec<Problem>) {
    let Some(baseline) = baseline(facts) else {
        let advice = "mark one timepoint as baseline";
        problems.push(Problem::error("no-baseline", "there is no baseline, so no response can be derived", advice));
        return;
    };
    if facts.timepoints.iter().filter(|timepoint| timepoint.kind == TimepointKind::Baseline).count() > 1 {
        let message = format!("several timepoints are marked as baseline; the latest, {}, is used", baseline.visit);
        problems.push(Problem::warning("several-baselines", message, "mark the others as history").at(&baseline.visit));
    }
    let state = |name: &str| baseline.findings.iter().find(|(lesion, _)| lesion == name).map(|(_, finding)| finding);
    for lesion in followed.iter().map(|place| &facts.lesions[*place]) {
        let place = || format!("{}, {}", baseline.visit, lesion.lesion);
        let value = match state(&lesion.lesion) {
            Some(Finding::Target(TargetState::Measured(diameter))) => Some(*diameter),
            Some(Finding::Target(TargetState::Split(pieces))) => Some(pieces.iter().copied().sum()),
            Some(Finding::Target(TargetState::TooSmall)) => Some(Micrometres::from_mm(5)),
            Some(Finding::Target(TargetState::Absent)) => Some(Micrometres::ZERO),
            Some(Finding::Target(TargetState::Merged { .. } | TargetState::NotEvaluable(_))) => None,
            Some(Finding::NonTarget(_) | Finding::New(_)) | None => None,
        };
        let least = Micrometres::from_mm(if lesion.nodal { 15 } else { 10 });
        match value {
            None => {
                let message = format!("target {} has no diameter at baseline", lesion.lesion);
                problems.push(Problem::error("baseline-missing", message, "measure it, or make it a non-target").at(place()));
            }
            Some(diameter) if diameter <= Micrometres::ZERO => {
                let message = format!("target {} has {diameter} mm at baseline; it must be above 0", lesion.lesion);
                problems
                    .push(Problem::error("baseline-not-positive", message, "measure it, or make it a non-target").at(place()));
            }
            Some(diameter) if diameter < least => {
                let message =
                    format!("target {} has {diameter} mm at baseline; measurable is {least} mm and above", lesion.lesion);
                problems.push(Problem::warning("target-not-measurable", message, "make it a non-target").at(place()));
            }
            Some(_) => {}
        }
    }
    for lesion in facts.lesions.iter().filter(|lesion| lesion.role == Role::NonTarget) {
        let what = match state(&lesion.lesion) {
            None => "has no finding",
            Some(Finding::NonTarget(NonTargetState::Absent)) => "is absent",
            Some(Finding::NonTarget(NonTargetState::PresentNode(short_axis))) if *short_axis < NODE_NORMAL_BELOW => {
                let message =
                    format!("non-target node {} has {short_axis} mm at baseline; below 10 mm a node is normal", lesion.lesion);
                let advice = "make it no non-target, or correct the short axis";
                problems.push(Problem::warning("node-normal-at-baseline", message, advice).at(&lesion.lesion));
                continue;
            }
            Some(_) => continue,
        };
        let message = format!("non-target {} {what} at baseline", lesion.lesion);
        let advice = "record it at baseline; what was not there is a new lesion";
        problems.push(Problem::warning("nontarget-not-at-baseline", message, advice).at(&lesion.lesion));
    }
}

fn check_findings(facts: &SubjectFacts, names: &Names, problems: &mut Vec<Problem>) {
    for timepoint in &facts.timepoints {
        let mut seen = vec![false; facts.lesions.len()];
        let mut seen_unknown = BTreeSet::new();
        for (name, finding) in &timepoint.findings {
            let place = || format!("{}, {name}", timepoint.visit);
            // Where a name is there twice, which is a problem of its own, the later lesion stands.
            let known = names.places(name).last().copied();
            let is_first = match known {
                Some(known) => !std::mem::replace(&mut seen[known], true),
                None => seen_unknown.insert(name),
            };
            if !is_first {
                let message = format!("{name} has two findings");
                problems.push(Problem::error("duplicate-finding", message, "keep one").at(place()));
            }
            match known.map(|known| facts.lesions[known].role) {
                None => {
                    let message = format!("{name} has a finding but is no lesion of this subject");
                    problems.push(Problem::error("lesion-unknown", message, "list the lesion, or correct its name").at(place()));
                }
                Some(role) if role != finding.role() => {
                    let message = format!("{name} is a {role} but has the finding of a {}", finding.role());
                    problems.push(Problem::error("role-mismatch", message, "a lesion keeps its role").at(place()));
                }
                Some(Role::New) if matches!(timepoint.kind, TimepointKind::Baseline | TimepointKind::History) => {
                    let message = format!("new lesion {name} has a finding at {}", timepoint.kind);
                    problems.push(Problem::error("new-at-baseline", message, "what is there at baseline is not new").at(place()));
                }
                Some(Role::Target | Role::NonTarget | Role::New) => {}
            }
            if let Finding::Target(TargetState::Merged { into }) = finding {
                check_merged(timepoint, name, into, names.role(into), problems);
            }
        }
    }
}

/// A mass with a name of its own stands for its parts: beside them it would count twice or not at all (recist-rules, V8).
fn check_masses(facts: &SubjectFacts, followed: &[usize], problems: &mut Vec<Problem>) {
    let is_followed = |name: &str| followed.iter().any(|place| facts.lesions[*place].lesion == name);
    let is_target = |name: &str| facts.lesions.iter().any(|lesion| lesion.lesion == name && lesion.role == Role::Target);
    let merges = |timepoint: &TimepointFacts, part: &str, mass: &str| {
        let into_mass = |finding: &Finding| matches!(finding, Finding::Target(TargetState::Merged { into }) if into == mass);
        timepoint.findings.iter().any(|(name, finding)| name == part && into_mass(finding))
    };
    for timepoint in &facts.timepoints {
        for (mass, _) in timepoint.findings.iter().filter(|(name, _)| is_target(name) && !is_followed(name)) {
            let is_part = |name: &str| facts.timepoints.iter().any(|other| merges(other, name, mass));
            let apart = |name: &str| is_part(name) && !merges(timepoint, name, mass);
            let beside: Vec<&str> = timepoint.findings.iter().map(|(name, _)| &**name).filter(|name| apart(name)).collect();
            if !beside.is_empty() {
                let message =
                    format!("{mass} has a finding beside its parts {}, which have not merged into it here", beside.join(", "));
                let advice = "give the parts state merged, or leave out the mass";
                problems.push(Problem::error("mass-beside-parts", message, advice).at(format!("{}, {mass}", timepoint.visit)));
            }
        }
    }
}

fn check_merged(timepoint: &TimepointFacts, name: &str, into: &str, role: Option<Role>, problems: &mut Vec<Problem>) {
    let place = format!("{}, {name}", timepoint.visit);
    let mass = timepoint.findings.iter().find(|(lesion, _)| lesion == into).map(|(_, finding)| finding);
    if role != Some(Role::Target) || into == name {
        let message = format!("{name} has merged into {into}, which is no other target of this subject");
        problems.push(Problem::error("merged-into-unknown", message, "name the target that carries the diameter").at(place));
    } else if !matches!(mass, Some(Finding::Target(state)) if !matches!(state, TargetState::Merged { .. })) {
        let message = format!("{name} has merged into {into}, which carries no finding of its own here");
        problems.push(Problem::error("merged-without-mass", message, "give the mass its diameter").at(place));
    }
}

/// More targets than allowed: the reader's choice stands, and is listed (recist-rules, S1 and S3).
fn check_caps(facts: &SubjectFacts, followed: &[usize], organs: &[Option<&str>], problems: &mut Vec<Problem>) {
    let mut in_organs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for place in followed {
        if let Some(organ) = organs[*place] {
            in_organs.entry(organ).or_default().push(&facts.lesions[*place].lesion);
        }
    }
    let count = followed.len();
    if count > MAX_TARGETS {
        let message = format!("{count} targets; at most {MAX_TARGETS} are allowed");
        problems.push(Problem::warning("too-many-targets", message, "follow the others as non-targets"));
    }
    for (organ, lesions) in in_organs.iter().filter(|(_, lesions)| lesions.len() > MAX_PER_ORGAN) {
        let message = format!("{} targets in one organ ({organ}): {}; at most 2 are allowed", lesions.len(), lesions.join(", "));
        problems.push(Problem::warning("too-many-in-organ", message, "follow the others as non-targets"));
    }
}
