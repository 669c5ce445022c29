//! Makes a score of the deliveries that dispatch tells of.
// Natively `std` is there, for unit tests.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

/// The message that a package has arrived.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Delivered {
    /// The drone that brought it.
    pub drone: u32,
    /// The pad that it was brought to.
    pub pad: u32,
}

/// What the game shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Schema)]
#[repr(C)]
pub struct Score {
    /// Deliveries of all drones.
    pub deliveries: u32,
    /// The drone that made the last one.
    pub last_drone: u32,
    /// The pad that it was to.
    pub last_pad: u32,
    /// The most deliveries that there were in one second.
    pub best_second: u32,
}

/// Deliveries of the second that is not over.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Second {
    /// The second, from the start.
    pub number: u32,
    /// Deliveries in it so far.
    pub deliveries: u32,
}

/// Counts the deliveries since its last call: what dispatch sends in one tick arrives in the next.
#[system]
pub fn count(
    time: Time,
    delivered: MessageReader<Delivered>,
    mut score: ResMut<Score>,
    mut second: State<Second>,
) {
    let number = time.elapsed_seconds as u32;
    if second.number != number {
        *second = Second { number, deliveries: 0 };
    }
    for &Delivered { drone, pad } in &delivered {
        score.deliveries += 1;
        (score.last_drone, score.last_pad) = (drone, pad);
        second.deliveries += 1;
    }
    score.best_second = score.best_second.max(second.deliveries);
}

module! { systems: [count], state: [Second = Second { number: 0, deliveries: 0 }] }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_second_is_kept() {
        let (mut score, mut second) = (Score::default(), Second { number: 0, deliveries: 0 });
        let mut count_at = |elapsed_seconds, delivered: &[Delivered]| {
            let time = Time { delta_seconds: 0.5, elapsed_seconds, tick: 1 };
            count(time, MessageReader::new(delivered), ResMut::new(&mut score), State::new(&mut second));
            score
        };
        let news = [Delivered { drone: 4, pad: 1 }, Delivered { drone: 9, pad: 2 }];
        count_at(0.1, &news);
        count_at(0.6, &news[..1]);
        let score = count_at(1.1, &news);
        assert_eq!(score, Score { deliveries: 5, last_drone: 9, last_pad: 2, best_second: 3 });
    }
}
