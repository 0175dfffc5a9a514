//! What people write about a trial: the trial file and its tables, read strictly, with all problems listed.

pub mod assess_table;
mod bases;
pub mod csv_input;
pub mod lesions;
pub mod mask_list;
pub mod queries;
pub mod reads;
pub mod schedule;
pub mod select_table;
pub mod subjects;
pub mod trial;
pub mod trial_file;
pub mod trial_parts;
