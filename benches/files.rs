//! From mask files to figures, beside reading the file, and for a compressed one beside inflating it.

mod lesions;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use lesions::{Ellipsoid, SIDE, assert_mm, huge, paint, print_ratio, scattered, write_nifti};
use rayon::prelude::*;
use recist::ingest::{MaskFile, SourceFile};
use recist::measure::{Level, Measurement, measure};
use recist::volume::Values;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;

/// What `recist measure --mask` does, without start and print, on all threads.
fn measure_file(path: &Path) -> Vec<Measurement> {
    let source = SourceFile::named(Path::new("mask"), path.to_path_buf());
    let mask = MaskFile::open(source).and_then(|file| file.load(None)).unwrap().mask;
    mask.segments.par_iter().map(|segment| measure(&segment.runs, &mask.geometry, false, Level::Centre)).collect()
}

/// A plain file a piece at a time, as `cat` does.
fn read_file(path: &Path) -> usize {
    read_all(File::open(path).unwrap())
}

fn read_all(mut file: impl Read) -> usize {
    let mut piece = vec![0; 1 << 18];
    std::iter::from_fn(|| Some(file.read(black_box(&mut piece)).unwrap()).filter(|&read| read > 0)).sum()
}

/// A compressed file whole into fresh memory.
fn inflate_whole(path: &Path, length: usize) -> Values<u8> {
    let packed = std::fs::read(path).unwrap();
    let mut memory = Values::zeros([1, 1, length]).unwrap();
    let inflated = libdeflater::Decompressor::new().gzip_decompress(&packed, memory.as_mut_slice());
    assert_eq!(inflated, Ok(length));
    memory
}

/// A compressed file a piece at a time.
fn inflate_streamed(path: &Path) -> usize {
    read_all(MultiGzDecoder::new(File::open(path).unwrap()))
}

fn compress(path: &Path, level: u32) -> std::path::PathBuf {
    let packed = path.with_file_name(format!("mask{level}.nii.gz"));
    let mut encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::new(level));
    encoder.write_all(&std::fs::read(path).unwrap()).unwrap();
    encoder.finish().unwrap();
    packed
}

fn assert_figures(figures: &[Measurement], lesions: &[Ellipsoid]) {
    assert_eq!(figures.len(), lesions.len());
    for (figures, lesion) in figures.iter().zip(lesions) {
        assert_mm(figures.long_axis_mm, lesion.long_axis_mm(), "long axis");
        assert_mm(figures.short_axis_mm, lesion.short_axis_mm(), "short axis");
        assert_mm(figures.max_3d_diameter_mm, lesion.max_3d_diameter_mm(), "3-D diameter");
    }
}

fn file_case(criterion: &mut Criterion, name: &str, slices: usize, lesions: &[Ellipsoid]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mask.nii");
    write_nifti(&path, paint(lesions, slices).as_slice(), slices);
    let length = std::fs::metadata(&path).unwrap().len();
    // 1 is what nibabel writes, 6 what gzip does.
    let packed = [1, 6].map(|level| (level, compress(&path, level)));
    assert_figures(&measure_file(&path), lesions);

    let title = format!("file {SIDE}x{SIDE}x{slices} {name}");
    let mut group = criterion.benchmark_group(&title);
    group.sample_size(10).throughput(Throughput::Bytes(length));
    group.bench_function("read", |b| b.iter(|| read_file(black_box(&path))));
    group.bench_function("figures", |b| b.iter(|| measure_file(black_box(&path))));
    for (level, path) in &packed {
        assert_figures(&measure_file(path), lesions);
        group.bench_function(format!("gz {level}, inflated whole"), |b| {
            b.iter(|| inflate_whole(black_box(path), length as usize))
        });
        group.bench_function(format!("gz {level}, inflated in pieces"), |b| b.iter(|| inflate_streamed(black_box(path))));
        group.bench_function(format!("gz {level}, figures"), |b| b.iter(|| measure_file(black_box(path))));
    }
    group.finish();

    print_ratio(&format!("{title}: figures"), "reading the file", || _ = read_file(&path), || _ = measure_file(&path));
    for (level, path) in &packed {
        let what = format!("{title}: figures of gz {level}");
        let whole = || _ = inflate_whole(path, length as usize);
        print_ratio(&what, "inflating it whole", whole, || _ = measure_file(path));
        print_ratio(&what, "inflating it in pieces", || _ = inflate_streamed(path), || _ = measure_file(path));
    }
}

fn all_files(criterion: &mut Criterion) {
    file_case(criterion, "100 lesions", 1000, &scattered(100, 1000));
    file_case(criterion, "one huge lesion", 400, &huge(400));
}

criterion_group!(benches, all_files);
criterion_main!(benches);
