//! Strings and lists as fields, and the room for those that a call writes.

use core::fmt;
use core::marker::PhantomData;
use core::slice;

use crate::abi::{
    Address, Feature, Field, FieldType, PackedField, ParamDescriptor, ParamKind, RowOrder, Slice, SliceRoom,
};

/// Text as a field of a component.
///
/// It is where the text is, not the text itself: to change it, put another one in its place, from
/// [`Room`] or from the module's own data. What a call was given is there until the call ends; do not keep it
/// beyond.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Label { text: Str, size: f32 }
///
/// #[system]
/// fn count(mut labels: Query<&mut Label>, mut room: Room) {
///     for label in &mut labels {
///         label.text = room.text(format_args!("{} letters", label.text.as_str().len()));
///     }
/// }
/// # let mut labels = [Label { text: "four".into(), size: 1.0 }];
/// # count(Query::from_columns(&mut labels[..]), Room::new(&mut [0; 64]));
/// # assert_eq!(labels[0].text.as_str(), "4 letters");
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Str {
    bytes: Address,
    len: usize,
}

// SAFETY: modules have one thread, and outside of them the text is borrowed or static.
unsafe impl Send for Str {}

impl Str {
    /// No text.
    pub const EMPTY: Self = Self { bytes: Address::NULL, len: 0 };

    /// The text.
    pub fn as_str(&self) -> &str {
        // A text that was kept beyond its call may be anything by now.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the host, `Room` or a static text wrote where the bytes are, and a module's memory never
        // gets smaller.
        unsafe { slice::from_raw_parts(self.bytes.as_ptr(), self.len) }
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl From<&'static str> for Str {
    fn from(text: &'static str) -> Self {
        Self { bytes: Address::of(text.as_ptr()), len: text.len() }
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, text: &str) -> bool {
        self.as_bytes() == text.as_bytes()
    }
}

/// A list of values as a field of a component: any number of a type that a field may have.
///
/// As a [`Str`] it is where the values are, not the values themselves.
#[derive(Debug)]
#[repr(C)]
pub struct List<T> {
    values: Address,
    len: usize,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

// SAFETY: modules have one thread, and outside of them the values are borrowed or static.
unsafe impl<T> Send for List<T> {}

impl<T: PackedField> List<T> {
    /// No values.
    pub const EMPTY: Self = Self { values: Address::NULL, len: 0, of: PhantomData };

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the host, `Room` or a static list wrote where so many values are, aligned to 8 bytes or as
        // the type asks.
        unsafe { slice::from_raw_parts(self.values.as_ptr().cast(), self.len) }
    }
}

impl<T: PackedField> From<&'static [T]> for List<T> {
    fn from(values: &'static [T]) -> Self {
        Self { values: Address::of(values.as_ptr()), len: values.len(), of: PhantomData }
    }
}

#[cfg(target_arch = "wasm32")]
const _: () = assert!(size_of::<Str>() == size_of::<Slice<Address>>() && align_of::<Str>() == 4);

// SAFETY: on wasm32 an address and a number of 4 bytes each, as a slice of the contract.
unsafe impl PackedField for Str {
    type Tag = u32;
    const FIELD: Field = Field::one(FieldType::String);
}

// SAFETY: as for `Str`; `PhantomData` has no bytes.
unsafe impl<T: PackedField> PackedField for List<T> {
    type Tag = u32;
    peristyle_abi::list_field!(T, PackedField);
}

/// A parameter that gives a call room for the strings and lists that it writes into fields.
///
/// The room is empty again in the next call; what fields cover was copied out by then.
#[derive(Debug)]
pub struct Room<'f> {
    bytes: *mut u8,
    capacity: usize,
    used: usize,
    lives: PhantomData<&'f mut [u8]>,
}

impl<'f> Room<'f> {
    /// Room in bytes that the caller has, for unit tests of a system.
    pub fn new(bytes: &'f mut [u8]) -> Self {
        Self { bytes: bytes.as_mut_ptr(), capacity: bytes.len(), used: 0, lives: PhantomData }
    }

    /// A text of its own.
    ///
    /// # Panics
    /// If there is no room for it.
    #[track_caller]
    pub fn text(&mut self, text: fmt::Arguments<'_>) -> Str {
        let first = self.used;
        if fmt::write(self, text).is_err() {
            self.full();
        }
        // SAFETY: `used` never passes `capacity`.
        Str { bytes: Address::of(unsafe { self.bytes.add(first) }), len: self.used - first }
    }

    /// A list of its own with these values.
    ///
    /// # Panics
    /// If there is no room for it.
    #[track_caller]
    pub fn list<T: PackedField>(&mut self, values: &[T]) -> List<T> {
        let start = self.bytes.addr();
        self.used = ((start + self.used).next_multiple_of(8) - start).min(self.capacity);
        match self.put(values) {
            Some(place) => List { values: Address::of(place), len: values.len(), of: PhantomData },
            None => self.full(),
        }
    }

    /// A list of its own with what an iterator gives.
    ///
    /// ```
    /// use peristyle::prelude::*;
    ///
    /// #[derive(Clone, Copy, Schema)]
    /// #[repr(C)]
    /// struct Tags { tags: List<Str> }
    ///
    /// #[system]
    /// fn add(mut all: Query<&mut Tags>, mut room: Room) {
    ///     for Tags { tags } in &mut all {
    ///         *tags = room.collect(tags.as_slice().iter().copied().chain(["new".into()]));
    ///     }
    /// }
    /// # let mut all = [Tags { tags: List::EMPTY }];
    /// # add(Query::from_columns(&mut all[..]), Room::new(&mut [0; 64]));
    /// # assert_eq!(all[0].tags.as_slice()[0].as_str(), "new");
    /// ```
    ///
    /// # Panics
    /// If there is no room for it.
    #[track_caller]
    pub fn collect<T: PackedField>(&mut self, values: impl IntoIterator<Item = T>) -> List<T> {
        let mut list = self.list(&[]);
        for value in values {
            match self.put(&[value]) {
                Some(place) if list.len == 0 => list.values = Address::of(place),
                Some(_) => {}
                None => self.full(),
            }
            list.len += 1;
        }
        list
    }

    /// Copies values to where the room is aligned to them; where they are.
    fn put<T: Copy>(&mut self, values: &[T]) -> Option<*const T> {
        let bytes = size_of_val(values);
        if bytes > self.capacity - self.used {
            return None;
        }
        // SAFETY: there is room for so many bytes, which is this `Room`'s alone but for what it gave out:
        // that lies before `used`.
        let place = unsafe { self.bytes.add(self.used) }.cast::<T>();
        // SAFETY: as above; what is copied lies elsewhere, or it would have been given out. Packed types ask for
        // an alignment of at most 8.
        unsafe { place.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        self.used += bytes;
        Some(place)
    }

    /// Where the room that nobody has taken begins, and how many bytes it has.
    #[cfg(feature = "serde")]
    pub(crate) fn unused(&mut self) -> (*mut u8, usize) {
        // SAFETY: `used` never passes `capacity`.
        (unsafe { self.bytes.add(self.used) }, self.capacity - self.used)
    }

    /// Takes the next bytes of the room, which were written there.
    #[cfg(feature = "serde")]
    pub(crate) fn take(&mut self, bytes: usize) -> List<u8> {
        let (place, left) = self.unused();
        let len = bytes.min(left);
        self.used += len;
        List { values: Address::of(place), len, of: PhantomData }
    }

    #[cold]
    #[track_caller]
    pub(crate) fn full(&self) -> ! {
        panic!(
            "the room of {} bytes for strings and lists is full; the game's limit is slice_bytes_max",
            self.capacity
        )
    }

    /// The room in a call frame.
    ///
    /// # Safety
    /// The list has one room, and nobody else uses it for `'f`.
    pub(crate) unsafe fn from_frame(list: Slice<Address>) -> Self {
        // SAFETY: the caller's promise.
        let room: &SliceRoom<Address> = unsafe { crate::system::item(list, 0) };
        // The host laid out so many bytes there for this call alone.
        let (bytes, capacity) = (room.bytes.as_ptr().cast_mut(), room.capacity as usize);
        Self { bytes, capacity, used: 0, lives: PhantomData }
    }

    /// The parameter's entry in the manifest.
    pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
        size: size_of::<ParamDescriptor<Address>>() as u32,
        kind: ParamKind::Room.code(),
        terms: Slice::EMPTY,
        order: RowOrder::Tables.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };
    /// What it asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = Feature::Strings.bit();
}

impl fmt::Write for Room<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.put(part.as_bytes()).map(|_| ()).ok_or(fmt::Error)
    }
}
