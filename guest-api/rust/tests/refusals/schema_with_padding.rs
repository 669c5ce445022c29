use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Gap {
    a: u8,
    b: u32,
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Tail {
    a: u64,
    b: u32,
}

fn main() {}
