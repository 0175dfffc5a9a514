//! `lesions.csv`: which lesions are followed, and as what.

use super::csv_input::{Columns, read};
use crate::problem::Problem;
use crate::response::facts::Role;
use crate::volume::Segment;
use std::collections::BTreeSet;

/// One lesion of one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionRow {
    /// Line of the file.
    pub line: u64,
    /// The subject it belongs to.
    pub subject: String,
    /// Its name in the trial.
    pub lesion: String,
    /// What it is followed as.
    pub role: Role,
    /// Organ or nodal station.
    pub site: Option<String>,
    /// A lymph node; `None` when the table does not say, so that the mask may.
    pub nodal: Option<bool>,
    /// Treated by the protocol's radiotherapy.
    pub irradiated: Option<bool>,
    /// Inside the skull.
    pub intracranial: Option<bool>,
    /// The target of which this non-target is the bone part.
    pub parent_lesion: Option<String>,
    /// Its Tracking UID in masks.
    pub tracking_uid: Option<String>,
    /// Its value in NIfTI and NRRD masks, or its segment number.
    pub label: Option<u32>,
}

impl LesionRow {
    /// Whether a segment is this lesion: its names first, then Tracking UID, then the label value.
    pub fn is(&self, segment: &Segment) -> bool {
        let by_uid = self.tracking_uid.is_some() && self.tracking_uid == segment.tracking_uid;
        // A label is an identity only where a file has no better one.
        let nameless = segment.tracking_id.is_none() && segment.segment_id.is_none() && segment.name.is_none();
        segment.is_called(&self.lesion) || by_uid || (nameless && self.label == Some(segment.label))
    }
}

const OPTIONAL: [&str; 13] = [
    "site",
    "nodal",
    "laterality",
    "level",
    "part",
    "parent_lesion",
    "irradiated",
    "prior_local_therapy",
    "progressed_since",
    "intracranial",
    "tracking_uid",
    "label",
    "comment",
];

/// Reads the table.
///
/// # Errors
/// All problems: form, empty cells, unknown roles, a lesion listed twice.
pub fn read_lesions(bytes: &[u8], file: &str) -> Result<Vec<LesionRow>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(table) =
        read(bytes, file, &Columns { required: &["subject", "lesion", "role"], optional: &OPTIONAL }, &mut problems)
    else {
        return Err(problems);
    };
    let mut lesions = Vec::new();
    let (mut seen, mut marked) = (BTreeSet::new(), BTreeSet::new());
    for row in &table.rows {
        let mut cells = table.cells(row, file, &mut problems);
        let (subject, lesion) = (cells.required("subject"), cells.required("lesion"));
        let role = cells.required("role").and_then(|_| cells.one_of("role", Role::SPELLINGS));
        let [nodal, irradiated, intracranial] = ["nodal", "irradiated", "intracranial"].map(|column| cells.yes_no(column));
        let label_text = cells.optional("label");
        let label = label_text.as_deref().and_then(|text| text.parse().ok());
        if label_text.is_some() && label.is_none() {
            cells.problem("label", "the label is no whole number", "write the value that the lesion has in the mask");
        }
        let (site, tracking_uid, parent_lesion) =
            (cells.optional("site"), cells.optional("tracking_uid"), cells.optional("parent_lesion"));
        let (Some(subject), Some(lesion), Some(role)) = (subject, lesion, role) else { continue };
        if !seen.insert((subject.clone(), lesion.clone())) {
            cells.problem("lesion-twice", format!("lesion {lesion} of {subject} is listed twice"), "list each lesion once");
        }
        let marks = [tracking_uid.clone(), label.map(|label: u32| label.to_string())];
        for (column, mark) in ["tracking_uid", "label"].into_iter().zip(marks) {
            let Some(mark) = mark else { continue };
            if !marked.insert((subject.clone(), column, mark)) {
                let message = format!("the {column} of lesion {lesion} belongs to another lesion of {subject} too");
                cells.problem("mark-twice", message, "correct one of the two: one segment is one lesion");
            }
        }
        let line = row.line;
        lesions.push(LesionRow {
            line,
            subject,
            lesion,
            role,
            site,
            nodal,
            irradiated,
            intracranial,
            parent_lesion,
            tracking_uid,
            label,
        });
    }
    if problems.is_empty() { Ok(lesions) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_better_identity_than_a_label() {
        let text = b"subject,lesion,role,label\nS1,T1,target,1\nS1,T2,target,2\n";
        let lesions = read_lesions(text, "lesions.csv").unwrap();
        let named = Segment { label: 1, tracking_id: Some("T2".into()), ..Segment::default() };
        assert_eq!(lesions.iter().map(|row| row.is(&named)).collect::<Vec<_>>(), [false, true]);
        let nameless = Segment { label: 1, ..Segment::default() };
        assert_eq!(lesions.iter().map(|row| row.is(&nameless)).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn all_wrong_rows_are_listed() {
        let text = b"subject,lesion,role,label\nS1,T1,targt,1\nS1,,target,x\nS1,T3,new,\nS1,T3,new,\n";
        let problems = read_lesions(text, "lesions.csv").unwrap_err();
        let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["word", "cell-empty", "label", "lesion-twice"]);
    }

    #[test]
    fn one_segment_is_one_lesion() {
        let head = "subject,lesion,role,label,tracking_uid\nS1,T1,target,1,1.2\n";
        let codes = |row: &str| -> Vec<&str> {
            let table = read_lesions(format!("{head}{row}\n").as_bytes(), "lesions.csv");
            table.err().into_iter().flatten().map(|problem| problem.code).collect()
        };
        assert_eq!(codes("S1,T2,target,1,1.3"), ["mark-twice"]);
        assert_eq!(codes("S1,T2,target,2,1.2"), ["mark-twice"]);
        assert!(codes("S2,T1,target,1,1.2").is_empty(), "another subject has labels of its own");
    }
}
