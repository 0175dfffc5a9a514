//! Runs sorted by label, and whole volumes on several threads.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::extract::{Voxel, line_runs};
use crate::runs::Run;

/// The runs of every label, in the order they came.
pub type RunsByLabel = BTreeMap<u32, Vec<Run>>;

/// Labels below this are found by a table, others by a search. Few, because thousands of layers have a table each.
const NEAR: u32 = 1 << 8;

/// Sorts runs by their labels as they come.
#[derive(Debug, Clone, Default)]
pub struct LabelCollector {
    /// Place in `found` of each label below [`NEAR`], plus one; 0 for none yet. As long as the largest label so far needs.
    near: Vec<u32>,
    far: BTreeMap<u32, usize>,
    found: Vec<(u32, Vec<Run>)>,
    runs: usize,
}

impl LabelCollector {
    /// Adds a run. One that continues the last run of its label is joined to it, as when several values stand for one label.
    pub fn push(&mut self, label: u32, run: Run) {
        let runs = self.runs_of(label);
        match runs.last_mut() {
            Some(last) if (last.slice, last.row, last.end) == (run.slice, run.row, run.start) => last.end = run.end,
            _ => {
                runs.push(run);
                self.runs += 1;
            }
        }
    }

    /// Number of labels so far.
    pub fn labels(&self) -> usize {
        self.found.len()
    }

    /// Number of runs so far.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Adds what was found in later rows.
    pub fn append(&mut self, later: LabelCollector) {
        self.runs += later.runs;
        for (label, mut runs) in later.found {
            self.runs_of(label).append(&mut runs);
        }
    }

    /// The runs of every label.
    pub fn into_runs(self) -> RunsByLabel {
        self.found.into_iter().collect()
    }

    fn runs_of(&mut self, label: u32) -> &mut Vec<Run> {
        let next = self.found.len();
        let place = if label < NEAR {
            let slot = label as usize;
            if slot >= self.near.len() {
                self.near.resize(slot + 1, 0);
            }
            if self.near[slot] == 0 {
                self.near[slot] = next as u32 + 1;
            }
            self.near[slot] as usize - 1
        } else {
            *self.far.entry(label).or_insert(next)
        };
        if place == next {
            self.found.push((label, Vec::new()));
        }
        &mut self.found[place].1
    }
}

/// The runs of every label of a whole volume, on all threads of the current rayon pool: columns fastest, then rows, then slices.
///
/// `label_of` says which label a voxel value stands for; it is asked once a run. Values equal to `background` are skipped. The
/// result does not depend on the number of threads: slabs of whole rows are joined in their order.
///
/// # Panics
///
/// If `voxels.len()` is not a multiple of `columns * rows`.
pub fn volume_runs<T: Voxel + Sync + Send>(
    voxels: &[T],
    columns: usize,
    rows: usize,
    background: T,
    label_of: impl Fn(T) -> u32 + Sync,
) -> RunsByLabel {
    let per_slice = columns * rows;
    assert!(
        voxels.is_empty() || (per_slice > 0 && voxels.len().is_multiple_of(per_slice)),
        "{} voxels are not a whole number of slices of {columns} columns and {rows} rows",
        voxels.len()
    );
    let lines = voxels.len() / columns.max(1);
    let lines_of_slab = lines.div_ceil(SLABS_OF_THREAD * rayon::current_num_threads()).max(1);
    let slabs: Vec<LabelCollector> = voxels
        .par_chunks((lines_of_slab * columns).max(1))
        .enumerate()
        .map(|(slab, voxels)| {
            let mut found = LabelCollector::default();
            line_runs(voxels, columns, rows, slab * lines_of_slab, background, &mut |value, run| {
                found.push(label_of(value), run);
            });
            found
        })
        .collect();
    slabs
        .into_iter()
        .reduce(|mut all, later| {
            all.append(later);
            all
        })
        .unwrap_or_default()
        .into_runs()
}

/// More than one, so that a thread that was held up does not keep the others waiting.
const SLABS_OF_THREAD: usize = 4;
