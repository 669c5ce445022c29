//! One number for the whole scripted state, the same on every machine that is in that state.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use bevy::ecs::world::EntityRef;
use bevy::prelude::*;
use peristyle_abi::Schema;
use peristyle_abi::schema::bytes_of;
use thiserror::Error;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::mirror::MirrorOf;
use crate::registry::{RegisteredComponent, ScriptRegistry};
use crate::rows::NumberOf;
use crate::schema::SchemaLayout;
use crate::scripts::Scripts;
use crate::slices::SliceWriter;
use crate::value::{make_canonical, may_be_uncanonical};

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
    bytes: fn(&World) -> Option<Vec<u8>>,
}

/// The number that the game gave an entity.
type StableId = Box<dyn Fn(EntityRef<'_>) -> Option<u64> + Send + Sync>;

struct HashedType {
    schema: SchemaLayout,
    component: fn(&World) -> Option<ComponentId>,
    bytes: fn(EntityRef<'_>, &mut Vec<u8>) -> bool,
}

impl HashedState {
    /// Has `T` name entities: the hash is over numbers that the game chose, never over Bevy's.
    pub fn set_stable_id<T: Component>(&mut self, id: Arc<NumberOf<T>>) {
        self.stable_id = Some(Box::new(move |entity| entity.get::<T>().map(&*id)));
    }

    /// Covers `T`.
    pub fn add<T: Component + Schema>(&mut self) {
        self.insert::<T, T>(|entity, out| {
            let value = entity.get::<T>();
            value.map(|value| out.extend_from_slice(bytes_of(value))).is_some()
        });
    }

    /// Covers `T` in its packed form.
    pub fn add_mirrored<T: MirrorOf>(&mut self) {
        self.insert::<T::Component, T::Packed>(|entity, out| {
            entity.get::<T::Component>().map(|value| pack_for_hash::<T>(value, out)).is_some()
        });
    }

    /// Covers the resource `T` in its packed form.
    pub fn add_resource<T: MirrorOf<Component: Resource>>(&mut self) {
        let bytes = |world: &World| {
            let mut bytes = Vec::new();
            world.get_resource::<T::Component>().map(|value| pack_for_hash::<T>(value, &mut bytes))?;
            Some(bytes)
        };
        let schema = SchemaLayout::of::<T::Packed>();
        self.resources.insert(T::Packed::NAME, HashedResource { schema, bytes });
    }

    fn insert<T: Component, Packed: Schema>(&mut self, bytes: fn(EntityRef<'_>, &mut Vec<u8>) -> bool) {
        let schema = SchemaLayout::of::<Packed>();
        self.types.insert(Packed::NAME, HashedType { schema, component: World::component_id::<T>, bytes });
    }
}

/// Appends a value in its packed form. What strings and lists cover stands for itself by its hash, so that values of
/// a type are equally long.
fn pack_for_hash<T: MirrorOf>(value: &T::Component, out: &mut Vec<u8>) {
    let mut slices = SliceWriter::default();
    out.extend_from_slice(bytes_of(&T::pack(value, &mut slices)));
    if T::Packed::INFO.has_slices() {
        out.extend_from_slice(&xxh3_64(&slices.into_bytes()).to_le_bytes());
    }
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
/// NaN as the canonical one. Then the components that scripts define, of entities with a stable id,
/// in the same way. Then, for each module by name, each state block by name with its bytes, and each
/// random generator that a system uses, by the system's name. Names and block bytes are preceded by
/// their length as `u64`.
///
/// # Errors
/// [`StateHashError`] where entities cannot be told apart.
pub fn state_hash(world: &mut World) -> Result<u64, StateHashError> {
    let mut hasher = Xxh3::new();
    world.resource_scope(|world, hashed: Mut<HashedState>| {
        for (name, resource) in &hashed.resources {
            if let Some(bytes) = (resource.bytes)(world) {
                hash_text(&mut hasher, name);
                hash_row(&mut hasher, &resource.schema, &bytes);
            }
        }
        if hashed.types.is_empty() {
            return Ok(());
        }
        let stable_id = hashed.stable_id.as_ref().ok_or(StateHashError::NoStableId)?;
        let entities = Entities(world.query::<EntityRef>());
        for (&component, hashed) in &hashed.types {
            let (mut rows, mut data, mut unnamed) = (Vec::new(), Vec::new(), 0);
            for entity in entities.with((hashed.component)(world), world) {
                let start = data.len();
                if (hashed.bytes)(entity, &mut data) {
                    match stable_id(entity) {
                        Some(id) => rows.push((id, start)),
                        None => unnamed += 1,
                    }
                }
            }
            if unnamed > 0 {
                return Err(StateHashError::MissingStableId { component, entities: unnamed });
            }
            rows.sort_unstable();
            if let Some(&[(id, _), _]) = rows.array_windows().find(|[a, b]| a.0 == b.0) {
                return Err(StateHashError::DuplicateStableId { component, id });
            }
            let of_slices = if hashed.schema.has_slices() { size_of::<u64>() } else { 0 };
            let row_bytes = hashed.schema.byte_size as usize + of_slices;
            let bytes = |start: usize| &data[start..][..row_bytes];
            let rows = rows.into_iter().map(|(id, start)| (id, bytes(start)));
            hash_rows(&mut hasher, component, &hashed.schema, rows);
        }
        Ok(())
    })?;
    hash_script_components(world, &mut hasher)?;
    for module in world.resource::<Scripts>().iter() {
        let running = module.slot.lock();
        let Some(version) = &running.version else { continue };
        let mut blocks: Vec<_> = version.state_blocks().collect();
        blocks.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        for (block, bytes) in blocks {
            hash_text(&mut hasher, &module.name);
            hash_text(&mut hasher, &block.name);
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hash_row(&mut hasher, &block.schema, bytes);
        }
        for record in running.by_name.iter().map(|&at| &running.records[at]) {
            let system = record.index.and_then(|index| version.layout.systems.get(index));
            if system.is_some_and(|system| system.params.has_random) {
                hash_text(&mut hasher, &module.name);
                hash_text(&mut hasher, &record.name);
                record.random.iter().for_each(|word| hasher.update(&word.to_le_bytes()));
            }
        }
    }
    Ok(hasher.digest())
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

/// The components that scripts define, of the entities that have a stable id.
fn hash_script_components(world: &mut World, hasher: &mut Xxh3) -> Result<(), StateHashError> {
    let registry = world.resource::<ScriptRegistry>();
    let defined: Vec<(String, RegisteredComponent)> =
        registry.defined_by_scripts().map(|(name, component)| (name.clone(), component.clone())).collect();
    if defined.is_empty() {
        return Ok(());
    }
    world.resource_scope(|world, hashed: Mut<HashedState>| {
        let Some(stable_id) = &hashed.stable_id else { return Ok(()) };
        let entities = Entities(world.query::<EntityRef>());
        for (name, component) in defined {
            let mut rows = Vec::new();
            for entity in entities.with(Some(component.id), world) {
                let bytes = world.resource::<ScriptRegistry>().read(world, entity.id(), &name);
                rows.extend(stable_id(entity).zip(bytes));
            }
            rows.sort_unstable();
            let rows = rows.iter().map(|(id, bytes)| (*id, bytes.as_slice()));
            hash_rows(hasher, &name, &component.schema, rows);
        }
        Ok(())
    })
}

/// The length of a text, and the text.
fn hash_text(hasher: &mut Xxh3, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

/// A component's name, how many rows there are, and each with its stable id, in the given order.
fn hash_rows<'r>(
    hasher: &mut Xxh3,
    component: &str,
    schema: &SchemaLayout,
    rows: impl ExactSizeIterator<Item = (u64, &'r [u8])>,
) {
    hash_text(hasher, component);
    hasher.update(&(rows.len() as u64).to_le_bytes());
    for (id, row) in rows {
        hasher.update(&id.to_le_bytes());
        hash_row(hasher, schema, row);
    }
}

/// The fields in order, little-endian, every NaN as the canonical one and what is not there as zeros.
fn hash_row(hasher: &mut Xxh3, schema: &SchemaLayout, row: &[u8]) {
    if may_be_uncanonical(schema, row) {
        let mut canonical = row.to_vec();
        make_canonical(schema, &mut canonical);
        hasher.update(&canonical);
    } else {
        hasher.update(row);
    }
}
