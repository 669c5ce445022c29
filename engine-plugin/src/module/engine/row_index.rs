//! Which row an entity has in a query of the running call: what `row_of` looks up.

use bevy::prelude::Entity;

/// The entities of one query's rows, and where each is.
#[derive(Debug, Default)]
pub(crate) struct RowIndex {
    entities: Vec<Entity>,
    /// By the entity's index: its row plus 1, or 0. Built when it is first asked for.
    rows: Vec<u32>,
    is_built: bool,
}

impl RowIndex {
    /// Begins anew, without rows.
    pub fn clear(&mut self) {
        if self.is_built {
            for entity in &self.entities {
                self.rows[entity.index_u32() as usize] = 0;
            }
        }
        self.entities.clear();
        self.is_built = false;
    }

    /// Adds rows at the end.
    pub fn extend(&mut self, entities: &[Entity]) {
        debug_assert!(!self.is_built);
        self.entities.extend_from_slice(entities);
    }

    /// How many rows must be looked at before the next answer.
    pub fn rows_to_build(&self) -> u64 {
        if self.is_built { 0 } else { self.entities.len() as u64 }
    }

    /// The row of the entity with that id.
    pub fn row_of(&mut self, id: u64) -> Option<u32> {
        if !self.is_built {
            for (row, entity) in (1..).zip(&self.entities) {
                let index = entity.index_u32() as usize;
                if index >= self.rows.len() {
                    self.rows.resize(index + 1, 0);
                }
                self.rows[index] = row;
            }
            self.is_built = true;
        }
        let entity = Entity::try_from_bits(id)?;
        let row = self.rows.get(entity.index_u32() as usize)?.checked_sub(1)?;
        (self.entities.get(row as usize) == Some(&entity)).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_has_a_row_in_the_call_that_it_is_mapped_in() {
        let entity = |index: u32| Entity::from_raw_u32(index).unwrap();
        let mut index = RowIndex::default();
        index.extend(&[entity(9), entity(2)]);
        index.extend(&[entity(500)]);
        assert_eq!(index.rows_to_build(), 3);
        let row_of = |index: &mut RowIndex, number| index.row_of(entity(number).to_bits());
        assert_eq!(
            [9, 2, 500, 3, 501].map(|e| row_of(&mut index, e)),
            [Some(0), Some(1), Some(2), None, None]
        );
        assert_eq!(index.rows_to_build(), 0);
        assert_eq!(index.row_of(0), None);
        // Another entity in the same place.
        assert_eq!(index.row_of(entity(9).to_bits() | 1 << 32), None);

        index.clear();
        assert_eq!(row_of(&mut index, 9), None);
        index.clear();
        index.extend(&[entity(2)]);
        assert_eq!([9, 2].map(|e| row_of(&mut index, e)), [None, Some(0)]);
    }
}
