//! `recist select`: measurability of candidates and a proposal of targets.

use super::{CliError, Exit};
use crate::protocol::select_table::read_candidates;
use crate::response::select;
use crate::response::selection::Selected;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Judge measurability at baseline and propose targets.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recist select candidates.csv
  recist select candidates.csv --format json

Columns; all but the first three may be empty or missing:
  subject,lesion,site,nodal,long_mm,short_mm,slice_mm,gap_mm,modality,bone,soft_tissue,cystic,
  prior_therapy,progressed_since_therapy,non_measurable")]
pub struct SelectArgs {
    /// Table to read (CSV)
    pub candidates: PathBuf,
    /// Form of the result
    #[arg(long, value_enum, default_value_t = SelectFormat::Table)]
    pub format: SelectFormat,
}

/// Form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SelectFormat {
    /// Aligned text
    Table,
    /// recist.select/1
    Json,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    lesions: &'a [Selected],
}

/// Runs the command.
///
/// # Errors
/// A table with bad rows (all are listed), output that cannot be written.
pub fn run(args: &SelectArgs, out: &mut dyn Write) -> Result<Exit, CliError> {
    let file = args.candidates.display().to_string();
    let usage = |message: String| CliError { exit: Exit::Usage, message };
    let bytes = std::fs::read(&args.candidates).map_err(|error| usage(format!("{file}: {error}")))?;
    let candidates = read_candidates(&bytes, &file).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| problem.to_string()).collect();
        usage(lines.join("\n"))
    })?;
    if candidates.is_empty() {
        return Err(CliError { exit: Exit::Nothing, message: format!("{file}: the table has no rows") });
    }
    let lesions = select(&candidates);
    let written = match args.format {
        SelectFormat::Json => write_json(&lesions, out),
        SelectFormat::Table => write_table(&lesions, out),
    };
    written.and_then(|()| out.flush()).map_err(|error| CliError { exit: Exit::CannotWrite, message: error.to_string() })?;
    Ok(Exit::Done)
}

fn write_json(lesions: &[Selected], out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document { schema: "recist.select/1", lesions })?;
    writeln!(out)
}

fn write_table(lesions: &[Selected], out: &mut dyn Write) -> std::io::Result<()> {
    let widest = |name: fn(&Selected) -> &str, heading: &str| {
        let widths = lesions.iter().map(|lesion| name(lesion).chars().count());
        widths.chain([heading.len()]).max().unwrap_or_default()
    };
    let (subject, lesion) = (widest(|lesion| &lesion.subject, "subject"), widest(|lesion| &lesion.lesion, "lesion"));
    writeln!(
        out,
        "{:<subject$}  {:<lesion$}  {:>7}  {:<5}  {:<14}  {:<9}  reasons",
        "subject", "lesion", "mm", "axis", "measurability", "role"
    )?;
    for selected in lesions {
        let mm = selected.mm.map_or("-".into(), |mm| mm.to_string());
        let reasons: Vec<_> = selected.reasons.iter().map(|reason| reason.text()).collect();
        writeln!(
            out,
            "{:<subject$}  {:<lesion$}  {mm:>7}  {:<5}  {:<14}  {:<9}  {}",
            selected.subject,
            selected.lesion,
            selected.axis,
            selected.measurability,
            selected.role,
            reasons.join("; ")
        )?;
    }
    Ok(())
}
