//! What a game says about its scripts.

use std::sync::Arc;
use std::time::Instant;

use bevy::ecs::component::Mutable;
use bevy::ecs::schedule::SystemCondition;
use bevy::input::gamepad::Gamepad;
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll};
use bevy::prelude::*;
use peristyle_abi::Schema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::calls::rows::NumberOf;
use crate::insight::state_hash::HashedState;
use crate::live::folders::ScriptFolders;
use crate::live::order::ScriptOrder;
use crate::live::reload;
use crate::live::watch::asset_root;
use crate::module::permissions::{ScriptPolicies, ScriptPolicy};
use crate::offer::condition::ScriptConditions;
use crate::offer::messages::{Bincode, Mirrored, PackedBincode};
use crate::offer::registry::ScriptRegistry;
use crate::types::mirror::{MirrorField, MirrorOf};
use crate::types::schema::SchemaLayout;

/// What a game says about its scripts.
pub trait PeristyleAppExt {
    /// Lets scripts touch the component `T` under its schema name.
    ///
    /// # Panics
    /// If another component is registered under the same name.
    fn register_script_component<T: Component<Mutability = Mutable> + Schema>(&mut self) -> &mut Self;

    /// Lets scripts touch the component `T` through its packed mirror, under the mirror's schema
    /// name. For `Transform` and other types of Bevy the mirror is there; for one of another crate the game
    /// writes a [`MirrorOf`].
    ///
    /// # Panics
    /// If another component is registered under the same name.
    fn register_script_mirror<T: MirrorOf>(&mut self) -> &mut Self;

    /// Lets scripts read and write the resource `T` under its schema name. A script that asks for
    /// it waits until it is there.
    ///
    /// # Panics
    /// If another resource is registered under the same name.
    fn register_script_resource<T: Resource<Mutability = Mutable> + Schema>(&mut self) -> &mut Self;

    /// Lets scripts read and write the resource `T` through its packed mirror, under the mirror's
    /// schema name.
    ///
    /// # Panics
    /// If another resource is registered under the same name.
    fn register_script_resource_mirror<T: MirrorOf<Component: Resource>>(&mut self) -> &mut Self;

    /// Lets scripts read the player's keys and mouse, as the resources `Keys`, `MouseButtons`, `MouseMotion` and
    /// `MouseScroll`, and gamepads, as the component `Gamepad` of their entities.
    fn register_script_input(&mut self) -> &mut Self;

    /// Adds the messages `M` to the app and lets scripts read and send them under their schema
    /// name. The type derives `Schema`, or `Mirror` where it has strings, lists or entities.
    ///
    /// # Panics
    /// If other messages are registered under the same name.
    fn register_script_message<M: Message + MirrorField<Packed: Schema>>(&mut self) -> &mut Self;

    /// Adds the messages `M` to the app and lets scripts read and send them under that name, as bytes of
    /// `bincode`: whatever serde can write. Scripts see `{ bincode: []u8 }`.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::{PeristyleAppExt, PeristylePlugin};
    /// use serde::{Deserialize, Serialize};
    /// use std::collections::BTreeMap;
    ///
    /// #[derive(Message, Serialize, Deserialize)]
    /// enum Order { Stop, Buy(BTreeMap<String, u32>) }
    ///
    /// let mut app = App::new();
    /// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
    ///     .add_plugins(PeristylePlugin::default())
    ///     .register_script_message_serde::<Order>("Order");
    /// ```
    ///
    /// # Panics
    /// If other messages are registered under the same name.
    fn register_script_message_serde<M: Message + Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> &mut Self;

    /// Lets scripts run on events of the type `E`, and trigger them, under their schema name. The type derives
    /// `Schema`, or `Mirror` where it has strings, lists or entities, such as the target of an `EntityEvent`.
    ///
    /// Observers of the game see an event that a script triggers as any other. Scripts see all events when their
    /// schedule runs next, in the order in which they happened.
    ///
    /// # Panics
    /// If other events are registered under the same name.
    fn register_script_event<E>(&mut self) -> &mut Self
    where
        E: Event + MirrorField<Packed: Schema>,
        for<'t> E::Trigger<'t>: Default;

    /// Lets script systems run on a condition of the game, by that name: `in_state(…)`, a system
    /// that returns a `bool`, or any other of Bevy's conditions.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::{PeristyleAppExt, PeristylePlugin};
    ///
    /// #[derive(Resource)]
    /// struct Night(bool);
    ///
    /// let mut app = App::new();
    /// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
    ///     .add_plugins(PeristylePlugin::default())
    ///     .register_script_condition("night", |night: Res<Night>| night.0);
    /// ```
    ///
    /// # Panics
    /// If there is a condition of that name, or the name has parentheses.
    fn register_script_condition<Marker>(
        &mut self,
        name: impl Into<String>,
        condition: impl SystemCondition<Marker> + Clone + Send + Sync + 'static,
    ) -> &mut Self;

    /// Lets script systems run in these values of a state of the game: `in_state(Playing)` for one that
    /// is written `Playing` by `Debug`.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::{PeristyleAppExt, PeristylePlugin};
    ///
    /// #[derive(States, Clone, Debug, Default, PartialEq, Eq, Hash)]
    /// enum Phase {
    ///     #[default]
    ///     Menu,
    ///     Playing,
    /// }
    ///
    /// let mut app = App::new();
    /// app.add_plugins((MinimalPlugins, AssetPlugin::default(), bevy::state::app::StatesPlugin))
    ///     .add_plugins(PeristylePlugin::default())
    ///     .init_state::<Phase>()
    ///     .register_script_states([Phase::Menu, Phase::Playing]);
    /// ```
    ///
    /// # Panics
    /// If another state has a value that is written alike.
    fn register_script_states<S: States>(&mut self, values: impl IntoIterator<Item = S>) -> &mut Self;

    /// Gives a set of the game's own systems a name that scripts may use in `before` and
    /// `after`: `game::name`.
    fn expose_script_set(&mut self, name: impl Into<String>, set: impl SystemSet) -> &mut Self;

    /// Adds a module: a `.wasm` or `.wat` file, by its asset path. Its name is the file's name
    /// without the extension.
    ///
    /// A file that is missing or wrong is an error in the log and in [`Scripts`](crate::Scripts); the game plays
    /// on without it.
    ///
    /// # Panics
    /// If a module of that name was added before.
    fn add_script(&mut self, path: impl Into<String>) -> &mut Self;

    /// Adds every module of a folder, by its asset path: all `.wasm` and `.wat` files in it, and not those in folders
    /// below. Where files are watched ([`PeristylePlugin::watch`](crate::PeristylePlugin::watch)), a file that comes during
    /// play is loaded, and the module of one that has been gone for a second is unloaded, as by
    /// [`Scripts::remove_script`](crate::Scripts::remove_script).
    ///
    /// A file whose module's name is taken is an error in the log. Folders are read from the file system: not in
    /// browsers or on Android.
    fn add_script_folder(&mut self, path: impl Into<String>) -> &mut Self;

    /// Sets what modules may do whose asset paths begin with `path`: a folder as `mods/`, or one file. The longest path
    /// counts. What a module asks for is in [`ScriptStatus::permissions`](crate::ScriptStatus::permissions).
    fn set_script_policy(&mut self, path: impl Into<String>, policy: ScriptPolicy) -> &mut Self;

    /// Has the component `T` number the entities, for [`state_hash`](crate::state_hash) and for
    /// queries that want their rows in the order `stable_id`: its number must be the same on every
    /// run, and no two entities may share one. It may be a component that scripts give the entities which they
    /// spawn.
    fn register_stable_id<T: Component>(
        &mut self,
        id: impl Fn(&T) -> u64 + Send + Sync + 'static,
    ) -> &mut Self;

    /// Has [`state_hash`](crate::state_hash) cover the component `T`.
    fn register_hashed_component<T: Component + Schema>(&mut self) -> &mut Self;

    /// Has [`state_hash`](crate::state_hash) cover the component `T` in its packed form.
    fn register_hashed_mirror<T: MirrorOf>(&mut self) -> &mut Self;

    /// Has [`state_hash`](crate::state_hash) cover the resource `T`, which derives `Schema` or `Mirror`.
    fn register_hashed_resource<T: MirrorOf<Component: Resource>>(&mut self) -> &mut Self;
}

impl PeristyleAppExt for App {
    fn register_script_component<T: Component<Mutability = Mutable> + Schema>(&mut self) -> &mut Self {
        ScriptRegistry::register::<T>(self.world_mut());
        self
    }

    fn register_script_mirror<T: MirrorOf>(&mut self) -> &mut Self {
        ScriptRegistry::register_mirrored::<T>(self.world_mut());
        self
    }

    fn register_script_resource<T: Resource<Mutability = Mutable> + Schema>(&mut self) -> &mut Self {
        ScriptRegistry::register_resource::<T>(self.world_mut());
        self
    }

    fn register_script_resource_mirror<T: MirrorOf<Component: Resource>>(&mut self) -> &mut Self {
        ScriptRegistry::register_mirrored_resource::<T>(self.world_mut());
        self
    }

    fn register_script_input(&mut self) -> &mut Self {
        self.init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<ButtonInput<MouseButton>>()
            .register_script_resource_mirror::<ButtonInput<KeyCode>>()
            .register_script_resource_mirror::<ButtonInput<MouseButton>>()
            .init_resource::<AccumulatedMouseMotion>()
            .init_resource::<AccumulatedMouseScroll>()
            .register_script_resource_mirror::<AccumulatedMouseMotion>()
            .register_script_resource_mirror::<AccumulatedMouseScroll>()
            .register_script_mirror::<Gamepad>()
    }

    fn register_script_message<M: Message + MirrorField<Packed: Schema>>(&mut self) -> &mut Self {
        self.add_message::<M>();
        let schema = SchemaLayout::of::<M::Packed>();
        ScriptRegistry::register_message::<M, Mirrored>(self.world_mut(), schema);
        self
    }

    fn register_script_message_serde<M: Message + Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> &mut Self {
        self.add_message::<M>();
        let schema = SchemaLayout { name: name.to_owned(), ..SchemaLayout::of::<PackedBincode>() };
        ScriptRegistry::register_message::<M, Bincode>(self.world_mut(), schema);
        self
    }

    fn register_script_event<E>(&mut self) -> &mut Self
    where
        E: Event + MirrorField<Packed: Schema>,
        for<'t> E::Trigger<'t>: Default,
    {
        ScriptRegistry::register_event::<E>(self.world_mut());
        self
    }

    fn register_script_condition<Marker>(
        &mut self,
        name: impl Into<String>,
        condition: impl SystemCondition<Marker> + Clone + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().get_resource_or_init::<ScriptConditions>().register(name.into(), condition);
        self
    }

    fn register_script_states<S: States>(&mut self, values: impl IntoIterator<Item = S>) -> &mut Self {
        let mut conditions = self.world_mut().get_resource_or_init::<ScriptConditions>();
        for value in values {
            conditions.register_state(value);
        }
        self
    }

    fn expose_script_set(&mut self, name: impl Into<String>, set: impl SystemSet) -> &mut Self {
        self.world_mut().get_resource_or_init::<ScriptOrder>().expose(name.into(), set.intern());
        self
    }

    fn add_script(&mut self, path: impl Into<String>) -> &mut Self {
        if let Err(error) = reload::add_module(self.world_mut(), path.into()) {
            panic!("add_script: {error}");
        }
        self
    }

    fn add_script_folder(&mut self, path: impl Into<String>) -> &mut Self {
        let path = path.into();
        let folder = asset_root(self).join(&path);
        let mut folders = self.world_mut().get_resource_or_init::<ScriptFolders>();
        for path in folders.add(folder, path, Instant::now()).added {
            if let Err(error) = reload::add_module(self.world_mut(), path) {
                error!("{error}");
            }
        }
        self
    }

    fn set_script_policy(&mut self, path: impl Into<String>, policy: ScriptPolicy) -> &mut Self {
        self.world_mut().get_resource_or_init::<ScriptPolicies>().set(path.into(), policy);
        self
    }

    fn register_stable_id<T: Component>(
        &mut self,
        id: impl Fn(&T) -> u64 + Send + Sync + 'static,
    ) -> &mut Self {
        let id: Arc<NumberOf<T>> = Arc::new(id);
        ScriptRegistry::set_stable_id(self.world_mut(), Arc::clone(&id));
        self.world_mut().get_resource_or_init::<HashedState>().set_stable_id(id);
        self
    }

    fn register_hashed_component<T: Component + Schema>(&mut self) -> &mut Self {
        self.world_mut().get_resource_or_init::<HashedState>().add::<T>();
        self
    }

    fn register_hashed_mirror<T: MirrorOf>(&mut self) -> &mut Self {
        self.world_mut().get_resource_or_init::<HashedState>().add_mirrored::<T>();
        self
    }

    fn register_hashed_resource<T: MirrorOf<Component: Resource>>(&mut self) -> &mut Self {
        self.world_mut().get_resource_or_init::<HashedState>().add_resource::<T>();
        self
    }
}
