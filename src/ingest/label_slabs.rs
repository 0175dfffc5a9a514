//! Label volumes that can be read at any place, in slabs on all threads: plain files, and compressed ones inflated whole.
//!
//! What is odd in any way is left to the reader of streams, which knows how to say it.

use super::label_grid::RunsByLabel;
use super::label_numbers::{Found, Order, Stored};
use super::label_stream::{read_lines, unreadable, voxels_of};
use super::{Error, SourceFile};
use crate::volume::Values;
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

/// Fewer bytes are not worth a second thread.
const SMALL: usize = 1 << 20;

/// A compressed volume of more bytes is inflated piece by piece.
const LARGEST_WHOLE: usize = 1 << 29;

/// Deflate packs at most about this many bytes into one (1032; RFC 1951).
const MOST_PACKED: usize = 1040;

/// More bytes than deflate adds to what it cannot pack, and gzip around it.
const LARGEST_HEAD: usize = 1 << 16;

/// Bytes that every large page of memory is touched at.
const PAGE: usize = 4096;

/// Where the bytes of a volume are: up to the end of a file.
#[derive(Debug)]
pub(super) struct Place {
    pub file: SourceFile,
    pub is_gzip: bool,
    /// Bytes of the file before its data.
    pub start: u64,
    /// Bytes of the data, inflated, before the first voxel.
    pub skip: u64,
}

/// Reads all layers of a volume from a file that holds exactly what is expected; `None` for any other file.
///
/// # Errors
/// As [`super::label_stream::read_layers`]; `shown` names the file.
pub(super) fn read_at_once(
    place: &Place,
    stored: &Stored,
    order: &Order,
    shown: &str,
) -> Result<Option<Vec<RunsByLabel>>, Error> {
    if place.is_gzip { read_gzip(place, stored, order, shown) } else { read_plain(place, stored, order, shown) }
}

/// `None` when the file is any longer or shorter, or in an archive.
fn read_plain(place: &Place, stored: &Stored, order: &Order, shown: &str) -> Result<Option<Vec<RunsByLabel>>, Error> {
    let (source, offset) = (&place.file, place.start.saturating_add(place.skip));
    let needed = voxels_of(order, shown)? * stored.number.bytes();
    let has_its_length = source.length().is_ok_and(|length| length == offset.saturating_add(needed as u64));
    if source.is_packed() || !has_its_length {
        return Ok(None);
    }
    let line_bytes = (order.voxels_of_line() * stored.number.bytes()) as u64;
    in_slabs(stored, order, shown, |lines| {
        let mut slab = source.open_at(offset + lines.start as u64 * line_bytes).map_err(|error| unreadable(shown, &error))?;
        read_lines(&mut slab, lines, stored, order, shown)
    })
    .map(Some)
}

/// `None` when the data are anything but one gzip member: cut off, damaged, followed by something else, or too large to be inflated
/// at once.
fn read_gzip(place: &Place, stored: &Stored, order: &Order, shown: &str) -> Result<Option<Vec<RunsByLabel>>, Error> {
    let skip = usize::try_from(place.skip).unwrap_or(usize::MAX);
    let needed = (voxels_of(order, shown)? * stored.number.bytes()).saturating_add(skip);
    let length = place.file.length().map_or(0, |length| length.saturating_sub(place.start));
    if needed > LARGEST_WHOLE || !(needed / MOST_PACKED..needed + LARGEST_HEAD).contains(&(length as usize)) {
        return Ok(None);
    }
    let file = place.file.read().map_err(|error| unreadable(shown, &error))?;
    let packed = file.get(place.start as usize..).filter(|packed| is_one_member(packed, needed));
    let Some(inflated) = packed.and_then(|packed| Inflated::of(packed, needed)) else { return Ok(None) };
    let line_bytes = order.voxels_of_line() * stored.number.bytes();
    let voxels = &inflated.bytes()[skip..needed];
    let corrupt = |reason: String| Error::Corrupt { file: shown.to_string(), reason };
    let layers = in_slabs(stored, order, shown, |lines| {
        let mut found = Found::nothing(order);
        let bytes = &voxels[lines.start * line_bytes..lines.end * line_bytes];
        found.add_lines(bytes, lines.start, stored, order).map_err(corrupt)?;
        Ok(found)
    });
    inflated.put_back();
    layers.map(Some)
}

/// Reads the lines of a volume in slabs and joins what was found in the order of the file, so that neither result nor error depends
/// on the number of threads. Inside a loop that already uses all threads there is one slab.
fn in_slabs(
    stored: &Stored,
    order: &Order,
    shown: &str,
    read: impl Fn(Range<usize>) -> Result<Found, Error> + Sync,
) -> Result<Vec<RunsByLabel>, Error> {
    let voxels = voxels_of(order, shown)?;
    let lines = voxels / order.voxels_of_line();
    let slabs = if is_alone() && voxels * stored.number.bytes() > SMALL { 4 * rayon::current_num_threads() } else { 1 };
    let of_slab = lines.div_ceil(slabs).max(1);
    let slabs: Vec<Range<usize>> = (0..lines).step_by(of_slab).map(|first| first..(first + of_slab).min(lines)).collect();
    let found: Vec<Result<Found, Error>> =
        if slabs.len() == 1 { slabs.into_iter().map(&read).collect() } else { slabs.into_par_iter().map(&read).collect() };
    let mut all = Found::nothing(order);
    for found in found {
        all.append(found?).map_err(|reason| Error::Corrupt { file: shown.to_string(), reason })?;
    }
    Ok(all.into_layers())
}

/// Whether no loop over files has the threads.
fn is_alone() -> bool {
    rayon::current_thread_index().is_none()
}

/// Whether a gzip file seems to be one member of `length` bytes (RFC 1952): its last four bytes say so, and its magic number comes
/// nowhere again. By chance it may; then the file is only read more slowly.
fn is_one_member(packed: &[u8], length: usize) -> bool {
    const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
    packed.starts_with(&MAGIC)
        && packed.last_chunk().is_some_and(|&size| u32::from_le_bytes(size) as usize == length)
        && !packed[1..].windows(3).any(|bytes| bytes == MAGIC)
}

thread_local! {
    /// The memory of the last volume that this thread inflated. In fresh memory the first touch takes longer than inflating.
    static SPARE: RefCell<Option<Values<u8>>> = const { RefCell::new(None) };
}

/// The inflated bytes of a file.
struct Inflated {
    memory: Values<u8>,
    length: usize,
}

impl Inflated {
    /// `None` when it is not exactly `length` bytes with the right checksum, or there is no memory for them.
    fn of(packed: &[u8], length: usize) -> Option<Self> {
        let spare = SPARE.take().filter(|memory| memory.len() >= length);
        let mut memory = match spare {
            Some(memory) => memory,
            None => touched(length)?,
        };
        let inflated = libdeflater::Decompressor::new().gzip_decompress(packed, &mut memory.as_mut_slice()[..length]);
        (inflated.ok()? == length).then_some(Self { memory, length })
    }

    fn bytes(&self) -> &[u8] {
        &self.memory.as_slice()[..self.length]
    }

    /// Keeps the memory for the next file.
    fn put_back(self) {
        SPARE.set(Some(self.memory));
    }
}

/// Memory that the system has handed out already, which it does faster on several threads.
fn touched(length: usize) -> Option<Values<u8>> {
    let mut memory = Values::zeros([1, 1, length]).ok()?;
    if is_alone() {
        memory.as_mut_slice().par_chunks_mut(1 << 21).for_each(|part| part.iter_mut().step_by(PAGE).for_each(|byte| *byte = 0));
    }
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::super::label_numbers::Number;
    use super::*;
    use crate::volume::Run;
    use std::io::Write;
    use std::path::Path;

    const BYTES: Stored = Stored { number: Number::U8, big_endian: false, slope: 1.0, intercept: 0.0 };
    const ORDER: Order = Order { sizes: [500, 300, 20], layers: 1, before_list: 3 };
    const OFFSET: u64 = 352;

    /// Eight bytes marked in every thirtieth row, from column 100 on.
    fn volume() -> Vec<u8> {
        let mut bytes = vec![0; OFFSET as usize];
        bytes.extend(
            (0..6000).flat_map(|line| (0..500).map(move |column| u8::from(line % 30 == 0 && (100..108).contains(&column)))),
        );
        bytes
    }

    fn expected() -> RunsByLabel {
        let runs = (0..6000).step_by(30).map(|line| Run { slice: line / 300, row: line % 300, start: 100, end: 108 });
        RunsByLabel::from([(1, runs.collect())])
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn written(bytes: &[u8]) -> (tempfile::TempDir, SourceFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mask");
        std::fs::write(&path, bytes).unwrap();
        (folder, SourceFile::named(Path::new("mask"), path))
    }

    fn place(file: SourceFile, is_gzip: bool) -> Place {
        Place { file, is_gzip, start: 0, skip: OFFSET }
    }

    fn gzip_layers(bytes: &[u8]) -> Option<Vec<RunsByLabel>> {
        let (_folder, source) = written(bytes);
        read_at_once(&place(source, true), &BYTES, &ORDER, "mask").unwrap()
    }

    #[test]
    fn slabs_are_the_whole_with_any_number_of_threads() {
        let (_folder, source) = written(&volume());
        let plain = place(source, false);
        assert_eq!(read_at_once(&plain, &BYTES, &ORDER, "mask").unwrap(), Some(vec![expected()]));
        assert_eq!(gzip_layers(&gzip(&volume())), Some(vec![expected()]));
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                assert_eq!(read_at_once(&plain, &BYTES, &ORDER, "mask").unwrap(), Some(vec![expected()]));
                // Twice, because the second uses the memory of the first.
                assert_eq!(gzip_layers(&gzip(&volume())), Some(vec![expected()]));
                assert_eq!(gzip_layers(&gzip(&volume())), Some(vec![expected()]));
            });
        }
    }

    #[test]
    fn what_is_odd_is_left_to_the_stream() {
        let (_folder, short) = written(&volume()[1..]);
        assert_eq!(read_at_once(&place(short, false), &BYTES, &ORDER, "mask").unwrap(), None);
        let whole = gzip(&volume());
        let mut damaged = whole.clone();
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        for odd in [&damaged, &whole[..whole.len() - 1], &[&whole[..], &[0; 10]].concat(), &[&whole[..], &whole].concat()] {
            assert_eq!(gzip_layers(odd), None);
        }
        assert_eq!(gzip_layers(&gzip(&volume()[1..])), None);
        assert_eq!(gzip_layers(&gzip(&[&volume()[..], &[0]].concat())), None);
    }

    #[test]
    fn the_first_error_of_the_file_is_told() {
        let mut bytes = Vec::new();
        bytes.extend((0..3_000_000).flat_map(|voxel: u32| {
            let wrong = voxel == 700_000 || voxel == 2_900_000;
            (if wrong { voxel as f32 + 0.25 } else { 0.0 }).to_le_bytes()
        }));
        let (_folder, source) = written(&bytes);
        let place = Place { skip: 0, ..place(source, false) };
        let stored = Stored { number: Number::F32, ..BYTES };
        for _ in 0..5 {
            let error = read_at_once(&place, &stored, &ORDER, "mask").unwrap_err();
            assert!(error.to_string().contains("700000.25"), "{error}");
        }
    }

    #[test]
    fn a_compressed_volume_may_begin_inside_a_file() {
        let head = b"NRRD0004\n\n";
        let (_folder, source) = written(&[&head[..], &gzip(&volume())].concat());
        let place = Place { start: head.len() as u64, ..place(source, true) };
        assert_eq!(read_at_once(&place, &BYTES, &ORDER, "mask").unwrap(), Some(vec![expected()]));
    }
}
