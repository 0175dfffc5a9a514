//! The contour of an island at a level: marching squares on a mask, in whole quarters of a voxel.

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
    /// Contour segments. A voxel that stands alone has segments of length zero at level centre.
    pub(crate) edges: Vec<[Point; 2]>,
    runs: Vec<Run>,
    first_row: i64,
    /// Where the runs of each row begin, and where those of the last row end.
    rows: Vec<usize>,
}

impl Region {
    pub(crate) fn new(filled: Vec<Run>, level: Level) -> Region {
        let first_row = filled.first().map_or(0, |run| run.row.into());
        let mut rows = vec![0];
        for row in filled.chunk_by(|a, b| a.row == b.row) {
            rows.push(rows[rows.len() - 1] + row.len());
        }
        let mut region = Region { level, edges: Vec::new(), runs: filled, first_row, rows };
        region.edges = if level == Level::Corner { region.voxel_outlines() } else { region.marching_squares() };
        region
    }

    /// The runs of a row; none outside the island, which has no empty rows.
    fn runs_of_row(&self, row: i64) -> &[Run] {
        match usize::try_from(row - self.first_row) {
            Ok(index) if index + 1 < self.rows.len() => &self.runs[self.rows[index]..self.rows[index + 1]],
            _ => &[],
        }
    }

    /// Whether the voxel at this column and row belongs to the island; anything outside the image does not.
    pub(crate) fn contains(&self, column: i64, row: i64) -> bool {
        let runs = self.runs_of_row(row);
        let next = runs.partition_point(|run| i64::from(run.end) <= column);
        runs.get(next).is_some_and(|run| i64::from(run.start) <= column)
    }

    /// The distinct end points of the contour segments, sorted.
    pub(crate) fn vertices(&self) -> Vec<Point> {
        let mut vertices = self.edges.concat();
        vertices.sort_unstable();
        vertices.dedup();
        vertices
    }

    /// Calls `visit` with every square of four voxel centres that has corners inside and outside: its first voxel, and which
    /// corners are inside, from the first one to the right and around.
    ///
    /// Between two rows the corners change only where a run begins or ends; between two such columns a square is on the border
    /// if one row is inside and the other is not.
    fn border_squares(&self, mut visit: impl FnMut(Point, [bool; 4])) {
        for row in self.first_row - 1..self.first_row + self.rows.len() as i64 - 1 {
            let [mut above, mut below] = [row, row + 1]
                .map(|row| self.runs_of_row(row).iter().flat_map(|run| [run.start, run.end]).map(i64::from).peekable());
            let mut first = 0;
            let mut left = [false; 2];
            while let Some(change) = above.peek().into_iter().chain(below.peek()).min().copied() {
                let right = [left[0] ^ above.next_if_eq(&change).is_some(), left[1] ^ below.next_if_eq(&change).is_some()];
                if left[0] != left[1] {
                    (first..change - 1).for_each(|column| visit([column, row], [left[0], left[0], left[1], left[1]]));
                }
                visit([change - 1, row], [left[0], right[0], right[1], left[1]]);
                (first, left) = (change, right);
            }
        }
    }

    /// Cuts the outside corners off every square of four voxel centres. A vertex lies on each side between an inside and an
    /// outside corner; a stretch of outside corners is cut off by one segment, so diagonal neighbours stay joined.
    fn marching_squares(&self) -> Vec<[Point; 2]> {
        let reach = self.level.reach();
        let mut edges = Vec::new();
        self.border_squares(|[column, row], inside| {
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
    fn voxel_outlines(&self) -> Vec<[Point; 2]> {
        let half = self.level.reach();
        let mut edges = Vec::new();
        self.border_squares(|[column, row], [here, right, _, below]| {
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
}
