//! What fuzzing opens: one door for each kind of input, each a function of bytes.
//!
//! A door writes its input into files of a private folder, reads them as the program does and checks what comes out. It panics
//! when something holds that must never hold: a number that is not finite, a voxel outside its grid, two readings that differ.
//! A refusal is never wrong here, and what is right is not known; the tests know that. Used by the fuzz targets and by
//! `tests/fuzz_corpora.rs`.

mod folder;
mod grid;
mod lesions;
mod mask;
mod own_panics;
mod series;
mod stored;
mod tables;

pub use own_panics::{last_of_others, own_panics, watch_panics};

/// A door.
pub type Door = fn(&[u8]);

/// Every door by the name of its target.
pub const DOORS: [(&str, Door); 7] = [
    ("seg", seg),
    ("rtstruct", rtstruct),
    ("nifti", nifti),
    ("nrrd", nrrd),
    ("dicom_series", dicom_series),
    ("zip", zip),
    ("tables", tables),
];

/// What stands between two files of one input.
pub const NEXT_FILE: &[u8] = b"%%FILE%%";

/// A DICOM Segmentation beside a small CT.
pub fn seg(bytes: &[u8]) {
    mask::open("mask.dcm", bytes, &[]);
}

/// A structure set beside a small CT.
pub fn rtstruct(bytes: &[u8]) {
    mask::open("mask.dcm", bytes, &[]);
}

/// A NIfTI file, or header and image parted by [`NEXT_FILE`], beside a small CT.
pub fn nifti(bytes: &[u8]) {
    match parts(bytes).as_slice() {
        [header, image, ..] => mask::open("mask.hdr", header, &[("mask.img", image)]),
        _ => mask::open("mask.nii", bytes, &[]),
    }
}

/// An NRRD file, or header and data (named `data.raw`) parted by [`NEXT_FILE`], beside a small CT.
pub fn nrrd(bytes: &[u8]) {
    match parts(bytes).as_slice() {
        [header, data, ..] => mask::open("mask.nhdr", header, &[("data.raw", data)]),
        _ => mask::open("mask.nrrd", bytes, &[]),
    }
}

/// A folder of files parted by [`NEXT_FILE`]: series are stacked and decoded, masks among them are put on them.
pub fn dicom_series(bytes: &[u8]) {
    series::open(&parts(bytes));
}

/// A zip archive, taken as a folder is.
pub fn zip(bytes: &[u8]) {
    series::open_archive(bytes);
}

/// The trial file and tables. The first byte says which of them follows, see [`tables`](self::tables).
pub fn tables(bytes: &[u8]) {
    if let Some((&kind, text)) = bytes.split_first() {
        tables::open(kind, text);
    }
}

/// The files of an input, at most sixteen.
fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while parts.len() < 15 {
        let Some(at) = rest.windows(NEXT_FILE.len()).position(|window| window == NEXT_FILE) else { break };
        parts.push(&rest[..at]);
        rest = &rest[at + NEXT_FILE.len()..];
    }
    parts.push(rest);
    parts
}
