//! `reads.csv`: the reader's calls.

mod checks;

use super::bases::questions;
use super::csv_input::{Columns, read};
use crate::problem::Problem;
use crate::response::facts::{NotEvaluableReason, Role};
use crate::units::Micrometres;
use jiff::civil::Date;

/// What a reader says of one lesion at one timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRow {
    /// Line of the file.
    pub line: u64,
    /// The subject.
    pub subject: String,
    /// Day of the scan; may be missing when the timepoint is named.
    pub date: Option<Date>,
    /// Name of the visit, when it is given instead of the day.
    pub timepoint: Option<String>,
    /// The lesion.
    pub lesion: String,
    /// The state, as a word; `None` when only a figure is given.
    pub state: Option<ReadState>,
    /// Role of a lesion that `lesions.csv` does not list.
    pub role: Option<Role>,
    /// Where it is.
    pub site: Option<String>,
    /// The reader's own figure: it outranks the mask's.
    pub mm: Option<Micrometres>,
    /// Diameter of the part that enhances in the arterial phase, for mRECIST.
    pub viable: Option<Micrometres>,
    /// Why a lesion is not evaluable.
    pub reason: Option<NotEvaluableReason>,
    /// Who read.
    pub reader: Option<String>,
    /// Whether this reader's calls are the ones that count.
    pub accepted: Option<bool>,
    /// Whether a changed technique is comparable with baseline.
    pub comparable: Option<bool>,
    /// Whether the scan was made for new symptoms (iRECIST).
    pub new_symptoms: Option<bool>,
    /// Codes of the questions that follow from what the call rests on.
    pub questions: Vec<&'static str>,
}

/// Every word a reader can use; which of them fit depends on the role of the lesion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadState {
    /// A figure is given, or the mask has it.
    Measured,
    /// Visible, but too small for a figure.
    TooSmall,
    /// Gone, or not disease.
    Absent,
    /// No statement is possible.
    NotEvaluable,
    /// Fell into pieces; one row for each.
    Split,
    /// Still there.
    Present,
    /// Still there, and smaller than when it progressed (iRECIST).
    Decreased,
    /// Larger than at its smallest.
    Increased,
    /// Larger than at the timepoint before.
    IncreasedSinceLast,
    /// Unequivocal progression.
    UnequivocalProgression,
    /// A new lesion, perhaps.
    Equivocal,
    /// A new lesion for certain.
    Unequivocal,
}

const STATES: &[(&str, ReadState)] = &[
    ("measured", ReadState::Measured),
    ("too_small", ReadState::TooSmall),
    ("absent", ReadState::Absent),
    ("not_evaluable", ReadState::NotEvaluable),
    ("split", ReadState::Split),
    ("present", ReadState::Present),
    ("decreased", ReadState::Decreased),
    ("increased", ReadState::Increased),
    ("increased_since_last", ReadState::IncreasedSinceLast),
    ("unequivocal_progression", ReadState::UnequivocalProgression),
    ("equivocal", ReadState::Equivocal),
    ("unequivocal", ReadState::Unequivocal),
];

impl ReadState {
    /// Whether a lesion of this role can be in this state.
    pub fn fits(self, role: Role) -> bool {
        use ReadState::{
            Absent, Decreased, Equivocal, Increased, IncreasedSinceLast, Measured, NotEvaluable, Present, Split, TooSmall,
            Unequivocal, UnequivocalProgression,
        };
        match role {
            Role::Target => matches!(self, Measured | TooSmall | Absent | NotEvaluable | Split),
            Role::NonTarget => {
                matches!(
                    self,
                    Present | Absent | Decreased | Increased | IncreasedSinceLast | NotEvaluable | UnequivocalProgression
                )
            }
            Role::New => matches!(self, Equivocal | Unequivocal | IncreasedSinceLast | Absent | NotEvaluable),
        }
    }

    /// The words that fit a role.
    pub fn allowed(role: Role) -> String {
        STATES.iter().filter(|(_, state)| state.fits(role)).map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }

    /// The word.
    pub fn word(self) -> &'static str {
        STATES.iter().find(|(_, state)| *state == self).map_or("", |(word, _)| word)
    }
}

const OPTIONAL: [&str; 18] = [
    "date",
    "state",
    "comment",
    "timepoint",
    "role",
    "site",
    "mm",
    "viable_mm",
    "reason",
    "reader",
    "read_date",
    "accepted",
    "local_status",
    "pd_basis",
    "absent_basis",
    "comparable",
    "clinical_stability",
    "new_symptoms",
];

/// Reads the table. `role_of` knows the roles of `lesions.csv`; rows that are not accepted are left out.
///
/// # Errors
/// All problems: form, neither day nor timepoint, neither state nor figure, a state that does not fit the role, two readers for
/// one lesion of whom none is accepted, one lesion called twice.
pub fn read_reads(bytes: &[u8], file: &str, role_of: &dyn Fn(&str, &str) -> Option<Role>) -> Result<Vec<ReadRow>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(table) = read(bytes, file, &Columns { required: &["subject", "lesion"], optional: &OPTIONAL }, &mut problems) else {
        return Err(problems);
    };
    let mut reads: Vec<ReadRow> = Vec::new();
    for row in &table.rows {
        let mut cells = table.cells(row, file, &mut problems);
        let (subject, lesion) = (cells.required("subject"), cells.required("lesion"));
        let (date, timepoint) = (cells.date("date"), cells.optional("timepoint"));
        if date.is_none() && timepoint.is_none() && cells.text("date").is_empty() {
            cells.problem(
                "no-timepoint",
                "neither `date` nor `timepoint` says when",
                "give the day of the scan or the name of the visit",
            );
        }
        let (state, mm) = (cells.one_of("state", STATES), cells.millimetres("mm"));
        if cells.text("state").is_empty() && cells.text("mm").is_empty() {
            cells.problem(
                "no-call",
                "neither `state` nor `mm` says what the reader saw",
                "an empty call is not 0 mm: write absent if it is gone",
            );
        }
        let viable = cells.millimetres("viable_mm");
        let own_role = cells.one_of("role", Role::SPELLINGS);
        let (reason, accepted, comparable) =
            (cells.one_of("reason", NotEvaluableReason::SPELLINGS), cells.yes_no("accepted"), cells.yes_no("comparable"));
        let (new_symptoms, questions) = (cells.yes_no("new_symptoms"), questions(&mut cells));
        let (site, reader) = (cells.optional("site"), cells.optional("reader"));
        let (Some(subject), Some(lesion)) = (subject, lesion) else { continue };
        let listed = role_of(&subject, &lesion);
        if let (Some(listed), Some(own)) = (listed, own_role)
            && listed != own
        {
            cells.problem(
                "role-changed",
                format!("{lesion} is {listed} in lesions.csv and {own} here"),
                "a lesion keeps its role",
            );
        }
        let Some(role) = listed.or(own_role) else {
            cells.problem(
                "role-unknown",
                format!("{lesion} is not in lesions.csv and has no role here"),
                "list it in lesions.csv, or fill in the column role",
            );
            continue;
        };
        if let Some(state) = state.filter(|state| !state.fits(role)) {
            let message = format!("`{}` is no state of a {role} lesion", state.word());
            cells.problem("state-and-role", message, format!("allowed are {}", ReadState::allowed(role)));
        }
        checks::refuse_contradictions(&mut cells, &lesion, role, state, reason, mm, viable);
        let line = row.line;
        reads.push(ReadRow {
            line,
            subject,
            date,
            timepoint,
            lesion,
            state,
            role: own_role,
            site,
            mm,
            viable,
            reason,
            reader,
            accepted,
            comparable,
            new_symptoms,
            questions,
        });
    }
    problems.extend(checks::accepted_in_part(&reads, file));
    reads.retain(|read| read.accepted != Some(false));
    problems.extend(checks::called_twice(&reads, file));
    problems.extend(checks::symptoms_differ(&reads, file));
    if problems.is_empty() { Ok(reads) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        let role_of = |_: &str, lesion: &str| match lesion {
            "T1" => Some(Role::Target),
            "N1" => Some(Role::NonTarget),
            _ => None,
        };
        match read_reads(text.as_bytes(), "reads.csv", &role_of) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|problem| problem.code).collect(),
        }
    }

    #[test]
    fn calls_are_checked_against_the_role_of_the_lesion() {
        assert!(codes("subject,date,lesion,state,mm\nS1,2026-01-05,T1,measured,12.5\nS1,2026-01-05,N1,present,\n").is_empty());
        for (row, code) in [
            ("2026-01-05,T1,unequivocal,,", "state-and-role"),
            ("2026-01-05,T1,,,", "no-call"),
            (",T1,absent,,", "no-timepoint"),
            ("2026-01-05,T1,measured,0,", "mm-zero"),
            ("2026-01-05,T1,absent,12,", "state-and-mm"),
            ("2026-01-05,T1,not_evaluable,12,", "state-and-mm"),
            ("2026-01-05,T1,too_small,10,", "mm-contradicts"),
            ("2026-01-05,X9,absent,,", "role-unknown"),
            ("2026-01-05,N1,absent,,target", "role-changed"),
        ] {
            assert_eq!(codes(&format!("subject,date,lesion,state,mm,role\nS1,{row}\n")), [code], "{row}");
        }
    }

    #[test]
    fn two_readers_need_one_who_counts() {
        let resected = "subject,date,lesion,state,reason\nS1,2026-01-05,T1,";
        assert_eq!(codes(&format!("{resected}absent,resected\n")), ["reason-contradicts"]);
        assert_eq!(codes(&format!("{resected}not_evaluable,resected\n")), [""; 0]);
        let symptoms = "subject,date,lesion,state,new_symptoms\nS1,2026-01-05,T1,absent,yes\nS1,2026-01-05,N1,present,";
        assert_eq!(codes(&format!("{symptoms}no\n")), ["rows-differ"]);
        assert_eq!(codes(&format!("{symptoms}yes\n")), [""; 0]);
        assert_eq!(codes(&format!("{symptoms}\n")), [""; 0]);
        let head = "subject,date,lesion,state,reader,accepted\n";
        assert_eq!(codes(&format!("{head}S1,2026-01-05,T1,absent,A,\nS1,2026-01-05,T1,too_small,B,\n")), ["called-twice"]);
        assert!(codes(&format!("{head}S1,2026-01-05,T1,absent,A,yes\nS1,2026-01-05,T1,too_small,B,no\n")).is_empty());
        assert!(codes(&format!("{head}S1,2026-01-05,T1,split,A,\nS1,2026-01-05,T1,split,A,\n")).is_empty());
        let both = |of_t1: &str, of_n1: &str| {
            codes(&format!("{head}S1,2026-01-05,T1,absent,A,{of_t1}\nS1,2026-01-05,N1,present,A,{of_n1}\n"))
        };
        assert_eq!(both("yes", ""), ["accepted-partly"]);
        assert_eq!(both("no", "no"), ["none-accepted"]);
        assert!(both("yes", "yes").is_empty() && both("", "").is_empty());
    }

    #[test]
    fn what_enhances_is_no_longer_than_the_lesion() {
        let head = "subject,date,lesion,state,mm,viable_mm\nS1,2026-01-05,T1,measured,";
        assert_eq!(codes(&format!("{head}20,20.1\n")), ["viable-too-long"]);
        assert!(codes(&format!("{head}20,20\n")).is_empty() && codes(&format!("{head},25\n")).is_empty());
    }
}
