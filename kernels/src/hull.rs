//! Convex hulls of integer points, and their farthest vertices.
//!
//! All is exact: points are dropped and sides compared by the sign of an integer only. Runs arrive by row, and of a row only the
//! first and the last voxel can be on the hull, so both sides of a hull come out in one pass without sorting.

use std::cmp::Reverse;

use crate::runs::Run;

/// A point or a step in the plane, `[column, row]`, in whole parts of a voxel.
pub(crate) type Point = [i64; 2];

/// The vertices of the convex hull, without points inside its sides. One or two points come back as they are.
///
/// Exact for coordinates below 2^30. A convex hull does not depend on spacings, so it can be taken in voxels.
pub(crate) fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull = Vec::new();
    add_side(&mut hull, points.iter().copied());
    add_side(&mut hull, points.iter().rev().copied());
    hull
}

/// The convex hull of the voxel centres of sorted runs of one slice, in voxels: the vertices that turn, from the right end of the
/// first row around over the right ends, the last row and the left ends. In linear time.
pub(crate) fn hull_of_centres(runs: &[Run]) -> Vec<Point> {
    let right_end = |row: &[Run]| [i64::from(row[row.len() - 1].end) - 1, row[0].row.into()];
    let left_end = |row: &[Run]| [row[0].start.into(), row[0].row.into()];
    let rows = runs.chunk_by(|a, b| a.row == b.row);
    let [Some(first), Some(last)] = [rows.clone().next(), rows.clone().next_back()] else {
        return Vec::new();
    };
    let mut hull = Vec::new();
    add_side(&mut hull, rows.clone().map(right_end).chain([left_end(last)]));
    add_side(&mut hull, rows.map(left_end).rev().chain([right_end(first)]));
    if hull.is_empty() { vec![right_end(first)] } else { hull }
}

/// The convex hull of all sums of a point of one hull and a point of another: it has the sides of both, in order of direction.
///
/// Both hulls begin at the right end of their first row and go on to the right ends, as those of [`hull_of_centres`] do, and so does
/// the sum. One of them may be a line or a point, none may be empty.
pub(crate) fn sum_of_hulls(a: &[Point], b: &[Point]) -> Vec<Point> {
    let side = |hull: &[Point], index: usize| step(hull[index % hull.len()], hull[(index + 1) % hull.len()]);
    let mut sum = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let (p, q) = (a[i % a.len()], b[j % b.len()]);
        sum.push([p[0] + q[0], p[1] + q[1]]);
        let turn = cross(side(a, i), side(b, j));
        // Sides of one direction become one.
        let (next_i, next_j) = (j == b.len() || turn >= 0, i == a.len() || turn <= 0);
        i += usize::from(next_i && i < a.len());
        j += usize::from(next_j && j < b.len());
    }
    sum
}

/// The pairs of vertices that two parallel lines can touch while the hull lies between them and meets them nowhere else, each once:
/// rotating calipers over half a turn. The hull begins like that of [`hull_of_centres`]; a single point is opposite to itself.
///
/// Every farthest pair is among them, by any measure of length that is a quadratic form: lines through its ends, perpendicular to it
/// in that measure, touch the hull nowhere else, as any other point of them would be farther.
pub(crate) fn opposite_vertices(hull: &[Point]) -> impl Iterator<Item = [Point; 2]> {
    let side = |index: usize| step(hull[index % hull.len()], hull[(index + 1) % hull.len()]);
    let left_end_of_last_row = (0..hull.len()).max_by_key(|&index| (hull[index][1], Reverse(hull[index][0]))).unwrap_or(0);
    let (mut i, mut j) = (0, left_end_of_last_row);
    std::iter::from_fn(move || {
        if i >= left_end_of_last_row && j >= hull.len() {
            return None;
        }
        let pair = [hull[i % hull.len()], hull[j % hull.len()]];
        // The lines turn on to the nearer of the next sides; to both when these are parallel.
        let turn = cross(side(i), side(j));
        i += usize::from(turn <= 0);
        j += usize::from(turn >= 0);
        Some(pair)
    })
}

/// Adds the side of a hull from the first to the last of some points in order, without the last. Equal neighbours count once.
fn add_side(hull: &mut Vec<Point>, points: impl Iterator<Item = Point>) {
    let first = hull.len();
    for point in points {
        while let [.., a, b] = hull[first..]
            && cross(step(a, b), step(a, point)) <= 0
        {
            hull.pop();
        }
        if hull[first..].last() != Some(&point) {
            hull.push(point);
        }
    }
    hull.pop();
}

/// From `a` to `b`.
pub(crate) fn step(a: Point, b: Point) -> Point {
    [b[0] - a[0], b[1] - a[1]]
}

/// Twice the area that two steps span, signed.
pub(crate) fn cross(a: Point, b: Point) -> i64 {
    a[0] * b[1] - a[1] * b[0]
}
