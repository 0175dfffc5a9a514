//! A small ball around many points.

use super::spot::{Spot, farthest_from, squared_distance};
use crate::vector::{Vector, difference, dot};

/// A ball that holds all points it was made for.
pub(super) struct Ball {
    pub(super) centre: Vector,
    pub(super) radius: f64,
}

/// The ball is small enough when its radius exceeds the least one possible by less than this part. Points of a digitised ball lie
/// within a few thousandths of its surface, and the ball has to tell them apart.
const EXCESS: f64 = 1e-5;

/// Most masks need less than ten rounds.
const ROUNDS: usize = 16;

impl Ball {
    /// A ball around all spots, nearly the smallest, given two of them that are far apart.
    ///
    /// The smallest ball is that around two to four of the points. They are looked for by adding the farthest point that the ball
    /// around the present ones leaves out, and dropping those not needed any more. Any ball will do for the search of the diameter,
    /// so there is no proof that this ends at the smallest one, and the number of rounds is limited.
    pub(super) fn around(spots: &[Spot], ends: [Vector; 2]) -> Ball {
        let mut ball = Ball { centre: ends[0], radius: f64::INFINITY };
        let mut support = ends.to_vec();
        for _ in 0..ROUNDS {
            let Sphere { centre, .. } = Sphere::through(&support);
            let (squared, farthest) = farthest_from(centre, spots);
            let radius = squared.sqrt();
            if radius < ball.radius {
                ball = Ball { centre, radius };
            }
            // Not a number where the points lie in one place or in a line.
            if radius.is_nan() || radius <= squared_distance(centre, support[0]).sqrt() * (1.0 + EXCESS) {
                break;
            }
            add(&mut support, farthest.place);
        }
        ball
    }
}

/// Adds a point outside the ball around others and drops those inside the new ball.
fn add(support: &mut Vec<Vector>, point: Vector) {
    if support.len() == 4 {
        // Five points have no sphere. The ball grows towards the new point, so it is the nearest that comes to lie inside.
        let near = |&place: &Vector| squared_distance(place, point);
        support.sort_by(|a, b| near(b).total_cmp(&near(a)));
        support.pop();
    }
    support.push(point);
    while support.len() > 2 {
        let weights = Sphere::through(support).weights;
        match (0..support.len()).min_by(|&a, &b| weights[a].total_cmp(&weights[b])) {
            Some(least) if weights[least] <= 0.0 => support.remove(least),
            _ => break,
        };
    }
}

/// The sphere through two to four points whose centre lies in their line, plane or space.
struct Sphere {
    centre: Vector,
    /// Shares of the points in the centre, of sum 1. One is not positive when the ball around the other points is smaller.
    weights: [f64; 4],
}

impl Sphere {
    fn through(points: &[Vector]) -> Sphere {
        // The centre is the first point and a sum of the edges from it to the others; its products with the edges are half their
        // squared lengths.
        let edges: Vec<Vector> = points[1..].iter().map(|&point| difference(point, points[0])).collect();
        let n = edges.len();
        let mut equations = [[0.0; 4]; 3];
        for (equation, &edge) in equations.iter_mut().zip(&edges) {
            for (value, &other) in equation.iter_mut().zip(&edges) {
                *value = dot(edge, other);
            }
            equation[3] = dot(edge, edge) / 2.0;
        }
        // The matrix is positive definite, so its diagonal will do for pivots.
        for pivot in 0..n {
            let by = equations[pivot];
            for other in (0..n).filter(|&other| other != pivot) {
                let factor = equations[other][pivot] / by[pivot];
                equations[other].iter_mut().zip(by).for_each(|(value, by)| *value -= factor * by);
            }
        }
        let mut sphere = Sphere { centre: points[0], weights: [1.0, 0.0, 0.0, 0.0] };
        for (index, edge) in edges.iter().enumerate() {
            let weight = equations[index][3] / equations[index][index];
            sphere.weights[index + 1] = weight;
            sphere.weights[0] -= weight;
            sphere.centre.iter_mut().zip(edge).for_each(|(value, along)| *value += weight * along);
        }
        sphere
    }
}
