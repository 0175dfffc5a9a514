//! Islands: what belongs together within one slice.
//!
//! Most slices of a lesion have one run in every row. Such a slice is one island, and has no hole: from any voxel outside of it the
//! way along the row leads out. All others are divided, and their background too.

use std::borrow::Cow;

use crate::components::{IN_PLANE, roots};
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
