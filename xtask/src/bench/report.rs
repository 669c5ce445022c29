//! The figures as tables for people.

use std::fmt::Write;

use super::figures::{Figure, Figures};
use super::{saves, targets};

const ROWS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Who moves the rows, and how the table calls it.
const WHO: [(&str, &str); 6] = [
    ("native", "native Bevy"),
    ("native-by-field", "native Bevy, a borrow for each field"),
    ("zig-vector", "Zig, helpers"),
    ("rust-vector", "Rust, helpers"),
    ("zig-plain", "Zig, plain loop"),
    ("rust-plain", "Rust, plain loop"),
];

const CHANGED: [(&str, &str); 3] =
    [("all-changed", "all rows changed"), ("tenth-changed", "one in ten"), ("none-changed", "none")];

/// The whole of `benches/RESULTS.md`.
pub fn report(figures: &Figures, date: &str) -> String {
    format!(
        "# What scripts cost\n\n\
         Measured on {date} by `cargo xtask bench`, which wrote this file. `--quick` measures in less than a minute and\n\
         writes nothing; `--json` prints one line for each figure.\n\n\
         Times differ from machine to machine, and on a busy one from second to second: trust the ratios. For each of\n\
         them both sides ran by turns, and the ratio is the median over all pairs. All systems ran in the release\n\
         profile, on one thread, in Bevy's own schedules; a script's time is that of the whole `Update` schedule with\n\
         the system in it.\n\n\
         ## Targets\n\n{}\n\
         No frame allocates after the first ones because of scripts: `benches/tests/allocations.rs` counts.\n\n\
         {}\n\
         ![The time of one system against its rows](plot.svg)\n",
        targets(figures),
        table(figures),
    )
}

/// What had to be reached.
pub fn targets(figures: &Figures) -> String {
    let mut text = String::from("| target | at most | measured | | what holds it |\n|---|--:|--:|---|---|\n");
    for target in targets::targets(figures) {
        let reached = target.reached.map_or_else(|| "–".to_owned(), number);
        let _ = writeln!(
            text,
            "| {} | {} {unit} | {reached} {unit} | {} | {} |",
            target.what,
            target.limit,
            target.verdict(),
            target.held_by,
            unit = target.unit,
        );
    }
    text
}

/// The figures.
pub fn table(figures: &Figures) -> String {
    let mut text = String::new();
    let rows_header = |text: &mut String, first: &str| {
        let _ = writeln!(text, "| {first} | 1,000 | 10,000 | 100,000 | 1,000,000 |\n|---|--:|--:|--:|--:|");
    };
    let line = |text: &mut String, name: &str, cell: &dyn Fn(u64) -> String| {
        let cells: Vec<String> = ROWS.iter().map(|&rows| cell(rows)).collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    };

    text.push_str("## `position += velocity * dt`\n\nNanoseconds for each row, and times native Bevy.\n\n");
    rows_header(&mut text, "rows");
    for (who, name) in WHO {
        line(&mut text, name, &|rows| cell(figures.get("integrate", who, rows), |f| f.ratio_to_native));
    }
    text.push_str("\nOf these, the module's own code:\n\n");
    rows_header(&mut text, "rows");
    for (who, name) in &WHO[2..] {
        line(&mut text, name, &|rows| cell(figures.get("call", who, rows), |f| f.ratio_to_native));
    }

    text.push_str(
        "\n## Engines\n\nThe same at 100,000 rows: nanoseconds for each row, and times native Bevy, on the interpreter and with the \
         feature `jit`.\n\n| | wasmi | jit | the module's own code, wasmi | jit |\n|---|--:|--:|--:|--:|\n",
    );
    for (who, name) in &WHO[2..] {
        let compiled = format!("{who}-jit");
        let figure = |work, who: &str| cell(figures.get(work, who, 100_000), |f| f.ratio_to_native);
        let cells = [("integrate", *who), ("integrate", &compiled), ("call", who), ("call", &compiled)];
        let cells = cells.map(|(work, who)| figure(work, who));
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }

    text.push_str(
        "\n## Map and write-back\n\n24 bytes a row go out and 12 come back. Nanoseconds for each row, and times a \
         plain `memcpy` of all 36.\n\n",
    );
    rows_header(&mut text, "rows");
    for (who, name) in CHANGED {
        for (work, part) in
            [("memcpy", "memcpy"), ("map", "map"), ("write-back", "write-back"), ("transfer", "both")]
        {
            if (work, who) != ("memcpy", "all-changed") && work == "memcpy" {
                continue;
            }
            let name = if work == "memcpy" { part.to_owned() } else { format!("{part}, {name}") };
            line(&mut text, &name, &|rows| cell(figures.get(work, who, rows), |f| f.ratio_to_memcpy));
        }
    }

    text.push_str(
        "\n## Whatever the rows\n\nMicroseconds. A frame is all of `App::update`, with as many native systems on the \
         one side and as many modules\nof one system on the other; the small system moves the same 10 rows in each \
         module.\n\n| | native | scripts | more for each |\n|---|--:|--:|--:|\n",
    );
    let mut fixed = |name: String, native: Option<&Figure>, script: Option<&Figure>, count: u32| {
        if let (Some(native), Some(script)) = (native, script) {
            let each = (script.ns - native.ns) / f64::from(count);
            let [native, script, each] = [native.ns, script.ns, each].map(|ns| number(ns / 1e3));
            let _ = writeln!(text, "| {name} | {native} | {script} | {each} |");
        }
    };
    fixed(
        "one empty system in `Update`".to_owned(),
        figures.get("empty", "native", 0),
        figures.get("empty", "script", 0),
        1,
    );
    for (who, name) in [("empty", "an empty system"), ("integrate", "a small system")] {
        for modules in [1, 10, 100] {
            let native = figures.frame(&format!("native-{who}"), modules);
            let of = if modules == 1 { "1 module".to_owned() } else { format!("{modules} modules") };
            fixed(format!("a frame, {of}, each {name}"), native, figures.frame(who, modules), modules);
        }
    }
    text.push('\n');
    text.push_str(&saves::table(figures));
    entities(&mut text, figures);
    text
}

/// A line for each figure, where they are few.
pub fn every(figures: &Figures) -> String {
    let mut text = String::from(
        "| what | who | rows | median, ms | 19 of 20, ms | longest, ms | × native |\n|---|---|--:|--:|--:|--:|--:|\n",
    );
    for figure in figures.iter() {
        let ms = |ns: Option<f64>| ns.map_or_else(|| "–".to_owned(), |ns| number(ns / 1e6));
        let ratio = figure.ratio_to_native.map_or_else(|| "–".to_owned(), number);
        let [median, most, all] = [Some(figure.ns), figure.ns_p95, figure.ns_max].map(ms);
        let (work, who, rows) = (&figure.work, &figure.who, figure.rows);
        let _ = writeln!(text, "| {work} | {who} | {rows} | {median} | {most} | {all} | {ratio} |");
    }
    text
}

/// What a system does to entities one by one.
fn entities(text: &mut String, figures: &Figures) {
    text.push_str(
        "\n## Commands, changes and lookups\n\nMicroseconds for all of `Update`, commands applied; of the lookups, those that \
         a run with them takes longer than one\nwithout. The script is in Rust, row by row.\n\n\
         | | native Bevy | script | × native |\n|---|--:|--:|--:|\n",
    );
    for (work, name, rows) in [
        ("churn", "10,000 entities of two components spawned, 10,000 despawned", 10_000),
        ("messages", "10,000 messages read, 10,000 sent", 10_000),
        ("changed", "of 100,000 rows those that changed, one in a hundred", 100_000),
        ("lookup", "10,000 lookups of an entity in a scattered order", 10_000),
    ] {
        let [native, script] = ["native", "rust"].map(|who| figures.get(work, who, rows));
        let us = |figure: Option<&Figure>| figure.map_or_else(|| "–".to_owned(), |f| number(f.ns / 1e3));
        let ratio = script.and_then(|f| f.ratio_to_native).map_or_else(|| "–".to_owned(), number);
        let _ = writeln!(text, "| {name} | {} | {} | {ratio} |", us(native), us(script));
    }
    if let Some(each) = figures.get("lookup", "rust", 10_000).and_then(|f| f.ns_per_row) {
        let _ = writeln!(text, "\nThat is {} ns for each lookup of the script.", number(each));
    }
}

/// Nanoseconds for each row, and a ratio.
fn cell(figure: Option<&Figure>, ratio: impl Fn(&Figure) -> Option<f64>) -> String {
    let Some(figure) = figure else { return "–".to_owned() };
    let ns = figure.ns_per_row.map_or_else(|| "–".to_owned(), number);
    match ratio(figure) {
        Some(ratio) => format!("{ns} ({}×)", number(ratio)),
        None => ns,
    }
}

/// Three digits say enough.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!([1.234, 12.34, 123.4].map(number), ["1.23", "12.3", "123"]);
    }
}
