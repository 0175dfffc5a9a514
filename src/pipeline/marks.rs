//! What the masks of a timepoint mark: every lesion with the mask that counts for it, measured, and how the others differ.

use super::scans::Timepoint;
use super::technique::{Likeness, Technique};
use crate::ingest::{LoadedMask, Series};
use crate::measure::{Level, Measurement, measure};
use crate::problem::Problem;
use crate::units::Micrometres;
use crate::volume::{MaskKind, Run, Segment};

/// The masks of one timepoint, loaded.
pub(super) struct LoadedTimepoint<'a> {
    pub masks: Vec<(&'a Series, LoadedMask)>,
}

/// A lesion as one mask marks it.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a> {
    pub series: &'a Series,
    pub loaded: &'a LoadedMask,
    pub segment: &'a Segment,
}

/// The mark that counts, measured.
pub(super) struct Measured<'a> {
    pub mark: Mark<'a>,
    pub measurement: Measurement,
    pub problems: Vec<Problem>,
}

/// What the masks say of one lesion.
pub(super) enum Marked<'a> {
    /// No mask marks it.
    Nowhere,
    /// One does, or several agree on who counts.
    Measured(Box<Measured<'a>>),
    /// Two masks of the same kind, or on two series of the same technique, mark it differently.
    Twice(String),
}

/// Loads the masks of a timepoint; a mask that cannot be used is a failure of the timepoint.
pub(super) fn load_masks<'a>(timepoint: &mut Timepoint<'a>) -> LoadedTimepoint<'a> {
    let mut masks = Vec::new();
    for (series, files) in &timepoint.series {
        if series.stack.is_err() {
            continue;
        }
        for file in files {
            match file.load(Some(series)) {
                Ok(loaded) => masks.push((*series, loaded)),
                Err(error) => timepoint.failures.push(error.to_problem()),
            }
        }
    }
    LoadedTimepoint { masks }
}

impl LoadedTimepoint<'_> {
    /// All segments with voxels, in the order of the masks.
    pub fn marks(&self) -> impl Iterator<Item = Mark<'_>> {
        self.masks.iter().flat_map(|(series, loaded)| {
            let drawn = loaded.mask.segments.iter().filter(|segment| !segment.runs.is_empty());
            drawn.map(move |segment| Mark { series, loaded, segment })
        })
    }

    /// The mark that counts for a lesion: the first kind of mask in `sources` that has it. Marked on several series, the one imaged as at
    /// baseline counts; two that are equally close and differ in the diameter are a question (recist-rules, W8).
    pub fn find(
        &self,
        is_lesion: &dyn Fn(&Segment) -> bool,
        sources: &[MaskKind],
        baseline: Option<&Technique>,
        nodal: bool,
        level: Level,
    ) -> Marked<'_> {
        let mut marks: Vec<Mark<'_>> =
            self.marks().filter(|mark| sources.contains(&mark.loaded.kind) && is_lesion(mark.segment)).collect();
        let likeness = |mark: &Mark<'_>| baseline.map_or(Likeness::Same, |baseline| baseline.likeness(&Technique::of(mark)));
        let rank = |mark: &Mark<'_>| {
            let source = sources.iter().position(|kind| *kind == mark.loaded.kind);
            (likeness(mark), source, mark.series.folder.clone(), mark.loaded.source.shown.clone())
        };
        marks.sort_by_key(rank);
        let Some((&first, others)) = marks.split_first() else { return Marked::Nowhere };
        let measurement = measure(&first.segment.runs, &first.loaded.mask.geometry, nodal, level);
        let mut problems = measurement.problems.clone();
        for &other in others {
            let other_measured = measure(&other.segment.runs, &other.loaded.mask.geometry, nodal, level);
            let same_size = other_measured.voxels == measurement.voxels && agrees(other_measured.diameter, measurement.diameter);
            let one_grid = first.loaded.mask.geometry == other.loaded.mask.geometry;
            let elsewhere = one_grid && first.segment.runs != other.segment.runs;
            let (this_file, that_file) = (&first.loaded.source.shown, &other.loaded.source.shown);
            if std::ptr::eq(first.series, other.series) && first.loaded.kind == other.loaded.kind {
                if elsewhere || !one_grid {
                    return Marked::Twice(format!(
                        "it is marked twice, with {} mm ({} voxels) in {this_file} and {} mm ({} voxels) in {that_file}",
                        measurement.diameter, measurement.voxels, other_measured.diameter, other_measured.voxels
                    ));
                }
            } else if !std::ptr::eq(first.series, other.series)
                && likeness(&other) == likeness(&first)
                && !agrees(other_measured.diameter, measurement.diameter)
            {
                let as_at_baseline = match (baseline, likeness(&first)) {
                    (None, _) => "",
                    (Some(_), Likeness::Changed) => ", neither imaged as at baseline",
                    (Some(_), _) => ", both imaged as at baseline",
                };
                return Marked::Twice(format!(
                    "it is marked on two series{as_at_baseline}, with {} mm in {this_file} and {} mm in {that_file}",
                    measurement.diameter, other_measured.diameter
                ));
            } else if !std::ptr::eq(first.series, other.series) {
                let message = format!(
                    "also marked on another series of the visit: {} mm there, {} mm used",
                    other_measured.diameter, measurement.diameter
                );
                problems.push(
                    Problem::info("marked-on-two-series", message, "remove one of the masks if only one series is meant")
                        .in_file(that_file),
                );
            } else if same_size && elsewhere {
                let message = format!(
                    "the {} mask marks other voxels than the {} mask that is used: {} of {} are the same",
                    other.loaded.kind.name(),
                    first.loaded.kind.name(),
                    shared_voxels(&first.segment.runs, &other.segment.runs),
                    measurement.voxels
                );
                problems.push(Problem::warning("sources-differ", message, "find out which one is right").in_file(that_file));
            } else if !same_size {
                let message = format!(
                    "the {} mask has {} mm and {} voxels, the {} mask that is used has {} mm and {} voxels",
                    other.loaded.kind.name(),
                    other_measured.diameter,
                    other_measured.voxels,
                    first.loaded.kind.name(),
                    measurement.diameter,
                    measurement.voxels
                );
                problems.push(Problem::warning("sources-differ", message, "find out which one is right").in_file(that_file));
            }
        }
        Marked::Measured(Box::new(Measured { mark: first, measurement, problems }))
    }
}

impl LoadedTimepoint<'_> {
    /// The other kinds of mask on the series of `mark` that know lesions of the subject, but do not mark this one.
    pub fn silent_kinds(
        &self,
        mark: &Mark<'_>,
        is_lesion: &dyn Fn(&Segment) -> bool,
        is_known: &dyn Fn(&Segment) -> bool,
        sources: &[MaskKind],
    ) -> Vec<MaskKind> {
        let is_silent = |kind: &MaskKind| {
            let beside = |series: &Series, loaded: &LoadedMask| loaded.kind == *kind && std::ptr::eq(series, mark.series);
            let mut segments =
                self.masks.iter().filter(|(series, loaded)| beside(series, loaded)).flat_map(|(_, l)| &l.mask.segments);
            let mut marks = self.marks().filter(|other| beside(other.series, other.loaded));
            segments.any(is_known) && !marks.any(|other| is_lesion(other.segment) || other.is_same_place(mark))
        };
        sources.iter().copied().filter(|kind| *kind != mark.loaded.kind).filter(is_silent).collect()
    }
}

impl Mark<'_> {
    /// Whether two masks of one image mark the same thing under different names: at least half of their voxels are shared
    /// (Dice coefficient of one half or more).
    pub fn is_same_place(&self, other: &Mark<'_>) -> bool {
        if !std::ptr::eq(self.series, other.series) || self.loaded.mask.geometry != other.loaded.mask.geometry {
            return false;
        }
        let shared = shared_voxels(&self.segment.runs, &other.segment.runs);
        4 * shared >= self.segment.voxels() + other.segment.voxels()
    }
}

/// Voxels in both of two sorted lists of runs.
fn shared_voxels(a: &[Run], b: &[Run]) -> u64 {
    let (mut i, mut j, mut shared) = (0, 0, 0u64);
    while let (Some(left), Some(right)) = (a.get(i), b.get(j)) {
        let (left_row, right_row) = ((left.slice, left.row), (right.slice, right.row));
        if left_row == right_row {
            shared += u64::from(left.end.min(right.end).saturating_sub(left.start.max(right.start)));
        }
        if (left_row, left.end) <= (right_row, right.end) { i += 1 } else { j += 1 }
    }
    shared
}

/// Equal but for the noise of a float32 header at a rounding edge.
fn agrees(a: Micrometres, b: Micrometres) -> bool {
    (a - b).0.abs() <= 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_voxels_are_those_in_both() {
        let run = |row, start, end| Run { slice: 0, row, start, end };
        let a = [run(0, 0, 4), run(1, 2, 5), run(1, 7, 9), run(3, 0, 9)];
        let b = [run(0, 3, 6), run(1, 0, 8), run(2, 0, 9)];
        // Row 0: column 3. Row 1: columns 2, 3, 4 and 7. Rows 2 and 3: none.
        assert_eq!((shared_voxels(&a, &b), shared_voxels(&b, &a)), (5, 5));
        assert_eq!(shared_voxels(&a, &a), 18);
        assert_eq!(shared_voxels(&a, &[]), 0);
    }
}
