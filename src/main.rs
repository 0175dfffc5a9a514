//! The `recist` program: parse, run, exit code.

use std::process::ExitCode;

/// Our own fault: a bug, not something about the input.
const OUR_FAULT: u8 = 70;

fn main() -> ExitCode {
    // Decoders of dependencies may panic on hostile bytes; that is caught for each file, so only our own panics end here.
    std::panic::set_hook(Box::new(|_| {}));
    match std::panic::catch_unwind(recist::cli::main) {
        Ok(code) => ExitCode::from(code),
        Err(cause) => {
            let what = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
            eprintln!(
                "error: this is a fault of recist itself ({}); please report it with the command you gave",
                what.unwrap_or("unknown")
            );
            ExitCode::from(OUR_FAULT)
        }
    }
}
