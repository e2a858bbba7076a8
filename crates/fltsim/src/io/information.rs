//! Querying and setting a file's information, renaming and linking.

use fltmgr_sys as sys;

use super::file::{File, RenameFlags, Sender};
use super::open::{OpenRequest, below_device, create};
use super::{FileRef, Requestor};
use crate::flt::callback_data::IoStatus;
use crate::flt::major::{self, byte};
use crate::flt::volume::Volume;
use crate::fs::Open;
use crate::kernel::process;
use crate::status::NtStatus;

/// Where a rename or link structure has the handle of its root directory, the length of the name, and the name.
const ROOT_DIRECTORY: usize = 8;
const NAME_LENGTH: usize = 16;
const NAME: usize = 20;

/// Whether a class renames or links.
fn has_target(class: i32) -> bool {
    is_rename(class) || is_link(class)
}

fn is_rename(class: i32) -> bool {
    [
        sys::FileRenameInformation,
        sys::FileRenameInformationEx,
        sys::FileRenameInformationBypassAccessCheck,
        sys::FileRenameInformationExBypassAccessCheck,
    ]
    .contains(&class)
}

fn is_link(class: i32) -> bool {
    [
        sys::FileLinkInformation,
        sys::FileLinkInformationEx,
        sys::FileLinkInformationBypassAccessCheck,
        sys::FileLinkInformationExBypassAccessCheck,
    ]
    .contains(&class)
}

/// The root directory and the name in a rename or link structure.
fn target_of(structure: &[u8]) -> Option<(u64, Vec<u16>)> {
    let root = u64::from_le_bytes(structure.get(ROOT_DIRECTORY..ROOT_DIRECTORY + 8)?.try_into().ok()?);
    let length = u32::from_le_bytes(structure.get(NAME_LENGTH..NAME_LENGTH + 4)?.try_into().ok()?) as usize;
    let name = structure.get(NAME..NAME.checked_add(length)?)?;
    Some((root, name.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()))
}

/// The structure with another name in it.
fn with_target(structure: &[u8], name: &[u16]) -> Vec<u8> {
    let mut bytes = structure.get(..ROOT_DIRECTORY).unwrap_or_default().to_vec();
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(u32::try_from(name.len() * 2).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(name.iter().flat_map(|unit| unit.to_le_bytes()));
    // The structure ends with one unit of the name and padding; a shorter one is refused.
    bytes.resize(bytes.len().max(size_of::<sys::FILE_RENAME_INFORMATION>()), 0);
    bytes
}

/// A name in the same directory as another.
fn beside(name: &[u16], last: &[u16]) -> Vec<u16> {
    let end = name.iter().rposition(|unit| *unit == SEPARATOR).map_or(0, |position| position + 1);
    [&name[..end], last].concat()
}

const SEPARATOR: u16 = b'\\' as u16;

/// `IRP_MJ_SET_INFORMATION` at the file system, which knows names that are relative to the volume only.
pub(super) fn set(volume: &Volume, open: &Open, class: i32, buffer: &[u8]) -> Result<(), NtStatus> {
    let file_system = volume.file_system();
    if !has_target(class) {
        return file_system.set_information(open, class, buffer);
    }
    let (root, name) = target_of(buffer).ok_or(NtStatus(sys::STATUS_INVALID_PARAMETER))?;
    let target = resolve(volume, &file_system.name_of(open), root, &name)?;
    let result = file_system.set_information(open, class, &with_target(buffer, &target));
    if result.is_ok() {
        volume.names_changed();
    }
    result
}

/// The volume-relative name a rename or link structure means.
pub(crate) fn resolve(volume: &Volume, present: &[u16], root: u64, name: &[u16]) -> Result<Vec<u16>, NtStatus> {
    if root != 0 {
        let directory = super::handle_to_file(root).ok_or(NtStatus(sys::STATUS_INVALID_HANDLE))?;
        let mut path = directory.open().map(|open| volume.file_system().name_of(open)).unwrap_or_default();
        if path.last() != Some(&SEPARATOR) {
            path.push(SEPARATOR);
        }
        path.extend_from_slice(name);
        return Ok(path);
    }
    if name.first() != Some(&SEPARATOR) {
        return Ok(beside(present, name));
    }
    if let Some(rest) = below_device(name, volume.device_name_units()) {
        return Ok(rest.to_vec());
    }
    if name.starts_with(&DEVICE) {
        // Rule K-22.
        return Err(NtStatus(sys::STATUS_NOT_SAME_DEVICE));
    }
    Ok(name.to_vec())
}

/// `\Device\`, which begins the name of another volume.
const DEVICE: [u16; 8] = {
    let bytes = *b"\\Device\\";
    let mut units = [0; 8];
    let mut index = 0;
    while index < 8 {
        units[index] = bytes[index] as u16;
        index += 1;
    }
    units
};

impl Sender<'_> {
    /// Queries information: classes that fast I/O knows as fast I/O first, where the handle is synchronous (rule L-01).
    pub(crate) fn query_information(&self, class: i32, buffer: &mut [u8], try_fast: bool) -> IoStatus {
        let mut parameters = self.parameters(major::QUERY_INFORMATION, sys::IRP_BUFFERED_IO | sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the member of the union is the query's.
        let query = unsafe { &mut parameters.Parameters.QueryFileInformation };
        query.Length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        query.FileInformationClass = class;
        query.InfoBuffer = buffer.as_mut_ptr().cast();
        let fast_class =
            [sys::FileBasicInformation, sys::FileStandardInformation, sys::FileNetworkOpenInformation].contains(&class);
        if try_fast
            && fast_class
            && self.file.flags() & sys::FO_SYNCHRONOUS_IO != 0
            && let Some(result) = self.fast(parameters)
        {
            return result;
        }
        self.irp(parameters, sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER)
    }

    /// Sets information.
    pub(crate) fn set_information(&self, class: i32, buffer: &[u8], parent: Option<&FileRef>) -> IoStatus {
        // Rule I-17: the I/O manager hands over a copy in nonpaged pool.
        let mut copy = buffer.to_vec();
        let mut parameters = self.parameters(major::SET_INFORMATION, sys::IRP_BUFFERED_IO | sys::IRP_SYNCHRONOUS_API);
        // SAFETY: the members of the union are the set's.
        unsafe {
            let set = &mut parameters.Parameters.SetFileInformation;
            set.Length = u32::try_from(copy.len()).unwrap_or(u32::MAX);
            set.FileInformationClass = class;
            set.InfoBuffer = copy.as_mut_ptr().cast();
            set.ParentOfTarget = parent.map_or(std::ptr::null_mut(), |parent| parent.as_ptr());
            if has_target(class) {
                // `ReplaceIfExists`, or bit 0 of the flags of the extended structures.
                set.__bindgen_anon_1.__bindgen_anon_1.ReplaceIfExists = copy.first().copied().unwrap_or(0) & 1;
            }
        }
        self.irp(parameters, sys::FLTFL_CALLBACK_DATA_SYSTEM_BUFFER)
    }
}

impl File {
    /// Queries information of a class into `buffer`; answers how many bytes were filled.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with; a buffer that is too small gives `STATUS_BUFFER_OVERFLOW`, with
    /// what fits in it, or `STATUS_INFO_LENGTH_MISMATCH`.
    pub fn query_information(&self, class: i32, buffer: &mut [u8]) -> Result<usize, NtStatus> {
        let who = self.who();
        let count = self.sender(&who).query_information(class, buffer, true).into_result()?;
        Ok(count.min(buffer.len()))
    }

    /// Sets information of a class.
    ///
    /// In a rename or link structure the name may be relative to the volume, a full NT name, or relative to the file's
    /// directory; filters see the full NT name, as programs give it through Win32.
    ///
    /// # Errors
    ///
    /// What a filter or the file system failed it with.
    pub fn set_information(&self, class: i32, buffer: &[u8]) -> Result<(), NtStatus> {
        let required = match class {
            sys::FileBasicInformation => sys::FILE_WRITE_ATTRIBUTES,
            sys::FileEndOfFileInformation | sys::FileAllocationInformation => sys::FILE_WRITE_DATA,
            sys::FileDispositionInformation | sys::FileDispositionInformationEx => sys::DELETE,
            class if is_rename(class) => sys::DELETE,
            _ => u32::MAX,
        };
        self.require(required)?;
        let who = self.who();
        let sender = self.sender(&who);
        if !has_target(class) {
            return sender.set_information(class, buffer, None).into_result().map(drop);
        }
        let (root, name) = target_of(buffer).ok_or(NtStatus(sys::STATUS_INVALID_PARAMETER))?;
        let simple = root == 0 && name.first() != Some(&SEPARATOR);
        if simple {
            // A bare name stays in the file's directory, which the file system knows.
            return sender.set_information(class, buffer, None).into_result().map(drop);
        }
        let target = resolve(self.volume(), &self.name(), root, &name)?;
        let full = [self.volume().device_name_units(), &target].concat();
        let parent = self.open_target_directory(&who, &target)?;
        sender
            .set_information(class, &with_target(buffer, &full), parent.as_ref().map(|parent| &parent.file))
            .into_result()
            .map(drop)
    }

    /// Opens the directory a rename or link goes to, as the I/O manager does (`SL_OPEN_TARGET_DIRECTORY`), if a filter
    /// would see it.
    fn open_target_directory(&self, who: &Requestor, target: &[u16]) -> Result<Option<Self>, NtStatus> {
        let volume = self.volume();
        if !volume.is_filtered(major::CREATE) && !volume.is_filtered(major::SET_INFORMATION) {
            return Ok(None);
        }
        let request = OpenRequest {
            name: target.to_vec(),
            desired_access: sys::FILE_WRITE_DATA | sys::SYNCHRONIZE,
            options: sys::FILE_OPEN_FOR_BACKUP_INTENT | sys::FILE_SYNCHRONOUS_IO_NONALERT,
            case_sensitive: self.file.is_case_sensitive(),
            ..OpenRequest::default()
        };
        let requestor = if self.generated { None } else { Some(who) };
        let flags = byte(sys::SL_OPEN_TARGET_DIRECTORY);
        let (file, _) = create(volume, &self.opener, requestor, None, &request, flags, 0)?;
        let opener = if self.generated { Requestor::kernel(process::system()) } else { self.opener.clone() };
        Ok(Some(Self { file, opener, generated: self.generated }))
    }

    /// Renames the file to a volume-relative name.
    ///
    /// # Errors
    ///
    /// `STATUS_OBJECT_NAME_COLLISION` if the name is taken, and what a filter or the file system failed it with.
    pub fn rename(&self, target: &[u16], flags: RenameFlags) -> Result<(), NtStatus> {
        let (class, flags) = if flags.posix {
            let replace = if flags.replace { sys::FILE_RENAME_REPLACE_IF_EXISTS } else { 0 };
            (sys::FileRenameInformationEx, replace | sys::FILE_RENAME_POSIX_SEMANTICS)
        } else {
            (sys::FileRenameInformation, u32::from(flags.replace))
        };
        self.set_information(class, &with_target(&u64::from(flags).to_le_bytes(), target))
    }

    /// Gives the file a second, volume-relative name.
    ///
    /// # Errors
    ///
    /// As [`File::rename`].
    pub fn link(&self, target: &[u16], flags: RenameFlags) -> Result<(), NtStatus> {
        let (class, flags) = if flags.posix {
            let replace = if flags.replace { sys::FILE_LINK_REPLACE_IF_EXISTS } else { 0 };
            (sys::FileLinkInformationEx, replace | sys::FILE_LINK_POSIX_SEMANTICS)
        } else {
            (sys::FileLinkInformation, u32::from(flags.replace))
        };
        self.set_information(class, &with_target(&u64::from(flags).to_le_bytes(), target))
    }
}
