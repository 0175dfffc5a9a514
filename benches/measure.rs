//! From label volumes to figures, beside a plain pass over the same bytes.
//!
//! Lesions are ellipsoids with their axes along the grid, centred on voxels, with whole semi-axes. So the ends of every axis are
//! voxel centres, and at the centre level the figures have a closed form: twice the semi-axis times the spacing.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use recist::ingest::{MaskFile, SourceFile};
use recist::measure::{Level, Measurement, measure};
use recist_kernels::{Connectivity, Points, Run, components, in_plane_axes, labelled_runs, max_3d_diameter_mm, moments};
use std::hint::black_box;
use std::path::Path;

/// Rows and columns of a slice.
const SIDE: usize = 512;
/// Between columns, rows and slices, in mm.
const SPACING: [f64; 3] = [0.7, 0.7, 1.0];

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

/// One lesion of the size of a liver.
fn huge(slices: usize) -> Vec<Ellipsoid> {
    vec![Ellipsoid { centre: [SIDE / 2, SIDE / 2, slices / 2], semi: [180, 120, slices * 9 / 20] }]
}

/// Labels count from 1 in the order of the lesions; columns fastest.
fn paint(lesions: &[Ellipsoid], slices: usize) -> Vec<u8> {
    let mut labels = vec![0; SIDE * SIDE * slices];
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
    labels
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

/// What `recist measure --mask` does, without start and print.
fn measure_file(path: &Path) -> Vec<Measurement> {
    let source = SourceFile::named(Path::new("mask.nii"), path.to_path_buf());
    let mask = MaskFile::open(source).and_then(|file| file.load(None)).unwrap().mask;
    mask.segments.iter().map(|segment| measure(&segment.runs, &mask.geometry, false, Level::Centre)).collect()
}

fn assert_mm(measured: f64, expected: f64, what: &str) {
    assert!((measured - expected).abs() < 1e-4, "{what}: {measured} mm, expected {expected} mm");
}

fn measure_case(criterion: &mut Criterion, name: &str, slices: usize, lesions: &[Ellipsoid]) {
    let labels = paint(lesions, slices);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mask.nii");
    write_nifti(&path, &labels, slices);
    let steps = [[SPACING[0], 0.0, 0.0], [0.0, SPACING[1], 0.0], [0.0, 0.0, SPACING[2]]];
    let in_plane = [SPACING[0], SPACING[1]];

    let mut counts = [0u64; 256];
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    let runs = runs_of(&labels, lesions.len());
    let figures = measure_file(&path);
    assert_eq!(figures.len(), lesions.len());
    for (index, lesion) in lesions.iter().enumerate() {
        let (runs, figures, count) = (&runs[index], &figures[index], counts[index + 1]);
        assert_eq!(moments(runs).unwrap().voxels(), count);
        assert_eq!(components(runs, Connectivity::TwentySix).voxels, [count]);
        let axes = in_plane_axes(runs, in_plane, Level::Centre).unwrap();
        assert_mm(axes.long_axis_mm, lesion.long_axis_mm(), "long axis");
        assert_mm(axes.short_axis_mm, lesion.short_axis_mm(), "short axis");
        assert_mm(max_3d_diameter_mm(runs, steps, Points::Centres), lesion.max_3d_diameter_mm(), "3-D diameter");
        assert_eq!(figures.voxels, count);
        assert_mm(figures.long_axis_mm, lesion.long_axis_mm(), "long axis from the file");
        assert_mm(figures.max_3d_diameter_mm, lesion.max_3d_diameter_mm(), "3-D diameter from the file");
    }

    let mut group = criterion.benchmark_group(format!("measure {SIDE}x{SIDE}x{slices} {name}"));
    group.sample_size(10).throughput(Throughput::Bytes(labels.len() as u64));
    group.bench_function("plain pass", |b| b.iter(|| black_box(&labels).iter().map(|&label| u64::from(label)).sum::<u64>()));
    group.bench_function("runs", |b| b.iter(|| runs_of(black_box(&labels), lesions.len())));
    group.bench_function("in-plane axes", |b| {
        b.iter(|| black_box(&runs).iter().map(|runs| in_plane_axes(runs, in_plane, Level::Centre)).collect::<Vec<_>>());
    });
    group.bench_function("3-D diameter", |b| {
        b.iter(|| black_box(&runs).iter().map(|runs| max_3d_diameter_mm(runs, steps, Points::Centres)).sum::<f64>());
    });
    group.bench_function("components and moments", |b| {
        b.iter(|| {
            black_box(&runs).iter().map(|runs| (components(runs, Connectivity::TwentySix), moments(runs))).collect::<Vec<_>>()
        });
    });
    group.bench_function("plain file read", |b| b.iter(|| std::fs::read(black_box(&path)).unwrap()));
    group.bench_function("file to figures", |b| b.iter(|| measure_file(black_box(&path))));
    group.finish();
}

fn measure_all(criterion: &mut Criterion) {
    for slices in [100, 400] {
        for n in [1, 10, 100] {
            measure_case(criterion, &format!("{n} lesions"), slices, &scattered(n, slices));
        }
        measure_case(criterion, "one huge lesion", slices, &huge(slices));
    }
}

criterion_group!(benches, measure_all);
criterion_main!(benches);
