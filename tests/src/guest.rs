//! Builds modules for tests: a manifest laid out from a description, and bodies in WAT.
//!
//! What such a module does is written by the test, instruction by instruction, so that it can
//! misbehave in ways that no compiler would produce.

use bevy_peristyle::SchemaLayout;
use bevy_peristyle::abi::{
    ABI_VERSION, FieldDescriptor, MAGIC, Manifest, ParamDescriptor, ParamKind, ScheduleCode,
    SchemaDescriptor, Slice, StateBlockDescriptor, SystemDescriptor, TermDescriptor, TermKind,
};
use bevy_peristyle::{MirroredComponent, Schema};

/// Where the static data begins in every module built here.
pub const DATA_ADDRESS: u32 = 1024;

/// One term of a query.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it asks for.
    pub kind: TermKind,
    /// The component, as the module believes it to be.
    pub schema: SchemaLayout,
}

/// A column that is read.
pub fn read<T: Schema>() -> Term {
    Term { kind: TermKind::Read, schema: SchemaLayout::of::<T>() }
}

/// A column that is written.
pub fn write<T: Schema>() -> Term {
    Term { kind: TermKind::Write, schema: SchemaLayout::of::<T>() }
}

/// A column of packed mirrors that is written.
pub fn write_mirror<T: MirroredComponent>() -> Term {
    write::<T::Packed>()
}

/// Only rows that have the component.
pub fn with<T: Schema>() -> Term {
    Term { kind: TermKind::With, schema: SchemaLayout::of::<T>() }
}

/// Only rows that lack the component.
pub fn without<T: Schema>() -> Term {
    Term { kind: TermKind::Without, schema: SchemaLayout::of::<T>() }
}

/// One system of a module.
#[derive(Clone, Debug)]
pub struct System {
    name: String,
    schedule: ScheduleCode,
    queries: Vec<Vec<Term>>,
    before: Vec<String>,
    after: Vec<String>,
    fuel_per_call: u64,
    fuel_per_row: u64,
    body: String,
}

impl System {
    /// A system in `FixedUpdate`. `body` is WAT: it finds the parameter `$frame`, two i32 locals
    /// `$a` and `$b`, and the functions `$rows (frame, query)` and `$column (frame, query,
    /// column)`; where it falls through, the call has finished.
    pub fn new(name: &str, body: &str) -> Self {
        Self {
            name: name.to_owned(),
            schedule: ScheduleCode::FixedUpdate,
            queries: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            fuel_per_call: 0,
            fuel_per_row: 0,
            body: body.to_owned(),
        }
    }

    /// A system that writes `(row value) + 1` into the first word of every row of query 0.
    pub fn increments(name: &str, terms: impl Into<Vec<Term>>) -> Self {
        Self::new(name, INCREMENT).query(terms)
    }

    /// Adds a query.
    pub fn query(mut self, terms: impl Into<Vec<Term>>) -> Self {
        self.queries.push(terms.into());
        self
    }

    /// Runs in another schedule than `FixedUpdate`.
    pub fn in_schedule(mut self, schedule: ScheduleCode) -> Self {
        self.schedule = schedule;
        self
    }

    /// Asks to run before another system.
    pub fn before(mut self, system: &str) -> Self {
        self.before.push(system.to_owned());
        self
    }

    /// Asks to run after another system.
    pub fn after(mut self, system: &str) -> Self {
        self.after.push(system.to_owned());
        self
    }

    /// Asks for this much fuel.
    pub fn fuel(mut self, per_call: u64, per_row: u64) -> Self {
        (self.fuel_per_call, self.fuel_per_row) = (per_call, per_row);
        self
    }
}

/// The first word of every row of query 0, column 0, plus one.
const INCREMENT: &str = r"
    (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
    (local.set $b (i32.add (local.get $a)
        (i32.mul (call $rows (local.get $frame) (i32.const 0)) (call $stride (local.get $frame) (i32.const 0) (i32.const 0)))))
    (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $b)))
        (i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (i32.const 1)))
        (local.set $a (i32.add (local.get $a) (call $stride (local.get $frame) (i32.const 0) (i32.const 0))))
        (br $next)))
";

/// A module to be built.
#[derive(Clone, Debug)]
pub struct Guest {
    systems: Vec<System>,
    state_blocks: Vec<(String, SchemaLayout, Vec<u8>)>,
    extra: String,
    memory_pages: String,
    arena: Option<(u32, u32)>,
    edit: Option<fn(&mut Manifest)>,
}

impl Default for Guest {
    fn default() -> Self {
        Self::new()
    }
}

impl Guest {
    /// A module without systems.
    pub fn new() -> Self {
        Self {
            systems: Vec::new(),
            state_blocks: Vec::new(),
            extra: String::new(),
            memory_pages: "2".to_owned(),
            arena: None,
            edit: None,
        }
    }

    /// Adds a system.
    pub fn system(mut self, system: System) -> Self {
        self.systems.push(system);
        self
    }

    /// Adds a state block at [`Guest::state_address`] plus what the blocks before it take.
    pub fn state<T: Schema>(mut self, name: &str, bytes: &[u8]) -> Self {
        self.state_blocks.push((name.to_owned(), SchemaLayout::of::<T>(), bytes.to_vec()));
        self
    }

    /// The address of the first state block.
    pub const fn state_address() -> u32 {
        65_536
    }

    /// Adds module fields in WAT, such as tables or more functions. Imports are `$log` and
    /// `$fault`.
    pub fn extra(mut self, wat: &str) -> Self {
        self.extra.push_str(wat);
        self
    }

    /// The memory's limits as WAT, such as `2` or `2 10`.
    pub fn memory(mut self, pages: &str) -> Self {
        self.memory_pages = pages.to_owned();
        self
    }

    /// Names an arena.
    pub fn arena(mut self, address: u32, bytes: u32) -> Self {
        self.arena = Some((address, bytes));
        self
    }

    /// Changes the manifest before it is written.
    pub fn edit_manifest(mut self, edit: fn(&mut Manifest)) -> Self {
        self.edit = Some(edit);
        self
    }

    /// The module as text format.
    pub fn to_wat(&self) -> String {
        let mut data = Data { bytes: Vec::new() };
        let manifest_address = data.reserve::<Manifest>();
        let systems: Vec<SystemDescriptor> = self.systems.iter().map(|system| data.system(system)).collect();
        let mut blocks = Vec::new();
        let mut address = Self::state_address();
        let mut segments = String::new();
        for (name, schema, bytes) in &self.state_blocks {
            blocks.push(StateBlockDescriptor {
                size: size_of::<StateBlockDescriptor>() as u32,
                address,
                name: data.text(name),
                schema: data.schema(schema),
                flags: 0,
            });
            segments.push_str(&format!("(data (i32.const {address}) \"{}\")\n", escape(bytes)));
            address += schema.byte_size;
        }
        let mut manifest = Manifest {
            size: size_of::<Manifest>() as u32,
            magic: MAGIC,
            abi_version: ABI_VERSION,
            flags: 0,
            features: 0,
            systems: data.list(&systems),
            state_blocks: data.list(&blocks),
            arena: self.arena.map_or(Slice { ptr: 0, len: 0 }, |(ptr, len)| Slice { ptr, len }),
            components: Slice { ptr: 0, len: 0 },
            reserved: 0,
        };
        if let Some(edit) = self.edit {
            edit(&mut manifest);
        }
        data.fill(manifest_address, &manifest);
        let functions: String = self
            .systems
            .iter()
            .map(|system| {
                format!(
                    "(func (export \"{0}\") (param $frame i32) (result i32) (local $a i32) (local $b i32)\n{1}\n(i32.const 0))\n",
                    system.name, system.body
                )
            })
            .collect();
        format!(
            r#"(module
(import "peristyle" "log" (func $log (param i32 i32 i32)))
(import "peristyle" "fault" (func $fault (param i32 i32 i32 i32 i32 i32)))
(memory (export "memory") {pages})
(global (export "peristyle_manifest") i32 (i32.const {DATA_ADDRESS}))
(data (i32.const {DATA_ADDRESS}) "{static_data}")
{segments}
(func $query_frame (param $frame i32) (param $query i32) (result i32)
  (i32.add (i32.load offset=32 (local.get $frame)) (i32.mul (local.get $query) (i32.const 24))))
(func $rows (param $frame i32) (param $query i32) (result i32)
  (i32.load offset=4 (call $query_frame (local.get $frame) (local.get $query))))
(func $column_frame (param $frame i32) (param $query i32) (param $column i32) (result i32)
  (i32.add (i32.load offset=8 (call $query_frame (local.get $frame) (local.get $query)))
    (i32.mul (local.get $column) (i32.const 16))))
(func $column (param $frame i32) (param $query i32) (param $column i32) (result i32)
  (i32.load offset=4 (call $column_frame (local.get $frame) (local.get $query) (local.get $column))))
(func $stride (param $frame i32) (param $query i32) (param $column i32) (result i32)
  (i32.load offset=8 (call $column_frame (local.get $frame) (local.get $query) (local.get $column))))
{functions}
{extra}
)"#,
            pages = self.memory_pages,
            static_data = escape(&data.bytes),
            extra = self.extra,
        )
    }

    /// The module as a `.wasm` file.
    ///
    /// # Panics
    /// If a body is no valid WAT.
    pub fn to_wasm(&self) -> Vec<u8> {
        let wat = self.to_wat();
        wat::parse_str(&wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
    }
}

/// Static data under construction.
struct Data {
    bytes: Vec<u8>,
}

impl Data {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let address = DATA_ADDRESS + self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        address
    }

    fn reserve<T>(&mut self) -> u32 {
        self.put(&vec![0; size_of::<T>()])
    }

    fn fill<T: bytemuck::NoUninit>(&mut self, address: u32, value: &T) {
        let at = (address - DATA_ADDRESS) as usize;
        self.bytes[at..at + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(value));
    }

    fn list<T: bytemuck::NoUninit>(&mut self, items: &[T]) -> Slice {
        Slice { ptr: self.put(bytemuck::cast_slice(items)), len: items.len() as u32 }
    }

    fn text(&mut self, text: &str) -> Slice {
        Slice { ptr: self.put(text.as_bytes()), len: text.len() as u32 }
    }

    fn texts(&mut self, texts: &[String]) -> Slice {
        let slices: Vec<Slice> = texts.iter().map(|text| self.text(text)).collect();
        self.list(&slices)
    }

    fn schema(&mut self, schema: &SchemaLayout) -> u32 {
        let fields: Vec<FieldDescriptor> = schema
            .fields
            .iter()
            .map(|field| FieldDescriptor {
                size: size_of::<FieldDescriptor>() as u32,
                offset: field.offset,
                name: self.text(&field.name),
                type_code: field.field_type.code(),
                count: field.count,
                schema: 0,
                flags: 0,
            })
            .collect();
        let descriptor = SchemaDescriptor {
            size: size_of::<SchemaDescriptor>() as u32,
            flags: 0,
            name: self.text(&schema.name),
            byte_size: schema.byte_size,
            align: schema.align,
            fields: self.list(&fields),
        };
        self.put(bytemuck::bytes_of(&descriptor))
    }

    fn system(&mut self, system: &System) -> SystemDescriptor {
        let params: Vec<ParamDescriptor> = system
            .queries
            .iter()
            .map(|terms| {
                let terms: Vec<TermDescriptor> = terms
                    .iter()
                    .map(|term| TermDescriptor {
                        size: size_of::<TermDescriptor>() as u32,
                        kind: term.kind.code(),
                        schema: self.schema(&term.schema),
                        flags: 0,
                    })
                    .collect();
                ParamDescriptor {
                    size: size_of::<ParamDescriptor>() as u32,
                    kind: ParamKind::Query.code(),
                    terms: self.list(&terms),
                    order: 0,
                    flags: 0,
                    schema: 0,
                    reserved: 0,
                }
            })
            .collect();
        SystemDescriptor {
            size: size_of::<SystemDescriptor>() as u32,
            schedule: system.schedule.code(),
            name: self.text(&system.name),
            export: self.text(&system.name),
            params: self.list(&params),
            before: self.texts(&system.before),
            after: self.texts(&system.after),
            fuel_per_call: system.fuel_per_call,
            fuel_per_row: system.fuel_per_row,
            reserved: 0,
        }
    }
}

fn escape(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
