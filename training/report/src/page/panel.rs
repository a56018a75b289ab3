//! A panel: a heading, how to read it, and a plot, a table or the reason why there is none.

use plotly::Plot;

/// One panel of the page.
pub(crate) struct Panel {
    /// Unique within the page: lower-case letters and hyphens.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// How to read it, in a sentence or two.
    pub(crate) caption: String,
    pub(crate) body: Body,
    /// Whether it takes the whole width of a wide page.
    pub(crate) is_wide: bool,
    /// Height of its plot in pixels, where the number of its lines decides it.
    pub(crate) height: Option<usize>,
}

/// What a panel shows.
pub(crate) enum Body {
    Plot(Box<Plot>),
    /// A piece of HTML, escaped already.
    Html(String),
    /// Why there is nothing, in one line.
    Missing(String),
}

impl Panel {
    pub(crate) fn new(id: &'static str, title: &str, caption: &str, body: Body) -> Self {
        Self { id, title: title.to_owned(), caption: caption.to_owned(), body, is_wide: false, height: None }
    }

    pub(crate) fn wide(mut self) -> Self {
        self.is_wide = true;
        self
    }

    /// With a plot of as many lines, each as high as its name.
    pub(crate) fn with_lines(mut self, lines: usize, pixels_a_line: usize) -> Self {
        const AXIS_AND_LEGEND: usize = 110;
        self.height = Some(AXIS_AND_LEGEND + lines.max(3) * pixels_a_line);
        self
    }
}

impl Body {
    /// A plot where there is something to draw, else why there is none.
    pub(crate) fn plot_or(plot: Option<Plot>, why: impl FnOnce() -> String) -> Self {
        plot.map_or_else(|| Self::Missing(why()), |plot| Self::Plot(Box::new(plot)))
    }
}
