//! Photos that visitors bring along.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Files in a folder that goes with this value.
pub struct Photos {
    folder: TempDir,
}

impl Photos {
    /// Writes them.
    pub fn new() -> Result<Self> {
        let photos = Self {
            folder: TempDir::new()?,
        };
        let asset = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../crates/backdraft-models/assets/coffee.png");
        let cup = image::open(&asset).with_context(|| asset.display().to_string())?;
        cup.to_rgb8().save(photos.cup())?;
        Ok(photos)
    }

    /// A cup on a table, as a JPEG.
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
