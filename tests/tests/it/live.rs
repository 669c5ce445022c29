//! Sources are saved during play: their modules run, or the compiler's error shows and the last module runs on.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_peristyle::{BuildState, PeristyleAppExt, PeristyleDevPlugin, ScriptBuild, ScriptBuilds};
use peristyle_tests::Game;
use peristyle_tests::components::Counter;
use peristyle_tests::live::{LiveProject, counter_wat};

/// A game with one script, which is built as the game begins.
struct Play {
    project: LiveProject,
    game: Game,
    counter: Entity,
}

impl Play {
    fn new(script: &str, project: LiveProject, change: impl FnOnce(&mut PeristyleDevPlugin)) -> Self {
        Self::of_all(&[script], project, change)
    }

    fn of_all(scripts: &[&str], project: LiveProject, change: impl FnOnce(&mut PeristyleDevPlugin)) -> Self {
        let mut game = Game::new();
        let mut plugin = project.plugin();
        change(&mut plugin);
        game.app.add_plugins(plugin);
        for script in scripts {
            game.app.add_script(format!("{script}.wasm"));
        }
        let mut game = game.start();
        let counter = game.spawn(Counter::default());
        Self { project, game, counter }
    }

    /// Plays until the script writes `value`.
    fn until(&mut self, value: u32) {
        let counter = self.counter;
        self.until_true(&format!("{value} is written"), |game| game.get::<Counter>(counter).value == value);
    }

    /// Plays until `done`. A compiler that starts cold on a busy machine takes its time.
    fn until_true(&mut self, what: &str, done: impl Fn(&Game) -> bool) {
        let began = Instant::now();
        while !done(&self.game) {
            let builds = self.game.app.world().resource::<ScriptBuilds>();
            assert!(began.elapsed() < Duration::from_secs(180), "it took too long until {what}: {builds:?}");
            self.game.step();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn until_failed(&mut self, script: &str) -> ScriptBuild {
        self.until_true("it does not build", |game| {
            build(game, script).is_some_and(|build| build.state == BuildState::Failed)
        });
        build(&self.game, script).expect("it has just been there")
    }

    /// What the game sees of a script's build.
    fn build(&self, script: &str) -> ScriptBuild {
        build(&self.game, script).expect("the script is watched")
    }
}

fn build(game: &Game, script: &str) -> Option<ScriptBuild> {
    game.app.world().resource::<ScriptBuilds>().get(script).cloned()
}

/// Verifies the whole way of a source, without any compiler but our own.
#[test]
fn a_saved_source_runs_and_a_broken_one_is_told_while_the_last_module_runs_on() {
    let project = LiveProject::new();
    project.save("lamp/lamp.wat", &counter_wat(1));
    let mut play = Play::new("lamp", project, |_| ());
    play.until(1);
    play.project.save("lamp/lamp.wat", &counter_wat(2));
    play.until(2);

    let broken = counter_wat(3).replace("i32.store", "i32.stoer");
    play.project.save("lamp/lamp.wat", &broken);
    let failed = play.until_failed("lamp");
    let failure = failed.failure.expect("a reason");
    assert_eq!(failure.file.as_deref(), Some("scripts/lamp/lamp.wat"));
    let line =
        broken.lines().position(|line| line.contains("i32.stoer")).expect("the broken line") as u32 + 1;
    assert_eq!(failure.line, Some(line), "{failure}");
    assert!(failure.text.contains("i32.stoer"), "{}", failure.text);
    play.game.steps(10);
    assert_eq!(play.game.get::<Counter>(play.counter).value, 2);
    assert_eq!(play.game.system("lamp", "set").stats.faults, 0);

    play.project.save("lamp/lamp.wat", &counter_wat(4));
    play.until(4);
    play.until_true("the error is gone", |game| {
        build(game, "lamp").is_some_and(|build| build.failure.is_none())
    });
    assert_eq!(play.build("lamp").state, BuildState::UpToDate);
}

/// Verifies a source that is renamed over the old one, and a script that is made during play.
#[test]
fn a_source_may_be_replaced_and_a_script_may_come_late() {
    let project = LiveProject::new();
    let mut play = Play::new("lamp", project, |_| ());
    play.project.save("lamp/lamp.wat", &counter_wat(1));
    play.until(1);
    play.project.save("lamp/.lamp.wat.swp", &counter_wat(9));
    let (fresh, source) = (play.project.path("lamp/lamp.wat~"), play.project.path("lamp/lamp.wat"));
    std::fs::write(&fresh, counter_wat(2)).expect("it can be written");
    std::fs::rename(fresh, source).expect("it can be renamed");
    play.until(2);
}

/// Verifies that a compiler which is missing is no more than a message.
#[test]
fn a_missing_compiler_is_told_and_the_game_plays_on() {
    let project = LiveProject::new();
    project.save("lamp/lamp.ts", "");
    let words = vec!["peristyle-no-such-compiler".to_owned(), "{module}".to_owned()];
    let mut play = Play::new("lamp", project, |plugin| plugin.commands = vec![("lamp".to_owned(), words)]);
    let failure = play.until_failed("lamp").failure.expect("a reason");
    assert!(
        failure.is_missing_toolchain && failure.message.contains("peristyle-no-such-compiler"),
        "{failure}"
    );
    play.game.steps(3);
}

/// Verifies that a newer save stops the older build, and that a script of any language can be built.
#[cfg(unix)]
#[test]
fn a_newer_save_stops_an_older_build() {
    let project = LiveProject::new();
    project.save("lamp/lamp.txt", "quick");
    let script =
        "if grep -q slow scripts/lamp/lamp.txt; then sleep 100 & wait; fi; cp scripts/lamp/module.bin \"$0\"";
    let words = ["sh", "-c", script, "{module}"].map(str::to_owned).into();
    let wasm = |value| wat::parse_str(counter_wat(value)).expect("it is a module");
    std::fs::write(project.path("lamp/module.bin"), wasm(1)).expect("it can be written");
    let mut play = Play::new("lamp", project, |plugin| plugin.commands = vec![("lamp".to_owned(), words)]);
    play.until(1);
    play.project.save("lamp/lamp.txt", "slow");
    let is_building = |state| matches!(state, BuildState::Building { .. });
    play.until_true("it is being built", |game| {
        build(game, "lamp").is_some_and(|build| is_building(build.state))
    });
    play.game.steps(20);
    let saved = Instant::now();
    std::fs::write(play.project.path("lamp/module.bin"), wasm(2)).expect("it can be written");
    play.project.save("lamp/lamp.txt", "quick");
    play.until(2);
    assert!(saved.elapsed() < Duration::from_secs(60));
}

#[cfg(feature = "compilers")]
mod compilers {
    use super::*;
    use peristyle_tests::live::{counter_rust, counter_zig};

    /// Saves a good, a broken and a good source, and changes a file that the script shares with others.
    fn play_through(
        script: &str,
        project: LiveProject,
        main: &str,
        shared: &str,
        counter: fn(&str) -> String,
        mismatch: &str,
    ) {
        let mut play = Play::new(script, project, |_| ());
        play.until(1);
        play.project.save(main, &counter("2"));
        play.until(2);
        play.project.save(main, &counter(mismatch));
        let failure = play.until_failed(script).failure.expect("a reason");
        assert_eq!(failure.file.as_deref(), Some(format!("scripts/{main}").as_str()), "{failure}");
        assert!(
            failure.line.is_some_and(|line| line > 1) && failure.text.contains("expected"),
            "{}",
            failure.text
        );
        play.game.steps(3);
        assert_eq!(play.game.get::<Counter>(play.counter).value, 2);
        play.project.save(main, &counter("3"));
        play.until(3);
        play.until_true("the error is gone", |game| {
            build(game, script).is_some_and(|build| build.failure.is_none())
        });
        let text = std::fs::read_to_string(play.project.path(shared)).expect("it can be read");
        assert!(text.contains("40"), "{text}");
        play.project.save(main, &counter("number()"));
        play.until(40);
        play.project.save(shared, &text.replace("40", "41"));
        play.until(41);
    }

    /// Verifies the whole way of a Zig source, and of a file that it imports.
    #[test]
    fn zig() {
        let project = LiveProject::new();
        let counter = |value: &str| {
            counter_zig(value) + "const number = @import(\"components\").number;\ncomptime { _ = number; }\n"
        };
        project.save("components.zig", "pub fn number() u32 {\n    return 40;\n}\n");
        project.save("live_zig/live_zig.zig", &counter("1"));
        play_through("live_zig", project, "live_zig/live_zig.zig", "components.zig", counter, "true");
    }

    /// Verifies that a file which three scripts share has all of them built, and no other.
    #[test]
    fn a_shared_file_rebuilds_who_imports_it() {
        let project = LiveProject::new();
        let names = ["live_a", "live_b", "live_c"];
        let sharing = counter_zig("@import(\"components\").number()");
        project.save("components.zig", "pub fn number() u32 {\n    return 40;\n}\n");
        names.iter().for_each(|name| project.save(&format!("{name}/{name}.zig"), &sharing));
        project.save("live_alone/live_alone.zig", &counter_zig("counter.value"));
        let mut play = Play::of_all(&["live_a", "live_alone", "live_b", "live_c"], project, |_| ());
        let all_run = |game: &Game| names.iter().all(|name| game.module(name).version.is_some());
        play.until_true("all run", |game| all_run(game) && game.module("live_alone").version.is_some());
        play.until(40);
        let reloads = |game: &Game| names.map(|name| game.module(name).reloads);
        let before = reloads(&play.game);
        let alone = play.game.module("live_alone").reloads;
        play.project.save("components.zig", "pub fn number() u32 {\n    return 41;\n}\n");
        play.until_true("all are reloaded", |game| reloads(game) == before.map(|reloads| reloads + 1));
        play.until(41);
        assert_eq!(play.game.module("live_alone").reloads, alone);
    }

    /// Verifies the whole way of a C source, and of a header of it.
    #[test]
    fn c() {
        let counter = |value: &str| {
            format!(
                "#include \"peristyle.h\"\n\
                 #include \"number.h\"\n\
                 typedef struct {{\n    uint32_t value;\n}} Counter;\n\
                 PERISTYLE_SCHEMA(Counter, PERISTYLE_FIELD(Counter, value, PERISTYLE_U32, 1));\n\
                 PERISTYLE_EXPORT(set) int32_t set(const PeristyleCallFrame *frame) {{\n    \
                     Counter *counters = peristyle_column(frame, 0, 0);\n    \
                     uint32_t rows = peristyle_rows(frame, 0);\n    \
                     for (uint32_t row = 0; row < rows; row++) counters[row].value = {value};\n    \
                     return PERISTYLE_FINISHED;\n\
                 }}\n\
                 PERISTYLE_MODULE(.systems = PERISTYLE_SYSTEMS(PERISTYLE_SYSTEM(\n    \
                     set, .params = PERISTYLE_PARAMS(PERISTYLE_QUERY(PERISTYLE_WRITE(Counter))))));\n"
            )
        };
        let project = LiveProject::new();
        project.save("live_c_source/number.h", "static inline unsigned number(void) { return 40; }\n");
        project.save("live_c_source/live_c_source.c", &counter("1"));
        let (main, shared) = ("live_c_source/live_c_source.c", "live_c_source/number.h");
        play_through("live_c_source", project, main, shared, counter, "expected");
    }

    /// Verifies the whole way of a Rust source, and of a module of it.
    #[test]
    fn rust() {
        let project = LiveProject::new();
        let counter = |value: &str| counter_rust(value) + "mod shared;\npub use shared::number;\n";
        project.save_manifests("live_rust");
        project.save("live_rust/src/shared.rs", "pub fn number() -> u32 {\n    40\n}\n");
        project.save("live_rust/src/lib.rs", &counter("1"));
        play_through(
            "live_rust",
            project,
            "live_rust/src/lib.rs",
            "live_rust/src/shared.rs",
            counter,
            "true",
        );
    }
}
