//! Both languages come to the same state from the recorded keys: the one on record, in every run
//! and on any number of threads.
//!
//! The game runs as a program of its own, since Bevy makes its threads once in a program.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The last line of a game with these arguments.
fn last_line(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = play(arguments);
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().lines().last().unwrap_or_default().to_owned()
}

fn play(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakout"));
    command.args(["--headless", "--quiet", "--assets"]).arg(clone().join("assets")).args(arguments);
    command.output().unwrap()
}

fn clone() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The first ticks and hash on record; the whole recording is for `cargo xtask test breakout`.
fn golden() -> (String, String) {
    let text = std::fs::read_to_string(clone().join("tests/golden/breakout.txt")).unwrap();
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let (ticks, hash) = line.split_once(' ').unwrap();
    (ticks.to_owned(), format!("state-hash {hash}"))
}

/// Verifies that neither the language nor the number of threads nor the run shows in the state.
#[test]
fn both_languages_end_in_the_golden_state() {
    let (ticks, golden) = golden();
    for lang in ["zig", "rust"] {
        for threads in ["1", "4", "4"] {
            let found = last_line(&["--lang", lang, "--threads", threads, "--ticks", &ticks]);
            assert_eq!(found, golden, "{lang} on {threads} threads; see tests/golden/breakout.txt");
        }
    }
}

/// Verifies that what a player does is recorded, and that the recording plays the same game.
#[test]
fn a_recorded_game_is_played_again() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("recorded.txt");
    let path = path.to_str().unwrap();
    let played = last_line(&["--bot", "--ticks", "600", "--record", path]);
    assert_eq!(last_line(&["--replay", path]), played);
    assert_ne!(last_line(&["--replay", path, "--ticks", "599"]), played);
}

/// Verifies that a mistake is named and ends the game with an error.
#[test]
fn a_recording_that_means_nothing_is_refused() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nonsense.txt");
    std::fs::write(&path, "1 Space\n5 Jump\n").unwrap();
    let Output { status, stderr, .. } = play(&["--replay", path.to_str().unwrap()]);
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains("nonsense.txt") && stderr.contains("line 2: there is no key `Jump`"), "{stderr}");
}
