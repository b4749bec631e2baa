//! `strata backup`: a consistent copy, also while the server runs.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::house;
use crate::config::Config;

#[derive(Args)]
pub struct Backup {
    /// Where the copy goes; the file must not be there yet
    file: PathBuf,
}

impl Backup {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        if config.store.path().is_none() {
            bail!("PostgreSQL is backed up with its own pg_dump");
        }
        if self.file.exists() {
            bail!("{} is there already", self.file.display());
        }
        house::store(config)?.backup(&self.file)?;
        let bytes = std::fs::metadata(&self.file)?.len();
        Ok(writeln!(
            io::stdout(),
            "wrote {} ({bytes} bytes)",
            self.file.display()
        )?)
    }
}
