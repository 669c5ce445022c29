/* The contract between a Peristyle host and its modules, ABI version 1.
 *
 * The crate `peristyle-abi` is its one definition; the sizes and offsets in `peristyle_layout.h` are
 * that crate's, written out, and compilation fails where a struct differs. What each field means is in
 * guest-api/README.md. */
#ifndef PERISTYLE_ABI_H
#define PERISTYLE_ABI_H

#include <stddef.h>
#include <stdint.h>

/* C99 has no `_Static_assert`; every compiler for WebAssembly has it all the same. */
#if defined(__clang__) && defined(__STDC_VERSION__) && __STDC_VERSION__ < 201112L
#pragma clang diagnostic ignored "-Wc11-extensions"
#endif

/* The version of the contract that this file speaks. */
#define PERISTYLE_ABI_VERSION UINT32_C(1)

/* "PRST" as a little-endian number. */
#define PERISTYLE_MAGIC UINT32_C(0x54535250)

/* Columns begin at a multiple of this many bytes. */
#define PERISTYLE_COLUMN_ALIGN 16

/* What a system returns when it has finished. Any other number is a fault. */
#define PERISTYLE_FINISHED 0

/* Bit numbers of `PeristyleManifest.features`. A host that lacks one refuses the module. */
enum PeristyleFeature {
    PERISTYLE_FEATURE_OPTIONAL_TERMS = 0,
    PERISTYLE_FEATURE_CHANGE_FILTERS = 1,
    PERISTYLE_FEATURE_ENTITY_TERMS = 2,
    PERISTYLE_FEATURE_ROW_ORDERS = 3,
    PERISTYLE_FEATURE_COMMANDS = 4,
    PERISTYLE_FEATURE_RESOURCES = 5,
    PERISTYLE_FEATURE_MESSAGES = 6,
    PERISTYLE_FEATURE_OBSERVERS = 7,
    PERISTYLE_FEATURE_STRINGS = 8,
    PERISTYLE_FEATURE_LISTS = 9,
    PERISTYLE_FEATURE_NESTED_TYPES = 10,
    PERISTYLE_FEATURE_SCRIPT_COMPONENTS = 11,
    PERISTYLE_FEATURE_RANDOM = 12,
    PERISTYLE_FEATURE_CONDITIONS = 13,
    PERISTYLE_FEATURE_SUSPENSION = 14
};

/* Where a system runs. */
enum PeristyleScheduleCode {
    PERISTYLE_FIXED_UPDATE = 0,
    PERISTYLE_UPDATE = 1,
    PERISTYLE_FIRST = 2,
    PERISTYLE_PRE_UPDATE = 3,
    PERISTYLE_POST_UPDATE = 4,
    PERISTYLE_LAST = 5
};

/* What one parameter is. */
enum PeristyleParamKind {
    PERISTYLE_PARAM_QUERY = 1,
    PERISTYLE_PARAM_COMMANDS = 2,
    PERISTYLE_PARAM_RESOURCE = 3,
    PERISTYLE_PARAM_RANDOM = 4,
    PERISTYLE_PARAM_MESSAGES = 5,
    PERISTYLE_PARAM_EVENTS = 6,
    PERISTYLE_PARAM_ROOM = 8
};

/* What one term of a parameter asks for. */
enum PeristyleTermKind {
    PERISTYLE_TERM_READ = 1,
    PERISTYLE_TERM_WRITE = 2,
    PERISTYLE_TERM_WITH = 3,
    PERISTYLE_TERM_WITHOUT = 4,
    PERISTYLE_TERM_OPTIONAL_READ = 5,
    PERISTYLE_TERM_OPTIONAL_WRITE = 6,
    PERISTYLE_TERM_ADDED = 7,
    PERISTYLE_TERM_CHANGED = 8,
    PERISTYLE_TERM_ENTITY = 9,
    PERISTYLE_TERM_INSERT = 10,
    PERISTYLE_TERM_SEND = 11,
    PERISTYLE_TERM_REMOVED = 12,
    PERISTYLE_TERM_TRIGGER = 13
};

/* The order of a query's rows. */
enum PeristyleRowOrder {
    PERISTYLE_ORDER_TABLES = 0,
    PERISTYLE_ORDER_ENTITY = 1,
    PERISTYLE_ORDER_STABLE_ID = 2
};

/* What one command does. */
enum PeristyleCommandKind {
    PERISTYLE_COMMAND_SPAWN = 1,
    PERISTYLE_COMMAND_DESPAWN = 2,
    PERISTYLE_COMMAND_INSERT = 3,
    PERISTYLE_COMMAND_REMOVE = 4,
    PERISTYLE_COMMAND_SET_PARENT = 5,
    PERISTYLE_COMMAND_SEND = 6,
    PERISTYLE_COMMAND_TRIGGER = 7,
    PERISTYLE_COMMAND_ENABLE = 10,
    PERISTYLE_COMMAND_DISABLE = 11
};

/* The type of one field's elements. A `PeristyleEntity` is a PERISTYLE_ENTITY_ID. */
enum PeristyleFieldType {
    PERISTYLE_BOOL = 1,
    PERISTYLE_U8 = 2,
    PERISTYLE_I8 = 3,
    PERISTYLE_U16 = 4,
    PERISTYLE_I16 = 5,
    PERISTYLE_U32 = 6,
    PERISTYLE_I32 = 7,
    PERISTYLE_U64 = 8,
    PERISTYLE_I64 = 9,
    PERISTYLE_F32 = 10,
    PERISTYLE_F64 = 11,
    PERISTYLE_ENTITY_ID = 12,
    PERISTYLE_NESTED = 13,
    PERISTYLE_STRING = 14,
    PERISTYLE_LIST_OF = 15
};

/* What a schema describes. */
enum PeristyleSchemaKind {
    PERISTYLE_KIND_STRUCT = 0,
    PERISTYLE_KIND_ENUM = 1,
    PERISTYLE_KIND_FLAGS = 2,
    PERISTYLE_KIND_OPTION = 3,
    PERISTYLE_KIND_ELEMENT = 4
};

/* How loud a log line is. */
enum PeristyleLogLevel {
    PERISTYLE_LOG_ERROR = 1,
    PERISTYLE_LOG_WARN = 2,
    PERISTYLE_LOG_INFO = 3,
    PERISTYLE_LOG_DEBUG = 4,
    PERISTYLE_LOG_TRACE = 5
};

/* An entity's id. */
typedef uint64_t PeristyleEntity;

/* The id of no entity. */
#define PERISTYLE_NO_ENTITY UINT64_C(0)

/* A run of bytes or of descriptors. An address is a pointer, 4 bytes on wasm32. */
typedef struct PeristyleSlice {
    const void *ptr;
    uint32_t len;
} PeristyleSlice;

/* A text in UTF-8 as a field, which says where it lies. It needs no zero at its end. */
typedef struct PeristyleStr {
    const char *bytes;
    uint32_t len;
} PeristyleStr;

/* What a module says of itself. */
typedef struct PeristyleManifest {
    uint32_t size;
    uint32_t magic;
    uint32_t abi_version;
    uint32_t flags;
    uint64_t features;
    PeristyleSlice systems;
    PeristyleSlice state_blocks;
    PeristyleSlice arena;
    PeristyleSlice components;
    uint64_t reserved;
} PeristyleManifest;

/* One script system. `export` is the name of its function. */
typedef struct PeristyleSystemDescriptor {
    uint32_t size;
    uint32_t schedule;
    PeristyleSlice name;
    PeristyleSlice export;
    PeristyleSlice params;
    PeristyleSlice before;
    PeristyleSlice after;
    uint64_t fuel_per_call;
    uint64_t fuel_per_row;
    PeristyleSlice conditions;
    uint32_t flags;
    uint32_t reserved;
} PeristyleSystemDescriptor;

/* A bit of `flags`: a call that runs out of fuel goes on in the next pass, where it stopped. */
#define PERISTYLE_SYSTEM_SUSPENDS 1u

/* One parameter of a system that has something in the call frame. */
typedef struct PeristyleParamDescriptor {
    uint32_t size;
    uint32_t kind;
    PeristyleSlice terms;
    uint32_t order;
    uint32_t flags;
    const void *schema;
    uint32_t reserved;
} PeristyleParamDescriptor;

/* One term of a parameter; `schema` is null in one for entity ids. */
typedef struct PeristyleTermDescriptor {
    uint32_t size;
    uint32_t kind;
    const void *schema;
    uint32_t flags;
} PeristyleTermDescriptor;

/* The layout of one type. `fields` lists PeristyleFieldDescriptor, or PeristyleVariantDescriptor
 * for an enum or flags. */
typedef struct PeristyleSchemaDescriptor {
    uint32_t size;
    uint32_t kind;
    PeristyleSlice name;
    uint32_t byte_size;
    uint32_t align;
    PeristyleSlice fields;
} PeristyleSchemaDescriptor;

/* One field of a schema. */
typedef struct PeristyleFieldDescriptor {
    uint32_t size;
    uint32_t offset;
    PeristyleSlice name;
    uint32_t type_code;
    uint32_t count;
    const void *schema;
    const void *shape;
} PeristyleFieldDescriptor;

/* The dimensions of an array that has several, the outermost first. */
typedef struct PeristyleShapeDescriptor {
    uint32_t size;
    uint32_t rank;
    uint32_t lengths[4];
} PeristyleShapeDescriptor;

/* One value of an enum, or one flag. */
typedef struct PeristyleVariantDescriptor {
    uint32_t size;
    uint32_t flags;
    PeristyleSlice name;
    uint64_t value;
} PeristyleVariantDescriptor;

/* A part of the module's memory that lives on between calls. */
typedef struct PeristyleStateBlockDescriptor {
    uint32_t size;
    const void *address;
    PeristyleSlice name;
    const void *schema;
    uint32_t flags;
} PeristyleStateBlockDescriptor;

/* A bit of `flags`: where a new version cannot go on with what the block holds, the block begins afresh. */
#define PERISTYLE_STATE_AFRESH 1u

/* What one call of a system is given. */
typedef struct PeristyleCallFrame {
    uint32_t size;
    uint32_t abi_version;
    uint64_t tick;
    double delta_seconds;
    double elapsed_seconds;
    PeristyleSlice queries;
    PeristyleSlice resources;
    PeristyleSlice messages;
    PeristyleSlice commands;
    PeristyleSlice room;
    void *random;
    uint32_t reserved;
} PeristyleCallFrame;

/* The rows of one query. */
typedef struct PeristyleQueryFrame {
    uint32_t size;
    uint32_t rows;
    PeristyleSlice columns;
    uint64_t reserved;
} PeristyleQueryFrame;

/* One packed array: all rows of one component. */
typedef struct PeristyleColumn {
    uint32_t size;
    void *rows;
    uint32_t stride;
    const uint8_t *presence;
} PeristyleColumn;

/* Where a call leaves its commands. */
typedef struct PeristyleCommandBuffer {
    uint32_t size;
    void *records;
    uint32_t capacity;
    uint32_t used;
    PeristyleEntity first_entity;
    uint32_t spawned;
    uint32_t reserved;
} PeristyleCommandBuffer;

/* One command; its payload follows. */
typedef struct PeristyleCommandRecord {
    uint32_t size;
    uint32_t kind;
    PeristyleEntity entity;
    uint32_t term;
    uint32_t payload_bytes;
} PeristyleCommandRecord;

/* Where a call may put the strings and lists that it writes. */
typedef struct PeristyleSliceRoom {
    uint32_t size;
    void *bytes;
    uint32_t capacity;
    uint32_t used;
} PeristyleSliceRoom;

/* A system's random generator. */
typedef struct PeristyleRandomState {
    uint32_t size;
    uint32_t reserved;
    uint64_t words[4];
} PeristyleRandomState;

#include "peristyle_layout.h"

#endif
