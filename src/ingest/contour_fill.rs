//! Contours of one slice become voxels.
//!
//! A voxel is inside a contour when its centre is, by the even-odd rule; edges are half open, so that a centre on a left or upper
//! edge is inside and one on a right or lower edge is not. The contours of a slice are combined by XOR. Everything here
//! grows with the number of points and rows, never with its square: a file can hold a hundred thousand points on a slice.

use crate::volume::Run;
use std::cmp::Reverse;
use std::collections::HashSet;

/// Less than this between a crossing and a centre, in columns, is what conversion from millimetres leaves: the centre is on the edge.
const ON_COLUMN: f64 = 1e-6;

/// The same for rows. It is smaller, so that a slanting edge meets the centres on it in the same way everywhere.
const ON_ROW: f64 = 1e-9;

/// A closed polygon in voxel coordinates (column, row).
pub(super) type Polygon = Vec<[f64; 2]>;

/// The voxels of the contours of one slice, and what is odd about those contours.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Filled {
    pub runs: Vec<Run>,
    /// Contours that enclose the same voxels as another one and were left out: combined with it, they would cancel.
    pub repeated: usize,
    /// Contours that cross themselves around some voxel centre.
    pub self_crossing: usize,
    pub sharing: Sharing,
}

/// Whether contours share voxels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sharing {
    #[default]
    None,
    /// One lies in the other, like the two borders of a ring.
    Nested,
    /// They overlap in part.
    Partial,
}

/// A side of a polygon, between two rows.
struct Edge {
    top: [f64; 2],
    bottom: [f64; 2],
    /// Rows it crosses: `first..end`.
    first: usize,
    end: usize,
    /// +1 when drawn downwards, -1 upwards.
    direction: i64,
}

impl Edge {
    fn column(&self, row: usize) -> f64 {
        let t = (row as f64 - self.top[1]) / (self.bottom[1] - self.top[1]);
        self.top[0] + t * (self.bottom[0] - self.top[0])
    }
}

/// Fills the contours of one slice of an image of `columns` x `rows`; what lies outside is cut off.
pub(super) fn fill(polygons: &[Polygon], slice: u32, columns: usize, rows: usize) -> Filled {
    let mut filled = Filled::default();
    let (mut contours, mut seen) = (Vec::new(), HashSet::new());
    for polygon in polygons {
        let (runs, crosses_itself) = enclosed(polygon, slice, columns, rows);
        filled.self_crossing += usize::from(crosses_itself);
        if runs.is_empty() {
            continue;
        }
        // Wherever it starts and whichever way it runs: the same voxels are the same contour.
        if seen.insert(runs.clone()) { contours.push(runs) } else { filled.repeated += 1 }
    }
    if contours.len() < 2 {
        filled.runs = contours.pop().unwrap_or_default();
        return filled;
    }
    let borders = contours.iter().flatten().flat_map(|run| [(run.row, run.start, 1), (run.row, run.end, -1i64)]);
    let mut borders: Vec<(u32, u32, i64)> = borders.collect();
    borders.sort_unstable();
    let (mut depth, mut deepest, mut start) = (0, 0, None);
    for same_place in borders.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (row, column, _) = same_place[0];
        depth += same_place.iter().map(|(_, _, step)| step).sum::<i64>();
        deepest = deepest.max(depth);
        match (start, depth % 2 == 1) {
            (None, true) => start = Some(column),
            (Some(from), false) => {
                filled.runs.push(Run { slice, row, start: from, end: column });
                start = None;
            }
            _ => {}
        }
    }
    if deepest > 1 {
        filled.sharing = if all_nested(&contours) { Sharing::Nested } else { Sharing::Partial };
    }
    filled
}

/// The voxels of one contour, and whether it crosses itself around any of them.
fn enclosed(polygon: &Polygon, slice: u32, columns: usize, rows: usize) -> (Vec<Run>, bool) {
    let mut edges: Vec<Edge> = polygon
        .iter()
        .zip(polygon.iter().cycle().skip(1))
        .filter_map(|(&a, &b)| {
            let (top, bottom, direction) = if a[1] <= b[1] { (a, b, 1) } else { (b, a, -1) };
            // Rows r with top <= r < bottom; the cast saturates.
            let row_from = |at: f64| (at - ON_ROW).ceil().max(0.0) as usize;
            let (first, end) = (row_from(top[1]), row_from(bottom[1]).min(rows));
            (first < end).then_some(Edge { top, bottom, first, end, direction })
        })
        .collect();
    edges.sort_unstable_by_key(|edge| edge.first);
    let mut runs = Vec::new();
    let (mut crossings, mut active): (Vec<(u32, i64)>, Vec<&Edge>) = (Vec::new(), Vec::new());
    // How often the contour winds around the centres seen so far: a simple one 0 times or once, one way.
    let (mut least, mut most) = (0, 0);
    let mut coming = edges.iter().peekable();
    let mut row = 0;
    while let Some(first) = coming.peek().map(|edge| edge.first).or((!active.is_empty()).then_some(row)) {
        // Rows between two parts of a contour hold nothing.
        row = if active.is_empty() { first } else { row };
        while let Some(edge) = coming.next_if(|edge| edge.first <= row) {
            active.push(edge);
        }
        // The first centre at or to the right of every crossing.
        let column = |edge: &&Edge| (edge.column(row) - ON_COLUMN).ceil().clamp(0.0, columns as f64) as u32;
        crossings.clear();
        crossings.extend(active.iter().map(|edge| (column(edge), edge.direction)));
        crossings.sort_unstable();
        let (mut winding, mut start) = (0, None);
        for same_centre in crossings.chunk_by(|a, b| a.0 == b.0) {
            let column = same_centre[0].0;
            winding += same_centre.iter().map(|(_, direction)| direction).sum::<i64>();
            (least, most) = (winding.min(least), winding.max(most));
            match (start, winding % 2 != 0) {
                (None, true) => start = Some(column),
                (Some(from), false) => {
                    runs.push(Run { slice, row: row as u32, start: from, end: column });
                    start = None;
                }
                _ => {}
            }
        }
        row += 1;
        active.retain(|edge| edge.end > row);
    }
    (runs, most - least > 1)
}

/// Whether of contours that share voxels one always lies in the other.
///
/// Row by row, outer runs come before inner ones. Every run must lie within one run of the same contour, the one next around its
/// own; two contours that overlap in part break this in some row.
fn all_nested(contours: &[Vec<Run>]) -> bool {
    let mut runs = Vec::new();
    for (contour, own) in contours.iter().enumerate() {
        let voxels: u64 = own.iter().map(|run| u64::from(run.end - run.start)).sum();
        runs.extend(own.iter().map(|run| (run.row, run.start, Reverse(run.end), Reverse(voxels), contour)));
    }
    runs.sort_unstable();
    let mut next_around: Vec<Option<Option<usize>>> = vec![None; contours.len()];
    let mut open: Vec<(u32, u32, usize)> = Vec::new();
    for (row, start, Reverse(end), _, contour) in runs {
        while open.last().is_some_and(|&(open_row, open_end, _)| open_row != row || open_end <= start) {
            open.pop();
        }
        let outer = open.last().map(|&(_, _, outer)| outer);
        let within = open.last().is_none_or(|&(_, open_end, _)| end <= open_end);
        if !within || *next_around[contour].get_or_insert(outer) != outer {
            return false;
        }
        open.push((row, end, contour));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn voxels(filled: &Filled) -> Vec<(u32, u32)> {
        filled.runs.iter().flat_map(|run| (run.start..run.end).map(|column| (column, run.row))).collect()
    }

    fn filled(polygons: &[Polygon]) -> Filled {
        fill(polygons, 0, 12, 12)
    }

    fn square(low: f64, high: f64) -> Polygon {
        rectangle([low, low], [high, high])
    }

    fn rectangle(low: [f64; 2], high: [f64; 2]) -> Polygon {
        vec![low, [high[0], low[1]], high, [low[0], high[1]]]
    }

    #[test]
    fn centres_inside_count_and_edges_are_half_open() {
        // 0.5 to 3.5 holds the centres 1, 2, 3 in both directions.
        assert_eq!(voxels(&filled(&[square(0.5, 3.5)])).len(), 9);
        // Exactly from centre to centre: the left and upper edge belong to it.
        assert_eq!(voxels(&filled(&[square(1.0, 3.0)])), [(1, 1), (2, 1), (1, 2), (2, 2)]);
        // The same after a conversion that rounds.
        for noise in [1e-12, -1e-12] {
            assert_eq!(voxels(&filled(&[square(1.0 + noise, 3.0 - noise)])), [(1, 1), (2, 1), (1, 2), (2, 2)]);
        }
    }

    #[test]
    fn a_contour_in_a_contour_is_a_hole() {
        // 9 x 9 centres without the 3 x 3 in the middle, and one in the middle of that.
        let ring = filled(&[square(3.5, 6.5), square(0.5, 9.5)]);
        assert_eq!((voxels(&ring).len(), ring.sharing), (81 - 9, Sharing::Nested));
        let target = filled(&[square(0.5, 9.5), square(3.5, 6.5), square(4.5, 5.5)]);
        assert_eq!((voxels(&target).len(), target.sharing), (81 - 9 + 1, Sharing::Nested));
        assert_eq!(filled(&[square(0.5, 3.5), square(4.5, 6.5)]).sharing, Sharing::None);
    }

    #[test]
    fn contours_that_overlap_in_part_are_told_from_nested_ones() {
        // 9 + 9 centres, of which 4 are in both.
        let apart = filled(&[square(0.5, 3.5), square(1.5, 4.5)]);
        assert_eq!((voxels(&apart).len(), apart.sharing), (9 + 9 - 2 * 4, Sharing::Partial));
        // A cross: in every row one bar lies within the other.
        let cross = filled(&[rectangle([0.5, 3.5], [9.5, 6.5]), rectangle([3.5, 0.5], [6.5, 9.5])]);
        assert_eq!((voxels(&cross).len(), cross.sharing), (27 + 27 - 2 * 9, Sharing::Partial));
    }

    #[test]
    fn a_contour_drawn_twice_does_not_cancel() {
        let once = square(0.5, 3.5);
        let turned = vec![once[2], once[3], once[0], once[1], once[2]];
        let backwards: Polygon = once.iter().rev().copied().collect();
        let nearly: Polygon = once.iter().map(|[column, row]| [column + 1e-5, row - 1e-5]).collect();
        for twin in [once.clone(), turned, backwards, nearly] {
            let found = filled(&[once.clone(), twin]);
            assert_eq!((voxels(&found).len(), found.repeated, found.sharing), (9, 1, Sharing::None));
        }
    }

    #[test]
    fn what_lies_beyond_the_image_is_cut_off() {
        assert_eq!(voxels(&filled(&[square(-0.9, 1.5)])).len(), 4);
        assert_eq!(voxels(&filled(&[square(10.5, 11.9)])).len(), 1);
        assert_eq!(voxels(&filled(&[square(-1e300, 1e300)])).len(), 144);
        assert_eq!(filled(&[square(20.0, 30.0), square(-30.0, -20.0)]), Filled::default());
    }

    #[test]
    fn a_contour_that_crosses_itself_is_found_and_a_keyhole_is_not() {
        // Two triangles that meet in (4.5, 4.5).
        let bow: Polygon = vec![[1.5, 1.2], [7.5, 7.8], [7.5, 1.2], [1.5, 7.8]];
        assert_eq!(filled(&[bow]).self_crossing, 1);
        // Twice around the same square: every centre is wound around twice, so none is inside.
        let twice = [square(0.5, 3.5), square(0.5, 3.5)].concat();
        let found = filled(&[twice]);
        assert_eq!((voxels(&found).len(), found.self_crossing), (0, 1));
        let keyhole: Polygon = vec![
            [0.5, 5.0],
            [0.5, 0.5],
            [9.5, 0.5],
            [9.5, 9.5],
            [0.5, 9.5],
            [0.5, 5.0],
            [3.5, 5.0],
            [3.5, 6.5],
            [6.5, 6.5],
            [6.5, 3.5],
            [3.5, 3.5],
            [3.5, 5.0],
        ];
        let found = filled(&[keyhole]);
        assert_eq!((voxels(&found).len(), found.self_crossing), (81 - 9, 0));
    }

    #[test]
    fn a_hundred_thousand_points_on_a_slice_do_not_hang() {
        let begun = Instant::now();
        // One contour that goes up and down 50 000 times over an image of 256 rows.
        let comb: Polygon = (0..100_000).map(|n| [f64::from(n) * 0.002, if n % 2 == 0 { -0.5 } else { 255.5 }]).collect();
        fill(&[comb], 0, 256, 256);
        // Squares around each other: every pair of them is nested.
        let squares: Vec<Polygon> = (0..20_000).map(|n| square(f64::from(n) * 0.006, 255.0 - f64::from(n) * 0.006)).collect();
        assert_eq!(fill(&squares, 0, 256, 256).sharing, Sharing::Nested);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}
