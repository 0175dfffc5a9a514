//! Runs of label volumes in one pass over memory.
//!
//! Most of a label volume is background, so the pass is as fast as it skips that: blocks of some kilobytes are combined without a
//! branch and tested once, which runs at the speed of memory. In a block with anything else the lines with a change are found, again
//! without a branch, and only these are compared with themselves shifted by one voxel; every bit that this leaves is the start or
//! the end of a run. The loops are plain, but for one comparison of bytes and one of bits, and compiled once more for the
//! instructions of [`widest`](crate::widest).

pub(crate) mod blocks;
pub(crate) mod rows;
pub(crate) mod voxel;

pub use voxel::Voxel;

use crate::runs::Run;
use rows::Rows;

/// Calls `emit(label, run)` for each maximal run of equal voxels of one row whose value is not `background`, left to right.
///
/// # Panics
///
/// If the row has more voxels than a `u32` can count.
pub fn row_runs<T: Voxel>(row_voxels: &[T], background: T, slice: u32, row: u32, emit: &mut impl FnMut(T, Run)) {
    assert!(row_voxels.len() <= u32::MAX as usize, "a row of {} voxels is too long for runs", row_voxels.len());
    T::runs_across_rows(row_voxels, background, |label, start, end| {
        emit(label, Run { slice, row, start: start as u32, end: end as u32 });
    });
}

/// Calls `emit(label, run)` for the runs of some whole rows of a volume that follow each other in memory, in that order. The
/// first of them is row `first_line`, counted from the first row of the first slice on: so a volume can be read piece by piece
/// behind a decoder, and cut into slabs for several threads.
///
/// # Panics
///
/// If `voxels` are not a whole number of rows, if `columns` or `rows` are zero, or if a volume could not have so many voxels.
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
    if voxels.len() == columns {
        let [slice, row] =
            [first_line / rows, first_line % rows].map(|place| u32::try_from(place).expect("a place that a run can tell"));
        return row_runs(voxels, background, slice, row, emit);
    }
    let mut rows = Rows::new(columns, rows, first_line, voxels.len(), 0);
    T::runs_across_rows(voxels, background, move |label, start, end| match rows.run(start, end) {
        Some(run) => emit(label, run),
        None => rows.cut(label, start, end, emit),
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
