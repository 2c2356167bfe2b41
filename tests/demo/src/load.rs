//! Fifty visitors at once, for a minute.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::join_all;
use tempfile::TempDir;

use crate::photos::Photos;
use crate::server::Server;
use crate::visitor::Visitor;

const VISITORS: usize = 50;
const TIME: Duration = Duration::from_secs(60);
/// What is quick on any machine.
const METHODS: [&str; 3] = ["grad-cam", "saliency", "input-x-gradient"];
/// How often memory is printed meanwhile.
const LOOKS: u32 = 6;

/// What one visitor met.
#[derive(Default)]
struct Diary {
    uploads: Vec<Duration>,
    explanations: Vec<Duration>,
    errors: Vec<String>,
}

/// Prints how the server bore it; whether all was answered.
pub async fn run(binary: &Path) -> Result<bool> {
    let folder = TempDir::new()?;
    let mut server = Server::start(binary, &folder.path().join("server.log")).await?;
    let photo = fs::read(Photos::new()?.cup())?;
    let end = Instant::now() + TIME;
    let visits = (0..VISITORS).map(|number| visit(&server.url, &photo, number, end));
    let (diaries, ()) = tokio::join!(join_all(visits), watch_memory(&server));
    server.lives()?;

    let mut total = Diary::default();
    for diary in diaries {
        total.uploads.extend(diary.uploads);
        total.explanations.extend(diary.explanations);
        total.errors.extend(diary.errors);
    }
    println!("{VISITORS} visitors, {} s", TIME.as_secs());
    print_times("uploads", &mut total.uploads);
    print_times("explanations", &mut total.explanations);
    println!("errors: {}", total.errors.len());
    total.errors.sort();
    total.errors.dedup();
    total
        .errors
        .iter()
        .take(5)
        .for_each(|error| println!("  {error}"));
    println!("peak memory: {} MiB", server.peak_memory()? >> 20);
    server.stop().await?;
    Ok(total.errors.is_empty() && !total.explanations.is_empty())
}

/// Uploads and explains until the end.
async fn visit(server: &str, photo: &[u8], number: usize, end: Instant) -> Diary {
    let mut diary = Diary::default();
    for method in METHODS.iter().cycle().skip(number) {
        if Instant::now() > end {
            break;
        }
        if let Err(error) = visit_once(server, photo, method, &mut diary).await {
            diary.errors.push(format!("{error:#}"));
        }
    }
    diary
}

async fn visit_once(server: &str, photo: &[u8], method: &str, diary: &mut Diary) -> Result<()> {
    let visitor = Visitor::new(server).await?;
    let start = Instant::now();
    let photo = visitor.upload(photo).await?;
    diary.uploads.push(start.elapsed());
    let start = Instant::now();
    visitor.explain(&photo, method).await?;
    diary.explanations.push(start.elapsed());
    Ok(())
}

async fn watch_memory(server: &Server) {
    for look in 1..=LOOKS {
        tokio::time::sleep(TIME / LOOKS).await;
        if let Ok(bytes) = server.memory_now() {
            println!(
                "memory after {} s: {} MiB",
                (TIME / LOOKS * look).as_secs(),
                bytes >> 20
            );
        }
    }
}

fn print_times(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |part: f64| {
        times
            .get(((times.len() as f64 - 1.0) * part) as usize)
            .map_or(0.0, Duration::as_secs_f64)
    };
    println!(
        "{what}: {}; half within {:.2} s, 95% within {:.2} s, 99% within {:.2} s, all within {:.2} s",
        times.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}
