//! What expressions need and cost, for people and for machines.

use serde::Serialize;
use tenure_behaviour::expression::{Body, REACH, Window};
use tenure_behaviour::language::{Effort, Keep, Survey, describe};

/// What `--json` says about needs.
#[derive(Debug, Serialize)]
pub(crate) struct Needs {
    windows: Vec<String>,
    streams: Vec<StreamNeeds>,
    predictions: Vec<String>,
    rfm: Vec<String>,
    percentiles: Vec<String>,
    calendar: bool,
    cost: Cost,
}

#[derive(Debug, Serialize)]
struct StreamNeeds {
    /// Which events, in the language.
    events: String,
    /// For how long each event is kept; absent where running totals do.
    keep: Option<String>,
    asks: Vec<AskNeeds>,
}

#[derive(Debug, Serialize)]
struct AskNeeds {
    expression: String,
    measures: &'static str,
    effort: &'static str,
}

/// How many questions of each cost one evaluation asks.
#[derive(Debug, Serialize)]
struct Cost {
    constant: usize,
    search: usize,
    scan: usize,
}

impl Needs {
    pub(crate) fn of<'a>(bodies: impl IntoIterator<Item = &'a Body>) -> Self {
        let survey = Survey::of(bodies);
        let text = |keep| match keep {
            Keep::Totals => None,
            Keep::Events(length) => Some(length.to_string()),
        };
        let asks = |stream: &tenure_behaviour::language::Stream| {
            let ask = |ask: &tenure_behaviour::language::Ask| AskNeeds {
                expression: ask.text.clone(),
                measures: ask.measures.map_or("holds or not", describe),
                effort: effort(ask.effort),
            };
            stream.asks.iter().map(ask).collect()
        };
        let streams = survey.streams.iter().map(|stream| StreamNeeds {
            events: stream.selector.to_string(),
            keep: text(stream.keep),
            asks: asks(stream),
        });
        Self {
            windows: survey.windows().iter().map(Window::to_string).collect(),
            streams: streams.collect(),
            predictions: survey.predictions.iter().map(ToString::to_string).collect(),
            rfm: survey.rfm.iter().map(ToString::to_string).collect(),
            percentiles: survey.percentiles.clone(),
            calendar: survey.calendar,
            cost: Cost {
                constant: survey.asks(Effort::Constant),
                search: survey.asks(Effort::Search),
                scan: survey.asks(Effort::Scan),
            },
        }
    }

    /// One question a line: what it asks, what that measures, what it costs.
    pub(crate) fn asks(&self) -> Vec<[&str; 3]> {
        let asks = self.streams.iter().flat_map(|stream| &stream.asks);
        asks.map(|ask| [ask.expression.as_str(), ask.measures, ask.effort]).collect()
    }

    /// Lines for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for StreamNeeds { events, keep, .. } in &self.streams {
            let keep = match keep {
                None => format!("running totals, and the events of the last {REACH} for what is retracted"),
                Some(length) => format!("each event within {length} of the as-of"),
            };
            lines.push(format!("keep    {events}: {keep}"));
        }
        for (what, names) in
            [("models for", &self.predictions), ("scores", &self.rfm), ("quantiles of", &self.percentiles)]
        {
            if !names.is_empty() {
                lines.push(format!("fit     {what} {}", names.join(", ")));
            }
        }
        if self.calendar {
            lines.push("date    the answer depends on the date of the as-of".to_owned());
        }
        let Cost { constant, search, scan } = self.cost;
        lines.push(format!(
            "cost    {constant} of constant time, {search} O(log n), {scan} O(n), n events in the window"
        ));
        lines
    }
}

const fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Constant => "constant",
        Effort::Search => "O(log n)",
        Effort::Scan => "O(n)",
    }
}
