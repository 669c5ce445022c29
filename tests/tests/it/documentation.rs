//! The tables of features in the contract's documentation show what the guests of these tests really do.

use std::path::{Path, PathBuf};

use bevy_peristyle::{
    PackedChildOf, PackedChildren, PackedClock, PackedGamepad, PackedGlobalTransform, PackedKeys,
    PackedMouseButtons, PackedMouseMotion, PackedMouseScroll, PackedName, PackedSprite, PackedText,
    PackedText2d, PackedTransform, PackedVisibility, PackedWindow, SchemaLayout,
};

/// The files below a folder whose names end like this.
fn sources(folder: &Path, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of guests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(text(path));
        }
    }
    found
}

fn text(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of code in a cell; a bar inside of a cell is escaped.
fn lines(cell: &str) -> Vec<String> {
    let Some(cell) = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) else {
        return Vec::new();
    };
    cell.split("`<br>`").map(str::to_owned).collect()
}

/// Whether the lines stand in the file in this order.
fn has(file: &str, shown: &[String]) -> bool {
    let mut rest = file;
    shown.iter().all(|line| rest.split_once(line.as_str()).map(|(_, after)| rest = after).is_some())
}

/// Verifies that the lines of the documentation's tables of features are those of guests: each cell's stand in this
/// order in one file of its language.
#[test]
fn the_documentation_shows_lines_of_the_guests() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = text(package.join("../guest-api/README.md"));
    let guests = package.join("guests");
    let [rust, zig, wat] = ["rs", "zig", "wat"].map(|ending| sources(&guests, ending));
    let (_, section) = readme.split_once("\n## What a system can ask for\n").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("another section after it");
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| what |");
    let mut shown_in_wat = 0;
    let mut features = Vec::new();
    for row in section.lines().filter(is_row) {
        let row = row.replace("\\|", "\u{1}");
        let cells: Vec<String> =
            row.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        let [feature, cells @ ..] = cells.as_slice() else { panic!("{row} has no cells") };
        assert_eq!(cells.len(), 3, "{feature}");
        for (cell, files) in cells.iter().zip([&rust, &zig, &wat]) {
            let shown = lines(cell);
            let is_wat = files.as_ptr() == wat.as_ptr();
            shown_in_wat += usize::from(is_wat && !shown.is_empty());
            assert!(is_wat || !shown.is_empty(), "{feature} is not shown in Rust or not in Zig");
            assert!(shown.len() <= 5, "{feature}: {cell}");
            assert!(files.iter().any(|file| has(file, &shown)), "{feature}: no guest has {cell}");
        }
        features.push(feature.clone());
    }
    assert!(features.len() > 60, "only {} features are found", features.len());
    assert!(shown_in_wat > 30, "only {shown_in_wat} features are found in WAT");
}

/// Verifies that the detector detects: other lines, and the right ones in another order.
#[test]
fn lines_that_no_guest_has_are_found() {
    let shown = lines("`let a = 1;`<br>`let b = 2;`");
    assert!(has("let a = 1;\n    let b = 2;\n", &shown));
    assert!(!has("let b = 2;\nlet a = 1;\n", &shown));
    assert!(!has("let a = 1;\n", &shown));
    assert!(lines("").is_empty());
}

/// The beginning of a row of the documentation's table of what the plugin brings: name, bytes, fields with offsets.
fn row_of(layout: &SchemaLayout) -> String {
    let SchemaLayout { name, byte_size, align, fields, .. } = layout;
    let text = layout.to_string();
    let (_, shown) = text.split_once(" { ").expect("fields or values");
    let shown = shown.trim_end_matches(" }").split(", ");
    let cell: Vec<String> = if fields.is_empty() {
        shown.map(|value| format!("`{value}`")).collect()
    } else {
        shown.zip(fields).map(|(shown, field)| format!("`{shown}` {}", field.offset)).collect()
    };
    format!("| `{name}` | {byte_size}, {align} | {} |", cell.join(", "))
}

/// Verifies that the documentation tells the layouts of what the plugin brings.
#[test]
fn the_documentation_tells_layouts_of_what_the_plugin_brings() {
    let readme = text(Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-api/README.md"));
    let missing: Vec<String> = [
        SchemaLayout::of::<PackedTransform>(),
        SchemaLayout::of::<PackedGlobalTransform>(),
        SchemaLayout::of::<PackedName>(),
        SchemaLayout::of::<PackedChildOf>(),
        SchemaLayout::of::<PackedChildren>(),
        SchemaLayout::of::<PackedGamepad>(),
        SchemaLayout::of::<PackedSprite>(),
        SchemaLayout::of::<PackedText2d>(),
        SchemaLayout::of::<PackedVisibility>(),
        SchemaLayout::of::<PackedText>(),
        SchemaLayout::of::<PackedWindow>(),
        SchemaLayout::of::<PackedClock>(),
        SchemaLayout::of::<PackedKeys>(),
        SchemaLayout::of::<PackedMouseButtons>(),
        SchemaLayout::of::<PackedMouseMotion>(),
        SchemaLayout::of::<PackedMouseScroll>(),
    ]
    .iter()
    .map(row_of)
    .filter(|row| !readme.contains(row))
    .collect();
    assert!(missing.is_empty(), "guest-api/README.md lacks these rows:\n{}", missing.join("\n"));
}
