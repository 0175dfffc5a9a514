//! The list of `recist measure --list`: thousands of masks, each with its image.

use super::csv_input::{Columns, read};
use crate::problem::Problem;

/// One mask to measure. Paths are relative to the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskListRow {
    /// The mask.
    pub mask: String,
    /// The folder or file of its image.
    pub image: Option<String>,
    /// A name that is carried into the output.
    pub id: Option<String>,
}

/// Reads the list.
///
/// # Errors
/// All problems of its form, and rows without a mask.
pub fn read_mask_list(bytes: &[u8], file: &str) -> Result<Vec<MaskListRow>, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(table) = read(bytes, file, &Columns { required: &["mask"], optional: &["image", "id"] }, &mut problems) else {
        return Err(problems);
    };
    let mut rows = Vec::new();
    for row in &table.rows {
        let mut cells = table.cells(row, file, &mut problems);
        let Some(mask) = cells.required("mask") else { continue };
        rows.push(MaskListRow { mask, image: cells.optional("image"), id: cells.optional("id") });
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}
