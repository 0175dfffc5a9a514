//! Runs of a bit-packed frame.

use crate::runs::Run;

/// Appends the runs of one bit-packed frame to `out`: `columns * rows` bits that start at bit `first_bit` of `bits`, least
/// significant bit of a byte first, rows following each other without padding.
///
/// This is the pixel data of a binary DICOM segmentation (PS3.5 section 8.1.1 and PS3.3 section C.8.20.2): frames and rows need
/// not start on a byte. Words without a set bit are skipped whole.
///
/// # Panics
///
/// If `bits` is shorter than the frame.
pub fn bit_runs(bits: &[u8], first_bit: usize, columns: usize, rows: usize, slice: u32, out: &mut Vec<Run>) {
    let end = first_bit + columns * rows;
    assert!(end.div_ceil(8) <= bits.len(), "a frame that ends at bit {end} does not fit into {} bytes", bits.len());
    let mut position = first_bit;
    while let Some(start) = next_bit(bits, position, end, true) {
        let row = (start - first_bit) / columns;
        let row_start = first_bit + row * columns;
        let row_end = row_start + columns;
        position = next_bit(bits, start, row_end, false).unwrap_or(row_end);
        out.push(Run { slice, row: row as u32, start: (start - row_start) as u32, end: (position - row_start) as u32 });
    }
}

/// Position of the first bit equal to `wanted` in `from..end`.
fn next_bit(bits: &[u8], from: usize, end: usize, wanted: bool) -> Option<usize> {
    let mut position = from;
    while position < end {
        let shift = position % 8;
        let mut word = word_at(bits, position / 8);
        if !wanted {
            word = !word;
        }
        word >>= shift;
        if word != 0 {
            let found = position + word.trailing_zeros() as usize;
            return (found < end).then_some(found);
        }
        position += 64 - shift;
    }
    None
}

/// Eight bytes from `byte` on as a little-endian word; bytes past the end read as zero.
fn word_at(bits: &[u8], byte: usize) -> u64 {
    let rest = &bits[byte..];
    if let Some(word) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(word)
}
