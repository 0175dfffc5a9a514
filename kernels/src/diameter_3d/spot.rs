//! Points of a mask with their places in millimetres.

use super::candidates::{HALVES, Lattice};
use crate::vector::{Vector, difference, dot};

/// A point of the mask.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) lattice: Lattice,
    /// In mm from the first point of the mask, for bounds only.
    pub(super) place: Vector,
}

/// The vectors in mm of half a voxel along columns, rows and slices.
pub(super) struct HalfSteps([Vector; 3]);

impl HalfSteps {
    pub(super) fn new(steps: [Vector; 3]) -> HalfSteps {
        HalfSteps(steps.map(|step| step.map(|mm| mm / HALVES as f64)))
    }

    /// From one point to another in mm: the same up to the sign in both directions.
    pub(super) fn way(&self, from: Lattice, to: Lattice) -> Vector {
        let count: [f64; 3] = std::array::from_fn(|axis| f64::from(to[axis] - from[axis]));
        std::array::from_fn(|axis| count[0] * self.0[0][axis] + count[1] * self.0[1][axis] + count[2] * self.0[2][axis])
    }

    /// Length in mm of some half steps one after the other along each axis.
    pub(super) fn length(&self, counts: Lattice) -> f64 {
        (0..3).map(|axis| f64::from(counts[axis]) * dot(self.0[axis], self.0[axis]).sqrt()).sum()
    }
}

pub(super) fn squared_distance(a: Vector, b: Vector) -> f64 {
    let way = difference(a, b);
    dot(way, way)
}

/// The farthest of some spots from a place, with its squared distance. There must be one.
pub(super) fn farthest_from(place: Vector, spots: &[Spot]) -> (f64, &Spot) {
    let squared = greatest(spots, |spot| squared_distance(place, spot.place));
    (squared, spots.iter().find(|spot| squared_distance(place, spot.place) == squared).unwrap_or(&spots[0]))
}

/// The greatest value of some spots, below all numbers without any. Four at a time: a maximum waits for the one before it.
pub(super) fn greatest(spots: &[Spot], value: impl Fn(&Spot) -> f64) -> f64 {
    let mut lanes = [f64::NEG_INFINITY; 4];
    let mut add = |spots: &[Spot]| {
        for (lane, spot) in lanes.iter_mut().zip(spots) {
            let value = value(spot);
            *lane = if value > *lane { value } else { *lane };
        }
    };
    let (fours, rest) = spots.as_chunks::<4>();
    for four in fours {
        add(four);
    }
    add(rest);
    lanes.into_iter().fold(f64::NEG_INFINITY, f64::max)
}
