//! Blocks of voxels: whether they are background, and where their voxels change.

use super::voxel::Lanes;

/// Bytes of a block: far more than a cache line, far less than the first cache.
pub(crate) const BLOCK: usize = 4096;

/// Bytes of a line, those of a cache line. A block has as many lines as a word has bits.
pub(crate) const LINE: usize = 64;

/// The voxels of a block that differ from the next voxel.
pub struct Changes {
    /// One bit for each line that has such voxels.
    changed_lines: u64,
    /// One bit for each voxel of a line. Those of a line that has none may be left over from another block.
    lines: [u64; BLOCK / LINE],
}

impl Changes {
    pub(crate) fn none() -> Changes {
        Changes { changed_lines: 0, lines: [0; BLOCK / LINE] }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changed_lines == 0
    }

    /// Calls `see` with the place of each of these voxels in its block, in order, where a line has `lanes` voxels.
    #[inline(always)]
    pub(crate) fn each_place(&self, lanes: usize, mut see: impl FnMut(usize)) {
        let mut changed_lines = self.changed_lines;
        while changed_lines != 0 {
            let line = changed_lines.trailing_zeros() as usize;
            changed_lines &= changed_lines - 1;
            let mut changed_voxels = self.lines[line];
            while changed_voxels != 0 {
                see(line * lanes + changed_voxels.trailing_zeros() as usize);
                changed_voxels &= changed_voxels - 1;
            }
        }
    }
}

/// Whether all voxels of a block have the bits of `value`. `LANES` divides `N`.
#[inline(always)]
fn same_bits<T: Lanes, const N: usize, const LANES: usize>(block: &[T; N], value: T) -> bool {
    let value = value.bits();
    let mut differences = [T::Bits::default(); LANES];
    for lanes in block.as_chunks::<LANES>().0 {
        for (difference, &voxel) in differences.iter_mut().zip(lanes) {
            *difference = *difference | (voxel.bits() ^ value);
        }
    }
    differences.into_iter().fold(T::Bits::default(), |all, difference| all | difference) == T::Bits::default()
}

/// A place up to which, from `from` on, there is nothing but `background`: the length, or less than a block of `N` voxels before
/// the first voxel that is something else. Blocks are tested in lines of `LANES`.
#[inline(always)]
pub(crate) fn skip<T: Lanes, const N: usize, const LANES: usize>(voxels: &[T], from: usize, background: T) -> usize {
    let mut at = from;
    while let Some(block) = voxels[at..].first_chunk::<N>()
        && same_bits::<T, N, LANES>(block, background)
    {
        at += N;
    }
    if voxels.len() - at < N {
        let (lines, rest) = voxels[at..].as_chunks::<LANES>();
        let background = lines.iter().all(|line| same_bits::<T, LANES, LANES>(line, background))
            && rest.iter().all(|voxel| voxel.bits() == background.bits());
        if background {
            at = voxels.len();
        }
    }
    at
}

/// Finds the voxels from `from` on that differ from the next one, up to `N` of them, and returns the place of the voxel after those:
/// the last one at most, which has no next. `changed` has one bit for each voxel of a line whose bits are not those of the voxel at
/// the same place of another.
///
/// # Panics
///
/// If there is no voxel at `from`.
#[inline(always)]
pub(crate) fn changes<T: Lanes, const N: usize, const LANES: usize>(
    voxels: &[T],
    from: usize,
    found: &mut Changes,
    changed: impl Fn(&[T; LANES], &[T; LANES]) -> u64,
) -> usize {
    let end = (from + N).min(voxels.len() - 1);
    let (lines, rest) = voxels[from..end].as_chunks::<LANES>();
    let next_lines = voxels[from + 1..=end].as_chunks::<LANES>().0;
    found.changed_lines = 0;
    for (line, ((voxels, next), changes)) in lines.iter().zip(next_lines).zip(&mut found.lines).enumerate() {
        // Without a branch, as nobody can tell where lesions are.
        *changes = changed(voxels, next);
        found.changed_lines |= u64::from(*changes != 0) << line;
    }
    if !rest.is_empty() {
        let changes = match (voxels[..end].last_chunk(), voxels[..=end].last_chunk()) {
            // A whole line that ends there, but for what was looked at before.
            (Some(voxels), Some(next)) => changed(voxels, next) >> (LANES - rest.len()),
            _ => changed_voxels(rest, &voxels[end + 1 - rest.len()..]),
        };
        found.lines[lines.len()] = changes;
        found.changed_lines |= u64::from(changes != 0) << lines.len();
    }
    end
}

/// One bit for each voxel whose bits are not those of the voxel at the same place of `others`.
#[inline(always)]
fn changed_voxels<T: Lanes>(voxels: &[T], others: &[T]) -> u64 {
    let pairs = voxels.iter().zip(others).enumerate();
    pairs.fold(0, |changes, (place, (voxel, other))| changes | u64::from(voxel.bits() != other.bits()) << place)
}

/// Whether any voxel of a line has not the bits of the voxel at the same place of another.
#[inline(always)]
fn differ<T: Lanes, const LANES: usize>(line: &[T; LANES], other: &[T; LANES]) -> bool {
    let pairs = line.iter().zip(other);
    let differences = pairs.fold(T::Bits::default(), |all, (voxel, other)| all | (voxel.bits() ^ other.bits()));
    differences != T::Bits::default()
}

/// [`changed_voxels`] of a line, most of which change nowhere.
#[inline(always)]
pub(crate) fn changed_numbers<T: Lanes, const LANES: usize>(line: &[T; LANES], other: &[T; LANES]) -> u64 {
    if differ(line, other) { changed_voxels(line, other) } else { 0 }
}

/// The same of bytes, eight of which are one word.
#[inline(always)]
pub(crate) fn changed_bytes<T: Lanes<Bits = u8>, const LANES: usize>(line: &[T; LANES], other: &[T; LANES]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // Moves the lowest bit of byte n to bit n of the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    if !differ(line, other) {
        return 0;
    }
    let words = line.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    words.enumerate().fold(0, |changes, (word, (bytes, other))| {
        let difference = u64::from_le_bytes(bytes.map(T::bits)) ^ u64::from_le_bytes(other.map(T::bits));
        let highest = (((difference & LOW) + LOW) | difference) & !LOW;
        changes | ((highest >> 7).wrapping_mul(GATHER) >> 56) << (8 * word)
    })
}
