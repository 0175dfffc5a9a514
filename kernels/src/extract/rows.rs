//! Where a voxel of memory is in its volume.

use crate::runs::Run;

/// The rows of a volume, which follow each other in memory. Places are asked for in their order.
pub(crate) struct Rows {
    columns: Divisor,
    voxels_per_slice: usize,
    slice: usize,
    /// Where in memory the slice begins; below zero, wrapped, where memory begins with a later row of it.
    slice_start: usize,
}

impl Rows {
    /// Of `voxels` voxels from place `start` of memory on, which begin with row `first_line`, counted from the first row of the
    /// first slice on.
    ///
    /// # Panics
    ///
    /// If `columns` or `rows` are zero, or if there are so many voxels that a [`Run`] could not tell their places.
    pub(crate) fn new(columns: usize, rows: usize, first_line: usize, voxels: usize, start: usize) -> Rows {
        let most = u32::MAX as usize;
        let lines = first_line + voxels / columns;
        assert!(
            columns <= most && rows <= most && lines / rows <= most,
            "{lines} rows of {columns} columns, {rows} to a slice, are too many for runs"
        );
        let before = first_line % rows * columns;
        let voxels_per_slice = columns * rows;
        Rows {
            columns: Divisor::new(columns, voxels_per_slice.min(before + voxels)),
            voxels_per_slice,
            slice: first_line / rows,
            slice_start: start.wrapping_sub(before),
        }
    }

    /// The voxels `start..end` of memory as a run, if they are in one row.
    #[inline(always)]
    pub(crate) fn run(&mut self, start: usize, end: usize) -> Option<Run> {
        let (row, column) = self.place(start);
        let stop = column + (end - start);
        (stop <= self.columns.divisor).then(|| self.run_of_row(row, column, stop))
    }

    /// Row and column of a voxel, after which `slice` is its slice.
    #[inline(always)]
    fn place(&mut self, start: usize) -> (usize, usize) {
        if start.wrapping_sub(self.slice_start) >= self.voxels_per_slice {
            self.go_to_slice_of(start);
        }
        self.columns.divide(start.wrapping_sub(self.slice_start))
    }

    #[cold]
    #[inline(never)]
    fn go_to_slice_of(&mut self, start: usize) {
        let slices = start.wrapping_sub(self.slice_start) / self.voxels_per_slice;
        self.slice += slices;
        self.slice_start = self.slice_start.wrapping_add(slices * self.voxels_per_slice);
    }

    #[inline(always)]
    fn run_of_row(&self, row: usize, column: usize, stop: usize) -> Run {
        Run { slice: self.slice as u32, row: row as u32, start: column as u32, end: stop as u32 }
    }

    /// Calls `emit` for the voxels `start..end` of memory, one run for each of their rows. With `label`, as to make a function of
    /// both would cost every run some instructions.
    #[cold]
    #[inline(never)]
    pub(crate) fn cut<T: Copy>(&mut self, label: T, mut start: usize, end: usize, emit: &mut impl FnMut(T, Run)) {
        while start < end {
            let (row, column) = self.place(start);
            let stop = self.columns.divisor.min(column + (end - start));
            emit(label, self.run_of_row(row, column, stop));
            start += stop - column;
        }
    }
}

/// Divides by a product and a shift: a division takes longer than all else that a run needs, and a branch that tells whether one is
/// needed is often guessed wrong.
struct Divisor {
    divisor: usize,
    /// 2^64 / `divisor`, from below.
    reciprocal: u64,
}

impl Divisor {
    /// For dividends up to `largest`.
    ///
    /// # Panics
    ///
    /// If `divisor` is zero or its product with `largest + 1` is 2^64 or more: what the reciprocal lacks then takes more from a
    /// product than the one that is added to the dividend.
    fn new(divisor: usize, largest: usize) -> Divisor {
        let product = (largest as u128 + 1) * divisor as u128;
        assert!(product < 1 << 64, "{largest} places in rows of {divisor} are too many");
        Divisor { divisor, reciprocal: u64::MAX / divisor as u64 }
    }

    /// Quotient and remainder.
    #[inline(always)]
    fn divide(&self, dividend: usize) -> (usize, usize) {
        let quotient = ((u128::from(dividend as u64 + 1) * u128::from(self.reciprocal)) >> 64) as usize;
        (quotient, dividend - quotient * self.divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_product_divides(divisor in 1..70_000usize, more in 0..1usize << 40, near in 0..1usize << 20) {
            let most = usize::MAX / divisor - 1;
            let multiple = near * divisor;
            for dividend in [more, multiple, multiple + divisor - 1, multiple.saturating_sub(1), most, most - 1, most / divisor * divisor] {
                let expected = (dividend / divisor, dividend % divisor);
                prop_assert_eq!(Divisor::new(divisor, most).divide(dividend), expected, "{} / {}", dividend, divisor);
            }
        }

        #[test]
        fn a_product_divides_by_more(divisor in 1..=u64::from(u32::MAX), dividend in 0..=u64::from(u32::MAX)) {
            let [divisor, dividend] = [divisor, dividend].map(|number| number as usize);
            let expected = (dividend / divisor, dividend % divisor);
            prop_assert_eq!(Divisor::new(divisor, u32::MAX as usize).divide(dividend), expected);
        }
    }

    #[test]
    #[should_panic(expected = "too many for runs")]
    fn what_a_run_cannot_tell_is_refused() {
        Rows::new(1, 1, 1 << 32, 1, 0);
    }

    #[test]
    #[should_panic(expected = "too many")]
    fn a_late_row_of_too_large_a_slice_is_refused() {
        Rows::new(1 << 31, 1 << 31, (1 << 31) - 1, 1 << 31, 0);
    }

    #[test]
    #[should_panic(expected = "too many")]
    fn too_many_places_are_refused() {
        Divisor::new(1 << 33, 1 << 31);
    }
}
