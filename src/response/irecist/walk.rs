//! Walks the timepoints as RECIST 1.1 judged them, and tells which progression is unconfirmed, confirmed or taken back.

use super::conclusion::conclude;
use super::new_lesions::{NewLesions, follow};
use super::pending::{Pending, PendingQuery};
use super::{Category, IrecistAssessment, IrecistReason, IrecistResponse, IrecistTimepoint};
use crate::response::assess;
use crate::response::assessment::{NewLesion, NonTargetResponse, Overall, TargetResponse, TimepointAssessment};
use crate::response::facts::{Coverage, Finding, NewState, Role, SubjectFacts, TimepointFacts, TimepointKind};
use crate::response::overall::overall;
use crate::response::reason::Reason;
use crate::response::scan_day::scan_day;
use crate::response::settings::{AfterPd, Settings, SubsetPd, UnscheduledPd};
use crate::response::sight::without_treated;
use crate::response::target::{MIN_GROWTH, is_progression};
use crate::response::timepoints::baseline_and_follow_ups;
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Derives the iRECIST response of a subject. Like [`assess`] it takes any facts; a subject whose baseline sum is undefined gets NE
/// throughout.
pub fn assess_irecist(facts: &SubjectFacts, settings: &Settings) -> IrecistAssessment {
    // Every timepoint is needed, those after a PD by RECIST 1.1 most of all.
    let all = Settings { after_pd: AfterPd::Marked, ..settings.clone() };
    let read = assess(facts, &all);
    let without_new_lesions = assess(&without_new_lesions(facts), &all);
    let known = without_treated(facts);
    let (_, timepoints) = baseline_and_follow_ups(&known);
    let new_lesions = follow(facts, &timepoints, &read.timepoints, settings);
    let mut walk = Walk { facts, settings, state: State::default(), complete_response: false };
    let mut judged = Vec::new();
    let seen = timepoints.iter().zip(&read.timepoints).zip(&without_new_lesions.timepoints).zip(&new_lesions);
    for (((timepoint, read), old_lesions), new) in seen {
        judged.push(walk.judge(timepoint, read, old_lesions, new, judged.len()));
    }
    conclude(facts, read, judged, settings)
}

/// The same subject, as if nothing but the lesions of baseline had been recorded.
fn without_new_lesions(facts: &SubjectFacts) -> SubjectFacts {
    let mut facts = facts.clone();
    facts.lesions.retain(|lesion| lesion.role != Role::New);
    for timepoint in &mut facts.timepoints {
        timepoint.findings.retain(|(_, finding)| finding.role() != Role::New);
    }
    facts
}

/// What the rules of confirmation look at in one timepoint.
pub(super) struct View<'a> {
    pub(super) read: &'a TimepointAssessment,
    pub(super) findings: &'a [(String, Finding)],
    pub(super) new: &'a NewLesions,
    /// Targets and non-targets, where they meet PD.
    pub(super) progressing: Vec<Category>,
    /// Non-targets that are back after an iCR.
    pub(super) recurred_nontargets: Vec<String>,
    /// The class but for new lesions, which only block CR.
    pub(super) base: Overall,
    /// Sum and nadir of the known new lesions, where they meet PD.
    pub(super) known_new_lesions_pd: Option<(Micrometres, Micrometres)>,
    /// What is progression here by itself, new lesions as far as they go beyond those that are known.
    causes: Vec<Category>,
    /// Day of the scan that shows it.
    pub(super) shown_on: Date,
    /// Whether the scan was made for new symptoms.
    pub(super) new_symptoms: Option<bool>,
    /// Not an unscheduled scan of a part without PD, which counts for nothing (recist-rules, W7).
    pub(super) may_confirm: bool,
}

/// A timepoint of this walk.
pub(super) struct Judged {
    /// Its classes.
    pub(super) timepoint: IrecistTimepoint,
    /// The place of the iUPD that is pending after it.
    pub(super) pending_since: Option<usize>,
    /// Day of the scan that shows the progression of this timepoint.
    pub(super) shown_on: Date,
    /// New lesions in doubt here that proved real later: day of the timepoint that proved it, and of the scan that shows the doubt.
    pub(super) doubts: Vec<(Date, Date)>,
}

/// What is carried from one timepoint to the next.
#[derive(Clone, Default)]
struct State {
    pending: Option<Pending>,
    /// New lesions that stood by when a progression was taken back.
    known: BTreeSet<String>,
    /// Diameters of the new lesions so far, while they were there.
    diameters: Vec<BTreeMap<String, Micrometres>>,
}

struct Walk<'a> {
    facts: &'a SubjectFacts,
    settings: &'a Settings,
    state: State,
    /// There was an iCR.
    complete_response: bool,
}

impl<'a> Walk<'a> {
    fn judge(
        &mut self,
        timepoint: &'a TimepointFacts,
        read: &'a TimepointAssessment,
        old_lesions: &'a TimepointAssessment,
        new: &'a NewLesions,
        place: usize,
    ) -> Judged {
        let view = self.view(timepoint, read, old_lesions, new);
        let mut judged = of_recist(read, new);
        let before = self.state.clone();
        match self.state.pending.take() {
            Some(pending) => self.step(pending, &view, &mut judged),
            None => self.look(&view, &mut judged, place),
        }
        let counts = self.settings.unscheduled_pd == UnscheduledPd::Any || view.causes.contains(&Category::NewLesion);
        let shows_progression = counts
            && match judged.overall {
                IrecistResponse::IUpd => before.pending.is_none(),
                IrecistResponse::ICpd => before.pending.as_ref().is_none_or(|pending| !pending.confirmed),
                _ => false,
            };
        if is_unscheduled_partial(timepoint) && !shows_progression {
            self.state = before;
            judged.counts = false;
            if read.counts {
                judged.reasons.push(Reason::UnscheduledPartial.into());
            }
        } else {
            let there = new.diameters.iter().filter(|(lesion, _)| new.real.contains(*lesion));
            self.state.diameters.push(there.map(|(lesion, diameter)| (lesion.clone(), *diameter)).collect());
            self.complete_response |= judged.overall == IrecistResponse::ICr;
        }
        if let Some(pending) = &self.state.pending {
            judged.causes.clone_from(&pending.causes);
        }
        judged.provisional = !judged.queries.is_empty();
        let doubts = read.reasons.iter().filter_map(|reason| match reason {
            Reason::BackDated { lesion, proved } => Some((*proved, scan_day(timepoint, lesion))),
            _ => None,
        });
        Judged {
            shown_on: view.shown_on,
            doubts: doubts.collect(),
            pending_since: self.state.pending.as_ref().map(|pending| pending.first),
            timepoint: judged,
        }
    }

    fn view(
        &self,
        timepoint: &'a TimepointFacts,
        read: &'a TimepointAssessment,
        old_lesions: &'a TimepointAssessment,
        new: &'a NewLesions,
    ) -> View<'a> {
        let recurred = self.recurred(read, old_lesions);
        let of_role = |role: Role| {
            let is_one = |name: &&String| self.facts.lesions.iter().any(|lesion| lesion.role == role && lesion.lesion == **name);
            recurred.iter().filter(is_one).cloned().collect::<Vec<_>>()
        };
        let (targets, recurred_nontargets) = (of_role(Role::Target), of_role(Role::NonTarget));
        let mut progressing = Vec::new();
        if read.target == TargetResponse::PD || !targets.is_empty() {
            progressing.push(Category::Target);
        }
        if read.nontarget == NonTargetResponse::PD || !recurred_nontargets.is_empty() {
            progressing.push(Category::NonTarget);
        }
        let base = if progressing.is_empty() { but_for_new_lesions(read, new) } else { Overall::PD };
        let known_new_lesions_pd = self.known_new_lesions_pd(new);
        let may_confirm = read.counts;
        let further = new.real.difference(&self.state.known).next().is_some();
        let mut causes = progressing.clone();
        causes.extend((further || known_new_lesions_pd.is_some()).then_some(Category::NewLesion));
        View {
            shown_on: shown_on(&causes, timepoint, old_lesions, new, &self.state.known),
            causes,
            read,
            findings: &timepoint.findings,
            new,
            progressing,
            recurred_nontargets,
            base,
            known_new_lesions_pd,
            new_symptoms: timepoint.new_symptoms,
            may_confirm,
        }
    }

    /// Lesions of baseline that are back after a CR. New lesions keep RECIST 1.1 from a CR that is an iCR; without them it may have seen
    /// one that was none.
    fn recurred<'b>(&self, read: &'b TimepointAssessment, old_lesions: &'b TimepointAssessment) -> &'b [String] {
        let alone = |reason: &Reason| matches!(reason, Reason::RecurrenceAfterCr { .. });
        match self.complete_response {
            true => &old_lesions.recurred,
            false if read.reasons.iter().any(alone) => &read.recurred,
            false => &[],
        }
    }

    /// Whether the new lesions known before meet PD by their own sum: 20 % and 5 mm above its nadir.
    fn known_new_lesions_pd(&self, new: &NewLesions) -> Option<(Micrometres, Micrometres)> {
        let is_measured = |lesion: &&String| self.state.diameters.iter().any(|diameters| diameters.contains_key(*lesion));
        let measured: Vec<&String> = self.state.known.iter().filter(is_measured).collect();
        let sum_of = |diameters: &BTreeMap<String, Micrometres>| -> Option<Micrometres> {
            measured.iter().map(|lesion| diameters.get(*lesion).copied()).sum::<Option<_>>()
        };
        let nadir = self.state.diameters.iter().filter_map(sum_of).min().filter(|_| !measured.is_empty())?;
        let evaluated = || measured.iter().filter_map(|lesion| new.diameters.get(*lesion).copied()).sum();
        let partial = (self.settings.subset_pd == SubsetPd::LowerBound).then(evaluated);
        let sum = sum_of(&new.diameters).or(partial)?;
        is_progression(sum, nadir, MIN_GROWTH).then_some((sum, nadir))
    }

    /// Nothing is pending: what RECIST 1.1 calls PD is an iUPD, unless it rests on new lesions that are known.
    fn look(&mut self, view: &View, judged: &mut IrecistTimepoint, place: usize) {
        let causes = view.causes.clone();
        let further: Vec<_> = view.new.real.difference(&self.state.known).cloned().collect();
        if causes.is_empty() {
            return self.respond(view, judged);
        }
        if let Some((sum, nadir)) = view.known_new_lesions_pd {
            judged.reasons.push(IrecistReason::NewLesionSumPd { sum, nadir });
        }
        if !further.is_empty() && !self.state.known.is_empty() {
            judged.reasons.push(IrecistReason::FurtherNewLesions { lesions: further });
        }
        judged.overall = IrecistResponse::IUpd;
        judged.reasons.push(IrecistReason::Unconfirmed { causes: causes.clone() });
        self.state.pending = Some(Pending::new(place, causes, view));
    }

    fn respond(&mut self, view: &View, judged: &mut IrecistTimepoint) {
        self.state.known.clone_from(&view.new.real);
        judged.overall = view.base.into();
        let lesions: Vec<String> = view.new.real.iter().cloned().collect();
        if lesions.is_empty() {
            return;
        }
        let nothing_else = matches!(view.read.target, TargetResponse::CR | TargetResponse::NA)
            && matches!(view.read.nontarget, NonTargetResponse::CR | NonTargetResponse::NA);
        judged.reasons.push(IrecistReason::KnownNewLesions { lesions: lesions.clone() });
        if nothing_else {
            judged.reasons.push(IrecistReason::NewLesionsBlockCr { lesions });
        }
    }

    fn step(&mut self, mut pending: Pending, view: &View, judged: &mut IrecistTimepoint) {
        let step = pending.step(view, self.settings);
        judged.reasons.extend(step.reasons);
        judged.ask_if(step.query == Some(PendingQuery::EarlyConfirmation), "early-confirmation");
        judged.ask_if(step.query == Some(PendingQuery::NonTargetAfterIupd), "nontarget-after-iupd");
        judged.ask_if(step.query == Some(PendingQuery::NewNode), "new-node");
        if step.reset {
            self.respond(view, judged);
        } else {
            judged.overall = step.class;
            self.state.pending = Some(pending);
        }
    }
}

/// The class by targets and non-targets alone, where neither meets PD. New lesions block CR, and nothing else.
fn but_for_new_lesions(read: &TimepointAssessment, new: &NewLesions) -> Overall {
    let class = match read.overall_as_read {
        Overall::PD => overall(read.target, read.nontarget, NewLesion::No).0,
        class => class,
    };
    let blocked = class == Overall::CR && !new.real.is_empty();
    match read.target {
        TargetResponse::NA if blocked => Overall::NonCrNonPd,
        _ if blocked => Overall::PR,
        _ => class,
    }
}

/// The earliest scan that shows what makes the progression of a timepoint. New lesions that were known before are a cause by their sum
/// only.
fn shown_on(
    causes: &[Category],
    timepoint: &TimepointFacts,
    old_lesions: &TimepointAssessment,
    new: &NewLesions,
    known: &BTreeSet<String>,
) -> Date {
    let mut days = Vec::new();
    if causes.iter().any(|cause| *cause != Category::NewLesion) {
        days.push(old_lesions.pd_day);
    }
    if causes.contains(&Category::NewLesion) {
        let further: Vec<&String> = new.real.difference(known).collect();
        let lesions = if further.is_empty() { new.real.iter().collect() } else { further };
        let is_seen = |finding: &Finding| *finding != Finding::New(NewState::NotEvaluable);
        let is_here = |lesion: &&String| timepoint.findings.iter().any(|(name, finding)| name == *lesion && is_seen(finding));
        days.extend(lesions.into_iter().filter(is_here).map(|lesion| scan_day(timepoint, lesion)));
    }
    days.into_iter().min().unwrap_or(timepoint.date)
}

/// An unscheduled scan of a part counts for nothing, unless it shows progression (recist-rules, W7).
fn is_unscheduled_partial(timepoint: &TimepointFacts) -> bool {
    timepoint.kind == TimepointKind::Unscheduled && timepoint.coverage != Coverage::Complete
}

/// What iRECIST takes over from RECIST 1.1.
fn of_recist(read: &TimepointAssessment, new: &NewLesions) -> IrecistTimepoint {
    IrecistTimepoint {
        date: read.date,
        visit: read.visit.clone(),
        sum_mm: read.sum_mm,
        nadir_mm: read.nadir_mm,
        change_from_baseline_pct: read.change_from_baseline_pct,
        change_from_nadir_pct: read.change_from_nadir_pct,
        new_lesion_sum_mm: new.sum,
        target: read.target,
        nontarget: read.nontarget,
        new_lesion: read.new_lesion,
        overall: IrecistResponse::NE,
        recist: read.overall,
        causes: Vec::new(),
        after_icpd: false,
        date_first: read.date_first,
        date_last: read.date_last,
        coverage: read.coverage,
        provisional: false,
        queries: read.queries.clone(),
        reasons: read.reasons.iter().cloned().map(IrecistReason::Recist).collect(),
        counts: true,
    }
}

impl IrecistTimepoint {
    /// Adds a query, once.
    fn ask_if(&mut self, condition: bool, code: &str) {
        if condition && !self.queries.iter().any(|query| query == code) {
            self.queries.push(code.to_string());
        }
    }
}
