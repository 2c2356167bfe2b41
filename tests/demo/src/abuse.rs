//! Those who mean ill: each is refused, and the next visitor is served as if nothing had been.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::{join_all, try_join_all};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::photos::Photos;
use crate::server::Server;
use crate::visitor::Visitor;

/// Who comes with more steps than anyone waits for, all at once.
const LISTENERS: usize = 200;
/// The next visitor's patience.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a body may trickle before the server must have hung up.
const TRICKLE: Duration = Duration::from_secs(90);

/// Prints how the server took each; whether it bore all.
pub async fn run(binary: &Path) -> Result<bool> {
    let folder = TempDir::new()?;
    let mut server = Server::start(binary, &folder.path().join("server.log")).await?;
    let url = server.url.clone();
    let cup = fs::read(Photos::new()?.cup())?;
    let outcomes = [
        ("a body of 100 MB", large_body(&url).await),
        (
            "a small file of 30,000 x 30,000 pixels",
            refused(&url, bomb()?).await,
        ),
        (
            "half a photo",
            refused(&url, cup[..cup.len() / 2].to_vec()).await,
        ),
        ("an empty file", refused(&url, Vec::new()).await),
        (
            "a header without pixels",
            refused(&url, b"\x89PNG\r\n\x1a\n".to_vec()).await,
        ),
        ("requests for what doesn't exist", nonsense(&url).await),
        ("a body that trickles", trickle(&url).await),
        ("200 open streams", streams(&url).await),
    ];
    let all_well = outcomes.iter().all(|(_, outcome)| outcome.is_ok());
    for (what, outcome) in outcomes {
        match outcome {
            Ok(said) => println!("{what}: {said}"),
            Err(error) => println!("{what}: FAILED: {error:#}"),
        }
    }
    server.lives()?;
    let photo = Visitor::new(&url).await?.upload(&cup).await?;
    Visitor::new(&url)
        .await?
        .explain(&photo, "grad-cam")
        .await?;
    println!(
        "afterwards a photo is explained; peak memory: {} MiB",
        server.peak_memory()? >> 20
    );
    server.stop().await?;
    Ok(all_well)
}

/// A server that has read enough either says so or hangs up on who still sends.
async fn large_body(server: &str) -> Result<String> {
    match Visitor::new(server)
        .await?
        .send_photo(vec![0; 100_000_000])
        .await
    {
        Ok(answer) => {
            ensure!(answer.status().is_client_error(), "{}", answer.status());
            Ok(format!("{}: {}", answer.status(), answer.text().await?))
        }
        Err(_) => Ok("the connection was closed".to_owned()),
    }
}

/// A file that must be refused with a sentence.
async fn refused(server: &str, file: Vec<u8>) -> Result<String> {
    let size = file.len();
    let answer = Visitor::new(server).await?.send_photo(file).await?;
    let (status, sentence) = (answer.status(), answer.text().await?);
    ensure!(status.is_client_error(), "{status}: {sentence}");
    Ok(format!("{size} bytes, {status}: {sentence}"))
}

/// A PNG of zeros, one bit each.
fn bomb() -> Result<Vec<u8>> {
    const SIDE: u32 = 30_000;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&vec![0; (SIDE as usize).div_ceil(8) * SIDE as usize])?;
    writer.finish()?;
    Ok(file)
}

async fn nonsense(server: &str) -> Result<String> {
    let visitor = Visitor::new(server).await?;
    let mut statuses = Vec::new();
    for path in [
        "nowhere",
        "assets/..%2f..%2fetc%2fpasswd",
        "results/1/99999999999999999999/values",
        "jobs/1/events",
    ] {
        statuses.push(visitor.status(path).await?);
    }
    for request in [
        json!({}),
        json!({"tab": "nothing"}),
        json!({"tab": "classify", "photo": "none"}),
        json!({"tab": "classify", "photo": "cat", "method": "<b>"}),
        json!({"tab": "classify", "photo": "cat", "class": "1000"}),
        json!({"tab": "classify", "photo": "cat", "steps": "1e99"}),
        json!({"tab": "play", "frame": "-1"}),
        json!({"tab": "read", "first": "", "second": "a".repeat(100_000)}),
    ] {
        statuses.push(visitor.ask(&request).await?.status());
    }
    let strange = statuses.iter().find(|status| !status.is_client_error());
    ensure!(strange.is_none(), "one is answered by {strange:?}");
    Ok(format!("{} refused", statuses.len()))
}

/// A byte a second of a body that is said to be large.
async fn trickle(server: &str) -> Result<String> {
    let address = server.strip_prefix("http://").context("an address")?;
    let mut stream = TcpStream::connect(address).await?;
    let head = "POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\
                Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n";
    stream.write_all(head.as_bytes()).await?;
    let start = Instant::now();
    let mut answer = [0; 512];
    while start.elapsed() < TRICKLE {
        if let Ok(read) = timeout(Duration::from_secs(1), stream.read(&mut answer)).await {
            let answer = String::from_utf8_lossy(&answer[..read?]);
            let line = answer.lines().next().unwrap_or("hung up");
            return Ok(format!(
                "after {:.0} s: {line}",
                start.elapsed().as_secs_f64()
            ));
        }
        if stream.write_all(b"x").await.is_err() {
            return Ok(format!(
                "after {:.0} s: hung up",
                start.elapsed().as_secs_f64()
            ));
        }
    }
    bail!("the server still listens after {TRICKLE:?}")
}

/// Many who wait for long explanations, and leave; somebody who comes then is served soon.
async fn streams(server: &str) -> Result<String> {
    let visitors = try_join_all((0..LISTENERS).map(|_| Visitor::new(server))).await?;
    let open = visitors.iter().map(async |visitor| {
        let job = visitor.submit("cat", "integrated-gradients", 1000).await?;
        visitor.listen(&job).await
    });
    let streams: Vec<_> = join_all(open)
        .await
        .into_iter()
        .filter_map(Result::ok)
        .collect();
    let open = streams.len();
    ensure!(open > 0, "nobody is heard");
    let start = Instant::now();
    let status = Visitor::new(server).await?.status("classify").await?;
    ensure!(status.is_success(), "the page is answered by {status}");
    let page = start.elapsed();

    drop(streams);
    drop(visitors);
    let start = Instant::now();
    let next = Visitor::new(server).await?;
    while next.explain("cup", "grad-cam").await.is_err() {
        ensure!(
            start.elapsed() < PATIENCE,
            "nobody is served after they left"
        );
        sleep(Duration::from_millis(200)).await;
    }
    Ok(format!(
        "{open} open, meanwhile the page comes within {:.2} s; after they left, the next is served within {:.2} s",
        page.as_secs_f64(),
        start.elapsed().as_secs_f64()
    ))
}
