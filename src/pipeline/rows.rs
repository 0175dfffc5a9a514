//! Outcomes as rows: for tables and the store, and for the report.

use super::findings::{Case, Cell};
use super::marks::Marked;
use super::subject::SubjectOutcome;
use crate::ingest::Series;
use crate::measure::level_name;
use crate::protocol::queries::Query;
use crate::protocol::trial::Trial;
use crate::report;
use crate::response::facts::{Finding, NonTargetState, TargetState, TimepointKind};
use crate::trial::{BestResponseRow, FailureRow, MeasurementRow, ProblemRow, ResponseRow, Results};

/// The word for a finding in tables.
fn state_word(cell: &Cell) -> &'static str {
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
            NonTargetState::Increased => "increased",
            NonTargetState::IncreasedSinceLast => "increased_since_last",
            NonTargetState::NotEvaluable => "not_evaluable",
            NonTargetState::UnequivocalProgression => "unequivocal_progression",
        },
        Some(Finding::New(state)) => state.as_str(),
    }
}

/// One row for each lesion at each timepoint where something is known of it.
pub(super) fn measurement_rows(case: &Case<'_>, cells: &[Vec<Cell>]) -> Vec<MeasurementRow> {
    let mut rows = Vec::new();
    for (at, timepoint) in case.timepoints.iter().enumerate() {
        for (place, lesion) in case.lesions.all.iter().enumerate() {
            let cell = &cells[at][place];
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
            });
        }
    }
    rows
}

fn sop_instance_uid(series: &Series, on_image_grid: bool, slice: usize) -> Option<String> {
    let stack = series.stack.as_ref().ok().filter(|_| on_image_grid)?;
    stack.frames.get(slice).map(|frame| frame.sop_instance_uid.clone())
}

/// The rows of all subjects, in their order.
pub(super) fn results(outcomes: &[SubjectOutcome], failures: Vec<FailureRow>, problems: Vec<ProblemRow>) -> Results {
    let mut results = Results { failures, problems, ..Results::default() };
    for outcome in outcomes {
        results.measurements.extend(outcome.measurements.iter().cloned());
        results.responses.extend(ResponseRow::all_of(&outcome.assessment, outcome.lesions.proposal));
        if !outcome.visits.is_empty() {
            results.best_responses.push(best_response_row(outcome));
        }
        results.queries.extend(outcome.queries.iter().cloned());
        results.failures.extend(outcome.failures.iter().cloned());
        results.problems.extend(outcome.problems.iter().cloned());
    }
    results
}

fn best_response_row(outcome: &SubjectOutcome) -> BestResponseRow {
    let assessment = &outcome.assessment;
    BestResponseRow {
        subject: outcome.row.subject.clone(),
        arm: outcome.row.arm.clone(),
        bor: assessment.bor.response.to_string(),
        bor_date: assessment.bor.date,
        confirmed_bor: assessment.confirmed_bor.response.to_string(),
        confirmed_bor_date: assessment.confirmed_bor.date,
        first_response_date: assessment.first_response_date,
        first_confirmed_response_date: assessment.first_confirmed_response_date,
        progression_date: assessment.progression_date,
        clinical_benefit: assessment.clinical_benefit,
        proposal: outcome.lesions.proposal,
    }
}

/// The report of a run. Takes the key images out of the outcomes.
pub(super) fn report(outcomes: &mut [SubjectOutcome], results: &Results, trial: &Trial) -> report::Report {
    let text = |date: Option<jiff::civil::Date>| date.map_or(String::new(), |date| date.to_string());
    report::Report {
        trial: trial.file.trial.id.clone(),
        criteria: trial.file.trial.criteria.clone(),
        version: results.record.version.to_string(),
        level: level_name(trial.file.measure.level).to_string(),
        proposal: results.record.proposal,
        settings: results
            .record
            .settings
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().map_or(value.to_string(), str::to_string)))
            .collect(),
        failures: results
            .failures
            .iter()
            .map(|row| report::FailureRow {
                subject: row.subject.clone(),
                visit: row.visit.clone(),
                file: row.problem.file.clone().unwrap_or_default(),
                reason: row.problem.message.clone(),
                advice: row.problem.advice.clone().unwrap_or_default(),
            })
            .collect(),
        queries: results.queries.iter().map(query_row).collect(),
        problems: results
            .problems
            .iter()
            .map(|row| report::ProblemRow {
                code: row.problem.code.to_string(),
                severity: row.problem.severity.to_string(),
                message: if row.visit.is_empty() {
                    row.problem.message.clone()
                } else {
                    format!("{}: {}", row.visit, row.problem.message)
                },
                file: row.problem.file.clone().unwrap_or_default(),
                advice: row.problem.advice.clone().unwrap_or_default(),
                subject: row.subject.clone(),
            })
            .collect(),
        best_responses: results
            .best_responses
            .iter()
            .map(|row| report::BestResponseRow {
                subject: row.subject.clone(),
                arm: row.arm.clone(),
                bor: row.bor.clone(),
                bor_date: text(row.bor_date),
                confirmed_bor: row.confirmed_bor.clone(),
                progression_date: text(row.progression_date),
            })
            .collect(),
        subjects: outcomes.iter_mut().map(subject_report).collect(),
    }
}

fn query_row(query: &Query) -> report::QueryRow {
    report::QueryRow {
        subject: query.subject.clone(),
        visit: query.timepoint.clone(),
        lesion: query.lesion.clone(),
        code: query.code.clone(),
        question: query.question.clone(),
        class_if_yes: query.class_if_yes.clone(),
        class_if_no: query.class_if_no.clone(),
        answer: query.answer.clone(),
    }
}

fn subject_report(outcome: &mut SubjectOutcome) -> report::SubjectReport {
    // What came before the baseline is kept in the tables; the report starts with the baseline.
    let shown: Vec<usize> = (0..outcome.visits.len()).filter(|&at| outcome.visits[at].kind != TimepointKind::History).collect();
    let timepoints = shown.iter().map(|&at| timepoint_row(outcome, at)).collect();
    let lesions = outcome
        .lesions
        .all
        .iter()
        .enumerate()
        .map(|(place, lesion)| report::LesionRow {
            lesion: lesion.facts.lesion.clone(),
            role: lesion.facts.role.to_string(),
            site: lesion.facts.site.clone().unwrap_or_default(),
            nodal: lesion.facts.nodal,
            cells: shown.iter().map(|&at| lesion_cell(outcome, at, place)).collect(),
        })
        .collect();
    report::SubjectReport {
        subject: outcome.row.subject.clone(),
        arm: outcome.row.arm.clone(),
        timepoints,
        lesions,
        key_images: std::mem::take(&mut outcome.key_images),
        bor: outcome.assessment.bor.response.to_string(),
        confirmed_bor: outcome.assessment.confirmed_bor.response.to_string(),
    }
}

fn timepoint_row(outcome: &SubjectOutcome, at: usize) -> report::TimepointRow {
    let visit = &outcome.visits[at];
    let mut row = report::TimepointRow {
        visit: visit.name.clone(),
        date: visit.date,
        baseline: visit.kind == TimepointKind::Baseline,
        failed: visit.failed.clone(),
        ..report::TimepointRow::default()
    };
    if row.baseline {
        row.sum = outcome.assessment.baseline.as_ref().and_then(|baseline| baseline.sum_mm);
    }
    if let Some(judged) =
        outcome.assessment.timepoints.iter().find(|judged| judged.visit == visit.name && judged.date == visit.date)
    {
        row.sum = judged.sum_mm;
        row.partial_sum = judged.partial_sum_mm;
        row.nadir = judged.nadir_mm;
        row.change_from_baseline_pct = judged.change_from_baseline_pct;
        row.change_from_nadir_pct = judged.change_from_nadir_pct;
        row.change_from_nadir_mm = judged.change_from_nadir_mm.map(|change| change.mm());
        row.target = judged.target.to_string();
        row.nontarget = judged.nontarget.to_string();
        row.new_lesion = judged.new_lesion.to_string();
        row.overall = judged.overall.to_string();
        row.provisional = judged.provisional;
        row.after_pd = judged.after_pd;
        row.reasons = judged.reasons.iter().map(|reason| (reason.code().to_string(), reason.text())).collect();
    }
    row
}

fn lesion_cell(outcome: &SubjectOutcome, at: usize, place: usize) -> report::LesionCell {
    let cell = &outcome.cells[at][place];
    let (visit, lesion) = (&outcome.visits[at], &outcome.lesions.all[place].facts.lesion);
    let row = outcome.measurements.iter().find(|row| row.visit == visit.name && row.date == visit.date && row.lesion == *lesion);
    report::LesionCell {
        state: state_word(cell).to_string(),
        diameter: cell.diameter,
        reader_mm: cell.reader.is_some(),
        long_axis_mm: row.and_then(|row| row.long_axis_mm),
        short_axis_mm: row.and_then(|row| row.short_axis_mm),
        volume_mm3: row.and_then(|row| row.volume_mm3),
        max_3d_diameter_mm: row.and_then(|row| row.max_3d_diameter_mm),
        slice_index: row.and_then(|row| row.slice_index),
        warnings: row.map(|row| row.warnings.clone()).unwrap_or_default(),
    }
}
