//! Outcomes as rows: for tables and the store, and for the report.

use super::beside::{beside_rows, day_text, other_criteria};
use super::measurements::state_word;
use super::subject::SubjectOutcome;
use crate::measure::level_name;
use crate::protocol::queries::Query;
use crate::protocol::trial::Trial;
use crate::report;
use crate::response::criteria::Criteria;
use crate::response::derive::Derivation;
use crate::response::facts::TimepointKind;
use crate::response::settings::Settings;
use crate::trial::{BestResponseRow, FailureRow, ProblemRow, ResponseRow, Results};

/// The rows of all subjects, in their order.
pub(super) fn results(
    outcomes: &[SubjectOutcome],
    failures: Vec<FailureRow>,
    problems: Vec<ProblemRow>,
    settings: &Settings,
) -> Results {
    let mut results = Results { failures, problems, settings: settings.clone(), ..Results::default() };
    for outcome in outcomes {
        results.measurements.extend(outcome.measurements.iter().cloned());
        results.responses.extend(ResponseRow::all_of(&outcome.assessment, outcome.lesions.proposal));
        if !outcome.visits.is_empty() {
            results.best_responses.push(best_response_row(outcome));
        }
        results.assessments.push(Derivation::Recist(outcome.assessment.clone()));
        results.assessments.extend(outcome.beside.iter().cloned());
        results.trends.push(outcome.trend.clone());
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
    report::Report {
        trial: trial.file.trial.id.clone(),
        criteria: Criteria::Recist11.to_string(),
        other_criteria: other_criteria(trial).map(|criteria| criteria.to_string()).collect(),
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
                bor_date: day_text(row.bor_date),
                confirmed_bor: row.confirmed_bor.clone(),
                progression_date: day_text(row.progression_date),
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
    let beside = beside_rows(outcome, &shown);
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
        beside,
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
