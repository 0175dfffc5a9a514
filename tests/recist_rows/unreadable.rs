//! What is not part of a notation fails its row, by name.

use super::{courses, read_elsewhere};
use crate::notation::row::{Row, failures};

fn row(columns: &[(&str, &str)]) -> Row {
    let about = [("id", "ODD"), ("source", ""), ("because", ""), ("settings", ""), ("course", "0 T=40"), ("responses", "60:CR")];
    about.iter().chain(columns).map(|(column, cell)| (column.to_string(), cell.to_string())).collect()
}

fn assert_told(failures: Vec<String>, cell: &str) {
    assert!(failures.len() == 1 && failures[0].starts_with("ODD: "), "{cell}: {failures:?}");
}

#[test]
fn words_that_are_not_of_the_notation_fail_their_row() {
    assert_eq!(failures(&[row(&[])], courses::failures_of), Vec::<String>::new());
    let courses = [
        "",
        "T=40",
        "0-3 T=40",
        "0 40",
        "0 T",
        "0 T=",
        "0 T=forty",
        "0 T=present",
        "0 T=ne:lost",
        "0 T=40:12",
        "0 T=40~",
        "0 Q=40",
        "0 T@=40",
        "0 T!=40",
        "0 t=40",
        "0 T=>",
        "0 T=>T2@liver",
        "0 T^=40",
        "0 T+chemo=40",
        "0 T=40 | 60 T@liver=40",
        "0 L=eq",
        "0 L=present~4",
        "0 X=pd",
        "0 X=uneq@12",
        "0 X=gone:12",
        "0 X=uneq~12",
        "0 T=40 planned",
        "0 T=40 markers=high",
        "0 T=40 |",
    ];
    for course in courses {
        assert_told(failures(&[row(&[("course", course)])], courses::failures_of), course);
    }
    for responses in ["60", "60:cr", "CR:60"] {
        assert_told(failures(&[row(&[("responses", responses)])], read_elsewhere::failures_of), responses);
    }
    for settings in ["sd_min_days", "sd_min_days=soon", "no_such_key=1"] {
        assert_told(failures(&[row(&[("settings", settings)])], courses::failures_of), settings);
    }
}

#[test]
fn cells_that_nobody_looks_at_fail_their_row() {
    assert_eq!(failures(&[row(&[("pd_dya", "")])], courses::failures_of), Vec::<String>::new());
    assert_told(failures(&[row(&[("pd_dya", "60")])], courses::failures_of), "pd_dya");
}
