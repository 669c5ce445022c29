/* Peristyle for C: gameplay systems for a Bevy game, as a WebAssembly module.
 *
 * C99 or later, freestanding: no library, no allocator, no code outside of this folder.
 *
 *     #include "peristyle.h"
 *
 *     typedef struct { float x, y, z; } Position;
 *     PERISTYLE_SCHEMA(Position,
 *         PERISTYLE_FIELD(Position, x, PERISTYLE_F32, 1),
 *         PERISTYLE_FIELD(Position, y, PERISTYLE_F32, 1),
 *         PERISTYLE_FIELD(Position, z, PERISTYLE_F32, 1));
 *     PERISTYLE_TAG(Grounded);
 *
 *     PERISTYLE_EXPORT(rise) int32_t rise(const PeristyleCallFrame *frame) {
 *         Position *positions = peristyle_column(frame, 0, 0);
 *         uint32_t rows = peristyle_rows(frame, 0);
 *         for (uint32_t row = 0; row < rows; row++) {
 *             positions[row].z += (float)frame->delta_seconds;
 *         }
 *         return PERISTYLE_FINISHED;
 *     }
 *
 *     PERISTYLE_MODULE(
 *         .systems = PERISTYLE_SYSTEMS(
 *             PERISTYLE_SYSTEM(rise, .params = PERISTYLE_PARAMS(
 *                 PERISTYLE_QUERY(PERISTYLE_WRITE(Position), PERISTYLE_WITHOUT(Grounded))))));
 *
 * A call is a transaction. It finishes, and the rows that it changed are written back; or it runs
 * out of fuel, traps or faults, and nothing happened.
 *
 * Memory between calls counts for nothing but the declared state blocks. Any other variable or
 * allocation may be gone at the next call, since a fault and a reload begin with a fresh instance.
 *
 * The host puts call frames into memory that it grows while the module is loaded. An allocator
 * takes memory by `__builtin_wasm_memory_grow` alone, and never assumes that what lies below
 * `__builtin_wasm_memory_size` is its own.
 *
 * Everything outside of the module is the same on every machine: there is no clock, no random
 * number and no file. The time in the call frame is the game's. */
#ifndef PERISTYLE_H
#define PERISTYLE_H

#include "peristyle_abi.h"

/* --- What the host offers ------------------------------------------------------------------- */

/* Writes one line to the game's log, at a `PeristyleLogLevel`. */
__attribute__((import_module("peristyle"), import_name("log")))
void peristyle_log(uint32_t level, const char *message, uint32_t message_len);

/* Ends the call as a fault. `line` and `column` count from 1; 0 says that nobody knows. */
__attribute__((import_module("peristyle"), import_name("fault"), noreturn))
void peristyle_fault(const char *message, uint32_t message_len, const char *file, uint32_t file_len,
                     uint32_t line, uint32_t column);

/* Writes a string literal to the game's log: `PERISTYLE_LOG(PERISTYLE_LOG_WARN, "no pads")`. */
#define PERISTYLE_LOG(level, literal) peristyle_log((level), "" literal, sizeof(literal) - 1)

/* Ends the call as a fault whose message is a string literal, and tells where. */
#define PERISTYLE_FAULT(literal) \
    peristyle_fault("" literal, sizeof(literal) - 1, __FILE__, sizeof(__FILE__) - 1, __LINE__, 0)

/* Ends the call as a fault where `condition` does not hold. It is never compiled out. */
#define PERISTYLE_ASSERT(condition) ((condition) ? (void)0 : PERISTYLE_FAULT("assertion failed: " #condition))

/* --- What a call is given ------------------------------------------------------------------- */

/* An item of a list in the call frame. A later host's items may be longer: each says its own size,
 * which is the step from one to the next. A number that the list does not have is a fault. */
static inline const void *peristyle_item(PeristyleSlice list, uint32_t index) {
    if (index >= list.len) PERISTYLE_FAULT("the frame has no query or column of that number");
    return (const char *)list.ptr + index * *(const uint32_t *)list.ptr;
}

/* The query with that number, in the order of the system's `PERISTYLE_PARAMS`. */
static inline const PeristyleQueryFrame *peristyle_query(const PeristyleCallFrame *frame, uint32_t query) {
    return (const PeristyleQueryFrame *)peristyle_item(frame->queries, query);
}

/* How many rows the query has. */
static inline uint32_t peristyle_rows(const PeristyleCallFrame *frame, uint32_t query) {
    return peristyle_query(frame, query)->rows;
}

/* Row 0 of a column of the query, an array with one item for each row. `column` counts the terms
 * that read or write, in order. Only what is stored in a `PERISTYLE_WRITE` column counts. The
 * array is valid until the call ends. */
__attribute__((assume_aligned(PERISTYLE_COLUMN_ALIGN)))
static inline void *peristyle_column(const PeristyleCallFrame *frame, uint32_t query, uint32_t column) {
    return ((const PeristyleColumn *)peristyle_item(peristyle_query(frame, query)->columns, column))->rows;
}

/* --- What a module says of itself ----------------------------------------------------------- */

/* Exports the function that follows under that name. */
#define PERISTYLE_EXPORT(name) __attribute__((export_name(#name)))

/* A string literal, and a list of descriptors, as slices of static data. */
#define PERISTYLE_TEXT(literal) { "" literal, sizeof(literal) - 1 }
#define PERISTYLE_LIST(type, ...) \
    { (const type[]){ __VA_ARGS__ }, sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type) }

/* Describes the struct `type` under its own name: `PERISTYLE_SCHEMA(Type, PERISTYLE_FIELD(…), …)`.
 * Every byte belongs to a field; the compiler's -Wpadded finds the bytes that do not. */
#define PERISTYLE_SCHEMA(type, ...) PERISTYLE_SCHEMA_NAMED(type, #type, __VA_ARGS__)

/* Describes the struct `type`, which the game registered under another name. */
#define PERISTYLE_SCHEMA_NAMED(type, schema_name, ...) \
    static const PeristyleSchemaDescriptor peristyle_schema_##type = { \
        .size = sizeof(PeristyleSchemaDescriptor), .name = PERISTYLE_TEXT(schema_name), \
        .byte_size = sizeof(type), .align = _Alignof(type), \
        .fields = PERISTYLE_LIST(PeristyleFieldDescriptor, __VA_ARGS__) }

/* Describes a component without fields, which terms with and without are about. C has no such
 * struct, so there is none to declare. */
#define PERISTYLE_TAG(type) \
    static const PeristyleSchemaDescriptor peristyle_schema_##type = { \
        .size = sizeof(PeristyleSchemaDescriptor), .name = PERISTYLE_TEXT(#type), .align = 1 }

/* One field: `elements` elements of a `PeristyleFieldType`, 1 for a number and 3 for `float v[3]`. */
#define PERISTYLE_FIELD(type, member, field_type, elements) \
    { .size = sizeof(PeristyleFieldDescriptor), .offset = offsetof(type, member), \
      .name = PERISTYLE_TEXT(#member), .type_code = (field_type), \
      .count = (elements) + PERISTYLE_REQUIRE( \
          sizeof(((type *)0)->member) == PERISTYLE_FIELD_SIZE(field_type) * (elements), \
          #type "." #member " has another size than " #elements " elements of " #field_type) }

/* Bytes of one element of a `PeristyleFieldType`. */
#define PERISTYLE_FIELD_SIZE(field_type) \
    ((field_type) <= PERISTYLE_I8 ? 1u : (field_type) <= PERISTYLE_I16 ? 2u \
     : (field_type) <= PERISTYLE_I32 || (field_type) == PERISTYLE_F32 ? 4u : 8u)

/* 0, where `condition` holds; otherwise compilation fails with the message. */
#define PERISTYLE_REQUIRE(condition, message) \
    (0 * sizeof(struct { _Static_assert(condition, message); char unused; }))

/* Terms of a query. Reading and writing give a column; with and without only choose entities. */
#define PERISTYLE_READ(type) PERISTYLE_TERM(PERISTYLE_TERM_READ, type)
#define PERISTYLE_WRITE(type) PERISTYLE_TERM(PERISTYLE_TERM_WRITE, type)
#define PERISTYLE_WITH(type) PERISTYLE_TERM(PERISTYLE_TERM_WITH, type)
#define PERISTYLE_WITHOUT(type) PERISTYLE_TERM(PERISTYLE_TERM_WITHOUT, type)
#define PERISTYLE_TERM(term_kind, type) \
    { .size = sizeof(PeristyleTermDescriptor), .kind = (term_kind), .schema = &peristyle_schema_##type }

/* A query with these terms. */
#define PERISTYLE_QUERY(...) \
    { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_QUERY, \
      .terms = PERISTYLE_LIST(PeristyleTermDescriptor, __VA_ARGS__) }

/* The queries of a system. */
#define PERISTYLE_PARAMS(...) PERISTYLE_LIST(PeristyleParamDescriptor, __VA_ARGS__)

/* Names of other systems, for `.before` and `.after`:
 * `PERISTYLE_NAMES(PERISTYLE_TEXT("a::b"), PERISTYLE_TEXT("c"))`. */
#define PERISTYLE_NAMES(...) PERISTYLE_LIST(PeristyleSlice, __VA_ARGS__)

/* The system that runs the exported function of that name. Fields of its descriptor follow, those
 * that are not 0: `.params`, `.schedule`, `.before`, `.after`, `.fuel_per_call`, `.fuel_per_row`. */
#define PERISTYLE_SYSTEM(function, ...) \
    { .size = sizeof(PeristyleSystemDescriptor), .name = PERISTYLE_TEXT(#function), \
      .export = PERISTYLE_TEXT(#function), __VA_ARGS__ }

/* The systems of a module. */
#define PERISTYLE_SYSTEMS(...) PERISTYLE_LIST(PeristyleSystemDescriptor, __VA_ARGS__)

/* The state block that `variable`, of the described struct `type`, is. It is called like its type. */
#define PERISTYLE_STATE(type, variable) \
    { .size = sizeof(PeristyleStateBlockDescriptor), \
      .address = &(variable) + PERISTYLE_REQUIRE( \
          sizeof(variable) == sizeof(type), #variable " has another size than " #type), \
      .name = PERISTYLE_TEXT(#type), .schema = &peristyle_schema_##type }

/* The state blocks of a module. */
#define PERISTYLE_STATE_BLOCKS(...) PERISTYLE_LIST(PeristyleStateBlockDescriptor, __VA_ARGS__)

/* Declares the module, once: `PERISTYLE_MODULE(.systems = …, .state_blocks = …);`. The linker exports
 * it where it is told `--export=peristyle_manifest`. */
#define PERISTYLE_MODULE(...) \
    __attribute__((used)) const PeristyleManifest peristyle_manifest = { \
        .size = sizeof(PeristyleManifest), .magic = PERISTYLE_MAGIC, \
        .abi_version = PERISTYLE_ABI_VERSION, __VA_ARGS__ }

#endif
