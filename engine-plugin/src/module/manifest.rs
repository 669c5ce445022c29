//! What a module asks for: its manifest, read from its memory before any of its code has run.

mod error;
mod reader;
mod schema;

use std::sync::Arc;

use peristyle_abi as abi;
use peristyle_abi::{Feature, RowOrder, ScheduleCode, Slice, TermKind};

pub use error::ManifestError;
use reader::{Reader, check_reserved};

use crate::types::schema::SchemaLayout;

/// A module's manifest, checked in itself but not yet against the game.
#[derive(Clone, Debug)]
pub(crate) struct ModuleManifest {
    pub systems: Vec<SystemManifest>,
    pub state_blocks: Vec<StateBlock>,
    /// Where the module keeps room for call frames.
    pub arena: Option<Arena>,
}

/// One script system as its module describes it.
#[derive(Clone, Debug)]
pub(crate) struct SystemManifest {
    pub name: String,
    pub export: String,
    pub schedule: ScheduleCode,
    pub queries: Vec<QueryManifest>,
    pub resources: Vec<ResourceManifest>,
    /// The kinds of messages and events that it reads.
    pub messages: Vec<MessagesManifest>,
    /// What its commands may insert, remove and send, if it has commands.
    pub commands: Option<Vec<TermManifest>>,
    /// Whether it has a random generator.
    pub has_random: bool,
    /// Whether it has room for strings and lists.
    pub has_room: bool,
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub conditions: Vec<String>,
    pub fuel_per_call: Option<u64>,
    pub fuel_per_row: Option<u64>,
    /// Whether a call goes on in the next pass where its fuel ran out.
    pub suspends: bool,
}

/// One query: its terms, and the order of its rows.
#[derive(Clone, Debug)]
pub(crate) struct QueryManifest {
    pub terms: Vec<TermManifest>,
    pub order: RowOrder,
}

/// One kind of messages or events that a system reads.
#[derive(Clone, Debug)]
pub(crate) struct MessagesManifest {
    /// It is about messages or events themselves, or about what happens to a component.
    pub term: TermManifest,
    /// Whether the system runs only where there are some.
    pub is_event: bool,
}

/// One resource.
#[derive(Clone, Debug)]
pub(crate) struct ResourceManifest {
    pub schema: Arc<SchemaLayout>,
    pub write: bool,
}

/// One term of a query.
#[derive(Clone, Debug)]
pub(crate) struct TermManifest {
    pub kind: TermKind,
    /// The component's; entity ids have the schema of every such column.
    pub schema: Arc<SchemaLayout>,
}

/// A part of the module's memory that lives on between calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateBlock {
    pub name: String,
    pub address: u32,
    pub schema: Arc<SchemaLayout>,
    /// Whether it begins afresh where it cannot go on with what the version before kept.
    pub begins_afresh: bool,
}

/// Memory that the module keeps free for call frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arena {
    pub address: u32,
    pub bytes: u32,
}

impl ModuleManifest {
    /// Reads the manifest at `address`.
    pub fn read(memory: &[u8], address: u32, limits: &crate::Limits) -> Result<Self, ManifestError> {
        let mut reader = Reader::new(memory, limits.manifest_bytes_max);
        let what = || "the manifest".to_owned();
        // The magic comes first: where the global points elsewhere, nothing else makes sense.
        let header = reader.bytes(&what, address, 12)?;
        let [_, magic, abi_version] = bytemuck::pod_read_unaligned::<[u32; 3]>(header);
        if magic != abi::MAGIC {
            return Err(ManifestError::Magic { address, found: magic, expected: abi::MAGIC });
        }
        if abi_version != abi::ABI_VERSION {
            return Err(ManifestError::Version { found: abi_version, supported: abi::ABI_VERSION });
        }
        let (manifest, _) = reader.descriptor::<abi::Manifest>(&what, address)?;
        check_features(manifest.features)?;
        let reserved = [
            ("flags", manifest.flags.into()),
            ("components.len", manifest.components.len.into()),
            ("components.ptr", manifest.components.ptr.into()),
            ("reserved", manifest.reserved),
        ];
        check_reserved(&what, &reserved)?;

        let mut systems: Vec<SystemManifest> = Vec::new();
        for (index, system) in reader.list(&|| "system".to_owned(), manifest.systems)?.into_iter().enumerate()
        {
            let system = reader.system(index, system)?;
            if systems.iter().any(|other| other.name == system.name) {
                let what = format!("the name of system `{}`", system.name);
                return Err(ManifestError::Name { what, problem: "is used twice".to_owned() });
            }
            systems.push(system);
        }
        let arena = (manifest.arena.len != 0)
            .then_some(Arena { address: manifest.arena.ptr, bytes: manifest.arena.len });
        let state_blocks = read_state_blocks(&mut reader, manifest.state_blocks, arena, limits)?;
        Ok(Self { systems, state_blocks, arena })
    }
}

/// Refuses what this host lacks, by name.
fn check_features(features: u64) -> Result<(), ManifestError> {
    const SUPPORTED: u64 = Feature::OptionalTerms.bit()
        | Feature::ChangeFilters.bit()
        | Feature::EntityTerms.bit()
        | Feature::RowOrders.bit()
        | Feature::Commands.bit()
        | Feature::Resources.bit()
        | Feature::Messages.bit()
        | Feature::Random.bit()
        | Feature::Conditions.bit()
        | Feature::NestedTypes.bit()
        | Feature::Observers.bit()
        | Feature::Strings.bit()
        | Feature::Lists.bit()
        | Feature::ScriptComponents.bit()
        | Feature::Suspension.bit();
    let lacking = features & !SUPPORTED;
    if lacking == 0 {
        return Ok(());
    }
    let names = (0..u64::BITS)
        .filter(|bit| lacking >> bit & 1 == 1)
        .map(|bit| match Feature::from_code(bit) {
            Some(feature) => format!("`{feature}`"),
            None => format!("feature bit {bit}, which is newer than this version"),
        })
        .collect();
    Err(ManifestError::Features { names })
}

fn read_state_blocks(
    reader: &mut Reader<'_>,
    list: Slice,
    arena: Option<Arena>,
    limits: &crate::Limits,
) -> Result<Vec<StateBlock>, ManifestError> {
    // Every range that must be the module's alone: inside its memory, and apart from the others.
    let mut taken: Vec<(String, u64, u64)> = Vec::new();
    let memory = reader.memory.len();
    let mut take = |what: String, address: u32, bytes: u32| {
        let (start, end) = (u64::from(address), u64::from(address) + u64::from(bytes));
        if end > memory as u64 {
            return Err(ManifestError::OutOfBounds { what, address, end, memory });
        }
        if let Some((first, ..)) = taken.iter().find(|(_, from, to)| start < *to && *from < end) {
            return Err(ManifestError::Overlap { first: first.clone(), second: what });
        }
        taken.push((what, start, end));
        Ok(())
    };
    if let Some(arena) = arena {
        take("the arena".to_owned(), arena.address, arena.bytes)?;
    }
    let mut blocks: Vec<StateBlock> = Vec::new();
    for (index, block) in
        reader.list::<abi::StateBlockDescriptor>(&|| "state block".to_owned(), list)?.into_iter().enumerate()
    {
        let name = reader.name(&|| format!("the name of state block {index}"), block.name)?;
        let what = format!("state block `{name}`");
        if blocks.iter().any(|other| other.name == name) {
            return Err(ManifestError::Name { what, problem: "has a name that is used twice".to_owned() });
        }
        check_reserved(&|| what.clone(), &[("flags", u64::from(block.flags & !abi::STATE_AFRESH))])?;
        let schema = reader.schema(&|| what.clone(), block.schema)?;
        if schema.has_slices() {
            let problem = "has strings or lists, which do not outlive a call: use arrays".to_owned();
            return Err(ManifestError::Layout { what, problem });
        }
        take(what, block.address, schema.byte_size)?;
        let begins_afresh = block.flags & abi::STATE_AFRESH != 0;
        blocks.push(StateBlock { name, address: block.address, schema, begins_afresh });
    }
    let bytes = blocks.iter().map(|block| u64::from(block.schema.byte_size)).sum();
    if bytes > u64::from(limits.state_bytes_max) {
        return Err(ManifestError::StateTooLarge { bytes, bytes_max: limits.state_bytes_max });
    }
    Ok(blocks)
}
