//! A mirror whose type is forgotten, where rows are mapped.
#![expect(unsafe_code, reason = "a mirrored component is known by id alone where rows are mapped")]

use std::any::TypeId;

use bevy::ecs::component::ComponentMutability;
use bevy::prelude::*;
use peristyle_abi::Schema;

use super::{BadValue, MirrorOf};
use crate::types::schema::SchemaLayout;
use crate::types::slices::{self, SliceReader, SliceWriter};

/// How rows of one mirrored component are packed and unpacked, its type forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mirror {
    component: TypeId,
    /// Bytes from one row of the component to the next.
    pub stride: usize,
    /// Whether scripts may only read it.
    pub read_only: bool,
    pack: unsafe fn(*const u8, &mut Vec<u8>, &mut SliceWriter),
    unpack: unsafe fn(&[u8], *mut u8),
    check: unsafe fn(&[u8]) -> Result<(), BadValue>,
    creates: unsafe fn(&[u8]) -> bool,
    insert: unsafe fn(&[u8], &mut EntityWorldMut<'_>),
}

impl PartialEq for Mirror {
    fn eq(&self, other: &Self) -> bool {
        // The functions follow from the type.
        self.component == other.component
    }
}

impl Eq for Mirror {}

impl Mirror {
    /// The mirror of `T`.
    pub fn of<T: MirrorOf>() -> Self {
        /// # Safety
        /// `row` points to a `T::Component` that nothing writes meanwhile.
        unsafe fn pack<T: MirrorOf>(row: *const u8, out: &mut Vec<u8>, slices: &mut SliceWriter) {
            // SAFETY: the caller's promise.
            let packed = T::pack(unsafe { &*row.cast::<T::Component>() }, slices);
            out.extend_from_slice(peristyle_abi::schema::bytes_of(&packed));
        }
        /// # Safety
        /// The bytes are valid for the fields of `P`.
        unsafe fn value<P: Schema>(packed: &[u8]) -> (P, SliceReader<'_>) {
            let (own, slices) = packed.split_at(size_of::<P>());
            // SAFETY: any bytes that are valid for the fields are a value of a `Schema` type, and
            // the split says that there are enough.
            (unsafe { own.as_ptr().cast::<P>().read_unaligned() }, SliceReader::new(slices))
        }
        /// # Safety
        /// The bytes are valid for the fields of `T::Packed`.
        unsafe fn check<T: MirrorOf>(packed: &[u8]) -> Result<(), BadValue> {
            // SAFETY: the caller's promise.
            let (packed, slices) = unsafe { value(packed) };
            T::check(&packed, slices)
        }
        /// # Safety
        /// `row` points to a `T::Component` that nothing else touches meanwhile; the bytes are valid for the
        /// fields of `T::Packed`.
        unsafe fn unpack<T: MirrorOf>(packed: &[u8], row: *mut u8) {
            // SAFETY: the caller's promise.
            let (packed, slices) = unsafe { value(packed) };
            // SAFETY: the caller's promise.
            T::unpack(unsafe { &mut *row.cast::<T::Component>() }, &packed, slices);
        }
        /// # Safety
        /// The bytes are valid for the fields of `T::Packed`.
        unsafe fn creates<T: MirrorOf>(packed: &[u8]) -> bool {
            // SAFETY: the caller's promise.
            let (packed, slices) = unsafe { value(packed) };
            T::from_packed(&packed, slices).is_some()
        }
        /// # Safety
        /// The bytes are valid for the fields of `T::Packed`.
        unsafe fn insert<T: MirrorOf>(packed: &[u8], entity: &mut EntityWorldMut<'_>) {
            // SAFETY: the caller's promise.
            let (packed, slices) = unsafe { value(packed) };
            // SAFETY: a mirror that scripts write is that of a mutable component, as `of` asserts, and what is
            // read only is never inserted.
            if let Some(mut present) = unsafe { entity.get_mut_assume_mutable::<T::Component>() } {
                T::unpack(&mut present, &packed, slices);
            } else if let Some(new) = T::from_packed(&packed, slices) {
                entity.insert(new);
            }
        }
        const {
            assert!(
                T::READ_ONLY || <<T::Component as Component>::Mutability as ComponentMutability>::MUTABLE,
                "a component that Bevy knows as immutable is READ_ONLY in its mirror"
            );
        }
        Self {
            component: TypeId::of::<T>(),
            creates: creates::<T>,
            insert: insert::<T>,
            stride: size_of::<T::Component>(),
            read_only: T::READ_ONLY,
            pack: pack::<T>,
            unpack: unpack::<T>,
            check: check::<T>,
        }
    }

    /// Appends the packed form of a row to `out`: as many bytes as `schema`, that of the packed type, says,
    /// and where that has strings or lists, what they cover.
    ///
    /// # Safety
    /// `row` points to a value of the mirrored component that nothing writes meanwhile.
    pub unsafe fn pack(&self, row: *const u8, schema: &SchemaLayout, out: &mut Vec<u8>) {
        let (start, mut writer) = (out.len(), SliceWriter::default());
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.pack)(row, out, &mut writer) };
        slices::in_order(schema, out, start, writer);
    }

    /// Whether the component can take these packed bytes.
    ///
    /// # Safety
    /// The bytes are valid for the packed type's fields.
    pub unsafe fn check(&self, packed: &[u8]) -> Result<(), BadValue> {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.check)(packed) }
    }

    /// Whether a script may give an entity this component.
    ///
    /// # Safety
    /// The bytes are valid for the packed type's fields.
    pub unsafe fn creates(&self, packed: &[u8]) -> bool {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.creates)(packed) }
    }

    /// Gives an entity the component, or has the one it has take over packed bytes.
    ///
    /// # Safety
    /// The bytes are valid for the packed type's fields.
    pub unsafe fn insert(&self, packed: &[u8], entity: &mut EntityWorldMut<'_>) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.insert)(packed, entity) }
    }

    /// Has a row take over packed bytes.
    ///
    /// # Safety
    /// `row` points to a value of the mirrored component that nothing else touches meanwhile, and
    /// the bytes are valid for the packed type's fields.
    pub unsafe fn unpack(&self, packed: &[u8], row: *mut u8) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.unpack)(packed, row) }
    }
}
