//! What the game permits modules, checked when they are loaded and when they command.

use bevy_peristyle::abi::CommandKind;
use bevy_peristyle::{Fault, ModuleStatus, PeristylePlugin, Permission, Schema, ScriptPolicy};
use peristyle_tests::components::{Counter, Score, Wide};
use peristyle_tests::{Game, Guest, System, entities, insert, read, write};

fn game(policy: ScriptPolicy, guest: &Guest) -> Game {
    let game = Game::with_plugin(PeristylePlugin { watch: true, ..PeristylePlugin::default() });
    std::fs::create_dir_all(game.path("mods")).expect("the temporary folder can be written");
    game.policy("mods/", policy).script("mods/mod.wasm", guest.to_wasm()).start()
}

/// A component that the module `mod` may call its own.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "mod::Mark")]
struct Mark {
    number: u32,
}

fn reason(policy: ScriptPolicy, guest: &Guest) -> Option<String> {
    let game = game(policy, guest);
    match &game.module("mod").status {
        ModuleStatus::Failed { reason } => Some(reason.clone()),
        _ => None,
    }
}

/// Verifies that a module that asks for more is refused with a list, and that with each thing permitted it is less.
#[test]
fn what_is_not_permitted_is_listed() {
    let guest = Guest::new()
        .system(System::new("look", "").query([read::<Counter>(), write::<Wide>()]))
        .system(System::new("give", "").query([entities(), read::<Counter>()]).commands([insert::<Mark>()]));
    let all = "read `Counter`, write `Wide`, use commands, insert and remove `mod::Mark`, define the component `mod::Mark`";
    let told = reason(ScriptPolicy::nothing(), &guest).expect("it is refused");
    assert_eq!(told, format!("it wants to {all}, which the game's policy for `mods/` does not permit"));
    let told = reason(ScriptPolicy::nothing().read("Wide").write("Counter"), &guest).expect("it is refused");
    assert!(told.starts_with("it wants to write `Wide`, use commands"), "{told}");
    let policy = ScriptPolicy::nothing().read("Counter").write("Wide").command(CommandKind::Insert);
    let told = reason(policy.clone(), &guest).expect("it is refused");
    assert!(told.starts_with("it wants to insert and remove `mod::Mark`, define"), "{told}");
    assert_eq!(reason(policy.define_own_components(), &guest), None);
    assert_eq!(reason(ScriptPolicy::default(), &guest), None);
}

/// Verifies that what resources a module may read or write is asked as well.
#[test]
fn resources_are_permitted_by_name() {
    let guest = Guest::new().system(System::new("look", "").resource(write::<Score>()));
    let told = reason(ScriptPolicy::nothing(), &guest).expect("it is refused");
    assert!(told.starts_with("it wants to write the resource `Score`"), "{told}");
    let policy = ScriptPolicy::nothing().permit(Permission::WriteResource("Score".to_owned()));
    assert_eq!(reason(policy, &guest), None);
}

/// Verifies that an update that asks for more is refused, says so, and leaves the last good version.
#[test]
fn an_update_that_asks_for_more_is_refused() {
    let counts = || Guest::new().system(System::increments("set", [write::<Counter>()]));
    let mut game = game(ScriptPolicy::nothing().write("Counter"), &counts());
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.module("mod").permissions, [Permission::Write("Counter".to_owned())]);
    game.write("mods/mod.wasm", counts().system(System::increments("more", [write::<Wide>()])).to_wasm());
    game.step_until("it is refused", |game| game.module("mod").last_error.is_some());
    let told = game.module("mod").last_error.clone().unwrap_or_default();
    assert_eq!(
        told,
        "it wants to write `Wide`, which the game's policy for `mods/` does not permit; the version that runs does not \
         ask for that"
    );
    let before = game.get::<Counter>(counter).value;
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, before + 1);
}

/// Verifies that a kind of commands that is not permitted is a fault, and others are done.
#[test]
fn commands_are_permitted_by_kind() {
    // Despawns the first entity.
    let body = "(if (call $rows (local.get $frame) (i32.const 0)) (then
        (drop (call $record (local.get $frame) (i32.const 2)
            (i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
            (i32.const 0) (i32.const 0)))))";
    let guest =
        Guest::new().system(System::new("set", body).query([entities(), read::<Counter>()]).commands([]));
    for (kind, goes) in [(CommandKind::Spawn, false), (CommandKind::Despawn, true)] {
        let mut game = game(ScriptPolicy::nothing().read("Counter").command(kind), &guest);
        let entity = game.spawn(Counter { value: 0 });
        game.step();
        assert_eq!(game.world().get_entity(entity).is_err(), goes, "{kind}");
        if !goes {
            let Fault::BadCommand { command, problem, .. } = game.fault("mod", "set") else { panic!() };
            assert_eq!(command, "despawn");
            assert!(problem.contains("policy does not permit"), "{problem}");
        }
    }
}

/// Verifies that fuel and memory have the policy's limits.
#[test]
fn fuel_and_memory_have_the_policys_limits() {
    let policy = ScriptPolicy::default().fuel_per_call(500).fuel_per_row(0);
    let guest = Guest::new().system(System::new("set", "(loop $l (br $l))").query([read::<Counter>()]));
    let mut game = game(policy, &guest);
    game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.system("mod", "set").stats.fuel_budget, 500);
    let policy = ScriptPolicy::default().memory_pages(1);
    let told = reason(policy, &guest.extra("(data (i32.const 100000) \"x\")")).unwrap_or_default();
    assert!(told.contains("memory"), "{told}");
}
