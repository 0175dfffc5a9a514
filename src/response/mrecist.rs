//! mRECIST for hepatocellular carcinoma: of a target only the part counts that enhances in the arterial phase (recist-rules,
//! section 14).
//!
//! Non-targets, new lesions and the tables are those of RECIST 1.1; that a new nodule of the liver is malignant, and an effusion
//! too, is the reader's judgement. So is the size from which a node at the porta hepatis is malignant: 20 mm short axis at
//! baseline, where 15 mm do for others. All nodes are measured and judged as in RECIST 1.1.

use super::assessment::Assessment;
use super::criteria::Criteria;
use super::facts::{Finding, Role, SubjectFacts, TargetState, TimepointFacts, TimepointKind};
use super::settings::Settings;
use super::timepoints::course;
use super::trajectory::conclude;
use crate::problem::Problem;
use crate::units::Micrometres;
use std::collections::BTreeSet;

/// Derives the response of a subject from the viable diameters of its targets. The 2010 text has no least growth in millimetres for
/// PD; the setting `mrecist_pd_min_mm` can ask for the 5 mm of RECIST 1.1.
pub fn assess_mrecist(facts: &SubjectFacts, settings: &Settings) -> Assessment {
    let least_growth = Micrometres::from_mm(settings.mrecist_pd_min_mm.into());
    let course = course(&viable_parts(facts), least_growth, settings);
    let mut assessment = Assessment { criteria: Criteria::Mrecist, ..conclude(course, settings) };
    for problem in &mut assessment.problems {
        name_the_viable_part(problem, facts);
    }
    assessment
}

/// Problems of a target at baseline are those of its viable part, where it was seen there at all.
fn name_the_viable_part(problem: &mut Problem, facts: &SubjectFacts) {
    let baselines = facts.timepoints.iter().filter(|timepoint| timepoint.kind == TimepointKind::Baseline);
    let targets = facts.lesions.iter().filter(|lesion| lesion.role == Role::Target && !lesion.nodal);
    let mut places = baselines.flat_map(|timepoint| targets.clone().map(move |target| (timepoint, &*target.lesion)));
    let place = |(timepoint, lesion): &(&TimepointFacts, &str)| {
        problem.position.as_ref().is_some_and(|position| *position == format!("{}, {lesion}", timepoint.visit))
    };
    let Some((baseline, lesion)) = places.find(place) else { return };
    let has_figure = baseline.viable.contains_key(lesion);
    let (said, meant) = match problem.code {
        "baseline-missing" => ("has no diameter", "has no viable diameter"),
        "baseline-not-positive" | "target-not-measurable" if has_figure => ("has", "has a viable diameter of"),
        _ => return,
    };
    let start = format!("target {lesion} ");
    problem.message = problem.message.replacen(&(start.clone() + said), &(start + meant), 1);
    if problem.code != "target-not-measurable" {
        problem.advice = Some("measure its viable part, or make it a non-target".into());
    }
}

/// The same facts with the viable diameter of every target in place of its diameter. Nodes keep their short axis.
fn viable_parts(facts: &SubjectFacts) -> SubjectFacts {
    let targets = facts.lesions.iter().filter(|lesion| lesion.role == Role::Target && !lesion.nodal);
    let targets: BTreeSet<&str> = targets.map(|target| &*target.lesion).collect();
    let seen = |timepoint: &TimepointFacts| {
        let viable = |(name, finding): &(String, Finding)| match finding {
            Finding::Target(state) if targets.contains(&**name) => {
                (name.clone(), Finding::Target(viable_part(state, timepoint.viable.get(name).copied())))
            }
            other => (name.clone(), other.clone()),
        };
        TimepointFacts { findings: timepoint.findings.iter().map(viable).collect(), ..timepoint.clone() }
    };
    SubjectFacts { timepoints: facts.timepoints.iter().map(seen).collect(), ..facts.clone() }
}

/// A viable diameter of 0 is a lesion without arterial enhancement, which counts as gone. Of a lesion that was seen without the
/// arterial phase nothing is known. The pieces of a split lesion have one viable diameter, the sum of theirs.
fn viable_part(state: &TargetState, viable: Option<Micrometres>) -> TargetState {
    match (state, viable) {
        (TargetState::Split(_), Some(viable)) => TargetState::Split(vec![viable]),
        // The whole lesion may be beyond measuring where its viable part is not.
        (TargetState::Measured(_) | TargetState::TooSmall | TargetState::NotEvaluable(None), Some(viable)) => {
            TargetState::Measured(viable)
        }
        (TargetState::Measured(_) | TargetState::TooSmall | TargetState::Split(_), None) => TargetState::NotEvaluable(None),
        (TargetState::Absent | TargetState::NotEvaluable(_) | TargetState::Merged { .. }, _) => state.clone(),
    }
}
