//! From facts to responses on one thread: subjects of 4 to 12 visits after baseline, with five targets, three non-targets and, every
//! fourth, a new lesion.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use recist::response::assess;
use recist::response::assessment::{Assessment, Overall};
use recist::response::facts::{
    Finding, LesionFacts, NewState, NonTargetState, NotEvaluableReason, Role, SubjectFacts, TargetState, TimepointFacts,
    TimepointKind,
};
use recist::response::settings::Settings;
use recist::units::Micrometres;
use std::hint::black_box;
use std::time::Instant;

const TARGETS: [(&str, &str); 5] =
    [("T01", "liver"), ("T02", "liver"), ("T03", "left lung"), ("T04", "adrenal"), ("T05", "mediastinal lymph node")];
const NON_TARGETS: [(&str, &str); 3] = [("NT01", "right lung"), ("NT02", "pleura"), ("NT03", "axillary lymph node")];
const NEW: &str = "NL01";
/// Subjects that are in memory at a time.
const AT_ONCE: usize = 1000;

/// What a subject's disease does.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Shrinks,
    GrowsAtLast,
    NewLesion,
    Vanishes,
}

/// The plan of a subject, from which both the facts and the expected classes are made.
#[derive(Clone, Copy)]
struct Plan {
    number: usize,
    fate: Fate,
    last: usize,
}

impl Plan {
    fn of(number: usize) -> Self {
        let fate = [Fate::Shrinks, Fate::GrowsAtLast, Fate::NewLesion, Fate::Vanishes][number % 4];
        Self { number, fate, last: 4 + number / 4 % 9 }
    }

    fn blurred(self, visit: usize) -> bool {
        visit == 2 && self.number.is_multiple_of(5)
    }

    /// Diameter of every target in percent of baseline. 84 is 20 % above 70.
    fn percent(self, visit: usize) -> i64 {
        match (self.fate, visit) {
            (_, 0) => 100,
            (_, 1) => 90,
            (Fate::Vanishes, _) => 0,
            (Fate::GrowsAtLast, visit) if visit == self.last => 84,
            _ => 70,
        }
    }

    fn expected(self, visit: usize) -> Overall {
        match (self.fate, visit) {
            // Doubted at the visit before the last, proved at the last.
            (Fate::NewLesion, visit) if visit + 1 >= self.last => Overall::PD,
            (Fate::GrowsAtLast, visit) if visit == self.last => Overall::PD,
            (_, visit) if self.blurred(visit) => Overall::NE,
            (_, 1) => Overall::SD,
            (Fate::Vanishes, _) => Overall::CR,
            _ => Overall::PR,
        }
    }

    fn day(visit: usize) -> Date {
        date(2026, 1, 5).checked_add((56 * visit as i64).days()).unwrap()
    }

    fn facts(self) -> SubjectFacts {
        let lesion = |role: Role, (name, site): (&str, &str)| LesionFacts {
            site: Some(site.into()),
            nodal: site.ends_with("node"),
            ..LesionFacts::new(name, role)
        };
        let targets = TARGETS.map(|target| lesion(Role::Target, target));
        let non_targets = NON_TARGETS.map(|non_target| lesion(Role::NonTarget, non_target));
        let new = (self.fate == Fate::NewLesion).then(|| lesion(Role::New, (NEW, "brain")));
        SubjectFacts {
            subject: format!("S{:06}", self.number),
            lesions: targets.into_iter().chain(non_targets).chain(new).collect(),
            timepoints: (0..=self.last).map(|visit| self.timepoint(visit)).collect(),
            reference_date: None,
        }
    }

    fn timepoint(self, visit: usize) -> TimepointFacts {
        let whole = Micrometres::from_mm(15 + self.number as i64 % 35);
        let target = |place: usize| match self.percent(visit) {
            _ if place == 3 && self.blurred(visit) => TargetState::NotEvaluable(Some(NotEvaluableReason::PoorQuality)),
            0 => TargetState::Absent,
            percent => TargetState::Measured(Micrometres(whole.0 * percent / 100)),
        };
        let gone = self.percent(visit) == 0;
        let non_target = if gone { NonTargetState::Absent } else { NonTargetState::Present };
        let mut findings: Vec<(String, Finding)> = Vec::new();
        findings.extend(TARGETS.iter().enumerate().map(|(place, (name, _))| ((*name).into(), Finding::Target(target(place)))));
        findings.extend(NON_TARGETS.iter().map(|(name, _)| ((*name).into(), Finding::NonTarget(non_target))));
        if self.fate == Fate::NewLesion && visit + 1 >= self.last {
            let state = if visit == self.last { NewState::Unequivocal } else { NewState::Equivocal };
            findings.push((NEW.into(), Finding::New(state)));
        }
        TimepointFacts {
            kind: if visit == 0 { TimepointKind::Baseline } else { TimepointKind::Scheduled },
            findings,
            ..TimepointFacts::on(format!("Week {}", 8 * visit), Self::day(visit))
        }
    }

    fn assert(self, assessment: &Assessment) {
        let found: Vec<_> = assessment.timepoints.iter().map(|timepoint| timepoint.overall).collect();
        let expected: Vec<_> = (1..=self.last).map(|visit| self.expected(visit)).collect();
        assert_eq!(found, expected, "{}", assessment.subject);
        let first_pd = (1..=self.last).find(|visit| self.expected(*visit) == Overall::PD);
        assert_eq!(assessment.progression_date, first_pd.map(Self::day), "{}", assessment.subject);
        assert!(assessment.problems.is_empty(), "{:?}", assessment.problems);
    }
}

/// Visits after baseline that are assessed in a second, for each thousand of so many subjects; the facts are made outside of the
/// time.
fn rates(subjects: usize) -> Vec<f64> {
    let settings = Settings::default();
    let rate = |first: usize| {
        let facts: Vec<_> = (first..first + AT_ONCE).map(|number| Plan::of(number).facts()).collect();
        let start = Instant::now();
        let visits: usize = facts.iter().map(|facts| black_box(assess(black_box(facts), &settings)).timepoints.len()).sum();
        visits as f64 / start.elapsed().as_secs_f64()
    };
    (0..subjects).step_by(AT_ONCE).map(rate).collect()
}

fn respond(criterion: &mut Criterion) {
    let settings = Settings::default();
    let plans: Vec<_> = (0..AT_ONCE).map(Plan::of).collect();
    let subjects: Vec<_> = plans.iter().map(|plan| plan.facts()).collect();
    plans.iter().zip(&subjects).for_each(|(plan, facts)| plan.assert(&assess(facts, &settings)));

    let visits: usize = plans.iter().map(|plan| plan.last).sum();
    let mut group = criterion.benchmark_group("respond");
    group.sample_size(20).throughput(Throughput::Elements(visits as u64));
    group.bench_function("1000 subjects", |b| {
        b.iter(|| subjects.iter().map(|facts| assess(black_box(facts), &settings).timepoints.len()).sum::<usize>())
    });
    group.finish();
    for subjects in [1_000, 10_000, 100_000] {
        // Five times over, and the median of all thousands: others use the machine too. The fastest tenth is what it does alone.
        let mut rates: Vec<f64> = (0..5).flat_map(|_| rates(subjects)).collect();
        rates.sort_by(f64::total_cmp);
        let million = |share: usize| rates[(rates.len() - 1) * share / 10] / 1e6;
        println!(
            "respond: {subjects} subjects, {:.2} million subject-visits per second (fastest tenth {:.2})",
            million(5),
            million(9)
        );
    }
}

criterion_group!(benches, respond);
criterion_main!(benches);
