//! What stands beside RECIST 1.1 of the whole patient: by the other criteria of the trial, and of what was irradiated.

use super::subject::{SubjectOutcome, Visit};
use crate::problem::Problem;
use crate::protocol::trial::Trial;
use crate::report::{BesideCell, BesideRow};
use crate::response::assessment::Scope;
use crate::response::criteria::Criteria;
use crate::response::derive::{Derivation, derive as by};
use crate::response::facts::SubjectFacts;
use crate::response::judged::{Judged, Named};
use jiff::civil::Date;

/// The criteria of the trial but RECIST 1.1, which every run derives.
pub(super) fn other_criteria(trial: &Trial) -> impl Iterator<Item = Criteria> {
    trial.file.trial.criteria.0.iter().copied().filter(|criteria| *criteria != Criteria::Recist11)
}

/// The same facts by the other criteria of the trial; where lesions were irradiated, also these alone and each target by itself.
pub(super) fn beside(facts: &SubjectFacts, trial: &Trial) -> Vec<Derivation> {
    let mut wanted: Vec<_> = other_criteria(trial).map(|criteria| (criteria, Scope::Patient)).collect();
    if facts.lesions.iter().any(|lesion| lesion.irradiated == Some(true)) {
        wanted.extend([(Criteria::Recist11, Scope::Irradiated), (Criteria::Recist11, Scope::Lesion)]);
    }
    // No criteria are asked for in a scope they do not know.
    wanted.into_iter().filter_map(|(criteria, scope)| by(facts, criteria, scope, &trial.file.response).ok()).flatten().collect()
}

/// What these find wrong that RECIST 1.1 of the whole patient does not, each once.
pub(super) fn problems_beside(main: &[Problem], beside: &[Derivation]) -> Vec<Problem> {
    let (mut known, mut further) = (main.to_vec(), Vec::new());
    for derivation in beside {
        for problem in derivation.problems() {
            if !known.contains(problem) {
                known.push(problem.clone());
                let message = format!("by {}: {}", derivation.name(), problem.message);
                further.push(Problem { message, ..problem.clone() });
            }
        }
    }
    further
}

/// Rows of the report, with a cell for each of the visits that it shows. Of a subject without any visit nothing was derived that
/// is worth a row.
pub(super) fn beside_rows(outcome: &SubjectOutcome, shown: &[usize]) -> Vec<BesideRow> {
    let visits: Vec<&Visit> = shown.iter().map(|&at| &outcome.visits[at]).collect();
    let derivations = outcome.beside.iter().filter(|_| !outcome.visits.is_empty());
    derivations.map(|derivation| beside_row(derivation, &visits)).collect()
}

fn beside_row(derivation: &Derivation, visits: &[&Visit]) -> BesideRow {
    let (Named { criteria, scope, lesion, .. }, concluded) = (derivation.named(), derivation.conclusion());
    let timepoints = derivation.timepoints();
    // By its name: the day may be another, as a scope has those of its own scans. Empty where nothing was judged, as at the baseline.
    let at = |visit: &&Visit| timepoints.iter().find(|judged| judged.visit == visit.name).map_or_else(BesideCell::default, cell);
    BesideRow {
        criteria: criteria.to_string(),
        scope: scope.to_string(),
        lesion: lesion.unwrap_or_default().to_string(),
        cells: visits.iter().map(at).collect(),
        bor: concluded.bor.to_string(),
        bor_date: day_text(concluded.bor_date),
        progression_date: day_text(concluded.progression_date),
        progression_confirmed: concluded.progression_confirmed,
    }
}

fn cell(judged: &Judged) -> BesideCell {
    BesideCell {
        overall: judged.overall.to_string(),
        provisional: judged.provisional,
        sum: judged.sum,
        reasons: judged.reasons.iter().map(|reason| reason.text.clone()).collect(),
    }
}

/// A day as tables write it; empty without one.
pub(super) fn day_text(date: Option<Date>) -> String {
    date.map_or(String::new(), |date| date.to_string())
}
