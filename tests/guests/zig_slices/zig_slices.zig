//! Reads and writes strings and lists, and answers messages and events.
//!
//! Tests see with it that values go from the game to a script and back unchanged, and what a script can do
//! with them. `rust_slices` does the same.

const std = @import("std");
const peristyle = @import("peristyle");
const List = peristyle.List;
const Maybe = peristyle.Maybe;
const Str = peristyle.Str;

pub const panic = peristyle.panic;

/// How a line is read out.
const Tone = enum(u8) { Calm, Loud = 7 };

/// One of many on a board.
const Mark = extern struct { label: Str, value: u32 };

/// Strings and lists of many types.
const Board = extern struct {
    width: f64,
    title: Str,
    author: Str,
    /// A list of structs, each with a string.
    marks: List(Mark),
    lines: List(Str),
    /// Perhaps a string.
    note: Maybe(Str),
    tones: List(Tone),
    friends: List(peristyle.Entity),
    /// A list of lists.
    rows: List(List(u16)),
    level: u32,
};

const Source = extern struct { board: Board };

const Target = extern struct { board: Board };

const Subject = extern struct { board: Board };

const Label = extern struct { text: Str };

/// Some entities, and what they are called together.
const Group = extern struct { members: List(peristyle.Entity), label: Label };

const Counter = extern struct { value: u32 };

/// A tag.
const Frozen = extern struct {};

/// What systems that run on events have heard.
const Heard = extern struct { calls: u32, levels: u32, came: u32, went: u32 };

/// An event.
const Alarm = extern struct { words: Str, level: u32 };

/// A message with a string and a list. Scripts are 100 and above.
const Chat = extern struct { words: Str, tags: List(Str), from: u32 };

/// How an `Order` crosses.
const PackedOrder = extern struct {
    pub const peristyle_name = "Order";
    bincode: List(u8),
};

/// A message by serde.
const Order = union(enum) {
    Stop,
    Buy: struct { what: []const u8, count: ?u16, tags: []const []const u8 },
};

const Copies = struct { source: *const Source, target: *Target };

/// Copies every field on its own: some by what they cover, others anew.
fn copy(copies: peristyle.Query(Copies), room: peristyle.Room) void {
    var rows = copies.iterator();
    while (rows.next()) |row| {
        const from = row.source.board;
        row.target.board = .{
            .width = from.width,
            .title = from.title,
            .author = room.text(from.author.slice()),
            .marks = copyMarks(from.marks.slice(), room),
            .lines = room.list(Str, from.lines.slice()),
            .note = .of(if (from.note.get()) |note| room.print("{f}", .{note}) else null),
            .tones = room.list(Tone, from.tones.slice()),
            .friends = from.friends,
            .rows = from.rows,
            .level = from.level,
        };
    }
}

/// The same marks, with labels of their own.
fn copyMarks(marks: []const Mark, room: peristyle.Room) List(Mark) {
    const copied = room.allocator().dupe(Mark, marks) catch unreachable;
    for (copied) |*mark| mark.label = room.text(mark.label.slice());
    return .of(copied);
}

const Subjects = struct { subject: *Subject };

/// Changes a title to what it says of the board, and adds a mark.
fn markBoards(subjects: peristyle.Query(Subjects), room: peristyle.Room) !void {
    for (subjects.columns().subject) |*subject| {
        const board = &subject.board;
        const marks = board.marks.slice();
        board.title = room.print("{f}: {d} marks", .{ board.author, marks.len });
        const mark: Mark = .{ .label = room.print("mark {d}", .{marks.len}), .value = @intCast(marks.len) };
        board.marks = .of(try std.mem.concat(room.allocator(), Mark, &.{ marks, &.{mark} }));
        board.note.set(if (mark.value == 2) .of("two") else null);
    }
}

const Named = struct { label: *const Label, counter: *Counter };

/// Finds entities by their names.
fn recognize(named: peristyle.Query(Named)) !void {
    var rows = named.iterator();
    while (rows.next()) |row| {
        if (std.mem.startsWith(u8, row.label.text.slice(), "Möwe")) {
            row.counter.value = @intCast(try std.unicode.utf8CountCodepoints(row.label.text.slice()));
        }
    }
}

/// Answers what others say, once.
fn chat(chats: peristyle.MessageReader(Chat), room: peristyle.Room, commands: peristyle.Commands(.{ .messages = .{Chat} })) !void {
    for (chats.items()) |said| {
        if (said.from >= 100) continue;
        const words = room.print("{f}, you say?", .{said.words});
        const tags = try std.mem.concat(room.allocator(), Str, &.{ said.tags.slice(), &.{.of("answer")} });
        commands.send(Chat{ .words = words, .tags = .of(tags), .from = said.from + 100 });
    }
}

/// Answers orders that have no answer yet.
fn trade(orders: peristyle.MessageReader(PackedOrder), room: peristyle.Room, commands: peristyle.Commands(.{ .messages = .{PackedOrder} })) !void {
    for (orders.items()) |packed_order| {
        const answer: Order = switch (try peristyle.bincode.decode(Order, packed_order.bincode.slice(), room.allocator())) {
            .Stop => .{ .Buy = .{ .what = "nothing", .count = null, .tags = &.{"answered"} } },
            .Buy => |order| .{ .Buy = .{
                .what = order.what,
                .count = (order.count orelse 0) +% 1,
                .tags = if (isAnswered(order.tags)) continue else try std.mem.concat(room.allocator(), []const u8, &.{ order.tags, &.{"answered"} }),
            } },
        };
        commands.send(PackedOrder{ .bincode = peristyle.bincode.encode(room, answer) });
    }
}

fn isAnswered(tags: []const []const u8) bool {
    for (tags) |tag| {
        if (std.mem.eql(u8, tag, "answered")) return true;
    }
    return false;
}

const Listeners = struct { heard: *Heard };

/// Hears alarms, and cries out again as long as they are bad.
fn hear(alarms: peristyle.On(Alarm), listeners: peristyle.Query(Listeners), room: peristyle.Room, commands: peristyle.Commands(.{ .events = .{Alarm} })) void {
    for (listeners.columns().heard) |*heard| {
        heard.calls += 1;
        for (alarms.items()) |alarm| heard.levels += alarm.level;
    }
    for (alarms.items()) |alarm| {
        if (alarm.level > 1) commands.trigger(Alarm{ .words = room.print("{f}!", .{alarm.words}), .level = alarm.level - 1 });
    }
}

/// Counts what becomes frozen.
fn came(frozen: peristyle.On(peristyle.Added(Frozen)), listeners: peristyle.Query(Listeners)) void {
    for (listeners.columns().heard) |*heard| heard.came += @intCast(frozen.len());
}

/// Gives a name to what becomes frozen, and makes a group of it and of a new entity.
fn gather(frozen: peristyle.On(peristyle.Added(Frozen)), room: peristyle.Room, commands: peristyle.Commands(.{ Label, Group })) !void {
    for (frozen.items(), 0..) |entity, number| commands.insert(entity, Label{ .text = room.print("frozen {d}", .{number}) });
    const leader = commands.spawn(.{Label{ .text = .of("leader") }});
    const members = try std.mem.concat(room.allocator(), peristyle.Entity, &.{ &.{leader}, frozen.items() });
    const label: Label = .{ .text = room.print("group of {d}", .{members.len}) };
    _ = commands.spawn(.{Group{ .members = .of(members), .label = label }});
}

/// Counts what is frozen no more.
fn went(thawed: peristyle.On(peristyle.Removed(Frozen)), listeners: peristyle.Query(Listeners)) void {
    for (listeners.columns().heard) |*heard| heard.went += @intCast(thawed.len());
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "copy", .run = copy },
        .{ .name = "mark", .run = markBoards },
        .{ .name = "recognize", .run = recognize },
        .{ .name = "chat", .run = chat },
        .{ .name = "trade", .run = trade },
        .{ .name = "hear", .run = hear },
        .{ .name = "came", .run = came },
        .{ .name = "gather", .run = gather },
        .{ .name = "went", .run = went },
    } });
}
