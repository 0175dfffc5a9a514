//! Non-targets: their response (recist-rules, section 5).

use super::assessment::NonTargetResponse;
use super::facts::{Finding, LesionFacts, Markers, NonTargetState, Role, SubjectFacts, TimepointFacts};
use super::reason::Reason;
use super::settings::{FollowMarkers, NonTargetPartlyNe, Settings};
use super::target::NODE_NORMAL_BELOW;

/// All non-targets at one timepoint.
pub(super) struct NonTargets {
    /// Their response.
    pub(super) response: NonTargetResponse,
    /// Those that are still there.
    pub(super) present: Vec<String>,
    /// Nothing of the above but nodes of 10 to below 15 mm.
    pub(super) only_small_nodes: bool,
    /// Why.
    pub(super) reasons: Vec<Reason>,
}

/// What a state says about the lesion.
#[derive(PartialEq)]
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

fn state(timepoint: &TimepointFacts, lesion: &LesionFacts) -> Option<NonTargetState> {
    timepoint.findings.iter().find_map(|(name, finding)| match finding {
        Finding::NonTarget(state) if *name == lesion.lesion => Some(*state),
        _ => None,
    })
}

/// Markers stand against CR when they are raised, or were at baseline and are not known now; not when they were normal at
/// baseline, since then they do not follow the disease (recist-rules, section 5 and ambiguity A22).
fn markers_block(baseline: Markers, now: Markers) -> bool {
    match (baseline, now) {
        (_, Markers::Normal) | (Markers::Normal, _) | (Markers::NotApplicable, Markers::NotApplicable) => false,
        (Markers::Raised | Markers::NotApplicable, Markers::Raised) | (Markers::Raised, Markers::NotApplicable) => true,
    }
}

impl NonTargets {
    /// Judges the non-targets in the order PD, NE, CR, NON-CR/NON-PD. Markers stand beside lesions, targets or not: without any
    /// there is nothing that could respond.
    pub(super) fn at(
        facts: &SubjectFacts,
        timepoint: &TimepointFacts,
        has_targets: bool,
        baseline_markers: Markers,
        settings: &Settings,
    ) -> Self {
        let lesions: Vec<_> = facts.lesions.iter().filter(|lesion| lesion.role == Role::NonTarget).collect();
        let with = |wanted: Fate| -> Vec<String> {
            let matching = lesions.iter().filter(|lesion| fate(state(timepoint, lesion)) == wanted);
            matching.map(|lesion| lesion.lesion.clone()).collect()
        };
        let (progressing, unknown, persisting) = (with(Fate::Progresses), with(Fate::Unknown), with(Fate::Persists));
        let present: Vec<String> = progressing.iter().chain(&persisting).cloned().collect();
        let small_node = |lesion: &&&LesionFacts| {
            let short_axis = match state(timepoint, lesion) {
                Some(NonTargetState::PresentNode(short_axis)) => short_axis,
                _ => return false,
            };
            short_axis < crate::units::Micrometres::from_mm(15)
        };
        let only_small_nodes = lesions.iter().filter(|lesion| present.contains(&lesion.lesion)).all(|lesion| small_node(&lesion));
        // Without any lesion there is nothing that could respond.
        let followed = settings.markers == FollowMarkers::Followed && (has_targets || !lesions.is_empty());
        let markers_block = followed && markers_block(baseline_markers, timepoint.markers);
        let mut reasons = Vec::new();
        let response = if !progressing.is_empty() {
            reasons.push(Reason::NonTargetPd { lesions: progressing });
            NonTargetResponse::PD
        } else if !unknown.is_empty() {
            reasons.push(Reason::NonTargetNe { lesions: unknown });
            if settings.nontarget_partly_ne == NonTargetPartlyNe::NonCrNonPd && !persisting.is_empty() {
                reasons.push(Reason::NonTargetPersists { lesions: persisting });
                NonTargetResponse::NonCrNonPd
            } else {
                NonTargetResponse::NE
            }
        } else if !persisting.is_empty() || markers_block {
            if !persisting.is_empty() {
                reasons.push(Reason::NonTargetPersists { lesions: persisting });
            }
            if markers_block {
                reasons.push(Reason::MarkersNotNormal);
            }
            NonTargetResponse::NonCrNonPd
        } else if lesions.is_empty() {
            reasons.push(Reason::NoNonTarget);
            NonTargetResponse::NA
        } else {
            reasons.push(Reason::NonTargetCr);
            NonTargetResponse::CR
        };
        Self { response, present, only_small_nodes, reasons }
    }
}

/// Bone parts of targets that are not recorded as absent although the subject's targets are gone (recist-rules, W3).
pub(super) fn bone_parts_left(facts: &SubjectFacts, timepoint: &TimepointFacts) -> Vec<Reason> {
    let left = |lesion: &&LesionFacts| fate(state(timepoint, lesion)) != Fate::Gone;
    let bone_parts = facts.lesions.iter().filter(|lesion| lesion.role == Role::NonTarget && lesion.parent_lesion.is_some());
    let reason = |lesion: &LesionFacts| {
        lesion.parent_lesion.clone().map(|parent| Reason::BonePart { lesion: lesion.lesion.clone(), parent })
    };
    bone_parts.filter(left).filter_map(reason).collect()
}
