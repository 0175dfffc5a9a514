//! Whose rows count: readers are never mixed in one sum, and `accepted` selects (recist-rules, W9).

use super::rows::LesionRow;
use super::wrong::Wrong;
use std::collections::BTreeMap;

/// The rows that count. No row is left out but those that say `accepted = no`: leaving one out in silence would move the baseline or
/// the nadir, or lose a progression. `all_read` is false when some rows of the subject could not be understood; what may be said in
/// them is then not missed.
pub(super) fn one_reader<'a>(rows: Vec<&'a LesionRow>, all_read: bool, wrong: &mut Wrong) -> Vec<&'a LesionRow> {
    if rows.iter().all(|row| row.accepted.is_none() && row.reader.is_none()) {
        return rows;
    }
    let kept: Vec<_> = rows.iter().copied().filter(|row| row.accepted != Some(false)).collect();
    let several = kept.iter().any(|row| row.reader != kept[0].reader);
    let choose = several && kept.iter().any(|row| row.accepted == Some(true));
    for own in timepoints(&rows) {
        let (first, subject, key) = (own[0], &own[0].subject, own[0].key());
        let of = |accepted: Option<bool>| own.iter().copied().filter(move |row| row.accepted == accepted);
        let (yes, open) = (of(Some(true)).count(), of(None).count());
        if yes == 0 && (open == 0 || choose) {
            if all_read {
                let message = format!("subject {subject} has no accepted reader at {key} ({})", lines(own.iter().copied()));
                let advice = "mark the rows of one reader as accepted at every timepoint";
                wrong.refuse(first, "none-accepted", message, advice);
            }
        } else if yes > 0 && open > 0 {
            let (filled, empty) = (lines(of(Some(true))), lines(of(None)));
            let message = format!("subject {subject} at {key}: `accepted` is yes in {filled} and empty in {empty}");
            let row = of(None).next().unwrap_or(first);
            wrong.refuse(row, "accepted-partly", message, "write yes or no in every row of the timepoint");
        }
    }
    let kept = if choose { kept.into_iter().filter(|row| row.accepted == Some(true)).collect() } else { kept };
    let first = kept.first().and_then(|row| row.reader.as_deref());
    if let Some(other) = kept.iter().find(|row| row.reader.as_deref() != first) {
        let message = format!("subject {} has rows of more than one reader", other.subject);
        let advice = "mark the rows of one reader as accepted; readers are never mixed in one sum";
        wrong.refuse(other, "several-readers", message, advice);
    }
    kept
}

/// The rows of each timepoint, in the order of their first rows.
pub(super) fn timepoints<'a>(rows: &[&'a LesionRow]) -> Vec<Vec<&'a LesionRow>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut timepoints: Vec<Vec<&LesionRow>> = Vec::new();
    for row in rows {
        let place = *places.entry(row.key()).or_insert(timepoints.len());
        if place == timepoints.len() {
            timepoints.push(Vec::new());
        }
        timepoints[place].push(row);
    }
    timepoints
}

/// `row 4` or `rows 4, 5`.
pub(super) fn lines<'a>(rows: impl Iterator<Item = &'a LesionRow>) -> String {
    let lines: Vec<String> = rows.map(|row| row.line.to_string()).collect();
    format!("{} {}", if lines.len() == 1 { "row" } else { "rows" }, lines.join(", "))
}
