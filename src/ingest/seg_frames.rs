//! The frames of a Segmentation: from stored pixels to the voxels they mark.

use super::Error;
use super::attributes::{text, whole};
use super::codecs::{self, CodecError, CompressedFrame};
use super::dicom_file::{Object, corrupt};
use super::fragments::Fragments;
use super::frames::believable;
use super::label_grid::{Labels, RunsByLabel};
use crate::problem::Problem;
use crate::volume::bit_runs;
use dicom::core::VR;
use dicom::dictionary_std::tags;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// How pixels say which segment they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SegmentationType {
    /// One bit a voxel, one segment a frame.
    Binary,
    /// A probability or occupancy a voxel, one segment a frame; the value is the one that stands for 1.
    Fractional { full: u8 },
    /// The segment number itself.
    Labelmap,
}

/// All frames.
pub(super) struct Frames<'a> {
    pub kind: SegmentationType,
    pub columns: usize,
    pub rows: usize,
    shown: &'a str,
    object: &'a Object<'a>,
    bits_allocated: usize,
    pixels: Pixels<'a>,
    /// More bytes are there than the frames need.
    excess: bool,
}

/// The stored frames.
enum Pixels<'a> {
    /// All frames, one behind the other.
    Native(&'a [u8]),
    Compressed(Fragments),
}

impl<'a> Frames<'a> {
    /// Understands the pixels of `frames` frames.
    ///
    /// # Errors
    /// Attributes that no segmentation has, or less pixel data than they need.
    pub fn of(object: &'a Object<'a>, frames: usize, shown: &'a str) -> Result<Self, Error> {
        let wrong = |attribute: &'static str, found: Option<String>, allowed: &str| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found: found.map_or("missing".to_string(), |value| format!("`{value}`")),
            allowed: allowed.to_string(),
        };
        let number = |tag, attribute, range: RangeInclusive<i64>| {
            let found = whole(object, tag);
            let allowed = format!("{} to {} is allowed", range.start(), range.end());
            found.filter(|value| range.contains(value)).ok_or_else(|| wrong(attribute, found.map(|n| n.to_string()), &allowed))
        };
        let columns = number(tags::COLUMNS, "Columns", 1..=65_535)? as usize;
        let rows = number(tags::ROWS, "Rows", 1..=65_535)? as usize;
        let bits_allocated = number(tags::BITS_ALLOCATED, "BitsAllocated", 1..=16)? as usize;
        if let Some(samples) = whole(object, tags::SAMPLES_PER_PIXEL).filter(|&samples| samples != 1) {
            return Err(wrong("SamplesPerPixel", Some(samples.to_string()), "a segmentation has one"));
        }
        let stated = text(object, tags::SEGMENTATION_TYPE);
        let kind = match (stated.as_deref(), bits_allocated) {
            (Some("BINARY"), 1) => SegmentationType::Binary,
            (Some("FRACTIONAL"), 8) => SegmentationType::Fractional {
                full: number(tags::MAXIMUM_FRACTIONAL_VALUE, "MaximumFractionalValue", 1..=255)? as u8,
            },
            (Some("LABELMAP"), 8 | 16) => SegmentationType::Labelmap,
            _ => {
                let found = stated.map(|kind| format!("{kind} with {bits_allocated} bits"));
                let allowed = "BINARY with 1 bit, FRACTIONAL with 8, LABELMAP with 8 or 16 is allowed";
                return Err(wrong("SegmentationType", found, allowed));
            }
        };
        let pixels = Pixels::of(object, frames, shown)?;
        let mut excess = false;
        if let Pixels::Native(bytes) = pixels {
            let bits = (columns * rows * bits_allocated).checked_mul(frames);
            let needed = bits.map_or(usize::MAX, |bits| bits.div_ceil(8));
            if bytes.len() < needed {
                let have = bytes.len();
                return Err(corrupt(shown, format!("its frames need {needed} bytes of pixel data, {have} are there")));
            }
            // An even length may need one byte of padding.
            excess = bytes.len() > needed + 1;
        }
        Ok(Self { kind, columns, rows, shown, object, bits_allocated, pixels, excess })
    }

    /// What is odd about them.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let SegmentationType::Fractional { full } = self.kind {
            let kind = match text(self.object, tags::SEGMENTATION_FRACTIONAL_TYPE).as_deref() {
                Some("PROBABILITY") => "PROBABILITY",
                Some("OCCUPANCY") => "OCCUPANCY",
                _ => "no stated type",
            };
            let message =
                format!("a fractional segmentation of {kind}: voxels of at least 0.5 of its largest value, {full}, are counted");
            let advice = "Have it exported as BINARY if another threshold is meant";
            problems.push(Problem::warning("fractional-threshold", message, advice).in_file(self.shown));
        }
        if self.excess {
            let message = "the pixel data are longer than its frames need; the bytes at their end were left out";
            let advice = "Check its number of frames and their size";
            problems.push(Problem::warning("excess-pixel-data", message, advice).in_file(self.shown));
        }
        problems
    }

    /// The voxels that a frame marks, on the frame: by segment number for a label map without its `background`, else as 1.
    ///
    /// # Errors
    /// The frame cannot be decoded, or holds values that its attributes exclude.
    pub fn runs(&self, frame: usize, background: u32) -> Result<RunsByLabel, Error> {
        let voxels = self.columns * self.rows;
        if let (SegmentationType::Binary, Pixels::Native(bits)) = (self.kind, &self.pixels) {
            // Frames follow each other without a gap, so one may start inside a byte (PS3.5 8.1.1).
            let mut runs = Vec::new();
            bit_runs(bits, frame * voxels, self.columns, self.rows, 0, &mut runs);
            return Ok(RunsByLabel::from([(1, runs)]));
        }
        let named = |reason: String| corrupt(self.shown, reason).in_frame(frame);
        let needed = voxels * self.bits_allocated.div_ceil(8);
        let bytes: Cow<'_, [u8]> = match &self.pixels {
            Pixels::Native(all) => Cow::Borrowed(all.get(frame * needed..(frame + 1) * needed).unwrap_or_default()),
            Pixels::Compressed(fragments) => Cow::Owned(self.decoded(fragments, frame)?),
        };
        if bytes.len() != needed {
            return Err(named(format!("{needed} bytes of pixels are needed, {} are there", bytes.len())));
        }
        let labels = match self.kind {
            SegmentationType::Fractional { full } => {
                if let Some(value) = bytes.iter().find(|&&value| value > full) {
                    return Err(named(format!("it holds {value}, and MaximumFractionalValue is {full}")));
                }
                // At least one half of the value that stands for 1.
                Labels::Byte(bytes.iter().map(|&value| u8::from(2 * u32::from(value) >= u32::from(full))).collect())
            }
            SegmentationType::Binary => Labels::Byte(bytes.iter().map(|&value| u8::from(value != 0)).collect()),
            SegmentationType::Labelmap if self.bits_allocated == 8 => Labels::Byte(bytes.into_owned()),
            SegmentationType::Labelmap => {
                let big_endian = self.object.encoding.big_endian && matches!(self.pixels, Pixels::Native(_));
                let word = |pair: &[u8; 2]| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
                Labels::Wide(bytes.as_chunks().0.iter().map(|pair| u32::from(word(pair))).collect())
            }
        };
        Ok(labels.runs(self.columns, background))
    }

    /// The samples of one compressed frame; a sample of one bit is a byte.
    fn decoded(&self, fragments: &Fragments, frame: usize) -> Result<Vec<u8>, Error> {
        let named = |reason: String| corrupt(self.shown, reason).in_frame(frame);
        let own = fragments.frame(self.object.bytes, frame).ok_or_else(|| named("its pixel data are not there".to_string()))?;
        let size = (self.columns * self.rows * self.bits_allocated.div_ceil(8)) as u64;
        believable(size, self.object.length, self.shown)?;
        let stated = whole(self.object, tags::BITS_STORED).and_then(|bits| u16::try_from(bits).ok());
        let decoded = codecs::decode(&CompressedFrame {
            transfer_syntax: &self.object.transfer_syntax,
            bytes: &own,
            columns: self.columns as u16,
            rows: self.rows as u16,
            bits_allocated: self.bits_allocated as u16,
            bits_stored: stated.unwrap_or(self.bits_allocated as u16),
            signed: false,
        });
        decoded.map_err(|error| match error {
            CodecError::Corrupt(reason) => named(reason),
            CodecError::Unsupported(what) => Error::Unsupported { file: self.shown.to_string(), what },
        })
    }
}

impl<'a> Pixels<'a> {
    fn of(object: &'a Object<'a>, frames: usize, shown: &str) -> Result<Self, Error> {
        let missing = || Error::Attribute {
            file: shown.to_string(),
            attribute: "PixelData",
            found: "missing".to_string(),
            allowed: "a segmentation without pixels marks nothing".to_string(),
        };
        let element = object.pixels.as_ref().ok_or_else(missing)?;
        let narrow = whole(object, tags::BITS_ALLOCATED).is_none_or(|bits| bits <= 8);
        if object.encoding.big_endian && element.vr == Some(VR::OW) && narrow {
            let what = "a segmentation of bits or bytes in big-endian words".to_string();
            return Err(Error::Unsupported { file: shown.to_string(), what });
        }
        let rest = object.bytes.get(element.offset..).unwrap_or_default();
        match element.length {
            Some(length) => Ok(Self::Native(&rest[..rest.len().min(length as usize)])),
            None => {
                codecs::supported(&object.transfer_syntax)
                    .map_err(|what| Error::Unsupported { file: shown.to_string(), what })?;
                let table = object.bytes(tags::EXTENDED_OFFSET_TABLE).unwrap_or_default();
                let table: Vec<u64> = table.as_chunks().0.iter().map(|raw| u64::from_le_bytes(*raw)).collect();
                let found = Fragments::find(object.bytes, element.offset, frames, &table);
                found.map(Self::Compressed).map_err(|reason| corrupt(shown, reason))
            }
        }
    }
}
