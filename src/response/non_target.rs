//! Non-targets: their response (recist-rules, section 5).

use super::assessment::NonTargetResponse;
use super::facts::{LesionFacts, Markers, NonTargetState, Role};
use super::reason::Reason;
use super::settings::{FollowMarkers, NonTargetPartlyNe, Settings};
use super::sight::Sight;
use super::target::NODE_NORMAL_BELOW;
use crate::units::Micrometres;

/// All non-targets at one timepoint.
pub(super) struct NonTargets<'a> {
    lesions: &'a [LesionFacts],
    sight: &'a Sight<'a>,
    /// Their response.
    pub(super) response: NonTargetResponse,
}

/// What a state says about the lesion.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Gone,
    Persists,
    Progresses,
    Unknown,
}

fn fate(state: Option<NonTargetState>) -> Fate {
    match state {
        Some(NonTargetState::Absent) => Fate::Gone,
        Some(NonTargetState::PresentNode(short_axis)) if short_axis < NODE_NORMAL_BELOW => Fate::Gone,
        Some(NonTargetState::PresentNode(_) | NonTargetState::Present | NonTargetState::Decreased) => Fate::Persists,
        Some(NonTargetState::Increased | NonTargetState::IncreasedSinceLast) => Fate::Persists,
        Some(NonTargetState::UnequivocalProgression) => Fate::Progresses,
        Some(NonTargetState::NotEvaluable) | None => Fate::Unknown,
    }
}

/// Markers stand against CR when they are raised, or were at baseline and are not known now; not when they were normal at
/// baseline, since then they do not follow the disease (recist-rules, section 5 and ambiguity A22).
fn markers_block(baseline: Markers, now: Markers) -> bool {
    match (baseline, now) {
        (_, Markers::Normal) | (Markers::Normal, _) | (Markers::NotApplicable, Markers::NotApplicable) => false,
        (Markers::Raised | Markers::NotApplicable, Markers::Raised) | (Markers::Raised, Markers::NotApplicable) => true,
    }
}

impl<'a> NonTargets<'a> {
    /// Judges the non-targets in the order PD, NE, CR, NON-CR/NON-PD, and says why. Markers stand beside lesions, targets or not:
    /// without any there is nothing that could respond.
    pub(super) fn at(
        lesions: &'a [LesionFacts],
        sight: &'a Sight<'a>,
        has_targets: bool,
        baseline_markers: Markers,
        settings: &Settings,
        reasons: &mut Vec<Reason>,
    ) -> Self {
        let mut nontargets = Self { lesions, sight, response: NonTargetResponse::NA };
        let has_any = nontargets.fates().next().is_some();
        let any = |wanted: Fate| nontargets.fates().any(|(_, fate)| fate == wanted);
        let persists = any(Fate::Persists);
        let followed = settings.markers == FollowMarkers::Followed && (has_targets || has_any);
        let markers_block = followed && markers_block(baseline_markers, sight.timepoint.markers);
        let response = if any(Fate::Progresses) {
            reasons.push(Reason::NonTargetPd { lesions: nontargets.with(Fate::Progresses) });
            NonTargetResponse::PD
        } else if any(Fate::Unknown) {
            reasons.push(Reason::NonTargetNe { lesions: nontargets.with(Fate::Unknown) });
            if settings.nontarget_partly_ne == NonTargetPartlyNe::NonCrNonPd && persists {
                reasons.push(Reason::NonTargetPersists { lesions: nontargets.with(Fate::Persists) });
                NonTargetResponse::NonCrNonPd
            } else {
                NonTargetResponse::NE
            }
        } else if persists || markers_block {
            if persists {
                reasons.push(Reason::NonTargetPersists { lesions: nontargets.with(Fate::Persists) });
            }
            if markers_block {
                let raised = sight.timepoint.markers == Markers::Raised;
                reasons.push(Reason::MarkersNotNormal { raised });
            }
            NonTargetResponse::NonCrNonPd
        } else if !has_any {
            reasons.push(Reason::NoNonTarget);
            NonTargetResponse::NA
        } else {
            reasons.push(Reason::NonTargetCr);
            NonTargetResponse::CR
        };
        nontargets.response = response;
        nontargets
    }

    /// The place of every non-target, and what its state says.
    fn fates(&self) -> impl Iterator<Item = (usize, Fate)> {
        let nontargets = self.lesions.iter().enumerate().filter(|(_, lesion)| lesion.role == Role::NonTarget);
        nontargets.map(|(place, _)| (place, fate(self.sight.nontarget(place))))
    }

    fn with(&self, wanted: Fate) -> Vec<String> {
        let matching = self.fates().filter(|(_, fate)| *fate == wanted);
        matching.map(|(place, _)| self.lesions[place].lesion.clone()).collect()
    }

    /// Those that are still there, those that progress first.
    pub(super) fn present(&self) -> Vec<String> {
        [self.with(Fate::Progresses), self.with(Fate::Persists)].concat()
    }

    /// Whether nothing is still there but nodes of 10 to below 15 mm.
    pub(super) fn only_small_nodes(&self) -> bool {
        let is_small = |place: usize| match self.sight.nontarget(place) {
            Some(NonTargetState::PresentNode(short_axis)) => short_axis < Micrometres::from_mm(15),
            _ => false,
        };
        let mut present = self.fates().filter(|(_, fate)| matches!(fate, Fate::Progresses | Fate::Persists));
        present.all(|(place, _)| is_small(place))
    }
}

/// Bone parts of targets that are not recorded as absent although the subject's targets are gone (recist-rules, W3).
pub(super) fn bone_parts_left(lesions: &[LesionFacts], sight: &Sight) -> Vec<BonePart> {
    let part = |(place, lesion): (usize, &LesionFacts)| {
        let fate = fate(sight.nontarget(place));
        let parent = lesion.parent_lesion.clone().filter(|_| lesion.role == Role::NonTarget && fate != Fate::Gone)?;
        let reason = Reason::BonePart { lesion: lesion.lesion.clone(), parent };
        Some(BonePart { reason, is_seen: fate != Fate::Unknown })
    };
    lesions.iter().enumerate().filter_map(part).collect()
}

/// The bone part of a target, where it is not gone.
pub(super) struct BonePart {
    pub(super) reason: Reason,
    /// The reader says that it is there: nothing to ask.
    pub(super) is_seen: bool,
}
