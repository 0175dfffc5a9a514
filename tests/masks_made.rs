//! Cases of the corpus of masks whose files no repository can hold: a megabyte of contours, headers without end, pipes.
//!
//! They are listed in `corpus/masks.toml` under `[[made]]`.
#![cfg(unix)]
#![allow(non_snake_case, reason = "the name of a case holds the id of its row")]

mod loading;
mod written;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;
use flate2::Compression;
use flate2::write::GzEncoder;
use loading::{Ran, limited};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use written::{set, set_items, write_rtstruct, write_series};

/// A folder with a sound series in `image/`.
fn sound() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |_, _| true);
    folder
}

fn measure(folder: &Path, mask: &str) -> Ran {
    let begun = Instant::now();
    let ran = limited(folder, &["measure", "--mask", mask, "--image", "image", "--format", "json"]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{mask} took {:?}", begun.elapsed());
    ran
}

/// A contour on slice 2, from its corners in columns and rows: 0.7 and 0.8 mm from (-4, 6), as short as it can be written.
fn contour(corners: &[(f64, f64)]) -> InMemDicomObject {
    let points: Vec<String> =
        corners.iter().map(|(column, row)| format!(r"{:.2}\{:.2}\5", 0.7 * column - 4.0, 0.8 * row + 6.0)).collect();
    let mut contour = InMemDicomObject::new_empty();
    set(&mut contour, tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, "CLOSED_PLANAR");
    // A decimal string of an explicit encoding ends at 64 KiB.
    set(&mut contour, tags::CONTOUR_DATA, VR::UT, &points.join("\\"));
    contour
}

/// A structure set of one ROI.
fn write_contours(path: &Path, contours: Vec<InMemDicomObject>) {
    write_rtstruct(path, |object| {
        let mut drawn = InMemDicomObject::new_empty();
        set(&mut drawn, tags::REFERENCED_ROI_NUMBER, VR::IS, "1");
        set_items(&mut drawn, tags::CONTOUR_SEQUENCE, contours.clone());
        set_items(object, tags::ROI_CONTOUR_SEQUENCE, vec![drawn]);
    });
    let length = path.metadata().unwrap().len();
    assert!((900_000..1_200_000).contains(&length), "{length} bytes; a megabyte is meant");
}

fn voxels(ran: &Ran) -> u64 {
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    found["lesions"][0]["voxels"].as_u64().unwrap()
}

#[test]
fn case_R07_a_megabyte_in_one_contour() {
    // 40 000 times up and down.
    let folder = sound();
    let up_and_down = (0..80_000).map(|n| (2.5 + f64::from(n) * 8e-5, if n % 2 == 0 { 0.5 } else { 8.5 }));
    write_contours(&folder.path().join("comb.dcm"), vec![contour(&up_and_down.collect::<Vec<_>>())]);
    // Inside or not is decided by teeth of a ten thousandth of a column; only columns 3 to 8 and rows 1 to 8 have any.
    assert!(voxels(&measure(folder.path(), "comb.dcm")) <= 6 * 8);
}

#[test]
fn case_R02_a_megabyte_of_contours() {
    // Rectangles around each other: every pair is nested or overlaps.
    let folder = sound();
    let rectangle = |n: usize| {
        let (left, top, right, bottom) = (n % 5, n / 5 % 4, 11 - n / 20 % 5, 9 - n / 100 % 4);
        let shift = 0.4 * (n as f64 / 10_500.0);
        let [left, top, right, bottom] = [left, top, right, bottom].map(|side| side as f64 - 0.5 + shift);
        contour(&[(left, top), (right, top), (right, bottom), (left, bottom)])
    };
    write_contours(&folder.path().join("many.dcm"), (0..10_500).map(rectangle).collect());
    let ran = measure(folder.path(), "many.dcm");
    voxels(&ran);
    for code in ["contour-twice", "contours-overlap"] {
        assert!(ran.stdout.contains(code), "{}", ran.stdout);
    }
}

#[test]
fn case_D02_a_header_without_end() {
    let folder = sound();
    let mut bytes = b"NRRD0004\n".to_vec();
    bytes.extend(b"#\n".repeat(5_000_000));
    std::fs::write(folder.path().join("endless.nrrd"), &bytes).unwrap();
    let ran = measure(folder.path(), "endless.nrrd");
    assert_eq!(ran.exit, 4);
    assert!(ran.stderr.contains("endless.nrrd: its header does not end"), "{}", ran.stderr);
}

#[test]
fn case_D03_a_segment_for_every_voxel() {
    let folder = sound();
    let names: String = (0..60_000).map(|n| format!("Segment{n}_ID:=S{n}\nSegment{n}_LabelValue:={}\n", n + 1)).collect();
    let mut bytes = format!(
        "NRRD0004\ntype: ushort\ndimension: 3\nspace: LPS\nsizes: 250 240 1\nspace directions: (0.7,0,0) (0,0.8,0) (0,0,2.5)\n\
         endian: little\nencoding: raw\nspace origin: (-4,6,0)\n{names}\n"
    )
    .into_bytes();
    bytes.extend((1..=60_000u16).flat_map(u16::to_le_bytes));
    std::fs::write(folder.path().join("many.seg.nrrd"), &bytes).unwrap();
    let begun = Instant::now();
    let ran = limited(folder.path(), &["measure", "--mask", "many.seg.nrrd", "--format", "csv"]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!((ran.exit, ran.stdout.lines().count()), (0, 60_001), "{}", ran.stderr.lines().take(3).collect::<String>());
}

/// A NIfTI header: `sizes` bytes on the grid of the series.
fn nifti_header(sizes: [i16; 3]) -> Vec<u8> {
    let mut header = vec![0u8; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348i32.to_le_bytes());
    put(40, &[3i16, sizes[0], sizes[1], sizes[2]].map(i16::to_le_bytes).concat());
    put(70, &[2i16, 8].map(i16::to_le_bytes).concat());
    put(108, &352f32.to_le_bytes());
    put(254, &1i16.to_le_bytes());
    // RAS.
    put(280, &[-0.7f32, 0.0, 0.0, 4.0, 0.0, -0.8, 0.0, -6.0, 0.0, 0.0, 2.5, 0.0].map(f32::to_le_bytes).concat());
    put(344, b"n+1\0");
    header
}

#[test]
fn case_N04_more_zeros_than_memory() {
    // 1.25 GB of nothing in a little more than a megabyte, with 1 GiB of address space. Compressed parts may follow each other.
    let folder = sound();
    let compressed = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let zeros = compressed(&vec![0; 10_000_000]);
    let bytes = [compressed(&nifti_header([1000, 1000, 1250])), zeros.repeat(125)].concat();
    std::fs::write(folder.path().join("zeros.nii.gz"), bytes).unwrap();
    let ran = limited(folder.path(), &["measure", "--mask", "zeros.nii.gz", "--format", "json"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("empty-mask"), "{}", ran.stdout);
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn case_D02_pipes_in_the_place_of_data() {
    let folder = sound();
    pipe(&folder.path().join("mask.img"));
    let mut pair = nifti_header([12, 10, 5]);
    pair[344..348].copy_from_slice(b"ni1\0");
    pair[108..112].fill(0);
    std::fs::write(folder.path().join("mask.hdr"), &pair[..348]).unwrap();
    let header = "NRRD0004\ntype: uchar\ndimension: 3\nspace: LPS\nsizes: 12 10 5\nspace directions: (0.7,0,0) (0,0.8,0) (0,0,2.5)\n\
                  encoding: raw\nspace origin: (-4,6,0)\ndata file: mask.img\n";
    std::fs::write(folder.path().join("mask.nhdr"), header).unwrap();
    for name in ["mask.hdr", "mask.nhdr"] {
        let ran = measure(folder.path(), name);
        assert_eq!(ran.exit, 4, "{name}");
        assert!(ran.stderr.contains(name) && ran.stderr.contains("not a regular file"), "{}", ran.stderr);
    }
}
