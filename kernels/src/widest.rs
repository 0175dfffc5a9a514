//! The search for runs, compiled for wider vectors than every processor of a target has.
//!
//! It is the same plain loops, and for bytes and bits a comparison each written for AVX2, so it finds the same. In memory both are as fast as
//! memory; in the cache, where the pieces of a decoder are, the wider one takes half the time. This is the one file with
//! `unsafe`: a function compiled for instructions that a processor may lack can only be called where it was asked for them.

#![allow(unsafe_code, reason = "calls of functions compiled for more instructions, behind the question for them")]

use crate::bits::{self, ChangedBits};
use crate::extract::blocks;
use crate::extract::voxel::Lanes;

/// [`blocks::runs_across_rows`] with the widest vectors the processor has of those that were measured to pay.
#[inline(always)]
pub(crate) fn runs<T: Lanes, const LANES: usize>(voxels: &[T], background: T, emit: impl FnMut(T, usize, usize)) {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        // SAFETY: the processor has what this is compiled for.
        return unsafe { avx2::runs::<T, LANES>(voxels, background, emit) };
    }
    blocks::runs_across_rows::<T, LANES>(voxels, background, emit, |line, other| blocks::changed_voxels(line, other))
}

/// The same of bytes.
#[inline(always)]
pub(crate) fn runs_of_bytes<T: Lanes<Bits = u8>, const LANES: usize>(
    voxels: &[T],
    background: T,
    emit: impl FnMut(T, usize, usize),
) {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        // SAFETY: the processor has what this is compiled for.
        return unsafe { avx2::runs_of_bytes::<T, LANES>(voxels, background, emit) };
    }
    blocks::runs_across_rows::<T, LANES>(voxels, background, emit, blocks::changed_bytes)
}

/// [`bits::runs_across_rows`] likewise.
#[inline(always)]
pub(crate) fn runs_of_bits(bytes: &[u8], first: usize, end: usize, emit: impl FnMut(usize, usize)) {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_there() {
        // SAFETY: the processor has what this is compiled for.
        return unsafe { avx2::runs_of_bits(bytes, first, end, emit) };
    }
    bits::runs_across_rows(bytes, first, end, emit, bits::changed_bits)
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::*;
    use std::arch::x86_64::{
        __m256i, _mm256_castsi256_pd, _mm256_cmpeq_epi8, _mm256_cmpeq_epi64, _mm256_movemask_epi8, _mm256_movemask_pd,
        _mm256_setr_epi64x, _mm256_setzero_si256,
    };

    /// Processors with AVX2 have the bit instructions, too, but a virtual one may hide them.
    #[inline(always)]
    pub(super) fn is_there() -> bool {
        std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("bmi1") && std::is_x86_feature_detected!("bmi2")
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn runs<T: Lanes, const LANES: usize>(voxels: &[T], background: T, emit: impl FnMut(T, usize, usize)) {
        blocks::runs_across_rows::<T, LANES>(voxels, background, emit, |line, other| blocks::changed_voxels(line, other))
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn runs_of_bytes<T: Lanes<Bits = u8>, const LANES: usize>(
        voxels: &[T],
        background: T,
        emit: impl FnMut(T, usize, usize),
    ) {
        blocks::runs_across_rows::<T, LANES>(voxels, background, emit, |line, other| {
            let halves = line.as_chunks::<32>().0.iter().zip(other.as_chunks::<32>().0).enumerate();
            !halves.fold(0, |equal, (half, (bytes, other))| {
                let equal_bytes = _mm256_movemask_epi8(_mm256_cmpeq_epi8(vector(bytes), vector(other)));
                equal | u64::from(equal_bytes.cast_unsigned()) << (32 * half)
            })
        })
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn runs_of_bits(bytes: &[u8], first: usize, end: usize, emit: impl FnMut(usize, usize)) {
        bits::runs_across_rows(bytes, first, end, emit, |line, next_line| {
            let words = bits::changed_words(line, next_line);
            let any = words.as_chunks::<4>().0.iter().enumerate().fold(0, |any, (half, words)| {
                let [a, b, c, d] = words.map(u64::cast_signed);
                let same_words = _mm256_cmpeq_epi64(_mm256_setr_epi64x(a, b, c, d), _mm256_setzero_si256());
                any | (!_mm256_movemask_pd(_mm256_castsi256_pd(same_words)).cast_unsigned() & 15) << (4 * half)
            });
            ChangedBits { words, any }
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

    /// Runs voxel by voxel.
    fn naive<T: Lanes>(voxels: &[T], background: T) -> Vec<(usize, usize)> {
        let changes = |place: &usize| !voxels[*place].equals(voxels[*place - 1]);
        let ends = (1..voxels.len()).filter(changes).chain([voxels.len()]);
        let runs = ends.scan(0, |start, end| Some((std::mem::replace(start, end), end)));
        runs.filter(|&(start, _)| !voxels[start].equals(background)).collect()
    }

    /// Of rows of background with a voxel here and there, and of the reverse.
    fn all_find_the_same<T: Lanes>(
        background: T,
        other: T,
        plain: impl Fn(&[T], &mut dyn FnMut(T, usize, usize)),
        wide: impl Fn(&[T], &mut dyn FnMut(T, usize, usize)),
    ) {
        for length in [1, 2, 63, 64, 65, 66, 500, 4095, 4096, 4097, 4160, 8192, 9000, 20_000] {
            for step in [1, 2, 7, 64, 100, 4095, 4096, 4097, 9000, 30_000] {
                for phase in [0, 1, 31, 63, step / 2, step - 1] {
                    for [most, some] in [[background, other], [other, background]] {
                        let voxel = |place: usize| if place % step == phase { some } else { most };
                        let voxels: Vec<T> = (0..length).map(voxel).collect();
                        let expected = naive(&voxels, background);
                        for search in [&plain as &dyn Fn(&[T], &mut dyn FnMut(T, usize, usize)), &wide] {
                            let mut found = Vec::new();
                            search(&voxels, &mut |label, start, end| {
                                assert!(label.bits() == voxels[start].bits());
                                found.push((start, end));
                            });
                            assert_eq!(found, expected, "{length} voxels, every {step}th from {phase}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_backend_finds_the_same() {
        fn bytes<T: Lanes<Bits = u8>>(background: T, other: T) {
            let plain = |voxels: &[T], emit: &mut dyn FnMut(T, usize, usize)| {
                blocks::runs_across_rows::<T, 64>(voxels, background, emit, blocks::changed_bytes)
            };
            let wide = |voxels: &[T], emit: &mut dyn FnMut(T, usize, usize)| runs_of_bytes::<T, 64>(voxels, background, emit);
            all_find_the_same(background, other, plain, wide);
        }
        fn numbers<T: Lanes, const LANES: usize>(background: T, other: T) {
            let plain = |voxels: &[T], emit: &mut dyn FnMut(T, usize, usize)| {
                blocks::runs_across_rows::<T, LANES>(voxels, background, emit, |line, other| blocks::changed_voxels(line, other))
            };
            let wide = |voxels: &[T], emit: &mut dyn FnMut(T, usize, usize)| runs::<T, LANES>(voxels, background, emit);
            all_find_the_same(background, other, plain, wide);
        }
        bytes::<u8>(0, 255);
        bytes::<u8>(7, 0);
        bytes::<u8>(127, 128);
        bytes::<bool>(false, true);
        numbers::<u16, 32>(0, 256);
        numbers::<i32, 16>(-1, 0);
        numbers::<f32, 16>(0.0, f32::MIN_POSITIVE);
        numbers::<f32, 16>(0.0, -0.0);
        numbers::<f64, 8>(0.0, f64::NAN);
    }

    #[test]
    fn every_backend_finds_the_same_bits() {
        for length in [1, 8, 9, 64, 65, 511, 512, 513, 520, 576, 1024, 33_000, 40_000] {
            for step in [1, 2, 7, 63, 64, 100, 511, 513, 32_768, 50_000] {
                for phase in [0, 1, 63, step / 2, step - 1] {
                    for most in [false, true] {
                        let voxel = |place: usize| (place % step == phase) != most;
                        for first in [0_usize, 1, 5, 7] {
                            // The bits before and after are of other frames.
                            let mut bytes = vec![if most { 0 } else { u8::MAX }; (first + length).div_ceil(8)];
                            for place in 0..length {
                                let (byte, bit) = ((first + place) / 8, (first + place) % 8);
                                bytes[byte] = bytes[byte] & !(1 << bit) | u8::from(voxel(place)) << bit;
                            }
                            let voxels: Vec<bool> = (0..length).map(voxel).collect();
                            let shifted = |(start, end)| (first + start, first + end);
                            let expected: Vec<(usize, usize)> = naive(&voxels, false).into_iter().map(shifted).collect();
                            let (mut plain, mut wide) = (Vec::new(), Vec::new());
                            bits::runs_across_rows(
                                &bytes,
                                first,
                                first + length,
                                |start, end| plain.push((start, end)),
                                bits::changed_bits,
                            );
                            runs_of_bits(&bytes, first, first + length, |start, end| wide.push((start, end)));
                            assert_eq!((&plain, &wide), (&expected, &expected), "{length} bits from {first}, every {step}th");
                        }
                    }
                }
            }
        }
    }
}
