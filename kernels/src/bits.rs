//! Runs of a bit-packed frame.

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
    let rows = Rows::new(columns, rows, slice as usize * rows, end);
    widest::runs_of_bits(bytes, first, end, move |start, end| match rows.run(start - first, end - first) {
        Some(run) => out.push(run),
        None => rows.cut((), start - first, end - first, &mut |(), run| out.push(run)),
    });
}

/// The bits since the last change.
struct OpenRun<E> {
    is_set: bool,
    start: usize,
    first: usize,
    end: usize,
    emit: E,
}

impl<E: FnMut(usize, usize)> OpenRun<E> {
    /// Goes on after those bits of a word that differ from the next one. The word begins with bit `at`.
    #[inline(always)]
    fn change(&mut self, at: usize, mut changed: u64) {
        while changed != 0 {
            let next = at + changed.trailing_zeros() as usize + 1;
            changed &= changed - 1;
            if self.first < next && next < self.end {
                if self.is_set {
                    (self.emit)(self.start, next);
                }
                (self.is_set, self.start) = (!self.is_set, next);
            }
        }
    }
}

/// Calls `emit(start, end)` for each maximal run of set bits from bit `first` of the first byte on and before bit `end`.
#[inline(always)]
pub(crate) fn runs_across_rows(bytes: &[u8], first: usize, end: usize, emit: impl FnMut(usize, usize)) {
    let Some((&byte, next_bytes)) = bytes.split_first() else { return };
    let mut run = OpenRun { is_set: byte >> first & 1 != 0, start: first, first, end, emit };
    let (lines, next_lines) = (bytes[..next_bytes.len()].as_chunks::<LINE>().0, next_bytes.as_chunks::<LINE>().0);
    let mut at = 0;
    for (lines, next_lines) in lines.chunks(LINES).zip(next_lines.chunks(LINES)) {
        // A line has no change that is all clear or all set and goes on so.
        let mut changed_lines = changed_lines(lines, next_lines, |next_byte| 0u8.wrapping_sub(next_byte & 1));
        while changed_lines != 0 {
            let line = changed_lines.trailing_zeros() as usize;
            changed_lines &= changed_lines - 1;
            let mut changes = [0; LINE / 8];
            let words = lines[line].as_chunks().0.iter().zip(next_lines[line].as_chunks().0);
            for (changes, (bits, next_bits)) in changes.iter_mut().zip(words) {
                *changes = changed(u64::from_le_bytes(*bits), u64::from_le_bytes(*next_bits));
            }
            for (word, changes) in changes.into_iter().enumerate() {
                run.change(at + line * LINE * 8 + word * 64, changes);
            }
        }
        at += lines.len() * LINE * 8;
    }
    for at_byte in (lines.len() * LINE..bytes.len()).step_by(8) {
        run.change(
            at_byte * 8,
            changed(padded_word(&bytes[at_byte..]), padded_word(&next_bytes[at_byte.min(next_bytes.len())..])),
        );
    }
    if run.is_set {
        (run.emit)(run.start, end);
    }
}

/// The first eight bytes, or what there is and clear bits.
fn padded_word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|byte| bytes.get(byte).copied().unwrap_or(0)))
}

/// One bit for each bit of a word that differs from the next one. The next word begins with the last byte of `next_bits`.
#[inline(always)]
fn changed(bits: u64, next_bits: u64) -> u64 {
    bits ^ (bits >> 1 | next_bits << 7 & 1 << 63)
}
