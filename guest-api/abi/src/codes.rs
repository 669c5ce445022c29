//! The numbers that appear in the contract's structs, each with its name.
//!
//! Numbers are never reused. A gap is room for what a later version adds.

/// Defines an enum over `u32` codes with names and a checked conversion.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $code:literal as $text:literal, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u32)]
        pub enum $name { $( $(#[$variant_meta])* #[doc = concat!("\n\nCode ", stringify!($code), ".")] $variant = $code, )* }

        impl $name {
            /// Every value, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The value with this code, or `None` for a code that this version does not know.
            pub const fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The number in the contract.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// The name in documentation and errors.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

codes! {
    /// What a module may need beyond the base of ABI v1: bit numbers of `Manifest::features`.
    ///
    /// A host that lacks one refuses the module and says its name.
    pub enum Feature {
        /// Query terms that may be absent in a row.
        OptionalTerms = 0 as "optional_terms",
        /// Query filters on what was added or changed.
        ChangeFilters = 1 as "change_filters",
        /// Entity ids as a column.
        EntityTerms = 2 as "entity_terms",
        /// Row orders other than the default.
        RowOrders = 3 as "row_orders",
        /// Command records in the call frame.
        Commands = 4 as "commands",
        /// Resource parameters.
        Resources = 5 as "resources",
        /// Message parameters.
        Messages = 6 as "messages",
        /// Systems that run on events.
        Observers = 7 as "observers",
        /// String fields.
        Strings = 8 as "strings",
        /// List fields.
        Lists = 9 as "lists",
        /// Nested structs, enums and options as field types.
        NestedTypes = 10 as "nested_types",
        /// Components that the module itself defines.
        ScriptComponents = 11 as "script_components",
        /// The host's deterministic random generator.
        Random = 12 as "random",
        /// Conditions on which a system runs.
        Conditions = 13 as "conditions",
        /// Systems whose calls go on in the next pass where their fuel ran out.
        Suspension = 14 as "suspension",
    }
}

impl Feature {
    /// The feature's bit of `Manifest::features`.
    pub const fn bit(self) -> u64 {
        1 << self.code()
    }
}

codes! {
    /// Where a script system runs: `SystemDescriptor::schedule`.
    pub enum ScheduleCode {
        /// Bevy's `FixedUpdate`: a fixed time step, and the place for what must be deterministic.
        FixedUpdate = 0 as "FixedUpdate",
        /// Bevy's `Update`: once a frame.
        Update = 1 as "Update",
        /// Bevy's `First`: at the start of a frame.
        First = 2 as "First",
        /// Bevy's `PreUpdate`: before the fixed steps and `Update`.
        PreUpdate = 3 as "PreUpdate",
        /// Bevy's `PostUpdate`: after `Update`.
        PostUpdate = 4 as "PostUpdate",
        /// Bevy's `Last`: at the end of a frame.
        Last = 5 as "Last",
    }
}

codes! {
    /// What one parameter of a script system is: `ParamDescriptor::kind`.
    ///
    pub enum ParamKind {
        /// A query: rows of entities, columns of components.
        Query = 1 as "query",
        /// Room for command records; the terms are the components that they may insert or remove.
        Commands = 2 as "commands",
        /// One resource; the only term reads or writes it.
        Resource = 3 as "resource",
        /// The system's own random generator.
        Random = 4 as "random",
        /// The messages of one kind that the system has not seen yet; the only term reads them.
        Messages = 5 as "messages",
        /// What happened since the system last finished: events of one kind, or the entities that got or lost a
        /// component. The system runs only where something did. The only term reads the events, or is an
        /// `added` or `removed` one.
        Events = 6 as "events",
        /// Room for the strings and lists that a call writes.
        Room = 8 as "room",
    }
}

codes! {
    /// What one term of a query asks for: `TermDescriptor::kind`.
    ///
    /// Codes 14 and 15 are kept for later kinds.
    pub enum TermKind {
        /// A column that the host does not read back.
        Read = 1 as "read",
        /// A column whose differing rows are written back.
        Write = 2 as "write",
        /// Only entities that have the component; no column.
        With = 3 as "with",
        /// Only entities that lack the component; no column.
        Without = 4 as "without",
        /// A column that the host does not read back, with a presence mask: rows without the
        /// component hold zeros.
        OptionalRead = 5 as "optional_read",
        /// A column with a presence mask, whose present and differing rows are written back.
        OptionalWrite = 6 as "optional_write",
        /// Only entities that got the component since the system last finished; no column.
        Added = 7 as "added",
        /// Only entities whose component was added or written since the system last finished; no
        /// column.
        Changed = 8 as "changed",
        /// A column of entity ids, 8 bytes each; the term has no schema.
        Entity = 9 as "entity",
        /// A component that commands may insert or remove; only in a parameter for commands.
        Insert = 10 as "insert",
        /// A message that commands may send; only in a parameter for commands.
        Send = 11 as "send",
        /// The entities that lost the component, or with it all; only in a parameter for events.
        Removed = 12 as "removed",
        /// An event that commands may trigger; only in a parameter for commands.
        Trigger = 13 as "trigger",
    }
}

impl TermKind {
    /// Whether the term has a column in the call frame.
    pub const fn has_column(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::OptionalRead | Self::OptionalWrite | Self::Entity)
    }

    /// The bits of `Manifest::features` that such a term asks for.
    pub const fn features(self) -> u64 {
        match self {
            Self::OptionalRead | Self::OptionalWrite => Feature::OptionalTerms.bit(),
            Self::Added | Self::Changed => Feature::ChangeFilters.bit(),
            Self::Entity => Feature::EntityTerms.bit(),
            Self::Insert => Feature::Commands.bit(),
            Self::Send => Feature::Messages.bit(),
            Self::Removed | Self::Trigger => Feature::Observers.bit(),
            Self::Read | Self::Write | Self::With | Self::Without => 0,
        }
    }

    /// Whether the term is about a component, and not about ids or messages.
    pub const fn is_component(self) -> bool {
        !matches!(self, Self::Entity | Self::Send | Self::Trigger)
    }

    /// Whether the host reads the term's column back.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Write | Self::OptionalWrite)
    }

    /// Whether the term's column has a presence mask.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::OptionalRead | Self::OptionalWrite)
    }
}

codes! {
    /// The order of a query's rows: `ParamDescriptor::order`.
    pub enum RowOrder {
        /// Tables in ascending order, rows as stored: fast, the same on every run with the same
        /// history, and different between histories.
        Tables = 0 as "tables",
        /// By entity id, ascending: the same wherever entities got the same ids.
        Entity = 1 as "entity",
        /// By the number that the game gives its entities, ascending; rows without one come last,
        /// by entity id. The same on every machine and after loading a saved game.
        StableId = 2 as "stable_id",
    }
}

codes! {
    /// What one command does: `CommandRecord::kind`.
    ///
    /// Codes 8 and 9 are kept for later kinds.
    pub enum CommandKind {
        /// Makes an entity; the record's entity is the next provisional id.
        Spawn = 1 as "spawn",
        /// Removes an entity and all below it.
        Despawn = 2 as "despawn",
        /// Gives an entity a component, or another value of it; the payload is one row.
        Insert = 3 as "insert",
        /// Takes a component from an entity.
        Remove = 4 as "remove",
        /// Makes an entity the child of another, whose id is the payload; 0 for no parent.
        SetParent = 5 as "set_parent",
        /// Sends messages of one kind; the payload is one row or more, back to back. The record's
        /// entity is 0.
        Send = 6 as "send",
        /// Triggers an event; the payload is one or more rows, each of them one event. The record's entity is 0.
        Trigger = 7 as "trigger",
        /// Takes a disabled entity back into all queries.
        Enable = 10 as "enable",
        /// Hides an entity from all queries that do not ask for disabled ones.
        Disable = 11 as "disable",
    }
}

codes! {
    /// The type of one field's elements: `FieldDescriptor::type_code`.
    pub enum FieldType {
        /// One byte, 0 or 1; anything else is a fault at write-back.
        Bool = 1 as "bool",
        /// 8 bits, unsigned.
        U8 = 2 as "u8",
        /// 8 bits, two's complement.
        I8 = 3 as "i8",
        /// 16 bits, unsigned.
        U16 = 4 as "u16",
        /// 16 bits, two's complement.
        I16 = 5 as "i16",
        /// 32 bits, unsigned.
        U32 = 6 as "u32",
        /// 32 bits, two's complement.
        I32 = 7 as "i32",
        /// 64 bits, unsigned.
        U64 = 8 as "u64",
        /// 64 bits, two's complement.
        I64 = 9 as "i64",
        /// IEEE 754 binary32; a NaN is made canonical at write-back.
        F32 = 10 as "f32",
        /// IEEE 754 binary64; a NaN is made canonical at write-back.
        F64 = 11 as "f64",
        /// An entity's id, 8 bytes; 0 is no entity. Bits that are no id are a fault at write-back.
        Entity = 12 as "entity",
        /// A struct, an enum, a set of flags or an option, whose schema `FieldDescriptor::schema` is.
        Nested = 13 as "nested",
        /// Text as a [`Slice`](crate::Slice) of bytes, which are UTF-8.
        String = 14 as "string",
        /// Values that lie side by side, as a [`Slice`](crate::Slice) of them; the field `value` of the
        /// schema `FieldDescriptor::schema` is one of them.
        List = 15 as "list",
    }
}

impl FieldType {
    /// Bytes of one element; 0 for [`Nested`](Self::Nested), whose schema has them.
    pub const fn size(self) -> u32 {
        match self {
            Self::Nested => 0,
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Entity | Self::String | Self::List => 8,
        }
    }

    /// Alignment of one element in bytes; 0 for [`Nested`](Self::Nested).
    pub const fn align(self) -> u32 {
        match self {
            Self::String | Self::List => 4,
            other => other.size(),
        }
    }

    /// Whether the bytes of a value lie elsewhere, and the field only says where.
    pub const fn is_slice(self) -> bool {
        matches!(self, Self::String | Self::List)
    }
}

codes! {
    /// What a schema describes: `SchemaDescriptor::kind`.
    pub enum SchemaKind {
        /// Fields side by side.
        Struct = 0 as "struct",
        /// One of a few numbers, each with a name; any other is a fault at write-back. The list is of
        /// [`VariantDescriptor`](crate::VariantDescriptor).
        Enum = 1 as "enum",
        /// A number whose bits have names; any other bit is a fault at write-back. The list is of
        /// [`VariantDescriptor`](crate::VariantDescriptor), whose values are masks.
        Flags = 2 as "flags",
        /// Perhaps a value: the fields `some`, an unsigned number of 0 or 1 as wide as the alignment, and
        /// `value`, whose bytes count where `some` is 1 and are made 0 where it is not.
        Option = 3 as "option",
        /// What a list has many of: one field `value`.
        Element = 4 as "element",
    }
}

codes! {
    /// How loud a log line is: the first argument of the import `log`.
    pub enum LogLevel {
        /// Something is wrong.
        Error = 1 as "error",
        /// Something is odd.
        Warn = 2 as "warn",
        /// Something happened that a player's log may show.
        Info = 3 as "info",
        /// For whoever works on the script.
        Debug = 4 as "debug",
        /// For whoever works on the script, in detail.
        Trace = 5 as "trace",
    }
}
