//! Photos that visitors bring along.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Files in a folder that goes with this value.
pub struct Photos {
    folder: TempDir,
}

impl Photos {
    pub fn new() -> Result<Self> {
        let photos = Self {
            folder: TempDir::new()?,
        };
        for (asset, name) in [("chelsea.png", "cat.jpg"), ("coffee.png", "cup.jpg")] {
            let asset = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../crates/backdraft-models/assets")
                .join(asset);
            let photo = image::open(&asset).with_context(|| asset.display().to_string())?;
            photo.to_rgb8().save(photos.folder.path().join(name))?;
        }
        Ok(photos)
    }

    pub fn cat(&self) -> PathBuf {
        self.folder.path().join("cat.jpg")
    }

    pub fn cup(&self) -> PathBuf {
        self.folder.path().join("cup.jpg")
    }

    /// A file that was written for one test.
    pub fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }
}
