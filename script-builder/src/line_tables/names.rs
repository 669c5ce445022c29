//! Names of functions that are short, and the same on every machine.

use std::borrow::Cow;

use rustc_demangle::try_demangle;

/// The name of a function for those who read it, from its name for the linker.
///
/// A mangled name of Rust's is demangled here: it ends in a hash that differs from one clone to the
/// next, and it spells out what generic parameters stand for, which makes it longer than the
/// function's code. Names of Zig and C are readable as they are.
pub fn readable(name: &str) -> Cow<'_, str> {
    match try_demangle(name) {
        Ok(name) => Cow::Owned(without_arguments(&format!("{name:#}"))),
        Err(_) => Cow::Borrowed(name),
    }
}

/// A path of Rust's without generic arguments: `<Vec<u8> as Extend<u8>>::extend::<[u8; 4]>` becomes
/// `<Vec as Extend>::extend`.
fn without_arguments(path: &str) -> String {
    let mut kept = String::new();
    // Whether each bracket that is open belongs to the name.
    let mut open: Vec<bool> = Vec::new();
    for (index, character) in path.char_indices() {
        let is_kept = !open.contains(&false);
        match character {
            '<' => {
                let is_impl = path[index..].starts_with("<impl ");
                let ends_word = |before: char| before.is_alphanumeric() || "_}]:".contains(before);
                let is_argument = !is_impl && kept.ends_with(ends_word);
                if is_kept && is_argument {
                    kept.truncate(kept.trim_end_matches(':').len());
                } else if is_kept {
                    kept.push(character);
                }
                open.push(!is_argument);
            }
            // An arrow is no bracket.
            '>' if !path[..index].ends_with('-') => {
                open.pop();
                if is_kept {
                    kept.push(character);
                }
            }
            _ if is_kept => kept.push(character),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_arguments_of_rust_go() {
        let names = [
            ("_ZN4core3fmt5Write9write_fmt17hed50b69fdfa8d88cE", "core::fmt::Write::write_fmt"),
            (
                "_ZN9peristyle5query22Query$LT$D$C$F$C$O$GT$6single17h23b432da9e5967dbE",
                "peristyle::query::Query::single",
            ),
            (
                "_ZN4core5slice5index77_$LT$impl$u20$core..ops..index..IndexMut$LT$I$GT$$u20$for$u20$$u5b$T$u5d$$GT$9index_mut17h23b432da9e5967dbE",
                "core::slice::index::<impl core::ops::index::IndexMut for [T]>::index_mut",
            ),
            (
                "_RNvXs2J_NtNtCsgXGp5Oqx2Ny_4core5slice4iterINtB6_4IterhENtNtNtNtBa_4iter6traits8iterator8Iterator4nextBa_",
                "<core::slice::iter::Iter as core::iter::traits::iterator::Iterator>::next",
            ),
        ];
        for (name, expected) in names {
            assert_eq!(readable(name), expected);
        }
    }

    #[test]
    fn arrows_are_no_brackets() {
        assert_eq!(without_arguments("call::<fn(u8) -> u8>::{closure#0}"), "call::{closure#0}");
        assert_eq!(without_arguments("<fn(u8) -> u8 as Run<u8>>::run"), "<fn(u8) -> u8 as Run>::run");
        assert_eq!(without_arguments("<&[Item<u8>; 4] as Run>::run::<u8>"), "<&[Item; 4] as Run>::run");
    }

    #[test]
    fn other_names_stay() {
        let name = "debug.FullPanic((function 'faultWithoutSource')).outOfBounds";
        for name in [name, "system.System(.{ .run = 1 < 2 }).call", "peristyle_column", ""] {
            assert_eq!(readable(name), name);
        }
    }
}
