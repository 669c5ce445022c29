//! What the scripts cost: the profile of a game, and the record that the scripts are held against.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bevy_peristyle::{Scripts, state_hash};
use clap::Parser;

use super::{committed_game, play_to};
use crate::arguments::Arguments;
use crate::error::GameError;
use crate::headless;
use crate::profile::{self, Profiles};

/// The committed record.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/fuel.toml");

/// Verifies that a profile has all fuel of all modules, that of suspended calls included, and changes nothing.
#[test]
fn a_profile_has_all_fuel_and_changes_nothing() {
    const TICKS: u64 = 120;
    let mut plain = committed_game();
    play_to(&mut plain, TICKS);
    let mut profiled = committed_game();
    profile::begin(profiled.world_mut(), TICKS);
    play_to(&mut profiled, TICKS);
    assert_eq!(state_hash(profiled.world_mut()).unwrap(), state_hash(plain.world_mut()).unwrap());

    let mut of_modules = BTreeMap::new();
    for module in plain.world().resource::<Scripts>().iter() {
        let fuel: u64 = module.systems.iter().map(|system| system.stats.fuel_total).sum();
        of_modules.insert(module.name.clone(), fuel);
    }
    let profiles = Profiles::of(profiled.world_mut()).unwrap();
    assert_eq!(profiles.tables.len(), of_modules.len());
    let mut of_stacks = BTreeMap::<String, u64>::new();
    for line in profiles.folded.lines() {
        let (stack, fuel) = line.rsplit_once(' ').unwrap();
        let module = stack.split(';').next().unwrap();
        *of_stacks.entry(module.to_owned()).or_default() += fuel.parse::<u64>().unwrap();
    }
    assert_eq!(of_stacks, of_modules);
    assert!(profiles.folded.contains("planner;plan_tour;"), "{}", profiles.folded);
}

#[test]
fn a_game_that_ends_early_has_no_profile() {
    let mut app = committed_game();
    profile::begin(app.world_mut(), 50);
    play_to(&mut app, 40);
    assert!(matches!(Profiles::of(app.world_mut()), Err(GameError::NotProfiled)));
}

fn fuel_check(options: &[&str], file: &Path) -> Result<(), GameError> {
    let line = ["game", "--quiet", "--fuel-check", file.to_str().unwrap()];
    headless::play(&Arguments::parse_from(line.iter().chain(options))).map(|_| ())
}

/// Verifies that no script costs more than its author knows of.
#[test]
fn the_scripts_cost_what_is_recorded() {
    fuel_check(&[], Path::new(RECORD)).unwrap();
}

#[test]
fn a_record_that_is_blessed_is_met_and_one_below_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fuel.toml");
    fuel_check(&["--bless", "--ticks", "20", "--drones", "5"], &file).unwrap();
    fuel_check(&[], &file).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# ") && text.contains("ticks = 20\nseed = 7\ndrones = 5\n"), "{text}");

    let fewer = text.replace("\"wind::blow\" = ", "\"wind::blow\" = 1 # ");
    fs::write(&file, fewer.replace("margin_percent = 5.0", "margin_percent = 2.5")).unwrap();
    let error = fuel_check(&[], &file).unwrap_err();
    assert!(matches!(error, GameError::FuelPastMargin { margin_percent: 2.5, .. }), "{error}");
    fuel_check(&["--bless"], &file).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), text.replace("5.0", "2.5"));
}
