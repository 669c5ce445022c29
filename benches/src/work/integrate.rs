//! `position += velocity * dt`, by native Bevy's typed `Query` and by script systems.

use bevy::prelude::*;
use bevy_peristyle::ScriptEngine;

use crate::measure::{Bench, Pair, median};
use crate::world::{self, Native, Parts, Scripted, guest};
use crate::{Figure, work::ROWS};

/// Row by row and by the library's vectors, in two languages. `benches/guests` has each by its name,
/// with `_` for `-`.
const WHO: [&str; 4] = ["zig-plain", "zig-vector", "rust-plain", "rust-vector"];

/// The engines, each with what it adds to a name.
#[cfg(feature = "jit")]
const ENGINES: [(ScriptEngine, &str); 2] =
    [(ScriptEngine::Interpreter, ""), (ScriptEngine::CompilerFromTheStart, "-jit")];
#[cfg(not(feature = "jit"))]
const ENGINES: [(ScriptEngine, &str); 1] = [(ScriptEngine::Interpreter, "")];

/// Nanoseconds that native Bevy takes for so many rows.
pub type NativeNs = Vec<(u32, f64)>;

/// Whole systems, and of each the module's own part.
pub fn integrate(bench: &mut Bench) -> NativeNs {
    let mut native_ns = Vec::new();
    for rows in ROWS {
        let mut references = Vec::new();
        for (guest, (engine, suffix)) in WHO.into_iter().flat_map(|who| ENGINES.map(|engine| (who, engine))) {
            let who = &format!("{guest}{suffix}");
            let set_up = || pair(guest, engine, rows);
            let pairs = bench.pairs("integrate", who, u64::from(rows), |parts| parts.total, set_up);
            if pairs.is_empty() {
                continue;
            }
            let rows = u64::from(rows);
            let part = |work, part: fn(&Parts) -> _| {
                Figure::new(work, who, rows, pairs.ns(part)).to_native(pairs.ratio(part))
            };
            bench.figures.push(part("integrate", |parts| parts.total));
            bench.figures.push(part("call", |parts| parts.call));
            references.push(pairs.reference_ns());
        }
        let by_field = bench.pairs(
            "integrate",
            "native-by-field",
            u64::from(rows),
            |parts| parts.total,
            || by_field(rows),
        );
        if !by_field.is_empty() {
            let (ns, ratio) = (by_field.ns(|parts| parts.total), by_field.ratio(|parts| parts.total));
            bench
                .figures
                .push(Figure::new("integrate", "native-by-field", u64::from(rows), ns).to_native(ratio));
            references.push(by_field.reference_ns());
        }
        if !references.is_empty() {
            let ns = median(references.into_iter());
            bench.figures.push(Figure::new("integrate", "native", u64::from(rows), ns).to_native(1.0));
            native_ns.push((rows, ns));
        }
    }
    native_ns
}

fn by_field(rows: u32) -> impl FnMut() -> Pair {
    let mut native = Native::new(rows, |app| {
        app.add_systems(Update, world::integrate);
    });
    let mut by_field = Native::new(rows, |app| {
        app.add_systems(Update, world::integrate_by_field);
    });
    let mut turn = false;
    move || {
        let subject = || Parts { total: by_field.run(), ..Parts::default() };
        Pair::run(&mut turn, subject, || native.run())
    }
}

fn pair(who: &str, engine: ScriptEngine, rows: u32) -> impl FnMut() -> Pair {
    let mut native = Native::new(rows, |app| {
        app.add_systems(Update, world::integrate);
    });
    let name = who.replace('-', "_");
    let mut scripted = Scripted::on(engine, rows, &[(&name, guest(&name))]);
    assert_eq!(native.positions(), scripted.positions(), "{who} computes what native Bevy computes");
    assert_eq!(scripted.rows_changed(), rows);
    let mut turn = false;
    move || Pair::run(&mut turn, || scripted.run(), || native.run())
}
