//! What all criteria have in common: a timepoint and a conclusion, whichever derivation they come from.

use super::assessment::{Assessment, Baseline, NewLesion, NonTargetResponse, Scope, TargetResponse, TimepointAssessment};
use super::criteria::Criteria;
use super::derive::Derivation;
use super::facts::Coverage;
use super::irecist::{IrecistAssessment, IrecistTimepoint};
use crate::units::Micrometres;
use jiff::civil::Date;
use serde::Serialize;

/// Which derivation of which subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The subject.
    pub subject: &'a str,
    /// By which criteria.
    pub criteria: Criteria,
    /// Which lesions were looked at.
    pub scope: Scope,
    /// The lesion, where the scope is one.
    pub lesion: Option<&'a str>,
}

/// One timepoint after baseline. Lengths are exact, percentages for display only.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged<'a> {
    /// Name of the visit.
    pub visit: &'a str,
    /// First day of its scans.
    pub date: Date,
    /// Last such day.
    pub date_last: Date,
    /// Sum of diameters; `None` unless every target has a value.
    pub sum: Option<Micrometres>,
    /// Sum of the targets that have a value, where some have none; iRECIST does not tell it.
    pub partial_sum: Option<Micrometres>,
    /// Smallest complete sum before, baseline included.
    pub nadir: Option<Micrometres>,
    /// Change of the sum from baseline in percent.
    pub change_from_baseline_pct: Option<f64>,
    /// Change of the sum from the nadir in percent.
    pub change_from_nadir_pct: Option<f64>,
    /// Sum of new lesions that iRECIST follows.
    pub new_lesion_sum: Option<Micrometres>,
    /// Response of the targets.
    pub target: TargetResponse,
    /// Response of the non-targets.
    pub nontarget: NonTargetResponse,
    /// New lesions.
    pub new_lesion: NewLesion,
    /// The class that counts, in the words of the criteria.
    pub overall: &'static str,
    /// The class as read, before anything was dated back; iRECIST has none.
    pub overall_as_read: Option<&'static str>,
    /// Where the progression of iRECIST was seen first.
    pub causes: Vec<&'static str>,
    /// Comes after the first PD, of iRECIST after the first iCPD.
    pub after_pd: bool,
    /// How much was imaged.
    pub coverage: Coverage,
    /// Hangs on an open query.
    pub provisional: bool,
    /// Codes of the open queries.
    pub queries: &'a [String],
    /// Why the classes are what they are.
    pub reasons: Vec<Told>,
}

/// A reason, put into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Stable name.
    pub code: &'static str,
    /// Where the rule is written.
    pub source: &'static str,
    /// The sentence.
    pub text: String,
}

/// The best responses and dates of one derivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conclusion {
    /// Best overall response, in the words of the criteria.
    pub bor: &'static str,
    /// Its day.
    pub bor_date: Option<Date>,
    /// Best overall response with confirmation, and its day; iRECIST has none.
    pub confirmed_bor: Option<(&'static str, Option<Date>)>,
    /// First CR or PR.
    pub first_response_date: Option<Date>,
    /// First CR or PR that was confirmed.
    pub first_confirmed_response_date: Option<Date>,
    /// Progression.
    pub progression_date: Option<Date>,
    /// Whether it was confirmed, where the criteria ask for it and there was one.
    pub progression_confirmed: Option<bool>,
    /// A response, or stable disease for long enough; iRECIST does not tell.
    pub clinical_benefit: Option<bool>,
}

impl Derivation {
    /// Which derivation this is.
    pub fn named(&self) -> Named<'_> {
        match self {
            Self::Recist(Assessment { subject, criteria, scope, lesion, .. }) => {
                Named { subject, criteria: *criteria, scope: *scope, lesion: lesion.as_deref() }
            }
            Self::Irecist(IrecistAssessment { subject, criteria, scope, .. }) => {
                Named { subject, criteria: *criteria, scope: *scope, lesion: None }
            }
        }
    }

    /// What later timepoints are compared with.
    pub fn baseline(&self) -> Option<&Baseline> {
        match self {
            Self::Recist(assessment) => assessment.baseline.as_ref(),
            Self::Irecist(assessment) => assessment.baseline.as_ref(),
        }
    }

    /// The timepoints after baseline, by date.
    pub fn timepoints(&self) -> Vec<Judged<'_>> {
        match self {
            Self::Recist(assessment) => assessment.timepoints.iter().map(Judged::from).collect(),
            Self::Irecist(assessment) => assessment.timepoints.iter().map(Judged::from).collect(),
        }
    }

    /// Best responses and dates.
    pub fn conclusion(&self) -> Conclusion {
        match self {
            Self::Recist(assessment) => Conclusion {
                bor: assessment.bor.response.as_str(),
                bor_date: assessment.bor.date,
                confirmed_bor: Some((assessment.confirmed_bor.response.as_str(), assessment.confirmed_bor.date)),
                first_response_date: assessment.first_response_date,
                first_confirmed_response_date: assessment.first_confirmed_response_date,
                progression_date: assessment.progression_date,
                progression_confirmed: None,
                clinical_benefit: Some(assessment.clinical_benefit),
            },
            Self::Irecist(assessment) => Conclusion {
                bor: assessment.bor.response.as_str(),
                bor_date: assessment.bor.date,
                confirmed_bor: None,
                first_response_date: assessment.first_response_date,
                first_confirmed_response_date: None,
                progression_date: assessment.progression_date,
                progression_confirmed: assessment.progression_confirmed,
                clinical_benefit: None,
            },
        }
    }
}

impl<'a> From<&'a TimepointAssessment> for Judged<'a> {
    fn from(judged: &'a TimepointAssessment) -> Self {
        let tell = |reason: &super::reason::Reason| Told { code: reason.code(), source: reason.source(), text: reason.text() };
        Self {
            visit: &judged.visit,
            date: judged.date,
            date_last: judged.date_last,
            sum: judged.sum_mm,
            partial_sum: judged.partial_sum_mm,
            nadir: judged.nadir_mm,
            change_from_baseline_pct: judged.change_from_baseline_pct,
            change_from_nadir_pct: judged.change_from_nadir_pct,
            new_lesion_sum: None,
            target: judged.target,
            nontarget: judged.nontarget,
            new_lesion: judged.new_lesion,
            overall: judged.overall.as_str(),
            overall_as_read: Some(judged.overall_as_read.as_str()),
            causes: Vec::new(),
            after_pd: judged.after_pd,
            coverage: judged.coverage,
            provisional: judged.provisional,
            queries: &judged.queries,
            reasons: judged.reasons.iter().map(tell).collect(),
        }
    }
}

impl<'a> From<&'a IrecistTimepoint> for Judged<'a> {
    fn from(judged: &'a IrecistTimepoint) -> Self {
        let tell =
            |reason: &super::irecist::IrecistReason| Told { code: reason.code(), source: reason.source(), text: reason.text() };
        Self {
            visit: &judged.visit,
            date: judged.date,
            date_last: judged.date_last,
            sum: judged.sum_mm,
            partial_sum: None,
            nadir: judged.nadir_mm,
            change_from_baseline_pct: judged.change_from_baseline_pct,
            change_from_nadir_pct: judged.change_from_nadir_pct,
            new_lesion_sum: judged.new_lesion_sum_mm,
            target: judged.target,
            nontarget: judged.nontarget,
            new_lesion: judged.new_lesion,
            overall: judged.overall.as_str(),
            overall_as_read: None,
            causes: judged.causes.iter().map(|cause| cause.as_str()).collect(),
            after_pd: judged.after_icpd,
            coverage: judged.coverage,
            provisional: judged.provisional,
            queries: &judged.queries,
            reasons: judged.reasons.iter().map(tell).collect(),
        }
    }
}
