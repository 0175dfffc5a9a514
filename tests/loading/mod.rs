//! Short ways to what a test needs from the library and from the program.
#![allow(dead_code, reason = "every test file uses a part of it")]

use recist::ingest::{Catalog, Error, LoadedMask, MaskFile, Series, SourceFile, StackChoices};
use recist::volume::Segment;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A folder below `tests/`.
pub fn committed(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// Everything below one folder.
pub fn catalog(root: &Path) -> Catalog {
    Catalog::read(&[root.to_path_buf()], &StackChoices::default(), &|_, _| {})
}

/// The only series below a folder.
pub fn only_series(root: &Path) -> Series {
    let catalog = catalog(root);
    let broken: Vec<String> = catalog.broken.iter().map(|(_, error)| error.to_string()).collect();
    assert_eq!(catalog.series.len(), 1, "series in {}; broken: {broken:?}", root.display());
    catalog.series.into_iter().next().unwrap()
}

/// A mask file, on `series` when one is given.
pub fn load_mask(path: &Path, series: Option<&Series>) -> Result<LoadedMask, Error> {
    MaskFile::open(SourceFile::named(Path::new(path.file_name().unwrap()), path.to_path_buf()))?.load(series)
}

/// The voxels of a segment as (column, row, slice).
pub fn voxels(segment: &Segment) -> BTreeSet<(u32, u32, u32)> {
    let runs = segment.runs.iter();
    runs.flat_map(|run| (run.start..run.end).map(|column| (column, run.row, run.slice))).collect()
}

/// The codes of problems, sorted and each once.
pub fn codes(problems: &[recist::problem::Problem]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What the program said and how it ended.
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program in `folder`.
pub fn recist<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_recist")).current_dir(folder).args(arguments).output().unwrap();
    let Output { status, stdout, stderr } = ran;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { exit: status.code().expect("the program was killed"), stdout: text(stdout), stderr: text(stderr) }
}

/// Runs the program with 1 GiB of address space and 60 seconds.
pub fn limited(folder: &Path, arguments: &[&str]) -> Ran {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 1048576 2>/dev/null; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_recist")]).args(arguments);
    let (stdout, stderr) = (folder.join("stdout"), folder.join("stderr"));
    shell.current_dir(folder).env("RAYON_NUM_THREADS", "2").stdin(Stdio::null());
    shell.stdout(std::fs::File::create(&stdout).unwrap()).stderr(std::fs::File::create(&stderr).unwrap());
    let mut child = shell.spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{arguments:?} is not done after a minute");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = |path| String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    Ran { exit: status.code().expect("a signal ended the program"), stdout: text(&stdout), stderr: text(&stderr) }
}
