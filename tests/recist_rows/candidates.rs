//! Measurability and the proposal of targets at baseline.

use super::row::{assert_all_hold, check, joined, rows};
use crate::notation::mm;
use recist::response::measurability::{BoneLesion, Candidate, Cyst, Modality};
use recist::response::select;
use recist::response::selection::{ProposedRole, Selected};

fn word<T: Copy>(words: &[(&str, T)], text: &str) -> Option<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}

fn codes(selected: &Selected) -> Vec<&'static str> {
    selected.reasons.iter().map(|reason| reason.code()).collect()
}

#[test]
fn candidates_are_judged_by_the_rules_of_measurability() {
    let mut failures = Vec::new();
    for row in rows("measurability.csv") {
        let length = |column: &str| Some(row[column].as_str()).filter(|text| !text.is_empty()).map(mm);
        let yes = |column: &str| row[column] == "yes";
        let candidate = Candidate {
            subject: "S".into(),
            lesion: row["id"].clone(),
            site: Some(row["site"].clone()),
            nodal: Some(yes("nodal")),
            long_axis: length("long"),
            short_axis: length("short"),
            slice: length("slice"),
            gap: length("gap"),
            modality: word(Modality::SPELLINGS, &row["modality"]),
            bone: word(BoneLesion::SPELLINGS, &row["bone"]),
            soft_tissue: yes("soft_tissue"),
            cystic: word(Cyst::SPELLINGS, &row["cystic"]),
            prior_therapy: yes("prior"),
            progressed_since_therapy: yes("progressed"),
            non_measurable: yes("non_measurable"),
        };
        let selected = &select(&[candidate])[0];
        failures.extend(check(&row, "measurability", selected.measurability));
        failures.extend(check(&row, "axis", selected.axis));
        let reason = &row["reason"];
        if !reason.is_empty() && !codes(selected).contains(&reason.as_str()) {
            failures.push(format!("{}: no reason {reason} among {:?}", row["id"], codes(selected)));
        }
        let role = match row["measurability"].as_str() {
            "measurable" => ProposedRole::Target,
            "non-measurable" => ProposedRole::NonTarget,
            _ => ProposedRole::None,
        };
        assert_eq!(selected.role, role, "{}: alone, what is measurable is a target", row["id"]);
    }
    assert_all_hold(failures);
}

/// Reads `A@left_lung=30`, with words about the lesion behind it: `A@spine=30,lytic`. A name that starts with N is a node and
/// its figure the short axis.
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
    let mut failures = Vec::new();
    for row in rows("selection.csv") {
        let candidates: Vec<Candidate> = row["candidates"].split_whitespace().map(candidate).collect();
        let selected = select(&candidates);
        let names =
            |role: ProposedRole| joined(selected.iter().filter(|lesion| lesion.role == role).map(|lesion| lesion.lesion.clone()));
        failures.extend(check(&row, "targets", names(ProposedRole::Target)));
        failures.extend(check(&row, "nontargets", names(ProposedRole::NonTarget)));
        failures.extend(check(&row, "none", names(ProposedRole::None)));
        for (lesion, reason) in row["reasons"].split_whitespace().filter_map(|part| part.split_once(':')) {
            let of_lesion = selected.iter().find(|other| other.lesion == lesion).expect("a candidate");
            if !codes(of_lesion).contains(&reason) {
                failures.push(format!("{}: {lesion} has the reasons {:?}, not {reason}", row["id"], codes(of_lesion)));
            }
        }
        let mut turned: Vec<Candidate> = candidates.clone();
        turned.reverse();
        let mut again = select(&turned);
        again.reverse();
        if again.iter().map(|lesion| lesion.role).ne(selected.iter().map(|lesion| lesion.role)) {
            failures.push(format!("{}: the order of candidates changes the proposal", row["id"]));
        }
    }
    assert_all_hold(failures);
}
