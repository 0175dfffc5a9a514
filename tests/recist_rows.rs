//! The rules of RECIST 1.1 as rows of data in `recist/*.csv`. Every row names its source and the rules it tests
//! (recist-rules, M1 to A22), says why, and goes through one check. The rows were written from the rules, not from the
//! program.

mod notation;

mod recist_rows {
    mod candidates;
    mod courses;
    mod coverage;
    mod problems;
    mod read_elsewhere;
    mod settings;
    mod unreadable;
}
