//! What a save takes until its code runs.

use std::fmt::Write as _;

use super::figures::Figures;
use super::report::number;
use super::targets::Target;

/// One kind of save.
struct Save {
    who: &'static str,
    name: &'static str,
    target: &'static str,
    /// Milliseconds, of 19 of 20 saves.
    limit: f64,
    held_by: &'static str,
}

const SAVES: [Save; 4] = [
    Save {
        who: "100-kb",
        name: "a module of 100 KB that is built already",
        target: "save to first frame, 100 KB prebuilt, 60 fps, 19 of 20 saves",
        limit: 60.0,
        held_by: "metering takes about a third and translating as much, both in the background; the rest is waiting for the next frame",
    },
    Save {
        who: "wat",
        name: "the source of a small script in WAT",
        target: "the same from its source, WAT",
        limit: 60.0,
        held_by: "waiting for the next frame, 8 ms in the median",
    },
    Save {
        who: "zig",
        name: "the source of a small script in Zig",
        target: "the same from its source, Zig, warm",
        limit: 1_000.0,
        held_by: "`zig build-exe` with its caches, in the way that is committed (`ReleaseSafe`); then the same as a prebuilt module",
    },
    Save {
        who: "rust",
        name: "the source of a small script in Rust",
        target: "the same from its source, Rust, warm",
        limit: 1_500.0,
        held_by: "cargo, by an incremental release build without LTO; then the same as a prebuilt module",
    },
];

/// What saves must reach.
pub fn targets(figures: &Figures) -> impl Iterator<Item = Target> {
    SAVES.iter().map(|save| Target {
        what: save.target,
        limit: save.limit,
        reached: figures.get("reload", save.who, 0).and_then(|figure| figure.ns_p95).map(|ns| ns / 1e6),
        unit: "ms",
        held_by: save.held_by,
    })
}

/// A table of saves.
pub fn table(figures: &Figures) -> String {
    let mut text = String::from(
        "From a save to the end of the first frame in which its code ran, in a game at 60 frames a second: milliseconds.\n\n\
         | what is saved | median | of that, the build | 19 of 20 | longest |\n|---|--:|--:|--:|--:|\n",
    );
    for Save { who, name, .. } in &SAVES {
        let Some(figure) = figures.get("reload", who, 0) else { continue };
        let build = figures.get("reload", &format!("{who}-build"), 0).map(|figure| figure.ns);
        let times = [Some(figure.ns), build, figure.ns_p95, figure.ns_max];
        let [median, build, most, all] =
            times.map(|ns| ns.map_or_else(|| "–".to_owned(), |ns| number(ns / 1e6)));
        let _ = writeln!(text, "| {name} | {median} | {build} | {most} | {all} |");
    }
    text
}
