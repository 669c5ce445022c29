//! What crosses between the game and a module, against a plain `memcpy` of the same bytes.

use bevy_peristyle::abi::ScheduleCode;
use peristyle_tests::components::{Position, Velocity};
use peristyle_tests::{Guest, System, read, write};

use super::integrate::NativeNs;
use crate::measure::{Bench, Pair};
use crate::memory::Copies;
use crate::world::{Parts, Scripted, guest};
use crate::{Figure, work::ROWS};

/// How many rows a call changes.
#[derive(Clone, Copy, Debug)]
enum Changed {
    All,
    Tenth,
    None,
}

impl Changed {
    const EACH: [Self; 3] = [Self::All, Self::Tenth, Self::None];

    fn name(self) -> &'static str {
        match self {
            Self::All => "all-changed",
            Self::Tenth => "tenth-changed",
            Self::None => "none-changed",
        }
    }

    /// A module that is given 24 bytes a row, may write 12 of them, and changes so many rows.
    fn module(self) -> Vec<u8> {
        match self {
            Self::All => return guest("zig_vector"),
            Self::Tenth => system(TENTH),
            Self::None => system(""),
        }
        .to_wasm()
    }
}

/// Adds 1 to the first number of every tenth row.
const TENTH: &str = r"
    (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
    (local.set $b (i32.add (local.get $a)
        (i32.mul (call $rows (local.get $frame) (i32.const 0)) (i32.const 12))))
    (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $b)))
        (f32.store (local.get $a) (f32.add (f32.load (local.get $a)) (f32.const 1)))
        (local.set $a (i32.add (local.get $a) (i32.const 120)))
        (br $next)))
";

fn system(body: &str) -> Guest {
    let terms = [write::<Position>(), read::<Velocity>()];
    Guest::new().system(System::new("move", body).in_schedule(ScheduleCode::Update).query(terms))
}

/// Map and write-back, together and apart.
pub fn transfer(bench: &mut Bench, native_ns: &NativeNs) {
    for rows in ROWS {
        let native = native_ns.iter().find(|native| native.0 == rows).map_or(f64::NAN, |native| native.1);
        let rows_64 = u64::from(rows);
        for changed in Changed::EACH {
            let who = changed.name();
            let pairs = bench.pairs("transfer", who, rows_64, Parts::transfer, || pair(changed, rows));
            if pairs.is_empty() {
                continue;
            }
            let part = |work, part: fn(&Parts) -> _| {
                let ns = pairs.ns(part);
                Figure::new(work, who, rows_64, ns).to_native(ns / native).to_memcpy(pairs.ratio(part))
            };
            bench.figures.push(part("map", |parts| parts.map));
            bench.figures.push(part("write-back", |parts| parts.write_back));
            bench.figures.push(part("transfer", Parts::transfer));
            let ns = pairs.reference_ns();
            let memcpy = Figure::new("memcpy", who, rows_64, ns);
            bench.figures.push(memcpy.to_native(ns / native).to_memcpy(1.0));
        }
    }
}

fn pair(changed: Changed, rows: u32) -> impl FnMut() -> Pair {
    let mut scripted = Scripted::new(rows, &[("mover", changed.module())]);
    let expected = match changed {
        Changed::All => rows,
        Changed::Tenth => rows / 10,
        Changed::None => 0,
    };
    assert_eq!(scripted.rows_changed(), expected);
    let mut copies = Copies::new(rows);
    let mut turn = false;
    move || Pair::run(&mut turn, || scripted.run(), || copies.run())
}
