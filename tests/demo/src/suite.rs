//! Runs the tests one after another and says how each went.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::driver::Driver;
use crate::page::Page;
use crate::photos::Photos;
use crate::server::Server;
use crate::tests::{self, Test};

/// The most time that one test may take: all methods, one after the other, take minutes on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs all tests; whether all passed.
pub async fn run(binary: &Path, screenshots: &Path) -> Result<bool> {
    fs::create_dir_all(screenshots).with_context(|| screenshots.display().to_string())?;
    let screenshots = screenshots.canonicalize()?;
    let mut server = Server::start(binary, &screenshots.join("server.log")).await?;
    let driver = Driver::start().await?;
    let failed = run_all(&driver, &mut server, &screenshots).await;
    driver.stop().await?;
    server.stop().await?;
    Ok(failed? == 0)
}

async fn run_all(driver: &Driver, server: &mut Server, screenshots: &Path) -> Result<usize> {
    let tests = tests::all();
    let mut failed = 0;
    for test in &tests {
        match run_one(test, driver, &server.url, screenshots).await {
            Ok(()) => println!("test {} ... ok", test.name),
            Err(error) => {
                failed += 1;
                println!("test {} ... FAILED: {error:#}", test.name);
            }
        }
        server.lives()?;
    }
    println!("{} passed, {failed} failed", tests.len() - failed);
    Ok(failed)
}

/// Runs one test in a browser of its own.
async fn run_one(test: &Test, driver: &Driver, server: &str, screenshots: &Path) -> Result<()> {
    let profile = TempDir::new()?;
    let page = Page {
        browser: driver.browser(profile.path()).await?,
        server: server.to_owned(),
        photos: Photos::new()?,
        screenshots: screenshots.to_owned(),
    };
    let mut outcome = timeout(LIMIT, (test.run)(&page))
        .await
        .unwrap_or_else(|_| Err(anyhow!("it isn't done after {LIMIT:?}")));
    if outcome.is_ok() {
        outcome = page.check_console().await;
    }
    if outcome.is_err() {
        keep_evidence(test, &page).await;
    }
    page.browser.quit().await?;
    outcome
}

/// Keeps what the page looked like and what the browser logged. Where that fails as well, the test's own error counts.
async fn keep_evidence(test: &Test, page: &Page) {
    let name = format!("failed-{}", test.name.replace("::", "-"));
    let _ = page.screenshot(&name).await;
    if let Ok(log) = page.browser.browser_log().await {
        let lines = log
            .iter()
            .map(|entry| format!("{} {}\n", entry.level, entry.message));
        let _ = fs::write(
            page.screenshots.join(format!("{name}.log")),
            lines.collect::<String>(),
        );
    }
}
