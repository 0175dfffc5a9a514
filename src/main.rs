//! recist
fn main(){}
