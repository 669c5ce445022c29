//! What drones and pads are made of. Scripts know these components by name, field names, types
//! and offsets.
//!
//! Lengths are in meters, times in seconds; z points up.

use bevy::prelude::*;
use bevy_peristyle::{Mirror, PeristyleAppExt, Schema, ScriptEntity, ScriptRegistry};

/// A drone's number, from 0 without gaps.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Drone {
    /// The number.
    pub id: u32,
}

/// A landing pad's number, from 0 without gaps.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Pad {
    /// The number.
    pub id: u32,
}

/// Where it is, in m.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Position {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up; the ground is at 0.
    pub z: f32,
}

/// How fast it moves, in m/s.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Velocity {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// How fast the air around a drone moves, in m/s. The script `wind` writes it.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Wind {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// Where a drone should be, in m. Dispatch writes it.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Target {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// The acceleration that a drone's rotors are told to give, in m/s². The autopilot writes it, and
/// the flight model takes gravity off it.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Thrust {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// The autopilot's memory of one drone: its error in m, summed over time, in m·s.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct PidIntegral {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// A drone's way from pad to pad. Dispatch writes it.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Route {
    /// The pad that it left.
    pub from: u32,
    /// The pad that it flies to.
    pub to: u32,
    /// 0 at rest, 1 climbing, 2 cruising, 3 descending.
    pub phase: u32,
    /// How often it has arrived.
    pub deliveries: u32,
}

/// What is delivered from pad to pad: an entity of its own, which dispatch spawns and despawns.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Package {
    /// The pad that it comes from.
    pub from: u32,
    /// The pad that it goes to.
    pub to: u32,
}

/// A drone that carries a package. Dispatch gives it and takes it.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Load {
    /// The package's entity.
    pub package: ScriptEntity,
}

/// A package has arrived. Dispatch sends it.
#[derive(Message, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Delivered {
    /// The drone that brought it.
    pub drone: u32,
    /// The pad that it was brought to.
    pub pad: u32,
}

/// What the script `scoreboard` makes of the deliveries.
#[derive(Resource, Mirror, Clone, Default, Debug, PartialEq, Eq)]
pub struct Score {
    /// Deliveries of all drones.
    pub deliveries: u32,
    /// The drone that made the last one.
    pub last_drone: u32,
    /// The pad that it was to.
    pub last_pad: u32,
    /// The most deliveries that there were in one second.
    pub best_second: u32,
    /// What the lowest battery holds, in percent; the script `battery` knows what that is.
    pub lowest_charge: u32,
    /// The score in words, which the window shows.
    pub text: String,
}

/// A drone that is parked. Scripts leave it alone until the game takes this away.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Grounded {}

/// A pad's light: it blinks once in `period` ticks, `offset` ticks late.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Beacon {
    /// In ticks.
    pub period: u32,
    /// In ticks.
    pub offset: u32,
    /// Brightness from 0 to 1.
    pub level: f32,
}

/// What decides the wind; there is one.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Weather {
    /// The game's seed.
    pub seed: u64,
}

/// A gust: air that bursts away from a point on the ground.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Gust {
    /// Its middle, east, in m.
    pub x: f32,
    /// Its middle, north, in m.
    pub y: f32,
    /// How far it reaches, in m.
    pub radius: f32,
    /// Its speed at most, in m/s.
    pub strength: f32,
    /// From 0, fresh, to 1, when it is over.
    pub age: f32,
}

/// The number by which the state hash knows an entity. Scripts do not see it.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StableId(pub u64);

impl StableId {
    /// The number of a drone.
    pub fn of_drone(drone: Drone) -> Self {
        Self(u64::from(drone.id))
    }

    /// The number of a pad, beyond those of all drones.
    pub fn of_pad(pad: Pad) -> Self {
        Self((1 << 32) + u64::from(pad.id))
    }

    /// The number of a gust, of which `earlier` came before it.
    pub fn of_gust(earlier: u32) -> Self {
        Self((2 << 32) + u64::from(earlier))
    }
}

/// Tells the plugin which components scripts may touch and which make up the game's state.
pub fn register(app: &mut App) {
    app.register_script_component::<Drone>()
        .register_script_component::<Pad>()
        .register_script_component::<Position>()
        .register_script_component::<Velocity>()
        .register_script_component::<Wind>()
        .register_script_component::<Target>()
        .register_script_component::<Thrust>()
        .register_script_component::<PidIntegral>()
        .register_script_component::<Route>()
        .register_script_component::<Grounded>()
        .register_script_component::<Beacon>()
        .register_script_component::<Weather>()
        .register_script_component::<Gust>()
        .register_script_component::<Package>()
        .register_script_component::<Load>()
        .register_script_message::<Delivered>()
        .register_script_resource_mirror::<Score>()
        .register_script_input()
        .insert_resource(Score { lowest_charge: 100, ..Score::default() });
    app.register_stable_id(|id: &StableId| id.0)
        .register_hashed_component::<Position>()
        .register_hashed_component::<Velocity>()
        .register_hashed_component::<Wind>()
        .register_hashed_component::<Target>()
        .register_hashed_component::<Thrust>()
        .register_hashed_component::<PidIntegral>()
        .register_hashed_component::<Route>()
        .register_hashed_component::<Beacon>()
        .register_hashed_component::<Gust>();
}

/// What scripts may touch, one line for each component, resource and kind of messages.
pub fn list() -> Vec<String> {
    let mut app = App::empty();
    register(&mut app);
    let registry = app.world().resource::<ScriptRegistry>();
    let components = registry.component_names().filter_map(|name| registry.component(name));
    let resources = registry.resource_names().filter_map(|name| registry.resource(name));
    let components = components.map(|component| format!("component {}", component.schema));
    let resources = resources.map(|resource| format!("resource {}", resource.schema));
    let messages = registry.message_names().filter_map(|name| registry.message(name));
    let messages = messages.map(|schema| format!("messages {schema}"));
    components.chain(resources).chain(messages).collect()
}
