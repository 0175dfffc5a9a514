//! How every lesion went by itself: values, nadirs and changes over all timepoints, those before the trial included.
//!
//! Up to baseline a lesion is compared with its smallest value in the history, which shows with what progression a patient came
//! into the trial; from baseline on with its smallest value since. A lesion progresses by itself when it has grown by at least 20
//! % and 5 mm over that nadir and is disease (a node below 10 mm is none). The rule on disease after a complete response is one
//! of timepoints and not asked here.

use super::assessment::TargetResponse;
use super::beside::{SizeTrend, beside};
use super::facts::{Finding, LesionFacts, NewState, Role, SubjectFacts, TimepointFacts, TimepointKind};
use super::new_lesion::{NewLesions, follow};
use super::oligoprogression::{FirstProgression, ProgressiveSites, first_progression, is_intracranial, progressive_sites};
use super::reason::percent;
use super::scan_day::scan_days;
use super::scope::only;
use super::settings::Settings;
use super::sight::{Sight, Sights, followed_lesions, without_treated};
use super::target::{Comparison, MIN_GROWTH, TargetHistory, Targets};
use crate::units::Micrometres;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeSet;

/// The lesions of a subject, and where they progress.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// Every target, then every new lesion that was measured, in the order of the facts.
    pub lesions: Vec<LesionTrend>,
    /// Where there is progression at each timepoint, by date.
    pub timepoints: Vec<ProgressiveSites>,
    /// The first progression up to and including baseline, against the history: with what the patient came into the trial.
    pub before_trial: Option<FirstProgression>,
    /// The first progression after baseline.
    pub on_trial: Option<FirstProgression>,
    /// Volumes and three-dimensional diameters, which no class looks at.
    pub sizes: Vec<SizeTrend>,
}

/// One lesion over all timepoints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LesionTrend {
    /// The lesion.
    pub lesion: String,
    /// What it is followed as.
    pub role: Role,
    /// Inside the skull, as far as is known.
    pub intracranial: bool,
    /// By date.
    pub points: Vec<LesionPoint>,
    /// Day of the first scan after baseline that shows this lesion progressing, up to the cut-off.
    pub first_progression: Option<Date>,
}

/// One lesion at one timepoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LesionPoint {
    /// Day of the scan that shows it; the first of the timepoint where nothing is known.
    pub date: Date,
    /// The same; the last of the timepoint where nothing is known.
    #[serde(skip)]
    pub date_last: Date,
    /// Name of the visit.
    pub visit: String,
    /// Long axis, or short axis of a node; `None` when the lesion has no figure of its own.
    pub value_mm: Option<Micrometres>,
    /// Its smallest value before: since baseline, or in the history up to baseline.
    pub nadir_mm: Option<Micrometres>,
    /// Change since baseline.
    pub change_from_baseline_mm: Option<Micrometres>,
    /// The same in percent, for display only.
    pub change_from_baseline_pct: Option<f64>,
    /// Change since the nadir.
    pub change_from_nadir_mm: Option<Micrometres>,
    /// The same in percent, for display only; `None` for a nadir of 0.
    pub change_from_nadir_pct: Option<f64>,
    /// Progresses by itself; a new lesion when it is unequivocal, or was proved so later.
    pub progression: bool,
}

/// Follows every lesion by itself and counts where there is progression.
pub fn trend(facts: &SubjectFacts, settings: &Settings) -> Trend {
    let facts = &*without_treated(facts);
    let timeline = Timeline::of(facts);
    let new_lesions = timeline.new_lesions(facts, settings);
    let targets = followed_lesions(facts).map(|target| target_trend(facts, target, settings));
    let measured = |lesion: &&LesionFacts| {
        let has_diameter = |timepoint: &&TimepointFacts| timepoint.new_lesion_diameters.contains_key(&lesion.lesion);
        lesion.role == Role::New && timeline.follow_ups().iter().any(has_diameter)
    };
    let measured =
        facts.lesions.iter().filter(measured).map(|lesion| new_lesion_trend(lesion, &timeline, &new_lesions, settings));
    let lesions: Vec<_> = targets.chain(measured).collect();
    let timepoints = progressive_sites(facts, &timeline, &lesions, &new_lesions, settings);
    let split = timeline.baseline.map_or(timepoints.len(), |baseline| baseline + 1);
    let start = timeline.baseline.map(|baseline| timeline.in_order[baseline].date);
    let reference = facts.reference_date.or(settings.reference_date).or(start);
    Trend {
        subject: facts.subject.clone(),
        before_trial: first_progression(&timepoints[..split], timepoints.first().map(|first| first.date), settings),
        on_trial: first_progression(&timepoints[split..], reference, settings),
        lesions,
        timepoints,
        sizes: beside(facts),
    }
}

/// Timepoints by date, and which of them is the baseline.
pub(super) struct Timeline<'a> {
    pub(super) in_order: Vec<&'a TimepointFacts>,
    /// Their places in the facts.
    places: Vec<usize>,
    baseline: Option<usize>,
}

impl<'a> Timeline<'a> {
    fn of(facts: &'a SubjectFacts) -> Self {
        let mut in_order: Vec<(usize, &TimepointFacts)> = facts.timepoints.iter().enumerate().collect();
        in_order.sort_by(|(_, a), (_, b)| (a.date, &a.visit).cmp(&(b.date, &b.visit)));
        let baseline = in_order.iter().rposition(|(_, timepoint)| timepoint.kind == TimepointKind::Baseline);
        let later = baseline.map_or(in_order.len(), |baseline| baseline + 1);
        let (before, mut after) = (in_order[..later].to_vec(), in_order[later..].to_vec());
        after.retain(|(_, timepoint)| timepoint.kind != TimepointKind::History);
        let (places, in_order) = before.into_iter().chain(after).unzip();
        Self { in_order, places, baseline }
    }

    fn follow_ups(&self) -> &[&'a TimepointFacts] {
        &self.in_order[self.baseline.map_or(self.in_order.len(), |baseline| baseline + 1)..]
    }

    /// What is known of new lesions at every timepoint; nothing is new up to baseline.
    fn new_lesions(&self, facts: &SubjectFacts, settings: &Settings) -> Vec<Option<NewLesions>> {
        let before = self.in_order.len() - self.follow_ups().len();
        let sights = Sights::of(facts);
        let at: Vec<Sight> = self.places[before..].iter().map(|place| sights.at(*place)).collect();
        let later = follow(&facts.lesions, &at, settings);
        (0..before).map(|_| None).chain(later.into_iter().map(Some)).collect()
    }
}

fn target_trend(facts: &SubjectFacts, target: &LesionFacts, settings: &Settings) -> LesionTrend {
    let alone = only(facts, &BTreeSet::from([&*target.lesion]));
    let timeline = Timeline::of(&alone);
    let sights = Sights::of(&alone);
    let mut history = TargetHistory::of(&alone.lesions);
    let mut course = Course::default();
    for (place, at) in timeline.places.iter().enumerate() {
        let sight = sights.at(*at);
        if Some(place) == timeline.baseline {
            history.start_trial();
        }
        let mut itself = Targets::at(&alone.lesions, &sights.followed, &sight, &mut history, settings);
        let value = itself.sum();
        let nadir = course.nadir.filter(|_| value.is_some());
        let progression = nadir.is_some_and(|nadir| {
            let compared = Comparison { baseline: nadir, nadir, least_growth: MIN_GROWTH };
            itself.respond(compared, &history, settings) == TargetResponse::PD
        });
        itself.remember(&mut history);
        course.add(target, sight.timepoint, value, progression);
        if Some(place) == timeline.baseline {
            course.start_trial(value);
        }
    }
    course.of(target, &timeline, settings)
}

fn new_lesion_trend(
    lesion: &LesionFacts,
    timeline: &Timeline,
    new_lesions: &[Option<NewLesions>],
    settings: &Settings,
) -> LesionTrend {
    let mut course = Course::default();
    for (timepoint, new) in timeline.in_order.iter().zip(new_lesions) {
        let is_gone = |(name, finding): &(String, Finding)| *name == lesion.lesion && *finding == Finding::New(NewState::Absent);
        let gone = timepoint.findings.iter().any(is_gone).then_some(Micrometres::ZERO);
        let value = gone.or(timepoint.new_lesion_diameters.get(&lesion.lesion).copied());
        let progression = new.as_ref().is_some_and(|new| new.certain().contains(&*lesion.lesion));
        course.add(lesion, timepoint, value, progression);
    }
    course.of(lesion, timeline, settings)
}

/// What is carried from one point of a lesion to the next.
#[derive(Default)]
struct Course {
    points: Vec<LesionPoint>,
    baseline: Option<Micrometres>,
    nadir: Option<Micrometres>,
}

impl Course {
    fn add(&mut self, lesion: &LesionFacts, timepoint: &TimepointFacts, value: Option<Micrometres>, progression: bool) {
        let (date, date_last) = scan_days(timepoint, std::iter::once(&*lesion.lesion));
        let change = |from: Option<Micrometres>| value.zip(from).map(|(value, from)| value - from);
        let in_percent = |from: Option<Micrometres>| change(from).zip(from).and_then(|(change, from)| percent(change, from));
        self.points.push(LesionPoint {
            date,
            date_last,
            visit: timepoint.visit.clone(),
            value_mm: value,
            nadir_mm: self.nadir,
            change_from_baseline_mm: change(self.baseline),
            change_from_baseline_pct: in_percent(self.baseline),
            change_from_nadir_mm: change(self.nadir),
            change_from_nadir_pct: in_percent(self.nadir),
            progression,
        });
        self.nadir = self.nadir.into_iter().chain(value).min();
    }

    /// From here on the history counts no more.
    fn start_trial(&mut self, value: Option<Micrometres>) {
        (self.baseline, self.nadir) = (value, value);
    }

    fn of(self, lesion: &LesionFacts, timeline: &Timeline, settings: &Settings) -> LesionTrend {
        let later = &self.points[self.points.len() - timeline.follow_ups().len()..];
        let first = later.iter().find(|point| point.progression && settings.is_in_time(point.date_last));
        LesionTrend {
            lesion: lesion.lesion.clone(),
            role: lesion.role,
            intracranial: is_intracranial(lesion),
            first_progression: first.map(|point| point.date),
            points: self.points,
        }
    }
}
