//! The command line: one file a command. Here alone are clock, environment, arguments
//! and the terminal known.

mod analyze;
mod around;
mod backtest;
mod bill;
mod calibrate;
mod codes;
mod commitments;
mod compare;
mod config;
mod estimate;
mod explain;
mod fleet;
mod import;
mod load;
mod options;
mod output;
mod prices;
mod profiles;
mod progress;
mod pull;
mod replay;
mod sample;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use options::Global;
use std::process::ExitCode;

/// What each container workload on AWS needs, where it should run, at what size, and
/// what it costs. Reads only; changes nothing in AWS.
#[derive(Parser)]
#[command(name = "loadline", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Analyze(analyze::Args),
    Backtest(backtest::Args),
    Calibrate(calibrate::Args),
    Compare(compare::Args),
    Explain(explain::Args),
    Estimate(estimate::Args),
    Fleet(fleet::Args),
    Import(import::Args),
    Plan(pull::PlanArgs),
    Pull(pull::PullArgs),
    Prices(prices::Args),
    Profiles(profiles::Args),
    Replay(replay::Args),
    Codes(codes::Args),
    Sample(sample::Args),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Well,
    /// Something could not be done; it was said already.
    Failed,
    /// It was called wrongly; it was said already.
    Misused,
    /// A threshold that was asked for is exceeded.
    Exceeded,
    /// Done, but not on complete data, and `--strict` asked for that.
    Incomplete,
}

/// A mistake in how the program was called: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// Runs the program on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    quiet_decoders();
    let arguments: Vec<_> = std::env::args_os().collect();
    match run(&arguments) {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Failed) => ExitCode::from(1),
        Ok(Done::Misused) => ExitCode::from(2),
        Ok(Done::Exceeded) => ExitCode::from(3),
        Ok(Done::Incomplete) => ExitCode::from(4),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// What panics while a damaged file is decoded is told as an error of that file.
fn quiet_decoders() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !crate::store::is_decoding() {
            usual(panic);
        }
    }));
}

/// What clap says in several lines: what was wrong, and its tips; without the usage.
fn in_one_line(message: &str) -> String {
    let said = message.split("\nUsage:").next().unwrap_or(message);
    let said = said.split("\nFor more information").next().unwrap_or(said);
    let words: Vec<&str> = said.trim_start_matches("error: ").split_whitespace().collect();
    format!("{}; see --help", words.join(" "))
}

fn run(arguments: &[std::ffi::OsString]) -> anyhow::Result<Done> {
    let command = config::with_defaults(Cli::command(), arguments)?;
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // Help and version go to stdout and are no error.
        Err(error) => {
            if error.exit_code() == 0
                || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            {
                error.print()?;
                return Ok(if error.exit_code() == 0 { Done::Well } else { Done::Misused });
            }
            return Err(usage(in_one_line(&error.render().to_string())));
        }
    };
    let Cli { global, command } =
        Cli::from_arg_matches(&matches).map_err(|e| usage(e.to_string()))?;
    match command {
        Command::Analyze(args) => analyze::run(&args, &global),
        Command::Backtest(args) => backtest::run(&args, &global),
        Command::Calibrate(args) => calibrate::run(&args, &global),
        Command::Compare(args) => compare::run(&args, &global),
        Command::Explain(args) => explain::run(&args, &global),
        Command::Estimate(args) => estimate::run(&args, &global),
        Command::Fleet(args) => fleet::run(&args, &global),
        Command::Import(args) => import::run(&args, &global),
        Command::Plan(args) => pull::plan(&args, &global),
        Command::Pull(args) => pull::pull(&args, &global),
        Command::Prices(args) => prices::run(&args, &global),
        Command::Profiles(args) => profiles::run(&args, &global),
        Command::Replay(args) => replay::run(&args, &global),
        Command::Codes(args) => codes::run(&args, &global),
        Command::Sample(args) => sample::run(&args, &global),
    }
}
