//! What columns of the table of `assess` make somebody decide: the class stands, and waits for an answer.

use recist::protocol::assess_table::{AssessTable, read_assess_table};
use recist::response::assess;
use recist::response::assessment::{Overall, TimepointAssessment};
use recist::response::irecist::assess_irecist;
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

/// A table for iRECIST with the given states of the non-target, and whether the last scan was made for new symptoms.
fn irecist_table(nontarget: &str, last_day: &str, symptoms: &str, new_lesions: &[&str]) -> String {
    let mut table = "subject,date,lesion,role,state,mm,new_symptoms\nS,2026-01-05,T,target,measured,50,\n\
                     S,2026-01-05,L,nontarget,present,,\nS,2026-03-02,T,target,measured,50,\n\
                     S,2026-03-02,L,nontarget,unequivocal_progression,,\n"
        .to_string();
    table += &format!("S,{last_day},T,target,measured,50,{symptoms}\nS,{last_day},L,nontarget,{nontarget},,\n");
    for lesion in new_lesions {
        table += &format!("S,{last_day},{lesion},new,unequivocal,,\n");
    }
    table
}

fn irecist_of(table: &str) -> (String, Vec<String>) {
    let AssessTable::Lesions(subjects) = read_assess_table(table.as_bytes(), "table.csv").expect("a table") else {
        panic!("a table of lesions")
    };
    let last = assess_irecist(&subjects[0], &Settings::default()).timepoints.pop().expect("a timepoint");
    (last.overall.to_string(), last.queries)
}

#[test]
fn the_questions_of_irecist_have_answers_in_the_table() {
    let late = |state: &str| irecist_of(&irecist_table(state, "2026-04-27", "", &[]));
    assert_eq!(late("present"), ("iUPD".into(), vec!["nontarget-after-iupd".into()]));
    assert_eq!(late("decreased"), ("iSD".into(), vec![]));
    assert_eq!(late("absent"), ("iSD".into(), vec![]));
    let early = |symptoms: &str| irecist_of(&irecist_table("present", "2026-03-16", symptoms, &["X"]));
    assert_eq!(early(""), ("iUPD".into(), vec!["early-confirmation".into()]));
    assert_eq!(early("no"), ("iUPD".into(), vec![]));
    assert_eq!(early("yes"), ("iCPD".into(), vec![]));
}

#[test]
fn a_node_below_ten_millimetres_is_gone_whatever_became_of_it() {
    for (state, mm, expected) in [
        ("present", "9.9", Overall::CR),
        ("increased", "9.9", Overall::CR),
        ("increased_since_last", "6", Overall::CR),
        ("decreased", "9", Overall::CR),
        ("present", "10", Overall::PR),
        ("increased", "10", Overall::PR),
        ("unequivocal_progression", "12", Overall::PD),
    ] {
        let table = format!(
            "subject,date,lesion,role,state,mm,nodal\nS,2026-01-05,T,target,measured,50,no\nS,2026-01-05,N,nontarget,present,12,yes\n\
             S,2026-04-05,T,target,absent,,no\nS,2026-04-05,N,nontarget,{state},{mm},yes\n"
        );
        let Ok(AssessTable::Lesions(subjects)) = read_assess_table(table.as_bytes(), "table.csv") else { panic!("{table}") };
        assert_eq!(assess(&subjects[0], &Settings::default()).timepoints[0].overall, expected, "{state} {mm}");
    }
}
