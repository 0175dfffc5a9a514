//! Numbers as bits, so that many are compared without a branch.

use std::ops::{BitOr, BitXor};

use super::blocks::{BLOCK, Changes, LINE};
use crate::widest;

/// A number as label volumes hold them.
///
/// Two voxels are equal when their numbers are or their bits are: negative zero is zero, and a NaN equals itself.
pub trait Voxel: Lanes {}

/// What the search needs of a number.
pub trait Lanes: Copy + PartialEq {
    /// An unsigned integer of the same width, which fills the same lanes of a vector.
    type Bits: Copy + Default + PartialEq + BitOr<Output = Self::Bits> + BitXor<Output = Self::Bits>;

    /// Voxels of a line.
    const LANES: usize;

    /// The number as it is stored.
    fn bits(self) -> Self::Bits;

    /// Equal as numbers or in every bit.
    #[inline(always)]
    fn equals(self, other: Self) -> bool {
        self == other || self.bits() == other.bits()
    }

    /// `blocks::skip` in blocks of this number.
    fn skip(voxels: &[Self], from: usize, background: Self) -> usize;

    /// `blocks::changes` of a block of this number.
    fn changes(voxels: &[Self], from: usize, found: &mut Changes) -> usize;
}

macro_rules! voxels {
    ($($number:ty, $bits:ty, $bits_of:expr, $changes:ident;)*) => {$(
        impl Voxel for $number {}

        impl Lanes for $number {
            type Bits = $bits;

            const LANES: usize = LINE / size_of::<$number>();

            #[inline(always)]
            fn bits(self) -> $bits {
                $bits_of(self)
            }

            // Compiled here and once, not into every caller, whose surroundings would decide how well.
            #[inline(never)]
            fn skip(voxels: &[Self], from: usize, background: Self) -> usize {
                widest::skip::<Self, { BLOCK / size_of::<$number>() }, { LINE / size_of::<$number>() }>(voxels, from, background)
            }

            #[inline(never)]
            fn changes(voxels: &[Self], from: usize, found: &mut Changes) -> usize {
                widest::$changes::<Self, { BLOCK / size_of::<$number>() }, { LINE / size_of::<$number>() }>(voxels, from, found)
            }
        }
    )*};
}

voxels! {
    bool, u8, u8::from, changes_of_bytes;
    u8, u8, |byte| byte, changes_of_bytes;
    i8, u8, i8::cast_unsigned, changes_of_bytes;
    u16, u16, |number| number, changes;
    i16, u16, i16::cast_unsigned, changes;
    u32, u32, |number| number, changes;
    i32, u32, i32::cast_unsigned, changes;
    f32, u32, f32::to_bits, changes;
    u64, u64, |number| number, changes;
    i64, u64, i64::cast_unsigned, changes;
    f64, u64, f64::to_bits, changes;
}
