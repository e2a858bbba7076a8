//! Where a machine is found.

use std::{env, path::PathBuf};

/// Name of the socket in a machine's directory.
pub const SOCKET_NAME: &str = "machine.sock";

/// The directory of the machine that is meant when nobody says which: `$FLTSIM_DIR`, else `$XDG_RUNTIME_DIR/fltsim`,
/// else `/tmp/fltsim-<uid>`. An empty variable counts as none.
pub fn default_directory() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("FLTSIM_DIR")
        .or_else(|| set("XDG_RUNTIME_DIR").map(|directory| directory.join("fltsim")))
        .unwrap_or_else(|| PathBuf::from(format!("/tmp/fltsim-{}", user_id())))
}

/// The user that this process acts for.
#[cfg(unix)]
fn user_id() -> u32 {
    use std::os::unix::fs::MetadataExt as _;

    // The owner of a process' own /proc entry is its effective user; this needs no call into C.
    std::fs::metadata("/proc/self").map_or(0, |metadata| metadata.uid())
}

/// There are no machines, and so no users of theirs, on Windows.
#[cfg(not(unix))]
fn user_id() -> u32 {
    0
}
