//! Every method, a row for each: what it is called, what it needs, what it gives, which options it takes, and how
//! it is built from them.
//!
//! This is for programs that let their users choose: a command line, a web page, a benchmark over all methods.
//!
//! ```
//! use backdraft::catalog::{METHODS, Setting, Setup, find};
//! use backdraft::{Class, Method, Network};
//! use burn::nn::{Linear, LinearConfig};
//! use burn::tensor::{Device, Tensor};
//!
//! let device = Device::default();
//! let model: Linear = LinearConfig::new(3, 5).init(&device);
//! let x = Tensor::<2>::ones([1, 3], &device);
//! let net = Network::capture(&model, x.clone(), |model: &Linear, x: Tensor<2>| model.forward(x))?;
//!
//! let entry = find("integrated-gradients")?;
//! assert!(entry.takes(Setting::Steps));
//! let method = entry.build(&Setup::new().with_steps(10))?;
//! let result = method.attribute(&net, x, Class(4))?;
//! assert_eq!(result.option("steps"), Some("10"));
//!
//! let drawing = METHODS.iter().filter(|entry| entry.draws());
//! assert!(drawing.map(|entry| entry.name).any(|name| name == "smooth-grad"));
//! # Ok::<(), backdraft::Error>(())
//! ```

mod entry;
mod find;
mod methods;
mod setup;
mod words;

pub use entry::Entry;
pub use find::find;
pub use methods::METHODS;
pub use setup::{Setting, Setup};
pub use words::{Access, Family, Gives, Need};
