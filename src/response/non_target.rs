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
    /// Their response.
    pub(super) response: NonTargetResponse,
    /// Those that are still there.
    pub(super) present: Vec<&'a str>,
    /// Nothing of the above but nodes of 10 to below 15 mm.
    pub(super) only_small_nodes: bool,
    /// Why.
    pub(super) reasons: Vec<Reason>,
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
        Some(NonTargetState::PresentNode(_) | NonTargetState::Present) => Fate::Persists,
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
    /// Judges the non-targets in the order PD, NE, CR, NON-CR/NON-PD. Markers stand beside lesions, targets or not: without any
    /// there is nothing that could respond.
    pub(super) fn at(
        lesions: &'a [LesionFacts],
        sight: &Sight,
        has_targets: bool,
        baseline_markers: Markers,
        settings: &Settings,
    ) -> Self {
        let nontargets = || lesions.iter().enumerate().filter(|(_, lesion)| lesion.role == Role::NonTarget);
        let with = |wanted: Fate| -> Vec<&'a str> {
            let matching = nontargets().filter(|(place, _)| fate(sight.nontarget(*place)) == wanted);
            matching.map(|(_, lesion)| lesion.lesion.as_str()).collect()
        };
        let named = |lesions: &[&str]| -> Vec<String> { lesions.iter().map(|lesion| (*lesion).into()).collect() };
        let (progressing, unknown, persisting) = (with(Fate::Progresses), with(Fate::Unknown), with(Fate::Persists));
        let small_node = |place: usize| match sight.nontarget(place) {
            Some(NonTargetState::PresentNode(short_axis)) => short_axis < Micrometres::from_mm(15),
            _ => false,
        };
        let is_present = |place: usize| matches!(fate(sight.nontarget(place)), Fate::Progresses | Fate::Persists);
        let only_small_nodes = nontargets().filter(|(place, _)| is_present(*place)).all(|(place, _)| small_node(place));
        let has_nontargets = nontargets().next().is_some();
        // Without any lesion there is nothing that could respond.
        let followed = settings.markers == FollowMarkers::Followed && (has_targets || has_nontargets);
        let markers_block = followed && markers_block(baseline_markers, sight.timepoint.markers);
        let mut reasons = Vec::new();
        let response = if !progressing.is_empty() {
            reasons.push(Reason::NonTargetPd { lesions: named(&progressing) });
            NonTargetResponse::PD
        } else if !unknown.is_empty() {
            reasons.push(Reason::NonTargetNe { lesions: named(&unknown) });
            if settings.nontarget_partly_ne == NonTargetPartlyNe::NonCrNonPd && !persisting.is_empty() {
                reasons.push(Reason::NonTargetPersists { lesions: named(&persisting) });
                NonTargetResponse::NonCrNonPd
            } else {
                NonTargetResponse::NE
            }
        } else if !persisting.is_empty() || markers_block {
            if !persisting.is_empty() {
                reasons.push(Reason::NonTargetPersists { lesions: named(&persisting) });
            }
            if markers_block {
                reasons.push(Reason::MarkersNotNormal);
            }
            NonTargetResponse::NonCrNonPd
        } else if !has_nontargets {
            reasons.push(Reason::NoNonTarget);
            NonTargetResponse::NA
        } else {
            reasons.push(Reason::NonTargetCr);
            NonTargetResponse::CR
        };
        let present = [progressing, persisting].concat();
        Self { response, present, only_small_nodes, reasons }
    }
}

/// Bone parts of targets that are not recorded as absent although the subject's targets are gone (recist-rules, W3).
pub(super) fn bone_parts_left(lesions: &[LesionFacts], sight: &Sight) -> Vec<Reason> {
    let left = |place: usize| fate(sight.nontarget(place)) != Fate::Gone;
    let reason = |(place, lesion): (usize, &LesionFacts)| {
        let parent = lesion.parent_lesion.clone().filter(|_| lesion.role == Role::NonTarget && left(place))?;
        Some(Reason::BonePart { lesion: lesion.lesion.clone(), parent })
    };
    lesions.iter().enumerate().filter_map(reason).collect()
}
