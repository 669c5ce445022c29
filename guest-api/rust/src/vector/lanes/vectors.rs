//! Four lanes in a `v128`.

pub use core::arch::wasm32::{
    f32x4_add as add, f32x4_div as div, f32x4_lt as lt, f32x4_mul as mul, f32x4_neg as neg,
    f32x4_pmax as max, f32x4_pmin as min, f32x4_splat as splat, f32x4_sqrt as sqrt, f32x4_sub as sub,
    v128 as Lanes, v128 as Mask,
};
use core::arch::wasm32::{i32x4_shuffle, u32x4, v128_bitselect, v128_load, v128_store};
use core::ptr;

#[inline(always)]
pub fn load(chunk: &[f32; 4]) -> Lanes {
    // SAFETY: the reference is to 16 bytes, and the instruction asks for no alignment.
    unsafe { v128_load(chunk.as_ptr().cast()) }
}

#[inline(always)]
pub fn store(lanes: Lanes, chunk: &mut [f32; 4]) {
    // SAFETY: as in `load`, and the reference is the only one to those bytes.
    unsafe { v128_store(chunk.as_mut_ptr().cast(), lanes) }
}

/// Volatile, since the compiler then leaves the load as it is.
#[inline(always)]
pub fn splat_from(number: &f32) -> Lanes {
    // SAFETY: it is a reference.
    splat(unsafe { ptr::read_volatile(number) })
}

#[inline(always)]
pub fn select(mask: Mask, then: Lanes, otherwise: Lanes) -> Lanes {
    v128_bitselect(then, otherwise, mask)
}

#[inline(always)]
pub fn first<const COUNT: usize>(left: Lanes, right: Lanes) -> Lanes {
    const fn mask(in_left: bool) -> u32 {
        if in_left { u32::MAX } else { 0 }
    }
    let mask = const { u32x4(mask(COUNT > 0), mask(COUNT > 1), mask(COUNT > 2), mask(COUNT > 3)) };
    v128_bitselect(left, right, mask)
}

#[inline(always)]
pub fn lanes_0_and_3(left: Lanes, right: Lanes) -> Lanes {
    i32x4_shuffle::<0, 3, 4, 7>(left, right)
}
