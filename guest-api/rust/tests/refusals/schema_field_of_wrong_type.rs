use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Named {
    id: u32,
    letter: char,
}

fn main() {}
