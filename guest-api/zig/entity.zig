/// An entity's id, as a field `entity: peristyle.Entity` of a query's terms gives it and
/// `Commands.spawn` returns it.
///
/// It is also a type that fields of components, resources and state blocks may have. The number
/// means nothing but to be the same for the same entity; it is not the same in another game.
///
/// The id that `spawn` returns is provisional: good for later commands of the same call, and for
/// the components that they insert. A call that leaves it in a column is a fault.
pub const Entity = enum(u64) {
    /// No entity.
    none = 0,
    _,

    /// Whether it is the id of an entity, or `none`.
    pub fn isSome(entity: Entity) bool {
        return entity != .none;
    }
};
