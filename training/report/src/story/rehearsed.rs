//! The story of a shop whose outcome is not known yet: told from the bundle's backtest.

use crate::card::against_naive;
use crate::format::{date, horizon, percent};
use crate::language::Language;
use crate::measures::{CHURN, CandidateMean, MEASURES, NAIVE, VALUE, candidates, chosen_for};
use crate::report::Report;
use crate::story::{Story, shared_tiles, who_answered};

/// The story where the file does not say yet what happened: the bundle's own backtest has to do.
pub(crate) fn rehearsed(report: &Report, language: Language) -> Story {
    let all = candidates(&report.manifest.backtest);
    let chosen = chosen_for(&all, CHURN);
    let naive = all.iter().find(|candidate| candidate.name == NAIVE);
    let not_yet = not_yet(report, language);
    let Some(chosen) = chosen else {
        let headline = language.pick(
            "Nothing is proven yet: the history was too short to rehearse on, and what happened is not known.",
            "尚无任何证明：历史太短，无法回测，实际结果也尚未可知。",
        );
        return Story {
            headline: headline.to_owned(),
            basis: vec![not_yet],
            tiles: Vec::new(),
            failures: Vec::new(),
        };
    };
    let value = |candidate: &CandidateMean<'_>, name: &str| {
        let place = MEASURES.iter().position(|measure| measure.name(Language::English) == name)?;
        candidate.values[place]
    };
    let brier = |candidate: Option<&CandidateMean<'_>>| candidate.and_then(|one| value(one, "Brier score"));
    let (own, rate) = (brier(Some(chosen)).unwrap_or(f64::NAN), brier(naive).unwrap_or(0.0));
    let (origins, meaning) = (chosen.sides[CHURN].origins, report.meaning());
    let headline = if rate > 0.0 && own > rate {
        language.say(
            || format!("Do not act on this model: in {origins} rehearsals on the past, each customer's past rate came closer."),
            || format!("请勿依据此模型行动：在 {origins} 次历史回测中，沿用每位客户过去的频率反而更准。"),
        )
    } else {
        let expected = percent(report.population.mean_churn_probability, 1);
        let ahead = horizon(report.ask.horizon, language);
        let to = meaning.pick(language, ["to stay away for", "不下单"], ["to churn within", "流失"]);
        language.say(
            || format!("{expected} of customers are expected {to} {ahead}; how good that is can so far only be told from {origins} rehearsals on the past."),
            || format!("预计 {expected} 的客户在 {ahead}内{to}；目前只能由 {origins} 次历史回测判断其准确性。"),
        )
    };
    let top = chosen_for(&all, VALUE).and_then(|chosen| value(chosen, "Top tenth's share"));
    let measures = [value(chosen, "AUC"), value(chosen, "Calibration error"), top];
    let tiles = shared_tiles(&measures, (own, rate), meaning, language);
    let failures = against_naive(&all, meaning, language).into_iter().collect();
    Story { headline, basis: vec![not_yet, who_answered(report, language)], tiles, failures }
}

/// In one line, why there is nothing to compare with.
pub(crate) fn unknown_until(report: &Report, language: Language) -> String {
    let zone = &report.manifest.summary_rule.time_zone;
    let until = date(report.ask.as_of.instant().saturating_add(report.ask.horizon.length()), zone);
    language.say(
        || format!("What happens up to {until} is not in the file yet."),
        || format!("文件尚不包含截至 {until} 的实际结果。"),
    )
}

/// Why there is no proof, and when there can be.
fn not_yet(report: &Report, language: Language) -> String {
    let zone = &report.manifest.summary_rule.time_zone;
    let last = date(report.last_event, zone);
    let until = date(report.ask.as_of.instant().saturating_add(report.ask.horizon.length()), zone);
    let more = report.meaning().pick(language, ["orders", "订单"], ["events", "数据"]);
    language.say(
        || {
            format!(
                "The file ends on {last}, so what happened up to {until} is not known. What is proven stands in the \
                 bundle's own backtest; report again with {more} up to {until}."
            )
        },
        || {
            format!(
                "文件截至 {last}，因此到 {until} 为止的实际结果尚未可知。目前的证明只有模型包内的回测；\
                 待有截至 {until} 的{more}后请重新生成报告。"
            )
        },
    )
}
