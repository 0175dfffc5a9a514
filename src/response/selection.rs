//! A proposal of targets, for a reader to accept or change (recist-rules, section 2).

use super::measurability::{Axis, Candidate, Cyst, Ground, Judged, Measurability, judge};
use super::organ::{LYMPH_NODES, MAX_PER_ORGAN, MAX_TARGETS};
use super::spelling::spelled;
use crate::units::Micrometres;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A candidate with its measurability and the role proposed for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selected {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// Identity within the subject.
    pub lesion: String,
    /// What it is.
    pub measurability: Measurability,
    /// The length that counts; `None` when unknown.
    pub mm: Option<Micrometres>,
    /// Which axis that is.
    pub axis: Axis,
    /// What to follow it as.
    pub role: ProposedRole,
    /// Why.
    pub reasons: Vec<Ground>,
}

spelled! {
    /// What to follow a candidate as.
    pub enum ProposedRole {
        /// Target.
        Target = "target",
        /// Non-target.
        NonTarget = "nontarget",
        /// Not at all.
        None = "none",
    }
}

/// Judges the candidates and proposes targets for each subject: the largest first, at most five, at most two per organ.
/// The result keeps the order of the candidates.
pub fn select(candidates: &[Candidate]) -> Vec<Selected> {
    let mut judged: Vec<Judged> = candidates.iter().map(judge).collect();
    let mut targets = BTreeSet::new();
    let mut subjects: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, candidate) in candidates.iter().enumerate() {
        subjects.entry(&candidate.subject).or_default().push(place);
    }
    for own in subjects.into_values() {
        targets.extend(propose(&own, candidates, &mut judged));
    }
    let role = |place: usize, measurability| match measurability {
        Measurability::Normal | Measurability::NotALesion => ProposedRole::None,
        _ if targets.contains(&place) => ProposedRole::Target,
        Measurability::Measurable | Measurability::NonMeasurable => ProposedRole::NonTarget,
    };
    let selected = |(place, (candidate, judged)): (usize, (&Candidate, Judged))| Selected {
        subject: candidate.subject.clone(),
        lesion: candidate.lesion.clone(),
        measurability: judged.measurability,
        mm: judged.mm,
        axis: judged.axis,
        role: role(place, judged.measurability),
        reasons: judged.grounds,
    };
    candidates.iter().zip(judged).enumerate().map(selected).collect()
}

/// The targets of one subject, with the reasons for and against each candidate.
fn propose(own: &[usize], candidates: &[Candidate], judged: &mut [Judged]) -> Vec<usize> {
    let mut in_order: Vec<usize> =
        own.iter().copied().filter(|place| judged[*place].measurability == Measurability::Measurable).collect();
    // Solid before cystic, large before small, and the name decides between equals so that the order of rows does not.
    let cystic = |place: usize| candidates[place].cystic == Some(Cyst::Metastasis);
    in_order.sort_by(|a, b| {
        let size = judged[*b].mm.cmp(&judged[*a].mm);
        cystic(*a).cmp(&cystic(*b)).then(size).then(candidates[*a].lesion.cmp(&candidates[*b].lesion))
    });
    let mut targets: Vec<usize> = Vec::new();
    for (rank, place) in in_order.iter().copied().enumerate() {
        let in_organ: Vec<usize> =
            targets.iter().copied().filter(|target| judged[*target].organ == judged[place].organ).collect();
        let refused = if in_organ.len() >= MAX_PER_ORGAN {
            Some(Ground::OrganFull)
        } else if targets.len() >= MAX_TARGETS {
            Some(Ground::TotalFull)
        } else if station_is_taken(place, &in_organ, &in_order[rank + 1..], candidates, judged) {
            Some(Ground::OtherStation)
        } else {
            None
        };
        match refused {
            None => {
                targets.push(place);
                judged[place].grounds.push(Ground::Selected { rank: targets.len() });
            }
            Some(ground) => {
                let larger = |target: &usize| judged[*target].mm >= judged[place].mm;
                let yields_to_solid = cystic(place) && !targets.iter().all(larger);
                judged[place].grounds.push(ground);
                if yields_to_solid {
                    judged[place].grounds.push(Ground::SolidPreferred);
                }
            }
        }
    }
    note_the_rest(own, &in_order, &targets, judged);
    targets
}

/// Whether this node's station has a target already while a node of another station is still to come.
fn station_is_taken(place: usize, taken: &[usize], later: &[usize], candidates: &[Candidate], judged: &[Judged]) -> bool {
    let station = |place: usize| candidates[place].site.as_deref().unwrap_or_default().trim().to_lowercase();
    let is_node = |place: usize| judged[place].organ.as_deref() == Some(LYMPH_NODES);
    let same_station = taken.iter().any(|target| station(*target) == station(place));
    is_node(place) && same_station && later.iter().any(|other| is_node(*other) && station(*other) != station(place))
}

/// Reasons for what is not a target: non-targets, organs left out, subjects without any target.
fn note_the_rest(own: &[usize], in_order: &[usize], targets: &[usize], judged: &mut [Judged]) {
    let mut represented: BTreeSet<Option<Cow<str>>> = targets.iter().map(|target| judged[*target].organ.clone()).collect();
    for place in in_order {
        if represented.insert(judged[*place].organ.clone()) {
            judged[*place].grounds.push(Ground::OrganNotRepresented);
        }
    }
    for place in own.iter().filter(|place| !targets.contains(place)) {
        let judged = &mut judged[*place];
        if matches!(judged.measurability, Measurability::Measurable | Measurability::NonMeasurable) {
            judged.grounds.push(Ground::FollowedAsNonTarget);
            if targets.is_empty() {
                judged.grounds.push(Ground::NoTarget);
            }
        }
    }
}
