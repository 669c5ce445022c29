use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Position {
    x: f32,
}

#[system]
fn keeps(_query: Query<'static, &mut Position>) {}

fn main() {}
