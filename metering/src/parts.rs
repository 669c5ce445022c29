//! Work on many functions, shared among threads.

use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

/// The bytes of code that one thread takes at a time: well above what starting a thread costs.
const PART_BYTES: u64 = 8_192;

/// A game has other work for its processors.
const THREADS_MAX: usize = 4;

/// What `work` makes of the items, in their order, or the error of the first that has one. Each is `bytes` of code; where
/// there are many, `work` is called for parts of them, on several threads.
pub(crate) fn in_parts<T: Send, R: Send, E: Send>(
    items: impl IntoIterator<Item = T>,
    bytes: impl Fn(&T) -> u64,
    work: impl Fn(Vec<T>) -> Result<Vec<R>, E> + Sync,
) -> Result<Vec<R>, E> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut left = 0u64;
    for item in items {
        let size = bytes(&item).max(1);
        match parts.last_mut().filter(|_| left > 0) {
            Some(part) => part.push(item),
            None => {
                parts.push(vec![item]);
                left = PART_BYTES;
            }
        }
        left = left.saturating_sub(size);
    }
    let helpers = parts.len().min(threads()).saturating_sub(1);
    let queue = Mutex::new(parts.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let run = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((at, part)) = next else { break };
            let result = work(part);
            if result.is_err() {
                // Parts come in order: whatever could have an earlier error has begun.
                queue.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    thread::scope(|scope| {
        for _ in 0..helpers {
            // Where no thread can be started, the others do its work.
            let _ = thread::Builder::new().name("metering".to_owned()).spawn_scoped(scope, run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    let mut all = Vec::new();
    for (_, results) in done {
        all.append(&mut results?);
    }
    Ok(all)
}

fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_items() {
        for bytes in [0, 1, 700, PART_BYTES, u64::MAX] {
            let double = |part: Vec<u64>| Ok::<_, Infallible>(part.iter().map(|i| 2 * i).collect());
            assert_eq!(in_parts(0..1_000, |_| bytes, double), Ok((0..1_000).map(|i| 2 * i).collect()));
        }
    }

    #[test]
    fn the_error_is_the_first_items_whichever_thread_is_quicker() {
        let work = |part: Vec<u64>| {
            part.into_iter().map(|at| if at % 300 == 299 { Err(at) } else { Ok(at) }).collect()
        };
        for _ in 0..50 {
            assert_eq!(in_parts(0..1_000, |_| 1_000, work), Err(299));
        }
    }

    #[test]
    fn nothing_is_done_about_nothing() {
        assert_eq!(in_parts(Vec::<u64>::new(), |_| 1, Ok::<_, Infallible>), Ok(Vec::new()));
    }
}
