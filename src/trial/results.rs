//! Everything that a run found out, as rows ready to be written.

use crate::problem::Problem;
use crate::protocol::queries::Query;
use crate::response::assessment::{Assessment, Scope, TimepointAssessment};
use crate::response::beside::SizeChange;
use crate::response::criteria::Criteria;
use crate::response::derive::Derivation;
use crate::response::settings::Settings;
use crate::response::trend::Trend;
use crate::units::Micrometres;
use jiff::civil::Date;
use serde::Serialize;

/// The results of a run. Rows are sorted by subject, then date, then lesion, so that the same input gives the same bytes.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// One row for each lesion at each timepoint.
    pub measurements: Vec<MeasurementRow>,
    /// The baseline and every later timepoint of each subject.
    pub responses: Vec<ResponseRow>,
    /// One row for each subject.
    pub best_responses: Vec<BestResponseRow>,
    /// Open and answered queries.
    pub queries: Vec<Query>,
    /// What could not be done.
    pub failures: Vec<FailureRow>,
    /// What is odd.
    pub problems: Vec<ProblemRow>,
    /// Every derivation with all its reasons, by all criteria and in all scopes: `assessments.json`.
    pub assessments: Vec<Derivation>,
    /// How the lesions of each subject went by themselves.
    pub trends: Vec<Trend>,
    /// What the derivations followed.
    pub settings: Settings,
    /// The run itself.
    pub record: RunRecord,
}

/// One lesion at one timepoint: `measurements.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasurementRow {
    /// Subject code.
    pub subject: String,
    /// Name of the visit.
    pub visit: String,
    /// Day of the scan.
    pub date: Date,
    /// Lesion.
    pub lesion: String,
    /// `target`, `nontarget` or `new`.
    pub role: String,
    /// Organ or station; empty when unknown.
    pub site: String,
    /// A lymph node.
    pub nodal: bool,
    /// State that entered the response (`measured`, `absent`, `present`, `equivocal`, ...).
    pub state: String,
    /// The figure that entered the response: the reader's, else the mask's. `None` when none did.
    pub diameter: Option<Micrometres>,
    /// The reader's own figure, when there is one.
    pub reader: Option<Micrometres>,
    /// Diameter used according to the mask.
    pub mask_diameter: Option<Micrometres>,
    /// Unrounded figures of the mask, in millimetres and cubic millimetres.
    pub long_axis_mm: Option<f64>,
    /// Short axis.
    pub short_axis_mm: Option<f64>,
    /// Volume.
    pub volume_mm3: Option<f64>,
    /// Farthest pair in three dimensions.
    pub max_3d_diameter_mm: Option<f64>,
    /// Number of voxels.
    pub voxels: Option<u64>,
    /// Zero-based slice on which the axes lie.
    pub slice_index: Option<usize>,
    /// Its SOP Instance UID.
    pub sop_instance_uid: String,
    /// The series.
    pub series_instance_uid: String,
    /// CT or MR.
    pub modality: String,
    /// The mask, relative to the data root.
    pub mask: String,
    /// Contour level of the figures.
    pub level: &'static str,
    /// Whether the role was proposed by the program.
    pub proposal: bool,
    /// Codes of warnings.
    pub warnings: Vec<String>,
    /// How volume and three-dimensional diameter changed, beside RECIST.
    pub change: SizeChange,
}

/// One timepoint of one subject: `responses.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseRow {
    /// Subject code.
    pub subject: String,
    /// Name of the visit.
    pub visit: String,
    /// Day of the scan.
    pub date: Date,
    /// Last day of the scans of this timepoint.
    pub date_last: Date,
    /// Sum of diameters at baseline, for the baseline row.
    pub baseline_sum: Option<Micrometres>,
    /// The classes; `None` for the baseline row.
    pub assessment: Option<TimepointAssessment>,
    /// Whether targets were proposed by the program.
    pub proposal: bool,
    /// By which criteria.
    pub criteria: Criteria,
    /// Which lesions were looked at.
    pub scope: Scope,
    /// The lesion, where the scope is one; else empty.
    pub lesion: String,
}

impl ResponseRow {
    /// The baseline of a subject, then every later timepoint.
    pub fn all_of(assessment: &Assessment, proposal: bool) -> Vec<Self> {
        let row = |visit: &str, date, date_last, baseline_sum, judged| Self {
            subject: assessment.subject.clone(),
            visit: visit.to_string(),
            date,
            date_last,
            baseline_sum,
            assessment: judged,
            proposal,
            criteria: assessment.criteria,
            scope: assessment.scope,
            lesion: assessment.lesion.clone().unwrap_or_default(),
        };
        let baseline = assessment.baseline.iter();
        let first = baseline.map(|baseline| row(&baseline.visit, baseline.date, baseline.date_last, baseline.sum_mm, None));
        let later = assessment
            .timepoints
            .iter()
            .map(|judged| row(&judged.visit, judged.date, judged.date_last, None, Some(judged.clone())));
        first.chain(later).collect()
    }
}

/// One subject: `best_responses.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestResponseRow {
    /// Subject code.
    pub subject: String,
    /// Treatment arm; empty when unknown.
    pub arm: String,
    /// Best overall response.
    pub bor: String,
    /// Its day.
    pub bor_date: Option<Date>,
    /// Best overall response with CR and PR confirmed.
    pub confirmed_bor: String,
    /// Its day.
    pub confirmed_bor_date: Option<Date>,
    /// First CR or PR.
    pub first_response_date: Option<Date>,
    /// First CR or PR that was confirmed.
    pub first_confirmed_response_date: Option<Date>,
    /// First progression.
    pub progression_date: Option<Date>,
    /// A response, or stable disease for long enough.
    pub clinical_benefit: bool,
    /// Whether targets were proposed by the program.
    pub proposal: bool,
}

/// Something that could not be done: a file, a timepoint or a subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FailureRow {
    /// Subject code; empty when no subject is known.
    pub subject: String,
    /// Name of the visit; empty when the whole subject is concerned.
    pub visit: String,
    /// What happened.
    #[serde(flatten)]
    pub problem: Problem,
}

/// Something odd, and whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ProblemRow {
    /// Subject code; empty when no subject is known.
    pub subject: String,
    /// Name of the visit; empty when it concerns no single one.
    pub visit: String,
    /// What is odd.
    #[serde(flatten)]
    pub problem: Problem,
}

/// The run itself: `run.json`. It holds no clock, so that a second run on the same input writes the same record.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RunRecord {
    /// Version of this program.
    pub version: &'static str,
    /// The trial's code.
    pub trial: String,
    /// Response criteria.
    pub criteria: String,
    /// Contour level.
    pub level: &'static str,
    /// All settings that were in force, by name.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// SHA-256 of every input.
    pub inputs: Vec<InputDigest>,
    /// Whether targets were proposed by the program.
    pub proposal: bool,
    /// Subjects assessed.
    pub subjects: usize,
    /// Open queries.
    pub open_queries: usize,
}

/// An input and its digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InputDigest {
    /// `table`, `mask` or `series`.
    pub kind: &'static str,
    /// File or folder, relative to the data root (tables: as the trial file names them).
    pub name: String,
    /// Series Instance UID, for a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_instance_uid: Option<String>,
    /// SHA-256 in hexadecimal. Of a series: over its SOP Instance UIDs, frame numbers and geometry in slice order.
    pub sha256: String,
}
