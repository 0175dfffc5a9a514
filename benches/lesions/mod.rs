//! Label volumes with lesions whose figures have a closed form.
//!
//! Lesions are ellipsoids with their axes along the grid, centred on voxels, with whole semi-axes. So the ends of every axis are
//! voxel centres, and at the centre level the figures are twice the semi-axis times the spacing.

#![allow(dead_code, reason = "every benchmark uses its own part")]

use recist::volume::Values;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows and columns of a slice.
pub const SIDE: usize = 512;
/// Between columns, rows and slices, in mm.
pub const SPACING: [f64; 3] = [0.7, 0.7, 1.0];
pub const IN_PLANE: [f64; 2] = [SPACING[0], SPACING[1]];
pub const STEPS: [[f64; 3]; 3] = [[SPACING[0], 0.0, 0.0], [0.0, SPACING[1], 0.0], [0.0, 0.0, SPACING[2]]];

/// Centre and semi-axes in voxels: column, row, slice. Columns have the longer in-plane axis.
pub struct Ellipsoid {
    centre: [usize; 3],
    semi: [usize; 3],
}

impl Ellipsoid {
    pub fn long_axis_mm(&self) -> f64 {
        2.0 * self.semi[0] as f64 * SPACING[0]
    }

    pub fn short_axis_mm(&self) -> f64 {
        2.0 * self.semi[1] as f64 * SPACING[1]
    }

    pub fn max_3d_diameter_mm(&self) -> f64 {
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
pub fn scattered(n: usize, slices: usize) -> Vec<Ellipsoid> {
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
pub fn huge(slices: usize) -> Vec<Ellipsoid> {
    let semi = if slices > 210 { [150, 150, 105] } else { [223, 223, 48] };
    vec![Ellipsoid { centre: [SIDE / 2, SIDE / 2, slices / 2], semi }]
}

/// Labels count from 1 in the order of the lesions; columns fastest. Every page is written, or zeros would all be one page.
pub fn paint(lesions: &[Ellipsoid], slices: usize) -> Values<u8> {
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

/// An uncompressed NIfTI file: 348 bytes of header, 4 of padding, the labels.
pub fn write_nifti(path: &Path, labels: &[u8], slices: usize) {
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

pub fn assert_mm(measured: f64, expected: f64, what: &str) {
    assert!((measured - expected).abs() < 1e-4, "{what}: {measured} mm, expected {expected} mm");
}

/// The median of the ratios of two times, taken in turns for a second, and the quartiles.
pub fn print_ratio(what: &str, of: &str, mut plain: impl FnMut(), mut step: impl FnMut()) {
    fn time(work: &mut impl FnMut()) -> Duration {
        let start = Instant::now();
        work();
        start.elapsed()
    }
    let (begin, mut ratios) = (Instant::now(), Vec::new());
    while ratios.len() < 15 || begin.elapsed() < Duration::from_secs(1) {
        let plain = time(&mut plain);
        ratios.push(time(&mut step).as_secs_f64() / plain.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let [low, median, high] = [1, 2, 3].map(|quarter| ratios[quarter * ratios.len() / 4]);
    println!("{what}: {median:.2} of {of} ({low:.2} to {high:.2})");
}
