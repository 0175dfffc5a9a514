//! The parts of a trial file that `assess` follows. None has to be there, but what is there is read as strictly as for a run.

use super::trial_file::{CriteriaList, DataSection, MeasureSection, ScheduleSection, TrialFileError};
use crate::response::settings::Settings;
use serde::Deserialize;
use std::path::Path;

/// A trial file, whole or in part.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialParts {
    /// `[trial]`
    pub trial: TrialPart,
    /// `[response]`
    pub response: Settings,
    /// `[schedule]`; a table of lesions has its own visits.
    pub schedule: Option<ScheduleSection>,
    /// `[measure]`; a table of lesions has its own figures.
    pub measure: MeasureSection,
    /// `[data]`; nothing of it is read.
    pub data: Option<DataSection>,
}

/// What the trial is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialPart {
    /// Its code.
    pub id: Option<String>,
    /// Response criteria.
    pub criteria: CriteriaList,
}

impl TrialParts {
    /// Reads a trial file. `profile` takes the place of the one in the file; what the file sets beside it still outranks it.
    ///
    /// # Errors
    /// The file cannot be read, has an unknown key or a value of the wrong kind.
    pub fn read(path: &Path, profile: Option<&str>) -> Result<Self, TrialFileError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path)
            .map_err(|error| TrialFileError::Unreadable { file: file.clone(), reason: error.to_string() })?;
        Self::parse(&text, &file, profile)
    }

    fn parse(text: &str, file: &str, profile: Option<&str>) -> Result<Self, TrialFileError> {
        let invalid = |error: toml::de::Error| TrialFileError::invalid(file, text, &error);
        let as_written: Self = toml::from_str(text).map_err(invalid)?;
        let Some(profile) = profile else { return Ok(as_written) };
        let mut table: toml::Table = toml::from_str(text).map_err(invalid)?;
        let response = table.entry("response").or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let Some(response) = response.as_table_mut() {
            response.insert("profile".to_string(), toml::Value::String(profile.to_string()));
        }
        table.try_into().map_err(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str, profile: Option<&str>) -> (u32, String) {
        let parts = TrialParts::parse(text, "trial.toml", profile).expect("a trial file");
        (parts.response.max_sd_between, format!("{:?}", parts.response.early_sd_after_response))
    }

    #[test]
    fn what_is_set_beside_a_profile_outranks_it() {
        // The profile paper is max_sd_between = 1 and early_sd_after_response = SD.
        assert_eq!(settings("", None), (0, "NE".into()));
        assert_eq!(settings("", Some("paper")), (1, "SD".into()));
        let file = "[response]\nprofile = \"paper\"\nmax_sd_between = 3\n";
        assert_eq!(settings(file, None), (3, "SD".into()));
        assert_eq!(settings(file, Some("default")), (3, "NE".into()));
    }

    #[test]
    fn parts_may_be_missing_but_not_misspelt() {
        let whole = "[trial]\nid = \"T\"\n[schedule]\nanchor = \"baseline\"\n[measure]\nlevel = \"edge\"\n[data]\nroot = \".\"\n";
        assert!(TrialParts::parse(whole, "t", None).is_ok());
        for (text, line) in [
            ("[trial]\ncritera = \"iRECIST\"\n", "line 2"),
            ("\n[respones]\nsd_min_days = 35\n", "line 2"),
            ("[measure]\nlevels = \"edge\"\n", "line 2"),
            ("[data]\nrot = \".\"\n", "line 2"),
            ("[schedule]\nanchor = \"baseline\"\nvisit = []\n", "line 3"),
        ] {
            let error = TrialParts::parse(text, "t", None).expect_err(text);
            assert_eq!(error.to_problem().position.as_deref(), Some(line), "{text}");
        }
    }
}
