//! Values of one type that cross between the game and a module: resources, messages, components that
//! commands insert, rows of a column.

use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use peristyle_abi::{FieldType, SchemaKind};

use crate::offer::registry::RegisteredComponent;
use crate::types::mirror::Mirror;
use crate::types::schema::{FieldLayout, SchemaLayout};
use crate::types::value;

/// One resource that a system reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedResource {
    pub value: CheckedValue,
    pub write: bool,
}

/// How values of one type cross, and what is looked at before one is taken from a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedValue {
    /// Bevy's id; none for the entities' own ids.
    pub id: Option<ComponentId>,
    pub schema: Arc<SchemaLayout>,
    /// How values are packed, where Bevy's are not.
    pub mirror: Option<Mirror>,
    /// Whether a row of zeros is a value.
    pub has_zero: bool,
    /// Whether there are bytes that the type cannot take.
    pub has_bad_values: bool,
    /// Which numbers may be NaNs, which are made canonical.
    pub floats: Floats,
    /// Whether it has strings or lists.
    pub has_slices: bool,
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
        let has_bad_values = schema
            .any_field(&|field| matches!(field.field_type, FieldType::Bool | FieldType::Entity))
            || schema.any_kind(&|kind| !matches!(kind, SchemaKind::Struct | SchemaKind::Element));
        let (has_zero, floats) = (value::has_zero(&schema), Floats::of(&schema));
        let has_slices = schema.has_slices();
        Self { id: None, mirror: None, has_zero, has_bad_values, floats, has_slices, schema }
    }
}

/// What of a value may have to be made canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floats {
    None,
    /// All numbers are floats, and all of those are `f32`.
    Only32,
    /// Some numbers, or the bytes of values that are not there.
    Mixed,
}

impl Floats {
    fn of(schema: &SchemaLayout) -> Self {
        let is_float = |field: &FieldLayout| matches!(field.field_type, FieldType::F32 | FieldType::F64);
        let is_other = |field: &FieldLayout| !matches!(field.field_type, FieldType::F32 | FieldType::Nested);
        if schema.any_kind(&|kind| kind == SchemaKind::Option) {
            Self::Mixed
        } else if !schema.any_field(&is_float) {
            Self::None
        } else if schema.any_field(&is_other) || schema.any_kind(&|kind| !matches!(kind, SchemaKind::Struct))
        {
            Self::Mixed
        } else {
            Self::Only32
        }
    }
}
