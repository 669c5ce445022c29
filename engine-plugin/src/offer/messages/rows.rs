//! Packed messages, one after the other.

use crate::types::schema::SchemaLayout;
use crate::types::slices::{gather, relocate};

/// Packed messages of one kind, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct MessageRows {
    /// The messages back to back; their strings and lists count from the start of `heap`.
    pub rows: Vec<u8>,
    /// What strings and lists cover.
    pub heap: Vec<u8>,
}

impl MessageRows {
    /// Appends one message, packed: its own bytes, and then what its strings and lists cover.
    pub fn push(&mut self, schema: &SchemaLayout, packed: &[u8]) {
        let (own, covered) = packed.split_at(schema.byte_size as usize);
        self.append(schema, own, covered);
    }

    /// Appends messages whose strings and lists count from the start of `covered`.
    fn append(&mut self, schema: &SchemaLayout, rows: &[u8], covered: &[u8]) {
        let first = self.rows.len();
        self.rows.extend_from_slice(rows);
        if covered.is_empty() {
            return;
        }
        self.heap.resize(self.heap.len().next_multiple_of(8), 0);
        let base = self.heap.len();
        self.heap.extend_from_slice(covered);
        let row_bytes = (schema.byte_size as usize).max(1);
        for row in self.rows[first..].chunks_exact_mut(row_bytes) {
            relocate(schema, row, &mut self.heap[base..], base as u32);
        }
    }

    /// Appends the messages of `other` from row `first` on.
    pub fn extend(&mut self, schema: &SchemaLayout, other: &Self, first: usize) {
        if let Some(rows) = other.rows.get(first * schema.byte_size as usize..) {
            self.append(schema, rows, &other.heap);
        }
    }

    /// Drops the oldest `count` messages, and what no other one covers.
    pub fn drop_first(&mut self, schema: &SchemaLayout, count: usize) {
        if count == 0 {
            return;
        }
        let row_bytes = (schema.byte_size as usize).max(1);
        let mut rest = self.rows.split_off((count * row_bytes).min(self.rows.len()));
        if self.heap.is_empty() {
            self.rows = rest;
            return;
        }
        let heap = std::mem::take(&mut self.heap);
        self.rows.clear();
        let mut packed = Vec::new();
        for row in rest.chunks_exact_mut(row_bytes) {
            // Every message's own parts were taken in with it, so no limit applies and nothing is bad.
            if gather(schema, row, &heap, &mut usize::MAX.clone(), &|_| true, &mut packed).is_ok() {
                self.push(schema, &packed);
            }
        }
    }

    /// Bytes of all messages.
    pub fn bytes(&self) -> usize {
        self.rows.len() + self.heap.len()
    }

    /// How many messages there are.
    pub fn len(&self, schema: &SchemaLayout) -> usize {
        self.rows.len() / (schema.byte_size as usize).max(1)
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.heap.clear();
    }
}
