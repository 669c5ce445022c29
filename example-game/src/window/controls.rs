//! What the player can do, by key and by click.

use std::collections::BTreeMap;
use std::path::Path;

use bevy::input::common_conditions::input_just_pressed;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_peristyle::{PeristyleHud, ScriptClock, Scripts};

use super::view::View;
use crate::game::{SCRIPTS, STEP};
use crate::gusts::GustsToCome;

/// A script that never finishes, which the player may add to see that nothing comes of it.
const ENDLESS: &str = "scripts/endless.wasm";
/// How long a new version runs beside the one before it.
const BESIDE_FRAMES: u32 = 300;
/// The pace of slow motion.
const SLOW: f32 = 0.25;

/// Something that the player does.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Pauses the script of this index in [`SCRIPTS`], or lets it go on.
    PauseScript(usize),
    /// Stops time, or lets it go on.
    PauseTime,
    /// Plays one tick of a game whose time stands still.
    Step,
    /// Slows time down, or no longer.
    SlowMotion,
    /// Adds the endless script; later pauses it, or lets it go on.
    Endless,
    /// Reads all scripts again.
    Reload,
    /// Goes back to the version before of the script that was reloaded last, or forward again.
    ChangeVersion(isize),
    /// Has the next version of each script run beside the one before it, for [`BESIDE_FRAMES`].
    Beside,
    /// Has the versions that run beside others take their places.
    Promote,
    /// Shows the HUD, or hides it.
    ToggleHud,
    /// Lets a gust burst from a place on the ground, in m.
    Gust([f32; 2]),
}

/// Keys, their names on the legend, and what they do.
pub const KEYS: [(KeyCode, &str, Action); 18] = [
    (KeyCode::Digit1, "1", Action::PauseScript(0)),
    (KeyCode::Digit2, "2", Action::PauseScript(1)),
    (KeyCode::Digit3, "3", Action::PauseScript(2)),
    (KeyCode::Digit4, "4", Action::PauseScript(3)),
    (KeyCode::Digit5, "5", Action::PauseScript(4)),
    (KeyCode::Digit6, "6", Action::PauseScript(5)),
    (KeyCode::Digit7, "7", Action::PauseScript(6)),
    (KeyCode::Digit8, "8", Action::PauseScript(7)),
    (KeyCode::Space, "space", Action::PauseTime),
    (KeyCode::Period, ".", Action::Step),
    (KeyCode::KeyS, "s", Action::SlowMotion),
    (KeyCode::KeyE, "e", Action::Endless),
    (KeyCode::KeyR, "r", Action::Reload),
    (KeyCode::PageUp, "pgup", Action::ChangeVersion(-1)),
    (KeyCode::PageDown, "pgdn", Action::ChangeVersion(1)),
    (KeyCode::KeyB, "b", Action::Beside),
    (KeyCode::KeyP, "p", Action::Promote),
    (KeyCode::KeyH, "h", Action::ToggleHud),
];

impl Action {
    /// What the key of that name does.
    pub fn of_key_name(name: &str) -> Option<Self> {
        KEYS.iter().find(|(_, key, _)| key.eq_ignore_ascii_case(name)).map(|&(.., action)| action)
    }

    /// The names of all keys.
    pub fn key_names() -> String {
        KEYS.map(|(_, name, _)| name).join(" ")
    }
}

/// A module's name, by its asset path.
pub fn module_name(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or(path)
}

/// What is to be done after which tick, the last first.
#[derive(Resource, Default, Debug)]
pub struct TimedActions(Vec<(u64, Action)>);

impl TimedActions {
    /// From a list with the earliest first.
    pub fn new(mut actions: Vec<(u64, Action)>) -> Self {
        actions.reverse();
        Self(actions)
    }
}

/// Turns keys, clicks and timed actions into what is to be done before the next tick.
pub struct ControlsPlugin;

impl Plugin for ControlsPlugin {
    fn build(&self, app: &mut App) {
        let click = read_click.run_if(input_just_pressed(MouseButton::Left));
        app.add_message::<Action>()
            .init_resource::<TimedActions>()
            .init_resource::<LastReloaded>()
            .add_systems(
                PreUpdate,
                (read_keys, click, read_timed, note_reloads, act).chain().after(bevy::input::InputSystems),
            );
    }
}

fn read_keys(keys: Res<ButtonInput<KeyCode>>, mut actions: MessageWriter<Action>) {
    let pressed = KEYS.iter().filter(|(key, ..)| keys.just_pressed(*key));
    actions.write_batch(pressed.map(|&(.., action)| action));
}

fn read_click(
    view: Res<View>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut actions: MessageWriter<Action>,
) {
    let place = window.cursor_position().and_then(|cursor| view.under_cursor(cursor));
    actions.write_batch(place.map(Action::Gust));
}

fn read_timed(clock: Res<ScriptClock>, mut timed: ResMut<TimedActions>, mut actions: MessageWriter<Action>) {
    while let Some((_, action)) = timed.0.pop_if(|(tick, _)| *tick <= clock.fixed.tick) {
        actions.write(action);
    }
}

fn act(
    mut actions: MessageReader<Action>,
    (mut pace, mut steps): (ResMut<Time<Virtual>>, ResMut<Time<Fixed>>),
    (mut scripts, last): (ResMut<Scripts>, Res<LastReloaded>),
    mut hud: ResMut<PeristyleHud>,
    mut gusts: ResMut<GustsToCome>,
) {
    for &action in actions.read() {
        match action {
            Action::PauseScript(index) => toggle_script(&mut scripts, SCRIPTS[index]),
            Action::PauseTime => pace.toggle(),
            Action::Step => {
                pace.pause();
                steps.accumulate_overstep(STEP);
            }
            Action::SlowMotion => {
                let slower = pace.relative_speed() == 1.0;
                pace.set_relative_speed(if slower { SLOW } else { 1.0 });
            }
            Action::Endless if scripts.get(module_name(ENDLESS)).is_none() => scripts.add_script(ENDLESS),
            Action::Endless => toggle_script(&mut scripts, ENDLESS),
            Action::Reload => for_each_script(&mut scripts, |scripts, name| {
                scripts.reload(name);
            }),
            Action::ChangeVersion(places) => {
                let script = last.module.as_deref().unwrap_or_default();
                let is_there = match places {
                    ..0 => scripts.previous_version(script),
                    _ => scripts.next_version(script),
                };
                if !is_there {
                    info!("there is no other version of a script; save one, and there will be");
                }
            }
            Action::Beside => for_each_script(&mut scripts, |scripts, name| {
                scripts.shadow(name, BESIDE_FRAMES);
            }),
            Action::Promote => for_each_script(&mut scripts, |scripts, name| {
                scripts.promote(name);
            }),
            Action::ToggleHud => hud.visible = !hud.visible,
            Action::Gust([x, y]) => gusts.add(x, y),
        }
    }
}

fn for_each_script(scripts: &mut Scripts, act: impl Fn(&mut Scripts, &str)) {
    let names: Vec<String> = scripts.iter().map(|module| module.name.clone()).collect();
    names.iter().for_each(|name| act(scripts, name));
}

/// The script that was reloaded last.
#[derive(Resource, Default, Debug)]
struct LastReloaded {
    module: Option<String>,
    /// How often each has been.
    reloads: BTreeMap<String, u64>,
}

fn note_reloads(scripts: Res<Scripts>, mut last: ResMut<LastReloaded>) {
    for module in scripts.iter() {
        let before = last.reloads.insert(module.name.clone(), module.reloads);
        if before.is_some_and(|before| before < module.reloads) {
            last.module = Some(module.name.clone());
        }
    }
}

fn toggle_script(scripts: &mut Scripts, path: &str) {
    let name = module_name(path);
    let paused = scripts.get(name).is_some_and(|module| module.paused_by_game);
    scripts.set_paused(name, !paused);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_has_a_key_and_each_key_one_meaning() {
        for index in 0..SCRIPTS.len() {
            let name = (index + 1).to_string();
            assert_eq!(Action::of_key_name(&name), Some(Action::PauseScript(index)));
        }
        for (index, (key, name, action)) in KEYS.iter().enumerate() {
            assert!(
                KEYS[..index].iter().all(|other| other.0 != *key && other.1 != *name && other.2 != *action)
            );
        }
        assert_eq!(Action::of_key_name("E"), Some(Action::Endless));
    }

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins(ControlsPlugin)
            .init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<ButtonInput<MouseButton>>()
            .init_resource::<ScriptClock>()
            .init_resource::<Scripts>()
            .init_resource::<PeristyleHud>()
            .init_resource::<GustsToCome>()
            .init_resource::<Time<Virtual>>()
            .insert_resource(Time::<Fixed>::from_duration(STEP));
        app
    }

    #[test]
    fn keys_do_what_the_legend_says() {
        let mut app = app();
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::Period);
        app.update();
        assert!(app.world().resource::<Time<Virtual>>().is_paused());
        assert_eq!(app.world().resource::<Time<Fixed>>().overstep(), STEP);
        let visible = app.world().resource::<PeristyleHud>().visible;
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::KeyH);
        app.update();
        assert_ne!(app.world().resource::<PeristyleHud>().visible, visible);
    }

    #[test]
    fn timed_actions_wait_for_their_tick() {
        let mut app = app();
        app.insert_resource(TimedActions::new(vec![(0, Action::SlowMotion), (3, Action::PauseTime)]));
        app.update();
        let pace = app.world().resource::<Time<Virtual>>();
        assert_eq!((pace.relative_speed(), pace.is_paused()), (SLOW, false));
        app.world_mut().resource_mut::<ScriptClock>().fixed.tick = 3;
        app.update();
        assert!(app.world().resource::<Time<Virtual>>().is_paused());
    }
}
