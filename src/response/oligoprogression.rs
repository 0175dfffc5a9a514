//! Where a subject progresses, and whether that is oligoprogression: few sites, outside the skull. Sites inside the skull are
//! counted apart, since they are treated apart.
//!
//! A site is a lesion: several in one organ are several, and what the reader follows as one non-target is one. A target and its
//! bone part are one lesion.

use super::best_response::days_between;
use super::facts::{Finding, LesionFacts, NonTargetState, Role, SubjectFacts, TimepointFacts, TimepointKind};
use super::new_lesion::NewLesions;
use super::organ::organ;
use super::scan_day::scan_day;
use super::settings::{OligoCount, Settings};
use super::trend::{LesionTrend, Timeline};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeSet;

/// Where there is progression at one timepoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgressiveSites {
    /// First day on which a scan was made.
    pub date: Date,
    /// Last such day.
    #[serde(skip)]
    pub date_last: Date,
    /// Day of the earliest scan that shows progression; the first of the timepoint where nothing is known.
    #[serde(skip)]
    pub shown_on: Date,
    /// Name of the visit.
    pub visit: String,
    /// Place in the schedule.
    pub kind: TimepointKind,
    /// Targets that progress by themselves.
    pub targets: Vec<String>,
    /// Non-targets in unequivocal progression.
    pub nontargets: Vec<String>,
    /// New lesions that are unequivocal, or were proved so later.
    pub new_lesions: Vec<String>,
    /// Number of progressive sites outside the skull.
    pub extracranial: usize,
    /// Number of progressive sites inside the skull.
    pub intracranial: usize,
    /// Progression outside the skull in no more sites than the setting `oligo_max_sites` allows.
    pub oligoprogression: bool,
    /// Targets without a figure of their own and non-targets that were not evaluated.
    pub not_evaluable: Vec<String>,
    /// There may be more progressive sites: something was not evaluated, or not everything was looked at for new lesions.
    pub may_be_more: bool,
}

/// The first timepoint with progression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirstProgression {
    /// Day of the earliest scan that shows it.
    pub date: Date,
    /// Name of the visit.
    pub visit: String,
    /// Days without progression: since the reference date, or since the first scan of the history.
    pub days: i32,
    /// Number of progressive sites outside the skull.
    pub extracranial: usize,
    /// Number of progressive sites inside the skull.
    pub intracranial: usize,
    /// Whether it is oligoprogression.
    pub oligoprogression: bool,
    /// There may be more progressive sites.
    pub may_be_more: bool,
}

/// Whether a lesion lies inside the skull. Unless it is said, the brain does and everything else does not.
pub(super) fn is_intracranial(lesion: &LesionFacts) -> bool {
    lesion.intracranial.unwrap_or_else(|| organ(lesion.site.as_deref(), lesion.nodal).as_deref() == Some("brain"))
}

/// Counts the progressive sites of every timepoint.
pub(super) fn progressive_sites(
    facts: &SubjectFacts,
    timeline: &Timeline,
    trends: &[LesionTrend],
    new_lesions: &[Option<NewLesions>],
    settings: &Settings,
) -> Vec<ProgressiveSites> {
    let count = |(place, timepoint): (usize, &&TimepointFacts)| {
        let own = || trends.iter().filter(|trend| trend.role == Role::Target).map(|trend| (&trend.lesion, &trend.points[place]));
        let targets: Vec<String> = own().filter(|(_, point)| point.progression).map(|(lesion, _)| lesion.clone()).collect();
        let nontargets = |wanted: fn(Option<NonTargetState>) -> bool| {
            let of_role = facts.lesions.iter().filter(|lesion| lesion.role == Role::NonTarget);
            of_role.filter(|lesion| wanted(state(timepoint, lesion))).map(|lesion| lesion.lesion.clone()).collect::<Vec<_>>()
        };
        let progressing = nontargets(|state| state == Some(NonTargetState::UnequivocalProgression));
        let unknown = nontargets(|state| matches!(state, None | Some(NonTargetState::NotEvaluable)));
        let unmeasured = own().filter(|(_, point)| point.value_mm.is_none()).map(|(lesion, _)| lesion.clone());
        let not_evaluable: Vec<String> = unmeasured.chain(unknown).collect();
        let new = new_lesions[place].as_ref();
        let certain: Vec<String> = new.iter().flat_map(|new| new.certain()).map(str::to_string).collect();
        let sites: Vec<&LesionFacts> = facts
            .lesions
            .iter()
            .filter(|lesion| [&targets, &progressing, &certain].into_iter().any(|names| names.contains(&lesion.lesion)))
            .filter(|lesion| lesion.parent_lesion.as_ref().is_none_or(|parent| !targets.contains(parent)))
            .collect();
        let shown_on = sites.iter().map(|lesion| scan_day(timepoint, &lesion.lesion)).min();
        let [intracranial, extracranial] = [true, false].map(|inside| number(&sites, inside, settings));
        ProgressiveSites {
            date: timepoint.date,
            date_last: timepoint.date_last,
            shown_on: shown_on.unwrap_or(timepoint.date),
            visit: timepoint.visit.clone(),
            kind: timepoint.kind,
            targets,
            nontargets: progressing,
            new_lesions: certain,
            extracranial,
            intracranial,
            oligoprogression: (1..=settings.oligo_max_sites as usize).contains(&extracranial),
            may_be_more: !not_evaluable.is_empty() || new.is_some_and(|new| !new.fully_assessed),
            not_evaluable,
        }
    };
    timeline.in_order.iter().enumerate().map(count).collect()
}

/// Number of sites inside or outside the skull. Lesions of unknown site are one organ.
fn number(sites: &[&LesionFacts], intracranial: bool, settings: &Settings) -> usize {
    let there = sites.iter().filter(|lesion| is_intracranial(lesion) == intracranial);
    match settings.oligo_count {
        OligoCount::Lesion => there.count(),
        OligoCount::Organ => there.map(|lesion| organ(lesion.site.as_deref(), lesion.nodal)).collect::<BTreeSet<_>>().len(),
    }
}

fn state(timepoint: &TimepointFacts, lesion: &LesionFacts) -> Option<NonTargetState> {
    timepoint.findings.iter().find_map(|(name, finding)| match finding {
        Finding::NonTarget(state) if *name == lesion.lesion => Some(*state),
        _ => None,
    })
}

/// The first of these timepoints with progression, up to the cut-off.
pub(super) fn first_progression(
    timepoints: &[ProgressiveSites],
    since: Option<Date>,
    settings: &Settings,
) -> Option<FirstProgression> {
    let progresses =
        |sites: &&ProgressiveSites| sites.extracranial + sites.intracranial > 0 && settings.is_in_time(sites.date_last);
    timepoints.iter().find(progresses).map(|sites| FirstProgression {
        date: sites.shown_on,
        visit: sites.visit.clone(),
        days: since.map_or(0, |since| days_between(since, sites.shown_on)),
        extracranial: sites.extracranial,
        intracranial: sites.intracranial,
        oligoprogression: sites.oligoprogression,
        may_be_more: sites.may_be_more,
    })
}
