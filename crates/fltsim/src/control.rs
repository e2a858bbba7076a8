//! The door of a running machine: a Unix socket through which programs reach ports, and `fltsim fltmc` the rest.
//!
//! What is said there is `fltsim_wire`'s; `fltuser` is the other side of it. Whoever sends what is no message loses
//! that one socket and nothing else.

mod manage;
mod pool;
mod session;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use fltsim_wire::{DEFAULT_FRAME_LIMIT, SOCKET_NAME};
use parking_lot::Mutex;
use rustix::fs::FlockOperation;

use crate::machine::Machine;

/// Name of the file whose lock says that a machine runs in this directory. It holds the id of the machine's process.
const LOCK_NAME: &str = "machine.lock";

/// Why a machine cannot be reached under a directory.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another machine is there.
    #[error(
        "a machine runs at {directory} already{process}; end it first, or set FLTSIM_DIR to another directory for this \
         one"
    )]
    Running {
        /// The directory.
        directory: String,
        /// Its process, in words, if it is known.
        process: String,
    },
    /// Others could put themselves in the machine's place.
    #[error("{directory} cannot hold the machine's socket: {reason}")]
    Unsafe {
        /// The directory.
        directory: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The host refused.
    #[error("cannot {what} {path}: {error}")]
    Io {
        /// What was to be done.
        what: &'static str,
        /// With which file.
        path: String,
        /// Why not.
        error: io::Error,
    },
}

/// Serves a machine until it is dropped.
pub struct ControlServer {
    socket: PathBuf,
    shared: Arc<Shared>,
    accepting: Option<thread::JoinHandle<()>>,
    /// Held as long as the machine runs.
    _lock: File,
}

/// What the threads of a server have in common.
struct Shared {
    machine: Arc<Machine>,
    limit: usize,
    stopping: AtomicBool,
    /// The open sockets, so that they can be closed when the server ends.
    sockets: Mutex<Vec<(u64, UnixStream)>>,
    next_socket: AtomicU64,
}

impl ControlServer {
    /// Serves `machine` at the socket in `directory`, which is made, for its owner only, if it is not there.
    ///
    /// A socket that a machine left behind which has died is replaced.
    ///
    /// # Errors
    ///
    /// [`ControlError::Running`] if another machine is there, and what the host says.
    pub fn start(machine: &Arc<Machine>, directory: &Path) -> Result<Self, ControlError> {
        Self::start_with_limit(machine, directory, DEFAULT_FRAME_LIMIT)
    }

    /// As [`ControlServer::start`], accepting messages of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// As [`ControlServer::start`].
    pub fn start_with_limit(machine: &Arc<Machine>, directory: &Path, limit: usize) -> Result<Self, ControlError> {
        make_directory(directory)?;
        let lock = take_lock(directory)?;
        let socket = directory.join(SOCKET_NAME);
        let failed = |what, error| ControlError::Io { what, path: socket.display().to_string(), error };
        // The lock says that whoever made the socket has ended.
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove the old socket", error));
            }
            _ => {}
        }
        let listener = UnixListener::bind(&socket).map_err(|error| failed("listen at", error))?;
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))
            .map_err(|error| failed("restrict the access to", error))?;
        let shared = Arc::new(Shared {
            machine: Arc::clone(machine),
            limit,
            stopping: AtomicBool::new(false),
            sockets: Mutex::default(),
            next_socket: AtomicU64::new(0),
        });
        let accepting = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("fltsim control".to_owned())
                .spawn(move || accept(&shared, &listener))
                .map_err(|error| failed("start a thread for", error))?
        };
        Ok(Self { socket, shared, accepting: Some(accepting), _lock: lock })
    }

    /// The socket's path.
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        // A connection of its own wakes the thread that accepts.
        let woken = UnixStream::connect(&self.socket).is_ok();
        let _ = fs::remove_file(&self.socket);
        for (_, socket) in self.shared.sockets.lock().drain(..) {
            // The thread that reads it sees the end and disconnects. A socket that is closed already needs nothing.
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
    }
}

/// Accepts connections, each of which gets a thread.
fn accept(shared: &Arc<Shared>, listener: &UnixListener) {
    for socket in listener.incoming() {
        if shared.stopping.load(Ordering::Acquire) {
            return;
        }
        let socket = match socket {
            Ok(socket) => socket,
            Err(error) => {
                // Out of file descriptors, most likely: those that exist go on, and some will end.
                tracing::warn!("a connection to the machine could not be accepted: {error}");
                thread::sleep(std::time::Duration::from_millis(100));
                continue;
            }
        };
        let id = shared.next_socket.fetch_add(1, Ordering::Relaxed);
        match socket.try_clone() {
            Ok(copy) => shared.sockets.lock().push((id, copy)),
            Err(_) => continue,
        }
        let shared_of_thread = Arc::clone(shared);
        let spawned = thread::Builder::new().name("fltsim client".to_owned()).spawn(move || {
            session::serve(&shared_of_thread.machine, socket, shared_of_thread.limit);
            shared_of_thread.sockets.lock().retain(|(other, _)| *other != id);
        });
        if let Err(error) = spawned {
            tracing::warn!("no thread could be started for a connection to the machine: {error}");
            shared.sockets.lock().retain(|(other, _)| *other != id);
        }
    }
}

/// Makes the directory for its owner only, or checks the one that is there.
fn make_directory(directory: &Path) -> Result<(), ControlError> {
    let failed = |error| ControlError::Io { what: "make", path: directory.display().to_string(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    let metadata = fs::metadata(directory).map_err(failed)?;
    let user = rustix::process::geteuid().as_raw();
    let refused = |reason: String| ControlError::Unsafe { directory: directory.display().to_string(), reason };
    if metadata.uid() != user && user != 0 {
        return Err(refused(format!("it belongs to the user {}; set FLTSIM_DIR to one of your own", metadata.uid())));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(refused("others may write to it; take that away (chmod go-w), or choose another".to_owned()));
    }
    Ok(())
}

/// Takes the lock that one machine at a time has in a directory.
fn take_lock(directory: &Path) -> Result<File, ControlError> {
    let path = directory.join(LOCK_NAME);
    let failed = |error| ControlError::Io { what: "open", path: path.display().to_string(), error };
    let mut lock = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    if let Err(error) = rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        if error != rustix::io::Errno::WOULDBLOCK {
            return Err(failed(error.into()));
        }
        let mut process = String::new();
        // The number is for the message only.
        let _ = lock.read_to_string(&mut process);
        let process = process.trim().parse::<u32>().map_or(String::new(), |id| format!(" (process {id})"));
        return Err(ControlError::Running { directory: directory.display().to_string(), process });
    }
    lock.set_len(0).map_err(failed)?;
    writeln!(lock, "{}", std::process::id()).map_err(failed)?;
    Ok(lock)
}
