//! A type, its fields and its bytes, as the host and a module both see them.
//!
//! ```text
//! host_field   which Rust types the fields of a component may have
//! schema       what a type looks like, described
//! mirror       types that are not packed, through one that is
//! value        the bytes of one value: checked, made canonical, entities replaced
//! slices       strings and lists of one value, out of a memory and into one run of bytes
//! ```

pub(crate) mod host_field;
pub(crate) mod mirror;
pub(crate) mod schema;
pub(crate) mod slices;
pub(crate) mod value;
