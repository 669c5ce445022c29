//! How long frames take.

use std::fmt::{self, Display};
use std::time::Instant;

use bevy::prelude::*;

/// Slots of a tenth of a millisecond each.
const SLOTS: usize = 2_000;
/// Frames at the start that do not count: pipelines are compiled in them.
const FRAMES_SKIPPED: u32 = 30;

/// The time from frame to frame, over the whole game.
#[derive(Resource, Clone, Debug)]
pub struct Frames {
    last: Option<Instant>,
    skipped: u32,
    /// How many frames took so many tenths of a millisecond; the last slot has those above.
    counts: Vec<u64>,
    total_ms: f64,
}

impl Default for Frames {
    fn default() -> Self {
        Self { last: None, skipped: 0, counts: vec![0; SLOTS], total_ms: 0.0 }
    }
}

impl Frames {
    fn note(&mut self, ms: f64) {
        if self.skipped < FRAMES_SKIPPED {
            self.skipped += 1;
            return;
        }
        let slot = ((ms * 10.0) as usize).min(SLOTS - 1);
        self.counts[slot] += 1;
        self.total_ms += ms;
    }

    fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The time in ms within which the part `part` of all frames was done.
    fn within(&self, part: f64) -> f64 {
        let wanted = (self.count() as f64 * part).ceil() as u64;
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        (reached.unwrap_or(SLOTS - 1) + 1) as f64 / 10.0
    }
}

impl Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count();
        let mean = self.total_ms / count.max(1) as f64;
        let [half, most] = [0.5, 0.95].map(|part| self.within(part));
        write!(f, "{count} frames of {mean:.1} ms; half within {half:.1} ms, 95 % within {most:.1} ms")
    }
}

/// Takes the time once in a frame. Bevy's own times follow the game, which may stand still.
pub fn measure(mut frames: ResMut<Frames>) {
    let now = Instant::now();
    if let Some(last) = frames.last.replace(now) {
        frames.note((now - last).as_secs_f64() * 1_000.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frames_do_not_count() {
        let mut frames = Frames::default();
        for _ in 0..FRAMES_SKIPPED {
            frames.note(500.0);
        }
        for ms in [10.0, 10.0, 10.0, 30.05] {
            frames.note(ms);
        }
        assert_eq!(frames.to_string(), "4 frames of 15.0 ms; half within 10.1 ms, 95 % within 30.1 ms");
    }
}
