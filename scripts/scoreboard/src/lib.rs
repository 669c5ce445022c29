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

/// What the game shows: `text`, and the figures that it is made of.
#[derive(Clone, Copy, Debug, Schema)]
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
    /// What the lowest battery holds, in percent; 100 where there is none.
    pub lowest_charge: u32,
    /// The score in words.
    pub text: Str,
}

impl Score {
    /// Puts the figures into words.
    fn describe(&mut self, room: &mut Room<'_>) {
        let Self { deliveries, last_drone, last_pad, best_second, lowest_charge, .. } = *self;
        self.text = if deliveries == 0 {
            room.text(format_args!("no delivery yet   lowest battery {lowest_charge} %"))
        } else {
            room.text(format_args!(
                "{deliveries} deliveries, {best_second} in the best second, the last by {last_drone} to pad \
                 {last_pad}   lowest battery {lowest_charge} %"
            ))
        };
    }
}

/// How full a drone's battery is, from 0 to 1: a component that the script `battery` defines.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "battery::Battery")]
pub struct Battery {
    /// 1 is full.
    pub charge: f32,
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
    mut room: Room,
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
    if !delivered.is_empty() {
        score.describe(&mut room);
    }
}

/// Looks for the lowest battery, twice a second.
#[system(run_if = ["every(30)"])]
pub fn look_at_batteries(batteries: Query<&Battery>, mut score: ResMut<Score>, mut room: Room) {
    let lowest = batteries.iter().fold(1.0_f32, |lowest, battery| lowest.min(battery.charge));
    score.lowest_charge = (lowest * 100.0) as u32;
    score.describe(&mut room);
}

module! { systems: [count, look_at_batteries], state: [Second = Second { number: 0, deliveries: 0 }] }

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Score = Score {
        deliveries: 0,
        last_drone: 0,
        last_pad: 0,
        best_second: 0,
        lowest_charge: 0,
        text: Str::EMPTY,
    };

    #[test]
    fn the_lowest_battery_is_shown_in_percent() {
        let (mut score, mut bytes) = (NOTHING, [0; 256]);
        let batteries = [0.75, 0.25, 1.0].map(|charge| Battery { charge });
        look_at_batteries(
            Query::from_columns(&batteries[..]),
            ResMut::new(&mut score),
            Room::new(&mut bytes),
        );
        assert_eq!(score.text.as_str(), "no delivery yet   lowest battery 25 %");
        look_at_batteries(Query::from_columns(&[][..]), ResMut::new(&mut score), Room::new(&mut bytes));
        assert_eq!(score.lowest_charge, 100);
    }

    #[test]
    fn the_best_second_is_kept() {
        let (mut score, mut second) = (NOTHING, Second { number: 0, deliveries: 0 });
        let mut bytes = [0; 256];
        let mut count_at = |elapsed_seconds, delivered: &[Delivered]| {
            let time = Time { delta_seconds: 0.5, elapsed_seconds, tick: 1 };
            count(
                time,
                MessageReader::new(delivered),
                ResMut::new(&mut score),
                State::new(&mut second),
                Room::new(&mut bytes),
            );
            score
        };
        let news = [Delivered { drone: 4, pad: 1 }, Delivered { drone: 9, pad: 2 }];
        count_at(0.1, &news);
        count_at(0.6, &news[..1]);
        let score = count_at(1.1, &news);
        assert_eq!((score.deliveries, score.last_drone, score.last_pad, score.best_second), (5, 9, 2, 3));
        assert_eq!(
            score.text.as_str(),
            "5 deliveries, 3 in the best second, the last by 9 to pad 2   lowest battery 0 %"
        );
    }
}
