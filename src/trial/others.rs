//! Responses by the other criteria of the trial and in the other scopes, beside RECIST 1.1 of the whole patient, as rows that the
//! tables and the database share.

use super::Results;
use super::tables::guarded;
use crate::response::assessment::{Overall, Scope};
use crate::response::criteria::Criteria;
use crate::response::derive::Derivation;
use crate::response::judged::{Judged, Named};
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The columns of `other_responses.csv`. The first six are the key; `recist` is the class by RECIST 1.1 of the whole
/// patient there.
pub const OTHER_RESPONSE_COLUMNS: [&str; 26] = [
    "subject",
    "criteria",
    "scope",
    "lesion",
    "visit",
    "date",
    "date_last",
    "sum_mm",
    "partial_sum_mm",
    "nadir_mm",
    "change_from_baseline_pct",
    "change_from_nadir_pct",
    "new_lesion_sum_mm",
    "target",
    "nontarget",
    "new_lesion",
    "overall",
    "overall_as_read",
    "recist",
    "causes",
    "after_pd",
    "coverage",
    "provisional",
    "queries",
    "reasons",
    "proposal",
];

/// The columns of `other_best_responses.csv`. The first four are the key.
pub const OTHER_BEST_RESPONSE_COLUMNS: [&str; 14] = [
    "subject",
    "criteria",
    "scope",
    "lesion",
    "bor",
    "bor_date",
    "confirmed_bor",
    "confirmed_bor_date",
    "first_response_date",
    "first_confirmed_response_date",
    "progression_date",
    "progression_confirmed",
    "clinical_benefit",
    "proposal",
];

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// There is none.
    Empty,
    /// Words that others chose.
    Name(String),
    /// Words of this program.
    Word(&'static str),
    Day(Date),
    Length(Micrometres),
    Percent(f64),
    Truth(bool),
    /// Codes, each with what it says more.
    Codes(Vec<(String, serde_json::Value)>),
}

impl Cell {
    /// As a cell of a table, safe in a spreadsheet.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Name(name) => guarded(name).into_owned(),
            Self::Word(word) => (*word).to_string(),
            Self::Day(day) => day.to_string(),
            Self::Length(length) => length.to_string(),
            Self::Percent(percent) => percent.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Codes(codes) => codes.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>().join(";"),
        }
    }

    fn maybe<T>(value: Option<T>, cell: impl Fn(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }

    fn codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Codes(codes.into_iter().map(|code| (code.to_string(), code.into())).collect())
    }
}

/// One of the derivations that these tables hold.
struct Other<'a> {
    derivation: &'a Derivation,
    main: &'a Main<'a>,
}

/// What RECIST 1.1 of the whole patient says.
struct Main<'a> {
    /// By subject and visit: the days of a scope are those of its own scans.
    classes: BTreeMap<(&'a str, &'a str), Overall>,
    /// Subjects whose targets were proposed by the program.
    proposals: BTreeSet<&'a str>,
}

impl<'a> Main<'a> {
    fn of(results: &'a Results) -> Self {
        let classes = results.responses.iter().filter_map(|row| {
            let class = row.assessment.as_ref()?.overall;
            Some(((&*row.subject, &*row.visit), class))
        });
        let proposals = results.best_responses.iter().filter(|row| row.proposal).map(|row| &*row.subject);
        Self { classes: classes.collect(), proposals: proposals.collect() }
    }

    /// The other derivations.
    fn others(&'a self, results: &'a Results) -> impl Iterator<Item = Other<'a>> {
        let is_other = |derivation: &&Derivation| {
            let Named { criteria, scope, .. } = derivation.named();
            (criteria, scope) != (Criteria::Recist11, Scope::Patient)
        };
        results.assessments.iter().filter(is_other).map(|derivation| Other { derivation, main: self })
    }
}

/// One row for each timepoint of each derivation, the baseline first and without classes.
pub(super) fn other_responses(results: &Results) -> Vec<[Cell; OTHER_RESPONSE_COLUMNS.len()]> {
    let main = Main::of(results);
    let rows = main.others(results).flat_map(|other| {
        let later: Vec<_> = other.derivation.timepoints().iter().map(|judged| other.timepoint(judged)).collect();
        other.baseline().into_iter().chain(later)
    });
    rows.collect()
}

/// One row for each derivation.
pub(super) fn other_best_responses(results: &Results) -> Vec<[Cell; OTHER_BEST_RESPONSE_COLUMNS.len()]> {
    Main::of(results).others(results).map(|other| other.best()).collect()
}

impl Other<'_> {
    fn key(&self) -> [Cell; 4] {
        let Named { subject, criteria, scope, lesion } = self.derivation.named();
        let lesion = Cell::Name(lesion.unwrap_or_default().to_string());
        [Cell::Name(subject.to_string()), Cell::Word(criteria.as_str()), Cell::Word(scope.as_str()), lesion]
    }

    fn proposal(&self) -> Cell {
        Cell::Truth(self.main.proposals.contains(self.derivation.subject()))
    }

    /// The baseline, whose only figure is its sum.
    fn baseline(&self) -> Option<[Cell; OTHER_RESPONSE_COLUMNS.len()]> {
        let baseline = self.derivation.baseline()?;
        let mut cells = [const { Cell::Empty }; OTHER_RESPONSE_COLUMNS.len()];
        cells[..4].clone_from_slice(&self.key());
        cells[4] = Cell::Name(baseline.visit.clone());
        cells[5] = Cell::Day(baseline.date);
        cells[6] = Cell::Day(baseline.date_last);
        cells[7] = Cell::maybe(baseline.sum_mm, Cell::Length);
        for list in [19, 23, 24] {
            cells[list] = Cell::codes([]);
        }
        cells[25] = self.proposal();
        Some(cells)
    }

    fn timepoint(&self, judged: &Judged) -> [Cell; OTHER_RESPONSE_COLUMNS.len()] {
        let [subject, criteria, scope, lesion] = self.key();
        let recist = self.main.classes.get(&(self.derivation.subject(), judged.visit));
        let reasons = judged.reasons.iter().map(|reason| (reason.code.to_string(), serde_json::json!(reason)));
        [
            subject,
            criteria,
            scope,
            lesion,
            Cell::Name(judged.visit.to_string()),
            Cell::Day(judged.date),
            Cell::Day(judged.date_last),
            Cell::maybe(judged.sum, Cell::Length),
            Cell::maybe(judged.partial_sum, Cell::Length),
            Cell::maybe(judged.nadir, Cell::Length),
            Cell::maybe(judged.change_from_baseline_pct, Cell::Percent),
            Cell::maybe(judged.change_from_nadir_pct, Cell::Percent),
            Cell::maybe(judged.new_lesion_sum, Cell::Length),
            Cell::Word(judged.target.as_str()),
            Cell::Word(judged.nontarget.as_str()),
            Cell::Word(judged.new_lesion.as_str()),
            Cell::Word(judged.overall),
            Cell::maybe(judged.overall_as_read, Cell::Word),
            Cell::maybe(recist, |class| Cell::Word(class.as_str())),
            Cell::codes(judged.causes.iter().copied()),
            Cell::Truth(judged.after_pd),
            Cell::Word(judged.coverage.as_str()),
            Cell::Truth(judged.provisional),
            Cell::codes(judged.queries.iter().map(String::as_str)),
            Cell::Codes(reasons.collect()),
            self.proposal(),
        ]
    }

    fn best(&self) -> [Cell; OTHER_BEST_RESPONSE_COLUMNS.len()] {
        let [subject, criteria, scope, lesion] = self.key();
        let concluded = self.derivation.conclusion();
        let day = |date: Option<Date>| Cell::maybe(date, Cell::Day);
        [
            subject,
            criteria,
            scope,
            lesion,
            Cell::Word(concluded.bor),
            day(concluded.bor_date),
            Cell::maybe(concluded.confirmed_bor, |(class, _)| Cell::Word(class)),
            day(concluded.confirmed_bor.and_then(|(_, date)| date)),
            day(concluded.first_response_date),
            day(concluded.first_confirmed_response_date),
            day(concluded.progression_date),
            Cell::maybe(concluded.progression_confirmed, Cell::Truth),
            Cell::maybe(concluded.clinical_benefit, Cell::Truth),
            self.proposal(),
        ]
    }
}
