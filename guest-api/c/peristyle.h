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
 * Everything outside of the module is the same on every machine: there is no clock and no file.
 * The time in the call frame is the game's, and so is the seed of `peristyle_random_next`. */
#ifndef PERISTYLE_H
#define PERISTYLE_H

#include "peristyle_schema.h"

/* --- What the host offers ------------------------------------------------------------------- */

/* Writes one line to the game's log, at a `PeristyleLogLevel`. */
__attribute__((import_module("peristyle"), import_name("log")))
void peristyle_log(uint32_t level, const char *message, uint32_t message_len);

/* Ends the call as a fault. `line` and `column` count from 1; 0 says that nobody knows. */
__attribute__((import_module("peristyle"), import_name("fault"), noreturn))
void peristyle_fault(const char *message, uint32_t message_len, const char *file, uint32_t file_len,
                     uint32_t line, uint32_t column);

/* The row of an entity in the query with that number, or -1 where the query does not have it. */
__attribute__((import_module("peristyle"), import_name("row_of")))
int32_t peristyle_row_of(uint32_t query, PeristyleEntity entity);

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
    if (index >= list.len) PERISTYLE_FAULT("the frame has no query, column, resource or messages of that number");
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
 * with a column, in order: that read or write, optional or not, and PERISTYLE_ENTITY, whose column is
 * an array of PeristyleEntity. Only what is stored in a column to write counts. The array is valid
 * until the call ends. */
__attribute__((assume_aligned(PERISTYLE_COLUMN_ALIGN)))
static inline void *peristyle_column(const PeristyleCallFrame *frame, uint32_t query, uint32_t column) {
    return ((const PeristyleColumn *)peristyle_item(peristyle_query(frame, query)->columns, column))->rows;
}

/* Which rows have the component of an optional term. Its column has zeros for the others, and what
 * is stored there is dropped. */
static inline const uint8_t *peristyle_presence(const PeristyleCallFrame *frame, uint32_t query,
                                                uint32_t column) {
    return ((const PeristyleColumn *)peristyle_item(peristyle_query(frame, query)->columns, column))->presence;
}

/* Whether that row has the component of an optional term. `row` is below `peristyle_rows`. */
static inline int peristyle_is_present(const PeristyleCallFrame *frame, uint32_t query, uint32_t column,
                                       uint32_t row) {
    return peristyle_presence(frame, query, column)[row / 8] >> (row % 8) & 1;
}

/* The resource with that number, in the order of the system's `PERISTYLE_PARAMS`, of which only
 * resources count. Only what is stored in a PERISTYLE_RESOURCE_WRITE counts. */
static inline void *peristyle_resource(const PeristyleCallFrame *frame, uint32_t resource) {
    return ((const PeristyleColumn *)peristyle_item(frame->resources, resource))->rows;
}

/* The messages of that number that the system has not seen yet, in the order of the system's
 * `PERISTYLE_PARAMS`, of which PERISTYLE_MESSAGES, PERISTYLE_ON, PERISTYLE_ON_ADDED and PERISTYLE_ON_REMOVED count together. */
static inline const PeristyleQueryFrame *peristyle_messages(const PeristyleCallFrame *frame, uint32_t messages) {
    return (const PeristyleQueryFrame *)peristyle_item(frame->messages, messages);
}

/* How many messages there are. */
static inline uint32_t peristyle_message_count(const PeristyleCallFrame *frame, uint32_t messages) {
    return peristyle_messages(frame, messages)->rows;
}

/* An array of the messages or events, the oldest first; of PeristyleEntity for PERISTYLE_ON_ADDED and
 * PERISTYLE_ON_REMOVED. It is valid until the call ends. */
static inline const void *peristyle_message_items(const PeristyleCallFrame *frame, uint32_t messages) {
    return ((const PeristyleColumn *)peristyle_item(peristyle_messages(frame, messages)->columns, 0))->rows;
}

/* --- Random numbers, where the system has PERISTYLE_RANDOM ---------------------------------- */

/* 64 random bits, by xoshiro256++ (https://prng.di.unimi.it). */
static inline uint64_t peristyle_random_next(const PeristyleCallFrame *frame) {
    uint64_t *words = ((PeristyleRandomState *)frame->random)->words;
    uint64_t sum = words[0] + words[3];
    uint64_t result = (sum << 23 | sum >> 41) + words[0];
    uint64_t shifted = words[1] << 17;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = words[3] << 45 | words[3] >> 19;
    return result;
}

/* A number from 0 to 1, 1 excluded, in steps of 2^-24. */
static inline float peristyle_random_float(const PeristyleCallFrame *frame) {
    return (float)(peristyle_random_next(frame) >> 40) * 0x1p-24f;
}

/* A number from `low` to `high`. */
static inline float peristyle_random_range(const PeristyleCallFrame *frame, float low, float high) {
    return low + (high - low) * peristyle_random_float(frame);
}

/* A whole number below `n`, each as likely; 0 where `n` is 0. By Daniel Lemire's multiplication
 * (https://arxiv.org/abs/1805.10941). */
static inline uint32_t peristyle_random_below(const PeristyleCallFrame *frame, uint32_t n) {
    uint64_t product = (peristyle_random_next(frame) >> 32) * n;
    if ((uint32_t)product < n) {
        uint32_t unfair = (UINT32_C(0) - n) % n;
        while ((uint32_t)product < unfair) product = (peristyle_random_next(frame) >> 32) * n;
    }
    return (uint32_t)(product >> 32);
}

#include "peristyle_slices.h"

/* --- Commands, where the system has PERISTYLE_COMMANDS -------------------------------------- */

/* Ends the call, since the game allows no more bytes of commands. */
__attribute__((cold, noinline, noreturn, unused))
static void peristyle_no_room(uint32_t capacity) {
    char message[80] = "no room for another command: the limit command_bytes_max is ";
    uint32_t len = sizeof("no room for another command: the limit command_bytes_max is ") - 1;
    uint32_t power = 1;
    while (capacity / power >= 10) power *= 10;
    for (; power > 0; power /= 10) message[len++] = (char)('0' + capacity / power % 10);
    for (const char *unit = " bytes"; *unit; unit++) message[len++] = *unit;
    peristyle_fault(message, len, "", 0, 0, 0);
}

/* Adds one command; the functions below are what to call. */
static inline void peristyle_command(const PeristyleCallFrame *frame, uint32_t kind, PeristyleEntity entity,
                                     uint32_t term, const void *payload, uint32_t payload_bytes) {
    PeristyleCommandBuffer *buffer = (PeristyleCommandBuffer *)peristyle_item(frame->commands, 0);
    uint32_t size = (uint32_t)sizeof(PeristyleCommandRecord) + (payload_bytes + 7) / 8 * 8;
    if (size > buffer->capacity - buffer->used) peristyle_no_room(buffer->capacity);
    PeristyleCommandRecord *record = (PeristyleCommandRecord *)((char *)buffer->records + buffer->used);
    record->size = size;
    record->kind = kind;
    record->entity = entity;
    record->term = term;
    record->payload_bytes = payload_bytes;
    if (payload_bytes > 0) __builtin_memcpy(record + 1, payload, payload_bytes);
    buffer->used += size;
}

/* Makes an entity, without components so far. The id is good for later commands of the same call
 * and for the components that they insert; a call that leaves it in a column is a fault.
 *
 * Commands are done after all script systems of the schedule, in the order in which they were
 * given, and only where the call finishes. */
static inline PeristyleEntity peristyle_spawn(const PeristyleCallFrame *frame) {
    PeristyleCommandBuffer *buffer = (PeristyleCommandBuffer *)peristyle_item(frame->commands, 0);
    PeristyleEntity entity = buffer->first_entity + buffer->spawned;
    peristyle_command(frame, PERISTYLE_COMMAND_SPAWN, entity, 0, 0, 0);
    buffer->spawned += 1;
    return entity;
}

/* Removes an entity and all of its children. */
static inline void peristyle_despawn(const PeristyleCallFrame *frame, PeristyleEntity entity) {
    peristyle_command(frame, PERISTYLE_COMMAND_DESPAWN, entity, 0, 0, 0);
}

/* Gives an entity a component, or another value of it: `peristyle_insert(frame, drone, 0, &position,
 * sizeof position)`. `component` is the number in the system's PERISTYLE_COMMANDS. For a
 * PERISTYLE_TAG, pass 0 bytes. */
static inline void peristyle_insert(const PeristyleCallFrame *frame, PeristyleEntity entity, uint32_t component,
                                    const void *value, uint32_t value_bytes) {
    peristyle_command(frame, PERISTYLE_COMMAND_INSERT, entity, component, value, value_bytes);
}

/* Takes a component from an entity, by the number in the system's PERISTYLE_COMMANDS. */
static inline void peristyle_remove(const PeristyleCallFrame *frame, PeristyleEntity entity,
                                    uint32_t component) {
    peristyle_command(frame, PERISTYLE_COMMAND_REMOVE, entity, component, 0, 0);
}

/* Makes an entity the child of another, or of none with PERISTYLE_NO_ENTITY. */
static inline void peristyle_set_parent(const PeristyleCallFrame *frame, PeristyleEntity entity,
                                        PeristyleEntity parent) {
    peristyle_command(frame, PERISTYLE_COMMAND_SET_PARENT, entity, 0, &parent, sizeof(parent));
}

/* Sends a message, to the game and to every system that reads messages of this kind:
 * `peristyle_send(frame, 1, &goal, sizeof goal)`. `message` is the number in the system's
 * PERISTYLE_COMMANDS, where all terms count. */
static inline void peristyle_send(const PeristyleCallFrame *frame, uint32_t message, const void *value,
                                  uint32_t value_bytes) {
    peristyle_command(frame, PERISTYLE_COMMAND_SEND, PERISTYLE_NO_ENTITY, message, value, value_bytes);
}

/* Sends `count` messages of one kind, in their order and as one command:
 * `peristyle_send_all(frame, 1, goals, sizeof goals[0], 10)`. */
static inline void peristyle_send_all(const PeristyleCallFrame *frame, uint32_t message, const void *values,
                                      uint32_t value_bytes, uint32_t count) {
    uint32_t capacity = ((const PeristyleCommandBuffer *)peristyle_item(frame->commands, 0))->capacity;
    if (value_bytes == 0 || count == 0) return;
    if (count > capacity / value_bytes) peristyle_no_room(capacity);
    peristyle_command(frame, PERISTYLE_COMMAND_SEND, PERISTYLE_NO_ENTITY, message, values, value_bytes * count);
}

/* Triggers an event, which the game's observers see when commands are done, and systems with PERISTYLE_ON
 * of it when their schedule runs next: `peristyle_trigger(frame, 2, &alarm, sizeof alarm)`. `event` is the
 * number in the system's PERISTYLE_COMMANDS, where all terms count. */
static inline void peristyle_trigger(const PeristyleCallFrame *frame, uint32_t event, const void *value,
                                     uint32_t value_bytes) {
    peristyle_command(frame, PERISTYLE_COMMAND_TRIGGER, PERISTYLE_NO_ENTITY, event, value, value_bytes);
}

/* Takes a disabled entity back into all queries. */
static inline void peristyle_enable(const PeristyleCallFrame *frame, PeristyleEntity entity) {
    peristyle_command(frame, PERISTYLE_COMMAND_ENABLE, entity, 0, 0, 0);
}

/* Hides an entity from all queries. */
static inline void peristyle_disable(const PeristyleCallFrame *frame, PeristyleEntity entity) {
    peristyle_command(frame, PERISTYLE_COMMAND_DISABLE, entity, 0, 0, 0);
}

/* --- What a module says of itself ----------------------------------------------------------- */

/* Exports the function that follows under that name. */
#define PERISTYLE_EXPORT(name) __attribute__((export_name(#name)))

/* Terms of a query. Reading and writing give a column, and where they are optional a row may lack
 * the component. The others only choose entities: those that have a component, lack it, or got it,
 * or another value of it, since the system last finished. */
#define PERISTYLE_READ(type) PERISTYLE_TERM(PERISTYLE_TERM_READ, type)
#define PERISTYLE_WRITE(type) PERISTYLE_TERM(PERISTYLE_TERM_WRITE, type)
#define PERISTYLE_WITH(type) PERISTYLE_TERM(PERISTYLE_TERM_WITH, type)
#define PERISTYLE_WITHOUT(type) PERISTYLE_TERM(PERISTYLE_TERM_WITHOUT, type)
#define PERISTYLE_OPTIONAL_READ(type) PERISTYLE_TERM(PERISTYLE_TERM_OPTIONAL_READ, type)
#define PERISTYLE_OPTIONAL_WRITE(type) PERISTYLE_TERM(PERISTYLE_TERM_OPTIONAL_WRITE, type)
#define PERISTYLE_ADDED(type) PERISTYLE_TERM(PERISTYLE_TERM_ADDED, type)
#define PERISTYLE_CHANGED(type) PERISTYLE_TERM(PERISTYLE_TERM_CHANGED, type)
#define PERISTYLE_TERM(term_kind, type) \
    { .size = sizeof(PeristyleTermDescriptor), .kind = (term_kind), .schema = &peristyle_schema_##type }

/* A term of a query that gives a column of entity ids. */
#define PERISTYLE_ENTITY { .size = sizeof(PeristyleTermDescriptor), .kind = PERISTYLE_TERM_ENTITY }

/* A query with these terms. */
#define PERISTYLE_QUERY(...) PERISTYLE_QUERY_BY(PERISTYLE_ORDER_TABLES, __VA_ARGS__)

/* A query with these terms, whose rows are in a `PeristyleRowOrder`. */
#define PERISTYLE_QUERY_BY(row_order, ...) \
    { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_QUERY, \
      .terms = PERISTYLE_LIST(PeristyleTermDescriptor, __VA_ARGS__), .order = (row_order) }

/* Commands, which insert and remove these components, send these messages and trigger these events:
 * `PERISTYLE_COMMANDS(PERISTYLE_INSERT(Position), PERISTYLE_SEND(Goal), PERISTYLE_TRIGGER(Alarm))`. */
#define PERISTYLE_COMMANDS(...) \
    { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_COMMANDS, \
      .terms = PERISTYLE_LIST(PeristyleTermDescriptor, __VA_ARGS__) }
#define PERISTYLE_INSERT(type) PERISTYLE_TERM(PERISTYLE_TERM_INSERT, type)
#define PERISTYLE_SEND(type) PERISTYLE_TERM(PERISTYLE_TERM_SEND, type)
#define PERISTYLE_TRIGGER(type) PERISTYLE_TERM(PERISTYLE_TERM_TRIGGER, type)

/* Messages of one kind, which is described like a component: `PERISTYLE_MESSAGES(Goal)`. */
#define PERISTYLE_MESSAGES(type) \
    { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_MESSAGES, \
      .terms = PERISTYLE_LIST(PeristyleTermDescriptor, PERISTYLE_READ(type)) }

/* Events: of one kind, or the entities that got or lost a component. A system with some runs only where at
 * least one of them happened since it last finished. */
#define PERISTYLE_ON(type) PERISTYLE_EVENTS(PERISTYLE_READ(type))
#define PERISTYLE_ON_ADDED(type) PERISTYLE_EVENTS(PERISTYLE_ADDED(type))
#define PERISTYLE_ON_REMOVED(type) PERISTYLE_EVENTS(PERISTYLE_TERM(PERISTYLE_TERM_REMOVED, type))
#define PERISTYLE_EVENTS(...) \
    { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_EVENTS, \
      .terms = PERISTYLE_LIST(PeristyleTermDescriptor, __VA_ARGS__) }

/* A resource of the game, which is described like a component. */
#define PERISTYLE_RESOURCE_READ(type) PERISTYLE_RESOURCE(PERISTYLE_READ(type))
#define PERISTYLE_RESOURCE_WRITE(type) PERISTYLE_RESOURCE(PERISTYLE_WRITE(type))
#define PERISTYLE_RESOURCE(...) \
    { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_RESOURCE, \
      .terms = PERISTYLE_LIST(PeristyleTermDescriptor, __VA_ARGS__) }

/* The system's own random generator. */
#define PERISTYLE_RANDOM { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_RANDOM }

/* Room for the strings and lists that the system writes. */
#define PERISTYLE_ROOM { .size = sizeof(PeristyleParamDescriptor), .kind = PERISTYLE_PARAM_ROOM }

/* The parameters of a system: queries, commands, resources, messages, events, its random generator and
 * its room. */
#define PERISTYLE_PARAMS(...) PERISTYLE_LIST(PeristyleParamDescriptor, __VA_ARGS__)

/* Names of other systems, for `.before` and `.after`:
 * `PERISTYLE_NAMES(PERISTYLE_TEXT("a::b"), PERISTYLE_TEXT("c"))`. */
#define PERISTYLE_NAMES(...) PERISTYLE_LIST(PeristyleSlice, __VA_ARGS__)

/* The system that runs the exported function of that name. Fields of its descriptor follow, those
 * that are not 0: `.params`, `.schedule`, `.before`, `.after`, `.conditions`, `.fuel_per_call`, `.fuel_per_row`,
 * `.flags = PERISTYLE_SYSTEM_SUSPENDS`. */
#define PERISTYLE_SYSTEM(function, ...) \
    { .size = sizeof(PeristyleSystemDescriptor), .name = PERISTYLE_TEXT(#function), \
      .export = PERISTYLE_TEXT(#function), __VA_ARGS__ }

/* The systems of a module. */
#define PERISTYLE_SYSTEMS(...) PERISTYLE_LIST(PeristyleSystemDescriptor, __VA_ARGS__)

/* The state block that `variable`, of the described struct `type`, is. It is called like its type. With
 * `.flags = PERISTYLE_STATE_AFRESH` it begins afresh where a new version cannot go on with what it holds. */
#define PERISTYLE_STATE(type, variable, ...) \
    { .size = sizeof(PeristyleStateBlockDescriptor), \
      .address = &(variable) + PERISTYLE_REQUIRE( \
          sizeof(variable) == sizeof(type), #variable " has another size than " #type), \
      .name = PERISTYLE_TEXT(#type), .schema = &peristyle_schema_##type, __VA_ARGS__ }

/* The state blocks of a module. */
#define PERISTYLE_STATE_BLOCKS(...) PERISTYLE_LIST(PeristyleStateBlockDescriptor, __VA_ARGS__)

/* A `PeristyleFeature` that the module cannot do without, for `.features`, where several are joined
 * by `|`. A host that lacks it refuses the module by its name. */
#define PERISTYLE_FEATURE(feature) (UINT64_C(1) << (PERISTYLE_FEATURE_##feature))

/* Declares the module, once: `PERISTYLE_MODULE(.systems = …, .state_blocks = …, .features = …);`. The
 * linker exports it where it is told `--export=peristyle_manifest`. */
#define PERISTYLE_MODULE(...) \
    __attribute__((used)) const PeristyleManifest peristyle_manifest = { \
        .size = sizeof(PeristyleManifest), .magic = PERISTYLE_MAGIC, \
        .abi_version = PERISTYLE_ABI_VERSION, __VA_ARGS__ }

#endif
