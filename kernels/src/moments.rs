//! Counts, boxes, centroid and covariance of the voxel centres, exact up to the last division.

use crate::runs::{BoundingBox, Run};

/// Sums over voxel centres of powers of their coordinates, taken from the corner of the bounding box, and the box. They are
/// integers, so neither the order of the runs nor the number of threads can change them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moments {
    around: BoundingBox,
    voxels: u64,
    /// Sum of each coordinate.
    first: [i128; 3],
    /// Sum of each product of two coordinates.
    second: [[i128; 3]; 3],
}

/// The moments of some voxels; `None` without voxels. Runs may come in any order, those of a slice together are fastest.
pub fn moments(runs: &[Run]) -> Option<Moments> {
    let run = runs.first()?;
    let around = BoundingBox { first: [run.start, run.row, run.slice], last: [run.end - 1, run.row, run.slice] };
    let mut sums = Moments { around, voxels: 0, first: [0; 3], second: [[0; 3]; 3] };
    for of_slice in runs.chunk_by(|a, b| a.slice == b.slice) {
        sums.add_slice(of_slice);
    }
    Some(sums.at_corner())
}

impl Moments {
    /// Adds runs of one slice to sums over coordinates of the volume.
    ///
    /// Coordinates are below 2^20, so a run's share of any sum here is at most 2^62: products are taken in 64 bits, and sums that
    /// stay below that for a whole slice are kept in 64 bits too.
    fn add_slice(&mut self, runs: &[Run]) {
        let BoundingBox { mut first, mut last } = self.around;
        let (mut voxels, mut rows, mut columns_twice) = (0u64, 0u64, 0u64);
        let (mut squared_rows, mut columns_twice_by_rows, mut squared_columns_times_12) = (0u128, 0u128, 0u128);
        for run in runs {
            (first[0], last[0]) = (first[0].min(run.start), last[0].max(run.end - 1));
            (first[1], last[1]) = (first[1].min(run.row), last[1].max(run.row));
            let (length, row) = (u64::from(run.len()), u64::from(run.row));
            // n whole numbers with mean m have the sum n m and the sum of squares n m² + n (n² - 1) / 12.
            let mean_twice = u64::from(run.start + run.end - 1);
            voxels += length;
            rows += length * row;
            columns_twice += length * mean_twice;
            squared_rows += u128::from(length * row * row);
            columns_twice_by_rows += u128::from(length * mean_twice * row);
            squared_columns_times_12 += u128::from(length * (3 * mean_twice * mean_twice + length * length - 1));
        }
        let slice = runs[0].slice;
        (first[2], last[2]) = (first[2].min(slice), last[2].max(slice));
        self.around = BoundingBox { first, last };
        self.voxels += voxels;

        let slice = i128::from(slice);
        let [n, columns, rows] = [voxels, columns_twice / 2, rows].map(i128::from);
        let [squared_columns, columns_by_rows, squared_rows] =
            [squared_columns_times_12 / 12, columns_twice_by_rows / 2, squared_rows].map(|sum| sum as i128);
        let first = [columns, rows, n * slice];
        let second = [
            [squared_columns, columns_by_rows, columns * slice],
            [columns_by_rows, squared_rows, rows * slice],
            [columns * slice, rows * slice, n * slice * slice],
        ];
        for (sum, value) in self.first.iter_mut().zip(first) {
            *sum += value;
        }
        for (sum, value) in self.second.as_flattened_mut().iter_mut().zip(second.as_flattened()) {
            *sum += value;
        }
    }

    /// The same sums over coordinates taken from the corner of the bounding box.
    fn at_corner(mut self) -> Moments {
        let n = i128::from(self.voxels);
        let corner = self.around.first.map(i128::from);
        for (a, row) in self.second.iter_mut().enumerate() {
            for (b, sum) in row.iter_mut().enumerate() {
                *sum += n * corner[a] * corner[b] - corner[a] * self.first[b] - corner[b] * self.first[a];
            }
        }
        for (sum, corner) in self.first.iter_mut().zip(corner) {
            *sum -= n * corner;
        }
        self
    }

    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.voxels
    }

    /// The smallest box around the voxels, both ends inclusive.
    pub fn bounding_box(&self) -> BoundingBox {
        self.around
    }

    /// Mean of the voxel centres in voxel coordinates: column, row, slice.
    pub fn centroid(&self) -> [f64; 3] {
        std::array::from_fn(|axis| f64::from(self.around.first[axis]) + self.first[axis] as f64 / self.voxels as f64)
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
