//! What all plots share: colours by name, axes, lines and bars.
//!
//! Colours are names of the style sheet (`var(--actual)`); the page's script puts in what they are in light or in
//! dark, and with it the fonts and grids that all plots have in common.

use plotly::common::{ColorScale, ColorScaleElement, DashType, Fill, Line, Marker, Mode, Orientation};
use plotly::layout::Axis;
use plotly::{Bar, Layout, Plot, Scatter, Trace};

/// What was predicted.
pub(crate) const PREDICTED: &str = "var(--predicted)";
/// What happened.
pub(crate) const ACTUAL: &str = "var(--actual)";
/// What there is to compare with: chance, perfection, the past rate.
pub(crate) const REFERENCE: &str = "var(--reference)";

/// The longest name that fits beside bars; on a telephone the script of the page cuts it further.
const LONGEST_NAME: usize = 40;

/// A number without the digits that no screen shows.
pub(crate) fn rounded(value: f64) -> f64 {
    // Adding nothing turns a rounded -0 into 0.
    (value * 1e4).round() / 1e4 + 0.0
}

/// A plot of some traces.
pub(crate) fn plot(traces: Vec<Box<dyn Trace>>, layout: Layout) -> Plot {
    let mut plot = Plot::new();
    plot.add_traces(traces);
    plot.set_layout(layout);
    plot
}

/// Text of a user in a plot: plotly.js reads some tags, so that they are written as what they look like. Long names
/// are cut.
pub(crate) fn label(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_NAME).collect();
    if text.chars().nth(LONGEST_NAME).is_some() {
        short.push('…');
    }
    // `%{` begins a reference in plotly's templates.
    let short = short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("%{", "% {");
    short.replace(char::is_control, " ")
}

/// An axis with a title.
pub(crate) fn axis(title: &str) -> Axis {
    Axis::new().title(title)
}

/// An axis of shares from 0 to 1.
pub(crate) fn share_axis(title: &str) -> Axis {
    axis(title).tick_format(".0%").range(vec![-0.02, 1.02])
}

/// Two axes and a legend.
pub(crate) fn layout(x: Axis, y: Axis) -> Layout {
    Layout::new().x_axis(x).y_axis(y).show_legend(true)
}

/// A line through points.
pub(crate) fn line<X>(name: &str, x: Vec<X>, y: Vec<f64>, colour: &'static str) -> Box<Scatter<X, f64>>
where
    X: serde::Serialize + Clone + 'static,
{
    Scatter::new(x, y).name(name).mode(Mode::Lines).line(Line::new().color(colour).width(2.5))
}

/// A thin dashed line to compare with.
pub(crate) fn reference(name: &str, x: Vec<f64>, y: Vec<f64>) -> Box<Scatter<f64, f64>> {
    let dashed = Line::new().color(REFERENCE).width(1.5).dash(DashType::Dash);
    Scatter::new(x, y).name(name).mode(Mode::Lines).line(dashed)
}

/// A line with the space under it filled.
pub(crate) fn filled(name: &str, x: Vec<f64>, y: Vec<f64>, colour: &'static str) -> Box<Scatter<f64, f64>> {
    line(name, x, y, colour).fill(Fill::ToZeroY).fill_color("var(--wash)")
}

/// Upright bars.
pub(crate) fn bars(name: &str, x: Vec<String>, y: Vec<f64>, colour: &'static str) -> Box<Bar<String, f64>> {
    Bar::new(x, y).name(name).marker(Marker::new().color(colour))
}

/// Bars that lie, the first at the top; the names stand on the [`names_axis`].
pub(crate) fn lying_bars(name: &str, values: &[f64], colour: &'static str) -> Box<Bar<f64, f64>> {
    let places = (0..values.len()).map(|place| 0.0 - place as f64).collect();
    Bar::new(values.to_vec(), places)
        .name(name)
        .orientation(Orientation::Horizontal)
        .marker(Marker::new().color(colour))
}

/// The upright axis of lying bars. Not an axis of categories, in which equal names would be one, and names that look
/// like dates would be dates.
pub(crate) fn names_axis(names: &[String]) -> Axis {
    Axis::new()
        .tick_values((0..names.len()).map(|place| 0.0 - place as f64).collect())
        .tick_text(names.iter().map(|name| label(name)).collect())
        .range(vec![0.6 - names.len() as f64, 0.6])
        .show_grid(false)
        .zero_line(false)
}

/// One hue from little to much, the same in both schemes by what it means.
pub(crate) fn scale() -> ColorScale {
    let step = |place: f64, colour: &str| ColorScaleElement(place, colour.to_owned());
    ColorScale::Vector(vec![
        step(0.0, "var(--heat-low)"),
        step(0.5, "var(--heat-middle)"),
        step(1.0, "var(--heat-high)"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_short_and_has_no_tag_and_no_template() {
        assert_eq!(label("<a href='x'>%{y}\u{1b}"), "&lt;a href='x'&gt;% {y} ");
        assert_eq!(label(&"长".repeat(50)), format!("{}…", "长".repeat(40)));
    }
}
