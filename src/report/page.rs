//! The page: what a data manager must know first, then the subjects.

use super::subject::{class, section};
use super::wording::{NO_FIGURE, level_definition};
use super::{BestResponseRow, FailureRow, ProblemRow, QueryRow, Report, ReportError, beside};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The page may load nothing but what it carries.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// Writes the report as one HTML page that refers to nothing outside itself.
///
/// # Errors
/// A key image that cannot be encoded as PNG. An image without pixels, spacing or finite positions is no error: its place
/// says so.
pub fn render(report: &Report) -> Result<String, ReportError> {
    let open: Vec<&QueryRow> = report.queries.iter().filter(|query| query.answer.is_empty()).collect();
    let answered: Vec<&QueryRow> = report.queries.iter().filter(|query| !query.answer.is_empty()).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "RECIST report " (report.trial) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body id="top" {
                (header(report))
                main {
                    (overview(report, open.len()))
                    (failures(&report.failures))
                    (open_queries(&open))
                    (problems(&report.problems))
                    (best_responses(report))
                    (settings(&report.settings))
                    @for (index, subject) in report.subjects.iter().enumerate() {
                        (section(subject, &anchor(index), report.proposal)?)
                    }
                    @if !answered.is_empty() {
                        section id="answered" { h2 { "Answered questions" } (query_table(&answered)) }
                    }
                }
            }
        }
    };
    Ok(page.into_string())
}

/// Where the section of a subject begins.
pub(super) fn anchor(index: usize) -> String {
    format!("subject-{}", index + 1)
}

fn header(report: &Report) -> Markup {
    html! {
        header {
            h1 { (report.trial) }
            p {
                b { (report.criteria) } " · level " b { (report.level) } " · recist " (report.version)
            }
            (beside::in_the_head(report))
            p { (level_definition(&report.level)) }
            p.research { "For research use; not a medical device." }
            @if report.proposal {
                p.banner role="note" {
                    b { "Proposed targets. " }
                    "The program chose the target lesions in this report; no reader has confirmed them. "
                    "Sums and responses hold only if a reader accepts the choice."
                }
            }
        }
    }
}

fn overview(report: &Report, open: usize) -> Markup {
    let counts = [
        ("#failures", report.failures.len(), ["could not be done", "could not be done"]),
        ("#queries", open, ["open question", "open questions"]),
        ("#problems", report.problems.len(), ["problem", "problems"]),
        ("#best", report.subjects.len(), ["subject", "subjects"]),
    ];
    html! { nav aria-label="Contents" { ul.overview {
        @for (target, count, what) in counts { li { a href=(target) { b { (count) } " " (what[usize::from(count != 1)]) } } }
    } } }
}

fn failures(rows: &[FailureRow]) -> Markup {
    html! {
        section id="failures" {
            h2 { "What could not be done" }
            @if rows.is_empty() { p.note { "Nothing failed." } } @else {
                div.scroll { table {
                    thead { tr { th { "Subject" } th { "Visit" } th { "File" } th { "What was found" } th { "What to do" } } }
                    tbody { @for row in rows { tr {
                        (cell(&row.subject)) (cell(&row.visit)) (file(&row.file)) (cell(&row.reason)) (cell(&row.advice))
                    } } }
                } }
            }
        }
    }
}

fn open_queries(rows: &[&QueryRow]) -> Markup {
    html! {
        section id="queries" {
            h2 { "Open questions" }
            @if rows.is_empty() { p.note { "No question is open." } } @else {
                p.note { "A timepoint with an open question is provisional. Answers go into the column " code { "answer" } " of " code { "queries.csv" } "." }
                (query_table(rows))
            }
        }
    }
}

fn query_table(rows: &[&QueryRow]) -> Markup {
    let answered = rows.iter().any(|row| !row.answer.is_empty());
    html! {
        div.scroll { table {
            thead { tr {
                th { "Subject" } th { "Visit" } th { "Lesion" } th { "Question" } th { "If yes" } th { "If no" }
                @if answered { th { "Answer" } }
                th { "Code" }
            } }
            tbody { @for row in rows { tr {
                (cell(&row.subject)) (cell(&row.visit)) (cell(&row.lesion)) (cell(&row.question))
                td { (class(&row.class_if_yes)) } td { (class(&row.class_if_no)) }
                @if answered { (cell(&row.answer)) }
                td { code { (row.code) } }
            } } }
        } }
    }
}

fn problems(rows: &[ProblemRow]) -> Markup {
    html! {
        section id="problems" {
            h2 { "Problems" }
            @if rows.is_empty() { p.note { "No problem was found." } } @else {
                div.scroll { table {
                    thead { tr { th { "Severity" } th { "Subject" } th { "What was found" } th { "What to do" } th { "File" } th { "Code" } } }
                    tbody { @for row in rows { tr {
                        td { @if row.severity == "error" { b { (row.severity) } } @else { (row.severity) } }
                        (cell(&row.subject)) (cell(&row.message)) (cell(&row.advice)) (file(&row.file)) td { code { (row.code) } }
                    } } }
                } }
            }
        }
    }
}

fn best_responses(report: &Report) -> Markup {
    let link = |row: &BestResponseRow| report.subjects.iter().position(|subject| subject.subject == row.subject).map(anchor);
    html! {
        section id="best" {
            h2 { "Best responses" }
            @if report.best_responses.is_empty() { p.note { "There is no best response." } } @else {
                div.scroll { table {
                    thead { tr {
                        th { "Subject" } th { "Arm" } th { "Best overall response" } th { "Date" } th { "Confirmed" } th { "Progression" }
                    } }
                    tbody { @for row in &report.best_responses { tr {
                        th scope="row" {
                            @if let Some(anchor) = link(row) { a href={ "#" (anchor) } { (row.subject) } } @else { (row.subject) }
                        }
                        (cell(&row.arm))
                        td { (class(&row.bor)) } (cell(&row.bor_date)) td { (class(&row.confirmed_bor)) } (cell(&row.progression_date))
                    } } }
                } }
            }
            (beside::of_all(report))
        }
    }
}

fn settings(rows: &[(String, String)]) -> Markup {
    html! {
        @if !rows.is_empty() {
            details.settings {
                summary { "Settings in force (" (rows.len()) ")" }
                dl { @for (name, value) in rows { div { dt { code { (name) } } dd { (value) } } } }
            }
        }
    }
}

fn cell(text: &str) -> Markup {
    html! { td { @if text.is_empty() { (NO_FIGURE) } @else { (text) } } }
}

fn file(path: &str) -> Markup {
    html! { td.file { @if path.is_empty() { (NO_FIGURE) } @else { code { (path) } } } }
}
