/* Strings and lists as fields, and the room for those that a call writes; `peristyle.h` includes it.
 *
 *     label->text = PERISTYLE_STR("ready");
 *     Mark *marks = peristyle_room(frame, (sign->marks.len + 1) * sizeof *marks);
 *     if (sign->marks.len > 0) __builtin_memcpy(marks, sign->marks.values, sign->marks.len * sizeof *marks);
 *     marks[sign->marks.len] = (Mark){ peristyle_text(frame, name, name_len), 7 };
 *     sign->marks = (Marks){ marks, sign->marks.len + 1 };
 *
 * A field says where its text or its values lie. That may be anywhere in the module's memory, and what
 * lies there when the call has finished is what counts. What a call was given is there until the call ends. */
#ifndef PERISTYLE_SLICES_H
#define PERISTYLE_SLICES_H

/* A string literal as a field's text. */
#define PERISTYLE_STR(literal) ((PeristyleStr){ "" literal, sizeof(literal) - 1 })

/* Whether two texts are the same. */
static inline int peristyle_str_equal(PeristyleStr a, PeristyleStr b) {
    if (a.len != b.len) return 0;
    for (uint32_t index = 0; index < a.len; index++) {
        if (a.bytes[index] != b.bytes[index]) return 0;
    }
    return 1;
}

/* Takes so many bytes of the room that a system with PERISTYLE_ROOM has, aligned to 8. The room is empty
 * again in the next call. Where it is full the call ends as a fault. */
static inline void *peristyle_room(const PeristyleCallFrame *frame, uint32_t bytes) {
    PeristyleSliceRoom *room = (PeristyleSliceRoom *)peristyle_item(frame->room, 0);
    uint32_t start = (room->used + 7) / 8 * 8;
    if (start > room->capacity || bytes > room->capacity - start)
        PERISTYLE_FAULT("the room for strings and lists is full; the game's limit is slice_bytes_max");
    room->used = start + bytes;
    return (char *)room->bytes + start;
}

/* A copy of a text, in the room. */
static inline PeristyleStr peristyle_text(const PeristyleCallFrame *frame, const char *bytes, uint32_t len) {
    char *copy = (char *)peristyle_room(frame, len);
    if (len > 0) __builtin_memcpy(copy, bytes, len);
    return (PeristyleStr){ copy, len };
}

#endif
