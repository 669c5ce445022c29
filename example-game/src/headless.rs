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
use crate::game::{DronesPlugin, STEP};
use crate::profile::{self, Profiles};
use crate::report::{Played, Report};
use crate::status::Status;
use crate::{assets, fuel_check, say};

/// Modules of a few hundred KB are there within milliseconds.
const LOADING_MAX: Duration = Duration::from_secs(60);
/// Ticks from one status line to the next: a second.
const TICKS_PER_STATUS: u64 = 60;
/// A watched game makes up for less than this; after more it goes on from where it is, so that it
/// does not race after the computer slept.
const LAG_MAX: Duration = Duration::from_millis(250);

/// Plays the game that the player asks for and prints what was asked for.
///
/// # Errors
/// Where there is nothing to play, or what was asked for cannot be had.
pub fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    if let Some(file) = &arguments.fuel_check {
        return fuel_check::play(arguments, file);
    }
    let (mut app, played) = play_through(arguments)?;
    let report = Report::of(app.world_mut(), &played)?;
    if let Some(file) = &arguments.profile {
        let profiles = Profiles::of(app.world_mut())?;
        profiles.write(file)?;
        if !arguments.quiet {
            profiles.tables.iter().for_each(|table| say(format!("\n{table}")));
        }
    }
    if arguments.quiet {
        say(report.hash_line());
    } else {
        say(report);
    }
    let is_cut_short = played.interrupted && !arguments.watch;
    Ok(if is_cut_short { ExitCode::from(130) } else { ExitCode::SUCCESS })
}

/// Plays to the end; how the game stands then.
///
/// # Errors
/// Where there is nothing to play.
pub fn play_through(arguments: &Arguments) -> Result<(App, Played), GameError> {
    let assets = assets::find(arguments.assets.as_deref())?;
    if !arguments.quiet {
        say(announcement(arguments));
    }
    let mut app = App::new();
    let level = if arguments.quiet { Level::WARN } else { Level::INFO };
    app.add_plugins((LogPlugin { level, ..LogPlugin::default() }, TerminalCtrlCHandlerPlugin));
    set_up(&mut app, arguments, DronesPlugin::new(arguments), assets);
    if let (Some(_), Some(ticks)) = (&arguments.profile, arguments.last_tick()) {
        profile::begin(app.world_mut(), ticks);
    }
    let played = run(&mut app, arguments)?;
    check_that_something_loaded(app.world())?;
    Ok((app, played))
}

fn announcement(arguments: &Arguments) -> String {
    let &Arguments { seed, drones, watch, .. } = arguments;
    let length =
        arguments.last_tick().map_or("until Ctrl-C".to_owned(), |ticks| format!("for {ticks} ticks"));
    let pace = if watch { "in real time, reloading scripts that change" } else { "as fast as they can" };
    format!("Playing without a window: {drones} drones fly {length}, {pace} (seed {seed}).")
}

/// Makes an app the game, before its first update.
pub fn set_up(app: &mut App, arguments: &Arguments, game: DronesPlugin, assets: String) {
    app.add_plugins((
        MinimalPlugins.set(TaskPoolPlugin { task_pool_options: task_pools(arguments.threads) }),
        AssetPlugin { file_path: assets, ..AssetPlugin::default() },
        game,
    ))
    // Each update is exactly one tick, however long it takes.
    .insert_resource(TimeUpdateStrategy::FixedTimesteps(1));
    #[cfg(feature = "dev")]
    if let Some(dev) = crate::dev::plugin(arguments, false) {
        app.add_plugins(dev);
    }
    while app.plugins_state() == PluginsState::Adding {
        tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
}

/// Bevy shares a number of threads out among three pools; systems run in the compute pool, so that
/// is the one whose size the player means.
pub fn task_pools(threads: Option<u16>) -> TaskPoolOptions {
    let default = TaskPoolOptions::default();
    let Some(threads) = threads.map(usize::from) else { return default };
    let compute =
        TaskPoolThreadAssignmentPolicy { min_threads: threads, max_threads: threads, ..default.compute };
    TaskPoolOptions { compute, ..default }
}

/// Plays to the end.
fn run(app: &mut App, arguments: &Arguments) -> Result<Played, GameError> {
    let began = Instant::now();
    let ready = first_tick(app)?;
    if !arguments.watch {
        check_that_something_loaded(app.world())?;
    }
    let last_tick = arguments.last_tick().unwrap_or(u64::MAX);
    let mut next = Instant::now() + STEP;
    while tick(app) < last_tick && app.should_exit().is_none() {
        if arguments.watch {
            next = wait_until(next);
        }
        app.update();
        if arguments.watch && !arguments.quiet && tick(app).is_multiple_of(TICKS_PER_STATUS) {
            say(Status::of(app.world_mut()));
        }
    }
    let interrupted = app.should_exit().is_some();
    Ok(Played { loading: ready - began, playing: ready.elapsed(), interrupted })
}

/// Updates until the scripts are ready and the first tick is over; says when that tick began.
pub fn first_tick(app: &mut App) -> Result<Instant, GameError> {
    let began = Instant::now();
    loop {
        let before = Instant::now();
        app.update();
        if tick(app) > 0 {
            return Ok(before);
        }
        if began.elapsed() > LOADING_MAX {
            return Err(GameError::StillLoading(LOADING_MAX));
        }
        sleep(Duration::from_millis(1));
    }
}

/// Ticks played.
pub fn tick(app: &App) -> u64 {
    app.world().resource::<ScriptClock>().fixed.tick
}

/// Waits for a tick's time and says when the next one is due.
fn wait_until(due: Instant) -> Instant {
    let now = Instant::now();
    sleep(due.saturating_duration_since(now));
    let is_held_up = now.saturating_duration_since(due) > LAG_MAX;
    (if is_held_up { now } else { due }) + STEP
}

fn check_that_something_loaded(world: &World) -> Result<(), GameError> {
    let scripts = world.resource::<Scripts>();
    let reasons: Vec<String> = scripts
        .iter()
        .filter_map(|module| match &module.status {
            ModuleStatus::Failed { reason } => Some(format!("{}: {reason}", module.path)),
            _ => None,
        })
        .collect();
    let is_anything_loaded = reasons.len() < scripts.iter().count();
    if is_anything_loaded { Ok(()) } else { Err(GameError::NothingLoaded { reasons }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::Grounded;
    use clap::Parser;

    /// Verifies that time is driven as promised, and that native systems go on without scripts.
    #[test]
    fn an_update_is_exactly_one_tick_even_where_every_script_is_missing() {
        let folder_without_scripts = env!("CARGO_MANIFEST_DIR").to_owned();
        let arguments = Arguments::parse_from(["game", "--drones", "9"]);
        let mut app = App::new();
        set_up(&mut app, &arguments, DronesPlugin::new(&arguments), folder_without_scripts);
        first_tick(&mut app).unwrap();
        for expected in 2..=300 {
            app.update();
            assert_eq!(tick(&app), expected);
            assert_eq!(
                app.world().resource::<Time<Fixed>>().elapsed(),
                app.world().resource::<Time>().elapsed()
            );
        }
        let world = app.world_mut();
        assert_eq!(world.resource::<ScriptClock>().fixed.elapsed, STEP * 300);
        assert_eq!(world.query::<&Grounded>().iter(world).count(), 0);
        let error = check_that_something_loaded(world).unwrap_err();
        assert_eq!(error.to_string().lines().count(), 9, "{error}");
    }
}
