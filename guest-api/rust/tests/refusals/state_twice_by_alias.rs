use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Plan {
    next: u32,
}

type Alias = Plan;

#[system]
fn twice(_first: State<Plan>, _second: State<Alias>) {}

module! { systems: [twice], state: [Plan = Plan { next: 0 }] }

fn main() {}
