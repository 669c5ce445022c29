//! Values of any type that derives serde's traits, in the bytes of a state block: what a module remembers that is not
//! packed.

use core::error::Error;
use core::fmt;

use bincode::error::EncodeError;
use serde::{Deserialize, Serialize};

use crate::bincode::{CONFIG, DecodeError, decode};

/// The version and the length of the value, as two little-endian `u32`.
const HEADER_BYTES: usize = 8;

/// A value of any type that derives serde's traits, kept in the bytes of a state block from call to call and from version
/// to version of the module.
///
/// The bytes say nothing about the type that they hold, so the module says which version of it that is: a number of its
/// own choice, another one whenever the type changes. A module that finds what an older version kept can so read it as
/// what it was.
///
/// ```
/// use peristyle::Kept;
/// use peristyle::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
/// enum Order {
///     Wait,
///     Go { to: [f32; 2], urgent: Option<u8> },
/// }
///
/// /// What there was before there were urgent orders.
/// #[derive(Serialize, Deserialize)]
/// enum FirstOrder {
///     Wait,
///     Go { to: [f32; 2] },
/// }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Memory {
///     order: [u8; 64],
/// }
///
/// fn order(kept: &Kept<'_>) -> Order {
///     match kept.version() {
///         0 => Order::Wait,
///         1 => match kept.load(1).expect("it was kept so") {
///             FirstOrder::Wait => Order::Wait,
///             FirstOrder::Go { to } => Order::Go { to, urgent: None },
///         },
///         _ => kept.load(2).expect("only this version and those before it keep orders"),
///     }
/// }
///
/// #[system]
/// fn decide(mut memory: State<Memory>) {
///     let mut kept = Kept::new(&mut memory.order);
///     if order(&kept) == Order::Wait {
///         kept.store(2, &Order::Go { to: [1.0, 2.0], urgent: Some(3) });
///     }
/// }
///
/// module! { systems: [decide], state: [Memory = Memory { order: [0; 64] }] }
///
/// let mut memory = Memory { order: [0; 64] };
/// Kept::new(&mut memory.order).store(1, &FirstOrder::Go { to: [4.0, 5.0] });
/// decide(State::new(&mut memory));
/// let kept = Kept::new(&mut memory.order);
/// assert_eq!(order(&kept), Order::Go { to: [4.0, 5.0], urgent: None });
/// ```
///
/// The script depends on `peristyle` with the feature `serde`, and on `serde` without its default features and with `derive`.
/// The array has room for the longest value, and 8 bytes.
///
/// Collections need a place: take those of a library without an allocator, such as `heapless`, or bring an allocator and
/// turn on the feature `alloc` of serde and bincode.
#[derive(Debug)]
pub struct Kept<'b> {
    bytes: &'b mut [u8],
}

impl<'b> Kept<'b> {
    /// The value in these bytes, all of which were zero at first. It takes 8 of them for itself.
    ///
    /// # Panics
    /// If there are fewer.
    #[track_caller]
    pub fn new(bytes: &'b mut [u8]) -> Self {
        assert!(bytes.len() >= HEADER_BYTES, "a value that is kept takes at least {HEADER_BYTES} bytes");
        Self { bytes }
    }

    /// The version that the value was kept as; 0 where none was kept yet.
    pub fn version(&self) -> u32 {
        self.word(0)
    }

    /// The value.
    ///
    /// # Errors
    /// If none was kept, or one of another version, or the bytes are those of no such value.
    pub fn load<'v, T: Deserialize<'v>>(&'v self, version: u32) -> Result<T, KeptError> {
        match self.version() {
            0 => return Err(KeptError::Empty),
            kept if kept != version => return Err(KeptError::OtherVersion(kept)),
            _ => {}
        }
        let length = self.word(4) as usize;
        let bytes = self.bytes[HEADER_BYTES..].get(..length);
        decode(bytes.ok_or(KeptError::NoSuchValue(DecodeError::NoSuchValue))?).map_err(KeptError::NoSuchValue)
    }

    /// Keeps a value in the place of the one before it.
    ///
    /// # Panics
    /// If there is no room for it, if the version is 0, or if bincode has no form for it: a sequence or map whose length
    /// is not known before its end.
    #[track_caller]
    pub fn store<T: Serialize + ?Sized>(&mut self, version: u32, value: &T) {
        assert!(version > 0, "version 0 is for what was not kept yet: begin with 1");
        let (header, rest) = self.bytes.split_at_mut(HEADER_BYTES);
        let room = rest.len();
        let length = match bincode::serde::encode_into_slice(value, rest, CONFIG) {
            Ok(length) => length,
            Err(EncodeError::UnexpectedEnd) => panic!("there is no room for the value in {room} bytes"),
            Err(_) => panic!("bincode has no form for this value: the length of a sequence is not known"),
        };
        // What a longer value left behind would make a state differ that is the same.
        rest[length..].fill(0);
        header[..4].copy_from_slice(&version.to_le_bytes());
        header[4..].copy_from_slice(&(length as u32).to_le_bytes());
    }

    fn word(&self, at: usize) -> u32 {
        let mut word = [0; 4];
        word.copy_from_slice(&self.bytes[at..at + 4]);
        u32::from_le_bytes(word)
    }
}

/// Why a value that was kept cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptError {
    /// None was kept yet.
    Empty,
    /// It was kept as that version.
    OtherVersion(u32),
    /// The bytes are those of no such value: its type has changed and its version has not, or its place has become
    /// smaller.
    NoSuchValue(DecodeError),
}

impl fmt::Display for KeptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing was kept yet"),
            Self::OtherVersion(version) => write!(f, "it was kept as version {version}"),
            Self::NoSuchValue(error) => write!(
                f,
                "{error}: the value's type has changed and its version has not, or its place has become smaller"
            ),
        }
    }
}

impl Error for KeptError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Plan<'a> {
        name: &'a str,
        stops: [Option<u16>; 3],
    }

    const PLAN: Plan<'static> = Plan { name: "north", stops: [Some(1), None, Some(3)] };

    #[test]
    fn a_value_comes_back_as_it_was_kept() {
        let mut bytes = [0; 40];
        let mut kept = Kept::new(&mut bytes);
        assert_eq!((kept.version(), kept.load::<Plan<'_>>(1)), (0, Err(KeptError::Empty)));
        kept.store(7, &PLAN);
        assert_eq!((kept.version(), kept.load(7)), (7, Ok(PLAN)));
        assert_eq!(kept.load::<Plan<'_>>(8), Err(KeptError::OtherVersion(7)));
        kept.store(8, &5_u8);
        assert_eq!(kept.load(8), Ok(5_u8));
        assert!(bytes[9..].iter().all(|byte| *byte == 0), "nothing of the longer one is left");
    }

    #[test]
    fn bytes_of_no_such_value_are_an_error() {
        let mut bytes = [0; 40];
        Kept::new(&mut bytes).store(1, &PLAN);
        for cut in 0..40 {
            let mut cut_bytes = bytes[..cut.max(8)].to_vec();
            let found = Kept::new(&mut cut_bytes).load::<Plan<'_>>(1).map(|plan| plan == PLAN);
            assert!(matches!(found, Ok(true) | Err(KeptError::NoSuchValue(_))), "{cut}: {found:?}");
        }
        let kept = Kept::new(&mut bytes);
        assert!(matches!(kept.load::<u8>(1), Err(KeptError::NoSuchValue(DecodeError::TooManyBytes(_)))));
        kept.bytes[4..8].fill(0xff);
        assert!(matches!(kept.load::<u8>(1), Err(KeptError::NoSuchValue(_))));
    }

    #[test]
    #[should_panic(expected = "there is no room for the value in 4 bytes")]
    fn a_value_that_does_not_fit_is_a_panic() {
        Kept::new(&mut [0; 12]).store(1, &PLAN);
    }
}
