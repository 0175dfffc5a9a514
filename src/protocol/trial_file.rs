//! `trial.toml`: what a trial is, when its visits are, and where its data lie.

use super::schedule::{Anchor, Visit};
use crate::measure::{Level, level_named};
use crate::problem::Problem;
use crate::response::criteria::Criteria;
use crate::response::settings::Settings;
use crate::volume::MaskKind;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A trial file as written. Unknown keys are refused: a misspelt setting must not be ignored.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialFile {
    /// `[trial]`
    pub trial: TrialSection,
    /// `[schedule]`
    pub schedule: ScheduleSection,
    /// `[measure]`
    #[serde(default)]
    pub measure: MeasureSection,
    /// `[response]`
    #[serde(default)]
    pub response: Settings,
    /// `[data]`
    pub data: DataSection,
}

/// Response criteria: one name, or a list of names. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CriteriaNames")]
pub struct CriteriaList(pub Vec<Criteria>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "the name of criteria in quotes, or a list of such names")]
enum CriteriaNames {
    One(String),
    Several(Vec<String>),
}

impl Default for CriteriaList {
    fn default() -> Self {
        Self(vec![Criteria::Recist11])
    }
}

impl TryFrom<CriteriaNames> for CriteriaList {
    type Error = String;

    fn try_from(names: CriteriaNames) -> Result<Self, String> {
        let names = match names {
            CriteriaNames::One(name) => vec![name],
            CriteriaNames::Several(names) => names,
        };
        let allowed = || Criteria::SPELLINGS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let mut criteria = Vec::new();
        for name in &names {
            let known =
                Criteria::named(name).ok_or_else(|| format!("criteria `{name}` are not known; allowed are {}", allowed()))?;
            if !criteria.contains(&known) {
                criteria.push(known);
            }
        }
        if criteria.is_empty() { Err(format!("no criteria are named; allowed are {}", allowed())) } else { Ok(Self(criteria)) }
    }
}

impl fmt::Display for CriteriaList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|criteria| criteria.as_str()).collect::<Vec<_>>().join(", "))
    }
}

/// What the trial is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialSection {
    /// Its code.
    pub id: String,
    /// Response criteria, one or several; RECIST 1.1 is always derived.
    #[serde(default)]
    pub criteria: CriteriaList,
}

/// When visits are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSection {
    /// What the visits are counted from. It has no default: a wrong anchor shifts every visit.
    pub anchor: Anchor,
    /// The planned visits.
    #[serde(default)]
    pub visits: Vec<Visit>,
    /// Date column: the baseline is the last timepoint on or before it.
    pub baseline_before: Option<String>,
}

/// How lesions are measured.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureSection {
    /// Where the contour runs.
    #[serde(deserialize_with = "level")]
    pub level: Level,
}

/// What a lesion without a segment at follow-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingSegment {
    /// Not evaluable, with a query: nobody said that it is gone.
    #[default]
    NotEvaluable,
    /// Absent: the trial's readers draw every lesion that is there.
    Absent,
}

impl MissingSegment {
    /// The word in trial files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotEvaluable => "not_evaluable",
            Self::Absent => "absent",
        }
    }
}

/// Where the data lie; paths are relative to the trial file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSection {
    /// Searched for DICOM series and masks.
    pub root: String,
    /// Which masks are read; the first that marks a lesion wins.
    #[serde(default = "all_sources", deserialize_with = "sources")]
    pub mask_sources: Vec<MaskKind>,
    /// Table of subjects.
    pub subjects: Option<String>,
    /// Table of lesions.
    pub lesions: Option<String>,
    /// The reader's calls.
    pub reads: Option<String>,
    /// Therapies.
    pub therapies: Option<String>,
    /// Corrections to what the headers say of scans.
    pub scans: Option<String>,
    /// Queries with their answers.
    pub queries: Option<String>,
    /// What a lesion without a segment at follow-up is.
    #[serde(default)]
    pub missing_segment: MissingSegment,
    /// Patterns (`*`, `?`) of segment and ROI names that are lesions.
    #[serde(default)]
    pub lesion_names: Vec<String>,
    /// Which stack is meant where a series holds several: Series Instance UID, or `*` for every series, to `KEYWORD=VALUE` (several
    /// are separated by commas).
    #[serde(default)]
    pub stacks: BTreeMap<String, String>,
}

/// Why a trial file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrialFileError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {reason}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What the system says.
        reason: String,
    },
    /// The text is not what a trial file holds.
    #[error("{file}: {}{reason}", line.map_or(String::new(), |line| format!("line {line}: ")))]
    Invalid {
        /// Which file.
        file: String,
        /// Line of the file, counted from 1.
        line: Option<usize>,
        /// Why.
        reason: String,
    },
    /// A `--set` that has no place.
    #[error("--set {given}: {reason}")]
    Setting {
        /// What was given.
        given: String,
        /// Why it cannot be used.
        reason: String,
    },
}

impl TrialFileError {
    /// The same as a row for reports.
    pub fn to_problem(&self) -> Problem {
        let sections = "the README lists sections and keys";
        match self {
            Self::Unreadable { file, reason } => {
                let message = format!("it cannot be read: {reason}");
                Problem::error("trial-file-unreadable", message, "`recist init DIR` drafts a trial file").in_file(file)
            }
            Self::Invalid { file, line, reason } => {
                let line = line.map(|line| format!("line {line}"));
                Problem::error("trial-file-invalid", reason, sections).or_in(Some(file), line.as_deref())
            }
            Self::Setting { .. } => Problem::error("setting-invalid", self.to_string(), sections),
        }
    }

    pub(super) fn invalid(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count());
        // Without a line the long form names the key.
        let reason = if line.is_some() { error.message().to_string() } else { error.to_string() };
        Self::Invalid { file: file.to_string(), line, reason: on_one_line(&reason) }
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl TrialFile {
    /// Reads a trial file and applies `SECTION.KEY=VALUE` settings over it.
    ///
    /// # Errors
    /// The file cannot be read, has an unknown key or a value of the wrong kind, or a setting has no place.
    pub fn read(path: &Path, sets: &[String]) -> Result<Self, TrialFileError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path)
            .map_err(|error| TrialFileError::Unreadable { file: file.clone(), reason: error.to_string() })?;
        Self::parse(&text, &file, sets)
    }

    /// The same from text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, file: &str, sets: &[String]) -> Result<Self, TrialFileError> {
        let invalid = |error: toml::de::Error| TrialFileError::invalid(file, text, &error);
        // Read once as it stands, so that a mistake is shown with its line.
        let as_written = toml::from_str::<Self>(text);
        if sets.is_empty() {
            return as_written.map_err(invalid);
        }
        let mut table: toml::Table = toml::from_str(text).map_err(invalid)?;
        for given in sets {
            apply(&mut table, given).map_err(|reason| TrialFileError::Setting { given: given.clone(), reason })?;
        }
        match (table.try_into(), as_written) {
            (Ok(read), _) => Ok(read),
            (Err(_), Err(error)) => Err(invalid(error)),
            (Err(error), Ok(_)) => {
                Err(TrialFileError::Setting { given: sets.join(" "), reason: on_one_line(&error.to_string()) })
            }
        }
    }
}

/// Puts one `SECTION.KEY=VALUE` into the table.
fn apply(table: &mut toml::Table, given: &str) -> Result<(), String> {
    let form = "it must read SECTION.KEY=VALUE, for example response.sd_min_days=35";
    let (path, value) = given.split_once('=').ok_or(form)?;
    let (section, key) = path.trim().split_once('.').ok_or(form)?;
    // A bare word is a text; what is a TOML value by itself stays one (dates are given as texts).
    let parsed = toml::from_str::<toml::Table>(&format!("value = {value}")).ok().and_then(|mut table| table.remove("value"));
    let value = match parsed {
        Some(toml::Value::Datetime(date)) => toml::Value::String(date.to_string()),
        Some(value) => value,
        None => toml::Value::String(value.trim().to_string()),
    };
    let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    section.as_table_mut().ok_or("it is no section")?.insert(key.to_string(), value);
    Ok(())
}

fn all_sources() -> Vec<MaskKind> {
    vec![MaskKind::Seg, MaskKind::Rtstruct, MaskKind::Nifti, MaskKind::Nrrd]
}

fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
    let name = String::deserialize(deserializer)?;
    level_named(&name)
        .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no level; allowed are centre, quarter, edge, corner")))
}

/// A list, or one text with commas, as `--set data.mask_sources=nifti,seg` gives it.
fn sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<MaskKind>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of seg, rtstruct, nifti, nrrd")]
    enum Given {
        One(String),
        Several(Vec<String>),
    }
    let names = match Given::deserialize(deserializer)? {
        Given::One(text) => text.split(',').map(|name| name.trim().to_string()).collect(),
        Given::Several(names) => names,
    };
    let kind = |name: &String| {
        let found = all_sources().into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is no mask source; allowed are seg, rtstruct, nifti, nrrd"))
        })
    };
    let kinds: Result<Vec<MaskKind>, D::Error> = names.iter().map(kind).collect();
    let kinds = kinds?;
    if kinds.is_empty() {
        return Err(serde::de::Error::custom("mask_sources is empty; name at least one of seg, rtstruct, nifti, nrrd"));
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "[trial]\nid = \"T\"\n[schedule]\nanchor = \"baseline\"\n[data]\nroot = \".\"\n";

    fn with(sets: &[&str]) -> Result<TrialFile, TrialFileError> {
        TrialFile::parse(MINIMAL, "trial.toml", &sets.iter().map(|s| (*s).to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn defaults_are_those_of_the_design() {
        let file = with(&[]).unwrap();
        assert_eq!(file.trial.criteria, CriteriaList::default());
        assert_eq!(file.data.mask_sources, all_sources());
        assert_eq!(file.response.sd_min_days, 42);
        assert_eq!(file.data.missing_segment, MissingSegment::NotEvaluable);
    }

    #[test]
    fn settings_reach_every_section() {
        let file = with(&[
            "data.mask_sources=nifti,seg",
            "measure.level=edge",
            "response.sd_min_days=35",
            "data.missing_segment=absent",
            "response.cutoff_date=2026-03-01",
        ])
        .unwrap();
        assert_eq!(file.data.mask_sources, [MaskKind::Nifti, MaskKind::Seg]);
        assert_eq!(file.measure.level, Level::Edge);
        assert_eq!(file.response.sd_min_days, 35);
        assert_eq!(file.data.missing_segment, MissingSegment::Absent);
        assert_eq!(file.response.cutoff_date, Some(jiff::civil::date(2026, 3, 1)));
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for set in ["response.sd_min=35", "nonsense", "data.mask_sources=tiff", "measure.level=middle", "extra.key=1", "data=1"] {
            assert!(with(&[set]).is_err(), "{set}");
        }
        let no_anchor = MINIMAL.replace("anchor = \"baseline\"", "");
        let error = TrialFile::parse(&no_anchor, "trial.toml", &[]).unwrap_err();
        // `[schedule]` is the third line.
        assert_eq!(error.to_problem().position.as_deref(), Some("line 3"));
        let error = error.to_string();
        assert!(error.contains("anchor"), "{error}");
    }
}
