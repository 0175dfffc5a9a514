//! The page around the subjects.

use super::{Report, ReportError};
use maud::{DOCTYPE, html};

/// Writes the report as one HTML page.
///
/// # Errors
/// A key image that cannot be encoded.
pub fn render(report: &Report) -> Result<String, ReportError> {
    Ok(html! { (DOCTYPE) html lang="en" { head { meta charset="utf-8"; title { (report.trial) } } } }.into_string())
}
