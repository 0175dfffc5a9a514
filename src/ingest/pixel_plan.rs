//! Where the pixels of a file are and how they are stored: taken from its header once, used whenever a frame is asked for.

use super::attributes::whole;
use super::dicom_file::{EXPLICIT_BIG_ENDIAN, Object};
use super::functional_groups::FunctionalGroups;
use super::samples::{Layout, Modality};
use super::{Error, SourceFile, codecs};
use crate::problem::Problem;
use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};
use std::ops::RangeInclusive;

/// What it takes to read the frames of one file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PixelPlan {
    pub layout: Layout,
    pub transfer_syntax: String,
    pub big_endian: bool,
    /// First byte of the pixel element's value.
    pub offset: usize,
    /// Compressed frames lie in fragments.
    pub encapsulated: bool,
    /// Offsets count in what the file inflates to.
    pub deflated: bool,
    pub frames: usize,
    /// Extended Offset Table: where the first fragment of each frame begins.
    pub offsets: Vec<u64>,
    /// Stored numbers that mean that nothing was measured there.
    pub padding: Option<RangeInclusive<i64>>,
    /// One for each frame.
    modality: Vec<Modality>,
}

impl PixelPlan {
    /// From the header of an image. `groups` are those of a multi-frame object.
    ///
    /// # Errors
    /// The pixels cannot be read as modality values, for whatever reason the header shows.
    pub fn of(object: &Object<'_>, groups: Option<&FunctionalGroups<'_>>, shown: &str) -> Result<Self, Error> {
        let unsupported = |what: &str| Error::Unsupported { file: shown.to_string(), what: what.to_string() };
        let pixels = object.pixels.as_ref().ok_or_else(|| no_pixels(shown))?;
        if pixels.tag != tags::PIXEL_DATA {
            return Err(unsupported("an image with floating point pixel data"));
        }
        let layout = Layout::of(object, shown)?;
        let encapsulated = pixels.length.is_none();
        codecs::supported(&object.transfer_syntax).map_err(|what| Error::Unsupported { file: shown.to_string(), what })?;
        if encapsulated && layout.shift > 0 {
            return Err(unsupported("a compressed image whose HighBit is not BitsStored - 1"));
        }
        if object.encoding.big_endian && !encapsulated && layout.bytes_per_sample == 1 && pixels.vr == Some(VR::OW) {
            return Err(unsupported("an image of bytes in big-endian words"));
        }
        let frames = groups.map_or(1, FunctionalGroups::frames);
        let modality: Result<Vec<Modality>, Error> = match groups {
            None => Modality::of(object, None, &layout, shown).map(|one| vec![one]),
            Some(groups) => (0..frames)
                .map(|frame| {
                    let own = groups.group(frame, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
                    Modality::of(object, own, &layout, shown).map_err(|error| error.in_frame(frame))
                })
                .collect(),
        };
        let offsets = object.bytes(tags::EXTENDED_OFFSET_TABLE).unwrap_or_default();
        Ok(Self {
            layout,
            transfer_syntax: object.transfer_syntax.clone(),
            big_endian: object.encoding.big_endian,
            offset: pixels.offset,
            encapsulated,
            deflated: object.deflated,
            frames,
            offsets: offsets.as_chunks().0.iter().map(|raw| u64::from_le_bytes(*raw)).collect(),
            padding: layout.padding(object).unwrap_or_default(),
            modality: modality?,
        })
    }

    /// What makes values of the stored numbers of one frame.
    pub fn modality(&self, frame: u32) -> &Modality {
        &self.modality[frame as usize]
    }

    /// What is odd about the pixels of an object.
    pub fn problems(&self, object: &Object<'_>, shown: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.layout.shift > 0 {
            let message = format!(
                "HighBit is not BitsStored - 1: the stored {} bits were taken from where HighBit says",
                self.layout.bits_stored
            );
            let advice = "Compare a value with another viewer before you trust intensities";
            problems.push(Problem::warning("odd-high-bit", message, advice).in_file(shown).at("HighBit"));
        }
        if let Err(number) = self.layout.padding(object) {
            let message = format!("the padding value {number} is none that a sample can have; no voxel was taken as padding");
            let advice = "Compare the intensities with another viewer";
            problems.push(Problem::warning("impossible-padding", message, advice).in_file(shown).at("PixelPaddingValue"));
        }
        if !object.items(tags::MODALITY_LUT_SEQUENCE).is_empty() {
            let message = "values come from a table (Modality LUT) instead of slope and intercept";
            problems.push(Problem::info("modality-lut", message, "").in_file(shown).at("ModalityLUTSequence"));
        }
        problems
    }
}

/// Compares the length of uncompressed pixel data with the matrix that the header states. Compressed frames are judged when they
/// are decoded.
///
/// Returns the bytes that are there beyond those needed (one byte of padding does not count).
///
/// # Errors
/// There is no pixel data, or not enough of it.
pub(super) fn compare_lengths(object: &Object<'_>, source: &SourceFile) -> Result<u64, Error> {
    let shown = source.shown.as_str();
    let pixels = object.pixels.as_ref().ok_or_else(|| no_pixels(shown))?;
    let corrupt = |reason: String| Err(Error::Corrupt { file: shown.to_string(), reason });
    let native = [uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, DEFLATED];
    let is_native = native.contains(&object.transfer_syntax.as_str());
    let there = object.length.saturating_sub(pixels.offset as u64);
    let Some(stated) = pixels.length else {
        return match is_native {
            true => corrupt("its pixel data are compressed, which its transfer syntax is not".to_string()),
            false => Ok(0),
        };
    };
    if !is_native && codecs::supported(&object.transfer_syntax).is_err() {
        return Ok(0);
    }
    if !is_native && object.transfer_syntax != ENCAPSULATED_UNCOMPRESSED {
        return corrupt("its pixel data are not compressed as its transfer syntax says".to_string());
    }
    let number = |tag: Tag| whole(object, tag).and_then(|n| u64::try_from(n).ok());
    let frames = number(tags::NUMBER_OF_FRAMES).unwrap_or(1);
    let (Some(columns), Some(rows), Some(bits)) = (number(tags::COLUMNS), number(tags::ROWS), number(tags::BITS_ALLOCATED))
    else {
        return Ok(0);
    };
    let bits = [rows, frames, bits].iter().try_fold(columns, |product, &n| product.checked_mul(n));
    let needed = bits.map_or(u64::MAX, |bits| bits.div_ceil(8));
    let have = there.min(u64::from(stated));
    if have < needed {
        return corrupt(format!(
            "its matrix needs {needed} bytes of pixel data, {have} are there: the file is cut off or damaged"
        ));
    }
    if u64::from(stated) > there {
        return corrupt(format!("its pixel data state {stated} bytes, {there} are there: the file is cut off or damaged"));
    }
    let behind = pixels.offset as u64 + u64::from(stated);
    let beyond = there - u64::from(stated);
    if beyond > 1 && !object.deflated && !is_element_or_padding(source, behind, object.encoding.big_endian) {
        return Ok(beyond);
    }
    Ok((u64::from(stated) - needed).saturating_sub(1))
}

/// Whether what follows the pixels is another element or padding, as far as its first bytes tell.
fn is_element_or_padding(source: &SourceFile, behind: u64, big_endian: bool) -> bool {
    let mut first = [0; 4];
    // Fewer bytes than a tag has are padding.
    source.read_at(behind, &mut first).is_err() || first == [0; 4] || {
        let group = if big_endian { u16::from_be_bytes([first[0], first[1]]) } else { u16::from_le_bytes([first[0], first[1]]) };
        group >= tags::PIXEL_DATA.group()
    }
}

/// A deflated file has the pixels of an uncompressed one.
const DEFLATED: &str = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;

/// Uncompressed frames in fragments; some writers leave the fragments out.
const ENCAPSULATED_UNCOMPRESSED: &str = uids::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN;

fn no_pixels(shown: &str) -> Error {
    Error::Attribute {
        file: shown.to_string(),
        attribute: "PixelData",
        found: "missing".to_string(),
        allowed: "an image without pixels has no values".to_string(),
    }
}
