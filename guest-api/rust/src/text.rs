use core::fmt;

/// The longest text in bytes that a log line or a fault has; what is beyond is dropped.
pub(crate) const TEXT_SIZE_MAX: usize = 512;

/// Text that is written into a buffer on the stack, without an allocator.
pub(crate) struct Text {
    bytes: [u8; TEXT_SIZE_MAX],
    len: usize,
}

impl Text {
    /// As much of `arguments` as fits.
    pub fn format(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self { bytes: [0; TEXT_SIZE_MAX], len: 0 };
        // The one error says that the text is full, and then what is in it stands.
        let _ = fmt::write(&mut text, arguments);
        text
    }

    /// The bytes, which are UTF-8: `write_str` cuts between characters.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = TEXT_SIZE_MAX - self.len;
        let fits = part.floor_char_boundary(room);
        self.bytes[self.len..self.len + fits].copy_from_slice(&part.as_bytes()[..fits]);
        self.len += fits;
        if fits == part.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_fits_is_whole() {
        assert_eq!(Text::format(format_args!("{} of {}", 3, "four")).as_bytes(), b"3 of four");
    }

    #[test]
    fn text_that_is_too_long_is_cut_between_characters() {
        let text = Text::format(format_args!("{:x>511}é and more", ""));
        assert_eq!(text.as_bytes(), [b'x'; 511]);
        let text = Text::format(format_args!("{:x>510}é and more", ""));
        assert_eq!(core::str::from_utf8(text.as_bytes()).unwrap().chars().last(), Some('é'));
    }

    #[test]
    fn nothing_follows_a_cut() {
        let text = Text::format(format_args!("{:x>511}{}{}", "", "é", "y"));
        assert_eq!(text.as_bytes(), [b'x'; 511]);
    }
}
