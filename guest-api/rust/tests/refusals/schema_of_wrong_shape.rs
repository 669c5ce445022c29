use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
struct WithoutRepr {
    x: f32,
}

#[derive(Clone, Copy, Schema)]
#[repr(C, packed)]
struct Packed {
    x: f32,
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Tuple(f32);

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Generic<T> {
    x: T,
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
enum Phase {
    Rest,
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
