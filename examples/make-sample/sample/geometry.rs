//! Voxel grids and ellipsoids, in the slice frame and in patient coordinates (LPS, millimetres).
//!
//! The slice frame has its origin in the middle of the body; x runs along a row of pixels, y along a column, z along
//! their cross product. Anatomy and lesions live in it, so that every lesion's axes lie in the acquired plane.

use std::f64::consts::PI;

/// Three coordinates in millimetres, or a direction.
pub type Vector = [f64; 3];

/// The slices of one acquisition.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Number of columns, rows and slices.
    pub size: [usize; 3],
    /// Distance between columns and between rows, mm (pixels are square).
    pub pixel_mm: f64,
    /// Distance between slices, mm.
    pub slice_mm: f64,
    /// Slice-frame position of the centre of voxel (0, 0, 0), mm.
    pub first: Vector,
    /// LPS position of the slice frame's origin, mm.
    pub body_lps: Vector,
    /// Unit vectors of x, y and z of the slice frame in LPS.
    pub axes: [Vector; 3],
}

impl Grid {
    /// Slice-frame position of a voxel centre, mm.
    pub fn position(&self, column: usize, row: usize, slice: usize) -> Vector {
        [
            self.first[0] + column as f64 * self.pixel_mm,
            self.first[1] + row as f64 * self.pixel_mm,
            self.first[2] + slice as f64 * self.slice_mm,
        ]
    }

    /// LPS position of a point of the slice frame, mm.
    pub fn lps(&self, point: Vector) -> Vector {
        let [x, y, z] = self.axes;
        std::array::from_fn(|i| self.body_lps[i] + point[0] * x[i] + point[1] * y[i] + point[2] * z[i])
    }

    /// LPS position of the centre of a slice's first pixel (Image Position Patient), mm.
    pub fn slice_origin_lps(&self, slice: usize) -> Vector {
        self.lps(self.position(0, 0, slice))
    }

    /// Pixels of one slice.
    pub fn slice_pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }
}

/// An ellipsoid with two axes in the acquired plane and the third along its normal.
#[derive(Clone, Copy, Debug)]
pub struct Ellipsoid {
    /// Centre in the slice frame, mm.
    pub centre: Vector,
    /// Semi-axes, mm: the longer and the shorter in the plane, and along the normal.
    pub semi_axes: Vector,
    /// Cosine and sine of the angle from x to the longer axis.
    pub direction: [f64; 2],
}

impl Ellipsoid {
    /// Square of the distance from the centre in units of the surface: below 1 inside, above 1 outside.
    pub fn level(&self, point: Vector) -> f64 {
        let [x, y, z] = std::array::from_fn(|i| point[i] - self.centre[i]);
        let [cosine, sine] = self.direction;
        let along = (x * cosine + y * sine) / self.semi_axes[0];
        let across = (y * cosine - x * sine) / self.semi_axes[1];
        let through = z / self.semi_axes[2];
        along * along + across * across + through * through
    }

    /// Whether a voxel with its centre at `point` belongs to the ellipsoid.
    pub fn contains(&self, point: Vector) -> bool {
        self.level(point) <= 1.0
    }

    /// Volume in cubic millimetres: 4/3 pi a b c.
    pub fn volume_mm3(&self) -> f64 {
        4.0 / 3.0 * PI * self.semi_axes.iter().product::<f64>()
    }

    /// The ellipse cut out by the plane at height `z`, as a polygon of `points` corners in the slice frame; `None`
    /// where the plane misses the ellipsoid.
    pub fn section(&self, z: f64, points: usize) -> Option<Vec<Vector>> {
        let through = (z - self.centre[2]) / self.semi_axes[2];
        let scale_squared = 1.0 - through * through;
        if scale_squared <= 0.0 {
            return None;
        }
        let scale = scale_squared.sqrt();
        let [cosine, sine] = self.direction;
        let corner = |[along, across]: [f64; 2]| {
            let along = along * scale * self.semi_axes[0];
            let across = across * scale * self.semi_axes[1];
            [self.centre[0] + along * cosine - across * sine, self.centre[1] + along * sine + across * cosine, z]
        };
        Some(unit_circle(points).into_iter().map(corner).collect())
    }
}

/// Equally spaced points of the unit circle, the first at (1, 0).
fn unit_circle(points: usize) -> Vec<[f64; 2]> {
    let angle = 2.0 * PI / points as f64;
    let (mut cosine, mut sine) = (0.0, 0.0);
    // The power series of the exponential of i times the angle; 12 terms are exact for a small angle.
    let (mut term, mut power) = (1.0, 0);
    while power < 12 {
        match power % 4 {
            0 => cosine += term,
            1 => sine += term,
            2 => cosine -= term,
            _ => sine -= term,
        }
        power += 1;
        term *= angle / f64::from(power);
    }
    std::iter::successors(Some([1.0, 0.0]), |[x, y]: &[f64; 2]| Some([x * cosine - y * sine, x * sine + y * cosine]))
        .take(points)
        .collect()
}

/// Unit vectors of a slice frame turned by the unit quaternion along `[w, x, y, z]`, as LPS directions.
pub fn turned_axes(quaternion: [f64; 4]) -> [Vector; 3] {
    let length = quaternion.iter().map(|q| q * q).sum::<f64>().sqrt();
    let [w, x, y, z] = quaternion.map(|q| q / length);
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)],
        [2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)],
        [2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}
