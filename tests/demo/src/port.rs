//! Free ports, and programs that come to listen on them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(60);

/// A port that nobody listens on.
pub async fn free() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))
        .await?
        .local_addr()?
        .port())
}

/// Waits until a program that was just started takes connections.
pub async fn wait_for(name: &str, child: &mut Child, port: u16) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if let Some(status) = child.try_wait().context("ask for its state")? {
            bail!("{name} ended before it listened: {status}");
        }
        if Instant::now() > deadline {
            bail!("{name} doesn't listen on port {port} after {PATIENCE:?}");
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
