//! Values of the image inside a lesion.

use crate::volume::Run;
use ndarray::Array2;
use std::collections::BTreeMap;

/// Statistics of the modality values of a lesion's voxels (Hounsfield units for CT); padding voxels are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intensity {
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation, divided by n.
    pub sd: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Middle value; the mean of the two middle ones for an even count.
    pub median: f64,
}

/// A slice in modality units with its padding voxels, both indexed `[row, column]`.
pub type SliceValues = (Array2<f32>, Option<Array2<bool>>);

/// Statistics over the voxels of `runs`; `slices` holds at least the slices they touch. `None` when no voxel has a value.
pub fn intensity(runs: &[Run], slices: &BTreeMap<usize, SliceValues>) -> Option<Intensity> {
    let mut values: Vec<f32> = Vec::new();
    for run in runs {
        let (pixels, padding) = slices.get(&(run.slice as usize))?;
        for column in run.start..run.end {
            let at = (run.row as usize, column as usize);
            if !padding.as_ref().is_some_and(|padding| padding[at]) {
                values.push(pixels[at]);
            }
        }
    }
    if values.is_empty() {
        return None;
    }
    values.sort_by(f32::total_cmp);
    let n = values.len();
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n as f64;
    let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n as f64;
    let median = (f64::from(values[(n - 1) / 2]) + f64::from(values[n / 2])) / 2.0;
    Some(Intensity { mean, sd: variance.sqrt(), min: values[0].into(), max: values[n - 1].into(), median })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn statistics_leave_padding_out() {
        let pixels = array![[1.0f32, 2.0, 3.0, 4.0], [100.0, -2000.0, 7.0, 7.0]];
        let padding = array![[false, false, false, false], [false, true, false, false]];
        let slices = BTreeMap::from([(3, (pixels, Some(padding)))]);
        let runs = [Run { slice: 3, row: 0, start: 0, end: 4 }, Run { slice: 3, row: 1, start: 1, end: 3 }];
        // 1 2 3 4 7: mean 3.4, variance (5.76 + 1.96 + 0.16 + 0.36 + 12.96) / 5 = 4.24.
        let found = intensity(&runs, &slices).unwrap();
        assert!((found.mean - 3.4).abs() < 1e-12 && (found.sd * found.sd - 4.24).abs() < 1e-12);
        assert_eq!((found.min, found.max, found.median), (1.0, 7.0, 3.0));
        assert_eq!(intensity(&runs[1..1], &slices), None);
    }
}
