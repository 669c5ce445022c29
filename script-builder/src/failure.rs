//! What a compiler said, and the place that it says first.

use std::fmt;
use std::path::{MAIN_SEPARATOR, Path};

use crate::error::Error;
use crate::recipe::Script;

/// A script that was not built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailure {
    /// The script's name.
    pub script: String,
    /// The file of the first error, from the project's folder, where the compiler names one.
    pub file: Option<String>,
    /// Its line.
    pub line: Option<u32>,
    /// Its column.
    pub column: Option<u32>,
    /// What is wrong, in one line.
    pub message: String,
    /// All that the compiler said.
    pub text: String,
    /// Whether it is the machine that lacks a compiler, and not the source that is wrong.
    pub is_missing_toolchain: bool,
}

impl BuildFailure {
    /// What `error` says about the script of a project in the folder `root`.
    pub fn new(script: &Script, root: &Path, error: &Error) -> Self {
        let text = error.to_string().replace(&format!("{}{MAIN_SEPARATOR}", root.display()), "");
        let place = if error.is_missing_toolchain() { None } else { first_place(&text) };
        let message = first_message(&text);
        Self {
            script: script.name.clone(),
            file: place.as_ref().map(|place| from_root(root, &script.folder, place.file)),
            line: place.as_ref().map(|place| place.line),
            column: place.as_ref().and_then(|place| place.column),
            message,
            is_missing_toolchain: error.is_missing_toolchain(),
            text,
        }
    }
}

impl fmt::Display for BuildFailure {
    /// The place and what is wrong there, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line, self.column) {
            (Some(file), Some(line), Some(column)) => write!(f, "{file}:{line}:{column}: {}", self.message),
            (Some(file), Some(line), None) => write!(f, "{file}:{line}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

/// The file by its path from `root`: cargo names files from the folder of their workspace.
fn from_root(root: &Path, folder: &Path, file: &str) -> String {
    if root.join(file).is_file() {
        return file.to_owned();
    }
    let candidates = folder.ancestors().map(|folder| folder.join(file));
    let found = candidates.into_iter().find(|candidate| root.join(candidate).is_file());
    found.map_or_else(|| file.to_owned(), |found| found.to_string_lossy().replace(MAIN_SEPARATOR, "/"))
}

struct Place<'a> {
    file: &'a str,
    line: u32,
    column: Option<u32>,
}

/// Whether a line of a compiler's tells of an error. Warnings and notes come before and after.
fn tells_of_error(line: &str) -> bool {
    line.starts_with("error") || line.contains(": error:") || line.contains(": fatal error:")
}

/// The first place at or after the first error; or else the first place at all.
fn first_place(text: &str) -> Option<Place<'_>> {
    let after_error = text.lines().skip_while(|line| !tells_of_error(line)).find_map(place);
    after_error.or_else(|| text.lines().find_map(place))
}

/// `file:line:column` or `file:line` at the beginning of a line, after an arrow where there is one.
fn place(line: &str) -> Option<Place<'_>> {
    let line = line.trim_start().trim_start_matches("--> ");
    let mut from = 0;
    loop {
        let colon = from + line.get(from..)?.find(':')?;
        from = colon + 1;
        let (number, rest) = digits(&line[from..]);
        let Some(found) = number else { continue };
        let file = &line[..colon];
        // Not the time of day, and not a number in a sentence.
        if file.is_empty() || !file.contains('.') || file.contains(": ") {
            return None;
        }
        let column = rest.strip_prefix(':').and_then(|rest| digits(rest).0);
        return Some(Place { file, line: found, column });
    }
}

/// The number at the beginning of `text`, and what follows it.
fn digits(text: &str) -> (Option<u32>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].parse().ok(), &text[end..])
}

/// What the first error says.
fn first_message(text: &str) -> String {
    let line = text.lines().find(|line| tells_of_error(line));
    let line = line.or_else(|| text.lines().find(|line| !line.trim().is_empty())).unwrap_or_default();
    let message = match line.split_once("error: ") {
        Some((_, message)) => message,
        // rustc: `error[E0425]: cannot find …`.
        None if line.starts_with("error[") => line.split_once("]: ").map_or(line, |(_, message)| message),
        None => line,
    };
    message.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    fn failure(text: &str) -> BuildFailure {
        BuildFailure::new(&wind(), Path::new("/clone"), &Error::Compiler { text: text.to_owned() })
    }

    fn wind() -> Script {
        Script {
            name: "wind".to_owned(),
            recipe: Recipe::Rust,
            folder: "scripts/wind".into(),
            module: "assets/wind.wasm".into(),
            zig_modules: Vec::new(),
        }
    }

    #[test]
    fn files_are_named_from_the_projects_folder() {
        let root = tempfile::tempdir().unwrap();
        let source = root.path().join("scripts/wind/src/lib.rs");
        std::fs::create_dir_all(source.parent().unwrap()).unwrap();
        std::fs::write(source, "").unwrap();
        for text in ["error: no\n --> wind/src/lib.rs:9:25", "error: no\n --> scripts/wind/src/lib.rs:9:25"] {
            let failure = BuildFailure::new(&wind(), root.path(), &Error::Compiler { text: text.to_owned() });
            assert_eq!(failure.to_string(), "scripts/wind/src/lib.rs:9:25: no");
        }
    }

    #[test]
    fn every_compiler_names_its_place() {
        let zig = "scripts/wind/wind.zig:67:12: error: expected type 'f32'\n    return v;\n           ^\nscripts/wind/wind.zig:3:1: note: here";
        assert_eq!(failure(zig).to_string(), "scripts/wind/wind.zig:67:12: expected type 'f32'");
        let rust = "warning: unused\n --> /clone/scripts/wind/src/a.rs:1:1\n\nerror[E0425]: cannot find value `x`\n  --> /clone/scripts/wind/src/lib.rs:41:17\n   |\n";
        assert_eq!(failure(rust).to_string(), "scripts/wind/src/lib.rs:41:17: cannot find value `x`");
        let c = "wind.c:3:4: warning: unused\nwind.c:9:2: error: use of undeclared identifier 'y'\n";
        assert_eq!(failure(c).to_string(), "wind.c:9:2: use of undeclared identifier 'y'");
        let wat = "unknown operator\n     --> /clone/scripts/wind/wind.wat:2:9\n      |\n";
        assert_eq!(failure(wat).to_string(), "scripts/wind/wind.wat:2:9: unknown operator");
        assert!(!failure(wat).text.contains("/clone/"));
    }

    #[test]
    fn an_error_without_a_place_is_told_all_the_same() {
        let cargo = "error: failed to parse manifest\n\nCaused by: it is 12:30:15";
        let found = failure(cargo);
        assert_eq!((found.file.as_deref(), found.to_string().as_str()), (None, "failed to parse manifest"));
        let missing = Error::ZigMissing { version: "0.16.0" };
        let found = BuildFailure::new(&wind(), Path::new("/clone"), &missing);
        assert!(found.is_missing_toolchain && found.file.is_none(), "{found:?}");
        assert!(found.message.contains("pip install ziglang==0.16.0"), "{found}");
    }

    #[test]
    fn a_drive_is_no_line() {
        let found = failure("C:\\game\\wind.zig:6:1: error: no");
        assert_eq!((found.file.as_deref(), found.line), (Some("C:\\game\\wind.zig"), Some(6)));
    }
}
