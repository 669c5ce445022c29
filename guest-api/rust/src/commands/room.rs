use core::mem;

use super::{CommandTerms, Commands};
use crate::abi::{Address, CommandBuffer, CommandKind};

/// Room for the commands of a unit test: 4 KiB.
#[derive(Debug)]
pub struct CommandRoom {
    buffer: CommandBuffer<Address>,
    records: [u64; Self::WORDS],
}

impl CommandRoom {
    const WORDS: usize = 512;

    /// Room without commands.
    pub const fn new() -> Self {
        let buffer = CommandBuffer {
            size: size_of::<CommandBuffer<Address>>() as u32,
            records: Address::NULL,
            capacity: (Self::WORDS * size_of::<u64>()) as u32,
            used: 0,
            first_entity: 1 << 63 | 1,
            spawned: 0,
            reserved: 0,
        };
        Self { buffer, records: [0; Self::WORDS] }
    }

    /// The parameter that fills the room from its beginning.
    pub fn commands<C: CommandTerms, M: CommandTerms, E: CommandTerms>(&mut self) -> Commands<'_, C, M, E> {
        self.buffer.records = Address::of(&raw mut self.records);
        (self.buffer.used, self.buffer.spawned) = (0, 0);
        Commands::new(&mut self.buffer)
    }

    /// The kinds of the commands, in their order.
    pub fn kinds(&self) -> impl Iterator<Item = CommandKind> {
        let words = self.buffer.used as usize / size_of::<u64>();
        let mut rest = &self.records[..words];
        core::iter::from_fn(move || {
            // Size and kind share the first word of a record.
            let &first = rest.first()?;
            let [size, kind] = [first as u32, (first >> 32) as u32];
            let (_, after) = mem::take(&mut rest).split_at_checked(size as usize / size_of::<u64>())?;
            rest = after;
            CommandKind::from_code(kind)
        })
    }
}

impl Default for CommandRoom {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{CommandRecord, Entity};
    use crate::prelude::*;

    extern crate std;
    use std::vec::Vec;

    #[derive(Clone, Copy, Schema)]
    #[repr(C)]
    struct Hit {
        points: u32,
    }

    #[derive(Clone, Copy, Schema)]
    #[repr(C)]
    struct Goal {
        target: Entity,
    }

    type Sends<'f> = Commands<'f, (), (Hit, Goal)>;

    /// Kind, term and payload bytes of each record.
    fn records(room: &CommandRoom) -> Vec<(CommandKind, u32, u32)> {
        let mut rest = &room.records[..room.buffer.used as usize / 8];
        let mut records = Vec::new();
        while let [first, _, third, ..] = *rest {
            let kind = CommandKind::from_code((first >> 32) as u32).unwrap();
            records.push((kind, third as u32, (third >> 32) as u32));
            rest = &rest[first as u32 as usize / 8..];
        }
        records
    }

    #[test]
    fn messages_of_one_kind_that_follow_each_other_share_a_record() {
        let mut room = CommandRoom::new();
        let mut commands: Sends<'_> = room.commands();
        for points in 0..3 {
            commands.send(Hit { points });
        }
        commands.send_all(&[Hit { points: 3 }, Hit { points: 4 }]);
        commands.send_all::<Hit>(&[]);
        commands.send(Goal { target: Entity::NONE });
        commands.send(Hit { points: 5 });
        commands.despawn(Entity::from_bits(7));
        commands.send(Hit { points: 6 });
        drop(commands);
        let (send, despawn) = (CommandKind::Send, CommandKind::Despawn);
        let expected = [(send, 0, 20), (send, 1, 8), (send, 0, 4), (despawn, 0, 0), (send, 0, 4)];
        assert_eq!(records(&room), expected);
        assert_eq!(room.records[3..6], [1 << 32, 3 << 32 | 2, 4], "rows lie back to back");
        let _: Commands<'_, ()> = room.commands();
        assert!(records(&room).is_empty(), "no record where nothing is commanded");
    }

    #[test]
    fn messages_fill_the_room_to_its_end() {
        let rows = (CommandRoom::WORDS * 8 - size_of::<CommandRecord>()) / 4;
        let mut room = CommandRoom::new();
        let mut commands: Sends<'_> = room.commands();
        (0..rows as u32).for_each(|points| commands.send(Hit { points }));
        drop(commands);
        assert_eq!(records(&room), [(CommandKind::Send, 0, rows as u32 * 4)]);
        let one_more = std::panic::catch_unwind(|| {
            let mut room = CommandRoom::new();
            room.commands::<(), (Hit, Goal), ()>().send_all(&std::vec![Hit { points: 1 }; rows + 1]);
        });
        assert!(one_more.is_err());
    }
}
