//! The stored samples of frames: from their place in uncompressed files, from the decoder in compressed ones.

use super::codecs::{self, CodecError, CompressedFrame};
use super::dicom_file::{DicomFile, corrupt, unreadable};
use super::fragments::Fragments;
use super::pixel_plan::PixelPlan;
use super::{Error, SourceFile};
use std::borrow::Cow;

/// A file whose frames are asked for one by one, from several threads.
pub(super) struct Frames<'a> {
    plan: &'a PixelPlan,
    source: &'a SourceFile,
    /// The whole file (inflated where it is deflated); `None` when frames are read from their place.
    bytes: Option<Vec<u8>>,
    fragments: Fragments,
}

/// Below this size, in bytes, nothing is said against what a header announces.
const SMALL: u64 = 128 << 20;

/// No image shrinks to less than a thousandth: a header that announces more than that would only fill memory.
///
/// # Errors
/// `decoded` bytes cannot come of `stored` bytes.
pub(super) fn believable(decoded: u64, stored: u64, shown: &str) -> Result<(), Error> {
    if decoded <= SMALL || decoded / 1000 <= stored {
        return Ok(());
    }
    Err(corrupt(shown, format!("its header announces {decoded} bytes of pixels, which cannot come of {stored} compressed bytes")))
}

impl<'a> Frames<'a> {
    /// Opens the frames of a file.
    ///
    /// # Errors
    /// The file cannot be read, or its fragments are broken.
    pub fn open(source: &'a SourceFile, plan: &'a PixelPlan) -> Result<Self, Error> {
        if plan.encapsulated {
            believable(plan.layout.frame_bytes() as u64, source.length().unwrap_or(0), &source.shown)?;
        }
        let bytes = if plan.deflated {
            Some(DicomFile::read(source)?.into_bytes())
        } else if plan.encapsulated || (source.is_packed() && plan.frames > 1) {
            Some(source.read().map_err(|error| unreadable(&source.shown, &error))?)
        } else {
            None
        };
        let fragments = match &bytes {
            Some(bytes) if plan.encapsulated => Fragments::find(bytes, plan.offset, plan.frames, &plan.offsets)
                .map_err(|reason| corrupt(&source.shown, reason))?,
            _ => Fragments::default(),
        };
        Ok(Self { plan, source, bytes, fragments })
    }

    /// Samples of one frame as they are stored, row by row, their bytes in the order of [`Frames::big_endian`]. `buffer` is space
    /// that is used again and again by one thread.
    ///
    /// # Errors
    /// Fewer bytes than the matrix needs, or a stream that contradicts the header.
    pub fn stored<'b>(&'b self, frame: u32, buffer: &'b mut Vec<u8>) -> Result<Cow<'b, [u8]>, Error> {
        let (plan, shown) = (self.plan, &self.source.shown);
        let size = plan.layout.frame_bytes();
        let not_whole = || corrupt(shown, "its pixel data are not whole".to_string()).in_frame(frame as usize);
        let start = size.checked_mul(frame as usize).and_then(|before| before.checked_add(plan.offset)).ok_or_else(not_whole)?;
        match &self.bytes {
            Some(bytes) if plan.encapsulated => self.decoded(bytes, frame).map(Cow::Owned),
            Some(bytes) => bytes.get(start..).and_then(|rest| rest.get(..size)).map(Cow::Borrowed).ok_or_else(not_whole),
            None => {
                buffer.resize(size, 0);
                self.source.read_at(start as u64, buffer).map_err(|error| match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => not_whole(),
                    _ => unreadable(shown, &error),
                })?;
                Ok(Cow::Borrowed(buffer))
            }
        }
    }

    /// Whether the first byte of a sample is its highest; decoders give the lowest first.
    pub fn big_endian(&self) -> bool {
        self.plan.big_endian && !self.plan.encapsulated
    }

    fn decoded(&self, bytes: &[u8], frame: u32) -> Result<Vec<u8>, Error> {
        let (layout, shown) = (self.plan.layout, &self.source.shown);
        let name = |reason: String| corrupt(shown, reason).in_frame(frame as usize);
        let own = self.fragments.frame(bytes, frame as usize).ok_or_else(|| name("its pixel data are not there".to_string()))?;
        let decoded = codecs::decode(&CompressedFrame {
            transfer_syntax: &self.plan.transfer_syntax,
            bytes: &own,
            columns: layout.columns as u16,
            rows: layout.rows as u16,
            bits_allocated: 8 * layout.bytes_per_sample as u16,
            bits_stored: layout.bits_stored as u16,
            signed: layout.signed,
        });
        decoded.map_err(|error| match error {
            CodecError::Corrupt(reason) => name(reason),
            CodecError::Unsupported(what) => Error::Unsupported { file: shown.clone(), what },
        })
    }
}
