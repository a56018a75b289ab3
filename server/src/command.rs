//! The command line, made from the embedded defaults: one flag for every setting.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::{ConfigError, ServerConfig, settings};

/// The command line of the server, for the binary and for who embeds it.
#[must_use]
pub fn command() -> Command {
    let file = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("TOML file of settings, over the defaults and under the environment and the flags");
    let print = Arg::new("print-default-config")
        .long("print-default-config")
        .action(ArgAction::SetTrue)
        .help("Print every setting with its default and what it means, and end");
    let flags = settings().into_iter().map(|setting| {
        let shown = if setting.default == "\"\"" {
            String::new()
        } else {
            format!(" [default: {}]", setting.default)
        };
        Arg::new(setting.key)
            .long(setting.flag.trim_start_matches('-').to_owned())
            .value_name("VALUE")
            .allow_hyphen_values(true)
            .help(format!("{}{shown}", setting.help))
    });
    Command::new("tenure-server")
        .about("Serves a Tenure model over gRPC")
        .after_help(
            "Settings come from the embedded defaults, then --config FILE, then environment variables such as\n\
             TENURE__LIMITS__MAX_BATCH_ROWS, then flags. TENURE_LOG sets what is logged (default: info).\n\
             Ends with 0 after SIGTERM or SIGINT, 1 when serving failed, 2 when the settings are wrong.",
        )
        .arg(file)
        .arg(print)
        .args(flags)
}

/// The configuration that a parsed [`command`] and the environment ask for.
///
/// # Errors
/// As [`ServerConfig::load`].
pub fn config_from(
    matches: &ArgMatches,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<ServerConfig, ConfigError> {
    let file = matches.get_one::<PathBuf>("config").map(PathBuf::as_path);
    let flags = settings().into_iter().filter_map(|setting| {
        let value = matches.get_one::<String>(&setting.key)?.clone();
        Some((setting.key, value))
    });
    ServerConfig::load(file.map(Path::new), environment, flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn a_flag_goes_over_the_environment() {
        let line = ["tenure-server", "--bundle", "b.tenure", "--max-batch-rows", "7"];
        let matches = command().try_get_matches_from(line).unwrap();
        let environment = [("TENURE__LIMITS__MAX_BATCH_ROWS", "8"), ("TENURE__LIMITS__MAX_VIOLATIONS", "9")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = config_from(&matches, environment).unwrap();
        assert_eq!((config.limits.max_batch_rows, config.limits.max_violations), (7, 9));
        assert_eq!(config.server.bundle, PathBuf::from("b.tenure"));
    }

    #[test]
    fn every_flag_takes_effect() {
        for setting in settings() {
            let value = match setting.key.as_str() {
                "server.listen" => "127.0.0.1:1".to_owned(),
                "server.bundle" => "other.tenure".to_owned(),
                _ => (setting.default.parse::<i64>().unwrap() + 1).to_string(),
            };
            let line = ["tenure-server", "--bundle", "b.tenure", &setting.flag, &value];
            let line =
                if setting.key == "server.bundle" { vec![line[0], line[3], line[4]] } else { line.to_vec() };
            let matches = command().try_get_matches_from(line).unwrap();
            let changed = config_from(&matches, []).unwrap();
            let usual = ServerConfig::for_bundle(Path::new("b.tenure")).unwrap();
            assert_ne!(changed, usual, "{} changes nothing", setting.flag);
        }
    }
}
