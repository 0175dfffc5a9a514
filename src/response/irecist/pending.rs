//! A progression that waits to be confirmed, and what a later timepoint makes of it.

use super::non_targets::{gone, has_grown, is_increased, is_present, is_smaller, unequivocal};
use super::walk::View;
use super::{Category, IrecistReason, IrecistResponse, Shrinkage};
use crate::response::assessment::{NonTargetResponse, Overall, TargetResponse};
use crate::response::days_between;
use crate::response::settings::{Settings, SubsetPd};
use crate::response::target::MIN_GROWTH;
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// An iUPD and what was known at it.
#[derive(Clone)]
pub(super) struct Pending {
    /// Day of the first iUPD of the block.
    pub(super) since: Date,
    /// Day of the scan that shows it.
    shown_on: Date,
    /// Place of its timepoint.
    pub(super) first: usize,
    /// Where it was seen.
    pub(super) causes: Vec<Category>,
    /// An iCPD confirmed it.
    pub(super) confirmed: bool,
    /// Day of what follows, with which later timepoints are compared: the iUPD, and the iCPD from then on.
    compared: Date,
    /// Where there was progression on that day.
    progressing: Vec<Category>,
    target: TargetResponse,
    nontarget: NonTargetResponse,
    /// Non-targets that made it.
    progressed: BTreeSet<String>,
    new_lesions: BTreeSet<String>,
    /// Where growth is counted from: the first complete sum since, and the first diameter of each new lesion.
    pub(super) sum: Option<Micrometres>,
    pub(super) diameters: BTreeMap<String, Micrometres>,
    /// The same for the new lesions outside of the sum.
    pub(super) outside: BTreeMap<String, Micrometres>,
}

/// What a timepoint makes of a pending progression.
pub(super) struct Step {
    pub(super) class: IrecistResponse,
    pub(super) reasons: Vec<IrecistReason>,
    /// The progression is taken back.
    pub(super) reset: bool,
    /// A query that decides.
    pub(super) query: Option<PendingQuery>,
}

/// What only a person can tell.
#[derive(PartialEq)]
pub(super) enum PendingQuery {
    /// Was an early scan made for new symptoms?
    EarlyConfirmation,
    /// Have the non-targets of the iUPD shrunk since?
    NonTargetAfterIupd,
    /// Is a new node, which alone confirms, disease?
    NewNode,
}

impl Pending {
    /// The iUPD of a timepoint.
    pub(super) fn new(first: usize, causes: Vec<Category>, view: &View) -> Self {
        let mut progressed = BTreeSet::from_iter(view.recurred_nontargets.iter().cloned());
        progressed.extend(unequivocal(view));
        let mut pending = Self {
            since: view.read.date,
            shown_on: view.shown_on,
            first,
            progressing: causes.clone(),
            causes,
            confirmed: false,
            compared: view.read.date,
            target: view.read.target,
            nontarget: view.read.nontarget,
            progressed,
            new_lesions: view.new.real.clone(),
            sum: None,
            diameters: BTreeMap::new(),
            outside: BTreeMap::new(),
        };
        pending.remember(view);
        pending
    }

    fn remember(&mut self, view: &View) {
        self.sum = self.sum.or(view.read.sum_mm);
        // A lesion that comes after the iUPD confirms by being there; growth is counted of those that made it.
        let of_iupd = |(lesion, _): &(&String, &Micrometres)| self.new_lesions.contains(*lesion);
        for (lesion, diameter) in view.new.diameters.iter().filter(of_iupd) {
            self.diameters.entry(lesion.clone()).or_insert(*diameter);
        }
        for (lesion, diameter) in view.new.outside.iter().filter(of_iupd) {
            self.outside.entry(lesion.clone()).or_insert(*diameter);
        }
    }

    fn progressed_in(&self, category: Category) -> bool {
        self.progressing.contains(&category)
    }

    /// The progression is confirmed; from here on it is compared with this timepoint.
    fn confirm(&mut self, view: &View) {
        let further = !view.new.real.is_subset(&self.new_lesions) || view.known_new_lesions_pd.is_some();
        let mut progressing = self.progressing.clone();
        progressing.extend(view.progressing.iter().copied().chain(further.then_some(Category::NewLesion)));
        progressing.sort();
        progressing.dedup();
        let confirmed = Self::new(self.first, progressing, view);
        let mut progressed = std::mem::take(&mut self.progressed);
        progressed.extend(confirmed.progressed);
        let causes = std::mem::take(&mut self.causes);
        *self = Self { since: self.since, shown_on: self.shown_on, causes, progressed, confirmed: true, ..confirmed };
    }

    /// Growth first, then what RECIST 1.1 still calls PD, then shrinkage; whatever is none of these is no change.
    pub(super) fn step(&mut self, view: &View, settings: &Settings) -> Step {
        let growth = if view.may_confirm { self.growth(view, settings) } else { Vec::new() };
        let figures = self.figures(view);
        self.remember(view);
        if !growth.is_empty() {
            return self.grown(growth, view, settings);
        }
        let mut step = self.not_grown(view, settings);
        let increased: Vec<_> = self.progressed.iter().filter(|lesion| is_increased(view, lesion)).cloned().collect();
        if !increased.is_empty() {
            let could_confirm =
                view.may_confirm && !self.confirmed && least_days(settings) <= days_between(self.shown_on, view.shown_on);
            step.query = step.query.or(could_confirm.then_some(PendingQuery::NonTargetAfterIupd));
            step.reasons.insert(0, IrecistReason::NonTargetIncreased { lesions: increased, since: self.compared });
        }
        let figures = figures.into_iter().filter(|_| !step.reset);
        let figures = figures.map(|figures| IrecistReason::Figures { figures, since: self.compared });
        step.reasons.splice(0..0, figures);
        step
    }

    /// What is no growth.
    fn not_grown(&self, view: &View, settings: &Settings) -> Step {
        let (since, confirmed) = (self.compared, self.confirmed);
        let standing = if self.confirmed { IrecistResponse::ICpd } else { IrecistResponse::IUpd };
        let step = |class, reason| Step { class, reasons: vec![reason], reset: false, query: None };
        if view.base == Overall::PD {
            return step(standing, IrecistReason::StillProgression { since, confirmed });
        }
        if view.base == Overall::NE {
            if self.progressed_in(Category::NewLesion) && view.new.seen {
                return step(standing, IrecistReason::Unchanged { since, confirmed });
            }
            return step(IrecistResponse::NE, IrecistReason::StillPending { since: self.since });
        }
        if let Some(by) = self.shrinkage(view) {
            let unstable = self.unstable_new_lesions(view, settings);
            if !unstable.is_empty() {
                let lesions = unstable.into_iter().collect();
                return step(standing, IrecistReason::UnstableNewLesions { lesions, since, by });
            }
            let class = IrecistResponse::from(view.base);
            return Step { reset: true, ..step(class, IrecistReason::Reset { since: self.since, confirmed, class, by }) };
        }
        let mut unchanged = step(standing, IrecistReason::Unchanged { since, confirmed });
        if self.unresolved(view) == [Category::NonTarget] {
            let present: Vec<_> = self.progressed.iter().filter(|lesion| is_present(view, lesion)).cloned().collect();
            let increased = self.progressed.iter().any(|lesion| is_increased(view, lesion));
            if !present.is_empty() {
                unchanged.reasons.insert(0, IrecistReason::NonTargetUnchanged { lesions: present.clone(), since });
            }
            unchanged.query = (increased || !present.is_empty()).then_some(PendingQuery::NonTargetAfterIupd);
        }
        unchanged
    }

    /// Growth confirms, unless the scan is too early.
    fn grown(&mut self, mut reasons: Vec<IrecistReason>, view: &View, settings: &Settings) -> Step {
        let since = self.since;
        let days = days_between(self.shown_on, view.shown_on);
        let least = least_days(settings);
        if days < least && !self.confirmed {
            let additional = reasons.iter().any(|reason| matches!(reason, IrecistReason::AdditionalNewLesions { .. }));
            if !(additional && view.new_symptoms == Some(true)) {
                reasons.push(IrecistReason::TooEarly { since, days, least });
                let ask = additional && view.new_symptoms.is_none();
                let query = ask.then_some(PendingQuery::EarlyConfirmation);
                return Step { class: IrecistResponse::IUpd, reasons, reset: false, query };
            }
            reasons.push(IrecistReason::NewSymptoms { days });
        }
        let query = (!self.confirmed && only_sudden_nodes(&reasons, view)).then_some(PendingQuery::NewNode);
        if !self.confirmed {
            reasons.push(IrecistReason::Confirmed { since, days });
            self.confirm(view);
        }
        Step { class: IrecistResponse::ICpd, reasons, reset: false, query }
    }

    /// What is more than at the iUPD. Increases add up over the timepoints, since all are counted from there.
    fn growth(&self, view: &View, settings: &Settings) -> Vec<IrecistReason> {
        let since = self.compared;
        let mut grown = Vec::new();
        let partial = view.read.partial_sum_mm.filter(|_| settings.subset_pd == SubsetPd::LowerBound);
        let sum = view.read.sum_mm.or(partial);
        if let (true, Some(sum), Some(before)) = (self.progressed_in(Category::Target), sum, self.sum)
            && sum - before >= MIN_GROWTH
        {
            grown.push(IrecistReason::TargetGrowth { sum, before, since });
        }
        if self.progressed_in(Category::NonTarget) {
            let lesions = self.grown_nontargets(view);
            if !lesions.is_empty() {
                grown.push(IrecistReason::NonTargetGrowth { lesions, since });
            }
            let lesions: Vec<_> = unequivocal(view).into_iter().filter(|lesion| !self.progressed.contains(lesion)).collect();
            if !lesions.is_empty() {
                grown.push(IrecistReason::OtherNonTargets { lesions, since });
            }
        }
        let additional: Vec<_> = view.new.real.difference(&self.new_lesions).cloned().collect();
        if !additional.is_empty() {
            grown.push(IrecistReason::AdditionalNewLesions { lesions: additional, since });
        }
        if self.progressed_in(Category::NewLesion) {
            grown.extend(self.grown_new_lesions(view, settings));
        } else if let Some((sum, nadir)) = view.known_new_lesions_pd {
            grown.push(IrecistReason::NewLesionSumPd { sum, nadir });
        }
        for category in view.progressing.iter().copied().filter(|category| !self.progressed_in(*category)) {
            grown.push(IrecistReason::OtherCategory { category, since });
        }
        grown
    }

    /// The non-targets of the iUPD that have grown since, unequivocally or not.
    fn grown_nontargets(&self, view: &View) -> Vec<String> {
        self.progressed.iter().filter(|lesion| has_grown(view, lesion)).cloned().collect()
    }

    /// The new lesions of the iUPD that have grown since, in their sum or outside of it.
    fn grown_new_lesions(&self, view: &View, settings: &Settings) -> Vec<IrecistReason> {
        let mut grown = Vec::from_iter(self.new_lesion_growth(view, settings));
        grown.extend(self.growth_outside(view));
        let larger: Vec<_> = view.new.increased.intersection(&self.new_lesions).cloned().collect();
        if !larger.is_empty() {
            grown.push(IrecistReason::NewLesionsIncreased { lesions: larger, since: self.compared });
        }
        grown
    }

    /// Names of those, where they block a class: only a stable new lesion lets the rest end a progression.
    fn unstable_new_lesions(&self, view: &View, settings: &Settings) -> BTreeSet<String> {
        let grown = self.grown_new_lesions(view, settings).into_iter();
        let names = grown.flat_map(|reason| match reason {
            IrecistReason::GrowthOutside { lesion, .. } => vec![lesion],
            IrecistReason::NewLesionsIncreased { lesions, .. } => lesions,
            _ => self.diameters.keys().cloned().collect(),
        });
        names.chain(view.new.larger_without_figure.intersection(&self.new_lesions).cloned()).collect()
    }

    /// Growth of the new lesions that have a diameter since the iUPD. One that is not evaluated can only add.
    fn new_lesion_growth(&self, view: &View, settings: &Settings) -> Option<IrecistReason> {
        let complete = self.diameters.keys().all(|lesion| view.new.diameters.contains_key(lesion));
        let evaluated = view.new.diameters.iter().filter(|(lesion, _)| self.diameters.contains_key(*lesion));
        let sum: Micrometres = evaluated.map(|(_, diameter)| *diameter).sum();
        let before: Micrometres = self.diameters.values().copied().sum();
        let comparable = complete || settings.subset_pd == SubsetPd::LowerBound;
        let grown = comparable && sum - before >= MIN_GROWTH;
        grown.then_some(IrecistReason::NewLesionGrowth { sum, before, since: self.compared })
    }

    /// Growth of the new lesions outside of their sum: any.
    fn growth_outside(&self, view: &View) -> impl Iterator<Item = IrecistReason> {
        view.new.outside.iter().filter_map(|(lesion, diameter)| {
            let before = self.outside.get(lesion).filter(|before| *before < diameter)?;
            let (lesion, since) = (lesion.clone(), self.compared);
            Some(IrecistReason::GrowthOutside { lesion, diameter: *diameter, before: *before, since })
        })
    }

    /// Why the progression is taken back, if it is.
    fn shrinkage(&self, view: &View) -> Option<Shrinkage> {
        if let (Some(before), Some(now)) = (rank(self.target), rank(view.read.target))
            && now < before
        {
            return Some(Shrinkage::TargetClass { before: self.target.as_str(), now: view.read.target.as_str() });
        }
        if let (Some(before), Some(sum)) = (self.sum, view.read.sum_mm)
            && before - sum >= MIN_GROWTH
        {
            return Some(Shrinkage::TargetSum { sum, before });
        }
        let left = matches!(self.nontarget, NonTargetResponse::NonCrNonPd | NonTargetResponse::PD);
        if left && view.read.nontarget == NonTargetResponse::CR {
            return Some(Shrinkage::NonTargetsGone);
        }
        let of_iupd = || self.progressed.iter().cloned().collect();
        if self.progressed_in(Category::NonTarget) && !self.progressed.is_empty() && !self.holds(view, Category::NonTarget) {
            return Some(Shrinkage::NonTargetsSmaller { lesions: of_iupd() });
        }
        self.unresolved(view).is_empty().then_some(Shrinkage::NothingLeft)
    }

    /// The causes that still hold, where neither targets nor non-targets meet PD. A non-target that is still there holds: nobody
    /// said that it shrank.
    fn unresolved(&self, view: &View) -> Vec<Category> {
        self.progressing.iter().copied().filter(|category| self.holds(view, *category)).collect()
    }

    fn holds(&self, view: &View, category: Category) -> bool {
        match category {
            Category::Target => false,
            Category::NonTarget => self.progressed.iter().any(|lesion| !gone(view, lesion) && !is_smaller(view, lesion)),
            Category::NewLesion => !view.new.real.is_empty(),
        }
    }
}

/// Whether nothing but nodes at first sight is more than at the iUPD (recist-rules, N5).
fn only_sudden_nodes(growth: &[IrecistReason], view: &View) -> bool {
    growth.iter().all(|reason| match reason {
        IrecistReason::AdditionalNewLesions { lesions, .. } => {
            lesions.iter().all(|lesion| view.new.sudden_nodes.contains(lesion))
        }
        IrecistReason::NewSymptoms { .. } => true,
        _ => false,
    })
}

/// Days from an iUPD to the first scan that may confirm it.
fn least_days(settings: &Settings) -> i32 {
    settings.irecist_confirm_min_days - settings.irecist_confirm_tolerance_days
}

/// Better classes have a lower rank; none without a response.
fn rank(target: TargetResponse) -> Option<TargetResponse> {
    (!matches!(target, TargetResponse::NE | TargetResponse::NA)).then_some(target)
}
