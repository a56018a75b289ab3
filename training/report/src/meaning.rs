//! What churn is on a page, and the words that depend on it.

use tenure_bundle::Manifest;

use crate::Language;

/// What churn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// No order within the horizon: customers stay away.
    NoOrder,
    /// What the bundle says: customers churn.
    Defined,
}

impl Meaning {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        if manifest.churn().is_some() { Self::Defined } else { Self::NoOrder }
    }

    /// English or Chinese of what is said of no order, or of a definition.
    pub(crate) const fn pick<'a>(
        self,
        language: Language,
        no_order: [&'a str; 2],
        defined: [&'a str; 2],
    ) -> &'a str {
        let [english, chinese] = match self {
            Self::NoOrder => no_order,
            Self::Defined => defined,
        };
        language.pick(english, chinese)
    }

    /// Headers of the share that was expected to churn, and of the one that did.
    pub(crate) const fn columns(self, language: Language) -> [&'static str; 2] {
        [
            self.pick(language, ["Away, expected", "预计不下单"], ["Churn, expected", "预计流失"]),
            self.pick(language, ["Away", "实际不下单"], ["Churned", "实际流失"]),
        ]
    }
}
