//! `tenure demo`: the main job end to end, on real orders.

mod data;
mod remote;
mod show;

use std::path::Path;

use anyhow::{Context, Error};
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_bundle::{Limits, ScoreOptions, Scorer};
use tenure_core::{AsOf, DiscountRate, TimeZone, Timestamp};
use tenure_learn::{ModelChoice, OrderBook, Recipe};

use crate::args::DemoArgs;
use crate::progress::{Unit, bar};
use crate::say::say;

/// The first nine months are shown to the model, the other nine are what it must foresee.
const AS_OF: &str = "1997-10-01";
const HORIZON: &str = "273d";

pub(crate) fn run(args: &DemoArgs) -> Result<(), Error> {
    let as_of = AsOf::new(Timestamp::parse(AS_OF, &TimeZone::utc())?);
    say!("Tenure demo: who will leave, and what is each customer worth?\n");

    let (book, import) = data::book()?;
    say!(
        "1. Read {} orders of {} customers of the CD shop CDNOW, 1997-01 to 1998-06.",
        import.orders,
        book.customers()
    );

    let bundle = args.dir.join("cdnow.tenure");
    train(&book, as_of, &args.dir, &bundle)?;

    let options = ScoreOptions {
        as_of,
        horizon: HORIZON.parse()?,
        clv_horizon: HORIZON.parse()?,
        discount_rate: DiscountRate::ZERO,
    };
    let scored = remote::score_all(&bundle, &book, &options)?;
    say!(
        "3. Served it on {}, scored {} customers over gRPC in {:.2} s.\n",
        scored.address,
        scored.customers.len(),
        scored.seconds
    );

    show::lists(&scored.customers);
    let scorer = Scorer::open(&bundle, &Limits::default())?;
    let evaluation = tenure_learn::evaluate(&scorer, &book, &options)?;
    say!("What happened in the {HORIZON} after {AS_OF}, which the model had not seen:\n");
    say!("{}\n", super::evaluate::table(&evaluation));
    show::next_steps(&bundle, &args.dir.join("orders.csv"));
    Ok(())
}

fn train(book: &OrderBook, as_of: AsOf, dir: &Path, bundle: &Path) -> Result<(), Error> {
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
        correct_level: true,
    };
    let started = std::time::Instant::now();
    let trained = {
        let _spinner = bar("fitting and backtesting", None, Unit::Customers).show();
        tenure_learn::train(book, &recipe)?
    };
    let bytes = trained.to_bundle()?;
    tenure_bundle::write_file(bundle, &bytes)?;
    say!(
        "2. Showed the models what came before {AS_OF}, compared {} by backtest in {:.1} s, and wrote {} ({:.0} KB).",
        "three of them, each with two readings of spend and three of level,",
        started.elapsed().as_secs_f64(),
        bundle.display(),
        bytes.len() as f64 / 1e3
    );
    say!("   Chosen: {}", trained.candidate);
    say!("   {}", trained.order_fit.parameters);
    Ok(())
}
