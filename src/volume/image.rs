//! The voxels of an image, in modality units.

use super::{Values, VolumeGeometry};
use rayon::prelude::*;

/// Values, indexed `[slice, row, column]`. Whole numbers stay whole: half the memory, no rounding.
#[derive(Debug, PartialEq)]
pub enum Voxels {
    /// Every slope and intercept was a whole number and every value fits.
    Whole(Values<i16>),
    /// Anything else.
    Real(Values<f32>),
}

/// An image: a grid and its values in modality units (Hounsfield units for CT).
#[derive(Debug, PartialEq)]
pub struct Volume {
    /// Where the voxels are.
    pub geometry: VolumeGeometry,
    /// Their values.
    pub voxels: Voxels,
}

/// Values that are looked through at a time, so that sums are the same with any number of threads.
const PART: usize = 1 << 18;

impl Volume {
    /// Smallest value, largest value and mean; `None` for an empty volume.
    pub fn summary(&self) -> Option<(f64, f64, f64)> {
        match &self.voxels {
            Voxels::Whole(values) => {
                let part = |part: &[i16]| {
                    let (least, most) = part.iter().fold((i16::MAX, i16::MIN), |(a, b), &v| (a.min(v), b.max(v)));
                    // A part has 2^18 values of less than 2^15 each: their sum needs 33 bits.
                    let sum =
                        part.chunks(1 << 15).map(|few| i64::from(few.iter().map(|&v| i32::from(v)).sum::<i32>())).sum::<i64>();
                    (f64::from(least), f64::from(most), sum as f64)
                };
                summed(values.as_slice().par_chunks(PART).map(part).collect(), values.len())
            }
            Voxels::Real(values) => {
                let part = |part: &[f32]| {
                    part.iter().fold((f64::INFINITY, f64::NEG_INFINITY, 0.0), |(least, most, sum), &value| {
                        let value = f64::from(value);
                        (least.min(value), most.max(value), sum + value)
                    })
                };
                summed(values.as_slice().par_chunks(PART).map(part).collect(), values.len())
            }
        }
    }
}

fn summed(parts: Vec<(f64, f64, f64)>, values: usize) -> Option<(f64, f64, f64)> {
    let all = parts.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1), a.2 + b.2))?;
    Some((all.0, all.1, all.2 / values as f64))
}
