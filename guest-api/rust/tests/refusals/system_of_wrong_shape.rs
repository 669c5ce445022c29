use peristyle::prelude::*;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Plan {
    next: u32,
}

#[system]
async fn waits(_time: Time) {}

#[system]
fn generic<T>(_time: Time) {}

struct Receiver;

impl Receiver {
    #[system]
    fn method(&self) {}
}

#[system]
fn number(_count: u32) {}

#[system]
fn borrowed(_query: &mut Query<&Plan>) {}

#[system]
fn returns(_time: Time) -> u32 {
    0
}

#[system]
fn twice(_first: State<Plan>, _second: State<Plan>) {}

#[system(schedule = Sometimes)]
fn early(_time: Time) {}

#[system(afer = ["x"])]
fn misspelled(_time: Time) {}

#[system]
fn memory(_time: Time) {}

fn main() {}
