//! Bars and spinners: on a terminal only, and only for what takes longer than a moment.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nothing shorter than this is worth a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar over `total` units, or a spinner where the total is not known.
pub(crate) fn bar(what: &str, total: Option<u64>, unit: Unit) -> Bar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
    let template = match (total, unit) {
        (Some(_), Unit::Bytes) => "{msg:24} {wide_bar} {bytes}/{total_bytes} {eta}",
        (Some(_), Unit::Seconds) => "{msg:24} {wide_bar} {pos} s of {len} s",
        (Some(_), Unit::Customers) => "{msg:24} {wide_bar} {human_pos}/{human_len} {eta}",
        (None, Unit::Bytes) => "{msg:24} {spinner} {bytes}",
        (None, Unit::Customers | Unit::Seconds) => "{msg:24} {spinner}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    Bar { bar, target: Some(target) }
}

/// What a bar counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    Bytes,
    Customers,
    Seconds,
}

/// A bar that shows itself after a second.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
    target: Option<ProgressDrawTarget>,
}

impl Bar {
    pub(crate) fn set(&mut self, position: u64) {
        self.bar.set_position(position);
        if self.bar.elapsed() >= PATIENCE
            && let Some(target) = self.target.take()
        {
            self.bar.set_draw_target(target);
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    /// Shows itself at once: for work that says nothing until it is done.
    pub(crate) fn show(mut self) -> Self {
        if let Some(target) = self.target.take() {
            self.bar.set_draw_target(target);
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
        self
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
