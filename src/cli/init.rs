//! `recist init`: drafts a trial file and its tables for a folder of scans.

use super::{CliError, Exit, Talk};
use crate::pipeline::{DraftError, RunError, Watch, draft};
use crate::problem::Severity;
use crate::trial::write_file;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Where the scans are.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  recist init scans/
  recist run scans/trial.toml --dry-run

Writes trial.toml, subjects.csv and lesions.csv into the folder; files that are there already are
never overwritten. The roles in lesions.csv are proposals by the selection rules of RECIST 1.1: a
reader has to confirm them. subjects.csv maps patient IDs to subject codes; it is the only file
that holds patient IDs, so keep it safe.")]
pub struct InitArgs {
    /// Folder of scans and masks
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Nothing found, or a file of the draft is there already.
pub fn run(args: &InitArgs, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    if !args.dir.is_dir() {
        return Err(CliError { exit: Exit::Nothing, message: format!("{}: there is no such folder", args.dir.display()) });
    }
    let names = ["trial.toml", "subjects.csv", "lesions.csv"];
    let there: Vec<&str> = names.into_iter().filter(|name| args.dir.join(name).exists()).collect();
    if !there.is_empty() {
        let message = format!("{} is there already; move it away to have it drafted anew", there.join(", "));
        return Err(CliError::usage(message));
    }
    let files = talk.progress("reading headers");
    let watch = Watch {
        files: &|done, total| {
            files.set_length(total as u64);
            files.set_position(done as u64);
        },
        subjects: &|_, _| {},
    };
    let root = args.dir.canonicalize().unwrap_or(args.dir.clone());
    let draft = draft(&root, &watch).map_err(|error| {
        let exit = if matches!(error, DraftError::Run(RunError::NothingFound { .. })) { Exit::Nothing } else { Exit::Usage };
        CliError { exit, message: error.to_string() }
    })?;
    files.finish_and_clear();
    draft.problems.iter().for_each(|problem| talk.problem(problem));
    for (name, text) in names.into_iter().zip([&draft.trial, &draft.subjects, &draft.lesions]) {
        write_file(&args.dir, name, text.as_bytes()).map_err(|error| CliError::cannot_write(error.to_string()))?;
    }
    writeln!(out, "{} subjects, {} lesions", draft.found.0, draft.found.1)?;
    talk.say("wrote trial.toml, subjects.csv and lesions.csv; roles are proposals, visits and anchor are to be filled in");
    let failed = draft.problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(if failed { Exit::SomeFailed } else { Exit::Done })
}
