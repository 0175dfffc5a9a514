//! Label volumes in plain files, read in slabs on all threads.
//!
//! What is odd in any way is left to the reader of streams, which knows how to say it.

use super::label_grid::RunsByLabel;
use super::label_numbers::{Found, Order, Stored};
use super::label_stream::{Lines, SMALL, is_alone, unreadable, voxels_of};
use super::{Error, SourceFile};
use rayon::prelude::*;
use std::ops::Range;

/// More than one, so that a thread that was held up does not keep the others waiting.
const SLABS_OF_THREAD: usize = 4;

/// Reads all layers of a volume that fills a file from `offset` to its end. `None` when the file is longer or shorter, in an archive,
/// or small, or when a loop over files has the threads.
///
/// Slabs are joined in the order of the file, so that neither result nor error depends on the number of threads.
///
/// # Errors
/// As [`super::label_stream::read_layers`]; `shown` names the file.
pub(super) fn read_in_slabs(
    file: &SourceFile,
    offset: u64,
    stored: &Stored,
    order: &Order,
    shown: &str,
) -> Result<Option<Vec<RunsByLabel>>, Error> {
    let voxels = voxels_of(order, shown)?;
    let bytes = voxels * stored.number.bytes();
    let has_its_length = file.length().is_ok_and(|length| length == offset.saturating_add(bytes as u64));
    if !is_alone() || bytes <= SMALL || file.is_packed() || !has_its_length {
        return Ok(None);
    }
    let lines = voxels / order.voxels_of_line();
    let of_slab = lines.div_ceil(SLABS_OF_THREAD * rayon::current_num_threads()).max(1);
    let slabs: Vec<Range<usize>> = (0..lines).step_by(of_slab).map(|first| first..(first + of_slab).min(lines)).collect();
    let rows = Lines { stored, order, shown };
    let read = |slab: Range<usize>| {
        let start = offset + (slab.start * rows.line_bytes()) as u64;
        let mut stream = file.open_at(start).map_err(|error| unreadable(shown, &error))?;
        rows.read(&mut stream, slab)
    };
    let found: Vec<Result<Found, Error>> = slabs.into_par_iter().map(read).collect();
    let mut all = Found::nothing(order);
    for found in found {
        all.append(found?).map_err(|reason| Error::Corrupt { file: shown.to_string(), reason })?;
    }
    Ok(Some(all.into_layers()))
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

    fn in_slabs(bytes: &[u8], offset: u64, stored: &Stored) -> Result<Option<Vec<RunsByLabel>>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mask");
        std::fs::write(&path, bytes).unwrap();
        read_in_slabs(&SourceFile::named(Path::new("mask"), path), offset, stored, &ORDER, "mask")
    }

    #[test]
    fn slabs_are_the_whole() {
        let file = [&[9; OFFSET as usize][..], &volume()].concat();
        assert_eq!(in_slabs(&file, OFFSET, &BYTES).unwrap(), Some(expected()));
        // One byte less or more is for the reader of streams, which says so.
        assert_eq!(in_slabs(&file[1..], OFFSET, &BYTES).unwrap(), None);
        assert_eq!(in_slabs(&file, OFFSET - 1, &BYTES).unwrap(), None);
        // Inside a loop that has the threads the stream is read as it comes.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        assert_eq!(pool.install(|| in_slabs(&file, OFFSET, &BYTES)).unwrap(), None);
        let stream = || read_layers(&mut volume().as_slice(), &BYTES, &ORDER, "mask").unwrap();
        assert_eq!((stream(), pool.install(stream)), (expected(), expected()));
    }

    #[test]
    fn the_first_error_of_the_file_is_told() {
        let value = |voxel: u32| if voxel == 700_000 || voxel == 2_900_000 { voxel as f32 + 0.25 } else { 0.0 };
        let bytes: Vec<u8> = (0..3_000_000).flat_map(|voxel| value(voxel).to_le_bytes()).collect();
        let stored = Stored { number: Number::F32, ..BYTES };
        for _ in 0..5 {
            let error = in_slabs(&bytes, 0, &stored).unwrap_err();
            assert!(error.to_string().contains("700000.25"), "{error}");
            let error = read_layers(&mut bytes.as_slice(), &stored, &ORDER, "mask").unwrap_err();
            assert!(error.to_string().contains("700000.25"), "{error}");
            let error = read_layers(&mut &bytes[..2_000_000], &stored, &ORDER, "mask").unwrap_err();
            assert!(error.to_string().contains("promises 3000000 voxels, 500000 are there"), "{error}");
        }
    }
}
