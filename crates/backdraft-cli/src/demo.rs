//! The live demo.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use backdraft_demo::{Options, serve};
use burn::tensor::Device;
use bytesize::ByteSize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::terminal::Terminal;

/// Serves a web page on which visitors explain photos, scenes, games and sentences.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The port; 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen at: only this machine, unless it is told otherwise
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The most memory that the process may hold while it explains, such as `512MB`
    #[arg(long, default_value_t = ByteSize::gib(1))]
    memory: ByteSize,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
}

/// Serves until it is interrupted.
pub fn run(args: &Args, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    Runtime::new()?.block_on(listen(args, terminal))
}

async fn listen(args: &Args, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    let address = SocketAddr::new(args.bind, args.port);
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen at {address}: {error}"))?;
    let page = format!("http://{}", listener.local_addr()?);
    terminal.say(format_args!("listening on {page}"))?;
    if args.open
        && let Err(error) = open::that_detached(&page)
    {
        terminal.warn(format_args!("no browser could be opened: {error}"));
    }
    let options = Options {
        memory: args.memory.as_u64(),
    };
    let interrupted = async {
        // Without signals it serves until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Ok(serve(listener, Device::flex(), &options, interrupted).await?)
}
