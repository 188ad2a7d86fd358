//! What needs two rooms, in the bare build.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test fails by panicking, says what it skips, and lists its cases"
)]

mod krr;
mod oracles;
mod profiles;
