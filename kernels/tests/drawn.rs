//! Small drawn masks with answers worked out by hand.

use std::f64::consts::SQRT_2;

use recist_kernels::{InPlaneAxes, Level, Run, in_plane_axes, labelled_runs, outline};

const LEVELS: [Level; 4] = [Level::Centre, Level::Quarter, Level::Edge, Level::Corner];

/// Runs of slices drawn with `#`, one string per row.
fn drawn(slices: &[&[&str]]) -> Vec<Run> {
    let voxels: Vec<u8> = slices.concat().concat().into_bytes();
    let mut runs = Vec::new();
    labelled_runs(&voxels, slices[0][0].len(), slices[0].len(), b'.', &mut |_, run| runs.push(run));
    runs
}

fn measured(rows: &[&str], spacing: [f64; 2], level: Level) -> InPlaneAxes {
    in_plane_axes(&drawn(&[rows]), spacing, level).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "found {found}, expected {expected}");
}

#[test]
fn one_voxel() {
    for (level, long) in LEVELS.into_iter().zip([0.0, 0.35, 0.7, 0.7 * SQRT_2]) {
        let axes = measured(&["...", ".#.", "..."], [0.7, 0.7], level);
        close(axes.long_axis_mm, long);
        close(axes.short_axis_mm, long);
        assert!(!axes.leaves_lesion && !axes.hole_filled);
    }
    let axes = measured(&["...", ".#.", "..."], [0.7, 0.7], Level::Centre);
    assert_eq!((axes.long_axis, axes.short_axis), ([[1.0, 1.0]; 2], [[1.0, 1.0]; 2]));
    // The upright and the level axis of the diamond are equal: the upright one begins in the higher row.
    let axes = measured(&["...", ".#.", "..."], [0.7, 0.7], Level::Quarter);
    assert_eq!(axes.long_axis, [[1.0, 0.75], [1.0, 1.25]]);
    assert_eq!(axes.short_axis, [[0.75, 1.0], [1.25, 1.0]]);
    // With rows farther apart than columns there is no choice.
    let axes = measured(&["...", ".#.", "..."], [0.5, 0.8], Level::Edge);
    close(axes.long_axis_mm, 0.8);
    close(axes.short_axis_mm, 0.5);
}

#[test]
fn eight_voxels_in_a_row() {
    let rows = ["..........", ".########.", ".........."];
    let corner = 0.7 * (64.0f64 + 1.0).sqrt();
    for (level, long) in LEVELS.into_iter().zip([4.9, 5.25, 5.6, corner]) {
        close(measured(&rows, [0.7, 0.7], level).long_axis_mm, long);
    }
    let centre = measured(&rows, [0.7, 0.7], Level::Centre);
    assert_eq!(centre.long_axis, [[1.0, 1.0], [8.0, 1.0]]);
    assert_eq!(centre.short_axis_mm, 0.0);
    assert_eq!(centre.short_axis, [[1.0, 1.0]; 2]);
    close(measured(&rows, [0.7, 0.7], Level::Quarter).short_axis_mm, 0.35);
    let edge = measured(&rows, [0.7, 0.7], Level::Edge);
    close(edge.short_axis_mm, 0.7);
    assert_eq!(edge.short_axis, [[1.0, 0.5], [1.0, 1.5]]);
}

#[test]
fn square_has_two_equal_diagonals() {
    let rows = ["......", ".####.", ".####.", ".####.", ".####.", "......"];
    let centre = measured(&rows, [1.0, 1.0], Level::Centre);
    close(centre.long_axis_mm, 3.0 * SQRT_2);
    close(centre.short_axis_mm, 3.0 * SQRT_2);
    assert_eq!(centre.long_axis, [[1.0, 1.0], [4.0, 4.0]]);
    assert_eq!(centre.short_axis, [[4.0, 1.0], [1.0, 4.0]]);
    // At the edge level the corners are cut: the ends are (4.5, 4) and (1, 0.5) or alike, 3.5 across and 3.5 down.
    close(measured(&rows, [1.0, 1.0], Level::Edge).long_axis_mm, (16.0f64 + 9.0).sqrt());
    close(measured(&rows, [1.0, 1.0], Level::Corner).long_axis_mm, 4.0 * SQRT_2);
    close(measured(&rows, [1.0, 1.0], Level::Corner).short_axis_mm, 4.0 * SQRT_2);
}

#[test]
fn diagonal_line_is_joined_and_has_no_width_at_the_centres() {
    let rows = ["#...", ".#..", "..#.", "...#"];
    let centre = measured(&rows, [1.0, 1.0], Level::Centre);
    close(centre.long_axis_mm, 3.0 * SQRT_2);
    assert_eq!(centre.short_axis_mm, 0.0);
    assert_eq!(centre.short_axis, [[0.0, 0.0]; 2]);
    assert!(!centre.leaves_lesion);
    // Edge level: the contour runs from (0.5, 0) to (1, 0.5) and so on, half a diagonal to each side.
    let edge = measured(&rows, [1.0, 1.0], Level::Edge);
    close(edge.long_axis_mm, (16.0f64 + 9.0).sqrt());
    assert!(!edge.leaves_lesion);
    // Along the corners the voxels only touch, and the diagonal passes through the points of contact.
    let corner = measured(&rows, [1.0, 1.0], Level::Corner);
    close(corner.long_axis_mm, 4.0 * SQRT_2);
    close(corner.short_axis_mm, SQRT_2);
    assert!(!corner.leaves_lesion);
}

#[test]
fn ring_is_filled() {
    let ring = ["#####", "#...#", "#...#", "#...#", "#####"];
    let full = ["#####"; 5];
    for level in LEVELS {
        let [ring, full] = [measured(&ring, [0.6, 0.9], level), measured(&full, [0.6, 0.9], level)];
        assert!(ring.hole_filled && !ring.leaves_lesion && !full.hole_filled);
        assert_eq!(InPlaneAxes { hole_filled: true, ..full }, ring);
    }
    // Background that reaches the outside only across a corner is a hole; through a side it is not.
    assert!(measured(&["####", "#..#", "###."], [1.0, 1.0], Level::Centre).hole_filled);
    assert!(!measured(&["####", "#...", "####"], [1.0, 1.0], Level::Centre).hole_filled);
}

#[test]
fn only_the_hole_of_the_measured_island_counts() {
    let rows = ["###.......", "#.#.######", "###......."];
    let axes = measured(&rows, [1.0, 1.0], Level::Centre);
    assert_eq!(axes.long_axis, [[4.0, 1.0], [9.0, 1.0]]);
    assert!(!axes.hole_filled);
}

#[test]
fn l_shape() {
    // Arms of 4; the long axis joins their ends outside the lesion.
    let rows = ["#....", "#....", "#....", "#####"];
    let axes = measured(&rows, [1.0, 1.0], Level::Centre);
    assert_eq!(axes.long_axis, [[0.0, 0.0], [4.0, 3.0]]);
    close(axes.long_axis_mm, 5.0);
    assert!(axes.leaves_lesion);
    close(axes.longest_inside_mm.unwrap(), 4.0);
    // Only the triangle (0, 2) (0, 3) (1, 3) at the bend has width. The long axis runs along (4, 3), so the line across it through
    // (0, 3) runs along (3, -4) and leaves the triangle on the side from (0, 2) to (1, 3) at (3/7, 17/7).
    close(axes.short_axis_mm, 5.0 / 7.0);
}

#[test]
fn u_shape_is_concave() {
    let rows = ["#...#", "#...#", "#...#", "#####"];
    let axes = measured(&rows, [1.0, 1.0], Level::Centre);
    close(axes.long_axis_mm, 5.0);
    assert_eq!(axes.long_axis, [[0.0, 0.0], [4.0, 3.0]]);
    assert!(axes.leaves_lesion);
    close(axes.longest_inside_mm.unwrap(), 4.0);
}

#[test]
fn islands_that_touch_at_a_corner_are_one() {
    let rows = ["##..", "##..", "..##", "..##"];
    for level in LEVELS {
        assert!(!measured(&rows, [1.0, 1.0], level).leaves_lesion);
    }
    close(measured(&rows, [1.0, 1.0], Level::Centre).long_axis_mm, 3.0 * SQRT_2);
    close(measured(&rows, [1.0, 1.0], Level::Corner).long_axis_mm, 4.0 * SQRT_2);
    // A gap of one voxel keeps them apart.
    let apart = measured(&["##...", "##...", "...##", "...##"], [1.0, 1.0], Level::Centre);
    close(apart.long_axis_mm, SQRT_2);
}

#[test]
fn thin_arms_count_along_their_length() {
    let rows = ["...#...", "...#...", "#######", "...#...", "...#..."];
    let centre = measured(&rows, [1.0, 1.0], Level::Centre);
    assert_eq!((centre.long_axis_mm, centre.short_axis_mm), (6.0, 4.0));
    assert_eq!(centre.short_axis, [[3.0, 0.0], [3.0, 4.0]]);
    let edge = measured(&rows, [1.0, 1.0], Level::Edge);
    assert_eq!((edge.long_axis_mm, edge.short_axis_mm), (7.0, 5.0));
}

#[test]
fn saddle_is_joined_by_a_band() {
    // Edge level: the hexagon (0,-0.5) (-0.5,0) ... around both voxels, 1 + sqrt(2)/2 long along the diagonal; the farthest
    // vertices are (0, -0.5) and (1, 1.5) or (-0.5, 0) and (1.5, 1).
    let axes = measured(&["#.", ".#"], [1.0, 1.0], Level::Edge);
    close(axes.long_axis_mm, 5.0f64.sqrt());
    // Quarter level: (0, -0.25) to (1, 1.25).
    close(measured(&["#.", ".#"], [1.0, 1.0], Level::Quarter).long_axis_mm, (1.0f64 + 2.25).sqrt());
}

#[test]
fn perpendicular_in_millimetres_not_in_voxels() {
    // Rows twice as far apart as columns: 5 x 3 centres make a square of 4 mm, whose diagonals are perpendicular.
    let axes = measured(&["#####", "#####", "#####"], [1.0, 2.0], Level::Centre);
    close(axes.long_axis_mm, 4.0 * SQRT_2);
    close(axes.short_axis_mm, 4.0 * SQRT_2);
    assert_eq!(axes.short_axis, [[4.0, 0.0], [0.0, 2.0]]);
}

#[test]
fn equal_long_axes() {
    // Same length; the lower slice has no width.
    let line: &[&str] = &["....", "####", "...."];
    let wide: &[&str] = &[".#..", "####", ".#.."];
    let runs = drawn(&[line, wide, wide]);
    let axes = in_plane_axes(&runs, [1.0, 1.0], Level::Centre).unwrap();
    assert_eq!((axes.slice, axes.short_axis_mm), (1, 2.0));
    // All equal: the lower slice.
    let runs = drawn(&[line, line]);
    assert_eq!(in_plane_axes(&runs, [1.0, 1.0], Level::Centre).unwrap().slice, 0);
    // Two islands in one slice: the one that begins first by row, then column.
    let axes = measured(&["....###", "###....", "......."], [1.0, 1.0], Level::Centre);
    assert_eq!(axes.long_axis, [[4.0, 0.0], [6.0, 0.0]]);
}

#[test]
fn slices_are_left_out_only_when_they_cannot_win() {
    // A diagonal of n voxels in one slice, a row of k in another: the bounds of both are just their axes.
    for level in LEVELS {
        for n in 2..12u32 {
            for k in n..2 * n {
                let mut runs: Vec<Run> = (0..n).map(|i| Run { slice: 0, row: i, start: i, end: i + 1 }).collect();
                runs.push(Run { slice: 1, row: 3, start: 5, end: 5 + k });
                let [n, k] = [n, k].map(f64::from);
                let [diagonal, row] = match level {
                    Level::Centre => [(n - 1.0) * SQRT_2, k - 1.0],
                    Level::Quarter => [(n - 1.0).hypot(n - 0.5), k - 0.5],
                    Level::Edge => [(n - 1.0).hypot(n), k],
                    Level::Corner => [n * SQRT_2, k.hypot(1.0)],
                };
                close(in_plane_axes(&runs, [1.0, 1.0], level).unwrap().long_axis_mm, diagonal.max(row));
            }
        }
    }
}

#[test]
fn spacings_that_differ_in_the_last_digit_are_equal() {
    // The diagonals of a square stay equally long, so the first is taken.
    let nearly = 0.7 + 1e-15;
    let axes = measured(&["####", "####", "####", "####"], [nearly, 0.7], Level::Centre);
    assert_eq!(axes.long_axis, [[0.0, 0.0], [3.0, 3.0]]);
}

#[test]
fn nothing_to_measure() {
    assert_eq!(in_plane_axes(&[], [1.0, 1.0], Level::Centre), None);
    let runs = drawn(&[&["#"]]);
    for spacing in [[0.0, 1.0], [1.0, -1.0], [f64::NAN, 1.0], [1.0, f64::INFINITY]] {
        assert_eq!(in_plane_axes(&runs, spacing, Level::Centre), None);
    }
    assert!(in_plane_axes(&runs, [1e-300, 1e300], Level::Edge).is_some());
}

#[test]
fn outlines() {
    // Clockwise from the top left, with rows drawn downwards.
    let square = outline(&drawn(&[&["....", ".##.", ".##.", "...."]]));
    assert_eq!(square, [[[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]]]);
    let ring = outline(&drawn(&[&["###", "#.#", "###"]]));
    assert_eq!(ring.len(), 2);
    assert_eq!(ring[1], [[0.5, 0.5], [0.5, 1.5], [1.5, 1.5], [1.5, 0.5]]);
    let touching = outline(&drawn(&[&["#.", ".#"]]));
    assert_eq!(touching.len(), 1);
    assert_eq!(touching[0].len(), 8);
    assert!(outline(&[]).is_empty());
}
