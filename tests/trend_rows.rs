//! Lesions by themselves and the sites of progression. Rows were written from the rules.

mod notation;

use notation::row::{assert_table, check, days_from_start, joined};
use notation::{course, day, mm, settings};
use recist::response::facts::SubjectFacts;
use recist::response::oligoprogression::FirstProgression;
use recist::response::settings::Settings;
use recist::response::trend;

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn first(progression: Option<&FirstProgression>) -> String {
    progression.map_or("-".into(), |first| format!("{} {}", days_from_start(Some(first.date)), yes_no(first.oligoprogression)))
}

#[test]
fn progressive_sites_are_counted_by_the_rules() {
    assert_table("trend.csv", |row| {
        let trend = trend(&course(&row["course"]), &settings(&row["settings"]));
        let progressive = trend.timepoints.iter().map(|sites| {
            let names: Vec<_> = sites.targets.iter().chain(&sites.nontargets).chain(&sites.new_lesions).cloned().collect();
            if names.is_empty() { "-".into() } else { names.join("+") }
        });
        let counts = trend.timepoints.iter().map(|sites| format!("{}/{}", sites.extracranial, sites.intracranial));
        check(
            row,
            [
                ("progressive", joined(progressive)),
                ("counts", joined(counts)),
                ("oligo", joined(trend.timepoints.iter().map(|sites| yes_no(sites.oligoprogression)))),
                ("entry", first(trend.before_trial.as_ref())),
                ("first", first(trend.on_trial.as_ref())),
            ],
        )
    });
}

#[test]
fn a_lesion_is_compared_with_its_own_past() {
    let facts = course("-50 T=20 history | 0 T=40 | 60 T=30 | 120 T=ne | 180 T=36 X=uneq:12 | 240 T=gone X=uneq:15");
    let trend = trend(&facts, &Settings::default());
    let figures = |lesion: &str| {
        let points = &trend.lesions.iter().find(|trend| trend.lesion == lesion).expect("a lesion of the course").points;
        let length = |mm: Option<recist::units::Micrometres>| mm.map_or("-".into(), |mm| mm.to_string());
        let percent = |pct: Option<f64>| pct.map_or("-".into(), |pct| pct.to_string());
        let text = points.iter().map(|point| {
            format!(
                "{} {} {} {} {} {}",
                length(point.value_mm),
                length(point.nadir_mm),
                length(point.change_from_baseline_mm),
                percent(point.change_from_baseline_pct),
                length(point.change_from_nadir_mm),
                percent(point.change_from_nadir_pct)
            )
        });
        text.collect::<Vec<_>>()
    };
    let expected = [
        "20.0 - - - - -",
        "40.0 20.0 - - 20.0 100",
        "30.0 40.0 -10.0 -25 -10.0 -25",
        "- 30.0 - - - -",
        "36.0 30.0 -4.0 -10 6.0 20",
        "0.0 30.0 -40.0 -100 -30.0 -100",
    ];
    assert_eq!(figures("T"), expected);
    assert_eq!(figures("X")[4..], ["12.0 - - - - -", "15.0 12.0 - - 3.0 25"]);
    let days: Vec<_> = trend.lesions.iter().map(|trend| trend.first_progression).collect();
    assert_eq!(days, [Some(day(180)), Some(day(180))]);
}

#[test]
fn a_target_and_its_bone_part_are_one_site() {
    let trend = trend(&course("0 T=40 L^T=present | 90 T=50 L=pd | 180 T=40 L=pd"), &Settings::default());
    let counts: Vec<_> = trend.timepoints.iter().map(|sites| sites.extracranial).collect();
    assert_eq!(counts, [0, 1, 1]);
}

#[test]
fn benefit_counts_from_the_reference_date() {
    let mut facts = course("-100 T=30 history | 0 T=36 | 90 T=44");
    let both = |facts: &SubjectFacts| {
        let trend = trend(facts, &Settings::default());
        (trend.before_trial.expect("grown by 6 mm").days, trend.on_trial.expect("grown by 8 mm").days)
    };
    assert_eq!(both(&facts), (100, 90));
    facts.reference_date = Some(day(10));
    assert_eq!(both(&facts), (100, 80));
}

#[test]
fn what_was_not_seen_may_progress_too() {
    let trend =
        trend(&course("0 T1=20 T2=20 L=present | 90 T1=ne T2=25 L=ne | 180 T1=20 T2=25 L=present partial"), &Settings::default());
    let seen: Vec<_> = trend.timepoints.iter().map(|sites| (sites.not_evaluable.join(" "), sites.may_be_more)).collect();
    assert_eq!(seen, [("".into(), false), ("T1 L".into(), true), ("".into(), true)]);
    assert!(trend.on_trial.expect("T2 has grown").may_be_more);
}

#[test]
fn of_a_mass_and_its_parts_more_may_progress() {
    let trend = trend(&course("0 T1=30 T2=20 | 60 T1=>T2 T2=40 | 120 T2=40 | 180 T1=20 T2=20"), &Settings::default());
    let seen: Vec<_> = trend.timepoints.iter().map(|sites| (sites.not_evaluable.join(" "), sites.may_be_more)).collect();
    assert_eq!(seen, [("".into(), false), ("T1 T2".into(), true), ("T1 T2".into(), true), ("".into(), false)]);
}

#[test]
fn a_lesion_progresses_on_the_day_of_its_own_scan() {
    let trend = trend(&course("0 T1=30 T2=30 | 60..64 T1=40/60 T2=40/64 X=uneq:12/63"), &Settings::default());
    let days: Vec<_> = trend.lesions.iter().map(|lesion| (lesion.first_progression, lesion.points[1].date)).collect();
    assert_eq!(days, [60, 64, 63].map(|on| (Some(day(on)), day(on))));
    assert_eq!(trend.on_trial.map(|first| (first.date, first.days)), Some((day(60), 60)));
}

#[test]
fn exactness_survives_serialisation() {
    let trend = trend(&course("0 T=25 | 90 T=30"), &Settings::default());
    assert_eq!(trend.lesions[0].points[1].value_mm, Some(mm("30")));
    let json = serde_json::to_value(&trend).expect("plain values");
    assert_eq!(json["on_trial"]["oligoprogression"], true);
    assert_eq!(json["lesions"][0]["points"][1]["change_from_nadir_mm"], 5.0);
}
