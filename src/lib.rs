//! recist
pub mod report;
pub mod units;
pub mod volume;
pub mod problem;
pub mod ingest;
pub mod measure;
