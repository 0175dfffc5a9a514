//! New lesions with a sum of their own, which is never added to that of the targets: at most five, at most two in an organ. Others
//! stand outside of it, with a length or without.

use crate::response::assessment::TimepointAssessment;
use crate::response::facts::{Finding, NewState, Role, SubjectFacts, TimepointFacts};
use crate::response::organ::{MAX_PER_ORGAN, MAX_TARGETS, organ};
use crate::response::reason::Reason;
use crate::response::settings::{Backdate, Settings};
use crate::units::Micrometres;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// New lesions at one timepoint.
#[derive(Default)]
pub(super) struct NewLesions {
    /// Real: unequivocal, or in doubt and proved later where the settings date back.
    pub(super) real: BTreeSet<String>,
    /// One of them was looked at.
    pub(super) seen: bool,
    /// Diameters of those that are measured; one that is gone has 0, one that was not evaluated has none.
    pub(super) diameters: BTreeMap<String, Micrometres>,
    /// Sum of diameters; `None` unless there are such and all have a value.
    pub(super) sum: Option<Micrometres>,
    /// Diameters of real ones that the caps leave outside of the sum.
    pub(super) outside: BTreeMap<String, Micrometres>,
}

/// Follows the new lesions over the timepoints after baseline; `read` is what RECIST 1.1 made of them.
pub(super) fn follow(
    facts: &SubjectFacts,
    timepoints: &[&TimepointFacts],
    read: &[TimepointAssessment],
    settings: &Settings,
) -> Vec<NewLesions> {
    let mut measured: Vec<String> = Vec::new();
    let mut proved: BTreeMap<String, Date> = BTreeMap::new();
    let mut course = Vec::new();
    for (timepoint, read) in timepoints.iter().zip(read) {
        let real = real(timepoint, read, &mut proved, settings);
        choose(facts, timepoint, &real, &mut measured);
        let diameter = |lesion: &String| match timepoint.new_lesion_diameters.get(lesion) {
            _ if !real.contains(lesion) => Some(Micrometres::ZERO),
            diameter => diameter.copied(),
        };
        let diameters: BTreeMap<_, _> = measured.iter().filter_map(|lesion| Some((lesion.clone(), diameter(lesion)?))).collect();
        let complete = !measured.is_empty() && diameters.len() == measured.len();
        let sum = complete.then(|| diameters.values().copied().sum());
        let is_outside = |lesion: &String| real.contains(lesion) && !measured.contains(lesion);
        let outside = timepoint.new_lesion_diameters.iter().filter(|(lesion, _)| is_outside(lesion));
        let outside = outside.map(|(lesion, diameter)| (lesion.clone(), *diameter)).collect();
        course.push(NewLesions { seen: seen(timepoint, &real), real, diameters, sum, outside });
    }
    course
}

/// The lesions that are real here. One in doubt that is dated back stays real until its proof, whatever lies between.
fn real(
    timepoint: &TimepointFacts,
    read: &TimepointAssessment,
    proved: &mut BTreeMap<String, Date>,
    settings: &Settings,
) -> BTreeSet<String> {
    let mut real = BTreeSet::new();
    for reason in &read.reasons {
        match reason {
            Reason::NewLesionUnequivocal { lesion } => {
                real.insert(lesion.clone());
            }
            Reason::BackDated { lesion, proved: day } if settings.backdate == Backdate::RetroPd => {
                proved.insert(lesion.clone(), *day);
            }
            _ => {}
        }
    }
    real.extend(proved.iter().filter(|(_, day)| timepoint.date <= **day).map(|(lesion, _)| lesion.clone()));
    real
}

fn seen(timepoint: &TimepointFacts, real: &BTreeSet<String>) -> bool {
    let shows = |(lesion, finding): &(String, Finding)| {
        real.contains(lesion) && matches!(finding, Finding::New(NewState::Unequivocal | NewState::Equivocal))
    };
    timepoint.findings.iter().any(shows)
}

/// Adds what is measured here for the first time: the largest first, as far as the caps allow. Lesions of unknown site are not held to
/// be of one organ.
fn choose(facts: &SubjectFacts, timepoint: &TimepointFacts, real: &BTreeSet<String>, measured: &mut Vec<String>) {
    let organ_of = |name: &str| {
        let lesion = facts.lesions.iter().find(|lesion| lesion.role == Role::New && lesion.lesion == name)?;
        organ(lesion.site.as_deref(), lesion.nodal)
    };
    let candidates = timepoint.new_lesion_diameters.iter().filter(|(lesion, _)| real.contains(*lesion));
    let mut candidates: Vec<_> = candidates.filter(|(lesion, _)| !measured.contains(lesion)).collect();
    candidates.sort_by_key(|(_, diameter)| Reverse(**diameter));
    for (lesion, _) in candidates {
        let organ = organ_of(lesion);
        let in_organ = measured.iter().filter(|other| organ.is_some() && organ_of(other) == organ).count();
        if measured.len() < MAX_TARGETS && in_organ < MAX_PER_ORGAN {
            measured.push(lesion.clone());
        }
    }
}
