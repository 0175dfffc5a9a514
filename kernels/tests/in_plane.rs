//! In-plane axes of random masks against all pairs and all lines, and time limits on masks made to be slow.

mod judge;

use std::f64::consts::SQRT_2;
use std::time::{Duration, Instant};

use judge::{Grid, Island, Point, grids, islands, longest_chord, lumps, millimetres, stays_inside, symmetric_grids};
use proptest::prelude::*;
use recist_kernels::{InPlaneAxes, Level, Run, in_plane_axes};

fn levels() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::Centre, Level::Quarter, Level::Edge, Level::Corner])
}

fn spacings() -> impl Strategy<Value = [f64; 2]> {
    let usual = [[1.0, 1.0], [0.7, 0.7], [0.5, 1.0], [1.4, 0.7], [0.6, 0.9], [0.683594, 0.7], [3.0, 0.4]];
    // The last has no common unit coarser than a picometre, so its weights need more than 64 bits.
    prop::sample::select([usual.as_slice(), &[[0.683593751, 0.700000012]]].concat())
}

/// Noise of every density, many ties, and lumps with holes and bays.
fn small_grids() -> impl Strategy<Value = Grid> {
    prop_oneof![3 => grids(11, 11, 3), 1 => symmetric_grids(9, 9, 3), 1 => lumps(11, 11, 2)]
}

/// The same, larger.
fn large_grids() -> impl Strategy<Value = Grid> {
    prop_oneof![grids(40, 40, 2), symmetric_grids(30, 30, 3), lumps(40, 40, 2)]
}

/// Every pair of vertices of every island with its length, longest first.
fn all_pairs(islands: &[Island], level: Level, spacing: [f64; 2]) -> Vec<(f64, usize, [Point; 2])> {
    let mut pairs = Vec::new();
    for (index, island) in islands.iter().enumerate() {
        let vertices = island.vertices(level);
        for &a in &vertices {
            for &b in &vertices {
                if [a[1], a[0]] <= [b[1], b[0]] {
                    let ([x, y], [u, v]) = (millimetres(a, spacing), millimetres(b, spacing));
                    pairs.push(((u - x).hypot(v - y), index, [a, b]));
                }
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

fn quarters(ends: [[f64; 2]; 2]) -> [Point; 2] {
    ends.map(|end| end.map(|value| (value * 4.0) as i64))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn long_and_short_axis(grid in small_grids(), level in levels(), spacing in spacings()) {
        let found = in_plane_axes(&grid.runs(), spacing, level);
        let islands = islands(&grid);
        let pairs = all_pairs(&islands, level, spacing);
        prop_assert_eq!(found.is_some(), !pairs.is_empty());
        let Some(found) = found else { return Ok(()) };
        let tiny = 1e-9;
        prop_assert!((found.long_axis_mm - pairs[0].0).abs() < tiny);

        // Of the equally long ones: longest chord, lowest slice, smallest end points.
        let best = pairs
            .iter()
            .take_while(|pair| pair.0 > pairs[0].0 - tiny)
            .map(|&(_, index, ends)| {
                let chord = longest_chord(&islands[index], level, spacing, ends[0], ends[1]);
                let place = ends.map(|[column, row]| [row, column]);
                ((-chord * 1e6).round() as i64, islands[index].slice, place, index, chord)
            })
            .min_by_key(|&(chord, slice, place, ..)| (chord, slice, place))
            .unwrap();
        let (_, slice, place, index, chord) = best;
        prop_assert!((found.short_axis_mm - chord.min(pairs[0].0)).abs() < tiny, "{found:?} chord {chord}");
        prop_assert_eq!(i64::from(found.slice), slice);
        prop_assert_eq!(quarters(found.long_axis).map(|[column, row]| [row, column]), place);
        prop_assert_eq!(found.hole_filled, islands[index].had_hole);

        // The short axis: its ends are as far apart as it says, at a right angle, in order.
        let in_mm = |[x, y]: [f64; 2]| [x * spacing[0], y * spacing[1]];
        let way = |[a, b]: [[f64; 2]; 2]| {
            let (a, b) = (in_mm(a), in_mm(b));
            [b[0] - a[0], b[1] - a[1]]
        };
        let (long, short) = (way(found.long_axis), way(found.short_axis));
        prop_assert!((short[0].hypot(short[1]) - chord).abs() < tiny);
        prop_assert!((long[0] * short[0] + long[1] * short[1]).abs() < 1e-7);
        let rows = found.short_axis.map(|[column, row]| [row, column]);
        prop_assert!(rows[0] <= rows[1]);
    }

    #[test]
    fn concave_islands(grid in prop_oneof![grids(8, 8, 1), lumps(12, 12, 1)], level in levels(), spacing in spacings()) {
        let Some(found) = in_plane_axes(&grid.runs(), spacing, level) else { return Ok(()) };
        let [a, b] = quarters(found.long_axis);
        let islands = islands(&grid);
        let island = islands.iter().find(|island| island.vertices(level).contains(&a)).unwrap();
        let pieces = island.pieces(level);
        prop_assert_eq!(found.leaves_lesion, !stays_inside(&pieces, a, b));
        let longest = all_pairs(std::slice::from_ref(island), level, spacing)
            .into_iter()
            .find(|&(_, _, [a, b])| stays_inside(&pieces, a, b))
            .unwrap();
        match found.longest_inside_mm {
            Some(inside) => prop_assert!(found.leaves_lesion && (inside - longest.0).abs() < 1e-9),
            None => prop_assert!(!found.leaves_lesion),
        }
    }

    #[test]
    fn mirrored_and_turned_masks_measure_the_same(grid in grids(12, 12, 2), level in levels(), spacing in spacings()) {
        let turned = |place: fn([usize; 2], [usize; 2]) -> [usize; 2], swap: bool| {
            let (columns, rows) = if swap { (grid.rows, grid.columns) } else { (grid.columns, grid.rows) };
            let mut inside = vec![false; grid.inside.len()];
            for [column, row, slice] in grid.voxels() {
                let [x, y] = place([column as usize, row as usize], [grid.columns - 1, grid.rows - 1]);
                inside[(slice as usize * rows + y) * columns + x] = true;
            }
            judge::Grid { columns, rows, slices: grid.slices, inside }.runs()
        };
        let as_is = in_plane_axes(&grid.runs(), spacing, level);
        let mirrored = in_plane_axes(&turned(|[x, y], [last, _]| [last - x, y], false), spacing, level);
        let swapped = in_plane_axes(&turned(|[x, y], _| [y, x], true), [spacing[1], spacing[0]], level);
        for other in [mirrored, swapped] {
            prop_assert_eq!(as_is.is_some(), other.is_some());
            let (Some(a), Some(b)) = (&as_is, &other) else { continue };
            prop_assert_eq!(a.slice, b.slice);
            prop_assert!((a.long_axis_mm - b.long_axis_mm).abs() < 1e-9 && (a.short_axis_mm - b.short_axis_mm).abs() < 1e-9);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn long_axis_of_larger_masks(grid in large_grids(), level in levels(), spacing in spacings()) {
        let Some(found) = in_plane_axes(&grid.runs(), spacing, level) else {
            prop_assert!(grid.voxels().is_empty());
            return Ok(());
        };
        let ends = quarters(found.long_axis);
        let length = |[a, b]: [Point; 2]| {
            let ([x, y], [u, v]) = (millimetres(a, spacing), millimetres(b, spacing));
            (u - x).hypot(v - y)
        };
        prop_assert!((length(ends) - found.long_axis_mm).abs() < 1e-9);
        let mut holder = None;
        for island in islands(&grid) {
            let vertices = island.vertices(level);
            for (index, &a) in vertices.iter().enumerate() {
                for &b in &vertices[index..] {
                    prop_assert!(length([a, b]) < found.long_axis_mm + 1e-9, "{a:?} to {b:?}");
                }
            }
            if island.slice == i64::from(found.slice) && ends.iter().all(|end| vertices.contains(end)) {
                holder = Some(island);
            }
        }
        prop_assert!(holder.is_some_and(|island| island.had_hole == found.hole_filled));
    }
}

/// Runs of one slice, given as `[row, start, end]`.
fn slice_of(rows: impl IntoIterator<Item = [u32; 3]>) -> Vec<Run> {
    rows.into_iter().map(|[row, start, end]| Run { slice: 0, row, start, end }).collect()
}

#[track_caller]
fn in_seconds(seconds: u64, runs: &[Run], level: Level) -> InPlaneAxes {
    let start = Instant::now();
    let axes = in_plane_axes(runs, [1.0, 1.0], level).unwrap();
    assert!(start.elapsed() < Duration::from_secs(seconds), "{level:?} took {:?}", start.elapsed());
    axes
}

#[test]
fn a_line_across_a_giant_slice() {
    // Its bounding box has 3.6 thousand million voxels. Along the edges its contour is one step longer in rows than in columns.
    let n = 60_000;
    let line = slice_of((0..n).map(|i| [i, i, i + 1]));
    let centres = f64::from(n - 1);
    for (level, long, short) in [
        (Level::Centre, centres * SQRT_2, 0.0),
        (Level::Edge, f64::from(n).hypot(centres), 0.5 * SQRT_2),
        (Level::Corner, f64::from(n) * SQRT_2, SQRT_2),
    ] {
        let axes = in_seconds(10, &line, level);
        assert!((axes.long_axis_mm - long).abs() < 1e-6 && !axes.leaves_lesion);
        assert!((axes.short_axis_mm - short).abs() < 1e-3, "{level:?} {}", axes.short_axis_mm);
    }
}

#[test]
fn a_corner_in_a_giant_slice() {
    // Two thin lines from the same corner; the long axis joins their ends outside.
    let n = 60_000;
    let corner = slice_of([[0, 0, n]].into_iter().chain((1..n).map(|row| [row, 0, 1])));
    for (level, long, inside) in [
        (Level::Centre, f64::from(n - 1) * SQRT_2, f64::from(n - 1)),
        (Level::Corner, f64::from(n) * SQRT_2, f64::from(n).hypot(1.0)),
    ] {
        let axes = in_seconds(30, &corner, level);
        assert!(axes.leaves_lesion && (axes.long_axis_mm - long).abs() < 1e-6);
        assert!((axes.longest_inside_mm.unwrap() - inside).abs() < 1e-6);
    }
}

#[test]
fn a_meander_of_thirty_thousand_contour_vertices() {
    // Corridors of three rows, joined by three columns at the right and the left end in turn. Nothing is longer inside than the
    // diagonal of a corridor.
    let n = 300;
    let meander = slice_of((0..n + 3).map(|row| match (row % 6, row / 6 % 2) {
        (0..3, _) => [row, 0, n],
        (_, 0) => [row, n - 3, n],
        _ => [row, 0, 3],
    }));
    for (level, wider) in [(Level::Centre, 0.0), (Level::Corner, 1.0)] {
        let axes = in_seconds(30, &meander, level);
        let size = f64::from(n - 1) + wider;
        assert!((axes.long_axis_mm - size.hypot(size + 3.0)).abs() < 1e-9 && axes.leaves_lesion);
        assert!((axes.longest_inside_mm.unwrap() - size.hypot(2.0 + wider)).abs() < 1e-9);
    }
}

#[test]
fn a_comb_of_six_hundred_teeth() {
    // Lines across the long axis meet hundreds of teeth. A tooth has no width at the centres but where it meets the back: there is
    // a triangle, two steps wide and one high, and the longest stretch across (1200, 799) in it runs from its tip to the back.
    let comb = slice_of((0..800).flat_map(|row| match row {
        0 => vec![[0, 0, 1201]],
        _ => (0..601).map(|tooth| [row, 2 * tooth, 2 * tooth + 1]).collect(),
    }));
    let axes = in_seconds(30, &comb, Level::Centre);
    let long = 1200f64.hypot(799.0);
    assert!((axes.long_axis_mm - long).abs() < 1e-9 && axes.leaves_lesion);
    assert!((axes.short_axis_mm - long / 1200.0).abs() < 1e-9, "{}", axes.short_axis_mm);
    assert!((axes.longest_inside_mm.unwrap() - 1200.0).abs() < 1e-9);
}

#[test]
fn thin_teeth_that_meet_in_one_direction_only() {
    // At the edge level a ray down a diagonal touches every row of teeth one voxel wide and one apart, and is outside between them.
    let comb = slice_of((0..400).flat_map(|row| match row {
        0 => vec![[0, 0, 401]],
        _ => (0..201).map(|tooth| [row, 2 * tooth, 2 * tooth + 1]).collect(),
    }));
    let axes = in_seconds(30, &comb, Level::Edge);
    // Along the back, half a voxel beyond both ends; a tooth is one voxel shorter.
    assert!(axes.leaves_lesion && (axes.longest_inside_mm.unwrap() - 401.0).abs() < 1e-9);
}
