//! Walks a folder tree and tells by content what each file is.

use super::dicom_file::corrupt;
use super::guard::guarded;
use super::{Error, SourceFile, archive};
use crate::problem::Problem;
use rayon::prelude::*;
use std::io::{ErrorKind, Read, Result};
use std::path::PathBuf;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Dicom,
    /// Perhaps DICOM without preamble and `DICM`.
    BareDataSet,
    Nifti,
    Nrrd,
    Zip,
    Empty,
    Other,
}

/// What a walk has found.
pub(super) struct Scanned {
    pub found: Vec<(SourceFile, Content)>,
    /// Archives that cannot be opened.
    pub broken: Vec<(SourceFile, Error)>,
    pub problems: Vec<Problem>,
}

/// All regular files below `roots` and in zip archives there, in path order, with what they are; what could not be looked at is
/// a problem.
pub(super) fn scan(roots: &[PathBuf]) -> Scanned {
    let (mut files, mut problems, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for root in roots {
        // Links are followed; a loop is reported by the walk as an error and not entered.
        for entry in walkdir::WalkDir::new(root).follow_links(true).sort_by_file_name() {
            match entry {
                // Only regular files: opening a pipe or a socket would block.
                Ok(entry) if entry.file_type().is_file() => files.push(SourceFile::new(root, entry.into_path())),
                Ok(_) => {}
                Err(error) => {
                    let shown = error.path().map(|path| SourceFile::new(root, path.to_path_buf()).shown).unwrap_or_default();
                    let reason = error.io_error().map_or("a loop of links".to_string(), ToString::to_string);
                    problems.push(
                        Problem::warning(
                            "not-entered",
                            format!("skipped: {reason}"),
                            "Check its permissions, or remove the link that leads back",
                        )
                        .in_file(shown),
                    );
                }
            }
        }
    }
    let (mut found, archives) = sorted(files, &mut problems);
    let mut packed = Vec::new();
    for archive in archives {
        let entries = guarded(&archive.shown, || archive::entries(&archive).map_err(|reason| corrupt(&archive.shown, reason)));
        match entries {
            Ok((entries, more)) => {
                packed.extend(entries);
                problems.extend(more);
            }
            Err(error) => broken.push((archive, error)),
        }
    }
    let (unpacked, nested) = sorted(packed, &mut problems);
    found.extend(unpacked);
    for archive in nested.into_iter().filter(|archive| archive.shown.to_ascii_lowercase().ends_with(".zip")) {
        problems.push(
            Problem::warning("zip-entry-refused", "a zip archive inside another is not opened", "Unpack the outer archive")
                .in_file(&archive.shown),
        );
    }
    Scanned { found, broken, problems }
}

/// Files with what they are, and the zip archives among them; what is odd is added to `problems`.
fn sorted(files: Vec<SourceFile>, problems: &mut Vec<Problem>) -> (Vec<(SourceFile, Content)>, Vec<SourceFile>) {
    let sniffed: Vec<_> = files.into_par_iter().map(|file| (sniff(&file), file)).collect();
    let (mut found, mut archives) = (Vec::with_capacity(sniffed.len()), Vec::new());
    for (content, file) in sniffed {
        match content {
            Ok(Content::Zip) => archives.push(file),
            Ok(content) => {
                match content {
                    Content::Empty => problems.push(empty(&file)),
                    Content::Other => problems.extend(stranger(&file)),
                    _ => {}
                }
                found.push((file, content));
            }
            // Damaged in its archive: it may have been a slice, and the reader says what is wrong.
            Err(error) if error.kind() == ErrorKind::InvalidData => found.push((file, Content::Dicom)),
            Err(error) => problems.push(
                Problem::warning("not-readable", format!("skipped: {error}"), "Check its permissions").in_file(&file.shown),
            ),
        }
    }
    (found, archives)
}

/// A warning for a file that is no data although its name promises it.
pub(super) fn stranger(file: &SourceFile) -> Option<Problem> {
    let name = file.shown.to_ascii_lowercase();
    let promises = [".dcm", ".dicom", ".ima", ".nii", ".nii.gz", ".nrrd", ".nhdr", ".zip"].iter().any(|end| name.ends_with(end));
    promises.then(|| {
        Problem::warning(
            "not-what-it-says",
            "skipped: by its content it is neither DICOM nor NIfTI nor NRRD nor a zip archive",
            "Fetch it again, or remove it from the folder",
        )
        .in_file(&file.shown)
    })
}

/// A warning for a file without any bytes.
fn empty(file: &SourceFile) -> Problem {
    Problem::warning("empty-file", "skipped: the file has no bytes", "Fetch it again if it should be an image or a mask")
        .in_file(&file.shown)
}

/// Tells by the first bytes what a file is.
///
/// # Errors
/// It cannot be read, or is no regular file: a pipe would block.
pub(super) fn sniff(file: &SourceFile) -> Result<Content> {
    let mut head = Vec::with_capacity(512);
    file.open()?.take(512).read_to_end(&mut head)?;
    Ok(match head.as_slice() {
        [] => Content::Empty,
        bytes if bytes.get(128..132) == Some(b"DICM") || bytes.starts_with(b"DICM") => Content::Dicom,
        bytes if bytes.starts_with(b"NRRD000") => Content::Nrrd,
        bytes if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") => Content::Zip,
        [0x1f, 0x8b, ..] => {
            let mut inflated = Vec::with_capacity(352);
            // A broken gzip stream is no NIfTI; what it is does not matter here.
            let _ = flate2::read::GzDecoder::new(file.open()?).take(352).read_to_end(&mut inflated);
            nifti_or_other(&inflated)
        }
        bytes if begins_like_a_data_set(bytes) => Content::BareDataSet,
        bytes => nifti_or_other(bytes),
    })
}

/// DICOM without preamble and file meta: an element of group 0002 or 0008 comes first, with a length that may be.
fn begins_like_a_data_set(bytes: &[u8]) -> bool {
    let [group, 0, element, 0, a, b, c, d, ..] = *bytes else { return false };
    let first_of_group = match group {
        0x02 => matches!(element, 0x00 | 0x01 | 0x02 | 0x10),
        0x08 => matches!(element, 0x00 | 0x01 | 0x05 | 0x06 | 0x08 | 0x12 | 0x13 | 0x14 | 0x16 | 0x18),
        _ => false,
    };
    let explicit = matches!(&[a, b], b"UL" | b"CS" | b"UI" | b"DA" | b"TM" | b"OB" | b"SQ");
    first_of_group && (explicit || u32::from_le_bytes([a, b, c, d]) <= 1024)
}

fn nifti_or_other(bytes: &[u8]) -> Content {
    let magic = |at: usize, allowed: [&[u8]; 2]| bytes.get(at..at + 4).is_some_and(|found| allowed.contains(&found));
    let version_1 = magic(344, [b"n+1\0", b"ni1\0"]);
    let version_2 = magic(4, [b"n+2\0", b"ni2\0"]);
    if version_1 || version_2 { Content::Nifti } else { Content::Other }
}
