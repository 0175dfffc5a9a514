//! The questions of a subject: what was asked, what was answered, and what an answer settles.

use super::findings::{Case, Findings, QueryKey, derive};
use crate::protocol::queries::{Answer, Query};
use crate::protocol::trial::Trial;
use crate::response::assess;
use crate::response::assessment::Assessment;
use crate::response::derive::Derivation;
use std::collections::BTreeMap;

/// A question of the engine that was answered with yes is settled, for all that ask it: their classes stand and are no longer
/// provisional. An answer that was given for another class than the first of them has now settles nothing.
pub(super) fn settle(assessment: &mut Assessment, beside: &mut [Derivation], trial: &Trial) {
    let subject = assessment.subject.clone();
    let mut asked: BTreeMap<(String, String), &'static str> = BTreeMap::new();
    for (visit, overall, codes) in open_questions(assessment, beside) {
        for code in codes {
            asked.entry((visit.to_string(), code.clone())).or_insert(overall);
        }
    }
    let is_settled = |visit: &str, code: &str| {
        let answer = trial.queries.iter().find(|query| query.key() == (&*subject, visit, "", code));
        let overall = asked.get(&(visit.to_string(), code.to_string())).copied().unwrap_or_default();
        answer.is_some_and(|query| query.answered() == Some(Answer::Yes) && ["", overall].contains(&&*query.class_if_yes))
    };
    for judged in &mut assessment.timepoints {
        judged.queries.retain(|code| !is_settled(&judged.visit, code));
        judged.provisional = !judged.queries.is_empty();
    }
    beside.iter_mut().for_each(|derivation| derivation.settle(is_settled));
}

/// The open questions of the engine by visit, with the class that hangs on them: of RECIST 1.1 first.
fn open_questions<'a>(
    assessment: &'a Assessment,
    beside: &'a [Derivation],
) -> impl Iterator<Item = (&'a str, &'static str, &'a Vec<String>)> {
    let own = assessment.timepoints.iter().map(|judged| (&*judged.visit, judged.overall.as_str(), &judged.queries));
    own.chain(beside.iter().flat_map(Derivation::open_questions))
}

/// The queries of findings, then those of the engine; each open one with the class that either answer gives.
pub(super) fn all_queries(
    case: &Case<'_>,
    found: &Findings,
    assessment: &Assessment,
    beside: &[Derivation],
    answers: &BTreeMap<QueryKey, Answer>,
) -> Vec<Query> {
    let overall_with = |query: &Query, answer: Answer| {
        let mut answers = answers.clone();
        answers.insert((query.timepoint.clone(), query.lesion.clone(), query.code.clone()), answer);
        let assessment = assess(&derive(case, &answers).facts, &case.trial.file.response);
        let timepoint = assessment.timepoints.iter().find(|timepoint| timepoint.visit == query.timepoint);
        timepoint.map_or(String::new(), |timepoint| timepoint.overall.to_string())
    };
    let mut queries: Vec<Query> = found
        .queries
        .iter()
        .map(|(query, _)| Query {
            class_if_yes: overall_with(query, Answer::Yes),
            class_if_no: overall_with(query, Answer::No),
            ..query.clone()
        })
        .collect();
    // Those of the engine concern the whole timepoint, and are asked once, however many criteria and scopes they concern.
    for (visit, overall, codes) in open_questions(assessment, beside) {
        for code in codes {
            let is_asked = |query: &Query| query.timepoint == visit && query.code == *code;
            if !queries.iter().any(is_asked) {
                queries.push(Query {
                    subject: case.row.subject.clone(),
                    timepoint: visit.to_string(),
                    code: code.clone(),
                    question: engine_question(code),
                    class_if_yes: overall.to_string(),
                    class_if_no: "see question".to_string(),
                    ..Query::default()
                });
            }
        }
    }
    let earlier: Vec<&Query> = case.trial.queries.iter().filter(|query| query.subject == case.row.subject).collect();
    for query in &mut queries {
        if let Some(earlier) = earlier.iter().find(|earlier| earlier.key() == query.key()) {
            query.answer = earlier.answer.clone();
            query.answered_by = earlier.answered_by.clone();
            query.answered_on = earlier.answered_on.clone();
        }
    }
    for earlier in earlier {
        if earlier.answered().is_some() && !queries.iter().any(|query| query.key() == earlier.key()) {
            queries.push(earlier.clone());
        }
    }
    queries
}

/// What a query of the response engine asks; yes lets the class stand, no asks for a correction of the reader's calls.
fn engine_question(code: &str) -> String {
    let what = match code {
        "recurrence-after-unconfirmed-cr" => {
            "PD rests on disease after a single, unconfirmed CR. Was the CR real? If not, correct the calls of the CR visit"
        }
        "small-recurrence" => {
            "PD after CR rests on nothing but small findings. Is it recurrence? If not, correct the call of the lesion"
        }
        "cr-with-equivocal" => "CR while a possible new lesion is open. May the CR stand?",
        "nontarget-after-iupd" => {
            "A non-target that made the iUPD is still there. Is it unchanged since? If not, call it decreased or increased_since_last (iRECIST)"
        }
        "early-confirmation" => {
            "One more new lesion was seen too early to confirm. Was the scan not made for new symptoms? If it was, write new_symptoms = yes \
             (iRECIST)"
        }
        "treated-progression" => {
            "A non-target that was treated outside the protocol is called progressing, which does not count. May that stand?"
        }
        "absent-basis" => "A lesion is called absent by PET or biopsy. Does the protocol allow that?",
        "in-field-growth" => "Progression is said to be growth in the irradiated field. May it stand?",
        "local-pd-unconfirmed" => "Local progression was seen at the last scan only. May it stand until the next?",
        "new-node" => "A new node of at least 10 mm is the only evidence. Is it disease? If not, call it absent",
        "too-small-after-absent" => {
            "PD rests on the default 5 mm of a lesion that is back but too small to measure. May it stand?"
        }
        "bone-part" => "The soft part of a bone lesion is gone, its bone part is not called absent. Is the CR right?",
        other => return format!("The class depends on an open question ({other}). May it stand?"),
    };
    what.to_string()
}
