// The workloads that metering is measured by. Built by Zig 0.16:
//   zig cc -target wasm32-freestanding -O2 -mbulk-memory -msimd128 -nostdlib -fno-vectorize
//     -Wl,--no-entry -Wl,--strip-all -o workloads.wasm workloads.c
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define ROWS 4096

static float position[ROWS * 3], velocity[ROWS * 3];

static void fill(void) {
    for (int i = 0; i < ROWS * 3; i++) {
        position[i] = (float)(i % 97);
        velocity[i] = (float)(i % 31) - 15.0f;
    }
}

EXPORT("scalar") int scalar(int rounds) {
    fill();
    for (int round = 0; round < rounds; round++) {
#pragma clang loop unroll(disable) vectorize(disable)
        for (int i = 0; i < ROWS * 3; i++) position[i] += velocity[i] * 0.016f;
    }
    return (int)position[17];
}

EXPORT("unrolled") int unrolled(int rounds) {
    fill();
    for (int round = 0; round < rounds; round++) {
#pragma clang loop unroll_count(4) vectorize(disable)
        for (int i = 0; i < ROWS * 3; i++) position[i] += velocity[i] * 0.016f;
    }
    return (int)position[17];
}

typedef float v4 __attribute__((vector_size(16), aligned(4)));

EXPORT("simd") int simd(int rounds) {
    fill();
    v4 dt = {0.016f, 0.016f, 0.016f, 0.016f};
    for (int round = 0; round < rounds; round++) {
#pragma clang loop unroll(disable)
        for (int i = 0; i < ROWS * 3; i += 4)
            *(v4 *)(position + i) += *(v4 *)(velocity + i) * dt;
    }
    return (int)position[17];
}

#define SLOTS 8192
static uint32_t keys[SLOTS], values[SLOTS];

static uint32_t hash(uint32_t key) {
    key ^= key >> 16;
    key *= 0x7feb352du;
    key ^= key >> 15;
    key *= 0x846ca68bu;
    return key ^ (key >> 16);
}

EXPORT("hash_map") int hash_map(int rounds) {
    uint32_t sum = 0;
    for (int i = 0; i < SLOTS; i++) keys[i] = values[i] = 0;
    for (int round = 0; round < rounds; round++) {
        for (uint32_t i = 1; i < SLOTS / 2; i++) {
            uint32_t key = i * 2654435761u | 1, slot = hash(key) % SLOTS;
            while (keys[slot] != 0 && keys[slot] != key) slot = (slot + 1) % SLOTS;
            keys[slot] = key;
            values[slot] += i;
        }
        for (uint32_t i = 1; i < SLOTS; i += 3) {
            uint32_t key = i * 2654435761u | 1, slot = hash(key) % SLOTS;
            while (keys[slot] != 0 && keys[slot] != key) slot = (slot + 1) % SLOTS;
            if (keys[slot] == key) sum += values[slot];
        }
    }
    return (int)sum;
}

__attribute__((noinline)) static int fib(int n) {
    if (n < 2) return n;
    int a = fib(n - 1);
    __asm__ volatile("" : "+r"(a)); // keep both calls: no accumulator loop
    return fib(n - 2) + a;
}

EXPORT("fib") int export_fib(int n) { return fib(n); }
