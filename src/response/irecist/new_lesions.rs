//! New lesions with a sum of their own, which is never added to that of the targets: at most five, at most two in an organ. Others,
//! and what is too small to be measurable, stand outside of it, with a length or without.

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
    /// Real ones outside of the sum that the reader calls larger than at the timepoint before.
    pub(super) increased: BTreeSet<String>,
    /// Those of the sum that the reader calls larger than at the timepoint before, without a figure: nobody knows by how much.
    pub(super) larger_without_figure: BTreeSet<String>,
    /// Diameters of real ones that stand outside of the sum.
    pub(super) outside: BTreeMap<String, Micrometres>,
    /// Nodes of which nothing was known before (recist-rules, N5).
    pub(super) sudden_nodes: BTreeSet<String>,
}

/// Follows the new lesions over the timepoints after baseline; `read` is what RECIST 1.1 made of them.
pub(super) fn follow(
    facts: &SubjectFacts,
    timepoints: &[&TimepointFacts],
    read: &[TimepointAssessment],
    settings: &Settings,
) -> Vec<NewLesions> {
    let (mut measured, mut outside): (Vec<String>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    let mut proved: BTreeMap<String, Date> = BTreeMap::new();
    let mut standing: BTreeSet<&str> = BTreeSet::new();
    let mut course = Vec::new();
    for (timepoint, read) in timepoints.iter().zip(read) {
        let real = real(timepoint, read, &mut proved, settings);
        choose(facts, timepoint, &real, &mut measured, &mut outside);
        let diameter = |lesion: &String| match timepoint.new_lesion_diameters.get(lesion) {
            _ if !real.contains(lesion) => Some(Micrometres::ZERO),
            diameter => diameter.copied(),
        };
        let diameters: BTreeMap<_, _> = measured.iter().filter_map(|lesion| Some((lesion.clone(), diameter(lesion)?))).collect();
        let complete = !measured.is_empty() && diameters.len() == measured.len();
        let sum = complete.then(|| diameters.values().copied().sum());
        let is_outside = |lesion: &String| real.contains(lesion) && outside.contains(lesion);
        let beside = timepoint.new_lesion_diameters.iter().filter(|(lesion, _)| is_outside(lesion));
        let beside = beside.map(|(lesion, diameter)| (lesion.clone(), *diameter)).collect();
        let is_larger = |(_, finding): &&(String, Finding)| *finding == Finding::New(NewState::IncreasedSinceLast);
        let increased = timepoint.findings.iter().filter(is_larger).map(|(lesion, _)| lesion.clone());
        let in_sum = |lesion: &String| measured.contains(lesion);
        let (of_sum, increased): (BTreeSet<String>, BTreeSet<String>) = increased.partition(in_sum);
        let larger_without_figure = of_sum.into_iter().filter(|lesion| !diameters.contains_key(lesion)).collect();
        let before = std::mem::replace(&mut standing, in_doubt_or_certain(read).collect());
        let is_node = |name: &&str| facts.lesions.iter().any(|lesion| lesion.nodal && lesion.lesion == **name);
        let sudden_nodes = standing.difference(&before).copied().filter(is_node).map(str::to_string).collect();
        course.push(NewLesions {
            seen: seen(timepoint, &real),
            real,
            diameters,
            sum,
            increased,
            larger_without_figure,
            outside: beside,
            sudden_nodes,
        });
    }
    course
}

/// The new lesions of which RECIST 1.1 speaks here.
fn in_doubt_or_certain(read: &TimepointAssessment) -> impl Iterator<Item = &str> {
    read.reasons.iter().filter_map(|reason| match reason {
        Reason::NewLesionUnequivocal { lesion } | Reason::NewLesionEquivocal { lesion } => Some(lesion.as_str()),
        _ => None,
    })
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
        real.contains(lesion)
            && matches!(finding, Finding::New(NewState::Unequivocal | NewState::IncreasedSinceLast | NewState::Equivocal))
    };
    timepoint.findings.iter().any(shows)
}

/// Tells what has a length here for the first time apart: into the sum goes what is measurable by the rules of baseline (recist-rules, M1
/// and M6), the largest first, as far as the caps allow. As at baseline that is settled once. Lesions of unknown site are not held to be
/// of one organ.
fn choose(
    facts: &SubjectFacts,
    timepoint: &TimepointFacts,
    real: &BTreeSet<String>,
    measured: &mut Vec<String>,
    outside: &mut BTreeSet<String>,
) {
    let known = |name: &str| facts.lesions.iter().find(|lesion| lesion.role == Role::New && lesion.lesion == name);
    let organ_of = |name: &str| known(name).and_then(|lesion| organ(lesion.site.as_deref(), lesion.nodal));
    let least = |name: &str| Micrometres::from_mm(if known(name).is_some_and(|lesion| lesion.nodal) { 15 } else { 10 });
    let is_first = |lesion: &String| real.contains(lesion) && !measured.contains(lesion) && !outside.contains(lesion);
    let mut first: Vec<_> = timepoint.new_lesion_diameters.iter().filter(|(lesion, _)| is_first(lesion)).collect();
    first.sort_by_key(|(_, diameter)| Reverse(**diameter));
    for (lesion, diameter) in first {
        let organ = organ_of(lesion);
        let in_organ = measured.iter().filter(|other| organ.is_some() && organ_of(other) == organ).count();
        if least(lesion) <= *diameter && measured.len() < MAX_TARGETS && in_organ < MAX_PER_ORGAN {
            measured.push(lesion.clone());
        } else {
            outside.insert(lesion.clone());
        }
    }
}
