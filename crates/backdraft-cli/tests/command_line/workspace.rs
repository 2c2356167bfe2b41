//! A folder in which the program is run.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::photos;

/// A working folder that is gone after the test.
pub struct Workspace(TempDir);

/// What a run of the program left behind.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Workspace {
    pub fn new() -> Self {
        Self(tempdir().unwrap())
    }

    /// One with photos of these names.
    pub fn with_photos(names: &[&str]) -> Self {
        let workspace = Self::new();
        for name in names {
            workspace.write(name, &photos::png());
        }
        workspace
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// The names in a folder, sorted.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// Runs the program with these words.
    pub fn run(&self, line: &str) -> Run {
        finish(&mut command(line, self.0.path()))
    }

    /// The same, with something on standard input.
    pub fn run_with_input(&self, line: &str, input: Vec<u8>) -> Run {
        finish(command(line, self.0.path()).write_stdin(input))
    }
}

impl Run {
    pub fn assert_success(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// One line that begins as errors do, with an exit code.
    pub fn assert_error(&self, code: i32, text: &str) {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        let line = self.stderr.trim_end();
        assert!(line.starts_with("error: "), "{line}");
        assert!(line.contains(text), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }

    /// Standard output as JSON, of which nothing else is there.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

fn command(line: &str, folder: &Path) -> Command {
    let mut command = Command::cargo_bin("backdraft").unwrap();
    command
        .args(line.split_whitespace())
        .current_dir(folder)
        .env_remove("COLUMNS");
    command
}

fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
