//! Runs of label volumes in one pass over memory.
//!
//! Most of a label volume is background, so the pass is as fast as it skips that: blocks of [`BLOCK`] bytes are combined without a
//! branch and tested once, which runs at the speed of memory. Only where such a test fails the block is looked at again, from the
//! cache, in smaller steps. The loops are plain and compile to vector instructions on every target, and once more to those of
//! [`widest`].

use crate::runs::Run;
use crate::widest;
use lanes::Lanes;

/// Bytes that are tested for background at once: far more than a cache line, far less than the first cache.
const BLOCK: usize = 4096;

/// Bytes of a cache line.
const STEP: usize = 64;

/// Bytes of a run of wider numbers that are compared with its label at once.
const SHORT: usize = 32;

/// A number as label volumes hold them.
///
/// Two voxels are equal when their numbers are or their bits are: negative zero is zero, and a NaN equals itself.
pub trait Voxel: Lanes {}

pub(crate) mod lanes {
    //! Numbers as bits, so that many are compared without a branch.

    use std::ops::{BitOr, BitXor};

    /// What the search needs of a number.
    pub trait Lanes: Copy + PartialEq {
        /// An unsigned integer of the same width, which fills the same lanes of a vector.
        type Bits: Copy + Default + PartialEq + BitOr<Output = Self::Bits> + BitXor<Output = Self::Bits>;

        /// The number as it is stored.
        fn bits(self) -> Self::Bits;

        /// Equal as numbers or in every bit.
        #[inline(always)]
        fn equals(self, other: Self) -> bool {
            self == other || self.bits() == other.bits()
        }

        /// Place of the first voxel from `from` on that is not `background`; the length when there is none.
        fn next_other(voxels: &[Self], from: usize, background: Self) -> usize;

        /// How many voxels at the start equal `value`.
        fn leading(voxels: &[Self], value: Self) -> usize;
    }
}

/// Whether all voxels of a block have the bits of `value`. `LANES` divides `N`.
#[inline(always)]
fn same_bits<T: Lanes, const N: usize, const LANES: usize>(block: &[T; N], value: T) -> bool {
    let value = value.bits();
    let mut differences = [T::Bits::default(); LANES];
    for lanes in block.as_chunks::<LANES>().0 {
        for (difference, &voxel) in differences.iter_mut().zip(lanes) {
            *difference = *difference | (voxel.bits() ^ value);
        }
    }
    differences.into_iter().fold(T::Bits::default(), |all, difference| all | difference) == T::Bits::default()
}

/// [`Lanes::leading`] in steps of `LANES` voxels.
#[inline(always)]
fn leading<T: Lanes, const LANES: usize>(voxels: &[T], value: T) -> usize {
    let mut equal = 0;
    while let Some(block) = voxels[equal..].first_chunk::<LANES>()
        && same_bits::<T, LANES, LANES>(block, value)
    {
        equal += LANES;
    }
    equal + voxels[equal..].iter().take_while(|voxel| voxel.equals(value)).count()
}

/// [`Lanes::leading`] of voxels of one byte: eight are one word, whose lowest differing bit is in the first that differs.
#[inline]
pub(crate) fn leading_bytes<T: Lanes<Bits = u8>>(voxels: &[T], value: T) -> usize {
    let pattern = u64::from_le_bytes([value.bits(); 8]);
    let difference = |word: &[T; 8]| u64::from_le_bytes(word.map(T::bits)) ^ pattern;
    let (words, rest) = voxels.as_chunks::<8>();
    let mut equal = 0;
    while let Some(line) = words[equal..].first_chunk::<{ STEP / 8 }>()
        && line.iter().fold(0, |all, word| all | difference(word)) == 0
    {
        equal += STEP / 8;
    }
    for word in &words[equal..] {
        let difference = difference(word);
        if difference != 0 {
            return equal * 8 + difference.trailing_zeros() as usize / 8;
        }
        equal += 1;
    }
    equal * 8 + rest.iter().take_while(|voxel| voxel.equals(value)).count()
}

/// [`Lanes::next_other`] in blocks of `BLOCK` voxels, tested in `LANES` lanes.
#[inline(always)]
pub(crate) fn next_other<T: Lanes, const BLOCK: usize, const LANES: usize>(voxels: &[T], from: usize, background: T) -> usize {
    let mut at = from.min(voxels.len());
    loop {
        // Blocks begin at multiples of their size, so that a run inside one does not move all that follow.
        let border = ((at / BLOCK + 1) * BLOCK).min(voxels.len());
        at += T::leading(&voxels[at..border], background);
        if at < border || border == voxels.len() {
            return at;
        }
        while let Some(block) = voxels[at..].first_chunk::<BLOCK>()
            && same_bits::<T, BLOCK, LANES>(block, background)
        {
            at += BLOCK;
        }
    }
}

macro_rules! voxels {
    ($($number:ty, $bits:ty, $bits_of:expr, $leading:expr;)*) => {$(
        impl Voxel for $number {}

        impl Lanes for $number {
            type Bits = $bits;

            #[inline(always)]
            fn bits(self) -> $bits {
                $bits_of(self)
            }

            // Compiled here and once, not into every caller, whose surroundings would decide how well.
            #[inline(never)]
            fn next_other(voxels: &[Self], from: usize, background: Self) -> usize {
                widest::next_other::<Self, { BLOCK / size_of::<$number>() }, { STEP / size_of::<$number>() }>(
                    voxels, from, background,
                )
            }

            #[inline(always)]
            fn leading(voxels: &[Self], value: Self) -> usize {
                $leading(voxels, value)
            }
        }
    )*};
}

voxels! {
    bool, u8, u8::from, leading_bytes;
    u8, u8, |byte| byte, leading_bytes;
    i8, u8, i8::cast_unsigned, leading_bytes;
    u16, u16, |number| number, leading::<Self, { SHORT / 2 }>;
    i16, u16, i16::cast_unsigned, leading::<Self, { SHORT / 2 }>;
    u32, u32, |number| number, leading::<Self, { SHORT / 4 }>;
    i32, u32, i32::cast_unsigned, leading::<Self, { SHORT / 4 }>;
    f32, u32, f32::to_bits, leading::<Self, { SHORT / 4 }>;
    u64, u64, |number| number, leading::<Self, { SHORT / 8 }>;
    i64, u64, i64::cast_unsigned, leading::<Self, { SHORT / 8 }>;
    f64, u64, f64::to_bits, leading::<Self, { SHORT / 8 }>;
}

/// Place of the first byte from `from` on that is not `skipped`; the length when there is none.
pub(crate) fn next_other_byte(bytes: &[u8], from: usize, skipped: u8) -> usize {
    u8::next_other(bytes, from, skipped)
}

/// Calls `emit(label, run)` for each maximal run of equal voxels of one row whose value is not `background`, left to right.
pub fn row_runs<T: Voxel>(row_voxels: &[T], background: T, slice: u32, row: u32, emit: &mut impl FnMut(T, Run)) {
    let mut at = T::next_other(row_voxels, 0, background);
    while at < row_voxels.len() {
        let label = row_voxels[at];
        let end = at + 1 + T::leading(&row_voxels[at + 1..], label);
        emit(label, Run { slice, row, start: at as u32, end: end as u32 });
        at = T::next_other(row_voxels, end, background);
    }
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
    // Background is skipped without a look at the rows, whatever their length.
    let mut at = T::next_other(voxels, 0, background);
    while at < voxels.len() {
        let line = at / columns;
        let (row_start, row_end) = (line * columns, (line + 1) * columns);
        let place = first_line + line;
        let (slice, row) = ((place / rows) as u32, (place % rows) as u32);
        // Runs of different labels may touch.
        while at < row_end && !voxels[at].equals(background) {
            let label = voxels[at];
            let end = at + 1 + T::leading(&voxels[at + 1..row_end], label);
            emit(label, Run { slice, row, start: (at - row_start) as u32, end: (end - row_start) as u32 });
            at = end;
        }
        at = T::next_other(voxels, at, background);
    }
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
