//! JPEG XL (ISO/IEC 18181). Not through the DICOM crates, which scale samples of 9 to 15 bits up to 16.

use super::{CodecError, CompressedFrame, StreamShape, native, sign_is_certain};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{AllocTracker, JxlImage};

const FORMAT: &str = "JPEG XL";

/// What the decoder may take for a sample, for its tables, and in all.
const BYTES_PER_SAMPLE: usize = 64;
const BYTES_FOR_TABLES: usize = 16 << 20;
const MOST_BYTES: usize = 4 << 30;

pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let damaged = |error: Box<dyn std::error::Error + Send + Sync>| CodecError::Corrupt(format!("{FORMAT}: {error}"));
    let memory = AllocTracker::with_limit((BYTES_PER_SAMPLE * frame.samples() + BYTES_FOR_TABLES).min(MOST_BYTES));
    let image = JxlImage::builder().alloc_tracker(memory).read(frame.bytes).map_err(damaged)?;
    let header = image.image_header();
    let precision = header.metadata.bit_depth.bits_per_sample();
    let colours: usize = if image.pixel_format().is_grayscale() { 1 } else { 3 };
    let shape = StreamShape {
        format: FORMAT,
        columns: header.size.width,
        rows: header.size.height,
        components: (colours + header.metadata.ec_info.len()) as u32,
        precision,
    };
    shape.agrees_with(frame)?;
    if !matches!(header.metadata.bit_depth, BitDepth::IntegerSample { bits_per_sample: 1..=16 })
        || header.metadata.orientation != 1
    {
        return Err(CodecError::Unsupported(format!(
            "{FORMAT} with {:?} and orientation {}; whole numbers of up to 16 bits and orientation 1 are read",
            header.metadata.bit_depth, header.metadata.orientation
        )));
    }
    if !image.is_loading_done() {
        return Err(CodecError::Corrupt(format!("the {FORMAT} stream breaks off")));
    }
    if image.num_loaded_keyframes() != 1 {
        return Err(CodecError::Corrupt(format!("the {FORMAT} stream has {} images, 1 is right", image.num_loaded_keyframes())));
    }
    let rendered = image.render_frame(0).map_err(damaged)?.image_all_channels();
    // The decoder gives parts of the full range.
    let full = f32::from(u16::MAX >> (16 - precision));
    let samples: Vec<u16> = rendered.buf().iter().map(|part| (part * full).round() as u16).collect();
    let native = native(frame, &samples);
    sign_is_certain(frame, precision, false, &native)?;
    Ok(native)
}
