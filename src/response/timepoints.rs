//! Walks the timepoints of a subject in order of date and gives each its classes.

use super::assessment::{Assessment, Baseline, NewLesion, NonTargetResponse, Overall, TargetResponse, TimepointAssessment};
use super::best_response::days_between;
use super::facts::{Coverage, Finding, Markers, NonTargetState, OpenQuestion, Role, SubjectFacts, TimepointFacts, TimepointKind};
use super::new_lesion::{NewLesions, follow};
use super::non_target::{NonTargets, bone_parts_left};
use super::overall::overall;
use super::problems::check_sights;
use super::reason::{Reason, percent};
use super::scan_day::{pd_day, scan_day};
use super::settings::{AfterCr, Backdate, CrWithEquivocal, NadirAtPd, Settings, UnscheduledPd};
use super::sight::{Sight, Sights};
use super::target::{Comparison, MIN_GROWTH, TargetHistory, Targets};
use super::trajectory::{Course, conclude};
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Derives the response of a subject. Wrong input never stops it: what is wrong is listed in the result, and a subject
/// whose baseline sum is undefined gets NE throughout.
pub fn assess(facts: &SubjectFacts, settings: &Settings) -> Assessment {
    conclude(course(facts, MIN_GROWTH, settings), settings)
}

/// The classes of every timepoint, before anything is concluded from their order. PD of the targets takes the least growth beside
/// 20 %.
pub(super) fn course(facts: &SubjectFacts, least_growth: Micrometres, settings: &Settings) -> Course {
    course_by(facts, Rules { least_growth, recurrence: true }, settings)
}

/// The same for a lesion by itself, which progresses by its growth alone: that disease after a CR is progression is a rule on patients
/// (recist-rules, W1).
pub(super) fn course_of_lesion(facts: &SubjectFacts, settings: &Settings) -> Course {
    course_by(facts, Rules { least_growth: MIN_GROWTH, recurrence: false }, settings)
}

/// What differs between criteria and scopes.
#[derive(Clone, Copy)]
struct Rules {
    /// What PD of the targets takes beside 20 %.
    least_growth: Micrometres,
    /// Disease after a CR is PD, however small.
    recurrence: bool,
}

fn course_by(facts: &SubjectFacts, rules: Rules, settings: &Settings) -> Course {
    let sights = Sights::of(facts);
    let mut in_order: Vec<Sight> = (0..facts.timepoints.len()).map(|at| sights.at(at)).collect();
    in_order.sort_by(|a, b| a.day_and_visit().cmp(&b.day_and_visit()));
    let at_baseline = in_order.iter().rfind(|sight| sight.timepoint.kind == TimepointKind::Baseline).copied();
    let after_baseline = |sight: &Sight| at_baseline.is_none_or(|baseline| sight.day_and_visit() > baseline.day_and_visit());
    let mut follow_ups = in_order;
    follow_ups.retain(|sight| sight.timepoint.kind.is_follow_up() && after_baseline(sight));
    let mut walk = Walk::start(facts, &sights.followed, at_baseline, rules, settings);
    let new_lesions = follow(&facts.lesions, &follow_ups, settings);
    let first_sight = match settings.backdate {
        Backdate::RetroPd => None,
        Backdate::DateOnly => {
            let doubts = follow_ups.iter().zip(&new_lesions).filter(|(_, new)| !new.proved_later.is_empty());
            let days = |timepoint: &TimepointFacts, new: &NewLesions| {
                new.proved_later.iter().map(|(lesion, _)| scan_day(timepoint, lesion)).min()
            };
            doubts.filter_map(|(sight, new)| days(sight.timepoint, new)).next()
        }
    };
    let timepoints = follow_ups.iter().zip(new_lesions).map(|(sight, new)| walk.judge(sight, new)).collect();
    let baseline = at_baseline.map(|sight| sight.timepoint);
    let baseline_date = baseline.map(|baseline| baseline.date);
    Course {
        subject: facts.subject.clone(),
        reference: facts.reference_date.or(settings.reference_date).or(baseline_date),
        has_targets: walk.has_targets,
        baseline: baseline.map(|baseline| Baseline {
            date: baseline.date,
            date_last: baseline.date_last,
            visit: baseline.visit.clone(),
            sum_mm: walk.baseline_sum,
        }),
        timepoints,
        first_sight: first_sight.filter(|_| walk.defined),
        problems: check_sights(facts, &sights, settings.reference_date),
    }
}

/// The latest baseline, and what comes after it, by date.
pub(super) fn baseline_and_follow_ups(facts: &SubjectFacts) -> (Option<&TimepointFacts>, Vec<&TimepointFacts>) {
    let mut in_order: Vec<_> = facts.timepoints.iter().collect();
    in_order.sort_by(|a, b| (a.date, &a.visit).cmp(&(b.date, &b.visit)));
    let baseline = in_order.iter().rfind(|timepoint| timepoint.kind == TimepointKind::Baseline).copied();
    let after_baseline = |timepoint: &TimepointFacts| {
        baseline.is_none_or(|baseline| (timepoint.date, &timepoint.visit) > (baseline.date, &baseline.visit))
    };
    let is_follow_up = |timepoint: &&TimepointFacts| timepoint.kind.is_follow_up() && after_baseline(timepoint);
    (baseline, in_order.iter().copied().filter(is_follow_up).collect())
}

/// What is carried from one timepoint to the next.
struct Walk<'a> {
    facts: &'a SubjectFacts,
    settings: &'a Settings,
    rules: Rules,
    /// The places of the targets.
    followed: &'a [usize],
    /// Whether follow-up can be compared with the baseline.
    defined: bool,
    has_targets: bool,
    baseline_markers: Markers,
    /// `None` without targets, or when the baseline is undefined.
    baseline_sum: Option<Micrometres>,
    nadir: Option<Micrometres>,
    history: TargetHistory,
    /// Something was treated outside the protocol at some timepoint.
    any_treated: bool,
    /// Days of the complete responses so far.
    complete_responses: Vec<Date>,
}

impl<'a> Walk<'a> {
    fn start(
        facts: &'a SubjectFacts,
        followed: &'a [usize],
        baseline: Option<Sight>,
        rules: Rules,
        settings: &'a Settings,
    ) -> Self {
        let mut history = TargetHistory::of(&facts.lesions);
        let at_baseline = baseline.as_ref().map(|sight| Targets::at(&facts.lesions, followed, sight, &mut history, settings));
        let defined = at_baseline.as_ref().is_some_and(Targets::is_defined_baseline);
        let baseline_sum = at_baseline.as_ref().filter(|_| defined).and_then(Targets::sum);
        if let Some(targets) = &at_baseline {
            targets.remember(&mut history);
        }
        Self {
            facts,
            settings,
            rules,
            followed,
            defined,
            has_targets: at_baseline.is_some_and(|targets| !targets.is_empty()),
            baseline_markers: baseline.map_or(Markers::NotApplicable, |sight| sight.timepoint.markers),
            baseline_sum,
            nadir: baseline_sum,
            history,
            any_treated: facts.timepoints.iter().any(|timepoint| !timepoint.treated.is_empty()),
            complete_responses: Vec::new(),
        }
    }

    fn judge(&mut self, sight: &Sight, mut new: NewLesions) -> TimepointAssessment {
        let (timepoint, lesions) = (sight.timepoint, &self.facts.lesions);
        let mut targets = Targets::at(lesions, self.followed, sight, &mut self.history, self.settings);
        let nadir = self.nadir;
        let target = match (self.baseline_sum, nadir) {
            (Some(baseline), Some(nadir)) => {
                let compared = Comparison { baseline, nadir, least_growth: self.rules.least_growth };
                targets.respond(compared, &self.history, self.settings)
            }
            _ if self.defined => TargetResponse::NA,
            _ => TargetResponse::NE,
        };
        let mut reasons = std::mem::take(&mut targets.reasons);
        if targets.is_empty() {
            reasons.push(Reason::NoTarget);
        }
        let nontargets = NonTargets::at(lesions, sight, self.has_targets, self.baseline_markers, self.settings, &mut reasons);
        let sum = targets.sum().filter(|_| self.defined);
        let mut judged = TimepointAssessment {
            date: timepoint.date,
            visit: timepoint.visit.clone(),
            sum_mm: sum,
            partial_sum_mm: targets.partial_sum().filter(|_| self.defined),
            nadir_mm: nadir,
            change_from_baseline_pct: sum.zip(self.baseline_sum).and_then(|(sum, baseline)| percent(sum - baseline, baseline)),
            change_from_nadir_pct: sum.zip(nadir).and_then(|(sum, nadir)| percent(sum - nadir, nadir)),
            change_from_nadir_mm: sum.zip(nadir).map(|(sum, nadir)| sum - nadir),
            target,
            nontarget: if self.defined { nontargets.response } else { NonTargetResponse::NE },
            new_lesion: new.class,
            overall: Overall::NE,
            overall_as_read: Overall::NE,
            after_pd: false,
            date_first: timepoint.date,
            date_last: timepoint.date_last,
            coverage: timepoint.coverage,
            provisional: false,
            queries: Vec::new(),
            reasons,
            counts: true,
            recurred: Vec::new(),
            pd_day: timepoint.date,
        };
        if self.defined {
            if target == TargetResponse::CR {
                let bone = bone_parts_left(lesions, sight);
                judged.ask_if(bone.iter().any(|part| !part.is_seen), "bone-part");
                judged.reasons.extend(bone.into_iter().map(|part| part.reason));
            }
            judged.reasons.append(&mut new.reasons);
            self.decide(&mut judged, &targets, &nontargets, &new);
        } else {
            judged.reasons = vec![Reason::BaselineUndefined];
        }
        judged.pd_day = pd_day(&judged, timepoint, &targets, self.settings);
        if let Some(cutoff) = self.settings.cutoff_date.filter(|_| !self.settings.is_in_time(timepoint.date_last)) {
            judged.reasons.push(Reason::AfterCutoff { cutoff });
        }
        self.weigh(&mut judged, timepoint);
        if judged.counts {
            // A sum is a sum, whatever the class of its timepoint, unless the protocol says otherwise (recist-rules, A17).
            let skips = self.settings.nadir_at_pd == NadirAtPd::Skips && judged.overall == Overall::PD;
            let counted = sum.filter(|_| !skips);
            self.nadir = self.nadir.into_iter().chain(counted).min().filter(|_| self.baseline_sum.is_some());
            targets.remember(&mut self.history);
            if judged.overall_as_read == Overall::CR {
                self.complete_responses.push(judged.date);
            }
        }
        if self.defined && self.any_treated {
            self.tell_treated(&mut judged, timepoint);
        }
        self.ask_open(&mut judged, timepoint);
        judged.provisional = !judged.queries.is_empty();
        judged
    }

    /// Non-targets of which nothing is said any more, and a call of progression that does not count for that reason (recist-rules, V9).
    fn tell_treated(&self, judged: &mut TimepointAssessment, timepoint: &TimepointFacts) {
        let on_trial = |earlier: &&TimepointFacts| earlier.kind != TimepointKind::History && earlier.date < timepoint.date;
        let is_nontarget = |name: &str| self.facts.lesions.iter().any(|own| own.lesion == name && own.role == Role::NonTarget);
        let mut told = BTreeSet::new();
        for earlier in self.facts.timepoints.iter().filter(on_trial) {
            for lesion in earlier.treated.iter().filter(|lesion| is_nontarget(lesion)) {
                if told.insert(lesion) {
                    judged.reasons.push(Reason::LocallyTreated { lesion: lesion.clone(), since: earlier.date });
                }
            }
        }
        let progresses = |(name, finding): &(String, Finding)| {
            told.contains(name) && *finding == Finding::NonTarget(NonTargetState::UnequivocalProgression)
        };
        judged.ask_if(timepoint.findings.iter().any(progresses), "treated-progression");
    }

    /// The questions that came with the facts, as far as they matter; how a lesion was found to be gone does not where the protocol takes
    /// it.
    fn ask_open(&self, judged: &mut TimepointAssessment, timepoint: &TimepointFacts) {
        for OpenQuestion { code, .. } in &timepoint.queries {
            let matters = match code.as_str() {
                "absent-basis" => !self.settings.pet_cr,
                // Growth is asked about where it is progression (recist-rules, W4).
                "in-field-growth" => judged.overall == Overall::PD,
                _ => true,
            };
            if matters && !judged.queries.contains(code) {
                judged.queries.push(code.clone());
            }
        }
    }

    /// The overall response: the tables, then what stands beside them.
    fn decide(&self, judged: &mut TimepointAssessment, targets: &Targets, nontargets: &NonTargets, new: &NewLesions) {
        let (from_table, row) = overall(judged.target, judged.nontarget, judged.new_lesion);
        judged.overall_as_read = from_table;
        judged.reasons.push(row);
        if from_table == Overall::CR && !new.fully_assessed {
            judged.overall_as_read = if self.has_targets { Overall::PR } else { Overall::NE };
            judged.reasons.push(Reason::CrBlocked);
        } else if from_table == Overall::CR && new.class == NewLesion::Equivocal {
            let held = self.settings.cr_with_equivocal == CrWithEquivocal::HoldAtPr;
            if held {
                judged.overall_as_read = if self.has_targets { Overall::PR } else { Overall::NonCrNonPd };
            }
            judged.reasons.push(Reason::CrWithEquivocal { held });
            judged.ask_if(new.is_open(&judged.reasons), "cr-with-equivocal");
        }
        let nothing_else = judged.target != TargetResponse::PD && judged.nontarget != NonTargetResponse::PD;
        judged.ask_if(new.doubtful_node || (new.only_sudden_nodes() && nothing_else), "new-node");
        self.look_for_recurrence(judged, targets, nontargets);
        let rests_on_default = judged.reasons.iter().any(|reason| matches!(reason, Reason::TooSmallAfterAbsent { .. }));
        judged.ask_if(rests_on_default, "too-small-after-absent");
        judged.overall = judged.overall_as_read;
        for (lesion, proved) in &new.proved_later {
            judged.reasons.push(Reason::BackDated { lesion: lesion.clone(), proved: *proved });
            if self.settings.backdate == Backdate::RetroPd {
                judged.overall = Overall::PD;
            }
        }
    }

    /// Once the patient was in CR, disease is progression, however small (RECIST 1.1 table 3, footnote).
    fn look_for_recurrence(&self, judged: &mut TimepointAssessment, targets: &Targets, nontargets: &NonTargets) {
        let Some(cr) = self.complete_responses.last().copied().filter(|_| self.rules.recurrence) else { return };
        let in_targets = targets.disease();
        let doubtful = in_targets.as_ref().is_none_or(|disease| disease.doubtful) && nontargets.only_small_nodes();
        let in_targets = in_targets.map(|disease| disease.lesions).unwrap_or_default();
        let lesions: Vec<_> = in_targets.into_iter().chain(nontargets.present()).collect();
        if lesions.is_empty() {
            return;
        }
        if self.settings.after_cr == AfterCr::PD {
            judged.recurred.clone_from(&lesions);
            judged.recurred.sort();
        }
        let proven_otherwise = judged.nontarget == NonTargetResponse::PD || judged.new_lesion == NewLesion::Unequivocal;
        if judged.overall_as_read != Overall::PD {
            if self.settings.after_cr == AfterCr::AsReported {
                judged.reasons.push(Reason::AfterCrAsReported { cr });
                return;
            }
            judged.overall_as_read = Overall::PD;
            judged.reasons.push(Reason::RecurrenceAfterCr { cr, lesions });
            judged.ask_if(!self.complete_response_is_confirmed(), "recurrence-after-unconfirmed-cr");
        }
        judged.ask_if(doubtful && !proven_otherwise, "small-recurrence");
    }

    fn complete_response_is_confirmed(&self) -> bool {
        let (first, last) = (self.complete_responses.first(), self.complete_responses.last());
        first.zip(last).is_some_and(|(first, last)| days_between(*first, *last) >= self.settings.confirm_min_days)
    }

    /// An unscheduled scan of a part counts for nothing, unless it shows progression (recist-rules, W7).
    fn weigh(&self, judged: &mut TimepointAssessment, timepoint: &TimepointFacts) {
        let partial = timepoint.kind == TimepointKind::Unscheduled && timepoint.coverage != Coverage::Complete;
        let by_new_lesion = judged.new_lesion == NewLesion::Unequivocal || judged.overall != judged.overall_as_read;
        let shows = judged.overall == Overall::PD && (self.settings.unscheduled_pd == UnscheduledPd::Any || by_new_lesion);
        if partial && !shows {
            judged.counts = false;
            judged.reasons.push(Reason::UnscheduledPartial);
        }
    }
}

impl TimepointAssessment {
    /// Adds a query, once.
    pub(super) fn ask_if(&mut self, condition: bool, code: &str) {
        if condition && !self.queries.iter().any(|query| query == code) {
            self.queries.push(code.to_string());
        }
    }
}
