//! Columns of `measurements.csv` beside RECIST: they follow from the volumes and diameters of the same table.

#[path = "program/mod.rs"]
mod program;

use jiff::civil::Date;
use program::{Rows, run_trial, table};
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn changes_and_doubling_times_follow_from_the_volumes() {
    let out = tempfile::tempdir().expect("a folder");
    assert_eq!(run_trial(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-dicom/trial.toml"), out.path(), &[]).code, 0);
    let mut of_lesions: BTreeMap<(String, String), Rows> = BTreeMap::new();
    for row in table(&out.path().join("measurements.csv")) {
        of_lesions.entry((row["subject"].clone(), row["lesion"].clone())).or_default().push(row);
    }
    let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().ok();
    let (mut gone, mut doublings) = (0, 0);
    for rows in of_lesions.values().filter(|rows| rows[0]["role"] == "target") {
        let baseline = &rows[0];
        assert_eq!(number(baseline, "volume_change_from_baseline_pct"), None);
        for pair in rows.windows(2) {
            let (before, row) = (&pair[0], &pair[1]);
            let size =
                |row: &BTreeMap<String, String>, name: &str| if row["state"] == "absent" { Some(0.0) } else { number(row, name) };
            for (figure, change) in
                [("volume_mm3", "volume_change_from_baseline_pct"), ("max_3d_diameter_mm", "max_3d_change_from_baseline_pct")]
            {
                let expected = size(row, figure).zip(number(baseline, figure)).map(|(now, then)| 100.0 * (now / then - 1.0));
                let found = number(row, change);
                assert_eq!(found.is_some(), expected.is_some(), "{row:?}: {change} should be {expected:?}");
                let near = found.zip(expected).is_none_or(|(found, expected)| (found - expected).abs() < 1e-9);
                assert!(near, "{row:?}: {change} should be {expected:?}");
            }
            gone += usize::from(row["state"] == "absent");
            let day = |row: &BTreeMap<String, String>| row["date"].parse::<Date>().expect("a date");
            let days = f64::from((day(row) - day(before)).get_days());
            let ratio = size(row, "volume_mm3").zip(size(before, "volume_mm3")).map(|(now, then)| now / then);
            if let Some(ratio) = ratio.filter(|ratio| ratio.is_normal() && *ratio != 1.0) {
                let found = number(row, "volume_doubling_days").expect("a doubling time");
                // After that time the volume is twice as large, or half as large where it shrank.
                assert!((2_f64.powf(days / found) / ratio - 1.0).abs() < 1e-9, "{row:?}");
                doublings += 1;
            }
        }
    }
    assert!(gone > 0 && doublings > 10, "{gone} lesions gone, {doublings} doubling times");
}
