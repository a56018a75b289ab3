//! `tenure inspect`.

use anyhow::Error;
use tenure_bundle::{Limits, Scorer, TableScorer, describe, read_file};
use tenure_report::model_card;

use crate::args::InspectArgs;
use crate::commands::print_json;
use crate::say::say;

pub(crate) fn run(args: &InspectArgs, json: bool) -> Result<(), Error> {
    let bundle = read_file(&args.bundle, &Limits::default())?;
    // The container is whole; that its parts make a model is checked by loading them.
    if TableScorer::is_in(&bundle) {
        TableScorer::open(&args.bundle, &Limits::default())?;
    } else {
        Scorer::open(&args.bundle, &Limits::default())?;
    }
    if json {
        return print_json(&bundle.manifest);
    }
    if args.card {
        say!("{}", model_card(&bundle.manifest, args.language).trim_end());
        return Ok(());
    }
    say!("{}", describe(&bundle));
    Ok(())
}
