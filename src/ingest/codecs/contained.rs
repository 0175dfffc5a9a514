//! Panics of a decoder become errors, and are not printed.

use super::CodecError;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside of a decoder.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder that may panic on hostile bytes.
///
/// The first call puts a hook before the one that prints panics. It is silent on threads that decode and passes on the others,
/// so a panic anywhere else looks as it always did.
///
/// # Errors
/// As the decoder; a panic is [`CodecError::Corrupt`].
pub(super) fn contained<T>(decode: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                print(panic);
            }
        }));
    });
    DECODING.set(true);
    // Nothing that a decoder changes outlives it: it owns its state, and what it returns is dropped with the panic.
    let outcome = catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(false);
    outcome.unwrap_or_else(|_| Err(CodecError::Corrupt("the decoder gave up on inconsistent data".to_string())))
}
