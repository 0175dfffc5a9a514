//! The image folders of `recist measure`: read once for all masks, with what is odd about each.

use crate::ingest::{Catalog, Series, StackChoices};
use crate::problem::Problem;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Problems of files beside the slices that are repeated with every mask: a folder can have thousands of both.
const MOST: usize = 20;

/// An image folder or file, its headers read.
pub struct Image {
    /// What was found there.
    pub catalog: Catalog,
    /// What is odd about the files in the folders of each series, by its UID.
    beside: BTreeMap<String, Vec<Problem>>,
    /// What is odd about any file.
    anywhere: Vec<Problem>,
}

impl Image {
    /// Reads the headers of everything below `path`.
    pub fn read(path: &PathBuf, choices: &StackChoices) -> Self {
        let catalog = Catalog::read(std::slice::from_ref(path), choices, &|_, _| {});
        // Without any series every mask fails, and says the first of these itself.
        let untold = catalog.broken.iter().skip(usize::from(catalog.series.is_empty()));
        let broken = untold.map(|(_, error)| error.to_problem());
        let problems: Vec<Problem> = catalog.problems.iter().cloned().chain(broken).collect();
        // Problems name files relative to the folder, or to that of a single file.
        let root = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let of = |series: &Series| {
            let beside =
                problems.iter().filter(|problem| problem.file.as_ref().is_some_and(|file| is_beside(&root.join(file), series)));
            (series.series_instance_uid.clone(), the_first(beside.cloned().collect()))
        };
        let beside = catalog.series.iter().map(of).collect();
        Self { catalog, beside, anywhere: problems }
    }

    /// Everything that is odd about files that belong to no series.
    pub fn problems(&self) -> &[Problem] {
        &self.anywhere
    }

    /// What a mask on `series` should know of the files beside its slices; of all files, when it has no series.
    pub fn problems_beside(&self, series: Option<&Series>) -> Vec<Problem> {
        match series {
            Some(series) => self.beside.get(&series.series_instance_uid).cloned().unwrap_or_default(),
            None => the_first(self.anywhere.clone()),
        }
    }
}

/// Whether a file lies in a folder of the series, or is the archive that holds it.
fn is_beside(path: &Path, series: &Series) -> bool {
    series.folders.iter().any(|folder| path.parent() == Some(folder) || folder.starts_with(path))
}

/// The gravest problems, and how many were left out.
fn the_first(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| Reverse(problem.severity));
    let left_out = problems.len().saturating_sub(MOST);
    if left_out > 0 {
        problems.truncate(MOST);
        let message = format!("{left_out} more problems of files beside the image are not repeated here");
        problems.push(Problem::info("more-problems", message, "List them with `recist inspect`"));
    }
    problems
}
