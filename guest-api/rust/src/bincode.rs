//! Values of any type that derives serde's traits, as the bytes of a `List<u8>`: how messages cross that the game
//! registers with `register_script_message_serde`.

use core::error::Error;
use core::fmt;
use core::slice;

use bincode::config::{Configuration, Fixint, LittleEndian, NoLimit};
use bincode::error::EncodeError;
use serde::{Deserialize, Serialize};

use crate::slices::{List, Room};

/// Little-endian, integers in their own width, lengths as u64, variants as u32.
pub(crate) const CONFIG: Configuration<LittleEndian, Fixint, NoLimit> = bincode::config::legacy();

impl Room<'_> {
    /// A value as bytes, in the bincode that the game speaks.
    ///
    /// ```
    /// use peristyle::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, Debug, PartialEq)]
    /// enum Order<'a> {
    ///     Stop,
    ///     Buy { what: &'a str, count: Option<u16> },
    /// }
    ///
    /// /// How scripts see a message that the game registers by serde under this name.
    /// #[derive(Clone, Copy, Schema)]
    /// #[repr(C)]
    /// #[schema(name = "Order")]
    /// struct PackedOrder { bincode: List<u8> }
    ///
    /// #[system]
    /// fn answer(
    ///     orders: MessageReader<PackedOrder>,
    ///     mut room: Room,
    ///     mut commands: Commands<(), (PackedOrder,)>,
    /// ) {
    ///     for order in &orders {
    ///         if let Ok(Order::Buy { what, .. }) = order.bincode.decode() {
    ///             let more = Order::Buy { what, count: Some(2) };
    ///             commands.send(PackedOrder { bincode: room.encode(&more) });
    ///         }
    ///     }
    /// }
    ///
    /// let mut bytes = [0; 64];
    /// let mut room = Room::new(&mut bytes);
    /// let bincode = room.encode(&Order::Buy { what: "oil", count: None });
    /// assert_eq!(bincode.as_slice(), b"\x01\0\0\0\x03\0\0\0\0\0\0\0oil\0");
    /// assert_eq!(bincode.decode(), Ok(Order::Buy { what: "oil", count: None }));
    /// ```
    ///
    /// # Panics
    /// If there is no room for it, or bincode has no form for it: a sequence or map whose length is not known
    /// before its end.
    #[track_caller]
    pub fn encode<T: Serialize + ?Sized>(&mut self, value: &T) -> List<u8> {
        match bincode::serde::encode_into_slice(value, self.rest(), CONFIG) {
            Ok(bytes) => self.take(bytes),
            Err(EncodeError::UnexpectedEnd) => self.full(),
            Err(_) => panic!("bincode has no form for this value: the length of a sequence is not known"),
        }
    }
}

impl List<u8> {
    /// The value whose bytes these are, all of them.
    ///
    /// Nothing is copied: texts are `&str` and byte strings are `&[u8]`, which borrow from the list. For the other
    /// lists, which serde puts into a collection, take one without an allocator, such as `heapless::Vec`, or bring
    /// an allocator and turn on the feature `alloc` of serde and bincode.
    ///
    /// # Errors
    /// If they are those of no such value.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        decode(self.as_slice())
    }
}

/// The value whose bytes these are, all of them.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    match bincode::serde::borrow_decode_from_slice(bytes, CONFIG) {
        Ok((value, read)) if read == bytes.len() => Ok(value),
        Ok((_, read)) => Err(DecodeError::TooManyBytes(bytes.len() - read)),
        Err(_) => Err(DecodeError::NoSuchValue),
    }
}

/// Bytes that are those of no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// They end too early, or a variant, a bool, an option or a text is not one, or there is no place for all
    /// elements.
    NoSuchValue,
    /// So many are left behind the value.
    TooManyBytes(usize),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchValue => f.write_str("the bytes are those of no such value"),
            Self::TooManyBytes(bytes) => write!(f, "{bytes} bytes too many"),
        }
    }
}

impl Error for DecodeError {}

impl Room<'_> {
    /// What is left of the room.
    fn rest(&mut self) -> &mut [u8] {
        let (place, bytes) = self.unused();
        // SAFETY: the host or the caller of `new` gave so many initialized bytes, and nothing of what `Room` gave
        // out lies there.
        unsafe { slice::from_raw_parts_mut(place, bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Order<'a> {
        Stop,
        Buy { what: &'a str, count: Option<u16>, colors: [u8; 3] },
    }

    fn list(bytes: &'static [u8]) -> List<u8> {
        bytes.into()
    }

    #[test]
    fn bytes_are_those_of_the_contract() {
        let mut bytes = [0; 64];
        let mut room = Room::new(&mut bytes);
        let stop = room.encode(&Order::Stop);
        let buy = Order::Buy { what: "é", count: Some(500), colors: [1, 2, 3] };
        let list = room.encode(&buy);
        assert_eq!(stop.as_slice(), b"\0\0\0\0");
        assert_eq!(list.as_slice(), b"\x01\0\0\0\x02\0\0\0\0\0\0\0\xc3\xa9\x01\xf4\x01\x01\x02\x03");
        assert_eq!(list.decode(), Ok(buy));
        assert_eq!(stop.decode(), Ok(Order::Stop));
    }

    #[test]
    fn bytes_of_no_such_value_are_an_error() {
        let bad = [
            &b""[..],
            b"\x02\0\0\0",
            b"\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x01\0\0\0\x02\0\0\0\0\0\0\0\xc3",
            b"\x01\0\0\0\x01\0\0\0\0\0\0\0\xff\0\x01\x02\x03",
            b"\x01\0\0\0\0\0\0\0\0\0\0\0\x02\xf4\x01\x01\x02\x03",
        ];
        for bytes in bad {
            assert_eq!(list(bytes).decode::<Order<'_>>(), Err(DecodeError::NoSuchValue), "{bytes:?}");
        }
        assert_eq!(list(b"\0\0\0\0\0").decode::<Order<'_>>(), Err(DecodeError::TooManyBytes(1)));
    }

    #[test]
    #[should_panic(expected = "the room of 8 bytes for strings and lists is full")]
    fn a_value_that_does_not_fit_is_a_panic() {
        Room::new(&mut [0; 8]).encode(&Order::Buy { what: "", count: None, colors: [0; 3] });
    }
}
