//! How figures, states and classes are written: the same everywhere on the page.

use crate::units::{Micrometres, percent_text};

/// What stands where there is no figure.
pub(super) const NO_FIGURE: &str = "–";

/// A coordinate of a drawing, to a thousandth and without needless zeros.
pub(super) fn coordinate(value: f64) -> String {
    let fixed = format!("{value:.3}");
    let shown = fixed.trim_end_matches('0').trim_end_matches('.');
    if shown == "-0" { "0".to_string() } else { shown.to_string() }
}

/// A measured length at the reporting resolution, such as `61.8`.
pub(super) fn millimetres(mm: f64) -> String {
    if mm.is_finite() { Micrometres::from_measured_mm(mm).to_string() } else { NO_FIGURE.to_string() }
}

/// A recorded length, such as `61.8`.
pub(super) fn length(length: Option<Micrometres>) -> String {
    length.map_or(NO_FIGURE.to_string(), |length| length.to_string())
}

/// A change in millimetres with its sign.
pub(super) fn signed_millimetres(mm: f64) -> String {
    if mm.is_finite() { unsigned_zero(format!("{mm:+.1}")) } else { NO_FIGURE.to_string() }
}

/// A change in percent with its sign.
pub(super) fn percent(value: f64) -> String {
    if value.is_finite() { format!("{} %", percent_text(value)) } else { NO_FIGURE.to_string() }
}

fn unsigned_zero(text: String) -> String {
    if text.chars().all(|c| matches!(c, '+' | '-' | '0' | '.')) { text[1..].to_string() } else { text }
}

/// A state word of the data files as a person would say it.
pub(super) fn state(state: &str) -> String {
    match state {
        "" => "not recorded".to_string(),
        "too_small" => "too small to measure".to_string(),
        other => other.replace('_', " "),
    }
}

/// The role of a lesion as a person would say it.
pub(super) fn role(role: &str) -> String {
    match role {
        "nontarget" => "non-target".to_string(),
        "new" => "new lesion".to_string(),
        other => other.to_string(),
    }
}

/// The CSS class that tints a response class. The class itself is always written out beside the tint.
pub(super) fn response_tint(class: &str) -> &'static str {
    match class {
        "CR" | "PR" | "iCR" | "iPR" => "response",
        "PD" | "iUPD" | "iCPD" => "progression",
        "SD" | "iSD" | "NON-CR/NON-PD" | "NON-iCR/NON-iUPD" => "stable",
        _ => "unknown",
    }
}

/// What RECIST 1.1 calls a class of iRECIST. A progression is PD there, confirmed or not.
pub(super) fn recist_name(class: &str) -> &str {
    match class {
        "iCR" => "CR",
        "iPR" => "PR",
        "iSD" => "SD",
        "NON-iCR/NON-iUPD" => "NON-CR/NON-PD",
        "iUPD" | "iCPD" => "PD",
        other => other,
    }
}

/// Which lesions a scope looks at; empty for the whole patient.
pub(super) fn scope(scope: &str, lesion: &str) -> String {
    match scope {
        "" | "patient" => String::new(),
        "irradiated" => "irradiated lesions".to_string(),
        "lesion" => format!("lesion {lesion} by itself"),
        other => other.to_string(),
    }
}

/// What a level means, in one sentence; empty for a level that is not known here.
pub(super) fn level_definition(level: &str) -> &'static str {
    match level {
        "centre" => "Lengths run between the centres of the outermost voxels of a lesion.",
        "quarter" => "Lengths run between points a quarter of a voxel beyond the centres of the outermost voxels of a lesion.",
        "edge" => "Lengths run between points half a voxel beyond the centres of the outermost voxels of a lesion.",
        "corner" => "Lengths run between the outer corners of the outermost voxels of a lesion.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        for (value, text) in [(1.0, "1"), (-0.000_1, "0"), (12.345_6, "12.346"), (100.0, "100"), (-2.5, "-2.5")] {
            assert_eq!(coordinate(value), text);
        }
    }
}
