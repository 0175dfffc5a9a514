//! Connected components of random masks against a flood fill, and of patterns with a known number of parts.

mod judge;

use judge::{Grid, grids};
use proptest::prelude::*;
use recist_kernels::{Components, Connectivity, Run, components};

/// The voxels of some runs, with their place in memory.
fn voxels(runs: &[Run]) -> Vec<[i64; 3]> {
    runs.iter().flat_map(|run| (run.start..run.end).map(|column| [column.into(), run.row.into(), run.slice.into()])).collect()
}

fn check(grid: &Grid, connectivity: Connectivity) -> Result<(), TestCaseError> {
    let faces_only = connectivity == Connectivity::Six;
    let mut flooded = grid.flood(|step| !faces_only || step.iter().map(|s| s.abs()).sum::<i64>() == 1);
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
    Ok(())
}

/// Rows of stretches of many lengths, so that one run meets many of the rows around it.
fn stretched(columns: usize, rows: usize, slices: usize) -> impl Strategy<Value = Grid> {
    let stretch = (any::<bool>(), prop::sample::select(vec![1usize, 1, 1, 2, 3, 9, 40]));
    (1..=rows, 1..=slices).prop_flat_map(move |(rows, slices)| {
        let size = columns * rows * slices;
        prop::collection::vec(stretch.clone(), size).prop_map(move |stretches| {
            let inside = stretches.into_iter().flat_map(|(inside, length)| vec![inside; length]).take(size).collect();
            Grid { columns, rows, slices, inside }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn components_are_what_a_flood_reaches(grid in grids(10, 8, 5)) {
        check(&grid, Connectivity::Six)?;
        check(&grid, Connectivity::TwentySix)?;
    }

    #[test]
    fn runs_that_meet_many_others(grid in stretched(90, 5, 4)) {
        check(&grid, Connectivity::Six)?;
        check(&grid, Connectivity::TwentySix)?;
    }
}

/// The runs of the voxels of a box for which `inside` holds.
fn pattern([columns, rows, slices]: [usize; 3], inside: impl Fn([usize; 3]) -> bool) -> Vec<Run> {
    let place = |index| [index % columns, index / columns % rows, index / columns / rows];
    Grid { columns, rows, slices, inside: (0..columns * rows * slices).map(|index| inside(place(index))).collect() }.runs()
}

fn sizes(runs: &[Run], connectivity: Connectivity) -> Vec<u64> {
    components(runs, connectivity).voxels
}

#[test]
fn no_runs() {
    for connectivity in [Connectivity::Six, Connectivity::TwentySix] {
        assert_eq!(components(&[], connectivity), Components { of_run: vec![], voxels: vec![] });
    }
}

#[test]
fn a_chessboard_meets_at_edges_only() {
    let board = pattern([9, 8, 7], |[c, r, s]| (c + r + s) % 2 == 0);
    assert_eq!(sizes(&board, Connectivity::TwentySix), [252]);
    assert_eq!(sizes(&board, Connectivity::Six), [1; 252]);
}

#[test]
fn stairs_meet_at_corners_only() {
    // All four ways through space.
    for [up, down] in [[1, 1], [1, -1], [-1, 1], [-1, -1]] {
        let place = |step: i64, way: i64| (if way > 0 { step } else { 9 - step }) as usize;
        let stairs = pattern([10, 10, 10], |[c, r, s]| (c, r) == (place(s as i64, up), place(s as i64, down)));
        assert_eq!(sizes(&stairs, Connectivity::TwentySix), [10]);
        assert_eq!(sizes(&stairs, Connectivity::Six), [1; 10]);
    }
}

#[test]
fn a_gap_of_one_voxel_parts() {
    for axis in 0..3 {
        let planes = pattern([9, 9, 9], |voxel| voxel[axis] % 2 == 0);
        assert_eq!(sizes(&planes, Connectivity::TwentySix), [81; 5]);
    }
}

#[test]
fn the_last_row_of_a_slice_does_not_meet_the_first_of_the_next() {
    let last = (1 << 20) - 1;
    for row in [0, 1, last] {
        let runs = [Run { slice: 4, row, start: 3, end: 9 }, Run { slice: 5, row: 0, start: 3, end: 9 }];
        let parts = if row == last { vec![6, 6] } else { vec![12] };
        assert_eq!(sizes(&runs, Connectivity::TwentySix), parts);
    }
}

#[test]
fn teeth_of_a_comb_are_joined_by_its_back() {
    // In the last row, in the last slice, and between two slices.
    let comb = pattern([101, 20, 1], |[c, r, _]| c % 2 == 0 || r == 19);
    assert_eq!(sizes(&comb, Connectivity::Six), [51 * 20 + 50]);
    let brush = pattern([41, 9, 12], |[c, r, s]| (c % 2 == 0 && r % 2 == 0) || s == 11);
    assert_eq!(sizes(&brush, Connectivity::Six), [21 * 5 * 11 + 41 * 9]);
    let two = pattern([41, 9, 12], |[c, r, s]| s != 5 && ((c % 2 == 0 && r % 2 == 0) || s == 0 || s == 11));
    assert_eq!(sizes(&two, Connectivity::TwentySix), [21 * 5 * 5 + 41 * 9, 21 * 5 * 4 + 41 * 9]);
}

#[test]
fn nested_shells_stay_apart() {
    // Cubes of half width 1, 3, 5, 7 without their inside: the surface of a cube of odd side n has n³ - (n - 2)³ voxels.
    let shells = pattern([17, 17, 17], |voxel| voxel.map(|at| at.abs_diff(8)).into_iter().max().unwrap() % 2 == 1);
    let surface = |side: u64| side.pow(3) - (side - 2).pow(3);
    assert_eq!(sizes(&shells, Connectivity::TwentySix), [15, 11, 7, 3].map(surface));
}

#[test]
fn equal_parts_come_in_order_of_their_first_runs() {
    let runs: Vec<Run> = [(0, 5, 7), (0, 8, 9), (2, 0, 1), (2, 4, 6)]
        .map(|(row, start, end)| Run { slice: 0, row, start, end })
        .into_iter()
        .collect();
    assert_eq!(components(&runs, Connectivity::TwentySix), Components { of_run: vec![0, 2, 3, 1], voxels: vec![2, 2, 1, 1] });
}
