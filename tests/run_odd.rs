//! `recist run` on small trials that are odd or broken: no wrong number without a word.
//!
//! The scans are those of `sample-dicom`, whose README states what is in them.

use std::path::Path;
use std::process::{Command, Output};

/// A copy of one sample subject, with the trial's own tables reduced to it.
fn trial_of(subject: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom");
    for entry in walkdir::WalkDir::new(sample.join(subject)) {
        let entry = entry.expect("the sample");
        let place = folder.path().join(entry.path().strip_prefix(&sample).expect("below the sample"));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(place).expect("a folder");
        } else {
            std::fs::copy(entry.path(), place).expect("a copy");
        }
    }
    for name in ["trial.toml", "subjects.csv", "lesions.csv", "reads.csv"] {
        let text = std::fs::read_to_string(sample.join(name)).expect("a table");
        let of_subject = |line: &&str| !line.starts_with("S-0") || line.starts_with(subject);
        let lines: Vec<&str> = text.lines().filter(of_subject).collect();
        std::fs::write(folder.path().join(name), lines.join("\n") + "\n").expect("a table");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recist"));
    command.current_dir(folder).args(["run", "trial.toml", "--out", "out"]).args(arguments);
    command.output().expect("it runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Some columns of the rows of responses.csv.
fn responses<const N: usize>(folder: &Path, columns: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_path(folder.join("out/responses.csv")).expect("responses");
    let header = reader.headers().expect("a header").clone();
    let place = columns.map(|column| header.iter().position(|name| name == column).expect("the column"));
    reader.records().map(|record| record.expect("a row")).map(|row| place.map(|at| row[at].to_string())).collect()
}

fn append(folder: &Path, name: &str, line: &str) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("the table") + line + "\n";
    std::fs::write(path, text).expect("the table");
}

fn replace(folder: &Path, name: &str, from: &str, to: &str) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).expect("the table");
    assert!(text.contains(from), "{from} is in {name}");
    std::fs::write(path, text.replace(from, to)).expect("the table");
}
