//! A volume as a folder of the host: FUSE requests become operations that pass the volume's filters.
//!
//! Every program on the machine can then drive the filters. What the programs do is translated as WSL translates it:
//! open(2) is a create with the access, disposition and options that its flags mean, unlink(2) a disposition with
//! POSIX semantics, chmod(2) an extended attribute. The requestor is the process that made the call.
//!
//! While a filter of the volume has registered for reads or writes, files are opened for direct I/O: every read and
//! write of a program reaches the filters, and what a mapping needs reaches them as paging I/O. Otherwise the kernel
//! reads and writes the host's file by itself (FUSE passthrough) where it can and may, and else answers from its page
//! cache. That is decided when a file is opened: of a file that was open before, a filter that is loaded later sees no
//! reads and writes.
//!
//! What is not here: named pipes, sockets and devices; extended attributes; `RENAME_EXCHANGE`; change notification of
//! what happens behind the mount (names and attributes are asked for anew after a second). Locks are the kernel's.

mod access;
mod attributes;
mod errno;
mod filesystem;
mod handles;
mod listing;
mod nodes;
mod operations;
mod reparse;

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fuser::{BackgroundSession, Config, MountOption, Session, SessionACL};

use self::attributes::Stat;
use self::filesystem::Bridge;
use self::handles::Handles;
use self::nodes::Nodes;
use self::operations::Operations;
use crate::io::{Requestor, Volume};
use crate::kernel::thread;
use crate::machine::Machine;
use crate::status::NtStatus;

/// How many threads answer requests.
const THREADS: usize = 16;
/// How many of them may be in opens and changes at a time, which a filter may hold up; further ones get threads of their
/// own.
const BLOCKING_LIMIT: usize = THREADS / 2;
/// How long the programs that still have files open are waited for when a mount ends.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether they have closed them.
const POLL: Duration = Duration::from_millis(5);

/// Why a volume could not be mounted.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The mount point does not exist.
    #[error("the mount point {0} does not exist: make it with mkdir, or name another")]
    NotFound(PathBuf),
    /// The mount point is no directory.
    #[error("the mount point {0} is no directory: name an empty directory")]
    NotADirectory(PathBuf),
    /// Something is mounted there already.
    #[error("something is mounted on {0} already: unmount it with \"umount {0}\", or name another directory")]
    InUse(PathBuf),
    /// A mount whose server is gone.
    #[error("a mount whose program has ended is left on {0}: remove it with \"umount {0}\" or \"fusermount3 -u {0}\"")]
    Stale(PathBuf),
    /// The kernel has no FUSE, or the container has not.
    #[error(
        "this machine has no /dev/fuse: load the kernel module with \"modprobe fuse\", or start the container with \
         \"--device /dev/fuse --cap-add SYS_ADMIN\""
    )]
    NoFuse,
    /// This user may not open `/dev/fuse`.
    #[error("/dev/fuse may not be opened ({0}): run as root, or join the group that owns it")]
    FuseNotPermitted(io::Error),
    /// mount(2) or fusermount3 refused.
    #[error("{path} cannot be mounted on: {error}. As an ordinary user this needs fusermount3 (package fuse3)")]
    Refused {
        /// The mount point.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The volume's root cannot be opened.
    #[error("the root of the volume cannot be opened: {0}")]
    Root(NtStatus),
}

/// A mounted volume. Dropping it unmounts.
pub struct Mount {
    session: Option<BackgroundSession>,
    machine: Arc<Machine>,
    operations: Arc<Operations>,
    mountpoint: PathBuf,
    device: Option<u64>,
}

impl Mount {
    /// Mounts `volume` on the directory `mountpoint`.
    ///
    /// As root every user may use the mount, otherwise this user alone.
    ///
    /// # Errors
    /// FUSE is not there or may not be used, or the directory cannot be mounted on.
    pub fn start(machine: Arc<Machine>, volume: Arc<Volume>, mountpoint: &Path) -> Result<Self, MountError> {
        check_mountpoint(mountpoint)?;
        check_device()?;
        let mountpoint = mountpoint.canonicalize().map_err(|error| refused(mountpoint, error))?;
        let root_id = root_id(&machine, &volume).map_err(MountError::Root)?;
        let name = volume.name().to_owned();
        let operations = Arc::new(Operations {
            machine: Arc::clone(&machine),
            volume,
            nodes: Nodes::new(root_id),
            handles: Handles::default(),
        });

        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName(format!("fltsim:{name}")), MountOption::DefaultPermissions];
        config.acl = if attributes::own_ids().0 == 0 { SessionACL::All } else { SessionACL::Owner };
        config.n_threads = Some(THREADS);
        config.clone_fd = true;
        let session = Session::new(Bridge::new(Arc::clone(&operations)), &mountpoint, &config)
            .and_then(Session::spawn)
            .map_err(|error| refused(&mountpoint, error))?;
        let device = std::fs::metadata(&mountpoint).ok().map(|metadata| metadata.dev());
        // A fault that ends the process would leave a mount point behind that nobody can use.
        let (mounted, path) = (Arc::downgrade(&operations), mountpoint.clone());
        crate::kernel::fault::before_exit(move || {
            if mounted.strong_count() > 0
                && let Err(error) = unmount(&path, libc::MNT_FORCE | libc::MNT_DETACH)
            {
                eprintln!("{} could not be unmounted: {error}", path.display());
            }
        });
        Ok(Self { session: Some(session), machine, operations, mountpoint, device })
    }

    /// The directory it is mounted on.
    pub fn mountpoint(&self) -> &Path {
        &self.mountpoint
    }

    /// Whether the mount has ended, because somebody unmounted it.
    pub fn has_ended(&self) -> bool {
        self.session.as_ref().is_none_or(|session| session.guard.is_finished())
    }

    /// Takes the mount out of the tree. Programs that have files open get some time to close them and are then cut off.
    fn unmount(&self, session: &BackgroundSession) {
        let crashed = self.machine.is_crashed();
        if !crashed {
            write_back(&self.mountpoint);
        }
        let start = Instant::now();
        let mut told = false;
        loop {
            if session.guard.is_finished() || unmount(&self.mountpoint, 0).is_ok() {
                return;
            }
            // A program that is in a directory of the mount keeps it busy as well, but has nothing to lose.
            if crashed || self.operations.handles.is_empty() || start.elapsed() > PATIENCE {
                break;
            }
            // What has just been closed takes a moment to arrive.
            if !told && start.elapsed() > PATIENCE / 10 {
                told = true;
                tracing::warn!("waiting for programs that have files open below {}", self.mountpoint.display());
            }
            std::thread::sleep(POLL);
        }
        if let Err(error) = unmount(&self.mountpoint, libc::MNT_FORCE | libc::MNT_DETACH) {
            self.unmount_by_helper(&error);
        }
    }

    /// Without the right to unmount, there is a program that has it.
    fn unmount_by_helper(&self, error: &io::Error) {
        let helper = Command::new("fusermount3").args(["-u", "-z", "--"]).arg(&self.mountpoint).output();
        if !helper.is_ok_and(|output| output.status.success()) {
            tracing::warn!("{} could not be unmounted: {error}", self.mountpoint.display());
        }
        // It has no way to cut programs off; the kernel has, where its control file system is mounted.
        let Some(device) = self.device else { return };
        let connection = format!("/sys/fs/fuse/connections/{}/abort", libc::minor(device));
        if let Err(error) = std::fs::write(&connection, "1") {
            tracing::debug!("{connection}: {error}");
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        self.unmount(&session);
        let start = Instant::now();
        while !session.guard.is_finished() && start.elapsed() < PATIENCE {
            std::thread::sleep(POLL);
        }
        if !session.guard.is_finished() {
            // What is left is a request that a filter does not complete; the end of the program ends it.
            tracing::warn!("requests from {} have not come to an end", self.mountpoint.display());
        } else if let Err(error) = session.join() {
            tracing::debug!("the FUSE session ended with an error: {error}");
        }
    }
}

fn refused(path: &Path, error: io::Error) -> MountError {
    MountError::Refused { path: path.to_owned(), error }
}

fn check_mountpoint(mountpoint: &Path) -> Result<(), MountError> {
    let metadata = std::fs::metadata(mountpoint).map_err(|error| match error.raw_os_error() {
        Some(libc::ENOTCONN) => MountError::Stale(mountpoint.to_owned()),
        _ if error.kind() == ErrorKind::NotFound => MountError::NotFound(mountpoint.to_owned()),
        _ => refused(mountpoint, error),
    })?;
    if !metadata.is_dir() {
        return Err(MountError::NotADirectory(mountpoint.to_owned()));
    }
    if is_mountpoint(mountpoint) { Err(MountError::InUse(mountpoint.to_owned())) } else { Ok(()) }
}

/// Whether something is mounted exactly there.
fn is_mountpoint(path: &Path) -> bool {
    let (Ok(path), Ok(mounts)) = (path.canonicalize(), std::fs::read("/proc/self/mountinfo")) else { return false };
    mounts.split(|&byte| byte == b'\n').any(|line| {
        line.split(|&byte| byte == b' ').nth(4).is_some_and(|field| unescape(field) == path.as_os_str().as_bytes())
    })
}

/// Fields of mountinfo have blanks and backslashes as three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        let digits =
            behind.get(..3).filter(|digits| byte == b'\\' && digits.iter().all(|&digit| digit.is_ascii_digit()));
        match digits {
            Some(digits) => {
                bytes.push(digits.iter().fold(0_u8, |value, digit| value.wrapping_mul(8).wrapping_add(digit - b'0')));
                rest = &behind[3..];
            }
            None => bytes.push(byte),
        }
    }
    bytes
}

fn check_device() -> Result<(), MountError> {
    match OpenOptions::new().read(true).write(true).open("/dev/fuse") {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(MountError::FuseNotPermitted(error)),
        // A device node without a driver behind it is no device.
        Err(_) => Err(MountError::NoFuse),
    }
}

/// The file id of the volume's root.
fn root_id(machine: &Arc<Machine>, volume: &Arc<Volume>) -> Result<u64, NtStatus> {
    let system = machine.processes().system();
    thread::with_process(machine, &system, || {
        let who = Requestor::kernel(Arc::clone(&system));
        let root = vec![u16::from(b'\\')];
        let request = access::existing(root, access::FILE_READ_ATTRIBUTES, access::FILE_DIRECTORY_FILE);
        let (file, _) = volume.open(&who, &request)?;
        Stat::query(&file).map(|stat| stat.file_id)
    })
}

/// What programs changed in mappings is written before the mount goes.
fn write_back(mountpoint: &Path) {
    if let Ok(directory) = File::open(mountpoint) {
        // SAFETY: The descriptor is open for as long as `directory` lives.
        let result = unsafe { libc::syncfs(directory.as_raw_fd()) };
        if result != 0 {
            tracing::warn!("{}: {}", mountpoint.display(), io::Error::last_os_error());
        }
    }
}

/// umount2(2).
fn unmount(mountpoint: &Path, flags: libc::c_int) -> io::Result<()> {
    let path = CString::new(mountpoint.as_os_str().as_bytes())?;
    // SAFETY: The path is a valid string that ends in zero.
    if unsafe { libc::umount2(path.as_ptr(), flags) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_mount_points_are_recognized() {
        assert_eq!(unescape(b"/a\\040b\\134c"), b"/a b\\c");
        assert_eq!(unescape(b"/plain\\"), b"/plain\\");
    }

    #[test]
    fn the_root_of_the_host_is_a_mount_point_and_a_folder_in_it_is_not() {
        assert!(is_mountpoint(Path::new("/")));
        assert!(!is_mountpoint(Path::new("/usr/bin")));
    }
}
