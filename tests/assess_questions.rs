//! What columns of the table of `assess` make somebody decide: the class stands, and waits for an answer.

use recist::protocol::assess_table::{AssessTable, read_assess_table};
use recist::response::assess;
use recist::response::assessment::{Overall, TimepointAssessment};
use recist::response::settings::Settings;

/// The only follow-up of a target of 20 mm at baseline.
fn follow_up(columns: &str, row: &str) -> TimepointAssessment {
    let nothing = ",".repeat(columns.split(',').count());
    let text = format!(
        "subject,date,lesion,role,state,mm,{columns}\nS1,2026-01-05,T1,target,measured,20{nothing}\nS1,2026-04-05,T1,target,{row}\n"
    );
    match read_assess_table(text.as_bytes(), "table.csv") {
        Ok(AssessTable::Lesions(subjects)) => assess(&subjects[0], &Settings::default()).timepoints.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn growth_in_the_irradiated_field_is_asked_about() {
    // Recist-rules, W4: PD literal, with a query where it lies in the field.
    for (basis, queries) in [("in-field", &["in-field-growth"][..]), ("marginal", &[]), ("out-of-field", &[]), ("new", &[])] {
        let timepoint = follow_up("pd_basis", &format!("measured,25,{basis}"));
        assert_eq!(
            (timepoint.overall, &timepoint.queries[..], timepoint.provisional),
            (Overall::PD, &queries.iter().map(|code| code.to_string()).collect::<Vec<_>>()[..], !queries.is_empty())
        );
    }
}

#[test]
fn absent_by_pet_or_biopsy_is_asked_about() {
    // Recist-rules, W13: only where the protocol allows it.
    for (basis, provisional) in [("imaging", false), ("", false), ("pet", true), ("biopsy", true)] {
        let timepoint = follow_up("absent_basis", &format!("absent,,{basis}"));
        assert_eq!((timepoint.overall, timepoint.provisional), (Overall::CR, provisional), "{basis}");
        assert_eq!(timepoint.queries.contains(&"absent-basis".to_string()), provisional, "{basis}");
    }
}

#[test]
fn a_node_stays_a_node() {
    // Recist-rules, W10: `nodal` is fixed at baseline.
    let table = "subject,date,lesion,role,nodal,state,mm\nS1,2026-01-05,T1,target,yes,measured,20\n\
        S1,2026-04-05,T1,target,no,measured,30\n";
    let problems = read_assess_table(table.as_bytes(), "table.csv").expect_err("it changes");
    assert!(problems.iter().any(|problem| problem.code == "nodal-changed"), "{problems:?}");
}
