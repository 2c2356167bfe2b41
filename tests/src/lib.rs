//! Suites that span backdraft's crates: parity with reference libraries, coverage of Burn's modules, failures.
//!
//! This library holds what the suites share:
//!
//! - [`Fixture`]: inputs and the results that reference libraries computed for them, in `fixtures/` or another
//!   [`Folder`] of that form;
//! - [`SecondFixture`]: results of more methods for the same networks, in `fixtures/second/`;
//! - [`coverage`]: Burn's modules and operations as small cases;
//! - [`axioms`]: methods and problems on which axioms are checked;
//! - [`Subject`]: those networks by what they offer to a method;
//! - [`precision`]: methods in half and double precision;
//! - [`networks`]: the fixtures' networks, as ordinary Burn modules with the fixtures' weights;
//! - [`Page`]: a text file of the repository, which may be computed;
//! - [`book`]: the network of the book's code;
//! - [`relative_l2`] and [`Table`]: how far results are apart, and a report of it;
//! - [`tiny`]: functions as networks, for values computed by hand;
//! - [`data_of`] and [`Snapshot`]: values and models compared bit for bit.
//!
//! A broken fixture is a mistake of the checkout, not of a user: it panics, and says what is wrong.

pub mod axioms;
pub mod book;
mod case;
mod compare;
pub mod coverage;
mod exact;
mod fixture;
mod folder;
pub mod networks;
mod page;
pub mod precision;
mod second;
mod subject;
pub mod tiny;

pub use case::{Case, CaseTarget};
pub use compare::{Row, Table, relative_l2};
pub use exact::{Snapshot, data_of};
pub use fixture::Fixture;
pub use folder::Folder;
pub use page::{Page, repository};
pub use second::{SecondCase, SecondFixture};
pub use subject::{SUBJECTS, Subject};

/// The README's code, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The book's code, compiled and run.
#[cfg(doctest)]
mod pages {
    macro_rules! pages {
        (in $folder:literal: $($name:ident: $file:literal),+ $(,)?) => {$(
            #[doc = include_str!(concat!("../../docs/", $folder, $file))]
            struct $name;
        )+};
    }

    pages! { in "":
        AxiomsPage: "axioms.md",
        HowToChoose: "how-to-choose.md",
        Troubleshooting: "troubleshooting.md",
    }

    pages! { in "reference/":
        Backends: "backends.md",
        Checks: "checks.md",
    }

    pages! { in "coming-from/":
        Captum: "captum.md",
        PytorchGradCam: "pytorch-grad-cam.md",
        Shap: "shap.md",
        Zennit: "zennit.md",
    }

    pages! { in "guide/":
        Axes: "axes.md",
        BlackBoxes: "black-boxes.md",
        Captioning: "captioning.md",
        Convolutional: "convolutional.md",
        Evaluations: "evaluations.md",
        Layers: "layers.md",
        Memory: "memory.md",
        ReinforcementLearning: "reinforcement-learning.md",
        RelevanceTransformers: "relevance-transformers.md",
        Report: "report.md",
        SegmentationAndDetection: "segmentation-and-detection.md",
        SignalsAndVolumes: "signals-and-volumes.md",
        Text: "text.md",
        VisionTransformers: "vision-transformers.md",
        Vqa: "vqa.md",
    }
}
