//! Messages and events that fit the game: what a system reads, sends and triggers.

use std::sync::Arc;

use peristyle_abi::TermKind;

use super::{CheckedValue, LayoutError, Offer, check_writable, component, hint};
use crate::module::manifest::{MessagesManifest, TermManifest};
use crate::offer::messages::{Happening, MessageSource};
use crate::types::schema::SchemaLayout;

/// One kind of messages or events that a system reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedMessages {
    pub schema: Arc<SchemaLayout>,
    pub source: MessageSource,
    /// Whether the system runs only where there are some.
    pub is_event: bool,
}

/// What commands may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandTerm {
    pub kind: TermKind,
    pub value: CheckedValue,
    /// Where the value goes, if it is a message or an event and not a component.
    pub messages: Option<MessageSource>,
}

impl CheckedMessages {
    pub(super) fn check(
        module: &str,
        system: &str,
        messages: &MessagesManifest,
        offer: &Offer<'_>,
    ) -> Result<Self, LayoutError> {
        let is_event = messages.is_event;
        let happening = match messages.term.kind {
            TermKind::Added => Happening::Added,
            TermKind::Removed => Happening::Removed,
            _ => {
                let (schema, source) = source(module, system, &messages.term.schema, is_event, offer)?;
                return Ok(Self { schema, source, is_event });
            }
        };
        let id = component(system, &messages.term.schema, offer)?.id;
        let channel = offer.channels.happening(id, happening);
        let source = MessageSource::Happening(id, happening, channel);
        Ok(Self { schema: SchemaLayout::of_entities(), source, is_event })
    }
}

impl CommandTerm {
    pub(super) fn check(
        module: &str,
        system: &str,
        term: &TermManifest,
        offer: &Offer<'_>,
    ) -> Result<Self, LayoutError> {
        let kind = term.kind;
        let is_event = match kind {
            TermKind::Send => false,
            TermKind::Trigger => true,
            _ => {
                let registered = component(system, &term.schema, offer)?;
                check_writable(system, registered, true)?;
                let value = CheckedValue::of_component(registered);
                return Ok(Self { kind, value, messages: None });
            }
        };
        let (schema, source) = source(module, system, &term.schema, is_event, offer)?;
        Ok(Self { kind, value: CheckedValue::new(schema), messages: Some(source) })
    }
}

/// Where messages or events of that name and layout come from and go to.
fn source(
    module: &str,
    system: &str,
    schema: &Arc<SchemaLayout>,
    is_event: bool,
    offer: &Offer<'_>,
) -> Result<(Arc<SchemaLayout>, MessageSource), LayoutError> {
    let name = &schema.name;
    if schema.byte_size == 0 {
        let (system, message) = (system.to_owned(), name.clone());
        return Err(LayoutError::EmptyMessage { system, message });
    }
    let mismatch = |mismatch, game: &SchemaLayout| LayoutError::Mismatch {
        system: system.to_owned(),
        component: name.clone(),
        mismatch: Box::new(mismatch),
        game: game.to_string(),
    };
    let registry = offer.registry;
    let registered = if is_event { registry.events(name) } else { registry.messages(name) };
    if let Some((registered, messages)) = registered {
        schema.check_against(registered).map_err(|found| mismatch(found, registered))?;
        return Ok((Arc::clone(registered), MessageSource::Game(*messages)));
    }
    if !name.contains("::") {
        let known: Vec<&str> =
            if is_event { registry.event_names().collect() } else { registry.message_names().collect() };
        return Err(LayoutError::UnknownMessage {
            system: system.to_owned(),
            kind: if is_event { "events" } else { "messages" },
            message: name.clone(),
            known: known.join(", "),
            hint: hint(
                name,
                if is_event { "event" } else { "message" },
                known,
                &[
                    ("a kind of messages", is_event && registry.message(name).is_some()),
                    ("a kind of events", !is_event && registry.event(name).is_some()),
                    ("a component", registry.component(name).is_some()),
                    ("a resource", registry.resource(name).is_some()),
                ],
            ),
        });
    }
    let channel = offer.channels.channel(module, schema, is_event).map_err(|(found, other, modules)| {
        let (system, name, mismatch) = (system.to_owned(), name.clone(), Box::new(found));
        LayoutError::MismatchOfModules { system, name, modules, mismatch, others: other.to_string() }
    })?;
    Ok((Arc::clone(&channel.schema), MessageSource::Scripts(channel)))
}
