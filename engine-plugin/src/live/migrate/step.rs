//! The steps that take the bytes of one value to another layout.

use peristyle_abi::FieldType;

use super::error::{Incompatible, Problem};
use super::number::widen;
use super::report::{Report, cut};
use crate::types::schema::FieldLayout;

/// A part of a value that lies at `from` in the old bytes and at `to` in the new ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Bytes that mean the same in both.
    Copy { place: Place, bytes: usize },
    /// A number that becomes wider.
    Widen { place: Place, from: FieldType, to: FieldType },
    /// A value of an enum, or flags.
    Names(Names),
    /// Perhaps a value.
    Option {
        field: String,
        place: Place,
        /// Bytes of the tags.
        tags: Place,
        /// Where the new value is, within the new option.
        value_at: usize,
        /// What a value has where nothing is said: zeros, or the least values of enums.
        blank: Vec<u8>,
        /// For a value that is there.
        steps: Vec<Step>,
    },
    /// Elements of an array that are in both.
    Each { field: String, place: Place, strides: Place, count: usize, steps: Vec<Step> },
    /// Elements that a shorter array has no place for.
    Rest {
        field: String,
        from: usize,
        first: u32,
        count: usize,
        element: FieldLayout,
        was: String,
        is: String,
    },
    /// A field that is gone, of the struct at `from`; `index` is its place in the report.
    Dropped { from: usize, index: usize, field: FieldLayout },
}

/// A number whose values, or bits, have names.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub field: String,
    pub place: Place,
    /// Bytes of the numbers.
    pub bytes: Place,
    pub are_flags: bool,
    /// Each old number or mask, flags of few bits first; the new one of that name, if there is one; the name.
    pub names: Vec<(u64, Option<u64>, String)>,
    /// The new names with their numbers.
    pub known: String,
}

impl Step {
    /// Does the step for one value.
    pub fn run(&self, old: &[u8], new: &mut [u8], report: &mut Report) -> Result<(), Incompatible> {
        match self {
            Self::Copy { place, bytes } => {
                new[place.to..][..*bytes].copy_from_slice(&old[place.from..][..*bytes]);
            }
            Self::Widen { place, from, to } => {
                let old = &old[place.from..][..from.size() as usize];
                widen(*from, *to, old, &mut new[place.to..][..to.size() as usize]);
            }
            Self::Names(names) => {
                let number = read(old, names.place.from, names.bytes.from);
                write(new, names.place.to, names.bytes.to, names.translate(number)?);
            }
            Self::Option { field, place, tags, value_at, blank, steps } => {
                let value = place.to + value_at..place.to + value_at + blank.len();
                match read(old, place.from, tags.from) {
                    0 => {
                        write(new, place.to, tags.to, 0);
                        new[value].fill(0);
                    }
                    1 => {
                        if read(new, place.to, tags.to) != 1 {
                            new[value].copy_from_slice(blank);
                        }
                        write(new, place.to, tags.to, 1);
                        return steps.iter().try_for_each(|step| step.run(old, new, report));
                    }
                    found => {
                        let problem = Problem::Tag { found };
                        return Err(Incompatible { field: field.clone(), problem });
                    }
                }
            }
            Self::Each { field, place, strides, count, steps } => {
                for index in 0..*count {
                    let old = &old[place.from + index * strides.from..][..strides.from];
                    let new = &mut new[place.to + index * strides.to..][..strides.to];
                    let done = steps.iter().try_for_each(|step| step.run(old, new, report));
                    done.map_err(|inner| inner.within(field, index))?;
                }
            }
            Self::Rest { field, from, first, count, element, was, is } => {
                let stride = element.byte_size() as usize;
                let rest = &old[*from..][..count * stride];
                if let Some(at) = rest.iter().position(|&byte| byte != 0) {
                    let index = at / stride;
                    let value = cut(element.show_in(&rest[index * stride..]));
                    let (was, is, element) = (was.clone(), is.clone(), first + index as u32);
                    let problem = Problem::Element { was, is, element, value };
                    return Err(Incompatible { field: field.clone(), problem });
                }
            }
            Self::Dropped { from, index, field } => {
                if let Some(dropped) = report.dropped.get_mut(*index) {
                    dropped.note(|| field.show_in(&old[*from..]));
                }
            }
        }
        Ok(())
    }
}

impl Names {
    fn translate(&self, number: u64) -> Result<u64, Incompatible> {
        let bad = |problem| Err(Incompatible { field: self.field.clone(), problem });
        let gone = |value: String| Problem::Variant { value, known: self.known.clone() };
        if !self.are_flags {
            return match self.names.iter().find(|(old, ..)| *old == number) {
                Some((_, Some(new), _)) => Ok(*new),
                Some((.., name)) => bad(gone(name.clone())),
                None => bad(Problem::Unnamed { found: number }),
            };
        }
        // What a flag of few bits stands for needs no other name: one for all of them may mean more by now.
        let (mut left, mut flags, mut lost) = (number, 0, Vec::new());
        for (old, new, name) in &self.names {
            match new {
                // The same bits, all or some of them.
                Some(new) if new == old => {
                    flags |= left & old;
                    left &= !old;
                }
                _ if number & old != *old || left & old == 0 => {}
                Some(new) => {
                    flags |= new;
                    left &= !old;
                }
                None => lost.push((old, name.as_str())),
            }
        }
        if left == 0 {
            return Ok(flags);
        }
        let lost: Vec<&str> =
            lost.into_iter().filter(|(old, _)| left & *old != 0).map(|(_, name)| name).collect();
        bad(if lost.is_empty() { Problem::Unnamed { found: number } } else { gone(lost.join(" | ")) })
    }
}

/// The number of so many bytes.
fn read(bytes: &[u8], at: usize, len: usize) -> u64 {
    let mut number = [0; 8];
    number[..len].copy_from_slice(&bytes[at..][..len]);
    u64::from_le_bytes(number)
}

fn write(bytes: &mut [u8], at: usize, len: usize, number: u64) {
    bytes[at..][..len].copy_from_slice(&number.to_le_bytes()[..len]);
}
