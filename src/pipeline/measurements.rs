//! What is known of every lesion at every timepoint, as rows of `measurements.csv`.

use super::findings::{Case, Cell, Findings};
use super::marks::Marked;
use crate::ingest::Series;
use crate::measure::level_name;
use crate::response::beside::{SizeChange, beside};
use crate::response::facts::{Finding, NonTargetState, TargetState};
use crate::trial::MeasurementRow;
use std::collections::BTreeMap;

/// The word for a finding in tables.
pub(super) fn state_word(cell: &Cell) -> &'static str {
    match &cell.finding {
        None => "",
        Some(Finding::Target(state)) => match state {
            TargetState::Measured(_) => "measured",
            TargetState::TooSmall => "too_small",
            TargetState::Absent => "absent",
            TargetState::NotEvaluable(_) => "not_evaluable",
            TargetState::Split(_) => "split",
            TargetState::Merged { .. } => "merged",
        },
        Some(Finding::NonTarget(state)) => match state {
            NonTargetState::Present | NonTargetState::PresentNode(_) => "present",
            NonTargetState::Absent => "absent",
            NonTargetState::Decreased => "decreased",
            NonTargetState::Increased => "increased",
            NonTargetState::IncreasedSinceLast => "increased_since_last",
            NonTargetState::NotEvaluable => "not_evaluable",
            NonTargetState::UnequivocalProgression => "unequivocal_progression",
        },
        Some(Finding::New(state)) => state.as_str(),
    }
}

/// One row for each lesion at each timepoint where something is known of it.
pub(super) fn measurement_rows(case: &Case<'_>, found: &Findings) -> Vec<MeasurementRow> {
    let changes = size_changes(found);
    let mut rows = Vec::new();
    for (at, timepoint) in case.timepoints.iter().enumerate() {
        for (place, lesion) in case.lesions.all.iter().enumerate() {
            let cell = &found.cells[at][place];
            let measured = match &case.marked[at][place] {
                Marked::Measured(measured) if timepoint.failures.is_empty() => Some(measured),
                _ => None,
            };
            if cell.finding.is_none() && measured.is_none() {
                continue;
            }
            let figure = |value: fn(&crate::measure::Measurement) -> f64| measured.map(|m| value(&m.measurement));
            let slice = measured.and_then(|m| m.measurement.slice);
            let mut warnings: Vec<String> =
                measured.iter().flat_map(|m| &m.problems).chain(&cell.problems).map(|p| p.code.to_string()).collect();
            warnings.sort();
            warnings.dedup();
            rows.push(MeasurementRow {
                subject: case.row.subject.clone(),
                visit: timepoint.visit.clone(),
                date: timepoint.date,
                lesion: lesion.facts.lesion.clone(),
                role: lesion.facts.role.to_string(),
                site: lesion.facts.site.clone().unwrap_or_default(),
                nodal: lesion.facts.nodal,
                state: state_word(cell).to_string(),
                diameter: cell.diameter,
                reader: cell.reader,
                mask_diameter: measured.map(|m| m.measurement.diameter),
                long_axis_mm: figure(|m| m.long_axis_mm),
                short_axis_mm: figure(|m| m.short_axis_mm),
                volume_mm3: figure(|m| m.volume_mm3),
                max_3d_diameter_mm: figure(|m| m.max_3d_diameter_mm),
                voxels: measured.map(|m| m.measurement.voxels),
                slice_index: slice.map(|slice| slice.index),
                sop_instance_uid: measured
                    .and_then(|m| sop_instance_uid(m.mark.series, m.mark.loaded.on_image_grid, slice?.index))
                    .unwrap_or_default(),
                series_instance_uid: measured.map(|m| m.mark.series.series_instance_uid.clone()).unwrap_or_default(),
                modality: measured.map(|m| m.mark.series.modality.clone()).unwrap_or_default(),
                mask: measured.map(|m| m.mark.loaded.source.shown.clone()).unwrap_or_default(),
                level: level_name(case.trial.file.measure.level),
                proposal: case.lesions.proposal,
                warnings,
                change: changes.get(&(lesion.facts.lesion.clone(), timepoint.visit.clone())).copied().unwrap_or_default(),
            });
        }
    }
    rows
}

/// How the size of each lesion changed, by lesion and visit.
fn size_changes(found: &Findings) -> BTreeMap<(String, String), SizeChange> {
    let trends = beside(&found.facts).into_iter().filter_map(|trend| Some((trend.lesion?, trend.points)));
    trends
        .flat_map(|(lesion, points)| points.into_iter().map(move |point| ((lesion.clone(), point.visit), point.change)))
        .collect()
}

fn sop_instance_uid(series: &Series, on_image_grid: bool, slice: usize) -> Option<String> {
    let stack = series.stack.as_ref().ok().filter(|_| on_image_grid)?;
    stack.frames.get(slice).map(|frame| frame.sop_instance_uid.clone())
}
