//! The contour of an island at a level: marching squares on a mask, in whole quarters of a voxel.

use crate::hull::{Point, hull_of_centres, sum_of_hulls};
use crate::runs::{Run, bounding_box};

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
    /// Contour segments. A voxel that stands alone has segments of length zero at level centre.
    pub(crate) edges: Vec<[Point; 2]>,
    first: Point,
    size: [usize; 2],
    inside: Vec<bool>,
}

impl Region {
    pub(crate) fn new(filled: &[Run], level: Level) -> Region {
        let mut region = Region { level, edges: Vec::new(), first: [0; 2], size: [0; 2], inside: Vec::new() };
        let Some(around) = bounding_box(filled) else {
            return region;
        };
        region.first = [around.first[0].into(), around.first[1].into()];
        region.size = [0, 1].map(|axis| (around.last[axis] - around.first[axis] + 1) as usize);
        region.inside = vec![false; region.size[0] * region.size[1]];
        for run in filled {
            let row_start = (run.row - around.first[1]) as usize * region.size[0];
            let [start, end] = [run.start, run.end].map(|column| row_start + (column - around.first[0]) as usize);
            region.inside[start..end].fill(true);
        }
        region.edges = if level == Level::Corner { region.voxel_outlines() } else { region.marching_squares() };
        region
    }

    /// Whether the voxel at this column and row belongs to the island; anything outside the image does not.
    pub(crate) fn contains(&self, column: i64, row: i64) -> bool {
        let [Ok(x), Ok(y)] = [usize::try_from(column - self.first[0]), usize::try_from(row - self.first[1])] else {
            return false;
        };
        x < self.size[0] && y < self.size[1] && self.inside[y * self.size[0] + x]
    }

    /// The distinct end points of the contour segments, sorted.
    pub(crate) fn vertices(&self) -> Vec<Point> {
        let mut vertices = self.edges.concat();
        vertices.sort_unstable();
        vertices.dedup();
        vertices
    }

    /// Every square of four voxel centres that the box and a frame around it touch, by its first voxel.
    fn squares(&self) -> impl Iterator<Item = Point> + use<> {
        let ([left, top], [width, height]) = (self.first, self.size.map(|size| size as i64));
        (top - 1..top + height).flat_map(move |row| (left - 1..left + width).map(move |column| [column, row]))
    }

    /// Cuts the outside corners off every square of four voxel centres. A vertex lies on each side between an inside and an
    /// outside corner; a stretch of outside corners is cut off by one segment, so diagonal neighbours stay joined.
    fn marching_squares(&self) -> Vec<[Point; 2]> {
        let reach = self.level.reach();
        let mut edges = Vec::new();
        for [column, row] in self.squares() {
            let corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
            let inside = corners.map(|[column, row]| self.contains(column, row));
            if inside == [true; 4] || inside == [false; 4] {
                continue;
            }
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
        }
        edges
    }

    /// The sides between inside and outside voxels.
    fn voxel_outlines(&self) -> Vec<[Point; 2]> {
        let half = self.level.reach();
        let mut edges = Vec::new();
        for [column, row] in self.squares() {
            let here = self.contains(column, row);
            let [x, y] = [column * QUARTERS, row * QUARTERS];
            if here != self.contains(column + 1, row) {
                edges.push([[x + half, y - half], [x + half, y + half]]);
            }
            if here != self.contains(column, row + 1) {
                edges.push([[x - half, y + half], [x + half, y + half]]);
            }
        }
        edges
    }
}
