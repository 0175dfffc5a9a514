//! Results in an embedded SQLite database that keeps what it once held.
//!
//! One load is one transaction: all of it or nothing. Rows are found by their natural key; a row that says the same as before
//! is not written, one that says something else gets the next version, and one that the results no longer hold is marked void
//! until they hold it again. Triggers inside the database write every change into the table `audit`, with the row as it was
//! and as it became, refuse to delete, and refuse changes outside of a load; so the trail is kept whichever program makes the
//! change. It keeps honest programs honest: someone who may write the file may also drop the triggers.
//!
//! A load that changes no row and comes from the same program, settings and inputs as the one before writes not one byte. The
//! rollback journal is used, not the write-ahead log, because the latter changes the file even then and leaves others beside it.

use super::rows::{Table, row_hash, tables};
use super::schema::{self, FORMAT, Owner};
use super::{Error, Results, sha256_hex};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params, params_from_iter};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another program may hold the database before we give up.
const WAIT: Duration = Duration::from_secs(5);

/// The database of a trial, open.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

/// What a load changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Rows that are new.
    pub inserted: usize,
    /// Rows that say something else than before, or are no longer void.
    pub updated: usize,
    /// Rows that are now void.
    pub voided: usize,
    /// Whether the load was recorded: a row changed, or the program, settings or inputs did.
    pub recorded: bool,
}

impl Store {
    /// Opens the database, and makes it and its folder when they are missing.
    ///
    /// # Errors
    /// A file of another program or of a later version of this one (both are left as they are), one that is locked for longer
    /// than five seconds, a folder that cannot be made.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| Error::write(folder, source))?;
        }
        let refuse = |source| refusal(path, source);
        let mut connection = Connection::open(path).map_err(refuse)?;
        connection.busy_timeout(WAIT).map_err(refuse)?;
        let format = match schema::owner(&connection).map_err(refuse)? {
            Owner::Nobody => 0,
            Owner::Ours(format) => format,
            Owner::Other => return Err(Error::Foreign { path: path.into() }),
        };
        if format > FORMAT {
            return Err(Error::Newer { path: path.into(), found: format, known: FORMAT });
        }
        connection.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(())).map_err(refuse)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(refuse)?;
        if format < FORMAT {
            schema::migrate(&mut connection).map_err(refuse)?;
        }
        Ok(Self { connection, path: path.into() })
    }

    /// Loads results, in one transaction. Only rows of the same study are compared and changed.
    ///
    /// # Errors
    /// Two rows with one key, values that the tables do not allow, a database that is locked or full. Nothing is then loaded.
    pub fn save(&mut self, results: &Results) -> Result<Changes, Error> {
        let tables = tables(results)?;
        load(&mut self.connection, &tables, results).map_err(|source| refusal(&self.path, source))
    }
}

fn refusal(path: &Path, source: rusqlite::Error) -> Error {
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::Locked { path: path.into(), waited_seconds: WAIT.as_secs() }
        }
        Some(ErrorCode::NotADatabase) => Error::Foreign { path: path.into() },
        _ => Error::Database { path: path.into(), source },
    }
}

/// What has to happen to one table.
struct Difference<'a> {
    table: &'a Table,
    /// Rows to insert or update, with their hash.
    changed: Vec<(&'a Vec<String>, &'a Vec<Value>, String)>,
    /// Keys of rows to mark void.
    void: Vec<Vec<String>>,
}

fn load(connection: &mut Connection, tables: &[Table], results: &Results) -> rusqlite::Result<Changes> {
    let study = results.record.trial.as_str();
    let record = serde_json::json!(results.record).to_string();
    let record_hash = sha256_hex(&record);
    // The lock comes before the comparison, so that no other load can slip in between. It writes nothing yet.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut changes = Changes::default();
    let mut differences = Vec::new();
    for table in tables {
        differences.push(difference(&transaction, table, study, &mut changes)?);
    }
    let latest = "SELECT record_hash FROM load_run WHERE study = ? ORDER BY run_id DESC LIMIT 1";
    let latest: Option<String> = transaction.query_row(latest, [study], |row| row.get(0)).optional()?;
    if changes == Changes::default() && latest.as_ref() == Some(&record_hash) {
        return Ok(changes);
    }
    changes.recorded = true;
    let [inserted, updated, voided] = [changes.inserted, changes.updated, changes.voided].map(|count| count as i64);
    transaction.execute(
        "INSERT INTO load_run (study, record, record_hash, inserted, updated, voided) VALUES (?, ?, ?, ?, ?, ?)",
        params![study, record, record_hash, inserted, updated, voided],
    )?;
    transaction.execute("INSERT INTO load_under_way (run_id) VALUES (?)", [transaction.last_insert_rowid()])?;
    for difference in &differences {
        write(&transaction, difference)?;
    }
    transaction.execute("DELETE FROM load_under_way", [])?;
    transaction.commit()?;
    Ok(changes)
}

fn difference<'a>(
    transaction: &Transaction,
    table: &'a Table,
    study: &str,
    changes: &mut Changes,
) -> rusqlite::Result<Difference<'a>> {
    let sql = format!("SELECT {}, row_hash, void FROM {} WHERE study = ?", table.key.join(", "), table.name);
    let mut statement = transaction.prepare(&sql)?;
    let width = table.key.len();
    let mut present: BTreeMap<Vec<String>, (String, bool)> = statement
        .query_map([study], |row| {
            let key = (0..width).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            Ok((key, (row.get(width)?, row.get(width + 1)?)))
        })?
        .collect::<Result<_, _>>()?;
    let mut changed = Vec::new();
    for (key, values) in &table.rows {
        let hash = row_hash(values);
        match present.remove(key) {
            Some((same, false)) if same == hash => continue,
            Some(_) => changes.updated += 1,
            None => changes.inserted += 1,
        }
        changed.push((key, values, hash));
    }
    let void: Vec<_> = present.into_iter().filter(|(_, (_, is_void))| !is_void).map(|(key, _)| key).collect();
    changes.voided += void.len();
    Ok(Difference { table, changed, void })
}

fn write(transaction: &Transaction, difference: &Difference) -> rusqlite::Result<()> {
    let Table { name, key, fields, .. } = difference.table;
    let columns: Vec<&str> = key.iter().chain(*fields).copied().chain(["row_hash"]).collect();
    let places = vec!["?"; columns.len()].join(", ");
    let set: Vec<_> = fields.iter().map(|field| format!("{field} = excluded.{field}")).collect();
    let mut upsert = transaction.prepare(&format!(
        "INSERT INTO {name} ({}) VALUES ({places}) ON CONFLICT ({}) DO UPDATE
         SET {}, row_hash = excluded.row_hash, version = version + 1, void = 0
         WHERE row_hash <> excluded.row_hash OR void = 1",
        columns.join(", "),
        key.join(", "),
        set.join(", "),
    ))?;
    for (key, values, hash) in &difference.changed {
        let key = key.iter().cloned().map(Value::Text);
        upsert.execute(params_from_iter(key.chain(values.iter().cloned()).chain([Value::Text(hash.clone())])))?;
    }
    let matches: Vec<_> = key.iter().map(|column| format!("{column} = ?")).collect();
    let mut void =
        transaction.prepare(&format!("UPDATE {name} SET void = 1, version = version + 1 WHERE {}", matches.join(" AND ")))?;
    for key in &difference.void {
        void.execute(params_from_iter(key))?;
    }
    Ok(())
}
