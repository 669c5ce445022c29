//! Numbers as short as a panel has room for.

use std::time::Duration;

/// A number with three digits at least and four at most, and `k`, `M` or `G`.
pub fn compact(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    let Some((unit, name)) = UNITS.into_iter().find(|&(unit, _)| number >= unit) else {
        return number.to_string();
    };
    let value = number as f64 / unit as f64;
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}{name}")
}

/// A duration in ms.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}

/// How long ago something was.
pub fn ago(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s ago"),
        seconds @ 120..7_200 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

/// The header's right side: the tick, and the mean time of a frame.
pub fn header(tick: u64, frame: Option<Duration>) -> String {
    match frame {
        Some(frame) => {
            let seconds = frame.as_secs_f64().max(1e-6);
            format!("tick {tick}  {:.0} fps  {:.1} ms", 1.0 / seconds, seconds * 1_000.0)
        }
        None => format!("tick {tick}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_first_digits() {
        let numbers = [0, 999, 1_000, 12_345, 123_456, 1_400_000, 20_000_000, 3_000_000_000];
        let expected = ["0", "999", "1.00k", "12.3k", "123k", "1.40M", "20.0M", "3.00G"];
        assert_eq!(numbers.map(compact), expected);
    }

    #[test]
    fn times_are_said_in_the_unit_that_fits() {
        assert_eq!(milliseconds(Duration::from_micros(310)), "0.31 ms");
        assert_eq!(
            [5, 119, 120, 7_199, 7_200].map(|s| ago(Duration::from_secs(s))),
            ["5 s ago", "119 s ago", "2 min ago", "119 min ago", "2 h ago",]
        );
        assert_eq!(header(7, Some(Duration::from_millis(20))), "tick 7  50 fps  20.0 ms");
    }
}
