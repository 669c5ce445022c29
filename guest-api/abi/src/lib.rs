//! The contract between a Peristyle host and its WebAssembly modules, ABI version 1.
//!
//! This crate is the one definition: the host reads these structs from a module's memory, the
//! Rust guest library places them there, and the Zig guest library asserts the same sizes and
//! offsets. It depends on neither Bevy nor a WebAssembly engine and needs no allocator.
//!
//! - [`manifest`]: what a module says of itself before any of its code has run;
//! - [`call_frame`]: what one call of a script system is given;
//! - [`schema`]: how one component or state block is laid out, and [`packed`]: of which types;
//! - [`codes`]: the numbers in those structs, each with its name;
//! - [`input`]: the keys and buttons that scripts can ask about;
//! - [`layout`]: the structs as a table, for tests and for the documentation.
//!
//! Every descriptor begins with its own size in bytes and every number is little-endian. A
//! descriptor may grow at its end; readers take the part that they know.
#![no_std]
#![expect(unsafe_code, reason = "contract structs are read from bytes as plain old data; see `layout`")]

pub mod call_frame;
pub mod codes;
pub mod input;
pub mod layout;
pub mod manifest;
pub mod packed;
pub mod schema;

pub use call_frame::{CallFrame, Column, CommandBuffer, CommandRecord, QueryFrame, RandomState, SliceRoom};
pub use codes::{
    CommandKind, Feature, FieldType, LogLevel, ParamKind, RowOrder, ScheduleCode, SchemaKind, TermKind,
};
pub use manifest::{
    Manifest, ParamDescriptor, STATE_AFRESH, SYSTEM_SUSPENDS, StateBlockDescriptor, SystemDescriptor,
    TermDescriptor,
};
pub use packed::{Align, Aligned, Entity, Maybe, PackedField, Tag};
pub use schema::{
    Field, FieldDescriptor, Schema, SchemaDescriptor, SchemaInfo, Shape, ShapeDescriptor, Variant,
    VariantDescriptor,
};

/// The version of the contract that this crate defines.
pub const ABI_VERSION: u32 = 1;

/// `"PRST"` as a little-endian number: the second word of every manifest.
pub const MAGIC: u32 = u32::from_le_bytes(*b"PRST");

/// The name of the exported immutable `i32` global that holds the manifest's address.
pub const MANIFEST_EXPORT: &str = "peristyle_manifest";

/// The name of the optional exported function that prepares a module, `() -> ()`.
///
/// The host calls it once for every new instance, under fuel, before the first system runs.
pub const INITIALIZE_EXPORT: &str = "_initialize";

/// The name of the exported linear memory.
pub const MEMORY_EXPORT: &str = "memory";

/// The module name under which the host's functions are imported.
pub const IMPORT_MODULE: &str = "peristyle";

/// `log(level: i32, message: i32, message_len: i32)`: writes one line to the game's log.
pub const IMPORT_LOG: &str = "log";

/// `fault(message: i32, message_len: i32, file: i32, file_len: i32, line: i32, column: i32)`:
/// ends the call as a fault. It does not return.
pub const IMPORT_FAULT: &str = "fault";

/// `row_of(query: i32, entity: i64) -> i32`: the row of that entity in a query of the running call,
/// by the query's number in the call frame, or -1 where it is in none.
pub const IMPORT_ROW_OF: &str = "row_of";

/// Columns, and everything else in a call frame that a guest may load as `v128`, begin at a
/// multiple of this many bytes.
pub const COLUMN_ALIGN: u32 = 16;

/// A guest's view of a place in its own memory.
///
/// On wasm32 it is as wide as the `u32` that the host reads. Elsewhere it is a plain pointer, so
/// that guest code also compiles natively, for editors, documentation and unit tests.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Address(*const u8);

// SAFETY: an `Address` is a number to everyone but the code that dereferences it, and that code
// states its own proof. Modules have one thread.
unsafe impl Sync for Address {}

impl Address {
    /// The address of nothing.
    pub const NULL: Self = Self(core::ptr::null());

    /// The address of `target`, for static data that describes other static data.
    pub const fn of<T: ?Sized>(target: *const T) -> Self {
        Self(target.cast())
    }

    /// The address as a pointer into the guest's own memory.
    pub const fn as_ptr(self) -> *const u8 {
        self.0
    }
}

layout::descriptor! {
    /// A run of bytes or of descriptors in the module's memory.
    pub struct Slice<A>: 8 {
        /// Address of the first byte; of no meaning where `len` is 0.
        0 => ptr: A,
        /// Number of items: bytes of a string, descriptors of a list.
        4 => len: u32,
    }
}

impl Slice<Address> {
    /// The slice that covers static data. That of nothing is all zeros, so that a list which an
    /// older host does not know, and which is empty, is what that host expects.
    pub const fn of<T>(items: &'static [T]) -> Self {
        if items.is_empty() {
            return Self::EMPTY;
        }
        Self { ptr: Address::of(items.as_ptr()), len: items.len() as u32 }
    }

    /// The slice that covers a static string.
    pub const fn of_str(text: &'static str) -> Self {
        Self::of(text.as_bytes())
    }

    /// The slice of nothing.
    pub const EMPTY: Self = Self { ptr: Address::NULL, len: 0 };
}
