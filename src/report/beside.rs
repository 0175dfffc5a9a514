//! What stands beside the main classes: the same subjects by other criteria, and of some of their lesions only.

use super::page::anchor;
use super::subject::class;
use super::wording::{NO_FIGURE, recist_name, scope};
use super::{BesideCell, BesideRow, Report, SubjectReport, TimepointRow};
use maud::{Markup, html};

/// Which criteria the page follows and which stand beside, so that nobody takes one for the other.
pub(super) fn in_the_head(report: &Report) -> Markup {
    let has_scopes = report.subjects.iter().flat_map(|subject| &subject.beside).any(is_of_some_lesions);
    let others = report.other_criteria.join(", ");
    let scopes = format!("{} of the irradiated lesions alone and of each target by itself", report.criteria);
    html! {
        @if has_scopes || !others.is_empty() {
            p.criteria {
                "Classes, best responses and dates are by " b { (report.criteria) } " of the whole patient. "
                "In tables of their own stand beside it: "
                @if !others.is_empty() { b { (others) } @if has_scopes { "; " } }
                @if has_scopes { (scopes) }
                "."
            }
        }
    }
}

/// The table of one subject: a column for every timepoint after baseline.
pub(super) fn of_subject(subject: &SubjectReport) -> Markup {
    let rows: Vec<&BesideRow> = subject.beside.iter().collect();
    let after_baseline = || subject.timepoints.iter().enumerate().filter(|(_, row)| !row.baseline);
    html! {
        @if !rows.is_empty() {
            h3 { (heading(&rows)) }
            (note(&rows))
            div.scroll { table.beside {
                thead { tr {
                    th { "Criteria" }
                    @for (_, row) in after_baseline() { th { (row.visit) br; small { (row.date) } } }
                    th { "Best response" } th { "Progression" }
                } }
                tbody { @for row in rows { tr {
                    th scope="row" { (criteria(row)) }
                    @for (at, main) in after_baseline() { (timepoint(row.cells.get(at), main)) }
                    td.differs[differs(&row.bor, &subject.bor)] {
                        (judged(&row.bor, &subject.bor))
                        @if !row.bor_date.is_empty() { small { (row.bor_date) } }
                    }
                    td { (progression(row)) }
                } } }
            } }
        }
    }
}

/// The best responses of all subjects. Single lesions stand in the section of their subject only.
pub(super) fn of_all(report: &Report) -> Markup {
    let of_subject = |(index, subject)| rows_of_first_page(subject).map(move |row| (index, subject, row));
    let rows: Vec<(usize, &SubjectReport, &BesideRow)> = report.subjects.iter().enumerate().flat_map(of_subject).collect();
    let all: Vec<&BesideRow> = rows.iter().map(|(_, _, row)| *row).collect();
    html! {
        @if !all.is_empty() {
            h3 { (heading(&all)) }
            (note(&all))
            div.scroll { table.beside {
                thead { tr { th { "Subject" } th { "Criteria" } th { "Best response" } th { "Date" } th { "Progression" } } }
                tbody { @for (index, subject, row) in rows { tr {
                    th scope="row" { a href={ "#" (anchor(index)) } { (subject.subject) } }
                    td { (criteria(row)) }
                    td.differs[differs(&row.bor, &subject.bor)] { (judged(&row.bor, &subject.bor)) }
                    td.date { @if row.bor_date.is_empty() { (NO_FIGURE) } @else { (row.bor_date) } }
                    td { (progression(row)) }
                } } }
            } }
        }
    }
}

fn rows_of_first_page(subject: &SubjectReport) -> impl Iterator<Item = &BesideRow> {
    subject.beside.iter().filter(|row| row.scope != "lesion")
}

fn is_of_some_lesions(row: &BesideRow) -> bool {
    !scope(&row.scope, &row.lesion).is_empty()
}

fn heading(rows: &[&BesideRow]) -> &'static str {
    let scoped = rows.iter().filter(|row| is_of_some_lesions(row)).count();
    match scoped {
        0 => "By other criteria",
        scoped if scoped == rows.len() => "Of some lesions only",
        _ => "By other criteria, and of some lesions only",
    }
}

/// How to read the table. Its classes are those of the rows, never the main ones.
fn note(rows: &[&BesideRow]) -> Markup {
    html! {
        p.note {
            "Where RECIST 1.1 of the whole patient has another class, it follows after " b { "≠" } "."
            @if rows.iter().any(|row| row.criteria == "iRECIST") { " PD of RECIST 1.1 is iUPD here, and iCPD once confirmed." }
        }
    }
}

fn criteria(row: &BesideRow) -> Markup {
    let lesions = scope(&row.scope, &row.lesion);
    html! { (row.criteria) @if !lesions.is_empty() { br; small { (lesions) } } }
}

fn timepoint(cell: Option<&BesideCell>, main: &TimepointRow) -> Markup {
    let overall = cell.map_or("", |cell| &cell.overall);
    let sum = cell.and_then(|cell| cell.sum).map(|sum| format!("sum {sum} mm"));
    let reasons = cell.map_or(&[][..], |cell| &cell.reasons);
    let why: Vec<String> = sum.into_iter().chain(reasons.iter().cloned()).collect();
    html! {
        td.differs[differs(overall, &main.overall)] title=[(!why.is_empty()).then(|| why.join("; "))] {
            (judged(overall, &main.overall))
            @if cell.is_some_and(|cell| cell.provisional) { small { "provisional" } }
        }
    }
}

/// A class, and that of RECIST 1.1 where it is another.
fn judged(own: &str, main: &str) -> Markup {
    html! { (class(own)) @if differs(own, main) { small.main { "≠ " (main) } } }
}

/// Where one of both was not judged there is nothing to compare.
fn differs(own: &str, main: &str) -> bool {
    !own.is_empty() && !main.is_empty() && recist_name(own) != main
}

fn progression(row: &BesideRow) -> Markup {
    let confirmed = row.progression_confirmed.map(|confirmed| if confirmed { "confirmed" } else { "not confirmed" });
    html! {
        @if row.progression_date.is_empty() { (NO_FIGURE) } @else {
            (row.progression_date)
            @if let Some(confirmed) = confirmed { small { (confirmed) } }
        }
    }
}
