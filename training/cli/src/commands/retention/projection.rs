//! What the models make of the counts, for people and for machines.

use std::fmt;

use anyhow::Error;
use comfy_table::{CellAlignment, Table, presets};
use linfa::DatasetBase;
use linfa::traits::Fit;
use serde::Serialize;
use tenure_btyd::{
    BetaWeibull, FitReport, LikelihoodRatio, PeriodDiscount, RetentionData, RetentionModel,
    ShiftedBetaGeometric,
};

use super::counts::Counts;
use crate::orders::Unusable;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) further: Option<u32>,
    pub(super) fit_periods: Option<u32>,
    pub(super) discount: PeriodDiscount,
}

/// Both models beside what was counted.
#[derive(Debug, Serialize)]
pub(super) struct Projection {
    customers: f64,
    cohorts: usize,
    /// Periods of the file.
    periods: usize,
    /// Periods that the models were fitted to.
    fit_periods: usize,
    discount_per_period: f64,
    models: Vec<ModelSummary>,
    /// Why a model is missing, or what the comparison of the two says.
    notes: Vec<String>,
    survival: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct ModelSummary {
    name: &'static str,
    report: FitReport,
    /// Expected periods of a new customer, discounted to the first; absent where the rate is 0.
    discounted_lifetime: Option<f64>,
    /// Expected periods still to come, discounted to the next renewal, of a customer as old as the oldest cohort.
    discounted_residual: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Row {
    period: u32,
    /// Share of customers still there, where counted.
    actual: Option<f64>,
    sbg: f64,
    bdw: Option<f64>,
    /// Share of those there before who stay for this period, by the models.
    sbg_retention: Option<f64>,
    bdw_retention: Option<f64>,
}

impl Projection {
    pub(super) fn new(counts: &Counts, plan: &Plan) -> Result<Self, Error> {
        let periods = counts.periods();
        let fit_periods = plan.fit_periods.map_or(periods, |wanted| periods.min(wanted as usize));
        let whole = RetentionData::new(counts.cohorts.clone()).map_err(Unusable::from)?;
        if fit_periods < 2 {
            let message =
                "one period tells how many leave at first, not how that changes: two or more are needed";
            return Err(Unusable::new(message.to_owned()).into());
        }
        let seen = RetentionData::new(counts.first(fit_periods)).map_err(Unusable::from)?;
        let data = DatasetBase::new(seen, ());
        let sbg = ShiftedBetaGeometric::params().fit(&data).map_err(Unusable::from)?;
        let mut notes = Vec::new();
        let bdw = if fit_periods < 3 {
            notes.push("BdW needs three periods or more".to_owned());
            None
        } else {
            let fitted = BetaWeibull::params().fit(&data).ok();
            if fitted.is_none() {
                notes.push("BdW has no clear maximum: these counts do not tell it from sBG".to_owned());
            }
            fitted
        };
        let end = whole.periods() as u32;
        let mut models = vec![ModelSummary::new("sBG", &sbg.model, sbg.report.clone(), end, plan.discount)];
        if let Some(bdw) = &bdw {
            notes.push(compared(&sbg.report, &bdw.report)?);
            models.push(ModelSummary::new("BdW", &bdw.model, bdw.report.clone(), end, plan.discount));
        }
        let actual = whole.observed_survival();
        let bdw = bdw.map(|fitted| fitted.model);
        let row = |period: u32| Row {
            period,
            actual: actual.get(period as usize).copied(),
            sbg: sbg.model.survival(period),
            bdw: bdw.map(|model| model.survival(period)),
            sbg_retention: (period > 0).then(|| sbg.model.retention_rate(period)),
            bdw_retention: bdw.filter(|_| period > 0).map(|model| model.retention_rate(period)),
        };
        Ok(Self {
            customers: whole.customers(),
            cohorts: counts.cohorts.len(),
            periods,
            fit_periods,
            discount_per_period: plan.discount.rate(),
            models,
            notes,
            survival: (0..=end + plan.further.unwrap_or(end)).map(row).collect(),
        })
    }

    fn table(&self) -> Table {
        let percent =
            |share: Option<f64>| share.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0));
        let has_bdw = self.models.len() > 1;
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(
            [
                &["period", "actual", "sBG", "stay: sBG"][..],
                if has_bdw { &["BdW", "stay: BdW"] } else { &[] },
            ]
            .concat(),
        );
        for row in &self.survival {
            let mut cells = vec![
                row.period.to_string(),
                percent(row.actual),
                percent(Some(row.sbg)),
                percent(row.sbg_retention),
            ];
            if has_bdw {
                cells.extend([percent(row.bdw), percent(row.bdw_retention)]);
            }
            table.add_row(cells);
        }
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

impl ModelSummary {
    fn new(
        name: &'static str,
        model: &impl RetentionModel,
        report: FitReport,
        periods: u32,
        discount: PeriodDiscount,
    ) -> Self {
        Self {
            name,
            report,
            discounted_lifetime: model.discounted_lifetime(discount),
            discounted_residual: model.discounted_residual(periods, discount),
        }
    }
}

/// Whether the third parameter of `BdW` earns its place.
fn compared(sbg: &FitReport, bdw: &FitReport) -> Result<String, Error> {
    let test = LikelihoodRatio::of(sbg, bdw).map_err(Unusable::from)?;
    let verdict = if test.p_value < 0.05 {
        "a customer's own chance to leave changes with tenure: trust BdW"
    } else {
        "nothing speaks against sBG, the simpler one"
    };
    Ok(format!(
        "BdW against sBG: chi-squared {:.2} on 1 degree of freedom, p {:.2e}: {verdict}",
        test.statistic, test.p_value
    ))
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cohorts =
            if self.cohorts == 1 { "1 cohort".to_owned() } else { format!("{} cohorts", self.cohorts) };
        write!(f, "{} customers in {cohorts} over {} periods", self.customers, self.periods)?;
        if self.fit_periods < self.periods {
            write!(f, ", fitted to the first {}", self.fit_periods)?;
        }
        writeln!(f, "\n")?;
        for model in &self.models {
            let ModelSummary { name, report, discounted_lifetime, discounted_residual } = model;
            writeln!(f, "{name}: {}, log-likelihood {:.3}", report.parameters, report.log_likelihood)?;
            if let (Some(lifetime), Some(residual)) = (discounted_lifetime, discounted_residual) {
                writeln!(
                    f,
                    "  at {} a period a new customer stays {lifetime:.2} discounted periods, one of {} periods {residual:.2} more",
                    self.discount_per_period, self.periods
                )?;
            }
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        write!(f, "\n{}", self.table())
    }
}
