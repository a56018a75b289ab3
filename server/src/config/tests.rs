use std::collections::BTreeSet;

use super::*;

fn text(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<ServerConfig, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.toml");
    std::fs::write(&path, file).unwrap();
    ServerConfig::load(Some(&path), text(environment), text(flags))
}

#[test]
fn later_layers_win() {
    let file = "[server]\nbundle = \"file.tenure\"\n[limits]\nmax_batch_rows = 10\nmax_violations = 10\n";
    let environment = [("TENURE__LIMITS__MAX_BATCH_ROWS", "20"), ("TENURE_LOG", "x"), ("PATH", "/bin")];
    let config = load(file, &environment, &[]).unwrap();
    assert_eq!(config.limits.max_batch_rows, 20, "the environment goes over the file");
    assert_eq!(config.limits.max_violations, 10, "the file goes over the default");
    assert_eq!(config.limits.max_history_events, 10_000, "the default stays");
    assert_eq!(config.server.bundle, PathBuf::from("file.tenure"));
    let flags = [("limits.max_batch_rows", "30"), ("server.listen", "[::1]:0")];
    let config = load(file, &environment, &flags).unwrap();
    assert_eq!(config.limits.max_batch_rows, 30, "a flag goes over the environment");
    assert_eq!(config.server.listen.to_string(), "[::1]:0");
}

#[track_caller]
fn check(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)], expected: &str) {
    let error = load(file, environment, flags).unwrap_err().to_string();
    assert!(error.contains(expected), "{error:?} does not say {expected:?}");
}

#[test]
fn refuses_what_is_unknown_or_wrong() {
    check("[limits]\nmax_rows = 1", &[], &[], "server.toml: there is no setting \"limits.max_rows\"");
    check("[limit]\nmax_batch_rows = 1", &[], &[], "\"limit.max_batch_rows\"");
    check("max_batch_rows = 1", &[], &[], "\"max_batch_rows\"");
    check("[limits.deeper]\nx = 1", &[], &[], "\"limits.deeper\"");
    check("[limits", &[], &[], "is not TOML");
    check("[limits]\nmax_batch_rows = \"10\"", &[], &[], "= \"10\" is not a whole number");
    check(
        "[limits]\nmax_batch_rows = 0",
        &[],
        &[],
        "limits.max_batch_rows = 0 is out of range: give 1 to 1000000",
    );
    check("[server]\nlisten = \"localhost\"", &[], &[], "is not an IP address and a port");
    check("[server]\nbundle = 7", &[], &[], "= 7 is not text");
    check("", &[("TENURE__LIMITS__NOPE", "1")], &[], "environment variable TENURE__LIMITS__NOPE");
    check("", &[("TENURE__LIMITS__MAX_BATCH_ROWS", "many")], &[], "= \"many\" is not a whole number");
    check("", &[("TENURE__LIMITS__MAX_BATCH_ROWS", "-1")], &[], "= -1 is out of range");
    check("", &[], &[("shutdown.drain_timeout_ms", "600001")], "flag --drain-timeout-ms");
    check("", &[], &[], "no model file: give --bundle FILE");
}

#[test]
fn a_missing_file_is_named() {
    let error = ServerConfig::load(Some(Path::new("no/such.toml")), [], []).unwrap_err();
    assert!(error.to_string().contains("no/such.toml"), "{error}");
}

#[test]
fn every_setting_has_a_comment_a_flag_of_its_own_and_its_range() {
    let settings = settings();
    let flags: BTreeSet<_> = settings.iter().map(|setting| &setting.flag).collect();
    assert_eq!(flags.len(), settings.len(), "two settings share a flag");
    let ranged: Vec<_> = RANGES.iter().map(|(key, ..)| *key).collect();
    let integers = settings.iter().filter(|setting| setting.default.parse::<i64>().is_ok());
    assert_eq!(ranged, integers.map(|setting| setting.key.as_str()).collect::<Vec<_>>());
    for setting in settings {
        assert!(setting.help.contains('.'), "{} has no comment", setting.key);
        if let Some((_, min, max)) = RANGES.iter().find(|(key, ..)| *key == setting.key) {
            let range = format!("{min} to {max}");
            assert!(setting.help.contains(&range), "{}: {} does not say {range}", setting.key, setting.help);
            let default: i64 = setting.default.parse().unwrap();
            assert!((*min..=*max).contains(&default), "{} = {default}", setting.key);
        }
    }
}

#[test]
fn the_defaults_load_as_a_file() {
    let config = load(DEFAULT_TOML, &[], &[("server.bundle", "b.tenure")]).unwrap();
    assert_eq!(config, ServerConfig::for_bundle(Path::new("b.tenure")).unwrap());
}
