//! Counts, centroid and covariance of the voxel centres, exact up to the last division.

use crate::runs::{Run, bounding_box};

/// Sums over voxel centres of powers of their coordinates, taken from the corner of the bounding box. They are integers, so
/// neither the order of the runs nor the number of threads can change them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moments {
    origin: [u32; 3],
    voxels: u64,
    /// Sum of each coordinate.
    first: [i128; 3],
    /// Sum of each product of two coordinates.
    second: [[i128; 3]; 3],
}

/// The moments of some voxels; `None` without voxels. Runs may come in any order.
pub fn moments(runs: &[Run]) -> Option<Moments> {
    let origin = bounding_box(runs)?.first;
    let mut sums = Moments { origin, voxels: 0, first: [0; 3], second: [[0; 3]; 3] };
    for run in runs {
        let length = i128::from(run.len());
        let start = i128::from(run.start - origin[0]);
        let [row, slice] = [i128::from(run.row - origin[1]), i128::from(run.slice - origin[2])];
        let columns = sum_below(start + length) - sum_below(start);
        let squares = sum_of_squares_below(start + length) - sum_of_squares_below(start);
        let first = [columns, row * length, slice * length];
        let second = [
            [squares, columns * row, columns * slice],
            [columns * row, row * row * length, row * slice * length],
            [columns * slice, row * slice * length, slice * slice * length],
        ];
        sums.voxels += u64::from(run.len());
        for (sum, value) in sums.first.iter_mut().zip(first) {
            *sum += value;
        }
        for (sum, value) in sums.second.as_flattened_mut().iter_mut().zip(second.as_flattened()) {
            *sum += value;
        }
    }
    Some(sums)
}

/// 0 + 1 + ... + (n - 1).
fn sum_below(n: i128) -> i128 {
    n * (n - 1) / 2
}

/// 0 + 1 + 4 + ... + (n - 1)^2.
fn sum_of_squares_below(n: i128) -> i128 {
    (n - 1) * n * (2 * n - 1) / 6
}

impl Moments {
    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.voxels
    }

    /// Mean of the voxel centres in voxel coordinates: column, row, slice.
    pub fn centroid(&self) -> [f64; 3] {
        std::array::from_fn(|axis| f64::from(self.origin[axis]) + self.first[axis] as f64 / self.voxels as f64)
    }

    /// Covariance of the voxel centres in mm², divided by the number of voxels (not one less).
    ///
    /// `steps` are the vectors in mm from one voxel to the next along a row of columns, along rows and along slices; the matrix is in
    /// their frame, so oblique and sheared grids come out right.
    pub fn covariance(&self, steps: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
        let n = i128::from(self.voxels);
        // n² times the covariance in voxels: the subtraction that would cost digits is done in integers.
        let scaled = |a: usize, b: usize| (n * self.second[a][b] - self.first[a] * self.first[b]) as f64;
        let mut covariance = [[0.0; 3]; 3];
        for (i, row) in covariance.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                let sum: f64 = (0..3)
                    .flat_map(|a| (0..3).map(move |b| (a, b)))
                    .map(|(a, b)| scaled(a, b) * (steps[a][i] * steps[b][j]))
                    .sum();
                *value = sum / (n as f64 * n as f64);
            }
        }
        covariance
    }
}
