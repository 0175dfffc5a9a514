//! The scopes beside the patient: what was irradiated, and single lesions. Rows were written from the rules.

mod lesion_courses;

use lesion_courses::{assert_all_hold, check, course, days_from_start, joined, lesion, rows, settings};
use proptest::prelude::*;
use recist::response::assessment::{Assessment, Best, BestResponse, Overall, Scope};
use recist::response::facts::{LesionFacts, SubjectFacts};
use recist::response::settings::Settings;
use recist::response::{assess, assess_irradiated, assess_lesions};

/// Marks lesions as irradiated, or with a minus as not irradiated.
fn irradiate(facts: &mut SubjectFacts, text: &str) {
    for word in text.split_whitespace() {
        let name = word.trim_start_matches('-');
        let lesion = facts.lesions.iter_mut().find(|lesion| lesion.lesion == name).expect("a lesion of the course");
        lesion.irradiated = Some(!word.starts_with('-'));
    }
}

fn of_lesion(facts: &SubjectFacts, name: &str, settings: &Settings) -> Assessment {
    let all = assess_lesions(facts, settings);
    all.into_iter().find(|assessment| assessment.lesion.as_deref() == Some(name)).expect("a target of the course")
}

#[test]
fn each_scope_has_a_baseline_a_nadir_and_an_end_of_its_own() {
    let mut failures = Vec::new();
    for row in rows(include_str!("recist/scopes.csv")) {
        let (mut facts, settings) = (course(&row["course"]), settings(&row["settings"]));
        irradiate(&mut facts, &row["irradiated"]);
        let assessment = match row["scope"].as_str() {
            "patient" => assess(&facts, &settings),
            "irradiated" => assess_irradiated(&facts, &settings),
            name => of_lesion(&facts, name, &settings),
        };
        let queries = joined(assessment.timepoints.iter().flat_map(|timepoint| &timepoint.queries));
        failures.extend(check(&row, "overall", joined(assessment.timepoints.iter().map(|timepoint| timepoint.overall))));
        failures.extend(check(&row, "bor", assessment.bor.response));
        failures.extend(check(&row, "response_day", days_from_start(assessment.first_response_date)));
        failures.extend(check(&row, "pd_day", days_from_start(assessment.progression_date)));
        failures.extend(check(&row, "queries", if queries.is_empty() { "-".into() } else { queries }));
    }
    assert_all_hold(failures);
}

fn problems(assessment: &Assessment) -> Vec<&'static str> {
    assessment.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn the_caps_bind_the_patient_only() {
    let mut facts = course("0 T1=40 T2=40 T3=40 T4=40 T5=40 T6=40");
    facts.lesions.iter_mut().for_each(|lesion| lesion.site = Some("liver".into()));
    irradiate(&mut facts, "T1 T2 T3 T4 T5 T6");
    assert_eq!(problems(&assess(&facts, &Settings::default())), ["too-many-targets", "too-many-in-organ"]);
    assert_eq!(problems(&assess_irradiated(&facts, &Settings::default())), Vec::<&str>::new());
}

#[test]
fn nobody_said_what_was_irradiated() {
    let mut facts = course("0 T1=40 T2=40 | 60 T1=20 T2=20");
    assert_eq!(problems(&assess_irradiated(&facts, &Settings::default())), ["irradiation-unknown"]);
    irradiate(&mut facts, "-T1");
    let assessment = assess_irradiated(&facts, &Settings::default());
    assert_eq!((assessment.bor.response, problems(&assessment)), (Best::NonMeasurable, vec![]));
    assert!(!assessment.clinical_benefit);
}

#[test]
fn a_scope_is_named() {
    let mut facts = course("0 T1=40 T2=30 | 60 T1=20 T2=30");
    irradiate(&mut facts, "T1");
    assert_eq!(assess_irradiated(&facts, &Settings::default()).scope, Scope::Irradiated);
    let lesions = assess_lesions(&facts, &Settings::default());
    let named: Vec<_> = lesions.iter().map(|assessment| (assessment.scope, assessment.lesion.as_deref())).collect();
    assert_eq!(named, [(Scope::Lesion, Some("T1")), (Scope::Lesion, Some("T2"))]);
}

#[test]
fn the_bone_part_of_an_irradiated_target_was_irradiated_too() {
    let mut facts = course("0 T=40 L=present | 60 T=gone L=present");
    facts.lesions[1] = LesionFacts { parent_lesion: Some("T".into()), ..lesion("L") };
    irradiate(&mut facts, "T");
    assert_eq!(assess_irradiated(&facts, &Settings::default()).bor.response, Best::PR);
    // The soft-tissue part by itself is gone.
    assert_eq!(of_lesion(&facts, "T", &Settings::default()).bor.response, Best::CR);
    irradiate(&mut facts, "-L");
    let assessment = assess_irradiated(&facts, &Settings::default());
    assert_eq!((assessment.bor.response, problems(&assessment)), (Best::CR, vec![]));
}

#[test]
fn a_cr_by_pet_is_asked_about_unless_the_protocol_takes_it() {
    let mut facts = course("0 T=40 | 60 T=gone");
    facts.timepoints[1].queries = vec!["absent-basis".into(), "in-field-growth".into()];
    let queries = |text| assess(&facts, &settings(text)).timepoints[0].queries.clone();
    assert_eq!(queries(""), ["absent-basis", "in-field-growth"]);
    assert_eq!(queries("pet_cr=true"), ["in-field-growth"]);
}

#[test]
fn what_was_read_stays_beside_what_counts() {
    let mut facts = course("0 T=30 | 60 T=20 | 120 T=26 | 180 T=20");
    irradiate(&mut facts, "T");
    let assessment = assess_irradiated(&facts, &settings("local_pd_confirm=next_scan"));
    let growth = &assessment.timepoints[1];
    assert_eq!((growth.overall, growth.overall_as_read), (Overall::SD, Overall::PD));
    assert!(growth.reasons.iter().any(|reason| reason.code() == "local-pd-not-confirmed"));
}

/// What a target can be at a timepoint, with how often.
fn state() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (1..80_000_i64).prop_map(|micrometres| format!("{}", micrometres as f64 / 1000.0)),
        1 => Just("gone".to_string()),
        1 => Just("small".to_string()),
        1 => Just("ne".to_string()),
        1 => Just("10+5.5".to_string()),
    ]
}

fn classes(assessment: &Assessment) -> (String, BestResponse, BestResponse, Option<jiff::civil::Date>) {
    let overall = joined(assessment.timepoints.iter().map(|timepoint| timepoint.overall));
    (overall, assessment.bor, assessment.confirmed_bor, assessment.progression_date)
}

proptest! {
    #[test]
    fn whatever_happens_elsewhere_never_changes_a_scope(
        own in prop::collection::vec(state(), 1..7),
        others in prop::collection::vec((state(), prop::sample::select(vec!["present", "pd", "gone", "ne"]), any::<bool>()), 7),
        confirm in prop::sample::select(vec!["", "local_pd_confirm=next_scan"]),
    ) {
        let (mut alone, mut among) = ("0 T1=40".to_string(), "0 T1=40 T2=30 L=present".to_string());
        for (place, (state, (other, nontarget, new))) in own.iter().zip(&others).enumerate() {
            let when = 45 * (place + 1);
            alone += &format!(" | {when} T1={state}");
            among += &format!(" | {when} T1={state} T2={other} L={nontarget}{}", if *new { " X=uneq" } else { "" });
        }
        let (mut alone, mut among) = (course(&alone), course(&among));
        irradiate(&mut alone, "T1");
        irradiate(&mut among, "T1 -T2 -L");
        let settings = settings(confirm);
        let expected = classes(&assess_irradiated(&alone, &settings));
        prop_assert_eq!(classes(&assess_irradiated(&among, &settings)), expected.clone());
        prop_assert_eq!(classes(&of_lesion(&among, "T1", &settings)), expected.clone());
        // Where nothing has to be confirmed, a patient with that lesion alone is the scope.
        if confirm.is_empty() {
            prop_assert_eq!(classes(&assess(&alone, &settings)), expected);
        }
    }
}
