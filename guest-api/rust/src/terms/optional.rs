//! Columns in which rows may lack the component.

/// The column of an `Option<&T>`: as long as the others, with zeros where a row has no `T` (in an
/// enum without a value 0, the least of its values).
#[derive(Clone, Copy, Debug)]
pub struct OptionalColumn<'f, T> {
    pub(super) values: &'f [T],
    pub(super) presence: &'f [u8],
}

/// The column of an `Option<&mut T>`: as long as the others, with zeros where a row has no `T` (in an
/// enum without a value 0, the least of its values). What is written there is dropped.
#[derive(Debug)]
pub struct OptionalColumnMut<'f, T> {
    pub(super) values: &'f mut [T],
    pub(super) presence: &'f [u8],
}

macro_rules! optional {
    ($Optional:ident: $($mutable:ident)?) => {
        impl<'f, T> $Optional<'f, T> {
            /// A column of these values, for unit tests: bit `row % 8` of byte `row / 8` of
            /// `presence` says whether the row has one.
            ///
            /// # Panics
            /// Where the mask has too few bits.
            pub fn new(values: &'f $($mutable)? [T], presence: &'f [u8]) -> Self {
                assert!(presence.len() * 8 >= values.len(), "a presence mask has a bit for each row");
                Self { values, presence }
            }

            /// All values, those of absent rows included.
            pub fn values(&self) -> &[T] {
                self.values
            }

            /// Whether that row has a value.
            ///
            /// # Panics
            /// Where there is no such row.
            pub fn is_present(&self, row: usize) -> bool {
                assert!(row < self.values.len(), "row {row} of {}", self.values.len());
                self.presence[row / 8] >> (row % 8) & 1 == 1
            }

            /// That row's value, if it has one.
            pub fn get(&self, row: usize) -> Option<&T> {
                self.values.get(row).filter(|_| self.is_present(row))
            }
        }
    };
}

optional!(OptionalColumn:);
optional!(OptionalColumnMut: mut);

impl<T> OptionalColumnMut<'_, T> {
    /// All values, those of absent rows included: what is written to those is dropped.
    pub fn values_mut(&mut self) -> &mut [T] {
        self.values
    }

    /// That row's value, if it has one.
    pub fn get_mut(&mut self, row: usize) -> Option<&mut T> {
        if row < self.values.len() && self.is_present(row) { self.values.get_mut(row) } else { None }
    }
}
