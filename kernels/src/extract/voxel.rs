//! Numbers as bits, so that many are compared without a branch.

use std::ops::{BitOr, BitXor};

use super::blocks::LINE;
use crate::widest;

/// A number as label volumes hold them.
///
/// Two voxels are equal when their numbers are or their bits are: negative zero is zero, and a NaN equals itself.
pub trait Voxel: Lanes {}

/// What the search needs of a number.
pub trait Lanes: Copy + PartialEq {
    /// An unsigned integer of the same width, which fills the same lanes of a vector.
    type Bits: Copy + Default + PartialEq + BitOr<Output = Self::Bits> + BitXor<Output = Self::Bits>;

    /// Whether different bits are different numbers.
    const ONE_NUMBER: bool;

    /// The number as it is stored.
    fn bits(self) -> Self::Bits;

    /// Equal as numbers or in every bit.
    #[inline(always)]
    fn equals(self, other: Self) -> bool {
        self == other || self.bits() == other.bits()
    }

    /// `blocks::runs_across_rows` of this number.
    fn runs_across_rows(voxels: &[Self], background: Self, emit: impl FnMut(Self, usize, usize));
}

macro_rules! voxels {
    ($($number:ty, $bits:ty, $bits_of:expr, $one_number:literal, $runs:ident;)*) => {$(
        impl Voxel for $number {}

        impl Lanes for $number {
            type Bits = $bits;

            const ONE_NUMBER: bool = $one_number;

            #[inline(always)]
            fn bits(self) -> $bits {
                $bits_of(self)
            }

            #[inline(always)]
            fn runs_across_rows(voxels: &[Self], background: Self, emit: impl FnMut(Self, usize, usize)) {
                widest::$runs::<Self, { LINE / size_of::<$number>() }>(voxels, background, emit)
            }
        }
    )*};
}

voxels! {
    bool, u8, u8::from, true, runs_of_bytes;
    u8, u8, |byte| byte, true, runs_of_bytes;
    i8, u8, i8::cast_unsigned, true, runs_of_bytes;
    u16, u16, |number| number, true, runs;
    i16, u16, i16::cast_unsigned, true, runs;
    u32, u32, |number| number, true, runs;
    i32, u32, i32::cast_unsigned, true, runs;
    f32, u32, f32::to_bits, false, runs;
    u64, u64, |number| number, true, runs;
    i64, u64, i64::cast_unsigned, true, runs;
    f64, u64, f64::to_bits, false, runs;
}
