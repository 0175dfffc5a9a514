//! The decoders behind the DICOM crates, for one frame.

use super::{CodecError, CompressedFrame, in_words};
use dicom::core::value::C;
use dicom::encoding::adapters::{PixelDataObject, RawPixelData};
use dicom::encoding::{Codec, TransferSyntaxIndex};
use dicom::transfer_syntax::TransferSyntaxRegistry;
use std::borrow::Cow;

/// Decodes a frame whose header was checked, into samples of `bits` each.
pub(super) fn decode(frame: &CompressedFrame<'_>, bits: u16) -> Result<Vec<u8>, CodecError> {
    let codec = TransferSyntaxRegistry.get(frame.transfer_syntax).map(|syntax| syntax.codec());
    let Some(Codec::EncapsulatedPixelData(Some(reader), _)) = codec else {
        return Err(CodecError::Unsupported(in_words(frame.transfer_syntax)));
    };
    let mut samples = Vec::new();
    match reader.decode_frame(&Frame { frame, bits }, 0, &mut samples) {
        Ok(()) => Ok(samples),
        Err(error) => Err(CodecError::Corrupt(format!("the decoder refuses the data: {}", first_cause(&error)))),
    }
}

/// The text of the innermost error: those around it say only that something was decoded.
fn first_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map_or_else(String::new, ToString::to_string)
}

/// An object of one frame in one fragment.
struct Frame<'a> {
    frame: &'a CompressedFrame<'a>,
    bits: u16,
}

impl PixelDataObject for Frame<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.frame.transfer_syntax
    }

    fn rows(&self) -> Option<u16> {
        Some(self.frame.rows)
    }

    fn cols(&self) -> Option<u16> {
        Some(self.frame.columns)
    }

    fn samples_per_pixel(&self) -> Option<u16> {
        Some(1)
    }

    fn bits_allocated(&self) -> Option<u16> {
        Some(self.bits)
    }

    fn bits_stored(&self) -> Option<u16> {
        Some(self.frame.bits_stored.min(self.bits))
    }

    fn photometric_interpretation(&self) -> Option<&str> {
        Some("MONOCHROME2")
    }

    fn number_of_frames(&self) -> Option<u32> {
        Some(1)
    }

    fn number_of_fragments(&self) -> Option<u32> {
        Some(1)
    }

    fn fragment(&self, fragment: usize) -> Option<Cow<'_, [u8]>> {
        (fragment == 0).then_some(Cow::Borrowed(self.frame.bytes))
    }

    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        None
    }

    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        Some(RawPixelData { fragments: C::from_iter([self.frame.bytes.to_vec()]), offset_table: C::new() })
    }
}
