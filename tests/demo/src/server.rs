//! The program under test.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};

use crate::port;

/// `backdraft demo` on a port of its own; it ends with this value.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts it; what it prints goes to a file.
    pub async fn start(binary: &Path, log: &Path) -> Result<Self> {
        let port = port::free().await?;
        let log = File::create(log).with_context(|| log.display().to_string())?;
        let mut child = Command::new(binary)
            .args(["demo", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", binary.display()))?;
        port::wait_for("the server", &mut child, port).await?;
        Ok(Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        })
    }

    /// Fails if it ended on its own.
    pub fn lives(&mut self) -> Result<()> {
        let status = self.child.try_wait()?;
        ensure!(status.is_none(), "the server ended: {status:?}");
        Ok(())
    }

    /// The most memory it ever held, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        self.memory("VmHWM:")
    }

    /// The memory it holds now, in bytes.
    pub fn memory_now(&self) -> Result<u64> {
        self.memory("VmRSS:")
    }

    fn memory(&self, field: &str) -> Result<u64> {
        let id = self.child.id().context("the server ended")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kibibytes.context("no such field")?.parse::<u64>()? * 1024)
    }

    /// Ends it.
    pub async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
