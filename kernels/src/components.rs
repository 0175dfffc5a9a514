//! Connected components of runs: union-find over runs that meet in neighbouring rows.

use std::cmp::Reverse;
use std::ops::Range;

use crate::runs::{Run, are_in_order};

/// Which voxels are neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connectivity {
    /// Voxels that share a face.
    Six,
    /// Voxels that share a face, an edge or a corner.
    TwentySix,
}

/// The connected components of a list of runs, numbered by voxel count: 0 is the largest, and of equal ones the one whose first
/// run comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// Component of each run, in the order of the runs.
    pub of_run: Vec<u32>,
    /// Voxels of each component.
    pub voxels: Vec<u64>,
}

/// A row that comes earlier than another in memory, as (slices, rows) to add.
type RowStep = (i64, i64);

/// The row above in the same slice.
pub(crate) const IN_PLANE: &[RowStep] = &[(0, -1)];
const FACES: &[RowStep] = &[(0, -1), (-1, 0)];
const ALL: &[RowStep] = &[(0, -1), (-1, -1), (-1, 0), (-1, 1)];

/// Divides sorted runs into connected components.
pub fn components(runs: &[Run], connectivity: Connectivity) -> Components {
    let roots = match connectivity {
        Connectivity::Six => roots(runs, FACES, 0),
        Connectivity::TwentySix => roots(runs, ALL, 1),
    };
    // A root is the first run of its component, so ascending roots are in order of first runs.
    let mut voxels_of_root = vec![0u64; runs.len()];
    for (run, &root) in runs.iter().zip(&roots) {
        voxels_of_root[root] += u64::from(run.len());
    }
    let mut ranked: Vec<usize> = (0..runs.len()).filter(|&run| roots[run] == run).collect();
    ranked.sort_by_key(|&root| Reverse(voxels_of_root[root]));
    let mut rank_of_root = vec![0u32; runs.len()];
    for (rank, &root) in ranked.iter().enumerate() {
        rank_of_root[root] = rank as u32;
    }
    Components {
        of_run: roots.iter().map(|&root| rank_of_root[root]).collect(),
        voxels: ranked.iter().map(|&root| voxels_of_root[root]).collect(),
    }
}

/// For each run the first run of its component. Runs of the rows named by `steps` are joined when their columns overlap
/// (`reach` 0) or also when they meet only at a corner (`reach` 1).
pub(crate) fn roots(runs: &[Run], steps: &[RowStep], reach: u32) -> Vec<usize> {
    debug_assert!(are_in_order(runs), "runs must be sorted and apart");
    let rows = rows_of(runs);
    let mut parents: Vec<usize> = (0..runs.len()).collect();
    for &(slices, lines) in steps {
        let mut earlier = 0;
        for row in &rows {
            let wanted = (row.slice + slices, row.row + lines);
            // Both sides ascend, so one pass over the rows serves all of them.
            while (rows[earlier].slice, rows[earlier].row) < wanted {
                earlier += 1;
            }
            if (rows[earlier].slice, rows[earlier].row) == wanted {
                join_rows(runs, &rows[earlier].runs, &row.runs, reach, &mut parents);
            }
        }
    }
    // A parent never comes after its child, so one pass in order flattens every path.
    for run in 0..parents.len() {
        parents[run] = parents[parents[run]];
    }
    parents
}

/// The runs of one row, as a range into the list.
struct Row {
    slice: i64,
    row: i64,
    runs: Range<usize>,
}

fn rows_of(runs: &[Run]) -> Vec<Row> {
    let mut first = 0;
    runs.chunk_by(|a, b| (a.slice, a.row) == (b.slice, b.row))
        .map(|chunk| {
            let row = Row { slice: chunk[0].slice.into(), row: chunk[0].row.into(), runs: first..first + chunk.len() };
            first = row.runs.end;
            row
        })
        .collect()
}

/// Joins the runs of two rows that meet; both are walked once.
fn join_rows(runs: &[Run], above: &Range<usize>, below: &Range<usize>, reach: u32, parents: &mut [usize]) {
    let (mut a, mut b) = (above.start, below.start);
    while a < above.end && b < below.end {
        if runs[a].start < runs[b].end + reach && runs[b].start < runs[a].end + reach {
            join(parents, a, b);
        }
        if runs[a].end < runs[b].end {
            a += 1;
        } else {
            b += 1;
        }
    }
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

/// The root of a run; halves the path on the way.
fn root(parents: &mut [usize], mut run: usize) -> usize {
    while parents[run] != run {
        parents[run] = parents[parents[run]];
        run = parents[run];
    }
    run
}
