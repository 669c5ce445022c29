//! Strings and lists: mapped, written, compared by what they cover, and never trusted.

mod guests;
mod random;

use bevy::prelude::*;
use bevy_peristyle::abi::TermKind;
use bevy_peristyle::{Limits, Mirror, PeristyleAppExt, PeristylePlugin, Schema, SchemaLayout, state_hash};
use peristyle_tests::components::{Counter, StableId};
use peristyle_tests::{Game, Guest, System, Term, optional_write, read, with, write};

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
enum Tone {
    #[default]
    Calm,
    Loud = 7,
}

#[derive(Mirror, Clone, Debug, PartialEq, Default)]
struct Mark {
    label: String,
    value: u32,
}

/// 48 bytes packed: title 0, marks 8, lines 16, note 24, tones 36, size 44.
#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Sign {
    title: String,
    marks: Vec<Mark>,
    lines: Vec<String>,
    note: Option<String>,
    tones: Vec<Tone>,
    size: f32,
}

#[derive(Resource, Mirror, Clone, Debug, PartialEq, Default)]
struct Motto {
    text: String,
    count: u32,
}

#[derive(Resource, Default)]
struct Seen(usize);

fn sign() -> Sign {
    Sign {
        title: "Pad é".to_owned(),
        marks: vec![
            Mark { label: "first".to_owned(), value: 1 },
            Mark { label: String::new(), value: 2 },
            Mark { label: "third, and longer".to_owned(), value: 3 },
        ],
        lines: vec!["a".to_owned(), "bc".to_owned()],
        note: Some("hello".to_owned()),
        tones: vec![Tone::Loud, Tone::Calm],
        size: 2.0,
    }
}

/// A game with a script that runs `body` over all signs; the module has `data` at 65,536.
fn game(body: &str, data: &str) -> Game {
    let system = System::new("write", body).query([write::<PackedSign>()]);
    let guest = Guest::new().system(system).extra(&format!("(data (i32.const 65536) \"{data}\")"));
    let plugin = PeristylePlugin {
        watch: false,
        limits: Limits { slice_bytes_max: 4096, ..Limits::default() },
        ..PeristylePlugin::default()
    };
    let mut game = Game::with_plugin(plugin);
    game.app
        .register_script_mirror::<Sign>()
        .init_resource::<Seen>()
        .add_systems(Update, |changed: Query<(), Changed<Sign>>, mut seen: ResMut<Seen>| {
            seen.0 = changed.iter().count()
        });
    game.script("guest.wasm", guest.to_wasm()).start()
}

/// What a sign becomes by `body`, and the fault.
fn after(body: &str, data: &str) -> (Sign, String) {
    let mut game = game(body, data);
    let entity = game.world().spawn(sign()).id();
    game.step();
    let fault = game.system("guest", "write").stats.last_fault.as_ref().map(ToString::to_string);
    (game.world().get::<Sign>(entity).expect("a sign").clone(), fault.unwrap_or_default())
}

/// WAT that has the slice at `offset` of row 0 cover `len` items at `address`.
fn point(offset: u32, address: u32, len: u32) -> String {
    format!(
        "(i32.store offset={offset} (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const {address}))
         (i32.store offset={} (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const {len}))",
        offset + 4
    )
}

/// Verifies the layout that scripts see.
#[test]
fn a_mirror_has_the_fields_of_its_struct() {
    let schema = SchemaLayout::of::<PackedSign>();
    assert_eq!(
        schema.to_string(),
        "Sign { title: string, marks: []Mark, lines: []string, note: ?string, tones: []Tone, size: f32 }"
    );
    assert_eq!((schema.byte_size, schema.align), (48, 4));
}

/// Verifies that texts lie where their slices say, and that a guest which stores nothing changes nothing.
#[test]
fn what_a_guest_leaves_alone_does_not_change() {
    // Traps unless the title begins with `P`, the third mark's label with `t`, and the second line with `b`.
    let check = |at: &str, byte: char| {
        format!("(if (i32.ne (i32.load8_u {at}) (i32.const {})) (then unreachable))", u32::from(byte))
    };
    let column = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let body = [
        check(&format!("(i32.load {column})"), 'P'),
        check(&format!("(i32.load offset=24 (i32.load offset=8 {column}))"), 't'),
        check(&format!("(i32.load offset=8 (i32.load offset=16 {column}))"), 'b'),
        check(&format!("(i32.load offset=28 {column})"), 'h'),
        check(&format!("(i32.load offset=36 {column})"), '\u{7}'),
    ];
    let mut game = game(&body.concat(), "");
    let entities: Vec<Entity> = (0..3).map(|_| game.world().spawn(sign()).id()).collect();
    game.steps(3);
    assert_eq!(game.system("guest", "write").stats.faults, 0);
    assert_eq!(game.system("guest", "write").stats.rows_changed, 0);
    assert_eq!(game.world().resource::<Seen>().0, 0);
    for entity in entities {
        assert_eq!(game.world().get::<Sign>(entity), Some(&sign()));
    }
}

/// Verifies that new texts and lists are taken over, and only the row that differs counts as changed.
#[test]
fn texts_and_lists_are_taken_over_from_anywhere() {
    let nested = point(0, 65_536, 4) + &point(16, 65_544, 2) + &point(36, 65_568, 1);
    // At 65,544 two slices: "new" and nothing.
    let data = "long\\00\\00\\00\\00\\18\\00\\01\\00\\03\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00newX\\00\\00\\00\\00\\07";
    let (sign_after, fault) = after(&nested, data);
    assert_eq!(fault, "");
    let expected = Sign {
        title: "long".to_owned(),
        lines: vec!["new".to_owned(), String::new()],
        tones: vec![Tone::Loud],
        ..sign()
    };
    assert_eq!(sign_after, expected);
    let mut game = game(&nested, data);
    for _ in 0..3 {
        game.world().spawn(sign());
    }
    game.step();
    assert_eq!(game.system("guest", "write").stats.rows_changed, 1);
    game.steps(2);
    assert_eq!(
        game.system("guest", "write").stats.rows_changed,
        0,
        "the same text from elsewhere is no change"
    );
}

/// Verifies that a text which is changed where it lies is changed.
#[test]
fn a_text_may_be_changed_where_it_lies() {
    let body = "(i32.store8 (i32.load (call $column (local.get $frame) (i32.const 0) (i32.const 0))) (i32.const 77))";
    let (sign_after, fault) = after(body, "");
    assert_eq!(fault, "");
    assert_eq!(sign_after, Sign { title: "Mad é".to_owned(), ..sign() });
}

/// Verifies that an option is taken away and given.
#[test]
fn an_option_with_a_text_is_taken_away() {
    let body =
        "(i32.store offset=24 (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const 0))";
    let (sign_after, fault) = after(body, "");
    assert_eq!((sign_after, fault.as_str()), (Sign { note: None, ..sign() }, ""));
}

/// Verifies that each bad slice is a fault of its own, and nothing is written.
#[test]
fn bad_slices_are_faults_that_name_the_field() {
    // A list of one mark whose label lies outside; of one line that is no UTF-8; of an unknown tone.
    let data = "\\ff\\ff\\ff\\00\\01\\00\\00\\00\\05\\00\\00\\00\\00\\00\\00\\00\\18\\00\\01\\00\\02\\00\\00\\00\\41\\ff\\03";
    let cases = [
        (
            point(0, 0xffff_fff0, 64),
            "`Sign.title` holds a place of 64 bytes at 4294967280, where it must be inside of",
        ),
        (
            point(0, 0x7fff_ffff, 4),
            "`Sign.title` holds a place of 4 bytes at 2147483647, where it must be inside of",
        ),
        (
            point(0, 65_536, 4),
            "`Sign.title` holds bytes that are no UTF-8 from 0 on, where it must be text in UTF-8",
        ),
        (point(0, 0, 5_000), "`Sign.title` holds 5000 bytes, where it must be at most 4096 bytes"),
        (point(8, 0, 0xffff_ffff), "`Sign.marks` holds 51539607540 bytes, where it must be at most"),
        (point(8, 65_536, 1), "`Sign.marks[0].label` holds a place of 1 bytes at 16777215"),
        (point(16, 65_552, 1), "`Sign.lines[0]` holds bytes that are no UTF-8 from 1 on"),
        (
            point(36, 65_561, 2),
            "`Sign.tones[0]` holds 255, where it must be a value of `Tone`: Calm 0, Loud 7",
        ),
        (point(36, 65_562, 1), "`Sign.tones[0]` holds 3, where it must be a value of `Tone`"),
    ];
    for (body, expected) in cases {
        let good = "(f32.store offset=44 (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (f32.const 9))";
        let (sign_after, fault) = after(&(good.to_owned() + &body), data);
        assert!(fault.contains(expected), "`{expected}` is missing in: {fault}");
        assert_eq!(sign_after, sign());
    }
}

/// Verifies that lists which cover each other without end are cut off by the limit.
#[test]
fn lists_of_lists_do_not_grow_without_end() {
    // 500 lines, each of which covers all of the same 4,000 bytes.
    let body = "
        (local.set $a (i32.const 65536))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $a) (i32.const 69536)))
            (i32.store (local.get $a) (i32.const 0))
            (i32.store offset=4 (local.get $a) (i32.const 4000))
            (local.set $a (i32.add (local.get $a) (i32.const 8)))
            (br $next)))";
    let (sign_after, fault) = after(&(body.to_owned() + &point(16, 65_536, 500)), "");
    assert!(fault.contains("`Sign.lines[0]` holds 4000 bytes, where it must be at most 32 bytes"), "{fault}");
    assert_eq!(sign_after, sign());
}

/// Verifies strings in an optional column: rows without the component have none.
#[test]
fn an_optional_column_may_have_strings() {
    let body = format!(
        "(if (i32.ne (i32.load offset=48 (call $column (local.get $frame) (i32.const 0) (i32.const 0))) (i32.const 0))
            (then unreachable))
        (if (call $presence (local.get $frame) (i32.const 0) (i32.const 0) (i32.const 1)) (then unreachable))
        {}",
        point(0, 65_536, 2)
    );
    let query = [optional_write::<PackedSign>(), with::<Counter>()];
    let guest = Guest::new()
        .system(System::new("write", &body).query_in_order(bevy_peristyle::abi::RowOrder::Entity, query))
        .extra("(data (i32.const 65536) \"ok\")");
    let mut game = Game::new();
    game.app.register_script_mirror::<Sign>();
    let mut game = game.script("guest.wasm", guest.to_wasm()).start();
    let first = game.world().spawn((Counter::default(), sign())).id();
    game.world().spawn(Counter::default());
    let last = game.world().spawn((Counter::default(), sign())).id();
    game.step();
    assert_eq!(game.system("guest", "write").stats.last_fault, None);
    let mut titles =
        [first, last].map(|entity| game.world().get::<Sign>(entity).expect("a sign").title.clone());
    titles.sort();
    assert_eq!(titles, ["Pad é", "ok"]);
}

/// Verifies strings in a resource.
#[test]
fn a_resource_may_have_strings() {
    let column = "(i32.load offset=4 (i32.load offset=40 (local.get $frame)))";
    let body = format!(
        "(if (i32.eq (i32.load8_u (i32.load {column})) (i32.const 103)) (then
            (i32.store {column} (i32.const 65536))
            (i32.store offset=4 {column} (i32.const 3))))"
    );
    let term = Term { kind: TermKind::Write, schema: Some(SchemaLayout::of::<PackedMotto>()) };
    let guest = Guest::new()
        .system(System::new("say", &body).resource(term))
        .extra("(data (i32.const 65536) \"bye\")");
    let mut game = Game::new();
    game.app.register_script_resource_mirror::<Motto>();
    let mut game = game.script("guest.wasm", guest.to_wasm()).start();
    game.world().insert_resource(Motto { text: "good day".to_owned(), count: 3 });
    game.steps(2);
    assert_eq!(game.system("guest", "say").stats.last_fault, None);
    assert_eq!(*game.world().resource::<Motto>(), Motto { text: "bye".to_owned(), count: 3 });
}

/// Verifies that the state hash covers what strings hold.
#[test]
fn the_state_hash_covers_strings() {
    let mut game = Game::new();
    game.app.register_script_mirror::<Sign>().register_hashed_mirror::<Sign>();
    let mut game = game.start();
    let entity = game.world().spawn((StableId(1), sign())).id();
    let mut hash = |change: fn(&mut Sign)| {
        change(&mut game.world().get_mut::<Sign>(entity).expect("a sign"));
        state_hash(game.world()).expect("a hash")
    };
    let before = hash(|_| ());
    assert_eq!(hash(|_| ()), before);
    let marked = hash(|sign| sign.marks[2].label.push('!'));
    assert_ne!(marked, before);
    assert_ne!(hash(|sign| sign.lines[0] = "A".to_owned()), marked);
}

/// Verifies that state blocks and components of scripts have no strings.
#[test]
fn what_belongs_to_scripts_alone_has_no_strings() {
    let sign = SchemaLayout { name: "m::Sign".to_owned(), ..SchemaLayout::of::<PackedSign>() };
    let term = Term { kind: TermKind::Read, schema: Some(sign) };
    let guest = Guest::new().system(System::new("look", "").query([term, read::<Counter>()]));
    let game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    let reason = game.failure("guest");
    assert!(reason.contains("`m::Sign` belongs to scripts alone, and such have no strings"), "{reason}");
    let guest = Guest::new().system(System::new("look", "")).state::<PackedMotto>("motto", &[0; 12]);
    let game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    let reason = game.failure("guest");
    assert!(
        reason.contains("state block `motto` has strings or lists, which do not outlive a call"),
        "{reason}"
    );
}

/// Verifies that texts which a call leaves alone count towards no limit.
#[test]
fn only_what_a_call_changes_counts_towards_the_limit() {
    let mut game = game(&point(0, 65_536, 2), "ok");
    let long = || Sign { title: "x".repeat(3_000), ..Sign::default() };
    let first = game.world().spawn(long()).id();
    let others: Vec<Entity> = (0..10).map(|_| game.world().spawn(long()).id()).collect();
    game.step();
    assert_eq!(game.system("guest", "write").stats.last_fault, None);
    assert_eq!(game.system("guest", "write").stats.rows_changed, 1);
    assert_eq!(game.world().get::<Sign>(first).expect("a sign").title, "ok");
    for other in others {
        assert_eq!(game.world().get::<Sign>(other), Some(&long()));
    }
}

/// A struct that no order of fields could keep without gaps.
#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Gaps {
    kind: u8,
    label: String,
    end: Option<Entity>,
    weight: f32,
    loud: bool,
}

/// Verifies that gaps of a mirror are fields of their own, which nobody has to write in the game.
#[test]
fn a_mirror_has_fields_where_gaps_would_be() {
    let schema = SchemaLayout::of::<PackedGaps>();
    assert_eq!(
        schema.to_string(),
        "Gaps { kind: u8, reserved_before_label: [3]u8, label: string, reserved_before_end: [4]u8, end: ?entity, \
         weight: f32, loud: bool, reserved: [3]u8 }"
    );
    let column = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let body =
        format!("(f32.store offset=32 {column} (f32.add (f32.load offset=32 {column}) (f32.const 1)))");
    let guest = Guest::new().system(System::new("add", &body).query([write::<PackedGaps>()]));
    let mut game = Game::new();
    game.app.register_script_mirror::<Gaps>();
    let mut game = game.script("guest.wasm", guest.to_wasm()).start();
    let gaps = Gaps { kind: 3, label: "x".to_owned(), weight: 2.0, loud: true, ..Gaps::default() };
    let entity = game.world().spawn(gaps.clone()).id();
    game.step();
    assert_eq!(game.world().get::<Gaps>(entity), Some(&Gaps { weight: 3.0, ..gaps }));
}
