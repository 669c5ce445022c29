//! Where operators went.

use wasmparser::{Parser, Payload};

use crate::error::MeterError;

/// Leads from an offset in a metered module back to the original, whose DWARF then names the line.
///
/// ```
/// use peristyle_metering::{Options, meter};
///
/// let wasm = wat::parse_str(r#"(module (func (export "f") (loop (br 0))))"#)?;
/// let options = Options { offset_map: true, ..Options::default() };
/// let map = meter(&wasm, &options)?.offset_map.unwrap();
/// assert_eq!(map.original(0), None); // not code
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    functions: Vec<Function>,
    /// For each operator of each function how far it is from the one before, metered and
    /// original, as LEB128.
    deltas: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Function {
    begin: u32,
    end: u32,
    /// The original offset that the first delta counts from.
    original: u32,
    deltas: u32,
}

impl OffsetMap {
    pub(crate) fn new(metered: &[u8], functions: &[Vec<(u32, u32)>]) -> Result<Self, MeterError> {
        let mut map = Self::default();
        let mut offsets = functions.iter();
        for payload in Parser::new(0).parse_all(metered) {
            let Payload::CodeSectionEntry(body) = payload? else { continue };
            let Some(offsets) = offsets.next() else { break };
            let range = body.range();
            let original = offsets.first().map_or(0, |(_, original)| *original);
            map.functions.push(Function {
                begin: range.start as u32,
                end: range.end as u32,
                original,
                deltas: map.deltas.len() as u32,
            });
            let (mut last, mut last_original) = (0, original);
            for &(metered, original) in offsets {
                write(&mut map.deltas, metered.saturating_sub(last));
                let delta = original.wrapping_sub(last_original).cast_signed();
                // Zigzag: a loop that is written twice leads back twice.
                write(&mut map.deltas, (delta.wrapping_shl(1) ^ (delta >> 31)).cast_unsigned());
                (last, last_original) = (metered, original);
            }
        }
        Ok(map)
    }

    /// The offset in the original file of the operator that an offset in the metered file is in, or
    /// is a charge before. `None` outside of functions' code.
    #[must_use]
    pub fn original(&self, metered: u32) -> Option<u32> {
        let index = self.functions.partition_point(|function| function.begin <= metered).checked_sub(1)?;
        let function = self.functions.get(index)?;
        if metered >= function.end {
            return None;
        }
        let end = self.functions.get(index + 1).map_or(self.deltas.len(), |next| next.deltas as usize);
        let mut deltas = self.deltas.get(function.deltas as usize..end)?.iter();
        let (mut at, mut original) = (function.begin, function.original);
        let mut found = function.original;
        while let (Some(step), Some(step_original)) = (read(&mut deltas), read(&mut deltas)) {
            at += step;
            let delta = (step_original >> 1).cast_signed() ^ -(step_original & 1).cast_signed();
            original = original.wrapping_add_signed(delta);
            if at > metered {
                break;
            }
            found = original;
        }
        Some(found)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.deltas.len() + self.functions.len() * size_of::<Function>()
    }
}

fn write(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<u32> {
    let mut value = 0;
    for shift in (0..32).step_by(7) {
        let byte = bytes.next()?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
