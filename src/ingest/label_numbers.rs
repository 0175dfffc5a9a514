//! How label volumes store their numbers, and how whole rows of them become runs.

use super::label_grid::{MOST_RUNS, RunsByLabel};
use crate::volume::{LabelCollector, Voxel, line_runs, row_runs};
use bytemuck::Pod;
use std::borrow::Cow;

/// As many voxels are read (2048 x 2048 x 2048); with more a small file could keep the program busy for hours.
const MOST_VOXELS: usize = 1 << 33;

/// More labels than this are values of an image, not labels of a mask.
const MOST_LABELS: usize = 65_535;

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

/// How label values are stored: `label = slope * number + intercept`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stored {
    pub number: Number,
    pub big_endian: bool,
    pub slope: f64,
    pub intercept: f64,
}

/// The order of the voxels in a file: `sizes` of the spatial axes, fastest first, and a list axis of `layers`, which comes after
/// `before_list` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub sizes: [usize; 3],
    pub layers: usize,
    pub before_list: usize,
}

impl Number {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl Stored {
    /// Whether the numbers are labels as they lie in memory.
    fn is_plain(&self) -> bool {
        self.is_unscaled() && (self.number.bytes() == 1 || self.big_endian == cfg!(target_endian = "big"))
    }

    fn is_unscaled(&self) -> bool {
        self.slope == 1.0 && self.intercept == 0.0
    }

    /// The labels of some numbers.
    ///
    /// # Errors
    /// The first number that is no label.
    fn labels(&self, bytes: &[u8], labels: &mut Vec<u32>) -> Result<(), f64> {
        labels.clear();
        match self.number {
            Number::U8 => self.each(bytes, labels, |[byte]| f64::from(byte)),
            Number::I8 => self.each(bytes, labels, |bytes| f64::from(i8::from_le_bytes(bytes))),
            Number::U16 => self.each(bytes, labels, |bytes| f64::from(u16::from_le_bytes(bytes))),
            Number::I16 => self.each(bytes, labels, |bytes| f64::from(i16::from_le_bytes(bytes))),
            Number::U32 => self.each(bytes, labels, |bytes| f64::from(u32::from_le_bytes(bytes))),
            Number::I32 => self.each(bytes, labels, |bytes| f64::from(i32::from_le_bytes(bytes))),
            Number::U64 => self.each(bytes, labels, |bytes| u64::from_le_bytes(bytes) as f64),
            Number::I64 => self.each(bytes, labels, |bytes| i64::from_le_bytes(bytes) as f64),
            Number::F32 => self.each(bytes, labels, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Number::F64 => self.each(bytes, labels, f64::from_le_bytes),
        }
    }

    fn each<const N: usize>(&self, bytes: &[u8], labels: &mut Vec<u32>, number: impl Fn([u8; N]) -> f64) -> Result<(), f64> {
        for &(mut one) in bytes.as_chunks::<N>().0 {
            if self.big_endian {
                one.reverse();
            }
            labels.push(label_of(number(one) * self.slope + self.intercept)?);
        }
        Ok(())
    }
}

/// The value as a label: a whole number of 0 or more, within 1e-3 (the noise of converters).
///
/// # Errors
/// The value, when it is none.
fn label_of(value: f64) -> Result<u32, f64> {
    // The cast cuts off and saturates; what it changes by more than the noise is no label, and NaN compares with nothing.
    let nearest = (value + 0.5) as u32;
    if (value - f64::from(nearest)).abs() <= 1e-3 { Ok(nearest) } else { Err(value) }
}

impl Order {
    /// Number of voxels of all layers; `None` when there are more than are read.
    pub fn voxels(&self) -> Option<usize> {
        let voxels = self.sizes.iter().chain([&self.layers]).try_fold(1usize, |product, &size| product.checked_mul(size));
        voxels.filter(|&voxels| voxels <= MOST_VOXELS)
    }

    /// Voxels of one line: a row, and of every layer where the layers of a voxel lie side by side.
    pub fn voxels_of_line(&self) -> usize {
        self.sizes[0] * self.layers_in_line()
    }

    fn layers_in_line(&self) -> usize {
        if self.before_list == 0 { self.layers } else { 1 }
    }

    /// Row, slice and layer of a line of voxels, counted in the order of the file.
    fn place(&self, line: usize) -> (u32, u32, usize) {
        let [_, rows, _] = self.sizes;
        let (row, slice, layer) = match self.before_list {
            0 => (line % rows, line / rows, 0),
            1 => (line / self.layers % rows, line / self.layers / rows, line % self.layers),
            2 => (line % rows, line / rows / self.layers, line / rows % self.layers),
            _ => (line % rows, line / rows % self.sizes[2], line / rows / self.sizes[2]),
        };
        (row as u32, slice as u32, layer)
    }
}

/// The runs found so far, by layer and label.
pub(super) struct Found {
    layers: Vec<LabelCollector>,
}

impl Found {
    pub fn nothing(order: &Order) -> Self {
        Self { layers: vec![LabelCollector::default(); order.layers] }
    }

    /// Adds the runs of some whole lines, of which the first is line `first_line` of the file.
    ///
    /// # Errors
    /// Why this is no mask.
    pub fn add_lines(&mut self, bytes: &[u8], first_line: usize, stored: &Stored, order: &Order) -> Result<(), String> {
        let added = match (stored.is_plain() && order.layers == 1, stored.number) {
            (false, _) => self.add_any(bytes, first_line, stored, order),
            (true, Number::U8) => self.add_plain::<u8>(bytes, first_line, order, f64::from),
            (true, Number::I8) => self.add_plain::<i8>(bytes, first_line, order, f64::from),
            (true, Number::U16) => self.add_plain::<u16>(bytes, first_line, order, f64::from),
            (true, Number::I16) => self.add_plain::<i16>(bytes, first_line, order, f64::from),
            (true, Number::U32) => self.add_plain::<u32>(bytes, first_line, order, f64::from),
            (true, Number::I32) => self.add_plain::<i32>(bytes, first_line, order, f64::from),
            (true, Number::U64) => self.add_plain::<u64>(bytes, first_line, order, |number| number as f64),
            (true, Number::I64) => self.add_plain::<i64>(bytes, first_line, order, |number| number as f64),
            (true, Number::F32) => self.add_plain::<f32>(bytes, first_line, order, f64::from),
            (true, Number::F64) => self.add_plain::<f64>(bytes, first_line, order, |number| number),
        };
        added.map_err(not_a_label)?;
        self.still_a_mask()
    }

    /// Numbers that are read where they lie: only the value of a run is looked at, not each of its voxels.
    fn add_plain<T: Voxel + Pod>(
        &mut self,
        bytes: &[u8],
        first_line: usize,
        order: &Order,
        number: impl Fn(T) -> f64,
    ) -> Result<(), f64> {
        let voxels: Cow<'_, [T]> = match bytemuck::try_cast_slice(bytes) {
            Ok(voxels) => Cow::Borrowed(voxels),
            Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(bytes)),
        };
        let [columns, rows, _] = order.sizes;
        let (runs, mut outcome) = (&mut self.layers[0], Ok(()));
        line_runs(&voxels, columns, rows, first_line, T::zeroed(), &mut |value, run| match label_of(number(value)) {
            Ok(0) => {}
            Ok(label) => runs.push(label, run),
            Err(value) => outcome = outcome.and(Err(value)),
        });
        outcome
    }

    /// Scaled numbers, other byte orders, several layers.
    fn add_any(&mut self, bytes: &[u8], first_line: usize, stored: &Stored, order: &Order) -> Result<(), f64> {
        let side_by_side = order.layers_in_line();
        let (mut one_layer, mut labels) = (Vec::new(), Vec::new());
        for (line, bytes) in bytes.chunks_exact(order.voxels_of_line() * stored.number.bytes()).enumerate() {
            let (row, slice, layer) = order.place(first_line + line);
            // Most rows hold nothing, whatever their numbers are stored as.
            if stored.is_unscaled() && bytes.iter().fold(0, |all, byte| all | byte) == 0 {
                continue;
            }
            for beside in 0..side_by_side {
                let bytes = if side_by_side == 1 {
                    bytes
                } else {
                    one_layer.clear();
                    one_layer.extend(bytes.chunks_exact(stored.number.bytes()).skip(beside).step_by(side_by_side).flatten());
                    &one_layer
                };
                stored.labels(bytes, &mut labels)?;
                row_runs(&labels, 0, slice, row, &mut |label, run| self.layers[layer + beside].push(label, run));
            }
        }
        Ok(())
    }

    /// Adds what was found in later lines.
    ///
    /// # Errors
    /// Both together are no mask.
    pub fn append(&mut self, later: Self) -> Result<(), String> {
        self.layers.iter_mut().zip(later.layers).for_each(|(own, later)| own.append(later));
        self.still_a_mask()
    }

    /// Number of runs of all layers.
    pub fn runs(&self) -> usize {
        self.layers.iter().map(LabelCollector::runs).sum()
    }

    /// The runs of every layer.
    pub fn into_layers(self) -> Vec<RunsByLabel> {
        self.layers.into_iter().map(LabelCollector::into_runs).collect()
    }

    fn still_a_mask(&self) -> Result<(), String> {
        if self.layers.iter().map(LabelCollector::labels).sum::<usize>() > MOST_LABELS {
            return Err(format!("it holds more than {MOST_LABELS} different values: an image, not a mask"));
        }
        if self.runs() > MOST_RUNS {
            return Err(format!("what it marks is scattered over more than {MOST_RUNS} places: noise, not a mask"));
        }
        Ok(())
    }
}

fn not_a_label(value: f64) -> String {
    format!("the voxel value {value} is no label: labels are whole numbers of 0 or more (a soft mask needs a threshold first)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_whole_numbers() {
        for (value, label) in [(0.0, 0), (0.999_999_9, 1), (-0.000_5, 0), (4_294_967_295.0, u32::MAX)] {
            assert_eq!(label_of(value), Ok(label));
        }
        for wrong in [0.5, -1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(label_of(wrong).is_err(), "{wrong}");
        }
    }
}
