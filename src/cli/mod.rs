//! The command line: arguments in, exit code out. Every command is one file beside this one.
//!
//! 0: done. 1: failed, with one clear line on standard error. 2: wrong usage.

mod app_password;
mod availability;
mod backup;
mod check;
mod choice;
mod credential;
mod doctor;
mod export;
mod export_token;
mod feed;
mod friend;
mod frugal;
mod group;
mod history;
mod house;
mod import;
mod kinds;
mod layer;
mod link;
mod post;
mod report;
mod serve;
mod setting;
mod system;
mod table;
mod token;
mod trash;
mod user;
mod view;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::{Config, Flags};

/// A CalDAV server of layers: private by default, standards first.
#[derive(Parser)]
#[command(name = "strata", version, about, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Global {
    /// Read the settings from this file [default: ./config.toml, then /etc/strata/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the database
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port to serve on; port 0 picks a free one
    #[arg(long, global = true, value_name = "ADDR")]
    listen: Option<String>,
    /// How the log on standard error is written
    #[arg(long, global = true, value_name = "FORMAT", value_parser = ["text", "json"])]
    log_format: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve calendars (also what happens without a command)
    Serve,
    /// Read the configuration and the database and print what is wrong
    Check(check::Check),
    /// Accounts
    #[command(subcommand)]
    User(user::Command),
    /// One secret a device, shown once
    #[command(subcommand)]
    AppPassword(app_password::Command),
    /// Tokens for programs that use the JSON API
    #[command(subcommand)]
    Token(token::Command),
    /// Groups of accounts
    #[command(subcommand)]
    Group(group::Command),
    /// The layers of an account: its calendars and task lists
    #[command(subcommand)]
    Layer(layer::Command),
    /// When several people are free together, and who is busy when they are not
    Availability(availability::Availability),
    /// Friends: who sees what is for friends
    #[command(subcommand)]
    Friend(friend::Command),
    /// Shared views: one calendar of several people
    #[command(subcommand)]
    View(view::Command),
    /// Subscriptions: calendars of others, fetched again and again
    #[command(subcommand)]
    Feed(feed::Command),
    /// What was deleted, and back again
    #[command(subcommand)]
    Trash(trash::Command),
    /// What an item was before, who wrote it, and back again
    History(history::History),
    /// Store calendar files in a layer; matched by UID, the newer one stays
    Import(import::Import),
    /// Write a layer as one calendar file
    Export(export::Export),
    /// Links that show an account's layers to whoever holds them
    #[command(subcommand)]
    ExportToken(export_token::Command),
    /// A consistent copy of the database, also while the server runs
    Backup(backup::Backup),
    /// Print the completions for a shell
    Completions { shell: Shell },
}

/// Runs one command.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match arguments.run() {
        Ok(code) => code,
        // Whoever reads our output has had enough: `strata user list | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let message = format!("{error:#}")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let _ = writeln!(io::stderr(), "strata: {message}");
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(Command::Completions { shell }) = self.command {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "strata", &mut script);
            io::stdout().write_all(&script)?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(Command::Check(check)) = self.command {
            return check.run(self.global.config());
        }
        let config = self.global.config()?;
        match self.command {
            None | Some(Command::Serve) => serve::run(config),
            Some(Command::User(command)) => command.run(&config),
            Some(Command::AppPassword(command)) => command.run(&config),
            Some(Command::Token(command)) => command.run(&config),
            Some(Command::Group(command)) => command.run(&config),
            Some(Command::Layer(command)) => command.run(&config),
            Some(Command::Availability(availability)) => availability.run(&config),
            Some(Command::Friend(command)) => command.run(&config),
            Some(Command::View(command)) => command.run(&config),
            Some(Command::Feed(command)) => command.run(&config),
            Some(Command::Trash(command)) => command.run(&config),
            Some(Command::History(history)) => history.run(&config),
            Some(Command::Import(import)) => import.run(&config),
            Some(Command::Export(export)) => export.run(&config),
            Some(Command::ExportToken(command)) => command.run(&config),
            Some(Command::Backup(backup)) => backup.run(&config),
            Some(Command::Check(_) | Command::Completions { .. }) => Ok(()),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

impl Global {
    fn config(self) -> Result<Config, crate::config::Error> {
        let flags = Flags {
            config: self.config,
            data: self.data,
            listen: self.listen,
            log_format: self.log_format,
        };
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Config::load(&flags, environment)
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }
}
