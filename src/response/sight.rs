//! What was seen of which lesion, found once: lesions are known by their place in the list of the subject, so that no rule searches
//! for names.

use super::facts::{
    Finding, LesionFacts, NewState, NonTargetState, Role, SubjectFacts, TargetState, TimepointFacts, TimepointKind,
};
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The lesions of a subject by name.
pub(super) struct Names<'a> {
    lesions: &'a [LesionFacts],
    /// Places in order of name, and of the list where a name is there twice.
    in_order: Vec<usize>,
    /// No name is there twice.
    pub(super) unique: bool,
}

impl<'a> Names<'a> {
    fn of(lesions: &'a [LesionFacts]) -> Self {
        let name = |place: usize| lesions[place].lesion.as_str();
        let mut in_order: Vec<usize> = (0..lesions.len()).collect();
        in_order.sort_by(|a, b| name(*a).cmp(name(*b)));
        let unique = in_order.windows(2).all(|pair| name(pair[0]) != name(pair[1]));
        Self { lesions, in_order, unique }
    }

    /// The places of all lesions of that name.
    pub(super) fn places(&self, name: &str) -> &[usize] {
        let from = self.in_order.partition_point(|place| self.lesions[*place].lesion.as_str() < name);
        let same = self.in_order[from..].partition_point(|place| self.lesions[*place].lesion == name);
        &self.in_order[from..from + same]
    }

    /// The role of the last lesion of that name.
    pub(super) fn role(&self, name: &str) -> Option<Role> {
        self.places(name).last().map(|place| self.lesions[*place].role)
    }

    /// Whether the lesion at that place is the only one of that name.
    fn is_only(&self, place: usize, name: &str) -> bool {
        self.unique && self.lesions.get(place).is_some_and(|lesion| lesion.lesion == name)
    }
}

/// What was seen of every lesion at every timepoint of a subject.
pub(super) struct Sights<'a> {
    facts: &'a SubjectFacts,
    pub(super) names: Names<'a>,
    /// Row by row; only findings that fit the role of their lesion.
    findings: Vec<Option<&'a Finding>>,
    /// Every finding belongs to a lesion of its role that has no other one, is not new at baseline, and has not merged: nothing about
    /// findings needs a check.
    pub(super) plain: bool,
    /// The places of the targets of baseline. A confluent mass that gets an identity of its own after baseline is not among them:
    /// the targets that merged into it point to it.
    pub(super) followed: Vec<usize>,
}

impl<'a> Sights<'a> {
    /// Of several findings of one lesion the first counts.
    pub(super) fn of(facts: &'a SubjectFacts) -> Self {
        let (names, columns) = (Names::of(&facts.lesions), facts.lesions.len());
        let mut findings = vec![None; columns * facts.timepoints.len()];
        let mut plain = true;
        for (at, timepoint) in facts.timepoints.iter().enumerate() {
            let row = &mut findings[at * columns..(at + 1) * columns];
            let follow_up = timepoint.kind.is_follow_up();
            // Findings mostly come in the order of the lesions.
            let mut expected = 0;
            for (name, finding) in &timepoint.findings {
                let only = [expected];
                let places = if names.is_only(expected, name) { &only } else { names.places(name) };
                plain &= places.len() == 1 && !matches!(finding, Finding::Target(TargetState::Merged { .. }));
                for place in places {
                    expected = place + 1;
                    let role = facts.lesions[*place].role;
                    plain &= role == finding.role() && row[*place].is_none() && (role != Role::New || follow_up);
                    if role == finding.role() {
                        row[*place].get_or_insert(finding);
                    }
                }
            }
        }
        if facts.timepoints.iter().any(on_trial_treated) {
            for (at, timepoint) in facts.timepoints.iter().enumerate() {
                forget_treated(facts, timepoint, &mut findings[at * columns..(at + 1) * columns]);
            }
        }
        let targets = facts.lesions.iter().enumerate().filter(|(_, lesion)| lesion.role == Role::Target);
        let masses = if plain { BTreeSet::new() } else { masses_after_baseline(facts) };
        let followed = targets.filter(|(_, lesion)| !masses.contains(lesion.lesion.as_str())).map(|(place, _)| place).collect();
        Self { facts, names, findings, plain, followed }
    }

    /// The timepoint at that place.
    pub(super) fn at(&self, at: usize) -> Sight<'_> {
        let columns = self.facts.lesions.len();
        Sight { timepoint: &self.facts.timepoints[at], findings: &self.findings[at * columns..(at + 1) * columns] }
    }
}

/// The same facts where nothing is said any more of non-targets and new lesions that were treated outside the protocol before.
pub(super) fn without_treated(facts: &SubjectFacts) -> Cow<'_, SubjectFacts> {
    if !facts.timepoints.iter().any(on_trial_treated) {
        return Cow::Borrowed(facts);
    }
    let mut known = facts.clone();
    for timepoint in &mut known.timepoints {
        let is_treated = |name: &String| {
            let mut before = facts.timepoints.iter().filter(|earlier| on_trial_treated(earlier) && earlier.date < timepoint.date);
            before.any(|earlier| earlier.treated.contains(name))
        };
        let silent = |(name, finding): &(String, Finding)| finding.role() != Role::Target && is_treated(name);
        timepoint.findings.retain(|finding| !silent(finding));
    }
    Cow::Owned(known)
}

fn on_trial_treated(timepoint: &TimepointFacts) -> bool {
    timepoint.kind != TimepointKind::History && !timepoint.treated.is_empty()
}

/// Nothing can be said of a non-target or a new lesion that was treated outside the protocol before (recist-rules, V9); what was
/// done before the trial does not matter (M9). Targets know it themselves.
fn forget_treated(facts: &SubjectFacts, timepoint: &TimepointFacts, findings: &mut [Option<&Finding>]) {
    let before = facts.timepoints.iter().filter(|earlier| on_trial_treated(earlier) && earlier.date < timepoint.date);
    for earlier in before {
        let others = facts.lesions.iter().zip(&mut *findings).filter(|(lesion, _)| lesion.role != Role::Target);
        others.filter(|(lesion, _)| earlier.treated.contains(&lesion.lesion)).for_each(|(_, finding)| *finding = None);
    }
}

/// The targets of baseline; see [`Sights::followed`].
pub(super) fn followed_lesions(facts: &SubjectFacts) -> impl Iterator<Item = &LesionFacts> {
    Sights::of(facts).followed.into_iter().map(|place| &facts.lesions[place])
}

/// What lesions have merged into, unless it was there at baseline.
fn masses_after_baseline(facts: &SubjectFacts) -> BTreeSet<&str> {
    let findings =
        || facts.timepoints.iter().flat_map(|timepoint| timepoint.findings.iter().map(move |seen| (timepoint.kind, seen)));
    let masses = findings().filter_map(|(_, (_, finding))| match finding {
        Finding::Target(TargetState::Merged { into }) => Some(into.as_str()),
        _ => None,
    });
    let at_baseline = |mass: &str| findings().any(|(kind, (name, _))| kind == TimepointKind::Baseline && name == mass);
    masses.filter(|mass| !at_baseline(mass)).collect()
}

/// One timepoint with what was seen of every lesion.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) timepoint: &'a TimepointFacts,
    findings: &'a [Option<&'a Finding>],
}

impl<'a> Sight<'a> {
    /// What timepoints are ordered by.
    pub(super) fn day_and_visit(&self) -> (Date, &'a str) {
        (self.timepoint.date, &self.timepoint.visit)
    }

    /// The state of a target; not evaluable when nothing is recorded (never 0).
    pub(super) fn target(&self, place: usize) -> &'a TargetState {
        const NOTHING_RECORDED: TargetState = TargetState::NotEvaluable(None);
        match self.findings[place] {
            Some(Finding::Target(state)) => state,
            _ => &NOTHING_RECORDED,
        }
    }

    /// Whether anything is recorded.
    pub(super) fn is_recorded(&self, place: usize) -> bool {
        self.findings[place].is_some()
    }

    /// The state of a non-target; `None` when nothing is recorded.
    pub(super) fn nontarget(&self, place: usize) -> Option<NonTargetState> {
        match self.findings[place] {
            Some(Finding::NonTarget(state)) => Some(*state),
            _ => None,
        }
    }

    /// The state of a new lesion; `None` when nothing is recorded.
    pub(super) fn new_lesion(&self, place: usize) -> Option<NewState> {
        match self.findings[place] {
            Some(Finding::New(state)) => Some(*state),
            _ => None,
        }
    }
}
