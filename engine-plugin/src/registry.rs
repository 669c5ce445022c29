//! What the game offers to scripts: components by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::ecs::component::{ComponentId, Mutable, StorageType};
use bevy::prelude::*;
use peristyle_abi::Schema;

use crate::schema::SchemaLayout;

/// The components that scripts may touch, by schema name.
///
/// Filled through [`PeristyleAppExt::register_script_component`](crate::PeristyleAppExt).
#[derive(Resource, Default, Debug)]
pub struct ScriptRegistry {
    components: BTreeMap<String, RegisteredComponent>,
}

/// A component that scripts may touch.
#[derive(Clone, Debug)]
pub struct RegisteredComponent {
    /// Bevy's id.
    pub id: ComponentId,
    /// The packed layout, which is also the layout of Bevy's column.
    pub schema: Arc<SchemaLayout>,
}

impl ScriptRegistry {
    /// The component that modules call `name`.
    pub fn component(&self, name: &str) -> Option<&RegisteredComponent> {
        self.components.get(name)
    }

    /// All names in byte order.
    pub fn component_names(&self) -> impl Iterator<Item = &str> {
        self.components.keys().map(String::as_str)
    }

    /// Registers `T` with the world and with the registry.
    pub(crate) fn register<T: Component<Mutability = Mutable> + Schema>(world: &mut World) {
        assert!(
            T::STORAGE_TYPE == StorageType::Table,
            "register_script_component::<{}>(): the component is stored in a sparse set, and scripts map table \
             columns; remove `#[component(storage = \"SparseSet\")]` from it",
            std::any::type_name::<T>(),
        );
        let id = world.register_component::<T>();
        let mut registry = world.get_resource_or_init::<Self>();
        let component = RegisteredComponent { id, schema: Arc::new(SchemaLayout::of::<T>()) };
        let before = registry.components.insert(T::NAME.to_owned(), component);
        assert!(
            before.is_none_or(|before| before.id == id),
            "register_script_component::<{}>(): another component is registered as `{}`; \
             give one of the two another name with `#[schema(name = \"...\")]`",
            std::any::type_name::<T>(),
            T::NAME,
        );
    }
}
