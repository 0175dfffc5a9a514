//! Results as CSV tables: comma, UTF-8 without BOM, lines end in LF, cells are quoted where they must be.
//!
//! Lengths of type [`Micrometres`](crate::units::Micrometres) are exact decimals; other figures have as many digits as it takes
//! to read back the same double. A value that does not exist is an empty cell. Several codes in one cell are joined by `;`.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and names of lesions come from files that
//! others made. Such a cell of text gets an apostrophe in front ([`guarded`]); numbers, dates and classes stay as they are.
//! The database keeps the text as it was.

use super::others::{self, Cell, OTHER_BEST_RESPONSE_COLUMNS, OTHER_RESPONSE_COLUMNS};
use super::{BestResponseRow, MeasurementRow, ResponseRow, Results};
use crate::protocol::queries::QUERY_COLUMNS;
use crate::response::assessment::TimepointAssessment;
use crate::response::derive::Document;
use std::borrow::Cow;
use std::io;

/// The columns of `measurements.csv`.
pub const MEASUREMENT_COLUMNS: [&str; 27] = [
    "subject",
    "visit",
    "date",
    "lesion",
    "role",
    "site",
    "nodal",
    "state",
    "diameter_mm",
    "long_axis_mm",
    "short_axis_mm",
    "volume_mm3",
    "max_3d_diameter_mm",
    "slice_index",
    "sop_instance_uid",
    "series_instance_uid",
    "mask",
    "level",
    "warnings",
    "reader_mm",
    "mask_diameter_mm",
    "voxels",
    "modality",
    "proposal",
    "volume_change_from_baseline_pct",
    "max_3d_change_from_baseline_pct",
    "volume_doubling_days",
];

/// The columns of `responses.csv`: the subject, the fields of a timepoint in `recist.assess/1`, whether targets were proposed, and by
/// which criteria and of which lesions the classes are.
pub const RESPONSE_COLUMNS: [&str; 25] = [
    "subject",
    "date",
    "visit",
    "sum_mm",
    "partial_sum_mm",
    "nadir_mm",
    "change_from_baseline_pct",
    "change_from_nadir_pct",
    "change_from_nadir_mm",
    "target",
    "nontarget",
    "new_lesion",
    "overall",
    "overall_as_read",
    "after_pd",
    "date_first",
    "date_last",
    "coverage",
    "provisional",
    "queries",
    "reasons",
    "proposal",
    "criteria",
    "scope",
    "lesion",
];

/// The columns of `best_responses.csv`.
pub const BEST_RESPONSE_COLUMNS: [&str; 11] = [
    "subject",
    "arm",
    "bor",
    "bor_date",
    "confirmed_bor",
    "progression_date",
    "confirmed_bor_date",
    "first_response_date",
    "first_confirmed_response_date",
    "clinical_benefit",
    "proposal",
];

/// `measurements.csv`: one row for each lesion at each timepoint.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn measurements_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&MEASUREMENT_COLUMNS, results.measurements.iter().map(measurement_cells))
}

/// `responses.csv`: the baseline of each subject with empty classes, then its timepoints.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn responses_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&RESPONSE_COLUMNS, results.responses.iter().map(response_cells))
}

/// `assessments.json`: every derivation with its reasons, as `recist.assess/1`.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn assessments_json(results: &Results) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(&Document::new(&results.settings, &results.assessments, &results.trends))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `best_responses.csv`: one row for each subject.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn best_responses_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&BEST_RESPONSE_COLUMNS, results.best_responses.iter().map(best_response_cells))
}

/// `other_responses.csv`: what the other criteria of the trial say, and RECIST 1.1 of what was irradiated and of each target alone.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn other_responses_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&OTHER_RESPONSE_COLUMNS, others::other_responses(results).iter().map(|row| row.each_ref().map(Cell::text)))
}

/// `other_best_responses.csv`: one row for each subject, criteria, scope and, in the scope `lesion`, lesion.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn other_best_responses_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&OTHER_BEST_RESPONSE_COLUMNS, others::other_best_responses(results).iter().map(|row| row.each_ref().map(Cell::text)))
}

/// `queries.csv`: open questions and those with an answer, in the form in which a run reads them back.
///
/// # Errors
/// None that the contents of the rows could cause.
pub fn queries_csv(results: &Results) -> io::Result<Vec<u8>> {
    table(&QUERY_COLUMNS, results.queries.iter().map(|query| query.record().map(|cell| guarded(cell).into_owned())))
}

/// A cell of text such that no spreadsheet takes it for a formula: with an apostrophe in front when it begins with `=`, `+`,
/// `-`, `@`, a tab or a carriage return. A guarded cell is not changed when it is guarded again.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

fn table<const N: usize>(columns: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn measurement_cells(row: &MeasurementRow) -> [String; 27] {
    [
        text(&row.subject),
        text(&row.visit),
        row.date.to_string(),
        text(&row.lesion),
        row.role.clone(),
        text(&row.site),
        row.nodal.to_string(),
        row.state.clone(),
        or_empty(row.diameter),
        or_empty(row.long_axis_mm),
        or_empty(row.short_axis_mm),
        or_empty(row.volume_mm3),
        or_empty(row.max_3d_diameter_mm),
        or_empty(row.slice_index),
        text(&row.sop_instance_uid),
        text(&row.series_instance_uid),
        text(&row.mask),
        row.level.into(),
        row.warnings.join(";"),
        or_empty(row.reader),
        or_empty(row.mask_diameter),
        or_empty(row.voxels),
        text(&row.modality),
        row.proposal.to_string(),
        or_empty(row.change.volume_change_from_baseline_pct),
        or_empty(row.change.max_3d_change_from_baseline_pct),
        or_empty(row.change.volume_doubling_days),
    ]
}

fn response_cells(row: &ResponseRow) -> [String; 25] {
    let derived = [row.criteria.to_string(), row.scope.to_string(), text(&row.lesion)];
    let (subject, visit, proposal) = (text(&row.subject), text(&row.visit), row.proposal.to_string());
    let Some(timepoint) = &row.assessment else {
        let mut cells = <[String; 25]>::default();
        cells[..4].clone_from_slice(&[subject, row.date.to_string(), visit, or_empty(row.baseline_sum)]);
        cells[15] = row.date.to_string();
        cells[16] = row.date_last.to_string();
        cells[21] = proposal;
        cells[22..].clone_from_slice(&derived);
        return cells;
    };
    let [criteria, scope, lesion] = derived;
    [
        subject,
        row.date.to_string(),
        visit,
        or_empty(timepoint.sum_mm),
        or_empty(timepoint.partial_sum_mm),
        or_empty(timepoint.nadir_mm),
        or_empty(timepoint.change_from_baseline_pct),
        or_empty(timepoint.change_from_nadir_pct),
        or_empty(timepoint.change_from_nadir_mm),
        timepoint.target.to_string(),
        timepoint.nontarget.to_string(),
        timepoint.new_lesion.to_string(),
        timepoint.overall.to_string(),
        timepoint.overall_as_read.to_string(),
        timepoint.after_pd.to_string(),
        timepoint.date_first.to_string(),
        timepoint.date_last.to_string(),
        timepoint.coverage.to_string(),
        timepoint.provisional.to_string(),
        timepoint.queries.join(";"),
        reason_codes(timepoint),
        proposal,
        criteria,
        scope,
        lesion,
    ]
}

fn reason_codes(timepoint: &TimepointAssessment) -> String {
    let codes: Vec<_> = timepoint.reasons.iter().map(|reason| reason.code()).collect();
    codes.join(";")
}

fn best_response_cells(row: &BestResponseRow) -> [String; 11] {
    [
        text(&row.subject),
        text(&row.arm),
        row.bor.clone(),
        or_empty(row.bor_date),
        row.confirmed_bor.clone(),
        or_empty(row.progression_date),
        or_empty(row.confirmed_bor_date),
        or_empty(row.first_response_date),
        or_empty(row.first_confirmed_response_date),
        row.clinical_benefit.to_string(),
        row.proposal.to_string(),
    ]
}

fn text(cell: &str) -> String {
    guarded(cell).into_owned()
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::queries::{Query, read_queries};
    use crate::response::assessment::{NewLesion, NonTargetResponse, Overall, Scope, TargetResponse};
    use crate::response::beside::SizeChange;
    use crate::response::criteria::Criteria;
    use crate::response::facts::Coverage;
    use crate::response::reason::Reason;
    use crate::units::Micrometres;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn measurement() -> MeasurementRow {
        MeasurementRow {
            subject: "S1".into(),
            visit: "Month 3".into(),
            date: date(2026, 4, 6),
            lesion: "T01".into(),
            role: "target".into(),
            site: "lung, \"upper\"; left\nlobe".into(),
            nodal: false,
            state: "measured".into(),
            diameter: Some(Micrometres(28_500)),
            reader: Some(Micrometres(28_500)),
            mask_diameter: Some(Micrometres(28_000)),
            long_axis_mm: Some(28.012_345_678_901_23),
            short_axis_mm: Some(-0.5),
            volume_mm3: Some(1e-7),
            max_3d_diameter_mm: None,
            voxels: Some(592),
            slice_index: Some(0),
            sop_instance_uid: "1.2.3.4".into(),
            series_instance_uid: "1.2.3".into(),
            modality: "CT".into(),
            mask: "=S1/seg.dcm".into(),
            level: "centre",
            proposal: true,
            warnings: vec!["touches-border".into(), "thick-slices".into()],
            change: SizeChange {
                volume_change_from_baseline_pct: Some(-12.5),
                volume_doubling_days: Some(-472.5),
                ..SizeChange::default()
            },
        }
    }

    /// Rows as a reader of CSV finds them, the header included.
    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().map(|record| record.unwrap().iter().map(String::from).collect()).collect()
    }

    #[test]
    fn measurements_hold_the_columns_that_scripts_rely_on() {
        let results = Results { measurements: vec![measurement()], ..Results::default() };
        let rows = read(&measurements_csv(&results).unwrap());
        let header = "subject,visit,date,lesion,role,site,nodal,state,diameter_mm,long_axis_mm,short_axis_mm,volume_mm3,\
                      max_3d_diameter_mm,slice_index,sop_instance_uid,series_instance_uid,mask,level,warnings,\
                      reader_mm,mask_diameter_mm,voxels,modality,proposal,\
                      volume_change_from_baseline_pct,max_3d_change_from_baseline_pct,volume_doubling_days";
        assert_eq!(rows[0].join(","), header);
        let expected = [
            "S1",
            "Month 3",
            "2026-04-06",
            "T01",
            "target",
            "lung, \"upper\"; left\nlobe",
            "false",
            "measured",
            "28.5",
            "28.01234567890123",
            "-0.5",
            "0.0000001",
            "",
            "0",
            "1.2.3.4",
            "1.2.3",
            "'=S1/seg.dcm",
            "centre",
            "touches-border;thick-slices",
            "28.5",
            "28.0",
            "592",
            "CT",
            "true",
            "-12.5",
            "",
            "-472.5",
        ];
        assert_eq!(rows[1], expected);
    }

    #[test]
    fn the_baseline_row_has_a_sum_and_no_classes() {
        let row = |date, visit: &str, assessment| ResponseRow {
            subject: "S1".into(),
            visit: visit.into(),
            date,
            date_last: date,
            baseline_sum: Some(Micrometres(100_000)),
            assessment,
            proposal: false,
            criteria: Criteria::Recist11,
            scope: Scope::Patient,
            lesion: String::new(),
        };
        let day = date(2026, 4, 6);
        let timepoint = TimepointAssessment {
            date: day,
            visit: "Month 3".into(),
            sum_mm: Some(Micrometres(68_000)),
            partial_sum_mm: None,
            nadir_mm: Some(Micrometres(100_000)),
            change_from_baseline_pct: Some(-32.0),
            change_from_nadir_pct: Some(-32.5),
            change_from_nadir_mm: Some(Micrometres(-32_000)),
            target: TargetResponse::PR,
            nontarget: NonTargetResponse::NonCrNonPd,
            new_lesion: NewLesion::No,
            overall: Overall::PR,
            overall_as_read: Overall::PR,
            after_pd: false,
            date_first: day,
            date_last: date(2026, 4, 7),
            coverage: Coverage::Complete,
            provisional: true,
            queries: vec!["near-threshold".into()],
            reasons: vec![Reason::TargetPr { sum: Micrometres(68_000), baseline: Micrometres(100_000) }, Reason::NoNonTarget],
            counts: true,
            recurred: Vec::new(),
            pd_day: day,
        };
        let responses = vec![row(date(2026, 1, 5), "Baseline", None), row(day, "Month 3", Some(timepoint))];
        let rows = read(&responses_csv(&Results { responses, ..Results::default() }).unwrap());
        assert_eq!(
            rows[1].join(","),
            "S1,2026-01-05,Baseline,100.0,,,,,,,,,,,,2026-01-05,2026-01-05,,,,,false,RECIST 1.1,patient,"
        );
        let expected = "S1,2026-04-06,Month 3,68.0,,100.0,-32,-32.5,-32.0,PR,NON-CR/NON-PD,no,PR,PR,false,\
                        2026-04-06,2026-04-07,complete,true,near-threshold,target-pr;no-nontarget,false,RECIST 1.1,patient,";
        assert_eq!(rows[2].join(","), expected);
    }

    #[test]
    fn best_responses_leave_unknown_days_empty() {
        let row = BestResponseRow {
            subject: "S1".into(),
            arm: "-".into(),
            bor: "PR".into(),
            bor_date: Some(date(2026, 4, 6)),
            confirmed_bor: "SD".into(),
            confirmed_bor_date: None,
            first_response_date: Some(date(2026, 4, 6)),
            first_confirmed_response_date: None,
            progression_date: None,
            clinical_benefit: true,
            proposal: false,
        };
        let bytes = best_responses_csv(&Results { best_responses: vec![row], ..Results::default() }).unwrap();
        let expected = "subject,arm,bor,bor_date,confirmed_bor,progression_date,confirmed_bor_date,first_response_date,\
                        first_confirmed_response_date,clinical_benefit,proposal\n\
                        S1,'-,PR,2026-04-06,SD,,,2026-04-06,,true,false\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn queries_are_read_back_as_they_were_written() {
        let query = Query {
            subject: "S1".into(),
            timepoint: "Month 3".into(),
            lesion: "T;01, \"left\"".into(),
            code: "near-threshold".into(),
            question: "68.0 mm lies near a threshold;\nmeasure again?".into(),
            class_if_yes: "PR".into(),
            class_if_no: "SD".into(),
            answer: "yes".into(),
            answered_by: "Reader 1".into(),
            answered_on: "2026-05-01".into(),
        };
        let bytes = queries_csv(&Results { queries: vec![query.clone()], ..Results::default() }).unwrap();
        assert_eq!(read_queries(&bytes, "queries.csv"), Ok(vec![query]));
    }

    #[test]
    fn formulas_are_disarmed_once() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("+L1", "'+L1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("liver", "liver"),
            ("a=b", "a=b"),
            ("'=1", "'=1"),
            ("", ""),
        ] {
            assert_eq!(guarded(cell), safe);
            assert_eq!(guarded(&guarded(cell)), safe);
        }
    }

    proptest! {
        #[test]
        fn every_double_is_read_back(bits in any::<u64>(), site in "[^=+@\t\r-]\\PC*") {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let row = MeasurementRow { volume_mm3: Some(number), site: site.clone(), ..measurement() };
            let rows = read(&measurements_csv(&Results { measurements: vec![row], ..Results::default() }).unwrap());
            prop_assert_eq!(rows[1][11].parse::<f64>().unwrap().to_bits(), bits);
            prop_assert_eq!(&rows[1][5], &site);
        }
    }
}
