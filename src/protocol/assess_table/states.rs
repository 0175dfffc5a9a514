//! The cells of a row that say what was found of a lesion: `state`, `mm`, `viable_mm`, `reason`, `comparable`, `merged_into`. What
//! contradicts each other is refused, all of it at once.

use crate::protocol::csv_input::Cells;
use crate::response::facts::{Finding, NewState, NonTargetState, NotEvaluableReason, Role, TargetState};
use crate::units::Micrometres;

/// A finding, or one piece of a split target.
pub(super) enum State {
    Whole(Finding),
    Piece(Micrometres),
}

/// The other cells that a finding depends on; `None` where nothing is said, or nothing that can be read.
pub(super) struct Said {
    pub(super) mm: Option<Micrometres>,
    pub(super) viable: Option<Micrometres>,
    pub(super) reason: Option<NotEvaluableReason>,
    pub(super) comparable: Option<bool>,
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

/// What a lesion of its role can be.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Target(TargetWord),
    NonTarget(NonTargetState),
    New(NewState),
}

impl Word {
    /// Looked for, and not there.
    fn is_absent(self) -> bool {
        matches!(self, Self::Target(TargetWord::Absent) | Self::NonTarget(NonTargetState::Absent) | Self::New(NewState::Absent))
    }

    fn is_not_evaluable(self) -> bool {
        matches!(
            self,
            Self::Target(TargetWord::NotEvaluable)
                | Self::NonTarget(NonTargetState::NotEvaluable)
                | Self::New(NewState::NotEvaluable)
        )
    }

    fn is_merged(self) -> bool {
        self == Self::Target(TargetWord::Merged)
    }

    /// What may have a figure; it cannot be 0.
    fn is_seen(self) -> bool {
        !(self.is_absent() || self.is_not_evaluable() || self.is_merged())
    }

    /// A call that cannot be made on a scan that is not comparable (recist-rules, V11 and N2). What is called in another way is not
    /// evaluable then, and a doubt about a new lesion stays one.
    fn needs_comparable(self) -> bool {
        matches!(
            self,
            Self::NonTarget(NonTargetState::UnequivocalProgression) | Self::New(NewState::Unequivocal | NewState::Absent)
        )
    }
}

/// Largest diameter of what is too small to be measured, exclusive: from here on a lesion is measurable and a node pathological
/// (recist-rules, M1 and M6).
const MEASURABLE: Micrometres = Micrometres::from_mm(10);

/// Reads what was found. Of a row whose role cannot be read, it is only known whether any role has its state.
pub(super) fn state(cells: &mut Cells, role: Option<Role>, said: &Said) -> Option<State> {
    let role = match role {
        Some(role) => role,
        None => {
            let words = TARGET_WORDS.iter().map(|(word, _)| *word);
            let words = words.chain(NON_TARGET_WORDS.iter().map(|(word, _)| *word));
            let words: Vec<_> = words.chain(NewState::SPELLINGS.iter().map(|(word, _)| *word)).collect();
            let once = words.iter().enumerate().filter(|(place, word)| !words[..*place].contains(word));
            cells.one_of("state", &once.map(|(_, word)| (*word, ())).collect::<Vec<_>>());
            return None;
        }
    };
    let word = word(cells, role, said)?;
    let contradicts = [
        refuse_reason(cells, word, said.reason),
        refuse_not_comparable(cells, word, said.comparable),
        refuse_figure(cells, role, word, said),
        refuse_merged_into(cells, word),
        refuse_no_figure(cells, word, said),
    ];
    let unreadable = |column: &str, read: bool| !read && !cells.text(column).is_empty();
    let unread = unreadable("mm", said.mm.is_some()) || unreadable("reason", said.reason.is_some());
    if contradicts.contains(&true) || unread { None } else { finding(cells, word, said) }
}

fn word(cells: &mut Cells, role: Role, said: &Said) -> Option<Word> {
    match role {
        Role::New => cells.required("state").and_then(|_| cells.one_of("state", NewState::SPELLINGS)).map(Word::New),
        Role::NonTarget => cells.required("state").and_then(|_| cells.one_of("state", NON_TARGET_WORDS)).map(Word::NonTarget),
        Role::Target if !cells.text("state").is_empty() => cells.one_of("state", TARGET_WORDS).map(Word::Target),
        Role::Target if !cells.text("mm").is_empty() || said.viable.is_some() => Some(Word::Target(TargetWord::Measured)),
        Role::Target => {
            let advice = "an empty cell is not 0: write absent, too_small or not_evaluable";
            cells.problem("state-empty", "a target has neither `state` nor `mm`", advice);
            None
        }
    }
}

/// A lesion that was resected or not imaged is not evaluable; as absent it would count as gone (recist-rules, V9).
fn refuse_reason(cells: &mut Cells, word: Word, reason: Option<NotEvaluableReason>) -> bool {
    let fits = match reason {
        None => true,
        Some(NotEvaluableReason::Merged) => word.is_not_evaluable() || word.is_merged(),
        Some(_) => word.is_not_evaluable(),
    };
    if !fits {
        let message = format!(
            "`reason` {} says why a lesion is not evaluable, but the state is {}",
            cells.text("reason"),
            shown(cells.text("state"))
        );
        cells.problem("reason-contradicts", message, "write not_evaluable, or empty `reason`");
    }
    !fits
}

fn refuse_not_comparable(cells: &mut Cells, word: Word, comparable: Option<bool>) -> bool {
    let refused = comparable == Some(false) && word.needs_comparable();
    if refused {
        let message = format!("the scan is not comparable, but the state is {}", cells.text("state"));
        cells.problem("reason-contradicts", message, "write not_evaluable, or equivocal for a new lesion, or empty `comparable`");
    }
    refused
}

fn refuse_figure(cells: &mut Cells, role: Role, word: Word, said: &Said) -> bool {
    let called = match role {
        Role::Target => "target",
        Role::NonTarget => "non-target",
        Role::New => "new lesion",
    };
    let state = shown(cells.text("state")).to_string();
    let largest = said.mm.max(said.viable);
    if word.is_seen() && said.mm == Some(Micrometres::ZERO) {
        let advice = match role {
            Role::Target => "write absent if it is gone, or too_small and no `mm` if it is seen but has no figure",
            Role::NonTarget | Role::New => "write absent if it is gone, else the figure, or none",
        };
        cells.problem("mm-zero", format!("a {called} that is {state} cannot have 0 mm"), advice);
        return true;
    }
    if word == Word::Target(TargetWord::TooSmall)
        && let Some(mm) = said.mm.filter(|mm| *mm >= MEASURABLE)
    {
        let message = format!("a target of {mm} mm is not too small for a figure; too_small is below {MEASURABLE} mm");
        cells.problem("mm-contradicts", message, "write measured, or correct `mm`");
        return true;
    }
    let refused =
        if word.is_absent() { largest.is_some_and(|mm| mm > Micrometres::ZERO) } else { !word.is_seen() && largest.is_some() };
    if refused {
        let instead = match role {
            Role::Target => "measured",
            Role::NonTarget => "present",
            Role::New => "equivocal or unequivocal",
        };
        let message = format!("a {called} that is {state} cannot have a diameter");
        cells.problem("mm-contradicts", message, format!("empty `mm` and `viable_mm`, or write {instead}"));
    }
    refused
}

fn refuse_merged_into(cells: &mut Cells, word: Word) -> bool {
    let refused = !word.is_merged() && !cells.text("merged_into").is_empty();
    if refused {
        let (into, state) = (cells.text("merged_into"), shown(cells.text("state")));
        let message = format!("`merged_into` names {into}, but the state is {state}");
        cells.problem("merged-into-contradicts", message, "write merged (targets only), or empty `merged_into`");
    }
    refused
}

/// The whole lesion may not have been measured where its viable part was; mRECIST needs no more, and RECIST has nothing (never 0).
fn refuse_no_figure(cells: &mut Cells, word: Word, said: &Said) -> bool {
    let missing = match word {
        Word::Target(TargetWord::Measured) => said.viable.is_none(),
        Word::Target(TargetWord::Split) => true,
        _ => false,
    };
    let refused = missing && cells.text("mm").is_empty();
    if refused {
        let advice = match word {
            Word::Target(TargetWord::Split) => "an empty cell is not 0: give `mm`; a piece too small for a figure has 5 mm",
            _ => "an empty cell is not 0: give `mm`, or write absent, too_small or not_evaluable",
        };
        cells.problem("mm-missing", format!("`mm` is empty although the state is {}", shown(cells.text("state"))), advice);
    }
    refused
}

fn finding(cells: &mut Cells, word: Word, said: &Said) -> Option<State> {
    let not_comparable = said.comparable == Some(false);
    let target = match word {
        Word::New(state) => return Some(State::Whole(Finding::New(state))),
        // What technique keeps from being compared is not evaluable, target or not (recist-rules, V11).
        Word::NonTarget(_) if not_comparable => {
            return Some(State::Whole(Finding::NonTarget(NonTargetState::NotEvaluable)));
        }
        Word::NonTarget(state) => return Some(State::Whole(Finding::NonTarget(state))),
        Word::Target(word) => word,
    };
    Some(State::Whole(Finding::Target(match (target, said.mm) {
        (TargetWord::Split, Some(piece)) => return Some(State::Piece(piece)),
        _ if not_comparable => TargetState::NotEvaluable(Some(NotEvaluableReason::Technique)),
        (TargetWord::Measured | TargetWord::TooSmall, Some(diameter)) => TargetState::Measured(diameter),
        (TargetWord::TooSmall, None) => TargetState::TooSmall,
        (TargetWord::Measured | TargetWord::Split, None) => TargetState::NotEvaluable(None),
        (TargetWord::Absent, _) => TargetState::Absent,
        (TargetWord::NotEvaluable, _) => TargetState::NotEvaluable(said.reason),
        (TargetWord::Merged, _) => TargetState::Merged { into: cells.required("merged_into")? },
    })))
}

/// The state as written; a target that only has a figure is measured.
fn shown(state: &str) -> &str {
    if state.is_empty() { "measured" } else { state }
}
