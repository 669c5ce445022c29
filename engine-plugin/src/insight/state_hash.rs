//! One number for the whole scripted state, the same on every machine that is in that state.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use bevy::ecs::world::EntityRef;
use bevy::prelude::*;
use peristyle_abi::schema::bytes_of;
use peristyle_abi::{FieldType, Schema};
use thiserror::Error;
use xxhash_rust::xxh3::Xxh3;

use crate::calls::rows::NumberOf;
use crate::insight::scripts::Scripts;
use crate::offer::registry::ScriptRegistry;
use crate::types::mirror::MirrorOf;
use crate::types::schema::SchemaLayout;
use crate::types::slices::{self, SliceWriter, in_order};
use crate::types::value::{make_canonical, map_entities, may_be_uncanonical};

/// What the state hash covers.
#[derive(Resource, Default)]
pub(crate) struct HashedState {
    stable_id: Option<StableId>,
    /// By schema name, so in byte order.
    types: BTreeMap<&'static str, HashedType>,
    /// By schema name.
    resources: BTreeMap<&'static str, HashedResource>,
}

struct HashedResource {
    schema: SchemaLayout,
    pack: fn(&World, &SchemaLayout) -> Option<Vec<u8>>,
}

/// The number that the game gave an entity.
type StableId = Box<dyn Fn(EntityRef<'_>) -> Option<u64> + Send + Sync>;

struct HashedType {
    schema: SchemaLayout,
    component: fn(&World) -> Option<ComponentId>,
    /// Appends an entity's value, packed; whether it has one.
    pack: Pack,
}

type Pack = fn(EntityRef<'_>, &SchemaLayout, &mut Vec<u8>) -> bool;

impl HashedState {
    /// Has `T` name entities: the hash is over numbers that the game chose, never over Bevy's.
    pub fn set_stable_id<T: Component>(&mut self, id: Arc<NumberOf<T>>) {
        self.stable_id = Some(Box::new(move |entity| entity.get::<T>().map(&*id)));
    }

    /// Covers `T`.
    pub fn add<T: Component + Schema>(&mut self) {
        self.insert::<T, T>(|entity, _, out| {
            let value = entity.get::<T>();
            value.map(|value| out.extend_from_slice(bytes_of(value))).is_some()
        });
    }

    /// Covers `T` in its packed form.
    pub fn add_mirrored<T: MirrorOf>(&mut self) {
        self.insert::<T::Component, T::Packed>(|entity, schema, out| {
            entity.get::<T::Component>().map(|value| pack::<T>(value, schema, out)).is_some()
        });
    }

    /// Covers the resource `T` in its packed form.
    pub fn add_resource<T: MirrorOf<Component: Resource>>(&mut self) {
        let pack: fn(&World, &SchemaLayout) -> Option<Vec<u8>> = |world, schema| {
            let mut packed = Vec::new();
            world.get_resource::<T::Component>().map(|value| pack::<T>(value, schema, &mut packed))?;
            Some(packed)
        };
        let schema = SchemaLayout::of::<T::Packed>();
        self.resources.insert(T::Packed::NAME, HashedResource { schema, pack });
    }

    fn insert<T: Component, Packed: Schema>(&mut self, pack: Pack) {
        let schema = SchemaLayout::of::<Packed>();
        self.types.insert(Packed::NAME, HashedType { schema, component: World::component_id::<T>, pack });
    }

    /// The number of the entity with that id, as fields of values name it in the hash: 0 for no entity, and the highest
    /// number for one that is gone or has no number.
    fn number(&self, world: &World, id: u64) -> u64 {
        if id == 0 {
            return 0;
        }
        let entity = Entity::try_from_bits(id).and_then(|entity| world.get_entity(entity).ok());
        let number = entity.and_then(|entity| self.stable_id.as_ref()?(entity));
        number.map_or(u64::MAX, |number| number.saturating_add(1))
    }
}

/// Appends a value in its packed form, with what its strings and lists cover.
fn pack<T: MirrorOf>(value: &T::Component, schema: &SchemaLayout, out: &mut Vec<u8>) {
    let (start, mut slices) = (out.len(), SliceWriter::default());
    out.extend_from_slice(bytes_of(&T::pack(value, &mut slices)));
    in_order(schema, out, start, slices);
}

/// Why there is no state hash.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StateHashError {
    /// No component names the entities.
    #[error(
        "no stable id is registered; call `register_stable_id` with the component that numbers your entities"
    )]
    NoStableId,
    /// Entities of a hashed type have no stable id.
    #[error(
        "{entities} entities with a `{component}` have no stable id; give each the component that numbers entities"
    )]
    MissingStableId {
        /// The hashed type.
        component: &'static str,
        /// How many entities.
        entities: usize,
    },
    /// Two entities of a hashed type share an id.
    #[error("two entities with a `{component}` have the stable id {id}; ids must be unique")]
    DuplicateStableId {
        /// The hashed type.
        component: &'static str,
        /// The id.
        id: u64,
    },
}

/// The hash of everything that [`register_hashed_component`](crate::PeristyleAppExt) covers and
/// of all state blocks: xxh3-64. A module's name is part of it where the module has state blocks or random generators,
/// so two modules with other names that keep the same state have other hashes.
///
/// Hashed are, for each covered resource that is there, in the byte order of the schema names: the name and the
/// fields. Then, for each covered type in the byte order of the schema names: the name, the number
/// of rows, and in ascending order of the stable ids the id and the fields, little-endian, every
/// NaN as the canonical one and entities by their stable ids. Then the components that scripts define, of entities with a stable id,
/// in the same way. Then, for each module by name, each state block by name with its bytes, and each
/// random generator that a system uses, by the system's name. Names and block bytes are preceded by
/// their length as `u64`.
///
/// # Errors
/// [`StateHashError`] where entities cannot be told apart.
pub fn state_hash(world: &mut World) -> Result<u64, StateHashError> {
    let mut hasher = Xxh3::new();
    world.resource_scope(|world, hashed: Mut<HashedState>| {
        let entities = Entities(world.query::<EntityRef>());
        let number = |id| hashed.number(world, id);
        let values = Values { hasher: &mut hasher, number: &number };
        hash_game(world, &hashed, &entities, values)?;
        let values = Values { hasher: &mut hasher, number: &number };
        hash_scripts(world, &hashed, &entities, values);
        Ok(())
    })?;
    Ok(hasher.digest())
}

/// The resources and components that the game has registered.
fn hash_game(
    world: &World,
    hashed: &HashedState,
    entities: &Entities,
    mut values: Values<'_>,
) -> Result<(), StateHashError> {
    for (name, resource) in &hashed.resources {
        if let Some(mut packed) = (resource.pack)(world, &resource.schema) {
            values.text(name);
            values.value(&resource.schema, &mut packed);
        }
    }
    if hashed.types.is_empty() {
        return Ok(());
    }
    let stable_id = hashed.stable_id.as_ref().ok_or(StateHashError::NoStableId)?;
    for (&component, hashed) in &hashed.types {
        let (mut rows, mut data, mut unnamed) = (Vec::new(), Vec::new(), 0);
        for entity in entities.with((hashed.component)(world), world) {
            let start = data.len();
            if (hashed.pack)(entity, &hashed.schema, &mut data) {
                match stable_id(entity) {
                    Some(id) => rows.push((id, start, data.len())),
                    None => unnamed += 1,
                }
            }
        }
        if unnamed > 0 {
            return Err(StateHashError::MissingStableId { component, entities: unnamed });
        }
        rows.sort_unstable();
        if let Some(&[(id, ..), _]) = rows.array_windows().find(|[a, b]| a.0 == b.0) {
            return Err(StateHashError::DuplicateStableId { component, id });
        }
        values.text(component);
        values.hasher.update(&(rows.len() as u64).to_le_bytes());
        for (id, start, end) in rows {
            values.hasher.update(&id.to_le_bytes());
            values.value(&hashed.schema, &mut data[start..end]);
        }
    }
    Ok(())
}

/// The components that scripts define, of entities with a stable id, and what modules remember.
fn hash_scripts(world: &World, hashed: &HashedState, entities: &Entities, mut values: Values<'_>) {
    let registry = world.resource::<ScriptRegistry>();
    let defined =
        hashed.stable_id.iter().flat_map(|id| registry.defined_by_scripts().map(move |it| (id, it)));
    for (stable_id, (name, component)) in defined {
        let mut rows = Vec::new();
        for entity in entities.with(Some(component.id), world) {
            rows.extend(stable_id(entity).zip(registry.read(world, entity.id(), name)));
        }
        rows.sort_unstable();
        values.text(name);
        values.hasher.update(&(rows.len() as u64).to_le_bytes());
        for (id, mut row) in rows {
            values.hasher.update(&id.to_le_bytes());
            values.value(&component.schema, &mut row);
        }
    }
    for module in world.resource::<Scripts>().iter() {
        let running = module.slot.lock();
        let Some(version) = &running.version else { continue };
        let mut blocks: Vec<_> = version.state_blocks().collect();
        blocks.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        for (block, bytes) in blocks {
            values.text(&module.name);
            values.text(&block.name);
            values.hasher.update(&(bytes.len() as u64).to_le_bytes());
            values.value(&block.schema, &mut bytes.to_vec());
        }
        for record in running.by_name.iter().map(|&at| &running.records[at]) {
            let system = record.index.and_then(|index| version.layout.systems.get(index));
            if system.is_some_and(|system| system.params.has_random) {
                values.text(&module.name);
                values.text(&record.name);
                record.random.iter().for_each(|word| values.hasher.update(&word.to_le_bytes()));
            }
        }
    }
}

/// All entities that a query finds.
struct Entities(QueryState<EntityRef<'static>>);

impl Entities {
    /// Those that have a component: only archetypes that have it are looked at.
    fn with<'w>(
        &self,
        component: Option<ComponentId>,
        world: &'w World,
    ) -> impl Iterator<Item = EntityRef<'w>> {
        let archetypes = self.0.matched_archetypes().filter_map(|id| world.archetypes().get(id));
        let having = archetypes.filter(move |archetype| component.is_some_and(|id| archetype.contains(id)));
        having.flat_map(|archetype| archetype.entities()).map(|entity| world.entity(entity.id()))
    }
}

/// Where values go, and how they name entities there.
struct Values<'a> {
    hasher: &'a mut Xxh3,
    /// From the id of an entity to the number that stands for it.
    number: &'a dyn Fn(u64) -> u64,
}

impl Values<'_> {
    /// The length of a text, and the text.
    fn text(&mut self, text: &str) {
        self.hasher.update(&(text.len() as u64).to_le_bytes());
        self.hasher.update(text.as_bytes());
    }

    /// The fields in order, little-endian, every NaN as the canonical one, what is not there as zeros, and entities by
    /// their numbers. Then what strings and lists cover, after its length.
    fn value(&mut self, schema: &SchemaLayout, packed: &mut [u8]) {
        let (own, covered) = packed.split_at_mut(schema.byte_size as usize);
        if may_be_uncanonical(schema, own) {
            make_canonical(schema, own);
        }
        if schema.any_field(&|field| field.field_type == FieldType::Entity) {
            map_entities(schema, own, &mut |id| (self.number)(id));
            slices::map_entities(schema, own, covered, &mut |id| (self.number)(id));
        }
        self.hasher.update(own);
        if schema.has_slices() {
            self.hasher.update(&(covered.len() as u64).to_le_bytes());
            self.hasher.update(covered);
        }
    }
}
