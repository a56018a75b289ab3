//! What is committed is what the `.proto` files say, and they say it in full.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

#[path = "../examples/generate/generator.rs"]
mod generator;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names_in(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| PathBuf::from(entry.unwrap().file_name())).collect()
}

#[test]
fn what_is_committed_is_what_the_generator_writes() {
    let fresh = tempfile::tempdir().unwrap();
    generator::generate(root(), fresh.path()).unwrap();
    let committed = root().join("src/generated");
    assert_eq!(names_in(fresh.path()), names_in(&committed));
    for name in names_in(fresh.path()) {
        assert!(
            fs::read(fresh.path().join(&name)).unwrap() == fs::read(committed.join(&name)).unwrap(),
            "{} is stale: cargo run -p tenure-proto --example generate",
            name.display()
        );
    }
}

#[test]
fn every_proto_file_is_generated_from() {
    let files = generator::descriptors(root()).unwrap().file;
    let listed: BTreeSet<PathBuf> = files.iter().map(|file| root().join(file.name())).collect();
    let found = names_in(&root().join("tenure/v1"));
    let found: BTreeSet<PathBuf> = found.iter().map(|name| root().join("tenure/v1").join(name)).collect();
    assert_eq!(listed, found);
}

/// What a file fails of the Buf categories STANDARD and COMMENTS, and of our own rules.
struct Findings<'a> {
    file: &'a FileDescriptorProto,
    found: Vec<String>,
}

impl Findings<'_> {
    fn of(file: &FileDescriptorProto) -> Vec<String> {
        let mut findings = Findings { file, found: Vec::new() };
        findings.expect(file.package() == "tenure.v1", || format!("package {}", file.package()));
        for (i, message) in file.message_type.iter().enumerate() {
            findings.message(message, &[4, i as i32]);
        }
        for (i, of) in file.enum_type.iter().enumerate() {
            findings.enumeration(of, &[5, i as i32]);
        }
        for (i, service) in file.service.iter().enumerate() {
            let path = [6, i as i32];
            findings.comment(&path, service.name());
            findings.expect(service.name().ends_with("Service"), || format!("service {}", service.name()));
            findings
                .expect(file.name().ends_with("_service.proto"), || format!("{} in x.proto", service.name()));
            for (j, rpc) in service.method.iter().enumerate() {
                findings.comment(&[6, i as i32, 2, j as i32], rpc.name());
                let own = (
                    format!(".tenure.v1.{}Request", rpc.name()),
                    format!(".tenure.v1.{}Response", rpc.name()),
                );
                let used = (rpc.input_type().to_owned(), rpc.output_type().to_owned());
                findings.expect(used == own, || format!("{} shares a request or response", rpc.name()));
            }
        }
        findings.found
    }

    fn expect(&mut self, holds: bool, complaint: impl Fn() -> String) {
        if !holds {
            self.found.push(format!("{}: {}", self.file.name(), complaint()));
        }
    }

    fn comment(&mut self, path: &[i32], name: &str) {
        let locations = self.file.source_code_info.iter().flat_map(|info| &info.location);
        let commented = locations
            .filter(|location| location.path == path)
            .any(|location| location.leading_comments().trim().ends_with(['.', ':']));
        self.expect(commented, || format!("{name} has no leading comment that ends as a sentence does"));
    }

    fn message(&mut self, message: &DescriptorProto, path: &[i32]) {
        self.comment(path, message.name());
        self.expect(message.nested_type.is_empty(), || {
            format!("{} nests a message or a map", message.name())
        });
        self.expect(message.enum_type.is_empty(), || format!("{} nests an enum", message.name()));
        for (i, field) in message.field.iter().enumerate() {
            let name = format!("{}.{}", message.name(), field.name());
            self.comment(&[path, &[2, i as i32]].concat(), &name);
        }
        for (i, oneof) in
            message.oneof_decl.iter().enumerate().filter(|(_, oneof)| !oneof.name().starts_with('_'))
        {
            self.comment(&[path, &[8, i as i32]].concat(), oneof.name());
        }
    }

    fn enumeration(&mut self, of: &EnumDescriptorProto, path: &[i32]) {
        self.comment(path, of.name());
        for (i, value) in of.value.iter().enumerate() {
            self.comment(&[path, &[2, i as i32]].concat(), value.name());
            let prefix = upper_snake_case(of.name());
            self.expect(value.name().starts_with(&format!("{prefix}_")), || {
                format!("{} without {prefix}", value.name())
            });
            let zero = value.number() == 0;
            self.expect(zero == value.name().ends_with("_UNSPECIFIED"), || {
                format!("{} = {}", value.name(), value.number())
            });
        }
    }
}

fn upper_snake_case(name: &str) -> String {
    let mut upper = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !upper.is_empty() {
            upper.push('_');
        }
        upper.push(letter.to_ascii_uppercase());
    }
    upper
}

#[test]
fn every_name_is_commented_and_in_buf_style() {
    for file in generator::descriptors(root()).unwrap().file {
        assert_eq!(Findings::of(&file), Vec::<String>::new());
    }
}

#[test]
fn the_style_check_finds_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let text = "syntax = \"proto3\"; package tenure.v1;\n\
        // Fine.\nmessage Fine {\n  int32 silent = 1;\n  map<string, string> slow = 2;\n}\n\
        // Odd.\nenum Odd {\n  // Zero.\n  ODD_ZERO = 0;\n  // One.\n  ONE = 1;\n}\n\
        // S.\nservice Scoring {\n  // R.\n  rpc Do(Fine) returns (Fine);\n}\n";
    fs::write(folder.path().join("wrong.proto"), text).unwrap();
    let file = &protox::compile(["wrong.proto"], [folder.path()]).unwrap().file[0];
    let found = Findings::of(file).join("\n");
    for expected in [
        "Fine.silent has no",
        "Fine nests",
        "ODD_ZERO = 0",
        "ONE without ODD",
        "service Scoring",
        "in x.proto",
        "Do shares",
    ] {
        assert!(found.contains(expected), "{expected} is not among:\n{found}");
    }
}
