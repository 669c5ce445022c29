use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Plan {
    next: u32,
}

#[system]
fn choose(mut plan: State<Plan>) {
    plan.next += 1;
}

module! { systems: [choose] }

fn main() {}
