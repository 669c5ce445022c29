//! What guests log arrives, and no guest can flood the log.

use bevy::log::tracing;
use bevy::log::tracing_subscriber::{self, Layer, layer::SubscriberExt};
use bevy_peristyle::{Limits, PeristylePlugin, Schema, Scripts};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, read, write};
use std::sync::{Arc, Mutex};

/// Collects what is logged under one target.
#[derive(Clone)]
struct Collect(Arc<Mutex<Vec<(tracing::Level, String)>>>, &'static str);

impl Collect {
    fn of(target: &'static str) -> Self {
        Self(Arc::default(), target)
    }
}

impl<S: tracing::Subscriber> Layer<S> for Collect {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() != self.1 {
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
    let collect = Collect::of("peristyle::script");
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

/// Verifies that a line costs fuel by its length, whether or not it is kept.
#[test]
fn a_line_costs_fuel_by_its_length() {
    let fuel = |bytes: u32| {
        let body = format!("(call $log (i32.const 3) (i32.const 3000) (i32.const {bytes}))");
        let guest = Guest::new().system(System::new("talk", &body).query([write::<Counter>()]));
        let limits = Limits { log_lines_per_frame_max: 1, ..Limits::default() };
        let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
        let mut game = Game::with_plugin(plugin).script("guest.wasm", guest.to_wasm()).start();
        game.step();
        game.system("guest", "talk").stats.fuel
    };
    let nothing = fuel(0);
    for (bytes, expected) in [(1, 1), (64, 1), (65, 2), (6_400, 100)] {
        assert_eq!(fuel(bytes) - nothing, expected, "{bytes} bytes");
    }
}

/// Verifies that a fault which comes and goes is named once and not in every second run.
#[test]
fn a_fault_that_comes_and_goes_does_not_fill_the_log() {
    let collect = Collect::of("bevy_peristyle::calls::policy");
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(collect.clone()));
    // Another test may meet the place that logs for the first time just before there is somebody to
    // hear, and then nobody hears before the next look.
    let trap = System::new("trap", "unreachable").query([write::<Counter>()]);
    Game::new().script("guest.wasm", Guest::new().system(trap).to_wasm()).start().step();
    tracing::callsite::rebuild_interest_cache();
    collect.0.lock().expect("no test panics here").clear();
    let odd = "(if (i32.and (i32.wrap_i64 (i64.load offset=8 (local.get $frame))) (i32.const 1)) (then unreachable))";
    let guest = Guest::new().system(System::new("stumble", odd).query([write::<Counter>()]));
    let mut game = Game::new().script("guest.wasm", guest.to_wasm());
    game.app.edit_schedule(bevy::prelude::FixedUpdate, |schedule| {
        schedule.set_executor(bevy::ecs::schedule::SingleThreadedExecutor::new());
    });
    let mut game = game.start();
    game.steps(250);
    assert_eq!(game.system("guest", "stumble").stats.faults, 125);
    let lines = collect.0.lock().expect("no test panics here");
    let named: Vec<&str> = lines
        .iter()
        .filter(|(level, _)| *level <= tracing::Level::WARN)
        .map(|(_, line)| line.as_str())
        .collect();
    assert!(
        matches!(named[..], [first, again] if first.contains("nothing it did has happened")
            && again.contains("this happened 101 times")),
        "{named:?}"
    );
}

/// A component of scripts.
#[derive(bevy_peristyle::Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "battery::Battery")]
struct Battery {
    charge: u32,
}

/// The same with a typo.
#[derive(bevy_peristyle::Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "battery::Batery")]
struct Batery {
    charge: u32,
}

/// Verifies that a name of scripts which nobody provides is in the log, with what may have been meant.
#[test]
fn a_name_that_no_script_provides_is_named() {
    let collect = Collect::of("bevy_peristyle::live::orphans");
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(collect.clone()));
    let give =
        System::new("give", "").query([write::<Counter>()]).commands([peristyle_tests::insert::<Battery>()]);
    let ask = System::new("ask", "").query([read::<Batery>(), read::<Battery>()]).messages(read::<Batery>());
    let game = Game::new()
        .script("guest.wasm", Guest::new().system(give).to_wasm())
        .script("other.wasm", Guest::new().system(ask).to_wasm());
    game.start();
    let lines = collect.0.lock().expect("no test panics here");
    let lines: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "script other::ask asks for component `battery::Batery`, and no script gives it to an entity; did you mean \
             `battery::Battery`?",
            "script other::ask asks for messages `battery::Batery`, and no script sends them",
        ]
    );
}

/// Verifies that the log says what a new version dropped, with what it held, and what is wider and new.
#[test]
fn what_a_reload_drops_is_in_the_log() {
    #[derive(Schema, Clone, Copy)]
    #[repr(C)]
    struct Before {
        count: u16,
        old: u16,
    }
    #[derive(Schema, Clone, Copy)]
    #[repr(C)]
    struct After {
        count: u32,
        bonus: u32,
    }
    let collect = Collect::of("bevy_peristyle::live::moved_state");
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(collect.clone()));
    let idle = || Guest::new().system(System::new("idle", "").query([read::<Counter>()]));
    let first = idle().state::<Before>("tally", &[1, 0, 9, 0]).state::<Counter>("gone", &[5, 0, 0, 0]);
    let mut game = Game::new().script("guest.wasm", first.to_wasm()).start();
    game.write("guest.wasm", idle().state::<After>("tally", &[0; 8]).to_wasm());
    assert!(game.world().resource_mut::<Scripts>().reload("guest"));
    game.step_until("it is reloaded", |game| game.module("guest").reloads == 1);
    let lines = std::mem::take(&mut *collect.0.lock().expect("no test panics here"));
    let expected = [
        (tracing::Level::WARN, "script guest: dropped from state block `tally`: `old` (u16), which held 9"),
        (tracing::Level::INFO, "script guest: wider in state block `tally`: `count: u16 -> u32`"),
        (tracing::Level::INFO, "script guest: new in state block `tally`: `bonus: u32`"),
        (
            tracing::Level::WARN,
            "script guest: dropped from state block `gone`: all, which held Counter { value: 5 }",
        ),
    ];
    assert_eq!(lines, expected.map(|(level, line)| (level, line.to_owned())));
}
