//! A panic over one file is an error of that file, so that all others are read.

use super::Error;
use super::dicom_file::corrupt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does the work on one file. The readers check what they are given; a dependency may still panic on bytes that nobody thought of.
///
/// # Errors
/// As `work`; a panic is [`Error::Corrupt`].
pub fn guarded<T>(shown: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Nothing that the work changes outlives it: what it was making is dropped with the panic.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|_| Err(corrupt(shown, "the reader gave up on inconsistent data".to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn a_panic_spoils_its_own_file_only() {
        let work = |n: usize| guarded(&format!("{n}.dcm"), || if n == 7 { panic!("seven") } else { Ok(n) });
        let done: Vec<Result<usize, Error>> = (0..20).into_par_iter().map(work).collect();
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 19);
        let problem = done[7].as_ref().unwrap_err().to_problem();
        assert_eq!((problem.code, problem.file.as_deref()), ("corrupt", Some("7.dcm")));
        assert_eq!(problem.message, "the reader gave up on inconsistent data");
    }
}
