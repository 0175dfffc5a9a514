//! The short axis: the longest stretch of a line perpendicular to the long axis inside a region.
//!
//! Place `along` the long axis and `across` it are integers at contour vertices. Between two neighbouring places of vertices the
//! length of a stretch changes linearly, so the longest one lies at a vertex. There the closed section is what the region shows
//! just after the line and the contour segments on the line: what it shows only just before ends in such segments, or in points.

use std::ops::Sub;

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
    let mut edges: Vec<Edge<P>> = contour
        .iter()
        .map(|&[a, b]| {
            let [a, b] = [a, b].map(|point| (along(point), point));
            let [low, high] = if a <= b { [a, b] } else { [b, a] };
            Edge { along: [low.0, high.0], across: [across(low.1), across(high.1)], ends: [low.1, high.1] }
        })
        .collect();
    edges.sort_unstable_by_key(|edge| edge.along[0]);
    let mut upper: Vec<P> = edges.iter().map(|edge| edge.along[1]).collect();
    upper.sort_unstable();
    let mut upper = upper.into_iter().peekable();

    let start = axis[0].map(|quarters| quarters as f64);
    let mut longest = Chord { ends: [start, start], area: -1.0 };
    let mut coming = edges.iter().peekable();
    let mut active: Vec<&Edge<P>> = Vec::new();
    let (mut stretches, mut after) = (Vec::new(), Vec::new());
    // Places of vertices in order: where segments begin or end.
    while let Some(place) = coming.peek().map(|edge| edge.along[0]).into_iter().chain(upper.peek().copied()).min() {
        while upper.next_if_eq(&place).is_some() {}
        active.retain(|edge| edge.along[1] >= place);
        while let Some(edge) = coming.next_if(|edge| edge.along[0] <= place) {
            active.push(edge);
        }
        // No stretch is longer than all edges together.
        let low = active.iter().flat_map(|edge| edge.across).fold(f64::INFINITY, f64::min);
        let high = active.iter().flat_map(|edge| edge.across).fold(f64::NEG_INFINITY, f64::max);
        if high - low <= longest.area {
            continue;
        }
        section(&active, place, &mut stretches, &mut after);
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

/// The stretches of the closed region on the line at `place`, in order and apart.
fn section<P: Place>(active: &[&Edge<P>], place: P, stretches: &mut Vec<[Crossing; 2]>, after: &mut Vec<Crossing>) {
    after.clear();
    for edge in active {
        let [low, high] = edge.along;
        if low == high {
            stretches.push([edge.end(0), edge.end(1)]);
        } else if place < high {
            after.push(edge.crossing(place));
        }
    }
    after.sort_unstable_by(|a: &Crossing, b| a.across.total_cmp(&b.across));
    stretches.extend(after.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
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

    /// Where the edge meets the line at `place`, which it reaches before its upper end; at its lower end exactly there.
    fn crossing(&self, place: P) -> Crossing {
        let [low, high] = self.along;
        let [from, to] = [self.end(0), self.end(1)];
        let part = (place - low).as_f64() / (high - low).as_f64();
        let between = |a: f64, b: f64| a + (b - a) * part;
        Crossing {
            across: between(from.across, to.across),
            point: [between(from.point[0], to.point[0]), between(from.point[1], to.point[1])],
        }
    }
}
