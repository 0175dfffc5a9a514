//! Label volumes read row by row as runs: memory grows with what is marked, not with the sizes that a header promises, and a
//! compressed file that inflates without end is read only as far as its sizes need.

use super::Error;
use super::gzip::Fault;
use super::label_grid::RunsByLabel;
use super::label_numbers::{Found, Order, Stored};
use crate::problem::Problem;
use std::io::{ErrorKind, Read, Result as IoResult};
use std::ops::Range;

/// Bytes read at a time, rows permitting: they stay in the cache of the processor that inflated them until they are runs. On two
/// threads, one inflating and one looking for runs, it takes longer.
const CHUNK: usize = 1 << 18;

/// Reads the voxels of every layer as runs on the stored axes: columns along the fastest spatial axis, then rows, then slices.
///
/// # Errors
/// Fewer voxels than `order` promises, values that are no labels, more labels or runs than any mask has.
pub(super) fn read_layers(stream: &mut dyn Read, stored: &Stored, order: &Order, shown: &str) -> Result<Vec<RunsByLabel>, Error> {
    let lines = voxels_of(order, shown)? / order.voxels_of_line();
    Ok(Lines { stored, order, shown }.read(stream, 0..lines)?.into_layers())
}

/// Number of voxels.
///
/// # Errors
/// More than are read.
fn voxels_of(order: &Order, shown: &str) -> Result<usize, Error> {
    let [columns, rows, slices] = order.sizes;
    order.voxels().ok_or_else(|| {
        let what = format!("a mask of {columns} x {rows} x {slices} voxels in {} layers", order.layers);
        Error::Unsupported { file: shown.to_string(), what }
    })
}

/// Lines of voxels as a file stores them.
pub(super) struct Lines<'a> {
    pub stored: &'a Stored,
    pub order: &'a Order,
    pub shown: &'a str,
}

impl Lines<'_> {
    /// Reads some lines from a stream that begins with the first of them.
    ///
    /// # Errors
    /// As [`read_layers`].
    pub fn read(&self, stream: &mut dyn Read, lines: Range<usize>) -> Result<Found, Error> {
        let mut found = Found::nothing(self.order);
        let mut buffer = Vec::new();
        for piece in self.pieces(lines) {
            self.fill(stream, &piece, &mut buffer).map_err(|error| unreadable(self.shown, &error))?;
            self.add(&mut found, &buffer, &piece)?;
        }
        Ok(found)
    }

    /// Lines to be read at a time.
    fn pieces(&self, lines: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        let at_once = (CHUNK / self.line_bytes()).max(1);
        lines.clone().step_by(at_once).map(move |first| first..(first + at_once).min(lines.end))
    }

    /// Bytes of a line.
    pub fn line_bytes(&self) -> usize {
        self.order.voxels_of_line() * self.stored.number.bytes()
    }

    /// Fills the buffer with the bytes of some lines, or with those that are left.
    fn fill(&self, stream: &mut dyn Read, piece: &Range<usize>, buffer: &mut Vec<u8>) -> IoResult<()> {
        let wanted = piece.len() * self.line_bytes();
        let mut filled = 0;
        while filled < wanted {
            // A row longer than a piece is believed only as far as its bytes come.
            if buffer.len() == filled {
                buffer.resize(wanted.min(filled + CHUNK), 0);
            }
            let end = buffer.len().min(wanted);
            match stream.read(&mut buffer[filled..end]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        buffer.truncate(filled);
        Ok(())
    }

    /// Adds the runs of some lines.
    ///
    /// # Errors
    /// They are not all there, or not those of a mask.
    fn add(&self, found: &mut Found, bytes: &[u8], piece: &Range<usize>) -> Result<(), Error> {
        let corrupt = |reason: String| Error::Corrupt { file: self.shown.to_string(), reason };
        if bytes.len() < piece.len() * self.line_bytes() {
            let there = piece.start * self.order.voxels_of_line() + bytes.len() / self.stored.number.bytes();
            let promised = voxels_of(self.order, self.shown)?;
            return Err(corrupt(format!("the header promises {promised} voxels, {there} are there")));
        }
        found.add_lines(bytes, piece.start, self.stored, self.order).map_err(corrupt)
    }
}

/// What reading or decoding says of a file.
pub(super) fn unreadable(shown: &str, error: &std::io::Error) -> Error {
    let file = shown.to_string();
    match error.kind() {
        ErrorKind::UnexpectedEof => Error::Corrupt { file, reason: "its compressed data are cut off".to_string() },
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Error::Corrupt { file, reason: error.to_string() },
        _ => Error::Unreadable { file, reason: error.to_string() },
    }
}

/// Reads on behind the last voxel, where compressed data have their checksum: a decoder compares only when it gets there. What
/// else follows is ignored and said.
///
/// # Errors
/// The data are not those that were compressed, or end before their checksum.
pub(super) fn read_end(stream: &mut dyn Read, shown: &str) -> Result<Option<Problem>, Error> {
    let extra = match std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink()) {
        Ok(bytes) => bytes > 0,
        Err(error) if Fault::of(&error) == Some(Fault::NotGzip) => true,
        Err(error) => return Err(unreadable(shown, &error)),
    };
    Ok(extra.then(|| {
        Problem::warning(
            "excess-data",
            "more data follow the last voxel that the header promises; they were ignored",
            "Check that the sizes in its header are right",
        )
        .in_file(shown)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::gzip::GzipReader;
    use crate::ingest::label_numbers::Number;
    use crate::volume::Run;

    const BYTES: Stored = Stored { number: Number::U8, big_endian: false, slope: 1.0, intercept: 0.0 };

    fn read(stored: Stored, order: Order, mut bytes: &[u8]) -> Result<Vec<RunsByLabel>, Error> {
        read_layers(&mut bytes, &stored, &order, "m.nii")
    }

    fn one_row(stored: Stored, columns: usize, bytes: &[u8]) -> Result<RunsByLabel, Error> {
        read(stored, Order { sizes: [columns, 1, 1], layers: 1, before_list: 0 }, bytes).map(|mut layers| layers.remove(0))
    }

    #[test]
    fn every_number_in_both_byte_orders() {
        let expected = RunsByLabel::from([(3, vec![Run { slice: 0, row: 0, start: 1, end: 2 }])]);
        macro_rules! check {
            ($($number:ident $kind:ty),*) => {$(
                let numbers: [$kind; 3] = [0 as $kind, 3 as $kind, 0 as $kind];
                let stored = |big_endian| Stored { number: Number::$number, big_endian, ..BYTES };
                let little: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
                let big: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
                assert_eq!(one_row(stored(false), 3, &little).unwrap(), expected, "{}", stringify!($number));
                assert_eq!(one_row(stored(true), 3, &big).unwrap(), expected, "{}", stringify!($number));
            )*};
        }
        check!(U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32, U64 u64, I64 i64, F32 f32, F64 f64);
    }

    #[test]
    fn the_list_axis_may_stand_anywhere() {
        // Two layers of 2 x 1 x 2 voxels: the first marks (1, 0, 0), the second (0, 0, 1).
        let layers =
            |before_list, bytes: [u8; 8]| read(BYTES, Order { sizes: [2, 1, 2], layers: 2, before_list }, &bytes).unwrap();
        let run = |slice, start| vec![Run { slice, row: 0, start, end: start + 1 }];
        let expected = [RunsByLabel::from([(7, run(0, 1))]), RunsByLabel::from([(9, run(1, 0))])];
        assert_eq!(layers(0, [0, 0, 7, 0, 0, 9, 0, 0]), expected);
        assert_eq!(layers(1, [0, 7, 0, 0, 0, 0, 9, 0]), expected);
        assert_eq!(layers(2, [0, 7, 0, 0, 0, 0, 9, 0]), expected);
        assert_eq!(layers(3, [0, 7, 0, 0, 0, 0, 9, 0]), expected);
    }

    #[test]
    fn a_promise_that_is_not_kept_takes_no_memory() {
        let order = Order { sizes: [1 << 20, 1 << 12, 1], layers: 1, before_list: 0 };
        let error = read(BYTES, order, &[1, 2, 3]).unwrap_err();
        assert!(error.to_string().contains("promises 4294967296 voxels, 3 are there"), "{error}");
        let order = Order { sizes: [1 << 20; 3], layers: 1 << 20, before_list: 0 };
        assert!(matches!(read(BYTES, order, &[1, 2, 3]), Err(Error::Unsupported { .. })));
    }

    #[test]
    fn an_image_is_no_mask() {
        let stored = Stored { number: Number::U32, ..BYTES };
        let bytes: Vec<u8> = (1..=70_000u32).flat_map(u32::to_le_bytes).collect();
        assert!(matches!(one_row(stored, 70_000, &bytes), Err(Error::Corrupt { .. })));
    }

    #[test]
    fn a_wrong_checksum_is_noticed_and_padding_is_said() {
        let read_all = |bytes: &[u8]| {
            let mut stream = GzipReader::new(bytes);
            let mut data = [0; 5];
            stream.read_exact(&mut data).unwrap();
            read_end(&mut stream, "m.nii.gz")
        };
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &[1, 2, 3, 4, 5]).unwrap();
        let mut bytes = encoder.finish().unwrap();
        assert_eq!(read_all(&bytes).unwrap(), None);
        assert!(read_all(&[&bytes[..], &[0; 100]].concat()).unwrap().is_some());
        assert!(read_all(&[&bytes[..], &[0]].concat()).unwrap().is_some());
        assert!(matches!(read_all(&bytes[..bytes.len() - 2]), Err(Error::Corrupt { .. })));
        // The checksum is the first half of the last eight bytes (RFC 1952).
        let place = bytes.len() - 8;
        bytes[place] ^= 1;
        assert!(matches!(read_all(&bytes), Err(Error::Corrupt { .. })));
    }
}
