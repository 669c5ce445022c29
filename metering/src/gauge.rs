//! The number in the exported global.

/// Fuel and depth in one `i64`, as the exported global holds them.
///
/// Both in one number cost the module a single addition where a call needs two counts, and a single
/// comparison where it checks them.
///
/// | bits | |
/// |---|---|
/// | 16 to 63 | the fuel that is left, signed |
/// | 15 | set where the calls nest too deep |
/// | 0 to 14 | the calls that may still nest |
///
/// ```
/// use peristyle_metering::Gauge;
///
/// let gauge = Gauge::new(50_000, 100);
/// assert_eq!(gauge.to_bits(), 50_000 << 16 | 100);
/// assert_eq!((gauge.fuel(), gauge.depth()), (50_000, 100));
/// assert!(!gauge.is_exhausted() && !gauge.is_too_deep());
/// // As the module leaves it where a call went wrong:
/// assert!(Gauge::from_bits(-3 << 16 | 100).is_exhausted());
/// assert!(Gauge::from_bits((7 << 16) - 1).is_too_deep());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gauge(i64);

/// One unit of fuel in the gauge.
pub(crate) const FUEL_SHIFT: u32 = 16;
/// One nested call in the gauge.
pub(crate) const DEPTH_UNIT: i64 = 1;
/// What is set where either count is below zero.
pub(crate) const CHECK_MASK: i64 = i64::MIN | DEPTH_GUARD;
const DEPTH_GUARD: i64 = 1 << 15;

impl Gauge {
    /// The most fuel that a gauge holds: half of what has room, because within a function it may stand above
    /// what is left by what has not been charged yet.
    pub const FUEL_MAX: u64 = (1 << 46) - 1;

    /// The deepest nesting that a gauge counts.
    pub const DEPTH_MAX: u32 = (1 << 15) - 1;

    /// A gauge for one call. `fuel` above [`Gauge::FUEL_MAX`] and `depth` above
    /// [`Gauge::DEPTH_MAX`] are taken as these.
    ///
    /// The exported function that a host calls is at depth 0, so with a `depth` of 0 it may call
    /// nothing but what is too small to be checked.
    #[must_use]
    pub const fn new(fuel: u64, depth: u32) -> Self {
        let fuel = if fuel > Self::FUEL_MAX { Self::FUEL_MAX } else { fuel };
        let depth = if depth > Self::DEPTH_MAX { Self::DEPTH_MAX } else { depth };
        Self(((fuel as i64) << FUEL_SHIFT) | depth as i64)
    }

    /// What the exported global holds.
    #[must_use]
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// What to write to the exported global.
    #[must_use]
    pub const fn to_bits(self) -> i64 {
        self.0
    }

    /// The fuel that is left; below zero where it ran out.
    #[must_use]
    pub const fn fuel(self) -> i64 {
        // A depth below zero borrowed one unit.
        (self.0 >> FUEL_SHIFT) + self.is_too_deep() as i64
    }

    /// The gauge with that much fuel in place of its own, and as deep: what a call goes on with that
    /// ran out of fuel and was suspended. `fuel` above [`Gauge::FUEL_MAX`] is taken as that.
    ///
    /// ```
    /// use peristyle_metering::Gauge;
    ///
    /// let gauge = Gauge::from_bits(-3 << 16 | 98).with_fuel(50);
    /// assert_eq!((gauge.fuel(), gauge.depth()), (50, 98));
    /// ```
    #[must_use]
    pub const fn with_fuel(self, fuel: u64) -> Self {
        Self::new(fuel, self.depth())
    }

    /// The gauge with that much less fuel, as a host charges for what it does; below zero where there is
    /// not enough. More than [`Gauge::FUEL_MAX`] is taken as that.
    ///
    /// ```
    /// use peristyle_metering::Gauge;
    ///
    /// let gauge = Gauge::new(10, 100).minus(12);
    /// assert_eq!((gauge.fuel(), gauge.depth()), (-2, 100));
    /// ```
    #[must_use]
    pub const fn minus(self, units: u64) -> Self {
        let units = if units > Self::FUEL_MAX { Self::FUEL_MAX } else { units };
        Self(self.0.saturating_sub((units as i64) << FUEL_SHIFT))
    }

    /// How many calls may still nest.
    #[must_use]
    pub const fn depth(self) -> u32 {
        if self.is_too_deep() { 0 } else { (self.0 & (DEPTH_GUARD - 1)) as u32 }
    }

    /// Whether fuel ran out.
    #[must_use]
    pub const fn is_exhausted(self) -> bool {
        self.fuel() < 0
    }

    /// Whether the calls nest too deep.
    #[must_use]
    pub const fn is_too_deep(self) -> bool {
        self.0 & DEPTH_GUARD != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_counts_come_back_at_their_limits() {
        for (fuel, depth) in [(0, 0), (1, 32_767), (Gauge::FUEL_MAX, 0), (u64::MAX, u32::MAX)] {
            let gauge = Gauge::new(fuel, depth);
            assert_eq!(gauge.fuel(), fuel.min(Gauge::FUEL_MAX) as i64);
            assert_eq!(gauge.depth(), depth.min(Gauge::DEPTH_MAX));
            assert!(!gauge.is_exhausted() && !gauge.is_too_deep());
        }
    }

    #[test]
    fn one_call_too_many_shows_and_takes_no_fuel() {
        let gauge = Gauge::from_bits(Gauge::new(9, 0).to_bits() - DEPTH_UNIT);
        assert!(gauge.is_too_deep() && !gauge.is_exhausted());
        assert_eq!((gauge.fuel(), gauge.depth()), (9, 0));
    }
}
