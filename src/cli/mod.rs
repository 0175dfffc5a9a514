//! The command line: one small file for each subcommand, from clap's types to calls of the library.
//!
//! Data go to stdout, talk and progress to stderr.

mod assess;
mod assess_output;
mod init;
mod inspect;
mod measure;
mod measure_image;
mod measure_output;
mod run;
mod select;
mod talk;

use clap::{Parser, Subcommand};
use std::io::Write;
pub use talk::{Colour, Talk};

/// How a command ended; the number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done = 0,
    /// Findings under `--strict`.
    Findings = 1,
    /// Wrong usage, a bad row in a table, or a setting that makes no sense.
    Usage = 2,
    /// Nothing to work on.
    Nothing = 3,
    /// Some subjects or files failed, the rest is done.
    SomeFailed = 4,
    /// Output cannot be written.
    CannotWrite = 5,
    /// A checksum or an audit chain does not hold.
    Integrity = 6,
}

/// Why a command stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// The exit code.
    pub exit: Exit,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

impl CliError {
    /// A command that cannot be understood or a setting that makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// Output that cannot be written.
    pub fn cannot_write(message: impl Into<String>) -> Self {
        Self { exit: Exit::CannotWrite, message: message.into() }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::cannot_write(format!("the output cannot be written: {error}"))
    }
}

/// From CT and MR scans with segmented lesions to lesion measurements, RECIST 1.1 responses and trial data.
///
/// For research use; not a medical device.
#[derive(Debug, Parser)]
#[command(name = "recist", version, max_term_width = 110, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Say more on stderr
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Colour on stderr
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
}

const EXAMPLES: &str = "Examples:
  recist init scans/                          draft trial.toml and its tables for a folder of scans
  recist run trial.toml                       measure, respond, report; results in recist-out/
  recist measure --mask lesion.nii.gz         measure one mask
  recist inspect scans/                       what is there, and what is wrong with it
  recist assess lesions.csv --explain S-001   responses from a table, and why

Exit codes: 0 done, 1 findings under --strict, 2 usage, 3 nothing to work on, 4 some failed, 5 output cannot be written,
6 integrity, 70 our own fault";

#[derive(Debug, Subcommand)]
enum Command {
    /// Draft a trial file and its tables for a folder of scans
    Init(init::InitArgs),
    /// Measure and assess a whole trial: tables, store and report
    Run(run::RunArgs),
    /// Measure the lesions of one mask or of thousands
    Measure(measure::MeasureArgs),
    /// Judge measurability and propose target lesions, from a table
    Select(select::SelectArgs),
    /// Responses from a table of lesion states or of timepoint responses
    Assess(assess::AssessArgs),
    /// List series and masks, their geometry and every problem
    Inspect(inspect::InspectArgs),
}

/// The problems of a table, one a line.
fn bad_rows(problems: &[crate::problem::Problem]) -> CliError {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    CliError::usage(lines.join("\n"))
}

/// Uses `jobs` threads instead of one for each core.
fn limit_threads(jobs: Option<usize>) -> Result<(), CliError> {
    match jobs {
        None => Ok(()),
        Some(0) => Err(CliError::usage("--jobs 0: at least one thread is needed")),
        Some(jobs) => rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .build_global()
            .map_err(|error| CliError::usage(format!("--jobs {jobs}: {error}"))),
    }
}

/// Reads the command line, runs the command, and returns the exit code.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own code for wrong usage is 2 as well; help and version are no errors.
            let _ = error.print();
            return error.exit_code() as u8;
        }
    };
    let talk = Talk::new(cli.quiet, cli.verbose, cli.color);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let ended = match &cli.command {
        Command::Init(args) => init::run(args, &talk, &mut out),
        Command::Run(args) => run::run(args, &talk, &mut out),
        Command::Measure(args) => measure::run(args, &talk, &mut out),
        Command::Select(args) => select::run(args, &mut out),
        Command::Assess(args) => assess::run(args, &talk, &mut out),
        Command::Inspect(args) => inspect::run(args, &talk, &mut out),
    };
    let ended = ended.and_then(|exit| out.flush().map(|()| exit).map_err(CliError::from));
    match ended {
        Ok(exit) => exit as u8,
        Err(error) => {
            talk.error(&error.message);
            error.exit as u8
        }
    }
}
