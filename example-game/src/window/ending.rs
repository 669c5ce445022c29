//! How a game in a window ends: after a number of ticks, with a picture, or by the player.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::time::TimeUpdateStrategy;
use bevy_peristyle::ScriptClock;

use super::frames::Frames;
use crate::report::{Played, Report};
use crate::say;

/// How long the last tick is shown before its picture is taken, so that the HUD, which does not
/// change in each frame, shows it as well.
const SETTLING: Duration = Duration::from_millis(600);
/// A renderer that has no picture after this time has none to come.
const PICTURE_WAIT_MAX: Duration = Duration::from_secs(60);

/// When the game ends, and what is left behind.
#[derive(Resource, Clone, Debug, Default)]
pub struct Ending {
    /// The last tick, or the player's will.
    pub last_tick: Option<u64>,
    /// Where the picture goes.
    pub picture: Option<PathBuf>,
    /// Whether only the state hash is printed.
    pub quiet: bool,
}

/// When things happened.
#[derive(Resource, Clone, Copy, Debug)]
struct Moments {
    start: Instant,
    first_tick: Option<Instant>,
    last_tick: Option<Instant>,
    picture_asked: bool,
}

/// Ends the game as its [`Ending`] says, and prints the report.
pub struct EndingPlugin(pub Ending);

impl Plugin for EndingPlugin {
    fn build(&self, app: &mut App) {
        let start =
            Moments { start: Instant::now(), first_tick: None, last_tick: None, picture_asked: false };
        app.insert_resource(self.0.clone())
            .insert_resource(start)
            .add_systems(FixedLast, stop_after_last_tick)
            .add_systems(Last, (end, print_report).chain());
    }
}

/// Keeps time from going on, in the middle of a frame if need be.
fn stop_after_last_tick(
    clock: Res<ScriptClock>,
    ending: Res<Ending>,
    mut moments: ResMut<Moments>,
    mut steps: ResMut<Time<Fixed>>,
    mut time: ResMut<TimeUpdateStrategy>,
) {
    let tick = clock.fixed.tick;
    if tick > 0 && moments.first_tick.is_none() {
        moments.first_tick = Some(Instant::now());
    }
    if ending.last_tick.is_some_and(|last| tick >= last) && moments.last_tick.is_none() {
        moments.last_tick = Some(Instant::now());
        // Not a pause, which the title would show.
        *time = TimeUpdateStrategy::ManualDuration(Duration::ZERO);
        let rest = steps.overstep();
        steps.discard_overstep(rest);
    }
}

fn end(
    ending: Res<Ending>,
    mut moments: ResMut<Moments>,
    mut exits: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    let Some(last_tick) = moments.last_tick else { return };
    let Some(picture) = &ending.picture else {
        exits.write(AppExit::Success);
        return;
    };
    let settled = last_tick.elapsed();
    if settled > PICTURE_WAIT_MAX {
        eprintln!("error: the renderer gave no picture within {PICTURE_WAIT_MAX:?}");
        exits.write(AppExit::error());
    } else if settled > SETTLING && !moments.picture_asked {
        moments.picture_asked = true;
        let picture = picture.clone();
        commands.spawn(Screenshot::primary_window()).observe(
            move |captured: On<ScreenshotCaptured>, mut exits: MessageWriter<AppExit>| {
                exits.write(match save(&captured.image, &picture) {
                    Ok(()) => AppExit::Success,
                    Err(reason) => {
                        eprintln!("error: {} cannot be written: {reason}", picture.display());
                        AppExit::error()
                    }
                });
            },
        );
    }
}

/// Writes a PNG file.
fn save(image: &Image, path: &std::path::Path) -> Result<(), String> {
    let picture = image.clone().try_into_dynamic().map_err(|error| error.to_string())?;
    // The alpha of a window means nothing.
    picture.to_rgb8().save(path).map_err(|error| error.to_string())
}

/// Prints the report in the frame in which the game ends.
fn print_report(world: &mut World) {
    if world.resource::<Messages<AppExit>>().is_empty() {
        return;
    }
    let moments = *world.resource::<Moments>();
    let now = Instant::now();
    let first_tick = moments.first_tick.unwrap_or(now);
    let played = Played {
        loading: first_tick - moments.start,
        playing: moments.last_tick.unwrap_or(now) - first_tick,
        interrupted: false,
    };
    match Report::of(world, &played) {
        Ok(report) if world.resource::<Ending>().quiet => say(report.hash_line()),
        Ok(report) => {
            say(world.resource::<Frames>());
            say(report);
        }
        Err(error) => eprintln!("error: {error}"),
    }
}
