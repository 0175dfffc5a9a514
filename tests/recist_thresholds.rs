//! Every threshold at every tenth of a millimetre from 0.1 to 500 mm and at every day, against integer arithmetic of its own:
//! lengths are counted in tenths of a millimetre and compared by cross-multiplication (recist-rules, section 10).

use jiff::ToSpan;
use jiff::civil::{Date, date};
use recist::response::assessment::{Best, Overall, TargetResponse};
use recist::response::facts::{
    Finding, LesionFacts, NonTargetState, Role, SubjectFacts, TargetState, TimepointFacts, TimepointKind,
};
use recist::response::measurability::{Candidate, Measurability, Modality};
use recist::response::read_responses::{ReadResponse, ReadResponses};
use recist::response::settings::Settings;
use recist::response::{assess, assess_read_responses, select};
use recist::units::Micrometres;

/// 0.1 to 500.0 mm.
const ALL_TENTHS: std::ops::RangeInclusive<i64> = 1..=5000;
/// Micrometres in a tenth of a millimetre.
const TENTH: i64 = 100;

fn tenths(tenths: i64) -> Micrometres {
    Micrometres(tenths * TENTH)
}

fn day(start: Date, days: i32) -> Date {
    start.checked_add(days.days()).expect("a date")
}

/// One lesion over timepoints 60 days apart; the first is the baseline.
fn course(role: Role, nodal: bool, findings: Vec<Finding>) -> SubjectFacts {
    let timepoint = |(place, finding): (usize, Finding)| {
        let date = day(date(2026, 1, 5), 60 * place as i32);
        TimepointFacts {
            kind: if place == 0 { TimepointKind::Baseline } else { TimepointKind::Scheduled },
            findings: vec![("A".into(), finding)],
            ..TimepointFacts::on(format!("V{place}"), date)
        }
    };
    let lesion = LesionFacts { nodal, ..LesionFacts::new("A", role) };
    let timepoints = findings.into_iter().enumerate().map(timepoint).collect();
    SubjectFacts { subject: "S".into(), lesions: vec![lesion], timepoints, reference_date: None }
}

/// Responses of a target with these diameters.
fn targets(nodal: bool, diameters: &[Micrometres]) -> Vec<TargetResponse> {
    let findings = diameters.iter().map(|diameter| Finding::Target(TargetState::Measured(*diameter))).collect();
    let assessment = assess(&course(Role::Target, nodal, findings), &Settings::default());
    assessment.timepoints.iter().map(|timepoint| timepoint.target).collect()
}

fn last_target(diameters: &[Micrometres]) -> TargetResponse {
    *targets(false, diameters).last().expect("a follow-up")
}

/// At least 30 % smaller: the loss in tenths, times 100, is at least 30 times the baseline.
fn is_30_percent_below(sum: i64, baseline: i64) -> bool {
    (baseline - sum) * 100 >= 30 * baseline
}

/// At least 20 % larger, and by 50 tenths.
fn is_20_percent_and_5_mm_above(sum: i64, nadir: i64) -> bool {
    (sum - nadir) * 100 >= 20 * nadir && sum - nadir >= 50
}

#[test]
fn partial_response_from_every_baseline() {
    for baseline in ALL_TENTHS {
        let largest = (0..=baseline).rev().find(|sum| is_30_percent_below(*sum, baseline)).expect("0 is");
        // A sum of 0 is a CR, which goes first.
        let expected = if largest == 0 { TargetResponse::CR } else { TargetResponse::PR };
        assert_eq!(last_target(&[tenths(baseline), tenths(largest)]), expected, "{baseline} to {largest} tenths");
        let next = largest + 1;
        assert_eq!(last_target(&[tenths(baseline), tenths(next)]), TargetResponse::SD, "{baseline} to {next} tenths");
        // 70 % of a number of tenths is a whole number of micrometres: the threshold itself, and a micrometre above.
        let exact = Micrometres(baseline * 70);
        assert_eq!(last_target(&[tenths(baseline), exact]), TargetResponse::PR, "{baseline} tenths to {exact} mm");
        let above = Micrometres(exact.0 + 1);
        assert_eq!(last_target(&[tenths(baseline), above]), TargetResponse::SD, "{baseline} tenths to {above} mm");
    }
}

#[test]
fn progression_from_every_nadir() {
    let baseline = tenths(20_000);
    for nadir in ALL_TENTHS {
        let smallest = (nadir..).find(|sum| is_20_percent_and_5_mm_above(*sum, nadir)).expect("there is one");
        // Far below the baseline, what is not PD is PR; where the nadir is the baseline it is SD.
        let grown = |sum: Micrometres| [last_target(&[baseline, tenths(nadir), sum]), last_target(&[tenths(nadir), sum])];
        assert_eq!(grown(tenths(smallest)), [TargetResponse::PD; 2], "{nadir} to {smallest} tenths");
        let below = smallest - 1;
        assert_eq!(grown(tenths(below)), [TargetResponse::PR, TargetResponse::SD], "{nadir} to {below} tenths");
        // 120 % of a number of tenths is a whole number of micrometres.
        let exact = Micrometres((nadir * 120).max(nadir * TENTH + 5_000));
        assert_eq!(grown(exact), [TargetResponse::PD; 2], "{nadir} tenths to {exact} mm");
        let short = Micrometres(exact.0 - 1);
        assert_eq!(grown(short), [TargetResponse::PR, TargetResponse::SD], "{nadir} tenths to {short} mm");
    }
}

#[test]
fn progression_from_a_nadir_of_nothing() {
    for sum in ALL_TENTHS {
        let expected = if is_20_percent_and_5_mm_above(sum, 0) { TargetResponse::PD } else { TargetResponse::PR };
        assert_eq!(last_target(&[tenths(20_000), tenths(0), tenths(sum)]), expected, "0 to {sum} tenths");
    }
}

#[test]
fn nodes_are_disease_from_ten_millimetres_on() {
    for short_axis in ALL_TENTHS {
        let diseased = short_axis >= 100;
        let target = targets(true, &[tenths(6_000), tenths(short_axis)])[0];
        assert_eq!(target == TargetResponse::CR, !diseased, "target of {short_axis} tenths");
        let states = vec![NonTargetState::PresentNode(tenths(200)), NonTargetState::PresentNode(tenths(short_axis))];
        let nontarget = course(Role::NonTarget, true, states.into_iter().map(Finding::NonTarget).collect());
        let overall = assess(&nontarget, &Settings::default()).timepoints[0].overall;
        let expected = if diseased { Overall::NonCrNonPd } else { Overall::CR };
        assert_eq!(overall, expected, "non-target of {short_axis} tenths");
        // After a CR a node is back from 10 mm on, whatever the sum says.
        let states = [tenths(200), tenths(90), tenths(short_axis)].map(|axis| Finding::Target(TargetState::Measured(axis)));
        let after_cr = assess(&course(Role::Target, true, states.into()), &Settings::default()).timepoints[1].overall;
        assert_eq!(after_cr, if diseased { Overall::PD } else { Overall::CR }, "{short_axis} tenths after CR");
    }
}

/// What is made of each of these lesions by itself.
fn measurabilities(candidates: impl Iterator<Item = Candidate>) -> Vec<Measurability> {
    let candidates: Vec<Candidate> = candidates
        .enumerate()
        .map(|(place, candidate)| Candidate {
            subject: format!("S{place}"),
            lesion: "A".into(),
            site: candidate.site.clone().or(Some("lung".into())),
            ..candidate
        })
        .collect();
    select(&candidates).into_iter().map(|selected| selected.measurability).collect()
}

#[test]
fn lesions_are_measurable_from_their_least_length_on() {
    // 10 mm by CT, 20 mm by plain film.
    for (modality, least) in [(Modality::Ct, 100), (Modality::Caliper, 100), (Modality::Xr, 200)] {
        let candidates = ALL_TENTHS.map(|long_axis| Candidate {
            long_axis: Some(tenths(long_axis)),
            slice: Some(tenths(50)),
            modality: Some(modality),
            ..Candidate::default()
        });
        for (long_axis, found) in ALL_TENTHS.zip(measurabilities(candidates)) {
            assert_eq!(found == Measurability::Measurable, long_axis >= least, "{modality}, {long_axis} tenths: {found}");
        }
    }
    // Nodes: normal below 10 mm, measurable from 15 mm on.
    let nodes = ALL_TENTHS.map(|short_axis| Candidate {
        nodal: Some(true),
        long_axis: Some(tenths(6_000)),
        short_axis: Some(tenths(short_axis)),
        slice: Some(tenths(50)),
        ..Candidate::default()
    });
    for (short_axis, found) in ALL_TENTHS.zip(measurabilities(nodes)) {
        let expected = match short_axis {
            ..100 => Measurability::Normal,
            100..150 => Measurability::NonMeasurable,
            150.. => Measurability::Measurable,
        };
        assert_eq!(found, expected, "a node of {short_axis} tenths");
    }
}

#[test]
fn thick_slices_double_the_least_length_and_thin_ones_do_not_lower_it() {
    // Slices of 0.1 to 25 mm; for each the longest lesion that is too short, and the shortest that is not.
    let slices: Vec<(i64, i64)> = (1..=250).flat_map(|slice| [(slice, -1), (slice, 0)]).collect();
    let least = |slice: i64| if slice <= 50 { 100 } else { slice + slice };
    let candidates = slices.iter().map(|(slice, step)| Candidate {
        long_axis: Some(tenths(least(*slice) + step)),
        slice: Some(tenths(*slice)),
        ..Candidate::default()
    });
    for ((slice, step), found) in slices.iter().zip(measurabilities(candidates)) {
        assert_eq!(found == Measurability::Measurable, *step == 0, "slices of {slice} tenths, {step} from the least length");
    }
    // The gap between MR slices adds to their thickness.
    let gaps: Vec<(i64, i64)> = (0..=100).flat_map(|gap| [(gap, -1), (gap, 0)]).collect();
    let candidates = gaps.iter().map(|(gap, step)| Candidate {
        site: Some("brain".into()),
        long_axis: Some(tenths(least(50 + gap) + step)),
        slice: Some(tenths(50)),
        gap: Some(tenths(*gap)),
        modality: Some(Modality::Mr),
        ..Candidate::default()
    });
    for ((gap, step), found) in gaps.iter().zip(measurabilities(candidates)) {
        assert_eq!(found == Measurability::Measurable, *step == 0, "gap of {gap} tenths, {step} from the least length");
    }
}

/// Days on which counting could go wrong: the ends of months and years, and around a leap day.
const STARTS: [Date; 4] = [date(2026, 1, 31), date(2027, 12, 15), date(2028, 2, 1), date(2025, 2, 27)];

fn read(reference: Date, responses: &[(Date, Overall)]) -> ReadResponses {
    let response =
        |(date, overall): &(Date, Overall)| ReadResponse { visit: date.to_string(), date: *date, overall: Some(*overall) };
    ReadResponses { subject: "S".into(), reference_date: Some(reference), timepoints: responses.iter().map(response).collect() }
}

#[test]
fn confirmation_after_every_number_of_days() {
    for start in STARTS {
        for (first, second, best) in
            [(Overall::CR, Overall::CR, Best::CR), (Overall::PR, Overall::PR, Best::PR), (Overall::PR, Overall::CR, Best::PR)]
        {
            for gap in 1..=60 {
                let responses = read(start, &[(day(start, 50), first), (day(start, 50 + gap), second)]);
                for confirm_min_days in [28, 42] {
                    let settings = Settings { confirm_min_days, ..Settings::default() };
                    let assessment = assess_read_responses(&responses, &settings);
                    // Day 50 is past the SD minimum: what is not confirmed is SD.
                    let expected = if gap >= confirm_min_days { best } else { Best::SD };
                    let found = assessment.confirmed_bor.response;
                    assert_eq!(found, expected, "{first} and {second} {gap} days on, {confirm_min_days} needed, {start}");
                }
            }
        }
    }
}

#[test]
fn the_sd_minimum_on_every_day() {
    for start in STARTS {
        for days in 1..=120 {
            for sd_min_days in [28, 35, 42, 49, 56] {
                let settings = Settings { sd_min_days, ..Settings::default() };
                let late_enough = days >= sd_min_days;
                for (class, best, confirmed) in [
                    (Overall::SD, Best::SD, Best::SD),
                    (Overall::NonCrNonPd, Best::NonCrNonPd, Best::NonCrNonPd),
                    (Overall::PR, Best::PR, Best::SD),
                    (Overall::CR, Best::CR, Best::SD),
                ] {
                    let assessment = assess_read_responses(&read(start, &[(day(start, days), class)]), &settings);
                    let is_response = matches!(class, Overall::CR | Overall::PR);
                    let expected = (
                        if is_response || late_enough { best } else { Best::NE },
                        if late_enough { confirmed } else { Best::NE },
                    );
                    let found = (assessment.bor.response, assessment.confirmed_bor.response);
                    assert_eq!(found, expected, "{class} on day {days} of {start}, minimum {sd_min_days}");
                }
            }
        }
    }
}
