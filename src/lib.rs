//! recist
