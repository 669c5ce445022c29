/* Schemas: how components, resources, messages, state blocks and the types of their fields are laid
 * out. Every byte belongs to a field; the compiler's -Wpadded finds the bytes that do not.
 *
 *     typedef uint8_t Mood;
 *     enum { MOOD_CALM = 0, MOOD_EAGER = 4 };
 *     PERISTYLE_ENUM(Mood, PERISTYLE_VALUE("Calm", MOOD_CALM), PERISTYLE_VALUE("Eager", MOOD_EAGER));
 *
 *     typedef struct { uint16_t count; Mood mood; bool full; } Slot;
 *     PERISTYLE_SCHEMA(Slot,
 *         PERISTYLE_FIELD(Slot, count, PERISTYLE_U16, 1),
 *         PERISTYLE_FIELD_OF(Slot, mood, Mood, 1),
 *         PERISTYLE_FIELD(Slot, full, PERISTYLE_BOOL, 1));
 *
 *     typedef struct { uint32_t some; float value[2]; } MaybeGoal;
 *     PERISTYLE_OPTION(MaybeGoal,
 *         PERISTYLE_FIELD(MaybeGoal, some, PERISTYLE_U32, 1),
 *         PERISTYLE_FIELD(MaybeGoal, value, PERISTYLE_F32, 2));
 *
 *     typedef struct { Slot slots[2]; MaybeGoal goal; float heat[2][3]; } Drone;
 *     PERISTYLE_SCHEMA(Drone,
 *         PERISTYLE_FIELD_OF(Drone, slots, Slot, 2),
 *         PERISTYLE_FIELD_OF(Drone, goal, MaybeGoal, 1),
 *         PERISTYLE_FIELD_SHAPED(Drone, heat, PERISTYLE_F32, 2));
 *
 *     PERISTYLE_LIST_TYPE(Lines, PeristyleStr, PERISTYLE_STRING);
 *     PERISTYLE_LIST_TYPE_OF(Slots, Slot);
 *
 *     typedef struct { PeristyleStr title; Lines lines; Slots slots; } Sign;
 *     PERISTYLE_SCHEMA(Sign,
 *         PERISTYLE_FIELD(Sign, title, PERISTYLE_STRING, 1),
 *         PERISTYLE_FIELD_LIST(Sign, lines, Lines, 1),
 *         PERISTYLE_FIELD_LIST(Sign, slots, Slots, 1)); */
#ifndef PERISTYLE_SCHEMA_H
#define PERISTYLE_SCHEMA_H

#include "peristyle_abi.h"

/* A string literal, and a list of descriptors, as slices of static data. */
#define PERISTYLE_TEXT(literal) { "" literal, sizeof(literal) - 1 }
#define PERISTYLE_LIST(type, ...) \
    { (const type[]){ __VA_ARGS__ }, sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type) }

/* Describes the struct `type` under its own name: `PERISTYLE_SCHEMA(Type, PERISTYLE_FIELD(…), …)`. */
#define PERISTYLE_SCHEMA(type, ...) PERISTYLE_SCHEMA_NAMED(type, #type, __VA_ARGS__)

/* Describes the struct `type` under another name, of the game's or of messages between scripts:
 * `PERISTYLE_SCHEMA_NAMED(Goal, "goals::Goal", …)`. */
#define PERISTYLE_SCHEMA_NAMED(type, schema_name, ...) \
    PERISTYLE_SCHEMA_OF(type, schema_name, PERISTYLE_KIND_STRUCT, PeristyleFieldDescriptor, __VA_ARGS__)

/* Describes `type`, an unsigned integer of 1, 2 or 4 bytes, that is one of these values and no
 * other: `PERISTYLE_ENUM(Mood, PERISTYLE_VALUE("Calm", 0), …)`. The names are the game's. Storing
 * another number is a fault. */
#define PERISTYLE_ENUM(type, ...) \
    PERISTYLE_SCHEMA_OF(type, #type, PERISTYLE_KIND_ENUM, PeristyleVariantDescriptor, __VA_ARGS__)

/* Describes `type`, an unsigned integer of 1, 2, 4 or 8 bytes, whose bits have these names:
 * `PERISTYLE_FLAGS(Abilities, PERISTYLE_VALUE("FLY", 1), PERISTYLE_VALUE("SWIM", 4))`. Storing
 * another bit is a fault. */
#define PERISTYLE_FLAGS(type, ...) \
    PERISTYLE_SCHEMA_OF(type, #type, PERISTYLE_KIND_FLAGS, PeristyleVariantDescriptor, __VA_ARGS__)

/* Describes the struct `type` that perhaps has a value. Its first field is `some`, an unsigned
 * integer of 0 or 1 as wide as the struct's alignment, and its second one `value`, whose bytes count
 * where `some` is 1 and become 0 where it is not. Only fields are of such a type. */
#define PERISTYLE_OPTION(type, ...) \
    PERISTYLE_SCHEMA_OF(type, "Maybe", PERISTYLE_KIND_OPTION, PeristyleFieldDescriptor, __VA_ARGS__)

/* Declares and describes the struct `list`, a field that says where `len` values lie side by side:
 * `PERISTYLE_LIST_TYPE(Lines, PeristyleStr, PERISTYLE_STRING)` for those of a `PeristyleFieldType`, and
 * `PERISTYLE_LIST_TYPE_OF(Marks, Mark)` for those of a type that was described before. */
#define PERISTYLE_LIST_TYPE(list, type, field_type) \
    PERISTYLE_LIST_TYPE_WITH(list, type, field_type, PERISTYLE_FIELD_SIZE(field_type), 0)
#define PERISTYLE_LIST_TYPE_OF(list, inner) \
    PERISTYLE_LIST_TYPE_WITH(list, inner, PERISTYLE_NESTED, sizeof(inner), &peristyle_schema_##inner)


/* The same for lists of a list type that was declared before: `PERISTYLE_LIST_TYPE_OF_LISTS(Rows, Numbers)`. */
#define PERISTYLE_LIST_TYPE_OF_LISTS(list, inner) \
    PERISTYLE_LIST_TYPE_WITH(list, inner, PERISTYLE_LIST_OF, sizeof(inner), &peristyle_schema_##inner)

#define PERISTYLE_LIST_TYPE_WITH(list, type, code, element_bytes, element_schema) \
    typedef struct { const type *values; uint32_t len; } list; \
    static const PeristyleSchemaDescriptor peristyle_schema_##list = { \
        .size = sizeof(PeristyleSchemaDescriptor), .kind = PERISTYLE_KIND_ELEMENT, \
        .name = PERISTYLE_TEXT("List"), .byte_size = sizeof(type), .align = _Alignof(type), \
        .fields = PERISTYLE_LIST(PeristyleFieldDescriptor, { \
            .size = sizeof(PeristyleFieldDescriptor), .name = PERISTYLE_TEXT("value"), .type_code = (code), \
            .count = 1 + PERISTYLE_REQUIRE(sizeof(type) == (element_bytes), \
                #list " is a list of values of another size than their description says"), \
            .schema = (element_schema) }) }

/* Describes a component without fields, which has no column. C has no such struct, so there is none
 * to declare. */
#define PERISTYLE_TAG(type) \
    static const PeristyleSchemaDescriptor peristyle_schema_##type = { \
        .size = sizeof(PeristyleSchemaDescriptor), .name = PERISTYLE_TEXT(#type), .align = 1 }

#define PERISTYLE_SCHEMA_OF(type, schema_name, schema_kind, item, ...) \
    static const PeristyleSchemaDescriptor peristyle_schema_##type = { \
        .size = sizeof(PeristyleSchemaDescriptor), .kind = (schema_kind), \
        .name = PERISTYLE_TEXT(schema_name), .byte_size = sizeof(type), .align = _Alignof(type), \
        .fields = PERISTYLE_LIST(item, __VA_ARGS__) }

/* One value of an enum, or one flag, by the game's name for it. */
#define PERISTYLE_VALUE(value_name, number) \
    { .size = sizeof(PeristyleVariantDescriptor), .name = PERISTYLE_TEXT(value_name), .value = (number) }

/* One field: `elements` elements of a `PeristyleFieldType`, 1 for a number and 3 for `float v[3]`. */
#define PERISTYLE_FIELD(type, member, field_type, elements) \
    PERISTYLE_FIELD_WITH(type, member, field_type, PERISTYLE_FIELD_SIZE(field_type), elements, 0, 0)

/* One field: `elements` elements of a type that was described before, 1 for `Mood mood`. */
#define PERISTYLE_FIELD_OF(type, member, inner, elements) \
    PERISTYLE_FIELD_WITH(type, member, PERISTYLE_NESTED, sizeof(inner), elements, &peristyle_schema_##inner, 0)

/* One field: `elements` lists of a type that was declared by PERISTYLE_LIST_TYPE, 1 for `Marks marks`. */
#define PERISTYLE_FIELD_LIST(type, member, list, elements) \
    PERISTYLE_FIELD_WITH(type, member, PERISTYLE_LIST_OF, sizeof(list), elements, &peristyle_schema_##list, 0)

/* One field of 2, 3 or 4 dimensions: PERISTYLE_FIELD_SHAPED(Drone, heat, PERISTYLE_F32, 3) for
 * `float heat[2][3][2]`. */
#define PERISTYLE_FIELD_SHAPED(type, member, field_type, dimensions) \
    PERISTYLE_FIELD_WITH(type, member, field_type, PERISTYLE_FIELD_SIZE(field_type), \
        sizeof(((type *)0)->member) / PERISTYLE_FIELD_SIZE(field_type), 0, \
        PERISTYLE_SHAPE(((type *)0)->member, dimensions, PERISTYLE_FIELD_SIZE(field_type)))

/* The same for elements of a type that was described before. */
#define PERISTYLE_FIELD_OF_SHAPED(type, member, inner, dimensions) \
    PERISTYLE_FIELD_WITH(type, member, PERISTYLE_NESTED, sizeof(inner), \
        sizeof(((type *)0)->member) / sizeof(inner), &peristyle_schema_##inner, \
        PERISTYLE_SHAPE(((type *)0)->member, dimensions, sizeof(inner)))

#define PERISTYLE_FIELD_WITH(type, member, code, element_bytes, elements, field_schema, field_shape) \
    { .size = sizeof(PeristyleFieldDescriptor), .offset = offsetof(type, member), \
      .name = PERISTYLE_TEXT(#member), .type_code = (code), \
      .count = (elements) + PERISTYLE_REQUIRE(sizeof(((type *)0)->member) == (element_bytes) * (elements), \
          #type "." #member " has another size than the elements that its description says"), \
      .schema = (field_schema), .shape = (field_shape) }

/* The dimensions of an array. */
#define PERISTYLE_SHAPE(array, dimensions, element_bytes) \
    &(const PeristyleShapeDescriptor){ \
        .size = sizeof(PeristyleShapeDescriptor), \
        .rank = (dimensions) + PERISTYLE_REQUIRE( \
            sizeof(array PERISTYLE_FIRST_##dimensions) == (element_bytes), "it has another number of dimensions"), \
        .lengths = { PERISTYLE_LENGTHS_##dimensions(array) } }
#define PERISTYLE_FIRST_2 [0][0]
#define PERISTYLE_FIRST_3 [0][0][0]
#define PERISTYLE_FIRST_4 [0][0][0][0]
#define PERISTYLE_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PERISTYLE_LENGTHS_2(array) PERISTYLE_LENGTH(array), PERISTYLE_LENGTH((array)[0])
#define PERISTYLE_LENGTHS_3(array) PERISTYLE_LENGTH(array), PERISTYLE_LENGTHS_2((array)[0])
#define PERISTYLE_LENGTHS_4(array) PERISTYLE_LENGTH(array), PERISTYLE_LENGTHS_3((array)[0])

/* Bytes of one element of a `PeristyleFieldType` that is a number, an id or a text. */
#define PERISTYLE_FIELD_SIZE(field_type) \
    ((field_type) == PERISTYLE_STRING ? sizeof(PeristyleStr) : \
     (field_type) <= PERISTYLE_I8 ? 1u : (field_type) <= PERISTYLE_I16 ? 2u \
     : (field_type) <= PERISTYLE_I32 || (field_type) == PERISTYLE_F32 ? 4u : 8u)

/* 0, where `condition` holds; otherwise compilation fails with the message. */
#define PERISTYLE_REQUIRE(condition, message) \
    (0 * sizeof(struct { _Static_assert(condition, message); char unused; }))

#endif
