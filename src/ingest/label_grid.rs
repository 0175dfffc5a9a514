//! Labelled voxels on a stored grid, as NIfTI, NRRD and frames of a segmentation hold them: any axis order, any direction.

use super::Error;
use crate::volume::{AxisMap, LabelCollector, Run, Voxel, line_runs};
use nalgebra::Vector3;

/// No mask is scattered over more runs; noise is.
pub(super) const MOST_RUNS: usize = 1 << 26;

pub(super) use crate::volume::RunsByLabel;

/// Label values of one frame, one number per voxel, columns fastest. Bytes stay bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Labels {
    Byte(Vec<u8>),
    Wide(Vec<u32>),
}

impl Labels {
    /// The runs of every label but `background`.
    pub fn runs(&self, columns: usize, background: u32) -> RunsByLabel {
        fn runs_of<T: Voxel + Into<u32>>(voxels: &[T], columns: usize, background: T) -> RunsByLabel {
            let mut found = LabelCollector::default();
            let rows = voxels.len() / columns;
            line_runs(voxels, columns, rows, 0, background, &mut |label, run| found.push(label.into(), run));
            found.into_runs()
        }
        match (self, u8::try_from(background)) {
            (Self::Byte(voxels), Ok(background)) => runs_of(voxels, columns, background),
            (Self::Byte(voxels), Err(_)) => {
                runs_of(&voxels.iter().copied().map(u32::from).collect::<Vec<_>>(), columns, background)
            }
            (Self::Wide(voxels), _) => runs_of(voxels, columns, background),
        }
    }
}

/// A stored grid with one or more layers of labels (layers: overlapping segments).
#[derive(Debug, Clone)]
pub(super) struct LabelGrid {
    pub sizes: [usize; 3],
    /// LPS position of the centre of the first stored voxel.
    pub origin: Vector3<f64>,
    /// LPS steps along the stored axes, fastest first.
    pub steps: [Vector3<f64>; 3],
    /// The runs of every label: columns along the fastest stored axis, then rows, then slices.
    pub layers: Vec<RunsByLabel>,
}

/// A line of voxels along one stored axis.
struct Line {
    first: [u32; 3],
    length: u32,
}

/// Puts stored runs on a grid of `sizes`, whose axes run along the stored ones as `map` says. The result is sorted and its runs
/// do not touch.
///
/// # Errors
/// A voxel outside of that grid, or noise.
pub(super) fn place_runs(mut stored: Vec<Run>, map: &AxisMap, sizes: [usize; 3], shown: &str) -> Result<Vec<Run>, Error> {
    let placed = |line: Line| {
        // The lower end of the line on the target grid is its last voxel when the axis runs backwards.
        let mut low = [0, 1, 2].map(|axis| map.offset[axis] + map.sign[axis] * i64::from(line.first[map.axis[axis]]));
        if map.sign[0] < 0 {
            low[0] -= i64::from(line.length) - 1;
        }
        let end = low[0] + i64::from(line.length);
        let size = sizes.map(|size| size as i64);
        let inside = low[0] >= 0 && end <= size[0] && (0..size[1]).contains(&low[1]) && (0..size[2]).contains(&low[2]);
        if !inside {
            let ([column, row, slice], [columns, rows, slices]) = (low, sizes);
            let reason = format!(
                "it marks voxels outside the image, e.g. column {column}, row {row}, slice {slice} of an image of {columns} x {rows} x {slices}"
            );
            return Err(Error::Misplaced { file: shown.to_string(), reason });
        }
        Ok(Run { slice: low[2] as u32, row: low[1] as u32, start: low[0] as u32, end: end as u32 })
    };
    let mut placed = match map.axis[0] {
        // In place, because noise has many runs.
        0 => {
            for run in &mut stored {
                *run = placed(Line { first: [run.start, run.row, run.slice], length: run.end - run.start })?;
            }
            stored
        }
        along => turned(stored, along, shown)?.into_iter().map(placed).collect::<Result<Vec<Run>, Error>>()?,
    };
    if !placed.is_sorted() {
        placed.sort_unstable();
    }
    Ok(placed)
}

/// Sorts runs and joins those that touch or overlap.
pub(super) fn merge(runs: &mut Vec<Run>) {
    runs.sort_unstable();
    runs.dedup_by(|next, run| {
        let joins = (next.slice, next.row) == (run.slice, run.row) && next.start <= run.end;
        if joins {
            run.end = run.end.max(next.end);
        }
        joins
    });
}

/// The voxels of sorted runs as lines along the second (`along` 1) or third (2) stored axis.
///
/// # Errors
/// More lines than any mask has.
fn turned(mut runs: Vec<Run>, along: usize, shown: &str) -> Result<Vec<Line>, Error> {
    // Rows of voxels that differ only in their place along the new axis follow each other.
    let place = |run: &Run| if along == 1 { (run.slice, run.row) } else { (run.row, run.slice) };
    runs.sort_by_key(|run| (place(run), run.start));
    let width = runs.iter().map(|run| run.end as usize).max().unwrap_or(0);
    let mut begun: Vec<Option<u32>> = vec![None; width];
    let mut lines = Vec::new();
    // Toggles the columns that lie in only one of two neighbouring rows: there a line begins or ends.
    let mut step = |before: &[Run], after: &[Run], (fixed, at): (u32, u32)| {
        let mut borders: Vec<u32> = before.iter().chain(after).flat_map(|run| [run.start, run.end]).collect();
        borders.sort_unstable();
        for column in borders.chunks_exact(2).flat_map(|pair| pair[0]..pair[1]) {
            let state = &mut begun[column as usize];
            match state.take() {
                Some(start) => {
                    let first = if along == 1 { [column, start, fixed] } else { [column, fixed, start] };
                    lines.push(Line { first, length: at - start });
                }
                None => *state = Some(at),
            }
        }
        let reason = "turned to the axes of the image, what it marks is noise, not a mask".to_string();
        if lines.len() > MOST_RUNS { Err(Error::Corrupt { file: shown.to_string(), reason }) } else { Ok(()) }
    };
    let mut before: &[Run] = &[];
    for row in runs.chunk_by(|a, b| place(a) == place(b)) {
        let (fixed, at) = place(&row[0]);
        if let Some((old_fixed, old_at)) = before.first().map(&place)
            && (old_fixed, old_at + 1) != (fixed, at)
        {
            step(before, &[], (old_fixed, old_at + 1))?;
            before = &[];
        }
        step(before, row, (fixed, at))?;
        before = row;
    }
    if let Some((fixed, at)) = before.first().map(&place) {
        step(before, &[], (fixed, at + 1))?;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn run(slice: u32, row: u32, start: u32, end: u32) -> Run {
        Run { slice, row, start, end }
    }

    #[test]
    fn a_flipped_permuted_grid_lands_where_its_voxels_are() {
        // Stored 2 x 3 x 1 (a, b, c): target column = c of size 1, row = 2 - b, slice = a.
        let labels = Labels::Byte(vec![0, 7, 0, 0, 0, 5]).runs(2, 0);
        let map = AxisMap { axis: [2, 1, 0], sign: [1, -1, 1], offset: [0, 2, 0] };
        let placed = |label: u32| place_runs(labels[&label].clone(), &map, [1, 3, 2], "m").unwrap();
        // Value 7 is stored at (1, 0, 0): column 0, row 2, slice 1. Value 5 at (1, 2, 0): column 0, row 0, slice 1.
        assert_eq!(placed(7), [run(1, 2, 0, 1)]);
        assert_eq!(placed(5), [run(1, 0, 0, 1)]);
    }

    #[test]
    fn every_order_and_direction_of_axes() {
        // An irregular set on a stored grid of 5 x 4 x 3.
        let stored_sizes = [5usize, 4, 3];
        let marked = |[a, b, c]: [usize; 3]| (a * 7 + b * 3 + c * 5) % 4 < 2;
        let places = || (0..60).map(|n| [n % 5, n / 5 % 4, n / 20]);
        let mut stored = Vec::new();
        for [a, b, c] in places().filter(|&place| marked(place)) {
            match stored.last_mut() {
                Some(Run { slice, row, end, .. }) if (*slice, *row, *end) == (c as u32, b as u32, a as u32) => *end += 1,
                _ => stored.push(run(c as u32, b as u32, a as u32, a as u32 + 1)),
            }
        }
        for axis in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for signs in 0..8 {
                let sign = [0, 1, 2].map(|i| if signs >> i & 1 == 1 { -1i64 } else { 1 });
                let sizes = axis.map(|a| stored_sizes[a]);
                let offset = [0, 1, 2].map(|i| if sign[i] < 0 { sizes[i] as i64 - 1 } else { 0 });
                let map = AxisMap { axis, sign, offset };
                let placed = place_runs(stored.clone(), &map, sizes, "m").unwrap();
                let found: Vec<[i64; 3]> = placed
                    .iter()
                    .flat_map(|run| (run.start..run.end).map(|c| [i64::from(c), run.row.into(), run.slice.into()]))
                    .collect();
                let expected: BTreeSet<[i64; 3]> = places()
                    .filter(|&place| marked(place))
                    .map(|place| [0, 1, 2].map(|i| offset[i] + sign[i] * place[axis[i]] as i64))
                    .collect();
                assert_eq!(found.len(), expected.len(), "{map:?}");
                assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{map:?}");
                let apart = |a: &Run, b: &Run| (a.slice, a.row) < (b.slice, b.row) || a.end < b.start;
                assert!(placed.is_sorted() && placed.windows(2).all(|pair| apart(&pair[0], &pair[1])), "{map:?}");
            }
        }
    }

    #[test]
    fn runs_that_continue_each_other_become_one() {
        let mut runs = vec![run(0, 0, 5, 6), run(0, 0, 2, 4), run(0, 0, 4, 5), run(0, 1, 6, 7), run(0, 0, 8, 9)];
        merge(&mut runs);
        assert_eq!(runs, [run(0, 0, 2, 6), run(0, 0, 8, 9), run(0, 1, 6, 7)]);
    }

    #[test]
    fn voxels_outside_are_refused_wherever_they_lie() {
        let stored = [run(0, 0, 1, 3)];
        for (offset, fits) in [(0, true), (-1, true), (1, true), (2, false), (-2, false)] {
            let map = AxisMap { axis: [0, 1, 2], sign: [1; 3], offset: [offset, 0, 0] };
            assert_eq!(place_runs(stored.to_vec(), &map, [4, 1, 1], "m").is_ok(), fits, "{offset}");
        }
    }

    #[test]
    fn the_background_may_have_any_number() {
        let labels = Labels::Wide(vec![700, 0, 700, 9]);
        assert_eq!(labels.runs(4, 700).keys().copied().collect::<Vec<_>>(), [0, 9]);
        assert_eq!(labels.runs(4, 0).keys().copied().collect::<Vec<_>>(), [9, 700]);
        assert_eq!(Labels::Byte(vec![0, 1]).runs(2, 700).keys().copied().collect::<Vec<_>>(), [0, 1]);
    }
}
