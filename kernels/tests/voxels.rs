//! Extraction, components, moments, outlines and 3-D diameters of random masks against the plain way.

mod judge;

use judge::{Grid, grids, islands};
use proptest::prelude::*;
use recist_kernels::{
    Connectivity, Points, Run, bit_runs, bounding_box, components, count, labelled_runs, max_3d_diameter_mm, moments, outline,
    touches_border,
};

/// The voxels of some runs, with their place in memory.
fn voxels(runs: &[Run]) -> Vec<[i64; 3]> {
    runs.iter().flat_map(|run| (run.start..run.end).map(|column| [column.into(), run.row.into(), run.slice.into()])).collect()
}

/// Step vectors of upright, oblique and sheared grids.
fn steps() -> impl Strategy<Value = [[f64; 3]; 3]> {
    prop::sample::select(vec![
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, -5.0]],
        [[0.8, 0.6, 0.0], [-0.6, 0.8, 0.0], [0.0, 0.0, 2.0]],
        [[0.5, 0.1, 0.0], [0.2, 0.9, 0.3], [1.5, -0.4, 2.0]],
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [3.0, 3.0, 0.5]],
    ])
}

fn place(index: [f64; 3], steps: [[f64; 3]; 3]) -> [f64; 3] {
    std::array::from_fn(|axis| (0..3).map(|along| index[along] * steps[along][axis]).sum())
}

fn points_of(grid: &Grid, points: Points) -> Vec<[f64; 3]> {
    let mut found = Vec::new();
    for voxel in grid.voxels() {
        let centre = voxel.map(|value| value as f64);
        match points {
            Points::Centres => found.push(centre),
            Points::EdgeMidpoints => {
                for axis in 0..3 {
                    for side in [-1, 1] {
                        let mut neighbour = voxel;
                        neighbour[axis] += side;
                        if !grid.contains(neighbour) {
                            let mut point = centre;
                            point[axis] += side as f64 / 2.0;
                            found.push(point);
                        }
                    }
                }
            }
            Points::Corners => found.extend(
                (0..8).map(|corner| std::array::from_fn::<f64, 3, _>(|axis| centre[axis] + f64::from(corner >> axis & 1) - 0.5)),
            ),
        }
    }
    found
}

/// Whether a point lies within closed polygons, by the parity of the sides to its right.
fn within(polygons: &[Vec<[f64; 2]>], [x, y]: [f64; 2]) -> bool {
    let sides = polygons.iter().flat_map(|polygon| (0..polygon.len()).map(|i| [polygon[i], polygon[(i + 1) % polygon.len()]]));
    let right = sides.filter(|[a, b]| a[0] == b[0] && a[0] > x && a[1].min(b[1]) < y && y < a[1].max(b[1]));
    right.count() % 2 == 1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn labels_come_back_as_runs(
        (columns, rows, labels) in (1usize..150, 1usize..4, 1usize..3).prop_flat_map(|(columns, rows, slices)| {
            // Long stretches as well as single voxels.
            let stretch = (0u8..4, prop::sample::select(vec![1usize, 1, 2, 7, 64, 130]));
            let size = columns * rows * slices;
            (Just(columns), Just(rows), prop::collection::vec(stretch, size).prop_map(move |stretches| {
                stretches.into_iter().flat_map(|(label, length)| vec![label; length]).take(size).collect::<Vec<u8>>()
            }))
        })
    ) {
        let mut written = vec![0u8; labels.len()];
        let mut last: Option<(u8, Run)> = None;
        labelled_runs(&labels, columns, rows, 0, &mut |label, run| {
            let start = (run.slice as usize * rows + run.row as usize) * columns;
            assert!(run.start < run.end && run.end as usize <= columns && label != 0);
            if let Some((before, earlier)) = last {
                let same_row = (earlier.slice, earlier.row) == (run.slice, run.row);
                assert!(earlier < run && !(same_row && earlier.end == run.start && before == label));
            }
            last = Some((label, run));
            written[start + run.start as usize..start + run.end as usize].fill(label);
        });
        prop_assert_eq!(written, labels);
    }

    #[test]
    fn bits_come_back_as_runs(grid in grids(70, 9, 1), first_bit in 0usize..200, noise in any::<bool>()) {
        let bit_count = first_bit + grid.inside.len();
        let mut bits = vec![0u8; bit_count.div_ceil(8)];
        // What surrounds the frame belongs to other frames.
        if noise {
            bits.fill(0xff);
        }
        for (index, &inside) in grid.inside.iter().enumerate() {
            let (byte, bit) = ((first_bit + index) / 8, (first_bit + index) % 8);
            bits[byte] = bits[byte] & !(1 << bit) | u8::from(inside) << bit;
        }
        let mut runs = Vec::new();
        bit_runs(&bits, first_bit, grid.columns, grid.rows, 0, &mut runs);
        prop_assert_eq!(runs, grid.runs());
    }

    #[test]
    fn counts_boxes_and_borders(grid in grids(9, 7, 5)) {
        let (runs, voxels) = (grid.runs(), grid.voxels());
        prop_assert_eq!(count(&runs), voxels.len() as u64);
        let extreme = |axis: usize, last: bool| {
            let values = voxels.iter().map(|voxel| voxel[axis] as u32);
            if last { values.max() } else { values.min() }
        };
        let around = bounding_box(&runs);
        for axis in 0..3 {
            prop_assert_eq!(around.map(|b| b.first[axis]), extreme(axis, false));
            prop_assert_eq!(around.map(|b| b.last[axis]), extreme(axis, true));
        }
        let size = [grid.columns, grid.rows, grid.slices].map(|size| size as i64);
        let at_border = voxels.iter().any(|voxel| (0..3).any(|axis| voxel[axis] == 0 || voxel[axis] == size[axis] - 1));
        prop_assert_eq!(touches_border(&runs, size[0] as u32, size[1] as u32, size[2] as u32), at_border);
    }

    #[test]
    fn components_are_what_a_flood_reaches(grid in grids(10, 8, 5), six in any::<bool>()) {
        let connectivity = if six { Connectivity::Six } else { Connectivity::TwentySix };
        let mut flooded = grid.flood(|step| !six || step.iter().map(|s| s.abs()).sum::<i64>() == 1);
        // The flood finds sets in order of their first voxels, and the sort keeps that order.
        flooded.sort_by_key(|set| std::cmp::Reverse(set.len()));
        let runs = grid.runs();
        let found = components(&runs, connectivity);
        prop_assert_eq!(&found.voxels, &flooded.iter().map(|set| set.len() as u64).collect::<Vec<_>>());
        for (index, set) in flooded.iter_mut().enumerate() {
            let own: Vec<Run> =
                runs.iter().zip(&found.of_run).filter(|&(_, &of)| of as usize == index).map(|(&run, _)| run).collect();
            let mut own = voxels(&own);
            own.sort();
            set.sort();
            prop_assert_eq!(own, set.clone());
        }
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
    fn diameter_in_space(
        grid in grids(8, 7, 5),
        steps in steps(),
        points in prop::sample::select(vec![Points::Centres, Points::EdgeMidpoints, Points::Corners]),
    ) {
        let all: Vec<[f64; 3]> = points_of(&grid, points).into_iter().map(|index| place(index, steps)).collect();
        let mut longest: f64 = 0.0;
        for a in &all {
            for b in &all {
                longest = longest.max((0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>().sqrt());
            }
        }
        let found = max_3d_diameter_mm(&grid.runs(), steps, points);
        prop_assert!((found - longest).abs() < 1e-9, "found {found}, farthest pair {longest}");
    }

    #[test]
    fn outlines_enclose_the_voxels(grid in grids(12, 10, 1)) {
        let polygons = outline(&grid.runs());
        for row in -1..=grid.rows as i64 {
            for column in -1..=grid.columns as i64 {
                let inside = within(&polygons, [column as f64, row as f64]);
                prop_assert_eq!(inside, grid.contains([column, row, 0]));
            }
        }
        // Twice the signed area: positive clockwise with rows downwards.
        let area = |polygon: &Vec<[f64; 2]>| -> f64 {
            (0..polygon.len())
                .map(|i| (polygon[i], polygon[(i + 1) % polygon.len()]))
                .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
                .sum()
        };
        prop_assert_eq!(polygons.iter().map(area).sum::<f64>(), 2.0 * grid.voxels().len() as f64);
        prop_assert_eq!(polygons.iter().filter(|polygon| area(polygon) > 0.0).count(), islands(&grid).len());
        for polygon in &polygons {
            // A turn at every point.
            for i in 0..polygon.len() {
                let [a, b, c] = [0, 1, 2].map(|step| polygon[(i + step) % polygon.len()]);
                prop_assert!((a[0] == b[0]) != (b[0] == c[0]));
            }
        }
    }
}

#[test]
#[should_panic(expected = "does not fit into 1 bytes")]
fn bits_that_end_early() {
    bit_runs(&[0], 3, 3, 2, 0, &mut Vec::new());
}

#[test]
#[should_panic(expected = "not a whole number of slices")]
fn voxels_that_end_early() {
    labelled_runs(&[0u8; 7], 3, 2, 0, &mut |_, _| {});
}
