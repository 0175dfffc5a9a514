//! What is said on stderr while a command runs.

use crate::problem::{Problem, Severity, printable};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much is said, and how.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    quiet: bool,
    verbose: bool,
    colour: bool,
}

impl Talk {
    /// From the global options and the environment.
    pub fn new(quiet: bool, verbose: bool, colour: Colour) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !no_colour,
        };
        Self { quiet, verbose, colour }
    }

    fn painted(&self, word: &str, ansi: &str) -> String {
        if self.colour { format!("\x1b[{ansi}m{word}\x1b[0m") } else { word.to_string() }
    }

    /// A sentence about what happens.
    pub fn say(&self, sentence: &str) {
        if !self.quiet {
            eprintln!("{sentence}");
        }
    }

    /// A sentence for those who asked for more.
    pub fn detail(&self, sentence: &str) {
        if self.verbose {
            eprintln!("{sentence}");
        }
    }

    /// Why something was not done; said even when quiet.
    pub fn error(&self, sentence: &str) {
        eprintln!("{}: {sentence}", self.painted("error", "1;31"));
    }

    /// A problem, by its severity: errors always, warnings unless quiet, the rest when asked for.
    pub fn problem(&self, problem: &Problem) {
        self.problem_of("", problem);
    }

    /// The same, of a subject and its visit.
    pub fn problem_of(&self, whom: &str, problem: &Problem) {
        let line = if whom.is_empty() { problem.to_string() } else { format!("{}: {problem}", printable(whom)) };
        match problem.severity {
            Severity::Error => self.error(&line),
            Severity::Warning if !self.quiet => eprintln!("{}: {line}", self.painted("warning", "1;33")),
            Severity::Info => self.detail(&format!("note: {line}")),
            Severity::Warning => {}
        }
    }

    /// A progress bar; invisible when quiet or when stderr is not a terminal.
    pub fn progress(&self, what: &'static str) -> ProgressBar {
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:32} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar
    }
}
