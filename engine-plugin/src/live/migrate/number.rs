//! Numbers that become wider.

use peristyle_abi::FieldType;

/// What a type of numbers holds: the bits of its whole numbers, and whether they have a sign.
enum Number {
    Whole { bits: u32, is_signed: bool },
    Float { bits: u32 },
}

fn number(field_type: FieldType) -> Option<Number> {
    let bits = field_type.size() * 8;
    match field_type {
        FieldType::U8 | FieldType::U16 | FieldType::U32 | FieldType::U64 => {
            Some(Number::Whole { bits, is_signed: false })
        }
        FieldType::I8 | FieldType::I16 | FieldType::I32 | FieldType::I64 => {
            Some(Number::Whole { bits, is_signed: true })
        }
        FieldType::F32 | FieldType::F64 => Some(Number::Float { bits }),
        _ => None,
    }
}

/// Whether both are types of numbers.
pub(super) fn are_numbers(a: FieldType, b: FieldType) -> bool {
    number(a).is_some() && number(b).is_some()
}

/// Whether every number of the type `from` is one of the type `to`, which is another.
pub(super) fn widens(from: FieldType, to: FieldType) -> bool {
    match (number(from), number(to)) {
        (
            Some(Number::Whole { bits: old, is_signed: was_signed }),
            Some(Number::Whole { bits: new, is_signed }),
        ) => old < new && (is_signed || !was_signed),
        // A float has 24 or 53 bits for the whole number.
        (Some(Number::Whole { bits: old, .. }), Some(Number::Float { bits: new })) => old < new,
        (Some(Number::Float { bits: old }), Some(Number::Float { bits: new })) => old < new,
        _ => false,
    }
}

/// Writes the number in `old` to `new`, whose type is wider.
pub(super) fn widen(from: FieldType, to: FieldType, old: &[u8], new: &mut [u8]) {
    let is_negative = matches!(number(from), Some(Number::Whole { is_signed: true, .. }))
        && old.last().is_some_and(|&most| most >= 0x80);
    let mut bytes = [if is_negative { 0xff } else { 0 }; 8];
    bytes[..old.len()].copy_from_slice(old);
    let value = match from {
        FieldType::F32 => {
            let value = old.first_chunk().map_or(0.0, |bytes| f32::from_le_bytes(*bytes));
            // The bits of other NaNs may come out otherwise on another machine.
            if value.is_nan() { f64::NAN } else { value.into() }
        }
        _ => i64::from_le_bytes(bytes) as f64,
    };
    match to {
        FieldType::F32 => new.copy_from_slice(&(value as f32).to_le_bytes()),
        FieldType::F64 => new.copy_from_slice(&value.to_le_bytes()),
        _ => new.copy_from_slice(&bytes[..new.len()]),
    }
}
