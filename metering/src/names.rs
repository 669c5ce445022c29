//! The name section.

use wasm_encoder::NameSection;
use wasm_encoder::reencode::{Error, utils};
use wasmparser::{Name, NameSectionReader};

use crate::rewrite::Indices;

/// The same names for where everything went. Names of labels are left out, since checks add labels;
/// so is a section that cannot be read.
pub(crate) fn renumber(names: NameSectionReader<'_>, indices: &Indices<'_>) -> Option<NameSection> {
    let mut renumbered = NameSection::new();
    let function = |index| Ok::<_, Error>(indices.function(index));
    for name in names {
        match name.ok()? {
            Name::Function(map) => renumbered.functions(&utils::name_map(map, function).ok()?),
            Name::Local(map) => renumbered.locals(&utils::indirect_name_map(map, function).ok()?),
            Name::Label(_) => {}
            other => {
                let mut same = wasm_encoder::reencode::RoundtripReencoder;
                utils::parse_custom_name_subsection(&mut same, &mut renumbered, other).ok()?;
            }
        }
    }
    Some(renumbered)
}
