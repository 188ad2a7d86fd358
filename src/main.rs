//! Parse, call, print the error.

use std::process::ExitCode;

fn main() -> ExitCode {
    loadline::cli::main()
}
