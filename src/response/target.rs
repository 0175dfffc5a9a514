//! Targets: the value of each at a timepoint, their sum, and the response (recist-rules, sections 3 and 4).

use super::assessment::TargetResponse;
use super::facts::{LesionFacts, NotEvaluableReason, Role, TargetState};
use super::reason::Reason;
use super::settings::{AllNodesNormal, Settings, SubsetPd, TooSmallAfterAbsent};
use super::sight::Sight;
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What a target that is too small to measure counts (RECIST 1.1 section 4.3.2).
const TOO_SMALL: Micrometres = Micrometres::from_mm(5);
/// A node below this short axis is not diseased (RECIST 1.1 section 4.3.2).
pub(super) const NODE_NORMAL_BELOW: Micrometres = Micrometres::from_mm(10);
/// A new or returning node below this short axis is doubtful (recist-rules, N5).
const NODE_CERTAIN_FROM: Micrometres = Micrometres::from_mm(15);
/// How close to a threshold a reader is told so.
const NEAR: Micrometres = Micrometres::from_mm(2);

/// One target at one timepoint.
struct Diameter<'a> {
    /// Place in the list of lesions.
    place: usize,
    lesion: &'a str,
    nodal: bool,
    /// Decides whether the lesion is gone; `None` when not evaluable.
    value: Option<Micrometres>,
    /// Enters the sum; less than `value` when another lesion carries it.
    summed: Micrometres,
    too_small: bool,
    /// Stands with another lesion.
    merged: bool,
}

impl Diameter<'_> {
    fn is_disease(&self, value: Micrometres) -> bool {
        if self.nodal { value >= NODE_NORMAL_BELOW } else { value > Micrometres::ZERO }
    }
}

/// What the sum of a timepoint is compared with.
#[derive(Clone, Copy)]
pub(super) struct Comparison {
    pub(super) baseline: Micrometres,
    pub(super) nadir: Micrometres,
    /// What PD takes beside 20 %.
    pub(super) least_growth: Micrometres,
}

impl Comparison {
    fn is_progression(self, sum: Micrometres) -> bool {
        is_progression(sum, self.nadir, self.least_growth)
    }
}

/// PD: at least 20 % and the least growth above the nadir, both inclusive (RECIST 1.1 section 4.3.1). Any growth from 0 is 20 %.
pub(super) fn is_progression(sum: Micrometres, nadir: Micrometres, least_growth: Micrometres) -> bool {
    nadir < sum && 6 * nadir.0 <= 5 * sum.0 && least_growth <= sum - nadir
}

/// All targets at one timepoint.
pub(super) struct Targets<'a> {
    diameters: Vec<Diameter<'a>>,
    /// How the values came about.
    pub(super) reasons: Vec<Reason>,
}

/// What earlier timepoints tell about the targets, by the place of the lesion.
pub(super) struct TargetHistory {
    treated_since: Vec<Option<Date>>,
    /// The mass of its own name that a target had merged into when it was last seen.
    mass: Vec<Option<usize>>,
    last_value: Vec<Option<Micrometres>>,
}

impl TargetHistory {
    /// Nothing is known yet.
    pub(super) fn of(lesions: &[LesionFacts]) -> Self {
        let places = lesions.len();
        Self { treated_since: vec![None; places], mass: vec![None; places], last_value: vec![None; places] }
    }

    /// What was treated before the trial is followed like everything else from here on (recist-rules, M9).
    pub(super) fn start_trial(&mut self) {
        self.treated_since.fill(None);
    }
}

/// Disease that is seen in the targets, for the rule on recurrence after CR.
pub(super) struct TargetDisease {
    /// The lesions.
    pub(super) lesions: Vec<String>,
    /// Nothing but nodes of 10 to below 15 mm, or the value assumed for what is too small to measure.
    pub(super) doubtful: bool,
}

impl<'a> Targets<'a> {
    /// Collects the value of every target that is followed.
    pub(super) fn at(
        lesions: &'a [LesionFacts],
        followed: &[usize],
        sight: &Sight,
        history: &mut TargetHistory,
        settings: &Settings,
    ) -> Self {
        // Room for all reasons of a timepoint: they become the list that the others are added to.
        let mut targets = Self { diameters: Vec::with_capacity(followed.len()), reasons: Vec::with_capacity(8) };
        // The value of each mass of its own name, which is summed once.
        let mut masses: BTreeMap<usize, Option<Micrometres>> = BTreeMap::new();
        let mut parts = Vec::new();
        for &place in followed {
            let lesion = &lesions[place];
            let name = lesion.lesion.as_str();
            // What was treated stays not evaluable, whatever it merges with.
            let is_treated = history.treated_since[place].is_some_and(|since| since < sight.timepoint.date);
            let mass = if is_treated { None } else { mass_of(lesions, followed, place, sight, history) };
            let (value, summed) = match mass {
                None => {
                    let value = targets.value(lesions, place, sight, history, settings);
                    (value, value.unwrap_or_default())
                }
                Some(mass) => {
                    let into = &lesions[mass].lesion;
                    targets.reasons.push(Reason::Merged { lesion: name.into(), into: into.clone() });
                    // A mass that is itself a target is summed as such.
                    let carried = followed.contains(&mass) || masses.contains_key(&mass);
                    let value = *masses.entry(mass).or_insert_with(|| targets.value(lesions, mass, sight, history, settings));
                    parts.push((place, mass));
                    (value, if carried { Micrometres::ZERO } else { value.unwrap_or_default() })
                }
            };
            let too_small = matches!(sight.target(place), TargetState::TooSmall);
            targets.diameters.push(Diameter {
                place,
                lesion: name,
                nodal: lesion.nodal,
                value,
                summed,
                too_small,
                merged: mass.is_some(),
            });
        }
        if !parts.is_empty() {
            targets.say_once();
            // What happened to a mass happened to its parts.
            let treated: Vec<_> = parts.iter().map(|(_, mass)| history.treated_since[*mass]).collect();
            for ((part, _), since) in parts.into_iter().zip(treated) {
                history.treated_since[part] = history.treated_since[part].or(since);
            }
        }
        targets
    }

    /// A mass gives its reasons for itself and for its parts.
    fn say_once(&mut self) {
        let mut said = Vec::with_capacity(self.reasons.len());
        for reason in self.reasons.drain(..) {
            if !said.contains(&reason) {
                said.push(reason);
            }
        }
        self.reasons = said;
    }

    /// The value of one target by its own state, and the reasons for it.
    fn value(
        &mut self,
        lesions: &[LesionFacts],
        place: usize,
        sight: &Sight,
        history: &mut TargetHistory,
        settings: &Settings,
    ) -> Option<Micrometres> {
        let LesionFacts { lesion, nodal, .. } = &lesions[place];
        if let Some(since) = history.treated_since[place].filter(|since| *since < sight.timepoint.date) {
            self.reasons.push(Reason::LocallyTreated { lesion: lesion.clone(), since });
            return None;
        }
        match sight.target(place) {
            TargetState::Measured(diameter) => Some(*diameter),
            TargetState::TooSmall => {
                self.reasons.push(Reason::TooSmall { lesion: lesion.clone() });
                Some(TOO_SMALL)
            }
            TargetState::Absent if *nodal => Some(Micrometres::from_mm(settings.absent_node_mm.into())),
            TargetState::Absent => Some(Micrometres::ZERO),
            TargetState::Split(pieces) => {
                let sum = pieces.iter().copied().sum();
                self.reasons.push(Reason::Split { lesion: lesion.clone(), sum });
                Some(sum)
            }
            TargetState::NotEvaluable(reason) => {
                self.reasons.extend(reason.map(|reason| Reason::NotEvaluable { lesion: lesion.clone(), reason }));
                if reason.is_some_and(NotEvaluableReason::is_local_treatment) {
                    history.treated_since[place].get_or_insert(sight.timepoint.date);
                }
                None
            }
            TargetState::Merged { .. } => None,
        }
    }

    /// Whether the subject has targets.
    pub(super) fn is_empty(&self) -> bool {
        self.diameters.is_empty()
    }

    /// The targets that have a value.
    pub(super) fn evaluated(&self) -> impl Iterator<Item = &'a str> {
        self.diameters.iter().filter(|diameter| diameter.value.is_some()).map(|diameter| diameter.lesion)
    }

    fn missing(&self) -> Vec<String> {
        self.diameters.iter().filter(|diameter| diameter.value.is_none()).map(|diameter| diameter.lesion.to_string()).collect()
    }

    /// Sum of diameters; `None` unless there are targets and all have a value.
    pub(super) fn sum(&self) -> Option<Micrometres> {
        let complete = !self.is_empty() && self.diameters.iter().all(|diameter| diameter.value.is_some());
        complete.then(|| self.evaluated_sum())
    }

    /// Sum of the targets that have a value, when there are such and others have none.
    pub(super) fn partial_sum(&self) -> Option<Micrometres> {
        let some = self.diameters.iter().any(|diameter| diameter.value.is_some());
        (some && self.sum().is_none()).then(|| self.evaluated_sum())
    }

    fn evaluated_sum(&self) -> Micrometres {
        self.diameters.iter().map(|diameter| diameter.summed).sum()
    }

    /// Whether the baseline can be compared with: every target has a value above zero.
    pub(super) fn is_defined_baseline(&self) -> bool {
        self.diameters.iter().all(|diameter| !diameter.merged && diameter.value.is_some_and(|value| value > Micrometres::ZERO))
    }

    /// The disease that is seen, complete or not.
    pub(super) fn disease(&self) -> Option<TargetDisease> {
        let seen: Vec<_> =
            self.diameters.iter().filter(|diameter| diameter.value.is_some_and(|value| diameter.is_disease(value))).collect();
        let certain = |diameter: &&&Diameter| {
            let doubtful_node = diameter.nodal && diameter.value.is_some_and(|value| value < NODE_CERTAIN_FROM);
            !diameter.too_small && !doubtful_node
        };
        let doubtful = !seen.iter().any(|diameter| certain(&diameter));
        (!seen.is_empty())
            .then(|| TargetDisease { lesions: seen.iter().map(|diameter| diameter.lesion.to_string()).collect(), doubtful })
    }

    /// Targets that had vanished and are back, too small to measure.
    fn back_too_small(&self, history: &TargetHistory) -> Vec<&Diameter<'a>> {
        let was_gone = |place: usize| history.last_value[place] == Some(Micrometres::ZERO);
        self.diameters.iter().filter(|diameter| diameter.too_small && was_gone(diameter.place)).collect()
    }

    /// The response of the targets, in the only order that is right: CR, PD, PR, SD (recist-rules, section 4).
    pub(super) fn respond(&mut self, compared: Comparison, history: &TargetHistory, settings: &Settings) -> TargetResponse {
        let Comparison { baseline, nadir, least_growth } = compared;
        let Some(sum) = self.sum() else {
            return self.respond_incomplete(compared, history, settings);
        };
        let gone = |diameter: &Diameter| diameter.value.is_some_and(|value| !diameter.is_disease(value));
        let all_gone = self.diameters.iter().all(gone);
        let may_progress = !all_gone || settings.all_nodes_normal == AllNodesNormal::PD;
        let progresses = may_progress && compared.is_progression(sum) && !self.rests_on_default(sum, compared, history, settings);
        if all_gone && !progresses {
            self.reasons.push(Reason::TargetCr { sum });
            self.note_nodes_near_normal();
            return TargetResponse::CR;
        }
        self.note_nodes_near_normal();
        if progresses {
            self.reasons.push(Reason::TargetPd { sum, nadir, least_growth });
            self.note_near_progression(sum, compared);
            return TargetResponse::PD;
        }
        let response = if is_partial_response(sum, baseline) {
            self.reasons.push(Reason::TargetPr { sum, baseline });
            TargetResponse::PR
        } else {
            self.reasons.push(Reason::TargetSd { sum, baseline, nadir });
            TargetResponse::SD
        };
        let threshold = Micrometres(baseline.0 * 7 / 10);
        if is_near(sum, threshold, baseline) {
            self.reasons.push(Reason::NearThreshold { sum, threshold, class: "PR" });
        }
        self.note_near_progression(sum, compared);
        response
    }

    /// Some target has no value: PD when the others alone prove it, since the missing ones can only add; otherwise NE. Others that are
    /// all gone or normal prove nothing (recist-rules, A10).
    fn respond_incomplete(&mut self, compared: Comparison, history: &TargetHistory, settings: &Settings) -> TargetResponse {
        let nadir = compared.nadir;
        let lesions = self.missing();
        let partial = self.evaluated_sum();
        let is_seen = |diameter: &Diameter| diameter.value.is_some_and(|value| diameter.is_disease(value));
        let proves = settings.subset_pd == SubsetPd::LowerBound
            && compared.is_progression(partial)
            && (settings.all_nodes_normal == AllNodesNormal::PD || self.diameters.iter().any(is_seen));
        self.reasons.push(Reason::TargetNe { lesions });
        if proves && !self.rests_on_default(partial, compared, history, settings) {
            self.reasons.push(Reason::TargetPdPartial { partial, nadir });
            return TargetResponse::PD;
        }
        TargetResponse::NE
    }

    /// Whether a PD rests on nothing but the value assumed for vanished targets that are back, and the protocol does not
    /// want that. Says so either way.
    fn rests_on_default(&mut self, sum: Micrometres, compared: Comparison, history: &TargetHistory, settings: &Settings) -> bool {
        let back = self.back_too_small(history);
        let assumed = back.iter().map(|diameter| diameter.summed).sum();
        if back.is_empty() || compared.is_progression(sum - assumed) {
            return false;
        }
        let lesions = back.iter().map(|diameter| diameter.lesion.to_string()).collect();
        self.reasons.push(Reason::TooSmallAfterAbsent { lesions });
        settings.too_small_after_absent == TooSmallAfterAbsent::NotPd
    }

    fn note_near_progression(&mut self, sum: Micrometres, compared: Comparison) {
        let Comparison { nadir, least_growth, .. } = compared;
        // The least sum that is PD.
        let threshold = Micrometres(((6 * nadir.0 + 4) / 5).max(nadir.0 + least_growth.0));
        if is_near(sum, threshold, nadir) {
            self.reasons.push(Reason::NearThreshold { sum, threshold, class: "PD" });
        }
    }

    /// Nodes close to 10 mm matter when nothing else stands between the targets and CR.
    fn note_nodes_near_normal(&mut self) {
        let gone = |diameter: &Diameter| diameter.nodal || diameter.value == Some(Micrometres::ZERO);
        if !self.diameters.iter().all(gone) {
            return;
        }
        for diameter in self.diameters.iter().filter(|diameter| diameter.nodal && !diameter.merged) {
            if let Some(short_axis) = diameter.value.filter(|value| (value.0 - NODE_NORMAL_BELOW.0).abs() <= NEAR.0) {
                self.reasons.push(Reason::NearNodeThreshold { lesion: diameter.lesion.into(), short_axis });
            }
        }
    }

    /// Leaves to later timepoints what they need to know.
    pub(super) fn remember(&self, history: &mut TargetHistory) {
        for diameter in &self.diameters {
            // What is back too small to measure has no figure as yet: its 5 mm stays an assumption (recist-rules, A9).
            let last = &mut history.last_value[diameter.place];
            if !(diameter.too_small && *last == Some(Micrometres::ZERO)) {
                *last = diameter.value.or(*last);
            }
        }
    }
}

/// The lesion that carries the diameter of a target which has merged. Of a mass with a name of its own the parts need not be named again
/// at every timepoint: its figure is theirs until they are seen by themselves.
fn mass_of(
    lesions: &[LesionFacts],
    followed: &[usize],
    place: usize,
    sight: &Sight,
    history: &mut TargetHistory,
) -> Option<usize> {
    let is_seen = |place: usize| sight.is_recorded(place);
    let mass = match sight.target(place) {
        TargetState::Merged { into } => lesions.iter().position(|other| other.lesion == *into && other.role == Role::Target)?,
        _ if is_seen(place) => {
            history.mass[place] = None;
            return None;
        }
        _ => history.mass[place].filter(|mass| is_seen(*mass))?,
    };
    history.mass[place] = Some(mass).filter(|mass| !followed.contains(mass));
    Some(mass)
}

/// The least growth that can be PD (RECIST 1.1 section 4.3.1).
pub(super) const MIN_GROWTH: Micrometres = Micrometres::from_mm(5);

/// PR: at least 30 % below baseline, inclusive (RECIST 1.1 section 4.3.1).
pub(super) fn is_partial_response(sum: Micrometres, baseline: Micrometres) -> bool {
    10 * sum.0 <= 7 * baseline.0
}

/// Within 2 mm of the threshold, or within 2 percentage points of what it is a percentage of.
fn is_near(sum: Micrometres, threshold: Micrometres, whole: Micrometres) -> bool {
    let distance = (sum.0 - threshold.0).abs();
    distance <= NEAR.0 || 50 * distance <= whole.0
}
