//! The search for voxels that differ from the next one, block by block.

use super::voxel::Lanes;

/// Bytes of a line, those of a cache line.
pub(crate) const LINE: usize = 64;

/// Lines of a block, as many as a word has bits: far more than one, far less than the first cache holds.
pub(crate) const LINES: usize = u64::BITS as usize;

/// The voxels since the last change.
struct OpenRun<T> {
    label: T,
    start: usize,
    background: T,
}

impl<T: Lanes> OpenRun<T> {
    /// Goes on after those voxels of a line that differ from the next one, one bit each, of which there is one at least. The line
    /// begins at `at`, and `next_voxels` are one voxel further.
    #[inline(always)]
    fn change(&mut self, at: usize, next_voxels: &[T], mut changed: u64, emit: &mut impl FnMut(T, usize, usize)) {
        loop {
            let place = changed.trailing_zeros() as usize;
            let voxel = next_voxels[place];
            // Different bits may be the same number.
            if T::ONE_NUMBER || !voxel.equals(self.label) {
                self.end(at + place + 1, emit);
                (self.label, self.start) = (voxel, at + place + 1);
            }
            changed &= changed - 1;
            if changed == 0 {
                return;
            }
        }
    }

    /// Goes on after those voxels of some lines, the first of which begins at `at`. Whether there were any.
    #[inline(always)]
    fn change_in_lines<const LANES: usize>(
        &mut self,
        at: usize,
        lines: &[[T; LANES]],
        next_lines: &[[T; LANES]],
        changed: impl Fn(&[T; LANES], &[T; LANES]) -> u64,
        emit: &mut impl FnMut(T, usize, usize),
    ) -> bool {
        let mut changed_lines = changed_lines(lines, next_lines, T::bits);
        let any = changed_lines != 0;
        while changed_lines != 0 {
            let line = changed_lines.trailing_zeros() as usize;
            changed_lines &= changed_lines - 1;
            self.change(at + line * LANES, &next_lines[line], changed(&lines[line], &next_lines[line]), emit);
        }
        any
    }

    #[inline(always)]
    fn end(&self, end: usize, emit: &mut impl FnMut(T, usize, usize)) {
        if !self.label.equals(self.background) {
            emit(self.label, self.start, end);
        }
    }
}

/// Calls `emit(label, start, end)` for each maximal run of equal voxels whose value is not `background`, whatever rows they are in.
/// `changed` has one bit for each voxel of a line whose bits are not those of the voxel at the same place of another.
#[inline(always)]
pub(crate) fn runs_across_rows<T: Lanes, const LANES: usize>(
    voxels: &[T],
    background: T,
    mut emit: impl FnMut(T, usize, usize),
    changed: impl Fn(&[T; LANES], &[T; LANES]) -> u64,
) {
    let Some((&label, next_voxels)) = voxels.split_first() else { return };
    let mut run = OpenRun { label, start: 0, background };
    let (lines, rest) = voxels[..next_voxels.len()].as_chunks::<LANES>();
    let (next_lines, next_rest) = next_voxels.as_chunks::<LANES>();
    let (blocks, last_lines) = lines.as_chunks::<LINES>();
    let (next_blocks, next_last_lines) = next_lines.as_chunks::<LINES>();
    let (mut at, mut was_same) = (0, true);
    for (lines, next_lines) in blocks.iter().zip(next_blocks) {
        // Where one block had a lesion the next one will, so only after one without is it worth a test.
        if !(was_same && is_same(lines, next_lines, run.label)) {
            was_same = !run.change_in_lines(at, lines, next_lines, &changed, &mut emit);
        }
        at += LINES * LANES;
    }
    run.change_in_lines(at, last_lines, next_last_lines, &changed, &mut emit);
    at += last_lines.len() * LANES;
    if !rest.is_empty() {
        let changed = match (voxels[..next_voxels.len()].last_chunk(), next_voxels.last_chunk()) {
            // A whole line that ends there, but for what was looked at before.
            (Some(line), Some(next_line)) => changed(line, next_line) >> (LANES - rest.len()),
            _ => changed_voxels(rest, next_rest),
        };
        if changed != 0 {
            run.change(at, next_rest, changed, &mut emit);
        }
    }
    run.end(voxels.len(), &mut emit);
}

/// Whether a block and the voxel after it have the bits of one voxel. This runs at the speed of memory.
#[inline(always)]
fn is_same<T: Lanes, const LANES: usize>(lines: &[[T; LANES]; LINES], next_lines: &[[T; LANES]; LINES], one: T) -> bool {
    let one = one.bits();
    let mut differences = [T::Bits::default(); LANES];
    for line in lines {
        for (difference, voxel) in differences.iter_mut().zip(line) {
            *difference = *difference | (voxel.bits() ^ one);
        }
    }
    let none = T::Bits::default();
    differences.into_iter().fold(none, |all, difference| all | difference) == none
        && next_lines[LINES - 1][LANES - 1].bits() == one
}

/// One bit for each of up to [`LINES`] lines that has a voxel which differs from the next one: `next_lines` are one voxel further.
/// `filled` has the bits that all of a line has which does not change before that voxel.
#[inline(always)]
pub(crate) fn changed_lines<T: Lanes, const LANES: usize>(
    lines: &[[T; LANES]],
    next_lines: &[[T; LANES]],
    filled: impl Fn(T) -> T::Bits,
) -> u64 {
    // Without a branch, as nobody can tell where lesions are. A loop, as folding would not be compiled into what calls this.
    let mut changed_lines = 0u64;
    for (line, next_line) in lines.iter().zip(next_lines) {
        let after = filled(next_line[LANES - 1]);
        let differences = line.iter().fold(T::Bits::default(), |differences, voxel| differences | (voxel.bits() ^ after));
        changed_lines = 2 * changed_lines + u64::from(differences != T::Bits::default());
    }
    // The last line is the lowest bit yet.
    changed_lines.reverse_bits().unbounded_shr((LINES - lines.len()) as u32)
}

/// One bit for each voxel whose bits are not those of the voxel at the same place of `others`.
#[inline(always)]
pub(crate) fn changed_voxels<T: Lanes>(voxels: &[T], others: &[T]) -> u64 {
    let pairs = voxels.iter().zip(others).enumerate();
    pairs.fold(0, |changes, (place, (voxel, other))| changes | u64::from(voxel.bits() != other.bits()) << place)
}

/// The same of a line of bytes, eight of which are one word.
#[inline(always)]
pub(crate) fn changed_bytes<T: Lanes<Bits = u8>, const LANES: usize>(line: &[T; LANES], other: &[T; LANES]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // Moves the lowest bit of byte n to bit n of the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let words = line.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    words.enumerate().fold(0, |changes, (word, (bytes, other))| {
        let difference = u64::from_le_bytes(bytes.map(T::bits)) ^ u64::from_le_bytes(other.map(T::bits));
        let highest = (((difference & LOW) + LOW) | difference) & !LOW;
        changes | ((highest >> 7).wrapping_mul(GATHER) >> 56) << (8 * word)
    })
}
