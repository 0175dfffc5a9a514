//! One row of the table of `assess`: what its cells say of a lesion at a timepoint.

use super::bases::questions;
use super::csv_input::Cells;
use crate::response::beside::Size;
use crate::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NewState, NonTargetState, NotEvaluableReason, Role, TargetState, TimepointKind,
};
use crate::units::Micrometres;
use jiff::civil::Date;

/// A lesion row that could be understood.
pub(super) struct LesionRow {
    /// Why the lesion is not evaluable.
    pub(super) reason: Option<NotEvaluableReason>,
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

/// A finding, or one piece of a split target.
pub(super) enum State {
    Whole(Finding),
    Piece(Micrometres),
}

#[derive(Clone, Copy, PartialEq)]
enum TargetWord {
    Measured,
    TooSmall,
    Absent,
    NotEvaluable,
    Split,
    Merged,
}

const TARGET_WORDS: &[(&str, TargetWord)] = &[
    ("measured", TargetWord::Measured),
    ("too_small", TargetWord::TooSmall),
    ("absent", TargetWord::Absent),
    ("not_evaluable", TargetWord::NotEvaluable),
    ("split", TargetWord::Split),
    ("merged", TargetWord::Merged),
];

const NON_TARGET_WORDS: &[(&str, NonTargetState)] = &[
    ("present", NonTargetState::Present),
    ("absent", NonTargetState::Absent),
    ("decreased", NonTargetState::Decreased),
    ("increased", NonTargetState::Increased),
    ("increased_since_last", NonTargetState::IncreasedSinceLast),
    ("not_evaluable", NonTargetState::NotEvaluable),
    ("unequivocal_progression", NonTargetState::UnequivocalProgression),
];

/// Reads a row. What cannot be understood becomes a problem.
pub(super) fn lesion_row(cells: &mut Cells, line: u64) -> Option<LesionRow> {
    let subject = cells.required("subject");
    let date = cells.required("date").and_then(|_| cells.date("date"));
    let name = cells.required("lesion");
    let role = cells.required("role").and_then(|_| cells.one_of("role", Role::SPELLINGS));
    let nodal = cells.yes_no("nodal");
    let queries = questions(cells);
    let mm = cells.millimetres("mm");
    let viable = cells.millimetres("viable_mm");
    let state = role.and_then(|role| state(cells, role, mm, viable));
    let irradiated = cells.yes_no("irradiated");
    let intracranial = cells.yes_no("intracranial");
    let size = Size { volume_mm3: cells.figure("volume_mm3"), max_3d_diameter_mm: cells.figure("max_3d_diameter_mm") };
    let kind = cells.one_of("tp_kind", TimepointKind::SPELLINGS);
    let coverage = cells.one_of("coverage", Coverage::SPELLINGS);
    let markers = cells.one_of("markers", Markers::SPELLINGS);
    let new_symptoms = cells.yes_no("new_symptoms");
    let reference_date = cells.date("reference_date");
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
    let reason = cells.one_of("reason", NotEvaluableReason::SPELLINGS);
    Some(LesionRow {
        reason,
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

fn state(cells: &mut Cells, role: Role, mm: Option<Micrometres>, viable: Option<Micrometres>) -> Option<State> {
    let mm_is_bad = mm.is_none() && !cells.text("mm").is_empty();
    let reason = cells.one_of("reason", NotEvaluableReason::SPELLINGS);
    let finding = match role {
        Role::New => Finding::New(cells.required("state").and_then(|_| cells.one_of("state", NewState::SPELLINGS))?),
        Role::NonTarget => {
            let state = cells.required("state").and_then(|_| cells.one_of("state", NON_TARGET_WORDS))?;
            if state == NonTargetState::Absent && mm.is_some_and(|mm| mm > Micrometres::ZERO) {
                let message = "a non-target that is absent cannot have a diameter";
                cells.problem("mm-contradicts", message, "empty `mm`, or write present");
                return None;
            }
            // What technique keeps from being compared is not evaluable, target or not (recist-rules, V11).
            let state = if cells.yes_no("comparable") == Some(false) { NonTargetState::NotEvaluable } else { state };
            Finding::NonTarget(state)
        }
        Role::Target => return target_state(cells, mm, mm_is_bad, viable, reason),
    };
    if mm_is_bad { None } else { Some(State::Whole(finding)) }
}

fn target_state(
    cells: &mut Cells,
    mm: Option<Micrometres>,
    mm_is_bad: bool,
    viable: Option<Micrometres>,
    reason: Option<NotEvaluableReason>,
) -> Option<State> {
    let comparable = cells.yes_no("comparable");
    let word = match (cells.text("state").is_empty(), cells.text("mm").is_empty()) {
        (false, _) => cells.one_of("state", TARGET_WORDS)?,
        (true, false) => TargetWord::Measured,
        (true, true) if viable.is_some() => TargetWord::Measured,
        (true, true) => {
            let advice = "an empty cell is not 0: write absent, too_small or not_evaluable";
            cells.problem("state-empty", "a target has neither `state` nor `mm`", advice);
            return None;
        }
    };
    if mm_is_bad {
        return None;
    }
    let needs_mm = matches!(word, TargetWord::Measured | TargetWord::Split);
    let refuses_mm = match word {
        TargetWord::Absent => mm.max(viable).is_some_and(|mm| mm > Micrometres::ZERO),
        TargetWord::NotEvaluable | TargetWord::Merged => mm.or(viable).is_some(),
        TargetWord::Measured | TargetWord::Split | TargetWord::TooSmall => false,
    };
    let state = cells.text("state").to_string();
    // The whole lesion was not measured, its viable part was; mRECIST needs no more, and RECIST has nothing (never 0).
    let only_viable = word == TargetWord::Measured && mm.is_none() && viable.is_some();
    if needs_mm && mm.is_none() && !only_viable {
        let advice = "an empty cell is not 0: give `mm`, or write absent, too_small or not_evaluable";
        cells.problem("mm-missing", format!("`mm` is empty although the state is {state}"), advice);
        return None;
    }
    if refuses_mm {
        cells.problem(
            "mm-contradicts",
            format!("a target that is {state} cannot have a diameter"),
            "empty `mm`, or write measured",
        );
        return None;
    }
    // A target that was resected or not imaged is not evaluable; as absent it would count 0 mm (recist-rules, V9).
    if reason.is_some() && !matches!(word, TargetWord::NotEvaluable | TargetWord::Merged) {
        let message = format!("`reason` says why a target is not evaluable, but the state is {state}");
        cells.problem("reason-contradicts", message, "write not_evaluable, or empty `reason`");
        return None;
    }
    if comparable == Some(false) {
        return Some(State::Whole(Finding::Target(TargetState::NotEvaluable(Some(NotEvaluableReason::Technique)))));
    }
    if only_viable {
        return Some(State::Whole(Finding::Target(TargetState::NotEvaluable(None))));
    }
    Some(match (word, mm) {
        (TargetWord::Split, Some(piece)) => State::Piece(piece),
        (TargetWord::Measured | TargetWord::TooSmall, Some(diameter)) => {
            State::Whole(Finding::Target(TargetState::Measured(diameter)))
        }
        (TargetWord::TooSmall | TargetWord::Measured | TargetWord::Split, None) => {
            State::Whole(Finding::Target(TargetState::TooSmall))
        }
        (TargetWord::Absent, _) => State::Whole(Finding::Target(TargetState::Absent)),
        (TargetWord::NotEvaluable, _) => State::Whole(Finding::Target(TargetState::NotEvaluable(reason))),
        (TargetWord::Merged, _) => {
            let into = cells.required("merged_into")?;
            State::Whole(Finding::Target(TargetState::Merged { into }))
        }
    })
}
