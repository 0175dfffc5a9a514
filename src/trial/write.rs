//! Files in their place: whole or not at all, and left alone when they are already right.

use super::{Error, Results, run_record, tables};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

type Compose = fn(&Results) -> io::Result<Vec<u8>>;

/// What [`write_tables`] writes, in this order: the record of the run comes last, when all it speaks of is there.
const FILES: [(&str, Compose); 8] = [
    ("measurements.csv", tables::measurements_csv),
    ("responses.csv", tables::responses_csv),
    ("best_responses.csv", tables::best_responses_csv),
    ("other_responses.csv", tables::other_responses_csv),
    ("other_best_responses.csv", tables::other_best_responses_csv),
    ("assessments.json", tables::assessments_json),
    ("queries.csv", tables::queries_csv),
    ("run.json", run_record::run_json),
];

/// Writes the tables and the record of the run into a folder, which is made when it is missing. Returns the paths.
///
/// # Errors
/// A folder or file that cannot be written. Files before it are written, it and those after it are as they were.
pub fn write_tables(out_dir: &Path, results: &Results) -> Result<Vec<PathBuf>, Error> {
    let composed = FILES.iter().map(|(name, compose)| {
        let bytes = compose(results).map_err(|source| Error::Compose { name, source })?;
        write_file(out_dir, name, &bytes)
    });
    composed.collect()
}

/// Writes one file into a folder, which is made when it is missing. The bytes go to a temporary file beside the place, which
/// is then renamed, so that no reader ever sees half a file. A file that already has these bytes is not touched. Returns the path.
///
/// # Errors
/// A folder or file that cannot be written; the file is then as it was.
pub fn write_file(out_dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let path = out_dir.join(name);
    if fs::read(&path).is_ok_and(|present| present == bytes) {
        return Ok(path);
    }
    fs::create_dir_all(out_dir).map_err(|source| Error::write(out_dir, source))?;
    replace(out_dir, &path, bytes).map_err(|source| Error::write(&path, source))?;
    Ok(path)
}

fn replace(out_dir: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // Temporary files are for their owner alone; results are as readable as any other file the user makes.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".recist-").tempfile_in(out_dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn all_files_appear_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a").join("b");
        let paths = write_tables(&out, &Results::default()).unwrap();
        assert!(paths.iter().all(|path| path.is_file()));
        let tables = ["best_responses", "measurements", "other_best_responses", "other_responses", "queries", "responses"];
        let mut expected: Vec<_> = tables.iter().map(|table| format!("{table}.csv")).collect();
        expected.insert(0, "assessments.json".to_string());
        expected.push("run.json".to_string());
        assert_eq!(names(&out), expected);
    }

    #[test]
    fn a_file_that_is_right_is_not_touched_and_another_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = write_file(folder.path(), "report.html", b"one").unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        write_file(folder.path(), "report.html", b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), long_ago);
        write_file(folder.path(), "report.html", b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["report.html"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let refusal = write_tables(&folder.path().join("file"), &Results::default()).unwrap_err();
        assert!(matches!(&refusal, Error::Write { path, .. } if path.ends_with("file")), "{refusal}");
        fs::create_dir(folder.path().join("run.json")).unwrap();
        let refusal = write_file(folder.path(), "run.json", b"{}").unwrap_err();
        assert!(refusal.to_string().contains("run.json: cannot be written"), "{refusal}");
        assert_eq!(names(folder.path()), ["file", "run.json"], "no temporary file stays");
    }
}
