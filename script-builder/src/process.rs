//! Runs other programs; whoever reads a failure sees the command line that failed.

mod cancel;

use std::io;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub use cancel::Cancel;

use crate::error::Error;

/// How often a program with a time limit is asked whether it has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs `command` with the terminal as its own.
///
/// # Errors
/// It does not start, or fails.
pub fn run(command: &mut Command) -> Result<(), Error> {
    let status = command.status().map_err(not_started(command))?;
    check(command, status)
}

/// Runs `command` as [`run`] does, and stops it after `limit`.
///
/// # Errors
/// It does not start, fails, or takes longer.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<(), Error> {
    let mut child = command.spawn().map_err(not_started(command))?;
    match wait_until(&mut child, Instant::now() + limit).map_err(not_started(command))? {
        Some(status) => check(command, status),
        None => Err(Error::TimedOut { command: line(command), limit }),
    }
}

/// Runs `command` and returns what it printed; its stderr goes to the terminal.
///
/// # Errors
/// It does not start, or fails.
pub fn stdout(command: &mut Command) -> Result<String, Error> {
    let output = command.stderr(Stdio::inherit()).output().map_err(not_started(command))?;
    check(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command` and returns everything about it, whatever its exit code.
///
/// # Errors
/// It does not start.
pub fn output(command: &mut Command) -> Result<Output, Error> {
    command.output().map_err(not_started(command))
}

/// The command line as a person would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted: Vec<String> = words.map(|word| quote(&word.to_string_lossy())).collect();
    quoted.join(" ")
}

fn quote(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>*?()".contains(c)) {
        format!("'{}'", word.replace('\'', "'\\''"))
    } else {
        word.to_owned()
    }
}

fn check(command: &Command, status: ExitStatus) -> Result<(), Error> {
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { command: line(command), status })
}

fn not_started(command: &Command) -> impl FnOnce(io::Error) -> Error + use<> {
    let (program, command) = (command.get_program().to_string_lossy().into_owned(), line(command));
    move |source| match source.kind() {
        io::ErrorKind::NotFound => Error::ProgramMissing { program },
        _ => Error::Start { command, source },
    }
}

fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_shown_as_typed() {
        let mut command = Command::new("cargo");
        command.args(["run", "--config", "profile.dev=\"a b\""]);
        assert_eq!(line(&command), "cargo run --config 'profile.dev=\"a b\"'");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("peristyle-no-such-program")).unwrap_err();
        assert!(matches!(error, Error::ProgramMissing { program } if program == "peristyle-no-such-program"));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_does_not_end_is_stopped() {
        let error = run_within(Command::new("sleep").arg("60"), Duration::from_millis(60)).unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }));
    }
}
