//! The search for runs, compiled for wider vectors than every processor of a target has.
//!
//! It is the same plain loops, and for bytes one comparison written for AVX2, so it finds the same. In memory both are as fast as
//! memory; in the cache, where the pieces of a decoder are, the wider one takes a third of the time. This is the one file with
//! `unsafe`: a function compiled for instructions that a processor may lack can only be called where it was asked for them.

#![allow(unsafe_code, reason = "calls of functions compiled for more instructions, behind the question for them")]

use crate::extract::blocks::{self, Changes};
use crate::extract::voxel::Lanes;

/// [`blocks::skip`] with the widest vectors the processor has of those that were measured to pay.
#[inline(always)]
pub(crate) fn skip<T: Lanes, const N: usize, const LANES: usize>(voxels: &[T], from: usize, background: T) -> usize {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::skip::<T, N, LANES>(voxels, from, background) };
    }
    blocks::skip::<T, N, LANES>(voxels, from, background)
}

/// [`blocks::changes`] likewise.
#[inline(always)]
pub(crate) fn changes<T: Lanes, const N: usize, const LANES: usize>(voxels: &[T], from: usize, found: &mut Changes) -> usize {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::changes::<T, N, LANES>(voxels, from, found) };
    }
    blocks::changes::<T, N, LANES>(voxels, from, found, blocks::changed_numbers)
}

/// [`blocks::changes`] of bytes likewise.
#[inline(always)]
pub(crate) fn changes_of_bytes<T: Lanes<Bits = u8>, const N: usize, const LANES: usize>(
    voxels: &[T],
    from: usize,
    found: &mut Changes,
) -> usize {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::changes_of_bytes::<T, N, LANES>(voxels, from, found) };
    }
    blocks::changes::<T, N, LANES>(voxels, from, found, blocks::changed_bytes)
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::*;
    use std::arch::x86_64::{__m256i, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_setr_epi64x};

    #[target_feature(enable = "avx2")]
    pub(super) fn skip<T: Lanes, const N: usize, const LANES: usize>(voxels: &[T], from: usize, background: T) -> usize {
        blocks::skip::<T, N, LANES>(voxels, from, background)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn changes<T: Lanes, const N: usize, const LANES: usize>(voxels: &[T], from: usize, found: &mut Changes) -> usize {
        blocks::changes::<T, N, LANES>(voxels, from, found, blocks::changed_numbers)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn changes_of_bytes<T: Lanes<Bits = u8>, const N: usize, const LANES: usize>(
        voxels: &[T],
        from: usize,
        found: &mut Changes,
    ) -> usize {
        blocks::changes::<T, N, LANES>(voxels, from, found, |line, other| {
            let halves = line.as_chunks::<32>().0.iter().zip(other.as_chunks::<32>().0).enumerate();
            !halves.fold(0, |equal, (half, (bytes, other))| {
                let equal_bytes = _mm256_movemask_epi8(_mm256_cmpeq_epi8(vector(bytes), vector(other)));
                equal | u64::from(equal_bytes.cast_unsigned()) << (32 * half)
            })
        })
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn vector<T: Lanes<Bits = u8>>(bytes: &[T; 32]) -> __m256i {
        let word = |at: usize| i64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte].bits()));
        _mm256_setr_epi64x(word(0), word(8), word(16), word(24))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of `found`, from the start of the volume.
    fn places(found: &Changes, from: usize, lanes: usize) -> Vec<usize> {
        let mut places = Vec::new();
        found.each_place(lanes, |place| places.push(from + place));
        places
    }

    /// From every place of a row of background with a voxel here and there.
    fn all_find_the_same<T: Lanes, const N: usize, const LANES: usize>(
        background: T,
        other: T,
        plain: impl Fn(&[T], usize, &mut Changes) -> usize,
        wide: impl Fn(&[T], usize, &mut Changes) -> usize,
    ) {
        for length in [1, 2, 63, 64, 65, 66, 500, 4096, 5000, 9000] {
            for step in [1, 2, 7, 64, 100, 4095, 4097, 20_000] {
                let is_other = |place: usize| place % step == step - 1;
                let voxels: Vec<T> = (0..length).map(|place| if is_other(place) { other } else { background }).collect();
                for from in (0..length).step_by(1 + length / 50) {
                    let first = (from..length).find(|&place| is_other(place)).unwrap_or(length);
                    let skipped = blocks::skip::<T, N, LANES>(&voxels, from, background);
                    assert!(skipped <= first && (first - skipped < N || skipped == length), "{skipped} {first}");
                    assert!(first < length || skipped == length);
                    assert_eq!(skip::<T, N, LANES>(&voxels, from, background), skipped);

                    let end = (from + N).min(length - 1);
                    let expected: Vec<usize> = (from..end).filter(|&place| is_other(place) != is_other(place + 1)).collect();
                    for search in [&plain as &dyn Fn(&[T], usize, &mut Changes) -> usize, &wide] {
                        let mut found = Changes::none();
                        assert_eq!(search(&voxels, from, &mut found), end);
                        assert_eq!(places(&found, from, LANES), expected);
                        assert_eq!(found.is_empty(), expected.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn every_backend_finds_the_same() {
        fn bytes<T: Lanes<Bits = u8>>(background: T, other: T) {
            let plain = |voxels: &[T], from, found: &mut Changes| {
                blocks::changes::<T, 4096, 64>(voxels, from, found, blocks::changed_bytes)
            };
            all_find_the_same::<T, 4096, 64>(background, other, plain, changes_of_bytes::<T, 4096, 64>);
        }
        fn numbers<T: Lanes, const N: usize, const LANES: usize>(background: T, other: T) {
            let plain = |voxels: &[T], from, found: &mut Changes| {
                blocks::changes::<T, N, LANES>(voxels, from, found, blocks::changed_numbers)
            };
            all_find_the_same::<T, N, LANES>(background, other, plain, changes::<T, N, LANES>);
        }
        bytes::<u8>(0, 255);
        bytes::<u8>(7, 0);
        bytes::<u8>(127, 128);
        bytes::<bool>(false, true);
        numbers::<u16, 2048, 32>(0, 256);
        numbers::<i32, 1024, 16>(-1, 0);
        numbers::<f32, 1024, 16>(0.0, f32::MIN_POSITIVE);
        numbers::<f64, 512, 8>(0.0, f64::NAN);
    }
}
