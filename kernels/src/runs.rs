//! Runs of voxels: the mask format of this crate, and what can be read straight from it.

/// Voxels `start..end` (`end` exclusive) of one row of one slice. Ordered by (slice, row, start, end).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// Slice index.
    pub slice: u32,
    /// Row index within the slice.
    pub row: u32,
    /// First column.
    pub start: u32,
    /// One past the last column.
    pub end: u32,
}

impl Run {
    /// Number of voxels.
    pub fn len(&self) -> u32 {
        self.end - self.start
    }

    /// Whether the run holds no voxel; the extracting functions never produce such a run.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// Number of voxels.
pub fn count(runs: &[Run]) -> u64 {
    runs.iter().map(|run| u64::from(run.len())).sum()
}

/// The smallest box around some voxels: `[column, row, slice]`, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BoundingBox {
    /// Lowest column, row and slice.
    pub first: [u32; 3],
    /// Highest column, row and slice.
    pub last: [u32; 3],
}

/// The bounding box; `None` without voxels. Runs may come in any order.
pub fn bounding_box(runs: &[Run]) -> Option<BoundingBox> {
    runs.iter().map(|run| BoundingBox { first: [run.start, run.row, run.slice], last: [run.end - 1, run.row, run.slice] }).reduce(
        |a, b| BoundingBox {
            first: std::array::from_fn(|axis| a.first[axis].min(b.first[axis])),
            last: std::array::from_fn(|axis| a.last[axis].max(b.last[axis])),
        },
    )
}

/// Whether a voxel lies in the first or last column, row or slice of a volume of this size, so that the object may go on outside.
/// In a volume of one slice every voxel does. Runs may come in any order.
pub fn touches_border(runs: &[Run], columns: u32, rows: u32, slices: u32) -> bool {
    bounding_box(runs).is_some_and(|around| {
        let size = [columns, rows, slices];
        (0..3).any(|axis| around.first[axis] == 0 || around.last[axis] + 1 >= size[axis])
    })
}

/// Whether runs are in the order and shape this crate works on.
pub(crate) fn are_in_order(runs: &[Run]) -> bool {
    runs.iter().all(|run| run.start < run.end)
        && runs.windows(2).all(|pair| {
            let [a, b] = [pair[0], pair[1]];
            (a.slice, a.row) < (b.slice, b.row) || ((a.slice, a.row) == (b.slice, b.row) && a.end < b.start)
        })
}
