//! `tenure models`: a registry of bundles and its labels.

use std::path::PathBuf;

use anyhow::Error;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde::Serialize;
use tenure_bundle::{Label, LabelName, Listing, Manifest, Registry, RegistryError};

use crate::commands::compare::{self, WindowArgs};
use crate::commands::print_json;
use crate::say::say;

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// List the bundles and where the labels stand.
    List(FolderArgs),
    /// Print the file of a label or version, for other commands: --bundle "$(tenure models path stable --registry
    /// models)".
    Path(PathArgs),
    /// Move a label to a version, if that loads and passes its warm-up.
    #[command(after_help = "Example:\n  tenure models label canary stable --registry models")]
    Label(LabelArgs),
    /// Compare two versions on the newest closed window, by label or version.
    #[command(
        after_help = "Example:\n  tenure models compare stable canary --registry models --orders orders.csv --as-of 2024-09-01"
    )]
    Compare(CompareArgs),
    /// Move a label back to the version before. A version that was rolled back is not promoted again by `tenure
    /// train`, only by `tenure models label`.
    Rollback(RollbackArgs),
}

#[derive(Debug, Args)]
struct FolderArgs {
    /// Folder of bundles with labels.
    #[arg(long, value_name = "DIR")]
    registry: PathBuf,
}

#[derive(Debug, Args)]
struct PathArgs {
    /// A label or a version.
    #[arg(value_name = "NAME")]
    target: String,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, Args)]
struct LabelArgs {
    /// Such as stable or canary.
    label: LabelName,
    /// A version, or another label that stands for one.
    #[arg(value_name = "VERSION")]
    target: String,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, Args)]
struct CompareArgs {
    /// The one in use: a label or a version.
    champion: String,
    /// The one that might replace it: a label or a version.
    challenger: String,
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    window: WindowArgs,
}

#[derive(Debug, Args)]
struct RollbackArgs {
    /// Such as stable.
    label: LabelName,
    #[command(flatten)]
    folder: FolderArgs,
}

/// What moving a label prints with `--json`.
#[derive(Debug, Serialize)]
struct Moved {
    label: LabelName,
    version: String,
    /// The version that had the label before.
    before: Option<String>,
}

pub(crate) fn run(args: &ModelsArgs, json: bool) -> Result<(), Error> {
    match &args.command {
        ModelsCommand::List(folder) => list(&Registry::open(&folder.registry)?, json),
        ModelsCommand::Path(args) => path(args, json),
        ModelsCommand::Label(args) => label(args, json),
        ModelsCommand::Compare(args) => {
            let registry = Registry::open(&args.folder.registry)?;
            let named = |name: &String| Ok::<_, RegistryError>((name.clone(), registry.bundle(name)?));
            compare::judge(named(&args.champion)?, named(&args.challenger)?, &args.window, json)
        }
        ModelsCommand::Rollback(args) => roll_back(args, json),
    }
}

/// What the file of a label is, with `--json`.
#[derive(Debug, Serialize)]
struct Found {
    version: String,
    path: PathBuf,
}

fn path(args: &PathArgs, json: bool) -> Result<(), Error> {
    let registry = Registry::open(&args.folder.registry)?;
    // Read whole: the path of a damaged file would only fail later.
    let version = registry.bundle(&args.target)?.manifest.model_version;
    let found = Found { path: registry.path(&version), version };
    if json {
        return print_json(&found);
    }
    say!("{}", found.path.display());
    Ok(())
}

fn label(args: &LabelArgs, json: bool) -> Result<(), Error> {
    let registry = Registry::open(&args.folder.registry)?;
    let version = registry.resolve(&args.target)?;
    let before = registry.move_label(&args.label, &version)?.map(|label| label.current().to_owned());
    tell(&Moved { label: args.label.clone(), version, before }, json)
}

fn roll_back(args: &RollbackArgs, json: bool) -> Result<(), Error> {
    let registry = Registry::open(&args.folder.registry)?;
    let before = registry.label(&args.label)?.map(|label| label.current().to_owned());
    let version = registry.roll_back(&args.label)?;
    tell(&Moved { label: args.label.clone(), version, before }, json)
}

fn tell(moved: &Moved, json: bool) -> Result<(), Error> {
    if json {
        return print_json(moved);
    }
    let Moved { label, version, before } = moved;
    let said = match before {
        Some(before) if before == version => format!("{label} is {version} already"),
        Some(before) => format!("{label} moved from {before} to {version}"),
        None => format!("{label} is {version}"),
    };
    say!("{said}");
    Ok(())
}

/// One bundle of the list.
#[derive(Debug, Serialize)]
struct Row {
    version: String,
    labels: Vec<LabelName>,
    /// The as-of of its training; absent where the file cannot be used, or it was given none.
    as_of: Option<String>,
    customers: Option<u64>,
    /// Why the file cannot be used.
    problem: Option<String>,
}

/// What `--json` prints of a list.
#[derive(Debug, Serialize)]
struct Report {
    models: Vec<Row>,
    labels: Vec<Label>,
    /// Labels that cannot be used, and why.
    problems: Vec<String>,
}

impl Report {
    fn new(listing: Listing) -> Self {
        let (mut labels, mut problems) = (Vec::new(), Vec::new());
        for label in listing.labels.into_values() {
            match label {
                Ok(label) => labels.push(label),
                Err(error) => problems.push(error.to_string()),
            }
        }
        let of = |version: &str| {
            let here = labels.iter().filter(|label: &&Label| label.current() == version);
            here.map(|label| label.label.clone()).collect()
        };
        let row = |version: String, manifest: Result<Manifest, RegistryError>| {
            let labels = of(&version);
            match manifest {
                Ok(manifest) => {
                    let date = || manifest.summary_rule.time_zone.date(manifest.as_of.instant()).to_string();
                    let as_of = (!manifest.is_undated()).then(date);
                    let customers = Some(manifest.data.customers);
                    Row { version, labels, as_of, customers, problem: None }
                }
                Err(error) => {
                    Row { version, labels, as_of: None, customers: None, problem: Some(error.to_string()) }
                }
            }
        };
        let models = listing.bundles.into_iter().map(|listed| row(listed.version, listed.manifest)).collect();
        Self { models, labels, problems }
    }
}

fn list(registry: &Registry, json: bool) -> Result<(), Error> {
    let report = Report::new(registry.list()?);
    if json {
        return print_json(&report);
    }
    if report.models.is_empty() {
        say!("no bundles in {} yet", registry.folder().display());
    } else {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["version", "as of", "customers", "labels"]);
        for Row { version, labels, as_of, customers, problem } in &report.models {
            let labels: Vec<&str> = labels.iter().map(LabelName::as_str).collect();
            let labels = labels.join(", ");
            let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            let last = problem.as_ref().map_or(labels, |_| "cannot be used".to_owned());
            table.add_row([
                version.clone(),
                text(as_of.clone()),
                text(customers.map(|n| n.to_string())),
                last,
            ]);
        }
        say!("{table}");
    }
    for label in &report.labels {
        let before: Vec<&str> = label.versions.iter().skip(1).map(|placed| placed.version.as_str()).collect();
        let before =
            if before.is_empty() { String::new() } else { format!(", before: {}", before.join(", ")) };
        say!("{}: {}{before}", label.label, label.current());
    }
    for problem in report.models.iter().filter_map(|row| row.problem.as_ref()).chain(&report.problems) {
        say!("cannot be used: {problem}");
    }
    Ok(())
}
