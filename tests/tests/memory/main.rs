//! Memory: what a plan says is what an attribution takes, a budget is kept, and nothing is left behind. An
//! allocator counts.

mod budget;
mod estimate;
mod level;

use std::sync::{Mutex, MutexGuard, PoisonError};

use backdraft::Network;
use backdraft_models::EfficientNetLite0;
use backdraft_tests::{Fixture, networks};
use burn::tensor::{Device, Distribution, Tensor};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The allocator counts what all threads do, so one test counts at a time.
fn alone() -> MutexGuard<'static, ()> {
    static COUNTING: Mutex<()> = Mutex::new(());
    COUNTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most bytes that `work` holds beside what was held before.
fn peak_of<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = work();
    ((ALLOCATOR.peak_usage() - before) as u64, result)
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let process = sysinfo::get_current_pid().unwrap();
    let mut system = sysinfo::System::new();
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[process]), false);
    system.process(process).unwrap().memory()
}

/// Noise in the place of a photo of this size.
fn image(size: usize) -> Tensor<4> {
    let device = Device::flex();
    Tensor::random(
        [1, 3, size, size],
        Distribution::Uniform(-1.0, 1.0),
        &device,
    )
}

fn convnet() -> Network {
    networks::capture(&Fixture::open("convnet"), &Device::flex())
}

fn resnet() -> Network {
    networks::capture(&Fixture::open("resnet"), &Device::flex())
}

fn vit() -> Network {
    networks::capture(&Fixture::open("vit"), &Device::flex())
}

fn efficientnet() -> Network {
    let model = EfficientNetLite0::pretrained(&Device::flex()).unwrap();
    Network::capture(&model, image(224), EfficientNetLite0::forward).unwrap()
}
