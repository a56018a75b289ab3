//! `tenure completions` and `tenure man`.

use anyhow::{Context, Error};
use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};

#[expect(clippy::unnecessary_wraps, reason = "all commands have one signature")]
pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), Error> {
    clap_complete::generate(args.shell, &mut Cli::command(), "tenure", &mut std::io::stdout());
    Ok(())
}

pub(crate) fn man(args: &ManArgs) -> Result<(), Error> {
    clap_mangen::generate_to(Cli::command(), &args.out)
        .with_context(|| format!("cannot write manual pages to {}", args.out.display()))
}
