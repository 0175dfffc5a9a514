//! Counts, boxes and moments of random masks against sums over single voxels, and of masks as large as they may be.

mod judge;

use judge::{grids, place, steps};
use proptest::prelude::*;
use recist_kernels::{Run, bounding_box, count, moments, touches_border};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn counts_boxes_and_borders(grid in grids(9, 7, 5)) {
        let (runs, voxels) = (grid.runs(), grid.voxels());
        prop_assert_eq!(count(&runs), voxels.len() as u64);
        let extreme = |axis: usize, last: bool| {
            let values = voxels.iter().map(|voxel| voxel[axis] as u32);
            if last { values.max() } else { values.min() }
        };
        let around = bounding_box(&runs);
        prop_assert_eq!(moments(&runs).map(|moments| moments.bounding_box()), around);
        for axis in 0..3 {
            prop_assert_eq!(around.map(|b| b.first[axis]), extreme(axis, false));
            prop_assert_eq!(around.map(|b| b.last[axis]), extreme(axis, true));
        }
        let size = [grid.columns, grid.rows, grid.slices].map(|size| size as i64);
        let at_border = voxels.iter().any(|voxel| (0..3).any(|axis| voxel[axis] == 0 || voxel[axis] == size[axis] - 1));
        prop_assert_eq!(touches_border(&runs, size[0] as u32, size[1] as u32, size[2] as u32), at_border);
    }

    #[test]
    fn moments_are_sums_over_voxels(grid in grids(9, 7, 5), steps in steps()) {
        let Some(found) = moments(&grid.runs()) else {
            prop_assert!(grid.voxels().is_empty());
            return Ok(());
        };
        let indices: Vec<[f64; 3]> = grid.voxels().into_iter().map(|voxel| voxel.map(|value| value as f64)).collect();
        let n = indices.len() as f64;
        let mean = |points: &[[f64; 3]]| std::array::from_fn::<f64, 3, _>(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / n);
        prop_assert_eq!(found.voxels(), indices.len() as u64);
        let centroid = mean(&indices);
        let points: Vec<[f64; 3]> = indices.into_iter().map(|index| place(index, steps)).collect();
        let middle = mean(&points);
        let covariance = found.covariance(steps);
        for i in 0..3 {
            prop_assert!((found.centroid()[i] - centroid[i]).abs() < 1e-9);
            for j in 0..3 {
                let plain: f64 = points.iter().map(|p| (p[i] - middle[i]) * (p[j] - middle[j])).sum::<f64>() / n;
                prop_assert!((covariance[i][j] - plain).abs() < 1e-9, "{i} {j}");
            }
        }
    }

    #[test]
    fn order_of_runs_does_not_matter(
        (runs, mixed) in grids(9, 7, 5).prop_flat_map(|grid| (Just(grid.runs()), Just(grid.runs()).prop_shuffle())),
    ) {
        prop_assert_eq!(moments(&mixed), moments(&runs));
    }
}

/// The largest number of columns, rows and slices.
const SIZE: u32 = 1 << 20;

#[test]
fn moments_of_the_longest_runs_in_the_last_rows() {
    // The variance of n equal steps is (n² - 1) / 12 squared steps.
    let runs: Vec<Run> = (0..12).map(|i| Run { slice: SIZE - 3 + i / 4, row: SIZE - 4 + i % 4, start: 0, end: SIZE }).collect();
    let found = moments(&runs).unwrap();
    let last = f64::from(SIZE - 1);
    assert_eq!((found.voxels(), found.centroid()), (12 << 20, [last / 2.0, last - 1.5, last - 1.0]));
    let covariance = found.covariance([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    for (axis, expected) in [(2f64.powi(40) - 1.0) / 12.0, 15.0 / 12.0, 8.0 / 12.0].into_iter().enumerate() {
        assert!((covariance[axis][axis] / expected - 1.0).abs() < 1e-15, "{axis}");
    }
    assert_eq!([covariance[0][1], covariance[0][2], covariance[1][2]], [0.0; 3]);
}

#[test]
fn moments_of_a_tall_wall() {
    // One column of voxels in every row of two slices far apart: all coordinates are large at once.
    let wall = |slice| (0..SIZE).map(move |row| Run { slice, row, start: SIZE - 1, end: SIZE });
    let runs: Vec<Run> = wall(0).chain(wall(SIZE - 1)).collect();
    let found = moments(&runs).unwrap();
    let half = f64::from(SIZE - 1) / 2.0;
    assert_eq!(found.centroid(), [f64::from(SIZE - 1), half, half]);
    let covariance = found.covariance([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!([covariance[0][0], covariance[1][2], covariance[2][2]], [0.0, 0.0, half * half]);
    let expected = (2f64.powi(40) - 1.0) / 12.0;
    assert!((covariance[1][1] - expected).abs() <= 1e-15 * expected);
}
