//! One compressed frame to native samples, or a refusal. Never a guess.
//!
//! A frame says twice what it is: in the DICOM attributes and in the stream itself. The stream's own header is read first; where
//! the two differ the frame is refused, and until they agree nothing of the frame's size is allocated.
//!
//! Cut data are always found. Changed bytes need not be: no format here has a checksum. Whatever leaves a contradiction is found,
//! which is most of it in JPEG-LS and JPEG lossless, less in JPEG 2000, and next to nothing in RLE.
//!
//! Reading order: this file names the transfer syntaxes; `plain`, `rle` and `jpeg_lossless` are complete decoders; `jpeg_dct`,
//! `jpeg_ls`, `jpeg_2000` and `jpeg_xl` check a stream and hand it to a library; `contained` keeps the panics of a library in.

mod contained;
mod huffman;
mod jpeg_2000;
mod jpeg_dct;
mod jpeg_header;
mod jpeg_lossless;
mod jpeg_ls;
#[cfg(feature = "jpegxl")]
mod jpeg_xl;
mod plain;
mod registry;
mod rle;
#[cfg(test)]
mod tests;

use contained::contained;
use dicom::dictionary_std::uids;
use dicom::encoding::TransferSyntaxIndex;
use dicom::transfer_syntax::TransferSyntaxRegistry;

/// One compressed frame of one sample per pixel, its fragments already joined.
#[derive(Debug, Clone, Copy)]
pub(super) struct CompressedFrame<'a> {
    /// UID.
    pub transfer_syntax: &'a str,
    pub bytes: &'a [u8],
    pub columns: u16,
    pub rows: u16,
    /// 1, 8, 16 or 32.
    pub bits_allocated: u16,
    pub bits_stored: u16,
    /// PixelRepresentation is 1.
    pub signed: bool,
}

impl CompressedFrame<'_> {
    /// Samples of the frame.
    fn samples(&self) -> usize {
        usize::from(self.columns) * usize::from(self.rows)
    }

    /// Bytes of a native sample.
    fn sample_bytes(&self) -> usize {
        usize::from(self.bits_allocated).div_ceil(8)
    }
}

/// Why a frame has no samples. The texts name no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodecError {
    /// Perhaps right, but not for this program.
    #[error("{0}")]
    Unsupported(String),
    /// Contradicts itself or the DICOM attributes, or is damaged.
    #[error("{0}")]
    Corrupt(String),
}

/// What a stream's own header says of its samples.
#[derive(Debug, Clone, Copy)]
struct StreamShape {
    /// The format, for messages.
    format: &'static str,
    columns: u32,
    rows: u32,
    components: u32,
    /// Bits of a sample.
    precision: u32,
}

impl StreamShape {
    /// Refuses a stream that is not the frame the DICOM attributes describe.
    fn agrees_with(&self, frame: &CompressedFrame<'_>) -> Result<(), CodecError> {
        let Self { format, columns, rows, components, precision } = *self;
        let differs = |what, stream: u32, attribute: u16| {
            Err(CodecError::Corrupt(format!("the {format} stream has {stream} {what}, the DICOM header says {attribute}")))
        };
        if components != 1 {
            return Err(CodecError::Corrupt(format!("the {format} stream has {components} components, 1 is allowed")));
        }
        if columns != u32::from(frame.columns) {
            return differs("columns", columns, frame.columns);
        }
        if rows != u32::from(frame.rows) {
            return differs("rows", rows, frame.rows);
        }
        if precision > u32::from(frame.bits_allocated) {
            return Err(CodecError::Corrupt(format!(
                "the {format} stream has {precision} bits per sample, BitsAllocated is {}",
                frame.bits_allocated
            )));
        }
        Ok(())
    }
}

/// How the frames of a transfer syntax are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// Not compressed frame by frame.
    Native,
    Uncompressed,
    Deflated,
    Rle,
    JpegDct,
    JpegLossless,
    JpegLs,
    Jpeg2000,
    JpegXl,
}

impl Coding {
    /// # Errors
    /// Names a transfer syntax that is not read here.
    fn of(transfer_syntax: &str) -> Result<Self, String> {
        #[allow(deprecated)] // Explicit VR Big Endian is retired, not gone.
        let coding = match transfer_syntax {
            uids::IMPLICIT_VR_LITTLE_ENDIAN
            | uids::EXPLICIT_VR_LITTLE_ENDIAN
            | uids::EXPLICIT_VR_BIG_ENDIAN
            | uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN => Self::Native,
            uids::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN => Self::Uncompressed,
            uids::DEFLATED_IMAGE_FRAME_COMPRESSION => Self::Deflated,
            uids::RLE_LOSSLESS => Self::Rle,
            uids::JPEG_BASELINE8_BIT | uids::JPEG_EXTENDED12_BIT => Self::JpegDct,
            uids::JPEG_LOSSLESS | uids::JPEG_LOSSLESS_SV1 => Self::JpegLossless,
            uids::JPEGLS_LOSSLESS | uids::JPEGLS_NEAR_LOSSLESS => Self::JpegLs,
            uids::JPEG2000_LOSSLESS
            | uids::JPEG2000
            | uids::JPEG2000MC_LOSSLESS
            | uids::JPEG2000MC
            | uids::HTJ2K_LOSSLESS
            | uids::HTJ2K_LOSSLESS_RPCL
            | uids::HTJ2K => Self::Jpeg2000,
            uids::JPEGXL_LOSSLESS | uids::JPEGXLJPEG_RECOMPRESSION | uids::JPEGXL => Self::JpegXl,
            _ => return Err(in_words(transfer_syntax)),
        };
        if coding == Self::JpegXl && cfg!(not(feature = "jpegxl")) {
            return Err(format!("{}; build with `--features jpegxl`", in_words(transfer_syntax)));
        }
        Ok(coding)
    }
}

/// Name and UID of a transfer syntax.
fn in_words(transfer_syntax: &str) -> String {
    // What a file puts here is shown only if it can be a UID.
    let shown = match transfer_syntax {
        uid if uid.len() <= 64 && uid.bytes().all(|b| b.is_ascii_digit() || b == b'.') => format!(" ({uid})"),
        _ => String::new(),
    };
    match TransferSyntaxRegistry.get(transfer_syntax) {
        Some(known) => format!("{}{shown}", known.name()),
        None => format!("a retired or unknown transfer syntax{shown}"),
    }
}

/// Whether pixels of a transfer syntax can be read, by its UID alone. Native ones can: they need no decoder.
///
/// # Errors
/// The transfer syntax in words.
pub(super) fn supported(transfer_syntax: &str) -> Result<(), String> {
    Coding::of(transfer_syntax).map(|_| ())
}

/// Native samples of the frame: ceil(BitsAllocated / 8) bytes each, little endian, row by row. A one-bit sample is a byte of 0 or 1.
///
/// # Errors
/// The transfer syntax or something the stream uses is not read; the stream contradicts the attributes; the data are damaged.
pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let coding = Coding::of(frame.transfer_syntax).map_err(CodecError::Unsupported)?;
    if !matches!(frame.bits_allocated, 1 | 8 | 16 | 32) {
        return Err(CodecError::Unsupported(format!("BitsAllocated {}; 1, 8, 16 or 32 is read", frame.bits_allocated)));
    }
    if frame.samples() == 0 || !(1..=frame.bits_allocated).contains(&frame.bits_stored) {
        return Err(CodecError::Corrupt(format!(
            "{} columns, {} rows and {} of {} bits per sample are no image",
            frame.columns, frame.rows, frame.bits_stored, frame.bits_allocated
        )));
    }
    let samples = contained(|| match coding {
        Coding::Native => Err(CodecError::Unsupported(format!("{} has no compressed frames", in_words(frame.transfer_syntax)))),
        Coding::Uncompressed => plain::uncompressed(frame),
        Coding::Deflated => plain::deflated(frame),
        Coding::Rle => rle::decode(frame),
        Coding::JpegDct => jpeg_dct::decode(frame),
        Coding::JpegLossless => jpeg_lossless::decode(frame),
        Coding::JpegLs => jpeg_ls::decode(frame),
        Coding::Jpeg2000 => jpeg_2000::decode(frame),
        #[cfg(feature = "jpegxl")]
        Coding::JpegXl => jpeg_xl::decode(frame),
        #[cfg(not(feature = "jpegxl"))]
        Coding::JpegXl => Err(CodecError::Unsupported(in_words(frame.transfer_syntax))),
    })?;
    let needed = frame.samples() * frame.sample_bytes();
    if samples.len() != needed {
        return Err(CodecError::Corrupt(format!("the frame decodes to {} bytes, {needed} are needed", samples.len())));
    }
    match samples.iter().find(|&&sample| frame.bits_allocated == 1 && sample > 1) {
        Some(sample) => Err(CodecError::Corrupt(format!("a one-bit sample has the value {sample}"))),
        None => Ok(samples),
    }
}

/// Samples of 16 bits as native samples of the frame, which has room for them.
fn native(frame: &CompressedFrame<'_>, samples: &[u16]) -> Vec<u8> {
    let width = frame.sample_bytes();
    let mut native = vec![0; samples.len() * width];
    for (place, sample) in native.chunks_exact_mut(width).zip(samples) {
        match place {
            [low] => *low = *sample as u8,
            [low, high, ..] => [*low, *high] = sample.to_le_bytes(),
            [] => {}
        }
    }
    native
}

/// Refuses samples whose sign cannot be known.
///
/// A lossless codec keeps bits, and PixelRepresentation says what they mean, so it does not matter what sign a stream claims, if
/// any (`stream_signed`): as long as it keeps all stored bits. Where it keeps fewer, its sign bit is not the frame's, and a sample
/// with this bit set is one number for the stream and another one for the frame.
fn sign_is_certain(frame: &CompressedFrame<'_>, precision: u32, stream_signed: bool, samples: &[u8]) -> Result<(), CodecError> {
    if stream_signed == frame.signed || precision >= u32::from(frame.bits_stored) || precision == 0 {
        return Ok(());
    }
    let (byte, bit) = ((precision - 1) as usize / 8, (precision - 1) % 8);
    if samples.chunks_exact(frame.sample_bytes()).all(|sample| sample[byte] >> bit & 1 == 0) {
        return Ok(());
    }
    let sign = |signed| if signed { "signed" } else { "unsigned" };
    Err(CodecError::Corrupt(format!(
        "the stream has {} samples of {precision} bits, the DICOM header says {} ones of {} bits; they differ for the values found",
        sign(stream_signed),
        sign(frame.signed),
        frame.bits_stored
    )))
}
