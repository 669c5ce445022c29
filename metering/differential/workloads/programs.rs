//! Compiled Rust that does real work. Each export takes how much. Built by
//!   rustc --edition 2024 --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=2 -C panic=abort
//!     -C strip=debuginfo -C lto=fat -C codegen-units=1 -C link-arg=-zstack-size=65536
//!     -o programs_rust.wasm programs.rs
//! The compiler's version is in the module's section `producers`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// The same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 >> 18 ^ self.0) >> 27;
        mixed.rotate_right((self.0 >> 59) as u32)
    }
}

fn hash(bytes: impl IntoIterator<Item = u8>) -> i32 {
    let step = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    bytes.into_iter().fold(0x811c_9dc5, step) as i32
}

/// Stable and unstable sorts, of strings by their ends, too.
#[unsafe(no_mangle)]
pub extern "C" fn sorts(amount: i32) -> i32 {
    let mut random = Random(1);
    let mut numbers: Vec<i64> = (0..amount).map(|_| random.next() as i64 % 1_000).collect();
    let mut pairs: Vec<(i64, usize)> = numbers.iter().copied().zip(0..).collect();
    numbers.sort_unstable();
    pairs.sort_by_key(|(number, _)| -number);
    let mut words: Vec<String> = numbers.iter().map(|number| format!("{number:x}")).collect();
    words.sort_by(|a, b| a.bytes().rev().cmp(b.bytes().rev()));
    let order = pairs.iter().flat_map(|(number, index)| [*number as u8, *index as u8]);
    hash(words.concat().into_bytes().into_iter().chain(order))
}

/// Numbers to text and back.
#[unsafe(no_mangle)]
pub extern "C" fn formats(amount: i32) -> i32 {
    let mut random = Random(2);
    let mut text = String::new();
    for index in 0..amount {
        let number = f64::from_bits(random.next());
        let _ = write!(text, "{number:e} {:>12.3} {index:#b} {:?}", (random.next() >> 40) as f32, Some(index));
        let again: f64 = format!("{number}").parse().unwrap_or(0.5);
        assert!(again == number || number.is_nan());
    }
    hash(text.into_bytes())
}

/// Balanced trees and hash maps of strings, which grow and shrink.
#[unsafe(no_mangle)]
pub extern "C" fn allocates(amount: i32) -> i32 {
    let mut random = Random(3);
    let mut tree: BTreeMap<u64, String> = BTreeMap::new();
    let mut map: HashMap<String, Vec<u64>, std::hash::BuildHasherDefault<std::hash::DefaultHasher>> =
        HashMap::default();
    for _ in 0..amount {
        let number = random.next() % 400;
        let word = "ab".repeat(number as usize % 50);
        map.entry(word.clone()).or_default().push(number);
        if let Some(before) = tree.insert(number, word) {
            map.remove(&before[..before.len() / 4 * 2]);
        }
        if number % 7 == 0 {
            tree.retain(|key, _| key % 5 != number % 5);
        }
    }
    let mut lists: Vec<u64> = map.values().flatten().copied().collect();
    lists.sort_unstable();
    let keys = tree.iter().flat_map(|(key, word)| [*key as u8, word.len() as u8]);
    hash(keys.chain(lists.into_iter().map(|number| number as u8)))
}

trait Shape {
    fn area(&self) -> f64;
    fn grow(&mut self, by: f64);
}

struct Circle(f64);
struct Rectangle(f64, f64);
struct Group(Vec<Box<dyn Shape>>);

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.0 * self.0 * std::f64::consts::PI
    }
    fn grow(&mut self, by: f64) {
        self.0 = (self.0 * by).sqrt();
    }
}

impl Shape for Rectangle {
    fn area(&self) -> f64 {
        self.0 * self.1
    }
    fn grow(&mut self, by: f64) {
        (self.0, self.1) = (self.1 / by, self.0 + by);
    }
}

impl Shape for Group {
    fn area(&self) -> f64 {
        self.0.iter().map(|shape| shape.area()).sum()
    }
    fn grow(&mut self, by: f64) {
        for shape in self.0.iter_mut().rev() {
            shape.grow(by);
        }
    }
}

/// Calls by tables of functions, nested, with floats.
#[unsafe(no_mangle)]
pub extern "C" fn dispatches(amount: i32) -> i32 {
    let mut random = Random(4);
    let mut stack = vec![Group(Vec::new())];
    for _ in 0..amount {
        let side = (random.next() % 90) as f64 / 7.0;
        match random.next() % 4 {
            0 => stack.push(Group(Vec::new())),
            1 if stack.len() > 1 => {
                let group = stack.pop().unwrap_or(Group(Vec::new()));
                stack[0].0.push(Box::new(group));
            }
            2 => stack[0].0.push(Box::new(Circle(side))),
            _ => stack.last_mut().unwrap_or_else(|| unreachable!()).0.push(Box::new(Rectangle(side, 1.5))),
        }
    }
    let mut bytes = Vec::new();
    for round in 0..8 {
        for group in &mut stack {
            group.grow(1.0 + f64::from(round) / 8.0);
            bytes.extend(group.area().to_bits().to_le_bytes());
        }
    }
    hash(bytes)
}

/// Sums that run into infinities and what is no number, of both widths.
#[unsafe(no_mangle)]
pub extern "C" fn floats(amount: i32) -> i32 {
    let mut random = Random(5);
    let (mut narrow, mut wide) = ([1.0f32; 4], [1.0f64; 4]);
    let mut bytes = Vec::new();
    for _ in 0..amount {
        let number = random.next();
        let index = number as usize % 4;
        let (a, b) = (f32::from_bits((number >> 32) as u32), f64::from_bits(random.next()));
        narrow[index] = match number >> 8 & 7 {
            0 => narrow[index] * a,
            1 => (narrow[index] - a).sqrt(),
            2 => (narrow[3 - index] / a).floor(),
            3 => narrow[index].min(a),
            4 => wide[index] as f32,
            5 => a,
            _ => (number as i32) as f32 + narrow[index],
        };
        wide[3 - index] = match number >> 16 & 3 {
            0 => f64::from(narrow[index]) + wide[index],
            1 => (b * wide[index]).round_ties_even(),
            2 => (number as f64) / b,
            _ => f64::from(wide[index] as i32) - f64::from(a as u8),
        };
        bytes.extend(narrow[index].to_bits().to_le_bytes());
        bytes.extend(wide[3 - index].to_bits().to_le_bytes());
    }
    hash(bytes)
}

/// Every way to place queens on a board.
#[unsafe(no_mangle)]
pub extern "C" fn queens(size: i32) -> i32 {
    fn place(size: u32, row: u32, columns: u32, left: u32, right: u32) -> i32 {
        if row == size {
            return 1;
        }
        let mut free = !(columns | left | right) & ((1 << size) - 1);
        let mut found = 0;
        while free != 0 {
            let bit = free & free.wrapping_neg();
            free ^= bit;
            found += place(size, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
        }
        found
    }
    place(size as u32, 0, 0, 0, 0)
}

/// Panics, with a message that is formatted, at an index that comes from far inside.
#[unsafe(no_mangle)]
pub extern "C" fn panics(amount: i32) -> i32 {
    let numbers: Vec<i32> = (0..amount).map(|index| index * 3).collect();
    let mut index = 1;
    loop {
        index = numbers[index as usize] - 1;
    }
}

/// Recursion without an end.
#[unsafe(no_mangle)]
pub extern "C" fn overflows(amount: i32) -> i32 {
    fn descend(words: &mut Vec<String>, depth: i32) -> i32 {
        if depth < 0 {
            return 0;
        }
        words.push(depth.to_string());
        let below = descend(words, depth + 1);
        below.wrapping_add(words.pop().map_or(0, |word| word.len() as i32))
    }
    descend(&mut Vec::new(), amount)
}
