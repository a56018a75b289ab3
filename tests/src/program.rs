//! The built `tenure` program, run as its users run it.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::workspace_root;

/// What a run left behind besides its files.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Everything on standard output.
    pub stdout: String,
    /// Everything on standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as one JSON value.
    ///
    /// # Panics
    /// When it is anything else.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Runs `tenure` in `folder`.
///
/// # Panics
/// When it cannot be built or started, or was killed.
#[must_use]
#[track_caller]
pub fn tenure(folder: &Path, arguments: &[&str]) -> Ran {
    tenure_with(folder, &[], arguments)
}

/// Runs `tenure` in `folder` with more in its environment.
///
/// # Panics
/// As [`tenure`].
#[must_use]
#[track_caller]
pub fn tenure_with(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = Command::new(built());
    command.args(arguments).current_dir(folder).env_remove("RUST_LOG").env_remove("RAYON_NUM_THREADS");
    command.envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
}

/// Runs `tenure` and gives what it did, or stops the test with what it said.
///
/// # Panics
/// When the exit code is not 0.
#[track_caller]
pub fn succeed(folder: &Path, arguments: &[&str]) -> Ran {
    let ran = tenure(folder, arguments);
    assert_eq!(ran.code, 0, "tenure {}: {}", arguments.join(" "), ran.stderr);
    ran
}

/// A run of `tenure` that can be stopped, or begun by another program that limits it.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn path() -> &'static Path {
    built()
}

/// The program, built once for each test binary with the profile of the tests.
///
/// Cargo tells a test where a program of its own package lies, but not one of another package, so it is asked
/// to build it; where nothing has changed that takes a moment.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let here = std::env::current_exe().unwrap();
        // target/debug/deps/cli-0123456789abcdef
        let folder = here.ancestors().nth(2).unwrap();
        let profile = match folder.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            name => name,
        };
        let mut command = Command::new(env!("CARGO"));
        // With a test among the targets cargo chooses features as for `cargo test --workspace`, so that only the
        // program itself is left to compile.
        command.args(["build", "--offline", "--quiet", "--workspace", "--bin", "tenure", "--test", "tidy"]);
        command.args(["--message-format", "json", "--profile", profile]).current_dir(workspace_root());
        // The mark that cargo leaves in the folder it builds into, however that was chosen.
        if let Some(target) = here.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()) {
            command.arg("--target-dir").arg(target);
        }
        let Output { status, stdout, stderr } = command.output().unwrap();
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        let messages = stdout.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let program = messages
            .filter(|message| message["target"]["name"] == "tenure")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from));
        program.unwrap_or_else(|| panic!("cargo did not say where it put tenure"))
    })
}
