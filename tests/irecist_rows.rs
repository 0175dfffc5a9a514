//! The rules of iRECIST as rows of data: every row names its source and goes through one check. The rows were written from the
//! rules, not from the program.

mod notation;

use jiff::ToSpan;
use notation::row::{assert_table, check, days_from_start, joined};
use notation::{course, day, finding, lesion, settings};
use proptest::prelude::*;
use recist::response::facts::{
    Coverage, Finding, LesionFacts, NewState, Role, ScanDays, SubjectFacts, TimepointFacts, TimepointKind,
};
use recist::response::irecist::{Category, IrecistAssessment, IrecistResponse};
use recist::response::settings::Settings;
use recist::response::{assess, assess_irecist, explain_irecist};
use recist::units::Micrometres;

fn irecist(text: &str) -> IrecistAssessment {
    assess_irecist(&course(text), &Settings::default())
}

#[test]
fn courses_give_the_responses_of_the_rules() {
    assert_table("irecist.csv", |row| {
        let assessment = assess_irecist(&course(&row["course"]), &settings(&row["settings"]));
        let confirmed = assessment.progression_confirmed.map_or("-", |confirmed| if confirmed { "yes" } else { "no" });
        check(
            row,
            [
                ("overall", joined(assessment.timepoints.iter().map(|timepoint| timepoint.overall))),
                ("bor", assessment.bor.response.to_string()),
                ("pd_day", days_from_start(assessment.progression_date)),
                ("confirmed", confirmed.into()),
                ("queries", joined(assessment.timepoints.last().map(|timepoint| timepoint.queries.clone()).unwrap_or_default())),
            ],
        )
    });
}

/// Codes of the queries of the last timepoint.
fn queries(text: &str) -> Vec<String> {
    let assessment = irecist(text);
    let last = assessment.timepoints.last().expect("a timepoint");
    assert_eq!(last.provisional, !last.queries.is_empty());
    last.queries.clone()
}

#[test]
fn what_a_human_must_decide_becomes_a_query() {
    // An early scan with one more new lesion would confirm, had it been made for new symptoms; growth alone would not.
    assert_eq!(queries("0 T=100 | 60 T=100 X1=uneq | 74 T=100 X1=uneq X2=uneq"), ["early-confirmation"]);
    assert_eq!(queries("0 T=100 | 60 T=120 | 74 T=120 X=uneq"), ["early-confirmation"]);
    assert_eq!(queries("0 T=100 | 60 T=120 | 74 T=140"), Vec::<String>::new());
    assert_eq!(queries("0 T=100 | 60 T=100 X1=uneq | 90 T=100 X1=uneq X2=uneq"), Vec::<String>::new());
    // Nobody said whether a non-target that is still there has shrunk since.
    assert_eq!(queries("0 T=100 L=present | 60 T=100 L=pd | 90 T=100 L=present"), ["nontarget-after-iupd"]);
    assert_eq!(queries("0 T=100 L=present | 60 T=100 L=pd | 90 T=100 L=ne"), Vec::<String>::new());
    assert_eq!(queries("0 T=100 L=present | 60 T=100 L=pd X=uneq | 90 T=100 L=present X=uneq"), Vec::<String>::new());
    // Those of RECIST 1.1 stay: an iUPD after a single iCR.
    assert_eq!(queries("0 T=40 | 60 T=gone | 90 T=3"), ["recurrence-after-unconfirmed-cr"]);
}

#[test]
fn causes_are_those_of_the_iupd() {
    use Category::{NewLesion, NonTarget, Target};
    let causes = |text: &str| irecist(text).timepoints.into_iter().map(|timepoint| timepoint.causes).collect::<Vec<_>>();
    let all = causes("0 T=100 L=present | 60 T=120 L=pd X=uneq | 90 T=ne L=ne | 120 T=125 L=present X=uneq | 150 T=60 L=present");
    let three = vec![Target, NonTarget, NewLesion];
    assert_eq!(all, [three.clone(), three.clone(), three, vec![]]);
    // A progression elsewhere confirms, and is no cause of what it confirms.
    assert_eq!(causes("0 T=100 | 60 T=120 | 90 T=120 X=uneq"), [vec![Target], vec![Target]]);
    // C1: where the disease is back.
    let back = "0 T=40 L=present | 60 T=gone L=gone | 90 T=gone L=present";
    assert_eq!(causes(back), [vec![], vec![NonTarget]]);
}

#[test]
fn new_lesions_have_a_sum_of_their_own_under_the_caps() {
    let sums = |facts: &SubjectFacts| {
        let assessment = assess_irecist(facts, &Settings::default());
        assessment.timepoints.iter().map(|timepoint| (timepoint.sum_mm, timepoint.new_lesion_sum_mm)).collect::<Vec<_>>()
    };
    let length = |mm: i64| Some(Micrometres::from_mm(mm));
    let course_of_two = course("0 T=100 | 60 T=100 X1=uneq:12 X2=uneq | 90 T=90 X1=uneq:10 X2=uneq:11 | 120 T=90 X1=gone X2=ne");
    assert_eq!(sums(&course_of_two), [(length(100), length(12)), (length(90), length(21)), (length(90), None)]);
    assert_eq!(sums(&course("0 T=100 | 60 T=100 X=uneq:12 | 90 T=100 X=gone"))[1].1, length(0));
    assert_eq!(sums(&course("0 T=100 | 60 T=100 X=eq:12")), [(length(100), None)], "in doubt is not measured");
    // The measuring rules of baseline: 10 mm, and 15 mm for a node; what was too small stays outside.
    let small = course(
        "0 T=100 | 60 T=100 X1=uneq:9.9 X2=uneq:10 Y1=uneq:14.9 Y2=uneq:15 | 90 T=100 X1=uneq:30 X2=uneq:10 Y1=uneq:30 Y2=uneq:15",
    );
    assert_eq!(sums(&small), [(length(100), length(25)), (length(100), length(25))]);
    // Five in all: the largest of those seen first. Two in an organ.
    let six = course("0 T=100 | 60 T=100 X1=uneq:11 X2=uneq:12 X3=uneq:13 X4=uneq:14 X5=uneq:15 X6=uneq:16");
    assert_eq!(sums(&six)[0].1, length(12 + 13 + 14 + 15 + 16));
    let mut liver = six;
    for lesion in &mut liver.lesions {
        lesion.site = Some(if lesion.lesion == "X1" { "left lung" } else { "liver" }.into());
    }
    assert_eq!(sums(&liver)[0].1, length(11 + 15 + 16));
    // A lesion that came too late for a place never takes one.
    let late = course(
        "0 T=100 | 60 T=100 X1=uneq:10 X2=uneq:10 X3=uneq:10 X4=uneq:10 X5=uneq:10 | \
         90 T=100 X1=gone X2=uneq:10 X3=uneq:10 X4=uneq:10 X5=uneq:10 X6=uneq:50",
    );
    assert_eq!(sums(&late)[1].1, length(40));
}

#[test]
fn responses_and_progression_are_dated_by_their_scans() {
    let mut facts = course("0 T=100 | 60 T=60 | 120 T=120 | 150 T=125");
    for timepoint in &mut facts.timepoints[1..] {
        timepoint.date_last = timepoint.date.checked_add(3.days()).expect("a date");
    }
    let assessment = assess_irecist(&facts, &Settings::default());
    assert_eq!(assessment.first_response_date, Some(day(63)), "responses by the last scan");
    assert_eq!(assessment.bor.date, Some(day(63)));
    assert_eq!(assessment.progression_date, Some(day(120)));
    assert_eq!(assess_irecist(&facts, &settings("pd_date=last")).progression_date, Some(day(123)));
    facts.timepoints[2].findings.push(("X".into(), Finding::New(NewState::Unequivocal)));
    facts.lesions.push(lesion("X"));
    assert_eq!(assess_irecist(&facts, &settings("pd_date=last")).progression_date, Some(day(120)), "not only the sum");
    facts.timepoints[2].days =
        [("T", 123), ("X", 121)].map(|(lesion, on)| (lesion.into(), ScanDays { first: day(on), last: day(on) })).into();
    assert_eq!(assess_irecist(&facts, &Settings::default()).progression_date, Some(day(121)), "the scan that shows it");
    let after: Vec<bool> =
        irecist("0 T=100 | 60 T=120 | 90 T=125 | 120 T=60").timepoints.iter().map(|timepoint| timepoint.after_icpd).collect();
    assert_eq!(after, [false, false, true]);
}

#[test]
fn the_explanation_argues_visit_by_visit() {
    let text = explain_irecist(&irecist("0 T=100 | 60 T=120 | 90 T=124 X=uneq:12 | 120 T=60 X=uneq:12 | 150 T=72"));
    for sentence in [
        "Subject S, by iRECIST",
        "2026-03-06: iUPD (RECIST 1.1: PD), progression of the targets.",
        "X was not there on 2026-03-06: one more new lesion",
        "30 days after the iUPD of 2026-03-06: iCPD",
        "new lesions: unequivocal, their sum 12.0 mm.",
        "the targets went from PD to PR: iPR, and the progression of 2026-03-06 stands as confirmed; the next progression must be",
        "X was known before, and makes no further progression by itself",
        "after confirmed progression",
        "Best overall response (iBOR): iCPD (2026-04-05).",
        "Progression: 2026-03-06, confirmed.",
    ] {
        assert!(text.contains(sentence), "no `{sentence}` in\n{text}");
    }
}

#[test]
fn sentences_say_what_is_known() {
    for (course, sentence) in [
        (
            "0 T=100 | 60 T=120 | 70 T=124 | 90 T=126.5",
            "sum 126.5 mm is 6.5 mm above the 120.0 mm since 2026-03-06 (confirmation needs 5 mm)",
        ),
        (
            "0 T=100 | 60 T=100 X1@lung=uneq:20 X2@lung=uneq:15 X3@lung=uneq:8 | 90 T=100 X1=uneq:20 X2=uneq:15 X3=uneq:8.1",
            "X3, a new lesion outside of the sum, grew from 8.0 to 8.1 mm since 2026-03-06: any growth confirms",
        ),
        (
            "0 L1=present L2=present | 60 L1=pd L2=present | 90 L1=present L2=pd",
            "unequivocal progression of L2 too, which made none on 2026-03-06",
        ),
        (
            "0 L=present | 60 L=pd | 90 L=present",
            "L, where progression was seen, is present: called neither larger nor smaller since 2026-03-06",
        ),
        ("0 T=50 | 60 T=62 | 90 T=66", "the sum of the targets rose from 62.0 to 66.0 mm since 2026-03-06, less than 5 mm"),
        ("0 T=50 | 60 T=62 | 90 T=66", "still PD by RECIST 1.1, but nothing that confirms the iUPD of 2026-03-06"),
        ("0 T=50 | 60 T=62 | 90 T=62", "the sum of the targets is 62.0 mm, the same as since 2026-03-06"),
        ("0 T=50 | 60 T=30 | 90 T=60 | 120 T=50", "the sum of the targets fell from 60.0 to 50.0 mm since 2026-04-05"),
        (
            "0 T=50 | 60 T=50 X=uneq:10 | 90 T=50 X=uneq:14",
            "the sum of the new lesions (X) rose from 10.0 to 14.0 mm since 2026-03-06, less",
        ),
        ("0 T=50 | 60 T=50 X=uneq:10 | 90 T=50 X=uneq:14", "nothing confirms the iUPD of 2026-03-06, and nothing takes it back"),
        (
            "0 T=50 | 60 T=50 X=eq:16 | 90 T=50 X=uneq:19",
            "the sum of the new lesions (X) rose from 16.0 to 19.0 mm since 2026-03-06, less than 5 mm",
        ),
        (
            "0 T=50 | 60 T=50 X=uneq:30 | 90 T=46 X=uneq:3",
            "the sum of the targets fell from 50.0 to 46.0 mm since 2026-03-06, less than 5 mm",
        ),
        (
            "0 T=50 | 60 T=50 X=uneq:30 | 90 T=46 X=uneq:3",
            "the sum of the new lesions (X) fell from 30.0 to 3.0 mm since 2026-03-06 [",
        ),
        (
            "0 T1=30 T2=20 | 60 T1=70 T2=ne | 90 T1=80 T2=ne",
            "the evaluated targets sum to 80.0 mm: without a complete sum growth since 2026-03-06 is not told",
        ),
        (
            "0 T1=30 T2=20 | 60 T1=70 T2=ne | 90 T1=80 T2=20",
            "the sum of the targets is 100.0 mm, the first figure since 2026-03-06",
        ),
        (
            "0 T=50 | 60 T=50 X1=uneq:10 X2=uneq:10 | 90 T=50 X1=uneq:24 X2=ne",
            "the sum of the new lesions (X1) is 24.0 mm: without the others growth since 2026-03-06 is not told",
        ),
        (
            "0 T=50 | 60 T=50 X1=uneq:10 X2=uneq | 90 T=50 X1=uneq:9 X2=uneq:18",
            "the sum of the new lesions (X2) is 18.0 mm, the first figure",
        ),
        (
            "0 T=50 | 60 T=50 X1@lung=uneq:20 X2@lung=uneq:15 X3@lung=uneq:8 | 90 T=50 X1=uneq:20 X2=uneq:15 X3=uneq:7",
            "X3, a new lesion outside of the sum, fell from 8.0 to 7.0 mm since 2026-03-06 [",
        ),
        ("0 T=50 | 60 T=62 | 90 T=67 | 120 T=67", "still PD by RECIST 1.1 after the iCPD of 2026-04-05"),
        (
            "0 T=50 | 60 T=62 | 90 T=20",
            "iPR, and the progression of 2026-03-06 is taken back; the next progression must be confirmed anew",
        ),
        (
            "0 L=present | 60 L=pd | 90 L=up",
            "L, where progression was seen, is larger than at its smallest: whether it grew after 2026-03-06 is not recorded",
        ),
    ] {
        let text = explain_irecist(&irecist(course));
        assert!(text.contains(sentence), "no `{sentence}` in\n{text}");
    }
    let confirmed = explain_irecist(&irecist("0 T=50 | 60 T=62 | 90 T=72 | 120 T=20"));
    assert!(!confirmed.contains("taken back") && confirmed.ends_with("Progression: 2026-03-06, confirmed.\n"), "{confirmed}");
}

#[test]
fn fields_stand_in_the_order_of_the_format() {
    let json = serde_json::to_value(irecist("0 T=100 | 60 T=120 X=uneq:12 | 90 T=126")).expect("plain values");
    let keys = |value: &serde_json::Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&json),
        "subject criteria scope baseline timepoints bor first_response_date progression_date progression_confirmed problems"
    );
    let timepoint = &json["timepoints"][1];
    assert_eq!(
        keys(timepoint),
        "date visit sum_mm nadir_mm change_from_baseline_pct change_from_nadir_pct new_lesion_sum_mm target nontarget new_lesion \
         overall recist causes after_icpd date_first date_last coverage provisional queries reasons"
    );
    assert_eq!((&json["criteria"], &json["scope"]), (&"iRECIST".into(), &"patient".into()));
    assert_eq!((&timepoint["overall"], &timepoint["recist"]), (&"iCPD".into(), &"PD".into()));
    assert_eq!(timepoint["causes"], serde_json::json!(["target", "new_lesion"]));
    for reason in timepoint["reasons"].as_array().expect("a list") {
        assert_eq!(keys(reason), "code source text");
    }
}

fn courses() -> impl Strategy<Value = String> {
    let target = prop::sample::select(vec!["gone", "ne", "4", "14", "20", "24", "29", "30", "40"]);
    let node = prop::sample::select(vec!["8", "9", "10", "15", "20", "ne"]);
    let nontarget = prop::sample::select(vec!["", "L=gone", "L=present", "L=down", "L=up", "L=up-last", "L=pd", "L=ne"]);
    let new = prop::sample::select(vec!["", "", "X=eq", "X=eq:8", "X=gone", "X=uneq", "X=uneq:12", "X=uneq:17", "Xb=uneq"]);
    let scan = prop::sample::select(vec!["", "", "", "symptoms=yes", "partial", "unscheduled", "unscheduled partial"]);
    let visit = (10i32..40, target, node, nontarget, new, scan);
    prop::collection::vec(visit, 1..7).prop_map(|visits| {
        let mut text = String::from("0 T=20 N=20 L=present");
        let mut when = 20;
        for (days, target, node, nontarget, new, scan) in visits {
            when += days;
            text += &format!(" | {when} T={target} N={node} {nontarget} {new} {scan}");
        }
        text
    })
}

/// Facts that nobody would write: any finding for any name, names twice or without a lesion, days in any order.
fn any_facts() -> impl Strategy<Value = SubjectFacts> {
    let name = || prop::sample::select(vec!["T", "N", "L", "M", "X", "Xb", "Y"]);
    let role = || prop::sample::select(vec![Role::Target, Role::NonTarget, Role::New]);
    let state =
        prop::sample::select(vec!["gone", "ne", "present", "down", "up", "up-last", "pd", "eq", "uneq", "0", "9.9", "5000"]);
    let any_finding = |(name, role, state): (&str, Role, &str)| {
        let fits = match role {
            Role::Target => !matches!(state, "present" | "down" | "up" | "up-last" | "pd" | "eq" | "uneq"),
            Role::NonTarget => !matches!(state, "eq" | "uneq"),
            Role::New => matches!(state, "eq" | "uneq" | "gone" | "ne"),
        };
        (name.to_string(), finding(role, if fits { state } else { "ne" }))
    };
    let kind = prop::sample::select(TimepointKind::SPELLINGS.iter().map(|(_, kind)| *kind).collect::<Vec<_>>());
    let coverage = prop::sample::select(Coverage::SPELLINGS.iter().map(|(_, coverage)| *coverage).collect::<Vec<_>>());
    let findings = prop::collection::vec((name(), role(), state).prop_map(any_finding), 0..8);
    let diameters = prop::collection::btree_map(name().prop_map(String::from), (0i64..50_000).prop_map(Micrometres), 0..4);
    let timepoint = (0i32..200, kind, coverage, findings, diameters).prop_map(|(when, kind, coverage, findings, diameters)| {
        let timepoint = TimepointFacts::on(when.to_string(), day(when));
        TimepointFacts { kind, coverage, findings, new_lesion_diameters: diameters, ..timepoint }
    });
    let lesion = (name(), role()).prop_map(|(name, role)| LesionFacts::new(name, role));
    let lesions = prop::collection::vec(lesion, 0..6);
    (lesions, prop::collection::vec(timepoint, 0..8)).prop_map(|(lesions, timepoints)| SubjectFacts {
        subject: "S".into(),
        lesions,
        timepoints,
        reference_date: None,
    })
}

proptest! {
    #[test]
    fn any_facts_are_assessed_and_explained(facts in any_facts(), retro in any::<bool>()) {
        let settings = settings(if retro { "" } else { "backdate=date_only" });
        let assessment = assess_irecist(&facts, &settings);
        prop_assert_eq!(assessment.timepoints.len(), assess(&facts, &settings).timepoints.len());
        prop_assert!(!explain_irecist(&assessment).is_empty());
    }

    #[test]
    fn only_what_was_an_iupd_is_confirmed(text in courses()) {
        let assessment = irecist(&text);
        let first_icpd = assessment.timepoints.iter().position(|timepoint| timepoint.overall == IrecistResponse::ICpd);
        prop_assert_eq!(assessment.progression_confirmed == Some(true), first_icpd.is_some());
        if let Some(first_icpd) = first_icpd {
            let is_iupd = |date| assessment.timepoints[..first_icpd].iter().any(|timepoint| {
                timepoint.date == date && timepoint.overall == IrecistResponse::IUpd
            });
            let progression = assessment.progression_date.expect("a confirmed progression has a day");
            prop_assert!(is_iupd(progression), "{}", explain_irecist(&assessment));
            let days = (assessment.timepoints[first_icpd].date - progression).get_days();
            prop_assert!(days >= 26 || text.contains("symptoms=yes"), "{}", explain_irecist(&assessment));
        }
    }

    #[test]
    fn until_the_first_pd_the_classes_are_those_of_recist_with_an_i(text in courses()) {
        let facts = course(&text);
        let (recist, irecist) = (assess(&facts, &Settings::default()), irecist(&text));
        for (recist, irecist) in recist.timepoints.iter().zip(&irecist.timepoints).take_while(|(recist, _)| !recist.after_pd) {
            prop_assert_eq!(IrecistResponse::from(recist.overall), irecist.overall, "{}", recist.date);
        }
    }

    #[test]
    fn the_order_of_rows_is_irrelevant(text in courses()) {
        let facts = course(&text);
        let mut turned = facts.clone();
        turned.timepoints.reverse();
        turned.lesions.reverse();
        for timepoint in &mut turned.timepoints {
            timepoint.findings.reverse();
        }
        let of = |facts: &SubjectFacts| {
            let mut assessment = assess_irecist(facts, &Settings::default());
            assessment.problems.clear();
            // A list of lesions in a reason keeps the order of the table.
            assessment.timepoints.iter_mut().for_each(|timepoint| timepoint.reasons.clear());
            assessment
        };
        prop_assert_eq!(of(&facts), of(&turned));
    }

    #[test]
    fn growth_below_5_mm_never_confirms(tenths in 0i64..100) {
        let grown = Micrometres::from_mm(120) + Micrometres(tenths * 100);
        let assessment = irecist(&format!("0 T=100 | 60 T=120 | 90 T={grown}"));
        prop_assert_eq!(assessment.progression_confirmed, Some(tenths >= 50));
    }
}
