//! `tenure demo`: the main job end to end, on real orders.

mod data;
mod remote;
mod show;
mod told;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Error};
use serde::Serialize;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_bundle::ScoreOptions;
use tenure_core::{AsOf, DiscountRate, TimeZone, Timestamp};
use tenure_learn::{Evaluation, ModelChoice, OrderBook, Recipe};

use crate::args::DemoArgs;
use crate::bundles;
use crate::commands::print_json;
use crate::progress::{Unit, bar};
use crate::say::say;

use told::Told;

/// As `say!`, but to people only.
macro_rules! tell {
    ($json:expr, $($text:tt)*) => {
        if !$json {
            say!($($text)*);
        }
    };
}

/// The first nine months are shown to the model, the other nine are what it must foresee.
const AS_OF: &str = "1997-10-01";
const HORIZON: &str = "273d";

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    orders: u64,
    customers: usize,
    as_of: &'a str,
    horizon: &'a str,
    bundle: &'a Path,
    model_version: &'a str,
    candidate: &'a str,
    /// The purchase models that were compared.
    compared: Vec<&'a str>,
    /// Whether trees learned on top answer.
    by_trees: bool,
    scored_over_grpc: usize,
    scoring_seconds: f64,
    /// The first few of each list that the demo prints.
    lists: BTreeMap<&'static str, Vec<show::Row<'a>>>,
    evaluation: &'a Evaluation,
}

pub(crate) fn run(args: &DemoArgs, json: bool) -> Result<(), Error> {
    let as_of = AsOf::new(Timestamp::parse(AS_OF, &TimeZone::utc())?);
    tell!(json, "Tenure demo: who will leave, and what is each customer worth?\n");

    let (book, import) = data::book()?;
    tell!(
        json,
        "1. Read {} orders of {} customers of the CD shop CDNOW, 1997-01 to 1998-06.",
        import.orders,
        book.customers()
    );

    let bundle = args.dir.join("cdnow.tenure");
    let candidate = train(&book, as_of, &args.dir, json)?;
    let scorer = bundles::open(&bundle)?;

    let options = ScoreOptions {
        as_of,
        horizon: HORIZON.parse()?,
        clv_horizon: HORIZON.parse()?,
        discount_rate: DiscountRate::ZERO,
    };
    let scored = remote::score_all(&bundle, &book, &options)?;
    tell!(
        json,
        "3. Served it on {}, scored {} customers over gRPC in {:.2} s.\n",
        scored.address,
        scored.customers.len(),
        scored.seconds
    );

    let lists = show::lists(&scored.customers);
    let evaluation = tenure_learn::evaluate(&scorer, &book, &options)?;
    if json {
        return print_json(&Report {
            orders: import.orders,
            customers: book.customers(),
            as_of: AS_OF,
            horizon: HORIZON,
            bundle: &bundle,
            model_version: scorer.model_version(),
            candidate: &candidate,
            compared: Told::by(&scorer).compared,
            by_trees: scorer.has_trees(),
            scored_over_grpc: scored.customers.len(),
            scoring_seconds: scored.seconds,
            lists: lists.iter().map(|list| (list.name, list.rows())).collect(),
            evaluation: &evaluation,
        });
    }
    lists.iter().for_each(show::print);
    say!("What happened in the {HORIZON} after {AS_OF}, which the model had not seen:\n");
    say!("{}\n", super::evaluate::table(&evaluation));
    show::next_steps(&bundle, &args.dir.join("orders.csv"));
    Ok(())
}

/// Writes the orders and the bundle; gives the name of the chosen candidate.
fn train(book: &OrderBook, as_of: AsOf, dir: &Path, json: bool) -> Result<String, Error> {
    let bundle = &dir.join("cdnow.tenure");
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    data::write_csv(book, &dir.join("orders.csv"))?;
    let recipe = Recipe {
        as_of,
        horizon: HORIZON.parse()?,
        horizons: Recipe::standard_horizons(),
        clv_horizon: HORIZON.parse()?,
        discount_rate: DiscountRate::new(0.10)?,
        summary_rule: SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() },
        model: ModelChoice::Best,
        penalizer: 0.0,
        definitions: Recipe::standard_definitions(),
        churn: None,
        trees: Recipe::standard_trees(),
        correct_level: true,
    };
    let started = std::time::Instant::now();
    let trained = {
        let _spinner = bar("fitting and backtesting", None, Unit::Customers).show();
        tenure_learn::train(book, &recipe)?
    };
    let bytes = trained.to_bundle()?;
    tenure_bundle::write_file(bundle, &bytes)?;
    let seconds = started.elapsed().as_secs_f64();
    let scorer = bundles::open(bundle)?;
    let [models, trees] = Told::by(&scorer).lines();
    tell!(json, "2. Showed the models what came before {AS_OF}, and {models}.");
    tell!(json, "   {trees}");
    tell!(json, "   Wrote {} ({:.0} KB) after {seconds:.1} s.", bundle.display(), bytes.len() as f64 / 1e3);
    tell!(json, "   Chosen: {}", trained.candidate);
    tell!(json, "   {}", trained.order_fit.parameters);
    Ok(trained.candidate)
}
