//! What was recorded of single non-targets.

use super::walk::View;
use crate::response::facts::{Finding, NonTargetState};
use crate::response::reason::Reason;
use crate::response::target::NODE_NORMAL_BELOW;

/// What is recorded of a non-target.
fn state(view: &View, lesion: &str) -> Option<NonTargetState> {
    view.findings.iter().find_map(|(name, finding)| match finding {
        Finding::NonTarget(state) if name == lesion => Some(*state),
        _ => None,
    })
}

/// Whether a non-target is recorded as gone.
pub(super) fn gone(view: &View, lesion: &str) -> bool {
    match state(view, lesion) {
        Some(NonTargetState::Absent) => true,
        Some(NonTargetState::PresentNode(short_axis)) => short_axis < NODE_NORMAL_BELOW,
        _ => false,
    }
}

/// Whether a non-target is recorded as smaller than when it progressed.
pub(super) fn is_smaller(view: &View, lesion: &str) -> bool {
    state(view, lesion) == Some(NonTargetState::Decreased)
}

/// Whether a non-target is recorded as still there, and nothing else is said of it.
pub(super) fn is_present(view: &View, lesion: &str) -> bool {
    matches!(state(view, lesion), Some(NonTargetState::Present | NonTargetState::PresentNode(_))) && !gone(view, lesion)
}

/// Whether a non-target is recorded as larger than at its smallest. One that has not changed since it progressed is so too.
pub(super) fn is_increased(view: &View, lesion: &str) -> bool {
    state(view, lesion) == Some(NonTargetState::Increased)
}

/// Whether a non-target is recorded as grown since it progressed, unequivocally or not.
pub(super) fn has_grown(view: &View, lesion: &str) -> bool {
    matches!(state(view, lesion), Some(NonTargetState::IncreasedSinceLast | NonTargetState::UnequivocalProgression))
}

/// Non-targets in unequivocal progression.
pub(super) fn unequivocal(view: &View) -> Vec<String> {
    let lesions = view.read.reasons.iter().find_map(|reason| match reason {
        Reason::NonTargetPd { lesions } => Some(lesions.clone()),
        _ => None,
    });
    lesions.unwrap_or_default()
}
