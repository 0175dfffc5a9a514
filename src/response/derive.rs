//! One subject by any criteria and in any scope: the choice of the engine.

use super::assessment::{Assessment, Scope};
use super::criteria::Criteria;
use super::facts::SubjectFacts;
use super::irecist::{IrecistAssessment, assess_irecist, explain_irecist};
use super::judged::Named;
use super::settings::Settings;
use super::trend::Trend;
use super::{assess, assess_irradiated, assess_lesions, assess_mrecist, explain};
use crate::problem::Problem;
use serde::Serialize;

/// The response of one subject by some criteria, in some scope.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Derivation {
    /// By RECIST 1.1 or mRECIST.
    Recist(Assessment),
    /// By iRECIST.
    Irecist(IrecistAssessment),
}

/// What `assess --format json` prints, and `assessments.json` of a run.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// `recist.assess/1`.
    pub schema: &'static str,
    /// What the derivations followed.
    pub settings: &'a Settings,
    /// One entry for each subject, criteria and scope; of the scope `lesion` one for each target.
    pub subjects: &'a [Derivation],
    /// How the lesions of each subject went by themselves.
    pub trends: &'a [Trend],
}

impl<'a> Document<'a> {
    /// All derivations by the same settings.
    pub fn new(settings: &'a Settings, subjects: &'a [Derivation], trends: &'a [Trend]) -> Self {
        Self { schema: "recist.assess/1", settings, subjects, trends }
    }
}

/// Criteria that know no other scope than the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{criteria} knows the scope patient only; the scope {scope} goes with RECIST 1.1")]
pub struct ScopeError {
    criteria: Criteria,
    scope: Scope,
}

/// Derives the response of a subject; of the scope `lesion` one for each target.
///
/// # Errors
/// A scope other than the patient with criteria other than RECIST 1.1.
pub fn derive(
    facts: &SubjectFacts,
    criteria: Criteria,
    scope: Scope,
    settings: &Settings,
) -> Result<Vec<Derivation>, ScopeError> {
    Ok(match (criteria, scope) {
        (Criteria::Recist11, Scope::Patient) => vec![Derivation::Recist(assess(facts, settings))],
        (Criteria::Recist11, Scope::Irradiated) => vec![Derivation::Recist(assess_irradiated(facts, settings))],
        (Criteria::Recist11, Scope::Lesion) => assess_lesions(facts, settings).into_iter().map(Derivation::Recist).collect(),
        (Criteria::Irecist, Scope::Patient) => vec![Derivation::Irecist(assess_irecist(facts, settings))],
        (Criteria::Mrecist, Scope::Patient) => vec![Derivation::Recist(assess_mrecist(facts, settings))],
        (Criteria::Irecist | Criteria::Mrecist, Scope::Irradiated | Scope::Lesion) => {
            return Err(ScopeError { criteria, scope });
        }
    })
}

impl Derivation {
    /// The subject.
    pub fn subject(&self) -> &str {
        self.named().subject
    }

    /// Its criteria, and its scope where that is not the whole patient.
    pub fn name(&self) -> String {
        match self.named() {
            Named { criteria, scope: Scope::Patient, .. } => criteria.to_string(),
            Named { criteria, scope, lesion: None, .. } => format!("{criteria}, scope {scope}"),
            Named { criteria, scope, lesion: Some(lesion), .. } => format!("{criteria}, scope {scope} {lesion}"),
        }
    }

    /// Everything that is wrong or doubtful about the input.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Recist(assessment) => &assessment.problems,
            Self::Irecist(assessment) => &assessment.problems,
        }
    }

    /// The same, to be changed.
    pub fn problems_mut(&mut self) -> &mut Vec<Problem> {
        match self {
            Self::Recist(assessment) => &mut assessment.problems,
            Self::Irecist(assessment) => &mut assessment.problems,
        }
    }

    /// The open questions of each timepoint: its visit, its class, and the codes.
    pub fn open_questions(&self) -> Vec<(&str, &'static str, &Vec<String>)> {
        match self {
            Self::Recist(assessment) => {
                assessment.timepoints.iter().map(|judged| (&*judged.visit, judged.overall.as_str(), &judged.queries)).collect()
            }
            Self::Irecist(assessment) => {
                assessment.timepoints.iter().map(|judged| (&*judged.visit, judged.overall.as_str(), &judged.queries)).collect()
            }
        }
    }

    /// Takes out the questions that are settled, by visit and code.
    pub fn settle(&mut self, is_settled: impl Fn(&str, &str) -> bool) {
        let keep = |visit: &str, queries: &mut Vec<String>, provisional: &mut bool| {
            queries.retain(|code| !is_settled(visit, code));
            *provisional = !queries.is_empty();
        };
        match self {
            Self::Recist(Assessment { timepoints, .. }) => {
                timepoints.iter_mut().for_each(|judged| keep(&judged.visit, &mut judged.queries, &mut judged.provisional));
            }
            Self::Irecist(IrecistAssessment { timepoints, .. }) => {
                timepoints.iter_mut().for_each(|judged| keep(&judged.visit, &mut judged.queries, &mut judged.provisional));
            }
        }
    }

    /// How each class came about, in plain sentences.
    pub fn explain(&self) -> String {
        match self {
            Self::Recist(assessment) => explain(assessment),
            Self::Irecist(assessment) => explain_irecist(assessment),
        }
    }
}
