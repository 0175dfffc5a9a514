//! Label volumes in plain files, read in slabs on all threads.
//!
//! What is odd in any way is left to the reader of streams, which says what comes first in the file.

use super::SourceFile;
use super::label_grid::{MOST_RUNS, RunsByLabel};
use super::label_numbers::{Found, Order, Stored};
use super::label_stream::Lines;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Fewer bytes are not worth a second thread.
const SMALL: usize = 1 << 20;

/// More than one, so that a thread that was held up does not keep the others waiting.
const SLABS_OF_THREAD: usize = 4;

/// Voxels of a slab, rows permitting: noise is noticed before its runs fill the memory.
const MOST_OF_SLAB: usize = 1 << 23;

/// Reads all layers of a volume that fills a file from `offset` to its end. `None` when the file is longer or shorter, in an archive,
/// small or no mask, or when a loop over files has the threads.
///
/// Slabs are joined in the order of the file, so that the result does not depend on the number of threads.
pub(super) fn read_in_slabs(file: &SourceFile, offset: u64, stored: &Stored, order: &Order) -> Option<Vec<RunsByLabel>> {
    let voxels = order.voxels()?;
    let bytes = voxels * stored.number.bytes();
    let has_its_length = file.length().is_ok_and(|length| length == offset.saturating_add(bytes as u64));
    if !is_alone() || bytes <= SMALL || file.is_packed() || !has_its_length {
        return None;
    }
    let runs = AtomicUsize::new(0);
    let lines = Lines { stored, order, shown: &file.shown };
    let read = |slab: Range<usize>| {
        let mut stream = file.open_at(offset + (slab.start * lines.line_bytes()) as u64).ok()?;
        let found = lines.read(&mut stream, slab).ok()?;
        (runs.fetch_add(found.runs(), Relaxed) + found.runs() <= MOST_RUNS).then_some(found)
    };
    let found: Option<Vec<Found>> = slabs(order, voxels).into_par_iter().map(read).collect();
    let mut all = Found::nothing(order);
    for found in found? {
        all.append(found).ok()?;
    }
    Some(all.into_layers())
}

/// Whether no loop over files has the threads.
fn is_alone() -> bool {
    rayon::current_thread_index().is_none()
}

/// All lines of a volume, cut for all threads.
fn slabs(order: &Order, voxels: usize) -> Vec<Range<usize>> {
    let lines = voxels / order.voxels_of_line();
    let of_slab = lines.div_ceil(SLABS_OF_THREAD * rayon::current_num_threads());
    let of_slab = of_slab.min(MOST_OF_SLAB / order.voxels_of_line()).max(1);
    (0..lines).step_by(of_slab).map(|first| first..(first + of_slab).min(lines)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::label_numbers::Number;
    use super::super::label_stream::read_layers;
    use super::*;
    use crate::volume::Run;
    use std::path::Path;

    const BYTES: Stored = Stored { number: Number::U8, big_endian: false, slope: 1.0, intercept: 0.0 };
    const ORDER: Order = Order { sizes: [500, 300, 20], layers: 1, before_list: 3 };
    const OFFSET: u64 = 352;

    /// Eight bytes marked in every thirtieth row, from column 100 on.
    fn volume() -> Vec<u8> {
        (0..6000).flat_map(|line| (0..500).map(move |column| u8::from(line % 30 == 0 && (100..108).contains(&column)))).collect()
    }

    fn expected() -> Vec<RunsByLabel> {
        let runs = (0..6000).step_by(30).map(|line| Run { slice: line / 300, row: line % 300, start: 100, end: 108 });
        vec![RunsByLabel::from([(1, runs.collect())])]
    }

    fn in_slabs(bytes: &[u8], offset: u64, stored: &Stored) -> Option<Vec<RunsByLabel>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mask");
        std::fs::write(&path, bytes).unwrap();
        read_in_slabs(&SourceFile::named(Path::new("mask"), path), offset, stored, &ORDER)
    }

    #[test]
    fn slabs_are_the_whole() {
        let file = [&[9; OFFSET as usize][..], &volume()].concat();
        assert_eq!(in_slabs(&file, OFFSET, &BYTES), Some(expected()));
        // One byte less or more is for the reader of streams, which says so.
        assert_eq!(in_slabs(&file[1..], OFFSET, &BYTES), None);
        assert_eq!(in_slabs(&file, OFFSET - 1, &BYTES), None);
        // Inside a loop that has the threads the stream is read as it comes.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        assert_eq!(pool.install(|| in_slabs(&file, OFFSET, &BYTES)), None);
        let stream = || read_layers(&mut volume().as_slice(), &BYTES, &ORDER, "mask").unwrap();
        assert_eq!((stream(), pool.install(stream)), (expected(), expected()));
    }

    #[test]
    fn slabs_are_small_and_cover_all_lines() {
        for (sizes, most_lines) in [([1 << 10, 1 << 10, 129], MOST_OF_SLAB >> 10), ([1 << 20, 500, 3], 8), ([1 << 24, 3, 2], 1)] {
            let order = Order { sizes, layers: 1, before_list: 3 };
            let slabs = slabs(&order, order.voxels().unwrap());
            assert!(slabs.iter().all(|slab| !slab.is_empty() && slab.len() <= most_lines), "{sizes:?}");
            assert!(slabs.windows(2).all(|pair| pair[0].end == pair[1].start), "{sizes:?}");
            assert_eq!((slabs[0].start, slabs[slabs.len() - 1].end), (0, sizes[1] * sizes[2]));
        }
    }

    #[test]
    fn the_first_error_of_the_file_is_told() {
        let value = |voxel: u32| if voxel == 700_000 || voxel == 2_900_000 { voxel as f32 + 0.25 } else { 0.0 };
        let bytes: Vec<u8> = (0..3_000_000).flat_map(|voxel| value(voxel).to_le_bytes()).collect();
        let stored = Stored { number: Number::F32, ..BYTES };
        assert_eq!(in_slabs(&bytes, 0, &stored), None);
        let error = read_layers(&mut bytes.as_slice(), &stored, &ORDER, "mask").unwrap_err();
        assert!(error.to_string().contains("700000.25"), "{error}");
        let error = read_layers(&mut &bytes[..2_000_000], &stored, &ORDER, "mask").unwrap_err();
        assert!(error.to_string().contains("promises 3000000 voxels, 500000 are there"), "{error}");
    }
}
