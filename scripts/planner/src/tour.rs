//! A round trip through all pads, and the two ways in which the search changes one.

use crate::distances::{Distances, PADS_MAX};
use crate::search::Dice;

/// The longest stretch of a trip that is moved at once, in pads.
const STRETCH_MAX: usize = 10;

/// A round trip: the last pad comes before the first one.
#[derive(Clone)]
pub struct Tour {
    count: usize,
    /// The pads in their order.
    pads: [usize; PADS_MAX],
    /// Where in `pads` each pad is.
    places: [usize; PADS_MAX],
}

impl Tour {
    /// From the first pad always to the nearest of those that are left.
    pub fn of_nearest(distances: &Distances) -> Self {
        let count = distances.count;
        let mut tour = Self { count, pads: [0; PADS_MAX], places: [0; PADS_MAX] };
        for place in 0..count {
            tour.put(place, place);
        }
        for place in 1..count {
            let last = tour.pads[place - 1];
            let nearest = (place..count).min_by_key(|&other| distances.between(last, tour.pads[other]));
            let Some(nearest) = nearest else { break };
            tour.swap(place, nearest);
        }
        tour
    }

    /// The pads in their order.
    pub fn pads(&self) -> &[usize] {
        &self.pads[..self.count]
    }

    /// How long it is, in millimeters.
    pub fn length(&self, distances: &Distances) -> u64 {
        self.pads().iter().map(|&pad| u64::from(distances.between(pad, self.after(pad)))).sum()
    }

    /// Takes two ways out and joins the ends the other way round, as long as that makes it shorter: 2-opt.
    pub fn shorten(&mut self, distances: &Distances) {
        let mut is_shorter = true;
        while is_shorter {
            is_shorter = false;
            for pad in 0..self.count {
                while self.shorten_at(pad, distances) {
                    is_shorter = true;
                }
            }
        }
    }

    /// Joins a pad to one that is nearer than a neighbor that it has, if that makes the trip shorter.
    fn shorten_at(&mut self, pad: usize, distances: &Distances) -> bool {
        let between = |a, b| u64::from(distances.between(a, b));
        let (before, after) = (self.before(pad), self.after(pad));
        for near in distances.nearest(pad) {
            let way = between(pad, near);
            if way >= between(pad, after) && way >= between(pad, before) {
                return false;
            }
            let after_near = self.after(near);
            if way + between(after, after_near) < between(pad, after) + between(near, after_near) {
                self.reverse(after, near);
                return true;
            }
            let before_near = self.before(near);
            if way + between(before, before_near) < between(pad, before) + between(near, before_near) {
                self.reverse(pad, before_near);
                return true;
            }
        }
        false
    }

    /// Has two stretches that follow each other change places, which [`shorten`](Self::shorten) does not easily undo.
    pub fn shake(&mut self, dice: &mut Dice) {
        let longest = (self.count / 3).clamp(1, STRETCH_MAX);
        let begin = dice.below(self.count);
        let [first, second] = [1 + dice.below(longest), 1 + dice.below(longest)];
        let mut stretches = [0; 2 * STRETCH_MAX];
        let stretches = &mut stretches[..first + second];
        for (at, pad) in stretches.iter_mut().enumerate() {
            *pad = self.pads[(begin + (at + first) % (first + second)) % self.count];
        }
        for (at, &pad) in stretches.iter().enumerate() {
            self.put((begin + at) % self.count, pad);
        }
    }

    fn after(&self, pad: usize) -> usize {
        let place = self.places[pad] + 1;
        self.pads[if place == self.count { 0 } else { place }]
    }

    fn before(&self, pad: usize) -> usize {
        let place = self.places[pad];
        self.pads[if place == 0 { self.count } else { place } - 1]
    }

    fn put(&mut self, place: usize, pad: usize) {
        self.pads[place] = pad;
        self.places[pad] = place;
    }

    fn swap(&mut self, a: usize, b: usize) {
        let (pad_a, pad_b) = (self.pads[a], self.pads[b]);
        self.put(a, pad_b);
        self.put(b, pad_a);
    }

    /// Turns the stretch from one pad to another around.
    fn reverse(&mut self, first: usize, last: usize) {
        let (mut a, mut b) = (self.places[first], self.places[last]);
        let pads = (b + self.count - a) % self.count + 1;
        for _ in 0..pads / 2 {
            self.swap(a, b);
            a = if a + 1 == self.count { 0 } else { a + 1 };
            b = if b == 0 { self.count } else { b } - 1;
        }
    }
}
