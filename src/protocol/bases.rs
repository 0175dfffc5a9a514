//! What a call rests on, and the questions that follow from it (recist-rules, W4 and W13).

use super::csv_input::Cells;

/// How a lesion was found to be gone.
#[derive(Clone, Copy, PartialEq)]
enum AbsentBasis {
    Imaging,
    /// By PET or biopsy: a CR on it counts where the protocol allows.
    Other,
}

const ABSENT_BASES: &[(&str, AbsentBasis)] =
    &[("imaging", AbsentBasis::Imaging), ("pet", AbsentBasis::Other), ("biopsy", AbsentBasis::Other)];

/// Where growth was seen, and whether it asks for a second look.
const PD_BASES: &[(&str, bool)] = &[("in-field", true), ("marginal", false), ("out-of-field", false), ("new", false)];

/// Reads the columns `absent_basis` and `pd_basis`; gives the codes of the questions.
pub(super) fn questions(cells: &mut Cells) -> Vec<&'static str> {
    let by_other_means = cells.one_of("absent_basis", ABSENT_BASES) == Some(AbsentBasis::Other);
    let mut queries = Vec::new();
    if cells.text("state").eq_ignore_ascii_case("absent") && by_other_means {
        queries.push("absent-basis");
    }
    if cells.one_of("pd_basis", PD_BASES) == Some(true) {
        queries.push("in-field-growth");
    }
    queries
}
