//! JPEG baseline and extended (ITU-T T.81 annex F): lossy, blocks of 8 x 8 coefficients.
//!
//! The decoder behind the DICOM crates fills cut data with grey, so all coefficients are counted before it runs.

use super::huffman::{BitReader, HuffmanTable, pieces};
use super::jpeg_header::{JpegStream, marker};
use super::{CodecError, CompressedFrame, native, registry, sign_is_certain};

const FORMAT: &str = "JPEG";

pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let stream = JpegStream::read(frame, FORMAT)?;
    let wrong = |what: String| Err(CodecError::Corrupt(what));
    if !matches!(stream.process, marker::SOF0 | marker::SOF1) {
        return wrong(format!(
            "the transfer syntax says baseline or extended JPEG, the stream has marker FF{:02X}",
            stream.process
        ));
    }
    if stream.precision != 8 {
        return Err(CodecError::Unsupported(format!("lossy JPEG with {} bits per sample; 8 bits are read", stream.precision)));
    }
    if (stream.start, stream.end, stream.approximation) != (0, 63, 0) {
        return wrong(format!("the {FORMAT} scan has the coefficients {} to {}, 0 to 63 are right", stream.start, stream.end));
    }
    let (Some(first), Some(others)) = (&stream.difference_table, &stream.coefficient_table) else {
        return wrong(format!("the {FORMAT} scan names a Huffman table that is not there"));
    };
    let blocks = usize::from(frame.columns).div_ceil(8) * usize::from(frame.rows).div_ceil(8);
    let blocks_per_piece = match stream.restart_interval {
        0 => blocks,
        interval => interval,
    };
    for (number, piece) in pieces(FORMAT, stream.entropy, blocks.div_ceil(blocks_per_piece))?.iter().enumerate() {
        let start = number * blocks_per_piece;
        let mut reader = BitReader::new(piece);
        for block in start..blocks.min(start + blocks_per_piece) {
            if pass_block(&mut reader, first, others).is_none() {
                return wrong(format!("the {FORMAT} data are damaged at block {} of {blocks}", block + 1));
            }
        }
        if !reader.is_at_end() {
            return wrong(format!("the {FORMAT} data go on after block {} of {blocks}", blocks.min(start + blocks_per_piece)));
        }
    }
    let bytes = registry::decode(frame, 8)?;
    let samples: Vec<u16> = bytes.into_iter().map(u16::from).collect();
    let native = native(frame, &samples);
    sign_is_certain(frame, stream.precision, false, &native)?;
    Ok(native)
}

/// Passes the 64 coefficients of a block (F.2.2); `None` if they are not there.
fn pass_block(reader: &mut BitReader<'_>, first: &HuffmanTable, others: &HuffmanTable) -> Option<()> {
    reader.coded(first, |category| category.min(15)).filter(|&(category, _)| category <= 11)?;
    let mut place = 1;
    while place < 64 {
        // The upper half: zeros before the coefficient. The lower half: its category.
        let (symbol, _) = reader.coded(others, |symbol| symbol & 0x0F)?;
        match (symbol >> 4, symbol & 0x0F) {
            (0, 0) => return Some(()),
            (15, 0) => place += 16,
            (_, 0) => return None,
            (zeros, _) => place += usize::from(zeros) + 1,
        }
    }
    (place == 64).then_some(())
}
