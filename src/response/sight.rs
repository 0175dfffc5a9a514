//! What was seen of which lesion, found once: lesions are known by their place in the list of the subject, so that no rule searches
//! for names.

use super::facts::{Finding, LesionFacts, NewState, NonTargetState, Role, TargetState, TimepointFacts};

/// The lesions of a subject by name.
pub(super) struct Names<'a> {
    lesions: &'a [LesionFacts],
    /// Places in order of name, and of the list where a name is there twice.
    in_order: Vec<usize>,
    /// For each place where it stands in that order, as long as no name is there twice.
    ranks: Vec<usize>,
}

impl<'a> Names<'a> {
    pub(super) fn of(lesions: &'a [LesionFacts]) -> Self {
        let name = |place: usize| lesions[place].lesion.as_str();
        let mut in_order: Vec<usize> = (0..lesions.len()).collect();
        in_order.sort_by(|a, b| name(*a).cmp(name(*b)));
        let mut ranks = Vec::new();
        if in_order.windows(2).all(|pair| name(pair[0]) != name(pair[1])) {
            ranks.resize(lesions.len(), 0);
            in_order.iter().enumerate().for_each(|(rank, place)| ranks[*place] = rank);
        }
        Self { lesions, in_order, ranks }
    }

    /// The places of the lesions of that name. Findings mostly come in the order of the lesions: `expected` is looked at first.
    pub(super) fn places(&self, name: &str, expected: usize) -> &[usize] {
        if let (Some(lesion), Some(rank)) = (self.lesions.get(expected), self.ranks.get(expected))
            && lesion.lesion == name
        {
            return &self.in_order[*rank..=*rank];
        }
        let from = self.in_order.partition_point(|place| self.lesions[*place].lesion.as_str() < name);
        let same = self.in_order[from..].partition_point(|place| self.lesions[*place].lesion == name);
        &self.in_order[from..from + same]
    }
}

/// One timepoint with what was seen of every lesion.
pub(super) struct Sight<'a> {
    pub(super) timepoint: &'a TimepointFacts,
    /// By the place of the lesion; only findings of its own role.
    findings: Vec<Option<&'a Finding>>,
}

impl<'a> Sight<'a> {
    /// Of several findings of one lesion the first counts.
    pub(super) fn of(timepoint: &'a TimepointFacts, names: &Names) -> Self {
        let mut findings = vec![None; names.lesions.len()];
        let mut expected = 0;
        for (name, finding) in &timepoint.findings {
            for place in names.places(name, expected) {
                expected = place + 1;
                if names.lesions[*place].role == finding.role() {
                    findings[*place].get_or_insert(finding);
                }
            }
        }
        Self { timepoint, findings }
    }

    /// Nothing can be said of a non-target that was treated outside the protocol before (recist-rules, V9). Targets know it themselves.
    pub(super) fn without_treated(mut self, lesions: &[LesionFacts], timepoints: &[TimepointFacts]) -> Self {
        let before = timepoints.iter().filter(|earlier| earlier.date < self.timepoint.date);
        for treated in before.flat_map(|earlier| &earlier.treated) {
            let is_treated = |lesion: &LesionFacts| lesion.role == Role::NonTarget && lesion.lesion == *treated;
            for (_, finding) in lesions.iter().zip(&mut self.findings).filter(|(lesion, _)| is_treated(lesion)) {
                *finding = None;
            }
        }
        self
    }

    /// The state of a target; not evaluable when nothing is recorded (never 0).
    pub(super) fn target(&self, place: usize) -> &'a TargetState {
        const NOTHING_RECORDED: TargetState = TargetState::NotEvaluable(None);
        match self.findings[place] {
            Some(Finding::Target(state)) => state,
            _ => &NOTHING_RECORDED,
        }
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
