//! Names that only one side knows: a typo in one of them would go unnoticed otherwise.

use std::collections::BTreeSet;

use bevy::log::warn;
use peristyle_abi::TermKind;

use crate::insight::scripts::Scripts;
use crate::module::layout::{CheckedParams, ColumnSource, most_alike};
use crate::offer::messages::MessageSource;

/// Names that scripts ask for, and those that they provide.
#[derive(Default)]
struct Names {
    asked: BTreeSet<(String, String)>,
    provided: BTreeSet<String>,
}

impl Names {
    /// Warns of what nobody provides and `warned` has not.
    fn warn(&self, what: &str, provided: &str, warned: &mut BTreeSet<String>) {
        for (name, system) in &self.asked {
            if self.provided.contains(name) || !warned.insert(format!("{what} {name}")) {
                continue;
            }
            let meant = most_alike(name, self.provided.iter().map(String::as_str));
            let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            warn!("script {system} asks for {what} `{name}`, and no script {provided}{meant}");
        }
    }
}

/// Warns, once for each name, of components and messages of scripts that systems ask for and that no script provides.
pub(crate) fn warn_of_orphans(scripts: &Scripts, warned: &mut BTreeSet<String>) {
    let mut names = [Names::default(), Names::default(), Names::default()];
    for module in scripts.iter() {
        let running = module.slot.lock();
        let Some(version) = &running.version else { continue };
        for system in &version.layout.systems {
            let full_name = format!("{}::{}", module.name, system.name);
            collect(&system.params, &full_name, &mut names);
        }
    }
    let [components, messages, events] = names;
    components.warn("component", "gives it to an entity", warned);
    messages.warn("messages", "sends them", warned);
    events.warn("events", "triggers them", warned);
}

fn collect(params: &CheckedParams, system: &str, [components, messages, events]: &mut [Names; 3]) {
    let is_of_scripts = |name: &str| name.contains("::");
    for column in params.queries.iter().flat_map(|query| &query.columns) {
        let name = &column.value.schema.name;
        if matches!(column.source, ColumnSource::Component(_)) && is_of_scripts(name) {
            components.asked.insert((name.clone(), system.to_owned()));
        }
    }
    for read in params.messages.iter().filter(|read| matches!(read.source, MessageSource::Scripts(_))) {
        let names = if read.is_event { &mut *events } else { &mut *messages };
        names.asked.insert((read.schema.name.clone(), system.to_owned()));
    }
    for term in params.commands.iter().flatten() {
        let names = match term.kind {
            TermKind::Insert => &mut *components,
            TermKind::Trigger => &mut *events,
            _ => &mut *messages,
        };
        names.provided.insert(term.value.schema.name.clone());
    }
}
