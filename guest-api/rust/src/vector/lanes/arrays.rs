//! Four lanes in an array: tests on the machine that builds the module, and modules that are built
//! without `simd128`.

#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub type Lanes = [f32; 4];
pub type Mask = [bool; 4];

fn zip<T>(left: Lanes, right: Lanes, operation: impl Fn(f32, f32) -> T) -> [T; 4] {
    core::array::from_fn(|lane| operation(left[lane], right[lane]))
}

pub fn splat(number: f32) -> Lanes {
    [number; 4]
}

pub fn splat_from(number: &f32) -> Lanes {
    splat(*number)
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

pub fn lt(left: Lanes, right: Lanes) -> Mask {
    zip(left, right, |left, right| left < right)
}

pub fn select(mask: Mask, then: Lanes, otherwise: Lanes) -> Lanes {
    core::array::from_fn(|lane| if mask[lane] { then[lane] } else { otherwise[lane] })
}

pub fn first<const COUNT: usize>(left: Lanes, right: Lanes) -> Lanes {
    core::array::from_fn(|lane| if lane < COUNT { left[lane] } else { right[lane] })
}

pub fn lanes_0_and_3(left: Lanes, right: Lanes) -> Lanes {
    [left[0], left[3], right[0], right[3]]
}

#[cfg(not(target_arch = "wasm32"))]
pub fn sqrt(lanes: Lanes) -> Lanes {
    lanes.map(f32::sqrt)
}

/// `core` has no square root, and every engine of the contract has vectors, so this one function
/// may use them.
#[cfg(target_arch = "wasm32")]
#[target_feature(enable = "simd128")]
pub fn sqrt(lanes: Lanes) -> Lanes {
    use core::arch::wasm32::{f32x4_extract_lane, f32x4_splat, f32x4_sqrt};
    lanes.map(|number| f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(number))))
}
