//! Decodes pixels into modality units. Called only where something needs them: intensities, pictures, `inspect --pixels`.

use super::attributes::{Extent, decimal, guarded, item, items, open, text, unreadable, whole};
use super::class::{Class, class_of};
use super::functional_groups::FunctionalGroups;
use super::{Error, FrameRef, SourceFile, Stack};
use crate::volume::{Volume, Voxels};
use dicom::core::value::{PrimitiveValue, Value};
use dicom::dictionary_std::tags;
use dicom::object::{DefaultDicomObject, InMemDicomObject};
use dicom::pixeldata::PixelDecoder;
use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One slice in modality units.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicePixels {
    /// Values, indexed `[row, column]`.
    pub values: Array2<f32>,
    /// True where the stored value is the padding value: no measurement was made there.
    pub padding: Option<Array2<bool>>,
}

/// How samples are stored (DICOM PS3.5 section 8).
#[derive(Debug, Clone, Copy)]
struct Layout {
    columns: usize,
    rows: usize,
    bytes_per_sample: usize,
    bits_stored: u32,
    signed: bool,
}

/// A file opened with its pixels.
struct OpenImage {
    shown: String,
    object: DefaultDicomObject,
    layout: Layout,
    multi_frame: bool,
}

/// Slope and intercept of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rescale {
    slope: f64,
    intercept: f64,
}

impl OpenImage {
    fn open(source: &SourceFile) -> Result<Self, Error> {
        let shown = source.shown.clone();
        let object = open(&source.path, &shown, Extent::Whole)?;
        let layout = Layout::of(&object, &shown)?;
        let multi_frame =
            matches!(class_of(&text(&object, tags::SOP_CLASS_UID).unwrap_or_default()), Class::Image { multi_frame: true });
        if item(&object, tags::MODALITY_LUT_SEQUENCE).is_some_and(|lut| items(lut, tags::LUT_DATA).is_empty()) {
            return Err(Error::Unsupported { file: shown, what: "a Modality LUT Sequence".to_string() });
        }
        Ok(Self { shown, object, layout, multi_frame })
    }

    fn rescale(&self, frame: u32) -> Result<Rescale, Error> {
        let groups = if self.multi_frame { Some(FunctionalGroups::of(&self.object, &self.shown)?) } else { None };
        rescale_of(&self.object, frame, groups.as_ref(), &self.shown)
    }

    /// The samples of one frame as they are stored, row by row.
    fn stored(&self, frame: u32) -> Result<Stored<'_>, Error> {
        let samples = self.layout.columns * self.layout.rows;
        let start = samples * frame as usize;
        let short = |have: usize| Error::Corrupt {
            file: self.shown.clone(),
            reason: format!("frame {} needs {samples} samples, the file holds {have} of them", frame + 1),
        };
        let element = self.object.get(tags::PIXEL_DATA).ok_or_else(|| Error::Attribute {
            file: self.shown.clone(),
            attribute: "PixelData",
            found: "missing".to_string(),
            allowed: "an image without pixels has no values".to_string(),
        })?;
        let words = self.layout.bytes_per_sample == 2;
        match element.value() {
            // The parser has already put the bytes of words in the order of this machine.
            Value::Primitive(PrimitiveValue::U16(all)) if words => {
                let own = all.get(start..start + samples).ok_or_else(|| short(all.len().saturating_sub(start)))?;
                Ok(Stored::Words(Cow::Borrowed(own)))
            }
            Value::Primitive(all) => {
                let bytes = all.to_bytes();
                let width = self.layout.bytes_per_sample;
                let own = bytes.get(start * width..(start + samples) * width);
                let own = own.ok_or_else(|| short((bytes.len() / width).saturating_sub(start)))?;
                Ok(Stored::of_bytes(own, words))
            }
            _ => {
                let decoded = guarded(&self.shown, || {
                    self.object.decode_pixel_data_frame(frame).map_err(|error| unreadable(&self.shown, &error))
                })?;
                let bytes = decoded.data();
                if bytes.len() != samples * self.layout.bytes_per_sample {
                    return Err(short(bytes.len() / self.layout.bytes_per_sample));
                }
                Ok(Stored::of_bytes(bytes, words))
            }
        }
    }

    fn padding(&self) -> Option<std::ops::RangeInclusive<i32>> {
        let value = |tag| whole(&self.object, tag).map(|v| self.layout.interpret(v as u32));
        let one = value(tags::PIXEL_PADDING_VALUE)?;
        let other = value(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(one);
        Some(one.min(other)..=one.max(other))
    }
}

/// Slope and intercept of a frame: what its functional groups say, else what the object says, else identity.
fn rescale_of(
    object: &InMemDicomObject,
    frame: u32,
    groups: Option<&FunctionalGroups<'_>>,
    shown: &str,
) -> Result<Rescale, Error> {
    let own = groups.and_then(|groups| groups.group(frame as usize, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE));
    let object = own.unwrap_or(object);
    let slope = decimal(object, tags::RESCALE_SLOPE, "RescaleSlope", shown)?.unwrap_or(1.0);
    let intercept = decimal(object, tags::RESCALE_INTERCEPT, "RescaleIntercept", shown)?.unwrap_or(0.0);
    if slope == 0.0 {
        return Err(Error::Attribute {
            file: shown.to_string(),
            attribute: "RescaleSlope",
            found: "0".to_string(),
            allowed: "a slope of 0 would make every value the same".to_string(),
        });
    }
    Ok(Rescale { slope, intercept })
}

impl Layout {
    fn of(object: &DefaultDicomObject, shown: &str) -> Result<Self, Error> {
        let wrong = |attribute: &'static str, found: Option<i64>, allowed: &str| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found: found.map_or("missing".to_string(), |value| value.to_string()),
            allowed: allowed.to_string(),
        };
        let number = |tag, attribute, range: std::ops::RangeInclusive<i64>, allowed: &str| {
            let found = whole(object, tag);
            found.filter(|value| range.contains(value)).ok_or_else(|| wrong(attribute, found, allowed))
        };
        let columns = number(tags::COLUMNS, "Columns", 1..=65_535, "1 to 65535 is allowed")?;
        let rows = number(tags::ROWS, "Rows", 1..=65_535, "1 to 65535 is allowed")?;
        let allocated = whole(object, tags::BITS_ALLOCATED);
        let bytes_per_sample = match allocated {
            Some(8) => 1,
            Some(16) => 2,
            _ => return Err(wrong("BitsAllocated", allocated, "8 or 16 is allowed for CT and MR")),
        };
        let most = 8 * bytes_per_sample;
        let bits_stored = number(tags::BITS_STORED, "BitsStored", 1..=most, "1 to BitsAllocated is allowed")?;
        let high_bit = whole(object, tags::HIGH_BIT).unwrap_or(bits_stored - 1);
        if high_bit != bits_stored - 1 {
            return Err(wrong("HighBit", Some(high_bit), &format!("it must be BitsStored - 1 = {}", bits_stored - 1)));
        }
        let signed = whole(object, tags::PIXEL_REPRESENTATION) == Some(1);
        Ok(Self {
            columns: columns as usize,
            rows: rows as usize,
            bytes_per_sample: bytes_per_sample as usize,
            bits_stored: bits_stored as u32,
            signed,
        })
    }

    /// Keeps the stored bits and extends the sign.
    fn interpret(&self, sample: u32) -> i32 {
        let unused = 32 - self.bits_stored;
        let shifted = (sample << unused) as i32;
        if self.signed { shifted >> unused } else { ((shifted as u32) >> unused) as i32 }
    }
}

/// Samples of one frame.
enum Stored<'a> {
    Words(Cow<'a, [u16]>),
    Bytes(Vec<u8>),
}

impl Stored<'_> {
    /// From bytes in the order of this machine.
    fn of_bytes(bytes: &[u8], words: bool) -> Self {
        if words {
            Self::Words(bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect())
        } else {
            Self::Bytes(bytes.to_vec())
        }
    }

    /// Puts `convert(stored value)` of every sample into its place.
    fn fill<T>(&self, layout: Layout, out: &mut [T], convert: impl Fn(i32) -> T) {
        match self {
            Self::Words(words) => {
                for (slot, &word) in out.iter_mut().zip(words.iter()) {
                    *slot = convert(layout.interpret(u32::from(word)));
                }
            }
            Self::Bytes(bytes) => {
                for (slot, &byte) in out.iter_mut().zip(bytes) {
                    *slot = convert(layout.interpret(u32::from(byte)));
                }
            }
        }
    }
}

/// Decodes one slice of a stack.
///
/// # Errors
/// The file cannot be read or decoded, or its header and its pixels do not agree.
pub fn load_slice(frame: &FrameRef) -> Result<SlicePixels, Error> {
    let image = OpenImage::open(&frame.source)?;
    let rescale = image.rescale(frame.frame)?;
    let stored = image.stored(frame.frame)?;
    let shape = (image.layout.rows, image.layout.columns);
    let mut values = vec![0f32; shape.0 * shape.1];
    stored.fill(image.layout, &mut values, |stored| f32::of(stored, rescale));
    let padding = image.padding().map(|range| {
        let mut padded = vec![false; values.len()];
        stored.fill(image.layout, &mut padded, |stored| range.contains(&stored));
        padded
    });
    let shaped = |error: ndarray::ShapeError| unreadable(&image.shown, &error);
    Ok(SlicePixels {
        values: Array2::from_shape_vec(shape, values).map_err(shaped)?,
        padding: padding.map(|padding| Array2::from_shape_vec(shape, padding)).transpose().map_err(shaped)?,
    })
}

/// Decodes a whole stack into one volume; slices in parallel, each into its own place.
///
/// # Errors
/// As [`load_slice`], for the first slice that fails.
pub fn load_volume(stack: &Stack) -> Result<Volume, Error> {
    let geometry = stack.geometry.clone();
    let shape = (geometry.slices, geometry.rows, geometry.columns);
    let voxels = if stack.frames.iter().all(|frame| frame.whole_values) {
        Voxels::Whole(fill(stack, Array3::<i16>::zeros(shape))?)
    } else {
        Voxels::Real(fill(stack, Array3::<f32>::zeros(shape))?)
    };
    Ok(Volume { geometry, voxels })
}

/// Whether every possible value of a frame is a whole number that 16 bits hold. Headers decide; pixels are not read.
pub(super) fn has_whole_values(
    object: &DefaultDicomObject,
    frame: u32,
    groups: Option<&FunctionalGroups<'_>>,
    shown: &str,
) -> bool {
    let (Ok(layout), Ok(Rescale { slope, intercept })) = (Layout::of(object, shown), rescale_of(object, frame, groups, shown))
    else {
        return false;
    };
    let (least, most) = if layout.signed {
        (-(1i64 << (layout.bits_stored - 1)), (1i64 << (layout.bits_stored - 1)) - 1)
    } else {
        (0, (1i64 << layout.bits_stored) - 1)
    };
    let fits = |stored: i64| (f64::from(i16::MIN)..=f64::from(i16::MAX)).contains(&(stored as f64 * slope + intercept));
    slope.fract() == 0.0 && intercept.fract() == 0.0 && fits(least) && fits(most)
}

/// A voxel of a volume, from its stored value.
trait Sample: Copy + Send + Sync {
    fn of(stored: i32, rescale: Rescale) -> Self;
}

impl Sample for f32 {
    fn of(stored: i32, rescale: Rescale) -> Self {
        (f64::from(stored) * rescale.slope + rescale.intercept) as f32
    }
}

impl Sample for i16 {
    /// Slope and intercept are whole and the result fits: [`has_whole_values`] saw to that.
    fn of(stored: i32, rescale: Rescale) -> Self {
        (stored * rescale.slope as i32 + rescale.intercept as i32) as i16
    }
}

fn fill<T: Sample>(stack: &Stack, mut values: Array3<T>) -> Result<Array3<T>, Error> {
    let mut slots: Vec<Option<ndarray::ArrayViewMut2<'_, T>>> = values.axis_iter_mut(Axis(0)).map(Some).collect();
    // A multi-frame file is opened once, so its slots travel together.
    let mut jobs: BTreeMap<&SourceFile, Vec<(u32, ndarray::ArrayViewMut2<'_, T>)>> = BTreeMap::new();
    for (frame, slot) in stack.frames.iter().zip(&mut slots) {
        jobs.entry(&frame.source).or_default().extend(slot.take().map(|slot| (frame.frame, slot)));
    }
    let jobs: Vec<_> = jobs.into_iter().collect();
    jobs.into_par_iter().try_for_each(|(source, own)| {
        let image = OpenImage::open(source)?;
        for (frame, mut slot) in own {
            let changed =
                || Error::Corrupt { file: image.shown.clone(), reason: "its matrix changed while it was read".to_string() };
            if slot.dim() != (image.layout.rows, image.layout.columns) {
                return Err(changed());
            }
            let rescale = image.rescale(frame)?;
            let out = slot.as_slice_mut().ok_or_else(changed)?;
            image.stored(frame)?.fill(image.layout, out, |stored| T::of(stored, rescale));
        }
        Ok(())
    })?;
    Ok(values)
}
