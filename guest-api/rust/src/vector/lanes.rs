use core::ops::{Add, Div, Mul, Neg, Sub};

/// Four numbers that one instruction works on.
///
/// It is a `v128` in a module that is built with `simd128`, and an array anywhere else. Results
/// are the same to the bit, but for the bits of a NaN.
#[allow(non_camel_case_types, reason = "the name that WebAssembly and the Rust ecosystem use")]
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct f32x4(Lanes);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use vectors as lanes;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Lanes = core::arch::wasm32::v128;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use arrays as lanes;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
type Lanes = [f32; 4];

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

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors {
    pub use core::arch::wasm32::{
        f32x4_add as add, f32x4_div as div, f32x4_mul as mul, f32x4_neg as neg, f32x4_pmax as max,
        f32x4_pmin as min, f32x4_splat as splat, f32x4_sub as sub,
    };
    use core::arch::wasm32::{v128, v128_load, v128_store};

    #[inline(always)]
    pub fn load(chunk: &[f32; 4]) -> v128 {
        // SAFETY: the reference is to 16 bytes, and the instruction asks for no alignment.
        unsafe { v128_load(chunk.as_ptr().cast()) }
    }

    #[inline(always)]
    pub fn store(lanes: v128, chunk: &mut [f32; 4]) {
        // SAFETY: as in `load`, and the reference is the only one to those bytes.
        unsafe { v128_store(chunk.as_mut_ptr().cast(), lanes) }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod arrays {
    type Lanes = [f32; 4];

    fn zip(left: Lanes, right: Lanes, operation: impl Fn(f32, f32) -> f32) -> Lanes {
        core::array::from_fn(|lane| operation(left[lane], right[lane]))
    }

    pub fn splat(number: f32) -> Lanes {
        [number; 4]
    }

    pub fn load(chunk: &Lanes) -> Lanes {
        *chunk
    }

    pub fn store(lanes: Lanes, chunk: &mut Lanes) {
        *chunk = lanes;
    }

    pub fn neg(lanes: Lanes) -> Lanes {
        lanes.map(|number| -number)
    }

    pub fn add(left: Lanes, right: Lanes) -> Lanes {
        zip(left, right, |left, right| left + right)
    }

    pub fn sub(left: Lanes, right: Lanes) -> Lanes {
        zip(left, right, |left, right| left - right)
    }

    pub fn mul(left: Lanes, right: Lanes) -> Lanes {
        zip(left, right, |left, right| left * right)
    }

    pub fn div(left: Lanes, right: Lanes) -> Lanes {
        zip(left, right, |left, right| left / right)
    }

    pub fn min(left: Lanes, right: Lanes) -> Lanes {
        zip(left, right, |left, right| if right < left { right } else { left })
    }

    pub fn max(left: Lanes, right: Lanes) -> Lanes {
        zip(left, right, |left, right| if left < right { right } else { left })
    }
}

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
    fn a_nan_loses_every_comparison() {
        let (nan, one) = (f32x4::splat(f32::NAN), f32x4::splat(1.0));
        assert_eq!(one.min(nan).to_array(), [1.0; 4]);
        assert_eq!(one.max(nan).to_array(), [1.0; 4]);
        assert!(nan.min(one).to_array().iter().all(|lane| lane.is_nan()));
    }
}
