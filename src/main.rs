//! recist
fn main() {}
