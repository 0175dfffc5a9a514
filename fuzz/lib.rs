//! What the fuzz targets share. The doors they open are in `doors/`.

#[path = "doors/mod.rs"]
pub mod doors;

use cap::Cap;
use std::alloc::System;
use std::panic::{catch_unwind, resume_unwind};

/// The most that the program may hold for an input of some kilobytes. Beyond it an allocation fails and ends the run, touched or not:
/// memory must grow with the bytes that are there, not with a number in a header. Kilobytes may unpack to some megabytes.
const LIMIT: usize = 128 << 20;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, LIMIT);

/// To be called once, before the first input.
///
/// Only one thread works, so that the same input takes the same way each time; it has the stack that worker threads have. A panic
/// of our own code ends the run where it happens, also where a guard would catch it.
pub fn prepare() {
    doors::watch_panics();
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool of this process");
}

/// Opens a door on the worker thread.
pub fn open(door: doors::Door, bytes: &[u8]) {
    let opened = catch_unwind(|| rayon::scope(|_| door(bytes)));
    if let Err(panic) = opened {
        eprintln!("{}", doors::last_of_others());
        resume_unwind(panic);
    }
}
