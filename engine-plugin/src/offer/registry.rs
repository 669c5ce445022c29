//! What the game offers to scripts: components and resources by name, and how entities are numbered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use bevy::ecs::component::{ComponentId, Mutable};
use bevy::prelude::*;
use peristyle_abi::Schema;

use crate::calls::rows::{NumberOf, StableIdKey};
use crate::offer::messages::{GameMessages, Packing};
use crate::types::mirror::{Mirror, MirrorField, MirrorOf};
use crate::types::schema::SchemaLayout;

/// The components and resources that scripts may touch, by schema name.
///
/// Filled through [`PeristyleAppExt::register_script_component`](crate::PeristyleAppExt) and its
/// sisters.
#[derive(Resource, Default, Debug)]
pub struct ScriptRegistry {
    components: BTreeMap<String, RegisteredComponent>,
    resources: BTreeMap<String, RegisteredComponent>,
    messages: BTreeMap<String, (Arc<SchemaLayout>, GameMessages)>,
    events: BTreeMap<String, (Arc<SchemaLayout>, GameMessages)>,
    stable_id: Option<StableIdKey>,
    offered: Offered,
    /// Names of those components that scripts define.
    defined: BTreeSet<String>,
}

/// The components that scripts may touch. Clones share what is added later.
#[derive(Clone, Default, Debug)]
pub(crate) struct Offered(Arc<RwLock<BTreeSet<ComponentId>>>);

impl Offered {
    fn add(&self, id: ComponentId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    /// Whether one of them fits.
    pub fn any(&self, fits: impl FnMut(&ComponentId) -> bool) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(fits)
    }
}

impl PartialEq for Offered {
    fn eq(&self, other: &Self) -> bool {
        // A game has one.
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Offered {}

/// A component or resource that scripts may touch.
#[derive(Clone, Debug)]
pub struct RegisteredComponent {
    /// Bevy's id.
    pub id: ComponentId,
    /// The packed layout that scripts see.
    pub schema: Arc<SchemaLayout>,
    /// How rows are packed, where Bevy's are not.
    pub(crate) mirror: Option<Mirror>,
}

/// Components that a version of a module defines, by name. They count once it is swapped in.
pub(crate) type Definitions = BTreeMap<String, RegisteredComponent>;

impl ScriptRegistry {
    /// The component that modules call `name`.
    pub fn component(&self, name: &str) -> Option<&RegisteredComponent> {
        self.components.get(name)
    }

    /// All names in byte order.
    pub fn component_names(&self) -> impl Iterator<Item = &str> {
        self.components.keys().map(String::as_str)
    }

    /// Bevy's ids of all components, those included that scripts will define.
    pub(crate) fn offered(&self) -> Offered {
        self.offered.clone()
    }

    /// Offers a component that a script defines.
    pub(crate) fn define(&mut self, name: String, component: RegisteredComponent) {
        self.offered.add(component.id);
        self.defined.insert(name.clone());
        self.components.insert(name, component);
    }

    /// Whether the game itself has registered a component of that name.
    pub(crate) fn is_of_game(&self, name: &str) -> bool {
        self.components.contains_key(name) && !self.defined.contains(name)
    }

    /// Forgets a component that scripts have defined.
    pub(crate) fn forget(&mut self, name: &str) {
        if self.defined.remove(name) {
            self.components.remove(name);
        }
    }

    /// The components that scripts define, in the byte order of their names: a game inspects their values with
    /// [`read`](Self::read) and [`SchemaLayout::show`].
    pub fn defined_by_scripts(&self) -> impl Iterator<Item = (&String, &RegisteredComponent)> {
        self.defined.iter().filter_map(|name| Some((name, self.components.get(name)?)))
    }

    /// The resource that modules call `name`.
    pub fn resource(&self, name: &str) -> Option<&RegisteredComponent> {
        self.resources.get(name)
    }

    /// All names of resources in byte order.
    pub fn resource_names(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(String::as_str)
    }

    /// The messages of the game that modules call `name`.
    pub(crate) fn messages(&self, name: &str) -> Option<&(Arc<SchemaLayout>, GameMessages)> {
        self.messages.get(name)
    }

    /// The packed layout of the game's messages that modules call `name`.
    pub fn message(&self, name: &str) -> Option<&SchemaLayout> {
        self.messages.get(name).map(|(schema, _)| &**schema)
    }

    /// All names of the game's messages in byte order.
    pub fn message_names(&self) -> impl Iterator<Item = &str> {
        self.messages.keys().map(String::as_str)
    }

    /// The events of the game that modules call `name`.
    pub(crate) fn events(&self, name: &str) -> Option<&(Arc<SchemaLayout>, GameMessages)> {
        self.events.get(name)
    }

    /// The packed layout of the game's events that modules call `name`.
    pub fn event(&self, name: &str) -> Option<&SchemaLayout> {
        self.events.get(name).map(|(schema, _)| &**schema)
    }

    /// All names of the game's events in byte order.
    pub fn event_names(&self) -> impl Iterator<Item = &str> {
        self.events.keys().map(String::as_str)
    }

    /// Registers the messages `M`, packed by `P`, under the name that the schema has.
    pub(crate) fn register_message<M: Message, P: Packing<M>>(world: &mut World, schema: SchemaLayout) {
        let messages = GameMessages::of::<M, P>(world);
        let name = schema.name.clone();
        let mut registry = world.get_resource_or_init::<Self>();
        let before = registry.messages.insert(name.clone(), (Arc::new(schema), messages));
        assert_is_new::<M>(&name, before.is_none_or(|(_, before)| before.resource == messages.resource));
    }

    /// Registers the events `E`.
    pub(crate) fn register_event<E>(world: &mut World)
    where
        E: Event + MirrorField<Packed: Schema>,
        for<'t> E::Trigger<'t>: Default,
    {
        let schema = SchemaLayout::of::<E::Packed>();
        let name = schema.name.clone();
        if world.get_resource_or_init::<Self>().events.contains_key(&name) {
            let resource = GameMessages::event_resource::<E>(world);
            let same = world.resource::<Self>().events.get(&name).map(|(_, events)| events.resource);
            return assert_is_new::<E>(&name, same == Some(resource));
        }
        let events = GameMessages::of_event::<E>(world);
        world.resource_mut::<Self>().events.insert(name, (Arc::new(schema), events));
    }

    /// How the game numbers its entities.
    pub(crate) fn stable_id(&self) -> Option<&StableIdKey> {
        self.stable_id.as_ref()
    }

    /// Has `T` number the entities.
    pub(crate) fn set_stable_id<T: Component>(world: &mut World, id: Arc<NumberOf<T>>) {
        let key = StableIdKey::new(world.register_component::<T>(), id);
        world.get_resource_or_init::<Self>().stable_id = Some(key);
    }

    /// Registers `T`, which is packed, with the world and with the registry.
    pub(crate) fn register<T: Component<Mutability = Mutable> + Schema>(world: &mut World) {
        Self::insert::<T, T>(world, None, |registry| &mut registry.components);
    }

    /// Registers `T`, which crosses through its packed mirror.
    pub(crate) fn register_mirrored<T: MirrorOf>(world: &mut World) {
        Self::insert::<T::Component, T::Packed>(world, Some(Mirror::of::<T>()), |registry| {
            &mut registry.components
        });
    }

    /// Registers the resource `T`, which is packed.
    pub(crate) fn register_resource<T: Resource<Mutability = Mutable> + Schema>(world: &mut World) {
        Self::insert::<T, T>(world, None, |registry| &mut registry.resources);
    }

    /// Registers the resource `T`, which crosses through its packed mirror.
    pub(crate) fn register_mirrored_resource<T: MirrorOf<Component: Resource>>(world: &mut World) {
        Self::insert::<T::Component, T::Packed>(world, Some(Mirror::of::<T>()), |registry| {
            &mut registry.resources
        });
    }

    /// # Panics
    /// If a type without a mirror has strings or lists, or another type has the name.
    fn insert<T: Component, Packed: Schema>(
        world: &mut World,
        mirror: Option<Mirror>,
        map: fn(&mut Self) -> &mut BTreeMap<String, RegisteredComponent>,
    ) {
        assert!(
            mirror.is_some() || !SchemaLayout::of::<Packed>().has_slices(),
            "{} has strings or lists, which are of use in a mirror alone: derive `Mirror` for a struct with \
             `String` and `Vec`, and call `register_script_mirror`",
            std::any::type_name::<T>(),
        );
        let id = world.register_component::<T>();
        let mut registry = world.get_resource_or_init::<Self>();
        registry.offered.add(id);
        let registered = RegisteredComponent { id, schema: Arc::new(SchemaLayout::of::<Packed>()), mirror };
        let before = map(&mut registry).insert(Packed::NAME.to_owned(), registered);
        assert_is_new::<T>(Packed::NAME, before.is_none_or(|before| before.id == id));
    }
}

/// # Panics
/// If it is not.
fn assert_is_new<T>(name: &str, is_new: bool) {
    assert!(
        is_new,
        "{} cannot be offered to scripts as `{name}`: another type is registered under that name; give one of the \
         two another name with `#[schema(name = \"...\")]`",
        std::any::type_name::<T>(),
    );
}
