//! Extraction and outlines of random masks against the plain way.

mod judge;

use judge::{grids, islands};
use proptest::prelude::*;
use recist_kernels::{Run, bit_runs, labelled_runs, outline};

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
