//! What iRECIST makes of a subject.

use super::IrecistReason;
use crate::problem::Problem;
use crate::response::assessment::{Baseline, NewLesion, NonTargetResponse, Overall, Scope, TargetResponse};
use crate::response::criteria::Criteria;
use crate::response::facts::Coverage;
use crate::response::spelling::spelled;
use crate::units::Micrometres;
use jiff::civil::Date;
use serde::Serialize;

/// The iRECIST response of one subject over all timepoints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IrecistAssessment {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// By which criteria: iRECIST.
    pub criteria: Criteria,
    /// Which lesions were looked at: all of the patient.
    pub scope: Scope,
    /// What later timepoints are compared with; `None` when there is none.
    pub baseline: Option<Baseline>,
    /// Timepoints after baseline, by date.
    pub timepoints: Vec<IrecistTimepoint>,
    /// Best overall response (iBOR); confirmation of iCR and iPR is not required.
    pub bor: IrecistBestResponse,
    /// Day of the first iCR or iPR.
    pub first_response_date: Option<Date>,
    /// Day of the iUPD that an iCPD confirmed, or of the one that is pending at the end.
    pub progression_date: Option<Date>,
    /// Whether an iCPD confirmed that progression; `None` without any.
    pub progression_confirmed: Option<bool>,
    /// Everything that is wrong or doubtful about the input.
    pub problems: Vec<Problem>,
}

/// The classes of one timepoint after baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IrecistTimepoint {
    /// Day of the timepoint: its first scan.
    pub date: Date,
    /// Name of the visit.
    pub visit: String,
    /// Sum of diameters of the targets; `None` unless every target has a value.
    pub sum_mm: Option<Micrometres>,
    /// Smallest complete sum before this timepoint, baseline included.
    pub nadir_mm: Option<Micrometres>,
    /// Change of the sum from baseline in percent, for display only.
    pub change_from_baseline_pct: Option<f64>,
    /// Change of the sum from the nadir in percent, for display only; `None` for a nadir of 0.
    pub change_from_nadir_pct: Option<f64>,
    /// Sum of diameters of the new lesions followed as targets of their own; `None` unless all have a value.
    pub new_lesion_sum_mm: Option<Micrometres>,
    /// Response of the targets, as RECIST 1.1 has it.
    pub target: TargetResponse,
    /// Response of the non-targets, as RECIST 1.1 has it.
    pub nontarget: NonTargetResponse,
    /// New lesions.
    pub new_lesion: NewLesion,
    /// The class that counts.
    pub overall: IrecistResponse,
    /// What RECIST 1.1 says here.
    pub recist: Overall,
    /// Where the progression that is pending or confirmed was seen first.
    pub causes: Vec<Category>,
    /// Comes after the first iCPD.
    pub after_icpd: bool,
    /// First day on which a scan was made.
    pub date_first: Date,
    /// Last such day.
    pub date_last: Date,
    /// How much was imaged.
    pub coverage: Coverage,
    /// Hangs on an open query.
    pub provisional: bool,
    /// Codes of the open queries.
    pub queries: Vec<String>,
    /// Why the classes are what they are.
    pub reasons: Vec<IrecistReason>,
    /// Whether best responses and dates see this timepoint (recist-rules, W7).
    #[serde(skip)]
    pub counts: bool,
}

/// An iBOR and the day of the first timepoint that gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IrecistBestResponse {
    /// The class.
    pub response: IrecistBest,
    /// Its day; `None` without any assessment after baseline.
    pub date: Option<Date>,
}

spelled! {
    /// Overall response at a timepoint (iRECIST table 2).
    pub enum IrecistResponse {
        /// Complete response.
        ICr = "iCR",
        /// Partial response.
        IPr = "iPR",
        /// Stable disease.
        ISd = "iSD",
        /// Neither gone nor progressing, where there are only non-targets.
        NonIcrNonIupd = "NON-iCR/NON-iUPD",
        /// Progression that is not confirmed.
        IUpd = "iUPD",
        /// Confirmed progression.
        ICpd = "iCPD",
        /// Not evaluable.
        NE = "NE",
    }
}

impl From<Overall> for IrecistResponse {
    /// The class with an i: what it is while no progression is pending.
    fn from(overall: Overall) -> Self {
        match overall {
            Overall::CR => Self::ICr,
            Overall::PR => Self::IPr,
            Overall::SD => Self::ISd,
            Overall::NonCrNonPd => Self::NonIcrNonIupd,
            Overall::PD => Self::IUpd,
            Overall::NE => Self::NE,
        }
    }
}

spelled! {
    /// Best overall response, best first (iRECIST table 3). A progression, confirmed or not, only in the place of none of the others.
    pub enum IrecistBest {
        /// Complete response.
        ICr = "iCR",
        /// Partial response.
        IPr = "iPR",
        /// Stable disease.
        ISd = "iSD",
        /// Neither gone nor progressing, where there are only non-targets.
        NonIcrNonIupd = "NON-iCR/NON-iUPD",
        /// Confirmed progression.
        ICpd = "iCPD",
        /// Progression that is not confirmed.
        IUpd = "iUPD",
        /// Not evaluable.
        NE = "NE",
        /// Nothing was assessed after baseline, where the setting `missing_as` says so.
        Missing = "MISSING",
    }
}

spelled! {
    /// Where progression is seen.
    pub enum Category {
        /// In the targets.
        Target = "target",
        /// In the non-targets.
        NonTarget = "nontarget",
        /// In lesions that were not there at baseline.
        NewLesion = "new_lesion",
    }
}
