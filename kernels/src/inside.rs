//! Does a straight segment stay inside a region? And the longest one that does.

use crate::contour::{Level, QUARTERS, Region};
use crate::hull::Point;

/// Whether the segment between two contour vertices stays inside the closed region. Exact.
pub(crate) fn segment_inside(region: &Region, from: Point, to: Point) -> bool {
    if region.level == Level::Corner {
        return crosses_only_voxels(region, from, to);
    }
    // The region is convex within every square of four voxel centres, and contour vertices lie on the grid lines between the
    // centres. So the segment is inside if it is inside where it crosses grid lines.
    let by_column = |column, row| region.contains(column, row);
    let by_row = |row, column| region.contains(column, row);
    let swap = |[column, row]: Point| [row, column];
    crossings_inside(region.level.reach(), from, to, by_column)
        && crossings_inside(region.level.reach(), swap(from), swap(to), by_row)
}

/// Whether the segment is inside at each grid line of its first coordinate.
fn crossings_inside(reach: i64, from: Point, to: Point, inside: impl Fn(i64, i64) -> bool) -> bool {
    let [from, to] = if from[0] <= to[0] { [from, to] } else { [to, from] };
    let across = to[0] - from[0];
    if across == 0 {
        return true;
    }
    let first = from[0].div_euclid(QUARTERS) + i64::from(from[0].rem_euclid(QUARTERS) != 0);
    let last = to[0].div_euclid(QUARTERS);
    (first..=last).all(|line| {
        // The place of the crossing along the line, in quarters times `across`: between two voxel centres, `beyond` the first.
        let place = from[1] * across + (to[1] - from[1]) * (line * QUARTERS - from[0]);
        let before = place.div_euclid(QUARTERS * across);
        let beyond = place.rem_euclid(QUARTERS * across);
        match [inside(line, before), inside(line, before + 1)] {
            [true, true] => true,
            [true, false] => beyond <= reach * across,
            [false, true] => QUARTERS * across - beyond <= reach * across,
            [false, false] => false,
        }
    })
}

/// Whether a segment between two voxel corners runs through inside voxels only; it may follow their sides and pass from one to
/// another at a corner.
fn crosses_only_voxels(region: &Region, from: Point, to: Point) -> bool {
    let corner = |[x, y]: Point| [x, y].map(|quarters| (quarters + QUARTERS / 2) / QUARTERS);
    let [from, to] = [corner(from), corner(to)];
    let [from, to] = if from <= to { [from, to] } else { [to, from] };
    let [across, down] = [to[0] - from[0], to[1] - from[1]];
    if across == 0 {
        return (from[1].min(to[1])..from[1].max(to[1]))
            .all(|row| region.contains(from[0] - 1, row) || region.contains(from[0], row));
    }
    if down == 0 {
        return (from[0]..to[0]).all(|column| region.contains(column, from[1] - 1) || region.contains(column, from[1]));
    }
    (from[0]..to[0]).all(|column| {
        // Where the segment enters and leaves this column, times `across`.
        let enters = from[1] * across + down * (column - from[0]);
        let leaves = enters + down;
        let first = enters.min(leaves).div_euclid(across);
        let last = (enters.max(leaves) - 1).div_euclid(across);
        (first..=last).all(|row| region.contains(column, row))
    })
}

/// The longest segment between two contour vertices that stays inside, by `squared_length`.
///
/// All pairs are looked at, those far from the middle first so that most fall to a comparison with the best so far; only longer
/// ones are walked, at a cost of their length in voxels, and most of those end where they first leave the region.
pub(crate) fn longest_inside(region: &Region, squared_length: impl Fn(Point, Point) -> i128) -> Option<[Point; 2]> {
    let mut vertices = region.vertices();
    let first = *vertices.first()?;
    let count = vertices.len() as i64;
    let middle = [0, 1].map(|axis| vertices.iter().map(|vertex| vertex[axis]).sum::<i64>() / count);
    vertices.sort_by_key(|&vertex| std::cmp::Reverse(squared_length(middle, vertex)));

    let mut longest = [first, first];
    let mut best = 0;
    for (index, &from) in vertices.iter().enumerate() {
        for &to in &vertices[..index] {
            let squared = squared_length(from, to);
            if squared > best && segment_inside(region, from, to) {
                best = squared;
                longest = [from, to];
            }
        }
    }
    Some(longest)
}
