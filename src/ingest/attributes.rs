//! Reads DICOM attributes leniently where the meaning is clear, and refuses where it is not.

use super::Error;
use super::nesting::not_too_deep;
use dicom::core::Tag;
use dicom::core::value::PrimitiveValue;
use dicom::dictionary_std::tags;
use dicom::object::{DefaultDicomObject, InMemDicomObject, OpenFileOptions};
use nalgebra::Vector3;
use std::path::Path;

/// How much of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What comes before the pixels.
    Header,
    /// The pixels as well. Nothing that follows them is looked at.
    Whole,
}

/// Opens a file.
///
/// # Errors
/// It cannot be read, or its sequences are nested too deep.
pub(super) fn open(path: &Path, shown: &str, extent: Extent) -> Result<DefaultDicomObject, Error> {
    // The header of every file is read before its pixels are, so once is enough.
    if extent == Extent::Header {
        not_too_deep(path, shown)?;
    }
    let options = match extent {
        Extent::Header => OpenFileOptions::new().read_until(tags::PIXEL_DATA),
        Extent::Whole => OpenFileOptions::new().read_to(tags::PIXEL_DATA),
    };
    guarded(shown, || options.open_file(path).map_err(|error| unreadable(shown, &error)))
}

/// Runs a decoder that may panic on hostile bytes; a panic becomes an error for this one file.
pub(super) fn guarded<T>(shown: &str, decode: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Error::Corrupt { file: shown.to_string(), reason: "the decoder gave up on inconsistent data".to_string() })
    })
}

/// An error with its chain of causes, for one file.
pub(super) fn unreadable(shown: &str, error: &dyn std::error::Error) -> Error {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        cause = inner.source();
    }
    Error::Unreadable { file: shown.to_string(), reason }
}

/// A text value without padding; `None` when absent or empty.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let value = object.get(tag)?.value().to_str().ok()?;
    let trimmed = value.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!trimmed.is_empty()).then(|| trimmed.to_string())
}

/// A whole number; `None` when absent, empty or not a whole number.
pub(super) fn whole(object: &InMemDicomObject, tag: Tag) -> Option<i64> {
    let element = object.get(tag)?;
    element.to_int::<i64>().ok().or_else(|| text(object, tag)?.parse().ok())
}

/// Decimal numbers. `None` when absent or empty.
///
/// # Errors
/// A decimal comma, or anything else that is not a finite number.
pub(super) fn decimals(
    object: &InMemDicomObject,
    tag: Tag,
    attribute: &'static str,
    shown: &str,
) -> Result<Option<Vec<f64>>, Error> {
    let Some(value) = object.get(tag).and_then(|element| element.value().primitive()) else { return Ok(None) };
    let wrong = |found: String, allowed: &str| {
        Err(Error::Attribute { file: shown.to_string(), attribute, found: format!("`{found}`"), allowed: allowed.to_string() })
    };
    let numbers = match value {
        PrimitiveValue::Empty => return Ok(None),
        PrimitiveValue::Str(_) | PrimitiveValue::Strs(_) => {
            let joined = value.to_str().into_owned();
            if joined.trim_matches(['\0', ' ', '\\']).is_empty() {
                return Ok(None);
            }
            if joined.contains(',') {
                return wrong(joined, "decimal numbers are written with a point");
            }
            let parsed: Result<Vec<f64>, _> = joined.split('\\').map(|part| part.trim_matches(['\0', ' ']).parse()).collect();
            match parsed {
                Ok(numbers) => numbers,
                Err(_) => return wrong(joined, "decimal numbers are expected"),
            }
        }
        other => match other.to_multi_float64() {
            Ok(numbers) => numbers,
            Err(_) => return wrong(other.to_str().into_owned(), "decimal numbers are expected"),
        },
    };
    if numbers.iter().any(|number| !number.is_finite()) {
        return wrong(value.to_str().into_owned(), "finite numbers are expected");
    }
    Ok(Some(numbers))
}

/// One decimal number.
///
/// # Errors
/// As [`decimals`].
pub(super) fn decimal(object: &InMemDicomObject, tag: Tag, attribute: &'static str, shown: &str) -> Result<Option<f64>, Error> {
    Ok(decimals(object, tag, attribute, shown)?.and_then(|numbers| numbers.first().copied()))
}

/// Exactly `N` decimal numbers.
///
/// # Errors
/// Absent, or another count, or as [`decimals`].
pub(super) fn exactly<const N: usize>(
    object: Option<&InMemDicomObject>,
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
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    object.get(tag).and_then(|element| element.items()).unwrap_or_default()
}

/// The first item of a sequence.
pub(super) fn item(object: &InMemDicomObject, tag: Tag) -> Option<&InMemDicomObject> {
    items(object, tag).first()
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

/// Two positive distances, given in DICOM's order (between rows, between columns), returned as \[between columns, between rows\].
///
/// # Errors
/// Zero or negative.
pub(super) fn spacing(pair: [f64; 2], attribute: &'static str, shown: &str) -> Result<[f64; 2], Error> {
    let [between_rows, between_columns] = pair;
    if between_rows > 0.0 && between_columns > 0.0 {
        return Ok([between_columns, between_rows]);
    }
    Err(Error::Attribute {
        file: shown.to_string(),
        attribute,
        found: format!("{between_rows}\\{between_columns}"),
        allowed: "both distances must be above 0 mm".to_string(),
    })
}
