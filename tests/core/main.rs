//! What needs two rooms, in the bare build.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::disallowed_methods, reason = "a test fails by panicking, and says what it skips")]

mod oracles;
mod profiles;
