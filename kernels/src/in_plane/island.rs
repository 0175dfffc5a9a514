//! Islands: what belongs together within one slice.
//!
//! Most slices of a lesion have one run in every row. Such a slice is one island, and has no hole: from any voxel outside of it the
//! way along the row leads out. All others are divided, and their background too.

use std::borrow::Cow;

use crate::components::{IN_PLANE, roots};
use crate::hull::Point;
use crate::runs::{Run, bounding_box};

/// The 8-connected islands of one slice, ordered by their first runs.
pub(crate) fn islands(slice: &[Run]) -> Vec<Cow<'_, [Run]>> {
    let meets_next =
        |pair: &[Run]| pair[0].row + 1 == pair[1].row && pair[0].start <= pair[1].end && pair[1].start <= pair[0].end;
    if slice.windows(2).all(meets_next) {
        return vec![Cow::Borrowed(slice)];
    }
    let roots = roots(slice, IN_PLANE, 1);
    let mut place = vec![0; slice.len()];
    let mut islands: Vec<Vec<Run>> = Vec::new();
    for (index, (&run, &root)) in slice.iter().zip(&roots).enumerate() {
        if root == index {
            place[index] = islands.len();
            islands.push(Vec::new());
        }
        islands[place[root]].push(run);
    }
    islands.into_iter().map(Cow::Owned).collect()
}

/// The island without its holes, and whether it had any. A hole is background that is not 4-connected to the outside of the
/// island within its slice; what lies beyond the edge of the image is outside.
pub(crate) fn fill_holes(island: &[Run]) -> (Vec<Run>, bool) {
    let Some(around) = bounding_box(island) else {
        return (Vec::new(), false);
    };
    if island.windows(2).all(|pair| pair[0].row < pair[1].row) {
        return (island.to_vec(), false);
    }
    let [left, top, slice] = around.first;
    let width = around.last[0] - left + 3;
    let height = around.last[1] - top + 3;

    // The background of the bounding box with a frame of one voxel, in coordinates of that frame.
    let mut gaps = Vec::new();
    let mut rest = island;
    for row in 0..height {
        let in_row = rest.iter().take_while(|run| run.row - top + 1 == row).count();
        let mut start = 0;
        for run in &rest[..in_row] {
            gaps.push(Run { slice, row, start, end: run.start - left + 1 });
            start = run.end - left + 1;
        }
        gaps.push(Run { slice, row, start, end: width });
        rest = &rest[in_row..];
    }

    let roots = roots(&gaps, IN_PLANE, 0);
    if roots.iter().all(|&root| root == 0) {
        return (island.to_vec(), false);
    }
    // What lies between two stretches of the outside in one row is the island with its holes.
    let outside: Vec<Run> = gaps.iter().zip(&roots).filter(|&(_, &root)| root == 0).map(|(&gap, _)| gap).collect();
    let filled = outside
        .windows(2)
        .filter(|pair| pair[0].row == pair[1].row)
        .map(|pair| Run { slice, row: pair[0].row + top - 1, start: pair[0].end + left - 1, end: pair[1].start + left - 1 })
        .collect();
    (filled, true)
}

/// The runs of one island by row. An island has no empty rows.
pub(crate) struct Rows {
    runs: Vec<Run>,
    first: i64,
    /// Where the runs of each row begin, and where those of the last row end.
    begins: Vec<usize>,
}

impl Rows {
    pub(crate) fn new(island: Vec<Run>) -> Rows {
        let mut begins = vec![0];
        for row in island.chunk_by(|a, b| a.row == b.row) {
            begins.push(begins[begins.len() - 1] + row.len());
        }
        Rows { first: island.first().map_or(0, |run| run.row.into()), runs: island, begins }
    }

    /// The runs of a row; none outside the island.
    pub(crate) fn runs(&self, row: i64) -> &[Run] {
        match usize::try_from(row - self.first) {
            Ok(index) if index + 1 < self.begins.len() => &self.runs[self.begins[index]..self.begins[index + 1]],
            _ => &[],
        }
    }

    /// Whether the voxel at this column and row belongs to the island; anything outside the image does not.
    pub(crate) fn contains(&self, column: i64, row: i64) -> bool {
        let runs = self.runs(row);
        let next = runs.partition_point(|run| i64::from(run.end) <= column);
        runs.get(next).is_some_and(|run| i64::from(run.start) <= column)
    }

    /// Calls `visit` with every square of four voxel centres that has corners inside and outside: its first voxel, and which
    /// corners are inside, from the first one to the right and around.
    ///
    /// Along two rows the corners change only where a run begins or ends; between such columns a square is on the border if one row
    /// is inside and the other is not. So the cost follows the border, however far the island stretches.
    pub(crate) fn border_squares(&self, mut visit: impl FnMut(Point, [bool; 4])) {
        for row in self.first - 1..self.first + self.begins.len() as i64 - 1 {
            let ends = |row| self.runs(row).iter().flat_map(|run| [run.start, run.end]).map(i64::from).peekable();
            let [mut above, mut below] = [ends(row), ends(row + 1)];
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

    /// The island with columns and rows swapped.
    pub(crate) fn transposed(&self) -> Rows {
        let mut ends = Vec::new();
        self.border_squares(|[column, row], [here, _, _, below]| {
            if here != below {
                ends.push([column, row + 1].map(|index| index as u32));
            }
        });
        ends.sort_unstable();
        let run = |pair: &[[u32; 2]]| Run { slice: 0, row: pair[0][0], start: pair[0][1], end: pair[1][1] };
        Rows::new(ends.chunks_exact(2).map(run).collect())
    }
}
