//! Builds modules for tests: a manifest laid out from a description, and bodies in WAT.
//!
//! What such a module does is written by the test, instruction by instruction, so that it can
//! misbehave in ways that no compiler would produce.

mod data;
mod terms;

use bevy_peristyle::Schema;
use bevy_peristyle::SchemaLayout;
use bevy_peristyle::abi::{
    ABI_VERSION, MAGIC, Manifest, ParamKind, RowOrder, STATE_AFRESH, SYSTEM_SUSPENDS, ScheduleCode, Slice,
    StateBlockDescriptor, SystemDescriptor,
};

use data::Data;
pub use terms::{
    Term, added, changed, entities, insert, optional_read, optional_write, read, removed, send, trigger,
    with, without, write, write_mirror,
};

/// Where the static data begins in every module built here.
pub const DATA_ADDRESS: u32 = 1024;

/// One parameter of a system.
#[derive(Clone, Debug)]
struct Param {
    kind: ParamKind,
    order: RowOrder,
    terms: Vec<Term>,
}

/// One system of a module.
#[derive(Clone, Debug)]
pub struct System {
    name: String,
    schedule: ScheduleCode,
    params: Vec<Param>,
    before: Vec<String>,
    after: Vec<String>,
    conditions: Vec<String>,
    fuel_per_call: u64,
    fuel_per_row: u64,
    flags: u32,
    body: String,
}

impl System {
    /// A system in `FixedUpdate`. `body` is WAT: it finds the parameter `$frame`, two i32 locals
    /// `$a` and `$b`, an i64 local `$e`, and the functions `$rows (frame, query)`, `$column (frame,
    /// query, column)`, `$presence (frame, query, column, row)`, `$row_of (query, entity)`, `$spawn
    /// (frame)`, which gives a provisional id, and `$record (frame, kind, entity, term,
    /// payload_bytes)`, which appends a command and gives the address of its payload; where it
    /// falls through, the call has finished.
    pub fn new(name: &str, body: &str) -> Self {
        Self {
            name: name.to_owned(),
            schedule: ScheduleCode::FixedUpdate,
            params: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            conditions: Vec::new(),
            fuel_per_call: 0,
            fuel_per_row: 0,
            flags: 0,
            body: body.to_owned(),
        }
    }

    /// A system that writes `(row value) + 1` into the first word of every row of query 0.
    pub fn increments(name: &str, terms: impl Into<Vec<Term>>) -> Self {
        Self::new(name, INCREMENT).query(terms)
    }

    /// Adds a query.
    pub fn query(self, terms: impl Into<Vec<Term>>) -> Self {
        self.query_in_order(RowOrder::Tables, terms)
    }

    /// Adds a query whose rows come in that order.
    pub fn query_in_order(self, order: RowOrder, terms: impl Into<Vec<Term>>) -> Self {
        self.param(ParamKind::Query, order, terms)
    }

    /// Adds commands that may insert and remove the components of these terms.
    pub fn commands(self, terms: impl Into<Vec<Term>>) -> Self {
        self.param(ParamKind::Commands, RowOrder::Tables, terms)
    }

    /// Adds a resource.
    pub fn resource(self, term: Term) -> Self {
        self.param(ParamKind::Resource, RowOrder::Tables, [term])
    }

    /// Adds one kind of messages to read.
    pub fn messages(self, term: Term) -> Self {
        self.param(ParamKind::Messages, RowOrder::Tables, [term])
    }

    /// Adds one kind of events to run on.
    pub fn on(self, term: Term) -> Self {
        self.param(ParamKind::Events, RowOrder::Tables, [term])
    }

    /// Adds a random generator.
    pub fn random(self) -> Self {
        self.param(ParamKind::Random, RowOrder::Tables, [])
    }

    /// Adds a parameter that may be nonsense.
    pub fn param(mut self, kind: ParamKind, order: RowOrder, terms: impl Into<Vec<Term>>) -> Self {
        self.params.push(Param { kind, order, terms: terms.into() });
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

    /// Runs where a condition holds.
    pub fn run_if(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// Has calls that run out of fuel go on in the next pass.
    pub fn suspends(mut self) -> Self {
        self.flags |= SYSTEM_SUSPENDS;
        self
    }

    /// Asks for this much fuel.
    pub fn fuel(mut self, per_call: u64, per_row: u64) -> Self {
        (self.fuel_per_call, self.fuel_per_row) = (per_call, per_row);
        self
    }
}

const ROW_OF: &str = r#"(import "peristyle" "row_of" (func $row_of (param i32 i64) (result i32)))"#;

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

/// One state block of a module.
#[derive(Clone, Debug)]
struct State {
    name: String,
    schema: SchemaLayout,
    bytes: Vec<u8>,
    flags: u32,
}

/// A module to be built.
#[derive(Clone, Debug)]
pub struct Guest {
    systems: Vec<System>,
    state_blocks: Vec<State>,
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
    pub fn state<T: Schema>(self, name: &str, bytes: &[u8]) -> Self {
        self.state_of(name, &SchemaLayout::of::<T>(), bytes)
    }

    /// Adds a state block of any layout.
    pub fn state_of(mut self, name: &str, schema: &SchemaLayout, bytes: &[u8]) -> Self {
        let (name, schema, bytes) = (name.to_owned(), schema.clone(), bytes.to_vec());
        self.state_blocks.push(State { name, schema, bytes, flags: 0 });
        self
    }

    /// Has the last state block begin afresh where it cannot go on.
    pub fn afresh(mut self) -> Self {
        self.state_blocks.iter_mut().next_back().into_iter().for_each(|block| block.flags |= STATE_AFRESH);
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
        let mut data = Data::default();
        let manifest_address = data.reserve::<Manifest>();
        let systems: Vec<SystemDescriptor> = self.systems.iter().map(|system| data.system(system)).collect();
        let mut blocks = Vec::new();
        let mut address = Self::state_address();
        let mut segments = String::new();
        for State { name, schema, bytes, flags } in &self.state_blocks {
            blocks.push(StateBlockDescriptor {
                size: size_of::<StateBlockDescriptor>() as u32,
                address,
                name: data.text(name),
                schema: data.schema(schema),
                flags: *flags,
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
                    "(func (export \"{0}\") (param $frame i32) (result i32) (local $a i32) (local $b i32) (local $e i64)\n{1}\n(i32.const 0))\n",
                    system.name, system.body
                )
            })
            .collect();
        format!(
            r#"(module
(import "peristyle" "log" (func $log (param i32 i32 i32)))
(import "peristyle" "fault" (func $fault (param i32 i32 i32 i32 i32 i32)))
{row_of}
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
(func $presence (param $frame i32) (param $query i32) (param $column i32) (param $row i32) (result i32)
  (i32.and (i32.const 1) (i32.shr_u
    (i32.load8_u (i32.add
      (i32.load offset=12 (call $column_frame (local.get $frame) (local.get $query) (local.get $column)))
      (i32.shr_u (local.get $row) (i32.const 3))))
    (i32.and (local.get $row) (i32.const 7)))))
(func $record (param $frame i32) (param $kind i32) (param $entity i64) (param $term i32) (param $bytes i32)
    (result i32) (local $buffer i32) (local $at i32) (local $size i32)
  (local.set $buffer (i32.load offset=56 (local.get $frame)))
  (local.set $size (i32.add (i32.const 24) (i32.and (i32.add (local.get $bytes) (i32.const 7)) (i32.const -8))))
  (local.set $at (i32.add (i32.load offset=4 (local.get $buffer)) (i32.load offset=12 (local.get $buffer))))
  (i32.store offset=0 (local.get $at) (local.get $size))
  (i32.store offset=4 (local.get $at) (local.get $kind))
  (i64.store offset=8 (local.get $at) (local.get $entity))
  (i32.store offset=16 (local.get $at) (local.get $term))
  (i32.store offset=20 (local.get $at) (local.get $bytes))
  (i32.store offset=12 (local.get $buffer) (i32.add (i32.load offset=12 (local.get $buffer)) (local.get $size)))
  (i32.add (local.get $at) (i32.const 24)))
(func $spawn (param $frame i32) (result i64) (local $buffer i32) (local $entity i64)
  (local.set $buffer (i32.load offset=56 (local.get $frame)))
  (local.set $entity (i64.add (i64.load offset=16 (local.get $buffer))
    (i64.extend_i32_u (i32.load offset=24 (local.get $buffer)))))
  (drop (call $record (local.get $frame) (i32.const 1) (local.get $entity) (i32.const 0) (i32.const 0)))
  (i32.store offset=24 (local.get $buffer) (i32.add (i32.load offset=24 (local.get $buffer)) (i32.const 1)))
  (local.get $entity))
{functions}
{extra}
)"#,
            row_of = if functions.contains("$row_of") { ROW_OF } else { "" },
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

fn escape(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
