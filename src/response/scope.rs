//! The same rules for a part of the lesions: what the protocol irradiated, or one target by itself, with a baseline, a nadir and an
//! end of its own (recist-rules, W1).
//!
//! New lesions and the disease outside of the scope do not exist here, so distant progression never ends local control. The most
//! targets a patient may have (RECIST 1.1 section 4.2) bind the patient scope only.

use super::assessment::{Assessment, Best, BestResponse, Scope};
use super::facts::{
    Coverage, Finding, LesionFacts, Markers, NonTargetState, NotEvaluableReason, OpenQuestion, Role, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
};
use super::local_progression::require_confirmation;
use super::problems::check_sights;
use super::scan_day::scan_days;
use super::settings::{LocalPdConfirm, Settings};
use super::sight::{Sights, followed_lesions};
use super::target::MIN_GROWTH;
use super::timepoints::{course, course_of_lesion};
use super::trajectory::{Course, conclude};
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// The response of what the protocol irradiated: targets and non-targets that are known to be. The bone part of an irradiated
/// target lies in its field unless it is said otherwise.
///
/// Without an irradiated target there is nothing to respond: the best responses are NON-MEASURABLE (recist-rules, W14). When no
/// lesion says whether it was irradiated they are NE, and a problem asks for it.
pub fn assess_irradiated(facts: &SubjectFacts, settings: &Settings) -> Assessment {
    let irradiated = |name: &str| facts.lesions.iter().any(|lesion| lesion.lesion == name && lesion.irradiated == Some(true));
    let in_field = |lesion: &LesionFacts| {
        let of_parent = || lesion.parent_lesion.as_deref().is_some_and(irradiated);
        lesion.irradiated.unwrap_or_else(of_parent)
    };
    let targets: BTreeSet<&str> =
        followed_lesions(facts).filter(|target| in_field(target)).map(|target| &*target.lesion).collect();
    let nontargets = facts.lesions.iter().filter(|lesion| lesion.role == Role::NonTarget && in_field(lesion));
    let in_scope = targets.iter().copied().chain(nontargets.map(|lesion| &*lesion.lesion)).collect();
    let course = by_own_scans(only(facts, &in_scope), |own| course(own, MIN_GROWTH, settings), settings);
    let mut assessment = conclude_scope(course, Scope::Irradiated, settings);
    if facts.lesions.iter().all(|lesion| lesion.irradiated.is_none()) {
        let advice = "write yes or no into the column irradiated";
        let message = "no lesion says whether it was irradiated, so there is no irradiated scope";
        assessment.problems.push(Problem::error("irradiation-unknown", message, advice));
    } else if targets.is_empty() {
        let nothing = BestResponse { response: Best::NonMeasurable, date: None };
        assessment = Assessment {
            bor: nothing,
            confirmed_bor: nothing,
            first_response_date: None,
            first_confirmed_response_date: None,
            clinical_benefit: false,
            ..assessment
        };
    }
    assessment
}

/// The response of every target by itself, in the order of the facts: PD is growth of at least 20 % and 5 mm over the lesion's own
/// nadir.
pub fn assess_lesions(facts: &SubjectFacts, settings: &Settings) -> Vec<Assessment> {
    let alone = |target: &LesionFacts| {
        let itself = only(facts, &BTreeSet::from([&*target.lesion]));
        let course = by_own_scans(itself, |own| course_of_lesion(own, settings), settings);
        let assessment = conclude_scope(course, Scope::Lesion, settings);
        Assessment { lesion: Some(target.lesion.clone()), ..assessment }
    };
    followed_lesions(facts).map(alone).collect()
}

fn conclude_scope(mut course: Course, scope: Scope, settings: &Settings) -> Assessment {
    if settings.local_pd_confirm == LocalPdConfirm::NextScan {
        require_confirmation(&mut course, settings);
    }
    course.problems.retain(|problem| !["too-many-targets", "too-many-in-organ"].contains(&problem.code));
    Assessment { scope, ..conclude(course, settings) }
}

/// Of timepoints with several scan days only the scans of what is in scope: a response, its confirmation, stable disease and the cut-off
/// look at no others (recist-rules, section 9). What is wrong with the days is said of the whole timepoints, as for the patient.
fn by_own_scans(mut facts: SubjectFacts, course: impl Fn(&SubjectFacts) -> Course, settings: &Settings) -> Course {
    let problems = check_sights(&facts, &Sights::of(&facts), settings.reference_date);
    for timepoint in &mut facts.timepoints {
        (timepoint.date, timepoint.date_last) = scan_days(timepoint, timepoint.findings.iter().map(|(lesion, _)| &**lesion));
    }
    Course { problems, ..course(&facts) }
}

/// What is known of some lesions, as if there were no others.
pub(super) fn only(facts: &SubjectFacts, in_scope: &BTreeSet<&str>) -> SubjectFacts {
    let targets: BTreeSet<&str> = followed_lesions(facts).map(|target| &*target.lesion).collect();
    let masses = confluent_masses(facts, &targets);
    let timepoints: Vec<_> =
        facts.timepoints.iter().zip(&masses).map(|(timepoint, masses)| seen_of(timepoint, in_scope, masses)).collect();
    let has_findings =
        |name: &String| timepoints.iter().flat_map(|timepoint| &timepoint.findings).any(|(other, _)| other == name);
    let own = |lesion: &&LesionFacts| in_scope.contains(&*lesion.lesion) || has_findings(&lesion.lesion);
    let lesions = facts.lesions.iter().filter(own).map(|lesion| LesionFacts {
        parent_lesion: lesion.parent_lesion.clone().filter(|parent| in_scope.contains(&**parent)),
        ..lesion.clone()
    });
    SubjectFacts { lesions: lesions.collect(), timepoints, ..facts.clone() }
}

/// What a timepoint says about the scope. Markers follow the whole disease, so they say nothing.
fn seen_of(timepoint: &TimepointFacts, in_scope: &BTreeSet<&str>, masses: &Masses) -> TimepointFacts {
    // The one diameter of a mass says nothing about a part of it.
    let inseparable = |name: &str| masses.values().any(|parts| parts.contains(name) && !parts.is_subset(in_scope));
    let carries = |name: &str| masses.get(name).is_some_and(|parts| parts.is_subset(in_scope));
    let finding = |(name, finding): &(String, Finding)| {
        if in_scope.contains(&**name) && inseparable(name) {
            Some((name.clone(), Finding::Target(of_part(timepoint, finding))))
        } else {
            (in_scope.contains(&**name) || carries(name)).then(|| (name.clone(), finding.clone()))
        }
    };
    let findings: Vec<_> = timepoint.findings.iter().filter_map(finding).collect();
    let is_gone = |name: &str| findings.contains(&(name.to_string(), Finding::Target(TargetState::Absent)));
    let own = |lesion: &str| in_scope.contains(lesion) && (!inseparable(lesion) || is_gone(lesion));
    let concerns = |question: &OpenQuestion| question.lesion.as_deref().is_none_or(|lesion| own(lesion) || carries(lesion));
    TimepointFacts {
        coverage: coverage(timepoint.coverage, &findings, in_scope),
        queries: timepoint.queries.iter().filter(|question| concerns(question)).cloned().collect(),
        markers: Markers::NotApplicable,
        new_lesion_diameters: BTreeMap::new(),
        new_lesions_assessed: true,
        findings,
        ..timepoint.clone()
    }
}

/// What the finding of a mass says about one of its parts: that it is gone when the mass is, otherwise why nothing can be said.
fn of_part(timepoint: &TimepointFacts, own: &Finding) -> TargetState {
    let of_mass = match own {
        Finding::Target(TargetState::Merged { into }) => {
            timepoint.findings.iter().find(|(name, _)| name == into).map_or(own, |(_, finding)| finding)
        }
        own => own,
    };
    match of_mass {
        Finding::Target(TargetState::Absent) => TargetState::Absent,
        Finding::Target(TargetState::NotEvaluable(Some(why))) => TargetState::NotEvaluable(Some(*why)),
        _ => TargetState::NotEvaluable(Some(NotEvaluableReason::Merged)),
    }
}

/// Confluent masses with the targets that each consists of: those that merged into it, and itself if it is one.
type Masses<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The masses at each timepoint. What has merged stays a part, named again or not, until it has a figure of its own (recist-rules, V8);
/// the baseline fixes anew what is a lesion.
fn confluent_masses<'a>(facts: &'a SubjectFacts, targets: &BTreeSet<&'a str>) -> Vec<Masses<'a>> {
    let mut in_order: Vec<(usize, &TimepointFacts)> = facts.timepoints.iter().enumerate().collect();
    in_order.sort_by_key(|(_, timepoint)| (timepoint.date, &timepoint.visit));
    let mut masses = vec![Masses::new(); in_order.len()];
    // Every part with what it has merged into.
    let mut carriers: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, timepoint) in in_order {
        if timepoint.kind == TimepointKind::Baseline {
            carriers.clear();
        }
        for (name, finding) in &timepoint.findings {
            match finding {
                Finding::Target(TargetState::Merged { into }) => {
                    carriers.insert(name, into);
                }
                Finding::Target(TargetState::NotEvaluable(_)) | Finding::NonTarget(_) | Finding::New(_) => {}
                Finding::Target(_) => {
                    carriers.remove(&**name);
                }
            }
        }
        for part in carriers.keys().filter_map(|part| targets.get(part)) {
            add_part(part, &carriers, targets, &mut masses[at]);
        }
    }
    masses
}

/// A mass that merges on takes its parts along.
fn add_part<'a>(part: &'a str, carriers: &BTreeMap<&'a str, &'a str>, targets: &BTreeSet<&'a str>, masses: &mut Masses<'a>) {
    let mut passed = BTreeSet::new();
    let mut lesion = part;
    while let Some(mass) = carriers.get(lesion).filter(|mass| passed.insert(**mass)) {
        masses.entry(mass).or_default().extend(targets.get(mass).copied().into_iter().chain([part]));
        lesion = mass;
    }
}

/// A scan of a part of the body may show all of the scope; then it is an ordinary timepoint here.
fn coverage(of_patient: Coverage, findings: &[(String, Finding)], in_scope: &BTreeSet<&str>) -> Coverage {
    let is_evaluated = |(_, finding): &&(String, Finding)| {
        !matches!(
            finding,
            Finding::Target(TargetState::NotEvaluable(_)) | Finding::NonTarget(NonTargetState::NotEvaluable) | Finding::New(_)
        )
    };
    let own = findings.iter().filter(|(name, _)| in_scope.contains(&**name));
    match own.filter(is_evaluated).count() {
        _ if of_patient == Coverage::Complete => Coverage::Complete,
        evaluated if evaluated == in_scope.len() => Coverage::Complete,
        0 => Coverage::None,
        _ => Coverage::Partial,
    }
}
