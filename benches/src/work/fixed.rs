//! What scripts cost whatever their rows: an empty system, and the frames of games with many
//! modules.

use bevy::prelude::*;
use bevy_peristyle::abi::ScheduleCode;
use peristyle_tests::{Guest, System};

use crate::Figure;
use crate::measure::{Bench, Pair};
use crate::world::{self, Native, Scripted, guest};

/// Runs that are timed as one, since a single one takes less than a clock can tell.
const TIMES: u32 = 100;

/// Rows of the small world, over which every module runs.
const SMALL_ROWS: u32 = 10;

/// One empty system, and whole frames with 1, 10 and 100 modules.
pub fn fixed(bench: &mut Bench) {
    empty(bench);
    for modules in [1, 10, 100] {
        frame(bench, "empty", modules, 0, add_empty, empty_module());
        frame(bench, "integrate", modules, SMALL_ROWS, add_integrate, guest("zig_vector"));
    }
}

fn add_empty(app: &mut App) {
    app.add_systems(Update, world::empty);
}

fn add_integrate(app: &mut App) {
    app.add_systems(Update, world::integrate);
}

fn empty_module() -> Vec<u8> {
    Guest::new().system(System::new("empty", "").in_schedule(ScheduleCode::Update)).to_wasm()
}

/// `Update` with one empty script system, against `Update` with one empty native system.
fn empty(bench: &mut Bench) {
    let pairs = bench.pairs(
        "empty",
        "script",
        0,
        |parts| parts.total,
        || {
            let mut native = Native::new(0, add_empty);
            let mut scripted = Scripted::new(0, &[("empty", empty_module())]);
            let mut turn = false;
            move || {
                let reference = || (0..TIMES).map(|_| native.run()).sum::<std::time::Duration>() / TIMES;
                Pair::run(&mut turn, || scripted.run_times(TIMES), reference)
            }
        },
    );
    if !pairs.is_empty() {
        let (ns, native_ns) = (pairs.ns(|parts| parts.total), pairs.reference_ns());
        bench.figures.push(Figure::new("empty", "native", 0, native_ns).to_native(1.0));
        bench.figures.push(Figure::new("empty", "script", 0, ns).to_native(pairs.ratio(|parts| parts.total)));
    }
}

/// Whole frames of a game with that many modules of one system each, against as many native
/// systems in a game without the plugin.
fn frame(bench: &mut Bench, who: &str, modules: u32, rows: u32, add: fn(&mut App), module: Vec<u8>) {
    let pairs = bench.pairs(
        "frame",
        who,
        u64::from(modules),
        |parts| parts.total,
        || {
            let mut native = Native::new(rows, |app| (0..modules).for_each(|_| add(app)));
            let names: Vec<String> = (0..modules).map(|index| format!("m{index:03}")).collect();
            let scripts: Vec<_> = names.iter().map(|name| (name.as_str(), module.clone())).collect();
            let mut scripted = Scripted::new(rows, &scripts);
            let mut turn = false;
            move || Pair::run(&mut turn, || scripted.frame(), || native.frame())
        },
    );
    if !pairs.is_empty() {
        let rows = u64::from(rows * modules);
        let (ns, native_ns) = (pairs.ns(|parts| parts.total), pairs.reference_ns());
        let native = Figure::new("frame", format!("native-{who}"), rows, native_ns);
        bench.figures.push(native.to_native(1.0).with_modules(modules));
        let script = Figure::new("frame", who, rows, ns).to_native(pairs.ratio(|parts| parts.total));
        bench.figures.push(script.with_modules(modules));
    }
}
