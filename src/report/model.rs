//! What a report is made of: plain values, already measured and judged elsewhere.
//!
//! Lengths that entered a response are [`Micrometres`]; all other figures are only printed. Positions on an image are
//! (column, row) in voxels of the given slice, the centre of the first pixel being (0, 0). Directions are LPS.

use crate::units::Micrometres;
use jiff::civil::Date;
use ndarray::Array2;

/// One trial, or one run over a part of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Name of the trial.
    pub trial: String,
    /// Criteria the responses follow, such as `RECIST 1.1`.
    pub criteria: String,
    /// Other criteria of the trial, such as `iRECIST`: what they make of a subject stands beside.
    pub other_criteria: Vec<String>,
    /// Version of the program.
    pub version: String,
    /// Between which points of the voxels lengths were taken: `centre`, `quarter`, `edge` or `corner`.
    pub level: String,
    /// The program proposed the targets; no reader chose them. Puts a banner on the report and a mark on every target.
    pub proposal: bool,
    /// Settings in force, as (name, value).
    pub settings: Vec<(String, String)>,
    /// Subjects in the order of the report.
    pub subjects: Vec<SubjectReport>,
    /// What could not be done.
    pub failures: Vec<FailureRow>,
    /// Open questions to the reader.
    pub queries: Vec<QueryRow>,
    /// Findings about the data.
    pub problems: Vec<ProblemRow>,
    /// Best response of every subject.
    pub best_responses: Vec<BestResponseRow>,
}

/// One thing that could not be done, and what to do about it.
#[derive(Debug, Clone, Default)]
pub struct FailureRow {
    /// Subject, or empty.
    pub subject: String,
    /// Visit, or empty.
    pub visit: String,
    /// File relative to the data root, or empty.
    pub file: String,
    /// What was found.
    pub reason: String,
    /// What to do.
    pub advice: String,
}

/// One open question whose answer decides a class.
#[derive(Debug, Clone, Default)]
pub struct QueryRow {
    /// Subject.
    pub subject: String,
    /// Visit.
    pub visit: String,
    /// Lesion, or empty.
    pub lesion: String,
    /// Code of the question.
    pub code: String,
    /// The question.
    pub question: String,
    /// Overall response if the answer is yes.
    pub class_if_yes: String,
    /// Overall response if the answer is no.
    pub class_if_no: String,
    /// Answer so far; empty while the question is open.
    pub answer: String,
}

/// One finding about the data.
#[derive(Debug, Clone, Default)]
pub struct ProblemRow {
    /// Code of the finding.
    pub code: String,
    /// How much it matters, such as `error` or `warning`.
    pub severity: String,
    /// What was found.
    pub message: String,
    /// File relative to the data root, or empty.
    pub file: String,
    /// What to do.
    pub advice: String,
    /// Subject, or empty.
    pub subject: String,
}

/// Best response of one subject, dates as written in `best_responses.csv`.
#[derive(Debug, Clone, Default)]
pub struct BestResponseRow {
    /// Subject.
    pub subject: String,
    /// Treatment arm, or empty.
    pub arm: String,
    /// Best overall response.
    pub bor: String,
    /// Its date, or empty.
    pub bor_date: String,
    /// Best overall response with confirmation required.
    pub confirmed_bor: String,
    /// Date of progression, or empty.
    pub progression_date: String,
}

/// Everything the report shows of one subject.
#[derive(Debug, Clone, Default)]
pub struct SubjectReport {
    /// Subject.
    pub subject: String,
    /// Treatment arm, or empty.
    pub arm: String,
    /// Timepoints by date.
    pub timepoints: Vec<TimepointRow>,
    /// Lesions, each with one cell per timepoint.
    pub lesions: Vec<LesionRow>,
    /// Slices on which a lesion was measured.
    pub key_images: Vec<KeyImage>,
    /// Best overall response.
    pub bor: String,
    /// Best overall response with confirmation required.
    pub confirmed_bor: String,
    /// The same subject by other criteria, and of some of its lesions only.
    pub beside: Vec<BesideRow>,
}

/// One subject by other criteria, or of some of its lesions only.
#[derive(Debug, Clone, Default)]
pub struct BesideRow {
    /// Criteria, such as `iRECIST`.
    pub criteria: String,
    /// Which lesions were looked at: `patient`, `irradiated` or `lesion`.
    pub scope: String,
    /// The lesion, where the scope is one; else empty.
    pub lesion: String,
    /// One cell per timepoint of the subject, in the same order; that of the baseline stays empty.
    pub cells: Vec<BesideCell>,
    /// Best overall response.
    pub bor: String,
    /// Its date, or empty.
    pub bor_date: String,
    /// Date of progression, or empty.
    pub progression_date: String,
    /// Whether a later scan confirmed that progression, where the criteria ask for it.
    pub progression_confirmed: Option<bool>,
}

/// One assessment by other criteria, or of some lesions only.
#[derive(Debug, Clone, Default)]
pub struct BesideCell {
    /// Overall response; empty where nothing was judged.
    pub overall: String,
    /// A question is open that may change the response.
    pub provisional: bool,
    /// Sum of diameters as these criteria count it, when every target has a value.
    pub sum: Option<Micrometres>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

/// One assessment. Percentages are in percent, negative for shrinkage.
#[derive(Debug, Clone, Default)]
pub struct TimepointRow {
    /// Name of the visit.
    pub visit: String,
    /// Day of the scan.
    pub date: Date,
    /// This is the baseline, so it has no response.
    pub baseline: bool,
    /// Sum of diameters, when every target was measured.
    pub sum: Option<Micrometres>,
    /// Sum of those targets that were measured, when some were not.
    pub partial_sum: Option<Micrometres>,
    /// Smallest complete sum before this timepoint, baseline included.
    pub nadir: Option<Micrometres>,
    /// Change of the sum from baseline.
    pub change_from_baseline_pct: Option<f64>,
    /// Change of the sum from nadir.
    pub change_from_nadir_pct: Option<f64>,
    /// Change of the sum from nadir in millimetres.
    pub change_from_nadir_mm: Option<f64>,
    /// Target response.
    pub target: String,
    /// Non-target response.
    pub nontarget: String,
    /// `no`, `equivocal`, `unequivocal` or `not_assessed`.
    pub new_lesion: String,
    /// Overall response.
    pub overall: String,
    /// A question is open that may change the response.
    pub provisional: bool,
    /// The subject had progressed before.
    pub after_pd: bool,
    /// Why, as (code, sentence).
    pub reasons: Vec<(String, String)>,
    /// Why nothing could be measured here, if so.
    pub failed: Option<String>,
}

/// One lesion through time.
#[derive(Debug, Clone, Default)]
pub struct LesionRow {
    /// Name of the lesion.
    pub lesion: String,
    /// `target`, `nontarget` or `new`.
    pub role: String,
    /// Organ or region.
    pub site: String,
    /// A lymph node: its short axis is the diameter used.
    pub nodal: bool,
    /// One cell per timepoint of the subject, in the same order.
    pub cells: Vec<LesionCell>,
}

/// One lesion at one timepoint.
#[derive(Debug, Clone, Default)]
pub struct LesionCell {
    /// State word, such as `measured`, `too_small`, `absent`, `not_evaluable` or `present`; empty where nothing is known.
    pub state: String,
    /// Diameter that enters the sum.
    pub diameter: Option<Micrometres>,
    /// The diameter is the reader's figure, not the mask's.
    pub reader_mm: bool,
    /// Long axis from the mask, in millimetres.
    pub long_axis_mm: Option<f64>,
    /// Short axis from the mask, in millimetres.
    pub short_axis_mm: Option<f64>,
    /// Volume in cubic millimetres.
    pub volume_mm3: Option<f64>,
    /// Largest diameter in three dimensions, in millimetres.
    pub max_3d_diameter_mm: Option<f64>,
    /// Zero-based index of the measured slice.
    pub slice_index: Option<usize>,
    /// What the reader of the figure should know.
    pub warnings: Vec<String>,
}

/// The slice on which one lesion was measured at one visit.
#[derive(Debug, Clone, Default)]
pub struct KeyImage {
    /// Name of the lesion, as in its [`LesionRow`].
    pub lesion: String,
    /// Name of the visit, as in its [`TimepointRow`].
    pub visit: String,
    /// Day of the scan.
    pub date: Date,
    /// DICOM modality, such as `CT` or `MR`.
    pub modality: String,
    /// The whole slice, `[row, column]`, in modality units (HU for CT).
    pub pixels: Array2<f32>,
    /// Distance in millimetres between columns, and between rows.
    pub spacing_mm: [f64; 2],
    /// Closed polygons around the lesion, (column, row) in voxels.
    pub outline: Vec<Vec<[f64; 2]>>,
    /// End points of the long axis, (column, row) in voxels.
    pub long_axis: [[f64; 2]; 2],
    /// End points of the short axis, (column, row) in voxels.
    pub short_axis: [[f64; 2]; 2],
    /// Length of the long axis in millimetres, as measured.
    pub long_axis_mm: f64,
    /// Length of the short axis in millimetres, as measured.
    pub short_axis_mm: f64,
    /// A lymph node: its short axis is the diameter used.
    pub nodal: bool,
    /// Zero-based index of the slice.
    pub slice_index: usize,
    /// Number of slices of the volume.
    pub slices: usize,
    /// Position of the slice along its normal, in millimetres.
    pub position_mm: f64,
    /// Unit vector along which the column index grows, LPS.
    pub row_direction_lps: [f64; 3],
    /// Unit vector along which the row index grows, LPS.
    pub column_direction_lps: [f64; 3],
    /// Window of the image as (centre, width), used for anything but CT.
    pub window: Option<(f64, f64)>,
    /// Organ or region.
    pub site: String,
}
