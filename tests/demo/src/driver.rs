//! Chromium, through the driver that Debian packages with it.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};
use tokio::process::{Child, Command};

use crate::port;

/// `chromedriver` on a port of its own; it ends with this value.
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    /// Starts it.
    pub async fn start() -> Result<Self> {
        let port = port::free().await?;
        let mut child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start chromedriver (Debian: apt-get install chromium chromium-driver)")?;
        port::wait_for("chromedriver", &mut child, port).await?;
        Ok(Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        })
    }

    /// A browser without cookies; close it by `quit`. Its temporary files stay in a folder.
    pub async fn browser(&self, folder: &Path) -> Result<WebDriver> {
        let mut wanted = DesiredCapabilities::chrome();
        let profile = format!("--user-data-dir={}", folder.display());
        for argument in [
            "--headless=new",
            // Containers mostly run as root, and have little shared memory.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-first-run",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--window-size=1280,900",
            &profile,
        ] {
            wanted.add_arg(argument)?;
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        WebDriver::new(&self.url, wanted)
            .await
            .context("open a browser")
    }

    /// Ends it.
    pub async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
