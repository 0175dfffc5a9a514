//! Which panics count. The decoders of others may panic on hostile bytes, where a guard makes that an error of one file. Code of
//! this project may not, caught or not: a guard would hide an overflow that in a release is a wrong number.

use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::{Mutex, MutexGuard, Once};

static OWN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static OTHERS: Mutex<String> = Mutex::new(String::new());

/// From now on panics of this project's code are noted and handed on; of those of other crates the last one is noted.
pub fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if is_own(panic) {
                held(&OWN).push(panic.to_string());
                before(panic);
            } else {
                *held(&OTHERS) = panic.to_string();
            }
        }));
    });
}

/// The panics of this project's code since the last call.
pub fn own_panics() -> Vec<String> {
    std::mem::take(&mut held(&OWN))
}

/// The last panic of another crate: the one to name when nothing caught it.
pub fn last_of_others() -> String {
    held(&OTHERS).clone()
}

/// Other crates lie in the registry of cargo, the standard library below `/rustc`.
fn is_own(panic: &PanicHookInfo<'_>) -> bool {
    panic.location().is_none_or(|place| !place.file().contains("registry") && !place.file().starts_with("/rustc/"))
}

fn held<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
