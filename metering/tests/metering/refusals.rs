//! What is refused, and by which name.

use peristyle_metering::{MeterError, Options, Refused, meter};

fn refusal(wat: &str) -> MeterError {
    let wasm = wat::parse_str(wat).unwrap();
    meter(&wasm, &Options::default()).expect_err(wat)
}

/// Verifies that everything that differs between machines is refused by its name.
#[test]
fn what_differs_between_machines_is_refused_by_name() {
    let cases = [
        ("(module (memory 1 2 shared))", Refused::SharedMemory),
        ("(module (memory i64 1 2))", Refused::Memory64),
        ("(module (table i64 1 2 funcref))", Refused::Memory64),
        ("(module (memory 1 2) (memory 1 2))", Refused::MultipleMemories),
        ("(module (memory 1 2 (pagesize 1)))", Refused::CustomPageSize),
        ("(module (func $f) (start $f))", Refused::StartFunction),
        ("(module (tag))", Refused::Exceptions("tag")),
        ("(module (import \"a\" \"b\" (memory 1 2)))", Refused::ImportedState),
        ("(module (import \"a\" \"b\" (table 1 2 funcref)))", Refused::ImportedState),
        ("(module (type (struct)))", Refused::GarbageCollection("type")),
        ("(module (memory 4000))", Refused::InitialAboveMaximum { max: 2_048 }),
        ("(component)", Refused::Component),
    ];
    for (wat, expected) in cases {
        match refusal(wat) {
            MeterError::Refused { what, .. } => assert_eq!(what, expected, "{wat}"),
            other => panic!("{wat}: {other}"),
        }
    }
}

/// Verifies that operators are refused with function, offset and name.
#[test]
fn operators_are_refused_with_their_function() {
    let error = refusal(
        "(module (func $ok) (func $mixes (result v128)
            v128.const i32x4 0 0 0 0 v128.const i32x4 0 0 0 0 i8x16.relaxed_swizzle))",
    );
    let text = error.to_string();
    assert!(text.contains("relaxed SIMD (`I8x16RelaxedSwizzle`)") && text.contains("`mixes`"), "{text}");
    let error = refusal("(module (memory 1 2) (func (export \"race\") atomic.fence))");
    assert!(error.to_string().contains("threads (`AtomicFence`)"), "{error}");
    assert!(error.to_string().contains("`race`"), "{error}");
    let error = refusal("(module (func throw_ref))");
    assert!(error.to_string().contains("exceptions (`ThrowRef`)"), "{error}");
    let error = refusal("(module (func (drop (ref.i31 (i32.const 1)))))");
    assert!(error.to_string().contains("garbage collection"), "{error}");
    assert!(error.to_string().contains("in function 0"), "{error}");
}

/// Verifies that reserved names cannot be taken.
#[test]
fn reserved_names_are_refused() {
    for wat in [
        "(module (func (export \"__peristyle_fuel\")))",
        "(module (func (export \"__peristyle_x\")))",
        "(module (import \"__peristyle_meter\" \"exhausted\" (func)))",
    ] {
        assert!(matches!(refusal(wat), MeterError::ReservedName { .. }), "{wat}");
    }
}

/// Verifies that without maxima of the host a module must name its own.
#[test]
fn without_imposed_maxima_a_module_must_name_its_own() {
    let options = Options { memory_pages_max: None, table_elements_max: None, ..Options::default() };
    for (wat, expected) in [
        ("(module (memory 1))", Some(Refused::UnboundedMemory)),
        ("(module (table 1 funcref))", Some(Refused::UnboundedTable)),
        ("(module (memory 1 60000) (table 1 2 funcref))", None),
    ] {
        let found = match meter(&wat::parse_str(wat).unwrap(), &options) {
            Err(MeterError::Refused { what, .. }) => Some(what),
            other => other.map(|_| None).unwrap(),
        };
        assert_eq!(found, expected, "{wat}");
    }
}

/// Verifies that of many bad functions, which several threads look at, the first is named, and before what is wrong behind the
/// code.
#[test]
fn of_many_bad_functions_the_first_is_named() {
    let functions = (0..4_000).map(|index| match index {
        1_000 | 1_001 | 2_500 | 3_999 => "(func atomic.fence)".to_owned(),
        _ => "(func (result i32) (i32.add (i32.const 1) (i32.const 2)))".to_owned(),
    });
    let mut wasm = wat::parse_str(format!("(module {})", functions.collect::<String>())).unwrap();
    // A data section that ends before its only segment.
    wasm.extend([11, 1, 1]);
    for _ in 0..20 {
        match meter(&wasm, &Options::default()).unwrap_err() {
            MeterError::Refused { what: Refused::Threads("AtomicFence"), function, .. } => {
                assert_eq!(function.index, Some(1_000));
            }
            other => panic!("{other}"),
        }
    }
}

/// Verifies that a module with more functions than engines accept is refused before anything is made of them.
#[test]
fn too_many_functions_are_refused() {
    let mut wasm = wat::parse_str("(module (type (func)))").unwrap();
    // 1,000,001 functions of that type.
    wasm.extend([3, 0xc4, 0x84, 0x3d, 0xc1, 0x84, 0x3d]);
    wasm.extend(vec![0; 1_000_001]);
    let error = meter(&wasm, &Options::default()).unwrap_err();
    assert!(matches!(error, MeterError::TooLarge { what: "functions", found: 1_000_001, .. }), "{error}");
}
