//! From label volumes in memory to figures, beside a plain read of the same bytes.
//!
//! Memory is noisy, so beside criterion's times every step is timed in turns with the plain read, and the median of the ratios is
//! printed. All on one thread, but where it says otherwise.

mod lesions;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lesions::{Ellipsoid, IN_PLANE, SIDE, STEPS, assert_mm, huge, paint, print_ratio, scattered};
use recist_kernels::{
    Connectivity, Level, Points, Run, SurfaceTable, bit_runs, bounding_box, components, in_plane_axes, labelled_runs, line_runs,
    max_3d_diameter_mm, moments, volume_runs,
};
use std::cell::RefCell;
use std::hint::black_box;

/// The runs of each lesion.
fn runs_of(labels: &[u8], lesions: usize) -> Vec<Vec<Run>> {
    let mut runs = vec![Vec::new(); lesions];
    labelled_runs(labels, SIDE, SIDE, 0, &mut |label, run| runs[usize::from(label) - 1].push(run));
    runs
}

/// One bit a voxel, as DICOM segmentations have them.
fn packed(labels: &[u8]) -> Vec<u8> {
    let byte = |voxels: &[u8]| voxels.iter().rev().fold(0, |bits, &voxel| bits << 1 | u8::from(voxel != 0));
    labels.chunks(8).map(byte).collect()
}

fn runs_of_bits(bits: &[u8], runs: &mut Vec<Run>) {
    let frame = SIDE * SIDE;
    (0..bits.len() * 8 / frame).for_each(|slice| bit_runs(bits, slice * frame, SIDE, SIDE, slice as u32, runs));
}

/// Every byte once, as fast as one thread reads memory.
fn plain_read(bytes: &[u8]) -> u64 {
    let mut sums = [0u64; 16];
    for words in bytes.as_chunks::<128>().0 {
        for (sum, word) in sums.iter_mut().zip(words.as_chunks::<8>().0) {
            *sum |= u64::from_le_bytes(*word);
        }
    }
    sums.into_iter().fold(0, |all, sum| all | sum)
}

/// Count, box, moments, components, long and short axis of each lesion.
fn planar_figures(runs: &[Vec<Run>]) -> f64 {
    let figures = |runs: &Vec<Run>| {
        let parts = components(runs, Connectivity::TwentySix).voxels.len();
        let (around, centre) = (bounding_box(runs).unwrap(), moments(runs).unwrap().centroid());
        let axes = in_plane_axes(runs, IN_PLANE, Level::Centre).unwrap();
        axes.long_axis_mm + axes.short_axis_mm + centre[0] + f64::from(around.last[0]) + parts as f64
    };
    runs.iter().map(figures).sum()
}

/// 3-D diameter, mesh volume and both areas of each lesion.
fn spatial_figures(runs: &[Vec<Run>]) -> f64 {
    let table = SurfaceTable::new(STEPS).unwrap();
    let figures = |runs: &Vec<Run>| {
        let surface = table.surface(runs);
        let areas = surface.mesh_area_mm2 + surface.crofton_area_mm2;
        max_3d_diameter_mm(runs, STEPS, Points::Centres) + surface.mesh_volume_mm3 + areas
    };
    runs.iter().map(figures).sum()
}

fn measure_case(criterion: &mut Criterion, name: &str, slices: usize, lesions: &[Ellipsoid]) {
    let volume = paint(lesions, slices);
    let labels = volume.as_slice();
    let bits = packed(labels);

    let mut counts = [0u64; 256];
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    let runs = runs_of(labels, lesions.len());
    assert_eq!(volume_runs(labels, SIDE, SIDE, 0, u32::from).into_values().collect::<Vec<_>>(), runs);
    let mut of_any: Vec<Run> = runs.concat();
    of_any.sort();
    let mut from_bits = Vec::new();
    runs_of_bits(&bits, &mut from_bits);
    assert_eq!(from_bits, of_any, "no two lesions touch");
    for (index, lesion) in lesions.iter().enumerate() {
        let (runs, count) = (&runs[index], counts[index + 1]);
        assert_eq!(moments(runs).unwrap().voxels(), count);
        assert_eq!(components(runs, Connectivity::TwentySix).voxels, [count]);
        let axes = in_plane_axes(runs, IN_PLANE, Level::Centre).unwrap();
        assert_mm(axes.long_axis_mm, lesion.long_axis_mm(), "long axis");
        assert_mm(axes.short_axis_mm, lesion.short_axis_mm(), "short axis");
        assert_mm(max_3d_diameter_mm(runs, STEPS, Points::Centres), lesion.max_3d_diameter_mm(), "3-D diameter");
    }

    let scan = || runs_of(black_box(labels), lesions.len());
    // Into memory that is kept, as memory fresh from the system takes longer to touch than runs take to find.
    let kept = RefCell::new(vec![(0, Run { slice: 0, row: 0, start: 0, end: 0 }); of_any.len()]);
    let extract = || {
        let mut kept = kept.borrow_mut();
        let mut free = kept.iter_mut();
        labelled_runs(black_box(labels), SIDE, SIDE, 0, &mut |label, run| {
            *free.next().expect("room for all runs") = (label, run);
        });
        of_any.len() - free.len()
    };
    let extract_rows = || {
        let mut kept = kept.borrow_mut();
        let mut free = kept.iter_mut();
        for (row, voxels) in labels.chunks(SIDE).enumerate() {
            line_runs(black_box(voxels), SIDE, SIDE, row, 0, &mut |label, run| {
                *free.next().expect("room for all runs") = (label, run);
            });
        }
        of_any.len() - free.len()
    };
    assert_eq!((extract(), extract_rows()), (of_any.len(), of_any.len()));
    let from_bits = RefCell::new(from_bits);
    let extract_bits = || {
        let mut kept = from_bits.borrow_mut();
        kept.clear();
        runs_of_bits(black_box(&bits), &mut kept);
        kept.len()
    };
    let planar = || planar_figures(&scan());
    let all = || {
        let runs = scan();
        planar_figures(&runs) + spatial_figures(&runs)
    };
    let title = format!("measure {SIDE}x{SIDE}x{slices} {name}");
    let mut group = criterion.benchmark_group(&title);
    group.sample_size(10).throughput(Throughput::Bytes(labels.len() as u64));
    group.bench_function("plain read", |b| b.iter(|| plain_read(black_box(labels))));
    group.bench_function("runs", |b| b.iter(extract));
    group.bench_function("runs, row by row", |b| b.iter(extract_rows));
    group.bench_function("runs, all threads", |b| b.iter(|| volume_runs(black_box(labels), SIDE, SIDE, 0, u32::from)));
    group.bench_function("runs of bits", |b| b.iter(extract_bits));
    group.bench_function("runs and planar figures", |b| b.iter(planar));
    group.bench_function("runs and all figures", |b| b.iter(all));
    group.finish();

    let read = || _ = black_box(plain_read(black_box(labels)));
    let ratio = |what: &str, step: &dyn Fn()| print_ratio(&format!("{title}: {what}"), "the plain read", read, step);
    ratio("runs", &|| _ = black_box(extract()));
    ratio("runs, row by row", &|| _ = black_box(extract_rows()));
    ratio("runs of bits", &|| _ = black_box(extract_bits()));
    ratio("runs and planar figures", &|| _ = black_box(planar()));
    ratio("runs and all figures", &|| _ = black_box(all()));
}

fn measure_all(criterion: &mut Criterion) {
    for slices in [100, 400, 1000] {
        for n in [1, 10, 100] {
            measure_case(criterion, &format!("{n} lesions"), slices, &scattered(n, slices));
        }
        measure_case(criterion, "one huge lesion", slices, &huge(slices));
    }
}

criterion_group!(benches, measure_all);
criterion_main!(benches);
