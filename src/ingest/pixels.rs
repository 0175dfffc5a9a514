//! Decodes pixels into modality units. Called only where something needs them: intensities, pictures, `inspect --pixels`.

use super::attributes::{decimal, guarded, item, items, open, text, unreadable, whole};
use super::image_file::{Class, FunctionalGroups, class_of};
use super::{Error, FrameRef, SourceFile, Stack};
use crate::volume::{Volume, Voxels};
use dicom::core::value::Value;
use dicom::dictionary_std::tags;
use dicom::object::DefaultDicomObject;
use dicom::pixeldata::PixelDecoder;
use ndarray::{Array2, Array3, ArrayViewMut1, Axis};
use rayon::prelude::*;

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
        let object = open(&source.path, &shown, None)?;
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
        let own = groups.as_ref().and_then(|groups| groups.group(frame as usize, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE));
        let object = own.unwrap_or(&self.object);
        let slope = decimal(object, tags::RESCALE_SLOPE, "RescaleSlope", &self.shown)?.unwrap_or(1.0);
        let intercept = decimal(object, tags::RESCALE_INTERCEPT, "RescaleIntercept", &self.shown)?.unwrap_or(0.0);
        if slope == 0.0 {
            return Err(Error::Attribute {
                file: self.shown.clone(),
                attribute: "RescaleSlope",
                found: "0".to_string(),
                allowed: "a slope of 0 would make every value the same".to_string(),
            });
        }
        Ok(Rescale { slope, intercept })
    }

    /// Calls `each(index, stored value)` for the samples of one frame, row by row.
    fn for_each_sample(&self, frame: u32, each: impl FnMut(usize, i32)) -> Result<(), Error> {
        let frame_bytes = self.layout.columns * self.layout.rows * self.layout.bytes_per_sample;
        let short = |have: usize, need: usize| Error::Corrupt {
            file: self.shown.clone(),
            reason: format!("frame {} needs {need} bytes of pixel data, the file holds {have}", frame + 1),
        };
        let element = self.object.get(tags::PIXEL_DATA).ok_or_else(|| Error::Attribute {
            file: self.shown.clone(),
            attribute: "PixelData",
            found: "missing".to_string(),
            allowed: "an image without pixels has no values".to_string(),
        })?;
        match element.value() {
            Value::Primitive(stored) => {
                let bytes = stored.to_bytes();
                let start = frame_bytes * frame as usize;
                let own = bytes.get(start..start + frame_bytes).ok_or_else(|| short(bytes.len(), start + frame_bytes))?;
                self.layout.for_each(own, each);
            }
            _ => {
                let decoded = guarded(&self.shown, || {
                    self.object.decode_pixel_data_frame(frame).map_err(|error| unreadable(&self.shown, &error))
                })?;
                let bytes = decoded.data();
                if bytes.len() != frame_bytes {
                    return Err(short(bytes.len(), frame_bytes));
                }
                self.layout.for_each(bytes, each);
            }
        }
        Ok(())
    }

    fn padding(&self) -> Option<std::ops::RangeInclusive<i32>> {
        let value = |tag| whole(&self.object, tag).map(|v| self.layout.interpret(v as u32));
        let one = value(tags::PIXEL_PADDING_VALUE)?;
        let other = value(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(one);
        Some(one.min(other)..=one.max(other))
    }
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

    /// Bytes are in the order of this machine: the parser has already swapped them.
    fn for_each(&self, bytes: &[u8], mut each: impl FnMut(usize, i32)) {
        if self.bytes_per_sample == 1 {
            bytes.iter().enumerate().for_each(|(index, &byte)| each(index, self.interpret(u32::from(byte))));
        } else {
            bytes
                .chunks_exact(2)
                .enumerate()
                .for_each(|(index, pair)| each(index, self.interpret(u32::from(u16::from_ne_bytes([pair[0], pair[1]])))));
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
    let padding = image.padding();
    let shape = (image.layout.rows, image.layout.columns);
    let mut values = Array2::zeros(shape);
    let mut padded = padding.as_ref().map(|_| Array2::from_elem(shape, false));
    let columns = shape.1;
    image.for_each_sample(frame.frame, |index, stored| {
        let at = (index / columns, index % columns);
        values[at] = (f64::from(stored) * rescale.slope + rescale.intercept) as f32;
        if let (Some(range), Some(padded)) = (&padding, &mut padded) {
            padded[at] = range.contains(&stored);
        }
    })?;
    Ok(SlicePixels { values, padding: padded })
}

/// Decodes a whole stack into one volume; slices in parallel, each into its own place.
///
/// # Errors
/// As [`load_slice`], for the first slice that fails.
pub fn load_volume(stack: &Stack) -> Result<Volume, Error> {
    let geometry = stack.geometry.clone();
    let shape = (geometry.slices, geometry.rows, geometry.columns);
    let voxels = if all_whole(stack)? {
        Voxels::Whole(fill(stack, Array3::<i16>::zeros(shape), |value| value as i16)?)
    } else {
        Voxels::Real(fill(stack, Array3::<f32>::zeros(shape), |value| value as f32)?)
    };
    Ok(Volume { geometry, voxels })
}

/// Whether every possible value of every slice is a whole number that 16 bits hold; headers decide, pixels are not read.
fn all_whole(stack: &Stack) -> Result<bool, Error> {
    let files = by_file(stack);
    let fits: Result<Vec<bool>, Error> = files
        .par_iter()
        .map(|(source, slices)| {
            let object = open(&source.path, &source.shown, Some(tags::PIXEL_DATA))?;
            let layout = Layout::of(&object, &source.shown)?;
            let multi_frame = slices.len() > 1 || FunctionalGroups::of(&object, &source.shown).is_ok();
            let image = OpenImage { shown: source.shown.clone(), object, layout, multi_frame };
            let (least, most) = if layout.signed {
                (-(1i64 << (layout.bits_stored - 1)), (1i64 << (layout.bits_stored - 1)) - 1)
            } else {
                (0, (1i64 << layout.bits_stored) - 1)
            };
            for &slice in slices {
                let Rescale { slope, intercept } = image.rescale(stack.frames[slice].frame)?;
                let ends = [least, most].map(|stored| stored as f64 * slope + intercept);
                let in_range = ends.iter().all(|end| (f64::from(i16::MIN)..=f64::from(i16::MAX)).contains(end));
                if slope.fract() != 0.0 || intercept.fract() != 0.0 || !in_range {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .collect();
    Ok(fits?.into_iter().all(|fits| fits))
}

/// The files of a stack with the slices each of them holds.
fn by_file(stack: &Stack) -> Vec<(&SourceFile, Vec<usize>)> {
    let mut files: std::collections::BTreeMap<&SourceFile, Vec<usize>> = std::collections::BTreeMap::new();
    for (slice, frame) in stack.frames.iter().enumerate() {
        files.entry(&frame.source).or_default().push(slice);
    }
    files.into_iter().collect()
}

fn fill<T: Copy + Send + Sync>(
    stack: &Stack,
    mut values: Array3<T>,
    convert: impl Fn(f64) -> T + Sync,
) -> Result<Array3<T>, Error> {
    let mut slots: Vec<Option<ndarray::ArrayViewMut2<'_, T>>> = values.axis_iter_mut(Axis(0)).map(Some).collect();
    // A multi-frame file is opened once, so its slots travel together.
    let mut jobs = Vec::new();
    for (source, slices) in by_file(stack) {
        let own: Vec<_> =
            slices.into_iter().filter_map(|slice| Some((stack.frames[slice].frame, slots[slice].take()?))).collect();
        jobs.push((source, own));
    }
    jobs.into_par_iter().try_for_each(|(source, own)| {
        let image = OpenImage::open(source)?;
        for (frame, slot) in own {
            let Rescale { slope, intercept } = image.rescale(frame)?;
            let (rows, columns) = slot.dim();
            if (rows, columns) != (image.layout.rows, image.layout.columns) {
                return Err(Error::Corrupt {
                    file: image.shown.clone(),
                    reason: "its matrix changed while it was read".to_string(),
                });
            }
            let mut flat: ArrayViewMut1<'_, T> =
                slot.into_shape_with_order(rows * columns).map_err(|error| unreadable(&image.shown, &error))?;
            image.for_each_sample(frame, |index, stored| flat[index] = convert(f64::from(stored) * slope + intercept))?;
        }
        Ok(())
    })?;
    Ok(values)
}
