//! Lengths that decide a patient's category are integers.
//!
//! A measured length is a floating point number of millimetres until it is recorded. On entry it is rounded once, and from
//! then on it is a [`Micrometres`]: sums are exact and every threshold is compared in integers (recist-rules, section 10).

use serde::{Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

/// An exact length in micrometres; the unit of everything that enters a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micrometres(pub i64);

/// Why a text is not a length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotALength {
    /// A comma where a point is expected: `12,5` could be twelve and a half or two columns.
    #[error("`{0}` has a decimal comma; write a decimal point")]
    DecimalComma(String),
    /// More digits than micrometres can hold exactly.
    #[error("`{0}` has more than three decimals; a length is read exactly, in micrometres")]
    TooPrecise(String),
    /// Not a plain decimal number of millimetres.
    #[error("`{0}` is not a length in millimetres (a plain decimal number such as 12.5)")]
    NotANumber(String),
    /// Below zero, or longer than any body.
    #[error("`{0}` is not a possible length; allowed are 0 to 10000 mm")]
    OutOfRange(String),
}

impl Micrometres {
    /// No length.
    pub const ZERO: Self = Self(0);
    /// The longest length that is accepted as input: ten metres.
    pub const MAX_INPUT: Self = Self(10_000_000);

    /// A whole number of millimetres.
    pub const fn from_mm(mm: i64) -> Self {
        Self(mm * 1000)
    }

    /// Records a measured length at the reporting resolution of 0.1 mm: first to the nearest micrometre, then half away
    /// from zero to the tenth, so that 0.85 mm gives 0.9 mm although the double below it is a little smaller.
    pub fn from_measured_mm(mm: f64) -> Self {
        let micrometres = (mm * 1000.0).round() as i64;
        let tenths = (micrometres.abs() + 50) / 100 * micrometres.signum();
        Self(tenths * 100)
    }

    /// Reads a length as a person wrote it, exactly.
    ///
    /// # Errors
    /// Anything but a plain non-negative decimal number with at most three decimals.
    pub fn parse_mm(text: &str) -> Result<Self, NotALength> {
        let trimmed = text.trim();
        let given = || text.to_string();
        if trimmed.contains(',') {
            return Err(NotALength::DecimalComma(given()));
        }
        if trimmed.starts_with('-') {
            return Err(NotALength::OutOfRange(given()));
        }
        let (whole, decimals) = trimmed.split_once('.').unwrap_or((trimmed, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) {
            return Err(NotALength::NotANumber(given()));
        }
        let significant = decimals.trim_end_matches('0');
        if significant.len() > 3 {
            return Err(NotALength::TooPrecise(given()));
        }
        let whole: i64 = whole.parse().map_err(|_| NotALength::OutOfRange(given()))?;
        let fraction: i64 = format!("{significant:0<3}").parse().map_err(|_| NotALength::NotANumber(given()))?;
        match whole.checked_mul(1000).map(|mm| Self(mm + fraction)) {
            Some(length) if length <= Self::MAX_INPUT => Ok(length),
            _ => Err(NotALength::OutOfRange(given())),
        }
    }

    /// The length as a floating point number of millimetres, for printing and percentages, never for a decision.
    pub fn mm(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl fmt::Display for Micrometres {
    /// Millimetres with one decimal, or as many as are needed to be exact (at most three).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / 1000, self.0.abs() % 1000);
        let decimals = format!("{fraction:03}");
        let shown = decimals.trim_end_matches('0');
        write!(f, "{sign}{whole}.{}", if shown.is_empty() { "0" } else { shown })
    }
}

impl Serialize for Micrometres {
    /// A number of millimetres.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.mm())
    }
}

impl Add for Micrometres {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Micrometres {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Micrometres {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Add::add)
    }
}

/// A change in percent with its sign and one decimal, or as many decimals as keep it on its side of a threshold: a
/// change of -29.97 % is no partial response and must not read -30.0.
pub fn percent_text(value: f64) -> String {
    let seems_to_reach = |decimals: usize| {
        let factor = 10f64.powi(decimals as i32);
        let shown = (value * factor).round() / factor;
        (shown == -30.0 || shown == 20.0) && (value - shown).abs() > 1e-9
    };
    let decimals = (1..6).find(|&decimals| !seems_to_reach(decimals)).unwrap_or(6);
    let text = format!("{value:+.decimals$}");
    if text.chars().all(|c| matches!(c, '+' | '-' | '0' | '.')) { text[1..].to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_lengths_round_half_away_from_zero() {
        // 0.85 is stored as a double slightly below; the rule of design.md says 0.9.
        for (mm, micrometres) in [(0.85, 900), (0.849_4, 800), (14.95, 15_000), (61.802, 61_800), (0.0, 0), (9.949_9, 10_000)] {
            assert_eq!(Micrometres::from_measured_mm(mm), Micrometres(micrometres), "{mm} mm");
        }
    }

    #[test]
    fn written_lengths_are_exact_or_refused() {
        assert_eq!(Micrometres::parse_mm(" 12.5 "), Ok(Micrometres(12_500)));
        assert_eq!(Micrometres::parse_mm("12.1230"), Ok(Micrometres(12_123)));
        assert!(matches!(Micrometres::parse_mm("12,5"), Err(NotALength::DecimalComma(_))));
        assert!(matches!(Micrometres::parse_mm("1.2345"), Err(NotALength::TooPrecise(_))));
        for text in ["", "abc", "1e3", "NaN", ".5", "1.2.3", "+4"] {
            assert!(matches!(Micrometres::parse_mm(text), Err(NotALength::NotANumber(_))), "{text}");
        }
        for text in ["-1", "10000.001", "99999999999999999999"] {
            assert!(matches!(Micrometres::parse_mm(text), Err(NotALength::OutOfRange(_))), "{text}");
        }
    }

    #[test]
    fn lengths_print_at_least_one_decimal() {
        for (micrometres, text) in [(12_000, "12.0"), (12_340, "12.34"), (-500, "-0.5"), (1, "0.001")] {
            assert_eq!(Micrometres(micrometres).to_string(), text);
        }
    }

    #[test]
    fn a_percentage_never_seems_to_reach_a_threshold_it_misses() {
        for (value, text) in [
            (-38.4, "-38.4"),
            (-29.97, "-29.97"),
            (-29.9999, "-29.9999"),
            (-30.0, "-30.0"),
            (19.96, "+19.96"),
            (20.0, "+20.0"),
            (-0.01, "0.0"),
            (0.0, "0.0"),
        ] {
            assert_eq!(percent_text(value), text);
        }
    }
}
