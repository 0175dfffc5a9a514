//! Cells: the boxes between eight neighbouring voxel centres, counted by which of their corners are voxels of the mask.
//!
//! The surface of a mask runs through cells, and what it looks like within one depends on these eight bits alone. A column of a
//! cell line is the state of four rows in one bit each: two rows of a slice, then the same two of the next. It changes only where
//! one of the rows does, so a line costs its run ends.

use crate::runs::{Run, are_in_order};

/// Ways in which the corners of a cell may be inside or outside.
pub(crate) const CONFIGURATIONS: usize = 256;

/// Columns, rows and slices from the first corner of a cell to the one whose bit this is: rows in bit 0 of its number, slices in
/// bit 1, columns in bit 2.
pub(crate) fn corner_place(corner: usize) -> [usize; 3] {
    [corner >> 2 & 1, corner & 1, corner >> 1 & 1]
}

/// How many cells there are of each configuration (bit `n` set where corner `n` is inside). Beside the mask lies background, also
/// beyond the border of the image. Of cells without an inside corner only some are counted.
pub(crate) fn cell_counts(runs: &[Run]) -> [u64; CONFIGURATIONS] {
    debug_assert!(are_in_order(runs), "runs must be sorted and apart");
    let (rows, columns) = rows_of(runs);
    let mut counts = [0; CONFIGURATIONS];
    let mut before: &[Row] = &[];
    for slice in rows.chunk_by(|a, b| a.slice == b.slice) {
        if before.first().is_some_and(|row| row.slice + 1 < slice[0].slice) {
            count_layer([before, &[]], &columns, &mut counts);
            before = &[];
        }
        count_layer([before, slice], &columns, &mut counts);
        before = slice;
    }
    count_layer([before, &[]], &columns, &mut counts);
    counts
}

/// A row with voxels.
struct Row {
    slice: u32,
    row: u32,
    /// Where its changes begin in the list of all.
    changes: usize,
}

/// Stands behind the last change of a row.
const NEVER: u32 = u32::MAX;

/// Where the changes of a row without voxels are.
const NO_CHANGES: usize = 0;

/// The rows with voxels, and the columns at which they change between outside and inside: starts and ends of runs, row after row.
fn rows_of(runs: &[Run]) -> (Vec<Row>, Vec<u32>) {
    let mut rows = Vec::new();
    let mut columns = Vec::with_capacity(3 * runs.len() + 1);
    columns.push(NEVER);
    for row in runs.chunk_by(|a, b| (a.slice, a.row) == (b.slice, b.row)) {
        rows.push(Row { slice: row[0].slice, row: row[0].row, changes: columns.len() });
        for run in row {
            columns.extend([run.start, run.end]);
        }
        columns.push(NEVER);
    }
    (rows, columns)
}

/// Counts the cells between two neighbouring slices.
fn count_layer(mut slices: [&[Row]; 2], columns: &[u32], counts: &mut [u64; CONFIGURATIONS]) {
    // A line of cells lies between two rows and has the number of the second.
    let mut line = 0;
    loop {
        for rows in &mut slices {
            while rows.first().is_some_and(|row| row.row + 1 < line) {
                *rows = &rows[1..];
            }
        }
        let Some(nearest) = slices.iter().filter_map(|rows| rows.first()).map(|row| row.row).min() else { return };
        line = line.max(nearest);
        // Rows have their numbers plus one here, as the first line has no row before it.
        let changes = |rows: &[Row], number: u32| {
            let row = rows.iter().take(2).find(|row| row.row + 1 == number);
            row.map_or(NO_CHANGES, |row| row.changes)
        };
        let [this, next] = slices;
        let four = [changes(this, line), changes(this, line + 1), changes(next, line), changes(next, line + 1)];
        count_line(four, columns, counts);
        line += 1;
    }
}

/// Counts the cells between four rows, given by where their changes begin.
fn count_line(mut at: [usize; 4], columns: &[u32], counts: &mut [u64; CONFIGURATIONS]) {
    let mut state = 0;
    // Cells have the number of their second column; those before this one are counted.
    let mut cell = 0;
    loop {
        let next = at.map(|change| columns[change]);
        let column = next[0].min(next[1]).min(next[2].min(next[3]));
        if column == NEVER {
            return;
        }
        let mut changed = state;
        for row in 0..4 {
            let changes = next[row] == column;
            changed ^= usize::from(changes) << row;
            at[row] += usize::from(changes);
        }
        counts[state | state << 4] += u64::from(column - cell);
        counts[state | changed << 4] += 1;
        (state, cell) = (changed, column + 1);
    }
}
