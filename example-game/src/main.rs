//! game
fn main(){}
