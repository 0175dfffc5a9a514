//! The table of `select`: one row per candidate.

use super::csv_input::{Cells, Columns, YES_NO, read};
use crate::problem::Problem;
use crate::response::measurability::{BoneLesion, Candidate, Cyst, Modality};
use std::collections::BTreeSet;

const COLUMNS: Columns = Columns {
    required: &["subject", "lesion", "site"],
    optional: &[
        "nodal",
        "long_mm",
        "short_mm",
        "slice_mm",
        "gap_mm",
        "modality",
        "bone",
        "soft_tissue",
        "cystic",
        "prior_therapy",
        "progressed_since_therapy",
        "non_measurable",
    ],
};

/// Reads the table of `select`.
///
/// # Errors
/// Every row that cannot be understood, with its row number.
pub fn read_candidates(bytes: &[u8], file: &str) -> Result<Vec<Candidate>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(table) = read(bytes, file, &COLUMNS, &mut problems) else { return Err(problems) };
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &table.rows {
        let mut cells = table.cells(row, file, &mut problems);
        let candidate = candidate(&mut cells);
        if !seen.insert((candidate.subject.clone(), candidate.lesion.clone())) {
            let message = format!("lesion {} of subject {} has a second row", candidate.lesion, candidate.subject);
            cells.problem("duplicate-row", message, "keep one; of two modalities, imaging outranks calipers");
        }
        candidates.push(candidate);
    }
    if problems.is_empty() { Ok(candidates) } else { Err(problems) }
}

fn candidate(cells: &mut Cells) -> Candidate {
    let candidate = Candidate {
        subject: cells.required("subject").unwrap_or_default(),
        lesion: cells.required("lesion").unwrap_or_default(),
        site: cells.optional("site"),
        nodal: cells.yes_no("nodal"),
        long_axis: cells.millimetres("long_mm"),
        short_axis: cells.millimetres("short_mm"),
        slice: cells.millimetres("slice_mm"),
        gap: cells.millimetres("gap_mm"),
        modality: cells.one_of("modality", Modality::SPELLINGS),
        bone: cells.one_of("bone", BoneLesion::SPELLINGS),
        soft_tissue: cells.yes_no("soft_tissue").unwrap_or(false),
        cystic: cells.one_of("cystic", Cyst::SPELLINGS),
        prior_therapy: cells.yes_no("prior_therapy").unwrap_or(false),
        progressed_since_therapy: cells.yes_no("progressed_since_therapy").unwrap_or(false),
        non_measurable: yes_no_or(cells, "non_measurable", NON_MEASURABLE).unwrap_or(false),
    };
    let (long, short) = (candidate.long_axis, candidate.short_axis);
    if long.zip(short).is_some_and(|(long, short)| short > long) {
        cells.problem("axes", "`short_mm` is longer than `long_mm`", "exchange them");
    }
    candidate
}

/// Kinds of disease that cannot be measured (recist-rules, M10).
const NON_MEASURABLE: &[&str] = &[
    "leptomeningeal",
    "ascites",
    "pleural_effusion",
    "pericardial_effusion",
    "inflammatory_breast",
    "lymphangitic",
    "palpable_mass",
];

fn yes_no_or(cells: &mut Cells, column: &str, kinds: &[&'static str]) -> Option<bool> {
    let words: Vec<_> = YES_NO.iter().copied().chain(kinds.iter().map(|kind| (*kind, true))).collect();
    cells.one_of(column, &words)
}
