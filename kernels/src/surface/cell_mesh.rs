//! The surface within one cell: level 0.5 of a mask of zeros and ones.
//!
//! A vertex lies half-way on every edge of the cell that joins an inside and an outside corner. On each face of the cell a
//! segment cuts off every stretch of outside corners, so that two inside corners across a face are joined, as diagonal
//! neighbours are within a slice. This depends on the four corners of the face only, so the two cells at a face agree and the
//! surface of a mask is closed. The segments of a cell make closed loops.
//!
//! A loop divides the convex hull of its vertices into two sides. The larger one becomes the surface, and the outer one where
//! both are equal. Nothing here prefers a direction: a mirrored or turned mask has the mirrored or turned surface. Without two
//! inside or outside corners across a face this is the surface of the usual tables of marching cubes, except where four inside
//! corners make a path that winds.

use std::sync::LazyLock;

use super::cells::{CONFIGURATIONS, corner_place};
use crate::vector::{Vector, cross_product, determinant, difference, dot, length};

/// The surface within a cell, in units of the cell.
pub(crate) struct CellMesh {
    /// Part of the cell that is inside.
    pub(crate) volume: f64,
    /// A vector for each triangle: as long as its area, at a right angle to it, outwards.
    pub(crate) triangles: Vec<Vector>,
}

/// For each configuration of corners.
pub(crate) static CELL_MESHES: LazyLock<Vec<CellMesh>> = LazyLock::new(|| (0..CONFIGURATIONS).map(CellMesh::new).collect());

/// Three vertices, anticlockwise seen from outside of the mask.
type Triangle = [Vector; 3];

impl CellMesh {
    fn new(configuration: usize) -> CellMesh {
        let triangles: Vec<Triangle> = loops(configuration).iter().flat_map(|points| filled(points)).collect();
        // Cones from the middle of the cell, whose faces are one away: a third of height times base.
        let below_faces: f64 = faces().map(|face| area_inside(configuration, face) / 3.0).sum();
        let volume = below_faces + volume(&triangles);
        CellMesh {
            volume: volume / (HALVES * HALVES * HALVES),
            triangles: triangles.iter().map(|&points| area_vector(points).map(|area| area / (HALVES * HALVES))).collect(),
        }
    }
}

/// Half edges in an edge of a cell. Vertices are counted in them from the middle of the cell, so that they are whole numbers.
const HALVES: f64 = 2.0;

/// The corners of the six faces, anticlockwise seen from outside of the cell in a right-handed frame.
fn faces() -> impl Iterator<Item = [usize; 4]> {
    // The bits of rows, slices and columns are in cyclic order of the axes.
    (0..3).flat_map(|axis| {
        let [up, right, left] = [axis, (axis + 1) % 3, (axis + 2) % 3].map(|axis| 1 << axis);
        [[up, up | right, up | right | left, up | left], [0, left, right | left, right]]
    })
}

/// How much of a face is inside, in squared half edges.
fn area_inside(configuration: usize, face: [usize; 4]) -> f64 {
    match face.map(|corner| configuration >> corner & 1) {
        [1, 0, 1, 0] | [0, 1, 0, 1] => 3.0,
        corners => [0.0, 0.5, 2.0, 3.5, 4.0][corners.iter().sum::<usize>()],
    }
}

/// The closed loops in which the surface meets the faces of the cell, anticlockwise seen from outside of the mask.
fn loops(configuration: usize) -> Vec<Vec<Vector>> {
    let mut segments: Vec<[Vector; 2]> = faces().flat_map(|face| segments(configuration, face)).collect();
    let mut loops = Vec::new();
    while let Some([first, mut last]) = segments.pop() {
        let mut points = vec![first];
        // Every vertex lies on two faces; on one of them it begins a segment and on the other it ends one.
        while let Some(next) = segments.iter().position(|&[from, _]| from == last) {
            points.push(last);
            last = segments.swap_remove(next)[1];
        }
        loops.push(points);
    }
    loops
}

/// The segments of a face: each joins where its outline leaves the inside and where it next comes back, with the inside to the
/// right when seen from outside of the cell.
fn segments(configuration: usize, face: [usize; 4]) -> Vec<[Vector; 2]> {
    let inside = |place: usize| configuration >> face[place % 4] & 1 == 1;
    let corner = |place: usize| corner_place(face[place % 4]).map(|step| HALVES * step as f64 - 1.0);
    let vertex = |place: usize| std::array::from_fn(|axis| (corner(place)[axis] + corner(place + 1)[axis]) / 2.0);
    let leaves = (0..4).filter(|&place| inside(place) && !inside(place + 1));
    leaves
        .map(|place| {
            let back = (place + 1..place + 4).find(|&place| inside(place + 1)).unwrap_or(place);
            [vertex(back), vertex(place)]
        })
        .collect()
}

/// The triangles of the larger side of the convex hull of a loop, of the outer one if they are equal.
fn filled(points: &[Vector]) -> Vec<Triangle> {
    let [outer, inner] = [1.0, -1.0].map(|sign| hull_side(points, sign));
    let area = |triangles: &[Triangle]| triangles.iter().map(|&points| length(area_vector(points))).sum::<f64>();
    // Beyond rounding.
    if area(&inner) > area(&outer) + 1e-9 { inner } else { outer }
}

/// The side of the convex hull of a loop that faces outwards (`sign` 1) or inwards (-1). All points are corners of the hull and
/// each segment lies on it, so a side is a set of triangles between the points.
fn hull_side(points: &[Vector], sign: f64) -> Vec<Triangle> {
    let [first, .., last] = *points else { return Vec::new() };
    // The triangle at the closing segment: no other point is above it.
    let above = |tip: usize, other: usize| sign * dot(area_vector([first, points[tip], last]), difference(points[other], first));
    let tip = (1..points.len() - 1).reduce(|tip, other| if above(tip, other) > 0.0 { other } else { tip });
    tip.map_or_else(Vec::new, |tip| {
        [vec![[first, points[tip], last]], hull_side(&points[..=tip], sign), hull_side(&points[tip..], sign)].concat()
    })
}

/// The volume of cones from the middle of the cell over triangles: a sixth of a whole number.
fn volume(triangles: &[Triangle]) -> f64 {
    triangles.iter().map(|&points| determinant(points)).sum::<f64>() / 6.0
}

fn area_vector([a, b, c]: Triangle) -> Vector {
    cross_product(difference(b, a), difference(c, a)).map(|value| value / 2.0)
}
