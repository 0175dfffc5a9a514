//! What a run leaves behind: tables, an embedded database, and the record of the run itself.
//!
//! [`Results`] hold every finding as rows. [`tables`] and [`run_record`] turn them into the bytes of files, [`write_tables`]
//! puts these in place, and [`Store`] loads the rows into SQLite. No clock enters a file, and a file or database that is
//! already right is not touched: the same input gives the same bytes, however often it is run.

mod error;
mod others;
mod results;
mod rows;
pub mod run_record;
mod schema;
mod store;
pub mod tables;
mod write;

pub use error::Error;
pub use results::{BestResponseRow, FailureRow, InputDigest, MeasurementRow, ProblemRow, ResponseRow, Results, RunRecord};
pub use run_record::sha256_hex;
pub use store::{Changes, Store};
pub use write::{write_file, write_tables};
