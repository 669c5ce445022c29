//! What a module asks for: its manifest, read from its memory before any of its code has run.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytemuck::Pod;
use peristyle_abi as abi;
use peristyle_abi::{Feature, FieldType, ParamKind, RowOrder, ScheduleCode, Slice, TermKind};
use thiserror::Error;

use crate::schema::{FieldLayout, SchemaLayout};

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
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub fuel_per_call: Option<u64>,
    pub fuel_per_row: Option<u64>,
}

/// One query: its terms.
#[derive(Clone, Debug)]
pub(crate) struct QueryManifest {
    pub terms: Vec<TermManifest>,
}

/// One term of a query.
#[derive(Clone, Debug)]
pub(crate) struct TermManifest {
    pub kind: TermKind,
    pub schema: Arc<SchemaLayout>,
}

/// A part of the module's memory that lives on between calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateBlock {
    pub name: String,
    pub address: u32,
    pub schema: Arc<SchemaLayout>,
}

/// Memory that the module keeps free for call frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arena {
    pub address: u32,
    pub bytes: u32,
}

/// Why a manifest cannot be read.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// A pointer leads out of the module's memory.
    #[error("{what} lies at {address:#x} to {end:#x}, outside of the module's memory of {memory} bytes")]
    OutOfBounds {
        /// What was to be read.
        what: String,
        /// The first byte.
        address: u32,
        /// One past the last byte.
        end: u64,
        /// Bytes of the memory.
        memory: usize,
    },
    /// The first words are not those of a manifest.
    #[error(
        "there is no manifest at {address:#x}: its magic is {found:#010x} and should be {expected:#010x} (`PRST`)"
    )]
    Magic {
        /// Where the global points.
        address: u32,
        /// What is there.
        found: u32,
        /// What should be there.
        expected: u32,
    },
    /// The module was built for another version of the contract.
    #[error("it was built for ABI version {found}, and this game speaks version {supported}; {}", advice(*found, *supported))]
    Version {
        /// The module's version.
        found: u32,
        /// The host's version.
        supported: u32,
    },
    /// The module needs something that this host lacks.
    #[error("it needs {}, which this version of the game's script engine does not offer", names.join(", "))]
    Features {
        /// The features by name.
        names: Vec<String>,
    },
    /// A descriptor says that it is smaller than version 1 of it.
    #[error("{what} says that it is {found} bytes, and in ABI version 1 it is {expected}")]
    DescriptorSize {
        /// Which descriptor.
        what: String,
        /// Its own word.
        found: u32,
        /// The smallest that is right.
        expected: u32,
    },
    /// A number in a descriptor has no meaning in this version.
    #[error("{what} is {found}; known are: {known}")]
    UnknownCode {
        /// Which field of which descriptor.
        what: String,
        /// The number.
        found: u32,
        /// The known numbers with their names.
        known: String,
    },
    /// A name is not UTF-8, is empty or is used twice.
    #[error("{what} {problem}")]
    Name {
        /// Which name.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A field's numbers contradict each other.
    #[error("{what} {problem}")]
    Layout {
        /// Which field or schema.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Descriptors and names together are larger than `Limits::manifest_bytes_max`.
    #[error("its manifest is larger than {bytes_max} bytes, the limit manifest_bytes_max")]
    TooLarge {
        /// The limit.
        bytes_max: u32,
    },
    /// The state blocks together are larger than `Limits::state_bytes_max`.
    #[error("its state blocks take {bytes} bytes; the limit state_bytes_max is {bytes_max}")]
    StateTooLarge {
        /// Bytes of all blocks.
        bytes: u64,
        /// The limit.
        bytes_max: u32,
    },
    /// Two state blocks, or a state block and the arena, share bytes.
    #[error("{first} and {second} overlap in the module's memory")]
    Overlap {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
}

fn advice(found: u32, supported: u32) -> &'static str {
    if found > supported {
        "update the game, or build the module with an older guest library"
    } else {
        "build the module with a newer guest library"
    }
}

/// Bounded reads from a module's memory.
struct Reader<'m> {
    memory: &'m [u8],
    bytes_left: u32,
    bytes_max: u32,
    /// By address, since many terms point to the same schema.
    schemas: BTreeMap<u32, Arc<SchemaLayout>>,
}

impl<'m> Reader<'m> {
    /// The bytes from `address`, charged to the manifest's limit.
    fn bytes(
        &mut self,
        what: &dyn Fn() -> String,
        address: u32,
        len: u32,
    ) -> Result<&'m [u8], ManifestError> {
        self.bytes_left =
            self.bytes_left.checked_sub(len).ok_or(ManifestError::TooLarge { bytes_max: self.bytes_max })?;
        let end = u64::from(address) + u64::from(len);
        self.memory.get(address as usize..end as usize).ok_or_else(|| ManifestError::OutOfBounds {
            what: what(),
            address,
            end,
            memory: self.memory.len(),
        })
    }

    /// A descriptor, whose first word must be at least its size in ABI v1. Also that word.
    fn descriptor<T: Pod>(
        &mut self,
        what: &dyn Fn() -> String,
        address: u32,
    ) -> Result<(T, u32), ManifestError> {
        let expected = size_of::<T>() as u32;
        let bytes = self.bytes(what, address, expected)?;
        let size = bytes.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        if size < expected {
            return Err(ManifestError::DescriptorSize { what: what(), found: size, expected });
        }
        Ok((bytemuck::pod_read_unaligned(bytes), size))
    }

    /// A list of descriptors, each as far from the next as it says that it is large.
    fn list<T: Pod>(&mut self, what: &dyn Fn() -> String, list: Slice) -> Result<Vec<T>, ManifestError> {
        let mut items = Vec::new();
        let mut address = u64::from(list.ptr);
        for index in 0..list.len {
            let what = || format!("{} {index}", what());
            let start = u32::try_from(address).unwrap_or(u32::MAX);
            let (item, size) = self.descriptor(&what, start)?;
            items.push(item);
            address += u64::from(size);
        }
        Ok(items)
    }

    fn name(&mut self, what: &dyn Fn() -> String, name: Slice) -> Result<String, ManifestError> {
        let bad = |problem: &str| ManifestError::Name { what: what(), problem: problem.to_owned() };
        let bytes = self.bytes(what, name.ptr, name.len)?;
        let text = std::str::from_utf8(bytes).map_err(|_| bad("is not UTF-8"))?;
        if text.is_empty() {
            return Err(bad("is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(bad("has a control character in it"));
        }
        Ok(text.to_owned())
    }

    fn names(&mut self, what: &dyn Fn() -> String, list: Slice) -> Result<Vec<String>, ManifestError> {
        (0..list.len)
            .map(|index| {
                let what = || format!("{} {index}", what());
                let address = list.ptr.saturating_add(index.saturating_mul(size_of::<Slice>() as u32));
                let bytes = self.bytes(&what, address, size_of::<Slice>() as u32)?;
                self.name(&what, bytemuck::pod_read_unaligned(bytes))
            })
            .collect()
    }

    fn schema(
        &mut self,
        owner: &dyn Fn() -> String,
        address: u32,
    ) -> Result<Arc<SchemaLayout>, ManifestError> {
        if let Some(schema) = self.schemas.get(&address) {
            return Ok(Arc::clone(schema));
        }
        let what = || format!("the schema of {}", owner());
        let (schema, _) = self.descriptor::<abi::SchemaDescriptor>(&what, address)?;
        let name = self.name(&|| format!("the name of {}", what()), schema.name)?;
        let what = || format!("schema `{name}`");
        let descriptors =
            self.list::<abi::FieldDescriptor>(&|| format!("{} field", what()), schema.fields)?;
        let mut fields: Vec<FieldLayout> = Vec::with_capacity(descriptors.len());
        for field in descriptors {
            let field_name = self.name(&|| format!("a field name of {}", what()), field.name)?;
            let what = || format!("field `{field_name}` of {}", what());
            let bad = |problem: String| ManifestError::Layout { what: what(), problem };
            let field_type = code(
                &|| format!("the type of {}", what()),
                field.type_code,
                FieldType::ALL,
                FieldType::code,
            )?;
            let end = u64::from(field.offset) + u64::from(field_type.size()) * u64::from(field.count);
            if end > u64::from(schema.byte_size) {
                return Err(bad(format!("ends at byte {end} of a row of {} bytes", schema.byte_size)));
            }
            if !field.offset.is_multiple_of(field_type.size()) {
                return Err(bad(format!(
                    "is at offset {}, which is no multiple of {}",
                    field.offset,
                    field_type.size()
                )));
            }
            if fields.iter().any(|other| other.name == field_name) {
                return Err(bad("is there twice".to_owned()));
            }
            fields.push(FieldLayout {
                name: field_name,
                offset: field.offset,
                field_type,
                count: field.count,
            });
        }
        let schema =
            Arc::new(SchemaLayout { name, byte_size: schema.byte_size, align: schema.align, fields });
        self.schemas.insert(address, Arc::clone(&schema));
        Ok(schema)
    }

    fn system(
        &mut self,
        index: usize,
        system: abi::SystemDescriptor,
    ) -> Result<SystemManifest, ManifestError> {
        let name = self.name(&|| format!("the name of system {index}"), system.name)?;
        if name.contains("::") {
            let problem = "has `::` in it, which parts a module's name from a system's".to_owned();
            return Err(ManifestError::Name { what: format!("the name of system `{name}`"), problem });
        }
        let what = || format!("system `{name}`");
        let schedule = code(
            &|| format!("the schedule of {}", what()),
            system.schedule,
            ScheduleCode::ALL,
            ScheduleCode::code,
        )?;
        let params = self.list::<abi::ParamDescriptor>(&|| format!("{} parameter", what()), system.params)?;
        let mut queries = Vec::with_capacity(params.len());
        for (index, param) in params.into_iter().enumerate() {
            let what = || format!("parameter {index} of {}", what());
            code(&|| format!("the kind of {}", what()), param.kind, ParamKind::ALL, ParamKind::code)?;
            code(&|| format!("the order of {}", what()), param.order, RowOrder::ALL, RowOrder::code)?;
            let descriptors =
                self.list::<abi::TermDescriptor>(&|| format!("{} term", what()), param.terms)?;
            let mut terms = Vec::with_capacity(descriptors.len());
            for (index, term) in descriptors.into_iter().enumerate() {
                let what = || format!("term {index} of {}", what());
                let kind =
                    code(&|| format!("the kind of {}", what()), term.kind, TermKind::ALL, TermKind::code)?;
                terms.push(TermManifest { kind, schema: self.schema(&what, term.schema)? });
            }
            queries.push(QueryManifest { terms });
        }
        Ok(SystemManifest {
            export: self.name(&|| format!("the export of {}", what()), system.export)?,
            schedule,
            queries,
            before: self.names(&|| format!("`before` of {}", what()), system.before)?,
            after: self.names(&|| format!("`after` of {}", what()), system.after)?,
            fuel_per_call: (system.fuel_per_call != 0).then_some(system.fuel_per_call),
            fuel_per_row: (system.fuel_per_row != 0).then_some(system.fuel_per_row),
            name,
        })
    }
}

/// The value with that code, or an error that lists the known ones.
fn code<T: Copy + std::fmt::Display>(
    what: &dyn Fn() -> String,
    found: u32,
    all: &[T],
    code_of: fn(T) -> u32,
) -> Result<T, ManifestError> {
    all.iter().copied().find(|&value| code_of(value) == found).ok_or_else(|| {
        let known =
            all.iter().map(|&value| format!("{} {value}", code_of(value))).collect::<Vec<_>>().join(", ");
        ManifestError::UnknownCode { what: what(), found, known }
    })
}

impl ModuleManifest {
    /// Reads the manifest at `address`.
    pub fn read(memory: &[u8], address: u32, limits: &crate::Limits) -> Result<Self, ManifestError> {
        let bytes_max = limits.manifest_bytes_max;
        let mut reader = Reader { memory, bytes_left: bytes_max, bytes_max, schemas: BTreeMap::new() };
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
    // This version offers the base of ABI v1 alone.
    const SUPPORTED: u64 = 0;
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
        let schema = reader.schema(&|| what.clone(), block.schema)?;
        take(what, block.address, schema.byte_size)?;
        blocks.push(StateBlock { name, address: block.address, schema });
    }
    let bytes = blocks.iter().map(|block| u64::from(block.schema.byte_size)).sum();
    if bytes > u64::from(limits.state_bytes_max) {
        return Err(ManifestError::StateTooLarge { bytes, bytes_max: limits.state_bytes_max });
    }
    Ok(blocks)
}
