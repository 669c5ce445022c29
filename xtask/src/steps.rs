//! The steps of `cargo xtask test`, cheapest first.

use std::fs;
use std::path::Path;
use std::process::Command;

use peristyle_script_builder::process::{line, output, run, stdout};
use peristyle_script_builder::{Project, Recipe, RustWasm, Toolchains};

use crate::breakout::{self, LANGUAGES};
use crate::check::check;
use crate::error::Error;
use crate::game::{Case, Golden, Options, command, parse_golden, state_hash};
use crate::recipe::{Script, Set, all_scripts};
use crate::test::Outcome;

/// The hashes that the example game must end at.
const GOLDEN_FILE: &str = "tests/golden/state-hash.txt";

/// What the plugin's refusal of an unsafe dev profile tells the user to write.
const PROFILE_LINE: &str = "[profile.dev.package.wasmi]";

/// One thing that must pass.
#[derive(Debug)]
pub struct Step {
    /// Its name on the command line and in the closing table.
    pub name: &'static str,
    /// What it looks at.
    pub about: &'static str,
    /// Looks.
    pub run: fn(&Project, &Toolchains) -> Result<Outcome, Error>,
}

/// All steps in their order.
pub const STEPS: &[Step] = &[
    Step { name: "format", about: "cargo fmt of the workspace and of the guests", run: format },
    Step { name: "format-zig", about: "zig fmt of the guest library and the guests", run: format_zig },
    Step { name: "clippy", about: "no warnings in any target", run: clippy },
    Step {
        name: "guests-exact",
        about: "Zig and WAT sources build to the committed bytes",
        run: guests_exact,
    },
    Step {
        name: "guests-rust",
        about: "Rust sources build, and play the committed modules' game",
        run: guests_rust,
    },
    Step { name: "test", about: "unit, integration and documentation tests", run: test },
    Step { name: "doc", about: "documentation without warnings", run: doc },
    Step { name: "game-dev-1", about: "golden hash, dev profile, 1 thread", run: |p, _| game(p, false, 1) },
    Step { name: "game-dev-4", about: "golden hash, dev profile, 4 threads", run: |p, _| game(p, false, 4) },
    Step {
        name: "breakout",
        about: "golden hash of Breakout in Zig and in Rust, 1 and 4 threads",
        run: |p, _| breakout::check_golden(p).map(|()| Outcome::Passed),
    },
    Step {
        name: "game-release-1",
        about: "golden hash, release profile, 1 thread",
        run: |p, _| game(p, true, 1),
    },
    Step {
        name: "game-release-4",
        about: "golden hash, release profile, 4 threads",
        run: |p, _| game(p, true, 4),
    },
    Step {
        name: "live",
        about: "sources that are saved during play are built, by Zig and by cargo, and run",
        run: live,
    },
    Step {
        name: "engines",
        about: "the same fuel, faults and hashes on the interpreter, on the compiler and from one to the other",
        run: engines,
    },
    Step {
        name: "window",
        about: "the drone game's tests with its window, and pictures at the hashes of the headless games",
        run: window,
    },
    Step {
        name: "dev-profile",
        about: "the plugin refuses a dev profile that would overflow the stack",
        run: dev_profile,
    },
];

fn format(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    run(&mut project.cargo(&["fmt", "--all", "--check"]))?;
    for set in Set::ALL {
        let manifest = format!("{}/Cargo.toml", set.sources());
        if project.root.join(&manifest).is_file() {
            run(&mut project.cargo(&["fmt", "--all", "--check", "--manifest-path", &manifest]))?;
        }
    }
    Ok(Outcome::Passed)
}

fn format_zig(project: &Project, toolchains: &Toolchains) -> Result<Outcome, Error> {
    let folders = ["guest-api/zig"].into_iter().chain(Set::ALL.map(Set::sources));
    let mut command = toolchains.zig()?.call(&["fmt", "--check"]);
    command.args(folders.filter(|folder| project.root.join(folder).is_dir()));
    run(&mut command)?;
    Ok(Outcome::Passed)
}

fn clippy(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    run(&mut project.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    Ok(Outcome::Passed)
}

fn guests_exact(project: &Project, toolchains: &Toolchains) -> Result<Outcome, Error> {
    guests(project, toolchains, |script| script.source.recipe != Recipe::Rust)
}

fn guests_rust(project: &Project, toolchains: &Toolchains) -> Result<Outcome, Error> {
    guests(project, toolchains, |script| script.source.recipe == Recipe::Rust)
}

fn guests(project: &Project, toolchains: &Toolchains, wanted: fn(&Script) -> bool) -> Result<Outcome, Error> {
    let scripts: Vec<Script> = all_scripts(&project.root)?.into_iter().filter(wanted).collect();
    if scripts.is_empty() {
        return Ok(Outcome::Skipped { why: "there is no such script".to_owned() });
    }
    Ok(match check(project, toolchains, &scripts)? {
        Some(why) => Outcome::Skipped { why },
        None => Outcome::Passed,
    })
}

fn test(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    // The games without their windows: a small part of Bevy.
    let games = ["example-game", "breakout"];
    run(project
        .cargo(&["test", "--workspace", "--locked"])
        .args(games.map(|game| ["--exclude", game]).as_flattened()))?;
    let mut of_games = project.cargo(&["test", "--no-default-features", "--locked"]);
    run(of_games.args(games.map(|game| ["--package", game]).as_flattened()))?;
    Ok(Outcome::Passed)
}

/// Saves sources while games play; the tests find the compilers that are installed here.
fn live(project: &Project, toolchains: &Toolchains) -> Result<Outcome, Error> {
    toolchains.zig()?;
    let zig =
        ["test", "--package", "peristyle-tests", "--features", "compilers", "--locked", "--test", "it", "--"];
    let mut command = project.cargo(&zig);
    command.arg("live::");
    let missing = match toolchains.rust_wasm()? {
        RustWasm::Missing { why } => {
            command.args(["--skip", "live::compilers::rust"]);
            Some(why.clone())
        }
        _ => None,
    };
    run(&mut command)?;
    Ok(missing.map_or(Outcome::Passed, |why| Outcome::Skipped { why }))
}

fn doc(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    run(project.cargo(&["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

fn game(project: &Project, release: bool, threads: u32) -> Result<Outcome, Error> {
    golden(project, &Options { release, threads: Some(threads), ..Options::default() })
}

/// Compares engines: fuel and state of metered modules, and of the games that one of them, or one after the
/// other, runs.
fn engines(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    run(&mut fuel_check(project, false))?;
    let compared = ["test", "--package", "peristyle-metering-differential", "--features", "jit", "--locked"];
    run(&mut project.cargo(&compared))?;
    let jit = ["test", "--package", "peristyle-tests", "--features", "jit", "--locked", "--test", "it", "--"];
    run(project.cargo(&jit).args(["engines", "places"]))?;
    const CASES: [&[&str]; 3] = [
        &["--engine", "compiler"],
        &["--engine", "interpreter", "--switch-at", "200"],
        &["--engine", "compiler", "--switch-at", "300"],
    ];
    for engine in CASES {
        println!("{}", engine.join(" "));
        golden(project, &Options { threads: Some(4), engine: Some(engine), ..Options::default() })?;
    }
    Ok(Outcome::Passed)
}

/// The call that compares fuel and state on all engines.
pub fn fuel_check(project: &Project, bless: bool) -> Command {
    let mut check =
        project.cargo(&["run", "--quiet", "--locked", "--package", "peristyle-metering-differential"]);
    check.args(["--features", "jit", "--bin", "fuel-check"]);
    if bless {
        check.args(["--", "--bless"]);
    }
    check
}

/// Plays the games whose hashes are promised.
fn golden(project: &Project, options: &Options) -> Result<Outcome, Error> {
    let path = project.root.join(GOLDEN_FILE);
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    for Golden { case, hash, line: golden_line } in parse_golden(Path::new(GOLDEN_FILE), &text)? {
        let found = state_hash(project, case, options)?;
        if found != hash {
            return Err(Error::GoldenMismatch {
                command: line(&command(project, case, options)),
                found,
                expected: hash,
                path: GOLDEN_FILE.into(),
                line: golden_line,
            });
        }
        println!("{} ticks, seed {}, {} drones: state-hash {found}", case.ticks, case.seed, case.drones);
    }
    Ok(Outcome::Passed)
}

/// Plays in windows on a screen that nobody sees, and looks at the pictures that the games take.
fn window(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    run(&mut project.cargo(&["test", "--package", "example-game", "--locked"]))?;
    if !on_path("xvfb-run") {
        let why = "xvfb-run is not installed (Debian: xvfb xauth mesa-vulkan-drivers libvulkan1 \
                   libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2)";
        return Ok(Outcome::Skipped { why: why.to_owned() });
    }
    let ticks = 120;
    let drones = state_hash(project, Case { ticks, seed: 7, drones: 200 }, &Options::default())?;
    let [lang, _] = LANGUAGES;
    let bricks = breakout::Game { lang, ticks, threads: None, assets: None }.state_hash(project)?;
    // After the games without a window, which are built to the same place.
    run(&mut project.cargo(&["build", "--quiet", "-p", "example-game", "-p", "breakout", "--locked"]))?;
    let drones_arguments = ["--at", "120", "--seed", "7", "--drones", "200"];
    // One color all over packs into a few kilobytes.
    take_picture(project, "example-game", &drones_arguments, 50_000, drones)?;
    take_picture(project, "breakout", &["--at", "120", "--lang", lang], 15_000, bricks)?;
    Ok(Outcome::Passed)
}

/// Has the game of a package take a picture, which must have that many bytes at least and the state
/// hash that the game has without a window.
fn take_picture(
    project: &Project,
    package: &str,
    arguments: &[&str],
    least: usize,
    headless: String,
) -> Result<(), Error> {
    let picture = project.target_dir.join(format!("{package}.png"));
    // A picture of an earlier run must not be taken for this one's.
    if picture.exists() {
        fs::remove_file(&picture).map_err(Error::file(&picture))?;
    }
    let mut command = Command::new("xvfb-run");
    command.args(["-a", "-s", "-screen 0 1280x720x24"]).arg(project.target_dir.join("debug").join(package));
    command.arg("--screenshot").arg(&picture).args(arguments);
    command.arg("--assets").arg(project.root.join("assets"));
    let printed = stdout(&mut command)?;
    let bytes = fs::read(&picture).map_err(Error::file(&picture))?;
    let is_drawn = bytes.starts_with(b"\x89PNG") && bytes.len() > least;
    let window = printed.lines().last().unwrap_or_default().trim_start_matches("state-hash ").to_owned();
    if !is_drawn || window != headless {
        return Err(Error::Window { command: line(&command), bytes: bytes.len(), least, window, headless });
    }
    println!("{package} is drawn in {} bytes at state-hash {window}", bytes.len());
    Ok(())
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Builds the engine with debug assertions, as a user's workspace would without our two lines.
fn dev_profile(project: &Project, _: &Toolchains) -> Result<Outcome, Error> {
    let arguments = ["--quiet", "--locked", "--package", "bevy_peristyle", "--example", "dev_profile_trap"];
    let profile = ["--config", "profile.dev.package.wasmi.debug-assertions=true"];
    // On its own first, so that an example that does not compile is not taken for a refusal.
    run(project.cargo(&["build"]).args(arguments).args(profile))?;
    let mut command = project.cargo(&["run"]);
    command.args(arguments).args(profile);
    let result = output(&mut command)?;
    let text = String::from_utf8_lossy(&result.stderr);
    let found = match result.status.code() {
        None | Some(0) => format!("it ended with {}", result.status),
        // Where cargo cannot hand over to the program it reports the program's signal itself.
        Some(_) if text.contains("(signal: ") => "a signal ended it".to_owned(),
        Some(_) if !text.contains(PROFILE_LINE) => format!("stderr is:\n{text}"),
        Some(_) => return Ok(Outcome::Passed),
    };
    Err(Error::ProbeDidNotRefuse { command: line(&command), wanted: PROFILE_LINE, found })
}
