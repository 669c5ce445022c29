use core::ops::{Add, Div, Mul, Neg, Sub};

/// Four numbers that one instruction works on.
///
/// It is a `v128` in a module that is built with `simd128`, and an array anywhere else. Results
/// are the same to the bit, but for the bits of a NaN.
#[allow(non_camel_case_types, reason = "the name that WebAssembly and the Rust ecosystem use")]
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct f32x4(lanes::Lanes);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use vectors as lanes;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod arrays;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use arrays as lanes;

impl f32x4 {
    /// The same number four times.
    #[inline(always)]
    pub fn splat(number: f32) -> Self {
        Self(lanes::splat(number))
    }

    /// Four numbers from a column.
    #[inline(always)]
    pub fn load(chunk: &[f32; 4]) -> Self {
        Self(lanes::load(chunk))
    }

    /// Four numbers into a column.
    #[inline(always)]
    pub fn store(self, chunk: &mut [f32; 4]) {
        lanes::store(self.0, chunk);
    }

    /// The square root of each lane, rounded once. Of a number below zero it is NaN.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(lanes::sqrt(self.0))
    }

    /// In each lane, whether `self` is less than `other`. With a NaN it is not.
    #[inline(always)]
    pub fn simd_lt(self, other: Self) -> mask32x4 {
        mask32x4(lanes::lt(self.0, other.0))
    }

    /// In each lane, whether `self` is greater than `other`. With a NaN it is not.
    #[inline(always)]
    pub fn simd_gt(self, other: Self) -> mask32x4 {
        other.simd_lt(self)
    }

    /// In each lane, `other` where it is less, else `self`.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(lanes::min(self.0, other.0))
    }

    /// In each lane, `other` where it is greater, else `self`.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(lanes::max(self.0, other.0))
    }

    /// The four numbers.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        let mut array = [0.0; 4];
        self.store(&mut array);
        array
    }
}

impl f32x4 {
    /// The number four times, loaded from memory by an instruction of its own.
    ///
    /// Of several numbers side by side the compiler would load four at once and take them apart
    /// by shuffles, each of which costs an interpreter as much as six other instructions.
    #[inline(always)]
    pub(super) fn splat_from(number: &f32) -> Self {
        Self(lanes::splat_from(number))
    }

    /// The first `COUNT` lanes of `self`, and the rest of `other`.
    #[inline(always)]
    pub(super) fn first<const COUNT: usize>(self, other: Self) -> Self {
        Self(lanes::first::<COUNT>(self.0, other.0))
    }

    /// Lanes 0 and 3 of `self`, then lanes 0 and 3 of `other`.
    #[inline(always)]
    pub(super) fn lanes_0_and_3(self, other: Self) -> Self {
        Self(lanes::lanes_0_and_3(self.0, other.0))
    }
}

/// The answers to a comparison of four numbers.
///
/// ```
/// use peristyle::vector::f32x4;
///
/// // Whatever is below the ground is put on it and stays as it is elsewhere.
/// let height = f32x4::from([1.0, -2.0, 3.0, -4.0]);
/// let ground = f32x4::splat(0.0);
/// let height = height.simd_lt(ground).select(ground, height);
/// assert_eq!(height.to_array(), [1.0, 0.0, 3.0, 0.0]);
/// ```
#[allow(non_camel_case_types, reason = "the name that the Rust ecosystem uses")]
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct mask32x4(lanes::Mask);

impl mask32x4 {
    /// In each lane, `then` where the answer is yes, else `otherwise`.
    #[inline(always)]
    pub fn select(self, then: f32x4, otherwise: f32x4) -> f32x4 {
        f32x4(lanes::select(self.0, then.0, otherwise.0))
    }
}

impl From<[f32; 4]> for f32x4 {
    #[inline(always)]
    fn from(array: [f32; 4]) -> Self {
        Self::load(&array)
    }
}

impl Neg for f32x4 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(lanes::neg(self.0))
    }
}

macro_rules! operator {
    ($($Trait:ident $function:ident,)*) => {$(
        impl $Trait for f32x4 {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                Self(lanes::$function(self.0, other.0))
            }
        }
    )*};
}

operator! { Add add, Sub sub, Mul mul, Div div, }

#[cfg(test)]
mod tests {
    use super::f32x4;

    #[test]
    fn lanes_do_not_mix() {
        let (left, right) = (f32x4::from([1.0, -2.0, 3.0, 4.0]), f32x4::from([4.0, 3.0, -2.0, 0.5]));
        assert_eq!((left + right).to_array(), [5.0, 1.0, 1.0, 4.5]);
        assert_eq!((left - right).to_array(), [-3.0, -5.0, 5.0, 3.5]);
        assert_eq!((left * right).to_array(), [4.0, -6.0, -6.0, 2.0]);
        assert_eq!((left / right).to_array(), [0.25, -2.0 / 3.0, -1.5, 8.0]);
        assert_eq!((-left).to_array(), [-1.0, 2.0, -3.0, -4.0]);
        assert_eq!(left.min(right).to_array(), [1.0, -2.0, -2.0, 0.5]);
        assert_eq!(left.max(right).to_array(), [4.0, 3.0, 3.0, 4.0]);
    }

    #[test]
    fn a_square_root_is_rounded_once() {
        let roots = f32x4::from([2.0, 0.0, -0.0, f32::MAX]).sqrt().to_array();
        assert_eq!(
            roots.map(f32::to_bits),
            [core::f32::consts::SQRT_2, 0.0, -0.0, 1.844_674_3e19].map(f32::to_bits)
        );
        assert!(f32x4::splat(-1.0).sqrt().to_array().iter().all(|lane| lane.is_nan()));
    }

    #[test]
    fn a_mask_chooses_lane_by_lane() {
        let (left, right) = (f32x4::from([1.0, -2.0, 3.0, f32::NAN]), f32x4::from([4.0, -3.0, 3.0, 0.5]));
        let (yes, no) = (f32x4::splat(1.0), f32x4::splat(0.0));
        assert_eq!(left.simd_lt(right).select(yes, no).to_array(), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(left.simd_gt(right).select(yes, no).to_array(), [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_nan_loses_every_comparison() {
        let (nan, one) = (f32x4::splat(f32::NAN), f32x4::splat(1.0));
        assert_eq!(one.min(nan).to_array(), [1.0; 4]);
        assert_eq!(one.max(nan).to_array(), [1.0; 4]);
        assert!(nan.min(one).to_array().iter().all(|lane| lane.is_nan()));
    }
}
