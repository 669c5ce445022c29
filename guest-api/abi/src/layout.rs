//! The contract's structs as a table: name, size, and each field with its offset.
use core::fmt;

/// One field of a contract struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRow {
    /// The field's name, the same in every guest language.
    pub name: &'static str,
    /// Bytes from the start of the struct.
    pub offset: u32,
}

/// One struct of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructRow {
    /// The struct's name, the same in every guest language.
    pub name: &'static str,
    /// Bytes that the struct takes in ABI v1.
    pub size: u32,
    /// Its fields in order.
    pub fields: &'static [FieldRow],
}

/// Every struct of the contract, in the order of the documentation.
///
/// ```
/// let manifest = &peristyle_abi::layout::STRUCTS[1];
/// assert_eq!((manifest.name, manifest.size), ("Manifest", 64));
/// ```
pub const STRUCTS: &[StructRow] = &[
    crate::Slice::<u32>::ROW,
    crate::Manifest::<u32>::ROW,
    crate::SystemDescriptor::<u32>::ROW,
    crate::ParamDescriptor::<u32>::ROW,
    crate::TermDescriptor::<u32>::ROW,
    crate::SchemaDescriptor::<u32>::ROW,
    crate::FieldDescriptor::<u32>::ROW,
    crate::ShapeDescriptor::ROW,
    crate::VariantDescriptor::<u32>::ROW,
    crate::StateBlockDescriptor::<u32>::ROW,
    crate::CallFrame::<u32>::ROW,
    crate::QueryFrame::<u32>::ROW,
    crate::Column::<u32>::ROW,
    crate::CommandBuffer::<u32>::ROW,
    crate::CommandRecord::ROW,
    crate::SliceRoom::<u32>::ROW,
    crate::RandomState::ROW,
];

/// Writes the table as text, one line a struct and one a field. Every guest library can write
/// the same text, and a test compares them.
///
/// # Errors
/// Those of `out`.
pub fn write_table(out: &mut dyn fmt::Write) -> fmt::Result {
    for row in STRUCTS {
        writeln!(out, "{} {}", row.name, row.size)?;
        for field in row.fields {
            writeln!(out, "  {} {}", field.name, field.offset)?;
        }
    }
    Ok(())
}

/// Defines one struct of the contract with every offset written out and asserted.
///
/// The type parameter `A` is how an address is held: `u32` for whoever reads a module's memory
/// from outside, [`Address`](crate::Address) for the module itself.
macro_rules! descriptor {
    (
        $(#[$meta:meta])*
        pub struct $name:ident <$address:ident>: $size:literal {
            $( $(#[$field_meta:meta])* $offset:literal => $field:ident: $type:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[doc = concat!("\n\n", stringify!($size), " bytes in ABI v1.")]
        #[derive(Clone, Copy, Debug)]
        #[repr(C)]
        pub struct $name <$address = u32> {
            $(
                $(#[$field_meta])*
                #[doc = concat!("\n\nOffset ", stringify!($offset), ".")]
                pub $field: $type,
            )*
        }

        $crate::layout::descriptor!(@host $name, $address, u32, $size, $($offset => $field: $type,)*);

        #[cfg(target_arch = "wasm32")]
        $crate::layout::descriptor!(@guest $name, $crate::Address, $size, $($offset => $field,)*);
    };
    // A struct without addresses is the same for the module and for whoever reads it.
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $size:literal {
            $( $(#[$field_meta:meta])* $offset:literal => $field:ident: $type:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[doc = concat!("\n\n", stringify!($size), " bytes in ABI v1.")]
        #[derive(Clone, Copy, Debug)]
        #[repr(C)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[doc = concat!("\n\nOffset ", stringify!($offset), ".")]
                pub $field: $type,
            )*
        }

        $crate::layout::descriptor!(@pod $name, $size, $($offset => $field: $type,)*);
    };
    (@host $name:ident, $address:ident, $held:ty, $size:literal, $($offset:literal => $field:ident: $type:ty,)*) => {
        const _: () = {
            // The macro's own way to say in which type of addresses the fields are meant.
            type $address = $held;
            $crate::layout::descriptor!(@pod $name <$held>, $size, $($offset => $field: $type,)*);
        };
    };
    (@pod $name:ident $(<$held:ty>)?, $size:literal, $($offset:literal => $field:ident: $type:ty,)*) => {
        impl $name $(<$held>)? {
            /// The struct as a row of [`layout::STRUCTS`](crate::layout::STRUCTS).
            pub const ROW: $crate::layout::StructRow = {
                assert!(size_of::<Self>() == $size);
                // Every byte belongs to a field, so any bytes of this size are a value.
                assert!($size == 0 $(+ size_of::<$type>())*);
                $(assert!(core::mem::offset_of!(Self, $field) == $offset);)*
                $crate::layout::StructRow {
                    name: stringify!($name),
                    size: $size,
                    fields: &[$($crate::layout::FieldRow { name: stringify!($field), offset: $offset },)*],
                }
            };
        }
        const _: $crate::layout::StructRow = $name $(::<$held>)? ::ROW;

        // SAFETY: the struct is `repr(C)`, its fields are unsigned and signed integers, floats or
        // other such structs, and the constant above asserts that they leave no byte of padding.
        unsafe impl bytemuck::Zeroable for $name $(<$held>)? {}
        // SAFETY: as above; `Copy` and `'static` hold since every field is a number.
        unsafe impl bytemuck::Pod for $name $(<$held>)? {}
    };
    (@guest $name:ident, $held:ty, $size:literal, $($offset:literal => $field:ident,)*) => {
        const _: () = {
            assert!(size_of::<$name <$held>>() == $size);
            $(assert!(core::mem::offset_of!($name <$held>, $field) == $offset);)*
        };
    };
}
pub(crate) use descriptor;
