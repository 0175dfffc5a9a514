//! What the rules make of a subject: classes, dates and the reasons for each, in the shape of `recist.assess/1`.

use super::criteria::Criteria;
use super::facts::Coverage;
use super::reason::Reason;
use super::spelling::spelled;
use crate::problem::Problem;
use crate::units::Micrometres;
use jiff::civil::Date;
use serde::Serialize;

/// The response of one subject over all timepoints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// By which criteria.
    pub criteria: Criteria,
    /// Which lesions were looked at.
    pub scope: Scope,
    /// The lesion, where the scope is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesion: Option<String>,
    /// What later timepoints are compared with; `None` when there is none.
    pub baseline: Option<Baseline>,
    /// Timepoints after baseline, by date.
    pub timepoints: Vec<TimepointAssessment>,
    /// Best overall response, confirmation not required.
    pub bor: BestResponse,
    /// Best overall response with CR and PR confirmed.
    pub confirmed_bor: BestResponse,
    /// Day of the first CR or PR.
    pub first_response_date: Option<Date>,
    /// Day of the first CR or PR that was confirmed later.
    pub first_confirmed_response_date: Option<Date>,
    /// Day of the first progression.
    pub progression_date: Option<Date>,
    /// A CR or PR, or an SD or NON-CR/NON-PD at or after the SD minimum.
    pub clinical_benefit: bool,
    /// Everything that is wrong or doubtful about the input.
    pub problems: Vec<Problem>,
}

spelled! {
    /// Which lesions an assessment looks at.
    pub enum Scope {
        /// All of the patient: RECIST.
        Patient = "patient",
        /// Only what the protocol irradiated, with a baseline and a nadir of its own (recist-rules, W1).
        Irradiated = "irradiated",
        /// One target by itself: growth over its own nadir (recist-rules, W1).
        Lesion = "lesion",
    }
}

/// What later timepoints are compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// First day on which a scan of the baseline was made.
    pub date: Date,
    /// Last such day.
    pub date_last: Date,
    /// Name of the visit.
    pub visit: String,
    /// Sum of diameters; `None` without targets, or when a target has no value.
    pub sum_mm: Option<Micrometres>,
}

/// The classes of one timepoint after baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimepointAssessment {
    /// Day of the timepoint: its first scan.
    pub date: Date,
    /// Name of the visit.
    pub visit: String,
    /// Sum of diameters; `None` unless every target has a value.
    pub sum_mm: Option<Micrometres>,
    /// Sum of the targets that have a value, when some have none.
    pub partial_sum_mm: Option<Micrometres>,
    /// Smallest complete sum before this timepoint, baseline included.
    pub nadir_mm: Option<Micrometres>,
    /// Change of the sum from baseline in percent, for display only.
    pub change_from_baseline_pct: Option<f64>,
    /// Change of the sum from the nadir in percent, for display only; `None` for a nadir of 0.
    pub change_from_nadir_pct: Option<f64>,
    /// Change of the sum from the nadir.
    pub change_from_nadir_mm: Option<Micrometres>,
    /// Response of the targets.
    pub target: TargetResponse,
    /// Response of the non-targets.
    pub nontarget: NonTargetResponse,
    /// New lesions.
    pub new_lesion: NewLesion,
    /// The class that counts.
    pub overall: Overall,
    /// The class as it was before later timepoints shed light on this one.
    pub overall_as_read: Overall,
    /// Comes after the first progression.
    pub after_pd: bool,
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
    pub reasons: Vec<Reason>,
    /// Whether best responses and confirmation see this timepoint (recist-rules, W7).
    #[serde(skip)]
    pub counts: bool,
    /// Lesions of baseline that are back after a CR, whatever else is progression here.
    #[serde(skip)]
    pub recurred: Vec<String>,
    /// Day to which a PD of this timepoint is dated.
    #[serde(skip)]
    pub pd_day: Date,
}

/// A best overall response and the day it is dated to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BestResponse {
    /// The class.
    pub response: Best,
    /// Day of the first timepoint that gives it; `None` without any assessment after baseline.
    pub date: Option<Date>,
}

spelled! {
    /// Response of the targets (RECIST 1.1 section 4.3.1).
    pub enum TargetResponse {
        /// Complete response.
        CR = "CR",
        /// Partial response.
        PR = "PR",
        /// Stable disease.
        SD = "SD",
        /// Progressive disease.
        PD = "PD",
        /// Not evaluable.
        NE = "NE",
        /// No target at baseline.
        NA = "NA",
    }
}

spelled! {
    /// Response of the non-targets (RECIST 1.1 section 4.3.3).
    pub enum NonTargetResponse {
        /// Complete response.
        CR = "CR",
        /// Neither gone nor progressing.
        NonCrNonPd = "NON-CR/NON-PD",
        /// Not all evaluated.
        NE = "NE",
        /// Unequivocal progression.
        PD = "PD",
        /// No non-target at baseline.
        NA = "NA",
    }
}

spelled! {
    /// New lesions at a timepoint (RECIST 1.1 section 4.3.5).
    pub enum NewLesion {
        /// None.
        No = "no",
        /// Perhaps one: no progression as yet.
        Equivocal = "equivocal",
        /// At least one.
        Unequivocal = "unequivocal",
        /// Not everything was looked at.
        NotAssessed = "not_assessed",
    }
}

spelled! {
    /// Overall response at a timepoint (RECIST 1.1 section 4.4.1).
    pub enum Overall {
        /// Complete response.
        CR = "CR",
        /// Partial response.
        PR = "PR",
        /// Stable disease.
        SD = "SD",
        /// Neither gone nor progressing, where there are only non-targets.
        NonCrNonPd = "NON-CR/NON-PD",
        /// Progressive disease.
        PD = "PD",
        /// Not evaluable.
        NE = "NE",
    }
}

spelled! {
    /// Best overall response, best first (RECIST 1.1 section 4.4.3).
    pub enum Best {
        /// Complete response.
        CR = "CR",
        /// Partial response.
        PR = "PR",
        /// Stable disease.
        SD = "SD",
        /// Neither gone nor progressing, where there are only non-targets.
        NonCrNonPd = "NON-CR/NON-PD",
        /// Progressive disease.
        PD = "PD",
        /// Not evaluable.
        NE = "NE",
        /// Nothing was assessed after baseline, where the setting `missing_as` says so.
        Missing = "MISSING",
        /// Nothing that could respond: no irradiated target, in the scope of what was irradiated (recist-rules, W14).
        NonMeasurable = "NON-MEASURABLE",
    }
}
