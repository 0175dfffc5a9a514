//! The points that may be ends of the farthest pair: hull vertices of single slices.

use super::Points;
use crate::hull::{Point, cross, step};
use crate::runs::Run;

/// Half voxels per voxel: the unit of the points.
pub(super) const HALVES: i64 = 2;

/// A point in half voxels from the centre of the first voxel: column, row, slice.
pub(super) type Lattice = [i32; 3];

/// The vertices of the convex hull of every slice, at the centres or half a voxel around them.
///
/// These are more points than needed, but all within the hull of the mask: slices with points in a common plane half-way between
/// them are taken on their own, points half-way to a voxel inside are not left out, and where both sides of a hull meet in one point
/// it comes twice.
pub(super) fn candidates(runs: &[Run], points: Points) -> Vec<Lattice> {
    let mut found = Vec::new();
    let mut sides = [-1, 1].map(|outwards| Side { outwards, vertices: Vec::new() });
    let mut widened = sides.clone();
    for slice in runs.chunk_by(|a, b| a.slice == b.slice) {
        for side in &mut sides {
            side.vertices.clear();
        }
        for row in slice.chunk_by(|a, b| a.row == b.row) {
            let ends = [row[0].start, row[row.len() - 1].end - 1];
            for (side, column) in sides.iter_mut().zip(ends) {
                side.push([i64::from(column) * HALVES, i64::from(row[0].row) * HALVES]);
            }
        }
        let level = slice[0].slice as i32 * HALVES as i32;
        let mut add = |sides: &[Side; 2], level: i32| {
            let vertices = sides.iter().flat_map(|side| &side.vertices);
            found.extend(vertices.map(|&[column, row]| [column as i32, row as i32, level]));
        };
        let mut widen = |steps: &[Point]| widened.iter_mut().zip(&sides).for_each(|(wide, side)| wide.widen(side, steps));
        // The hull of all points of a plane is the hull of the centres widened by the points around one voxel.
        match points {
            Points::Centres => add(&sides, level),
            Points::EdgeMidpoints => {
                widen(&[[0, -1], [1, 0], [0, 1]]);
                add(&widened, level);
                add(&sides, level - 1);
                add(&sides, level + 1);
            }
            Points::Corners => {
                widen(&[[1, -1], [1, 1]]);
                add(&widened, level - 1);
                add(&widened, level + 1);
            }
        }
    }
    found
}

/// The left or the right side of a convex hull, from the first row to the last.
#[derive(Clone)]
struct Side {
    /// The way out of the hull along columns: -1 on the left, 1 on the right.
    outwards: i64,
    vertices: Vec<Point>,
}

impl Side {
    /// Adds a point below the last one or in the same row. Rows come in order, so nothing needs to be sorted.
    fn push(&mut self, point: Point) {
        while let [.., a, b] = self.vertices[..]
            && cross(step(a, b), step(a, point)) * self.outwards <= 0
        {
            self.vertices.pop();
        }
        self.vertices.push(point);
    }

    /// Becomes the side of the hull of another side's vertices moved by each of some steps. The steps are in order of rows, their
    /// columns count outwards.
    fn widen(&mut self, side: &Side, steps: &[Point]) {
        self.vertices.clear();
        for &[column, row] in &side.vertices {
            for &[outwards, rows] in steps {
                self.push([column + outwards * self.outwards, row + rows]);
            }
        }
    }
}
