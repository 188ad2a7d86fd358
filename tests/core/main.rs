//! What needs two rooms, in the bare build.

mod oracles;
mod profiles;
