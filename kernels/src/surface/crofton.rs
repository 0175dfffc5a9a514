//! Areas by counting: how often the lines of a grid pass the surface of a mask.
//!
//! After Crofton, the area of a surface is twice the mean, over all directions, of its area seen along a direction, every layer
//! counted. A grid has 13 directions from a voxel to a neighbour. The lines along one of them, through all voxels, stand one for
//! each voxel volume divided by step length, so the area seen is that much times the number of neighbours of which one is inside
//! and one is outside. A direction stands for all that are closer to it than to another of the 13: G. Lehmann and D. Legland,
//! "Efficient N-dimensional surface estimation using Crofton formula and run-length encoding", Insight Journal 2012.

use std::sync::LazyLock;

use super::cells::{CONFIGURATIONS, corner_place};
use crate::vector::{Vector, combine, cross_product, determinant, difference, dot, length, unit};

/// Directions from a voxel to a neighbour, one of each two opposite ones.
const WAYS: usize = 13;

/// What a cell of each configuration adds to the area of a surface, in squared units of the steps.
pub(crate) fn cell_areas(steps: [Vector; 3]) -> [f64; CONFIGURATIONS] {
    let in_mm = |way: [i32; 3]| std::array::from_fn(|axis| (0..3).map(|along| f64::from(way[along]) * steps[along][axis]).sum());
    let directions: [Vector; WAYS] = std::array::from_fn(|number| in_mm(way(number)));
    let units = directions.map(unit);
    let per_line = directions.map(|direction| determinant(steps).abs() / length(direction));
    let mut areas = [0.0; CONFIGURATIONS];
    for (number, passes) in PASSES.iter().enumerate() {
        let area = 2.0 * share_of_sphere(units[number], &units) * per_line[number];
        for (sum, passes) in areas.iter_mut().zip(passes) {
            *sum += area * passes;
        }
    }
    areas
}

/// For each direction, how many pairs of neighbours of which one is inside and one is outside a cell of each configuration
/// adds. A pair belongs to all cells around it in equal parts.
static PASSES: LazyLock<[[f64; CONFIGURATIONS]; WAYS]> = LazyLock::new(|| {
    std::array::from_fn(|number| {
        let pairs = corner_pairs(way(number));
        std::array::from_fn(|configuration| {
            let passed = pairs.iter().filter(|[a, b]| (configuration >> a ^ configuration >> b) & 1 == 1).count();
            // As many cells share a pair as there are pairs of this direction in a cell.
            passed as f64 / pairs.len() as f64
        })
    })
});

/// The steps in columns, rows and slices to a neighbour.
fn way(number: usize) -> [i32; 3] {
    // Of the 27 voxels around and at a voxel the first 13 are opposite the last 13.
    let number = (number + WAYS + 1) as i32;
    [number % 3 - 1, number / 3 % 3 - 1, number / 9 - 1]
}

/// The corners of a cell that are this step apart.
fn corner_pairs(way: [i32; 3]) -> Vec<[usize; 2]> {
    let place = |corner| corner_place(corner).map(|step| step as i32);
    let pairs = (0..8).flat_map(|a| (0..8).map(move |b| [a, b]));
    pairs.filter(|&[a, b]| (0..3).all(|axis| place(b)[axis] - place(a)[axis] == way[axis])).collect()
}

/// The part of all directions that are closer to `towards` or its opposite than to any other of `directions` or theirs. All are
/// unit vectors and span space.
fn share_of_sphere(towards: Vector, directions: &[Vector]) -> f64 {
    let mut cone = closer_than_two(towards, directions).to_vec();
    for &other in directions.iter().filter(|&&other| other != towards) {
        cone = cut(cone, difference(towards, other));
        cone = cut(cone, combine(1.0, towards, 1.0, other));
    }
    let region: Vec<Vector> = cone.into_iter().map(unit).collect();
    solid_angle(towards, &region) / (2.0 * std::f64::consts::PI)
}

/// Rays along the edges, in order, of the cone closer to `towards` than to two of the others, or their opposites, that stand well
/// apart.
fn closer_than_two(towards: Vector, directions: &[Vector]) -> [Vector; 4] {
    let aside = |other: Vector| dot(other, towards).abs();
    let first = directions.iter().fold(towards, |best, &other| if aside(other) < aside(best) { other } else { best });
    let normal = cross_product(towards, first);
    let above = |other: Vector| dot(other, normal).abs();
    let second = directions.iter().fold(towards, |best, &other| if above(other) > above(best) { other } else { best });
    // The rays have scalar products with `towards`, `first` and `second` that differ in sign only.
    let planes = [cross_product(first, second), cross_product(second, towards), normal];
    let side = dot(normal, second).signum();
    let ray = |a, b| std::array::from_fn(|axis| side * (planes[0][axis] + a * planes[1][axis] + b * planes[2][axis]));
    [ray(1.0, 1.0), ray(-1.0, 1.0), ray(-1.0, -1.0), ray(1.0, -1.0)]
}

/// The part of a convex cone, given by rays along its edges, on the side of a plane to which `normal` points.
fn cut(cone: Vec<Vector>, normal: Vector) -> Vec<Vector> {
    if cone.iter().all(|&ray| dot(ray, normal) >= 0.0) {
        return cone;
    }
    let Some(&(mut before)) = cone.last() else { return cone };
    let mut kept = Vec::with_capacity(cone.len() + 1);
    for &ray in &cone {
        let heights = [dot(before, normal), dot(ray, normal)];
        if (heights[0] >= 0.0) != (heights[1] >= 0.0) {
            let way = heights[0] / (heights[0] - heights[1]);
            kept.push(combine(1.0 - way, before, way, ray));
        }
        if heights[1] >= 0.0 {
            kept.push(ray);
        }
        before = ray;
    }
    kept
}

/// The solid angle of a region around a unit vector, less than half of the sphere, given by its corners on the unit sphere. By
/// A. van Oosterom and J. Strackee, "The solid angle of a plane triangle", IEEE Transactions on Biomedical Engineering 1983.
fn solid_angle(a: Vector, region: &[Vector]) -> f64 {
    // The angles of complex numbers add when the numbers are multiplied; these have half the solid angle of a triangle.
    let (mut real, mut imaginary) = (1.0, 0.0);
    let Some(&(mut b)) = region.last() else { return 0.0 };
    for &c in region {
        let (cosine, sine) = (1.0 + dot(a, b) + dot(b, c) + dot(c, a), determinant([a, b, c]));
        (real, imaginary) = (real * cosine - imaginary * sine, real * sine + imaginary * cosine);
        b = c;
    }
    let modulus = (real * real + imaginary * imaginary).sqrt();
    4.0 * arc_tangent(imaginary.abs() / (modulus + real))
}

/// The arc tangent, by operations that are the same on every machine.
fn arc_tangent(tangent: f64) -> f64 {
    // Halved four times an angle is below pi / 32, where nine terms of the series reach the last digit.
    let halved = (0..4).fold(tangent, |tangent, _| tangent / (1.0 + (1.0 + tangent * tangent).sqrt()));
    let square = halved * halved;
    16.0 * halved * (0..9).rev().fold(0.0, |sum, term| 1.0 / f64::from(2 * term + 1) - square * sum)
}
