use crate::abi::{Address, Feature, ParamDescriptor, ParamKind, RandomState, RowOrder, Slice};

/// A parameter that gives a system a random generator of its own: xoshiro256++.
///
/// The game seeds it, and its numbers are the same on every machine. A call that faults has taken
/// none; after a reload it goes on where it was.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[system]
/// fn roll(mut random: Random) {
///     log!("a {}", random.below(6) + 1);
/// }
///
/// // A unit test brings a state of its own.
/// let mut state = Random::state([1, 2, 3, 4]);
/// assert_eq!(Random::new(&mut state).next_u64(), 41_943_041);
/// ```
#[derive(Debug)]
pub struct Random<'f>(&'f mut RandomState);

impl<'f> Random<'f> {
    /// The generator over a state that the caller has, for unit tests of a system.
    pub fn new(state: &'f mut RandomState) -> Self {
        Self(state)
    }

    /// A state, for [`new`](Self::new). Not all of the words are 0.
    pub const fn state(words: [u64; 4]) -> RandomState {
        RandomState { size: size_of::<RandomState>() as u32, reserved: 0, words }
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0.words;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let t = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= t;
        *d = d.rotate_left(45);
        result
    }

    /// A number from 0 to 1, 1 excluded, in steps of 2⁻²⁴.
    pub fn float(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// A number from `low` to `high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.float()
    }

    /// A whole number below `n`, each with the same chance; 0 where `n` is 0.
    ///
    /// By Lemire's multiplication, <https://arxiv.org/abs/1805.10941>.
    pub fn below(&mut self, n: u32) -> u32 {
        let product = |random: u64| (random >> 32) * u64::from(n);
        let mut found = product(self.next_u64());
        if (found as u32) < n {
            let unfair = n.wrapping_neg() % n;
            while (found as u32) < unfair {
                found = product(self.next_u64());
            }
        }
        (found >> 32) as u32
    }

    /// The generator in a call frame.
    ///
    /// # Safety
    /// A generator's state is at the address, and nobody else uses it for `'f`.
    pub(crate) unsafe fn from_frame(state: Address) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { &mut *state.as_ptr().cast_mut().cast() })
    }

    /// The parameter's entry in the manifest.
    pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
        size: size_of::<ParamDescriptor<Address>>() as u32,
        kind: ParamKind::Random.code(),
        terms: Slice::EMPTY,
        order: RowOrder::Tables.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };
    /// What it asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = Feature::Random.bit();
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut state = Random::state([1, 2, 3, 4]);
        let mut random = Random::new(&mut state);
        let numbers = core::array::from_fn(|_| random.next_u64());
        assert_eq!(numbers, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut state = Random::state([1, 2, 3, 4]);
        let mut random = Random::new(&mut state);
        let mut seen = [0; 6];
        for _ in 0..6_000 {
            seen[random.below(6) as usize] += 1;
            assert!((0.0..1.0).contains(&random.float()));
            assert!((-2.0..=3.0).contains(&random.range(-2.0, 3.0)));
        }
        assert!(seen.iter().all(|&times| (850..1150).contains(&times)), "{seen:?}");
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
    }
}
