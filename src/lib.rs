//! recist
pub mod units;
