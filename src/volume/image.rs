//! The voxels of an image, in modality units.

use super::VolumeGeometry;
use ndarray::Array3;

/// Values, indexed `[slice, row, column]`. Whole numbers stay whole: half the memory, no rounding.
#[derive(Debug, Clone, PartialEq)]
pub enum Voxels {
    /// Every slope and intercept was a whole number and every value fits.
    Whole(Array3<i16>),
    /// Anything else.
    Real(Array3<f32>),
}

/// An image: a grid and its values in modality units (Hounsfield units for CT).
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Where the voxels are.
    pub geometry: VolumeGeometry,
    /// Their values.
    pub voxels: Voxels,
}

impl Volume {
    /// Smallest value, largest value and mean; `None` for an empty volume.
    pub fn summary(&self) -> Option<(f64, f64, f64)> {
        fn fold<T: Copy + Into<f64>>(values: &Array3<T>) -> Option<(f64, f64, f64)> {
            let first = (*values.first()?).into();
            let (mut least, mut most, mut sum) = (first, first, 0.0);
            for &value in values {
                let value: f64 = value.into();
                least = f64::min(least, value);
                most = f64::max(most, value);
                sum += value;
            }
            Some((least, most, sum / values.len() as f64))
        }
        match &self.voxels {
            Voxels::Whole(values) => fold(values),
            Voxels::Real(values) => fold(values),
        }
    }
}
