//! Label values on a stored grid, as NIfTI and NRRD hold them: any axis order, any direction.

use super::Error;
use crate::volume::{AxisMap, Run, row_runs};
use nalgebra::Vector3;
use std::collections::BTreeMap;
use std::io::Read;

/// Label values, one number per voxel, fastest axis first. Bytes stay bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Labels {
    Byte(Vec<u8>),
    Wide(Vec<u32>),
}

/// A stored grid with one or more layers of labels (layers: overlapping segments).
#[derive(Debug, Clone)]
pub(super) struct LabelGrid {
    pub sizes: [usize; 3],
    /// LPS position of the centre of the first stored voxel.
    pub origin: Vector3<f64>,
    /// LPS steps along the stored axes, fastest first.
    pub steps: [Vector3<f64>; 3],
    pub layers: Vec<Labels>,
}

/// Label value -> its runs.
pub(super) type RunsByLabel = BTreeMap<u32, Vec<Run>>;

impl Labels {
    /// The value as a label, from a number that may come scaled or as a fraction.
    ///
    /// # Errors
    /// Not a whole number of 0 or more (within 1e-3, the noise of converters).
    pub fn from_numbers(numbers: impl Iterator<Item = f64>, file: &str) -> Result<Self, Error> {
        let labels: Result<Vec<u32>, Error> = numbers
            .map(|number| {
                let nearest = number.round();
                let whole = (number - nearest).abs() <= 1e-3 && (0.0..=4_294_967_295.0).contains(&nearest);
                if whole { Ok(nearest as u32) } else { Err(not_a_label(number, file)) }
            })
            .collect();
        Ok(Self::Wide(labels?))
    }
}

/// Reads on behind the last voxel, where a gzip stream has the checksum of what it held: the decoder compares only when it gets
/// there. What else follows (padding, for example) does not matter.
///
/// # Errors
/// The data are not those that were compressed.
pub(super) fn compare_checksum(stream: &mut dyn Read, file: &str) -> Result<(), Error> {
    match std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink()) {
        Err(error) if error.to_string().contains("checksum") => {
            Err(Error::Corrupt { file: file.to_string(), reason: "its checksum does not fit its data".to_string() })
        }
        _ => Ok(()),
    }
}

fn not_a_label(number: f64, file: &str) -> Error {
    Error::Corrupt {
        file: file.to_string(),
        reason: format!(
            "the voxel value {number} is no label: labels are whole numbers of 0 or more (a soft mask needs a threshold first)"
        ),
    }
}

impl LabelGrid {
    /// The runs of every label of one layer, on a grid whose axes are given by `map`; `sizes` is the size of that grid and voxels
    /// outside of it are an error when they carry a label.
    ///
    /// # Errors
    /// A labelled voxel outside the target grid: the message says how far.
    pub fn runs(&self, layer: &Labels, map: &AxisMap, sizes: [usize; 3]) -> Result<RunsByLabel, String> {
        match layer {
            Labels::Byte(voxels) => self.runs_of(voxels, map, sizes),
            Labels::Wide(voxels) => self.runs_of(voxels, map, sizes),
        }
    }

    fn runs_of<T: Copy + PartialEq + Default + Into<u32>>(
        &self,
        voxels: &[T],
        map: &AxisMap,
        sizes: [usize; 3],
    ) -> Result<RunsByLabel, String> {
        let strides = [1, self.sizes[0], self.sizes[0] * self.sizes[1]];
        // Size, stride and direction of the stored axis that runs along each target axis.
        let count = map.axis.map(|axis| self.sizes[axis]);
        let stride = map.axis.map(|axis| strides[axis]);
        // Along a target axis, in ascending order: first target index and the stored index that belongs to it.
        let first =
            [0, 1, 2].map(|axis| if map.sign[axis] > 0 { map.offset[axis] } else { map.offset[axis] - (count[axis] as i64 - 1) });
        let stored = |axis: usize, step: usize| if map.sign[axis] > 0 { step } else { count[axis] - 1 - step };
        let straight = stride[0] == 1 && map.sign[0] > 0;

        let mut runs = RunsByLabel::new();
        let mut outside = None;
        let mut buffer = vec![T::default(); count[0]];
        for slice_step in 0..count[2] {
            for row_step in 0..count[1] {
                let base = stored(2, slice_step) * stride[2] + stored(1, row_step) * stride[1];
                let row_voxels = if straight {
                    &voxels[base..base + count[0]]
                } else {
                    for (step, slot) in buffer.iter_mut().enumerate() {
                        *slot = voxels[base + stored(0, step) * stride[0]];
                    }
                    &buffer[..]
                };
                let (row, slice) = (first[1] + row_step as i64, first[2] + slice_step as i64);
                row_runs(row_voxels, T::default(), 0, 0, &mut |label: T, run: Run| {
                    let (start, end) = (first[0] + i64::from(run.start), first[0] + i64::from(run.end));
                    let inside = start >= 0
                        && end <= sizes[0] as i64
                        && (0..sizes[1] as i64).contains(&row)
                        && (0..sizes[2] as i64).contains(&slice);
                    if inside {
                        let placed = Run { slice: slice as u32, row: row as u32, start: start as u32, end: end as u32 };
                        runs.entry(label.into()).or_default().push(placed);
                    } else {
                        outside = outside.or(Some([start, row, slice]));
                    }
                });
            }
        }
        match outside {
            Some([column, row, slice]) => Err(format!(
                "it marks voxels outside the image, e.g. column {column}, row {row}, slice {slice} of an image of {} x {} x {}",
                sizes[0], sizes[1], sizes[2]
            )),
            None => Ok(runs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(sizes: [usize; 3], voxels: Vec<u8>) -> LabelGrid {
        LabelGrid {
            sizes,
            origin: Vector3::zeros(),
            steps: [Vector3::x(), Vector3::y(), Vector3::z()],
            layers: vec![Labels::Byte(voxels)],
        }
    }

    #[test]
    fn a_flipped_permuted_grid_lands_where_its_voxels_are() {
        // Stored 2 x 3 x 1 (a, b, c): target column = c of size 1, row = 2 - b, slice = a.
        let grid = grid([2, 3, 1], vec![0, 7, 0, 0, 0, 5]);
        let map = AxisMap { axis: [2, 1, 0], sign: [1, -1, 1], offset: [0, 2, 0] };
        let runs = grid.runs(&grid.layers[0], &map, [1, 3, 2]).unwrap();
        // Value 7 is stored at (1, 0, 0): column 0, row 2, slice 1. Value 5 at (1, 2, 0): column 0, row 0, slice 1.
        assert_eq!(runs[&7], [Run { slice: 1, row: 2, start: 0, end: 1 }]);
        assert_eq!(runs[&5], [Run { slice: 1, row: 0, start: 0, end: 1 }]);
    }

    #[test]
    fn labelled_voxels_outside_are_refused_and_empty_ones_are_not() {
        let grid = grid([4, 1, 1], vec![0, 1, 1, 0]);
        let map = |offset| AxisMap { axis: [0, 1, 2], sign: [1; 3], offset: [offset, 0, 0] };
        assert!(grid.runs(&grid.layers[0], &map(-1), [4, 1, 1]).is_ok());
        assert!(grid.runs(&grid.layers[0], &map(2), [4, 1, 1]).is_err());
    }

    #[test]
    fn a_wrong_checksum_is_noticed_and_padding_is_not() {
        let read_all = |bytes: &[u8]| {
            let mut stream = flate2::read::MultiGzDecoder::new(bytes);
            let mut data = [0; 5];
            stream.read_exact(&mut data).unwrap();
            compare_checksum(&mut stream, "m.nii.gz")
        };
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &[1, 2, 3, 4, 5]).unwrap();
        let mut bytes = encoder.finish().unwrap();
        assert!(read_all(&bytes).is_ok());
        assert!(read_all(&[&bytes[..], &[0; 100]].concat()).is_ok());
        // The checksum is the first half of the last eight bytes (RFC 1952).
        let place = bytes.len() - 8;
        bytes[place] ^= 1;
        assert!(matches!(read_all(&bytes), Err(Error::Corrupt { .. })));
    }

    #[test]
    fn labels_are_whole_numbers() {
        assert_eq!(Labels::from_numbers([0.0, 0.999_999_9].into_iter(), "m").unwrap(), Labels::Wide(vec![0, 1]));
        for wrong in [0.5, -1.0, f64::NAN, 1e12] {
            assert!(Labels::from_numbers([wrong].into_iter(), "m").is_err(), "{wrong}");
        }
    }
}
