//! Measurability and the proposal of targets at baseline.

use crate::notation::row::{assert_table, check, joined};
use crate::notation::{mm, word};
use recist::response::measurability::{BoneLesion, Candidate, Cyst, Modality};
use recist::response::select;
use recist::response::selection::{ProposedRole, Selected};

/// The value of a word; an empty cell is none.
fn known<T: Copy>(vocabulary: &[(&str, T)], text: &str) -> Option<T> {
    let value = word(vocabulary, text);
    assert!(value.is_some() || text.is_empty(), "no word {text}");
    value
}

fn yes(text: &str) -> bool {
    assert!(matches!(text, "yes" | "no" | ""), "{text} is neither yes nor no");
    text == "yes"
}

fn codes(selected: &Selected) -> Vec<&'static str> {
    selected.reasons.iter().map(|reason| reason.code()).collect()
}

/// Those that a cell expects when all of them were found, else all that were found.
fn among(expected: &str, found: Vec<String>) -> String {
    let all = expected.split_whitespace().all(|one| found.iter().any(|other| other == one));
    if all { expected.into() } else { joined(found) }
}

#[test]
fn candidates_are_judged_by_the_rules_of_measurability() {
    assert_table("measurability.csv", |row| {
        let length = |column: &str| Some(row[column].as_str()).filter(|text| !text.is_empty()).map(mm);
        let yes = |column: &str| yes(&row[column]);
        let candidate = Candidate {
            subject: "S".into(),
            lesion: row["id"].clone(),
            site: Some(row["site"].clone()),
            nodal: Some(yes("nodal")),
            long_axis: length("long"),
            short_axis: length("short"),
            slice: length("slice"),
            gap: length("gap"),
            modality: known(Modality::SPELLINGS, &row["modality"]),
            bone: known(BoneLesion::SPELLINGS, &row["bone"]),
            soft_tissue: yes("soft_tissue"),
            cystic: known(Cyst::SPELLINGS, &row["cystic"]),
            prior_therapy: yes("prior"),
            progressed_since_therapy: yes("progressed"),
            non_measurable: yes("non_measurable"),
        };
        let selected = &select(&[candidate])[0];
        let role = match row["measurability"].as_str() {
            "measurable" => ProposedRole::Target,
            "non-measurable" => ProposedRole::NonTarget,
            _ => ProposedRole::None,
        };
        assert_eq!(selected.role, role, "alone, what is measurable is a target");
        let reasons = codes(selected).into_iter().map(String::from).collect();
        check(
            row,
            [
                ("measurability", selected.measurability.to_string()),
                ("axis", selected.axis.to_string()),
                ("reason", among(&row["reason"], reasons)),
            ],
        )
    });
}

/// Reads `A@spine=30,lytic`; the notation is in `recist/README.md`.
fn candidate(text: &str) -> Candidate {
    let mut parts = text.split(',');
    let (name, length) = parts.next().and_then(|part| part.split_once('=')).expect("lesion=mm");
    let (lesion, site) = name.split_once('@').unwrap_or((name, ""));
    let nodal = lesion.starts_with('N');
    let mut candidate = Candidate {
        subject: "S".into(),
        lesion: lesion.into(),
        site: Some(site.replace('_', " ")).filter(|site| !site.is_empty()),
        nodal: Some(nodal),
        long_axis: Some(mm(length)),
        short_axis: Some(mm(length)),
        slice: Some(mm("3")),
        ..Default::default()
    };
    for part in parts {
        match part {
            "lytic" => (candidate.bone, candidate.soft_tissue) = (Some(BoneLesion::Lytic), true),
            "blastic" => candidate.bone = Some(BoneLesion::Blastic),
            "cystic" => candidate.cystic = Some(Cyst::Metastasis),
            "cyst" => candidate.cystic = Some(Cyst::Simple),
            "effusion" => candidate.non_measurable = true,
            "treated" => candidate.prior_therapy = true,
            long => candidate.long_axis = Some(mm(long.strip_prefix("long").unwrap_or_else(|| panic!("no word {long}")))),
        }
    }
    candidate
}

#[test]
fn targets_are_proposed_by_the_rules_of_selection() {
    assert_table("selection.csv", |row| {
        let candidates: Vec<Candidate> = row["candidates"].split_whitespace().map(candidate).collect();
        let selected = select(&candidates);
        let names =
            |role: ProposedRole| joined(selected.iter().filter(|lesion| lesion.role == role).map(|lesion| lesion.lesion.clone()));
        let reasons = selected.iter().flat_map(|of| codes(of).into_iter().map(|code| format!("{}:{code}", of.lesion)));
        let mut turned: Vec<Candidate> = candidates.clone();
        turned.reverse();
        let mut again = select(&turned);
        again.reverse();
        let roles = |selected: &[Selected]| selected.iter().map(|lesion| lesion.role).collect::<Vec<_>>();
        assert_eq!(roles(&again), roles(&selected), "the order of candidates changes the proposal");
        check(
            row,
            [
                ("targets", names(ProposedRole::Target)),
                ("nontargets", names(ProposedRole::NonTarget)),
                ("none", names(ProposedRole::None)),
                ("reasons", among(&row["reasons"], reasons.collect())),
            ],
        )
    });
}
