//! Whose scans are whose: series become timepoints of subjects, masks find their series, and what is broken finds the timepoint
//! that it spoils.

use crate::ingest::{Catalog, MaskFile, Series, SourceFile};
use crate::problem::Problem;
use crate::protocol::schedule::{Slot, assign_visits};
use crate::protocol::subjects::SubjectRow;
use crate::protocol::trial::Trial;
use crate::response::days_between;
use crate::response::facts::TimepointKind;
use crate::response::problems::baseline_early;
use crate::trial::FailureRow;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One subject with all its scans.
pub(super) struct SubjectScans<'a> {
    pub row: SubjectRow,
    pub timepoints: Vec<Timepoint<'a>>,
    pub problems: Vec<Problem>,
}

/// One assessment: the series of one day, or of a few days of one visit.
pub(super) struct Timepoint<'a> {
    pub visit: String,
    pub date: Date,
    pub date_last: Date,
    pub kind: TimepointKind,
    /// Series with the masks that belong to them.
    pub series: Vec<(&'a Series, Vec<&'a MaskFile>)>,
    /// Why nothing is derived from it.
    pub failures: Vec<Problem>,
    pub problems: Vec<Problem>,
}

/// Scans sorted by subject, and what concerns no subject.
pub(super) struct Sorted<'a> {
    pub subjects: Vec<SubjectScans<'a>>,
    pub failures: Vec<FailureRow>,
    pub problems: Vec<Problem>,
}

/// Days within which a CT and an MR before treatment are one baseline.
const ONE_BASELINE_DAYS: i32 = 14;

/// Days of `subjects.csv` on which treatment is under way: a baseline scan comes before them.
const STARTS: [&str; 4] = ["treatment_start", "procedure", "rt_start", "rt_end"];

/// Sorts everything that was found.
pub(super) fn sort_scans<'a>(catalog: &'a Catalog, trial: &Trial) -> Sorted<'a> {
    let mut problems = catalog.problems.clone();
    let rows = subject_rows(catalog, trial, &mut problems);
    let patients: BTreeMap<&str, usize> =
        rows.iter().enumerate().map(|(place, row)| (row.patient_id.as_deref().unwrap_or(&row.subject), place)).collect();
    let mut failures = Vec::new();
    let mut by_subject: BTreeMap<usize, Vec<&Series>> = BTreeMap::new();
    for series in catalog.series.iter().filter(|series| !series.localizer) {
        match series.patient_id.as_deref().map(|id| patients.get(id)) {
            Some(Some(&place)) => by_subject.entry(place).or_default().push(series),
            Some(None) => problems.push(
                Problem::warning(
                    "patient-not-listed",
                    "the series belongs to a patient who is not in the table of subjects; it is left out",
                    "add the patient to subjects.csv, or move the folder away",
                )
                .in_file(&series.folder),
            ),
            None => failures.push(nobody(
                Problem::error("no-patient-id", "the series has no PatientID, so its subject is not known", "export it again")
                    .in_file(&series.folder),
            )),
        }
    }
    let mut subjects: Vec<SubjectScans<'a>> = rows
        .into_iter()
        .enumerate()
        .map(|(place, row)| {
            let series = by_subject.remove(&place).unwrap_or_default();
            timepoints_of(row, series, trial, &mut failures)
        })
        .collect();
    let mut spoils = Vec::new();
    assign_masks(catalog, trial, &mut subjects, &mut spoils);
    subjects.iter_mut().flat_map(|subject| &mut subject.timepoints).for_each(judge_series);
    spoils.extend(catalog.broken.iter().map(|(source, error)| (source, error.to_problem())));
    for (source, problem) in spoils {
        if let Some((subject, at)) = spoiled(&catalog.near(source), &subjects) {
            subjects[subject].timepoints[at].failures.push(problem);
        } else {
            failures.push(nobody(problem));
        }
    }
    Sorted { subjects, failures, problems }
}

fn nobody(problem: Problem) -> FailureRow {
    FailureRow { subject: String::new(), visit: String::new(), problem }
}

/// The table of subjects, or codes in the order of folders when there is none.
fn subject_rows(catalog: &Catalog, trial: &Trial, problems: &mut Vec<Problem>) -> Vec<SubjectRow> {
    if let Some(rows) = &trial.subjects {
        return rows.clone();
    }
    let mut seen = BTreeSet::new();
    let ids = catalog.series.iter().filter_map(|series| series.patient_id.clone()).filter(|id| seen.insert(id.clone()));
    let rows: Vec<SubjectRow> = ids
        .enumerate()
        .map(|(place, id)| SubjectRow { subject: format!("S-{:03}", place + 1), patient_id: Some(id), ..SubjectRow::default() })
        .collect();
    if !rows.is_empty() {
        let message = "there is no table of subjects; codes were given in the order of folders and change when folders do";
        problems.push(Problem::warning("subject-codes-assigned", message, "`recist init DIR` drafts subjects.csv"));
    }
    rows
}

/// The timepoints of one subject, baseline named and visits assigned; masks come later.
fn timepoints_of<'a>(
    row: SubjectRow,
    series: Vec<&'a Series>,
    trial: &Trial,
    failures: &mut Vec<FailureRow>,
) -> SubjectScans<'a> {
    let mut problems = Vec::new();
    let mut by_date: BTreeMap<Date, Vec<&Series>> = BTreeMap::new();
    let undated = series.iter().any(|series| series.date.is_none());
    for series in series {
        match series.date {
            Some((date, _)) => by_date.entry(date).or_default().push(series),
            None => failures.push(FailureRow {
                subject: row.subject.clone(),
                visit: String::new(),
                problem: Problem::error(
                    "no-date",
                    "the series has no date, so it belongs to no visit",
                    "export it again with its dates",
                )
                .in_file(&series.folder),
            }),
        }
    }
    // A reader may have seen what is not here.
    let calls = || trial.reads.iter().filter(|read| read.subject == row.subject);
    for date in calls().filter(|read| read.timepoint.is_none()).filter_map(|read| read.date) {
        by_date.entry(date).or_default();
    }
    // A call that names a visit which is here needs no day of its own: its date may be that of the reading.
    let here = visit_names(&row, &by_date.keys().copied().collect::<Vec<_>>(), trial);
    let is_here = |visit: &String| here.iter().any(|name| name.eq_ignore_ascii_case(visit));
    for date in calls().filter(|read| read.timepoint.as_ref().is_some_and(|visit| !is_here(visit))).filter_map(|read| read.date) {
        by_date.entry(date).or_default();
    }
    if by_date.is_empty() {
        problems.push(Problem::warning("no-scans", "no scan of this subject was found", "nothing to do if none was made yet"));
    }
    let dates: Vec<Date> = by_date.keys().copied().collect();
    let baseline = match baseline_day(&row, &dates, trial, &mut problems) {
        // The series without a date may be the baseline; the next visit must not take its place.
        Some(_) if undated && trial.file.schedule.baseline_before.is_none() => {
            let message = "a series has no date, so which scan is the baseline is not certain and no response is derived";
            problems.push(Problem::error("baseline-not-certain", message, "export that series again with its dates"));
            None
        }
        baseline => baseline,
    };
    let mut days: Vec<Timepoint<'a>> = Vec::new();
    let after: Vec<Date> = dates.iter().copied().filter(|date| baseline.is_some_and(|baseline| *date > baseline)).collect();
    let slots = visit_slots(&row, baseline, &after, trial, &mut problems);
    for (date, series) in by_date {
        let (visit, kind, late) = match after.iter().position(|after| *after == date) {
            Some(place) => {
                let Slot { visit, scheduled, outside_window_days } = slots[place].clone();
                (visit, if scheduled { TimepointKind::Scheduled } else { TimepointKind::Unscheduled }, outside_window_days)
            }
            None if Some(date) == baseline => ("Baseline".to_string(), TimepointKind::Baseline, None),
            None => (format!("History {date}"), TimepointKind::History, None),
        };
        let mut own = Vec::new();
        if let Some(days) = late {
            let message = format!("the scan of {date} is {days:+} days from the planned day of {visit}, outside its window");
            own.push(Problem::warning("outside-window", message, "check the date and the visit"));
        }
        if series.is_empty() {
            let message = format!("no image of {date} was found; the timepoint rests on the reader's calls alone");
            own.push(Problem::warning("no-image", message, "add the images, or correct the date in reads.csv"));
        }
        let series = series.into_iter().map(|series| (series, Vec::new())).collect();
        let next = Timepoint { visit, date, date_last: date, kind, series, failures: Vec::new(), problems: own };
        match days.last_mut() {
            Some(last) if same_visit(last, &next) => {
                // The later day is the baseline; the earlier one becomes part of it.
                last.visit = next.visit;
                last.kind = next.kind;
                last.date_last = next.date;
                last.series.extend(next.series);
                last.failures.extend(next.failures);
                last.problems.extend(next.problems);
            }
            _ => days.push(next),
        }
    }
    if let Some((baseline, (start, column))) = days.iter().find(|day| day.kind == TimepointKind::Baseline).zip(first_start(&row))
    {
        problems.extend(baseline_early(baseline.date, start, &format!("the {column} of")));
    }
    SubjectScans { row, timepoints: days, problems }
}

/// The names of the timepoints on these days.
fn visit_names(row: &SubjectRow, dates: &[Date], trial: &Trial) -> Vec<String> {
    let mut said_later = Vec::new();
    let baseline = baseline_day(row, dates, trial, &mut said_later);
    let after: Vec<Date> = dates.iter().copied().filter(|date| baseline.is_some_and(|baseline| *date > baseline)).collect();
    let slots = visit_slots(row, baseline, &after, trial, &mut said_later);
    baseline.map(|_| "Baseline".to_string()).into_iter().chain(slots.into_iter().map(|slot| slot.visit)).collect()
}

/// A CT and an MR a few days apart are one baseline; on other visits every day stands for itself.
fn same_visit(earlier: &Timepoint<'_>, later: &Timepoint<'_>) -> bool {
    let modalities =
        |timepoint: &Timepoint<'_>| timepoint.series.iter().map(|(series, _)| series.modality.clone()).collect::<BTreeSet<_>>();
    later.kind == TimepointKind::Baseline
        && earlier.kind == TimepointKind::History
        && days_between(earlier.date, later.date) <= ONE_BASELINE_DAYS
        && modalities(earlier).is_disjoint(&modalities(later))
        && !later.series.is_empty()
}

fn baseline_day(row: &SubjectRow, dates: &[Date], trial: &Trial, problems: &mut Vec<Problem>) -> Option<Date> {
    let Some(column) = &trial.file.schedule.baseline_before else {
        let first = dates.first().copied();
        if let (Some(first), Some((start, column))) = (first, first_start(row))
            && first > start
        {
            let message = format!("the first scan, of {first}, is taken as baseline but lies after the {column} of {start}");
            problems.push(Problem::warning("baseline-after-start", message, "look for the baseline scan, or correct the dates"));
        }
        return first;
    };
    let Some(before) = row.dates.get(column) else {
        let message = format!("the subject has no `{column}`, so no baseline can be chosen");
        let problem = Problem::error("no-baseline-day", message, "fill it in in subjects.csv");
        problems.push(problem.or_in(trial.file.data.subjects.as_deref(), None));
        return None;
    };
    let baseline = dates.iter().copied().rfind(|date| date <= before);
    if baseline.is_none() && !dates.is_empty() {
        let message = format!("no scan lies on or before the `{column}` of {before}, so there is no baseline");
        problems.push(Problem::error("no-baseline-day", message, "add the baseline scan, or correct the date"));
    }
    baseline
}

/// The first day on which treatment is under way, with its column.
fn first_start(row: &SubjectRow) -> Option<(Date, &'static str)> {
    STARTS.iter().filter_map(|column| Some((*row.dates.get(*column)?, *column))).min()
}

fn visit_slots(
    row: &SubjectRow,
    baseline: Option<Date>,
    after: &[Date],
    trial: &Trial,
    problems: &mut Vec<Problem>,
) -> Vec<Slot> {
    let schedule = &trial.file.schedule;
    let anchor = match schedule.anchor.of_arm(&row.arm) {
        Some("baseline") => baseline,
        Some(column) => row.dates.get(column).copied(),
        None => None,
    };
    let Some(anchor) = anchor else {
        if !after.is_empty() {
            let message = "the subject has no day from which its visits are counted; they are numbered instead";
            let advice = "fill in the anchor's column in subjects.csv, or its arm in the trial file";
            problems.push(Problem::warning("no-anchor", message, advice).or_in(trial.file.data.subjects.as_deref(), None));
        }
        return assign_visits(&[], after);
    };
    // Visits were checked when the trial file was read.
    let planned: Vec<(String, Date, i32)> = schedule
        .visits
        .iter()
        .filter_map(|visit| Some((visit.name.clone(), visit.planned(anchor).ok()?, visit.window_days)))
        .collect();
    assign_visits(&planned, after)
}

/// A series that is no volume makes its timepoint fail when a mask was drawn on it, or when there is no other one. Studies often
/// hold reformats and multi-phase series on which nothing is measured; those are only worth a warning.
fn judge_series(timepoint: &mut Timepoint<'_>) {
    let alone = timepoint.series.len() == 1;
    for (series, masks) in &timepoint.series {
        let Err(error) = &series.stack else { continue };
        let problem = error.to_problem();
        if alone || !masks.is_empty() {
            timepoint.failures.push(problem);
        } else {
            let message = format!("a series on which no mask was drawn is not usable: {}", problem.message);
            let odd = Problem::warning("series-not-usable", message, "mend the series if a lesion is to be measured on it");
            timepoint.problems.push(odd.or_in(problem.file.as_deref(), problem.position.as_deref()));
        }
    }
}

/// Gives every mask of the chosen kinds to its series; a mask that belongs to no series, or lies beside another patient's images,
/// is listed in `spoils`.
fn assign_masks<'a>(
    catalog: &'a Catalog,
    trial: &Trial,
    subjects: &mut [SubjectScans<'a>],
    spoils: &mut Vec<(&'a SourceFile, Problem)>,
) {
    for mask in catalog.masks.iter().filter(|mask| trial.file.data.mask_sources.contains(&mask.kind)) {
        let series = match catalog.series_of(mask) {
            Ok(series) => series,
            Err(error) => {
                spoils.push((&mask.source, error.to_problem()));
                continue;
            }
        };
        let near = catalog.near(&mask.source);
        if !near.is_empty() && near.iter().all(|beside| beside.patient_id != series.patient_id) {
            let message = "the mask lies beside the images of one patient but was drawn on those of another; it is not used";
            spoils.push((
                &mask.source,
                Problem::error("misplaced-mask", message, "put the mask of these images in its place")
                    .in_file(&mask.source.shown),
            ));
            continue;
        }
        let holds = |timepoint: &Timepoint<'_>, one: &Series| timepoint.series.iter().any(|(own, _)| std::ptr::eq(*own, one));
        let own = subjects.iter().flat_map(|subject| &subject.timepoints).find(|timepoint| holds(timepoint, series));
        if let Some(own) = own
            && !near.is_empty()
            && !near.iter().any(|beside| holds(own, beside))
        {
            let message = format!("the mask lies beside the images of another visit than {}, on which it was drawn", own.visit);
            let advice = "put it beside its images, and the mask of these images in its place";
            spoils.push((&mask.source, Problem::error("misplaced-mask", message, advice).in_file(&mask.source.shown)));
            continue;
        }
        for timepoint in subjects.iter_mut().flat_map(|subject| &mut subject.timepoints) {
            for (own, masks) in &mut timepoint.series {
                if std::ptr::eq(*own, series) {
                    masks.push(mask);
                }
            }
        }
    }
}

/// The one timepoint that holds all the series near a broken file.
fn spoiled(near: &[&Series], subjects: &[SubjectScans<'_>]) -> Option<(usize, usize)> {
    let mut found = BTreeSet::new();
    for (place, subject) in subjects.iter().enumerate() {
        for (at, timepoint) in subject.timepoints.iter().enumerate() {
            if timepoint.series.iter().any(|(own, _)| near.iter().any(|series| std::ptr::eq(*own, *series))) {
                found.insert((place, at));
            }
        }
    }
    match found.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Error;
    use crate::protocol::trial_file::TrialFile;
    use jiff::civil::date;

    fn series(modality: &str, day: Date) -> Series {
        Series {
            series_instance_uid: format!("{modality} {day}"),
            frame_of_reference_uid: None,
            modality: modality.to_string(),
            patient_id: Some("P1".to_string()),
            date: Some((day, "StudyDate")),
            window: None,
            folder: modality.to_string(),
            folders: BTreeSet::new(),
            files: 1,
            localizer: false,
            stack: Err(Error::Corrupt { file: String::new(), reason: "no pixels are needed here".to_string() }),
            open: None,
            problems: Vec::new(),
        }
    }

    fn trial(schedule: &str) -> Trial {
        let text = format!("[trial]\nid = \"T\"\n[schedule]\nanchor = \"baseline\"\n{schedule}\n[data]\nroot = \".\"\n");
        Trial::without_tables(TrialFile::parse(&text, "trial.toml", &[]).unwrap(), ".".into())
    }

    #[test]
    fn a_ct_and_an_mr_before_treatment_are_one_baseline() {
        // Days -10 and -7, as in W2 of recist-rules.
        let (ct, mr) = (series("CT", date(2026, 1, 10)), series("MR", date(2026, 1, 13)));
        let row = SubjectRow {
            subject: "S1".to_string(),
            dates: [("treatment_start".to_string(), date(2026, 1, 20))].into(),
            ..SubjectRow::default()
        };
        let trial = trial("baseline_before = \"treatment_start\"");
        let scans = timepoints_of(row, vec![&ct, &mr], &trial, &mut Vec::new());
        let [baseline] = scans.timepoints.as_slice() else { panic!("one timepoint") };
        assert_eq!((baseline.kind, baseline.visit.as_str()), (TimepointKind::Baseline, "Baseline"));
        assert_eq!((baseline.date, baseline.date_last, baseline.series.len()), (ct.date.unwrap().0, mr.date.unwrap().0, 2));
    }
}
