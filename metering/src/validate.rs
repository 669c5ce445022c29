//! Whether a module is valid, and how much room its functions take.

use wasmparser::{
    FuncValidator, FuncValidatorAllocations, FunctionBody, Parser, ValidPayload, Validator,
    ValidatorResources, WasmFeatures,
};

use crate::error::MeterError;
use crate::parts::in_parts;

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
    let mut functions = Vec::new();
    let mut seen = Ok(());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.and_then(|payload| validator.payload(&payload)) {
            Ok(ValidPayload::Func(function, body)) => functions.push((function, body)),
            Ok(_) => {}
            Err(error) => {
                seen = Err(error);
                break;
            }
        }
    }
    let slots = in_parts(
        functions,
        |(_, body)| body.as_bytes().len() as u64,
        |functions| {
            let mut allocations = FuncValidatorAllocations::default();
            let mut slots = Vec::with_capacity(functions.len());
            for (function, body) in functions {
                let mut function = function.into_validator(allocations);
                slots.push(validate_function(&mut function, &body)?);
                allocations = function.into_allocations();
            }
            Ok::<_, MeterError>(slots)
        },
    )?;
    // What is wrong in the code comes before what is wrong behind it.
    seen?;
    Ok(slots)
}

fn validate_function(
    function: &mut FuncValidator<ValidatorResources>,
    body: &FunctionBody<'_>,
) -> Result<u64, MeterError> {
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
    Ok(u64::from(function.len_locals()) + u64::from(height))
}
