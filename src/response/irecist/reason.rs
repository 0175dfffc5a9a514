//! Why an iRECIST class is what it is.

use super::{Category, Figures, IrecistResponse};
use crate::response::reason::{Reason, serialize_parts};
use crate::units::Micrometres;
use jiff::civil::Date;
use serde::ser::{Serialize, Serializer};

const TABLE_2: &str = "iRECIST table 2";
const CONFIRMATION: &str = "iRECIST, confirmation of progression";
const NEW_LESIONS: &str = "iRECIST, new lesions";
const RESET: &str = "iRECIST, reset after unconfirmed progression";
const AFTER_ICPD: &str = "recist-rules section 12, A15";
const EARLY: &str = "RECIST Working Group, iRECIST questions: early scans";
const NEW_LESION_QUESTIONS: &str = "RECIST Working Group, iRECIST questions: new lesions";
const NON_TARGET_QUESTIONS: &str = "RECIST Working Group, iRECIST questions: non-target disease";

/// One reason for the classes of a timepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the numbers in each reason are those of its sentence")]
pub enum IrecistReason {
    /// What RECIST 1.1 says.
    Recist(Reason),
    /// A progression, unconfirmed as yet.
    Unconfirmed { causes: Vec<Category> },
    /// New lesions besides those that a progression taken back left behind.
    FurtherNewLesions { lesions: Vec<String> },
    /// The sum of known new lesions meets PD by itself.
    NewLesionSumPd { sum: Micrometres, nadir: Micrometres },
    /// New lesions that stayed when the targets or non-targets ended a progression.
    KnownNewLesions { lesions: Vec<String> },
    /// CR of everything else while new lesions remain.
    NewLesionsBlockCr { lesions: Vec<String> },
    /// The targets, where the progression was seen, have grown further.
    TargetGrowth { sum: Micrometres, before: Micrometres, since: Date },
    /// Non-targets that made the progression have grown further.
    NonTargetGrowth { lesions: Vec<String>, since: Date },
    /// Unequivocal progression of non-targets besides those that made the progression.
    OtherNonTargets { lesions: Vec<String>, since: Date },
    /// The new lesions, where the progression was seen, have grown further.
    NewLesionGrowth { sum: Micrometres, before: Micrometres, since: Date },
    /// A new lesion outside of the sum of new lesions has grown.
    GrowthOutside { lesion: String, diameter: Micrometres, before: Micrometres, since: Date },
    /// New lesions outside of the sum that the reader calls larger than before.
    NewLesionsIncreased { lesions: Vec<String>, since: Date },
    /// New lesions besides those of the iUPD.
    AdditionalNewLesions { lesions: Vec<String>, since: Date },
    /// Progression where there was none at the iUPD.
    OtherCategory { category: Category, since: Date },
    /// The progression is confirmed.
    Confirmed { since: Date, days: i32 },
    /// Too early to confirm.
    TooEarly { since: Date, days: i32, least: i32 },
    /// Early, but made for new symptoms and with one more new lesion: it confirms.
    NewSymptoms { days: i32 },
    /// A figure that decides nothing beside the one since the iUPD, or since the iCPD after that.
    Figures { figures: Figures, since: Date },
    /// PD by RECIST 1.1 still, but nothing that confirms.
    StillProgression { since: Date, confirmed: bool },
    /// Nothing that confirms, and nothing that takes back.
    Unchanged { since: Date, confirmed: bool },
    /// New lesions that were known and have grown: what shrank beside them takes no progression back.
    UnstableNewLesions { lesions: Vec<String>, since: Date, by: Shrinkage },
    /// Non-targets of the iUPD that are still there: whether they grew or shrank is not recorded.
    NonTargetUnchanged { lesions: Vec<String>, since: Date },
    /// Non-targets of the iUPD that are larger than at their smallest: whether they grew after it is not recorded.
    NonTargetIncreased { lesions: Vec<String>, since: Date },
    /// Not evaluable while a progression is pending.
    StillPending { since: Date },
    /// The progression is taken back, unless it was confirmed: then it stands, and only what follows is judged anew.
    Reset { since: Date, confirmed: bool, class: IrecistResponse, by: Shrinkage },
}

/// What takes a progression back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the numbers are those of the sentence")]
pub enum Shrinkage {
    /// The targets are in a better class than at the iUPD.
    TargetClass { before: &'static str, now: &'static str },
    /// The sum of the targets is clearly below that of the iUPD.
    TargetSum { sum: Micrometres, before: Micrometres },
    /// The non-targets are gone.
    NonTargetsGone,
    /// Every non-target of the iUPD is gone or smaller.
    NonTargetsSmaller { lesions: Vec<String> },
    /// Nothing of what was progression is any more.
    NothingLeft,
}

impl From<Reason> for IrecistReason {
    fn from(reason: Reason) -> Self {
        Self::Recist(reason)
    }
}

impl Category {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Target => "targets",
            Self::NonTarget => "non-targets",
            Self::NewLesion => "new lesions",
        }
    }
}

fn all(causes: &[Category]) -> String {
    causes.iter().map(|cause| cause.words()).collect::<Vec<_>>().join(" and ")
}

impl IrecistReason {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Recist(reason) => reason.code(),
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::FurtherNewLesions { .. } => "further-new-lesions",
            Self::NewLesionSumPd { .. } => "new-lesion-sum-pd",
            Self::KnownNewLesions { .. } => "known-new-lesions",
            Self::NewLesionsBlockCr { .. } => "new-lesions-block-cr",
            Self::TargetGrowth { .. } => "target-growth",
            Self::NonTargetGrowth { .. } => "nontarget-growth",
            Self::OtherNonTargets { .. } => "other-nontargets",
            Self::NewLesionGrowth { .. } => "new-lesion-growth",
            Self::GrowthOutside { .. } => "new-lesion-growth-outside",
            Self::NewLesionsIncreased { .. } => "new-lesions-increased",
            Self::AdditionalNewLesions { .. } => "additional-new-lesions",
            Self::OtherCategory { .. } => "other-category",
            Self::Confirmed { .. } => "confirmed",
            Self::TooEarly { .. } => "too-early",
            Self::NewSymptoms { .. } => "new-symptoms",
            Self::Figures { .. } => "figures-since",
            Self::StillProgression { .. } => "still-progression",
            Self::Unchanged { .. } => "unchanged",
            Self::UnstableNewLesions { .. } => "unstable-new-lesions",
            Self::NonTargetUnchanged { .. } => "nontarget-unchanged",
            Self::NonTargetIncreased { .. } => "nontarget-increased",
            Self::StillPending { .. } => "still-pending",
            Self::Reset { .. } => "reset",
        }
    }

    /// Where the rule is written.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Recist(reason) => reason.source(),
            Self::Unconfirmed { .. } | Self::NewLesionsBlockCr { .. } | Self::StillProgression { .. } => TABLE_2,
            Self::Figures { .. } | Self::Unchanged { .. } | Self::StillPending { .. } => TABLE_2,
            Self::FurtherNewLesions { .. } | Self::NewLesionSumPd { .. } | Self::KnownNewLesions { .. } => NEW_LESION_QUESTIONS,
            Self::NewLesionGrowth { .. } | Self::GrowthOutside { .. } => NEW_LESIONS,
            Self::NewLesionsIncreased { .. } | Self::AdditionalNewLesions { .. } | Self::UnstableNewLesions { .. } => NEW_LESIONS,
            Self::TargetGrowth { .. } | Self::OtherCategory { .. } | Self::OtherNonTargets { .. } | Self::Confirmed { .. } => {
                CONFIRMATION
            }
            Self::NonTargetGrowth { .. } | Self::NonTargetUnchanged { .. } | Self::NonTargetIncreased { .. } => {
                NON_TARGET_QUESTIONS
            }
            Self::TooEarly { .. } | Self::NewSymptoms { .. } => EARLY,
            Self::Reset { confirmed: false, .. } => RESET,
            Self::Reset { confirmed: true, .. } => AFTER_ICPD,
        }
    }

    /// The sentence for readers.
    pub fn text(&self) -> String {
        match self {
            Self::Recist(reason) => reason.text(),
            Self::Unconfirmed { causes } => format!("progression of the {}, to be confirmed: iUPD", all(causes)),
            Self::FurtherNewLesions { lesions } => {
                format!("{} came besides the new lesions known before", lesions.join(", "))
            }
            Self::NewLesionSumPd { sum, nadir } => {
                let growth = *sum - *nadir;
                format!("the known new lesions sum to {sum} mm, {growth} mm above their nadir {nadir} mm: 20 % and 5 mm are met")
            }
            Self::KnownNewLesions { lesions } => {
                format!("{} was known before, and makes no further progression by itself", lesions.join(", "))
            }
            Self::NewLesionsBlockCr { lesions } => format!("no iCR while new lesions remain: {}", lesions.join(", ")),
            Self::TargetGrowth { sum, before, since } => {
                let growth = *sum - *before;
                format!("sum {sum} mm is {growth} mm above the {before} mm since {since} (confirmation needs 5 mm)")
            }
            Self::NonTargetGrowth { lesions, since } => {
                format!("{} grew after {since}: any growth confirms", lesions.join(", "))
            }
            Self::OtherNonTargets { lesions, since } => {
                format!("unequivocal progression of {} too, which made none on {since}", lesions.join(", "))
            }
            Self::NewLesionGrowth { sum, before, since } => {
                let growth = *sum - *before;
                format!(
                    "the new lesions sum to {sum} mm, {growth} mm above the {before} mm since {since} \
                     (confirmation needs 5 mm)"
                )
            }
            Self::GrowthOutside { lesion, diameter, before, since } => {
                format!(
                    "{lesion}, a new lesion outside of the sum, grew from {before} to {diameter} mm since {since}: any growth confirms"
                )
            }
            Self::NewLesionsIncreased { lesions, since } => {
                format!("{} is called larger than at the timepoint before, after the progression of {since}", lesions.join(", "))
            }
            Self::AdditionalNewLesions { lesions, since } => {
                format!("{} was not there on {since}: one more new lesion", lesions.join(", "))
            }
            Self::OtherCategory { category, since } => {
                format!("progression of the {} too, which made none on {since}", category.words())
            }
            Self::Confirmed { since, days } => {
                format!("{days} days after the iUPD of {since}: iCPD, progression dates from there")
            }
            Self::TooEarly { since, days, least } => {
                format!("only {days} days after the iUPD of {since}: a scan before day {least} cannot confirm, so iUPD")
            }
            Self::NewSymptoms { days } => {
                format!(
                    "only {days} days after the iUPD, but made for new symptoms and with another new lesion, so it may confirm"
                )
            }
            Self::Figures { figures, since } => figures.text(*since),
            Self::StillProgression { since, confirmed: false } => {
                format!("still PD by RECIST 1.1, but nothing that confirms the iUPD of {since}")
            }
            Self::StillProgression { since, confirmed: true } => format!("still PD by RECIST 1.1 after the iCPD of {since}"),
            Self::Unchanged { since, confirmed: false } => {
                format!("nothing confirms the iUPD of {since}, and nothing takes it back")
            }
            Self::Unchanged { since, confirmed: true } => format!("nothing has changed the class since the iCPD of {since}"),
            Self::UnstableNewLesions { lesions, since, by } => {
                let lesions = lesions.join(", ");
                format!("{by}, but known new lesions ({lesions}) have grown since {since}: that progression is not taken back")
            }
            Self::NonTargetUnchanged { lesions, since } => {
                let lesions = lesions.join(", ");
                format!("{lesions}, where progression was seen, is present: called neither larger nor smaller since {since}")
            }
            Self::NonTargetIncreased { lesions, since } => {
                let lesions = lesions.join(", ");
                format!(
                    "{lesions}, where progression was seen, is larger than at its smallest: whether it grew after {since} is not \
                     recorded"
                )
            }
            Self::StillPending { since } => format!("not evaluable; the progression of {since} stands as it did"),
            Self::Reset { since, confirmed, class, by } => {
                let fate = if *confirmed { "stands as confirmed" } else { "is taken back" };
                format!("{by}: {class}, and the progression of {since} {fate}; the next progression must be confirmed anew")
            }
        }
    }
}

impl std::fmt::Display for Shrinkage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TargetClass { before, now } => write!(f, "the targets went from {before} to {now}"),
            Self::TargetSum { sum, before } => {
                write!(f, "sum {sum} mm is {} mm below the {before} mm before", *before - *sum)
            }
            Self::NonTargetsGone => write!(f, "the non-targets are gone"),
            Self::NonTargetsSmaller { lesions } => write!(f, "{} is gone or smaller than at the iUPD", lesions.join(", ")),
            Self::NothingLeft => write!(f, "nothing of what was progression is progression any more"),
        }
    }
}

impl Serialize for IrecistReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_parts(serializer, self.code(), self.source(), &self.text())
    }
}
