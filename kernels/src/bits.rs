//! Runs of a bit-packed frame.

use crate::extract::blocks::{BLOCK, LINE};
use crate::extract::voxel::Lanes;
use crate::runs::Run;

/// Appends the runs of one bit-packed frame to `out`: `columns * rows` bits that start at bit `first_bit` of `bits`, least
/// significant bit of a byte first, rows following each other without padding.
///
/// This is the pixel data of a binary DICOM segmentation (PS3.5 section 8.1.1 and PS3.3 section C.8.20.2): frames and rows need
/// not start on a byte. Nothing is unpacked: bytes without a set bit are skipped as fast as memory is read.
///
/// # Panics
///
/// If `bits` is shorter than the frame, or `columns` is zero.
pub fn bit_runs(bits: &[u8], first_bit: usize, columns: usize, rows: usize, slice: u32, out: &mut Vec<Run>) {
    let end = first_bit + columns * rows;
    assert!(columns > 0, "a frame has columns");
    assert!(end.div_ceil(8) <= bits.len(), "a frame that ends at bit {end} does not fit into {} bytes", bits.len());
    let mut position = first_bit;
    while let Some(start) = next_set(bits, position, end) {
        let row = (start - first_bit) / columns;
        let row_start = first_bit + row * columns;
        let row_end = row_start + columns;
        position = next_clear(bits, start, row_end);
        out.push(Run { slice, row: row as u32, start: (start - row_start) as u32, end: (position - row_start) as u32 });
    }
}

/// Position of the first set bit in `from..end`.
fn next_set(bits: &[u8], from: usize, end: usize) -> Option<usize> {
    if from >= end {
        return None;
    }
    let here = bits[from / 8] >> (from % 8);
    let found = if here != 0 {
        from + here.trailing_zeros() as usize
    } else {
        let bytes = &bits[..end.div_ceil(8)];
        let byte = next_set_byte(bytes, from / 8 + 1);
        byte * 8 + bytes.get(byte)?.trailing_zeros() as usize
    };
    (found < end).then_some(found)
}

/// Position of the first clear bit in `from..end`; `end` when there is none.
fn next_clear(bits: &[u8], from: usize, end: usize) -> usize {
    let after = from / 8 + 1;
    // What was shifted in is clear, so the byte ends there if not before.
    let here = (bits[from / 8] >> (from % 8)).trailing_ones() as usize;
    let found = if from % 8 + here < 8 {
        from + here
    } else {
        let bytes = &bits[after..end.div_ceil(8).max(after)];
        let full = leading_bytes(bytes, u8::MAX);
        (after + full) * 8 + bytes.get(full).map_or(0, |byte| byte.trailing_ones() as usize)
    };
    found.min(end)
}

/// Place of the first byte from `from` on that has a set bit; the length when there is none.
fn next_set_byte(bytes: &[u8], from: usize) -> usize {
    let mut at = from.min(bytes.len());
    loop {
        // Blocks begin at multiples of their size, so that a run inside one does not move all that follow.
        let border = ((at / BLOCK + 1) * BLOCK).min(bytes.len());
        at += leading_bytes(&bytes[at..border], 0);
        if at < border || border == bytes.len() {
            return at;
        }
        at = u8::skip(bytes, at, 0);
    }
}

/// How many bytes at the start are `value`. Eight are one word, whose lowest differing bit is in the first that differs.
fn leading_bytes(bytes: &[u8], value: u8) -> usize {
    let pattern = u64::from_le_bytes([value; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    let difference = |word: &[u8; 8]| u64::from_le_bytes(*word) ^ pattern;
    let mut equal = 0;
    while let Some(line) = words[equal..].first_chunk::<{ LINE / 8 }>()
        && line.iter().fold(0, |all, word| all | difference(word)) == 0
    {
        equal += LINE / 8;
    }
    for word in &words[equal..] {
        let difference = difference(word);
        if difference != 0 {
            return equal * 8 + difference.trailing_zeros() as usize / 8;
        }
        equal += 1;
    }
    equal * 8 + rest.iter().take_while(|&&byte| byte == value).count()
}
