//! What does not fit between the rows of a timepoint, or between timepoints.

use super::rows::LesionRow;
use super::states::State;
use super::wrong::Wrong;
use crate::problem::Problem;
use crate::response::facts::{
    Coverage, Finding, LesionFacts, NewState, NonTargetState, Role, SubjectFacts, TargetState, TimepointFacts, TimepointKind,
};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A timepoint with its rows.
type Timepoint<'a> = (&'a TimepointFacts, &'a [&'a LesionRow]);

/// Checks a subject; `rows` are those of `facts.timepoints`, in the same order. `all_read` is false when some rows of the subject could
/// not be understood: what they may say is then not missed.
pub(super) fn check_timepoints(facts: &SubjectFacts, rows: &[Vec<&LesionRow>], all_read: bool, wrong: &mut Wrong) {
    let timepoints: Vec<Timepoint> = facts.timepoints.iter().zip(rows.iter().map(Vec::as_slice)).collect();
    let of_kind = |kind: TimepointKind| timepoints.iter().filter(move |(timepoint, _)| timepoint.kind == kind);
    // Of several the latest is the baseline.
    let baseline = of_kind(TimepointKind::Baseline).max_by_key(|(timepoint, _)| timepoint.date);
    if let Some((baseline, own)) = baseline {
        for (history, rows) in of_kind(TimepointKind::History).filter(|(history, _)| history.date >= baseline.date) {
            let message = format!("{} of {} is history, but the baseline is of {}", history.visit, history.date, baseline.date);
            let advice = "correct `tp_kind` or a date; history lies before the baseline";
            if let Some(row) = rows.first().filter(|_| all_read) {
                wrong.refuse(row, "history-after-baseline", message, advice);
            }
        }
        let has_history = of_kind(TimepointKind::History).next().is_some();
        own.iter().for_each(|row| check_non_target_at_baseline(row, has_history, wrong));
    }
    for (timepoint, rows) in &timepoints {
        for row in *rows {
            check_coverage(timepoint, row, wrong);
            check_merged(&timepoints, timepoint, row, &facts.lesions, wrong);
        }
    }
    check_viable(rows, &facts.lesions, wrong);
    check_days(rows, wrong);
}

/// A non-target is there at baseline: what was not there is new (recist-rules, S5 and N4).
fn check_non_target_at_baseline(row: &LesionRow, has_history: bool, wrong: &mut Wrong) {
    let State::Whole(Finding::NonTarget(state)) = row.state else { return };
    let name = &row.lesion.lesion;
    match state {
        NonTargetState::Absent => {
            let message = format!("non-target {name} is absent at baseline: what comes later is a new lesion");
            let advice = "give it the role new and leave out its row at baseline, or correct the state";
            wrong.refuse(row, "nontarget-absent-at-baseline", message, advice);
        }
        NonTargetState::NotEvaluable => {
            let message = format!("non-target {name} is not evaluable at baseline, so nobody knows that it was there");
            let advice = "record it at baseline; what was not there is a new lesion";
            wrong.doubt(row, "nontarget-not-at-baseline", message, advice);
        }
        NonTargetState::Decreased
        | NonTargetState::Increased
        | NonTargetState::IncreasedSinceLast
        | NonTargetState::UnequivocalProgression
            if !has_history =>
        {
            let message =
                format!("non-target {name} is said to have changed at baseline, before which there is nothing; it is present");
            wrong.doubt(row, "nontarget-change-at-baseline", message, "write present, or give the history");
        }
        _ => {}
    }
}

/// Where nothing was imaged nothing is found.
fn check_coverage(timepoint: &TimepointFacts, row: &LesionRow, wrong: &mut Wrong) {
    let evaluated = !matches!(
        row.state,
        State::Whole(
            Finding::Target(TargetState::NotEvaluable(_))
                | Finding::NonTarget(NonTargetState::NotEvaluable)
                | Finding::New(NewState::NotEvaluable)
        )
    );
    if timepoint.coverage == Coverage::None && evaluated && row.comparable != Some(false) {
        let message = format!("coverage of {} is none, but lesion {} was evaluated", timepoint.visit, row.lesion.lesion);
        wrong.refuse(row, "coverage-contradicts", message, "write partial or complete, or call the lesion not_evaluable");
    }
}

/// A lesion merges into one that carries the diameter of both (recist-rules, V8). The mass may vanish later, not when it comes about.
fn check_merged(timepoints: &[Timepoint], at: &TimepointFacts, row: &LesionRow, lesions: &[LesionFacts], wrong: &mut Wrong) {
    let State::Whole(Finding::Target(TargetState::Merged { into })) = &row.state else { return };
    let name = &row.lesion.lesion;
    let of = |timepoint: &TimepointFacts, lesion: &str| {
        timepoint.findings.iter().find(|(known, _)| known == lesion).map(|(_, finding)| finding.clone())
    };
    let is_gone = |timepoint: &TimepointFacts| of(timepoint, into) == Some(Finding::Target(TargetState::Absent));
    let merged = Some(Finding::Target(TargetState::Merged { into: into.clone() }));
    let first =
        |date: Date| !timepoints.iter().any(|(other, _)| other.date < date && of(other, name) == merged && !is_gone(other));
    if is_gone(at) && first(at.date) {
        let message =
            format!("{name} has merged into {into}, which is absent at {} and was no mass before: both count as gone", at.visit);
        wrong.doubt(row, "merged-into-absent", message, "give the mass its diameter, or write absent for both");
    }
    let nodal = |lesion: &str| lesions.iter().find(|known| known.lesion == *lesion).map(|known| known.nodal);
    if let (Some(own), Some(of_mass)) = (nodal(name), nodal(into))
        && own != of_mass
        && first(at.date)
    {
        let what = |nodal: bool| if nodal { "a node" } else { "no node" };
        let axis = if of_mass { "short" } else { "long" };
        let message = format!(
            "{name} is {} and has merged into {into}, which is {}: its {axis} axis counts for both",
            what(own),
            what(of_mass)
        );
        wrong.doubt(row, "merged-node", message, "look whether the diameter is the one that is meant");
    }
}

/// The part of a target that enhances is no longer than the target; of other lesions it means nothing (recist-rules, section 14).
fn check_viable(rows: &[Vec<&LesionRow>], lesions: &[LesionFacts], wrong: &mut Wrong) {
    let mut ignored = BTreeMap::new();
    for row in rows.iter().flatten() {
        let Some(viable) = row.viable else { continue };
        let name = &row.lesion.lesion;
        let nodal = lesions.iter().any(|lesion| lesion.lesion == *name && lesion.nodal);
        if row.lesion.role != Role::Target || nodal {
            ignored.entry(name).or_insert(*row);
        } else if let Some(mm) = row.mm.filter(|mm| *mm < viable) {
            let message =
                format!("`viable_mm` of {name} is {viable} mm, but the lesion has {mm} mm: a part is no longer than the whole");
            wrong.refuse(row, "viable-too-long", message, "correct one of the two");
        }
    }
    for (name, row) in ignored {
        let message = format!("`viable_mm` of {name} is not used: it counts for targets that are no nodes");
        wrong.doubt(row, "viable-not-used", message, "empty it, or look at role and `nodal`");
    }
}

/// Some lesions say whether they were irradiated and others do not: those count as not irradiated in the scope of that name, but a bone
/// part follows its target.
pub fn irradiation_unsaid(facts: &SubjectFacts) -> Option<Problem> {
    let said = |lesion: &LesionFacts| lesion.irradiated.is_some();
    let of_parent = |lesion: &LesionFacts| {
        lesion.parent_lesion.as_ref().is_some_and(|parent| facts.lesions.iter().any(|own| own.lesion == *parent && said(own)))
    };
    let old = facts.lesions.iter().filter(|lesion| lesion.role != Role::New);
    let unsaid: Vec<&str> = old.filter(|lesion| !said(lesion) && !of_parent(lesion)).map(|lesion| &*lesion.lesion).collect();
    if unsaid.is_empty() || !facts.lesions.iter().any(said) {
        return None;
    }
    let message = format!("nothing says whether {} was irradiated; it counts as not irradiated", unsaid.join(", "));
    Some(Problem::warning("irradiation-partly-unknown", message, "write yes or no into the column irradiated"))
}

/// First day of which a slice can be.
const FIRST_TOMOGRAPHY: Date = jiff::civil::date(1970, 1, 1);

fn check_days(rows: &[Vec<&LesionRow>], wrong: &mut Wrong) {
    if let Some(row) = rows.iter().flatten().find(|row| row.date < FIRST_TOMOGRAPHY) {
        let message = format!("a scan of {} is older than computed tomography", row.date);
        wrong.doubt(row, "date-unlikely", message, "correct the year; nothing, if dates were shifted on purpose");
    }
}
