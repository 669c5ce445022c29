//! Reads and writes strings and lists, and answers messages and events.
//!
//! Tests see with it that values go from the game to a script and back unchanged, and what a script can do
//! with them. `zig_slices` does the same.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod components;

use components::{
    Alarm, Board, Chat, Counter, Frozen, Group, Heard, Label, Mark, Order, PackedOrder, Source, Subject,
    Target,
};
use peristyle::prelude::*;

/// Copies every field on its own: some by what they cover, others anew.
#[system]
pub fn copy(mut rows: Query<(&Source, &mut Target)>, mut room: Room) {
    for (Source { board: from }, Target { board: to }) in &mut rows {
        *to = Board {
            width: from.width,
            title: from.title,
            author: room.text(format_args!("{}", from.author)),
            marks: copy_marks(&from.marks, &mut room),
            lines: room.list(from.lines.as_slice()),
            note: from.note.get().map(|note| room.text(format_args!("{note}"))).into(),
            tones: room.collect(from.tones.as_slice().iter().copied()),
            friends: from.friends,
            rows: from.rows,
            level: from.level,
        };
    }
}

/// The same marks, with labels of their own.
fn copy_marks(marks: &List<Mark>, room: &mut Room) -> List<Mark> {
    let mut copied = [Mark { label: Str::EMPTY, value: 0 }; 16];
    let Some(copied) = copied.get_mut(..marks.as_slice().len()) else { return *marks };
    for (mark, Mark { label, value }) in copied.iter_mut().zip(marks.as_slice()) {
        *mark = Mark { label: room.text(format_args!("{label}")), value: *value };
    }
    room.list(copied)
}

/// Changes a title to what it says of the board, and adds a mark.
#[system]
pub fn mark(mut subjects: Query<&mut Subject>, mut room: Room) {
    for Subject { board } in &mut subjects {
        let marks = board.marks.as_slice();
        let value = marks.len() as u32;
        board.title = room.text(format_args!("{}: {value} marks", board.author));
        let mark = Mark { label: room.text(format_args!("mark {value}")), value };
        board.marks = room.collect(marks.iter().copied().chain([mark]));
        board.note.set(if value == 2 { Some("two".into()) } else { None });
    }
}

/// Finds entities by their names.
#[system]
pub fn recognize(mut named: Query<(&Label, &mut Counter)>) {
    for (label, counter) in &mut named {
        if label.text.as_str().starts_with("Möwe") {
            counter.value = label.text.as_str().chars().count() as u32;
        }
    }
}

/// Answers what others say, once.
#[system]
pub fn chat(chats: MessageReader<Chat>, mut room: Room, mut commands: Commands<(), (Chat,)>) {
    for chat in chats.iter().filter(|chat| chat.from < 100) {
        let words = room.text(format_args!("{}, you say?", chat.words));
        let tags = room.collect(chat.tags.as_slice().iter().copied().chain(["answer".into()]));
        commands.send(Chat { words, tags, from: chat.from + 100 });
    }
}

/// Answers orders that have no answer yet.
#[system]
pub fn trade(orders: MessageReader<PackedOrder>, mut room: Room, mut commands: Commands<(), (PackedOrder,)>) {
    for order in &orders {
        let answer = match order.bincode.decode() {
            Ok(Order::Stop) => {
                let tags = ["answered"].into_iter().collect();
                Order::Buy { what: "nothing", count: None, tags }
            }
            Ok(Order::Buy { what, count, mut tags }) if !tags.contains(&"answered") => {
                if tags.push("answered").is_err() {
                    panic!("an order has at most 7 tags");
                }
                Order::Buy { what, count: Some(count.unwrap_or(0).wrapping_add(1)), tags }
            }
            Ok(_) => continue,
            Err(error) => panic!("{error}"),
        };
        commands.send(PackedOrder { bincode: room.encode(&answer) });
    }
}

/// Hears alarms, and cries out again as long as they are bad.
#[system]
pub fn hear(
    alarms: On<Alarm>,
    mut listeners: Query<&mut Heard>,
    mut room: Room,
    mut commands: Commands<(), (), (Alarm,)>,
) {
    for heard in &mut listeners {
        heard.calls += 1;
        heard.levels += alarms.iter().map(|alarm| alarm.level).sum::<u32>();
    }
    for alarm in alarms.iter().filter(|alarm| alarm.level > 1) {
        let words = room.text(format_args!("{}!", alarm.words));
        commands.trigger(Alarm { words, level: alarm.level - 1 });
    }
}

/// Counts what becomes frozen.
#[system]
pub fn came(frozen: On<Added<Frozen>>, mut listeners: Query<&mut Heard>) {
    for heard in &mut listeners {
        heard.came += frozen.len() as u32;
    }
}

/// Gives a name to what becomes frozen, and makes a group of it and of a new entity.
#[system]
pub fn gather(frozen: On<Added<Frozen>>, mut room: Room, mut commands: Commands<(Label, Group)>) {
    for (number, &entity) in frozen.iter().enumerate() {
        commands.insert(entity, Label { text: room.text(format_args!("frozen {number}")) });
    }
    let leader = commands.spawn((Label { text: "leader".into() },));
    let members = room.collect([leader].into_iter().chain(frozen.iter().copied()));
    let label = Label { text: room.text(format_args!("group of {}", frozen.len() + 1)) };
    commands.spawn((Group { members, label },));
}

/// Counts what is frozen no more.
#[system]
pub fn went(thawed: On<Removed<Frozen>>, mut listeners: Query<&mut Heard>) {
    for heard in &mut listeners {
        heard.went += thawed.len() as u32;
    }
}

module! { systems: [copy, mark, recognize, chat, trade, hear, came, gather, went] }
