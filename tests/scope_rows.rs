//! The scopes beside the patient: what was irradiated, and single lesions. Rows were written from the rules.

mod notation;

use notation::row::{assert_table, check, days_from_start, joined};
use notation::{course, day, settings};
use proptest::prelude::*;
use recist::response::assessment::{Assessment, Best, BestResponse, Overall, Scope};
use recist::response::facts::{OpenQuestion, SubjectFacts};
use recist::response::settings::Settings;
use recist::response::{assess, assess_irradiated, assess_lesions};

fn of_lesion(facts: &SubjectFacts, name: &str, settings: &Settings) -> Assessment {
    let all = assess_lesions(facts, settings);
    all.into_iter().find(|assessment| assessment.lesion.as_deref() == Some(name)).expect("a target of the course")
}

#[test]
fn each_scope_has_a_baseline_a_nadir_and_an_end_of_its_own() {
    assert_table("scopes.csv", |row| {
        let (facts, settings) = (course(&row["course"]), settings(&row["settings"]));
        let assessment = match row["scope"].as_str() {
            "patient" => assess(&facts, &settings),
            "irradiated" => assess_irradiated(&facts, &settings),
            name => of_lesion(&facts, name, &settings),
        };
        let queries = joined(assessment.timepoints.iter().flat_map(|timepoint| &timepoint.queries));
        check(
            row,
            [
                ("overall", joined(assessment.timepoints.iter().map(|timepoint| timepoint.overall))),
                ("bor", assessment.bor.response.to_string()),
                ("response_day", days_from_start(assessment.first_response_date)),
                ("pd_day", days_from_start(assessment.progression_date)),
                ("queries", queries),
            ],
        )
    });
}

fn problems(assessment: &Assessment) -> Vec<&'static str> {
    assessment.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn the_caps_bind_the_patient_only() {
    let six: Vec<_> = (1..=6).map(|number| format!("T{number}@liver+rt=40")).collect();
    let facts = course(&format!("0 {}", six.join(" ")));
    assert_eq!(problems(&assess(&facts, &Settings::default())), ["too-many-targets", "too-many-in-organ"]);
    assert_eq!(problems(&assess_irradiated(&facts, &Settings::default())), Vec::<&str>::new());
}

#[test]
fn nobody_said_what_was_irradiated() {
    let unknown = course("0 T1=40 T2=40 | 60 T1=20 T2=20");
    assert_eq!(problems(&assess_irradiated(&unknown, &Settings::default())), ["irradiation-unknown"]);
    let assessment = assess_irradiated(&course("0 T1-rt=40 T2=40 | 60 T1=20 T2=20"), &Settings::default());
    assert_eq!((assessment.bor.response, problems(&assessment)), (Best::NonMeasurable, vec![]));
    assert!(!assessment.clinical_benefit);
}

#[test]
fn a_scope_is_named() {
    let facts = course("0 T1+rt=40 T2=30 | 60 T1=20 T2=30");
    assert_eq!(assess_irradiated(&facts, &Settings::default()).scope, Scope::Irradiated);
    let lesions = assess_lesions(&facts, &Settings::default());
    let named: Vec<_> = lesions.iter().map(|assessment| (assessment.scope, assessment.lesion.as_deref())).collect();
    assert_eq!(named, [(Scope::Lesion, Some("T1")), (Scope::Lesion, Some("T2"))]);
}

#[test]
fn the_bone_part_of_an_irradiated_target_was_irradiated_too() {
    let facts = course("0 T+rt=40 L^T=present | 60 T=gone L=present");
    assert_eq!(assess_irradiated(&facts, &Settings::default()).bor.response, Best::PR);
    // The soft-tissue part by itself is gone.
    assert_eq!(of_lesion(&facts, "T", &Settings::default()).bor.response, Best::CR);
    let apart = course("0 T+rt=40 L^T-rt=present | 60 T=gone L=present");
    let assessment = assess_irradiated(&apart, &Settings::default());
    assert_eq!((assessment.bor.response, problems(&assessment)), (Best::CR, vec![]));
}

#[test]
fn a_mass_says_why_it_is_no_figure_of_the_lesion_that_carries_it() {
    let facts = course("0 T1=30 T2=20 | 60 T1=>T2 T2=40 | 120 T2=40 | 180 T1=ne:obscured T2=40");
    let codes = |lesion: &str, reason: &str| -> Vec<bool> {
        let timepoints = of_lesion(&facts, lesion, &Settings::default()).timepoints;
        timepoints.iter().map(|timepoint| timepoint.reasons.iter().any(|own| own.text() == reason)).collect()
    };
    assert_eq!(codes("T2", "T2 is not evaluable: merged"), [true, true, true]);
    assert_eq!(codes("T1", "T1 is not evaluable: merged"), [true, false, false]);
    assert_eq!(codes("T1", "T1 is not evaluable: obscured"), [false, false, true]);
}

#[test]
fn a_lesion_is_confirmed_and_stable_by_its_own_scans() {
    let facts = course("0 T1=30 T2=30 | 60..65 T1=20/60 T2=20/65 | 88..92 T1=20/88 T2=20/92");
    let confirmed = |lesion: &str| {
        let assessment = of_lesion(&facts, lesion, &Settings::default());
        let dates = [assessment.confirmed_bor.date, assessment.first_confirmed_response_date].map(days_from_start);
        (assessment.confirmed_bor.response, dates)
    };
    assert_eq!(confirmed("T1"), (Best::PR, ["60".to_string(), "60".to_string()]));
    // 27 days are too few; what is left is stable disease of day 65.
    assert_eq!(confirmed("T2"), (Best::SD, ["65".to_string(), "-".to_string()]));
    let days: Vec<_> =
        of_lesion(&facts, "T2", &Settings::default()).timepoints.iter().map(|own| (own.date, own.date_last)).collect();
    assert_eq!(days, [(day(65), day(65)), (day(92), day(92))]);
}

#[test]
fn what_is_wrong_with_a_timepoint_is_said_in_every_scope_alike() {
    let mut facts = course("0..5 T1+rt=30/0 T2+rt=30/5 | 60..65 T1=20/60 T2=20/65");
    facts.reference_date = Some(day(70));
    let expected = assess(&facts, &Settings::default()).problems;
    assert!(!expected.is_empty());
    assert_eq!(assess_irradiated(&facts, &Settings::default()).problems, expected);
    for lesion in assess_lesions(&facts, &Settings::default()) {
        assert_eq!(lesion.problems, expected);
    }
}

#[test]
fn a_cr_by_pet_is_asked_about_unless_the_protocol_takes_it() {
    let mut facts = course("0 T=40 | 60 T=gone");
    facts.timepoints[1].queries = vec![open("T", "absent-basis")];
    let queries = |text| assess(&facts, &settings(text)).timepoints[0].queries.clone();
    assert_eq!(queries(""), ["absent-basis"]);
    assert_eq!(queries("pet_cr=true"), Vec::<String>::new());
}

#[test]
fn a_question_concerns_the_scopes_of_its_lesion_and_growth_only_where_it_is_progression() {
    let mut facts = course("0 T1+rt=40 T2-rt=40 | 60 T1=60 T2=40 | 120 T1=44 T2=40");
    facts.timepoints[1].queries = vec![open("T1", "in-field-growth")];
    facts.timepoints[2].queries = vec![open("T1", "in-field-growth")];
    let queries = |assessment: &Assessment| -> Vec<Vec<String>> {
        assessment.timepoints.iter().map(|timepoint| timepoint.queries.clone()).collect()
    };
    let defaults = Settings::default();
    let asked = vec![vec!["in-field-growth".to_string()], vec![]];
    assert_eq!(queries(&assess(&facts, &defaults)), asked);
    assert_eq!(queries(&assess_irradiated(&facts, &defaults)), asked);
    assert_eq!(queries(&of_lesion(&facts, "T1", &defaults)), asked);
    assert_eq!(queries(&of_lesion(&facts, "T2", &defaults)), vec![Vec::<String>::new(); 2]);
}

fn open(lesion: &str, code: &str) -> OpenQuestion {
    OpenQuestion { lesion: Some(lesion.into()), code: code.into() }
}

#[test]
fn what_was_read_stays_beside_what_counts() {
    let facts = course("0 T+rt=30 | 60 T=20 | 120 T=26 | 180 T=20");
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
        let (mut alone, mut among) = ("0 T1+rt=40".to_string(), "0 T1+rt=40 T2-rt=30 L-rt=present".to_string());
        for (place, (state, (other, nontarget, new))) in own.iter().zip(&others).enumerate() {
            let when = 45 * (place + 1);
            alone += &format!(" | {when} T1={state}");
            among += &format!(" | {when} T1={state} T2={other} L={nontarget}{}", if *new { " X=uneq" } else { "" });
        }
        let (alone, among) = (course(&alone), course(&among));
        // That disease after a CR is progression is no rule on a lesion by itself.
        let by_growth = settings(&format!("{confirm};after_cr=as-reported"));
        prop_assert_eq!(
            classes(&of_lesion(&among, "T1", &settings(confirm))), classes(&assess_irradiated(&alone, &by_growth))
        );
        let settings = settings(confirm);
        let expected = classes(&assess_irradiated(&alone, &settings));
        prop_assert_eq!(classes(&assess_irradiated(&among, &settings)), expected.clone());
        // Where nothing has to be confirmed, a patient with that lesion alone is the scope.
        if confirm.is_empty() {
            prop_assert_eq!(classes(&assess(&alone, &settings)), expected);
        }
    }
}
