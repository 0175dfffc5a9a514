//! Local progression that must last: growth in the irradiated field soon after radiotherapy often comes from the treatment, so a
//! protocol may believe it only when the next scan still shows it (recist-rules, W4).

use super::assessment::{NewLesion, NonTargetResponse, Overall, TargetResponse, TimepointAssessment};
use super::overall::overall;
use super::reason::Reason;
use super::settings::Settings;
use super::target::is_partial_response;
use super::trajectory::Course;
use crate::units::Micrometres;

/// Takes progression back where the next evaluable timepoint does not meet PD. What is confirmed keeps its own day; what no scan
/// could confirm yet stays PD, with a question.
pub(super) fn require_confirmation(course: &mut Course, settings: &Settings) {
    let baseline = course.baseline.as_ref().and_then(|baseline| baseline.sum_mm);
    let timepoints = &mut course.timepoints;
    for place in 0..timepoints.len() {
        let (earlier, later) = timepoints.split_at_mut(place + 1);
        let judged = &mut earlier[place];
        if !judged.counts || judged.overall != Overall::PD {
            continue;
        }
        // What comes to light after the cut-off cannot change what was known at it.
        let in_time = |next: &&TimepointAssessment| settings.is_in_time(next.date_last) || !settings.is_in_time(judged.date_last);
        let next = later.iter().filter(|next| next.counts && next.overall != Overall::NE).find(in_time);
        match next {
            Some(next) if next.overall != Overall::PD => {
                judged.overall = without_progression(judged, baseline);
                judged.reasons.push(Reason::LocalPdNotConfirmed { next: next.date });
            }
            Some(_) => return,
            None => {
                judged.ask_if(true, "local-pd-unconfirmed");
                judged.provisional = true;
                return;
            }
        }
    }
}

/// The class that a timepoint has if nothing of it is progression.
fn without_progression(judged: &TimepointAssessment, baseline: Option<Micrometres>) -> Overall {
    let target = match (judged.target, judged.sum_mm.zip(baseline)) {
        (TargetResponse::PD, Some((sum, baseline))) if is_partial_response(sum, baseline) => TargetResponse::PR,
        (TargetResponse::PD, Some(_)) => TargetResponse::SD,
        (TargetResponse::PD, None) => TargetResponse::NE,
        (other, _) => other,
    };
    let nontarget = match judged.nontarget {
        NonTargetResponse::PD => NonTargetResponse::NonCrNonPd,
        other => other,
    };
    overall(target, nontarget, NewLesion::No).0
}
