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

/// As `eprintln!`, but a terminal that is gone does not panic: the exit code still says what it said.
macro_rules! complain {
    ($($text:tt)*) => {
        $crate::say::complaint(format_args!($($text)*))
    };
}
pub(crate) use complain;

pub(crate) fn line(text: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{text}") {
        // Nobody is left to tell; a full disk behind a redirect is a failure.
        std::process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe));
    }
}

pub(crate) fn complaint(text: fmt::Arguments<'_>) {
    // In one piece, so that lines of several threads do not mix; whoever does not listen is not told.
    let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
