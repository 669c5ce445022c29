/* Describes fields of all types: nested structs, enums, flags, options, arrays of several
 * dimensions. `rust_types` and `zig_types` do the same, and more with them. */
#include <stdbool.h>

#include "peristyle.h"

/* How a drone feels. */
typedef uint8_t Mood;
enum { MOOD_CALM = 0, MOOD_EAGER = 4, MOOD_ANGRY = 9 };
PERISTYLE_ENUM(Mood, PERISTYLE_VALUE("Calm", MOOD_CALM), PERISTYLE_VALUE("Eager", MOOD_EAGER),
               PERISTYLE_VALUE("Angry", MOOD_ANGRY));

/* What a drone does. */
typedef uint16_t Phase;
enum { PHASE_REST = 1, PHASE_WORK = 300 };
PERISTYLE_ENUM(Phase, PERISTYLE_VALUE("Rest", PHASE_REST), PERISTYLE_VALUE("Work", PHASE_WORK));

/* What a drone can do. */
typedef uint8_t Abilities;
enum { ABILITIES_FLY = 1, ABILITIES_SWIM = 4 };
PERISTYLE_FLAGS(Abilities, PERISTYLE_VALUE("FLY", ABILITIES_FLY), PERISTYLE_VALUE("SWIM", ABILITIES_SWIM));

/* What a drone may do. */
typedef uint16_t Rights;
enum { RIGHTS_READ = 1, RIGHTS_WRITE = 0x8000 };
PERISTYLE_FLAGS(Rights, PERISTYLE_VALUE("READ", RIGHTS_READ), PERISTYLE_VALUE("WRITE", RIGHTS_WRITE));

typedef struct {
    uint32_t some;
    float value[2];
} MaybePlace;
PERISTYLE_OPTION(MaybePlace,
    PERISTYLE_FIELD(MaybePlace, some, PERISTYLE_U32, 1),
    PERISTYLE_FIELD(MaybePlace, value, PERISTYLE_F32, 2));

typedef struct {
    uint64_t some;
    PeristyleEntity value;
} MaybeEntity;
PERISTYLE_OPTION(MaybeEntity,
    PERISTYLE_FIELD(MaybeEntity, some, PERISTYLE_U64, 1),
    PERISTYLE_FIELD(MaybeEntity, value, PERISTYLE_ENTITY_ID, 1));

typedef struct {
    uint8_t some;
    uint8_t value;
} MaybeByte;
PERISTYLE_OPTION(MaybeByte,
    PERISTYLE_FIELD(MaybeByte, some, PERISTYLE_U8, 1),
    PERISTYLE_FIELD(MaybeByte, value, PERISTYLE_U8, 1));

/* One of the places where a drone carries something. */
typedef struct {
    MaybePlace at;
    uint16_t count;
    Mood mood;
    bool full;
} Slot;
PERISTYLE_SCHEMA(Slot,
    PERISTYLE_FIELD_OF(Slot, at, MaybePlace, 1),
    PERISTYLE_FIELD(Slot, count, PERISTYLE_U16, 1),
    PERISTYLE_FIELD_OF(Slot, mood, Mood, 1),
    PERISTYLE_FIELD(Slot, full, PERISTYLE_BOOL, 1));

/* Fields of all types. */
typedef struct {
    MaybeEntity friend;
    uint64_t big;
    int64_t debt;
    double exact;
    Slot slots[2];
    MaybePlace goal;
    float heat[2][3][2];
    uint32_t count;
    int32_t change;
    float heading;
    uint16_t years;
    int16_t height;
    Phase phase;
    Rights rights;
    Mood mood;
    Abilities abilities;
    MaybeByte level;
    uint8_t byte;
    int8_t sign;
    bool is_awake;
    Mood moods[2][2];
    uint8_t tags[5];
} Everything;
PERISTYLE_SCHEMA(Everything,
    PERISTYLE_FIELD_OF(Everything, friend, MaybeEntity, 1),
    PERISTYLE_FIELD(Everything, big, PERISTYLE_U64, 1),
    PERISTYLE_FIELD(Everything, debt, PERISTYLE_I64, 1),
    PERISTYLE_FIELD(Everything, exact, PERISTYLE_F64, 1),
    PERISTYLE_FIELD_OF(Everything, slots, Slot, 2),
    PERISTYLE_FIELD_OF(Everything, goal, MaybePlace, 1),
    PERISTYLE_FIELD_SHAPED(Everything, heat, PERISTYLE_F32, 3),
    PERISTYLE_FIELD(Everything, count, PERISTYLE_U32, 1),
    PERISTYLE_FIELD(Everything, change, PERISTYLE_I32, 1),
    PERISTYLE_FIELD(Everything, heading, PERISTYLE_F32, 1),
    PERISTYLE_FIELD(Everything, years, PERISTYLE_U16, 1),
    PERISTYLE_FIELD(Everything, height, PERISTYLE_I16, 1),
    PERISTYLE_FIELD_OF(Everything, phase, Phase, 1),
    PERISTYLE_FIELD_OF(Everything, rights, Rights, 1),
    PERISTYLE_FIELD_OF(Everything, mood, Mood, 1),
    PERISTYLE_FIELD_OF(Everything, abilities, Abilities, 1),
    PERISTYLE_FIELD_OF(Everything, level, MaybeByte, 1),
    PERISTYLE_FIELD(Everything, byte, PERISTYLE_U8, 1),
    PERISTYLE_FIELD(Everything, sign, PERISTYLE_I8, 1),
    PERISTYLE_FIELD(Everything, is_awake, PERISTYLE_BOOL, 1),
    PERISTYLE_FIELD_OF_SHAPED(Everything, moods, Mood, 2),
    PERISTYLE_FIELD(Everything, tags, PERISTYLE_U8, 5));

typedef struct {
    Everything all;
} Source;
PERISTYLE_SCHEMA(Source, PERISTYLE_FIELD_OF(Source, all, Everything, 1));

typedef Source Target;
PERISTYLE_SCHEMA(Target, PERISTYLE_FIELD_OF(Target, all, Everything, 1));

typedef Source Subject;
PERISTYLE_SCHEMA(Subject, PERISTYLE_FIELD_OF(Subject, all, Everything, 1));

/* Copies whole rows. */
PERISTYLE_EXPORT(copy) int32_t copy(const PeristyleCallFrame *frame) {
    const Source *sources = peristyle_column(frame, 0, 0);
    Target *targets = peristyle_column(frame, 0, 1);
    uint32_t rows = peristyle_rows(frame, 0);
    for (uint32_t row = 0; row < rows; row++) targets[row] = sources[row];
    return PERISTYLE_FINISHED;
}

/* The next value of the enum. */
static Mood next(Mood mood) {
    switch (mood) {
    case MOOD_CALM: return MOOD_EAGER;
    case MOOD_EAGER: return MOOD_ANGRY;
    default: return MOOD_CALM;
    }
}

/* Puts the next value in the place of each of an enum. */
PERISTYLE_EXPORT(feel) int32_t feel(const PeristyleCallFrame *frame) {
    Subject *subjects = peristyle_column(frame, 0, 0);
    uint32_t rows = peristyle_rows(frame, 0);
    for (uint32_t row = 0; row < rows; row++) {
        Everything *all = &subjects[row].all;
        all->mood = next(all->mood);
        for (uint32_t i = 0; i < 2; i++) {
            all->slots[i].mood = next(all->slots[i].mood);
            for (uint32_t j = 0; j < 2; j++) all->moods[i][j] = next(all->moods[i][j]);
        }
        all->phase = all->phase == PHASE_REST ? PHASE_WORK : PHASE_REST;
    }
    return PERISTYLE_FINISHED;
}

/* Sets flags and takes them away. */
PERISTYLE_EXPORT(learn) int32_t learn(const PeristyleCallFrame *frame) {
    Subject *subjects = peristyle_column(frame, 0, 0);
    uint32_t rows = peristyle_rows(frame, 0);
    for (uint32_t row = 0; row < rows; row++) {
        Everything *all = &subjects[row].all;
        if (all->abilities & ABILITIES_FLY) {
            all->abilities = (Abilities)((all->abilities & ~ABILITIES_FLY) | ABILITIES_SWIM);
        } else {
            all->abilities |= ABILITIES_FLY;
        }
        all->rights = RIGHTS_WRITE;
    }
    return PERISTYLE_FINISHED;
}

#define SUBJECTS PERISTYLE_PARAMS(PERISTYLE_QUERY(PERISTYLE_WRITE(Subject)))

PERISTYLE_MODULE(
    .features = PERISTYLE_FEATURE(NESTED_TYPES),
    .systems = PERISTYLE_SYSTEMS(
        PERISTYLE_SYSTEM(copy, .params = PERISTYLE_PARAMS(
            PERISTYLE_QUERY(PERISTYLE_READ(Source), PERISTYLE_WRITE(Target)))),
        PERISTYLE_SYSTEM(feel, .params = SUBJECTS),
        PERISTYLE_SYSTEM(learn, .params = SUBJECTS)));
