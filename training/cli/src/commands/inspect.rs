//! `tenure inspect`.

use anyhow::Error;
use tenure_bundle::{Limits, Scorer, TableScorer, describe};
use tenure_report::{model_card, table_card};

use crate::args::InspectArgs;
use crate::bundles;
use crate::commands::print_json;
use crate::say::say;

pub(crate) fn run(args: &InspectArgs, json: bool) -> Result<(), Error> {
    let bundle = bundles::read("", &args.bundle)?;
    // The container is whole; that its parts make a model is checked by loading them.
    let of_table = if TableScorer::is_in(&bundle) {
        Some(TableScorer::open(&args.bundle, &Limits::default())?)
    } else {
        Scorer::open(&args.bundle, &Limits::default())?;
        None
    };
    if json {
        return print_json(&bundle.manifest);
    }
    if args.card {
        let card = match &of_table {
            Some(scorer) => table_card(scorer, args.language),
            None => model_card(&bundle.manifest, args.language),
        };
        say!("{}", card.trim_end());
        return Ok(());
    }
    say!("{}", describe(&bundle));
    Ok(())
}
