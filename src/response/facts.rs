//! What is known about a subject before any rule is applied: lesions, timepoints and what was seen at each.

use super::beside::Size;
use super::spelling::spelled;
use super::target::NODE_NORMAL_BELOW;
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// All that [`assess`](super::assess) looks at, for one subject. The order of lesions, timepoints and findings is irrelevant.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectFacts {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// Every lesion ever recorded: targets and non-targets of baseline, and new ones.
    pub lesions: Vec<LesionFacts>,
    /// Every assessment, baseline and history included.
    pub timepoints: Vec<TimepointFacts>,
    /// Day from which the SD minimum counts; outranks the setting of the same name.
    pub reference_date: Option<Date>,
}

/// A lesion and what does not change about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LesionFacts {
    /// Identity within the subject.
    pub lesion: String,
    /// What the lesion is followed as.
    pub role: Role,
    /// Organ or nodal station; `None` when unknown.
    pub site: Option<String>,
    /// A lymph node: its short axis counts. Fixed at baseline (recist-rules, W10).
    pub nodal: bool,
    /// Treated by the protocol's radiotherapy; `None` when unknown.
    pub irradiated: Option<bool>,
    /// The target of which this non-target is the bone part (recist-rules, W3).
    pub parent_lesion: Option<String>,
    /// Inside the skull, where progression counts apart (oligoprogression); `None` when unknown.
    pub intracranial: Option<bool>,
}

impl LesionFacts {
    /// A lesion of which nothing else is known: no node.
    pub fn new(lesion: impl Into<String>, role: Role) -> Self {
        let lesion = lesion.into();
        Self { lesion, role, site: None, nodal: false, irradiated: None, parent_lesion: None, intracranial: None }
    }
}

spelled! {
    /// What a lesion is followed as.
    pub enum Role {
        /// Measured at every timepoint; enters the sum of diameters.
        Target = "target",
        /// Judged, not measured.
        NonTarget = "nontarget",
        /// Not there at baseline.
        New = "new",
    }
}

/// First and last day of the scans that show a lesion. They differ where the pieces of a split lesion were measured on scans of
/// several days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanDays {
    /// The day of the first of these scans.
    pub first: Date,
    /// The day of the last.
    pub last: Date,
}

/// One assessment: what was done, and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct TimepointFacts {
    /// Name of the visit.
    pub visit: String,
    /// First day on which a scan of this timepoint was made.
    pub date: Date,
    /// Last such day; the same as `date` for most.
    pub date_last: Date,
    /// Place in the schedule.
    pub kind: TimepointKind,
    /// How much of what was imaged at baseline was imaged again.
    pub coverage: Coverage,
    /// Tumour markers, where the protocol follows them.
    pub markers: Markers,
    /// Lesion and what was seen of it; a lesion that is not listed was not evaluated.
    pub findings: Vec<(String, Finding)>,
    /// Diameters of the parts of targets that enhance in the arterial phase; a lesion that is not listed was not evaluated for
    /// that. Looked at by mRECIST only, which has nothing else to measure.
    pub viable: BTreeMap<String, Micrometres>,
    /// Diameters of new lesions where they were measured. Looked at by iRECIST only.
    pub new_lesion_diameters: BTreeMap<String, Micrometres>,
    /// Sizes of lesions in three dimensions. No class depends on them; [`beside`](super::beside::beside) does.
    pub sizes: BTreeMap<String, Size>,
    /// The scans that show a lesion, where those of this timepoint were made on several days.
    pub days: BTreeMap<String, ScanDays>,
    /// Whether this scan was made for new symptoms; `None` when nobody said so (iRECIST; recist-rules, section 13).
    pub new_symptoms: Option<bool>,
    /// Lesions that were treated outside the protocol at this timepoint: not evaluable from that day on, target or not (recist-rules,
    /// V9).
    pub treated: BTreeSet<String>,
    /// Open questions, which make this timepoint provisional as far as they matter.
    pub queries: Vec<OpenQuestion>,
    /// Somebody looked for new lesions.
    pub new_lesions_assessed: bool,
}

impl TimepointFacts {
    /// A planned visit of one day on which everything was imaged and nothing found yet.
    pub fn on(visit: impl Into<String>, date: Date) -> Self {
        Self {
            visit: visit.into(),
            date,
            date_last: date,
            kind: TimepointKind::Scheduled,
            coverage: Coverage::Complete,
            markers: Markers::NotApplicable,
            findings: Vec::new(),
            viable: BTreeMap::new(),
            new_lesion_diameters: BTreeMap::new(),
            sizes: BTreeMap::new(),
            days: BTreeMap::new(),
            new_symptoms: None,
            treated: BTreeSet::new(),
            queries: Vec::new(),
            new_lesions_assessed: true,
        }
    }
}

spelled! {
    /// Place of a timepoint in the schedule.
    pub enum TimepointKind {
        /// Before baseline; no response is derived.
        History = "history",
        /// What later timepoints are compared with.
        Baseline = "baseline",
        /// A planned visit.
        Scheduled = "scheduled",
        /// An extra visit; counts for nothing when only part was imaged and no progression was seen (recist-rules, W7).
        Unscheduled = "unscheduled",
    }
}

impl TimepointKind {
    /// After baseline: a response is derived.
    pub fn is_follow_up(self) -> bool {
        matches!(self, Self::Scheduled | Self::Unscheduled)
    }
}

spelled! {
    /// How much of what was imaged at baseline was imaged again.
    pub enum Coverage {
        /// Everything.
        Complete = "complete",
        /// A part.
        Partial = "partial",
        /// Nothing.
        None = "none",
    }
}

spelled! {
    /// Tumour markers (RECIST 1.1 section 4.3.3).
    pub enum Markers {
        /// Within the normal range.
        Normal = "normal",
        /// Above the upper limit of normal.
        Raised = "raised",
        /// Not followed, or not known.
        NotApplicable = "na",
    }
}

/// What was seen of one lesion at one timepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Of a target.
    Target(TargetState),
    /// Of a non-target.
    NonTarget(NonTargetState),
    /// Of a new lesion.
    New(NewState),
}

impl Finding {
    /// The role of lesions that this kind of finding belongs to.
    pub fn role(&self) -> Role {
        match self {
            Self::Target(_) => Role::Target,
            Self::NonTarget(_) => Role::NonTarget,
            Self::New(_) => Role::New,
        }
    }
}

/// A question that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenQuestion {
    /// The lesion it is about; `None`: the whole timepoint.
    pub lesion: Option<String>,
    /// Stable code of the question.
    pub code: String,
}

/// State of a target. Absent, too small and not seen are three different facts (recist-rules, section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetState {
    /// Diameter used: long axis, or short axis of a node.
    Measured(Micrometres),
    /// Visible, but too small or faint for a figure.
    TooSmall,
    /// Looked for, and gone.
    Absent,
    /// No statement is possible.
    NotEvaluable(Option<NotEvaluableReason>),
    /// Fell into pieces; the diameter of each.
    Split(Vec<Micrometres>),
    /// Became one mass with another lesion, which carries the diameter of both.
    Merged {
        /// The lesion that carries the diameter.
        into: String,
    },
}

spelled! {
    /// Why no statement about a target is possible (recist-rules, V9).
    pub enum NotEvaluableReason {
        /// Its region was not scanned.
        NotImaged = "not_imaged",
        /// Hidden by something else.
        Obscured = "obscured",
        /// Another technique than at baseline.
        Technique = "technique",
        /// The images are too poor.
        PoorQuality = "poor_quality",
        /// Removed outside the protocol.
        Resected = "resected",
        /// Ablated outside the protocol.
        Ablated = "ablated",
        /// Irradiated outside the protocol.
        OffProtocolRt = "off_protocol_rt",
        /// Part of a mass whose diameter stands elsewhere.
        Merged = "merged",
    }
}

impl NotEvaluableReason {
    /// Local treatment outside the protocol: the lesion cannot be evaluated from that day on.
    pub fn is_local_treatment(self) -> bool {
        matches!(self, Self::Resected | Self::Ablated | Self::OffProtocolRt)
    }
}

/// State of a non-target (recist-rules, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonTargetState {
    /// Still there.
    Present,
    /// A node that can be seen, with its short axis; below 10 mm it counts as gone.
    PresentNode(Micrometres),
    /// Gone.
    Absent,
    /// Still there, and smaller than when it progressed: what iRECIST asks of one that made an iUPD.
    Decreased,
    /// Larger than at its smallest, but no unequivocal progression.
    Increased,
    /// Larger than at the timepoint before, but no unequivocal progression.
    IncreasedSinceLast,
    /// No statement is possible.
    NotEvaluable,
    /// Unequivocal progression, in the reader's judgement.
    UnequivocalProgression,
}

impl NonTargetState {
    /// What is said of a node with this short axis: below 10 mm it is no disease, whatever became of it (RECIST 1.1 section 4.3.3).
    #[must_use]
    pub fn of_node(self, short_axis: Micrometres) -> Self {
        let is_normal = short_axis < NODE_NORMAL_BELOW;
        match self {
            Self::Present => Self::PresentNode(short_axis),
            Self::Decreased | Self::Increased | Self::IncreasedSinceLast if is_normal => Self::PresentNode(short_axis),
            other => other,
        }
    }
}

spelled! {
    /// State of a new lesion. One lesion keeps its identity from the first doubt to the decision (recist-rules, section 6).
    pub enum NewState {
        /// Perhaps disease.
        Equivocal = "equivocal",
        /// Certainly disease.
        Unequivocal = "unequivocal",
        /// Certainly disease, and larger than at the timepoint before: what iRECIST asks of one without a length.
        IncreasedSinceLast = "increased_since_last",
        /// Not there, or not disease: closes the doubt.
        Absent = "absent",
        /// No statement is possible.
        NotEvaluable = "not_evaluable",
    }
}
