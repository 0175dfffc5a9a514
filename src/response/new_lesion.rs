//! New lesions: each keeps its identity from the first doubt to the decision (recist-rules, section 6).

use super::assessment::NewLesion;
use super::facts::{Coverage, LesionFacts, NewState, Role, TimepointFacts};
use super::reason::Reason;
use super::settings::Settings;
use super::sight::Sight;
use super::target::NODE_NORMAL_BELOW;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// New lesions at one timepoint.
pub(super) struct NewLesions {
    /// What was seen.
    pub(super) class: NewLesion,
    /// Everything was looked at.
    pub(super) fully_assessed: bool,
    /// A node in doubt: a query, since a node grows for many reasons (recist-rules, N5).
    pub(super) doubtful_node: bool,
    /// A node that is called unequivocal at first sight ...
    sudden_node: bool,
    /// ... and an unequivocal lesion that is none.
    certain_evidence: bool,
    /// Why.
    pub(super) reasons: Vec<Reason>,
    /// Lesions in doubt here that a later timepoint proved real, with the day of the proof.
    pub(super) proved_later: Vec<(String, Date)>,
}

impl NewLesions {
    /// Whether a lesion that is in doubt here, by these reasons, has not been proved real since.
    pub(super) fn is_open(&self, reasons: &[Reason]) -> bool {
        let proved = |lesion: &String| self.proved_later.iter().any(|(other, _)| other == lesion);
        reasons.iter().any(|reason| matches!(reason, Reason::NewLesionEquivocal { lesion } if !proved(lesion)))
    }

    /// Whether nothing but nodes at first sight is new: the reader's word counts, and is asked about (recist-rules, N5).
    pub(super) fn only_sudden_nodes(&self) -> bool {
        self.sudden_node && !self.certain_evidence
    }

    /// Lesions that are disease here, as it was seen at once or later.
    pub(super) fn certain(&self) -> BTreeSet<&str> {
        let at_once = self.reasons.iter().filter_map(|reason| match reason {
            Reason::NewLesionUnequivocal { lesion } => Some(lesion.as_str()),
            _ => None,
        });
        at_once.chain(self.proved_later.iter().map(|(lesion, _)| lesion.as_str())).collect()
    }
}

/// What is known of one new lesion so far.
#[derive(Clone, Copy)]
enum Standing {
    None,
    Doubt,
    Real,
}

/// Follows every new lesion over the timepoints after baseline, in order of date.
pub(super) fn follow(lesions: &[LesionFacts], sights: &[Sight], settings: &Settings) -> Vec<NewLesions> {
    let mut seen: Vec<_> = sights.iter().map(|sight| look(sight.timepoint)).collect();
    for (place, lesion) in lesions.iter().enumerate().filter(|(_, lesion)| lesion.role == Role::New) {
        follow_one(lesion, place, sights, settings, &mut seen);
    }
    for at in &mut seen {
        if !at.fully_assessed {
            at.reasons.push(Reason::NewLesionsNotAssessed);
        }
    }
    seen
}

fn look(timepoint: &TimepointFacts) -> NewLesions {
    let fully_assessed = timepoint.new_lesions_assessed && timepoint.coverage == Coverage::Complete;
    let class = if fully_assessed { NewLesion::No } else { NewLesion::NotAssessed };
    NewLesions {
        class,
        fully_assessed,
        doubtful_node: false,
        sudden_node: false,
        certain_evidence: false,
        reasons: Vec::new(),
        proved_later: Vec::new(),
    }
}

/// An unbroken run of doubt ends in proof, or in `absent`; a timepoint that says nothing does not break it.
fn follow_one(lesion: &LesionFacts, place: usize, sights: &[Sight], settings: &Settings, seen: &mut [NewLesions]) {
    let mut standing = Standing::None;
    let mut doubts: Vec<usize> = Vec::new();
    for (index, sight) in sights.iter().enumerate() {
        let date = sight.timepoint.date;
        let state = sight.new_lesion(place);
        let mut sudden = false;
        let diameter = sight.timepoint.new_lesion_diameters.get(&lesion.lesion).filter(|_| lesion.nodal);
        // A node below 10 mm is no disease that somebody could doubt (recist-rules, N5).
        let is_normal = state == Some(NewState::Equivocal) && diameter.is_some_and(|short_axis| *short_axis < NODE_NORMAL_BELOW);
        match state.map(|state| if is_normal { NewState::Absent } else { state }) {
            Some(NewState::Equivocal) => {
                standing = Standing::Doubt;
                doubts.push(index);
            }
            Some(NewState::Unequivocal | NewState::IncreasedSinceLast) => {
                sudden = matches!(standing, Standing::None);
                standing = Standing::Real;
                // What came to light after the cut-off cannot change what was known at it.
                let known = settings.is_in_time(sight.timepoint.date_last);
                for doubt in doubts.drain(..).filter(|_| known) {
                    seen[doubt].proved_later.push((lesion.lesion.clone(), date));
                }
            }
            Some(NewState::Absent) => {
                standing = Standing::None;
                doubts.clear();
            }
            Some(NewState::NotEvaluable) | None => {}
        }
        let at = &mut seen[index];
        // Somebody looks at a place where there may be something, and cannot tell (recist-rules, W5). A doubt that is open stays open.
        let cannot_tell = matches!(standing, Standing::None) && state == Some(NewState::NotEvaluable);
        at.fully_assessed &= !cannot_tell;
        if !at.fully_assessed && at.class == NewLesion::No {
            at.class = NewLesion::NotAssessed;
        }
        match standing {
            Standing::None => {}
            Standing::Doubt => {
                at.reasons.push(Reason::NewLesionEquivocal { lesion: lesion.lesion.clone() });
                at.doubtful_node |= lesion.nodal;
                if at.class != NewLesion::Unequivocal {
                    at.class = NewLesion::Equivocal;
                }
            }
            Standing::Real => {
                at.reasons.push(Reason::NewLesionUnequivocal { lesion: lesion.lesion.clone() });
                let alone = sudden && lesion.nodal;
                at.sudden_node |= alone;
                at.certain_evidence |= !alone;
                at.class = NewLesion::Unequivocal;
            }
        }
    }
}
