//! Label volumes read row by row as runs: memory grows with what is marked, not with the sizes that a header promises, and a
//! compressed file that inflates without end is read only as far as its sizes need.

use super::Error;
use super::label_grid::{MOST_RUNS, RunsByLabel};
use crate::problem::Problem;
use crate::volume::{Run, row_runs};
use std::io::{ErrorKind, Read};

/// As many voxels are read (2048 x 2048 x 2048); with more a small file could keep the program busy for hours.
const MOST_VOXELS: usize = 1 << 33;

/// More labels than this are values of an image, not labels of a mask.
const MOST_LABELS: usize = 65_535;

/// Bytes read at a time, rows permitting.
const CHUNK: usize = 1 << 18;

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

/// How label values are stored: `label = slope * number + intercept`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stored {
    pub number: Number,
    pub big_endian: bool,
    pub slope: f64,
    pub intercept: f64,
}

/// The order of the voxels in a file: `sizes` of the spatial axes, fastest first, and a list axis of `layers`, which comes after
/// `before_list` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub sizes: [usize; 3],
    pub layers: usize,
    pub before_list: usize,
}

impl Number {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl Stored {
    fn is_unscaled(&self) -> bool {
        self.slope == 1.0 && self.intercept == 0.0
    }

    /// The labels of some numbers.
    ///
    /// # Errors
    /// The first number that is no label.
    fn labels(&self, bytes: &[u8], labels: &mut Vec<u32>) -> Result<(), f64> {
        labels.clear();
        match self.number {
            Number::U8 => self.each(bytes, labels, |[byte]| f64::from(byte)),
            Number::I8 => self.each(bytes, labels, |bytes| f64::from(i8::from_le_bytes(bytes))),
            Number::U16 => self.each(bytes, labels, |bytes| f64::from(u16::from_le_bytes(bytes))),
            Number::I16 => self.each(bytes, labels, |bytes| f64::from(i16::from_le_bytes(bytes))),
            Number::U32 => self.each(bytes, labels, |bytes| f64::from(u32::from_le_bytes(bytes))),
            Number::I32 => self.each(bytes, labels, |bytes| f64::from(i32::from_le_bytes(bytes))),
            Number::U64 => self.each(bytes, labels, |bytes| u64::from_le_bytes(bytes) as f64),
            Number::I64 => self.each(bytes, labels, |bytes| i64::from_le_bytes(bytes) as f64),
            Number::F32 => self.each(bytes, labels, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Number::F64 => self.each(bytes, labels, f64::from_le_bytes),
        }
    }

    fn each<const N: usize>(&self, bytes: &[u8], labels: &mut Vec<u32>, number: impl Fn([u8; N]) -> f64) -> Result<(), f64> {
        for &(mut one) in bytes.as_chunks::<N>().0 {
            if self.big_endian {
                one.reverse();
            }
            labels.push(label_of(number(one) * self.slope + self.intercept)?);
        }
        Ok(())
    }
}

/// The value as a label: a whole number of 0 or more, within 1e-3 (the noise of converters).
///
/// # Errors
/// The value, when it is none.
fn label_of(value: f64) -> Result<u32, f64> {
    // The cast cuts off and saturates; what it changes by more than the noise is no label, and NaN compares with nothing.
    let nearest = (value + 0.5) as u32;
    if (value - f64::from(nearest)).abs() <= 1e-3 { Ok(nearest) } else { Err(value) }
}

/// Reads the voxels of every layer as runs on the stored axes: columns along the fastest spatial axis, then rows, then slices.
///
/// # Errors
/// Fewer voxels than `order` promises, values that are no labels, more labels or runs than any mask has.
pub(super) fn read_layers(stream: &mut dyn Read, stored: &Stored, order: &Order, shown: &str) -> Result<Vec<RunsByLabel>, Error> {
    let corrupt = |reason: String| Error::Corrupt { file: shown.to_string(), reason };
    let [columns, rows, slices] = order.sizes;
    let voxels = [columns, rows, slices, order.layers].into_iter().try_fold(1usize, |product, size| product.checked_mul(size));
    let voxels = voxels.filter(|&voxels| voxels <= MOST_VOXELS).ok_or_else(|| {
        let what = format!("a mask of {columns} x {rows} x {slices} voxels in {} layers", order.layers);
        Error::Unsupported { file: shown.to_string(), what }
    })?;
    let layers_in_row = if order.before_list == 0 { order.layers } else { 1 };
    let row_bytes = columns * layers_in_row * stored.number.bytes();
    let lines = voxels / (columns * layers_in_row);
    let mut found = Found { layers: vec![RunsByLabel::new(); order.layers], labels: 0, runs: 0 };
    let (mut buffer, mut one_layer, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    let mut line = 0;
    while line < lines {
        let wanted = (CHUNK / row_bytes).clamp(1, lines - line);
        buffer.clear();
        stream.take((wanted * row_bytes) as u64).read_to_end(&mut buffer).map_err(|error| unreadable(shown, &error))?;
        if buffer.len() < wanted * row_bytes {
            let there = line * columns * layers_in_row + buffer.len() / stored.number.bytes();
            return Err(corrupt(format!("the header promises {voxels} voxels, {there} are there")));
        }
        for bytes in buffer.chunks_exact(row_bytes) {
            let (row, slice, layer) = order.place(line);
            line += 1;
            // Most rows hold nothing, whatever their numbers are stored as.
            if stored.is_unscaled() && bytes.iter().fold(0, |all, byte| all | byte) == 0 {
                continue;
            }
            for interleaved in 0..layers_in_row {
                let bytes = if layers_in_row == 1 {
                    bytes
                } else {
                    one_layer.clear();
                    let of_layer = bytes.chunks_exact(stored.number.bytes()).skip(interleaved).step_by(layers_in_row);
                    one_layer.extend(of_layer.flatten());
                    &one_layer
                };
                let into = layer + interleaved;
                if stored.number == Number::U8 && stored.is_unscaled() {
                    row_runs(bytes, 0, slice, row, &mut |label: u8, run| found.push(into, label.into(), run));
                    continue;
                }
                stored.labels(bytes, &mut labels).map_err(|value| corrupt(not_a_label(value)))?;
                row_runs(&labels, 0, slice, row, &mut |label, run| found.push(into, label, run));
            }
        }
        found.still_a_mask().map_err(corrupt)?;
    }
    Ok(found.layers)
}

impl Order {
    /// Row, slice and layer of a line of voxels, counted in the order of the file.
    fn place(&self, line: usize) -> (u32, u32, usize) {
        let [_, rows, _] = self.sizes;
        let (row, slice, layer) = match self.before_list {
            0 => (line % rows, line / rows, 0),
            1 => (line / self.layers % rows, line / self.layers / rows, line % self.layers),
            2 => (line % rows, line / rows / self.layers, line / rows % self.layers),
            _ => (line % rows, line / rows % self.sizes[2], line / rows / self.sizes[2]),
        };
        (row as u32, slice as u32, layer)
    }
}

/// What was found so far.
struct Found {
    layers: Vec<RunsByLabel>,
    labels: usize,
    runs: usize,
}

impl Found {
    fn push(&mut self, layer: usize, label: u32, run: Run) {
        let own = self.layers[layer].entry(label).or_default();
        self.labels += usize::from(own.is_empty());
        self.runs += 1;
        own.push(run);
    }

    fn still_a_mask(&self) -> Result<(), String> {
        if self.labels > MOST_LABELS {
            return Err(format!("it holds more than {MOST_LABELS} different values: an image, not a mask"));
        }
        if self.runs > MOST_RUNS {
            return Err(format!("what it marks is scattered over more than {MOST_RUNS} places: noise, not a mask"));
        }
        Ok(())
    }
}

fn not_a_label(value: f64) -> String {
    format!("the voxel value {value} is no label: labels are whole numbers of 0 or more (a soft mask needs a threshold first)")
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
        // What follows a gzip stream is no other one.
        Err(error) if error.to_string().contains("invalid gzip header") => true,
        Err(error) if error.to_string().contains("checksum") => {
            return Err(Error::Corrupt { file: shown.to_string(), reason: "its checksum does not fit its data".to_string() });
        }
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
    fn labels_are_whole_numbers() {
        for (value, label) in [(0.0, 0), (0.999_999_9, 1), (-0.000_5, 0), (4_294_967_295.0, u32::MAX)] {
            assert_eq!(label_of(value), Ok(label));
        }
        for wrong in [0.5, -1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(label_of(wrong).is_err(), "{wrong}");
        }
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
            let mut stream = flate2::read::MultiGzDecoder::new(bytes);
            let mut data = [0; 5];
            stream.read_exact(&mut data).unwrap();
            read_end(&mut stream, "m.nii.gz")
        };
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &[1, 2, 3, 4, 5]).unwrap();
        let mut bytes = encoder.finish().unwrap();
        assert_eq!(read_all(&bytes).unwrap(), None);
        assert!(read_all(&[&bytes[..], &[0; 100]].concat()).unwrap().is_some());
        assert!(matches!(read_all(&bytes[..bytes.len() - 2]), Err(Error::Corrupt { .. })));
        // The checksum is the first half of the last eight bytes (RFC 1952).
        let place = bytes.len() - 8;
        bytes[place] ^= 1;
        assert!(matches!(read_all(&bytes), Err(Error::Corrupt { .. })));
    }
}
