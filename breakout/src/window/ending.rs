//! How a game in a window ends: after a number of ticks, with a picture, or by the player.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::time::TimeUpdateStrategy;
use bevy_peristyle::ScriptClock;

use crate::report::Report;
use crate::{files, say};

/// How long the last tick is shown before its picture is taken: texts are laid out a frame late.
const SETTLING: Duration = Duration::from_millis(300);
/// A renderer that has no picture after this time has none to come.
const PICTURE_WAIT_MAX: Duration = Duration::from_secs(60);

/// When the game ends, and what is left behind.
#[derive(Resource, Clone, Debug, Default)]
pub struct Ending {
    /// The last tick, or the player's will.
    pub last_tick: Option<NonZeroU64>,
    /// Where the picture goes.
    pub picture: Option<PathBuf>,
    /// Where the recording goes.
    pub record: Option<PathBuf>,
    /// Whether only the state hash is printed.
    pub quiet: bool,
}

/// When the last tick was over, and whether its picture was asked for.
#[derive(Resource, Clone, Copy, Debug, Default)]
struct Stopped {
    at: Option<Instant>,
    picture_asked: bool,
}

/// Ends the game as its [`Ending`] says, and prints the report.
pub struct EndingPlugin(pub Ending);

impl Plugin for EndingPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone())
            .init_resource::<Stopped>()
            .add_systems(FixedLast, stop_after_last_tick)
            .add_systems(Last, (end, leave).chain());
    }
}

/// Keeps time from going on, in the middle of a frame if need be.
fn stop_after_last_tick(
    clock: Res<ScriptClock>,
    ending: Res<Ending>,
    mut stopped: ResMut<Stopped>,
    mut steps: ResMut<Time<Fixed>>,
    mut time: ResMut<TimeUpdateStrategy>,
) {
    let is_last = ending.last_tick.is_some_and(|last| clock.fixed.tick >= last.get());
    if is_last && stopped.at.is_none() {
        stopped.at = Some(Instant::now());
        *time = TimeUpdateStrategy::ManualDuration(Duration::ZERO);
        let rest = steps.overstep();
        steps.discard_overstep(rest);
    }
}

fn end(
    ending: Res<Ending>,
    mut stopped: ResMut<Stopped>,
    mut exits: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    let Some(settled) = stopped.at.map(|at| at.elapsed()) else { return };
    let Some(picture) = ending.picture.clone() else {
        exits.write(AppExit::Success);
        return;
    };
    if settled > PICTURE_WAIT_MAX {
        eprintln!("error: the renderer gave no picture within {PICTURE_WAIT_MAX:?}");
        exits.write(AppExit::error());
    } else if settled > SETTLING && !stopped.picture_asked {
        stopped.picture_asked = true;
        commands.spawn(Screenshot::primary_window()).observe(
            move |captured: On<ScreenshotCaptured>, mut exits: MessageWriter<AppExit>| {
                exits.write(exit_of(
                    save(&captured.image, &picture)
                        .map_err(|reason| format!("{} cannot be written: {reason}", picture.display())),
                ));
            },
        );
    }
}

/// Writes a PNG file.
fn save(image: &Image, path: &Path) -> Result<(), String> {
    let picture = image.clone().try_into_dynamic().map_err(|error| error.to_string())?;
    // The alpha of a window means nothing.
    picture.to_rgb8().save(path).map_err(|error| error.to_string())
}

fn exit_of(result: Result<(), String>) -> AppExit {
    match result {
        Ok(()) => AppExit::Success,
        Err(reason) => {
            eprintln!("error: {reason}");
            AppExit::error()
        }
    }
}

/// Writes the recording and prints the report in the frame in which the game ends.
fn leave(world: &mut World) {
    if world.resource::<Messages<AppExit>>().is_empty() {
        return;
    }
    let Ending { record, quiet, .. } = world.resource::<Ending>().clone();
    if let Err(error) = files::save_recording(record.as_deref(), world) {
        eprintln!("error: {error}");
    }
    match Report::of(world) {
        Ok(report) if quiet => say(report.hash_line()),
        Ok(report) => say(report),
        Err(error) => eprintln!("error: {error}"),
    }
}
