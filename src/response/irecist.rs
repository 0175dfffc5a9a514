//! iRECIST: RECIST 1.1 for immunotherapy, where progression counts once a later scan confirms it (Seymour 2017; recist-rules,
//! section 13).
//!
//! Everything is measured and judged as in RECIST 1.1; what differs is what becomes of a progression. It is unconfirmed at
//! first (iUPD, `walk`). While it is pending, a later scan shows more of it (iCPD), no change (iUPD again), or shrinkage, which
//! takes it back (`pending`). New lesions have a sum of their own (`new_lesions`). `conclusion` finds the best response and the day
//! of progression.
//!
//! Where the criteria leave a choice:
//!
//! - *Shrinkage* is a better class of the targets than at the iUPD, a sum at least 5 mm below it, or non-targets that are gone. It
//!   takes a progression back unless targets or non-targets still meet PD. So does the end of everything that made it PD.
//! - Of the non-targets only those that made the iUPD confirm it by any growth. Another one confirms it once it is in unequivocal
//!   progression itself: further PD, although its category is not a new one.
//! - A non-target that made the iUPD and is `present` now is unchanged as far as anybody said: iUPD, with the query
//!   `nontarget-after-iupd`. Called `decreased` or `absent` it holds no more. Called `increased_since_last`, or in unequivocal
//!   progression once more, it has grown and confirms. Called `increased` it is larger than at its smallest, which it would be without
//!   any change since the iUPD too: that confirms nothing, with the same query wherever growth would.
//! - A scan too early to confirm never confirms by itself. When it shows one more new lesion and was made for new symptoms it
//!   does; where nobody said so it is iUPD, with the query `early-confirmation`. The day of progression is the same either way.
//! - After an iCPD the classes go on as they were derived before it, compared with the iCPD: no change is iCPD again. Shrinkage gives
//!   the better class and takes nothing back: the iCPD stands, and only a progression after it must be confirmed anew.
//! - Two incomplete sums are never compared: growth is counted from the first complete sum since the iUPD.
//! - Of the new lesions that the caps leave outside of their sum, any growth confirms, to the micrometre, where there is a figure at
//!   both timepoints. Without figures they count by their number only.
//! - New lesions that stood by while a progression was taken back are known. They make an iUPD again when one more joins them, or
//!   when their own sum is 20 % and 5 mm above its nadir.

mod assessment;
mod conclusion;
mod explain;
mod figures;
mod new_lesions;
mod non_targets;
mod pending;
mod reason;
mod walk;

pub use assessment::{Category, IrecistAssessment, IrecistBest, IrecistBestResponse, IrecistResponse, IrecistTimepoint};
pub use explain::explain_irecist;
pub use figures::{Figures, Measured};
pub use reason::{IrecistReason, Shrinkage};
pub use walk::assess_irecist;
