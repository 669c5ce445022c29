//! Whether a module is valid, and how much room its functions take.

use wasmparser::{FuncValidatorAllocations, Parser, ValidPayload, Validator, WasmFeatures};

use crate::error::MeterError;

fn features() -> WasmFeatures {
    WasmFeatures::WASM1
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
}

/// Validates a module; of each function the number of its parameters and locals, and the greatest height of
/// its operand stack, together.
pub(crate) fn validate(wasm: &[u8]) -> Result<Vec<u64>, MeterError> {
    let mut validator = Validator::new_with_features(features());
    let (mut allocations, mut slots) = (FuncValidatorAllocations::default(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let ValidPayload::Func(function, body) = validator.payload(&payload?)? else { continue };
        let mut function = function.into_validator(allocations);
        let mut reader = body.get_binary_reader();
        function.read_locals(&mut reader)?;
        reader.set_features(features());
        let mut height = 0;
        while !reader.eof() {
            let offset = reader.original_position();
            reader.visit_operator(&mut function.visitor(offset))??;
            height = height.max(function.operand_stack_height());
        }
        reader.finish_expression(&function.visitor(reader.original_position()))?;
        slots.push(u64::from(function.len_locals()) + u64::from(height));
        allocations = function.into_allocations();
    }
    Ok(slots)
}
