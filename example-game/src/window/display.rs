//! Whether there is a display to open a window on.

use thiserror::Error;

/// Why no window can be opened.
#[derive(Debug, Error)]
pub enum NoDisplay {
    /// There is no X server.
    #[error("DISPLAY is not set")]
    NotSet,
    /// There is a Wayland compositor alone.
    #[error("DISPLAY is not set, and this build draws on X11 and not on Wayland; start XWayland")]
    WaylandAlone,
    /// The X server does not answer.
    #[error("the display {name} cannot be opened: {reason}")]
    Unreachable {
        /// The value of DISPLAY.
        name: String,
        /// Why.
        reason: String,
    },
}

/// Finds out, before Bevy would panic.
///
/// # Errors
/// Why no window can be opened.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn check() -> Result<(), NoDisplay> {
    let is_set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let Some(name) = is_set("DISPLAY") else {
        let only_wayland = is_set("WAYLAND_DISPLAY").is_some();
        return Err(if only_wayland { NoDisplay::WaylandAlone } else { NoDisplay::NotSet });
    };
    match x11rb::connect(None) {
        Ok(_) => Ok(()),
        Err(error) => Err(NoDisplay::Unreachable {
            name: name.to_string_lossy().into_owned(),
            reason: error.to_string(),
        }),
    }
}

/// Windows and macOS have a display wherever a game is started.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn check() -> Result<(), NoDisplay> {
    Ok(())
}
