//! The same figures as in `Scripts`, as Bevy diagnostics.

use std::time::Instant;

use bevy::diagnostic::{Diagnostic, DiagnosticMeasurement, DiagnosticPath, DiagnosticsStore};
use bevy::prelude::*;

use crate::insight::scripts::Scripts;
use crate::insight::status::SystemPaths;

/// Figures and their units.
const FIGURES: [(&str, &str); 4] = [("fuel", ""), ("rows", ""), ("bytes", " B"), ("time", " ms")];

/// Adds a measurement of each figure of each system.
pub(crate) fn measure(mut scripts: ResMut<Scripts>, mut store: ResMut<DiagnosticsStore>) {
    let now = Instant::now();
    for module in &mut scripts.bypass_change_detection().modules {
        for system in &mut module.systems {
            let name = &system.name;
            let paths = system.paths.get_or_insert_with(|| {
                SystemPaths(FIGURES.map(|(figure, suffix)| {
                    let path = DiagnosticPath::new(format!("peristyle/{}/{name}/{figure}", module.name));
                    if store.get(&path).is_none() {
                        store.add(Diagnostic::new(path.clone()).with_suffix(suffix));
                    }
                    path
                }))
            });
            let stats = &system.stats;
            let milliseconds = stats.time.as_secs_f64() * 1_000.0;
            let values = [stats.fuel as f64, f64::from(stats.rows), stats.bytes_mapped as f64, milliseconds];
            for (path, value) in paths.0.iter().zip(values) {
                if let Some(diagnostic) = store.get_mut(path) {
                    diagnostic.add_measurement(DiagnosticMeasurement { time: now, value });
                }
            }
        }
    }
}
