//! The search for what is not background, compiled for wider vectors than every processor of a target has.
//!
//! It is the same plain loop, so it finds the same. In memory both are as fast as memory; in the cache, where the pieces of a
//! decoder are, the wider one takes a third of the time. This is the one file with `unsafe`: a function compiled for instructions
//! that a processor may lack can only be called where it was asked for them.

#![allow(unsafe_code, reason = "a call of a function compiled for more instructions, behind the question for them")]

use crate::extract::{self, lanes::Lanes};

/// [`extract::next_other`] with the widest vectors the processor has of those that were measured to pay.
#[inline(always)]
pub(crate) fn next_other<T: Lanes, const BLOCK: usize, const LANES: usize>(voxels: &[T], from: usize, background: T) -> usize {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { with_avx2::<T, BLOCK, LANES>(voxels, from, background) };
    }
    extract::next_other::<T, BLOCK, LANES>(voxels, from, background)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<T: Lanes, const BLOCK: usize, const LANES: usize>(voxels: &[T], from: usize, background: T) -> usize {
    extract::next_other::<T, BLOCK, LANES>(voxels, from, background)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways from every place of a row of background with a voxel here and there.
    fn both_find_the_same<T: Lanes, const BLOCK: usize, const LANES: usize>(background: T, other: T) {
        for length in [0, 1, 63, 64, 65, 500, 4096, 5000, 9000] {
            for step in [1, 7, 64, 100, 4095, 4097, 20_000] {
                let voxels: Vec<T> = (0..length).map(|place| if place % step == step - 1 { other } else { background }).collect();
                for from in (0..=length).step_by(1 + length / 50) {
                    let expected = (from..length).find(|place| place % step == step - 1).unwrap_or(length);
                    assert_eq!(extract::next_other::<T, BLOCK, LANES>(&voxels, from, background), expected);
                    assert_eq!(next_other::<T, BLOCK, LANES>(&voxels, from, background), expected);
                }
            }
        }
    }

    #[test]
    fn every_backend_finds_the_first_other_voxel() {
        both_find_the_same::<u8, 4096, 64>(0, 255);
        both_find_the_same::<u8, 4096, 64>(7, 0);
        both_find_the_same::<u16, 2048, 32>(0, 256);
        both_find_the_same::<i32, 1024, 16>(-1, 0);
        both_find_the_same::<f32, 1024, 16>(0.0, f32::MIN_POSITIVE);
        both_find_the_same::<f64, 512, 8>(0.0, f64::NAN);
    }
}
