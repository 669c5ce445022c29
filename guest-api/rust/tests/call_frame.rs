//! Script systems called as a host calls them: through the exported function, with a call frame.
#![expect(unsafe_code, reason = "the tests play the host, whose calls are unsafe")]

use peristyle::abi::{
    Address, CallFrame, Column, Feature, QueryFrame, SchemaDescriptor, Slice, SystemDescriptor,
    TermDescriptor, TermKind,
};
use peristyle::prelude::*;
use peristyle::system::System;

#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
struct Position {
    x: f32,
    y: f32,
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
#[schema(name = "Speed")]
struct Velocity {
    x: f32,
    y: f32,
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Frozen;

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Tally {
    rows: u32,
    // The explicit field that the derive asks for.
    rest: u32,
    ticks: [u64; 2],
}

impl Tally {
    const NEW: Self = Self { rows: 0, rest: 0, ticks: [0; 2] };
}

#[system(after = ["wind::blow", "other"], fuel_per_call = 20_000, name = "move")]
fn integrate(
    time: Time,
    mut movers: Query<(&mut Position, &Velocity), (With<Tag>, Without<Frozen>)>,
    tags: Query<&Tag>,
    mut tally: State<Tally>,
) {
    for (position, velocity) in &mut movers {
        position.x += velocity.x * time.delta_seconds;
        position.y += velocity.y * time.delta_seconds;
    }
    tally.rows += tags.iter().count() as u32;
    tally.ticks = [time.tick, tally.ticks[0]];
}

#[derive(Clone, Copy, Schema)]
#[repr(C)]
struct Tag {}

module! { systems: [integrate], state: [Tally = Tally::NEW] }

/// A query frame as a later version of the contract may have it.
#[repr(C)]
struct LongerQueryFrame {
    frame: QueryFrame<Address>,
    more: [u64; 3],
}

fn query_frame(rows: u32, columns: &[Column<Address>]) -> LongerQueryFrame {
    let columns = Slice { ptr: Address::of(columns.as_ptr()), len: columns.len() as u32 };
    LongerQueryFrame {
        frame: QueryFrame { size: size_of::<LongerQueryFrame>() as u32, rows, columns, reserved: 0 },
        more: [u64::MAX; 3],
    }
}

fn column<T>(rows: *const T) -> Column<Address> {
    let size = size_of::<Column<Address>>() as u32;
    Column { size, rows: Address::of(rows), stride: size_of::<T>() as u32, presence: Address::NULL }
}

fn items<T>(list: Slice<Address>) -> &'static [T] {
    // SAFETY: the lists of the manifest are static data of this type.
    unsafe { std::slice::from_raw_parts(list.ptr.as_ptr().cast(), list.len as usize) }
}

fn text(list: Slice<Address>) -> &'static str {
    std::str::from_utf8(items(list)).unwrap_or("not UTF-8")
}

#[test]
fn a_call_writes_columns_and_state_in_place() {
    let mut positions = [Position { x: 1.0, y: 2.0 }, Position { x: 3.0, y: 4.0 }];
    let velocities = [Velocity { x: 10.0, y: 0.0 }, Velocity { x: 0.0, y: 10.0 }];
    let movers = [column(positions.as_mut_ptr()), column(velocities.as_ptr())];
    // Rows without bytes may have no address.
    let tags = [column::<Tag>(std::ptr::null())];
    let queries = [query_frame(2, &movers), query_frame(3, &tags)];
    let frame = CallFrame {
        size: size_of::<CallFrame<Address>>() as u32,
        abi_version: 1,
        tick: 7,
        delta_seconds: 0.5,
        elapsed_seconds: 3.5,
        queries: Slice { ptr: Address::of(queries.as_ptr()), len: 2 },
        resources: Slice::EMPTY,
        messages: Slice::EMPTY,
        commands: Slice::EMPTY,
        room: Slice::EMPTY,
        random: Address::NULL,
        reserved: 0,
    };

    for _ in 0..2 {
        // SAFETY: the frame has what `integrate` asks for, and nothing else calls it meanwhile.
        assert_eq!(unsafe { <integrate as System>::ENTRY(&frame) }, 0);
    }

    assert_eq!(positions, [Position { x: 11.0, y: 2.0 }, Position { x: 3.0, y: 14.0 }]);
    let blocks: &[peristyle::abi::StateBlockDescriptor<Address>] = items(PERISTYLE_MANIFEST.state_blocks);
    assert_eq!(text(blocks[0].name), "Tally");
    // SAFETY: the descriptor says where the block is, and the calls are over.
    let tally: Tally = unsafe { blocks[0].address.as_ptr().cast::<Tally>().read() };
    assert_eq!((tally.rows, tally.ticks), (6, [7, 7]));
}

#[test]
fn the_manifest_says_what_the_function_asks_for() {
    let [system] = items::<SystemDescriptor<Address>>(PERISTYLE_MANIFEST.systems) else {
        panic!("one system")
    };
    assert_eq!((text(system.name), text(system.export)), ("move", "move"));
    assert_eq!((system.fuel_per_call, system.fuel_per_row), (20_000, 0));
    let after: Vec<_> = items(system.after).iter().map(|&name| text(name)).collect();
    assert_eq!(after, ["wind::blow", "other"]);

    let terms: Vec<_> = items::<peristyle::abi::ParamDescriptor<Address>>(system.params)
        .iter()
        .flat_map(|param| items::<TermDescriptor<Address>>(param.terms))
        .map(|term| {
            // SAFETY: a term's schema is a static descriptor.
            let schema = unsafe { &*term.schema.as_ptr().cast::<SchemaDescriptor<Address>>() };
            (TermKind::from_code(term.kind).unwrap(), text(schema.name), schema.byte_size)
        })
        .collect();
    assert_eq!(
        terms,
        [
            (TermKind::Write, "Position", 8),
            (TermKind::Read, "Speed", 8),
            (TermKind::With, "Tag", 0),
            (TermKind::Without, "Frozen", 0),
            (TermKind::Read, "Tag", 0),
        ]
    );
    assert!(Frozen::FIELDS.is_empty());
    assert_eq!((Tally::FIELDS[2].offset, Tally::FIELDS[2].count), (8, 2));
}

#[test]
fn a_query_is_read_row_by_row_and_column_by_column() {
    let mut positions = [Position { x: 1.0, y: 2.0 }, Position { x: 3.0, y: 4.0 }];
    let velocities = [Velocity { x: 5.0, y: 6.0 }, Velocity { x: 7.0, y: 8.0 }];
    let mut query: Query<(&mut Position, &Velocity)> =
        Query::from_columns((&mut positions[..], &velocities[..]));
    assert_eq!((query.len(), query.is_empty(), query.iter().len()), (2, false, 2));
    let all: Vec<_> = query.iter_mut().collect();
    for (position, velocity) in all {
        position.x = velocity.y;
    }
    assert_eq!(query.iter().map(|(position, _)| position.x).sum::<f32>(), 14.0);
    query.columns_mut().0[1].y = 40.0;
    assert_eq!((query.columns().0[1].y, query.columns().1[0].x), (40.0, 5.0));
}

#[test]
#[should_panic(expected = "same number of rows")]
fn columns_of_different_lengths_are_no_query() {
    let _ = Query::<(&Position, &Tag)>::from_columns((&[], &[Tag {}]));
}

/// Verifies that a component of a nested type asks for the feature, whatever the parameter.
#[test]
fn nested_types_are_a_feature() {
    #[derive(Clone, Copy, Schema)]
    #[repr(u8)]
    enum Mood {
        Calm = 3,
    }

    #[derive(Clone, Copy, Schema)]
    #[repr(C)]
    struct Grid {
        cells: [[f32; 2]; 2],
    }

    let nested = Feature::NestedTypes.bit();
    assert_eq!(Query::<&Position, With<Tag>>::FEATURES, 0);
    assert_eq!(Query::<&Position, With<Mood>>::FEATURES, nested);
    assert_eq!(Query::<(&mut Grid, &Position)>::FEATURES, nested);
    assert_eq!(Commands::<(Position,)>::FEATURES, Feature::Commands.bit());
    assert_eq!(Commands::<(Position, Mood)>::FEATURES, Feature::Commands.bit() | nested);
    assert_eq!(Res::<Grid>::FEATURES, Feature::Resources.bit() | nested);
    // Both have a value, so that no field of them is left over.
    assert_eq!((Mood::Calm as u8, Grid { cells: [[1.0; 2]; 2] }.cells[1][1]), (3, 1.0));
}
