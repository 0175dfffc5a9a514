//! Reads DICOM attributes leniently where the meaning is clear, and refuses where it is not.

use super::Error;
use super::data_set::{DataSet, Numbers};
use dicom::core::Tag;
use nalgebra::Vector3;
use std::ops::RangeInclusive;

/// A text value without padding; `None` when absent or empty.
pub(super) fn text(object: &DataSet<'_>, tag: Tag) -> Option<String> {
    let value = object.text(tag)?;
    let trimmed = value.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!trimmed.is_empty()).then(|| trimmed.to_string())
}

/// A whole number; `None` when absent, empty or not a whole number.
pub(super) fn whole(object: &DataSet<'_>, tag: Tag) -> Option<i64> {
    match object.numbers(tag) {
        Some(Numbers::Whole(numbers)) => numbers.first().copied(),
        _ => text(object, tag)?.split('\\').next()?.trim().parse().ok(),
    }
}

/// Decimal numbers. `None` when absent or empty.
///
/// # Errors
/// A decimal comma, or anything else that is not a finite number.
pub(super) fn decimals(object: &DataSet<'_>, tag: Tag, attribute: &'static str, shown: &str) -> Result<Option<Vec<f64>>, Error> {
    let wrong = |found: &str, allowed: &str| {
        Err(Error::Attribute { file: shown.to_string(), attribute, found: quoted(found), allowed: allowed.to_string() })
    };
    let numbers = match object.numbers(tag) {
        Some(Numbers::Whole(numbers)) => numbers.into_iter().map(|number| number as f64).collect(),
        Some(Numbers::Real(numbers)) => numbers,
        None => {
            let Some(written) = object.text(tag) else { return Ok(None) };
            let padding = |c: char| c.is_whitespace() || c == '\0';
            if written.trim_matches(|c| padding(c) || c == '\\').is_empty() {
                return Ok(None);
            }
            if written.contains(',') {
                return wrong(&written, "decimal numbers are written with a point");
            }
            let parsed: Result<Vec<f64>, _> = written.split('\\').map(|part| part.trim_matches(padding).parse()).collect();
            match parsed {
                Ok(numbers) => numbers,
                Err(_) => return wrong(&written, "decimal numbers are expected"),
            }
        }
    };
    if numbers.iter().any(|number: &f64| !number.is_finite()) {
        return wrong(&object.text(tag).unwrap_or_default(), "finite numbers are expected");
    }
    Ok((!numbers.is_empty()).then_some(numbers))
}

/// Figures are repeated in a message; text is not, because a name may stand where a number belongs.
fn quoted(found: &str) -> String {
    let figures = found.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-.,eE\\\0".contains(c));
    // A contour has thousands of numbers.
    let start = found.get(..60).map_or(found.trim_matches('\0').to_string(), |start| format!("{start}..."));
    if figures { format!("`{start}`") } else { "text that is no number".to_string() }
}

/// One decimal number.
///
/// # Errors
/// As [`decimals`].
pub(super) fn decimal(object: &DataSet<'_>, tag: Tag, attribute: &'static str, shown: &str) -> Result<Option<f64>, Error> {
    Ok(decimals(object, tag, attribute, shown)?.and_then(|numbers| numbers.first().copied()))
}

/// Exactly `N` decimal numbers.
///
/// # Errors
/// Absent, or another count, or as [`decimals`].
pub(super) fn exactly<const N: usize>(
    object: Option<&DataSet<'_>>,
    tag: Tag,
    attribute: &'static str,
    shown: &str,
    why: &str,
) -> Result<[f64; N], Error> {
    let found = object.map(|object| decimals(object, tag, attribute, shown)).transpose()?.flatten();
    let wrong = |found: String| Error::Attribute { file: shown.to_string(), attribute, found, allowed: why.to_string() };
    let numbers = found.ok_or_else(|| wrong("missing".to_string()))?;
    <[f64; N]>::try_from(numbers).map_err(|numbers| wrong(format!("{} values where {N} are expected", numbers.len())))
}

/// The items of a sequence; empty when absent.
pub(super) fn items<'b, 'a>(object: &'b DataSet<'a>, tag: Tag) -> &'b [DataSet<'a>] {
    object.items(tag)
}

/// The first item of a sequence.
pub(super) fn item<'b, 'a>(object: &'b DataSet<'a>, tag: Tag) -> Option<&'b DataSet<'a>> {
    object.items(tag).first()
}

/// Row and column direction from the six numbers of an orientation, made exactly orthonormal.
///
/// # Errors
/// Zeros, or vectors that are off by more than rounding to 3 or 4 digits explains (1e-3).
pub(super) fn directions(six: [f64; 6], shown: &str) -> Result<[Vector3<f64>; 2], Error> {
    let row = Vector3::new(six[0], six[1], six[2]);
    let column = Vector3::new(six[3], six[4], six[5]);
    let off_unit = (row.norm() - 1.0).abs().max((column.norm() - 1.0).abs());
    // The numbers are finite: `decimals` saw to that.
    if off_unit >= 1e-3 || row.dot(&column).abs() >= 1e-3 {
        return Err(Error::Attribute {
            file: shown.to_string(),
            attribute: "ImageOrientationPatient",
            found: format!("{six:?}"),
            allowed: "two perpendicular unit vectors are expected (within 0.001)".to_string(),
        });
    }
    let row = row.normalize();
    let column = (column - row * row.dot(&column)).normalize();
    Ok([row, column])
}

/// Distances between voxels that a scanner of people or a microscope may have, in millimetres. What lies outside is a slip or made
/// to break arithmetic.
pub(super) const A_DISTANCE_MM: RangeInclusive<f64> = 1e-4..=1e3;

/// Positions from the origin of the patient's frame that are believed, in millimetres to either side.
pub(super) const A_POSITION_MM: f64 = 1e6;

/// Two distances, given in DICOM's order (between rows, between columns), returned as \[between columns, between rows\].
///
/// # Errors
/// Not [`A_DISTANCE_MM`].
pub(super) fn spacing(pair: [f64; 2], attribute: &'static str, shown: &str) -> Result<[f64; 2], Error> {
    let [between_rows, between_columns] = pair;
    if pair.iter().all(|mm| A_DISTANCE_MM.contains(mm)) {
        return Ok([between_columns, between_rows]);
    }
    Err(Error::Attribute {
        file: shown.to_string(),
        attribute,
        found: format!("{between_rows}\\{between_columns}"),
        allowed: format!("{} to {} mm are distances between voxels", A_DISTANCE_MM.start(), A_DISTANCE_MM.end()),
    })
}
