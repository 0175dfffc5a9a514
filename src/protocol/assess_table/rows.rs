//! One row of the table of `assess`: what its cells say of a lesion at a timepoint.

use super::states::{Said, State, state};
use crate::protocol::bases::questions;
use crate::protocol::csv_input::Cells;
use crate::response::beside::Size;
use crate::response::facts::{Coverage, LesionFacts, Markers, NotEvaluableReason, Role, TimepointKind};
use crate::units::Micrometres;
use jiff::civil::Date;

/// A lesion row that could be understood.
pub(super) struct LesionRow {
    /// Why the lesion is not evaluable.
    pub(super) reason: Option<NotEvaluableReason>,
    /// Whether the scan can be compared with that of baseline.
    pub(super) comparable: Option<bool>,
    pub line: u64,
    pub subject: String,
    pub date: Date,
    pub visit: String,
    timepoint: Option<String>,
    pub lesion: LesionFacts,
    pub nodal: Option<bool>,
    pub state: State,
    pub mm: Option<Micrometres>,
    pub viable: Option<Micrometres>,
    pub size: Option<Size>,
    pub kind: Option<TimepointKind>,
    pub coverage: Option<Coverage>,
    pub markers: Option<Markers>,
    pub new_symptoms: Option<bool>,
    pub reference_date: Option<Date>,
    pub reader: Option<String>,
    pub accepted: Option<bool>,
    pub queries: Vec<&'static str>,
}

impl LesionRow {
    /// What the rows of one timepoint have in common.
    pub fn key(&self) -> String {
        self.timepoint.clone().unwrap_or_else(|| self.date.to_string())
    }
}

/// Reads a row. What cannot be understood becomes a problem; one cell does not hide what is wrong with another.
pub(super) fn lesion_row(cells: &mut Cells, line: u64) -> Option<LesionRow> {
    let subject = cells.required("subject");
    let date = cells.required("date").and_then(|_| scan_day(cells, "date"));
    let name = cells.required("lesion");
    let role = cells.required("role").and_then(|_| cells.one_of("role", Role::SPELLINGS));
    let nodal = cells.yes_no("nodal");
    let queries = questions(cells);
    let (mm, viable) = (cells.millimetres("mm"), cells.millimetres("viable_mm"));
    let reason = cells.one_of("reason", NotEvaluableReason::SPELLINGS);
    let comparable = cells.yes_no("comparable");
    let state = state(cells, role, &Said { mm, viable, reason, comparable });
    let irradiated = cells.yes_no("irradiated");
    let intracranial = cells.yes_no("intracranial");
    let size = Size { volume_mm3: cells.figure("volume_mm3"), max_3d_diameter_mm: cells.figure("max_3d_diameter_mm") };
    let kind = cells.one_of("tp_kind", TimepointKind::SPELLINGS);
    let coverage = cells.one_of("coverage", Coverage::SPELLINGS);
    let markers = cells.one_of("markers", Markers::SPELLINGS);
    let new_symptoms = cells.yes_no("new_symptoms");
    let reference_date = scan_day(cells, "reference_date");
    let accepted = cells.yes_no("accepted");
    let (subject, date, name, role, state) = (subject?, date?, name?, role?, state?);
    let lesion = LesionFacts {
        site: cells.optional("site"),
        nodal: nodal.unwrap_or(false),
        irradiated,
        parent_lesion: cells.optional("parent_lesion"),
        intracranial,
        ..LesionFacts::new(name, role)
    };
    let visit = cells.optional("visit").unwrap_or_else(|| date.to_string());
    let (timepoint, reader) = (cells.optional("timepoint").or(cells.optional("visit")), cells.optional("reader"));
    Some(LesionRow {
        reason,
        comparable,
        line,
        subject,
        date,
        visit,
        timepoint,
        lesion,
        nodal,
        state,
        mm,
        viable,
        size: Some(size).filter(|size| *size != Size::default()),
        kind,
        coverage,
        markers,
        new_symptoms,
        reference_date,
        reader,
        accepted,
        queries,
    })
}

/// First and last day that a scan can be of. Dates are shifted far back where patients must not be known by them, but not before
/// there were pictures at all.
const SCAN_DAYS: (Date, Date) = (jiff::civil::date(1901, 1, 1), jiff::civil::date(2099, 12, 31));

/// A day on which something of a trial can have happened.
pub(super) fn scan_day(cells: &mut Cells, column: &str) -> Option<Date> {
    let date = cells.date(column)?;
    let (first, last) = SCAN_DAYS;
    if (first..=last).contains(&date) {
        return Some(date);
    }
    let message = format!("`{date}` in `{column}` is no day of a trial; allowed are {first} to {last}");
    cells.problem("date", message, "correct the year");
    None
}
