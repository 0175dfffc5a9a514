//! The choices that RECIST 1.1 leaves to a protocol, with our defaults (recist-rules, sections 8 and 12).

use super::spelling::spelled;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the open questions of RECIST 1.1 are answered; `--set KEY=VALUE` and `[response]` in the trial file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Scalar>")]
pub struct Settings {
    /// Fewest days from a CR or PR to the timepoint that confirms it.
    pub confirm_min_days: i32,
    /// Fewest days from the reference date to an SD that counts.
    pub sd_min_days: i32,
    /// Day from which the SD minimum counts; `None`: the baseline scan.
    pub reference_date: Option<Date>,
    /// Most NE timepoints between a response and its confirmation.
    pub max_ne_between: u32,
    /// Most SD timepoints between a PR and its confirmation.
    pub max_sd_between: u32,
    /// Whether a PR stays PR while the sum drifts up without progression (ambiguity A1).
    pub pr_persistence: PrPersistence,
    /// What disease after a CR is (ambiguity A2).
    pub after_cr: AfterCr,
    /// Whether a PR after a CR may confirm an earlier PR (ambiguity A2).
    pub pr_after_cr_confirms: bool,
    /// Best responses look at timepoints up to and including the first PD.
    pub stop_at_pd: bool,
    /// What happens to a timepoint whose equivocal new lesion proved real (ambiguity A5).
    pub backdate: Backdate,
    /// Whether the targets that were evaluated may prove PD alone (ambiguity A7).
    pub subset_pd: SubsetPd,
    /// Best response of a subject without any assessment after baseline.
    pub missing_as: MissingAs,
    /// Last day, inclusive, that best responses and their dates look at.
    pub cutoff_date: Option<Date>,
    /// CR of everything known while a new lesion is equivocal (ambiguity A6).
    pub cr_with_equivocal: CrWithEquivocal,
    /// Value of a target node that cannot be seen any more, in millimetres: 0 or 5 (ambiguity A8).
    pub absent_node_mm: u8,
    /// Whether a vanished target that is back, too small to measure, may make PD with its 5 mm (ambiguity A9).
    pub too_small_after_absent: TooSmallAfterAbsent,
    /// Which scan day dates a PD that rests on the sum of diameters (ambiguity A14).
    pub pd_date: PdDate,
    /// Non-target class when some persist and another is not evaluated (ambiguity A21).
    pub nontarget_partly_ne: NonTargetPartlyNe,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            confirm_min_days: 28,
            sd_min_days: 42,
            reference_date: None,
            max_ne_between: 1,
            max_sd_between: 0,
            pr_persistence: PrPersistence::None,
            after_cr: AfterCr::PD,
            pr_after_cr_confirms: false,
            stop_at_pd: true,
            backdate: Backdate::RetroPd,
            subset_pd: SubsetPd::LowerBound,
            missing_as: MissingAs::NE,
            cutoff_date: None,
            cr_with_equivocal: CrWithEquivocal::Allow,
            absent_node_mm: 0,
            too_small_after_absent: TooSmallAfterAbsent::PD,
            pd_date: PdDate::First,
            nontarget_partly_ne: NonTargetPartlyNe::NE,
        }
    }
}

spelled! {
    /// Whether a PR stays PR while the sum drifts up without progression.
    pub enum PrPersistence {
        /// Every timepoint by its own sum.
        None = "none",
        /// From the confirmation on.
        Confirmed = "confirmed",
        /// From any PR on.
        Any = "any",
    }
}

spelled! {
    /// What disease after a CR is.
    pub enum AfterCr {
        /// Progression, however small.
        PD = "pd",
        /// What the timepoint says by itself.
        AsReported = "as-reported",
    }
}

spelled! {
    /// What happens to a timepoint whose equivocal new lesion proved real.
    pub enum Backdate {
        /// It reads PD.
        RetroPd = "retro_pd",
        /// Only the progression date moves.
        DateOnly = "date_only",
    }
}

spelled! {
    /// Whether the targets that were evaluated may prove PD alone.
    pub enum SubsetPd {
        /// Yes, when their sum alone is enough: the missing ones can only add.
        LowerBound = "lower-bound",
        /// No: NE.
        Never = "never",
    }
}

spelled! {
    /// Best response of a subject without any assessment after baseline.
    pub enum MissingAs {
        /// NE.
        NE = "NE",
        /// MISSING.
        Missing = "MISSING",
    }
}

spelled! {
    /// CR of everything known while a new lesion is equivocal.
    pub enum CrWithEquivocal {
        /// CR, provisional.
        Allow = "allow",
        /// PR until the doubt is resolved.
        HoldAtPr = "hold-at-pr",
    }
}

spelled! {
    /// Whether a vanished target that is back, too small to measure, may make PD with its 5 mm.
    pub enum TooSmallAfterAbsent {
        /// Yes, provisional.
        PD = "pd",
        /// Not on that default value alone.
        NotPd = "not-pd",
    }
}

spelled! {
    /// Which scan day of a timepoint dates a PD that rests on the sum of diameters.
    pub enum PdDate {
        /// The first.
        First = "first",
        /// The last.
        Last = "last",
    }
}

spelled! {
    /// Non-target class when some persist and another is not evaluated.
    pub enum NonTargetPartlyNe {
        /// Not all evaluated.
        NE = "NE",
        /// A CR is impossible anyway.
        NonCrNonPd = "NON-CR/NON-PD",
    }
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No setting of that name.
    #[error("there is no response setting `{key}`; allowed are {}", Settings::KEYS.join(", "))]
    UnknownKey {
        /// What was given.
        key: String,
    },
    /// A value that the setting cannot take.
    #[error("`{value}` is not a value of `{key}`; allowed are {allowed}")]
    BadValue {
        /// The setting.
        key: String,
        /// What was given.
        value: String,
        /// What it can be.
        allowed: String,
    },
}

impl Settings {
    /// The names of all settings, in the order of [`Settings`].
    pub const KEYS: &'static [&'static str] = &[
        "confirm_min_days",
        "sd_min_days",
        "reference_date",
        "max_ne_between",
        "max_sd_between",
        "pr_persistence",
        "after_cr",
        "pr_after_cr_confirms",
        "stop_at_pd",
        "backdate",
        "subset_pd",
        "missing_as",
        "cutoff_date",
        "cr_with_equivocal",
        "absent_node_mm",
        "too_small_after_absent",
        "pd_date",
        "nontarget_partly_ne",
    ];

    /// Changes one setting, given as text.
    ///
    /// # Errors
    /// An unknown key, with the list of keys; a value that the key cannot take, with those it can.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let (key, value) = (key.trim(), value.trim());
        let refuse = |allowed: String| SettingError::BadValue { key: key.into(), value: value.into(), allowed };
        match key {
            "confirm_min_days" => self.confirm_min_days = days(value).map_err(refuse)?,
            "sd_min_days" => self.sd_min_days = days(value).map_err(refuse)?,
            "reference_date" => self.reference_date = date(value).map_err(refuse)?,
            "max_ne_between" => self.max_ne_between = count(value).map_err(refuse)?,
            "max_sd_between" => self.max_sd_between = count(value).map_err(refuse)?,
            "pr_persistence" => self.pr_persistence = one_of(PrPersistence::SPELLINGS, value).map_err(refuse)?,
            "after_cr" => self.after_cr = one_of(AfterCr::SPELLINGS, value).map_err(refuse)?,
            "pr_after_cr_confirms" => self.pr_after_cr_confirms = one_of(YES_NO, value).map_err(refuse)?,
            "stop_at_pd" => self.stop_at_pd = one_of(YES_NO, value).map_err(refuse)?,
            "backdate" => self.backdate = one_of(Backdate::SPELLINGS, value).map_err(refuse)?,
            "subset_pd" => self.subset_pd = one_of(SubsetPd::SPELLINGS, value).map_err(refuse)?,
            "missing_as" => self.missing_as = one_of(MissingAs::SPELLINGS, value).map_err(refuse)?,
            "cutoff_date" => self.cutoff_date = date(value).map_err(refuse)?,
            "cr_with_equivocal" => self.cr_with_equivocal = one_of(CrWithEquivocal::SPELLINGS, value).map_err(refuse)?,
            "absent_node_mm" => self.absent_node_mm = one_of(&[("0", 0), ("5", 5)], value).map_err(refuse)?,
            "too_small_after_absent" => {
                self.too_small_after_absent = one_of(TooSmallAfterAbsent::SPELLINGS, value).map_err(refuse)?;
            }
            "pd_date" => self.pd_date = one_of(PdDate::SPELLINGS, value).map_err(refuse)?,
            "nontarget_partly_ne" => self.nontarget_partly_ne = one_of(NonTargetPartlyNe::SPELLINGS, value).map_err(refuse)?,
            _ => return Err(SettingError::UnknownKey { key: key.into() }),
        }
        Ok(())
    }
}

const YES_NO: &[(&str, bool)] = &[("true", true), ("false", false)];

fn one_of<T: Copy>(spellings: &[(&str, T)], value: &str) -> Result<T, String> {
    let allowed = || spellings.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(", ");
    spellings.iter().find(|(text, _)| *text == value).map(|(_, known)| *known).ok_or_else(allowed)
}

fn days(value: &str) -> Result<i32, String> {
    value.parse().ok().filter(|days| (0..=3650).contains(days)).ok_or_else(|| "whole numbers of days from 0 to 3650".into())
}

fn count(value: &str) -> Result<u32, String> {
    value.parse().ok().filter(|count| *count <= 1000).ok_or_else(|| "whole numbers from 0 to 1000".into())
}

fn date(value: &str) -> Result<Option<Date>, String> {
    match value {
        "" | "none" => Ok(None),
        _ => calendar_date(value).map(Some).ok_or_else(|| "dates such as 2026-01-05, and none".into()),
    }
}

/// A calendar date as it is written everywhere: year, month and day, such as `2026-01-05`.
pub fn calendar_date(text: &str) -> Option<Date> {
    // The parser of the date library also takes times and other forms; a table has one form.
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if plain { text.parse().ok() } else { None }
}

/// A value in a trial file.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a number, true or false, or a text in quotes (dates too: \"2026-01-05\")")]
enum Scalar {
    Truth(bool),
    Number(i64),
    Text(String),
}

impl TryFrom<BTreeMap<String, Scalar>> for Settings {
    type Error = String;

    fn try_from(table: BTreeMap<String, Scalar>) -> Result<Self, String> {
        let mut settings = Self::default();
        let mut errors = Vec::new();
        for (key, value) in table {
            let text = match value {
                Scalar::Truth(truth) => truth.to_string(),
                Scalar::Number(number) => number.to_string(),
                Scalar::Text(text) => text,
            };
            errors.extend(settings.set(&key, &text).err().map(|error| error.to_string()));
        }
        if errors.is_empty() { Ok(settings) } else { Err(errors.join("; ")) }
    }
}
