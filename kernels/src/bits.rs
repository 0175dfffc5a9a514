//! Runs of a bit-packed frame.

use crate::extract::blocks::{LINE, LINES, changed_lines};
use crate::extract::rows::Rows;
use crate::runs::Run;

/// Appends the runs of one bit-packed frame to `out`: `columns * rows` bits that start at bit `first_bit` of `bits`, least
/// significant bit of a byte first, rows following each other without padding.
///
/// This is the pixel data of a binary DICOM segmentation (PS3.5 section 8.1.1 and PS3.3 section C.8.20.2): frames and rows need
/// not start on a byte. Nothing is unpacked: bytes that are all clear or all set are skipped as fast as memory is read.
///
/// # Panics
///
/// If `bits` is shorter than the frame, or `columns` is zero.
pub fn bit_runs(bits: &[u8], first_bit: usize, columns: usize, rows: usize, slice: u32, out: &mut Vec<Run>) {
    let end = first_bit + columns * rows;
    assert!(columns > 0, "a frame has columns");
    assert!(end.div_ceil(8) <= bits.len(), "a frame that ends at bit {end} does not fit into {} bytes", bits.len());
    // From the byte of the first bit on, whose other bits are of another frame, as may be those of the last byte.
    let before = first_bit / 8 * 8;
    let (bytes, first, end) = (&bits[before / 8..end.div_ceil(8)], first_bit - before, end - before);
    let Some((&byte, next_bytes)) = bytes.split_first() else { return };
    let rows = Rows::new(columns, rows, slice as usize * rows, end);
    let (mut is_set, mut start) = (byte >> first & 1 != 0, first);
    let mut change = |at: usize, mut changed: u64| {
        while changed != 0 {
            let next = at + changed.trailing_zeros() as usize + 1;
            changed &= changed - 1;
            if first < next && next < end {
                if is_set {
                    emit(&rows, start - first, next - first, out);
                }
                (is_set, start) = (!is_set, next);
            }
        }
    };
    let (lines, next_lines) = (bytes[..next_bytes.len()].as_chunks::<LINE>().0, next_bytes.as_chunks::<LINE>().0);
    for (block, (lines, next_lines)) in lines.chunks(LINES).zip(next_lines.chunks(LINES)).enumerate() {
        // What is all clear or all set and goes on so has no change.
        let mut changed_lines = changed_lines(lines, next_lines, |next_byte| 0u8.wrapping_sub(next_byte & 1));
        while changed_lines != 0 {
            let line = changed_lines.trailing_zeros() as usize;
            changed_lines &= changed_lines - 1;
            let at = (block * LINES + line) * LINE * 8;
            changed_bits(&lines[line], next_lines[line][LINE - 1], |word, changed| change(at + word * 64, changed));
        }
    }
    let rest = &bytes[lines.len() * LINE..];
    changed_bits(rest, 0, |word, changed| change((lines.len() * LINE + word * 8) * 8, changed));
    if is_set {
        emit(&rows, start - first, end - first, out);
    }
}

/// Calls `change` with the number of each word of eight bytes, the last of which may have less, and one bit for each of its bits that
/// differs from the next one. `next_byte` follows the last.
#[inline(always)]
fn changed_bits(bytes: &[u8], next_byte: u8, mut change: impl FnMut(usize, u64)) {
    for (word, at) in (0..bytes.len()).step_by(8).enumerate() {
        let bits = match bytes[at..].first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => bytes[at..].iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
        };
        let next = bytes.get(at + 8).copied().unwrap_or(next_byte);
        change(word, bits ^ (bits >> 1 | u64::from(next & 1) << 63));
    }
}

/// The voxels `start..end` of a frame as a run of each of their rows.
#[inline(always)]
fn emit(rows: &Rows, start: usize, end: usize, out: &mut Vec<Run>) {
    match rows.run(start, end) {
        Some(run) => out.push(run),
        None => rows.cut((), start, end, &mut |(), run| out.push(run)),
    }
}
