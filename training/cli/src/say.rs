//! Printing that ends quietly when nobody reads any more, as in `tenure evaluate ... | head`.

use std::fmt;
use std::io::{ErrorKind, Write};

/// As `println!`, but a closed pipe ends the program instead of panicking.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::say::line(format_args!($($text)*))
    };
}
pub(crate) use say;

pub(crate) fn line(text: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{text}") {
        // Nobody is left to tell; a full disk behind a redirect is a failure.
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}
