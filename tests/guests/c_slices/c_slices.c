/* Reads and writes strings and lists, and answers events. `rust_slices` and `zig_slices` do the same,
 * and more. */
#include "peristyle.h"

/* How a line is read out. */
typedef uint8_t Tone;
PERISTYLE_ENUM(Tone, PERISTYLE_VALUE("Calm", 0), PERISTYLE_VALUE("Loud", 7));

/* One of many on a board. */
typedef struct {
    PeristyleStr label;
    uint32_t value;
} Mark;
PERISTYLE_SCHEMA(Mark,
    PERISTYLE_FIELD(Mark, label, PERISTYLE_STRING, 1),
    PERISTYLE_FIELD(Mark, value, PERISTYLE_U32, 1));

PERISTYLE_LIST_TYPE_OF(Marks, Mark);
PERISTYLE_LIST_TYPE_OF(Tones, Tone);
PERISTYLE_LIST_TYPE(Lines, PeristyleStr, PERISTYLE_STRING);
PERISTYLE_LIST_TYPE(Friends, PeristyleEntity, PERISTYLE_ENTITY_ID);
PERISTYLE_LIST_TYPE(Numbers, uint16_t, PERISTYLE_U16);
PERISTYLE_LIST_TYPE_OF_LISTS(Rows, Numbers);

typedef struct {
    uint32_t some;
    PeristyleStr value;
} MaybeStr;
PERISTYLE_OPTION(MaybeStr,
    PERISTYLE_FIELD(MaybeStr, some, PERISTYLE_U32, 1),
    PERISTYLE_FIELD(MaybeStr, value, PERISTYLE_STRING, 1));

/* Strings and lists of many types. */
typedef struct {
    double width;
    PeristyleStr title;
    PeristyleStr author;
    Marks marks;
    Lines lines;
    MaybeStr note;
    Tones tones;
    Friends friends;
    Rows rows;
    uint32_t level;
} Board;
PERISTYLE_SCHEMA(Board,
    PERISTYLE_FIELD(Board, width, PERISTYLE_F64, 1),
    PERISTYLE_FIELD(Board, title, PERISTYLE_STRING, 1),
    PERISTYLE_FIELD(Board, author, PERISTYLE_STRING, 1),
    PERISTYLE_FIELD_LIST(Board, marks, Marks, 1),
    PERISTYLE_FIELD_LIST(Board, lines, Lines, 1),
    PERISTYLE_FIELD_OF(Board, note, MaybeStr, 1),
    PERISTYLE_FIELD_LIST(Board, tones, Tones, 1),
    PERISTYLE_FIELD_LIST(Board, friends, Friends, 1),
    PERISTYLE_FIELD_LIST(Board, rows, Rows, 1),
    PERISTYLE_FIELD(Board, level, PERISTYLE_U32, 1));

typedef struct { Board board; } Source;
PERISTYLE_SCHEMA(Source, PERISTYLE_FIELD_OF(Source, board, Board, 1));
typedef struct { Board board; } Target;
PERISTYLE_SCHEMA(Target, PERISTYLE_FIELD_OF(Target, board, Board, 1));

/* A tag. */
PERISTYLE_TAG(Frozen);

/* What systems that run on events have heard. */
typedef struct { uint32_t calls, levels, came, went; } Heard;
PERISTYLE_SCHEMA(Heard,
    PERISTYLE_FIELD(Heard, calls, PERISTYLE_U32, 1),
    PERISTYLE_FIELD(Heard, levels, PERISTYLE_U32, 1),
    PERISTYLE_FIELD(Heard, came, PERISTYLE_U32, 1),
    PERISTYLE_FIELD(Heard, went, PERISTYLE_U32, 1));

/* An event. */
typedef struct {
    PeristyleStr words;
    uint32_t level;
} Alarm;
PERISTYLE_SCHEMA(Alarm,
    PERISTYLE_FIELD(Alarm, words, PERISTYLE_STRING, 1),
    PERISTYLE_FIELD(Alarm, level, PERISTYLE_U32, 1));

/* Copies every field: some by what they cover, others anew. */
PERISTYLE_EXPORT(copy) int32_t copy(const PeristyleCallFrame *frame) {
    const Source *sources = peristyle_column(frame, 0, 0);
    Target *targets = peristyle_column(frame, 0, 1);
    for (uint32_t row = 0; row < peristyle_rows(frame, 0); row++) {
        const Board *from = &sources[row].board;
        Board *to = &targets[row].board;
        *to = *from;
        to->author = peristyle_text(frame, from->author.bytes, from->author.len);
        Mark *marks = peristyle_room(frame, from->marks.len * sizeof *marks);
        for (uint32_t mark = 0; mark < from->marks.len; mark++) {
            PeristyleStr label = from->marks.values[mark].label;
            marks[mark] = (Mark){ peristyle_text(frame, label.bytes, label.len), from->marks.values[mark].value };
        }
        to->marks = (Marks){ marks, from->marks.len };
    }
    return PERISTYLE_FINISHED;
}

/* Hears alarms, and cries out again as long as they are bad. */
PERISTYLE_EXPORT(hear) int32_t hear(const PeristyleCallFrame *frame) {
    const Alarm *alarms = peristyle_message_items(frame, 0);
    uint32_t count = peristyle_message_count(frame, 0);
    Heard *heard = peristyle_column(frame, 0, 0);
    for (uint32_t row = 0; row < peristyle_rows(frame, 0); row++) {
        heard[row].calls += 1;
        for (uint32_t alarm = 0; alarm < count; alarm++) heard[row].levels += alarms[alarm].level;
    }
    for (uint32_t alarm = 0; alarm < count; alarm++) {
        PeristyleStr words = alarms[alarm].words;
        if (alarms[alarm].level <= 1) continue;
        char *louder = peristyle_room(frame, words.len + 1);
        if (words.len > 0) __builtin_memcpy(louder, words.bytes, words.len);
        louder[words.len] = '!';
        Alarm next = { { louder, words.len + 1 }, alarms[alarm].level - 1 };
        peristyle_trigger(frame, 0, &next, sizeof next);
    }
    return PERISTYLE_FINISHED;
}

/* Counts what becomes frozen. */
PERISTYLE_EXPORT(came) int32_t came(const PeristyleCallFrame *frame) {
    Heard *heard = peristyle_column(frame, 0, 0);
    for (uint32_t row = 0; row < peristyle_rows(frame, 0); row++)
        heard[row].came += peristyle_message_count(frame, 0);
    return PERISTYLE_FINISHED;
}

/* Counts what is frozen no more. */
PERISTYLE_EXPORT(went) int32_t went(const PeristyleCallFrame *frame) {
    Heard *heard = peristyle_column(frame, 0, 0);
    for (uint32_t row = 0; row < peristyle_rows(frame, 0); row++)
        heard[row].went += peristyle_message_count(frame, 0);
    return PERISTYLE_FINISHED;
}

PERISTYLE_MODULE(
    .features = PERISTYLE_FEATURE(STRINGS) | PERISTYLE_FEATURE(LISTS) | PERISTYLE_FEATURE(OBSERVERS)
        | PERISTYLE_FEATURE(COMMANDS) | PERISTYLE_FEATURE(NESTED_TYPES) | PERISTYLE_FEATURE(CHANGE_FILTERS),
    .systems = PERISTYLE_SYSTEMS(
        PERISTYLE_SYSTEM(copy, .params = PERISTYLE_PARAMS(
            PERISTYLE_QUERY(PERISTYLE_READ(Source), PERISTYLE_WRITE(Target)), PERISTYLE_ROOM)),
        PERISTYLE_SYSTEM(hear, .params = PERISTYLE_PARAMS(
            PERISTYLE_ON(Alarm), PERISTYLE_QUERY(PERISTYLE_WRITE(Heard)), PERISTYLE_ROOM,
            PERISTYLE_COMMANDS(PERISTYLE_TRIGGER(Alarm)))),
        PERISTYLE_SYSTEM(came, .params = PERISTYLE_PARAMS(
            PERISTYLE_ON_ADDED(Frozen), PERISTYLE_QUERY(PERISTYLE_WRITE(Heard)))),
        PERISTYLE_SYSTEM(went, .params = PERISTYLE_PARAMS(
            PERISTYLE_ON_REMOVED(Frozen), PERISTYLE_QUERY(PERISTYLE_WRITE(Heard))))));
