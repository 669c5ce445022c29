//! What guests log arrives, and no guest can flood the log.

use bevy::log::tracing;
use bevy::log::tracing_subscriber::{self, Layer, layer::SubscriberExt};
use bevy_peristyle::{Limits, PeristylePlugin};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, write};
use std::sync::{Arc, Mutex};

/// Collects what is logged under the target of scripts.
#[derive(Clone, Default)]
struct Collect(Arc<Mutex<Vec<(tracing::Level, String)>>>);

impl<S: tracing::Subscriber> Layer<S> for Collect {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() != "peristyle::script" {
            return;
        }
        struct Message(String);
        impl tracing::field::Visit for Message {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().expect("no test panics here").push((*event.metadata().level(), message.0));
    }
}

/// Logs one line of each level, and then the last of them `more` times more.
fn chatty(more: u32) -> Guest {
    let body = format!(
        "(local.set $a (i32.const 1))
         (loop $levels
            (call $log (local.get $a) (i32.const 3000) (i32.const 5))
            (br_if $levels (i32.le_u (local.tee $a (i32.add (local.get $a) (i32.const 1))) (i32.const 5))))
         (local.set $a (i32.const {more}))
         (block $done (loop $l
            (br_if $done (i32.eqz (local.get $a)))
            (call $log (i32.const 1) (i32.const 3000) (i32.const 100))
            (local.set $a (i32.sub (local.get $a) (i32.const 1)))
            (br $l)))"
    );
    Guest::new()
        .system(System::new("talk", &body).query([write::<Counter>()]))
        .extra(r#"(data (i32.const 3000) "hello, and some more text that goes on")"#)
}

/// Verifies levels, names, and the limits on lines a frame and on bytes a line.
#[test]
fn log_lines_arrive_with_level_module_and_system_and_are_limited() {
    let collect = Collect::default();
    // Every system runs on the thread of the test: a subscriber holds for one thread.
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(collect.clone()));
    let limits = Limits { log_lines_per_frame_max: 8, log_line_bytes_max: 10, ..Limits::default() };
    let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("guest.wasm", chatty(1_000).to_wasm());
    game.app.edit_schedule(bevy::prelude::FixedUpdate, |schedule| {
        schedule.set_executor(bevy::ecs::schedule::SingleThreadedExecutor::new());
    });
    let mut game = game.start();
    game.steps(2);
    let lines = std::mem::take(&mut *collect.0.lock().expect("no test panics here"));
    let frame = [
        (tracing::Level::ERROR, "guest::talk: hello"),
        (tracing::Level::WARN, "guest::talk: hello"),
        (tracing::Level::INFO, "guest::talk: hello"),
        (tracing::Level::DEBUG, "guest::talk: hello"),
        (tracing::Level::TRACE, "guest::talk: hello"),
        (tracing::Level::ERROR, "guest::talk: hello, and"),
        (tracing::Level::ERROR, "guest::talk: hello, and"),
        (tracing::Level::ERROR, "guest::talk: hello, and"),
        (tracing::Level::WARN, "guest::talk: 997 more lines were dropped (limit log_lines_per_frame_max)"),
    ];
    let expected: Vec<_> =
        frame.iter().chain(&frame).map(|(level, line)| (*level, (*line).to_owned())).collect();
    let trimmed: Vec<_> = lines.iter().map(|(level, line)| (*level, line.trim_end().to_owned())).collect();
    assert_eq!(trimmed, expected);
}

/// Verifies that a log of bytes which are not there is a fault that says so.
#[test]
fn a_log_from_outside_of_memory_is_a_fault() {
    let body = "(call $log (i32.const 1) (i32.const -1) (i32.const 10))";
    let guest = Guest::new().system(System::new("talk", body).query([write::<Counter>()]));
    let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    game.step();
    let fault = game.fault("guest", "talk").to_string();
    assert!(fault.contains("`log` was given 10 bytes at 0xffffffff"), "{fault}");
}
