//! What cargo knows of the workspace.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tenure_tests::workspace_root;

/// A crate of ours.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) description: Option<String>,
    /// The root of its library, if it has one.
    pub(crate) library: Option<PathBuf>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a crate of ours asks for.
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only its tests, examples and benches do.
    pub(crate) is_dev: bool,
}

impl Member {
    /// Whether it lies in this top-level folder.
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        self.folder.starts_with(workspace_root().join(folder))
    }
}

/// The crates of the workspace.
pub(crate) fn members() -> Vec<Member> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])).unwrap();
    let members: Vec<Member> = list(&metadata["packages"]).iter().map(member).collect();
    assert!(members.len() > 5, "too few crates to be this workspace");
    members
}

/// What a cargo command prints.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).arg("--offline").current_dir(workspace_root());
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "cargo {}: {}", arguments.join(" "), String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn member(package: &Value) -> Member {
    let is_library = |target: &&Value| list(&target["kind"]).iter().any(|kind| kind == "lib");
    let library = list(&package["targets"]).iter().find(is_library);
    let dependency = |dependency: &Value| Dependency {
        name: text(&dependency["name"]).to_owned(),
        is_dev: dependency["kind"] == "dev",
    };
    Member {
        name: text(&package["name"]).to_owned(),
        folder: Path::new(text(&package["manifest_path"])).parent().unwrap().to_owned(),
        description: package["description"].as_str().map(str::to_owned),
        library: library.map(|target| PathBuf::from(text(&target["src_path"]))),
        dependencies: list(&package["dependencies"]).iter().map(dependency).collect(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
