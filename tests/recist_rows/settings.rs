//! Both answers to every open question of RECIST 1.1, on the same input (recist-rules, section 12).

use super::coverage::tables;
use super::{courses, read_elsewhere};
use crate::notation::row::{Row, assert_all_hold, failures, rows};
use jiff::civil::date;
use recist::response::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

const EXPECTED: &[&str] =
    &["target", "nontarget", "overall", "as_read", "bor", "confirmed", "bor_day", "confirmed_day", "response_day", "pd_day"];

/// Inputs that are not given with two settings and two answers.
fn without_two_answers(rows: &[Row], input: &str) -> Vec<String> {
    let mut answers: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<Vec<&str>>)> = BTreeMap::new();
    for row in rows {
        let (settings, expected) = answers.entry(&row[input]).or_default();
        settings.insert(&row["settings"]);
        expected.insert(EXPECTED.iter().map(|column| row.get(*column).map_or("", String::as_str)).collect());
    }
    let single =
        |(_, (settings, expected)): &(_, (BTreeSet<&str>, BTreeSet<Vec<&str>>))| settings.len() < 2 || expected.len() < 2;
    answers.into_iter().filter(single).map(|(input, _)| format!("one answer only: {input}")).collect()
}

#[test]
fn every_setting_has_both_answers_on_the_same_course() {
    let rows = rows("settings.csv");
    assert_all_hold([failures(&rows, courses::failures_of), without_two_answers(&rows, "course")].concat());
}

#[test]
fn every_setting_has_both_answers_on_the_same_responses() {
    let rows = rows("settings_responses.csv");
    assert_all_hold([failures(&rows, read_elsewhere::failures_of), without_two_answers(&rows, "responses")].concat());
}

#[test]
fn settings_of_courses_and_responses_have_both_answers() {
    let (on_courses, on_responses): (Vec<_>, Vec<_>) =
        rows("both_answers.csv").into_iter().partition(|row| row["responses"].is_empty());
    let courses = [failures(&on_courses, courses::failures_of), without_two_answers(&on_courses, "course")];
    let responses = [failures(&on_responses, read_elsewhere::failures_of), without_two_answers(&on_responses, "responses")];
    assert_all_hold([courses, responses].concat().concat());
}

#[test]
fn every_setting_is_in_a_row() {
    let tables: Vec<Vec<Row>> = tables().into_values().collect();
    let settings = tables.iter().flatten().filter_map(|row| row.get("settings")).flat_map(|settings| settings.split(';'));
    let named: BTreeSet<&str> = settings.filter_map(|setting| setting.split('=').next()).collect();
    // Decides what a row of the table of `assess` asks, before there are facts; `assess_questions.rs` has its test.
    let elsewhere = ["pet_cr"];
    let missing: Vec<_> = Settings::KEYS.iter().filter(|key| !named.contains(*key) && !elsewhere.contains(key)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
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
