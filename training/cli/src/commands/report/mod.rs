//! `tenure report`.

mod measured;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Error};
use serde::Serialize;
use tenure_bundle::Profile;
use tenure_report::Ask;

use crate::args::ReportArgs;
use crate::bundles;
use crate::commands::{churn, print_json};
use crate::orders;
use crate::progress::{Unit, bar};
use crate::say::say;
use crate::scores::temporary;
use crate::shop::{Shop, read_by};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Written {
    customers: u64,
    model_version: String,
    as_of: String,
    horizon: String,
    /// What churn is, where it is not no order within the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    churn: Option<String>,
    /// Whether the orders tell what happened in the whole horizon.
    outcome_known: bool,
    /// For how many customers which method answered.
    rungs: BTreeMap<&'static str, u64>,
    bytes: usize,
    /// What the page does not tell, and what it must not be taken for.
    notes: Vec<String>,
}

pub(crate) fn run(args: &ReportArgs, json: bool) -> Result<(), Error> {
    let bundle = bundles::read("--bundle", &args.bundle)?;
    let profile = Profile::of(&bundle)?;
    let scorer = bundles::ready(bundle)?;
    orders::check_out(&args.out, &[args.history.path(), &args.bundle])?;
    let history = args.history.as_in_training(&scorer)?;
    let as_of = match &args.as_of {
        Some(text) => orders::as_of(text, &history.time_zone())?,
        None => scorer.manifest().as_of,
    };
    let horizon = args.horizon.unwrap_or(scorer.manifest().horizon);
    churn::check_horizon(&scorer, horizon)?;
    let shop = Shop::open(&history, as_of, json)?;
    let mut notes: Vec<String> = orders::seen_in_training(&scorer, as_of).into_iter().collect();
    let report = {
        let _spinner = bar("scoring and summing up", None, Unit::Customers).show();
        let ask = Ask { as_of, horizon };
        let view = shop.seen_with(read_by(&scorer));
        let mut report = measured::report(&scorer, &*view, ask)?;
        report.drift = measured::drift(&scorer, profile.as_ref(), &*view, ask, &mut notes)?;
        report
    };
    let page = tenure_report::page(&report, args.language)?;
    write(&args.out, page.as_bytes())?;
    let written = Written {
        customers: report.population.customers,
        model_version: scorer.model_version().to_string(),
        as_of: as_of.to_string(),
        horizon: horizon.to_string(),
        churn: report.churn.as_ref().map(|churn| churn.definition.clone()),
        outcome_known: report.proof.is_some(),
        rungs: report.population.rungs.iter().map(|(rung, count)| (rung.as_str(), *count)).collect(),
        bytes: page.len(),
        notes,
    };
    if json {
        return print_json(&written);
    }
    say!("{} customers as of {}, {} ahead", written.customers, written.as_of, written.horizon);
    if let Some(churn) = &written.churn {
        say!("churn is {churn}");
    }
    if !written.outcome_known {
        say!("the orders do not tell yet what happened: the page rests on the bundle's backtest and says so");
    }
    for note in &written.notes {
        say!("note: {note}");
    }
    say!("report written to {} ({} bytes)", args.out.display(), written.bytes);
    Ok(())
}

/// Puts the page in place whole, or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
