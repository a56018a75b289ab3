//! Commands that take either a file of orders or a flat table, by whether `--table` is there.

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, Id};

/// The option whose presence decides.
const TABLE: &str = "table";

/// The options of a command over orders, or those of the same command over a table.
///
/// Both sets stand in one help. What orders need is not needed with `--table`, what only they know is refused with
/// it, and what only tables know is refused without. An option of one name in both is one option.
#[derive(Debug)]
pub(crate) enum OrTable<O, T> {
    Orders(Box<O>),
    Table(Box<T>),
}

impl<O: Args, T: Args> Args for OrTable<O, T> {
    fn augment_args(command: Command) -> Command {
        let mut command = with_groups_unless_table(O::augment_args(command));
        let tables = T::augment_args(Command::new(TABLE));
        let of_orders: Vec<_> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
        for id in &of_orders {
            let shared = tables.get_arguments().find(|arg| arg.get_id() == id);
            let needed_by_tables = shared.is_some_and(Arg::is_required_set);
            command = command.mut_arg(id, |arg| {
                let needed_by_orders = arg.is_required_set();
                let arg = if shared.is_some() { arg } else { arg.conflicts_with(TABLE) };
                if needed_by_orders && !needed_by_tables {
                    arg.required(false).required_unless_present(TABLE)
                } else {
                    arg
                }
            });
        }
        let is_shared = |id: &&Id| tables.get_arguments().any(|arg| arg.get_id() == *id);
        let only_orders: Vec<Id> = of_orders.iter().filter(|id| !is_shared(id)).cloned().collect();
        let mut needed = Vec::new();
        for arg in tables.get_arguments().filter(|arg| !of_orders.contains(arg.get_id())) {
            let arg = arg.clone().help_heading("Flat tables");
            let is_the_one = arg.get_id() == TABLE;
            needed.extend(arg.is_required_set().then(|| arg.get_id().clone()));
            // Where an option of orders is given, clap takes `--table` to be out of the question and not lacking.
            let arg = arg.required(false).conflicts_with_all(&only_orders);
            command = command.arg(if is_the_one { arg } else { arg.requires(TABLE) });
        }
        needed.retain(|id| id != TABLE);
        command.mut_arg(TABLE, |arg| needed.into_iter().fold(arg, Arg::requires))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// A group of options one of which is needed is needed only without `--table`.
fn with_groups_unless_table(mut command: Command) -> Command {
    let needed: Vec<(Id, Vec<Id>)> = command
        .get_groups()
        .filter(|group| group.is_required_set())
        .map(|group| (group.get_id().clone(), group.get_args().cloned().collect()))
        .collect();
    for (group, members) in needed {
        command = command.mut_group(&group, |group| group.required(false));
        for member in &members {
            let others: Vec<Id> = members.iter().filter(|other| *other != member).cloned().collect();
            let enough = others.into_iter().chain([Id::from(TABLE)]);
            command = command.mut_arg(member, |arg| arg.required_unless_present_any(enough));
        }
    }
    command
}

impl<O: Args, T: Args> FromArgMatches for OrTable<O, T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        if matches.contains_id(TABLE) {
            T::from_arg_matches_mut(matches).map(|args| Self::Table(Box::new(args)))
        } else {
            O::from_arg_matches_mut(matches).map(|args| Self::Orders(Box::new(args)))
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
