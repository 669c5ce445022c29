//! The vector helpers of the guest libraries: in the engine, to the bit, and the same in every
//! language.
//!
//! The guests `rust_vectors` and `zig_vectors` compare each helper with plain code of their own
//! and fault where a bit differs. What the helpers made of the rows is compared here, between the
//! languages and with the same arithmetic on this machine.

use bevy::prelude::*;
use bevy_peristyle::{Fault, Schema};
use peristyle_tests::Game;
use peristyle_tests::components::{Position, Velocity};

/// What a guest is to do.
#[derive(Component, Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Case {
    helper: u32,
    a: f32,
    b: f32,
}

/// A mask for each number.
#[derive(Component, Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Mask {
    x: f32,
    y: f32,
    z: f32,
}

/// One number a row.
#[derive(Component, Schema, Clone, Copy, Debug)]
#[repr(C)]
struct Factor {
    value: f32,
}

/// The helpers by their number in [`Case`].
const HELPERS: [&str; 14] = [
    "axpy",
    "scale",
    "add",
    "sub",
    "mul",
    "clamp",
    "lerp",
    "select",
    "dot",
    "length",
    "normalize",
    "clamp_length",
    "scale_rows",
    "select_rows",
];

/// The number after the last helper: a result that is wrong on purpose.
const WRONG: u32 = HELPERS.len() as u32;

/// One row: what it has before the case, and `y` and `of_row` after it.
#[derive(Clone, Copy, Debug)]
struct Row {
    y: [f32; 3],
    x: [f32; 3],
    mask: [f32; 3],
    of_row: f32,
}

/// The number and its neighborhood in which arithmetic has its exceptions.
const SPECIAL: [f32; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f32::MIN_POSITIVE,
    -1e-45,
    1e-23,
    -1e20,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::from_bits(0xffc0_0000),
    f32::from_bits(0x7f81_2345),
    f32::from_bits(0xffa1_2345),
];

/// A sequence of numbers that is the same in every run.
struct Numbers(u32);

impl Numbers {
    fn bits(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// A number of moderate size, or any bits, or a special one.
    fn number(&mut self) -> f32 {
        let bits = self.bits();
        match bits % 8 {
            0 => SPECIAL[(bits >> 8) as usize % SPECIAL.len()],
            1 => f32::from_bits(self.bits()),
            _ => (bits >> 8) as f32 / 1e6 - 8.0,
        }
    }

    fn row(&mut self) -> Row {
        let mut three = || [(); 3].map(|()| self.number());
        let (y, x, mask) = (three(), three(), three());
        // Some rows have nothing, so that there is nothing to normalize.
        let y = if self.bits().is_multiple_of(8) { [0.0, -0.0, 0.0] } else { y };
        Row { y, x, mask, of_row: self.number() }
    }

    fn case(&mut self, helper: u32) -> Case {
        let (a, b) = (self.number(), self.number());
        match HELPERS[helper as usize] {
            "clamp" if a.is_nan() || b.is_nan() => Case { helper, a: -0.0, b: 1.5 },
            "clamp" => Case { helper, a: a.min(b), b: a.max(b) },
            "clamp_length" => Case { helper, a: if a.is_nan() { 2.0 } else { a.abs() }, b },
            _ => Case { helper, a, b },
        }
    }
}

/// A game whose only script is the guest of that name.
fn play(guest: &str) -> Game {
    let file = format!("{guest}.wasm");
    let path = format!("{}/guests/built/{file}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build-scripts`"));
    Game::new().component::<Case>().component::<Mask>().component::<Factor>().script(&file, bytes).start()
}

/// Runs one case and returns `y` and `of_row` of each row.
fn run(game: &mut Game, case: Case, rows: &[Row]) -> Vec<([f32; 3], f32)> {
    let case = game.spawn(case);
    let entities: Vec<Entity> = rows
        .iter()
        .map(|row| {
            let ([x, y, z], [vx, vy, vz], [mx, my, mz]) = (row.y, row.x, row.mask);
            let velocity = Velocity { x: vx, y: vy, z: vz };
            let mask = Mask { x: mx, y: my, z: mz };
            game.spawn((Position { x, y, z }, velocity, mask, Factor { value: row.of_row }))
        })
        .collect();
    game.step();
    game.world().despawn(case);
    let results = entities.into_iter().map(|entity| {
        let (position, factor) = (game.get::<Position>(entity), game.get::<Factor>(entity));
        game.world().despawn(entity);
        ([position.x, position.y, position.z], factor.value)
    });
    results.collect()
}

/// The same arithmetic on this machine.
fn expected(case: Case, row: &Row) -> ([f32; 3], f32) {
    let Row { y, x, mask, of_row } = *row;
    let Case { helper, a, b } = case;
    let length = |v: [f32; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    let each = |operation: &dyn Fn(usize) -> f32| ([0, 1, 2].map(operation), of_row);
    match HELPERS[helper as usize] {
        "axpy" => each(&|i| y[i] + a * x[i]),
        "scale" => each(&|i| y[i] * a),
        "add" => each(&|i| y[i] + x[i]),
        "sub" => each(&|i| y[i] - x[i]),
        "mul" => each(&|i| y[i] * x[i]),
        "clamp" => each(&|i| y[i].clamp(a, b)),
        "lerp" => each(&|i| y[i] + (x[i] - y[i]) * a),
        "select" => each(&|i| if mask[i] > 0.0 { x[i] } else { y[i] }),
        "dot" => (y, y[0] * x[0] + y[1] * x[1] + y[2] * x[2]),
        "length" => (y, length(y)),
        "normalize" if length(y) > 0.0 => each(&|i| y[i] / length(y)),
        "clamp_length" if length(y) > a => each(&|i| y[i] * (a / length(y))),
        "scale_rows" => each(&|i| y[i] * of_row),
        "select_rows" if of_row > 0.0 => (x, of_row),
        _ => (y, of_row),
    }
}

/// Verifies that each helper gives the same bits as plain code, in the engine and on this machine,
/// in Rust and in Zig, for columns of every length and for numbers of every kind.
#[test]
fn helpers_agree_with_plain_code_and_between_languages_to_the_bit() {
    let mut games = ["rust_vectors", "zig_vectors"].map(|guest| (guest, play(guest)));
    let mut numbers = Numbers(0x9e37_79b9);
    for helper in 0..HELPERS.len() as u32 {
        for len in (0..=50).chain([63, 64, 65, 131, 160]) {
            let case = numbers.case(helper);
            let rows: Vec<Row> = (0..len).map(|_| numbers.row()).collect();
            let name = HELPERS[helper as usize];
            let [rust, zig] = games.each_mut().map(|(guest, game)| {
                let results = run(game, case, &rows);
                let stats = &game.system(guest, "compare").stats;
                assert_eq!(stats.faults, 0, "{guest}: {name} of {len} rows: {:?}", stats.last_fault);
                results
            });
            for (index, row) in rows.iter().enumerate() {
                let what = format!("{name} with {case:?} of row {index} of {len}: {row:?}");
                let bits = |(y, of_row): ([f32; 3], f32)| [y[0], y[1], y[2], of_row].map(f32::to_bits);
                assert_eq!(bits(rust[index]), bits(zig[index]), "Rust and Zig differ: {what}");
                // Which NaN it is was the engine's choice or that of this machine.
                let canonical = |bits: [u32; 4]| {
                    bits.map(|bits| if f32::from_bits(bits).is_nan() { 0x7fc0_0000 } else { bits })
                };
                let expected = canonical(bits(expected(case, row)));
                assert_eq!(
                    canonical(bits(rust[index])),
                    expected,
                    "the guests and this machine differ: {what}"
                );
            }
        }
    }
}

/// Verifies that the guests' comparison finds a difference.
#[test]
fn a_wrong_result_is_found() {
    for guest in ["rust_vectors", "zig_vectors"] {
        let mut game = play(guest);
        let row = Row { y: [0.0, 0.0, 1.0], x: [0.0; 3], mask: [0.0; 3], of_row: 0.0 };
        run(&mut game, Case { helper: WRONG, a: 0.0, b: 0.0 }, &[row]);
        let Fault::Guest(fault) = game.fault(guest, "compare") else { panic!("the guest itself finds it") };
        assert_eq!(
            fault.message, "helper 14: number 2 is 40000000, and plain code gives 3f800000",
            "{guest}"
        );
    }
}

/// Verifies that misuse is a fault that says what is wrong.
#[test]
fn misuse_is_a_fault_with_a_message() {
    let messages = [
        "add: y has 6 numbers and x has 5",
        "length: v has 5 numbers and out has 2; v needs three for each",
        "normalize: v has 5 numbers, which is no whole rows of 3",
        "clamp: low must be at most high, and neither may be NaN",
    ];
    for guest in ["rust_vectors", "zig_vectors"] {
        for (misuse, message) in messages.iter().enumerate() {
            let mut game = play(guest);
            let row = Row { y: [1.0; 3], x: [1.0; 3], mask: [1.0; 3], of_row: 1.0 };
            let results =
                run(&mut game, Case { helper: WRONG + 1 + misuse as u32, a: 0.0, b: 0.0 }, &[row; 2]);
            let Fault::Guest(fault) = game.fault(guest, "compare") else { panic!("it is the guest's fault") };
            assert_eq!(fault.message, *message, "{guest}");
            assert_eq!(results, [([1.0; 3], 1.0); 2], "{guest}: nothing is written");
            if guest.starts_with("rust") {
                // Where the script called the helper, not where the helper found out.
                assert!(fault.file.ends_with("rust_vectors/src/lib.rs"), "{fault}");
            }
        }
    }
}
