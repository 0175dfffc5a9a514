//! The rules of RECIST 1.1 as rows of data: every row names its source and goes through one check. The rows were written
//! from the rules, not from the program.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use recist::response::assessment::{Assessment, Best, Overall};
use recist::response::facts::{
    Coverage, Finding, LesionFacts, Markers, NewState, NonTargetState, NotEvaluableReason, Role, SubjectFacts, TargetState,
    TimepointFacts, TimepointKind,
};
use recist::response::measurability::Candidate;
use recist::response::read_responses::{ReadResponse, ReadResponses};
use recist::response::selection::ProposedRole;
use recist::response::settings::Settings;
use recist::response::{assess, assess_read_responses, select};
use recist::units::Micrometres;
use std::collections::BTreeMap;

type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("every row has all columns")).collect()
}

fn day(day: i32) -> Date {
    date(2026, 1, 5).checked_add(day.days()).expect("a date")
}

fn mm(text: &str) -> Micrometres {
    Micrometres::parse_mm(text).unwrap_or_else(|error| panic!("{error}"))
}

fn settings(text: &str) -> Settings {
    let mut settings = Settings::default();
    for (key, value) in text.split(';').filter(|part| !part.is_empty()).map(|part| part.split_once('=').expect("key=value")) {
        settings.set(key, value).expect("a setting");
    }
    settings
}

/// Role by the first letter of a name: T target, N target node, L non-target, M non-target node, X new.
fn lesion(name: &str) -> LesionFacts {
    let role = match &name[..1] {
        "T" | "N" => Role::Target,
        "L" | "M" => Role::NonTarget,
        "X" => Role::New,
        other => panic!("no role for {other}"),
    };
    let nodal = name.starts_with(['N', 'M']);
    LesionFacts { nodal, ..LesionFacts::new(name, role) }
}

fn finding(role: Role, text: &str) -> Finding {
    match role {
        Role::Target => Finding::Target(match text {
            "gone" => TargetState::Absent,
            "small" => TargetState::TooSmall,
            "ne" => TargetState::NotEvaluable(None),
            "ne:obscured" => TargetState::NotEvaluable(Some(NotEvaluableReason::Obscured)),
            "ne:resected" => TargetState::NotEvaluable(Some(NotEvaluableReason::Resected)),
            _ if text.contains('+') => TargetState::Split(text.split('+').map(mm).collect()),
            _ => match text.strip_prefix('>') {
                Some(into) => TargetState::Merged { into: into.into() },
                None => TargetState::Measured(mm(text)),
            },
        }),
        Role::NonTarget => Finding::NonTarget(match text {
            "present" => NonTargetState::Present,
            "gone" => NonTargetState::Absent,
            "up" => NonTargetState::Increased,
            "up-last" => NonTargetState::IncreasedSinceLast,
            "ne" => NonTargetState::NotEvaluable,
            "pd" => NonTargetState::UnequivocalProgression,
            _ => NonTargetState::PresentNode(mm(text)),
        }),
        Role::New => Finding::New(match text {
            "eq" => NewState::Equivocal,
            "uneq" => NewState::Unequivocal,
            "gone" => NewState::Absent,
            "ne" => NewState::NotEvaluable,
            other => panic!("no state {other}"),
        }),
    }
}

/// Reads `0 T=40 L=present | 60 T=gone L=gone markers=normal partial`: a day and what was seen, timepoint by timepoint.
fn course(text: &str) -> SubjectFacts {
    let mut facts = SubjectFacts { subject: "S".into(), lesions: vec![], timepoints: vec![], reference_date: None };
    for (place, part) in text.split('|').enumerate() {
        let mut words = part.split_whitespace();
        let when = day(words.next().expect("a day").parse().expect("a number of days"));
        let kind = if place == 0 { TimepointKind::Baseline } else { TimepointKind::Scheduled };
        let mut timepoint = TimepointFacts { kind, ..TimepointFacts::on(when.to_string(), when) };
        for word in words {
            match word {
                "partial" => timepoint.coverage = Coverage::Partial,
                "none" => timepoint.coverage = Coverage::None,
                "unscheduled" => timepoint.kind = TimepointKind::Unscheduled,
                "markers=raised" => timepoint.markers = Markers::Raised,
                "markers=normal" => timepoint.markers = Markers::Normal,
                _ => {
                    let (name, state) = word.split_once('=').expect("lesion=state");
                    if !facts.lesions.iter().any(|known| known.lesion == name) {
                        facts.lesions.push(lesion(name));
                    }
                    timepoint.findings.push((name.into(), finding(lesion(name).role, state)));
                }
            }
        }
        facts.timepoints.push(timepoint);
    }
    facts
}

fn check(row: &Row, column: &str, found: impl ToString) -> Option<String> {
    let (expected, found) = (&row[column], found.to_string());
    let differs = !expected.is_empty() && *expected != found;
    differs.then(|| format!("{}: {column} is {found}, expected {expected} ({}: {})", row["id"], row["source"], row["because"]))
}

fn joined<T: ToString>(parts: impl Iterator<Item = T>) -> String {
    parts.map(|part| part.to_string()).collect::<Vec<_>>().join(" ")
}

fn days_from_start(date: Option<Date>) -> String {
    date.map_or("-".into(), |date| (date - day(0)).get_days().to_string())
}

fn assert_all_hold(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn tables_1_and_2_hold_in_every_cell() {
    let rows = rows(include_str!("recist/tables.csv"));
    assert_eq!(rows.len(), 6 * 5 * 3, "the full cross product");
    let mut failures = Vec::new();
    for row in &rows {
        let (mut at_baseline, mut at_follow_up) = (String::from("0"), String::from("60"));
        let mut seen = |baseline: &str, follow_up: &str| {
            at_baseline += &format!(" {baseline}");
            at_follow_up += &format!(" {follow_up}");
        };
        match row["target"].as_str() {
            "CR" => seen("T=40", "T=gone"),
            "PR" => seen("T=40", "T=20"),
            "SD" => seen("T=40", "T=40"),
            "PD" => seen("T=40", "T=60"),
            "NE" => seen("T=40", "T=ne"),
            _ => {}
        }
        match row["nontarget"].as_str() {
            "CR" => seen("L=present", "L=gone"),
            "NON-CR/NON-PD" => seen("L=present", "L=present"),
            "PD" => seen("L=present", "L=pd"),
            "NE" => seen("L=present", "L=ne"),
            _ => {}
        }
        match row["new_lesion"].as_str() {
            "equivocal" => at_follow_up += " X=eq",
            "unequivocal" => at_follow_up += " X=uneq",
            _ => {}
        }
        let assessment = assess(&course(&format!("{at_baseline} | {at_follow_up}")), &Settings::default());
        let timepoint = &assessment.timepoints[0];
        failures.extend(check(row, "target", timepoint.target));
        failures.extend(check(row, "nontarget", timepoint.nontarget));
        failures.extend(check(row, "new_lesion", timepoint.new_lesion));
        failures.extend(check(row, "expected", timepoint.overall));
    }
    assert_all_hold(failures);
}

#[test]
fn courses_give_the_responses_of_the_rules() {
    let mut failures = Vec::new();
    for row in rows(include_str!("recist/courses.csv")) {
        let assessment = assess(&course(&row["course"]), &settings(&row["settings"]));
        failures.extend(check(&row, "target", joined(assessment.timepoints.iter().map(|timepoint| timepoint.target))));
        failures.extend(check(&row, "nontarget", joined(assessment.timepoints.iter().map(|timepoint| timepoint.nontarget))));
        failures.extend(check(&row, "overall", joined(assessment.timepoints.iter().map(|timepoint| timepoint.overall))));
        failures.extend(check(&row, "bor", assessment.bor.response));
        failures.extend(check(&row, "confirmed", assessment.confirmed_bor.response));
        failures.extend(check(&row, "pd_day", days_from_start(assessment.progression_date)));
    }
    assert_all_hold(failures);
}

fn read_responses(text: &str) -> ReadResponses {
    let response = |part: &str| {
        let (when, class) = part.split_once(':').expect("day:class");
        let date = day(when.parse().expect("a number of days"));
        let class = Overall::SPELLINGS.iter().find(|(text, _)| *text == class).map(|(_, overall)| *overall);
        ReadResponse { visit: date.to_string(), date, overall: class }
    };
    let timepoints = text.split_whitespace().map(response).collect();
    ReadResponses { subject: "S".into(), reference_date: Some(day(0)), timepoints }
}

#[test]
fn best_responses_follow_table_3() {
    let mut failures = Vec::new();
    for row in rows(include_str!("recist/responses.csv")) {
        let assessment = assess_read_responses(&read_responses(&row["responses"]), &settings(&row["settings"]));
        failures.extend(check(&row, "bor", assessment.bor.response));
        failures.extend(check(&row, "confirmed", assessment.confirmed_bor.response));
        failures.extend(check(&row, "bor_day", days_from_start(assessment.bor.date)));
        failures.extend(check(&row, "confirmed_day", days_from_start(assessment.confirmed_bor.date)));
    }
    assert_all_hold(failures);
}

#[test]
fn candidates_are_judged_by_the_rules_of_measurability() {
    let mut failures = Vec::new();
    for row in rows(include_str!("recist/measurability.csv")) {
        let length = |column: &str| Some(row[column].as_str()).filter(|text| !text.is_empty()).map(mm);
        let yes = |column: &str| row[column] == "yes";
        fn word<T: Copy>(words: &[(&str, T)], text: &str) -> Option<T> {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        }
        let candidate = Candidate {
            subject: "S".into(),
            lesion: row["id"].clone(),
            site: Some(row["site"].clone()),
            nodal: Some(yes("nodal")),
            long_axis: length("long"),
            short_axis: length("short"),
            slice: length("slice"),
            gap: length("gap"),
            modality: word(recist::response::measurability::Modality::SPELLINGS, &row["modality"]),
            bone: word(recist::response::measurability::BoneLesion::SPELLINGS, &row["bone"]),
            soft_tissue: yes("soft_tissue"),
            cystic: word(recist::response::measurability::Cyst::SPELLINGS, &row["cystic"]),
            prior_therapy: yes("prior"),
            progressed_since_therapy: yes("progressed"),
            non_measurable: yes("non_measurable"),
        };
        let selected = &select(&[candidate])[0];
        failures.extend(check(&row, "measurability", selected.measurability));
        failures.extend(check(&row, "axis", selected.axis));
        let role = match row["measurability"].as_str() {
            "measurable" => ProposedRole::Target,
            "non-measurable" => ProposedRole::NonTarget,
            _ => ProposedRole::None,
        };
        assert_eq!(selected.role, role, "{}: alone, what is measurable is a target", row["id"]);
    }
    assert_all_hold(failures);
}

fn candidate(lesion: &str, site: &str, long: i64) -> Candidate {
    let (long, slice) = (Some(Micrometres::from_mm(long)), Some(Micrometres::from_mm(3)));
    let site = Some(site.to_string()).filter(|site| !site.is_empty());
    let nodal = Some(lesion.starts_with('N'));
    Candidate {
        subject: "S".into(),
        lesion: lesion.into(),
        site,
        nodal,
        long_axis: long,
        short_axis: long,
        slice,
        ..Default::default()
    }
}

fn targets(candidates: &[Candidate]) -> Vec<String> {
    let selected = select(candidates);
    selected.iter().filter(|lesion| lesion.role == ProposedRole::Target).map(|lesion| lesion.lesion.clone()).collect()
}

#[test]
fn targets_are_the_largest_under_the_caps() {
    // S1: five in all, two per organ.
    let many = ["liver", "left lung", "kidney", "brain", "spleen", "muscle"].map(|site| candidate(site, site, 20));
    assert_eq!(targets(&many).len(), 5);
    let liver = [("a", 30), ("b", 40), ("c", 50)].map(|(name, long)| candidate(name, "liver", long));
    assert_eq!(targets(&liver), ["b", "c"]);
    // S3: both lungs are one organ.
    let lungs = [candidate("a", "left lung", 30), candidate("b", "right lung", 20), candidate("c", "lung", 10)];
    assert_eq!(targets(&lungs), ["a", "b"]);
    // S3: all nodes are one organ; of several stations one from each of two.
    let nodes = [candidate("N1", "axilla", 40), candidate("N2", "axilla", 30), candidate("N3", "mediastinum", 20)];
    assert_eq!(targets(&nodes), ["N1", "N3"]);
    // S3: the skeleton is one organ.
    let bones = [("a", "spine"), ("b", "left femur"), ("c", "ribs")].map(|(name, site)| Candidate {
        bone: Some(recist::response::measurability::BoneLesion::Lytic),
        soft_tissue: true,
        ..candidate(name, site, 30)
    });
    assert_eq!(targets(&bones), ["a", "b"]);
    // Unknown sites count as one organ.
    assert_eq!(targets(&[candidate("a", "", 30), candidate("b", "unknown", 20), candidate("c", "", 10)]), ["a", "b"]);
    // M8: solid lesions come before cystic ones, whatever their size.
    let cystic = Candidate { cystic: Some(recist::response::measurability::Cyst::Metastasis), ..candidate("x", "liver", 90) };
    let solid = [candidate("a", "liver", 20), candidate("b", "liver", 15), cystic];
    assert_eq!(targets(&solid), ["a", "b"]);
}

/// Codes of the queries of the last timepoint.
fn queries(text: &str) -> Vec<String> {
    let assessment = assess(&course(text), &Settings::default());
    assessment.timepoints.last().map(|timepoint| timepoint.queries.clone()).unwrap_or_default()
}

#[test]
fn what_a_human_must_decide_becomes_a_query() {
    // Section 7, C1: an unconfirmed CR, and nothing but a node of 10 to below 15 mm.
    assert_eq!(queries("0 T=40 | 60 T=gone | 70 T=20"), Vec::<String>::new(), "PD by the sum does not rest on the CR");
    assert_eq!(queries("0 T=40 | 60 T=gone | 70 T=3"), ["recurrence-after-unconfirmed-cr"]);
    assert_eq!(queries("0 T=40 | 60 T=gone | 90 T=gone | 120 T=3"), Vec::<String>::new());
    assert_eq!(queries("0 N=20 | 60 N=8 | 90 N=8 | 120 N=10"), ["small-recurrence"]);
    assert_eq!(queries("0 N=20 | 60 N=8 | 90 N=8 | 120 N=15"), Vec::<String>::new());
    // A6 and A9.
    assert_eq!(queries("0 T=40 | 60 T=gone X=eq"), ["cr-with-equivocal"]);
    assert_eq!(queries("0 T1=40 T2=10 | 60 T1=gone T2=10 | 120 T1=small T2=10"), ["too-small-after-absent"]);
}

#[test]
fn values_near_a_threshold_say_so() {
    let near = |text: &str| {
        let assessment = assess(&course(text), &Settings::default());
        assessment.timepoints[0].reasons.iter().any(|reason| reason.code() == "near-threshold")
    };
    assert!(near("0 T=100 | 60 T=68"), "32 % is within 2 percentage points of 30 %");
    assert!(!near("0 T=100 | 60 T=67.9"));
    assert!(near("0 T=100 | 60 T=118"));
    assert!(!near("0 T=100 | 60 T=100"));
    assert!(near("0 T=20 | 60 T=12"), "12 mm is within 2 mm of 14 mm");
    assert!(near("0 N=20 | 60 N=8.5"), "8.5 mm is within 2 mm of 10 mm");
    assert!(!near("0 N=20 | 60 N=7.9"));
}

#[test]
fn timepoints_after_the_first_progression_are_marked() {
    let assessment = assess(&course("0 T=40 | 60 T=60 | 120 T=20 | 180 T=60"), &Settings::default());
    let after: Vec<bool> = assessment.timepoints.iter().map(|timepoint| timepoint.after_pd).collect();
    assert_eq!(after, [false, true, true]);
}

#[test]
fn responses_are_dated_by_the_last_scan_and_progression_by_the_first() {
    // Section 9: the response of a timepoint of several days counts from its last, progression from its first.
    let mut facts = course("0 T=40 | 60 T=20 | 120 T=40");
    for timepoint in &mut facts.timepoints {
        timepoint.date_last = timepoint.date.checked_add(3.days()).expect("a date");
    }
    let assessment = assess(&facts, &Settings::default());
    assert_eq!((assessment.first_response_date, assessment.progression_date), (Some(day(63)), Some(day(120))));
    let assessment = assess(&facts, &settings("pd_date=last"));
    assert_eq!(assessment.progression_date, Some(day(123)));
}

/// Codes of the problems of a subject.
fn problems(facts: &SubjectFacts) -> Vec<&'static str> {
    recist::response::problems::check(facts).iter().map(|problem| problem.code).collect()
}

#[test]
fn all_that_is_wrong_is_listed() {
    assert_eq!(problems(&course("0 T=40 L=present | 60 T=40 L=present X=eq")), Vec::<&str>::new());
    assert_eq!(
        problems(&course("0 T1=40 T2=ne T3=0 | 60 T1=40 T4=5 L=present")),
        ["baseline-missing", "baseline-not-positive", "baseline-missing", "nontarget-not-at-baseline"]
    );
    assert_eq!(problems(&course("0 T=9.9 N=14 | 60 T=40 N=14")), ["target-not-measurable", "target-not-measurable"]);
    assert_eq!(problems(&course("0 T=40 X=eq | 60 T=40 T=30")), ["new-at-baseline", "duplicate-finding"]);
    assert_eq!(problems(&course("0 T1=40 T2=40 | 60 T1=40 T2=>T9")), ["merged-into-unknown"]);
    assert_eq!(problems(&course("0 T1=40 T2=40 | 60 T2=>T1")), ["merged-without-mass"]);
    let six = "0 T1=40 T2=40 T3=40 T4=40 T5=40 T6=40";
    assert_eq!(problems(&course(six)), ["too-many-targets"]);
    let mut liver = course("0 T1=40 T2=40 T3=40");
    liver.lesions.iter_mut().for_each(|lesion| lesion.site = Some("liver".into()));
    assert_eq!(problems(&liver), ["too-many-in-organ"]);
    let mut wrong = course("0 T=40 | 60 T=40 | 60 T=40");
    wrong.timepoints[0].kind = TimepointKind::Scheduled;
    wrong.timepoints[1].date_last = day(59);
    wrong.timepoints[1].findings.push(("T9".into(), Finding::Target(TargetState::Absent)));
    wrong.lesions.push(LesionFacts { role: Role::NonTarget, ..lesion("T") });
    wrong.lesions.push(LesionFacts { parent_lesion: Some("T9".into()), ..lesion("L") });
    assert_eq!(
        problems(&wrong),
        [
            "role-changed",
            "parent-unknown",
            "dates-out-of-order",
            "duplicate-timepoint",
            "duplicate-date",
            "no-baseline",
            "role-mismatch",
            "role-mismatch",
            "lesion-unknown",
            "role-mismatch"
        ]
    );
}

#[test]
fn an_undefined_baseline_gives_ne_throughout() {
    for text in ["0 T1=40 T2=ne | 60 T1=10 T2=10 X=uneq", "0 T=0 | 60 T=10", "0 T=gone | 60 T=gone"] {
        let assessment = assess(&course(text), &Settings::default());
        assert_eq!(assessment.timepoints[0].overall, Overall::NE, "{text}");
        assert_eq!(assessment.bor.response, Best::NE, "{text}");
        assert!(!assessment.problems.is_empty(), "{text}");
    }
}

#[test]
fn settings_refuse_what_they_do_not_know() {
    let mut settings = Settings::default();
    let unknown = settings.set("confirm_days", "28").expect_err("no such key").to_string();
    assert!(unknown.contains("confirm_min_days"), "{unknown}");
    let bad = settings.set("backdate", "maybe").expect_err("no such value").to_string();
    assert!(bad.contains("retro_pd, date_only"), "{bad}");
    for key in Settings::KEYS {
        assert!(settings.set(key, "nonsense").is_err(), "{key} is known and refuses nonsense");
    }
    let trial = "sd_min_days = 35\nafter_cr = \"as-reported\"\nstop_at_pd = false\ncutoff_date = \"2026-02-01\"";
    let read: Settings = toml::from_str(trial).expect("a good table");
    assert_eq!((read.sd_min_days, read.stop_at_pd, read.cutoff_date), (35, false, Some(date(2026, 2, 1))));
    assert!(toml::from_str::<Settings>("sd_min_day = 35").is_err());
}

/// Any target state at a follow-up; the short list makes thresholds likely.
fn target_states() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["gone", "small", "ne", "4", "9", "10", "14", "20", "24", "30", "40", "12+12"])
}

fn courses() -> impl Strategy<Value = String> {
    let nontarget = prop::sample::select(vec!["", "L=gone", "L=present", "L=pd", "L=ne"]);
    let new = prop::sample::select(vec!["", "", "", "X=eq", "X=gone", "X=uneq"]);
    let visit = (target_states(), target_states(), nontarget, new);
    prop::collection::vec(visit, 1..6).prop_map(|visits| {
        let mut text = String::from("0 T=20 N=20 L=present");
        for (place, (target, node, nontarget, new)) in visits.iter().enumerate() {
            text += &format!(" | {} T={target} N={node} {nontarget} {new}", 30 * (place + 1));
        }
        text
    })
}

fn without_problems(mut assessment: Assessment) -> Assessment {
    assessment.problems.clear();
    assessment
}

proptest! {
    #[test]
    fn the_order_of_rows_is_irrelevant(text in courses()) {
        let facts = course(&text);
        let mut turned = facts.clone();
        turned.timepoints.reverse();
        for timepoint in &mut turned.timepoints {
            timepoint.findings.reverse();
        }
        let settings = Settings::default();
        prop_assert_eq!(without_problems(assess(&facts, &settings)), without_problems(assess(&turned, &settings)));
    }

    #[test]
    fn confirmation_never_improves_the_best_response(text in courses()) {
        let assessment = assess(&course(&text), &Settings::default());
        prop_assert!(assessment.confirmed_bor.response >= assessment.bor.response, "{:?}", assessment);
    }

    #[test]
    fn a_timepoint_without_any_value_never_improves_the_best_response(text in courses(), after in 0usize..6) {
        let facts = course(&text);
        let mut more = facts.clone();
        let when = day(30 * after as i32 + 15);
        let mut empty = more.timepoints[0].clone();
        empty.kind = TimepointKind::Scheduled;
        (empty.visit, empty.date, empty.date_last) = (when.to_string(), when, when);
        empty.findings.clear();
        more.timepoints.push(empty);
        let settings = Settings::default();
        let (without, with) = (assess(&facts, &settings), assess(&more, &settings));
        prop_assert!(with.bor.response >= without.bor.response);
        prop_assert!(with.confirmed_bor.response >= without.confirmed_bor.response);
    }

    #[test]
    fn twice_the_size_is_the_same_percentage(sizes in prop::collection::vec(1i64..200, 2..6)) {
        let of_scale = |scale: i64| {
            let visit = |(place, size): (usize, &i64)| format!("{} T={}", 60 * place, size * scale);
            assess(&course(&sizes.iter().enumerate().map(visit).collect::<Vec<_>>().join(" | ")), &Settings::default())
        };
        for (once, twice) in of_scale(1).timepoints.iter().zip(&of_scale(2).timepoints) {
            prop_assert_eq!(once.change_from_baseline_pct, twice.change_from_baseline_pct);
            prop_assert_eq!(once.change_from_nadir_pct, twice.change_from_nadir_pct);
        }
    }

    #[test]
    fn exact_boundaries_are_met_at_every_size(tenths in 1i64..1600) {
        // A baseline of 10 n and a sum of 7 n are exactly 30 % apart; a nadir of 5 n and a sum of 6 n exactly 20 %.
        let length = |tenths: i64| Micrometres(tenths * 100);
        let pr = format!("0 T={} | 60 T={}", length(10 * tenths), length(7 * tenths));
        let pd = format!("0 T={} | 60 T={}", length(50 * tenths), length(60 * tenths));
        let first = |text: &str| assess(&course(text), &Settings::default()).timepoints[0].overall;
        prop_assert_eq!(first(&pr), Overall::PR);
        prop_assert_eq!(first(&pd), if tenths >= 5 { Overall::PD } else { Overall::SD });
    }
}
