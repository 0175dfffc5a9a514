//! Runs of label volumes in one pass over memory.
//!
//! Most of a label volume is background, so the pass is as fast as it skips that: blocks of some kilobytes are combined without a
//! branch and tested once, which runs at the speed of memory. A block with anything else is compared with itself shifted by one voxel;
//! every bit that this leaves is the start or the end of a run. The loops are plain, but for one comparison, and compiled once more
//! for the instructions of [`widest`](crate::widest).

pub(crate) mod blocks;
pub(crate) mod voxel;

pub use voxel::Voxel;

use crate::runs::Run;
use blocks::Changes;

/// Calls `emit(label, start, end)` for each maximal run of equal voxels whose value is not `background`, whatever rows they are in.
#[inline(always)]
fn runs_across_rows<T: Voxel>(voxels: &[T], background: T, mut emit: impl FnMut(T, usize, usize)) {
    let mut at = T::skip(voxels, 0, background);
    let Some(&first) = voxels.get(at) else { return };
    let (mut label, mut start) = (first, at);
    let mut changes = Changes::none();
    while at + 1 < voxels.len() {
        let block = at;
        at = T::changes(voxels, block, &mut changes);
        changes.each_place(T::LANES, |place| {
            let next = block + place + 1;
            let voxel = voxels[next];
            // Different bits may be the same number.
            if !voxel.equals(label) {
                if !label.equals(background) {
                    emit(label, start, next);
                }
                (label, start) = (voxel, next);
            }
        });
        // Where one block had a lesion the next one will, so only after one without is it worth a test.
        if changes.is_empty() && label.equals(background) {
            at = T::skip(voxels, at, background);
            let Some(&voxel) = voxels.get(at) else { return };
            (label, start) = (voxel, at);
        }
    }
    if !label.equals(background) {
        emit(label, start, voxels.len());
    }
}

/// Calls `emit(label, run)` for each maximal run of equal voxels of one row whose value is not `background`, left to right.
pub fn row_runs<T: Voxel>(row_voxels: &[T], background: T, slice: u32, row: u32, emit: &mut impl FnMut(T, Run)) {
    runs_across_rows(row_voxels, background, |label, start, end| {
        emit(label, Run { slice, row, start: start as u32, end: end as u32 });
    });
}

/// Calls `emit(label, run)` for the runs of some whole rows of a volume that follow each other in memory, in that order. The
/// first of them is row `first_line`, counted from the first row of the first slice on: so a volume can be read piece by piece
/// behind a decoder, and cut into slabs for several threads.
///
/// # Panics
///
/// If `voxels` are not a whole number of rows, or `columns` or `rows` are zero.
pub fn line_runs<T: Voxel>(
    voxels: &[T],
    columns: usize,
    rows: usize,
    first_line: usize,
    background: T,
    emit: &mut impl FnMut(T, Run),
) {
    assert!(
        columns > 0 && rows > 0 && voxels.len().is_multiple_of(columns),
        "{} voxels are not a whole number of rows of {columns} columns",
        voxels.len()
    );
    let (mut row_start, mut slice, mut row) = (0, first_line / rows, first_line % rows);
    runs_across_rows(voxels, background, |label, mut start, end| {
        loop {
            if start >= row_start + columns {
                // The next row more often than not, and a division takes longer than all else here.
                (row_start, row) = (row_start + columns, row + 1);
                if start >= row_start + columns {
                    let line = start / columns;
                    row_start = line * columns;
                    (slice, row) = ((first_line + line) / rows, (first_line + line) % rows);
                } else if row == rows {
                    (slice, row) = (slice + 1, 0);
                }
            }
            let stop = end.min(row_start + columns);
            let [from, to] = [start, stop].map(|place| (place - row_start) as u32);
            emit(label, Run { slice: slice as u32, row: row as u32, start: from, end: to });
            if stop == end {
                break;
            }
            start = stop;
        }
    });
}

/// Calls `emit(label, run)` for the runs of a whole volume in the order of memory: columns fastest, then rows, then slices. The
/// number of slices follows from the length.
///
/// The runs of one label, in the order they are emitted, are sorted as every other function of this crate needs them.
///
/// # Panics
///
/// If `voxels.len()` is not a multiple of `columns * rows`.
pub fn labelled_runs<T: Voxel>(voxels: &[T], columns: usize, rows: usize, background: T, emit: &mut impl FnMut(T, Run)) {
    if voxels.is_empty() {
        return;
    }
    let per_slice = columns * rows;
    assert!(
        per_slice > 0 && voxels.len().is_multiple_of(per_slice),
        "{} voxels are not a whole number of slices of {columns} columns and {rows} rows",
        voxels.len()
    );
    line_runs(voxels, columns, rows, 0, background, emit);
}
