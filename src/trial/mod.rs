//! What a run leaves behind: tables, an embedded database, and the record of the run itself.

mod results;

pub use results::{BestResponseRow, FailureRow, InputDigest, MeasurementRow, ProblemRow, ResponseRow, Results, RunRecord};
