//! RECIST 1.1: from diameters over timepoints to responses, each with its reasons. Plain values only: no pixels, no
//! files, no clock.
//!
//! The engine, step by step, one file each: [`facts`] go in; `sight` finds what was seen of whom; `target`, `non_target` and
//! `new_lesion` judge a timepoint;
//! `overall` looks it up in the tables; `best_response` and `confirmed` rank the timepoints; `trajectory` dates them;
//! an [`assessment`] comes out. [`scope`] does the same for a part of the lesions, [`irecist`] goes on from there on the same facts;
//! [`mod@trend`] follows every lesion by itself. [`mod@derive`] chooses among them, and [`judged`] is what they have in common.
//! [`problems`] lists what is wrong with the input. Every comparison is exact.

pub mod assessment;
pub mod beside;
mod best_response;
mod confirmed;
pub mod criteria;
pub mod derive;
mod explain;
pub mod facts;
pub mod irecist;
pub mod judged;
mod local_progression;
pub mod measurability;
mod mrecist;
mod new_lesion;
mod non_target;
pub mod oligoprogression;
pub mod organ;
mod overall;
pub mod problems;
pub mod read_responses;
pub mod reason;
mod scan_day;
pub mod scope;
pub mod selection;
pub mod settings;
mod sight;
mod spelling;
mod target;
mod timepoints;
mod trajectory;
pub mod trend;

pub use beside::beside;
pub use best_response::days_between;
pub use explain::{explain, explain_trend};
pub use irecist::{assess_irecist, explain_irecist};
pub use mrecist::assess_mrecist;
pub use read_responses::assess_read_responses;
pub use scope::{assess_irradiated, assess_lesions};
pub use selection::select;
pub use timepoints::assess;
pub use trend::trend;
