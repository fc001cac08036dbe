//! The `stance` command: arguments in, an exit code out (0 all done, 1 could not run, 2 usage, 3 done
//! but inputs were rejected).

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
