//! From two layouts to the steps that lead from the one to the other.

use peristyle_abi::{FieldType, SchemaKind};

use super::error::{Incompatible, Problem};
use super::number::{are_numbers, widens};
use super::report::{DroppedField, Report};
use super::step::{Names, Place, Step};
use crate::types::schema::{FieldLayout, SchemaLayout};
use crate::types::value::fill_enums;

/// The steps from `old` to `new`, and what is to be said of every value.
pub(super) fn compile(old: &SchemaLayout, new: &SchemaLayout) -> Result<(Vec<Step>, Report), Incompatible> {
    let (mut plan, mut steps) = (Plan::default(), Vec::new());
    plan.value(&Way::default(), old, new, Place { from: 0, to: 0 }, &mut steps)?;
    Ok((steps, plan.outline))
}

/// The way to a part of a value.
#[derive(Clone, Debug, Default)]
struct Way {
    /// From the value itself; `[]` stands for every element of an array.
    whole: String,
    /// From the innermost array element that it is in.
    here: String,
}

impl Way {
    fn field(&self, name: &str) -> Self {
        let join = |way: &str| if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") };
        Self { whole: join(&self.whole), here: join(&self.here) }
    }

    /// The elements of the array of so many dimensions that it leads to.
    fn elements(&self, dimensions: usize) -> Self {
        Self { whole: format!("{}{}", self.whole, "[]".repeat(dimensions)), here: String::new() }
    }

    fn bad<T>(&self, problem: Problem) -> Result<T, Incompatible> {
        Err(Incompatible { field: self.whole.clone(), problem })
    }
}

#[derive(Default)]
struct Plan {
    outline: Report,
}

impl Plan {
    fn value(
        &mut self,
        way: &Way,
        old: &SchemaLayout,
        new: &SchemaLayout,
        place: Place,
        steps: &mut Vec<Step>,
    ) -> Result<(), Incompatible> {
        if new.check_against(old).is_ok() {
            steps.push(Step::Copy { place, bytes: old.byte_size as usize });
            return Ok(());
        }
        match (old.kind, new.kind) {
            (SchemaKind::Struct, SchemaKind::Struct) => self.fields(way, old, new, place, steps),
            (SchemaKind::Enum, SchemaKind::Enum) | (SchemaKind::Flags, SchemaKind::Flags) => {
                steps.push(Step::Names(names(way, old, new, place)));
                Ok(())
            }
            (SchemaKind::Option, SchemaKind::Option) => self.option(way, old, new, place, steps),
            (was, is) => {
                let text = |kind: SchemaKind, schema: &SchemaLayout| format!("the {kind} {}", schema.name);
                way.bad(Problem::Kind { was: text(was, old), is: text(is, new) })
            }
        }
    }

    fn fields(
        &mut self,
        way: &Way,
        old: &SchemaLayout,
        new: &SchemaLayout,
        place: Place,
        steps: &mut Vec<Step>,
    ) -> Result<(), Incompatible> {
        for field in &new.fields {
            let inner = way.field(&field.name);
            match old.fields.iter().find(|old| old.name == field.name) {
                Some(old) => self.field(&inner, old, field, place, steps)?,
                None => self.outline.added.push(format!("{}: {}", inner.whole, field.type_name())),
            }
        }
        for field in old.fields.iter().filter(|old| new.fields.iter().all(|new| new.name != old.name)) {
            let (index, way) = (self.outline.dropped.len(), way.field(&field.name).whole);
            self.outline.dropped.push(DroppedField::new(way, field.type_name()));
            steps.push(Step::Dropped { from: place.from, index, field: field.clone() });
        }
        Ok(())
    }

    /// A field that both have. `place` is where the structs are.
    fn field(
        &mut self,
        way: &Way,
        old: &FieldLayout,
        new: &FieldLayout,
        place: Place,
        steps: &mut Vec<Step>,
    ) -> Result<(), Incompatible> {
        let place = Place { from: place.from + old.offset as usize, to: place.to + new.offset as usize };
        let (lengths_before, lengths) = (old.lengths(), new.lengths());
        if lengths_before.len() != lengths.len() {
            let (was, is) = (old.type_name(), new.type_name());
            return way.bad(Problem::Dimensions { was, is });
        }
        if lengths.is_empty() {
            return self.element(way, old, new, place, steps);
        }
        let mut inner = Vec::new();
        self.element(&way.elements(lengths.len()), old, new, Place { from: 0, to: 0 }, &mut inner)?;
        self.array(way, old, new, place, inner, steps)
    }

    /// An array, from the steps for one of its elements: from the innermost dimension outwards.
    fn array(
        &mut self,
        way: &Way,
        old: &FieldLayout,
        new: &FieldLayout,
        place: Place,
        mut inner: Vec<Step>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Incompatible> {
        let (lengths_before, lengths) = (old.lengths(), new.lengths());
        let mut strides = Place { from: old.element_bytes() as usize, to: new.element_bytes() as usize };
        for dimension in (0..lengths.len()).rev() {
            let (before, after) = (lengths_before[dimension], lengths[dimension]);
            let count = before.min(after) as usize;
            let is_outermost = dimension == 0;
            let place = if is_outermost { place } else { Place { from: 0, to: 0 } };
            let field = if is_outermost { way.here.clone() } else { String::new() };
            let mut level = Vec::new();
            match inner.as_slice() {
                // Elements that are the same side by side.
                [Step::Copy { bytes, .. }] if *bytes == strides.from && *bytes == strides.to => {
                    level.push(Step::Copy { place, bytes: bytes * count });
                }
                _ => level.push(Step::Each { field: field.clone(), place, strides, count, steps: inner }),
            }
            if after > before {
                let outer = "[]".repeat(dimension);
                self.outline.added.push(format!("{}{outer}[{before}..{after}]", way.whole));
            }
            if before > after {
                let within = &lengths_before[dimension + 1..];
                level.push(Step::Rest {
                    field,
                    from: place.from + count * strides.from,
                    first: after,
                    count: (before - after) as usize,
                    element: FieldLayout {
                        offset: 0,
                        count: within.iter().product(),
                        shape: if within.len() > 1 { within.to_vec() } else { Vec::new() },
                        ..old.clone()
                    },
                    was: old.type_name(),
                    is: new.type_name(),
                });
            }
            strides = Place { from: strides.from * before as usize, to: strides.to * after as usize };
            inner = level;
        }
        steps.append(&mut inner);
        Ok(())
    }

    /// One element of a field.
    fn element(
        &mut self,
        way: &Way,
        old: &FieldLayout,
        new: &FieldLayout,
        place: Place,
        steps: &mut Vec<Step>,
    ) -> Result<(), Incompatible> {
        let (was, is) = (old.element_name(), new.element_name());
        match (old.field_type, new.field_type, &old.schema, &new.schema) {
            (FieldType::Nested, FieldType::Nested, Some(old), Some(new)) => {
                return self.value(way, old, new, place, steps);
            }
            (from, to, ..) if from.is_slice() || to.is_slice() => return way.bad(Problem::Kind { was, is }),
            (from, to, ..) if from == to => {
                steps.push(Step::Copy { place, bytes: from.size() as usize });
            }
            (from, to, ..) if widens(from, to) => {
                self.outline.widened.push(format!("{}: {was} -> {is}", way.whole));
                steps.push(Step::Widen { place, from, to });
            }
            (from, to, ..) if are_numbers(from, to) => return way.bad(Problem::Narrower { was, is }),
            _ => return way.bad(Problem::Kind { was, is }),
        }
        Ok(())
    }

    fn option(
        &mut self,
        way: &Way,
        old: &SchemaLayout,
        new: &SchemaLayout,
        place: Place,
        steps: &mut Vec<Step>,
    ) -> Result<(), Incompatible> {
        let ([old_tag, old_value], [tag, value]) = (old.fields.as_slice(), new.fields.as_slice()) else {
            // The manifest's check has seen that an option has these two.
            return way.bad(Problem::Kind { was: old.to_string(), is: new.to_string() });
        };
        let mut inner = Vec::new();
        self.field(way, old_value, value, place, &mut inner)?;
        let mut blank = vec![0; value.byte_size() as usize];
        if let Some(schema) = &value.schema {
            let elements = blank.chunks_exact_mut(schema.byte_size.max(1) as usize);
            elements.for_each(|element| fill_enums(schema, element));
        }
        steps.push(Step::Option {
            field: way.here.clone(),
            place,
            tags: Place { from: old_tag.byte_size() as usize, to: tag.byte_size() as usize },
            value_at: value.offset as usize,
            blank,
            steps: inner,
        });
        Ok(())
    }
}

/// What takes an enum or flags over by their names.
fn names(way: &Way, old: &SchemaLayout, new: &SchemaLayout, place: Place) -> Names {
    let now = |name: &str| new.variants.iter().find(|new| new.name == name).map(|new| new.value);
    let mut names: Vec<_> =
        old.variants.iter().map(|old| (old.value, now(&old.name), old.name.clone())).collect();
    // Of two names for the same bits the one that is still there counts.
    names.sort_by_key(|(old, new, _)| (old.count_ones(), new.is_none()));
    let bytes = Place { from: old.byte_size as usize, to: new.byte_size as usize };
    let are_flags = new.kind == SchemaKind::Flags;
    Names { field: way.here.clone(), place, bytes, are_flags, names, known: new.variants_text() }
}

impl FieldLayout {
    /// The length of each dimension; a single value has none.
    fn lengths(&self) -> Vec<u32> {
        match (self.shape.as_slice(), self.count) {
            ([], 1) => Vec::new(),
            ([], count) => vec![count],
            (shape, _) => shape.to_vec(),
        }
    }

    /// The type of one element, as an error shows it.
    fn element_name(&self) -> String {
        Self { count: 1, shape: Vec::new(), ..self.clone() }.type_name()
    }
}
