//! Zip archives: their entries are read one by one, never unpacked to disk.

use super::SourceFile;
use super::source::Entry;
use crate::problem::Problem;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use zip::CompressionMethod;
use zip::read::ZipArchive;

/// Largest entry that is inflated, in bytes.
const LARGEST: u64 = 4 << 30;

/// From this size on, in bytes, an entry may not be inflated to more than [`RATIO`] times its stored size.
const LARGE: u64 = 64 << 20;

/// Scans shrink to a half or a third; data that shrink more are empty masks, which stay below [`LARGE`], or made to fill memory.
const RATIO: u64 = 200;

/// The files in a zip archive, and what is said about those that are not read.
///
/// # Errors
/// It is no sound archive; the text says what was found.
pub(super) fn entries(archive: &SourceFile) -> Result<(Vec<SourceFile>, Vec<Problem>), String> {
    let damaged = |error: &dyn std::fmt::Display| format!("the zip archive cannot be read: {error}");
    let file = File::open(&archive.path).map_err(|error| damaged(&error))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    if counted(&archive.path).is_some_and(|count| count != zip.len()) {
        return Err("several entries of the zip archive have the same name, and only one of them can be read".to_string());
    }
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| damaged(&error))?;
        if entry.is_dir() {
            continue;
        }
        let stated = name_of(entry.name_raw());
        let (stored, length) = (entry.compressed_size(), entry.size());
        let refusal = if !stays_inside(&stated) {
            Some("its name leads out of the archive".to_string())
        } else if entry.is_symlink() {
            Some("it is a link".to_string())
        } else if entry.encrypted() {
            Some("it is encrypted".to_string())
        } else if ![CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&entry.compression()) {
            Some(format!("its compression is {}; stored and deflated entries are read", entry.compression()))
        } else if length > LARGEST || (length > LARGE && length / RATIO > stored) {
            Some(format!("{stored} bytes would become {length} when inflated"))
        } else {
            None
        };
        match (refusal, entry.data_start()) {
            (None, Some(offset)) => {
                let deflated = entry.compression() == CompressionMethod::DEFLATE;
                let place = Entry { archive: archive.path.clone(), offset, stored, length, deflated, crc32: entry.crc32() };
                files.push(archive.with_entry(&stated, place));
            }
            (refusal, _) => {
                let why = refusal.unwrap_or_else(|| "its data cannot be found".to_string());
                problems.push(
                    Problem::warning(
                        "zip-entry-refused",
                        format!("an entry of the archive was skipped: {why}"),
                        "Unpack the archive if the entry belongs to the trial",
                    )
                    .in_file(archive.entry_shown(&stated))
                    .at(format!("entry {}", index + 1)),
                );
            }
        }
    }
    files.sort();
    Ok((files, problems))
}

/// How many entries the archive says it has, in the record at its end; `None` where that record is not the usual one.
fn counted(path: &Path) -> Option<usize> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut tail = Vec::new();
    // The record has 22 bytes and a comment of up to 65535 behind it.
    file.seek(SeekFrom::Start(length.saturating_sub(22 + 65_535))).ok()?;
    file.read_to_end(&mut tail).ok()?;
    let at = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let count = u16::from_le_bytes([*tail.get(at + 10)?, *tail.get(at + 11)?]);
    // More entries are counted elsewhere.
    (count != u16::MAX).then_some(usize::from(count))
}

/// The name of an entry as a path; bytes that are no text stay as they are where the system allows it.
fn name_of(raw: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(raw))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(raw).into_owned())
    }
}

/// Whether a path stays below the place where it starts.
fn stays_inside(path: &Path) -> bool {
    let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    // A backslash separates folders elsewhere.
    plain && path.components().next().is_some() && !path.to_string_lossy().contains("..\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_outside_are_refused() {
        for inside in ["a.dcm", "a/b.dcm", "./a", "..a/b..", "a b;c"] {
            assert!(stays_inside(Path::new(inside)), "{inside}");
        }
        for outside in ["../a", "a/../../b", "/etc/a", "", "..\\a"] {
            assert!(!stays_inside(Path::new(outside)), "{outside}");
        }
    }
}
