//! The form of the database: whose file it is, which format it has, and the triggers that keep the audit.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// "RCST": marks a database as ours in the header of the file.
const APPLICATION_ID: i64 = 0x5243_5354;

/// The steps from an empty file to the current format; a file of format n has seen the first n.
const MIGRATIONS: [&str; 2] = [include_str!("migrations/001_initial.sql"), include_str!("migrations/002_other_criteria.sql")];

/// The latest format.
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// The tables whose rows are kept forever, parents first.
pub(super) const AUDITED: [&str; 10] = [
    "study",
    "subject",
    "lesion",
    "measurement",
    "response",
    "best_response",
    "other_response",
    "other_best_response",
    "query",
    "problem",
];

/// Whose file a database is.
pub(super) enum Owner {
    /// Nobody's: an empty file.
    Nobody,
    /// Ours, in this format.
    Ours(i64),
    /// That of another program.
    Other,
}

/// Looks at the header, without changing anything.
pub(super) fn owner(connection: &Connection) -> rusqlite::Result<Owner> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let id = number("PRAGMA application_id")?;
    let format = number("PRAGMA user_version")?;
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (id, format, objects) {
        (APPLICATION_ID, format, _) => Owner::Ours(format),
        (0, 0, 0) => Owner::Nobody,
        _ => Owner::Other,
    })
}

/// Brings a database from a format to the current one, in one transaction. Writes nothing when it is current.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster between the look at the header and the lock.
    let format: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let Some(steps @ [_, ..]) = MIGRATIONS.get(format as usize..) else { return Ok(()) };
    for step in steps {
        transaction.execute_batch(step)?;
    }
    for table in AUDITED {
        create_audit_triggers(&transaction, table)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

/// Makes the triggers of one table from its own columns, so that no column can be forgotten.
fn create_audit_triggers(transaction: &Transaction, table: &str) -> rusqlite::Result<()> {
    let mut columns = transaction.prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid")?;
    let columns: Vec<(String, bool)> =
        columns.query_map([table], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? > 0)))?.collect::<Result<_, _>>()?;
    let object = |row: &str, only_key: bool| {
        let members = columns.iter().filter(|(_, is_key)| *is_key || !only_key);
        let members: Vec<_> = members.map(|(name, _)| format!("'{name}', {row}.{name}")).collect();
        format!("json_object({})", members.join(", "))
    };
    let (key, old, new) = (object("NEW", true), object("OLD", false), object("NEW", false));
    let insert = "INSERT INTO audit (run_id, table_name, row_key, op, old, new) VALUES ((SELECT run_id FROM load_under_way)";
    transaction.execute_batch(&format!(
        "DROP TRIGGER IF EXISTS {table}_inserted;
         CREATE TRIGGER {table}_inserted AFTER INSERT ON {table}
         BEGIN {insert}, '{table}', {key}, 'I', NULL, {new}); END;
         DROP TRIGGER IF EXISTS {table}_updated;
         CREATE TRIGGER {table}_updated AFTER UPDATE ON {table}
         BEGIN {insert}, '{table}', {key}, iif(NEW.void > OLD.void, 'V', 'U'), {old}, {new}); END;
         DROP TRIGGER IF EXISTS {table}_loads_only;
         CREATE TRIGGER {table}_loads_only BEFORE UPDATE ON {table} WHEN NOT EXISTS (SELECT 1 FROM load_under_way)
         BEGIN SELECT RAISE(ABORT, 'rows of {table} are changed by a run only; correct what the run reads'); END;
         DROP TRIGGER IF EXISTS {table}_no_delete;
         CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
         BEGIN SELECT RAISE(ABORT, 'rows of {table} cannot be deleted; they are marked void'); END;"
    ))
}
