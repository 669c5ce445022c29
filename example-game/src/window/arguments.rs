//! The part of the command line that needs a window.

use std::fmt::{self, Display};
use std::path::PathBuf;
use std::str::FromStr;

use super::controls::Action;

/// What only a window can do.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Pictures")]
pub struct WindowArguments {
    /// The window's size at the start, in logical pixels
    #[arg(long, value_name = "WxH", default_value_t = WindowSize::default(), conflicts_with = "headless")]
    pub size: WindowSize,

    /// Write a picture of the window to this PNG file, print the report and end
    ///
    /// Every frame is one tick, so the picture and the state hash are those of a game without a
    /// window at the same tick.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["headless", "ticks"])]
    pub screenshot: Option<PathBuf>,

    /// The tick of the picture
    #[arg(long, value_name = "TICK", default_value_t = 600, requires = "screenshot", value_parser = clap::value_parser!(u64).range(1..))]
    pub at: u64,

    /// Press a key of the legend after a tick, as in e@120; may be given several times
    #[arg(long, value_name = "KEY@TICK", conflicts_with = "headless")]
    pub press: Vec<TimedKey>,

    /// Click on a place on the ground after a tick, as in -20,35@120, in m from the middle
    #[arg(long, value_name = "X,Y@TICK", conflicts_with = "headless", allow_hyphen_values = true)]
    pub click: Vec<TimedClick>,
}

impl WindowArguments {
    /// What is to be done after which tick, the earliest first.
    pub fn timed_actions(&self) -> Vec<(u64, Action)> {
        let presses = self.press.iter().map(|key| (key.tick, key.action));
        let clicks = self.click.iter().map(|click| (click.tick, Action::Gust(click.place)));
        let mut actions: Vec<_> = presses.chain(clicks).collect();
        actions.sort_by_key(|&(tick, _)| tick);
        actions
    }
}

/// A window's width and height in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize(pub [u32; 2]);

impl Default for WindowSize {
    fn default() -> Self {
        Self([1280, 720])
    }
}

impl Display for WindowSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([width, height]) = self;
        write!(f, "{width}x{height}")
    }
}

impl FromStr for WindowSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (width, height) = text.split_once('x').ok_or("a size is WxH, as in 1280x720")?;
        let pixels = |number: &str| {
            number
                .parse::<u32>()
                .ok()
                .filter(|pixels| (64..=16_384).contains(pixels))
                .ok_or_else(|| format!("`{number}` is no number of pixels from 64 to 16384"))
        };
        Ok(Self([pixels(width)?, pixels(height)?]))
    }
}

/// A key, and the tick after which it is pressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedKey {
    tick: u64,
    action: Action,
}

impl FromStr for TimedKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, tick) = split(text)?;
        let action = Action::of_key_name(key)
            .ok_or_else(|| format!("`{key}` is no key of the game; there are: {}", Action::key_names()))?;
        Ok(Self { tick, action })
    }
}

/// A place on the ground in m, and the tick after which it is clicked on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedClick {
    tick: u64,
    place: [f32; 2],
}

impl FromStr for TimedClick {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, tick) = split(text)?;
        let (x, y) = place.split_once(',').ok_or("a place is X,Y in m, as in -20,35")?;
        let meters = |number: &str| {
            number
                .parse::<f32>()
                .ok()
                .filter(|meters| meters.is_finite())
                .ok_or_else(|| format!("`{number}` is no number of m"))
        };
        Ok(Self { tick, place: [meters(x)?, meters(y)?] })
    }
}

fn split(text: &str) -> Result<(&str, u64), String> {
    let (what, tick) = text.rsplit_once('@').ok_or("the tick is missing, as in @120")?;
    let tick = tick.parse().map_err(|_| format!("`{tick}` is no tick"))?;
    Ok((what, tick))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!("640x360".parse(), Ok(WindowSize([640, 360])));
        for nonsense in ["640", "640x", "x360", "0x360", "-1x360", "640x99999"] {
            assert!(nonsense.parse::<WindowSize>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn what_is_to_be_done_comes_in_the_order_of_ticks() {
        let arguments = WindowArguments {
            press: vec!["e@120".parse().unwrap(), ".@7".parse().unwrap()],
            click: vec!["-20,35.5@60".parse().unwrap()],
            ..WindowArguments::default()
        };
        let expected = [(7, Action::Step), (60, Action::Gust([-20.0, 35.5])), (120, Action::Endless)];
        assert_eq!(arguments.timed_actions(), expected);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = "q@1".parse::<TimedKey>().unwrap_err();
        assert!(error.contains("`q`") && error.contains("space"), "{error}");
        for wrong in ["e", "e@", "e@-1"] {
            assert!(wrong.parse::<TimedKey>().is_err(), "{wrong}");
        }
        for wrong in ["1@2", "1,x@2", "1,2", "1,inf@2"] {
            assert!(wrong.parse::<TimedClick>().is_err(), "{wrong}");
        }
    }
}
