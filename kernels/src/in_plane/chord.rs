//! The short axis: the longest stretch of a line perpendicular to the long axis inside a region.
//!
//! Place `along` the long axis and `across` it are integers at contour vertices. Between two neighbouring places of vertices the
//! length of a stretch changes linearly, so the longest one lies at a vertex. There the closed section is what the region shows
//! just after the line and the contour segments on the line: what it shows only just before ends in such segments, or in points.
//!
//! Contour segments do not cross, so those that a line meets keep their order across while it moves on. Of the stretches between
//! them only those next to a vertex are looked at, which keeps an island of thousands of thin arms from costing all of them at
//! every vertex.

use std::cmp::Ordering;
use std::ops::{Range, Sub};

use crate::hull::{Point, cross, step};

/// A stretch of a line across the long axis.
pub(crate) struct Chord {
    /// Its ends in quarters of a voxel.
    pub(crate) ends: [[f64; 2]; 2],
    /// Its length times the length of the long axis, as area of voxels in quarters.
    pub(crate) area: f64,
}

/// A point of the contour on the line across.
#[derive(Clone, Copy)]
struct Crossing {
    across: f64,
    point: [f64; 2],
}

/// A place along the axis. Those of nearly every island fit 64 bits, all fit 128; both give the same numbers.
trait Place: Copy + Ord + Sub<Output = Self> {
    fn as_f64(self) -> f64;
}

impl Place for i64 {
    fn as_f64(self) -> f64 {
        self as f64
    }
}

impl Place for i128 {
    fn as_f64(self) -> f64 {
        self as f64
    }
}

/// A contour segment, its lower end along the axis first.
struct Edge<P> {
    along: [P; 2],
    across: [f64; 2],
    ends: [Point; 2],
}

/// The longest chord perpendicular to `axis`; of equal ones the first along the axis.
///
/// `weights` are the squared spacings of columns and rows in one common unit: what is perpendicular is decided in millimetres.
pub(crate) fn longest_chord(contour: &[[Point; 2]], axis: [Point; 2], weights: [i128; 2]) -> Chord {
    let direction = step(axis[0], axis[1]);
    let [x, y] = [0, 1].map(|i| weights[i] * i128::from(direction[i]));
    let farthest = contour.iter().flatten().flat_map(|&point| step(axis[0], point)).map(i64::abs).max().unwrap_or(0);
    // Differences of two places are needed too.
    match [i64::try_from(x), i64::try_from(y), i64::try_from(2 * (x.abs() + y.abs()) * i128::from(farthest))] {
        [Ok(x), Ok(y), Ok(_)] => longest_across(contour, axis, |[columns, rows]| x * columns + y * rows),
        _ => longest_across(contour, axis, |[columns, rows]| x * i128::from(columns) + y * i128::from(rows)),
    }
}

/// The longest chord across `axis`; `along` gives the place of a step from its start.
fn longest_across<P: Place>(contour: &[[Point; 2]], axis: [Point; 2], along: impl Fn(Point) -> P) -> Chord {
    let direction = step(axis[0], axis[1]);
    let along = |point: Point| along(step(axis[0], point));
    let across = |point: Point| cross(direction, step(axis[0], point)) as f64;
    let edges = contour.iter().map(|&[a, b]| {
        let [a, b] = [a, b].map(|point| (along(point), point));
        let [low, high] = if a <= b { [a, b] } else { [b, a] };
        Edge { along: [low.0, high.0], across: [across(low.1), across(high.1)], ends: [low.1, high.1] }
    });
    let (mut level, mut rising): (Vec<Edge<P>>, Vec<Edge<P>>) = edges.partition(|edge| edge.along[0] == edge.along[1]);
    level.sort_unstable_by_key(|edge| edge.along[0]);
    rising.sort_unstable_by(Edge::order);
    let mut vertices: Vec<(P, f64)> =
        level.iter().chain(&rising).flat_map(|edge| [0, 1].map(|end| (edge.along[end], edge.across[end]))).collect();
    vertices.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    vertices.dedup();

    let start = axis[0].map(|quarters| quarters as f64);
    let mut longest = Chord { ends: [start, start], area: -1.0 };
    let (mut level, mut coming) = (level.iter().peekable(), rising.iter().peekable());
    let (mut active, mut stretches) = (Vec::new(), Vec::new());
    for on_line in vertices.chunk_by(|a, b| a.0 == b.0) {
        let place = on_line[0].0;
        for &(_, across) in on_line {
            let begins = std::iter::from_fn(|| coming.next_if(|edge| (edge.along[0], edge.across[0]) == (place, across)));
            active.splice(through(&active, place, across), begins);
        }
        let on_level = std::iter::from_fn(|| level.next_if(|edge| edge.along[0] == place)).map(|edge| [edge.end(0), edge.end(1)]);
        stretches.extend(on_level);
        // No stretch is longer than from the first edge or vertex to the last.
        let low = active.first().map_or(f64::INFINITY, |edge| edge.across_at(place)).min(on_line[0].1);
        let high = active.last().map_or(f64::NEG_INFINITY, |edge| edge.across_at(place)).max(on_line[on_line.len() - 1].1);
        if high - low <= longest.area {
            stretches.clear();
            continue;
        }
        stretches_at(&active, on_line, &mut stretches);
        join(&mut stretches);
        for [low, high] in stretches.drain(..) {
            let area = high.across - low.across;
            if area > longest.area {
                longest = Chord { ends: [low.point, high.point], area };
            }
        }
    }
    longest.area = longest.area.max(0.0);
    longest
}

/// Which of the `active` edges, in order across, begin or end at a vertex on the line at `place`. No other comes near it.
fn through<P: Place>(active: &[&Edge<P>], place: P, across: f64) -> Range<usize> {
    let first = active.partition_point(|edge| edge.across_at(place) < across);
    let count = active[first..].iter().take_while(|edge| edge.across_at(place) == across).count();
    first..first + count
}

/// Adds the stretches that the region shows just after the line with some vertices: those at a vertex or next to one. All others
/// have been there before and go on.
fn stretches_at<P: Place>(active: &[&Edge<P>], vertices: &[(P, f64)], stretches: &mut Vec<[Crossing; 2]>) {
    let mut next = 0;
    for &(place, across) in vertices {
        let edges = through(active, place, across);
        let first = next.max(edges.start.saturating_sub(1) / 2);
        next = next.max((edges.end / 2 + 1).min(active.len() / 2));
        stretches.extend((first..next).map(|pair| [active[2 * pair], active[2 * pair + 1]].map(|edge| edge.crossing(place))));
    }
}

/// Puts stretches in order and joins those that touch.
fn join(stretches: &mut Vec<[Crossing; 2]>) {
    for stretch in stretches.iter_mut() {
        stretch.sort_by(|a, b| a.across.total_cmp(&b.across));
    }
    stretches.sort_unstable_by(|a, b| a[0].across.total_cmp(&b[0].across));
    stretches.dedup_by(|next, last| {
        let touches = next[0].across <= last[1].across;
        if touches && next[1].across > last[1].across {
            last[1] = next[1];
        }
        touches
    });
}

impl<P: Place> Edge<P> {
    fn end(&self, which: usize) -> Crossing {
        Crossing { across: self.across[which], point: self.ends[which].map(|quarters| quarters as f64) }
    }

    /// By the lower end along the axis, then across, then as the edges of one lower end part. None of them is level.
    fn order(&self, other: &Edge<P>) -> Ordering {
        let turn = || cross(step(other.ends[0], other.ends[1]), step(self.ends[0], self.ends[1])).cmp(&0);
        self.along[0].cmp(&other.along[0]).then(self.across[0].total_cmp(&other.across[0])).then_with(turn)
    }

    /// How far it has come at `place`: at its ends exactly 0 and 1.
    fn part(&self, place: P) -> f64 {
        let [low, high] = self.along;
        (place - low).as_f64() / (high - low).as_f64()
    }

    fn across_at(&self, place: P) -> f64 {
        self.across[0] + (self.across[1] - self.across[0]) * self.part(place)
    }

    /// Where the edge meets the line at `place`; at its ends exactly there.
    fn crossing(&self, place: P) -> Crossing {
        let part = self.part(place);
        let [from, to] = self.ends.map(|end| end.map(|quarters| quarters as f64));
        Crossing { across: self.across_at(place), point: [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part) }
    }
}
