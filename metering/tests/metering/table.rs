//! The costs as they are written down.

use peristyle_metering::{Class, CostSchedule, LengthCost};

fn written(schedule: &CostSchedule) -> Vec<String> {
    let mut rows: Vec<String> = Class::ALL
        .iter()
        .map(|class| format!("| {} | {} | {} |", class.name(), schedule.cost(*class), class.about()))
        .collect();
    let lengths = [
        ("byte copied, filled or initialized", schedule.bulk_bytes),
        ("page of `memory.grow`, up to 65,536", schedule.memory_pages),
        ("table element copied, filled, initialized or grown", schedule.table_elements),
    ];
    for (what, cost) in lengths {
        rows.push(match cost {
            LengthCost::PerUnit { log2 } => format!("| {what} | 1 for every {}, rounded down |", 1 << log2),
            LengthCost::PerItem { log2 } => format!("| {what} | {} each |", 1 << log2),
        });
    }
    rows
}

/// Verifies that docs/fuel.md says what the code charges.
#[test]
fn the_documented_costs_are_those_of_the_code() {
    let text = include_str!("../../../docs/fuel.md");
    let schedule = CostSchedule::V1;
    assert!(text.contains(&format!("version {}", schedule.version)));
    for row in written(&schedule) {
        assert!(text.contains(&row), "docs/fuel.md lacks this row:\n{row}");
    }
    for units in [schedule.unchecked_length_units_max, schedule.unchecked_function_units_max] {
        assert!(text.contains(&format!("at most {units} units")), "docs/fuel.md lacks {units}");
    }
}
