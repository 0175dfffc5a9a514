//! From label volumes to figures, beside a plain read of the same bytes.
//!
//! Lesions are ellipsoids with their axes along the grid, centred on voxels, with whole semi-axes. So the ends of every axis are
//! voxel centres, and at the centre level the figures have a closed form: twice the semi-axis times the spacing.
//!
//! Memory is noisy, so beside criterion's times every step is timed in turns with the plain read, and the median of the ratios is
//! printed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use recist::ingest::{MaskFile, SourceFile};
use recist::measure::{Level, Measurement, measure};
use recist::volume::Values;
use recist_kernels::{
    Connectivity, Points, Run, SurfaceTable, bit_runs, bounding_box, components, in_plane_axes, labelled_runs, line_runs,
    max_3d_diameter_mm, moments, volume_runs,
};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows and columns of a slice.
const SIDE: usize = 512;
/// Between columns, rows and slices, in mm.
const SPACING: [f64; 3] = [0.7, 0.7, 1.0];
const IN_PLANE: [f64; 2] = [SPACING[0], SPACING[1]];
const STEPS: [[f64; 3]; 3] = [[SPACING[0], 0.0, 0.0], [0.0, SPACING[1], 0.0], [0.0, 0.0, SPACING[2]]];

/// Centre and semi-axes in voxels: column, row, slice. Columns have the longer in-plane axis.
struct Ellipsoid {
    centre: [usize; 3],
    semi: [usize; 3],
}

impl Ellipsoid {
    fn long_axis_mm(&self) -> f64 {
        2.0 * self.semi[0] as f64 * SPACING[0]
    }

    fn short_axis_mm(&self) -> f64 {
        2.0 * self.semi[1] as f64 * SPACING[1]
    }

    fn max_3d_diameter_mm(&self) -> f64 {
        self.long_axis_mm().max(2.0 * self.semi[2] as f64 * SPACING[2])
    }

    /// Whether a voxel centre lies inside, in whole numbers.
    fn holds(&self, voxel: [usize; 3]) -> bool {
        let [a, b, c] = self.semi.map(|semi| (semi * semi) as u128);
        let [x, y, z] = std::array::from_fn(|axis| (voxel[axis].abs_diff(self.centre[axis]).pow(2)) as u128);
        x * b * c + y * a * c + z * a * b <= a * b * c
    }
}

/// `n` lesions of different sizes, each in a cell of its own.
fn scattered(n: usize, slices: usize) -> Vec<Ellipsoid> {
    let per_side = (n as f64).sqrt().ceil() as usize;
    let cell = SIDE / per_side;
    let one = |lesion: usize| {
        let semi = [9 + lesion % 13, 5 + lesion % 4, 4 + lesion * 7 % 19];
        let depth = slices - 2 * semi[2];
        let centre = [lesion % per_side * cell + cell / 2, lesion / per_side * cell + cell / 2, semi[2] + lesion * 31 % depth];
        Ellipsoid { centre, semi }
    };
    (0..n).map(one).collect()
}

/// One lesion of 10^7 voxels: a ball of 21 cm, in which every direction is nearly a diameter; flat where there is no room for it.
fn huge(slices: usize) -> Vec<Ellipsoid> {
    let semi = if slices > 210 { [150, 150, 105] } else { [223, 223, 48] };
    vec![Ellipsoid { centre: [SIDE / 2, SIDE / 2, slices / 2], semi }]
}

/// Labels count from 1 in the order of the lesions; columns fastest. Every page is written, or zeros would all be one page.
fn paint(lesions: &[Ellipsoid], slices: usize) -> Values<u8> {
    let mut volume = Values::zeros([slices, SIDE, SIDE]).unwrap();
    let labels = volume.as_mut_slice();
    black_box(&mut *labels).fill(0);
    for (lesion, label) in lesions.iter().zip(1..) {
        let range = |axis: usize| lesion.centre[axis] - lesion.semi[axis]..=lesion.centre[axis] + lesion.semi[axis];
        for slice in range(2) {
            for row in range(1) {
                for column in range(0).filter(|&column| lesion.holds([column, row, slice])) {
                    labels[(slice * SIDE + row) * SIDE + column] = label;
                }
            }
        }
    }
    volume
}

/// The runs of each lesion.
fn runs_of(labels: &[u8], lesions: usize) -> Vec<Vec<Run>> {
    let mut runs = vec![Vec::new(); lesions];
    labelled_runs(labels, SIDE, SIDE, 0, &mut |label, run| runs[usize::from(label) - 1].push(run));
    runs
}

/// An uncompressed NIfTI file: 348 bytes of header, 4 of padding, the labels.
fn write_nifti(path: &Path, labels: &[u8], slices: usize) {
    let mut file = vec![0u8; 352];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348i32.to_le_bytes());
    for (at, size) in [(40, 3), (42, SIDE as i16), (44, SIDE as i16), (46, slices as i16), (48, 1), (50, 1), (52, 1), (54, 1)] {
        put(at, &size.to_le_bytes());
    }
    put(70, &2i16.to_le_bytes()); // unsigned bytes
    put(72, &8i16.to_le_bytes()); // bits per voxel
    for (at, value) in [(76, 1.0), (80, SPACING[0]), (84, SPACING[1]), (88, SPACING[2]), (108, 352.0), (112, 1.0)] {
        put(at, &(value as f32).to_le_bytes());
    }
    put(123, &[2]); // millimetres
    put(254, &1i16.to_le_bytes()); // the affine below, in scanner coordinates
    for (row, diagonal) in [-SPACING[0], -SPACING[1], SPACING[2]].into_iter().enumerate() {
        put(280 + 20 * row, &(diagonal as f32).to_le_bytes());
    }
    put(344, b"n+1\0");
    file.extend_from_slice(labels);
    std::fs::write(path, file).unwrap();
}

/// One bit a voxel, as DICOM segmentations have them.
fn packed(labels: &[u8]) -> Vec<u8> {
    let byte = |voxels: &[u8]| voxels.iter().rev().fold(0, |bits, &voxel| bits << 1 | u8::from(voxel != 0));
    labels.chunks(8).map(byte).collect()
}

fn runs_of_bits(bits: &[u8]) -> Vec<Run> {
    let (mut runs, frame) = (Vec::new(), SIDE * SIDE);
    (0..bits.len() * 8 / frame).for_each(|slice| bit_runs(bits, slice * frame, SIDE, SIDE, slice as u32, &mut runs));
    runs
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

/// What `recist measure --mask` does, without start and print.
fn measure_file(path: &Path) -> Vec<Measurement> {
    let source = SourceFile::named(Path::new("mask.nii"), path.to_path_buf());
    let mask = MaskFile::open(source).and_then(|file| file.load(None)).unwrap().mask;
    mask.segments.iter().map(|segment| measure(&segment.runs, &mask.geometry, false, Level::Centre)).collect()
}

fn assert_mm(measured: f64, expected: f64, what: &str) {
    assert!((measured - expected).abs() < 1e-4, "{what}: {measured} mm, expected {expected} mm");
}

/// The median of the ratios of two times, taken in turns.
fn print_ratio(what: &str, mut plain: impl FnMut(), mut step: impl FnMut()) {
    fn time(work: &mut impl FnMut()) -> Duration {
        let start = Instant::now();
        work();
        start.elapsed()
    }
    let mut ratios: Vec<f64> = (0..15)
        .map(|_| {
            let plain = time(&mut plain);
            time(&mut step).as_secs_f64() / plain.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("{what}: {:.2} of the plain read ({:.2} to {:.2})", ratios[7], ratios[3], ratios[11]);
}

fn measure_case(criterion: &mut Criterion, name: &str, slices: usize, lesions: &[Ellipsoid]) {
    let volume = paint(lesions, slices);
    let labels = volume.as_slice();
    let bits = packed(labels);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mask.nii");
    write_nifti(&path, labels, slices);

    let mut counts = [0u64; 256];
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    let runs = runs_of(labels, lesions.len());
    assert_eq!(volume_runs(labels, SIDE, SIDE, 0, u32::from).into_values().collect::<Vec<_>>(), runs);
    let mut of_any: Vec<Run> = runs.concat();
    of_any.sort();
    assert_eq!(runs_of_bits(&bits), of_any, "no two lesions touch");
    let figures = measure_file(&path);
    assert_eq!(figures.len(), lesions.len());
    for (index, lesion) in lesions.iter().enumerate() {
        let (runs, figures, count) = (&runs[index], &figures[index], counts[index + 1]);
        assert_eq!(moments(runs).unwrap().voxels(), count);
        assert_eq!(components(runs, Connectivity::TwentySix).voxels, [count]);
        let axes = in_plane_axes(runs, IN_PLANE, Level::Centre).unwrap();
        assert_mm(axes.long_axis_mm, lesion.long_axis_mm(), "long axis");
        assert_mm(axes.short_axis_mm, lesion.short_axis_mm(), "short axis");
        assert_mm(max_3d_diameter_mm(runs, STEPS, Points::Centres), lesion.max_3d_diameter_mm(), "3-D diameter");
        assert_eq!(figures.voxels, count);
        assert_mm(figures.long_axis_mm, lesion.long_axis_mm(), "long axis from the file");
        assert_mm(figures.max_3d_diameter_mm, lesion.max_3d_diameter_mm(), "3-D diameter from the file");
    }

    let scan = || runs_of(black_box(labels), lesions.len());
    let scan_rows = || {
        let mut runs = vec![Vec::new(); lesions.len()];
        for (row, voxels) in labels.chunks(SIDE).enumerate() {
            line_runs(black_box(voxels), SIDE, SIDE, row, 0, &mut |label, run| runs[usize::from(label) - 1].push(run));
        }
        runs
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
    group.bench_function("runs", |b| b.iter(scan));
    group.bench_function("runs, row by row", |b| b.iter(scan_rows));
    group.bench_function("runs, all threads", |b| b.iter(|| volume_runs(black_box(labels), SIDE, SIDE, 0, u32::from)));
    group.bench_function("runs of bits", |b| b.iter(|| runs_of_bits(black_box(&bits))));
    group.bench_function("runs and planar figures", |b| b.iter(planar));
    group.bench_function("runs and all figures", |b| b.iter(all));
    group.bench_function("plain file read", |b| b.iter(|| std::fs::read(black_box(&path)).unwrap()));
    group.bench_function("file to figures", |b| b.iter(|| measure_file(black_box(&path))));
    group.finish();

    let read = || _ = black_box(plain_read(black_box(labels)));
    print_ratio(&format!("{title}: runs"), read, || _ = black_box(scan()));
    print_ratio(&format!("{title}: runs of bits"), read, || _ = black_box(runs_of_bits(black_box(&bits))));
    print_ratio(&format!("{title}: runs and planar figures"), read, || _ = black_box(planar()));
    print_ratio(&format!("{title}: runs and all figures"), read, || _ = black_box(all()));
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
