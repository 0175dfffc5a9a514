//! From the rows of a subject to its facts: rows that must agree do, and rows of one timepoint are joined.

use super::checks::check_timepoints;
use super::readers::{lines, timepoints};
use super::rows::LesionRow;
use super::states::State;
use super::wrong::Wrong;
use crate::response::days_between;
use crate::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NotEvaluableReason, OpenQuestion, Role, ScanDays, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
};
use crate::response::organ::{LYMPH_NODES, organ};
use crate::units::Micrometres;
use std::collections::BTreeMap;
use std::ops::Add;

/// Joins the rows of one subject. `all_read` is false when some of its rows could not be understood.
pub(super) fn subject_facts(subject: String, rows: &[&LesionRow], all_read: bool, wrong: &mut Wrong) -> SubjectFacts {
    let mut facts = SubjectFacts { subject, lesions: Vec::new(), timepoints: Vec::new(), reference_date: None };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut said: Vec<Said> = Vec::new();
    for row in rows {
        let name = row.lesion.lesion.as_str();
        let place = *places.entry(name).or_insert(said.len());
        if place == said.len() {
            said.push(Said::default());
            facts.lesions.push(row.lesion.clone());
        } else {
            let known = &mut facts.lesions[place];
            if known.role != row.lesion.role {
                let message = format!("lesion {name} is a {} here and a {} before", row.lesion.role, known.role);
                wrong.refuse(row, "role-changed", message, "a lesion keeps the role it had at baseline");
            }
            known.site = known.site.take().or(row.lesion.site.clone());
            known.irradiated = known.irradiated.or(row.lesion.irradiated);
            known.intracranial = known.intracranial.or(row.lesion.intracranial);
            known.parent_lesion = known.parent_lesion.take().or(row.lesion.parent_lesion.clone());
            known.nodal |= row.lesion.nodal;
        }
        said[place].must_agree(row, wrong);
        match (facts.reference_date, row.reference_date) {
            (Some(known), Some(given)) if known != given => {
                wrong.refuse(row, "rows-differ", "`reference_date` differs from an earlier row".into(), "make the rows agree");
            }
            (known, given) => facts.reference_date = known.or(given),
        }
    }
    let timepoints = timepoints(rows);
    facts.timepoints = timepoints.iter().map(|rows| timepoint(rows, &facts.lesions, all_read, wrong)).collect();
    if !facts.timepoints.iter().any(|timepoint| timepoint.kind == TimepointKind::Baseline) {
        let stated = timepoints.iter().map(|rows| rows.iter().find_map(|row| row.kind));
        let candidates = facts.timepoints.iter_mut().zip(stated).filter(|(_, stated)| *stated != Some(TimepointKind::History));
        if let Some((earliest, None)) = candidates.min_by_key(|(timepoint, _)| timepoint.date) {
            earliest.kind = TimepointKind::Baseline;
        }
    }
    check_timepoints(&facts, &timepoints, all_read, wrong);
    facts
}

/// What the rows of one lesion have said that does not change, and in which row first.
#[derive(Default)]
struct Said<'a> {
    nodal: Option<(bool, u64)>,
    irradiated: Option<(bool, u64)>,
    intracranial: Option<(bool, u64)>,
    parent: Option<(&'a str, u64)>,
    site: Option<(&'a str, u64)>,
}

impl<'a> Said<'a> {
    fn must_agree(&mut self, row: &'a LesionRow, wrong: &mut Wrong) {
        let lesion = &row.lesion;
        let name = &lesion.lesion;
        if let Some(earlier) = differs(&mut self.nodal, row.nodal, row.line, |a, b| a == b) {
            let message = format!("lesion {name} changes `nodal`, which row {earlier} said in another way");
            wrong.refuse(row, "nodal-changed", message, "it is fixed at baseline");
        }
        // Other words for the same organ are no contradiction; nor is it when a node is once said to lie among nodes.
        let one_organ = |a: &str, b: &str| {
            let organs = [a, b].map(|site| organ(Some(site), false));
            organs[0] == organs[1] || (lesion.nodal && organs.iter().any(|organ| organ.as_deref() == Some(LYMPH_NODES)))
        };
        for (earlier, column) in [
            (differs(&mut self.irradiated, lesion.irradiated, row.line, |a, b| a == b), "irradiated"),
            (differs(&mut self.intracranial, lesion.intracranial, row.line, |a, b| a == b), "intracranial"),
            (differs(&mut self.parent, lesion.parent_lesion.as_deref(), row.line, |a, b| a == b), "parent_lesion"),
            (differs(&mut self.site, lesion.site.as_deref(), row.line, one_organ), "site"),
        ] {
            if let Some(earlier) = earlier {
                let message = format!("`{column}` of lesion {name} is not what row {earlier} says");
                wrong.refuse(row, "rows-differ", message, "a lesion keeps it: make the rows agree");
            }
        }
    }
}

/// The row that said otherwise; where nothing was said before, this row is the one that says it.
fn differs<T: Copy>(known: &mut Option<(T, u64)>, given: Option<T>, line: u64, same: impl Fn(T, T) -> bool) -> Option<u64> {
    let given = given?;
    let (before, earlier) = *known.get_or_insert((given, line));
    (!same(before, given)).then_some(earlier)
}

/// The scans of one timepoint are not further apart than a baseline may be from the start of treatment (RECIST 1.1 section 4.2).
const LONGEST_TIMEPOINT_DAYS: i32 = 28;

/// Joins the rows of one timepoint.
fn timepoint(rows: &[&LesionRow], lesions: &[LesionFacts], all_read: bool, wrong: &mut Wrong) -> TimepointFacts {
    let dates = || rows.iter().map(|row| row.date);
    let (first, last) = (dates().min().unwrap_or_default(), dates().max().unwrap_or_default());
    if let Some(row) = rows.iter().find(|row| days_between(first, row.date) > LONGEST_TIMEPOINT_DAYS) {
        let message = format!("{} has rows of {first} and of {}", row.key(), row.date);
        wrong.refuse(row, "timepoint-too-long", message, "give each visit its own name, or a column `timepoint`");
    }
    let findings = findings(rows, lesions, all_read, wrong);
    let (mut kind, mut coverage, mut markers, mut new_symptoms) = (None, None, None, None);
    let mut queries: Vec<OpenQuestion> = Vec::new();
    for row in rows {
        for (differs, column) in [
            (agree(&mut kind, row.kind), "tp_kind"),
            (agree(&mut coverage, row.coverage), "coverage"),
            (agree(&mut markers, row.markers), "markers"),
            (agree(&mut new_symptoms, row.new_symptoms), "new_symptoms"),
        ] {
            if differs {
                wrong.refuse(row, "rows-differ", format!("`{column}` differs within {}", row.visit), "make the rows agree");
            }
        }
        let question = |code: &&str| OpenQuestion { lesion: Some(row.lesion.lesion.clone()), code: code.to_string() };
        queries.extend(row.queries.iter().map(question));
    }
    queries.sort();
    queries.dedup();
    let kind = kind.unwrap_or(TimepointKind::Scheduled);
    let of_role = |row: &LesionRow, role: Role, mm: Option<Micrometres>| mm.filter(|_| row.lesion.role == role);
    let mut days: BTreeMap<String, ScanDays> = BTreeMap::new();
    for row in rows {
        let own = days.entry(row.lesion.lesion.clone()).or_insert(ScanDays { first: row.date, last: row.date });
        *own = ScanDays { first: own.first.min(row.date), last: own.last.max(row.date) };
    }
    let is_treated = |row: &&&LesionRow| row.reason.is_some_and(NotEvaluableReason::is_local_treatment);
    let treated = rows.iter().filter(is_treated);
    TimepointFacts {
        date_last: last,
        kind,
        coverage: coverage.unwrap_or_else(|| seen_coverage(rows, lesions, kind)),
        markers: markers.unwrap_or(Markers::NotApplicable),
        new_symptoms,
        findings,
        viable: figures(rows, |row| of_role(row, Role::Target, row.viable)),
        new_lesion_diameters: figures(rows, |row| of_role(row, Role::New, row.mm)),
        sizes: figures(rows, |row| row.size),
        days: if first == last { BTreeMap::new() } else { days },
        treated: treated.map(|row| row.lesion.lesion.clone()).collect(),
        queries,
        ..TimepointFacts::on(rows.first().map(|row| row.visit.clone()).unwrap_or_default(), first)
    }
}

/// One finding of each lesion; the pieces of a split target are one.
fn findings(rows: &[&LesionRow], lesions: &[LesionFacts], all_read: bool, wrong: &mut Wrong) -> Vec<(String, Finding)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut of_lesion: Vec<Vec<&LesionRow>> = Vec::new();
    for row in rows {
        let place = *places.entry(&row.lesion.lesion).or_insert(of_lesion.len());
        if place == of_lesion.len() {
            of_lesion.push(Vec::new());
        }
        of_lesion[place].push(row);
    }
    of_lesion.into_iter().map(|own| (own[0].lesion.lesion.clone(), finding(&own, lesions, all_read, wrong))).collect()
}

fn finding(own: &[&LesionRow], lesions: &[LesionFacts], all_read: bool, wrong: &mut Wrong) -> Finding {
    let (first, name) = (own[0], &own[0].lesion.lesion);
    let (split, whole): (Vec<&LesionRow>, Vec<_>) = own.iter().copied().partition(|row| matches!(row.state, State::Piece(_)));
    if let ([piece, ..], [row, ..]) = (&split[..], &whole[..]) {
        let (of_pieces, others) = (lines(split.iter().copied()), lines(whole.iter().copied()));
        let message = format!("lesion {name} at {} is split in {of_pieces}, and has another state in {others}", row.visit);
        let advice = "every piece has state split and its mm, 5 where it is too small for a figure; if one is not evaluable \
            the lesion is, in one row";
        wrong.refuse(if piece.line < row.line { row } else { piece }, "duplicate-row", message, advice);
    } else if let (State::Whole(_), [_, others @ ..]) = (&first.state, own) {
        for row in others {
            let message = format!("lesion {name} has a second row at {}, beside row {}", row.visit, first.line);
            wrong.refuse(row, "duplicate-row", message, "keep one; the pieces of a split target all have state split");
        }
    }
    match &first.state {
        State::Piece(_) => Finding::Target(pieces(own, all_read, wrong)),
        // A lesion is a node at every timepoint, whether or not each row says so.
        State::Whole(Finding::NonTarget(state)) => {
            let nodal = lesions.iter().any(|lesion| lesion.lesion == *name && lesion.nodal);
            Finding::NonTarget(first.mm.filter(|_| nodal).map_or(*state, |short_axis| state.of_node(short_axis)))
        }
        State::Whole(finding) => finding.clone(),
    }
}

/// The pieces of a split target. They were seen on one scan, so all can be compared with baseline or none (recist-rules, V11).
fn pieces(own: &[&LesionRow], all_read: bool, wrong: &mut Wrong) -> TargetState {
    let (first, name) = (own[0], &own[0].lesion.lesion);
    let comparable = |is: bool| own.iter().copied().find(move |row| row.comparable == Some(is));
    if let (Some(yes), Some(no)) = (comparable(true), comparable(false)) {
        let message = format!("the pieces of {name} at {} are comparable in row {} and not here", no.visit, yes.line);
        wrong.refuse(no, "rows-differ", message, "make the rows agree; a lesion is comparable or not as a whole");
    }
    if all_read && own.len() == 1 {
        let message = format!("lesion {name} at {} is split into a single piece", first.visit);
        wrong.refuse(first, "split-single", message, "give every piece a row, or write measured");
    }
    if comparable(false).is_some() {
        return TargetState::NotEvaluable(Some(NotEvaluableReason::Technique));
    }
    let diameter = |row: &&LesionRow| match row.state {
        State::Piece(piece) => Some(piece),
        State::Whole(_) => None,
    };
    TargetState::Split(own.iter().filter_map(diameter).collect())
}

/// A figure of each lesion that has it; that of a split one is the sum of its pieces, if every piece has it.
fn figures<T: Copy + Add<Output = T>>(rows: &[&LesionRow], figure: impl Fn(&LesionRow) -> Option<T>) -> BTreeMap<String, T> {
    let mut figures: BTreeMap<String, Option<T>> = BTreeMap::new();
    for row in rows {
        let own = figure(row);
        let add = |sum: &mut Option<T>| *sum = sum.zip(own).map(|(sum, own)| sum + own);
        figures.entry(row.lesion.lesion.clone()).and_modify(add).or_insert(own);
    }
    figures.into_iter().filter_map(|(lesion, figure)| Some((lesion, figure?))).collect()
}

/// Takes over a value on which the rows of a timepoint must agree; true when this row differs.
fn agree<T: Copy + PartialEq>(known: &mut Option<T>, given: Option<T>) -> bool {
    let differs = known.zip(given).is_some_and(|(known, given)| known != given);
    *known = known.or(given);
    differs
}

/// What was imaged, as far as the rows tell: a lesion that was not imaged lies in a region that was not imaged, and an
/// unscheduled visit without rows for some lesions did not look at them.
fn seen_coverage(rows: &[&LesionRow], lesions: &[LesionFacts], kind: TimepointKind) -> Coverage {
    let missing = rows.iter().filter(|row| row.reason == Some(NotEvaluableReason::NotImaged)).count();
    let old = lesions.iter().filter(|lesion| lesion.role != Role::New);
    let unseen = old.into_iter().filter(|lesion| !rows.iter().any(|row| row.lesion.lesion == lesion.lesion)).count();
    if missing == rows.len() {
        Coverage::None
    } else if missing > 0 || (kind == TimepointKind::Unscheduled && unseen > 0) {
        Coverage::Partial
    } else {
        Coverage::Complete
    }
}
