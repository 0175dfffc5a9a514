//! From a folder of DICOM slices to a volume, beside a plain read of the same files.
//!
//! `SLICES=500 cargo bench --bench load -- --quick` changes the length of the series (100). Every answer is checked against the
//! formula that made the pixels before it is timed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dicom::core::{DataElement, PrimitiveValue, Tag, VR};
use dicom::dictionary_std::{tags, uids};
use dicom::object::{FileMetaTableBuilder, InMemDicomObject};
use recist::ingest::{Catalog, Stack, StackChoices, load_volume};
use recist::volume::{Volume, Voxels};
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows and columns of a slice.
const SIDE: usize = 512;
const INTERCEPT: i64 = -1024;

/// The stored value of a voxel: 12 bits that change from voxel to voxel.
fn stored(slice: usize, row: usize, column: usize) -> u16 {
    ((slice * 5 + row * 7 + column * 13) % 4096) as u16
}

/// Writes the slices, named against their order in space, and returns their paths.
fn write_series(folder: &Path, slices: usize) -> Vec<PathBuf> {
    (0..slices)
        .map(|slice| {
            let path = folder.join(format!("IM{:05}", slices - slice));
            write_slice(&path, slice);
            path
        })
        .collect()
}

fn write_slice(path: &Path, slice: usize) {
    let mut object = InMemDicomObject::new_empty();
    let mut text = |tag: Tag, vr: VR, value: &str| {
        object.put(DataElement::new(tag, vr, PrimitiveValue::Strs(value.split('\\').map(String::from).collect())));
    };
    let instance = format!("2.25.20260105.{}", slice + 1);
    text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE);
    text(tags::SOP_INSTANCE_UID, VR::UI, &instance);
    text(tags::STUDY_DATE, VR::DA, "20260105");
    text(tags::MODALITY, VR::CS, "CT");
    text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL");
    text(tags::PATIENT_ID, VR::LO, "BENCH");
    text(tags::STUDY_INSTANCE_UID, VR::UI, "2.25.20260105.900001");
    text(tags::SERIES_INSTANCE_UID, VR::UI, "2.25.20260105.900002");
    text(tags::FRAME_OF_REFERENCE_UID, VR::UI, "2.25.20260105.900003");
    text(tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-200\\-200\\{}", slice as f64 * 1.25));
    text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0");
    text(tags::PIXEL_SPACING, VR::DS, "0.78125\\0.78125");
    text(tags::SLICE_THICKNESS, VR::DS, "1.25");
    text(tags::RESCALE_INTERCEPT, VR::DS, &INTERCEPT.to_string());
    text(tags::RESCALE_SLOPE, VR::DS, "1");
    text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    for (tag, value) in [
        (tags::ROWS, SIDE as u16),
        (tags::COLUMNS, SIDE as u16),
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::BITS_ALLOCATED, 16),
        (tags::BITS_STORED, 12),
        (tags::HIGH_BIT, 11),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }
    let pixels: Vec<u16> = (0..SIDE * SIDE).map(|at| stored(slice, at / SIDE, at % SIDE)).collect();
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(pixels.into())));
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(uids::CT_IMAGE_STORAGE)
        .media_storage_sop_instance_uid(&instance);
    object.with_meta(meta).unwrap().write_to_file(path).unwrap();
}

/// The only series below the folder, from headers.
fn stack_of(folder: &Path) -> Arc<Stack> {
    let catalog = Catalog::read(&[folder.to_path_buf()], &StackChoices::default(), &|_, _| {});
    assert_eq!(catalog.series.len(), 1);
    catalog.series[0].stack.clone().unwrap()
}

/// Reads every file into one buffer: no loader can be faster than this.
fn plain_read(paths: &[PathBuf], buffer: &mut Vec<u8>) -> u64 {
    let mut bytes = 0;
    for path in paths {
        buffer.clear();
        bytes += File::open(path).and_then(|mut file| file.read_to_end(buffer)).unwrap() as u64;
    }
    bytes
}

fn assert_right(volume: &Volume, slices: usize) {
    let Voxels::Whole(values) = &volume.voxels else { panic!("whole slopes and intercepts give whole values") };
    assert_eq!(values.view().dim(), (slices, SIDE, SIDE));
    for ((slice, row, column), &value) in values.view().indexed_iter() {
        assert_eq!(
            i64::from(value),
            i64::from(stored(slice, row, column)) + INTERCEPT,
            "slice {slice}, row {row}, column {column}"
        );
    }
}

fn load(criterion: &mut Criterion) {
    let slices: usize = std::env::var("SLICES").map_or(100, |text| text.parse().expect("SLICES is a number"));
    let folder = tempfile::tempdir().unwrap();
    let paths = write_series(folder.path(), slices);
    let bytes: u64 = paths.iter().map(|path| path.metadata().unwrap().len()).sum();

    let stack = stack_of(folder.path());
    assert_eq!(stack.frames.len(), slices);
    assert!((stack.geometry.spacing_between_slices() - 1.25).abs() < 1e-9);
    assert_right(&load_volume(&stack).unwrap(), slices);
    let mut buffer = Vec::new();
    assert_eq!(plain_read(&paths, &mut buffer), bytes);

    let mut group = criterion.benchmark_group(format!("load {SIDE}x{SIDE}x{slices}"));
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    group.bench_function("plain read", |b| b.iter(|| plain_read(black_box(&paths), &mut buffer)));
    group.bench_function("headers", |b| b.iter(|| stack_of(black_box(folder.path()))));
    group.bench_function("volume", |b| b.iter(|| load_volume(black_box(&stack)).unwrap()));
    group.bench_function("headers and volume", |b| b.iter(|| load_volume(&stack_of(black_box(folder.path()))).unwrap()));
    group.finish();
}

criterion_group!(benches, load);
criterion_main!(benches);
