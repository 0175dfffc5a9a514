//! Overall response at a timepoint: tables 1 and 2 of RECIST 1.1 as they are printed.

use super::assessment::{NewLesion, NonTargetResponse, Overall, TargetResponse};
use super::reason::Reason;

/// Looks the classes up in table 1, or in table 2 when there was no target at baseline. An equivocal new lesion reads
/// as none.
pub(super) fn overall(target: TargetResponse, nontarget: NonTargetResponse, new_lesion: NewLesion) -> (Overall, Reason) {
    use NonTargetResponse as N;
    use TargetResponse as T;
    let table_1 = |overall, row, text| (overall, Reason::Table1 { row, text });
    let table_2 = |overall, row, text| (overall, Reason::Table2 { row, text });
    let new = match new_lesion {
        NewLesion::No | NewLesion::Equivocal | NewLesion::NotAssessed => false,
        NewLesion::Unequivocal => true,
    };
    match (target, nontarget, new) {
        (T::CR, N::CR | N::NA, false) => table_1(Overall::CR, 1, "targets CR, non-targets CR or none, no new lesion: CR"),
        (T::CR, N::NonCrNonPd, false) => table_1(Overall::PR, 2, "targets CR, non-targets NON-CR/NON-PD, no new lesion: PR"),
        (T::CR, N::NE, false) => table_1(Overall::PR, 3, "targets CR, non-targets not evaluated, no new lesion: PR"),
        (T::PR, N::CR | N::NA | N::NonCrNonPd | N::NE, false) => {
            table_1(Overall::PR, 4, "targets PR, non-targets not PD, no new lesion: PR")
        }
        (T::SD, N::CR | N::NA | N::NonCrNonPd | N::NE, false) => {
            table_1(Overall::SD, 5, "targets SD, non-targets not PD, no new lesion: SD")
        }
        (T::NE, N::CR | N::NA | N::NonCrNonPd | N::NE, false) => {
            table_1(Overall::NE, 6, "targets not all evaluated, non-targets not PD, no new lesion: NE")
        }
        (T::PD, _, _) => table_1(Overall::PD, 7, "targets PD: PD"),
        (T::CR | T::PR | T::SD | T::NE, N::PD, _) => table_1(Overall::PD, 8, "non-targets PD: PD"),
        (T::CR | T::PR | T::SD | T::NE, _, true) => table_1(Overall::PD, 9, "new lesion: PD"),
        (T::NA, N::CR, false) => table_2(Overall::CR, 1, "non-targets CR, no new lesion: CR"),
        (T::NA, N::NonCrNonPd, false) => {
            table_2(Overall::NonCrNonPd, 2, "non-targets NON-CR/NON-PD, no new lesion: NON-CR/NON-PD")
        }
        (T::NA, N::NE, false) => table_2(Overall::NE, 3, "non-targets not all evaluated, no new lesion: NE"),
        (T::NA, N::PD, _) => table_2(Overall::PD, 4, "non-targets PD: PD"),
        (T::NA, _, true) => table_2(Overall::PD, 5, "new lesion: PD"),
        (T::NA, N::NA, false) => (Overall::NE, Reason::NoDiseaseAtBaseline),
    }
}
