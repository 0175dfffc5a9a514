//! Runs the program as a user does, and reads what it wrote.

#![allow(dead_code, reason = "every test file uses its part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run of the program left: exit code, stdout, stderr.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `recist` with these arguments.
pub fn recist<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_recist")).args(args).output().expect("the program starts");
    Ended {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Runs a trial into `out`, with more arguments.
pub fn run_trial(trial: &Path, out: &Path, more: &[&str]) -> Ended {
    let mut args = vec!["run".to_string(), trial.display().to_string(), "--out".to_string(), out.display().to_string()];
    args.extend(more.iter().map(ToString::to_string));
    recist(args)
}

/// A table as rows of column name to cell.
pub type Rows = Vec<BTreeMap<String, String>>;

/// Reads a CSV file.
pub fn table(path: &Path) -> Rows {
    let mut reader = csv::Reader::from_path(path).expect("the table is there");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// The cells of one column, in order, of the rows that have these values.
pub fn column(rows: &Rows, name: &str, of: &[(&str, &str)]) -> Vec<String> {
    rows.iter().filter(|row| of.iter().all(|(key, value)| row[*key] == *value)).map(|row| row[name].clone()).collect()
}

/// Copies a folder so that it can be damaged.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            // Bytes only: the source may be read-only.
            std::fs::write(&target, std::fs::read(entry.path()).expect("bytes")).expect("written");
        }
    }
}

/// Every file below a folder with its bytes, by relative path.
pub fn all_files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        let name = entry.path().strip_prefix(folder).expect("below").to_path_buf();
        files.insert(name, std::fs::read(entry.path()).expect("bytes"));
    }
    files
}
