//! Connected components of runs: union-find over runs that meet in neighbouring rows.

use std::cmp::Reverse;

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
///
/// # Panics
///
/// If there are 2^32 runs or more.
pub fn components(runs: &[Run], connectivity: Connectivity) -> Components {
    let mut of_run = match connectivity {
        Connectivity::Six => parents(runs, FACES, 0),
        Connectivity::TwentySix => parents(runs, ALL, 1),
    };
    // Number the components by their first runs. A parent comes before its child, so it has its number already.
    let mut voxels: Vec<u64> = Vec::new();
    for index in 0..runs.len() {
        let parent = of_run[index] as usize;
        let number = if parent == index { voxels.len() as u32 } else { of_run[parent] };
        if parent == index {
            voxels.push(0);
        }
        of_run[index] = number;
        voxels[number as usize] += u64::from(runs[index].len());
    }
    if voxels.len() > 1 {
        let mut ranked: Vec<u32> = (0..voxels.len() as u32).collect();
        ranked.sort_unstable_by_key(|&number| (Reverse(voxels[number as usize]), number));
        voxels = ranked.iter().map(|&number| voxels[number as usize]).collect();
        let mut ranks = vec![0; ranked.len()];
        for (rank, &number) in ranked.iter().enumerate() {
            ranks[number as usize] = rank as u32;
        }
        for number in &mut of_run {
            *number = ranks[*number as usize];
        }
    }
    Components { of_run, voxels }
}

/// For each run the first run of its component. Runs of the rows named by `steps` are joined when their columns overlap
/// (`reach` 0) or also when they meet only at a corner (`reach` 1).
pub(crate) fn roots(runs: &[Run], steps: &[RowStep], reach: u32) -> Vec<usize> {
    let mut roots: Vec<usize> = parents(runs, steps, reach).into_iter().map(|parent| parent as usize).collect();
    // A parent never comes after its child, so one pass in order flattens every path.
    for run in 0..roots.len() {
        roots[run] = roots[roots[run]];
    }
    roots
}

/// For each run an earlier run of its component, or itself if it is the first; see [`roots`].
fn parents(runs: &[Run], steps: &[RowStep], reach: u32) -> Vec<u32> {
    debug_assert!(are_in_order(runs), "runs must be sorted and apart");
    assert!(u32::try_from(runs.len()).is_ok(), "{} runs are too many", runs.len());
    let mut parents: Vec<u32> = Vec::with_capacity(runs.len());
    // One cursor for each step, at the first run that a later run may still meet. All of them only move on.
    let mut cursors = vec![0; steps.len()];
    for (index, run) in runs.iter().enumerate() {
        let mut own = index as u32;
        parents.push(own);
        for (cursor, &(slices, rows)) in cursors.iter_mut().zip(steps) {
            let wanted = place(run) + slices * SLICE + rows;
            while place(&runs[*cursor]) < wanted || (place(&runs[*cursor]) == wanted && runs[*cursor].end + reach <= run.start) {
                *cursor += 1;
            }
            let mut other = *cursor;
            while place(&runs[other]) == wanted && runs[other].start < run.end + reach {
                own = join(&mut parents, own, other as u32);
                other += 1;
            }
        }
    }
    parents
}

/// Rows of different slices are this far apart, so that no step leads from a slice into the next one.
const SLICE: i64 = 1 << 32;

/// The row of a run as one number.
fn place(run: &Run) -> i64 {
    i64::from(run.slice) * SLICE + i64::from(run.row)
}

/// Joins the component of the root `a` with that of the run `b`; returns its root.
fn join(parents: &mut [u32], a: u32, b: u32) -> u32 {
    if parents[b as usize] == a {
        return a;
    }
    let b = root(parents, b);
    parents[a.max(b) as usize] = a.min(b);
    a.min(b)
}

/// The root of a run; halves the path on the way.
fn root(parents: &mut [u32], mut run: u32) -> u32 {
    while parents[run as usize] != run {
        parents[run as usize] = parents[parents[run as usize] as usize];
        run = parents[run as usize];
    }
    run
}
