//! Messages: a frame reads as many as it sends.

use bevy::ecs::message::Messages;
use bevy::prelude::*;
use peristyle_tests::components::{Echo, Ping};

use crate::measure::{Bench, Pair};
use crate::world::{Native, Scripted, guest};

/// Messages each way in a frame.
const MESSAGES: u32 = 10_000;

/// All of `Update`, with the sending in it.
pub fn messages(bench: &mut Bench) {
    super::rust_to_native(bench, "messages", MESSAGES, pair);
}

/// Answers each ping.
fn answer(mut pings: MessageReader<Ping>, mut echoes: MessageWriter<Echo>) {
    for ping in pings.read() {
        echoes.write(Echo { value: ping.value + 1 });
    }
}

fn pair() -> impl FnMut() -> Pair {
    let mut native = Native::new(0, |app| {
        app.add_message::<Ping>().add_message::<Echo>().add_systems(Update, answer);
    });
    let mut scripted = Scripted::new(0, &[("rust_messages", guest("rust_messages"))]);
    refill(native.world());
    native.run();
    refill(scripted.world());
    scripted.run();
    let expected: Vec<u32> = (1..=MESSAGES).collect();
    assert_eq!(echoes(native.world()), expected);
    assert_eq!(echoes(scripted.world()), expected, "both answer each ping once");
    let mut turn = false;
    move || {
        refill(native.world());
        refill(scripted.world());
        Pair::run(&mut turn, || scripted.run(), || native.run())
    }
}

/// Drops what the last frame read and sent, and sends new pings.
fn refill(world: &mut World) {
    for _ in 0..2 {
        world.resource_mut::<Messages<Ping>>().update();
        world.resource_mut::<Messages<Echo>>().update();
    }
    world.write_message_batch((0..MESSAGES).map(|value| Ping { value, ..Ping::default() }));
}

fn echoes(world: &World) -> Vec<u32> {
    let echoes = world.resource::<Messages<Echo>>();
    echoes.iter_current_update_messages().map(|echo| echo.value).collect()
}
