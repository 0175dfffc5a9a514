//! Frames that hold native bytes: as they are, or deflated. One-bit samples are packed, the first in the lowest bit; every frame
//! starts with a byte of its own (PS3.5 A.4.11, A.4.13).

use super::{CodecError, CompressedFrame};
use flate2::{Decompress, FlushDecompress, Status};

/// Largest ratio that deflate reaches (RFC 1951: 258 bytes for 2 bits).
const DEFLATE_RATIO: usize = 1032;

/// Encapsulated Uncompressed.
pub(super) fn uncompressed(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    samples_of(frame, frame.bytes)
}

/// Deflated Image Frame Compression: RFC 1951 without the wrapper of zlib.
pub(super) fn deflated(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let needed = native_bytes(frame);
    if frame.bytes.len().saturating_mul(DEFLATE_RATIO) < needed {
        return Err(CodecError::Corrupt(format!(
            "{} deflated bytes cannot hold the {needed} bytes of the frame",
            frame.bytes.len()
        )));
    }
    // One byte to pad the frame to an even length, and one to see that there is more.
    let mut inflated = vec![0; needed + 2];
    let mut inflate = Decompress::new(false);
    let status = inflate.decompress(frame.bytes, &mut inflated, FlushDecompress::Finish);
    let length = (inflate.total_out() as usize).min(inflated.len());
    match status {
        Ok(Status::StreamEnd) => samples_of(frame, &inflated[..length]),
        Ok(_) if length == inflated.len() => {
            Err(CodecError::Corrupt(format!("the deflated data hold more than the {needed} bytes of the frame")))
        }
        Ok(_) => Err(CodecError::Corrupt(format!("the deflated data break off after {length} of {needed} bytes"))),
        Err(_) => Err(CodecError::Corrupt(format!("the deflated data are damaged after {length} of {needed} bytes"))),
    }
}

/// Bytes of the frame as native pixel data.
fn native_bytes(frame: &CompressedFrame<'_>) -> usize {
    match frame.bits_allocated {
        1 => frame.samples().div_ceil(8),
        _ => frame.samples() * frame.sample_bytes(),
    }
}

/// The samples of native bytes, which may be padded to an even length.
fn samples_of(frame: &CompressedFrame<'_>, bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let needed = native_bytes(frame);
    if bytes.len() != needed && bytes.len() != needed.next_multiple_of(2) {
        return Err(CodecError::Corrupt(format!("the frame holds {} bytes, {needed} are needed", bytes.len())));
    }
    Ok(match frame.bits_allocated {
        1 => (0..frame.samples()).map(|bit| bytes[bit / 8] >> (bit % 8) & 1).collect(),
        _ => bytes[..needed].to_vec(),
    })
}
