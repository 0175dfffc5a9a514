//! From stored samples to values in modality units (PS3.5 section 8, PS3.3 C.11.1).

use super::Error;
use super::attributes::{decimal, item, text, whole};
use super::data_set::{DataSet, Numbers};
use dicom::dictionary_std::tags;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    pub columns: usize,
    pub rows: usize,
    /// 1, 2 or 4.
    pub bytes_per_sample: usize,
    pub bits_stored: u32,
    /// Unused bits below the stored ones; 0 unless High Bit says otherwise.
    pub shift: u32,
    pub signed: bool,
}

/// What makes a value of a stored number.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Modality {
    /// `value = slope * stored + intercept`.
    Linear { slope: f64, intercept: f64 },
    /// The value of `first` and of the numbers after it; numbers outside of the table take its ends.
    Table { first: i64, values: Arc<[u16]> },
}

/// Slopes and intercepts beyond it are slips: values would not fit the numbers they are computed in.
const LARGEST_RESCALE: f64 = 1e15;

impl Layout {
    /// From the attributes of the image pixel module.
    ///
    /// # Errors
    /// Sizes that no image has, or that contradict each other.
    pub fn of(object: &DataSet<'_>, shown: &str) -> Result<Self, Error> {
        let wrong = |attribute: &'static str, found: Option<i64>, allowed: &str| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found: found.map_or("missing".to_string(), |value| value.to_string()),
            allowed: allowed.to_string(),
        };
        let number = |tag, attribute, range: RangeInclusive<i64>, allowed: &str| {
            let found = whole(object, tag);
            found.filter(|value| range.contains(value)).ok_or_else(|| wrong(attribute, found, allowed))
        };
        let columns = number(tags::COLUMNS, "Columns", 1..=65_535, "1 to 65535 is allowed")?;
        let rows = number(tags::ROWS, "Rows", 1..=65_535, "1 to 65535 is allowed")?;
        let allocated = whole(object, tags::BITS_ALLOCATED);
        let bytes_per_sample = match allocated {
            Some(bits @ (8 | 16 | 32)) => bits / 8,
            _ => return Err(wrong("BitsAllocated", allocated, "8, 16 or 32 is allowed for CT and MR")),
        };
        let most = 8 * bytes_per_sample;
        let bits_stored = number(tags::BITS_STORED, "BitsStored", 1..=most, "1 to BitsAllocated is allowed")?;
        let high_bit = whole(object, tags::HIGH_BIT).unwrap_or(bits_stored - 1);
        if !(bits_stored - 1..most).contains(&high_bit) {
            let allowed = format!("BitsStored - 1 = {} to BitsAllocated - 1 = {} is allowed", bits_stored - 1, most - 1);
            return Err(wrong("HighBit", Some(high_bit), &allowed));
        }
        let signed =
            number(tags::PIXEL_REPRESENTATION, "PixelRepresentation", 0..=1, "0 (unsigned) or 1 (signed) is allowed")? == 1;
        Ok(Self {
            columns: columns as usize,
            rows: rows as usize,
            bytes_per_sample: bytes_per_sample as usize,
            bits_stored: bits_stored as u32,
            shift: (high_bit + 1 - bits_stored) as u32,
            signed,
        })
    }

    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> usize {
        self.columns * self.rows * self.bytes_per_sample
    }

    /// Keeps the stored bits and extends the sign.
    pub fn interpret(&self, sample: u32) -> i64 {
        let above = 32 - self.bits_stored - self.shift;
        let unused = 32 - self.bits_stored;
        if self.signed { i64::from(((sample << above) as i32) >> unused) } else { i64::from((sample << above) >> unused) }
    }

    /// The stored numbers that can occur.
    fn range(&self) -> RangeInclusive<i64> {
        match self.signed {
            true => -(1i64 << (self.bits_stored - 1))..=(1i64 << (self.bits_stored - 1)) - 1,
            false => 0..=(1i64 << self.bits_stored) - 1,
        }
    }

    /// The stored numbers that mean that nothing was measured there.
    ///
    /// # Errors
    /// A number that no sample can have, which then means none of them.
    pub fn padding(&self, object: &DataSet<'_>) -> Result<Option<RangeInclusive<i64>>, i64> {
        let value = |tag| {
            let Some(number) = whole(object, tag) else { return Ok(None) };
            // The same bits are read as signed or unsigned, depending on how the element was written.
            let bits = 8 * self.bytes_per_sample as u32;
            let other = if number < 0 { number + (1 << bits) } else { number - (1 << bits) };
            let fits = [number, other].into_iter().find(|number| self.range().contains(number));
            fits.map(Some).ok_or(number)
        };
        let Some(one) = value(tags::PIXEL_PADDING_VALUE)? else { return Ok(None) };
        let other = value(tags::PIXEL_PADDING_RANGE_LIMIT)?.unwrap_or(one);
        Ok(Some(one.min(other)..=one.max(other)))
    }

    /// Puts `convert(stored number)` of every sample into its place.
    pub fn fill<T>(&self, bytes: &[u8], big_endian: bool, out: &mut [T], convert: impl Fn(i64) -> T) {
        let layout = *self;
        macro_rules! samples {
            ($kind:ty, $from:ident) => {
                for (slot, sample) in out.iter_mut().zip(bytes.as_chunks().0) {
                    *slot = convert(layout.interpret(u32::from(<$kind>::$from(*sample))));
                }
            };
        }
        match (self.bytes_per_sample, big_endian) {
            (1, _) => samples!(u8, from_le_bytes),
            (2, false) => samples!(u16, from_le_bytes),
            (2, true) => samples!(u16, from_be_bytes),
            (_, false) => samples!(u32, from_le_bytes),
            (_, true) => samples!(u32, from_be_bytes),
        }
    }

    /// The same for the case that nearly all images are: 16-bit little-endian words whose values are whole numbers of 16 bits.
    pub fn fill_words(&self, bytes: &[u8], out: &mut [i16], slope: i32, intercept: i32) {
        let above = 32 - self.bits_stored - self.shift;
        let unused = 32 - self.bits_stored;
        let words = bytes.as_chunks().0.iter().map(|pair| u32::from(u16::from_le_bytes(*pair)));
        if self.signed {
            for (slot, word) in out.iter_mut().zip(words) {
                *slot = ((((word << above) as i32) >> unused).wrapping_mul(slope).wrapping_add(intercept)) as i16;
            }
        } else {
            for (slot, word) in out.iter_mut().zip(words) {
                *slot = ((((word << above) >> unused) as i32).wrapping_mul(slope).wrapping_add(intercept)) as i16;
            }
        }
    }
}

impl Modality {
    /// The table or the line of one frame: `own` is its functional group, where it has one.
    ///
    /// # Errors
    /// A slope of 0; a table that is not whole.
    pub fn of(object: &DataSet<'_>, own: Option<&DataSet<'_>>, layout: &Layout, shown: &str) -> Result<Self, Error> {
        if let Some(lut) = item(object, tags::MODALITY_LUT_SEQUENCE) {
            return Self::table(lut, layout, shown);
        }
        let stated = |tag, attribute| {
            let own = own.map(|own| decimal(own, tag, attribute, shown)).transpose()?.flatten();
            own.map_or_else(|| decimal(object, tag, attribute, shown), |own| Ok(Some(own)))
        };
        let slope = stated(tags::RESCALE_SLOPE, "RescaleSlope")?.unwrap_or(1.0);
        let intercept = stated(tags::RESCALE_INTERCEPT, "RescaleIntercept")?.unwrap_or(0.0);
        for (attribute, number) in [("RescaleSlope", slope), ("RescaleIntercept", intercept)] {
            if number.abs() > LARGEST_RESCALE {
                return Err(Error::Attribute {
                    file: shown.to_string(),
                    attribute,
                    found: number.to_string(),
                    allowed: format!("numbers up to {LARGEST_RESCALE} are believed"),
                });
            }
        }
        if slope == 0.0 {
            return Err(Error::Attribute {
                file: shown.to_string(),
                attribute: "RescaleSlope",
                found: "0".to_string(),
                allowed: "a slope of 0 would make every value the same".to_string(),
            });
        }
        Ok(Self::Linear { slope, intercept })
    }

    fn table(lut: &DataSet<'_>, layout: &Layout, shown: &str) -> Result<Self, Error> {
        let wrong = |attribute: &'static str, found: String, allowed: String| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found,
            allowed,
        };
        let descriptor = match lut.numbers(tags::LUT_DESCRIPTOR) {
            Some(Numbers::Whole(numbers)) => numbers,
            _ => Vec::new(),
        };
        let [entries, first, bits] = descriptor[..] else {
            let found = format!("{} values", descriptor.len());
            return Err(wrong("LUTDescriptor", found, "three values are expected".to_string()));
        };
        // 65536 does not fit the field and is written as 0; the first number mapped has the sign of the pixels (C.11.1.1).
        let entries = if entries as u16 == 0 { 1 << 16 } else { usize::from(entries as u16) };
        let first = if layout.signed { i64::from(first as u16 as i16) } else { i64::from(first as u16) };
        let bytes = lut.bytes(tags::LUT_DATA).unwrap_or_default();
        let big_endian = lut.encoding.big_endian;
        let wide = match bits {
            8 if bytes.len() == entries || bytes.len() == entries + 1 => false,
            8..=16 if bytes.len() == 2 * entries => true,
            _ => {
                let allowed = format!("a table of {entries} entries of {bits} bits is announced (8 to 16 bits are allowed)");
                return Err(wrong("LUTData", format!("{} bytes", bytes.len()), allowed));
            }
        };
        let words = |pair: &[u8; 2]| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
        let values = match wide {
            true => bytes.as_chunks().0.iter().map(words).collect(),
            false => bytes[..entries].iter().map(|&byte| u16::from(byte)).collect(),
        };
        Ok(Self::Table { first, values })
    }

    /// The value of a stored number.
    pub fn value(&self, stored: i64) -> f64 {
        match self {
            Self::Linear { slope, intercept } => stored as f64 * slope + intercept,
            Self::Table { first, values } => {
                let index = stored.saturating_sub(*first).clamp(0, values.len() as i64 - 1);
                f64::from(values[index as usize])
            }
        }
    }

    /// Slope and intercept, when every value that can occur is a whole number which 16 bits hold.
    pub fn whole_line(&self, layout: &Layout) -> Option<(i32, i32)> {
        let Self::Linear { slope, intercept } = *self else { return None };
        let fits = |value: f64| (f64::from(i16::MIN)..=f64::from(i16::MAX)).contains(&value);
        let range = layout.range();
        let whole = slope.fract() == 0.0 && intercept.fract() == 0.0;
        // Both ends fit, so slope and intercept do.
        (whole && layout.bits_stored <= 16 && fits(self.value(*range.start())) && fits(self.value(*range.end())))
            .then_some((slope as i32, intercept as i32))
    }
}

/// Whether the object states how its numbers become values.
pub(super) fn states_values(object: &DataSet<'_>) -> bool {
    let line = [tags::RESCALE_SLOPE, tags::RESCALE_INTERCEPT].into_iter().all(|tag| text(object, tag).is_some());
    line || item(object, tags::MODALITY_LUT_SEQUENCE).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(bits_stored: u32, shift: u32, signed: bool) -> Layout {
        Layout { columns: 1, rows: 1, bytes_per_sample: 2, bits_stored, shift, signed }
    }

    #[test]
    fn stored_bits_are_kept_shifted_and_signed() {
        // PS3.5 8.1.1: the stored bits end at High Bit; what is above and below is not part of the sample.
        for (sample, layout, expected) in [
            (0xf123, layout(12, 0, false), 0x123),
            (0x0fff, layout(12, 0, true), -1),
            (0xffff, layout(16, 0, true), -1),
            (0x1230, layout(12, 4, false), 0x123),
            (0x800f, layout(12, 4, true), -2048),
        ] {
            assert_eq!(layout.interpret(sample), expected, "{sample:#x} {layout:?}");
            let mut out = [0i16];
            layout.fill_words(&(sample as u16).to_le_bytes(), &mut out, 1, 0);
            assert_eq!(i64::from(out[0]), expected, "{sample:#x} {layout:?}");
        }
    }

    #[test]
    fn a_line_is_whole_only_when_every_value_fits() {
        let line = |slope, intercept| Modality::Linear { slope, intercept };
        assert_eq!(line(1.0, -1024.0).whole_line(&layout(12, 0, false)), Some((1, -1024)));
        // 65535 - 1024 is more than 32767; half numbers are not whole.
        assert_eq!(line(1.0, -1024.0).whole_line(&layout(16, 0, false)), None);
        assert_eq!(line(0.5, 0.0).whole_line(&layout(12, 0, false)), None);
    }

    #[test]
    fn a_table_keeps_its_ends() {
        let table = Modality::Table { first: -1, values: Arc::from([10, 20, 30]) };
        let found = [-5, -1, 0, 1, 9].map(|stored| table.value(stored));
        assert_eq!(found, [10.0, 10.0, 20.0, 30.0, 30.0]);
    }
}
