//! A trial with all its tables, checked as a whole.

use super::lesions::{LesionRow, read_lesions};
use super::queries::{Query, read_queries};
use super::reads::{ReadRow, read_reads};
use super::subjects::{DATE_COLUMNS, SubjectRow, read_subjects};
use super::trial_file::TrialFile;
use crate::problem::Problem;
use crate::response::facts::Role;
use glob::Pattern;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Everything that people wrote about a trial.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The trial file.
    pub file: TrialFile,
    /// Where images and masks are.
    pub root: PathBuf,
    /// Subjects; `None` without a table.
    pub subjects: Option<Vec<SubjectRow>>,
    /// Lesions; `None` without a table: targets are then proposed.
    pub lesions: Option<Vec<LesionRow>>,
    /// The reader's calls.
    pub reads: Vec<ReadRow>,
    /// Queries with their answers.
    pub queries: Vec<Query>,
    /// Names of segments that are lesions.
    pub lesion_names: Vec<Pattern>,
    /// The tables that were read, as given in the trial file, with their bytes.
    pub tables: Vec<(String, Vec<u8>)>,
    /// Settings given beside the trial file, as `SECTION.KEY=VALUE`.
    pub sets: Vec<String>,
    /// What is odd but no error.
    pub problems: Vec<Problem>,
}

impl Trial {
    /// Reads the trial file and its tables. `earlier_queries` is the `queries.csv` of the last run, if there is one: its answers
    /// count when the trial file names no table of queries, so that an answer written there is not lost.
    ///
    /// # Errors
    /// All problems of all tables, and settings that make no sense.
    pub fn read(path: &Path, sets: &[String], earlier_queries: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let file = TrialFile::read(path, sets).map_err(|error| vec![error.to_problem()])?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let root = folder.join(&file.data.root);
        let mut trial = Self::without_tables(file, root);
        trial.sets = sets.to_vec();
        // Read again for its digest: what was parsed is known to be text.
        trial.tables.extend(std::fs::read(path).ok().map(|bytes| (name.clone(), bytes)));
        let mut problems = Vec::new();
        trial.check_file(&name, &mut problems);
        trial.read_tables(&folder, &name, earlier_queries, &mut problems);
        trial.check_across(&name, &mut problems);
        if problems.is_empty() { Ok(trial) } else { Err(problems) }
    }

    /// A trial of which only the file is known.
    pub fn without_tables(file: TrialFile, root: PathBuf) -> Self {
        Self {
            file,
            root,
            subjects: None,
            lesions: None,
            reads: Vec::new(),
            queries: Vec::new(),
            lesion_names: Vec::new(),
            tables: Vec::new(),
            sets: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn check_file(&mut self, name: &str, problems: &mut Vec<Problem>) {
        let mut wrong = |code, message: String, advice: &str| problems.push(Problem::error(code, message, advice).in_file(name));
        if self.file.trial.id.trim().is_empty() {
            wrong("trial-id", "the trial id is empty".to_string(), "give the trial a code");
        }
        if !self.root.is_dir() {
            let message = format!("the data root `{}` is no folder", self.file.data.root);
            wrong("no-root", message, "paths in a trial file are relative to it");
        }
        let mut names = BTreeSet::new();
        for visit in &self.file.schedule.visits {
            if !names.insert(visit.name.to_lowercase()) {
                wrong("visit-twice", format!("two visits are called `{}`", visit.name), "give each visit its own name");
            }
            let first_word = visit.name.split_whitespace().next().unwrap_or_default().to_lowercase();
            if ["", "baseline", "history", "unscheduled"].contains(&first_word.as_str()) {
                let message = format!("no planned visit can be called `{}`", visit.name);
                wrong("visit-name", message, "Baseline, History and Unscheduled are what the program calls other timepoints");
            }
            if visit.window_days < 0 {
                wrong("window", format!("the window of `{}` is negative", visit.name), "0 days or more are allowed");
            }
            // Any date shows whether the visit can be planned at all.
            if let Err(reason) = visit.planned(jiff::civil::date(2000, 1, 1)) {
                wrong("visit", reason, "for example {name = \"Month 3\", month = 3, window_days = 7}");
            }
        }
        let columns = || DATE_COLUMNS.join(", ");
        if self.file.schedule.anchor.names().is_empty() {
            wrong("anchor", "the anchor names no arm".to_string(), "for example { SFRT = \"rt_end\", CRT = \"rt_end\" }");
        }
        for anchor in self.file.schedule.anchor.names() {
            if anchor != "baseline" && !DATE_COLUMNS.contains(&anchor) {
                wrong(
                    "anchor",
                    format!("the anchor `{anchor}` is no day that is known"),
                    &format!("allowed are baseline, {}", columns()),
                );
            }
        }
        if let Some(before) = &self.file.schedule.baseline_before
            && !DATE_COLUMNS.contains(&before.as_str())
        {
            wrong("baseline-before", format!("`{before}` is no date column"), &format!("allowed are {}", columns()));
        }
        for pattern in &self.file.data.lesion_names {
            match Pattern::new(pattern) {
                Ok(pattern) => self.lesion_names.push(pattern),
                Err(error) => wrong("lesion-names", format!("`{pattern}` is no pattern: {error}"), "use * and ?"),
            }
        }
    }

    fn read_tables(&mut self, folder: &Path, name: &str, earlier_queries: Option<&Path>, problems: &mut Vec<Problem>) {
        let data = self.file.data.clone();
        let mut tables = Vec::new();
        let mut bytes_of = |given: &Option<String>, may_be_missing: bool, problems: &mut Vec<Problem>| {
            let given = given.clone()?;
            match std::fs::read(folder.join(&given)) {
                Ok(bytes) => {
                    tables.push((given.clone(), bytes.clone()));
                    Some((given, bytes))
                }
                Err(error) if may_be_missing && error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => {
                    let message = format!("`{given}` cannot be read: {error}");
                    problems.push(
                        Problem::error("table-unreadable", message, "correct the name under [data], or remove the line")
                            .in_file(name),
                    );
                    None
                }
            }
        };
        let subjects = bytes_of(&data.subjects, false, problems);
        let lesions = bytes_of(&data.lesions, false, problems);
        let reads = bytes_of(&data.reads, false, problems);
        // Queries are written by a run: before the first one there are none.
        let queries = bytes_of(&data.queries, true, problems);
        let unused = [(&data.therapies, "therapies"), (&data.scans, "scans")];
        for (given, key) in unused {
            if bytes_of(given, false, problems).is_some() {
                let message = format!("the table `{key}` is not used by this version");
                self.problems
                    .push(Problem::warning("table-not-used", message, "state what follows from it in reads.csv").in_file(name));
            }
        }
        self.tables.extend(tables);
        let mut keep = |found: Vec<Problem>| problems.extend(found);
        if let Some((file, bytes)) = subjects {
            self.subjects = read_subjects(&bytes, &file).map_err(&mut keep).ok();
        }
        if let Some((file, bytes)) = lesions {
            self.lesions = read_lesions(&bytes, &file).map_err(&mut keep).ok();
        }
        // Without the roles of a table that cannot be read every call would seem to be of an unknown lesion.
        let roles_are_known = data.lesions.is_none() || self.lesions.is_some();
        if let Some((file, bytes)) = reads.filter(|_| roles_are_known) {
            let lesions = self.lesions.clone().unwrap_or_default();
            let role_of = |subject: &str, lesion: &str| {
                lesions.iter().find(|row| row.subject == subject && row.lesion == lesion).map(|row| row.role)
            };
            self.reads = read_reads(&bytes, &file, &role_of).map_err(&mut keep).unwrap_or_default();
        }
        if let Some((file, bytes)) = queries {
            self.queries = read_queries(&bytes, &file).map_err(&mut keep).unwrap_or_default();
            let earlier = earlier_queries.and_then(|path| std::fs::read(path).ok());
            self.warn_of_unread_answers(&earlier.unwrap_or_default(), &file);
        } else if let Some(bytes) = earlier_queries.and_then(|path| std::fs::read(path).ok()) {
            self.queries = read_queries(&bytes, "queries.csv of the last run").map_err(&mut keep).unwrap_or_default();
        }
    }

    /// Answers in the `queries.csv` of the last run are about to be overwritten when the trial file names another table.
    fn warn_of_unread_answers(&mut self, earlier: &[u8], file: &str) {
        let earlier = read_queries(earlier, "queries.csv of the last run").unwrap_or_default();
        let known = |query: &Query| self.queries.iter().any(|own| own.key() == query.key() && own.answered().is_some());
        let unread = earlier.iter().filter(|query| query.answered().is_some() && !known(query));
        let problems: Vec<Problem> = unread
            .map(|query| {
                let (subject, timepoint, lesion, code) = query.key();
                let message = format!(
                    "the answer `{}` to {code} of {subject} {timepoint} {lesion} stood in the results only; it does not count",
                    query.answer
                );
                Problem::warning("answer-not-read", message, "write it there if it should").in_file(file)
            })
            .collect();
        self.problems.extend(problems);
    }

    /// Rows that name a subject nobody listed, and anchors that some subject lacks.
    fn check_across(&self, name: &str, problems: &mut Vec<Problem>) {
        let Some(subjects) = &self.subjects else {
            if self.file.schedule.anchor.names().iter().any(|anchor| *anchor != "baseline") {
                let message = "the anchor is a day of subjects.csv, but [data] names no such table";
                problems.push(
                    Problem::error("anchor", message, "add subjects = \"subjects.csv\", or set anchor = \"baseline\"")
                        .in_file(name),
                );
            }
            return;
        };
        let known: BTreeSet<&str> = subjects.iter().map(|row| row.subject.as_str()).collect();
        let lesions = self.lesions.iter().flatten().map(|row| (&self.file.data.lesions, row.subject.as_str(), row.line));
        let reads = self.reads.iter().map(|row| (&self.file.data.reads, row.subject.as_str(), row.line));
        let mut first: BTreeMap<(&Option<String>, &str), u64> = BTreeMap::new();
        for (table, subject, line) in lesions.chain(reads).filter(|(_, subject, _)| !known.contains(subject)) {
            first.entry((table, subject)).or_insert(line);
        }
        for ((table, subject), line) in first {
            let message = format!("subject {subject} is not in the table of subjects");
            let problem = Problem::error("subject-unknown", message, "add it there, or correct the code");
            problems.push(problem.or_in(table.as_deref(), Some(&format!("row {line}"))));
        }
    }

    /// The roles that `lesions.csv` gives.
    pub fn role_of(&self, subject: &str, lesion: &str) -> Option<Role> {
        self.lesions.iter().flatten().find(|row| row.subject == subject && row.lesion == lesion).map(|row| row.role)
    }
}
