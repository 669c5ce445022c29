//! Records in a module's memory become commands, or a fault that names the first bad one.

use bevy::ecs::archetype::ArchetypeId;
use bevy::ecs::resource::IsResource;
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::Entity;
use peristyle_abi::{CommandKind, CommandRecord, TermKind};

use super::{Command, PendingCommands, Target};
use crate::calls::sliced::GuestSlices;
use crate::calls::write_back::{check_new_value, may_be_uncanonical};
use crate::module::faults::Fault;
use crate::module::layout::{CheckedValue, CommandTerm};
use crate::offer::registry::Offered;
use crate::types::mirror::BadValue;
use crate::types::value::{is_provisional, make_canonical};

const RECORD_BYTES: usize = size_of::<CommandRecord>();

/// What one call left in its command buffer, and what it may do.
pub(crate) struct Records<'a> {
    /// The room for records.
    pub room: &'a [u8],
    /// Bytes that the guest says it used.
    pub used: u32,
    /// Entities that the guest says it spawned.
    pub spawned: u32,
    /// The id of the call's first spawn.
    pub first_entity: u64,
    /// What may be inserted, removed and sent.
    pub terms: &'a [CommandTerm],
    /// The kinds of commands that are permitted, by the bits of their codes.
    pub kinds: u32,
    /// Entities that there may be in the world.
    pub entities_max: u32,
    /// The module's memory, for what strings and lists cover, and how many bytes of it they may.
    pub memory: &'a [u8],
    pub slice_bytes_max: usize,
    /// The components that scripts may touch: an entity without any of them is none of theirs.
    pub offered: &'a Offered,
}

/// Checks all records and puts their commands into `pending`, which was empty.
///
/// # Errors
/// The first bad command; then nothing is to be done.
pub(crate) fn decode(
    records: &Records<'_>,
    world: UnsafeWorldCell<'_>,
    pending: &mut PendingCommands,
) -> Result<(), Fault> {
    let bad_buffer = |problem: String| {
        Err(Fault::BadCommand { number: 0, command: "the command buffer".to_owned(), problem })
    };
    let Some(mut rest) = records.room.get(..records.used as usize) else {
        return bad_buffer(format!(
            "{} bytes are said to be used of {}; the limit command_bytes_max is {1}",
            records.used,
            records.room.len()
        ));
    };
    let mut decoder = Decoder {
        records,
        world,
        pending,
        last_seen: None,
        spawned: 0,
        room: None,
        number: 0,
        slice_bytes_left: records.slice_bytes_max,
    };
    while !rest.is_empty() {
        if let Err((command, problem)) = decoder.next(&mut rest) {
            return Err(Fault::BadCommand { number: decoder.number, command, problem });
        }
    }
    let spawned = decoder.spawned as u64;
    if spawned != u64::from(records.spawned) {
        return bad_buffer(format!("{} entities are said to be spawned, and {spawned} are", records.spawned));
    }
    Ok(())
}

/// The command as an error calls it, and what is wrong with it.
type Bad = (String, String);

struct Decoder<'a, 'w> {
    records: &'a Records<'a>,
    world: UnsafeWorldCell<'w>,
    pending: &'a mut PendingCommands,
    /// The last archetype that was looked at, and whether scripts may touch its entities.
    last_seen: Option<(ArchetypeId, bool)>,
    spawned: usize,
    /// How many entities may be spawned; counted when the first one is.
    room: Option<u64>,
    /// Records before the one that is being decoded.
    number: u32,
    /// How many bytes strings and lists may yet cover.
    slice_bytes_left: usize,
}

impl<'a> Decoder<'a, '_> {
    /// Decodes the first record of `rest` and takes it off.
    fn next(&mut self, rest: &mut &[u8]) -> Result<(), Bad> {
        let unknown = |problem: String| ("a record".to_owned(), problem);
        let Some(header) = rest.get(..RECORD_BYTES) else {
            return Err(unknown(format!("{} bytes are left, and a record has {RECORD_BYTES}", rest.len())));
        };
        let record: CommandRecord = bytemuck::pod_read_unaligned(header);
        let size = record.size as usize;
        if size < RECORD_BYTES || size > rest.len() || !size.is_multiple_of(8) {
            return Err(unknown(format!(
                "it says that it has {size} bytes; {RECORD_BYTES} to {} and a multiple of 8 are possible",
                rest.len()
            )));
        }
        let Some(kind) = CommandKind::from_code(record.kind) else {
            let known: Vec<String> =
                CommandKind::ALL.iter().map(|kind| format!("{kind} {}", kind.code())).collect();
            return Err(unknown(format!("its kind is {}; known are: {}", record.kind, known.join(", "))));
        };
        if self.records.kinds & 1_u32.checked_shl(kind.code()).unwrap_or(0) == 0 {
            return Err((
                kind.to_string(),
                "the game's policy does not permit commands of this kind".to_owned(),
            ));
        }
        let (whole, after) = rest.split_at(size);
        *rest = after;
        let bad = |problem: String| (kind.to_string(), problem);
        let payload = whole[RECORD_BYTES..].get(..record.payload_bytes as usize).ok_or_else(|| {
            bad(format!("its payload of {} bytes does not fit into {size}", record.payload_bytes))
        })?;
        self.command(kind, &record, payload, rest).map_err(|(about, problem)| {
            (if about.is_empty() { kind.to_string() } else { format!("{kind} of {about}") }, problem)
        })?;
        self.number += 1;
        Ok(())
    }

    /// Checks one command. An error has the component that it is about, if it is about one.
    fn command(
        &mut self,
        kind: CommandKind,
        record: &CommandRecord,
        payload: &[u8],
        rest: &mut &[u8],
    ) -> Result<(), Bad> {
        let plain = |problem: String| (String::new(), problem);
        let payload_bytes = |expected: usize| {
            let fits = payload.len() == expected;
            let found = payload.len();
            if fits {
                Ok(())
            } else {
                Err(format!("its payload has {found} bytes, and must have {expected}"))
            }
        };
        let command = match kind {
            CommandKind::Spawn => {
                payload_bytes(0).map_err(plain)?;
                let expected = self.records.first_entity + self.spawned as u64;
                if record.entity != expected {
                    let found = record.entity;
                    return Err(plain(format!(
                        "its entity is {found:#x}, and the next one is {expected:#x}"
                    )));
                }
                if self.spawned as u64 >= self.room() {
                    let entities_max = self.records.entities_max;
                    return Err(plain(format!(
                        "there is no room for another entity; the limit entities_max is {entities_max}"
                    )));
                }
                self.spawned += 1;
                Command::Spawn
            }
            CommandKind::Insert => {
                let value = &self.term(kind, record.term).map_err(plain)?.value;
                let about = |problem| (value.schema.name.clone(), problem);
                let target = self.target(record.entity).map_err(about)?;
                payload_bytes(value.schema.byte_size as usize).map_err(about)?;
                let at = self.value(value, payload).map_err(about)?;
                Command::Insert { target, component: record.term, at }
            }
            CommandKind::Remove => {
                let value = &self.term(kind, record.term).map_err(plain)?.value;
                let about = |problem| (value.schema.name.clone(), problem);
                payload_bytes(0).map_err(about)?;
                Command::Remove { target: self.target(record.entity).map_err(about)?, component: record.term }
            }
            CommandKind::Send | CommandKind::Trigger => {
                let term = self.term(kind, record.term).map_err(plain)?;
                let value = &term.value;
                return self
                    .sends(record, term, payload, rest)
                    .map_err(|problem| (value.schema.name.clone(), problem));
            }
            CommandKind::SetParent => {
                payload_bytes(size_of::<u64>()).map_err(plain)?;
                let target = self.target(record.entity).map_err(plain)?;
                let parent = match bytemuck::pod_read_unaligned::<u64>(payload) {
                    0 => None,
                    parent => {
                        Some(self.target(parent).map_err(|problem| plain(format!("the parent: {problem}")))?)
                    }
                };
                if parent == Some(target) {
                    return Err(plain("an entity cannot be its own parent".to_owned()));
                }
                Command::SetParent { target, parent }
            }
            CommandKind::Despawn | CommandKind::Enable | CommandKind::Disable => {
                payload_bytes(0).map_err(plain)?;
                let target = self.target(record.entity).map_err(plain)?;
                match kind {
                    CommandKind::Despawn => Command::Despawn(target),
                    CommandKind::Enable => Command::Enable(target),
                    _ => Command::Disable(target),
                }
            }
        };
        self.pending.list.push(command);
        Ok(())
    }

    /// What a command inserts, removes or sends, by the number of its term.
    fn term(&self, kind: CommandKind, number: u32) -> Result<&'a CommandTerm, String> {
        let (what, asked) = match kind {
            CommandKind::Send => ("message", TermKind::Send),
            CommandKind::Trigger => ("event", TermKind::Trigger),
            _ => ("component", TermKind::Insert),
        };
        let fits = |term: &CommandTerm| term.kind == asked;
        match self.records.terms.get(number as usize) {
            Some(term) if fits(term) => Ok(term),
            _ => {
                let known = (0..).zip(self.records.terms).filter(|(_, term)| fits(term));
                let known: Vec<String> =
                    known.map(|(number, term)| format!("{} {number}", term.value.schema.name)).collect();
                Err(format!(
                    "its {what} is number {number}; the system's commands have: {}",
                    known.join(", ")
                ))
            }
        }
    }

    /// How many entities this call may spawn.
    fn room(&mut self) -> u64 {
        let (world, entities_max) = (self.world, u64::from(self.records.entities_max));
        *self.room.get_or_insert_with(|| {
            let there: u64 = world.archetypes().iter().map(|archetype| u64::from(archetype.len())).sum();
            entities_max.saturating_sub(there)
        })
    }

    /// Whether that is an entity which this call spawned before.
    fn new_entity(&self, id: u64) -> Option<usize> {
        let number = id.checked_sub(self.records.first_entity)?;
        usize::try_from(number).ok().filter(|&number| number < self.spawned)
    }

    /// The entity with that id, if scripts may touch it.
    fn target(&mut self, id: u64) -> Result<Target, String> {
        if let Some(number) = self.new_entity(id) {
            return Ok(Target::New(number as u32));
        }
        if is_provisional(id) {
            return Err(format!(
                "the provisional id {id:#x} is not one that an earlier command of this call gave"
            ));
        }
        let entity = Entity::try_from_bits(id).ok_or_else(|| format!("{id:#x} is no entity's id"))?;
        let Ok(location) = self.world.entities().get_spawned(entity) else {
            return Err(format!("the entity {entity} is not there; was it despawned?"));
        };
        let archetype = location.archetype_id;
        let is_offered = match self.last_seen {
            Some((seen, is_offered)) if seen == archetype => is_offered,
            _ => self.is_offered(archetype),
        };
        self.last_seen = Some((archetype, is_offered));
        if is_offered {
            Ok(Target::There(entity))
        } else {
            Err(format!("the entity {entity} has none of the components that this game offers to scripts"))
        }
    }

    /// Whether scripts may touch entities of an archetype. Resources live on entities too, and
    /// those are the game's.
    fn is_offered(&self, archetype: ArchetypeId) -> bool {
        let resource = self.world.components().component_id::<IsResource>();
        self.world.archetypes().get(archetype).is_some_and(|archetype| {
            self.records.offered.any(|&id| archetype.contains(id))
                && resource.is_none_or(|resource| !archetype.contains(resource))
        })
    }

    /// Checks a component's value and keeps it; where it begins in `values`.
    fn value(&mut self, value: &CheckedValue, payload: &[u8]) -> Result<u32, String> {
        if value.has_slices {
            return self.sliced(value, payload);
        }
        check_new_value(value, payload, |id| self.new_entity(id).is_some())?;
        let values = &mut self.pending.values;
        let at = values.len();
        let (words, rest) = payload.as_chunks();
        values.extend(words.iter().map(|&word| u64::from_ne_bytes(word)));
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            values.push(u64::from_ne_bytes(last));
        }
        if may_be_uncanonical(value, payload) {
            make_canonical(&value.schema, &mut bytemuck::cast_slice_mut(&mut values[at..])[..payload.len()]);
        }
        Ok(at as u32)
    }

    /// Takes a value with strings or lists out of the module's memory, checks it and keeps it; its number.
    fn sliced(&mut self, value: &CheckedValue, payload: &[u8]) -> Result<u32, String> {
        let mut packed = Vec::new();
        let mut guest = GuestSlices { memory: self.records.memory, left: self.slice_bytes_left };
        let is_spawned = |id| self.new_entity(id).is_some();
        guest.take(value, payload, &is_spawned, &mut packed).map_err(|bad| bad.to_string())?;
        check_new_value(value, &packed, is_spawned)?;
        self.slice_bytes_left = guest.left;
        self.pending.packed.push(packed);
        Ok(self.pending.packed.len() as u32 - 1)
    }

    /// Checks the messages of a record, and of those at the beginning of `rest` that have the same
    /// header, which it takes off.
    fn sends(
        &mut self,
        record: &CommandRecord,
        term: &CommandTerm,
        payload: &[u8],
        rest: &mut &[u8],
    ) -> Result<(), String> {
        self.messages(record.term, term, payload)?;
        let header = bytemuck::bytes_of(record);
        while let Some(again) = rest.get(..record.size as usize).filter(|again| again.starts_with(header)) {
            self.number += 1;
            self.messages(record.term, term, &again[RECORD_BYTES..][..payload.len()])?;
            *rest = &rest[again.len()..];
        }
        Ok(())
    }

    /// Checks the rows of one record and keeps them. Messages that follow others of their kind
    /// are sent together with them.
    fn messages(&mut self, number: u32, term: &CommandTerm, rows: &[u8]) -> Result<(), String> {
        let value = &term.value;
        let row_bytes = value.schema.byte_size as usize;
        let is_one = rows.len() == row_bytes;
        if !is_one && (rows.is_empty() || !rows.len().is_multiple_of(row_bytes)) {
            let found = rows.len();
            return Err(format!("its payload has {found} bytes, and must have {row_bytes} for each message"));
        }
        if value.has_slices {
            for (row, bytes) in rows.chunks_exact(row_bytes).enumerate() {
                let in_row = |problem| if is_one { problem } else { format!("row {row}: {problem}") };
                let at = self.sliced(value, bytes).map_err(in_row)?;
                let packed = self.pending.packed.get(at as usize).map(Vec::as_slice).unwrap_or_default();
                let checked = term.messages.as_ref().map_or(Ok(()), |source| source.check(packed));
                checked.map_err(|BadValue { field, found, expected }| {
                    in_row(format!("`{field}` holds {found}, where it must be {expected}"))
                })?;
                self.pending.list.push(Command::Send { term: number, at, bytes: 0 });
            }
            return Ok(());
        }
        if value.has_bad_values {
            for (number, row) in rows.chunks_exact(row_bytes).enumerate() {
                check_new_value(value, row, |id| self.new_entity(id).is_some())
                    .map_err(|problem| if is_one { problem } else { format!("row {number}: {problem}") })?;
            }
        }
        let PendingCommands { list, messages, .. } = &mut *self.pending;
        let at = messages.len();
        messages.extend_from_slice(rows);
        if may_be_uncanonical(value, rows) {
            messages[at..].chunks_exact_mut(row_bytes).for_each(|row| make_canonical(&value.schema, row));
        }
        match list.last_mut() {
            Some(Command::Send { term: last, bytes, .. }) if *last == number && *bytes > 0 => {
                *bytes += rows.len() as u32
            }
            _ => list.push(Command::Send { term: number, at: at as u32, bytes: rows.len() as u32 }),
        }
        Ok(())
    }
}
