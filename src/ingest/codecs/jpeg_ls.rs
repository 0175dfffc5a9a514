//! JPEG-LS, lossless and near-lossless (ITU-T T.87), of one component.
//!
//! The decoder trusts a few fields of the header, which are therefore checked here first.

use super::jpeg_header::{JpegStream, ends_here, marker};
use super::{CodecError, CompressedFrame, native, sign_is_certain};
use dicom::dictionary_std::uids;

const FORMAT: &str = "JPEG-LS";

/// Largest RESET that is read. The standard allows more; sums of the decoder could then overflow, and writers use 64.
const MOST_RESET: u16 = 255;

pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let stream = JpegStream::read(frame, FORMAT)?;
    let wrong = |what: String| Err(CodecError::Corrupt(what));
    let unread = |what: String| Err(CodecError::Unsupported(what));
    if stream.process != marker::SOF55 {
        return wrong(format!("the transfer syntax says {FORMAT}, the stream has marker FF{:02X}", stream.process));
    }
    let (near, interleave, point_transform) = (stream.start, stream.end, stream.approximation);
    if near > 0 && frame.transfer_syntax == uids::JPEGLS_LOSSLESS {
        return wrong(format!("the transfer syntax says lossless, the {FORMAT} stream allows errors of {near}"));
    }
    if interleave != 0 || point_transform != 0 {
        return unread(format!(
            "{FORMAT} with interleave mode {interleave} and point transform {point_transform}; 0 and 0 are read"
        ));
    }
    if stream.restart_interval != 0 {
        return unread(format!("{FORMAT} with restart intervals"));
    }
    if let Some([.., reset]) = stream.presets
        && !(3..=MOST_RESET).contains(&reset)
    {
        return unread(format!("{FORMAT} with a RESET of {reset}; 3 to {MOST_RESET} is read"));
    }
    // A byte after 0xFF is below 0x80 in a scan.
    let end = stream.entropy.windows(2).position(|pair| pair[0] == 0xFF && pair[1] >= 0x80);
    let Some((&[0xFF, marker::EOI], after)) = end.and_then(|end| stream.entropy[end..].split_first_chunk()) else {
        return wrong(format!("the {FORMAT} scan does not run up to an end marker"));
    };
    ends_here(FORMAT, after)?;
    let (samples, ..) = jpegls::decode(frame.bytes, frame.columns.into(), frame.rows.into())
        .map_err(|error| CodecError::Corrupt(format!("{FORMAT}: {error}")))?;
    let native = native(frame, &samples);
    sign_is_certain(frame, stream.precision, false, &native)?;
    Ok(native)
}
