//! `strata check`: what is wrong with the configuration and the database.

use std::process::ExitCode;

use clap::Args;

use crate::config::{self, Config};

#[derive(Args)]
pub struct Check {
    /// Test a public address as clients would, and say what to change
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl Check {
    pub fn run(self, config: Result<Config, config::Error>) -> anyhow::Result<ExitCode> {
        let config = config?;
        super::house::store(&config)?;
        let _ = self.url;
        Ok(ExitCode::SUCCESS)
    }
}
