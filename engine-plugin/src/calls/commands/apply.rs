//! Applies the commands of all script systems of a schedule, in the order of (module, system).
#![expect(unsafe_code, reason = "components that are known by id alone are inserted as bytes")]

use std::ptr::NonNull;
use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use bevy::ecs::entity_disabling::Disabled;
use bevy::prelude::*;
use bevy::ptr::OwningPtr;
use peristyle_abi::ScheduleCode;

use super::{Command, PendingCommands, Target};
use crate::calls::slot::Running;
use crate::insight::scripts::Scripts;
use crate::module::layout::{CheckedParams, CheckedValue, CommandTerm};
use crate::types::slices;
use crate::types::value::{is_provisional, map_entities};

/// The set of the system that applies what script systems of a schedule have commanded: after all
/// of them, once in each run of the schedule.
///
/// A system of the game that wants to see what scripts have spawned in this run is ordered after
/// it.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::ScriptCommands;
/// # fn show_new_drones() {}
/// let mut app = App::new();
/// app.add_systems(FixedUpdate, show_new_drones.after(ScriptCommands));
/// ```
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScriptCommands;

/// Applies the commands of every script system of a schedule.
pub(crate) fn apply_commands(schedule: ScheduleCode) -> impl FnMut(&mut World) + Send + Sync + 'static {
    let mut room = Room::default();
    move |world| {
        let modules = world.resource::<Scripts>().modules.len();
        for module in 0..modules {
            let slot = world.resource::<Scripts>().modules.get(module).map(|module| Arc::clone(&module.slot));
            let Some(slot) = slot else { continue };
            let systems = slot.lock().by_name.len();
            for system in 0..systems {
                // Hooks and observers may look at scripts, so the lock is not held meanwhile.
                let Some((record, mut pending, components)) = take(&mut slot.lock(), system, schedule) else {
                    continue;
                };
                let skipped = apply(world, &components, &mut pending, &mut room);
                pending.clear();
                let record = &mut slot.lock().records[record];
                record.pending = pending;
                record.stats.commands_skipped += skipped;
            }
        }
    }
}

type Taken = (usize, PendingCommands, Arc<CheckedParams>);

/// The commands of the system with that place among the names, if it has some and runs in
/// `schedule`.
fn take(running: &mut Running, system: usize, schedule: ScheduleCode) -> Option<Taken> {
    let at = *running.by_name.get(system)?;
    let version = running.version.as_ref()?;
    let record = running.records.get_mut(at)?;
    if record.pending.is_empty() {
        return None;
    }
    let system = version.layout.systems.get(record.index?)?;
    (system.schedule == schedule)
        .then(|| (at, std::mem::take(&mut record.pending), Arc::clone(&system.params)))
}

/// What applying needs again and again.
#[derive(Default)]
struct Room {
    ids: Vec<ComponentId>,
    /// Where in the values each of `ids` begins.
    places: Vec<usize>,
}

/// Applies the commands in order; how many were skipped because their entity is gone.
fn apply(world: &mut World, params: &CheckedParams, pending: &mut PendingCommands, room: &mut Room) -> u64 {
    let terms = params.commands.as_deref().unwrap_or_default();
    let PendingCommands { list, values, messages, packed, spawned } = pending;
    let mut skipped = 0;
    let mut rest = list.as_slice();
    while let Some((&command, after)) = rest.split_first() {
        rest = after;
        let target = match command {
            Command::Spawn => {
                let mut entity = world.spawn_empty();
                spawned.push(entity.id());
                // What follows is most often what the new entity is made of: all at once it moves
                // from archetype to archetype only once.
                let number = spawned.len() - 1;
                let own = |command: &Command| matches!(command, Command::Insert { target: Target::New(new), .. } if *new as usize == number);
                let inserts = rest.iter().take_while(|command| own(command)).count();
                let (inserts, after) = rest.split_at(inserts);
                rest = after;
                insert_all(&mut entity, terms, inserts, (values, packed), spawned, room);
                continue;
            }
            Command::Send { term, at, bytes } => {
                if let Some(CommandTerm { value, messages: Some(source), .. }) = terms.get(term as usize) {
                    let rows = match packed.get_mut(at as usize) {
                        Some(packed) if value.has_slices => packed.as_mut_slice(),
                        _ => &mut messages[at as usize..][..bytes as usize],
                    };
                    make_entities_real(value, rows, spawned);
                    source.send(world, &value.schema, rows);
                }
                continue;
            }
            Command::Despawn(target) | Command::Enable(target) | Command::Disable(target) => target,
            Command::Insert { target, .. }
            | Command::Remove { target, .. }
            | Command::SetParent { target, .. } => target,
        };
        let resolve = |target| match target {
            Target::There(entity) => Some(entity),
            Target::New(number) => spawned.get(number as usize).copied(),
        };
        let entity = resolve(target).and_then(|entity| world.get_entity_mut(entity).ok());
        let Some(mut entity) = entity else {
            skipped += 1;
            continue;
        };
        match command {
            Command::Spawn | Command::Send { .. } => {}
            Command::Despawn(_) => entity.despawn(),
            Command::Insert { .. } => {
                insert_all(&mut entity, terms, &[command], (values, packed), spawned, room);
            }
            Command::Remove { component, .. } => {
                if let Some(id) = terms.get(component as usize).and_then(|term| term.value.id) {
                    entity.remove_by_id(id);
                }
            }
            Command::SetParent { parent: None, .. } => {
                entity.remove::<ChildOf>();
            }
            Command::SetParent { parent: Some(parent), .. } => {
                let child = entity.id();
                match resolve(parent).filter(|&parent| can_be_parent(world, parent, child)) {
                    Some(parent) => {
                        world.entity_mut(child).insert(ChildOf(parent));
                    }
                    None => skipped += 1,
                }
            }
            Command::Enable(_) => {
                entity.remove::<Disabled>();
            }
            Command::Disable(_) => {
                entity.insert(Disabled);
            }
        }
    }
    skipped
}

/// Whether `parent` is there and not below `child`: Bevy would follow such a circle for good.
fn can_be_parent(world: &World, parent: Entity, child: Entity) -> bool {
    let mut above = Some(parent);
    while let Some(entity) = above {
        let Ok(entity) = world.get_entity(entity) else { return false };
        if entity.id() == child {
            return false;
        }
        above = entity.get::<ChildOf>().map(ChildOf::parent);
    }
    true
}

/// Gives an entity the components of some `Insert` commands.
fn insert_all(
    entity: &mut EntityWorldMut<'_>,
    terms: &[CommandTerm],
    inserts: &[Command],
    (values, packed): (&mut [u64], &mut [Vec<u8>]),
    spawned: &[Entity],
    room: &mut Room,
) {
    let Room { ids, places } = room;
    ids.clear();
    places.clear();
    for command in inserts {
        let &Command::Insert { component, at, .. } = command else { continue };
        let Some(CommandTerm { value, .. }) = terms.get(component as usize) else { continue };
        let Some(id) = value.id else { continue };
        let at = at as usize;
        let row = match packed.get_mut(at) {
            Some(packed) if value.has_slices => packed.as_mut_slice(),
            _ => &mut bytemuck::cast_slice_mut(&mut values[at..])[..value.schema.byte_size as usize],
        };
        make_entities_real(value, row, spawned);
        if let Some(mirror) = &value.mirror {
            // SAFETY: `decode` checked the bytes against the fields of this value's schema, and
            // `make_entities_real` put real ids in the place of provisional ones.
            unsafe { mirror.insert(row, entity) };
        } else if let Some(again) = ids.iter().position(|&other| other == id) {
            // The later one counts.
            places[again] = at;
        } else {
            ids.push(id);
            places.push(at);
        }
    }
    if ids.is_empty() {
        return;
    }
    // Bevy wants a value aligned as its type asks, and some vectors ask for more than 8 bytes.
    let components = entity.world().components();
    let align = |&id: &ComponentId| components.get_info(id).map_or(1, |info| info.layout().align());
    if ids.iter().any(|id| align(id) > align_of::<u64>()) {
        insert_aligned(entity, terms, ids, places, values);
        return;
    }
    let pointers = places.iter().map(|&at| {
        let place = NonNull::from(&mut values[at..]).cast::<u8>();
        // SAFETY: the bytes from here on are a valid value of the component: `decode` checked
        // them against its schema, whose type is plain data of at most 8 bytes alignment. Each
        // place is named once in `places`, and its bytes are not used again.
        unsafe { OwningPtr::new(place) }
    });
    // SAFETY: the ids are of this world, and each pointer is to a value of the component with the
    // id at the same place.
    unsafe { entity.insert_by_ids(ids, pointers) };
}

/// As [`insert_all`], one after the other, each from a place that is aligned to 16 bytes.
fn insert_aligned(
    entity: &mut EntityWorldMut<'_>,
    terms: &[CommandTerm],
    ids: &[ComponentId],
    places: &[usize],
    values: &[u64],
) {
    let mut aligned: Vec<u128> = Vec::new();
    for (&id, &at) in ids.iter().zip(places) {
        let Some(term) = terms.iter().find(|term| term.value.id == Some(id)) else { continue };
        let words = (term.value.schema.byte_size as usize).div_ceil(8);
        aligned.clear();
        aligned.resize(words.div_ceil(2).max(1), 0);
        bytemuck::cast_slice_mut(&mut aligned)[..words].copy_from_slice(&values[at..][..words]);
        let layout = entity.world().components().get_info(id).map(|info| info.layout());
        if layout.is_none_or(|layout| layout.align() > align_of::<u128>() || layout.size() > words * 8) {
            continue;
        }
        let place = NonNull::from(aligned.as_mut_slice()).cast::<u8>();
        // SAFETY: the bytes are a valid value of the component with that id, as in `insert_all`, whose size
        // and alignment were looked at; they are not used again.
        unsafe { entity.insert_by_id(id, OwningPtr::new(place)) };
    }
}

/// Puts the spawned entities' ids in the place of provisional ones.
fn make_entities_real(value: &CheckedValue, rows: &mut [u8], spawned: &[Entity]) {
    if !value.has_bad_values {
        return;
    }
    let mut real = |id: u64| {
        if !is_provisional(id) {
            return id;
        }
        // The first one of a call ends in 1.
        let number = (id as u32).wrapping_sub(1) as usize;
        spawned.get(number).map_or(0, |entity| entity.to_bits())
    };
    let row_bytes = value.schema.byte_size as usize;
    if value.has_slices {
        let (own, covered) = rows.split_at_mut(row_bytes);
        map_entities(&value.schema, own, &mut real);
        slices::map_entities(&value.schema, own, covered, &mut real);
        return;
    }
    for row in rows.chunks_exact_mut(row_bytes) {
        map_entities(&value.schema, row, &mut real);
    }
}
