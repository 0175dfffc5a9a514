//! Why results cannot be left behind.

use std::path::{Path, PathBuf};

/// Results that cannot be written or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The contents of a file cannot be composed.
    #[error("{name}: cannot be composed: {source}")]
    Compose {
        /// Name of the file.
        name: &'static str,
        /// What was said.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What was said.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else than results of this program.
    #[error("{path}: is not a database of this program; give another file, or move this one away")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database was written by a later version of this program.
    #[error("{path}: the database has format {found}, this program knows formats up to {known}; use the version that wrote it")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format known here.
        known: i64,
    },
    /// Another program holds the database.
    #[error("{path}: the database is locked by another program; close that program and run again (waited {waited_seconds} s)")]
    Locked {
        /// The file.
        path: PathBuf,
        /// How long was waited.
        waited_seconds: u64,
    },
    /// Two rows of the results claim the same place.
    #[error("two rows of table {table} have the same key: {key}; nothing was loaded")]
    SameKey {
        /// Table of the database.
        table: &'static str,
        /// The values of its key columns.
        key: String,
    },
    /// The database refuses; nothing was loaded.
    #[error("{path}: the database refuses: {source}; nothing was loaded")]
    Database {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: rusqlite::Error,
    },
}

impl Error {
    pub(super) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write { path: path.into(), source }
    }
}
