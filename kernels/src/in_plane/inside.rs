//! Does a straight segment stay inside a region? And the longest one that does.
//!
//! The region is convex within every square of four voxel centres, so a segment is judged where it crosses the grid lines through
//! them, in integers. To find the longest one every vertex looks along the lines: the directions that are open shrink from line to
//! line to those that meet the region, as fractions of integers, and in a ragged island soon none is left. What is still seen is
//! judged as a segment, so the search may show too much but hides nothing. Its cost is that of the lines each vertex sees across.

use std::cmp::Reverse;

use super::contour::{Level, QUARTERS, Region};
use super::grid::PixelGrid;
use super::island::Rows;
use crate::hull::{Point, convex_hull, cross, step};
use crate::runs::Run;

/// Whether the segment between two contour vertices stays inside the closed region. Exact.
pub(crate) fn segment_inside(region: &Region, from: Point, to: Point) -> bool {
    if region.level == Level::Corner {
        return crosses_only_voxels(region, from, to);
    }
    // Contour vertices lie on the grid lines themselves.
    let by_column = |column, row| region.rows.contains(column, row);
    let by_row = |row, column| region.rows.contains(column, row);
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
            .all(|row| region.rows.contains(from[0] - 1, row) || region.rows.contains(from[0], row));
    }
    if down == 0 {
        return (from[0]..to[0]).all(|column| region.rows.contains(column, from[1] - 1) || region.rows.contains(column, from[1]));
    }
    (from[0]..to[0]).all(|column| {
        // Where the segment enters and leaves this column, times `across`.
        let enters = from[1] * across + down * (column - from[0]);
        let leaves = enters + down;
        let first = enters.min(leaves).div_euclid(across);
        let last = (enters.max(leaves) - 1).div_euclid(across);
        (first..=last).all(|row| region.rows.contains(column, row))
    })
}

/// The longest segment between two contour vertices that stays inside.
///
/// Vertices look for others in the order of the farthest vertex there is at all, inside or not, until none can see farther than the
/// best so far.
pub(crate) fn longest_inside(region: &Region, grid: &PixelGrid) -> Option<[Point; 2]> {
    let vertices = region.vertices();
    let mut longest = [*vertices.first()?; 2];
    let mut best = 0;
    let hull = convex_hull(vertices.clone());
    let farthest = |vertex: Point| hull.iter().map(|&end| grid.squared_length(step(vertex, end))).fold(0, i128::max);
    let mut starts: Vec<(i128, Point)> = vertices.iter().map(|&vertex| (farthest(vertex), vertex)).collect();
    starts.sort_unstable_by_key(|&start| Reverse(start));
    let columns = region.rows.transposed();
    let views = [(&region.rows, false), (&columns, true)]
        .map(|(rows, swapped)| [1, -1].map(|sign| View::new(rows, Frame { swapped, sign }, &vertices, region.level.reach())));

    for (farthest, from) in starts {
        if farthest <= best {
            break;
        }
        let longer = |way: Point| grid.squared_length(way) > best;
        let mut seen: Vec<Point> = views.iter().flatten().flat_map(|view| view.look(from, longer)).collect();
        // From far to near: the first that holds is the farthest.
        seen.sort_by_cached_key(|&to| Reverse(grid.squared_length(step(from, to))));
        if let Some(&to) = seen.iter().find(|&&to| segment_inside(region, from, to)) {
            best = grid.squared_length(step(from, to));
            longest = [from, to];
        }
    }
    Some(longest)
}

/// Turns one of the four directions of the grid downwards.
#[derive(Clone, Copy)]
struct Frame {
    swapped: bool,
    sign: i64,
}

impl Frame {
    fn enter(self, [column, row]: Point) -> Point {
        let [column, row] = if self.swapped { [row, column] } else { [column, row] };
        [column, row * self.sign]
    }

    fn leave(self, [column, row]: Point) -> Point {
        let [column, row] = [column, row * self.sign];
        if self.swapped { [row, column] } else { [column, row] }
    }
}

/// What contour vertices see of each other downwards in a frame, row by row.
struct View<'a> {
    frame: Frame,
    rows: &'a Rows,
    /// The vertices of each row of the frame that has any, sorted.
    vertices: Vec<Vec<Point>>,
    reach: i64,
}

impl View<'_> {
    /// `rows` are the columns where the frame swaps them.
    fn new<'a>(rows: &'a Rows, frame: Frame, vertices: &[Point], reach: i64) -> View<'a> {
        let mut vertices: Vec<Point> = vertices.iter().map(|&vertex| frame.enter(vertex)).collect();
        vertices.sort_unstable_by_key(|&[column, row]| [row, column]);
        let vertices = vertices.chunk_by(|a, b| a[1] == b[1]).map(<[Point]>::to_vec).collect();
        View { frame, rows, vertices, reach }
    }

    /// The vertices below `from` to which the step is `longer` and leads down at least as far as across, and to which no line
    /// through the voxel centres of a row bars the way. Whether the segment stays inside between those lines is left to find out.
    fn look(&self, from: Point, longer: impl Fn(Point) -> bool) -> Vec<Point> {
        let from = self.frame.enter(from);
        let longer = |way: Point| longer(self.frame.leave(way));
        let mut seen = Vec::new();
        let mut open = vec![[[-1, 1], [1, 1]]];
        let mut left = Vec::new();
        let mut line = from[1].div_euclid(QUARTERS) + 1;
        let depth = self.vertices.last().map_or(0, |lowest| lowest[0][1] - from[1]);
        let on_lowest_row = |[across, down]: Point| [(across.abs() * depth + down - 1) / down, depth];
        let below = self.vertices.partition_point(|in_row| in_row[0][1] <= from[1]);
        for in_row in &self.vertices[below..] {
            while line * QUARTERS < in_row[0][1] {
                self.bar(from, line, &open, &mut left);
                (open, left) = (left, open);
                line += 1;
            }
            let (Some(&[first, _]), Some(&[_, last])) = (open.first(), open.last()) else { break };
            // Nothing in an open direction is farther off than where the outermost ones meet the lowest row.
            if !longer(on_lowest_row(first)) && !longer(on_lowest_row(last)) {
                break;
            }
            let begin = in_row.partition_point(|&vertex| turns_back(first, step(from, vertex)));
            let in_view = in_row[begin..].iter().take_while(|&&vertex| !turns_back(step(from, vertex), last));
            for &vertex in in_view {
                let way = step(from, vertex);
                if longer(way) && open.iter().any(|&[first, last]| !turns_back(first, way) && !turns_back(way, last)) {
                    seen.push(self.frame.leave(vertex));
                }
            }
        }
        seen
    }

    /// Those of the `open` directions that meet the region on the line of a row: the runs of the row and `reach` to both sides.
    fn bar(&self, from: Point, line: i64, open: &[[Point; 2]], left: &mut Vec<[Point; 2]>) {
        left.clear();
        let runs = self.rows.runs(line * self.frame.sign);
        let way = |column: i64| step(from, [column, line * QUARTERS]);
        let begin = |run: &Run| way(i64::from(run.start) * QUARTERS - self.reach);
        let end = |run: &Run| way((i64::from(run.end) - 1) * QUARTERS + self.reach);
        for &[first, last] in open {
            // Thin arms may meet the lines in one direction only and leave gaps between them.
            if cross(first, last) == 0 && !self.is_inside_before(from, first, line) {
                continue;
            }
            let met = runs.partition_point(|run| turns_back(first, end(run)));
            for run in runs[met..].iter().take_while(|run| !turns_back(begin(run), last)) {
                let [a, b] = [begin(run), end(run)];
                left.push([if turns_back(first, a) { first } else { a }, if turns_back(b, last) { last } else { b }]);
            }
        }
    }

    /// Whether the region holds the points at which a ray crosses columns of voxel centres between the row of a line and the row
    /// before it.
    fn is_inside_before(&self, from: Point, [across, down]: Point, line: i64) -> bool {
        if across == 0 {
            return true;
        }
        let inside = |column, row: i64| self.rows.contains(column, row * self.frame.sign);
        // Columns in quarters times `down`.
        let column_at = |row: i64| from[0] * down + across * (row * QUARTERS - from[1]);
        let (a, b) = (column_at(line - 1), column_at(line));
        let (left, right) = (a.min(b), a.max(b));
        let first = left.div_euclid(QUARTERS * down) + 1;
        (first..).take_while(|column| column * QUARTERS * down < right).all(|column| {
            // Quarters times `across` below the row before the line.
            let beyond = (down * (column * QUARTERS - from[0]) - (((line - 1) * QUARTERS) - from[1]) * across) * across.signum();
            let across = across.abs();
            match [inside(column, line - 1), inside(column, line)] {
                [true, true] => true,
                [true, false] => beyond <= self.reach * across,
                [false, true] => QUARTERS * across - beyond <= self.reach * across,
                [false, false] => false,
            }
        })
    }
}

/// Whether the second of two downward directions points farther to the left than the first.
fn turns_back(first: Point, second: Point) -> bool {
    cross(first, second) > 0
}
