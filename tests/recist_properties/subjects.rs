//! Any subject, in the notation of the tables, so that a counterexample can become a row; and any settings.

use crate::notation;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use recist::response::settings::Settings;

/// Targets, target nodes, non-targets, non-target nodes and new lesions that subjects are made of.
const LESIONS: [&str; 11] = ["T1", "T2", "T3", "N1", "N2", "L1", "L2", "M1", "X1", "X2", "Y1"];

/// Lengths around every threshold, and any other.
fn lengths() -> impl Strategy<Value = String> {
    let near = vec!["0", "2", "4.9", "5", "8", "9.9", "10", "12", "14", "14.9", "15", "20", "23.9", "24", "25", "28", "40"];
    prop_oneof![3 => select(near).prop_map(String::from), 1 => (0u32..600).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10))]
}

/// What may be seen of a lesion at follow-up; empty when nothing is recorded.
fn states(lesion: &'static str) -> BoxedStrategy<String> {
    let words = |words: Vec<&'static str>| select(words).prop_map(String::from);
    match &lesion[..1] {
        "T" | "N" => prop_oneof![
            6 => lengths(),
            3 => words(vec!["gone", "gone", "small"]),
            2 => words(vec!["ne", "ne:resected", "ne:technique", ""]),
            1 => (lengths(), lengths()).prop_map(|(one, other)| format!("{one}+{other}")),
            1 => words(vec![">T1", ">T2", ">N1"]),
        ]
        .boxed(),
        "L" => words(vec!["present", "present", "gone", "gone", "gone", "up", "up-last", "ne", "pd", ""]).boxed(),
        "M" => prop_oneof![2 => lengths(), 3 => words(vec!["gone", "gone", "present", "ne", "pd", ""])].boxed(),
        _ => words(vec!["", "", "", "", "", "eq", "gone", "uneq", "ne"]).boxed(),
    }
}

/// What is seen of a lesion at baseline: mostly something that can be compared with.
fn states_at_baseline(lesion: &'static str) -> BoxedStrategy<String> {
    let words = |words: Vec<&'static str>| select(words).prop_map(String::from);
    match &lesion[..1] {
        "T" => prop_oneof![12 => (100u32..500).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)), 12 => words(vec!["10", "20", "40"]), 1 => lengths()].boxed(),
        "N" => prop_oneof![12 => words(vec!["15", "18", "20", "40"]), 1 => lengths()].boxed(),
        "L" => words(vec!["present"]).boxed(),
        "M" => words(vec!["10", "12", "14"]).boxed(),
        _ => words(vec![""]).boxed(),
    }
}

/// A timepoint: its day is added later.
fn findings(lesions: Vec<&'static str>, at_baseline: bool) -> impl Strategy<Value = String> {
    let state = move |lesion| if at_baseline { states_at_baseline(lesion) } else { states(lesion) };
    let all: Vec<_> = lesions.iter().map(|lesion| state(lesion)).collect();
    all.prop_map(move |states| {
        let seen = lesions.iter().zip(states).filter(|(lesion, state)| {
            // Nothing is recorded, or a lesion has merged into itself.
            !state.is_empty() && state.strip_prefix('>') != Some(lesion)
        });
        seen.map(|(lesion, state)| format!(" {lesion}={state}")).collect()
    })
}

fn words_about_a_timepoint(extra_visits: bool) -> impl Strategy<Value = String> {
    let visits = if extra_visits { vec!["", "", "", " unscheduled", " unscheduled partial"] } else { vec![""] };
    let coverage = select(vec!["", "", "", "", "", "", " partial", " none", " unlooked"]);
    let markers = select(vec!["", "", "", " markers=normal", " markers=raised"]);
    (select(visits), coverage, markers).prop_map(|(visit, coverage, markers)| [visit, coverage, markers].concat())
}

/// Courses of one to seven timepoints after baseline; without extra visits all of them are planned.
pub fn courses_of(extra_visits: bool) -> impl Strategy<Value = String> {
    let lesions = subsequence(LESIONS.to_vec(), 0..=8);
    lesions.prop_flat_map(move |lesions| {
        let visit = (1i32..90, findings(lesions.clone(), false), words_about_a_timepoint(extra_visits));
        let history = prop::option::weighted(0.1, findings(lesions.clone(), true));
        let baseline = (findings(lesions, true), words_about_a_timepoint(false));
        (history, baseline, prop::collection::vec(visit, 1..7)).prop_map(|(history, (baseline, words), visits)| {
            let before = history.map_or(String::new(), |findings| format!("0 history{findings} | "));
            let mut text = format!("{before}30 baseline{baseline}{words}");
            let mut day = 30;
            for (gap, findings, words) in visits {
                day += gap;
                text += &format!(" | {day}{findings}{words}");
            }
            text
        })
    })
}

pub fn courses() -> impl Strategy<Value = String> {
    courses_of(true)
}

/// Some of the answers to the open questions.
pub fn any_settings() -> impl Strategy<Value = Settings> {
    let answers = [
        "confirm_min_days=14",
        "sd_min_days=28",
        "max_ne_between=0",
        "max_sd_between=1",
        "pr_persistence=confirmed",
        "pr_persistence=any",
        "after_cr=as-reported",
        "pr_after_cr_confirms=true",
        "stop_at_pd=false",
        "backdate=date_only",
        "subset_pd=never",
        "cutoff_date=2026-05-01",
        "cr_with_equivocal=hold-at-pr",
        "absent_node_mm=5",
        "too_small_after_absent=not-pd",
        "pd_date=last",
        "nontarget_partly_ne=NON-CR/NON-PD",
    ];
    subsequence(answers.to_vec(), 0..=4).prop_map(|answers| notation::settings(&answers.join(";")))
}
