//! 3-D diameters against all pairs of points, and what must not change them.

mod judge;

use std::collections::HashSet;

use judge::{Grid, grids, place, steps};
use proptest::prelude::*;
use recist_kernels::{Points, Run, max_3d_diameter_mm};

const ALL_POINTS: [Points; 3] = [Points::Centres, Points::EdgeMidpoints, Points::Corners];
const UNIT_STEPS: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

type Voxels = HashSet<[i64; 3]>;

fn voxels(runs: &[Run]) -> Voxels {
    runs.iter().flat_map(|run| (run.start..run.end).map(|column| [column.into(), run.row.into(), run.slice.into()])).collect()
}

/// The points of a mask in mm. A voxel without an outside neighbour lies half-way between two others, so neither its centre nor a
/// corner of it is an end of the farthest pair.
fn points_of(voxels: &Voxels, steps: [[f64; 3]; 3], points: Points) -> Vec<[f64; 3]> {
    let mut halves = HashSet::new();
    for &[c, r, s] in voxels {
        let around = [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]];
        let outside: Vec<[i64; 3]> =
            around.into_iter().filter(|way| !voxels.contains(&[c + way[0], r + way[1], s + way[2]])).collect();
        let corners = [-1, 1].into_iter().flat_map(|x| [-1, 1].into_iter().flat_map(move |y| [[x, y, -1], [x, y, 1]]));
        let ways: Vec<[i64; 3]> = match points {
            _ if outside.is_empty() => vec![],
            Points::Centres => vec![[0; 3]],
            Points::EdgeMidpoints => outside,
            Points::Corners => corners.collect(),
        };
        halves.extend(ways.into_iter().map(|way| [2 * c + way[0], 2 * r + way[1], 2 * s + way[2]]));
    }
    halves.into_iter().map(|point| place(point.map(|half| half as f64 / 2.0), steps)).collect()
}

fn farthest_pair(points: &[[f64; 3]]) -> f64 {
    let squared = |a: &[f64; 3], b: &[f64; 3]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2);
    let from = |(index, a)| points[index..].iter().map(|b| squared(a, b)).fold(0.0, f64::max);
    points.iter().enumerate().map(from).fold(0.0, f64::max).sqrt()
}

fn check(runs: &[Run], steps: [[f64; 3]; 3], points: Points) -> Result<(), TestCaseError> {
    let (found, farthest) = (max_3d_diameter_mm(runs, steps, points), farthest_pair(&points_of(&voxels(runs), steps, points)));
    prop_assert!((found - farthest).abs() < 1e-9, "found {found}, farthest pair {farthest}, {points:?}");
    Ok(())
}

fn all_points() -> impl Strategy<Value = Points> {
    prop::sample::select(ALL_POINTS.to_vec())
}

/// The runs of the voxels of a cube of this size for which `inside` holds.
fn fill(size: usize, inside: impl Fn([f64; 3]) -> bool) -> Vec<Run> {
    let inside = |index: usize| inside([index % size, index / size % size, index / size / size].map(|at| at as f64));
    Grid { columns: size, rows: size, slices: size, inside: (0..size.pow(3)).map(inside).collect() }.runs()
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    farthest_pair(&[a, b])
}

/// What four balls around the corners of a tetrahedron have in common: nearly as wide in every direction, but not symmetric, so
/// the ball around it is far wider.
fn tetrahedron(side: f64, shift: [f64; 3]) -> Vec<Run> {
    let corners = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]];
    let middle = side * 0.6;
    let centres = corners.map(|corner: [f64; 3]| {
        std::array::from_fn::<f64, 3, _>(|axis| middle + shift[axis] + corner[axis] * side / 8f64.sqrt())
    });
    fill((side * 1.2) as usize + 1, |at| centres.iter().all(|&centre| distance(at, centre) <= side))
}

/// The ends of all runs in mm. Along a row the distance to a point grows towards one of them.
fn row_ends(runs: &[Run], steps: [[f64; 3]; 3]) -> Vec<[f64; 3]> {
    let ends = |run: &Run| [run.start, run.end - 1].map(|column| [column, run.row, run.slice].map(f64::from));
    runs.iter().flat_map(ends).map(|index| place(index, steps)).collect()
}

fn moved(runs: &[Run], [columns, rows, slices]: [u32; 3]) -> Vec<Run> {
    let to =
        |run: &Run| Run { slice: run.slice + slices, row: run.row + rows, start: run.start + columns, end: run.end + columns };
    runs.iter().map(to).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn small_masks(grid in grids(8, 7, 5), steps in steps(), points in all_points()) {
        check(&grid.runs(), steps, points)?;
    }

    #[test]
    fn single_slices(grid in grids(40, 30, 1), steps in steps(), points in all_points()) {
        check(&grid.runs(), steps, points)?;
    }

    #[test]
    fn plates_across_the_slices(thin in grids(2, 30, 30), flat in grids(30, 2, 30), steps in steps(), points in all_points()) {
        check(&thin.runs(), steps, points)?;
        check(&flat.runs(), steps, points)?;
    }

    #[test]
    fn many_slices_of_few_voxels(
        rows in prop::collection::vec((0u32..30, 0u32..30, 1u32..4), 1..300),
        steps in steps(),
        points in all_points(),
    ) {
        let run = |(slice, (row, start, length))| Run { slice, row, start, end: start + length };
        let runs: Vec<Run> = (0..).zip(rows).map(run).collect();
        check(&runs, steps, points)?;
    }

    #[test]
    fn parts_far_apart(
        parts in prop::collection::vec((grids(9, 9, 1), prop::array::uniform2(0u32..300)), 2..5),
        steps in steps(),
        points in all_points(),
    ) {
        let runs: Vec<Run> = (0..)
            .zip(parts)
            .flat_map(|(slice, (grid, [columns, rows]))| moved(&grid.runs(), [columns, rows, 50 * slice]))
            .collect();
        check(&runs, steps, points)?;
    }

    #[test]
    fn place_and_mirroring_do_not_change_a_bit(
        grid in grids(20, 15, 10),
        to in prop::array::uniform3(0u32..1_000_000),
        points in all_points(),
    ) {
        let steps = [[0.7, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.0, 1.3]];
        let runs = grid.runs();
        let expected = max_3d_diameter_mm(&runs, steps, points).to_bits();
        prop_assert_eq!(max_3d_diameter_mm(&moved(&runs, to), steps, points).to_bits(), expected);
        let mut turned = grid;
        turned.inside.reverse();
        prop_assert_eq!(max_3d_diameter_mm(&turned.runs(), steps, points).to_bits(), expected);
        turned.inside.chunks_mut(turned.columns).for_each(|row| row.reverse());
        prop_assert_eq!(max_3d_diameter_mm(&turned.runs(), steps, points).to_bits(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn larger_masks(grid in grids(24, 20, 16), steps in steps(), points in all_points()) {
        check(&grid.runs(), steps, points)?;
    }

    /// Balls in mm: every direction has a pair that is nearly farthest.
    #[test]
    fn balls(
        radius in 3.0..9.0f64,
        centre in prop::array::uniform3(-0.5..0.5f64),
        spacing in prop::array::uniform3(0.6..1.4f64),
        points in all_points(),
    ) {
        let place = |at: [f64; 3]| std::array::from_fn::<f64, 3, _>(|axis| (at[axis] - 15.0) * spacing[axis]);
        let runs = fill(31, |at| distance(place(at), centre) <= radius);
        check(&runs, [[spacing[0], 0.0, 0.0], [0.0, spacing[1], 0.0], [0.0, 0.0, spacing[2]]], points)?;
    }

    #[test]
    fn tetrahedra(side in 8.0..20.0f64, shift in prop::array::uniform3(-0.5..0.5f64), points in all_points()) {
        check(&tetrahedron(side, shift), UNIT_STEPS, points)?;
    }

    /// Three pairs of balls have a pair that is nearly farthest, and none of it lies far out in the ball around all.
    #[test]
    fn balls_at_the_corners_of_a_triangle(
        radius in 8.0..14.0f64,
        shifts in prop::array::uniform3(prop::array::uniform3(-1.5..1.5f64)),
        places in prop::array::uniform3(prop::array::uniform3(0u32..2)),
    ) {
        let corners = [[0, 0, 10], [0, 90, 5], [78, 45, 0]];
        let mut runs: Vec<Run> = (0..3)
            .flat_map(|i| {
                let ball = fill(33, |at| distance(at, shifts[i].map(|shift| 16.0 + shift)) <= radius);
                moved(&ball, std::array::from_fn(|axis| corners[i][axis] + places[i][axis]))
            })
            .collect();
        runs.sort();
        let farthest = farthest_pair(&row_ends(&runs, UNIT_STEPS));
        let found = max_3d_diameter_mm(&runs, UNIT_STEPS, Points::Centres);
        prop_assert!((found - farthest).abs() < 1e-9, "found {found}, farthest pair {farthest}");
    }

    #[test]
    fn shells_are_as_wide_as_what_they_enclose(radius in 6.0..12.0f64, shift in prop::array::uniform3(-0.5..0.5f64)) {
        let centre = shift.map(|shift| 13.0 + shift);
        let ball = fill(27, |at| distance(at, centre) <= radius);
        let shell = fill(27, |at| distance(at, centre) <= radius && distance(at, centre) > radius - 2.0);
        for points in ALL_POINTS {
            check(&shell, UNIT_STEPS, points)?;
            prop_assert_eq!(max_3d_diameter_mm(&ball, UNIT_STEPS, points), max_3d_diameter_mm(&shell, UNIT_STEPS, points));
        }
    }
}

#[test]
fn a_large_ball_off_the_grid() {
    let steps = [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, 1.0]];
    let runs = fill(117, |at| distance(place(at, steps), [40.637, 40.811, 58.283]) <= 40.0);
    let ends = row_ends(&runs, steps);
    assert!(ends.len() > 14_000);
    assert!((max_3d_diameter_mm(&runs, steps, Points::Centres) - farthest_pair(&ends)).abs() < 1e-9);
}

#[test]
fn lines_along_and_across_the_slices() {
    // Ten voxels: nine steps between centres, ten between midpoints, and corners reach one step further across.
    let along = [Run { slice: 3, row: 4, start: 5, end: 15 }];
    let down: Vec<Run> = (5..15).map(|row| Run { slice: 3, row, start: 4, end: 5 }).collect();
    let through: Vec<Run> = (5..15).map(|slice| Run { slice, row: 3, start: 4, end: 5 }).collect();
    for runs in [&along[..], &down, &through] {
        for (points, expected) in ALL_POINTS.into_iter().zip([9.0, 10.0, 102f64.sqrt()]) {
            assert_eq!(max_3d_diameter_mm(runs, UNIT_STEPS, points), expected);
        }
    }
}

#[test]
fn steps_in_one_line_come_to_an_end() {
    // Not a grid, but no reason to hang or panic.
    let cube = fill(12, |_| true);
    for (step, expected) in [(0.0, 0.0), (1.0, 33.0)] {
        assert_eq!(max_3d_diameter_mm(&cube, [[step, 0.0, 0.0]; 3], Points::Centres), expected);
    }
    assert!(max_3d_diameter_mm(&cube, [[f64::NAN; 3]; 3], Points::Corners) <= 0.0);
}
