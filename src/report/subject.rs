//! One subject: course, timepoints, lesions and the picture of every measured lesion.

use super::key_image::{can_be_drawn, draw, side_mm};
use super::wording::{self, NO_FIGURE, length, millimetres, percent, response_tint, role, signed_millimetres};
use super::{KeyImage, LesionCell, LesionRow, ReportError, SubjectReport, TimepointRow, beside, chart};
use maud::{Markup, html};

/// Writes the section of one subject.
pub(super) fn section(subject: &SubjectReport, anchor: &str, proposal: bool) -> Result<Markup, ReportError> {
    Ok(html! {
        section.subject id=(anchor) {
            h2 { "Subject " (subject.subject) }
            p.summary {
                @if !subject.arm.is_empty() { "Arm " b { (subject.arm) } " · " }
                "Best overall response " (class(&subject.bor)) " · confirmed " (class(&subject.confirmed_bor))
            }
            @if subject.timepoints.is_empty() {
                p.note { "No timepoint." }
            } @else {
                (chart::sum_against_time(subject))
                (timepoints(subject))
                (beside::of_subject(subject))
                (lesions(subject, proposal))
            }
            (key_images(subject, proposal)?)
            p.back { a href="#top" { "Back to the first page" } }
        }
    })
}

/// A response class, tinted and written out.
pub(super) fn class(class: &str) -> Markup {
    html! { @if class.is_empty() { (NO_FIGURE) } @else { span.class.(response_tint(class)) { (class) } } }
}

fn timepoints(subject: &SubjectReport) -> Markup {
    let days = chart::days_since_baseline(&subject.timepoints);
    html! {
        h3 { "Timepoints" }
        div.scroll { table.timepoints {
            thead { tr {
                th { "Visit" } th { "Date" } th.figure { "Sum, mm" } th.figure { "From baseline" }
                th.figure { "Nadir before, mm" } th.figure { "From nadir" }
                th { "Target" } th { "Non-target" } th { "New lesion" } th { "Overall" }
            } }
            @for (row, day) in subject.timepoints.iter().zip(days) { tbody.after-pd[row.after_pd] { (timepoint(row, day)) } }
        } }
    }
}

/// A line of figures and classes, and below it why.
fn timepoint(row: &TimepointRow, day: i32) -> Markup {
    html! {
        tr {
            th scope="row" { (row.visit) }
            td.date { (row.date) br; small { "day " (day) } }
            td.figure {
                b { (length(row.sum)) }
                @if let (None, Some(partial)) = (row.sum, row.partial_sum) { br; small { "partial " (partial) } }
            }
            td.figure { (row.change_from_baseline_pct.map_or(NO_FIGURE.to_string(), percent)) }
            td.figure { (length(row.nadir)) }
            td.figure {
                (row.change_from_nadir_pct.map_or(NO_FIGURE.to_string(), percent))
                @if let Some(mm) = row.change_from_nadir_mm { br; small { (signed_millimetres(mm)) " mm" } }
            }
            @if row.baseline {
                td colspan="4" { "baseline" }
            } @else {
                td { (class(&row.target)) }
                td { (class(&row.nontarget)) }
                td { (if row.new_lesion.is_empty() { NO_FIGURE.to_string() } else { wording::state(&row.new_lesion) }) }
                td {
                    (class(&row.overall))
                    @if row.provisional { br; small { "provisional: a question is open" } }
                    @if row.after_pd { br; small { "after progression" } }
                }
            }
        }
        tr.why {
            td {}
            td colspan="9" {
                @if let Some(failed) = &row.failed { p.failed { b { "Not assessed: " } (failed) } }
                (reasons(&row.reasons))
            }
        }
    }
}

fn reasons(reasons: &[(String, String)]) -> Markup {
    html! {
        @match reasons {
            [] => {}
            [(code, sentence)] => p title=(code) { (sentence) },
            [(code, sentence), rest @ ..] => details {
                summary title=(code) { (sentence) " (" (rest.len()) " more)" }
                ul { @for (code, sentence) in rest { li title=(code) { (sentence) } } }
            },
        }
    }
}

fn role_of(lesion: &LesionRow, proposal: bool) -> String {
    let proposed = if proposal && lesion.role == "target" { ", proposed" } else { "" };
    format!("{}{proposed}", role(&lesion.role))
}

fn lesions(subject: &SubjectReport, proposal: bool) -> Markup {
    let reader = subject.lesions.iter().flat_map(|lesion| &lesion.cells).any(|cell| cell.reader_mm);
    html! {
        h3 { "Lesions" }
        p.note {
            "Bold: the diameter used, mm (the short axis of a lymph node). Below it: long × short axis, mm, and volume."
            @if reader { " " b.reader { "R" } ": the reader's figure, which outranks the mask's." }
        }
        div.scroll { table.lesions {
            thead { tr {
                th { "Lesion" } th { "Role" } th { "Site" }
                @for row in &subject.timepoints { th.figure { (row.visit) br; small { (row.date) } } }
            } }
            tbody { @for lesion in &subject.lesions { tr {
                th scope="row" { (lesion.lesion) }
                td { (role_of(lesion, proposal)) }
                td { (lesion.site) @if lesion.nodal { br; small { "lymph node" } } }
                @for cell in &lesion.cells { td.figure { (lesion_cell(cell, &lesion.role)) } }
            } } }
        } }
    }
}

fn lesion_cell(cell: &LesionCell, role: &str) -> Markup {
    if role == "new" && cell.state.is_empty() && cell.diameter.is_none() {
        return html! { (NO_FIGURE) };
    }
    html! {
        @if let Some(diameter) = cell.diameter {
            b { (diameter) }
            @if cell.reader_mm { " " b.reader title="the reader's figure" { "R" } }
        }
        @if cell.diameter.is_none() || !matches!(cell.state.as_str(), "measured" | "") {
            span.state { (wording::state(&cell.state)) }
        }
        @if let (Some(long), Some(short)) = (cell.long_axis_mm, cell.short_axis_mm) {
            small { (millimetres(long)) " × " (millimetres(short)) }
        }
        @if let Some(volume) = cell.volume_mm3.filter(|volume| volume.is_finite()) {
            small { (format!("{:.2}", volume / 1000.0)) " mL" }
        }
        @if !cell.warnings.is_empty() {
            details.warnings {
                summary { "! " (cell.warnings.len()) @if cell.warnings.len() == 1 { " warning" } @else { " warnings" } }
                ul { @for warning in &cell.warnings { li { (warning) } } }
            }
        }
    }
}

/// One row of pictures per lesion: every visit of a target, the visits with a picture of any other lesion.
fn key_images(subject: &SubjectReport, proposal: bool) -> Result<Markup, ReportError> {
    let listed = subject.lesions.iter().map(|lesion| (lesion.lesion.as_str(), Some(lesion)));
    let mut rows: Vec<(&str, Option<&LesionRow>)> = listed.collect();
    for image in &subject.key_images {
        if rows.iter().all(|(name, _)| *name != image.lesion) {
            rows.push((&image.lesion, None));
        }
    }
    let of = |name: &str| -> Vec<&KeyImage> { subject.key_images.iter().filter(|image| image.lesion == name).collect() };
    rows.retain(|(name, lesion)| lesion.is_some_and(|lesion| lesion.role == "target") || !of(name).is_empty());
    if rows.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        h3 { "Measured slices" }
        p.legend {
            span.outline {} " outline of the mask " span.long-axis {} " long axis, solid " span.short-axis {} " short axis, dashed. "
            "Letters: sides of the patient (A front, P back, R right, L left, H head, F feet). Slices are counted from 1."
        }
        @for (name, lesion) in rows {
            section.lesion {
                h4 {
                    (name)
                    @if let Some(lesion) = lesion {
                        " · " (role_of(lesion, proposal))
                        @if !lesion.site.is_empty() { " · " (lesion.site) }
                        @if lesion.nodal { " · lymph node" }
                    }
                }
                (lesion_tiles(subject, lesion, &of(name))?)
            }
        }
    })
}

fn lesion_tiles(subject: &SubjectReport, lesion: Option<&LesionRow>, images: &[&KeyImage]) -> Result<Markup, ReportError> {
    let side = side_mm(images.iter().copied());
    let every_visit = lesion.filter(|lesion| lesion.role == "target");
    let no_visit = |image: &&&KeyImage| subject.timepoints.iter().all(|row| !is_of(image, row));
    Ok(html! {
        div.tiles {
            @for (index, row) in subject.timepoints.iter().enumerate() {
                @let cell = lesion.and_then(|lesion| lesion.cells.get(index));
                @let mut seen = images.iter().filter(|image| is_of(image, row)).peekable();
                @if let (None, Some(lesion)) = (seen.peek(), every_visit) { (placeholder(&lesion.lesion, row, cell)) }
                @for image in seen { (tile(image, side, cell)?) }
            }
            @for image in images.iter().filter(no_visit) { (tile(image, side, None)?) }
        }
    })
}

/// Visits are matched by name, and by date where they have none.
fn is_of(image: &KeyImage, row: &TimepointRow) -> bool {
    image.visit == row.visit && (!row.visit.is_empty() || image.date == row.date)
}

fn tile_heading(lesion: &str, visit: &str, date: jiff::civil::Date) -> Markup {
    html! { p.visit { b { (lesion) " · " (visit) } " " (date) } }
}

fn tile(image: &KeyImage, side: f64, cell: Option<&LesionCell>) -> Result<Markup, ReportError> {
    let heading = tile_heading(&image.lesion, &image.visit, image.date);
    if !can_be_drawn(image) {
        let why = "No picture: the slice is empty, or a spacing or a position on it is not a number.";
        return Ok(html! { figure.tile { (heading) div.empty { p { (why) } } } });
    }
    let drawing = draw(image, side)?;
    let (axis, used) = if image.nodal { ("short axis", image.short_axis_mm) } else { ("long axis", image.long_axis_mm) };
    let diameter = cell.and_then(|cell| cell.diameter).map_or(millimetres(used), |diameter| diameter.to_string());
    let source = if cell.is_some_and(|cell| cell.reader_mm) { "reader's figure" } else { axis };
    Ok(html! {
        figure.tile {
            (heading)
            (drawing.crop)
            figcaption {
                p.used { "used: " (source) " " (diameter) " mm" }
                (drawing.locator)
                div {
                    p { (millimetres(image.long_axis_mm)) " × " (millimetres(image.short_axis_mm)) " mm" }
                    p { "slice " (image.slice_index + 1) " of " (image.slices) }
                    p { "at " (millimetres(image.position_mm)) " mm" }
                    p { (image.modality) " · W " (level(drawing.window.width)) " L " (level(drawing.window.centre)) ", " (drawing.window.name) }
                }
            }
        }
    })
}

/// A window figure: whole numbers unless the values of the image are small.
fn level(value: f64) -> String {
    if value.abs() >= 10.0 || value == 0.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

/// What stands in the place of a target's picture at a visit without one.
fn placeholder(lesion: &str, row: &TimepointRow, cell: Option<&LesionCell>) -> Markup {
    html! {
        figure.tile {
            (tile_heading(lesion, &row.visit, row.date))
            div.empty {
                @match (&row.failed, cell) {
                    (Some(failed), _) => p { "Not assessed: " (failed) },
                    (None, Some(LesionCell { diameter: Some(diameter), state, .. })) if state != "absent" =>
                        p { (diameter) " mm, without a picture" },
                    (None, Some(cell)) => p { (wording::state(&cell.state)) },
                    (None, None) => p { "not recorded" },
                }
            }
        }
    }
}
