//! What a run leaves to be stored: one subject with two lesions at two visits.

use jiff::civil::{Date, date};
use recist::problem::Problem;
use recist::protocol::queries::Query;
use recist::response::assessment::{Baseline, NewLesion, NonTargetResponse, Overall, Scope, TargetResponse, TimepointAssessment};
use recist::response::beside::SizeChange;
use recist::response::criteria::Criteria;
use recist::response::derive::Derivation;
use recist::response::facts::Coverage;
use recist::response::irecist::{
    Category, IrecistAssessment, IrecistBest, IrecistBestResponse, IrecistReason, IrecistResponse, IrecistTimepoint,
};
use recist::response::reason::Reason;
use recist::response::settings::Settings;
use recist::trial::{
    BestResponseRow, FailureRow, InputDigest, MeasurementRow, ProblemRow, ResponseRow, Results, RunRecord, sha256_hex,
};
use recist::units::Micrometres;

pub const BASELINE: Date = date(2026, 1, 5);
const MONTH_3: Date = date(2026, 4, 6);

pub fn measurement(visit: &str, date: Date, lesion: &str, diameter: i64) -> MeasurementRow {
    MeasurementRow {
        subject: "S1".into(),
        visit: visit.into(),
        date,
        lesion: lesion.into(),
        role: "target".into(),
        site: "liver; \"left\" lobe".into(),
        nodal: false,
        state: "measured".into(),
        diameter: Some(Micrometres(diameter)),
        reader: None,
        mask_diameter: Some(Micrometres(diameter)),
        long_axis_mm: Some(0.1 + 0.2),
        short_axis_mm: Some(1.0 / 3.0),
        volume_mm3: Some(1e7 / 3.0),
        max_3d_diameter_mm: None,
        voxels: Some(592),
        slice_index: Some(12),
        sop_instance_uid: "1.2.3.4".into(),
        series_instance_uid: "1.2.3".into(),
        modality: "CT".into(),
        mask: "S1/seg.dcm".into(),
        level: "centre",
        proposal: false,
        warnings: vec!["touches-border".into(), "thick-slices".into()],
        change: SizeChange::default(),
    }
}

fn timepoint() -> TimepointAssessment {
    TimepointAssessment {
        date: MONTH_3,
        visit: "Month 3".into(),
        sum_mm: Some(Micrometres(68_000)),
        partial_sum_mm: None,
        nadir_mm: Some(Micrometres(100_000)),
        change_from_baseline_pct: Some(-32.0),
        change_from_nadir_pct: Some(-32.0),
        change_from_nadir_mm: Some(Micrometres(-32_000)),
        target: TargetResponse::PR,
        nontarget: NonTargetResponse::NA,
        new_lesion: NewLesion::No,
        overall: Overall::PR,
        overall_as_read: Overall::PR,
        after_pd: false,
        date_first: MONTH_3,
        date_last: MONTH_3,
        coverage: Coverage::Complete,
        provisional: false,
        queries: Vec::new(),
        reasons: vec![Reason::TargetPr { sum: Micrometres(68_000), baseline: Micrometres(100_000) }, Reason::NoNonTarget],
        counts: true,
        recurred: Vec::new(),
        pd_day: MONTH_3,
    }
}

/// The same with a new lesion of 12 mm, which iRECIST wants to see again.
fn by_irecist() -> IrecistAssessment {
    let TimepointAssessment { visit, sum_mm, nadir_mm, target, nontarget, coverage, .. } = timepoint();
    let timepoint = IrecistTimepoint {
        // A derivation may have days of its own within a visit.
        date: date(2026, 4, 7),
        visit,
        sum_mm,
        nadir_mm,
        change_from_baseline_pct: Some(-32.0),
        change_from_nadir_pct: Some(-32.0),
        new_lesion_sum_mm: Some(Micrometres(12_000)),
        target,
        nontarget,
        new_lesion: NewLesion::Unequivocal,
        overall: IrecistResponse::IUpd,
        recist: Overall::PD,
        causes: vec![Category::NewLesion],
        after_icpd: false,
        date_first: MONTH_3,
        date_last: MONTH_3,
        coverage,
        provisional: true,
        queries: vec!["early-confirmation".into()],
        reasons: vec![IrecistReason::Unconfirmed { causes: vec![Category::NewLesion] }],
        counts: true,
    };
    let baseline = Baseline { date: BASELINE, date_last: BASELINE, visit: "Baseline".into(), sum_mm: Some(Micrometres(100_000)) };
    IrecistAssessment {
        subject: "S1".into(),
        criteria: Criteria::Irecist,
        scope: Scope::Patient,
        baseline: Some(baseline),
        timepoints: vec![timepoint],
        bor: IrecistBestResponse { response: IrecistBest::IUpd, date: Some(MONTH_3) },
        first_response_date: None,
        progression_date: Some(MONTH_3),
        progression_confirmed: Some(false),
        problems: Vec::new(),
    }
}

/// One subject with two lesions at two visits, a query, a failure and a problem: 1 study, 1 subject, 2 lesions, 4 measurements,
/// 2 responses, 1 best response, 1 query, 2 problems; by iRECIST 2 responses, 1 best response = 17 rows.
pub fn results() -> Results {
    let response = |visit: &str, date, assessment| ResponseRow {
        date_last: date,
        subject: "S1".into(),
        visit: visit.into(),
        date,
        baseline_sum: Some(Micrometres(100_000)),
        assessment,
        proposal: false,
        criteria: Criteria::Recist11,
        scope: Scope::Patient,
        lesion: String::new(),
    };
    Results {
        assessments: vec![Derivation::Irecist(by_irecist())],
        trends: Vec::new(),
        settings: Settings::default(),
        measurements: vec![
            measurement("Baseline", BASELINE, "T01", 60_000),
            measurement("Baseline", BASELINE, "T02", 40_000),
            measurement("Month 3", MONTH_3, "T01", 40_000),
            measurement("Month 3", MONTH_3, "T02", 28_000),
        ],
        responses: vec![response("Baseline", BASELINE, None), response("Month 3", MONTH_3, Some(timepoint()))],
        best_responses: vec![BestResponseRow {
            subject: "S1".into(),
            arm: "SFRT".into(),
            bor: "PR".into(),
            bor_date: Some(MONTH_3),
            confirmed_bor: "SD".into(),
            confirmed_bor_date: Some(MONTH_3),
            first_response_date: Some(MONTH_3),
            first_confirmed_response_date: None,
            progression_date: None,
            clinical_benefit: true,
            proposal: false,
        }],
        queries: vec![Query {
            subject: "S1".into(),
            timepoint: "Month 3".into(),
            code: "near-threshold".into(),
            question: "Is it?\nReally".into(),
            ..Query::default()
        }],
        failures: vec![FailureRow {
            subject: "S1".into(),
            visit: "Month 6".into(),
            problem: Problem::error("gap", "a slice is missing", ""),
        }],
        problems: vec![ProblemRow {
            subject: String::new(),
            visit: String::new(),
            problem: Problem::warning("stranger", "not DICOM", "move it away").in_file("notes.dcm"),
        }],
        record: RunRecord {
            version: "0.1.0",
            trial: "TRIAL".into(),
            criteria: "RECIST 1.1".into(),
            level: "centre",
            inputs: vec![InputDigest {
                kind: "table",
                name: "lesions.csv".into(),
                series_instance_uid: None,
                sha256: sha256_hex("subject"),
            }],
            subjects: 1,
            open_queries: 1,
            ..RunRecord::default()
        },
    }
}
