//! Values of one type that cross between the game and a module: resources, messages, components that
//! commands insert, rows of a column.

use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use peristyle_abi::FieldType;

use crate::messages::MessageSource;
use crate::mirror::Mirror;
use crate::registry::RegisteredComponent;
use crate::schema::SchemaLayout;

/// One resource that a system reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedResource {
    pub value: CheckedValue,
    pub write: bool,
}

/// One kind of messages that a system reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedMessages {
    pub schema: Arc<SchemaLayout>,
    pub source: MessageSource,
}

/// What commands may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandTerm {
    pub value: CheckedValue,
    /// Where the value is sent, if it is a message and not a component.
    pub messages: Option<MessageSource>,
}

/// How values of one type cross, and what is looked at before one is taken from a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedValue {
    /// Bevy's id; none for the entities' own ids.
    pub id: Option<ComponentId>,
    pub schema: Arc<SchemaLayout>,
    /// How values are packed, where Bevy's are not.
    pub mirror: Option<Mirror>,
    /// Whether there are bytes that the type cannot take.
    pub has_bad_values: bool,
    /// Which numbers may be NaNs, which are made canonical.
    pub floats: Floats,
}

impl CheckedValue {
    pub(super) fn of_component(registered: &RegisteredComponent) -> Self {
        let value = Self::new(Arc::clone(&registered.schema));
        Self {
            id: Some(registered.id),
            mirror: registered.mirror,
            has_bad_values: value.has_bad_values || registered.mirror.is_some(),
            ..value
        }
    }

    pub(super) fn new(schema: Arc<SchemaLayout>) -> Self {
        let has_checked_field = |ty| matches!(ty, FieldType::Bool | FieldType::Entity);
        Self {
            id: None,
            mirror: None,
            has_bad_values: has_field(&schema, has_checked_field),
            floats: Floats::of(&schema),
            schema,
        }
    }
}

/// Which of a schema's numbers are floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floats {
    None,
    /// All of them are, and all of those are `f32`.
    Only32,
    Mixed,
}

impl Floats {
    fn of(schema: &SchemaLayout) -> Self {
        if !has_field(schema, |ty| matches!(ty, FieldType::F32 | FieldType::F64)) {
            Self::None
        } else if has_field(schema, |ty| ty != FieldType::F32) {
            Self::Mixed
        } else {
            Self::Only32
        }
    }
}

fn has_field(schema: &SchemaLayout, test: impl Fn(FieldType) -> bool) -> bool {
    schema.fields.iter().any(|field| test(field.field_type))
}
