//! Solids of known size, drawn into voxels at many places and turns, and measured.

use std::f64::consts::TAU;
use std::fmt;

use rayon::prelude::*;
use recist_kernels::{Level, Points, count, in_plane_axes, labelled_runs, max_3d_diameter_mm};

/// The levels of a contour, in the order of every row of figures.
pub const LEVELS: [(&str, Level); 4] =
    [("centre", Level::Centre), ("quarter", Level::Quarter), ("edge", Level::Edge), ("corner", Level::Corner)];

/// The points of a 3-D diameter, likewise.
pub const POINTS: [(&str, Points); 3] =
    [("centre", Points::Centres), ("edge", Points::EdgeMidpoints), ("corner", Points::Corners)];

/// Published biases of the long axis.
pub struct Published {
    pub group: Group,
    /// At each of [`LEVELS`], mean of 40 to 120 trials of each shape.
    pub long_mm: [f64; 4],
}

/// How far another mean may lie from a published one, both in hundredths of a millimetre, as published.
pub const TOLERANCE_HUNDREDTHS: i64 = 5;

/// Columns, rows and slices in mm at which the published biases were found.
pub const PUBLISHED_SPACING_MM: [f64; 3] = [0.7, 0.7, 1.0];

/// The quarter level was published from 40 trials of its own. That is one shape for the cuboid: a mean with a standard error of
/// 0.23 / sqrt(40) = 0.04 mm, while that of all places and turns is -0.50 mm.
pub const PUBLISHED: [Published; 3] = [
    Published { group: Group::Spheres, long_mm: [-0.16, 0.19, 0.50, 0.76] },
    Published { group: Group::Ellipsoids, long_mm: [-0.36, -0.02, 0.28, 0.55] },
    Published { group: Group::Cuboid, long_mm: [-0.86, -0.45, -0.22, 0.05] },
];

impl Published {
    /// Own bias minus the published one at each level, in hundredths of a millimetre.
    pub fn differences_hundredths(&self, trials: &[Errors]) -> [i64; 4] {
        let hundredths = |mm: f64| (mm * 100.0).round() as i64;
        std::array::from_fn(|level| {
            let [bias_mm, _] = bias_and_sd(trials.iter().map(|errors| errors.long_mm[level]));
            hundredths(bias_mm) - hundredths(self.long_mm[level])
        })
    }

    /// The levels at which they lie farther apart than allowed.
    pub fn missed(&self, trials: &[Errors]) -> Vec<&'static str> {
        let differences = LEVELS.iter().zip(self.differences_hundredths(trials));
        differences.filter(|(_, difference)| difference.abs() > TOLERANCE_HUNDREDTHS).map(|((name, _), _)| *name).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Spheres,
    Ellipsoids,
    Cuboid,
}

#[derive(Debug, Clone, Copy)]
enum Turned {
    /// About the slice axis only.
    InPlane,
    /// Any way, all equally likely.
    InSpace,
}

/// A solid of known size.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub group: Group,
    /// Diameters of an ellipsoid or sides of the cuboid, along columns, rows and slices before it is turned.
    pub size_mm: [f64; 3],
    turned: Turned,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [column, row, slice] = self.size_mm;
        let turned = match self.turned {
            Turned::InPlane => "in plane",
            Turned::InSpace => "in space",
        };
        match self.group {
            Group::Spheres => write!(f, "sphere {column}"),
            Group::Ellipsoids => write!(f, "ellipsoid {column} x {row} x {slice} {turned}"),
            Group::Cuboid => write!(f, "cuboid {column} x {row} x {slice} {turned}"),
        }
    }
}

pub const SHAPES: [Shape; 9] = [
    shape(Group::Spheres, [6.0; 3], Turned::InPlane),
    shape(Group::Spheres, [10.0; 3], Turned::InPlane),
    shape(Group::Spheres, [20.0; 3], Turned::InPlane),
    shape(Group::Spheres, [40.0; 3], Turned::InPlane),
    shape(Group::Ellipsoids, [20.0, 14.0, 14.0], Turned::InPlane),
    shape(Group::Ellipsoids, [30.0, 15.0, 20.0], Turned::InPlane),
    shape(Group::Ellipsoids, [30.0, 20.0, 14.0], Turned::InSpace),
    shape(Group::Ellipsoids, [12.0, 8.0, 6.0], Turned::InSpace),
    shape(Group::Cuboid, [20.0, 15.0, 15.0], Turned::InPlane),
];

const fn shape(group: Group, size_mm: [f64; 3], turned: Turned) -> Shape {
    Shape { group, size_mm, turned }
}

/// What was measured minus what is true, for one trial.
#[derive(Debug, Clone, Copy)]
pub struct Errors {
    /// Of the long axis at each of [`LEVELS`], in mm.
    pub long_mm: [f64; 4],
    /// Of the short axis, likewise.
    pub short_mm: [f64; 4],
    /// Of the 3-D diameter between each of [`POINTS`], in mm.
    pub max_3d_mm: [f64; 3],
    /// Of the volume by voxel count, in percent.
    pub volume_percent: [f64; 1],
}

/// `trials` trials of a shape; `None` when the voxels are so large that the shape fell between them.
///
/// Turns and shifts depend on the seed and the number of the trial alone, so a shape has the same trials whatever else is studied.
pub fn study(shape: &Shape, spacing_mm: [f64; 3], trials: usize, seed: u64) -> Option<Vec<Errors>> {
    match shape.turned {
        Turned::InPlane => study_of(shape, spacing_mm, trials, seed, |[x, y, z, angle]| ([x, y, z], turn_in_plane(angle))),
        Turned::InSpace => study_of(shape, spacing_mm, trials, seed, |[x, y, z, a, b, c]| ([x, y, z], turn_in_space([a, b, c]))),
    }
}

fn study_of<const N: usize>(
    shape: &Shape,
    spacing_mm: [f64; 3],
    trials: usize,
    seed: u64,
    placed: impl Fn([f64; N]) -> ([f64; 3], Matrix) + Sync,
) -> Option<Vec<Errors>> {
    let spread = Spread::new(seed);
    let one = |number| {
        let (shift, turn) = placed(spread.place(number));
        trial(shape, spacing_mm, shift.map(|part| part - 0.5), turn)
    };
    (0..trials).into_par_iter().map(one).collect()
}

/// One trial with the shape's centre `offset` voxels from a voxel centre.
fn trial(shape: &Shape, spacing_mm: [f64; 3], offset: [f64; 3], turn: Matrix) -> Option<Errors> {
    let truth = Truth::of(shape, turn);

    // Voxels enough for any turn, the shape's centre near the middle.
    let reach = shape.size_mm.iter().map(|size| size * size).sum::<f64>().sqrt() / 2.0;
    let voxels = spacing_mm.map(|spacing| 2 * (reach / spacing).ceil() as usize + 3);
    let place = |index: usize, axis: usize| (index as f64 - (voxels[axis] / 2) as f64 + offset[axis]) * spacing_mm[axis];
    let mut inside = Vec::with_capacity(voxels.iter().product());
    for slice in 0..voxels[2] {
        for row in 0..voxels[1] {
            inside.extend(
                (0..voxels[0]).map(|column| shape.contains(apply(turn, [place(column, 0), place(row, 1), place(slice, 2)]))),
            );
        }
    }
    let mut runs = Vec::new();
    labelled_runs(&inside, voxels[0], voxels[1], false, &mut |_, run| runs.push(run));

    let mut errors = Errors { long_mm: [0.0; 4], short_mm: [0.0; 4], max_3d_mm: [0.0; 3], volume_percent: [0.0] };
    for (at, (_, level)) in LEVELS.into_iter().enumerate() {
        let axes = in_plane_axes(&runs, [spacing_mm[0], spacing_mm[1]], level)?;
        errors.long_mm[at] = axes.long_axis_mm - truth.long_mm;
        errors.short_mm[at] = axes.short_axis_mm - truth.short_mm;
    }
    let [column, row, slice] = spacing_mm;
    let steps = [[column, 0.0, 0.0], [0.0, row, 0.0], [0.0, 0.0, slice]];
    errors.max_3d_mm = POINTS.map(|(_, points)| max_3d_diameter_mm(&runs, steps, points) - truth.max_3d_mm);
    let volume = count(&runs) as f64 * column * row * slice;
    errors.volume_percent = [(volume / truth.volume_mm3 - 1.0) * 100.0];
    Some(errors)
}

impl Shape {
    /// Whether a place, in mm along the shape's own axes from its centre, is inside.
    fn contains(&self, place: [f64; 3]) -> bool {
        let relative = [0, 1, 2].map(|axis| 2.0 * place[axis] / self.size_mm[axis]);
        match self.group {
            Group::Spheres | Group::Ellipsoids => relative.iter().map(|value| value * value).sum::<f64>() <= 1.0,
            Group::Cuboid => relative.iter().all(|value| value.abs() <= 1.0),
        }
    }
}

/// The true lengths and volume of a turned shape.
struct Truth {
    /// Longest diameter of the largest section in the plane of the slices: the one through the centre.
    long_mm: f64,
    /// Longest chord of that section at a right angle to it.
    short_mm: f64,
    max_3d_mm: f64,
    volume_mm3: f64,
}

impl Truth {
    fn of(shape: &Shape, turn: Matrix) -> Truth {
        let product: f64 = shape.size_mm.iter().product();
        match shape.group {
            Group::Spheres | Group::Ellipsoids => {
                // The section is the ellipse a x² + 2 b x y + c y² = 1; its half axes are 1 / sqrt of the eigenvalues.
                let form =
                    |i: usize, j: usize| (0..3).map(|k| turn[k][i] * turn[k][j] * (2.0 / shape.size_mm[k]).powi(2)).sum::<f64>();
                let (a, b, c) = (form(0, 0), form(0, 1), form(1, 1));
                let (middle, spread) = ((a + c) / 2.0, ((a - c) / 2.0).hypot(b));
                Truth {
                    long_mm: 2.0 / (middle - spread).sqrt(),
                    short_mm: 2.0 / (middle + spread).sqrt(),
                    max_3d_mm: shape.size_mm.into_iter().fold(0.0, f64::max),
                    volume_mm3: product * std::f64::consts::PI / 6.0,
                }
            }
            Group::Cuboid => {
                // A rectangle. By similar triangles the chord across its diagonal that joins the longer sides has
                // chord / shorter side = diagonal / longer side.
                let [longer, shorter, height] = shape.size_mm;
                let diagonal = longer.hypot(shorter);
                Truth {
                    long_mm: diagonal,
                    short_mm: shorter * diagonal / longer,
                    max_3d_mm: diagonal.hypot(height),
                    volume_mm3: product,
                }
            }
        }
    }
}

/// Mean and standard deviation (divided by n - 1) of some errors.
pub fn bias_and_sd(errors: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let n = errors.clone().count() as f64;
    let mean = errors.clone().sum::<f64>() / n;
    let squares: f64 = errors.map(|error| (error - mean).powi(2)).sum();
    [mean, (squares / (n - 1.0)).sqrt()]
}

/// Rows are the axes of a shape in the frame of the scan.
type Matrix = [[f64; 3]; 3];

fn apply(matrix: Matrix, place: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| (0..3).map(|axis| row[axis] * place[axis]).sum())
}

/// Places spread over the unit cube more evenly than chance does, so that a mean over them settles sooner: multiples of the powers
/// of the root of x^(N + 1) = x + 1 (Roberts, 2018), all shifted by a place of the seed's (SplitMix64; Steele, Lea and Flood, 2014).
struct Spread<const N: usize> {
    shift: [f64; N],
    step: [f64; N],
}

impl<const N: usize> Spread<N> {
    fn new(seed: u64) -> Spread<N> {
        let root = (0..64).fold(2.0, |root: f64, _| (1.0 + root).powf(1.0 / (N + 1) as f64));
        let mut state = seed;
        let shift = std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = state;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        });
        Spread { shift, step: std::array::from_fn(|at| root.powi(-(at as i32 + 1))) }
    }

    /// Each number from 0 to 1, 1 excluded.
    fn place(&self, number: usize) -> [f64; N] {
        std::array::from_fn(|at| (self.shift[at] + number as f64 * self.step[at]).fract())
    }
}

fn turn_in_plane(part: f64) -> Matrix {
    let (sin, cos) = (part * TAU).sin_cos();
    [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]
}

/// From a unit quaternion, uniform on its sphere (Shoemake, 1992).
fn turn_in_space([share, first, second]: [f64; 3]) -> Matrix {
    let ((sin_1, cos_1), (sin_2, cos_2)) = ((first * TAU).sin_cos(), (second * TAU).sin_cos());
    let (small, large) = ((1.0 - share).sqrt(), share.sqrt());
    let [x, y, z, w] = [small * sin_1, small * cos_1, large * sin_2, large * cos_2];
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
        [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
        [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
    ]
}
