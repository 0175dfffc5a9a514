//! Walks a folder tree and tells by content what each file is.

use crate::problem::Problem;
use rayon::prelude::*;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file, and how it is named to people: relative to the data root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceFile {
    /// Path to open.
    pub path: PathBuf,
    /// Path relative to the data root, as text.
    pub shown: String,
}

impl SourceFile {
    /// Names `path` relative to `root`; a file outside of it is named by its file name alone.
    pub fn new(root: &Path, path: PathBuf) -> Self {
        let relative = path.strip_prefix(root).ok().filter(|relative| !relative.as_os_str().is_empty());
        let shown = relative.or(path.file_name().map(Path::new)).unwrap_or(&path).to_string_lossy().into_owned();
        Self { path, shown }
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Dicom,
    Nifti,
    Nrrd,
    Empty,
    Other,
}

/// All regular files below `roots`, in path order, with what they are; what could not be looked at is a problem.
pub(super) fn scan(roots: &[PathBuf]) -> (Vec<(SourceFile, Content)>, Vec<Problem>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
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
                    problems.push(Problem::warning("not-entered", format!("skipped: {reason}"), "").in_file(shown));
                }
            }
        }
    }
    let sniffed: Vec<_> = files.into_par_iter().map(|file| (sniff(&file.path), file)).collect();
    let mut found = Vec::with_capacity(sniffed.len());
    for (content, file) in sniffed {
        match content {
            Ok(content) => {
                problems.extend(stranger(&file, content));
                found.push((file, content));
            }
            Err(error) => problems.push(
                Problem::warning("not-readable", format!("skipped: {error}"), "Check its permissions").in_file(&file.shown),
            ),
        }
    }
    (found, problems)
}

/// A warning for a file that looks as if it should have been data.
fn stranger(file: &SourceFile, content: Content) -> Option<Problem> {
    match content {
        Content::Empty => Some(
            Problem::warning("empty-file", "skipped: the file has no bytes", "Fetch it again if it should be an image or a mask")
                .in_file(&file.shown),
        ),
        Content::Other => {
            let name = file.shown.to_ascii_lowercase();
            let promises = [".dcm", ".dicom", ".ima", ".nii", ".nii.gz", ".nrrd", ".nhdr"].iter().any(|end| name.ends_with(end));
            promises.then(|| {
                Problem::warning(
                    "not-what-it-says",
                    "skipped: by its content it is neither DICOM nor NIfTI nor NRRD",
                    "Fetch it again, or remove it from the folder",
                )
                .in_file(&file.shown)
            })
        }
        _ => None,
    }
}

/// Tells by the first bytes what a file is.
///
/// # Errors
/// It cannot be read, or is no regular file: a pipe would block.
pub(super) fn sniff(path: &Path) -> std::io::Result<Content> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut head = Vec::with_capacity(512);
    File::open(path)?.take(512).read_to_end(&mut head)?;
    Ok(match head.as_slice() {
        [] => Content::Empty,
        bytes if bytes.get(128..132) == Some(b"DICM") || bytes.starts_with(b"DICM") => Content::Dicom,
        bytes if bytes.starts_with(b"NRRD000") => Content::Nrrd,
        [0x1f, 0x8b, ..] => {
            let mut inflated = Vec::with_capacity(352);
            // A broken gzip stream is no NIfTI; what it is does not matter here.
            let _ = flate2::read::GzDecoder::new(File::open(path)?).take(352).read_to_end(&mut inflated);
            nifti_or_other(&inflated)
        }
        bytes => nifti_or_other(bytes),
    })
}

fn nifti_or_other(bytes: &[u8]) -> Content {
    let magic = |at: usize, allowed: [&[u8]; 2]| bytes.get(at..at + 4).is_some_and(|found| allowed.contains(&found));
    let version_1 = magic(344, [b"n+1\0", b"ni1\0"]);
    let version_2 = magic(4, [b"n+2\0", b"ni2\0"]);
    if version_1 || version_2 { Content::Nifti } else { Content::Other }
}
