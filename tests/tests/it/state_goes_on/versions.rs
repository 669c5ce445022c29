//! Hundreds of versions in a row, each a few changes away from the one before: no value is lost or misread unsaid.

use bevy::prelude::*;
use bevy_peristyle::abi::{FieldType, TermKind};
use bevy_peristyle::{SchemaLayout, ScriptRegistry};
use peristyle_tests::components::Frozen;
use peristyle_tests::{Guest, System, Term, entities, read, with};
use proptest::prelude::*;

use super::model::{Dropped, Kind, Leaf, Type, Values};
use super::{BYTES, Exchange, Live, keeps};

use FieldType::{Bool, Entity as Id, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

const PLAIN: [FieldType; 12] = [Bool, U8, I8, U16, I16, U32, I32, U64, I64, F32, F64, Id];
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const NAME: &str = "m::Kept";

/// Numbers by chance: splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn kind(&mut self, depth: usize, in_option: bool) -> Kind {
        match self.below(if depth > 2 { 8 } else { 14 }) {
            0..=5 => Kind::Plain(self.of(&PLAIN)),
            6 => {
                let (bytes, first) = (self.of(&[1, 2, 4, 8]), self.next() % 3);
                let names = NAMES[..1 + self.below(4)].iter().zip(first..);
                Kind::Enum(bytes, names.map(|(name, value)| ((*name).to_owned(), value)).collect())
            }
            7 => {
                let names = NAMES[..1 + self.below(4)].iter().enumerate();
                let flags = names.map(|(bit, name)| ((*name).to_owned(), 1 << bit)).collect();
                Kind::Flags(self.of(&[1, 2, 4, 8]), flags)
            }
            8..=10 if !in_option => {
                let is_struct = self.one_in(2);
                let value =
                    if is_struct { Kind::Struct(self.fields(depth + 1)) } else { self.kind(depth + 1, true) };
                Kind::Option(Box::new(Type::one(value)))
            }
            _ => Kind::Struct(self.fields(depth + 1)),
        }
    }

    fn field(&mut self, depth: usize) -> Type {
        let dimensions = match self.below(8) {
            0 | 1 => vec![2 + self.below(3) as u32],
            2 => vec![2 + self.below(2) as u32, 2 + self.below(2) as u32],
            _ => Vec::new(),
        };
        Type { dimensions, ..Type::one(self.kind(depth, false)) }
    }

    fn fields(&mut self, depth: usize) -> Vec<(String, Type)> {
        let count = 1 + self.below(3);
        NAMES[..count].iter().map(|name| ((*name).to_owned(), self.field(depth))).collect()
    }

    /// Makes one change somewhere in a type.
    fn change(&mut self, of: &mut Type, depth: usize) {
        if !of.dimensions.is_empty() && self.one_in(3) {
            let at = self.below(of.dimensions.len());
            of.dimensions[at] = 2 + self.below(3) as u32;
            return;
        }
        match &mut of.kind {
            Kind::Plain(field_type) => *field_type = self.of(&PLAIN),
            Kind::Enum(bytes, names) | Kind::Flags(bytes, names) if self.one_in(3) => {
                *bytes = self.of(&[1, 2, 4, 8]);
                let at = self.below(names.len());
                names.rotate_left(at);
            }
            Kind::Enum(_, names) => {
                match self.below(3) {
                    0 if names.len() > 1 => drop(names.remove(self.below(names.len()))),
                    1 => self.more(names),
                    _ => {}
                }
                let first = self.next() % 5;
                names.iter_mut().zip(first..).for_each(|(name, value)| name.1 = value);
            }
            Kind::Flags(_, names) => {
                match self.below(3) {
                    0 if names.len() > 1 => drop(names.remove(self.below(names.len()))),
                    1 => self.more(names),
                    _ => {}
                }
                names.iter_mut().enumerate().for_each(|(bit, name)| name.1 = 1 << bit);
            }
            Kind::Option(value) => self.change(value, depth + 1),
            Kind::Struct(fields) => self.change_fields(fields, depth),
        }
    }

    fn more(&mut self, names: &mut Vec<(String, u64)>) {
        let name = self.of(&NAMES);
        if names.iter().all(|(other, _)| other != name) {
            names.push((name.to_owned(), 0));
        }
    }

    fn change_fields(&mut self, fields: &mut Vec<(String, Type)>, depth: usize) {
        let at = self.below(fields.len());
        match self.below(6) {
            0 if fields.len() > 1 => drop(fields.remove(at)),
            1 if fields.len() < 6 => {
                let (name, field) = (self.of(&NAMES), self.field(depth));
                if fields.iter().all(|(other, _)| other != name) {
                    fields.push((name.to_owned(), field));
                }
            }
            2 => fields.rotate_left(at),
            _ => self.change(&mut fields[at].1, depth + 1),
        }
    }

    fn leaf(&mut self, kind: &Kind, entity: Entity) -> Leaf {
        let bits = if self.one_in(2) { 0 } else { self.next() };
        match kind {
            Kind::Plain(Bool) => Leaf::Whole((bits & 1).into()),
            Kind::Plain(Id) => Leaf::Whole(if bits & 1 == 1 { entity.to_bits().into() } else { 0 }),
            Kind::Plain(U8) => Leaf::Whole((bits as u8).into()),
            Kind::Plain(I8) => Leaf::Whole((bits as i8).into()),
            Kind::Plain(U16) => Leaf::Whole((bits as u16).into()),
            Kind::Plain(I16) => Leaf::Whole((bits as i16).into()),
            Kind::Plain(U32) => Leaf::Whole((bits as u32).into()),
            Kind::Plain(I32) => Leaf::Whole((bits as i32).into()),
            Kind::Plain(I64) => Leaf::Whole((bits as i64).into()),
            Kind::Plain(F32) => Leaf::Float(f64::from(bits as i16) / 8.0),
            Kind::Plain(F64) => Leaf::Float(bits as f64 / 3.0),
            Kind::Plain(_) => Leaf::Whole(bits.into()),
            Kind::Enum(_, names) => Leaf::Name(names[self.below(names.len())].0.clone()),
            Kind::Flags(_, names) => Leaf::Names(
                names.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| name.clone()).collect(),
            ),
            Kind::Option(_) | Kind::Struct(_) => Leaf::IsThere(bits & 1 == 1),
        }
    }

    fn values(&mut self, of: &Type, entity: Entity) -> Values {
        let mut values = Values::new();
        of.fill("", &mut values, &mut |kind| self.leaf(kind, entity));
        values
    }
}

fn encoded(of: &Type, values: &Values) -> Vec<u8> {
    let mut bytes = vec![0; of.kind.layout().byte_size as usize];
    of.encode("", values, &mut bytes);
    bytes
}

fn decoded(of: &Type, bytes: &[u8]) -> Values {
    let mut values = Values::new();
    of.decode("", bytes, &mut values);
    values
}

/// A module that keeps such values in a state block and in a component.
fn version(of: &Type, first: &Values) -> Guest {
    let layout = of.kind.layout();
    let kept = SchemaLayout { name: NAME.to_owned(), ..layout.clone() };
    let term = |kind| Term { kind, schema: Some(kept.clone()) };
    let bytes = layout.byte_size;
    let give = format!(
        "(if (call $rows (local.get $frame) (i32.const 0)) (then (memory.copy
            (call $record (local.get $frame) (i32.const 3)
                (i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0))) (i32.const 0) (i32.const {bytes}))
            (i32.add (call $column (local.get $frame) (i32.const 0) (i32.const 1)) (i32.const 4))
            (i32.const {bytes}))))"
    );
    let hold = format!(
        "(local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
         (if (call $rows (local.get $frame) (i32.const 0)) (then (if (i32.load (local.get $a)) (then (memory.copy
            (call $column (local.get $frame) (i32.const 0) (i32.const 1))
            (i32.add (local.get $a) (i32.const 4)) (i32.const {bytes}))))))"
    );
    let needy = [entities(), read::<Exchange>(), with::<Frozen>(), term(TermKind::Without)];
    keeps(&layout, &encoded(of, first))
        .system(System::new("give", &give).query(needy).commands([term(TermKind::Insert)]))
        .system(System::new("hold", &hold).query([
            read::<Exchange>(),
            term(TermKind::Write),
            with::<Frozen>(),
        ]))
}

/// What a module that keeps values in two places does, and what it should do.
struct Run {
    live: Live,
    holder: Entity,
    of: Type,
    block: Values,
    component: Values,
}

impl Run {
    fn start(chance: &mut Chance) -> Self {
        let of = loop {
            let of = Type::one(Kind::Struct(chance.fields(1)));
            if of.kind.layout().byte_size as usize <= BYTES {
                break of;
            }
        };
        let block = chance.values(&of, Entity::PLACEHOLDER);
        let mut live = Live::start(&version(&of, &block));
        let holder = live.game.spawn((Exchange::NEW, Frozen {}));
        let mut run = Self { live, holder, of, component: Values::new(), block };
        run.poke(chance);
        run.live.game.step();
        run
    }

    /// Gives both other values.
    fn poke(&mut self, chance: &mut Chance) {
        self.block = chance.values(&self.of, self.holder);
        self.component = chance.values(&self.of, self.holder);
        for (entity, values) in [(self.live.shown, &self.block), (self.holder, &self.component)] {
            let bytes = encoded(&self.of, values);
            let mut exchange = Exchange { set: 1, ..Exchange::NEW };
            exchange.input[..bytes.len()].copy_from_slice(&bytes);
            self.live.game.world().entity_mut(entity).insert(exchange);
        }
        self.live.game.steps(2);
        for entity in [self.live.shown, self.holder] {
            let mut exchange = self.live.game.get::<Exchange>(entity);
            exchange.set = 0;
            self.live.game.world().entity_mut(entity).insert(exchange);
        }
        self.check();
    }

    /// The module holds what it should.
    fn check(&mut self) {
        let module = self.live.game.module("m");
        let faults: Vec<_> =
            module.systems.iter().filter_map(|system| system.stats.last_fault.clone()).collect();
        assert!(faults.is_empty(), "{faults:?}, {:?}", module.status);
        let bytes = self.of.kind.layout().byte_size as usize;
        let output = self.live.game.get::<Exchange>(self.live.shown).output;
        assert_eq!(decoded(&self.of, &output[..bytes]), self.block, "the block");
        let world = self.live.game.world();
        let held = world.resource::<ScriptRegistry>().read(world, self.holder, NAME).expect("it has one");
        assert_eq!(decoded(&self.of, &held), self.component, "the component");
    }

    /// Loads another version; whether it was taken.
    fn reload(&mut self, new: &Type, chance: &mut Chance) -> bool {
        let fresh = chance.values(new, self.holder);
        let mut gone = Dropped::new();
        self.of.dropped(new, "", &mut gone);
        let (mut block, mut component) = ((fresh.clone(), gone.clone()), (Values::new(), gone));
        new.blank("", &mut component.0);
        let may_go_on = self.of.fits(new)
            && self.of.migrate(new, "", &self.block, &mut block.0, &mut block.1).is_some()
            && self.of.migrate(new, "", &self.component, &mut component.0, &mut component.1).is_some();
        let result = self.live.reload(&version(new, &fresh));
        assert_eq!(result.is_ok(), may_go_on, "{result:?}\nfrom {:?}\nto {new:?}", self.of);
        if may_go_on {
            let moved = &self.live.game.module("m").moved;
            for (name, expected) in [("tally", &block.1), (NAME, &component.1)] {
                let dropped =
                    moved.iter().filter(|moved| moved.name == name).flat_map(|moved| &moved.dropped);
                let dropped = dropped.filter(|dropped| !dropped.field.contains("pad"));
                let dropped: Dropped =
                    dropped.map(|dropped| (dropped.field.clone(), dropped.values)).collect();
                assert_eq!(dropped, *expected, "{name}\nfrom {:?}\nto {new:?}", self.of);
            }
            (self.of, self.block, self.component) = (new.clone(), block.0, component.0);
        }
        self.check();
        may_go_on
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 0, ..ProptestConfig::default() })]

    /// Verifies, against a map from the way to each value to the value, that what both versions have goes on, that new
    /// fields begin as the new version says, that what is dropped is reported, and that a version is refused exactly
    /// where something else would be lost.
    #[test]
    fn no_value_is_ever_lost_or_misread_unsaid(seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let mut run = Run::start(&mut chance);
        let (mut taken, mut refused) = (0, 0);
        while taken + refused < 40 {
            let mut new = run.of.clone();
            for _ in 0..=chance.below(3) {
                chance.change(&mut new, 1);
            }
            let layout = new.kind.layout();
            if layout.byte_size as usize > BYTES || layout == run.of.kind.layout() {
                continue;
            }
            if run.reload(&new, &mut chance) {
                taken += 1;
            } else {
                refused += 1;
            }
            if chance.one_in(2) {
                run.poke(&mut chance);
            }
        }
        eprintln!("RATIO {taken} {refused}");
        prop_assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
    }
}
