//! A plain `memcpy` of the bytes that a call moves, between buffers laid out as its columns are.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// 12 bytes in a row.
type Column = Vec<[f32; 3]>;

/// What goes out: two columns of 12 bytes a row. What comes back: the first of them.
#[derive(Debug)]
pub struct Copies {
    here: [Column; 2],
    there: [Column; 2],
}

impl Copies {
    /// Buffers for that many rows, every page of which has been touched.
    pub fn new(rows: u32) -> Self {
        let column = |value: f32| (0..rows).map(|row| [row as f32, value, 1.0]).collect::<Column>();
        Self { here: [column(1.0), column(2.0)], there: [column(3.0), column(4.0)] }
    }

    /// Copies 24 bytes a row out and 12 back.
    pub fn run(&mut self) -> Duration {
        let began = Instant::now();
        for (here, there) in self.here.iter().zip(&mut self.there) {
            black_box(there).copy_from_slice(black_box(here));
        }
        black_box(&mut self.here[0]).copy_from_slice(black_box(&self.there[0]));
        began.elapsed()
    }
}
