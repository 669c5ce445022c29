//! Runs a program that another thread may stop, with everything that it started.

use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::not_started;
use crate::error::Error;

/// How often a program that has closed its output is asked whether it has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Stops what is run under it, now and later.
#[derive(Debug, Default)]
pub struct Cancel(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_canceled: bool,
    /// What runs, until it has been waited for: so long its number is nobody else's.
    child: Option<Child>,
}

impl Cancel {
    /// Stops what runs, if anything does, and keeps anything else from starting.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.is_canceled = true;
        if let Some(child) = &mut state.child {
            stop_all(child);
        }
    }

    /// Whether it was canceled.
    pub fn is_canceled(&self) -> bool {
        self.lock().is_canceled
    }

    /// Runs `command` to its end and returns everything about it, whatever its exit code.
    ///
    /// # Errors
    /// It does not start, or was canceled.
    pub fn run(&self, command: &mut Command) -> Result<Output, Error> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let (stdout, stderr) = {
            let mut state = self.lock();
            if state.is_canceled {
                return Err(Error::Canceled);
            }
            let mut child = command.spawn().map_err(not_started(command))?;
            let pipes = (child.stdout.take(), child.stderr.take());
            state.child = Some(child);
            pipes
        };
        let (stdout, stderr) = thread::scope(|scope| {
            let stdout = scope.spawn(|| read_all(stdout));
            let stderr = read_all(stderr);
            (stdout.join().unwrap_or_default(), stderr)
        });
        loop {
            let mut state = self.lock();
            let Some(child) = &mut state.child else { return Err(Error::Canceled) };
            if let Some(status) = child.try_wait().map_err(not_started(command))? {
                state.child = None;
                let is_canceled = state.is_canceled;
                return if is_canceled {
                    Err(Error::Canceled)
                } else {
                    Ok(Output { status, stdout, stderr })
                };
            }
            drop(state);
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A program that is stopped may leave half a line; nobody looks at that.
    let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    bytes
}

/// Stops a program that began a process group of its own, and all of the group.
#[cfg(unix)]
fn stop_all(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // It fails where all of it has ended by itself.
    let _ = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .map(|group| kill_process_group(group, Signal::KILL));
}

/// Stops a program and what it started.
#[cfg(not(unix))]
fn stop_all(child: &mut Child) {
    let tree = Command::new("taskkill").args(["/T", "/F", "/PID", &child.id().to_string()]).output();
    if !tree.is_ok_and(|output| output.status.success()) {
        // It fails where the program has ended by itself.
        let _ = child.kill();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Instant;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_program_prints_is_kept() {
        let output = Cancel::default().run(&mut shell("echo out; echo err >&2; exit 3")).unwrap();
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
    }

    /// Verifies that what a compiler has started is stopped as well: otherwise its pipes would stay open.
    #[test]
    fn a_program_is_stopped_with_all_that_it_started() {
        let cancel = Arc::new(Cancel::default());
        let began = Instant::now();
        let canceling = Arc::clone(&cancel);
        let canceling = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            canceling.cancel();
        });
        let stopped = cancel.run(&mut shell("sleep 60 & sleep 60; wait"));
        assert!(matches!(stopped, Err(Error::Canceled)), "{stopped:?}");
        assert!(began.elapsed() < Duration::from_secs(30));
        canceling.join().unwrap();
        assert!(matches!(cancel.run(&mut shell("true")), Err(Error::Canceled)));
    }
}
