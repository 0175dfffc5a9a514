//! recist
pub mod cli;
pub mod ingest;
pub mod measure;
pub mod pipeline;
pub mod problem;
pub mod protocol;
pub mod report;
pub mod response;
pub mod trial;
pub mod units;
pub mod volume;
