//! Long and short axis of a mask in the plane of its slices.
//!
//! Lengths are compared as exact integers, and what is left out cannot win or tie: slices and islands whose bound is below the best
//! so far, vertices inside the hull, and pairs of hull vertices that are not opposite. Short axes are measured only for islands with
//! a longest axis, and whether the axis stays inside is asked of the winner alone.

mod chord;
mod contour;
mod grid;
mod inside;
mod island;

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};

use crate::hull::{Point, opposite_vertices, step};
use crate::runs::{Run, are_in_order};
use chord::longest_chord;
use contour::{QUARTERS, Region, contour_hull};
use grid::PixelGrid;
use inside::{longest_inside, segment_inside};
use island::{fill_holes, islands};

pub use contour::Level;

/// The longest in-plane axis of a mask and the longest one across it, both in one island of one slice.
///
/// End points are `[column, row]` in voxel coordinates (the centre of the first voxel is the origin), fractional at levels other
/// than centre, and in order of (row, column).
#[derive(Debug, Clone, PartialEq)]
pub struct InPlaneAxes {
    /// Slice of both axes.
    pub slice: u32,
    /// Greatest distance between two contour vertices of one island, in mm.
    pub long_axis_mm: f64,
    /// End points of the long axis.
    pub long_axis: [[f64; 2]; 2],
    /// Longest stretch, inside the island, of a line perpendicular (in mm) to the long axis; never more than the long axis.
    pub short_axis_mm: f64,
    /// End points of the short axis; both the same where the island has no width.
    pub short_axis: [[f64; 2]; 2],
    /// A hole of the measured island was filled: an axis may run across a cavity.
    pub hole_filled: bool,
    /// The long axis runs outside the island for a part: the island is concave.
    pub leaves_lesion: bool,
    /// When the long axis leaves the island: length in mm of the longest segment between contour vertices that does not.
    pub longest_inside_mm: Option<f64>,
}

/// Measures the long and the short axis of a mask; `None` without voxels, or when a spacing is not a positive finite number.
///
/// `spacing_mm` is `[between columns, between rows]`. Holes of an island are filled first. The long axis is the farthest pair of
/// vertices of the contour at `level` within one 8-connected island of one slice. Of equally long axes the one with the longer
/// short axis wins (compared in whole nanometres), then the lower slice, then the smaller end points in order of (row, column).
///
/// Lengths are compared as integers, spacings being taken in whole picometres, so the choice does not depend on rounding.
pub fn in_plane_axes(runs: &[Run], spacing_mm: [f64; 2], level: Level) -> Option<InPlaneAxes> {
    debug_assert!(are_in_order(runs), "runs must be sorted and apart");
    let grid = PixelGrid::new(spacing_mm)?;
    let mut best: Option<Measured> = None;
    let mut earlier: Option<Cow<[Run]>> = None;
    for Longest { island, axes } in longest_axes(runs, &grid, level) {
        // The same island in a later slice can only lose; a cylinder has hundreds.
        if earlier.as_ref().is_some_and(|earlier| is_above(earlier, &island)) {
            continue;
        }
        let measured = Measured::of_island(&island, &axes, &grid, level);
        best = best.into_iter().chain(measured).min_by(|a, b| a.axes.order(&b.axes));
        earlier = Some(island);
    }
    best.map(|best| best.finish(&grid))
}

/// An island and those of its axes that no other axis of the mask exceeds.
struct Longest<'a> {
    island: Cow<'a, [Run]>,
    axes: Vec<[Point; 2]>,
}

/// The islands with the longest axes of the mask, by slice. Slices and islands whose bound is too small for the longest axis so far
/// are not looked at.
fn longest_axes<'a>(runs: &'a [Run], grid: &PixelGrid, level: Level) -> Vec<Longest<'a>> {
    let mut slices: Vec<(i128, &[Run])> =
        runs.chunk_by(|a, b| a.slice == b.slice).map(|slice| (squared_bound(slice, grid, level), slice)).collect();
    slices.sort_by_key(|&(bound, _)| Reverse(bound));

    let mut best = -1;
    let mut longest = Vec::new();
    for (bound, slice) in slices {
        if bound < best {
            break;
        }
        for island in islands(slice) {
            if squared_bound(&island, grid, level) < best {
                continue;
            }
            let mut axes = Vec::new();
            for [from, to] in opposite_vertices(&contour_hull(&island, level)) {
                let squared = grid.squared_length(step(from, to));
                if squared > best {
                    best = squared;
                    axes.clear();
                    longest.clear();
                }
                if squared == best {
                    axes.push(in_order([from, to]));
                }
            }
            if !axes.is_empty() {
                longest.push(Longest { island, axes });
            }
        }
    }
    longest.sort_by(|a, b| a.island.cmp(&b.island));
    longest
}

/// No two contour vertices of some runs of one slice are farther apart, squared. Exact and never too small.
///
/// A step between two of them is bounded in columns, in rows, and along the diagonals in their sum and difference. The squared
/// length is convex, so among the steps within those bounds it is greatest at a corner of the octagon they form.
fn squared_bound(runs: &[Run], grid: &PixelGrid, level: Level) -> i128 {
    let extent = |place: fn(i64, i64) -> i64| {
        let ends = runs.iter().map(|run| [run.start, run.end - 1].map(|column| place(column.into(), run.row.into())));
        let (low, high) = ends.fold((i64::MAX, i64::MIN), |(low, high), [first, last]| (low.min(first), high.max(last)));
        (high - low) * QUARTERS
    };
    let columns = extent(|column, _| column) + 2 * level.reach();
    let rows = extent(|_, row| row) + 2 * level.reach();
    let sum = extent(|column, row| column + row).max(extent(|column, row| column - row)) + 2 * level.diagonal_reach();
    grid.squared_length([columns, sum - columns]).max(grid.squared_length([sum - rows, rows]))
}

/// Whether two islands cover the same columns and rows, the first in a lower slice.
fn is_above(first: &[Run], second: &[Run]) -> bool {
    let place = |run: &Run| (run.row, run.start, run.end);
    first[0].slice < second[0].slice && first.iter().map(place).eq(second.iter().map(place))
}

/// End points in order of (row, column).
fn in_order(ends: [Point; 2]) -> [Point; 2] {
    let [a, b] = ends;
    if row_first(a) <= row_first(b) { ends } else { [b, a] }
}

fn row_first([column, row]: Point) -> [i64; 2] {
    [row, column]
}

/// The axes of an island, and the island.
struct Measured {
    axes: InPlaneAxes,
    /// The long axis in quarters of a voxel.
    long_axis: [Point; 2],
    region: Region,
}

impl Measured {
    /// The best of some equally long axes; `None` without any.
    fn of_island(island: &[Run], long_axes: &[[Point; 2]], grid: &PixelGrid, level: Level) -> Option<Measured> {
        let (filled, hole_filled) = fill_holes(island);
        let region = Region::new(filled, level);
        let (axes, long_axis) = long_axes
            .iter()
            .map(|&long_axis| {
                let mut axes = across(long_axis, &region, grid);
                axes.slice = island[0].slice;
                axes.hole_filled = hole_filled;
                (axes, long_axis)
            })
            .min_by(|(a, _), (b, _)| a.order(b))?;
        Some(Measured { axes, long_axis, region })
    }

    /// Adds what is only asked of the winner.
    fn finish(self, grid: &PixelGrid) -> InPlaneAxes {
        let Measured { mut axes, long_axis: [from, to], region } = self;
        axes.leaves_lesion = !segment_inside(&region, from, to);
        if axes.leaves_lesion {
            axes.longest_inside_mm = longest_inside(&region, grid).map(|[a, b]| grid.length_mm(step(a, b)));
        }
        axes
    }
}

/// A long axis with the short axis across it.
fn across(long_axis: [Point; 2], region: &Region, grid: &PixelGrid) -> InPlaneAxes {
    let length = step(long_axis[0], long_axis[1]);
    let long_axis_mm = grid.length_mm(length);
    let in_voxels = |end: [f64; 2]| end.map(|quarters| quarters / QUARTERS as f64);
    let long_ends = long_axis.map(|end| in_voxels(end.map(|quarters| quarters as f64)));
    let (short_axis_mm, mut short_axis) = if length == [0, 0] {
        (0.0, long_ends)
    } else {
        let chord = longest_chord(&region.edges, long_axis, grid.weights);
        (grid.height_mm(chord.area, length).min(long_axis_mm), chord.ends.map(in_voxels))
    };
    short_axis.sort_by(|a, b| a[1].total_cmp(&b[1]).then(a[0].total_cmp(&b[0])));
    InPlaneAxes {
        slice: 0,
        long_axis_mm,
        long_axis: long_ends,
        short_axis_mm,
        short_axis,
        hole_filled: false,
        leaves_lesion: false,
        longest_inside_mm: None,
    }
}

impl InPlaneAxes {
    /// Which of two equally long axes comes first: the one with the longer short axis, then the lower slice, then the smaller end
    /// points. Short axes that differ by less than a nanometre are equal: mirrored axes must not be told apart by rounding.
    fn order(&self, other: &InPlaneAxes) -> Ordering {
        let nanometres = |axes: &InPlaneAxes| (axes.short_axis_mm * 1e6).round();
        let place = |axes: &InPlaneAxes| axes.long_axis.map(|[column, row]| [row, column]);
        nanometres(other)
            .total_cmp(&nanometres(self))
            .then(self.slice.cmp(&other.slice))
            .then(place(self).partial_cmp(&place(other)).unwrap_or(Ordering::Equal))
    }
}
