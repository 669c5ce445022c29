//! What the game offers to scripts: components by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::ecs::component::{ComponentId, Mutable};
use bevy::prelude::*;
use peristyle_abi::Schema;

use crate::mirror::{Mirror, MirroredComponent};
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
    /// The packed layout that scripts see.
    pub schema: Arc<SchemaLayout>,
    /// How rows are packed, where Bevy's are not.
    pub(crate) mirror: Option<Mirror>,
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

    /// Registers `T`, which is packed, with the world and with the registry.
    pub(crate) fn register<T: Component<Mutability = Mutable> + Schema>(world: &mut World) {
        Self::insert::<T, T>(world, None);
    }

    /// Registers `T`, which crosses through its packed mirror.
    pub(crate) fn register_mirrored<T: MirroredComponent>(world: &mut World) {
        Self::insert::<T, T::Packed>(world, Some(Mirror::of::<T>()));
    }

    fn insert<T: Component, Packed: Schema>(world: &mut World, mirror: Option<Mirror>) {
        let id = world.register_component::<T>();
        let mut registry = world.get_resource_or_init::<Self>();
        let component = RegisteredComponent { id, schema: Arc::new(SchemaLayout::of::<Packed>()), mirror };
        let before = registry.components.insert(Packed::NAME.to_owned(), component);
        assert!(
            before.is_none_or(|before| before.id == id),
            "{} cannot be offered to scripts as `{}`: another component is registered under that name; give one \
             of the two another name with `#[schema(name = \"...\")]`",
            std::any::type_name::<T>(),
            Packed::NAME,
        );
    }
}
