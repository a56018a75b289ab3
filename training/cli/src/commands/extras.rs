//! `tenure completions` and `tenure man`.

use anyhow::{Context, Error};
use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::orders::Unusable;

pub(crate) fn completions(args: &CompletionsArgs, json: bool) -> Result<(), Error> {
    refuse_json(json, "a completion script")?;
    clap_complete::generate(args.shell, &mut Cli::command(), "tenure", &mut std::io::stdout());
    Ok(())
}

pub(crate) fn man(args: &ManArgs, json: bool) -> Result<(), Error> {
    refuse_json(json, "a manual page")?;
    clap_mangen::generate_to(Cli::command(), &args.out)
        .with_context(|| format!("cannot write manual pages to {}", args.out.display()))
}

fn refuse_json(json: bool, what: &str) -> Result<(), Unusable> {
    if json { Err(Unusable::new(format!("{what} has no form in JSON: leave --json out"))) } else { Ok(()) }
}
