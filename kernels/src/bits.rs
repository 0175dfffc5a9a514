//! Runs of a bit-packed frame.

use std::ops::Range;

use crate::extract::blocks::{LINE, LINES, changed_lines};
use crate::extract::rows::Rows;
use crate::runs::Run;
use crate::widest;

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
    if columns * rows == 0 {
        return;
    }
    // From the byte of the first bit on, whose other bits are of another frame, as may be those of the last byte.
    let before = first_bit / 8 * 8;
    let (bytes, first, end) = (&bits[before / 8..end.div_ceil(8)], first_bit - before, end - before);
    let mut rows = Rows::new(columns, rows, slice as usize * rows, columns * rows, first);
    widest::runs_of_bits(bytes, first, end, move |start, end| match rows.run(start, end) {
        Some(run) => out.push(run),
        None => rows.cut((), start, end, &mut |(), run| out.push(run)),
    });
}

/// The bits since the last change.
struct OpenRun {
    is_set: bool,
    start: usize,
}

impl OpenRun {
    /// Goes on after those bits of a word that differ from the next one, of which there is one at least. The word begins with bit
    /// `at`.
    #[inline(always)]
    fn change(&mut self, at: usize, mut changed: u64, emit: &mut impl FnMut(usize, usize)) {
        loop {
            let next = at + changed.trailing_zeros() as usize + 1;
            if self.is_set {
                emit(self.start, next);
            }
            (self.is_set, self.start) = (!self.is_set, next);
            changed &= changed - 1;
            if changed == 0 {
                return;
            }
        }
    }
}

/// The bits of a line that differ from the next one.
pub(crate) struct ChangedBits {
    /// One bit for each.
    pub(crate) words: [u64; LINE / 8],
    /// One bit for each word that has any.
    pub(crate) any: u32,
}

/// Calls `emit(start, end)` for each maximal run of set bits from bit `first` of the first byte on and before bit `end`.
/// `changed_bits` compares a line with the one that begins a byte later.
#[inline(always)]
pub(crate) fn runs_across_rows(
    bytes: &[u8],
    first: usize,
    end: usize,
    mut emit: impl FnMut(usize, usize),
    changed_bits: impl Fn(&[u8; LINE], &[u8; LINE]) -> ChangedBits,
) {
    let Some((&byte, next_bytes)) = bytes.split_first() else { return };
    let mut run = OpenRun { is_set: byte >> first & 1 != 0, start: first };
    // Bits of other frames may be in the first line and after the last, so these go word by word.
    let change_words = |run: &mut OpenRun, bytes_of_words: Range<usize>, emit: &mut _| {
        for at_byte in bytes_of_words.step_by(8) {
            let at = at_byte * 8;
            let changed = changed_at(bytes, at_byte) & bits_from(first, at) & !bits_from(end - 1, at);
            if changed != 0 {
                run.change(at, changed, emit);
            }
        }
    };
    change_words(&mut run, 0..LINE.min(bytes.len()), &mut emit);
    let lines = bytes[..next_bytes.len()].as_chunks::<LINE>().0.get(1..).unwrap_or_default();
    let next_lines = next_bytes.as_chunks::<LINE>().0.get(1..).unwrap_or_default();
    let mut at = LINE * 8;
    for (lines, next_lines) in lines.chunks(LINES).zip(next_lines.chunks(LINES)) {
        // A line has no change that is all clear or all set and goes on so.
        let mut changed_lines = changed_lines(lines, next_lines, |next_byte| 0u8.wrapping_sub(next_byte & 1));
        while changed_lines != 0 {
            let line = changed_lines.trailing_zeros() as usize;
            changed_lines &= changed_lines - 1;
            let ChangedBits { words, mut any } = changed_bits(&lines[line], &next_lines[line]);
            while any != 0 {
                let word = any.trailing_zeros() as usize % words.len();
                any &= any - 1;
                run.change(at + line * LINE * 8 + word * 64, words[word], &mut emit);
            }
        }
        at += lines.len() * LINE * 8;
    }
    change_words(&mut run, at / 8..bytes.len(), &mut emit);
    if run.is_set {
        emit(run.start, end);
    }
}

/// [`ChangedBits`] on every processor.
#[inline(always)]
pub(crate) fn changed_bits(line: &[u8; LINE], next_line: &[u8; LINE]) -> ChangedBits {
    let words = changed_words(line, next_line);
    let any = words.iter().rev().fold(0, |any, &changed| any << 1 | u32::from(changed != 0));
    ChangedBits { words, any }
}

/// One bit for each bit of a line that differs from the next one.
#[inline(always)]
pub(crate) fn changed_words(line: &[u8; LINE], next_line: &[u8; LINE]) -> [u64; LINE / 8] {
    let (words, next_words) = (line.as_chunks().0, next_line.as_chunks().0);
    std::array::from_fn(|word| changed(u64::from_le_bytes(words[word]), u64::from_le_bytes(next_words[word])))
}

/// The bits from bit `place` on, of the word that begins with bit `at`.
fn bits_from(place: usize, at: usize) -> u64 {
    u64::MAX.unbounded_shl(place.saturating_sub(at).min(64) as u32)
}

/// The bits that differ from the next one, of the word that begins with a byte.
fn changed_at(bytes: &[u8], at_byte: usize) -> u64 {
    changed(padded_word(&bytes[at_byte..]), padded_word(bytes.get(at_byte + 1..).unwrap_or_default()))
}

/// The first eight bytes, or what there is and clear bits.
fn padded_word(bytes: &[u8]) -> u64 {
    let some = || std::array::from_fn(|byte| bytes.get(byte).copied().unwrap_or(0));
    u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_else(some))
}

/// One bit for each bit of a word that differs from the next one. The next word begins with the last byte of `next_bits`.
#[inline(always)]
fn changed(bits: u64, next_bits: u64) -> u64 {
    bits ^ (bits >> 1 | next_bits << 7 & 1 << 63)
}
