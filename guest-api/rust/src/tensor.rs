//! A view of a field that is an array of several dimensions.
//!
//! ```
//! use peristyle::prelude::*;
//!
//! #[derive(Clone, Copy, Schema)]
//! #[repr(C)]
//! struct Field { heat: [[[f32; 4]; 3]; 2] }
//!
//! let mut field = Field { heat: [[[0.0; 4]; 3]; 2] };
//! field.heat[1][2][3] = 5.0;
//! let heat = Tensor::<_, 3>::of(&field.heat);
//! assert_eq!((heat.shape(), heat.strides()), ([2, 3, 4], [12, 4, 1]));
//! assert_eq!(heat.get([1, 2, 3]), Some(5.0));
//! assert_eq!(heat.transposed().get([3, 2, 1]), Some(5.0));
//! assert_eq!(heat.part(2, 2, 2).map(|part| part.values().sum::<f32>()), Some(5.0));
//! ```

/// A view of values in several dimensions: some of an array's, in some order.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a, T, const RANK: usize> {
    values: &'a [T],
    /// The index of the element whose indices are all 0.
    first: usize,
    shape: [usize; RANK],
    strides: [usize; RANK],
}

/// An array of `RANK` dimensions: `[T; A]`, `[[T; B]; A]` and so on.
pub trait Array<const RANK: usize> {
    /// What it holds.
    type Element: Copy;
    /// Its dimensions, the outermost first.
    const SHAPE: [usize; RANK];
    /// Its elements, row by row.
    fn flat(&self) -> &[Self::Element];
    /// The same, to write.
    fn flat_mut(&mut self) -> &mut [Self::Element];
}

macro_rules! array {
    ($rank:literal, $type:ty, [$($length:ident),+], $self:ident: $flat:expr, $flat_mut:expr) => {
        impl<T: Copy, $(const $length: usize),+> Array<$rank> for $type {
            type Element = T;
            const SHAPE: [usize; $rank] = [$($length),+];

            fn flat(&$self) -> &[T] {
                $flat
            }

            fn flat_mut(&mut $self) -> &mut [T] {
                $flat_mut
            }
        }
    };
}

array!(1, [T; A], [A], self: self, self);
array!(2, [[T; B]; A], [A, B], self: self.as_flattened(), self.as_flattened_mut());
array!(
    3, [[[T; C]; B]; A], [A, B, C], self: self.as_flattened().as_flattened(),
    self.as_flattened_mut().as_flattened_mut()
);
array!(
    4, [[[[T; D]; C]; B]; A], [A, B, C, D], self: self.as_flattened().as_flattened().as_flattened(),
    self.as_flattened_mut().as_flattened_mut().as_flattened_mut()
);

impl<'a, T: Copy, const RANK: usize> Tensor<'a, T, RANK> {
    /// All of an array.
    pub fn of<A: Array<RANK, Element = T>>(array: &'a A) -> Self {
        let mut strides = [1; RANK];
        for axis in (1..RANK).rev() {
            strides[axis - 1] = strides[axis] * A::SHAPE[axis];
        }
        Self { values: array.flat(), first: 0, shape: A::SHAPE, strides }
    }

    /// The length of each dimension, the outermost first.
    pub fn shape(&self) -> [usize; RANK] {
        self.shape
    }

    /// How many elements of the array lie from one index to the next, in each dimension.
    pub fn strides(&self) -> [usize; RANK] {
        self.strides
    }

    /// The value at these indices, or `None` where there is none.
    pub fn get(&self, indices: [usize; RANK]) -> Option<T> {
        let mut at = self.first;
        for ((index, length), stride) in indices.into_iter().zip(self.shape).zip(self.strides) {
            if index >= length {
                return None;
            }
            at += index * stride;
        }
        self.values.get(at).copied()
    }

    /// The same values with the order of the dimensions turned around.
    pub fn transposed(mut self) -> Self {
        self.shape.reverse();
        self.strides.reverse();
        self
    }

    /// The part of `len` from `start` on along one dimension, or `None` where that is not there.
    pub fn part(mut self, axis: usize, start: usize, len: usize) -> Option<Self> {
        let end = start.checked_add(len)?;
        if axis >= RANK || end > self.shape[axis] {
            return None;
        }
        self.first += start * self.strides[axis];
        self.shape[axis] = len;
        Some(self)
    }

    /// All values, the last index the fastest.
    pub fn values(self) -> impl Iterator<Item = T> {
        let count = self.shape.iter().product::<usize>();
        (0..count).filter_map(move |number| {
            let (mut rest, mut indices) = (number, [0; RANK]);
            for axis in (0..RANK).rev() {
                indices[axis] = rest % self.shape[axis];
                rest /= self.shape[axis];
            }
            self.get(indices)
        })
    }
}

/// Writes one value of an array; whether it is there.
///
/// ```
/// use peristyle::tensor;
///
/// let mut heat = [[0.0; 2]; 2];
/// assert!(tensor::set(&mut heat, [1, 0], 3.0) && !tensor::set(&mut heat, [2, 0], 3.0));
/// assert_eq!(heat, [[0.0, 0.0], [3.0, 0.0]]);
/// ```
pub fn set<A: Array<RANK>, const RANK: usize>(
    array: &mut A,
    indices: [usize; RANK],
    value: A::Element,
) -> bool {
    let mut at = 0;
    for (index, length) in indices.into_iter().zip(A::SHAPE) {
        if index >= length {
            return false;
        }
        at = at * length + index;
    }
    match array.flat_mut().get_mut(at) {
        Some(place) => {
            *place = value;
            true
        }
        None => false,
    }
}
