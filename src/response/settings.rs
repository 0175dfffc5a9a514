//! The choices that RECIST 1.1 leaves to a protocol, with our defaults (recist-rules, sections 8 and 12).

mod choices;

pub use choices::*;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every setting in one line: its meaning, name and type, its default, and how its text is read.
macro_rules! settings {
    ($($(#[$meaning:meta])* $name:ident: $type:ty = $default:expr, $read:expr;)+) => {
        /// How the open questions of RECIST 1.1 are answered; `--set KEY=VALUE` and `[response]` in the trial file.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "BTreeMap<String, Scalar>")]
        pub struct Settings {
            $($(#[$meaning])* pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Settings {
            /// The names of all settings, in the order of [`Settings`].
            pub const KEYS: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Changes one setting, given as text; a profile changes all that it names.
            ///
            /// # Errors
            /// An unknown key, with the list of keys; a value that the key cannot take, with those it can.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
                let (key, value) = (key.trim(), value.trim());
                let refuse = |allowed: String| SettingError::BadValue { key: key.into(), value: value.into(), allowed };
                match key {
                    $(stringify!($name) => self.$name = $read(value).map_err(refuse)?,)+
                    _ => return Err(SettingError::UnknownKey { key: key.into() }),
                }
                if key == "profile" {
                    self.follow_profile();
                }
                Ok(())
            }
        }
    };
}

settings! {
    /// Answers to start from; what is set beside it outranks it.
    profile: Profile = Profile::Default, |value| one_of(Profile::SPELLINGS, value);
    /// Fewest days from a CR or PR to the timepoint that confirms it.
    confirm_min_days: i32 = 28, days;
    /// Fewest days from the reference date to an SD that counts (ambiguity A12).
    sd_min_days: i32 = 42, days;
    /// Day from which the SD minimum counts; `None`: the baseline scan (ambiguity A11).
    reference_date: Option<Date> = None, date;
    /// Most NE timepoints between a response and its confirmation (ambiguity A4).
    max_ne_between: u32 = 1, count;
    /// Most SD timepoints between a PR and its confirmation (ambiguity A3).
    max_sd_between: u32 = 0, count;
    /// Whether a PR stays PR while the sum drifts up without progression (ambiguity A1).
    pr_persistence: PrPersistence = PrPersistence::None, |value| one_of(PrPersistence::SPELLINGS, value);
    /// What disease after a CR is (ambiguity A2).
    after_cr: AfterCr = AfterCr::PD, |value| one_of(AfterCr::SPELLINGS, value);
    /// Whether a PR after a CR may confirm an earlier PR (ambiguity A2).
    pr_after_cr_confirms: bool = false, truth;
    /// Best responses look at timepoints up to and including the first PD.
    stop_at_pd: bool = true, truth;
    /// What happens to a timepoint whose equivocal new lesion proved real (ambiguity A5).
    backdate: Backdate = Backdate::RetroPd, |value| one_of(Backdate::SPELLINGS, value);
    /// Whether the targets that were evaluated may prove PD alone (ambiguity A7).
    subset_pd: SubsetPd = SubsetPd::LowerBound, |value| one_of(SubsetPd::SPELLINGS, value);
    /// Best response of a subject without any assessment after baseline.
    missing_as: MissingAs = MissingAs::NE, |value| one_of(MissingAs::SPELLINGS, value);
    /// Last day, inclusive, that best responses and their dates look at: a timepoint counts when its last scan is not later.
    cutoff_date: Option<Date> = None, date;
    /// CR of everything known while a new lesion is equivocal (ambiguity A6).
    cr_with_equivocal: CrWithEquivocal = CrWithEquivocal::Allow, |value| one_of(CrWithEquivocal::SPELLINGS, value);
    /// Value of a target node that cannot be seen any more, in millimetres: 0 or 5 (ambiguity A8).
    absent_node_mm: u8 = 0, |value| one_of(&[("0", 0), ("5", 5)], value);
    /// Whether a vanished target that is back, too small to measure, may make PD with its 5 mm (ambiguity A9).
    too_small_after_absent: TooSmallAfterAbsent = TooSmallAfterAbsent::PD, |value| one_of(TooSmallAfterAbsent::SPELLINGS, value);
    /// Whether the sum can be PD when all targets are gone and all nodes below 10 mm (ambiguity A10).
    all_nodes_normal: AllNodesNormal = AllNodesNormal::CR, |value| one_of(AllNodesNormal::SPELLINGS, value);
    /// Confirmed best response of a PR with an SD after it, neither past the SD minimum (ambiguity A13).
    early_sd_after_response: EarlySdAfterResponse = EarlySdAfterResponse::NE, |value| one_of(EarlySdAfterResponse::SPELLINGS, value);
    /// Which scan day dates a PD that rests on the sum of diameters (ambiguity A14).
    pd_date: PdDate = PdDate::First, |value| one_of(PdDate::SPELLINGS, value);
    /// What becomes of timepoints after the first PD (ambiguity A15).
    after_pd: AfterPd = AfterPd::Marked, |value| one_of(AfterPd::SPELLINGS, value);
    /// Whether the sum of a timepoint that is PD counts as nadir (ambiguity A17).
    nadir_at_pd: NadirAtPd = NadirAtPd::Counts, |value| one_of(NadirAtPd::SPELLINGS, value);
    /// Confirmed best response of nothing but a CR or PR before the SD minimum (ambiguity A19).
    early_unconfirmed_as: MissingAs = MissingAs::NE, |value| one_of(MissingAs::SPELLINGS, value);
    /// Day of a confirmed best response that fell to PD (ambiguity A20).
    fallen_bor_date: FallenBorDate = FallenBorDate::PD, |value| one_of(FallenBorDate::SPELLINGS, value);
    /// Non-target class when some persist and another is not evaluated (ambiguity A21).
    nontarget_partly_ne: NonTargetPartlyNe = NonTargetPartlyNe::NE, |value| one_of(NonTargetPartlyNe::SPELLINGS, value);
    /// Which progression on an unscheduled scan of a part counts; without it such a scan counts for nothing (recist-rules, W7).
    unscheduled_pd: UnscheduledPd = UnscheduledPd::Any, |value| one_of(UnscheduledPd::SPELLINGS, value);
    /// Whether tumour markers stand against CR (ambiguity A22).
    markers: FollowMarkers = FollowMarkers::Followed, |value| one_of(FollowMarkers::SPELLINGS, value);
    /// Whether a lesion may be called absent by PET or biopsy without a question (recist-rules, W13).
    pet_cr: bool = false, truth;
    /// Whether local progression must still be there at the next evaluable timepoint (recist-rules, W4). Does not concern the
    /// patient scope.
    local_pd_confirm: LocalPdConfirm = LocalPdConfirm::None, |value| one_of(LocalPdConfirm::SPELLINGS, value);
    /// Least growth of the viable sum that is PD by mRECIST, beside 20 %, in millimetres: 0 or 5.
    mrecist_pd_min_mm: u8 = 0, |value| one_of(&[("0", 0), ("5", 5)], value);
    /// Fewest days from an iUPD to the scan that may confirm it; iRECIST only.
    irecist_confirm_min_days: i32 = 28, days;
    /// By how many days a confirming scan may be too early; iRECIST only.
    irecist_confirm_tolerance_days: i32 = 2, days;
    /// Most progressive sites outside the skull that are oligoprogression.
    oligo_max_sites: u32 = 5, count;
    /// What a progressive site is.
    oligo_count: OligoCount = OligoCount::Lesion, |value| one_of(OligoCount::SPELLINGS, value);
}

impl Settings {
    /// Whether a timepoint with that last scan was complete at the cut-off.
    pub(super) fn is_in_time(&self, last_scan: Date) -> bool {
        self.cutoff_date.is_none_or(|cutoff| last_scan <= cutoff)
    }

    /// Sets what the profile names. What only other profiles name goes back to its default, all else stays.
    fn follow_profile(&mut self) {
        let Self { max_sd_between, early_sd_after_response, after_cr, missing_as, .. } = Self::default();
        (self.max_sd_between, self.early_sd_after_response) = (max_sd_between, early_sd_after_response);
        (self.after_cr, self.missing_as) = (after_cr, missing_as);
        match self.profile {
            Profile::Default => {}
            Profile::Paper => (self.max_sd_between, self.early_sd_after_response) = (1, EarlySdAfterResponse::SD),
            Profile::Admiralonco => (self.after_cr, self.missing_as) = (AfterCr::AsReported, MissingAs::Missing),
        }
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

fn one_of<T: Copy>(spellings: &[(&str, T)], value: &str) -> Result<T, String> {
    let allowed = || spellings.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(", ");
    spellings.iter().find(|(text, _)| *text == value).map(|(_, known)| *known).ok_or_else(allowed)
}

fn truth(value: &str) -> Result<bool, String> {
    one_of(&[("true", true), ("false", false)], value)
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
        // The profile first: what stands beside it outranks it, wherever it stands.
        let (profile, others): (Vec<_>, Vec<_>) = table.into_iter().partition(|(key, _)| key == "profile");
        for (key, value) in profile.into_iter().chain(others) {
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
