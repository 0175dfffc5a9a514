//! The contour of an island at a level: marching squares on a mask, in whole quarters of a voxel.

use super::island::Rows;
use crate::hull::{Point, hull_of_centres, sum_of_hulls};
use crate::runs::Run;

/// Quarters of a voxel per voxel: the finest step any level needs.
pub(crate) const QUARTERS: i64 = 4;

/// Where the contour of a mask lies: how far from the centre of the last voxel inside towards the first one outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Level {
    /// Through the centres of the border voxels (contour level 1).
    #[default]
    Centre,
    /// A quarter of a voxel outside the centres (contour level 0.75); without bias on digitised shapes.
    Quarter,
    /// Half-way between inside and outside (contour level 0.5), the rule of PyRadiomics and IBSI.
    Edge,
    /// Along the outlines of the voxels, corners included.
    Corner,
}

impl Level {
    /// How far the contour reaches beyond a voxel centre along a grid line, in quarters.
    pub(crate) fn reach(self) -> i64 {
        match self {
            Level::Centre => 0,
            Level::Quarter => 1,
            Level::Edge | Level::Corner => 2,
        }
    }

    /// How far the contour reaches beyond a voxel centre in columns and rows together, in quarters.
    pub(crate) fn diagonal_reach(self) -> i64 {
        match self {
            Level::Corner => 2 * self.reach(),
            _ => self.reach(),
        }
    }

    /// The hull of the contour points around a voxel that stands alone.
    fn around_voxel(self) -> &'static [Point] {
        match self {
            Level::Centre => &[[0, 0]],
            Level::Quarter => &[[0, -1], [1, 0], [0, 1], [-1, 0]],
            Level::Edge => &[[0, -2], [2, 0], [0, 2], [-2, 0]],
            Level::Corner => &[[2, -2], [2, 2], [-2, 2], [-2, -2]],
        }
    }
}

/// The convex hull of the contour of an island: that of its voxel centres, widened by the contour points around a voxel. Holes do
/// not matter.
pub(crate) fn contour_hull(island: &[Run], level: Level) -> Vec<Point> {
    let centres: Vec<Point> = hull_of_centres(island).into_iter().map(|centre| centre.map(|voxels| voxels * QUARTERS)).collect();
    sum_of_hulls(&centres, level.around_voxel())
}

/// The closed region inside the contour of one island without holes.
pub(crate) struct Region {
    pub(crate) level: Level,
    pub(crate) rows: Rows,
    /// Contour segments. A voxel that stands alone has segments of length zero at level centre.
    pub(crate) edges: Vec<[Point; 2]>,
}

impl Region {
    pub(crate) fn new(filled: Vec<Run>, level: Level) -> Region {
        let rows = Rows::new(filled);
        let edges = if level == Level::Corner { voxel_outlines(&rows) } else { marching_squares(&rows, level.reach()) };
        Region { level, rows, edges }
    }

    /// The distinct end points of the contour segments, sorted.
    pub(crate) fn vertices(&self) -> Vec<Point> {
        let mut vertices = self.edges.concat();
        vertices.sort_unstable();
        vertices.dedup();
        vertices
    }
}

/// Cuts the outside corners off every square of four voxel centres. A vertex lies on each side between an inside and an outside
/// corner; a stretch of outside corners is cut off by one segment, so diagonal neighbours stay joined.
fn marching_squares(rows: &Rows, reach: i64) -> Vec<[Point; 2]> {
    let mut edges = Vec::new();
    rows.border_squares(|[column, row], inside| {
        let corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
        let vertex = |from: usize, to: usize| {
            [0, 1].map(|axis| corners[from][axis] * QUARTERS + reach * (corners[to][axis] - corners[from][axis]))
        };
        for leaving in 0..4 {
            let first_outside = (leaving + 1) % 4;
            if !inside[leaving] || inside[first_outside] {
                continue;
            }
            let entering = (2..=4).map(|step| (leaving + step) % 4).find(|&corner| inside[corner]);
            if let Some(entering) = entering {
                edges.push([vertex(leaving, first_outside), vertex(entering, (entering + 3) % 4)]);
            }
        }
    });
    edges
}

/// The sides between inside and outside voxels.
fn voxel_outlines(rows: &Rows) -> Vec<[Point; 2]> {
    let half = Level::Corner.reach();
    let mut edges = Vec::new();
    rows.border_squares(|[column, row], [here, right, _, below]| {
        let [x, y] = [column * QUARTERS, row * QUARTERS];
        if here != right {
            edges.push([[x + half, y - half], [x + half, y + half]]);
        }
        if here != below {
            edges.push([[x - half, y + half], [x + half, y + half]]);
        }
    });
    edges
}
