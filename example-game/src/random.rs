//! Random numbers from a seed, the same on every machine: splitmix64.

/// A stream of numbers that follows from its seed alone.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        let bits = hash(self.state);
        self.state = self.state.wrapping_add(GAMMA);
        bits
    }

    /// A number in `low..high`.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high - low);
        // The product's high half: no division, and no number is favored by more than 2^-32.
        low + (((self.next() >> 32) * span) >> 32) as u32
    }

    /// A number from -1 to 1.
    pub fn signed(&mut self) -> f32 {
        signed_unit(self.next())
    }
}

/// The golden ratio as a 64-bit fraction: no two of its multiples are near each other.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Scatters `value` over 64 bits, one to one.
fn hash(value: u64) -> u64 {
    let mut bits = value.wrapping_add(GAMMA);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The low 21 bits as a number from -1 to 1, without rounding: an `f32` holds every one of them.
fn signed_unit(bits: u64) -> f32 {
    const HALF: f32 = (1 << 20) as f32;
    (bits & 0x1f_ffff) as f32 / HALF - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_splitmix64() {
        // The reference implementation's first three numbers for the seed 1234567.
        let mut random = Random::new(1_234_567);
        let numbers = [random.next(), random.next(), random.next()];
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(7);
        let drawn: Vec<u32> = (0..1_000).map(|_| random.between(3, 9)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&8)));
        assert!((0..1_000).all(|_| (-1.0..1.0).contains(&random.signed())));
        assert_eq!(signed_unit(0), -1.0);
        assert!(signed_unit(u64::MAX) < 1.0);
    }
}
