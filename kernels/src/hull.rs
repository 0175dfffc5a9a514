//! Convex hull of integer points.

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
    let mut hull = half_hull(points.iter());
    hull.append(&mut half_hull(points.iter().rev()));
    hull
}

/// One side of the hull from the first to the last point, without the last.
fn half_hull<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut side: Vec<Point> = Vec::new();
    for &point in points {
        while let [.., a, b] = side[..]
            && cross(step(a, b), step(a, point)) <= 0
        {
            side.pop();
        }
        side.push(point);
    }
    side.pop();
    side
}

/// From `a` to `b`.
pub(crate) fn step(a: Point, b: Point) -> Point {
    [b[0] - a[0], b[1] - a[1]]
}

/// Twice the area that two steps span, signed.
pub(crate) fn cross(a: Point, b: Point) -> i64 {
    a[0] * b[1] - a[1] * b[0]
}
