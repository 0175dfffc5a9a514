//! The database of a trial, seen from outside: what a second load, a change, a failure and a stranger do to the file.

mod stored;

use proptest::prelude::*;
use recist::trial::{Changes, Error, Results, Store, sha256_hex, write_tables};
use recist::units::Micrometres;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use stored::{BASELINE, measurement, results};

struct Place {
    folder: tempfile::TempDir,
    database: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("out").join("trial.sqlite");
    Place { folder, database }
}

/// Opens, saves and closes.
fn save(database: &Path, results: &Results) -> Result<Changes, Error> {
    Store::open(database)?.save(results)
}

fn one<T: rusqlite::types::FromSql>(database: &Path, sql: &str) -> T {
    Connection::open(database).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn changes(inserted: usize, updated: usize, voided: usize) -> Changes {
    Changes { inserted, updated, voided, recorded: true }
}

#[test]
fn a_second_identical_load_changes_not_one_byte() {
    let Place { folder, database } = place();
    assert_eq!(save(&database, &results()).unwrap(), changes(17, 0, 0));
    assert_eq!(one::<i64>(&database, "SELECT count(*) FROM audit"), 17);
    let before = std::fs::read(&database).unwrap();
    assert_eq!(save(&database, &results()).unwrap(), Changes::default());
    assert!(std::fs::read(&database).unwrap() == before, "the file differs");
    let beside: Vec<_> = std::fs::read_dir(folder.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["trial.sqlite"], "nothing stays beside the database");
}

#[test]
fn values_are_kept_as_they_were() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let connection = Connection::open(&database).unwrap();
    let measured: (String, f64, f64, f64, Option<f64>, String) = connection
        .query_row(
            "SELECT site, diameter_mm, long_axis_mm, volume_mm3, max_3d_diameter_mm, warnings ->> 1
             FROM measurement WHERE lesion = 'T02' AND visit = 'Month 3'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
        )
        .unwrap();
    assert_eq!(measured, ("liver; \"left\" lobe".into(), 28.0, 0.1 + 0.2, 1e7 / 3.0, None, "thick-slices".into()));
    let baseline: (f64, Option<String>) = connection
        .query_row("SELECT sum_mm, overall FROM response WHERE visit = 'Baseline'", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(baseline, (100.0, None));
    let reason = "SELECT reasons ->> '$[0].source' FROM response WHERE overall = 'PR'";
    assert_eq!(one::<String>(&database, reason), "RECIST 1.1 section 4.3.1");
    assert_eq!(one::<String>(&database, "SELECT first_seen FROM lesion WHERE lesion = 'T01'"), "2026-01-05");
    assert_eq!(one::<String>(&database, "PRAGMA integrity_check"), "ok");
}

#[test]
fn other_criteria_stand_beside() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let row =
        "SELECT criteria || '|' || overall || '|' || recist || '|' || sum_mm || '|' || new_lesion_sum_mm || '|' || (causes ->> 0)
               || '|' || (reasons ->> '$[0].code') || '|' || provisional FROM other_response WHERE visit = 'Month 3'";
    assert_eq!(one::<String>(&database, row), "iRECIST|iUPD|PR|68.0|12.0|new_lesion|unconfirmed|1");
    let best = "SELECT bor || '|' || progression_date || '|' || progression_confirmed || '|' || (confirmed_bor IS NULL)
                FROM other_best_response WHERE scope = 'patient' AND lesion = ''";
    assert_eq!(one::<String>(&database, best), "iUPD|2026-04-06|0|1");

    let folder = tempfile::tempdir().unwrap();
    write_tables(folder.path(), &results()).unwrap();
    let lines = |name: &str| {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        text.lines().skip(1).map(str::to_string).collect::<Vec<_>>()
    };
    let expected = [
        "S1,iRECIST,patient,,Baseline,2026-01-05,2026-01-05,100.0,,,,,,,,,,,,,,,,,,false",
        "S1,iRECIST,patient,,Month 3,2026-04-07,2026-04-06,68.0,,100.0,-32,-32,12.0,PR,NA,unequivocal,iUPD,,PR,new_lesion,false,\
         complete,true,early-confirmation,unconfirmed,false",
    ];
    assert_eq!(lines("other_responses.csv"), expected);
    assert_eq!(lines("other_best_responses.csv"), ["S1,iRECIST,patient,,iUPD,2026-04-06,,,,,2026-04-06,false,,false"]);
}

#[test]
fn a_database_of_the_first_format_gets_the_tables_it_lacks() {
    let Place { folder: _folder, database } = place();
    save(&database, &Results { assessments: Vec::new(), ..results() }).unwrap();
    let connection = Connection::open(&database).unwrap();
    let to_format_1 = "DROP TABLE other_response; DROP TABLE other_best_response; PRAGMA user_version = 1;";
    connection.execute_batch(to_format_1).unwrap();
    connection.close().unwrap();
    assert_eq!(save(&database, &results()).unwrap(), changes(3, 0, 0));
    assert_eq!(one::<i64>(&database, "SELECT count(*) FROM audit"), 17);
    assert_eq!(one::<i64>(&database, "PRAGMA user_version"), 2);
    assert_eq!(one::<i64>(&database, "SELECT count(*) FROM load_run"), 2);
}

#[test]
fn another_program_reads_the_file() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let sql = "PRAGMA foreign_key_check; SELECT lesion, diameter_mm FROM measurement WHERE visit = 'Month 3' ORDER BY lesion;";
    // The command line of SQLite is not on every machine; the library then reads the same file elsewhere in this test file.
    if let Ok(output) = std::process::Command::new("sqlite3").arg(&database).arg(sql).output() {
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "T01|40.0\nT02|28.0\n");
    }
}

#[test]
fn a_changed_row_gets_the_next_version_and_its_past_is_kept() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let mut changed = results();
    changed.measurements[3].diameter = Some(Micrometres(28_500));
    assert_eq!(save(&database, &changed).unwrap(), changes(0, 1, 0));
    let version = "SELECT version FROM measurement WHERE lesion = 'T02' AND visit = 'Month 3'";
    assert_eq!(one::<i64>(&database, version), 2);
    assert_eq!(one::<i64>(&database, "SELECT sum(version) FROM measurement"), 5);
    let audited: (String, String, i64, f64, f64) = Connection::open(&database)
        .unwrap()
        .query_row(
            "SELECT table_name, row_key ->> 'lesion', run_id, old ->> 'diameter_mm', new ->> 'diameter_mm'
             FROM audit WHERE op = 'U'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .unwrap();
    assert_eq!(audited, ("measurement".into(), "T02".into(), 2, 28.0, 28.5));
}

#[test]
fn every_column_of_every_table_is_audited() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let connection = Connection::open(&database).unwrap();
    let others = ["other_response", "other_best_response"];
    for table in
        ["study", "subject", "lesion", "measurement", "response", "best_response", "query", "problem"].iter().chain(&others)
    {
        let columns = format!("SELECT group_concat(name) FROM pragma_table_info('{table}')");
        let audited = "SELECT group_concat(key) FROM json_each((SELECT new FROM audit WHERE table_name = ? LIMIT 1))";
        let columns: String = connection.query_row(&columns, [], |row| row.get(0)).unwrap();
        let audited: String = connection.query_row(audited, [table], |row| row.get(0)).unwrap();
        assert_eq!(columns, audited, "{table}");
    }
}

#[test]
fn rows_that_are_gone_are_void_until_they_return() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let mut renamed = results();
    renamed.measurements[1].lesion = "T03".into();
    renamed.measurements[3].lesion = "T03".into();
    // A lesion and two measurements under the new name, and the same under the old one.
    assert_eq!(save(&database, &renamed).unwrap(), changes(3, 0, 3));
    assert_eq!(one::<String>(&database, "SELECT group_concat(lesion) FROM lesion WHERE void = 1"), "T02");
    assert_eq!(one::<i64>(&database, "SELECT count(*) FROM audit WHERE op = 'V'"), 3);
    let before = std::fs::read(&database).unwrap();
    assert_eq!(save(&database, &renamed).unwrap(), Changes::default());
    assert!(std::fs::read(&database).unwrap() == before, "the file differs");
    assert_eq!(save(&database, &results()).unwrap(), changes(0, 3, 3));
    assert_eq!(one::<String>(&database, "SELECT group_concat(lesion) FROM lesion WHERE void = 1"), "T03");
    assert_eq!(one::<i64>(&database, "SELECT version FROM lesion WHERE lesion = 'T02'"), 3);
}

#[test]
fn another_study_in_the_same_file_is_left_alone() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let mut other = results();
    other.record.trial = "OTHER".into();
    assert_eq!(save(&database, &other).unwrap(), changes(17, 0, 0));
    assert_eq!(save(&database, &results()).unwrap(), Changes::default());
    assert_eq!(one::<i64>(&database, "SELECT sum(void) FROM measurement"), 0);
}

#[test]
fn other_inputs_with_the_same_results_are_recorded() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let mut other = results();
    other.record.inputs[0].sha256 = sha256_hex("another");
    assert_eq!(save(&database, &other).unwrap(), changes(0, 0, 0));
    assert_eq!(save(&database, &other).unwrap(), Changes::default());
    let digest = "SELECT record ->> '$.inputs[0].sha256' FROM load_run WHERE run_id = 2";
    assert_eq!(one::<String>(&database, digest), sha256_hex("another"));
}

#[test]
fn nothing_can_be_deleted_and_the_audit_cannot_be_changed() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let connection = Connection::open(&database).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let audited = ["study", "subject", "lesion", "measurement", "response", "best_response", "query", "problem"];
    for table in audited.iter().chain(&["audit", "load_run"]) {
        let refusal = connection.execute(&format!("DELETE FROM {table}"), []).unwrap_err().to_string();
        assert!(refusal.contains("cannot be deleted"), "{table}: {refusal}");
    }
    for sql in [
        "UPDATE audit SET new = '{}'",
        "INSERT OR REPLACE INTO audit (audit_id, table_name, row_key, op, new) VALUES (1, 'x', '{}', 'I', '{}')",
        "UPDATE load_run SET inserted = 0",
        "INSERT OR REPLACE INTO load_run VALUES (1, '', '', '{}', '', 0, 0, 0)",
    ] {
        let refusal = connection.execute(sql, []).unwrap_err().to_string();
        assert!(refusal.contains("cannot be changed"), "{sql}: {refusal}");
    }
}

#[test]
fn another_program_cannot_change_a_row_and_what_it_inserts_is_audited() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let connection = Connection::open(&database).unwrap();
    let refusal = connection.execute("UPDATE subject SET arm = 'CRT'", []).unwrap_err().to_string();
    assert!(refusal.contains("changed by a run only"), "{refusal}");
    connection.execute("INSERT INTO subject (study, subject, arm, row_hash) VALUES ('TRIAL', 'S9', 'CRT', '')", []).unwrap();
    let audited = "SELECT new ->> 'subject' FROM audit WHERE run_id IS NULL";
    assert_eq!(one::<String>(&database, audited), "S9");
    assert_eq!(save(&database, &results()).unwrap(), changes(0, 0, 1));
}

#[test]
fn a_load_that_fails_leaves_the_file_as_it_was() {
    let Place { folder: _folder, database } = place();
    save(&database, &results()).unwrap();
    let before = std::fs::read(&database).unwrap();
    let mut bad = results();
    bad.best_responses[0].arm = "CRT".into();
    // Refused by the table of measurements, after study and subject were written.
    bad.measurements[3].role = "perhaps".into();
    let refusal = save(&database, &bad).unwrap_err();
    assert!(matches!(refusal, Error::Database { .. }), "{refusal}");
    assert!(std::fs::read(&database).unwrap() == before, "the file differs");

    let mut twice = results();
    twice.measurements[1].lesion = "T01".into();
    let refusal = save(&database, &twice).unwrap_err().to_string();
    assert!(refusal.contains("measurement") && refusal.contains("T01"), "{refusal}");
    assert!(std::fs::read(&database).unwrap() == before, "the file differs");
}

#[test]
fn files_that_are_not_ours_or_newer_are_refused_and_left_alone() {
    let Place { folder, .. } = place();
    let refused = |name: &str| {
        let path = folder.path().join(name);
        let before = std::fs::read(&path).unwrap();
        let refusal = Store::open(&path).unwrap_err();
        assert!(std::fs::read(&path).unwrap() == before, "{name} differs");
        refusal
    };
    std::fs::write(folder.path().join("text"), "subject,visit\n".repeat(100)).unwrap();
    assert!(matches!(refused("text"), Error::Foreign { .. }));
    let other = Connection::open(folder.path().join("other")).unwrap();
    other.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE songs (title TEXT)").unwrap();
    other.close().unwrap();
    assert!(matches!(refused("other"), Error::Foreign { .. }));
    Store::open(&folder.path().join("newer")).unwrap();
    Connection::open(folder.path().join("newer")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(refused("newer"), Error::Newer { found: 99, .. }));
}

#[test]
fn a_locked_database_is_reported_and_not_changed() {
    let Place { folder: _folder, database } = place();
    let mut store = Store::open(&database).unwrap();
    let other = Connection::open(&database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = std::time::Instant::now();
    let refusal = store.save(&results()).unwrap_err();
    assert!(matches!(refusal, Error::Locked { waited_seconds: 5, .. }), "{refusal}");
    assert!(begun.elapsed().as_secs() >= 4, "another program may be about to finish");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.save(&results()).unwrap(), changes(17, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever was loaded before, the rows that are not void are those of the latest results, and loading them again is nothing.
    #[test]
    fn the_latest_load_is_what_counts(loads in prop::collection::vec(prop::collection::btree_map("[A-Z'\";]{1,2}", 0_i64..9, 0..6), 1..5)) {
        let Place { folder: _folder, database } = place();
        let mut store = Store::open(&database).unwrap();
        for load in &loads {
            let measurements = load.iter().map(|(lesion, mm)| measurement("Baseline", BASELINE, lesion, mm * 1000)).collect();
            let results = Results { measurements, ..results() };
            store.save(&results).unwrap();
            prop_assert_eq!(store.save(&results).unwrap(), Changes::default());
        }
        let connection = Connection::open(&database).unwrap();
        let mut rows = connection.prepare("SELECT lesion, CAST(diameter_mm AS INTEGER) FROM measurement WHERE void = 0").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(loads.last(), Some(&rows));
    }
}
