//! Messages that are not packed cross as bytes of `bincode`.

use peristyle_macros::HostSchema as Schema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Packing;
use crate::types::mirror::BadValue;
use crate::types::slices::{PackedList, SliceReader, SliceWriter};

/// What scripts see of a message that crosses by serde.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "Bincode")]
pub(crate) struct PackedBincode {
    bincode: PackedList<u8>,
}

/// Packed by serde and bincode: little-endian, integers in their own width, lengths as u64, variants as u32.
pub(crate) struct Bincode;

/// What a length in a script's bytes may make the decoder reserve.
const BYTES_MAX: usize = 1 << 24;

fn read<M: DeserializeOwned>(packed: &PackedBincode, slices: SliceReader<'_>) -> Result<M, String> {
    let bytes = slices.list(packed.bincode);
    let config = bincode::config::legacy().with_limit::<BYTES_MAX>();
    let (message, read) =
        bincode::serde::decode_from_slice(bytes, config).map_err(|error| error.to_string())?;
    match bytes.len() - read {
        0 => Ok(message),
        rest => Err(format!("{rest} bytes too many")),
    }
}

impl<M: Serialize + DeserializeOwned> Packing<M> for Bincode {
    type Packed = PackedBincode;

    fn pack(message: &M, slices: &mut SliceWriter) -> PackedBincode {
        // What serde refuses to write, such as a map of unknown length, arrives as no bytes at all.
        let bytes = bincode::serde::encode_to_vec(message, bincode::config::legacy()).unwrap_or_default();
        PackedBincode { bincode: slices.list(&bytes) }
    }

    fn unpack(packed: &PackedBincode, slices: SliceReader<'_>) -> Option<M> {
        read(packed, slices).ok()
    }

    fn check(packed: &PackedBincode, slices: SliceReader<'_>) -> Result<(), BadValue> {
        let found = match read::<M>(packed, slices) {
            Ok(_) => return Ok(()),
            Err(error) => format!("bytes that cannot be read ({error})"),
        };
        Err(BadValue {
            field: "bincode",
            found,
            expected: "the message in bincode, as the game's type has it",
        })
    }
}
