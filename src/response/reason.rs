//! Why a class is what it is. A reason holds a code and the numbers; its sentence is made when it is shown.

use super::facts::NotEvaluableReason;
use crate::units::{Micrometres, percent_text};
use jiff::civil::Date;
use serde::ser::{Serialize, SerializeStruct, Serializer};

const TARGET: &str = "RECIST 1.1 section 4.3.1";
const TARGET_NOTES: &str = "RECIST 1.1 section 4.3.2";
const NON_TARGET: &str = "RECIST 1.1 section 4.3.3";
const PROGRESSION_NON_TARGET: &str = "RECIST 1.1 section 4.3.4";
const NEW_LESION: &str = "RECIST 1.1 section 4.3.5";
const TIMEPOINT: &str = "RECIST 1.1 section 4.4.1";
const MISSING: &str = "RECIST 1.1 section 4.4.2";
const BEST: &str = "RECIST 1.1 section 4.4.3";
const NOTES: &str = "RECIST 1.1 section 4.4.4";
const RECURRENCE: &str = "RECIST 1.1 table 3, footnote";
const PRACTICE: &str = "recist-rules section 15";
const AMBIGUITY: &str = "recist-rules section 12";

/// One reason for the classes of a timepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the numbers in each reason are those of its sentence")]
pub enum Reason {
    /// The baseline sum is undefined, so nothing can be compared.
    BaselineUndefined,
    /// No target at baseline.
    NoTarget,
    /// Neither targets nor non-targets at baseline.
    NoDiseaseAtBaseline,
    /// All targets gone, all nodes below 10 mm.
    TargetCr { sum: Micrometres },
    /// At least 30 % below baseline.
    TargetPr { sum: Micrometres, baseline: Micrometres },
    /// At least 20 % and 5 mm above the nadir; mRECIST does without the 5 mm.
    TargetPd { sum: Micrometres, nadir: Micrometres, least_growth: Micrometres },
    /// Neither.
    TargetSd { sum: Micrometres, baseline: Micrometres, nadir: Micrometres },
    /// The targets with a value prove PD alone.
    TargetPdPartial { partial: Micrometres, nadir: Micrometres },
    /// Some targets have no value.
    TargetNe { lesions: Vec<String> },
    /// A target that cannot be evaluated, and why.
    NotEvaluable { lesion: String, reason: NotEvaluableReason },
    /// A target treated outside the protocol at an earlier timepoint.
    LocallyTreated { lesion: String, since: Date },
    /// Too small to measure: 5 mm.
    TooSmall { lesion: String },
    /// The pieces of a split target are added.
    Split { lesion: String, sum: Micrometres },
    /// The diameter of a merged target stands with another.
    Merged { lesion: String, into: String },
    /// A PD that rests on the 5 mm of a target that was gone before.
    TooSmallAfterAbsent { lesions: Vec<String> },
    /// The sum lies close to a threshold.
    NearThreshold { sum: Micrometres, threshold: Micrometres, class: &'static str },
    /// A node lies close to 10 mm.
    NearNodeThreshold { lesion: String, short_axis: Micrometres },
    /// No non-target at baseline.
    NoNonTarget,
    /// All non-targets gone.
    NonTargetCr,
    /// Some non-targets persist.
    NonTargetPersists { lesions: Vec<String> },
    /// Tumour markers above normal, or raised at baseline and not known now.
    MarkersNotNormal { raised: bool },
    /// Some non-targets were not evaluated.
    NonTargetNe { lesions: Vec<String> },
    /// Unequivocal progression of non-targets.
    NonTargetPd { lesions: Vec<String> },
    /// The bone part of a target was not recorded as absent.
    BonePart { lesion: String, parent: String },
    /// An unequivocal new lesion.
    NewLesionUnequivocal { lesion: String },
    /// An equivocal new lesion.
    NewLesionEquivocal { lesion: String },
    /// New lesions were not looked for everywhere.
    NewLesionsNotAssessed,
    /// A row of table 1 of RECIST 1.1.
    Table1 { row: u8, text: &'static str },
    /// A row of table 2 of RECIST 1.1.
    Table2 { row: u8, text: &'static str },
    /// CR cannot be given while new lesions are not assessed.
    CrBlocked,
    /// CR while a new lesion is equivocal.
    CrWithEquivocal { held: bool },
    /// Disease after a CR.
    RecurrenceAfterCr { cr: Date, lesions: Vec<String> },
    /// A class after CR that is kept as it was reported.
    AfterCrAsReported { cr: Date },
    /// A later timepoint proved an equivocal new lesion real.
    BackDated { lesion: String, proved: Date },
    /// A PR that stays PR.
    PrPersists { since: Date },
    /// Local progression that the next evaluable timepoint does not show.
    LocalPdNotConfirmed { next: Date },
    /// An unscheduled partial scan without progression.
    UnscheduledPartial,
    /// A scan was made after the cut-off.
    AfterCutoff { cutoff: Date },
    /// The response was read elsewhere.
    AsReported,
    /// The assessment was not done.
    NotDone,
}

/// `part` relative to `whole` in percent, for display only; `None` when there is no whole.
pub(super) fn percent(part: Micrometres, whole: Micrometres) -> Option<f64> {
    (whole.0 != 0).then(|| 100.0 * part.0 as f64 / whole.0 as f64)
}

/// The size of a change in words.
fn magnitude(pct: f64) -> String {
    match percent_text(pct).as_str() {
        "0.0" => "less than 0.1 %".into(),
        text => format!("{} %", text.trim_start_matches(['+', '-'])),
    }
}

fn change(sum: Micrometres, from: Micrometres) -> String {
    match percent(sum - from, from) {
        Some(pct) if pct < 0.0 => format!("{} below", magnitude(pct)),
        Some(pct) if pct > 0.0 => format!("{} above", magnitude(pct)),
        Some(_) => "equal to".into(),
        None => format!("{} mm above", sum - from),
    }
}

impl Reason {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BaselineUndefined => "baseline-undefined",
            Self::NoTarget => "no-target",
            Self::NoDiseaseAtBaseline => "no-disease-at-baseline",
            Self::TargetCr { .. } => "target-cr",
            Self::TargetPr { .. } => "target-pr",
            Self::TargetPd { .. } => "target-pd",
            Self::TargetSd { .. } => "target-sd",
            Self::TargetPdPartial { .. } => "target-pd-partial",
            Self::TargetNe { .. } => "target-ne",
            Self::NotEvaluable { .. } => "not-evaluable",
            Self::LocallyTreated { .. } => "locally-treated",
            Self::TooSmall { .. } => "too-small",
            Self::Split { .. } => "split",
            Self::Merged { .. } => "merged",
            Self::TooSmallAfterAbsent { .. } => "too-small-after-absent",
            Self::NearThreshold { .. } | Self::NearNodeThreshold { .. } => "near-threshold",
            Self::NoNonTarget => "no-nontarget",
            Self::NonTargetCr => "nontarget-cr",
            Self::NonTargetPersists { .. } => "nontarget-persists",
            Self::MarkersNotNormal { .. } => "markers-not-normal",
            Self::NonTargetNe { .. } => "nontarget-ne",
            Self::NonTargetPd { .. } => "nontarget-pd",
            Self::BonePart { .. } => "bone-part",
            Self::NewLesionUnequivocal { .. } => "new-lesion",
            Self::NewLesionEquivocal { .. } => "new-lesion-equivocal",
            Self::NewLesionsNotAssessed => "new-lesions-not-assessed",
            Self::Table1 { .. } => "table-1",
            Self::Table2 { .. } => "table-2",
            Self::CrBlocked => "cr-blocked",
            Self::CrWithEquivocal { .. } => "cr-with-equivocal",
            Self::RecurrenceAfterCr { .. } => "recurrence-after-cr",
            Self::AfterCrAsReported { .. } => "after-cr-as-reported",
            Self::BackDated { .. } => "back-dated",
            Self::PrPersists { .. } => "pr-persists",
            Self::LocalPdNotConfirmed { .. } => "local-pd-not-confirmed",
            Self::UnscheduledPartial => "unscheduled-partial",
            Self::AfterCutoff { .. } => "after-cutoff",
            Self::AsReported => "as-reported",
            Self::NotDone => "not-done",
        }
    }

    /// Where the rule is written.
    pub fn source(&self) -> &'static str {
        match self {
            Self::TargetCr { .. } | Self::TargetPr { .. } | Self::TargetPd { .. } | Self::TargetSd { .. } | Self::NoTarget => {
                TARGET
            }
            Self::NearThreshold { .. } | Self::NearNodeThreshold { .. } => TARGET,
            Self::TooSmall { .. } | Self::Split { .. } | Self::Merged { .. } => TARGET_NOTES,
            Self::TargetNe { .. } | Self::TargetPdPartial { .. } | Self::NotEvaluable { .. } | Self::BaselineUndefined => MISSING,
            Self::LocallyTreated { .. } => "recist-rules section 3, V9",
            Self::NoNonTarget | Self::NonTargetCr | Self::NonTargetPersists { .. } | Self::MarkersNotNormal { .. } => NON_TARGET,
            Self::NonTargetPd { .. } => PROGRESSION_NON_TARGET,
            Self::NewLesionUnequivocal { .. } | Self::NewLesionEquivocal { .. } => NEW_LESION,
            Self::BackDated { .. } => NOTES,
            Self::NonTargetNe { .. } | Self::NoDiseaseAtBaseline => TIMEPOINT,
            Self::Table1 { .. } => "RECIST 1.1 table 1",
            Self::Table2 { .. } => "RECIST 1.1 table 2",
            Self::RecurrenceAfterCr { .. } => RECURRENCE,
            Self::TooSmallAfterAbsent { .. } | Self::CrWithEquivocal { .. } => AMBIGUITY,
            Self::AfterCrAsReported { .. } | Self::PrPersists { .. } => AMBIGUITY,
            Self::BonePart { .. } | Self::NewLesionsNotAssessed | Self::CrBlocked | Self::UnscheduledPartial => PRACTICE,
            Self::LocalPdNotConfirmed { .. } => PRACTICE,
            Self::AsReported | Self::NotDone | Self::AfterCutoff { .. } => BEST,
        }
    }

    /// The sentence for readers.
    pub fn text(&self) -> String {
        match self {
            Self::BaselineUndefined => "the baseline sum is undefined, so no response can be derived".into(),
            Self::NoTarget => "no target at baseline".into(),
            Self::NoDiseaseAtBaseline => "neither target nor non-target at baseline, so there is nothing to respond".into(),
            Self::TargetCr { sum } => {
                format!("all targets count 0 mm, all target nodes below 10 mm short axis (sum {sum} mm)")
            }
            Self::TargetPr { sum, baseline } => {
                format!("sum {sum} mm is {} baseline {baseline} mm (PR needs 30 %)", change(*sum, *baseline))
            }
            Self::TargetPd { sum, nadir, least_growth } => {
                let growth = *sum - *nadir;
                let needed = if *least_growth > Micrometres::ZERO { "20 % and 5 mm" } else { "20 %" };
                format!("sum {sum} mm is {} the nadir {nadir} mm, by {growth} mm (PD needs {needed})", change(*sum, *nadir))
            }
            Self::TargetSd { sum, baseline, nadir } => {
                let (to_baseline, to_nadir) = (change(*sum, *baseline), change(*sum, *nadir));
                format!(
                    "sum {sum} mm is {to_baseline} baseline {baseline} mm and {to_nadir} the nadir {nadir} mm: neither PR nor PD"
                )
            }
            Self::TargetPdPartial { partial, nadir } => {
                format!(
                    "the evaluated targets alone sum to {partial} mm, {} the nadir {nadir} mm: PD is proven",
                    change(*partial, *nadir)
                )
            }
            Self::TargetNe { lesions } => format!("no value for {}, so the sum is incomplete", lesions.join(", ")),
            Self::NotEvaluable { lesion, reason } => format!("{lesion} is not evaluable: {reason}"),
            Self::LocallyTreated { lesion, since } => {
                format!("{lesion} was treated outside the protocol at the timepoint of {since} and is not evaluable from then on")
            }
            Self::TooSmall { lesion } => format!("{lesion} is too small to measure and counts 5 mm"),
            Self::Split { lesion, sum } => format!("the pieces of {lesion} are added: {sum} mm"),
            Self::Merged { lesion, into } => format!("{lesion} has merged into {into}, which carries the diameter of both"),
            Self::TooSmallAfterAbsent { lesions } => {
                format!("the increase rests on the 5 mm assumed for {}, which had been gone", lesions.join(", "))
            }
            Self::NearThreshold { sum, threshold, class } => {
                format!("sum {sum} mm is within 2 mm or 2 percentage points of the {class} threshold {threshold} mm")
            }
            Self::NearNodeThreshold { lesion, short_axis } => {
                format!("{lesion} with {short_axis} mm is within 2 mm of the 10 mm that decide whether a node is diseased")
            }
            Self::NoNonTarget => "no non-target at baseline".into(),
            Self::NonTargetCr => "all non-targets gone, all non-target nodes below 10 mm short axis".into(),
            Self::NonTargetPersists { lesions } => format!("{} still present", lesions.join(", ")),
            Self::MarkersNotNormal { raised: true } => "tumour markers are raised".into(),
            Self::MarkersNotNormal { raised: false } => "tumour markers were raised and are not known to be normal".into(),
            Self::NonTargetNe { lesions } => format!("{} not evaluated", lesions.join(", ")),
            Self::NonTargetPd { lesions } => format!("unequivocal progression of {}", lesions.join(", ")),
            Self::BonePart { lesion, parent } => {
                format!("the soft-tissue part {parent} is gone, but its bone part {lesion} is not recorded as absent")
            }
            Self::NewLesionUnequivocal { lesion } => format!("new lesion {lesion} is unequivocal"),
            Self::NewLesionEquivocal { lesion } => {
                format!("new lesion {lesion} is equivocal: no progression unless it proves real")
            }
            Self::NewLesionsNotAssessed => "not everything was looked at for new lesions".into(),
            Self::Table1 { row, text } | Self::Table2 { row, text } => format!("row {row}: {text}"),
            Self::CrBlocked => "no CR, because new lesions were not looked for everywhere".into(),
            Self::CrWithEquivocal { held: false } => "CR while a new lesion is equivocal".into(),
            Self::CrWithEquivocal { held: true } => "no CR while a new lesion is equivocal".into(),
            Self::RecurrenceAfterCr { cr, lesions } if lesions.is_empty() => {
                format!("disease after the CR of {cr} is progression, however small")
            }
            Self::RecurrenceAfterCr { cr, lesions } => {
                format!("disease after the CR of {cr} is progression, however small: {}", lesions.join(", "))
            }
            Self::AfterCrAsReported { cr } => format!("disease after the CR of {cr}, kept as reported"),
            Self::BackDated { lesion, proved } => {
                format!("equivocal new lesion {lesion} proved real on {proved}: progression counts from here")
            }
            Self::PrPersists { since } => format!("no progression since the PR of {since}, which persists"),
            Self::LocalPdNotConfirmed { next } => {
                format!("no local progression: the next evaluable timepoint, of {next}, does not show it any more")
            }
            Self::UnscheduledPartial => {
                "an unscheduled scan of a part counts for nothing without progression that counts there".into()
            }
            Self::AfterCutoff { cutoff } => {
                format!("not complete by the cut-off of {cutoff}: best responses and their dates do not look at it")
            }
            Self::AsReported => "read elsewhere, taken as reported".into(),
            Self::NotDone => "not done: counts as no assessment".into(),
        }
    }
}

/// Writes the three parts that every reason has in JSON.
pub(super) fn serialize_parts<S: Serializer>(serializer: S, code: &str, source: &str, text: &str) -> Result<S::Ok, S::Error> {
    let mut parts = serializer.serialize_struct("Reason", 3)?;
    parts.serialize_field("code", code)?;
    parts.serialize_field("source", source)?;
    parts.serialize_field("text", text)?;
    parts.end()
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_parts(serializer, self.code(), self.source(), &self.text())
    }
}
