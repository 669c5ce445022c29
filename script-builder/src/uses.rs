//! Which files a script is made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::recipe::{Recipe, Script};

/// Files that a script is made of, with those that it names and that are not there. Paths are in full.
///
/// Of Zig and C what they name is followed. What a Rust script is made of only cargo knows: `dep_info` is where it
/// said so after the last build, and without it these are the files of the script's own folder.
pub fn used_files(project: &Project, script: &Script, dep_info: Option<&Path>) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let main = in_full(&project.root.join(script.main_file()));
    match &script.recipe {
        Recipe::Wat => drop(files.insert(main)),
        Recipe::Zig => follow(main, &mut files, |file, text| zig_imports(project, script, file, text)),
        Recipe::C => follow(main, &mut files, |file, text| c_includes(project, file, text)),
        Recipe::Command(_) => all_below(&main, |_| true, &mut files),
        Recipe::Rust => rust_files(project, script, dep_info, &mut files),
    }
    files
}

/// Whether an editor keeps a file of that name for itself.
pub fn is_temporary(name: &str) -> bool {
    let endings = ["~", ".swp", ".swx", ".tmp", ".new", ".bak", ".orig"];
    // vim tries with a file `4913` whether it may write.
    name.starts_with(['.', '#']) || name == "4913" || endings.iter().any(|ending| name.ends_with(ending))
}

/// Whether a folder of that name holds what is built, and no sources.
pub fn is_no_source(name: &str) -> bool {
    name.starts_with('.') || matches!(name, "target" | "zig-out" | "zig-cache" | "node_modules" | "built")
}

/// The path by the real name of its folder, without `..`: the one that the system's events have.
pub fn in_full(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        // A link that is saved is the file that it leads to.
        return real;
    }
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn follow(main: PathBuf, files: &mut BTreeSet<PathBuf>, named: impl Fn(&Path, &str) -> Vec<PathBuf>) {
    let mut to_read = vec![main];
    while let Some(file) = to_read.pop() {
        if files.insert(file.clone())
            && let Ok(text) = fs::read_to_string(&file)
        {
            to_read.extend(named(&file, &text).iter().map(|path| in_full(path)));
        }
    }
}

/// The texts in quotes right after `word`, outside of line comments.
fn quoted_after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let code = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    code.flat_map(move |line| line.split(word).skip(1)).filter_map(|rest| {
        let (quoted, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(quoted)
    })
}

fn zig_imports(project: &Project, script: &Script, file: &Path, text: &str) -> Vec<PathBuf> {
    let folder = file.parent().unwrap_or(file);
    let imports = quoted_after(text, "@import(").filter_map(|name| {
        if name.ends_with(".zig") || name.ends_with(".zon") {
            return Some(folder.join(name));
        }
        let module = script.zig_modules.iter().find(|module| module.name == name).map(|module| &module.file);
        let library = (name == "peristyle").then_some(&project.libraries.zig);
        Some(project.root.join(module.or(library)?))
    });
    let embedded = quoted_after(text, "@embedFile(").map(|name| folder.join(name));
    imports.chain(embedded).collect()
}

fn c_includes(project: &Project, file: &Path, text: &str) -> Vec<PathBuf> {
    let folders = [file.parent().unwrap_or(file).to_owned(), project.root.join(&project.libraries.c)];
    let names = text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
        let (name, _) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.strip_prefix('<')?.split_once('>')?,
        };
        Some((name, rest.starts_with('"')))
    });
    let found = names.flat_map(|(name, is_quoted)| {
        let candidates = folders.clone().map(|folder| folder.join(name));
        match candidates.iter().find(|path| path.is_file()) {
            Some(path) => vec![path.clone()],
            // It may be made yet; a system's header is nobody's.
            None if is_quoted => candidates.to_vec(),
            None => Vec::new(),
        }
    });
    found.collect()
}

fn rust_files(project: &Project, script: &Script, dep_info: Option<&Path>, files: &mut BTreeSet<PathBuf>) {
    let listed = dep_info.and_then(|file| fs::read_to_string(file).ok());
    match listed {
        Some(text) => files.extend(dependencies(&text).map(|path| in_full(&project.root.join(path)))),
        None => all_below(&project.root.join(&script.folder), is_rust, files),
    }
    // What cargo reads of each package that has a file in it, and of the workspaces above.
    let root = in_full(&project.root);
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .cloned()
        .chain([in_full(&project.root.join(script.main_file()))])
        .flat_map(|file| file.ancestors().skip(1).map(Path::to_owned).collect::<Vec<_>>())
        .filter(|folder| folder.starts_with(&root) && *folder != root)
        .collect();
    for folder in folders {
        let manifests = ["Cargo.toml", "Cargo.lock"].map(|name| folder.join(name));
        files.extend(manifests.into_iter().filter(|file| file.is_file()));
    }
}

fn is_rust(name: &str) -> bool {
    name.ends_with(".rs")
}

/// What stands behind the colon of a dep-info file, where blanks within a path have a backslash before them.
fn dependencies(text: &str) -> impl Iterator<Item = PathBuf> {
    let line = text.lines().next().unwrap_or_default();
    let listed = line.split_once(": ").map_or("", |(_, listed)| listed);
    let (mut paths, mut path) = (Vec::new(), String::new());
    for word in listed.split(' ') {
        match word.strip_suffix('\\') {
            Some(part) => {
                path.push_str(part);
                path.push(' ');
            }
            None => {
                path.push_str(word);
                paths.push(PathBuf::from(std::mem::take(&mut path)));
            }
        }
    }
    paths.into_iter().filter(|path| !path.as_os_str().is_empty())
}

/// Every file below `folder` whose name is `wanted`, except for what is built and what editors keep.
fn all_below(folder: &Path, wanted: impl Fn(&str) -> bool + Copy, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = entry.path();
        if path.is_dir() {
            if !is_no_source(&name) {
                all_below(&path, wanted, files);
            }
        } else if wanted(&name) && !is_temporary(&name) {
            files.insert(in_full(&path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Libraries;
    use crate::recipe::SourceFolder;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
        let folder = crate::recipe::tests::project(files);
        let root = folder.path().canonicalize().unwrap();
        let target_dir = root.join("target");
        (folder, Project { root, target_dir, libraries: Libraries::default() })
    }

    /// The files of a script, from the project's folder.
    fn files(project: &Project, name: &str, dep_info: Option<&Path>) -> Vec<String> {
        let scripts = SourceFolder::new("scripts", "assets").scripts(&project.root).unwrap();
        let script = scripts.iter().find(|script| script.name == name).unwrap();
        let used = used_files(project, script, dep_info);
        let name = |path: &PathBuf| path.strip_prefix(&project.root).unwrap().to_string_lossy().into_owned();
        used.iter().map(name).collect()
    }

    #[test]
    fn zig_imports_are_followed() {
        let (_folder, project) = project(&[
            (
                "scripts/court/court.zig",
                "const p = @import(\"peristyle\");\nconst c = @import( \"components\" );\n\
                 const b = @import(\"ball.zig\"); // @import(\"old.zig\")\nconst s = @import(\"std\");",
            ),
            (
                "scripts/court/ball.zig",
                "const w = @import(\"../shared/wall.zig\"); const t = @embedFile(\"t.bin\");",
            ),
            (
                "scripts/shared/wall.zig",
                "const c = @import(\"../court/court.zig\"); const n = @import(\"new.zig\");",
            ),
            ("scripts/court/unused.zig", ""),
            ("scripts/components.zig", "const p = @import(\"peristyle\");"),
            ("scripts/other/other.zig", ""),
            ("guest-api/zig/peristyle.zig", "pub const field = @import(\"field.zig\");"),
            ("guest-api/zig/field.zig", ""),
            ("guest-api/zig/other.zig", ""),
        ]);
        let expected = [
            "guest-api/zig/field.zig",
            "guest-api/zig/peristyle.zig",
            "scripts/components.zig",
            "scripts/court/ball.zig",
            "scripts/court/court.zig",
            "scripts/court/t.bin",
            "scripts/shared/new.zig",
            "scripts/shared/wall.zig",
        ];
        assert_eq!(files(&project, "court", None), expected);
        assert_eq!(files(&project, "other", None), ["scripts/other/other.zig"]);
    }

    #[test]
    fn c_includes_are_found_beside_the_file_and_in_the_library() {
        let (_folder, project) = project(&[
            (
                "scripts/crane/crane.c",
                "#include \"peristyle.h\"\n# include \"hook.h\"\n#include <stdint.h>\n",
            ),
            ("scripts/crane/hook.h", "#include \"gone.h\""),
            ("guest-api/c/peristyle.h", "#include \"peristyle_schema.h\""),
            ("guest-api/c/peristyle_schema.h", ""),
        ]);
        let expected = [
            "guest-api/c/gone.h",
            "guest-api/c/peristyle.h",
            "guest-api/c/peristyle_schema.h",
            "scripts/crane/crane.c",
            "scripts/crane/gone.h",
            "scripts/crane/hook.h",
        ];
        assert_eq!(files(&project, "crane", None), expected);
    }

    #[test]
    fn cargo_says_what_a_rust_script_is_made_of() {
        let (_folder, project) = project(&[
            ("scripts/Cargo.toml", ""),
            ("scripts/Cargo.lock", ""),
            ("scripts/wind/Cargo.toml", "cdylib"),
            ("scripts/wind/src/lib.rs", ""),
            ("scripts/wind/src/noise.rs", ""),
            ("scripts/wind/target/debug/made.rs", ""),
            ("libraries/my sky/Cargo.toml", ""),
            ("libraries/my sky/src/lib.rs", ""),
        ]);
        let own = [
            "scripts/Cargo.lock",
            "scripts/Cargo.toml",
            "scripts/wind/Cargo.toml",
            "scripts/wind/src/lib.rs",
        ];
        let mut expected = own.to_vec();
        expected.push("scripts/wind/src/noise.rs");
        assert_eq!(files(&project, "wind", None), expected);

        let listed = project.root.join("wind.d");
        let root = project.root.display();
        let text = format!(
            "{root}/t/wind.wasm: {root}/scripts/wind/src/lib.rs {root}/libraries/my\\ sky/src/lib.rs\n"
        );
        fs::write(&listed, text).unwrap();
        let mut expected = vec!["libraries/my sky/Cargo.toml", "libraries/my sky/src/lib.rs"];
        expected.extend(own);
        assert_eq!(files(&project, "wind", Some(&listed)), expected);
    }

    #[test]
    fn what_editors_keep_is_no_source() {
        for name in [".wind.zig.swp", "wind.zig~", "#wind.zig#", ".#wind.zig", "4913", "wind.wasm.new"] {
            assert!(is_temporary(name), "{name}");
        }
        assert!(!is_temporary("wind.zig") && !is_temporary("new.zig"));
    }
}
