//! The mean time of a frame.

use std::time::{Duration, Instant};

use bevy::prelude::*;

/// Frames since they were last asked for.
///
/// It reads the clock on the wall, since Bevy's own times may follow a game that stands still or
/// is played in steps.
#[derive(Resource, Default, Debug)]
pub struct FrameTimes {
    began: Option<Instant>,
    last: Option<Instant>,
    frames: u32,
}

impl FrameTimes {
    fn note(&mut self, now: Instant) {
        self.began.get_or_insert(now);
        if self.last.replace(now).is_some() {
            self.frames += 1;
        }
    }

    /// The mean time of the frames since the last call.
    pub fn take(&mut self) -> Option<Duration> {
        let (began, last) = (self.began?, self.last?);
        self.began = Some(last);
        let frames = std::mem::take(&mut self.frames);
        (frames > 0).then(|| (last - began) / frames)
    }
}

/// Counts a frame.
pub fn measure(mut frames: ResMut<FrameTimes>) {
    frames.note(Instant::now());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_the_frames_since_the_last_call() {
        let start = Instant::now();
        let mut frames = FrameTimes::default();
        for ms in [0, 10, 20] {
            frames.note(start + Duration::from_millis(ms));
        }
        assert_eq!(frames.take(), Some(Duration::from_millis(10)));
        assert_eq!(frames.take(), None);
        frames.note(start + Duration::from_millis(50));
        assert_eq!(frames.take(), Some(Duration::from_millis(30)));
    }
}
