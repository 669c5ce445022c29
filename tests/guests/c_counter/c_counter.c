/* Counts its own calls in a state block and writes the count into every `Counter`.
 *
 * Tests see with it that state lives on from call to call, over a reload, and as it was before
 * a call that faulted. */
#include "peristyle.h"

/* Where the count becomes visible to the game: calls so far, the last one included. */
typedef struct {
    uint32_t value;
} Counter;
PERISTYLE_SCHEMA(Counter, PERISTYLE_FIELD(Counter, value, PERISTYLE_U32, 1));

/* Calls that finished. */
typedef struct {
    uint32_t calls;
} Calls;
PERISTYLE_SCHEMA(Calls, PERISTYLE_FIELD(Calls, calls, PERISTYLE_U32, 1));

static Calls state = { .calls = 0 };

PERISTYLE_EXPORT(count) int32_t count(const PeristyleCallFrame *frame) {
    Counter *counters = peristyle_column(frame, 0, 0);
    uint32_t rows = peristyle_rows(frame, 0);
    state.calls += 1;
    for (uint32_t row = 0; row < rows; row++) {
        counters[row].value = state.calls;
    }
    return PERISTYLE_FINISHED;
}

PERISTYLE_MODULE(
    .systems = PERISTYLE_SYSTEMS(
        PERISTYLE_SYSTEM(count, .params = PERISTYLE_PARAMS(PERISTYLE_QUERY(PERISTYLE_WRITE(Counter))))),
    .state_blocks = PERISTYLE_STATE_BLOCKS(PERISTYLE_STATE(Calls, state)));
