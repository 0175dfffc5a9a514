//! The grid of an image or of a mask, as an affine map from voxel index to patient position.

use nalgebra::{Matrix3, Vector3};
use serde::{Serialize, Serializer};

/// A position in the patient, in LPS millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LpsPoint(pub Vector3<f64>);

impl LpsPoint {
    /// From x (left), y (posterior), z (superior) in millimetres.
    pub fn new(x: f64, y: f64, z: f64) -> Self {
        Self(Vector3::new(x, y, z))
    }
}

impl Serialize for LpsPoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.0.x, self.0.y, self.0.z].serialize(serializer)
    }
}

/// Zero-based index of a voxel: column (along a row), row, slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VoxelIndex {
    /// Along a row, the fastest axis.
    pub column: usize,
    /// Along a column.
    pub row: usize,
    /// Across slices, ascending along row direction x column direction.
    pub slice: usize,
}

/// A regular stack of equal slices. In-plane axes are orthonormal; the stack may be sheared (gantry tilt).
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeGeometry {
    /// Voxels in a row.
    pub columns: usize,
    /// Rows in a slice.
    pub rows: usize,
    /// Slices.
    pub slices: usize,
    /// Distance in millimetres \[between columns, between rows\].
    pub spacing_mm: [f64; 2],
    /// Centre of voxel (0, 0, 0).
    pub origin: LpsPoint,
    /// Unit vector along a row (growing column index), LPS.
    pub row_direction: Vector3<f64>,
    /// Unit vector along a column (growing row index), LPS.
    pub column_direction: Vector3<f64>,
    /// From the centre of a voxel to that of the same voxel in the next slice, LPS millimetres.
    pub slice_step: Vector3<f64>,
}

impl VolumeGeometry {
    /// Unit normal of the slices: row direction x column direction.
    pub fn normal(&self) -> Vector3<f64> {
        self.row_direction.cross(&self.column_direction)
    }

    /// Distance between slice planes in millimetres, along the normal.
    pub fn spacing_between_slices(&self) -> f64 {
        self.slice_step.dot(&self.normal())
    }

    /// The three steps in LPS millimetres: to the next column, row and slice.
    pub fn steps_mm(&self) -> [[f64; 3]; 3] {
        let column = self.row_direction * self.spacing_mm[0];
        let row = self.column_direction * self.spacing_mm[1];
        [column.into(), row.into(), self.slice_step.into()]
    }

    fn matrix(&self) -> Matrix3<f64> {
        Matrix3::from_columns(&[
            self.row_direction * self.spacing_mm[0],
            self.column_direction * self.spacing_mm[1],
            self.slice_step,
        ])
    }

    /// Volume of one voxel in cubic millimetres: pixel area times the spacing along the normal.
    pub fn voxel_volume_mm3(&self) -> f64 {
        self.spacing_mm[0] * self.spacing_mm[1] * self.spacing_between_slices().abs()
    }

    /// The larger of the two in-plane spacings: what "one pixel" means for the smallest diameter.
    pub fn one_pixel_mm(&self) -> f64 {
        self.spacing_mm[0].max(self.spacing_mm[1])
    }

    /// Patient position of a point in voxel coordinates (column, row, slice), fractions allowed.
    pub fn lps(&self, voxel: [f64; 3]) -> LpsPoint {
        LpsPoint(self.origin.0 + self.matrix() * Vector3::from(voxel))
    }

    /// Voxel coordinates (column, row, slice) of a patient position, with fractions; the inverse of [`Self::lps`].
    /// `None` for a degenerate grid.
    pub fn voxel_of(&self) -> Option<impl Fn(LpsPoint) -> [f64; 3] + use<>> {
        let inverse = self.matrix().try_inverse()?;
        let origin = self.origin.0;
        Some(move |point: LpsPoint| (inverse * (point.0 - origin)).into())
    }

    /// Projection of a slice on the normal, in millimetres.
    pub fn position_mm(&self, slice: usize) -> f64 {
        self.normal().dot(&(self.origin.0 + self.slice_step * slice as f64))
    }

    /// Whether successive slices are shifted within their plane (gantry tilt) by more than 1 % of their distance.
    pub fn is_sheared(&self) -> bool {
        let along = self.normal() * self.spacing_between_slices();
        (self.slice_step - along).norm() > 0.01 * along.norm()
    }

    /// Voxels of the grid.
    pub fn voxels(&self) -> usize {
        self.columns * self.rows * self.slices
    }
}

/// The everyday name of the plane with this normal: axial, coronal, sagittal, or oblique when it is more than 20 degrees off.
pub fn in_plane_name(normal: Vector3<f64>) -> &'static str {
    let [x, y, z] = [normal.x.abs(), normal.y.abs(), normal.z.abs()];
    let cos_20_degrees = 0.939_692_620_785_908;
    match () {
        () if z >= cos_20_degrees => "axial",
        () if y >= cos_20_degrees => "coronal",
        () if x >= cos_20_degrees => "sagittal",
        () => "oblique",
    }
}
