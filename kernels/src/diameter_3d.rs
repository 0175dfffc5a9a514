//! The farthest pair of points of a mask in space.

use std::collections::BTreeMap;

use crate::hull::{Point, convex_hull};
use crate::runs::{Run, are_in_order};

/// Which points of a mask a 3-D diameter connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Points {
    /// Voxel centres.
    #[default]
    Centres,
    /// Half-way between every voxel and each of its six neighbours outside: `Maximum3DDiameter` of PyRadiomics.
    EdgeMidpoints,
    /// Voxel corners.
    Corners,
}

/// Half voxels per voxel: the unit of the points.
const HALVES: i64 = 2;

/// The greatest distance in mm between two points of a mask; 0 without voxels.
///
/// `steps` are the vectors in mm from one voxel to the next along columns, rows and slices. They may be oblique or sheared, but
/// not lie in one plane. Holes do not matter.
///
/// The ends of the farthest pair are vertices of the convex hulls of the single slices. Pairs of slices are compared in order of
/// the greatest distance that the circles around their hulls allow, down to the best so far.
pub fn max_3d_diameter_mm(runs: &[Run], steps: [[f64; 3]; 3], points: Points) -> f64 {
    debug_assert!(are_in_order(runs), "runs must be sorted and apart");
    let frame = Frame::new(steps);
    let layers: Vec<Layer> = layers(runs, points).into_iter().map(|(slice, hull)| Layer::new(slice, hull, &frame)).collect();
    let mut best = far_pair(&layers);
    let mut pairs: Vec<(f64, usize, usize)> = (0..layers.len())
        .flat_map(|a| (a..layers.len()).map(move |b| (a, b)))
        .map(|(a, b)| (layers[a].squared_bound(&layers[b]), a, b))
        .filter(|&(bound, ..)| bound >= best)
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (bound, a, b) in pairs {
        if bound < best {
            break;
        }
        best = layers[a].farthest(&layers[b], best);
    }
    best.sqrt()
}

/// The hull points of each layer of slices or half-slices, in half voxels.
fn layers(runs: &[Run], points: Points) -> BTreeMap<i64, Vec<Point>> {
    let mut layers: BTreeMap<i64, Vec<Point>> = BTreeMap::new();
    for slice in runs.chunk_by(|a, b| a.slice == b.slice) {
        let row_ends = slice.chunk_by(|a, b| a.row == b.row).flat_map(|row| {
            [row[0].start, row[row.len() - 1].end - 1].map(|column| [i64::from(column) * HALVES, i64::from(row[0].row) * HALVES])
        });
        let centres = convex_hull(row_ends.collect());
        let around = |steps: [Point; 4]| -> Vec<Point> {
            let widened = centres.iter().flat_map(|point| steps.map(|step| [point[0] + step[0], point[1] + step[1]]));
            convex_hull(widened.collect())
        };
        let level = i64::from(slice[0].slice) * HALVES;
        let mut add = |level, points: &[Point]| layers.entry(level).or_default().extend(points);
        // The hull of all points is the hull of the centres widened by the points around one voxel.
        match points {
            Points::Centres => add(level, &centres),
            Points::EdgeMidpoints => {
                add(level - 1, &centres);
                add(level, &around([[-1, 0], [1, 0], [0, -1], [0, 1]]));
                add(level + 1, &centres);
            }
            Points::Corners => {
                let corners = around([[-1, -1], [1, -1], [-1, 1], [1, 1]]);
                add(level - 1, &corners);
                add(level + 1, &corners);
            }
        }
    }
    for points in layers.values_mut() {
        *points = convex_hull(std::mem::take(points));
    }
    layers
}

type Vector = [f64; 3];

/// An orthonormal frame with two axes in the plane of the slices: `steps` seen in it, in mm per half voxel.
struct Frame {
    steps: [Vector; 3],
}

impl Frame {
    fn new(steps: [Vector; 3]) -> Frame {
        let [columns, rows, _] = steps;
        let x = unit(columns);
        let normal = unit(cross_product(columns, rows));
        let y = cross_product(normal, x);
        let seen = steps.map(|step| [x, y, normal].map(|axis| dot(axis, step) / HALVES as f64));
        Frame { steps: seen }
    }

    fn place(&self, [column, row]: Point, slice: i64) -> Vector {
        let index = [column as f64, row as f64, slice as f64];
        std::array::from_fn(|axis| (0..3).map(|along| index[along] * self.steps[along][axis]).sum())
    }
}

/// The hull points of one layer in mm, and a circle around them.
struct Layer {
    points: Vec<Vector>,
    centre: Vector,
    radius: f64,
}

impl Layer {
    fn new(slice: i64, hull: Vec<Point>, frame: &Frame) -> Layer {
        let points: Vec<Vector> = hull.into_iter().map(|point| frame.place(point, slice)).collect();
        let centre = std::array::from_fn(|axis| {
            let values = points.iter().map(|point| point[axis]);
            (values.clone().fold(f64::INFINITY, f64::min) + values.fold(f64::NEG_INFINITY, f64::max)) / 2.0
        });
        let radius = points.iter().map(|&point| squared_distance(point, centre)).fold(0.0, f64::max).sqrt();
        Layer { points, centre, radius }
    }

    /// No two points of the layers are farther apart.
    fn squared_bound(&self, other: &Layer) -> f64 {
        squared_reach(self.centre, other.centre, self.radius + other.radius)
    }

    /// The greater of `best` and the greatest squared distance between points of the layers.
    fn farthest(&self, other: &Layer, mut best: f64) -> f64 {
        for &point in &self.points {
            if squared_reach(point, other.centre, other.radius) >= best {
                best = other.points.iter().map(|&end| squared_distance(point, end)).fold(best, f64::max);
            }
        }
        best
    }
}

/// A squared distance between two points of the mask to start with: a few times on to the farthest point.
fn far_pair(layers: &[Layer]) -> f64 {
    let all = || layers.iter().flat_map(|layer| &layer.points);
    let Some(&(mut from)) = all().next() else {
        return 0.0;
    };
    let mut best = 0.0;
    loop {
        let farthest = all().map(|&to| (squared_distance(from, to), to)).max_by(|a, b| a.0.total_cmp(&b.0));
        match farthest {
            Some((squared, to)) if squared > best => (best, from) = (squared, to),
            _ => return best,
        }
    }
}

/// The greatest squared distance from `a` to a point of the slice of `b` that is `radius` away from `b`, with room for rounding.
fn squared_reach(a: Vector, b: Vector, radius: f64) -> f64 {
    let [x, y, z] = difference(a, b);
    let in_plane = (x * x + y * y).sqrt() + radius;
    (in_plane * in_plane + z * z) * (1.0 + 1e-9)
}

fn difference(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn squared_distance(a: Vector, b: Vector) -> f64 {
    let way = difference(a, b);
    dot(way, way)
}

fn cross_product(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: Vector) -> Vector {
    let length = dot(a, a).sqrt();
    a.map(|value| value / length)
}
