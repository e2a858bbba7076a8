//! What programs do with files, all of it once.

use std::sync::Arc;

use fltmgr_sys as sys;

use crate::flt::volume::Volume;
use crate::io::{File, FileLock, OpenRequest, RenameFlags, Requestor, WriteOffset};
use crate::machine::Machine;
use crate::status::NtStatus;

/// Makes, reads, changes, lists, renames and removes a file of each of the names, in the root and in a folder, and whatever
/// fails is left. It is the work of one program.
pub fn exercise(machine: &Arc<Machine>, volume: &Arc<Volume>, names: &[&str]) {
    let image = r"\Device\HarddiskVolume1\usr\bin\program";
    let program = Program { volume, requestor: Requestor::user(machine.processes().named(0x0200_0000, image)) };
    let folder = program.open("/folder", sys::FILE_GENERIC_READ, sys::FILE_OPEN_IF, sys::FILE_DIRECTORY_FILE);
    for name in names {
        for name in [format!("/{name}"), format!("/folder/{name}")] {
            // Nothing here is done for its result.
            let _ = program.use_file(&name);
            let _ = program.change_names(&name);
        }
    }
    if let Ok(folder) = folder {
        let mut listing = [0; 4096];
        let _ = folder.query_directory(sys::FileBothDirectoryInformation, None, sys::SL_RESTART_SCAN, &mut listing);
        let _ = folder.query_directory(sys::FileNamesInformation, None, sys::SL_RESTART_SCAN, &mut listing);
    }
}

struct Program<'a> {
    volume: &'a Arc<Volume>,
    requestor: Requestor,
}

/// What a sector is on a volume in memory.
const SECTOR: usize = 512;

impl Program<'_> {
    fn open(&self, name: &str, desired_access: u32, disposition: u32, options: u32) -> Result<File, NtStatus> {
        let defaults = OpenRequest::default();
        let request = OpenRequest {
            name: units(name),
            desired_access,
            disposition,
            options: defaults.options | options,
            ..defaults
        };
        Ok(self.volume.open(&self.requestor, &request)?.0)
    }

    fn use_file(&self, name: &str) -> Result<(), NtStatus> {
        let access = sys::FILE_GENERIC_READ | sys::FILE_GENERIC_WRITE;
        let file = self.open(name, access, sys::FILE_OPEN_IF, 0)?;
        let mut buffer = [b'a'; 4 * SECTOR];
        let _ = file.write(WriteOffset::At(0), &buffer);
        let _ = file.write(WriteOffset::End, b"and more");
        let _ = file.write_paging(0, &buffer);
        let _ = file.read(0, &mut buffer);
        let _ = file.read_paging(0, &mut buffer);
        let _ = file.flush();
        for class in [sys::FileStandardInformation, sys::FileBasicInformation, sys::FileInternalInformation] {
            let _ = file.query_information(class, &mut buffer);
        }
        let _ = file.set_information(sys::FileEndOfFileInformation, &3_u64.to_le_bytes());
        let _ = file.set_ea(&[]);
        let _ = file.query_ea(&[], &mut buffer);
        for fail_immediately in [true, false] {
            let lock = FileLock { offset: 0, length: 1, key: 0, exclusive: true, fail_immediately };
            let _ = file.lock(&lock);
            let _ = file.unlock(0, 1, 0);
        }
        let _ = file.query_volume_information(sys::FileFsSizeInformation, &mut buffer);
        let _ = file.fs_control(sys::FSCTL_GET_REPARSE_POINT, &[], &mut buffer);
        let _ = file.create_section(sys::PAGE_READONLY);
        drop(file);

        let uncached = self.open(name, access, sys::FILE_OPEN, sys::FILE_NO_INTERMEDIATE_BUFFERING)?;
        let _ = uncached.write(WriteOffset::At(0), &[b'b'; SECTOR]);
        let _ = uncached.read(0, &mut buffer[..SECTOR]);
        drop(uncached);
        // A second program's handle of the same file, and a file that is emptied by opening it.
        self.open(name, sys::FILE_GENERIC_READ, sys::FILE_OPEN, 0)?.read(0, &mut buffer)?;
        self.open(name, access, sys::FILE_OVERWRITE_IF, 0).map(drop)
    }

    fn change_names(&self, name: &str) -> Result<(), NtStatus> {
        let access = sys::DELETE | sys::SYNCHRONIZE;
        let other = format!("{name}.other");
        let file = self.open(name, access, sys::FILE_OPEN, 0)?;
        let _ = file.link(&units(&format!("{name}.link")), RenameFlags::default());
        let _ = file.rename(&units(&other), RenameFlags::default());
        drop(file);
        let removed = if let Ok(file) = self.open(&other, access, sys::FILE_OPEN, 0) {
            file
        } else {
            self.open(name, access, sys::FILE_OPEN, 0)?
        };
        let _ = removed.set_information(sys::FileDispositionInformation, &[0]);
        removed.set_information(sys::FileDispositionInformation, &[1])?;
        drop(removed);
        self.open(&format!("{name}.link"), access, sys::FILE_OPEN, sys::FILE_DELETE_ON_CLOSE).map(drop)
    }
}

fn units(name: &str) -> Vec<u16> {
    name.replace('/', r"\").encode_utf16().collect()
}
