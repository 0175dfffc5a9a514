//! A first draft of a trial from a folder of scans: who is there, when, and which lesions the masks mark.

use super::lesions::lesions_of;
use super::marks::load_masks;
use super::scans::sort_scans;
use super::{RunError, Watch, read_catalog};
use crate::problem::Problem;
use crate::protocol::trial::Trial;
use crate::protocol::trial_file::{TrialFile, TrialFileError};
use crate::volume::MaskKind;
use std::path::Path;

/// The three files, as text, and what to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// `trial.toml`
    pub trial: String,
    /// `subjects.csv`: the only file that holds patient IDs.
    pub subjects: String,
    /// `lesions.csv`
    pub lesions: String,
    /// Subjects and lesions found.
    pub found: (usize, usize),
    /// What could not be used or is odd.
    pub problems: Vec<Problem>,
}

/// Drafts a trial for the scans below `root`.
///
/// # Errors
/// Nothing found.
pub fn draft(root: &Path, watch: &Watch<'_>) -> Result<Draft, DraftError> {
    let id = root.file_name().map_or("TRIAL".to_string(), |name| name.to_string_lossy().to_uppercase());
    let text = trial_text(&id);
    let bare: String = text
        .lines()
        .filter(|line| !["subjects =", "lesions ="].iter().any(|key| line.starts_with(key)))
        .fold(String::new(), |all, line| all + line + "\n");
    let trial = Trial::without_tables(TrialFile::parse(&bare, "trial.toml", &[])?, root.to_path_buf());
    let catalog = read_catalog(&trial, watch)?;
    let sorted = sort_scans(&catalog, &trial);
    let mut problems: Vec<Problem> =
        sorted.problems.into_iter().filter(|problem| problem.code != "subject-codes-assigned").collect();
    problems.extend(sorted.failures.into_iter().map(|row| row.problem));
    let mut subjects =
        vec![["subject", "patient_id", "arm", "randomised", "treatment_start", "rt_start", "rt_end"].map(String::from).to_vec()];
    let mut lesions = vec![["subject", "lesion", "role", "site", "nodal", "tracking_uid", "label"].map(String::from).to_vec()];
    let total = sorted.subjects.len();
    for (done, mut scans) in sorted.subjects.into_iter().enumerate() {
        let name = scans.row.subject.clone();
        subjects.push(vec![
            name.clone(),
            scans.row.patient_id.clone().unwrap_or_default(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ]);
        let loaded: Vec<_> = scans.timepoints.iter_mut().map(load_masks).collect();
        problems.extend(scans.timepoints.iter().flat_map(|timepoint| timepoint.failures.clone()));
        let found = lesions_of(&name, &scans.timepoints, &loaded, &trial);
        for lesion in &found.all {
            let marks = || loaded.iter().flat_map(|loaded| loaded.marks()).filter(|mark| lesion.is(mark.segment));
            let tracking_uid = marks().find_map(|mark| mark.segment.tracking_uid.clone()).unwrap_or_default();
            // A label is the only name in some files: take it from the mask that marks the same place.
            let mut by_label = loaded.iter().flat_map(|loaded| loaded.marks()).filter(|mark| mark.loaded.kind == MaskKind::Nifti);
            let label = by_label.find(|nameless| marks().any(|mark| mark.is_same_place(nameless)));
            let label = label.map_or(String::new(), |mark| mark.segment.label.to_string());
            let facts = &lesion.facts;
            lesions.push(vec![
                name.clone(),
                facts.lesion.clone(),
                facts.role.to_string(),
                facts.site.clone().unwrap_or_default(),
                facts.nodal.to_string(),
                tracking_uid,
                label,
            ]);
        }
        (watch.subjects)(done + 1, total);
    }
    let found = (subjects.len() - 1, lesions.len() - 1);
    Ok(Draft { trial: text, subjects: csv_text(&subjects), lesions: csv_text(&lesions), found, problems })
}

/// Why no draft can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Nothing was found.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The name of the folder makes no trial file.
    #[error(transparent)]
    TrialFile(#[from] TrialFileError),
}

fn csv_text(rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and text in is text out.
    let written = rows.iter().all(|row| writer.write_record(row).is_ok());
    writer.into_inner().ok().filter(|_| written).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn trial_text(id: &str) -> String {
    let id = id.replace(['"', '\\'], "_");
    format!(
        r#"# Drafted by `recist init`. Read every line before the first run.

[trial]
id = "{id}"
criteria = "RECIST 1.1"

[schedule]
# What visits are counted from: "baseline", or a date column of subjects.csv such as "rt_end", or one for each arm:
# anchor = {{ SFRT = "rt_end", CRT = "rt_start" }}
anchor = "baseline"
visits = [
  {{ name = "Month 3",  month = 3,  window_days = 14 }},
  {{ name = "Month 6",  month = 6,  window_days = 14 }},
  {{ name = "Month 9",  month = 9,  window_days = 14 }},
  {{ name = "Month 12", month = 12, window_days = 14 }},
]

[measure]
# centre, quarter, edge or corner; never change it within a study.
level = "centre"

[response]
# The protocol's values; `recist assess --help` lists all settings.
confirm_min_days = 28
sd_min_days = 42

[data]
root = "."
# The first kind that marks a lesion wins; the others are compared.
mask_sources = ["seg", "rtstruct", "nifti", "nrrd"]
subjects = "subjects.csv"
lesions = "lesions.csv"
# reads = "reads.csv"        the reader's calls: subject,date,lesion,state,mm,comment
# queries = "queries.csv"    questions with their answers, copied from the folder of results
# missing_segment = "absent" only where readers draw every lesion that is there
"#
    )
}
