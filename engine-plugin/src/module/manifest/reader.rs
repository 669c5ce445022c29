//! Bounded reads of descriptors from a module's memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytemuck::Pod;
use peristyle_abi as abi;
use peristyle_abi::{ParamKind, RowOrder, ScheduleCode, Slice, TermKind};

use super::schema::KnownSchema;
use super::{ManifestError, MessagesManifest, QueryManifest, ResourceManifest, SystemManifest, TermManifest};
use crate::types::schema::SchemaLayout;

/// Bounded reads from a module's memory.
pub(super) struct Reader<'m> {
    pub memory: &'m [u8],
    bytes_left: u32,
    bytes_max: u32,
    /// By address, since many terms point to the same schema.
    pub(super) schemas: BTreeMap<u32, KnownSchema>,
}

impl<'m> Reader<'m> {
    /// Reads from `memory` until `bytes_max` bytes have been read.
    pub fn new(memory: &'m [u8], bytes_max: u32) -> Self {
        Self { memory, bytes_left: bytes_max, bytes_max, schemas: BTreeMap::new() }
    }

    /// The bytes from `address`, charged to the manifest's limit.
    pub fn bytes(
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

    /// A descriptor, whose first word must be at least its size in the first version of the contract. Also
    /// that word. What was added since is zero where the module does not know of it.
    pub fn descriptor<T: Pod + Descriptor>(
        &mut self,
        what: &dyn Fn() -> String,
        address: u32,
    ) -> Result<(T, u32), ManifestError> {
        let bytes = self.bytes(what, address, T::FIRST_SIZE)?;
        let size = bytes.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        if size < T::FIRST_SIZE {
            return Err(ManifestError::DescriptorSize { what: what(), found: size, expected: T::FIRST_SIZE });
        }
        let mut descriptor = T::zeroed();
        let known = size.min(size_of::<T>() as u32);
        // Only what is beyond the first size has not been counted yet.
        self.bytes(what, address.saturating_add(T::FIRST_SIZE), known - T::FIRST_SIZE)?;
        let bytes = self.memory.get(address as usize..).and_then(|rest| rest.get(..known as usize));
        bytemuck::bytes_of_mut(&mut descriptor)[..known as usize].copy_from_slice(bytes.unwrap_or_default());
        Ok((descriptor, size))
    }

    /// A list of descriptors, each as far from the next as it says that it is large.
    pub fn list<T: Pod + Descriptor>(
        &mut self,
        what: &dyn Fn() -> String,
        list: Slice,
    ) -> Result<Vec<T>, ManifestError> {
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

    pub fn name(&mut self, what: &dyn Fn() -> String, name: Slice) -> Result<String, ManifestError> {
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

    pub fn names(&mut self, what: &dyn Fn() -> String, list: Slice) -> Result<Vec<String>, ManifestError> {
        (0..list.len)
            .map(|index| {
                let what = || format!("name {index} in {}", what());
                let address = list.ptr.saturating_add(index.saturating_mul(size_of::<Slice>() as u32));
                let bytes = self.bytes(&what, address, size_of::<Slice>() as u32)?;
                self.name(&what, bytemuck::pod_read_unaligned(bytes))
            })
            .collect()
    }

    /// The terms of a parameter, each of a kind that such a parameter may have.
    fn terms(
        &mut self,
        owner: &dyn Fn() -> String,
        param: ParamKind,
        list: Slice,
    ) -> Result<Vec<TermManifest>, ManifestError> {
        let descriptors = self.list::<abi::TermDescriptor>(&|| format!("{} term", owner()), list)?;
        let mut terms = Vec::with_capacity(descriptors.len());
        for (index, term) in descriptors.into_iter().enumerate() {
            let what = || format!("term {index} of {}", owner());
            check_reserved(&what, &[("flags", term.flags.into())])?;
            let kind = code(&|| format!("the kind of {}", what()), term.kind, TermKind::ALL, TermKind::code)?;
            let fits = match param {
                ParamKind::Query => {
                    !matches!(kind, TermKind::Insert | TermKind::Send | TermKind::Removed | TermKind::Trigger)
                }
                ParamKind::Events => matches!(kind, TermKind::Read | TermKind::Added | TermKind::Removed),
                ParamKind::Messages => kind == TermKind::Read,
                ParamKind::Resource => matches!(kind, TermKind::Read | TermKind::Write),
                ParamKind::Commands => {
                    matches!(kind, TermKind::Insert | TermKind::Send | TermKind::Trigger)
                }
                ParamKind::Random | ParamKind::Room => false,
            };
            if !fits {
                let problem = format!("is of the kind {kind}, which a parameter for {param} cannot have");
                return Err(ManifestError::Layout { what: what(), problem });
            }
            let schema = if kind == TermKind::Entity {
                check_reserved(&what, &[("schema", term.schema.into())])?;
                SchemaLayout::of_entities()
            } else {
                self.schema(&what, term.schema)?
            };
            terms.push(TermManifest { kind, schema });
        }
        Ok(terms)
    }

    pub fn system(
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
        let (mut queries, mut resources, mut messages) = (Vec::new(), Vec::new(), Vec::new());
        let (mut commands, mut has_random, mut has_room) = (None, false, false);
        for (index, param) in params.into_iter().enumerate() {
            let what = || format!("parameter {index} of {}", what());
            let bad = |problem: &str| ManifestError::Layout { what: what(), problem: problem.to_owned() };
            let reserved = [
                ("flags", param.flags.into()),
                ("schema", param.schema.into()),
                ("reserved", param.reserved.into()),
            ];
            check_reserved(&what, &reserved)?;
            let kind =
                code(&|| format!("the kind of {}", what()), param.kind, ParamKind::ALL, ParamKind::code)?;
            let order =
                code(&|| format!("the order of {}", what()), param.order, RowOrder::ALL, RowOrder::code)?;
            if kind != ParamKind::Query && order != RowOrder::Tables {
                return Err(bad("has an order, which only queries have"));
            }
            let terms = self.terms(&what, kind, param.terms)?;
            match kind {
                ParamKind::Query => queries.push(QueryManifest { terms, order }),
                ParamKind::Resource => match terms.as_slice() {
                    [term] => resources.push(ResourceManifest {
                        schema: Arc::clone(&term.schema),
                        write: term.kind == TermKind::Write,
                    }),
                    _ => return Err(bad("is a resource, so it has one term")),
                },
                ParamKind::Commands if commands.is_some() => return Err(bad("is a second one for commands")),
                ParamKind::Commands => {
                    commands = Some(terms);
                }
                ParamKind::Messages | ParamKind::Events => match terms.as_slice() {
                    [term] => messages
                        .push(MessagesManifest { term: term.clone(), is_event: kind == ParamKind::Events }),
                    _ => return Err(bad("is one kind of messages or events, so it has one term")),
                },
                ParamKind::Random if has_random => return Err(bad("is a second random generator")),
                ParamKind::Random => has_random = true,
                ParamKind::Room if has_room => return Err(bad("is a second room for strings and lists")),
                ParamKind::Room => has_room = true,
            }
        }
        let unknown = u64::from(system.flags & !abi::SYSTEM_SUSPENDS);
        check_reserved(&what, &[("flags", unknown), ("reserved", system.reserved.into())])?;
        Ok(SystemManifest {
            suspends: system.flags & abi::SYSTEM_SUSPENDS != 0,
            export: self.name(&|| format!("the export of {}", what()), system.export)?,
            schedule,
            queries,
            resources,
            messages,
            commands,
            has_random,
            has_room,
            before: self.names(&|| format!("the list `before` of {}", what()), system.before)?,
            after: self.names(&|| format!("the list `after` of {}", what()), system.after)?,
            conditions: self.names(&|| format!("the list `conditions` of {}", what()), system.conditions)?,
            fuel_per_call: (system.fuel_per_call != 0).then_some(system.fuel_per_call),
            fuel_per_row: (system.fuel_per_row != 0).then_some(system.fuel_per_row),
            name,
        })
    }
}

/// A struct of the contract that may grow at its end.
pub(super) trait Descriptor {
    /// Its bytes in the first version of the contract.
    const FIRST_SIZE: u32;
}

macro_rules! descriptors {
    ($($name:ident: $first_size:literal),* $(,)?) => {
        $(impl Descriptor for abi::$name {
            const FIRST_SIZE: u32 = $first_size;
        })*
    };
}

descriptors! {
    Manifest: 64,
    SystemDescriptor: 72,
    ParamDescriptor: 32,
    TermDescriptor: 16,
    StateBlockDescriptor: 24,
    SchemaDescriptor: 32,
    FieldDescriptor: 32,
    ShapeDescriptor: 24,
    VariantDescriptor: 24,
}

/// Refuses what ABI v1 keeps for later: a module that leaves something there today would mean
/// something by it tomorrow.
pub(super) fn check_reserved(
    what: &dyn Fn() -> String,
    fields: &[(&'static str, u64)],
) -> Result<(), ManifestError> {
    match fields.iter().find(|(_, found)| *found != 0) {
        Some(&(field, found)) => Err(ManifestError::Reserved { what: what(), field, found }),
        None => Ok(()),
    }
}

/// The value with that code, or an error that lists the known ones.
pub(super) fn code<T: Copy + std::fmt::Display>(
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
