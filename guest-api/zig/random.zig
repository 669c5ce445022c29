const std = @import("std");
const abi = @import("abi.zig");

/// A parameter that gives a system its own random generator: xoshiro256++ by David Blackman and
/// Sebastiano Vigna (<https://prng.di.unimi.it>).
///
/// The game seeds it, so the same game draws the same numbers on every machine. Where it stands
/// counts when the call finishes, and lives on over reloads. It is none for secrets. A unit test
/// brings a state of its own: `roll(.{ .state = &state })`.
pub const Random = struct {
    /// The generator in the call frame.
    state: *abi.RandomState,

    /// The generator of a call.
    pub fn fromFrame(frame: *const abi.CallFrame) Random {
        // The host wrote the frame, and a module can but believe its host.
        @setRuntimeSafety(false);
        return .{ .state = @ptrCast(@alignCast(@constCast(frame.random.?))) };
    }

    /// 64 random bits.
    pub fn next(random: Random) u64 {
        const words = &random.state.words;
        const result = std.math.rotl(u64, words[0] +% words[3], 23) +% words[0];
        const shifted = words[1] << 17;
        words[2] ^= words[0];
        words[3] ^= words[1];
        words[1] ^= words[2];
        words[0] ^= words[3];
        words[2] ^= shifted;
        words[3] = std.math.rotl(u64, words[3], 45);
        return result;
    }

    /// A number from 0 up to and without 1, a multiple of 2^-24: the upper 24 bits of `next`.
    pub fn float(random: Random) f32 {
        const bits: u24 = @truncate(random.next() >> 40);
        return @as(f32, @floatFromInt(bits)) * 0x1p-24;
    }

    /// A number from 0 up to and without `n`, each as likely; 0 where `n` is 0.
    ///
    /// It is the upper half of `n` times the upper 32 bits of `next`. Where the lower half is less
    /// than 2^32 modulo `n`, it draws again (Daniel Lemire, <https://arxiv.org/abs/1805.10941>).
    pub fn below(random: Random, n: u32) u32 {
        var product = random.upper() * n;
        // The remainder is less than `n`, and a division costs more than a comparison.
        if (@as(u32, @truncate(product)) < n) {
            const rejected = (0 -% n) % n;
            while (@as(u32, @truncate(product)) < rejected) product = random.upper() * n;
        }
        return @truncate(product >> 32);
    }

    /// `low + (high - low) * float()`.
    pub fn range(random: Random, low: f32, high: f32) f32 {
        return low + (high - low) * random.float();
    }

    fn upper(random: Random) u64 {
        return random.next() >> 32;
    }
};

test "the generator draws the numbers of the reference implementation" {
    var state: abi.RandomState = .{ .words = .{ 1, 2, 3, 4 } };
    const random: Random = .{ .state = &state };
    for ([_]u64{ 41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205, 9973669472204895162 }) |expected| {
        try std.testing.expectEqual(expected, random.next());
    }
}

test "numbers are in their range, and all of them come up" {
    var state: abi.RandomState = .{ .words = .{ 1, 2, 3, 4 } };
    const random: Random = .{ .state = &state };
    var counts: [6]u32 = @splat(0);
    for (0..6000) |_| {
        counts[random.below(6)] += 1;
        const number = random.float();
        try std.testing.expect(number >= 0 and number < 1);
        const between = random.range(-2, 3);
        try std.testing.expect(between >= -2 and between <= 3);
    }
    for (counts) |count| try std.testing.expect(count > 850 and count < 1150);
    try std.testing.expectEqual(0, random.below(1));
    try std.testing.expectEqual(0, random.below(0));
}

test "below draws again where a number would come up too often" {
    // With this state the first draw is 0, whose lower half is less than 2^32 modulo 3.
    var state: abi.RandomState = .{ .words = .{ 0, 1 << 40, 0, 0 } };
    var again = state;
    const random: Random = .{ .state = &state };
    const reference: Random = .{ .state = &again };
    try std.testing.expectEqual(0, reference.next());
    const second = reference.next() >> 32;
    try std.testing.expectEqual(second * 3 >> 32, random.below(3));
    try std.testing.expectEqual(again.words, state.words);
}
