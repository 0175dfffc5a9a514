//! The farthest pair of many points in space.

use super::ball::Ball;
use super::candidates::Lattice;
use super::cone::Cone;
use super::spot::{HalfSteps, Spot, farthest_from, greatest, squared_distance};
use crate::vector::{Vector, dot};

/// The greatest distance in mm between two of some points; 0 without points.
///
/// Going on to the farthest point a few times gives a pair that is nearly or really the farthest. What may be longer is then
/// narrowed down:
///
/// - A pair is no longer than the way over the centre of a ball around all points. So both ends lie in a shell below its surface:
///   few points even of a ball, where every direction has a pair that is nearly longest. The outermost are searched first, as
///   the longer their best pair, the thinner the shell.
/// - A pair whose direction lies within a cone is, along the middle of the cone, at least as long as its length times the cosine
///   of the angle. So its ends are among the foremost and the hindmost points in that direction: fewer in a narrower cone.
pub(super) fn greatest_distance(points: &[Lattice], steps: [Vector; 3]) -> f64 {
    let Some(&origin) = points.first() else {
        return 0.0;
    };
    let steps = HalfSteps::new(steps);
    let spots: Vec<Spot> = points.iter().map(|&lattice| Spot { lattice, place: steps.way(origin, lattice) }).collect();
    let extent = std::array::from_fn(|axis| points.iter().map(|point| (point[axis] - origin[axis]).abs()).max().unwrap_or(0));
    let mut search = Search::new(steps, extent);

    let ends = search.far_pair(&spots);
    let ball = Ball::around(&spots, ends);
    let inner = ball.radius - search.least_distance(&ball);
    search.outside(ball.radius - inner / 8.0, &ball, &spots);
    search.outside(search.least_distance(&ball), &ball, &spots);
    search.best.sqrt()
}

/// The best pair so far, and what a better one needs.
struct Search {
    steps: HalfSteps,
    /// Greatest squared length so far: the greatest result of one formula for all pairs, so not a matter of their order.
    best: f64,
    /// How much rounding may take from a squared length that is computed from places. A place is off by less than 1e-15 of the
    /// size of the mask, measured along the steps; this is thousands of times more.
    margin: f64,
    /// By places no pair at a smaller squared distance is better.
    least_squared: f64,
    /// Its root.
    least: f64,
}

/// All pairs of two lists are compared when they are no more than this many for each point: dividing costs as much.
const PAIRS_PER_POINT: usize = 32;

impl Search {
    /// `extent`: greatest distance from the first point to others along each axis, in half steps.
    fn new(steps: HalfSteps, extent: Lattice) -> Search {
        let size = steps.length(extent);
        Search { steps, best: 0.0, margin: 1e-11 * size * size, least_squared: f64::NEG_INFINITY, least: 0.0 }
    }

    /// Compares two points with the best pair; returns whether they are a better one.
    fn compare(&mut self, a: &Spot, b: &Spot) -> bool {
        if squared_distance(a.place, b.place) < self.least_squared {
            return false;
        }
        let way = self.steps.way(a.lattice, b.lattice);
        let squared = dot(way, way);
        let better = squared > self.best;
        if better {
            self.best = squared;
            self.least_squared = squared - self.margin;
            self.least = self.least_squared.max(0.0).sqrt();
        }
        better
    }

    /// Goes on to the farthest point as long as that gives a better pair. Returns the ends.
    fn far_pair(&mut self, spots: &[Spot]) -> [Vector; 2] {
        let mut ends = [&spots[0]; 2];
        loop {
            let [_, from] = ends;
            let (_, to) = farthest_from(from.place, spots);
            if !self.compare(from, to) {
                return ends.map(|end| end.place);
            }
            ends = [from, to];
        }
    }

    /// How far from the centre both ends of a better pair must be.
    fn least_distance(&self, ball: &Ball) -> f64 {
        (self.least - ball.radius).max(0.0)
    }

    /// Searches among the spots at least that far from the centre of a ball.
    fn outside(&mut self, distance: f64, ball: &Ball, spots: &[Spot]) {
        let is_outside = |spot: &&Spot| squared_distance(spot.place, ball.centre) >= distance * distance;
        let outer: Vec<Spot> = spots.iter().filter(is_outside).copied().collect();
        for cone in Cone::halves_of_space() {
            self.within(&cone, &outer, &outer);
        }
    }

    /// Searches pairs from `back` to `front` with a direction within the cone.
    fn within(&mut self, cone: &Cone, front: &[Spot], back: &[Spot]) {
        let middle = cone.middle();
        let along = |spot: &Spot| dot(spot.place, middle);
        let (first, last) = (greatest(front, along), -greatest(back, |spot| -along(spot)));
        let least = self.least * cone.cosine();
        let front: Vec<Spot> = front.iter().filter(|spot| along(spot) - last >= least).copied().collect();
        let back: Vec<Spot> = back.iter().filter(|spot| first - along(spot) >= least).copied().collect();
        // Without a least distance no cone is narrow enough.
        let few = front.len().saturating_mul(back.len()) <= PAIRS_PER_POINT * (front.len() + back.len());
        if few || cone.is_finest() || least == 0.0 {
            for a in &front {
                for b in &back {
                    self.compare(a, b);
                }
            }
        } else {
            for quarter in cone.quarters() {
                self.within(&quarter, &front, &back);
            }
        }
    }
}
