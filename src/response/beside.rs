//! Volumes and three-dimensional diameters beside RECIST: how much they changed, and how fast. No class looks at them, so they are
//! plain floating point numbers.

use super::best_response::days_between;
use super::facts::{Finding, NewState, NonTargetState, SubjectFacts, TargetState, TimepointFacts, TimepointKind};
use super::sight::followed_lesions;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::LN_2;
use std::ops::Add;

/// How large a lesion is, or several together; `None` when not measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Size {
    /// Volume.
    pub volume_mm3: Option<f64>,
    /// Farthest pair of points in three dimensions.
    pub max_3d_diameter_mm: Option<f64>,
}

impl Size {
    /// Of a lesion that is gone.
    pub const GONE: Self = Self { volume_mm3: Some(0.0), max_3d_diameter_mm: Some(0.0) };
}

impl Add for Size {
    type Output = Self;

    /// What one of the two does not have, both together do not have.
    fn add(self, other: Self) -> Self {
        let both = |one: Option<f64>, two: Option<f64>| one.zip(two).map(|(one, two)| one + two);
        Self {
            volume_mm3: both(self.volume_mm3, other.volume_mm3),
            max_3d_diameter_mm: both(self.max_3d_diameter_mm, other.max_3d_diameter_mm),
        }
    }
}

/// How a size changed. Changes in percent are of timepoints after baseline; the nadir is the smallest value before, baseline
/// included.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct SizeChange {
    /// Change of the volume since baseline, in percent.
    pub volume_change_from_baseline_pct: Option<f64>,
    /// Change of the volume since its nadir, in percent.
    pub volume_change_from_nadir_pct: Option<f64>,
    /// Change of the three-dimensional diameter since baseline, in percent.
    pub max_3d_change_from_baseline_pct: Option<f64>,
    /// Change of the three-dimensional diameter since its nadir, in percent.
    pub max_3d_change_from_nadir_pct: Option<f64>,
    /// Doubling time of the volume since the measurement before, whether or not that was before the trial; see [`doubling_days`].
    pub volume_doubling_days: Option<f64>,
    /// Doubling time of the volume since baseline.
    pub volume_doubling_from_baseline_days: Option<f64>,
}

/// A lesion, or all targets together, over the timepoints by date.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SizeTrend {
    /// The lesion; `None`: the sum of the targets.
    pub lesion: Option<String>,
    /// By date.
    pub points: Vec<SizePoint>,
}

/// A size at one timepoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SizePoint {
    /// First day on which a scan was made.
    pub date: Date,
    /// Name of the visit.
    pub visit: String,
    /// The size.
    #[serde(flatten)]
    pub size: Size,
    /// How it changed.
    #[serde(flatten)]
    pub change: SizeChange,
}

/// Time in which a volume doubles at the rate at which it grew from one value to the other (Schwartz 1961). Negative where it
/// shrank: then it is the time in which it halves. `None` where it did not change, for a volume of 0, and without time between.
pub fn doubling_days(days: i32, from_mm3: f64, to_mm3: f64) -> Option<f64> {
    let rate = (to_mm3 / from_mm3).ln() / f64::from(days);
    let possible = days > 0 && from_mm3 > 0.0 && to_mm3 > 0.0 && rate != 0.0;
    possible.then_some(LN_2 / rate).filter(|days| days.is_finite())
}

/// The sizes of every lesion that has any, in the order of the facts, then those of the targets together: they have a sum where
/// each of them has a figure. A lesion that is gone has 0; one that is not evaluable has nothing.
pub fn beside(facts: &SubjectFacts) -> Vec<SizeTrend> {
    let mut in_order: Vec<_> = facts.timepoints.iter().collect();
    in_order.sort_by(|a, b| (a.date, &a.visit).cmp(&(b.date, &b.visit)));
    let of_lesions: BTreeMap<&str, Vec<Size>> =
        facts.lesions.iter().map(|lesion| (&*lesion.lesion, sizes(&lesion.lesion, &in_order))).collect();
    let has_any = |lesion: &str| in_order.iter().any(|timepoint| timepoint.sizes.contains_key(lesion));
    let trend =
        |lesion: Option<&str>, sizes: &[Size]| SizeTrend { lesion: lesion.map(str::to_string), points: points(&in_order, sizes) };
    let lesions = facts.lesions.iter().map(|lesion| &*lesion.lesion).filter(|lesion| has_any(lesion));
    let mut trends: Vec<_> = lesions.filter_map(|lesion| Some(trend(Some(lesion), of_lesions.get(lesion)?))).collect();
    let targets: Vec<&str> = followed_lesions(facts).map(|target| &*target.lesion).collect();
    if targets.iter().any(|target| has_any(target)) {
        let together = |(place, timepoint): (usize, &&TimepointFacts)| {
            // A confluent mass carries the size of all that merged into it, once.
            let carriers: BTreeSet<&str> = targets.iter().map(|target| carrier(timepoint, target)).collect();
            let sizes = carriers.iter().map(|carrier| of_lesions.get(carrier).map_or(Size::default(), |sizes| sizes[place]));
            sizes.fold(Size::GONE, Size::add)
        };
        let sums: Vec<Size> = in_order.iter().enumerate().map(together).collect();
        trends.push(trend(None, &sums));
    }
    trends
}

fn carrier<'a>(timepoint: &'a TimepointFacts, target: &'a str) -> &'a str {
    let merged = timepoint.findings.iter().find_map(|(name, finding)| match finding {
        Finding::Target(TargetState::Merged { into }) if name == target => Some(into.as_str()),
        _ => None,
    });
    merged.unwrap_or(target)
}

fn sizes(lesion: &str, in_order: &[&TimepointFacts]) -> Vec<Size> {
    let mut treated = false;
    let size = |timepoint: &&TimepointFacts| {
        let finding = timepoint.findings.iter().find(|(name, _)| name == lesion).map(|(_, finding)| finding);
        let own = timepoint.sizes.get(lesion).copied().unwrap_or_default();
        let seen = match finding {
            Some(Finding::Target(TargetState::Absent) | Finding::NonTarget(NonTargetState::Absent)) => Size::GONE,
            Some(Finding::New(NewState::Absent)) => Size::GONE,
            Some(Finding::Target(TargetState::NotEvaluable(reason))) => {
                treated |= reason.is_some_and(|reason| reason.is_local_treatment());
                Size::default()
            }
            Some(Finding::NonTarget(NonTargetState::NotEvaluable) | Finding::New(NewState::NotEvaluable)) => Size::default(),
            Some(Finding::Target(_) | Finding::NonTarget(_) | Finding::New(_)) | None => own,
        };
        if treated { Size::default() } else { seen }
    };
    in_order.iter().map(size).collect()
}

fn points(in_order: &[&TimepointFacts], sizes: &[Size]) -> Vec<SizePoint> {
    let baseline = in_order.iter().rposition(|timepoint| timepoint.kind == TimepointKind::Baseline);
    let change = |place: usize| {
        let volume = |at: usize| sizes[at].volume_mm3;
        let diameter = |at: usize| sizes[at].max_3d_diameter_mm;
        let doubling = |from: usize| {
            let days = days_between(in_order[from].date, in_order[place].date);
            doubling_days(days, volume(from)?, volume(place)?)
        };
        let before = (0..place).rev().find(|at| volume(*at).is_some());
        let mut change = SizeChange { volume_doubling_days: before.and_then(doubling), ..SizeChange::default() };
        if let Some(baseline) = baseline.filter(|baseline| *baseline < place) {
            let nadir = |figure: &dyn Fn(usize) -> Option<f64>| (baseline..place).filter_map(figure).reduce(f64::min);
            change.volume_change_from_baseline_pct = percent(volume(baseline), volume(place));
            change.volume_change_from_nadir_pct = percent(nadir(&volume), volume(place));
            change.max_3d_change_from_baseline_pct = percent(diameter(baseline), diameter(place));
            change.max_3d_change_from_nadir_pct = percent(nadir(&diameter), diameter(place));
            change.volume_doubling_from_baseline_days = doubling(baseline);
        }
        change
    };
    let point = |(place, timepoint): (usize, &&TimepointFacts)| SizePoint {
        date: timepoint.date,
        visit: timepoint.visit.clone(),
        size: sizes[place],
        change: change(place),
    };
    in_order.iter().enumerate().map(point).collect()
}

fn percent(from: Option<f64>, to: Option<f64>) -> Option<f64> {
    from.zip(to).map(|(from, to)| 100.0 * (to - from) / from).filter(|percent| percent.is_finite())
}
