//! Compressed frames through the codecs of the dicom crates.
#![allow(dead_code)]
pub(super) struct CompressedFrame<'a> {
    pub transfer_syntax: &'a str,
    pub bytes: &'a [u8],
    pub columns: u16,
    pub rows: u16,
    pub bits_allocated: u16,
    pub bits_stored: u16,
    pub signed: bool,
}
pub(super) enum CodecError {
    Unsupported(String),
    Corrupt(String),
}
use dicom::encoding::adapters::{PixelDataObject, RawPixelData};
use dicom::encoding::{Codec, TransferSyntaxIndex};
use std::borrow::Cow;
impl PixelDataObject for CompressedFrame<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.transfer_syntax
    }
    fn rows(&self) -> Option<u16> {
        Some(self.rows)
    }
    fn cols(&self) -> Option<u16> {
        Some(self.columns)
    }
    fn samples_per_pixel(&self) -> Option<u16> {
        Some(1)
    }
    fn bits_allocated(&self) -> Option<u16> {
        Some(self.bits_allocated)
    }
    fn bits_stored(&self) -> Option<u16> {
        Some(self.bits_stored)
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
    fn fragment(&self, i: usize) -> Option<Cow<'_, [u8]>> {
        (i == 0).then_some(Cow::Borrowed(self.bytes))
    }
    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        None
    }
    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        Some(RawPixelData { fragments: vec![self.bytes.to_vec()].into(), offset_table: Default::default() })
    }
}
pub(super) fn supported(_: &str) -> Result<(), String> {
    Ok(())
}
pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let ts =
        dicom::transfer_syntax::TransferSyntaxRegistry.get(frame.transfer_syntax).ok_or(CodecError::Unsupported("x".into()))?;
    let Codec::EncapsulatedPixelData(Some(reader), _) = ts.codec() else { return Err(CodecError::Unsupported("y".into())) };
    let mut out = Vec::new();
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reader.decode_frame(frame, 0, &mut out)))
        .map_err(|_| CodecError::Corrupt("inconsistent data".into()))?
        .map_err(|e| CodecError::Corrupt(e.to_string()))?;
    if out.len() != usize::from(frame.columns) * usize::from(frame.rows) * usize::from(frame.bits_allocated.div_ceil(8)) {
        return Err(CodecError::Corrupt("length".into()));
    }
    Ok(out)
}
