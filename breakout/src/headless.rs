//! The game without a window: as fast as the machine can, or in real time under `--watch`.

use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bevy::app::{PluginsState, TaskPoolPlugin, TaskPoolThreadAssignmentPolicy, TerminalCtrlCHandlerPlugin};
use bevy::log::{Level, LogPlugin};
use bevy::prelude::*;
use bevy::tasks::tick_global_task_pools_on_main_thread;
use bevy::time::TimeUpdateStrategy;
use bevy_peristyle::{ModuleStatus, ScriptClock, Scripts};

use crate::arguments::Arguments;
use crate::error::GameError;
use crate::game::{BreakoutPlugin, Hands, STEP};
use crate::report::Report;
use crate::{files, say};

/// A module of a few KB is there within milliseconds.
const LOADING_MAX: Duration = Duration::from_secs(60);
/// Ticks from one status line to the next: a second.
const TICKS_PER_STATUS: u64 = 60;

/// Plays the game that the player asks for and prints the report.
///
/// # Errors
/// Where there is nothing to play.
pub fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    let assets = files::find_assets(arguments.assets.as_deref())?;
    let hands = files::hands(arguments, &assets, true)?;
    let last_tick = match (&hands, arguments.ticks) {
        (_, Some(ticks)) => ticks.get(),
        (Hands::Recorded(recording), None) if !arguments.watch => recording.last_tick,
        _ => u64::MAX,
    };
    let mut app = App::new();
    app.add_plugins(LogPlugin { level: log_level(arguments), ..LogPlugin::default() });
    set_up(&mut app, arguments, assets, hands);
    run(&mut app, last_tick, arguments)?;
    files::save_recording(arguments.record.as_deref(), app.world())?;
    let report = Report::of(app.world_mut())?;
    if arguments.quiet {
        say(report.hash_line());
    } else {
        say(report);
    }
    let is_cut_short = app.should_exit().is_some() && !arguments.watch;
    Ok(if is_cut_short { ExitCode::from(130) } else { ExitCode::SUCCESS })
}

/// Makes the app ready for its first update.
fn set_up(app: &mut App, arguments: &Arguments, assets: String, hands: Hands) {
    app.add_plugins((
        MinimalPlugins.set(TaskPoolPlugin { task_pool_options: task_pools(arguments.threads) }),
        AssetPlugin { file_path: assets, ..AssetPlugin::default() },
        TerminalCtrlCHandlerPlugin,
        BreakoutPlugin::new(arguments, hands),
    ))
    // Each update is exactly one tick, however long it takes.
    .insert_resource(TimeUpdateStrategy::FixedTimesteps(1));
    while app.plugins_state() == PluginsState::Adding {
        tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
}

/// What the log tells unless RUST_LOG says so.
pub fn log_level(arguments: &Arguments) -> Level {
    if arguments.quiet { Level::WARN } else { Level::INFO }
}

/// Systems run in the compute pool, so that is the one whose size the player means.
pub fn task_pools(threads: Option<u16>) -> TaskPoolOptions {
    let default = TaskPoolOptions::default();
    let Some(threads) = threads.map(usize::from) else { return default };
    let compute =
        TaskPoolThreadAssignmentPolicy { min_threads: threads, max_threads: threads, ..default.compute };
    TaskPoolOptions { compute, ..default }
}

/// Plays until after the last tick, or until Ctrl-C.
fn run(app: &mut App, last_tick: u64, arguments: &Arguments) -> Result<(), GameError> {
    load(app)?;
    let mut next = Instant::now() + STEP;
    while tick(app.world()) < last_tick && app.should_exit().is_none() {
        if arguments.watch {
            sleep(next.saturating_duration_since(Instant::now()));
            next = Instant::now().max(next) + STEP;
        }
        app.update();
        if arguments.watch && !arguments.quiet && tick(app.world()).is_multiple_of(TICKS_PER_STATUS) {
            say(Report::of(app.world_mut())?.status_line());
        }
    }
    Ok(())
}

/// Updates until the module is ready and the first tick is over.
fn load(app: &mut App) -> Result<(), GameError> {
    let began = Instant::now();
    while tick(app.world()) == 0 {
        if began.elapsed() > LOADING_MAX {
            return Err(GameError::StillLoading(LOADING_MAX));
        }
        app.update();
        sleep(Duration::from_millis(1));
    }
    check_loaded(app.world().resource::<Scripts>())
}

/// Whether the rules are there.
///
/// # Errors
/// Why they are not.
pub fn check_loaded(scripts: &Scripts) -> Result<(), GameError> {
    let failed = scripts.iter().find_map(|module| match &module.status {
        ModuleStatus::Failed { reason } => {
            Some(GameError::NotLoaded { path: module.path.clone(), reason: reason.clone() })
        }
        _ => None,
    });
    failed.map_or(Ok(()), Err)
}

fn tick(world: &World) -> u64 {
    world.resource::<ScriptClock>().fixed.tick
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::{Ball, Brick, Score, Velocity};
    use bevy_peristyle::state_hash;
    use clap::Parser;

    fn game(line: &str) -> App {
        let arguments = Arguments::parse_from(line.split(' '));
        let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets");
        let hands = files::hands(&arguments, assets, true).unwrap();
        let mut app = App::new();
        set_up(&mut app, &arguments, assets.to_owned(), hands);
        load(&mut app).unwrap();
        app
    }

    fn count<T: Component>(app: &mut App) -> usize {
        let world = app.world_mut();
        world.query::<&T>().iter(world).count()
    }

    /// Verifies that the recording, whose end is on record, shows all of the game: one that is
    /// lost, one that is won, all levels between, and a new one after each.
    #[test]
    fn the_recording_loses_and_wins() {
        let mut app = game("breakout --quiet --lang rust");
        let mut stages = Vec::new();
        for _ in 1..10_000 {
            app.update();
            let Score { level, phase, .. } = *app.world().resource::<Score>();
            if stages.last() != Some(&(level, phase)) {
                stages.push((level, phase));
            }
        }
        let (lost, won) = ([(1, 1), (1, 2), (1, 0)], [(1, 1), (2, 1), (3, 1), (3, 3), (3, 0), (1, 1)]);
        assert_eq!(stages, [&lost[..], &won[..]].concat());
        for system in app.world().resource::<Scripts>().iter().flat_map(|module| &module.systems) {
            assert_eq!(system.stats.faults, 0, "{}: {:?}", system.name, system.stats.last_fault);
        }
    }

    /// Verifies that scripts in both languages build the court, and that the space key, and no
    /// time, sends the ball off.
    #[test]
    fn the_ball_waits_for_the_space_key() {
        for lang in ["zig", "rust"] {
            let mut app = game(&format!("breakout --quiet --lang {lang}"));
            while tick(app.world()) < 29 {
                app.update();
            }
            let found = [count::<Brick>(&mut app), count::<Ball>(&mut app), count::<Velocity>(&mut app)];
            assert_eq!(found, [36, 1, 0], "{lang}");
            app.update();
            assert_eq!(count::<Velocity>(&mut app), 1, "{lang}: the recording presses the key in tick 30");
        }
    }

    /// Verifies that the score, which is a resource, counts in the state hash.
    #[test]
    fn the_score_is_part_of_the_state() {
        let mut app = game("breakout --quiet");
        let before = state_hash(app.world_mut()).unwrap();
        app.world_mut().resource_mut::<Score>().points += 10;
        assert_ne!(state_hash(app.world_mut()).unwrap(), before);
    }
}
