//! JPEG lossless (ITU-T T.81 annex H, process 14): Huffman-coded differences from a prediction.
//!
//! Decoded here because every difference has to be accounted for: changed or missing bytes make other decoders return wrong
//! pixels without a word. Exactly one difference per sample must be coded, every sample must fit its precision, and nothing but
//! padding may follow. The decoder behind the DICOM crates also errs on restart intervals and point transforms.

use super::huffman::{BitReader, HuffmanTable, pieces};
use super::jpeg_header::{JpegStream, marker};
use super::{CodecError, CompressedFrame, native, sign_is_certain};

const FORMAT: &str = "JPEG lossless";

pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let stream = JpegStream::read(frame, FORMAT)?;
    let wrong = |what: String| Err(CodecError::Corrupt(what));
    if stream.process != marker::SOF3 {
        return wrong(format!("the transfer syntax says {FORMAT}, the stream has marker FF{:02X}", stream.process));
    }
    let point_transform = u32::from(stream.approximation & 0x0F);
    if !(1..=7).contains(&stream.start) || point_transform >= stream.precision {
        return wrong(format!("the {FORMAT} stream has predictor {} and point transform {point_transform}", stream.start));
    }
    let Some(table) = &stream.difference_table else {
        return wrong(format!("the {FORMAT} scan names a Huffman table that is not there"));
    };
    let (columns, rows) = (usize::from(frame.columns), usize::from(frame.rows));
    if stream.restart_interval % columns != 0 {
        let interval = stream.restart_interval;
        return wrong(format!("the {FORMAT} restart interval is {interval}, no whole number of rows of {columns} samples"));
    }
    let rows_per_piece = match stream.restart_interval / columns {
        0 => rows,
        own => own,
    };
    let pieces = pieces(FORMAT, stream.entropy, rows.div_ceil(rows_per_piece))?;
    // A code has one bit at least.
    let bits = 8 * pieces.iter().map(Vec::len).sum::<usize>();
    if bits < frame.samples() {
        return wrong(format!("the {FORMAT} scan has {bits} bits for {} samples", frame.samples()));
    }
    let mut samples = vec![0u16; frame.samples()];
    for (number, (piece, own)) in pieces.iter().zip(samples.chunks_mut(rows_per_piece * columns)).enumerate() {
        let prediction = Prediction { predictor: stream.start, bits: stream.precision - point_transform };
        let found = prediction.undo(BitReader::new(piece), table, own, columns);
        found.map_err(|place| {
            let place = number * rows_per_piece * columns + place;
            match place < frame.samples() {
                true => {
                    CodecError::Corrupt(format!("the {FORMAT} data are damaged at sample {} of {}", place + 1, frame.samples()))
                }
                false => CodecError::Corrupt(format!("the {FORMAT} data go on after sample {place} of {}", frame.samples())),
            }
        })?;
    }
    samples.iter_mut().for_each(|sample| *sample <<= point_transform);
    let native = native(frame, &samples);
    sign_is_certain(frame, stream.precision, false, &native)?;
    Ok(native)
}

/// How a sample is predicted.
#[derive(Clone, Copy)]
struct Prediction {
    /// Selection value, 1 to 7.
    predictor: u8,
    /// Bits of the samples as they are coded.
    bits: u32,
}

impl Prediction {
    /// Fills the rows of one restart interval. An error is the sample where the data break, or the number of samples if something
    /// follows the last one.
    fn undo(self, mut reader: BitReader<'_>, table: &HuffmanTable, samples: &mut [u16], columns: usize) -> Result<(), usize> {
        let nothing = vec![0; columns];
        let mut above: &[u16] = &nothing;
        for (number, row) in samples.chunks_mut(columns).enumerate() {
            // The first row of an interval has only the sample to the left, and half of the range before its first one.
            let (predictor, start) = match number {
                0 => (1, 1 << (self.bits - 1)),
                _ => (self.predictor, above[0].into()),
            };
            let mut fill = Fill { reader: &mut reader, table, row, above, start, bits: self.bits };
            // One loop for every predictor: the choice is not made again for every sample.
            let filled = match predictor {
                1 => fill.by(|left, _, _| left),
                2 => fill.by(|_, up, _| up),
                3 => fill.by(|_, _, corner| corner),
                4 => fill.by(|left, up, corner| left + up - corner),
                5 => fill.by(|left, up, corner| left + ((up - corner) >> 1)),
                6 => fill.by(|left, up, corner| up + ((left - corner) >> 1)),
                _ => fill.by(|left, up, _| (left + up) >> 1),
            };
            filled.map_err(|place| number * columns + place)?;
            above = row;
        }
        if reader.is_at_end() { Ok(()) } else { Err(samples.len()) }
    }
}

/// One row and what it is filled from.
struct Fill<'r, 'a> {
    reader: &'r mut BitReader<'a>,
    table: &'r HuffmanTable,
    row: &'r mut [u16],
    above: &'r [u16],
    /// Prediction of the first sample.
    start: i32,
    bits: u32,
}

impl Fill<'_, '_> {
    /// `predict` takes the samples to the left, above, and above to the left. An error is the place in the row.
    #[inline(always)]
    fn by(&mut self, predict: impl Fn(i32, i32, i32) -> i32) -> Result<(), usize> {
        let mut predicted = self.start;
        for place in 0..self.row.len() {
            let difference = difference(self.reader, self.table).ok_or(place)?;
            // Modulo 2^16 (H.1.2.1), so that a large difference may go either way round.
            let sample = (predicted + difference) & 0xFFFF;
            if sample >> self.bits != 0 {
                return Err(place);
            }
            self.row[place] = sample as u16;
            if let Some(&up) = self.above.get(place + 1) {
                predicted = predict(sample, up.into(), self.above[place].into());
            }
        }
        Ok(())
    }
}

/// One coded difference; category 16 is one value and no bits (table H.2).
#[inline(always)]
fn difference(reader: &mut BitReader<'_>, table: &HuffmanTable) -> Option<i32> {
    match reader.coded(table, |category| if category < 16 { category } else { 0 })? {
        (16, _) => Some(1 << 15),
        (category, difference) => (category < 16).then_some(difference),
    }
}
