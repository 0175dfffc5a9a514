//! The pixels of a slice: lengths in millimetres, and an exact order of lengths.

use super::contour::QUARTERS;
use crate::hull::Point;

/// Picometres per millimetre. Spacings come as decimals with a handful of digits, or as directions times spacings with an error in
/// the last digit; in whole picometres the first are exact and the second are gone.
const PICOMETRES: f64 = 1e9;

/// Largest whole number a spacing may become, so that products of two of them and two coordinates below 2^22 fit 128 bits.
const LARGEST: u64 = 1 << 40;

/// Pixel spacings of a slice.
pub(crate) struct PixelGrid {
    spacing_mm: [f64; 2],
    /// Squared spacings of columns and rows as whole multiples of a common unit; both 1 for square pixels.
    pub(crate) weights: [i128; 2],
}

impl PixelGrid {
    /// `None` unless both spacings are positive and finite.
    pub(crate) fn new(spacing_mm: [f64; 2]) -> Option<PixelGrid> {
        if !spacing_mm.iter().all(|&spacing| spacing.is_finite() && spacing > 0.0) {
            return None;
        }
        let mut whole = spacing_mm.map(|spacing| ((spacing * PICOMETRES).round() as u64).max(1));
        let common = greatest_common_divisor(whole[0], whole[1]);
        whole = whole.map(|spacing| spacing / common);
        while whole[0].max(whole[1]) > LARGEST {
            whole = whole.map(|spacing| (spacing / 2).max(1));
        }
        Some(PixelGrid { spacing_mm, weights: whole.map(|spacing| i128::from(spacing) * i128::from(spacing)) })
    }

    /// Squared length of a step in quarters of a voxel, in units of the weights: exact, to compare lengths with.
    pub(crate) fn squared_length(&self, step: Point) -> i128 {
        (0..2).map(|axis| self.weights[axis] * i128::from(step[axis]) * i128::from(step[axis])).sum()
    }

    /// Length of a step in quarters of a voxel, in columns.
    fn length_in_columns(&self, step: Point) -> f64 {
        let [across, down] = step.map(|quarters| quarters as f64 / QUARTERS as f64);
        let down = down * (self.spacing_mm[1] / self.spacing_mm[0]);
        (across * across + down * down).sqrt()
    }

    /// Length of a step in quarters of a voxel, in mm.
    pub(crate) fn length_mm(&self, step: Point) -> f64 {
        self.length_in_columns(step) * self.spacing_mm[0]
    }

    /// Height in mm of a rectangle over `base`, whose area is given in squared quarters of a voxel.
    pub(crate) fn height_mm(&self, area: f64, base: Point) -> f64 {
        area / (QUARTERS * QUARTERS) as f64 / self.length_in_columns(base) * self.spacing_mm[1]
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
