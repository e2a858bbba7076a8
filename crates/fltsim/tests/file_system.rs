//! What a filter relies on in the file system below it, for both stores alike. The expectations are those of the
//! documentation of `NtCreateFile`, `NtSetInformationFile` and `NtQueryDirectoryFile`, and of [MS-FSA].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fltmgr_sys::*;
use fltsim::fs::{
    CreateParameters, DirectoryQuery, DirectoryStore, ExtendedAttributeQuery, FileSystem, LockOwner, LockRequest,
    MemoryStore, Open, WriteOffset, name::utf16,
};
use fltsim::status::NtStatus;

type Result<T> = std::result::Result<T, NtStatus>;

const ALL: u32 = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const READ: u32 = FILE_GENERIC_READ;
const WRITE: u32 = FILE_GENERIC_READ | FILE_GENERIC_WRITE;
const EVERYTHING: u32 = FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE;
const OWNER: LockOwner = LockOwner { process: 4, key: 0 };

/// A volume to test, with what it stands on.
struct Volume {
    file_system: Arc<FileSystem>,
    folder: Option<tempfile::TempDir>,
}

/// An open that is cleaned up when it goes out of scope.
struct Handle {
    file_system: Arc<FileSystem>,
    open: Arc<Open>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.file_system.cleanup(&self.open);
    }
}

/// A create, with everything shared and all access unless said otherwise.
#[derive(Clone, Copy)]
struct Create<'a> {
    access: u32,
    disposition: u32,
    options: u32,
    share: u32,
    attributes: u32,
    case_sensitive: bool,
    allocation: u64,
    extended_attributes: &'a [u8],
}

const CREATE: Create<'static> = Create {
    access: EVERYTHING,
    disposition: FILE_CREATE,
    options: 0,
    share: ALL,
    attributes: 0,
    case_sensitive: false,
    allocation: 0,
    extended_attributes: &[],
};
const OPEN: Create<'static> = Create { disposition: FILE_OPEN, ..CREATE };

impl Volume {
    fn in_memory() -> Self {
        Self { file_system: Arc::new(FileSystem::new(Box::new(MemoryStore::new()), "memory")), folder: None }
    }

    fn in_directory() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::new(folder.path()).unwrap();
        Self { file_system: Arc::new(FileSystem::new(Box::new(store), "directory")), folder: Some(folder) }
    }

    fn create(&self, path: &str, how: Create<'_>) -> Result<(Handle, u32)> {
        let (open, information) = self.file_system.create(&CreateParameters {
            name: &utf16(path),
            desired_access: how.access,
            disposition: how.disposition,
            options: how.options,
            share_access: how.share,
            file_attributes: how.attributes,
            allocation_size: how.allocation,
            case_sensitive: how.case_sensitive,
            extended_attributes: how.extended_attributes,
            ..CreateParameters::default()
        })?;
        Ok((Handle { file_system: Arc::clone(&self.file_system), open }, u32::try_from(information).unwrap()))
    }

    fn refuses(&self, path: &str, how: Create<'_>, status: i32) {
        match self.create(path, how) {
            Ok((_, information)) => panic!("{path} was opened ({information})"),
            Err(error) => assert_eq!(error, NtStatus(status), "{path}"),
        }
    }

    fn open(&self, path: &str) -> Handle {
        self.create(path, OPEN).unwrap_or_else(|error| panic!("{path}: {error}")).0
    }

    fn file(&self, path: &str, content: &[u8]) -> Handle {
        let handle = self.create(path, CREATE).unwrap_or_else(|error| panic!("{path}: {error}")).0;
        if !content.is_empty() {
            handle.write(0, content).unwrap();
        }
        handle
    }

    fn directory(&self, path: &str) -> Handle {
        self.create(path, Create { options: FILE_DIRECTORY_FILE, ..CREATE }).unwrap().0
    }

    fn exists(&self, path: &str) -> bool {
        let how = Create { access: FILE_READ_ATTRIBUTES, options: FILE_OPEN_REPARSE_POINT, ..OPEN };
        self.create(path, how).is_ok()
    }

    fn content(&self, path: &str) -> Vec<u8> {
        self.open(path).content()
    }

    fn names(&self, directory: &str, pattern: &str) -> Vec<String> {
        self.open(directory).names(pattern).unwrap()
    }
}

impl Handle {
    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut buffer = vec![0; length];
        let count = self.file_system.read(&self.open, offset, &mut buffer, OWNER)?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn content(&self) -> Vec<u8> {
        match self.read(0, 1 << 20) {
            Err(NtStatus(STATUS_END_OF_FILE)) => Vec::new(),
            other => other.unwrap(),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<usize> {
        self.file_system.write(&self.open, WriteOffset::At(offset), data, OWNER)
    }

    fn query(&self, class: i32, length: usize) -> (NtStatus, Vec<u8>) {
        let mut buffer = vec![0xCC; length];
        let (status, filled) = self.file_system.query_information(&self.open, class, &mut buffer);
        buffer.truncate(filled);
        (status, buffer)
    }

    fn get(&self, class: i32) -> Vec<u8> {
        let (status, buffer) = self.query(class, 4096);
        assert_eq!(status, NtStatus(STATUS_SUCCESS), "class {class}");
        buffer
    }

    fn set(&self, class: i32, information: &[u8]) -> Result<()> {
        self.file_system.set_information(&self.open, class, information)
    }

    fn size(&self) -> u64 {
        u64_at(&self.get(FileStandardInformation), 8)
    }

    fn allocation(&self) -> u64 {
        u64_at(&self.get(FileStandardInformation), 0)
    }

    fn links(&self) -> u32 {
        u32_at(&self.get(FileStandardInformation), 16)
    }

    fn is_delete_pending(&self) -> bool {
        self.get(FileStandardInformation)[20] != 0
    }

    fn attributes(&self) -> u32 {
        u32_at(&self.get(FileBasicInformation), 32)
    }

    fn name(&self) -> String {
        String::from_utf16(&self.file_system.name_of(&self.open)).unwrap()
    }

    fn delete(&self) -> Result<()> {
        self.set(FileDispositionInformation, &[1])
    }

    fn posix_delete(&self) -> Result<()> {
        let flags = FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS;
        self.set(FileDispositionInformationEx, &flags.to_le_bytes())
    }

    fn rename(&self, to: &str, replace: bool) -> Result<()> {
        self.set(FileRenameInformation, &target(to, replace.into()))
    }

    fn rename_ex(&self, to: &str, flags: u32) -> Result<()> {
        self.set(FileRenameInformationEx, &target(to, flags))
    }

    fn link(&self, to: &str, replace: bool) -> Result<()> {
        self.set(FileLinkInformation, &target(to, replace.into()))
    }

    fn set_basic(&self, times: [i64; 4], attributes: u32) -> Result<()> {
        let mut information: Vec<u8> = times.iter().flat_map(|time| time.to_le_bytes()).collect();
        information.extend_from_slice(&attributes.to_le_bytes());
        information.extend_from_slice(&[0; 4]);
        self.set(FileBasicInformation, &information)
    }

    fn times(&self) -> [i64; 4] {
        let basic = self.get(FileBasicInformation);
        [0, 8, 16, 24].map(|at| i64::from_le_bytes(basic[at..at + 8].try_into().unwrap()))
    }

    fn query_directory(&self, pattern: Option<&str>, flags: u32, class: i32, length: usize) -> (NtStatus, Vec<u8>) {
        let pattern = pattern.map(utf16);
        let query = DirectoryQuery { class, pattern: pattern.as_deref(), flags, file_index: 0 };
        let mut buffer = vec![0; length];
        let (status, filled) = self.file_system.query_directory(&self.open, &query, &mut buffer);
        buffer.truncate(filled);
        (status, buffer)
    }

    fn names(&self, pattern: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut flags = SL_RESTART_SCAN;
        loop {
            let (status, buffer) = self.query_directory(Some(pattern), flags, FileNamesInformation, 65536);
            match status {
                NtStatus(STATUS_NO_MORE_FILES) => return Ok(names),
                NtStatus(STATUS_SUCCESS) => {
                    names.extend(entries(&buffer, 8, 12).into_iter().map(|(_, name)| name));
                }
                other => return Err(other),
            }
            flags = 0;
        }
    }

    fn lock(&self, offset: u64, length: u64, exclusive: bool) -> Result<()> {
        self.lock_as(OWNER, offset, length, exclusive)
    }

    fn lock_as(&self, owner: LockOwner, offset: u64, length: u64, exclusive: bool) -> Result<()> {
        let request = LockRequest { offset, length, exclusive, fail_immediately: true };
        self.file_system.lock(&self.open, owner, &request)
    }

    fn unlock(&self, offset: u64, length: u64) -> Result<()> {
        self.file_system.unlock(&self.open, OWNER, offset, length)
    }

    fn set_symbolic_link(&self, to: &str) -> NtStatus {
        let mut buffer = IO_REPARSE_TAG_LX_SYMLINK.to_le_bytes().to_vec();
        buffer.extend_from_slice(&u16::try_from(to.len() + 4).unwrap().to_le_bytes());
        buffer.extend_from_slice(&[0, 0, 2, 0, 0, 0]);
        buffer.extend_from_slice(to.as_bytes());
        self.file_system.fs_control(&self.open, FSCTL_SET_REPARSE_POINT, &buffer, &mut []).0
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// A `FILE_RENAME_INFORMATION` or `FILE_LINK_INFORMATION`.
fn target(path: &str, flags: u32) -> Vec<u8> {
    let name: Vec<u8> = utf16(path).iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let mut information = u64::from(flags).to_le_bytes().to_vec();
    information.extend_from_slice(&[0; 8]);
    information.extend_from_slice(&u32::try_from(name.len()).unwrap().to_le_bytes());
    information.extend_from_slice(&name);
    information
}

/// The entries of a directory query: where each begins, and its name.
fn entries(buffer: &[u8], length_at: usize, name_at: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let length = u32_at(buffer, at + length_at) as usize;
        let name = &buffer[at + name_at..at + name_at + length];
        let units: Vec<u16> = name.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
        found.push((at, String::from_utf16(&units).unwrap()));
        match u32_at(buffer, at) {
            0 => return found,
            next => {
                assert_eq!(next % 8, 0, "entries begin at multiples of eight");
                at += next as usize;
            }
        }
    }
}

/// A list of `FILE_FULL_EA_INFORMATION`.
fn full_attributes(attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let mut list = Vec::new();
    for (index, (name, value)) in attributes.iter().enumerate() {
        let mut entry = vec![0, 0, 0, 0, 0, u8::try_from(name.len()).unwrap()];
        entry.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
        entry.extend_from_slice(name.as_bytes());
        entry.push(0);
        entry.extend_from_slice(value);
        if index + 1 < attributes.len() {
            entry.resize(entry.len().next_multiple_of(4), 0);
            let next = u32::try_from(entry.len()).unwrap();
            entry[..4].copy_from_slice(&next.to_le_bytes());
        }
        list.extend_from_slice(&entry);
    }
    list
}

fn failed<T: std::fmt::Debug>(result: Result<T>) -> i32 {
    result.unwrap_err().0
}

/// Runs each test over both stores.
macro_rules! over_both_stores {
    ($($test:ident,)*) => {
        mod memory {
            $(#[test] fn $test() { super::$test(&super::Volume::in_memory()); })*
        }
        mod directory {
            $(#[test] fn $test() { super::$test(&super::Volume::in_directory()); })*
        }
    };
}

over_both_stores! {
    a_create_says_what_it_did,
    a_create_fails_with_the_status_for_what_is_in_the_way,
    an_empty_name_opens_the_volume_which_is_no_directory,
    contradicting_options_are_refused,
    overwriting_empties_the_file_and_keeps_its_identity,
    hidden_and_system_files_are_overwritten_only_by_who_says_so,
    a_read_only_file_is_neither_written_nor_deleted,
    attributes_are_set_on_create_and_later,
    share_modes_bind_both_sides,
    opens_for_attributes_take_no_part_in_sharing,
    the_target_directory_is_opened_with_word_of_the_target,
    names_are_found_whatever_their_case_unless_case_matters,
    normalizing_spells_what_exists_as_it_is_on_the_volume,
    reads_end_at_the_end_of_the_file,
    writes_extend_a_file_with_zeros_between,
    an_open_that_may_only_append_writes_to_the_end,
    appends_of_several_threads_all_arrive,
    paging_writes_never_extend_a_file,
    a_file_marked_for_deletion_goes_with_its_last_handle,
    a_pending_delete_can_be_taken_back,
    delete_on_close_deletes,
    posix_deletes_free_the_name_at_once,
    a_directory_is_deleted_only_when_empty,
    nothing_is_made_in_a_directory_that_is_to_go,
    a_rename_moves_file_and_handle,
    a_rename_replaces_only_when_told_to,
    a_rename_onto_an_open_file_needs_posix_semantics,
    a_rename_may_change_case_only,
    a_directory_is_renamed_with_all_below_it,
    a_directory_is_not_moved_into_itself,
    two_links_share_one_file,
    a_link_replaces_only_when_told_to,
    deleting_one_link_leaves_the_other,
    the_end_of_file_is_set,
    allocation_is_never_less_than_content,
    times_are_set_and_kept,
    a_write_time_that_was_set_survives_what_follows,
    every_class_has_its_documented_size,
    names_that_do_not_fit_are_cut_with_a_warning,
    the_whole_directory_is_listed_in_order,
    a_pattern_stays_until_the_scan_restarts_with_another,
    a_query_without_match_says_so_at_first_and_later,
    a_directory_query_resumes_where_it_stopped,
    entries_carry_what_is_known_of_the_files,
    a_buffer_too_small_for_an_entry_is_told_apart_from_one_too_small_for_any,
    a_directory_of_ten_thousand_entries_is_listed_in_time,
    exclusive_locks_keep_others_out,
    shared_locks_keep_all_writers_out,
    locks_end_with_cleanup_and_waiters_go_on,
    unix_metadata_is_set_and_told,
    symbolic_links_are_reparse_points,
    other_reparse_points_are_kept_as_they_are,
    extended_attributes_are_kept,
    the_volume_tells_what_it_is,
    zeroing_a_range_leaves_the_rest,
    what_many_threads_do_at_once_leaves_no_trace,
}

fn a_create_says_what_it_did(volume: &Volume) {
    let with = |disposition| Create { disposition, ..CREATE };
    for (disposition, when_missing, when_there) in [
        (FILE_OPEN_IF, FILE_CREATED, FILE_OPENED),
        (FILE_OVERWRITE_IF, FILE_CREATED, FILE_OVERWRITTEN),
        (FILE_SUPERSEDE, FILE_CREATED, FILE_SUPERSEDED),
    ] {
        let path = format!("\\file{disposition}");
        assert_eq!(volume.create(&path, with(disposition)).unwrap().1, when_missing);
        assert_eq!(volume.create(&path, with(disposition)).unwrap().1, when_there);
    }
    assert_eq!(volume.create("\\made", with(FILE_CREATE)).unwrap().1, FILE_CREATED);
    assert_eq!(volume.create("\\made", with(FILE_OPEN)).unwrap().1, FILE_OPENED);
    assert_eq!(volume.create("\\made", with(FILE_OVERWRITE)).unwrap().1, FILE_OVERWRITTEN);
    let directory = Create { options: FILE_DIRECTORY_FILE, ..CREATE };
    assert_eq!(volume.create("\\folder", directory).unwrap().1, FILE_CREATED);
    assert_eq!(volume.create("\\folder\\", Create { disposition: FILE_OPEN_IF, ..directory }).unwrap().1, FILE_OPENED);
}

fn a_create_fails_with_the_status_for_what_is_in_the_way(volume: &Volume) {
    drop(volume.file("\\file", b""));
    drop(volume.directory("\\folder"));
    let directory = Create { options: FILE_DIRECTORY_FILE, ..OPEN };
    let plain = Create { options: FILE_NON_DIRECTORY_FILE, ..OPEN };
    volume.refuses("\\none", OPEN, STATUS_OBJECT_NAME_NOT_FOUND);
    volume.refuses("\\none", Create { disposition: FILE_OVERWRITE, ..OPEN }, STATUS_OBJECT_NAME_NOT_FOUND);
    volume.refuses("\\none\\below", OPEN, STATUS_OBJECT_PATH_NOT_FOUND);
    volume.refuses("\\none\\below", CREATE, STATUS_OBJECT_PATH_NOT_FOUND);
    volume.refuses("\\file\\below", OPEN, STATUS_OBJECT_PATH_NOT_FOUND);
    volume.refuses("\\file", CREATE, STATUS_OBJECT_NAME_COLLISION);
    volume.refuses("\\folder", CREATE, STATUS_OBJECT_NAME_COLLISION);
    volume.refuses("\\file", directory, STATUS_NOT_A_DIRECTORY);
    volume.refuses("\\folder", plain, STATUS_FILE_IS_A_DIRECTORY);
    volume.refuses("\\folder", Create { disposition: FILE_OVERWRITE_IF, ..OPEN }, STATUS_OBJECT_NAME_COLLISION);
    volume.refuses("\\file\\", OPEN, STATUS_OBJECT_NAME_INVALID);
    volume.refuses("\\new\\", CREATE, STATUS_OBJECT_NAME_INVALID);
    for name in ["\\a*b", "\\a:b", "\\a\\\\b", "\\..", "\\folder\\..\\file", "file"] {
        volume.refuses(name, OPEN, STATUS_OBJECT_NAME_INVALID);
    }
    volume.refuses(&format!("\\{}", "x".repeat(256)), CREATE, STATUS_OBJECT_NAME_INVALID);
    assert!(!volume.exists("\\new"));
}

fn an_empty_name_opens_the_volume_which_is_no_directory(volume: &Volume) {
    let (opened, _) = volume.create("", OPEN).unwrap();
    assert!(!opened.open.is_directory());
    volume.refuses("", Create { options: FILE_DIRECTORY_FILE, ..OPEN }, STATUS_NOT_A_DIRECTORY);
    volume.refuses("", CREATE, STATUS_ACCESS_DENIED);
}

fn contradicting_options_are_refused(volume: &Volume) {
    for how in [
        Create { options: FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE, ..CREATE },
        Create { options: FILE_DIRECTORY_FILE, disposition: FILE_OVERWRITE_IF, ..CREATE },
        Create { options: FILE_DIRECTORY_FILE, attributes: FILE_ATTRIBUTE_TEMPORARY, ..CREATE },
        Create { options: FILE_DELETE_ON_CLOSE, access: READ, ..CREATE },
        Create { disposition: FILE_OVERWRITE_IF + 1, ..CREATE },
    ] {
        volume.refuses("\\file", how, STATUS_INVALID_PARAMETER);
    }
    let how = Create { options: FILE_DELETE_ON_CLOSE, attributes: FILE_ATTRIBUTE_READONLY, ..CREATE };
    volume.refuses("\\file", how, STATUS_CANNOT_DELETE);
    assert!(!volume.exists("\\file"));
}

fn overwriting_empties_the_file_and_keeps_its_identity(volume: &Volume) {
    let file = volume.file("\\file", b"content");
    let id = file.get(FileInternalInformation);
    for disposition in [FILE_OVERWRITE, FILE_OVERWRITE_IF, FILE_SUPERSEDE] {
        file.write(0, b"content").unwrap();
        let (again, _) = volume.create("\\file", Create { disposition, ..CREATE }).unwrap();
        assert_eq!((file.size(), again.size()), (0, 0));
        assert_eq!(again.get(FileInternalInformation), id);
        assert_eq!(again.open.file_id(), file.open.file_id());
    }
}

fn hidden_and_system_files_are_overwritten_only_by_who_says_so(volume: &Volume) {
    let attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
    drop(volume.create("\\file", Create { attributes, ..CREATE }).unwrap());
    let over = Create { disposition: FILE_OVERWRITE_IF, ..CREATE };
    volume.refuses("\\file", over, STATUS_ACCESS_DENIED);
    volume.refuses("\\file", Create { attributes: FILE_ATTRIBUTE_HIDDEN, ..over }, STATUS_ACCESS_DENIED);
    assert!(volume.create("\\file", Create { attributes, ..over }).is_ok());
}

fn a_read_only_file_is_neither_written_nor_deleted(volume: &Volume) {
    let attributes = FILE_ATTRIBUTE_READONLY;
    let (first, _) = volume.create("\\file", Create { attributes, ..CREATE }).unwrap();
    first.write(0, b"the handle that made it may write").unwrap();
    volume.refuses("\\file", Create { access: WRITE, ..OPEN }, STATUS_ACCESS_DENIED);
    volume.refuses("\\file", Create { disposition: FILE_OVERWRITE, access: READ, ..OPEN }, STATUS_ACCESS_DENIED);
    let delete = Create { access: DELETE, ..OPEN };
    volume.refuses("\\file", Create { options: FILE_DELETE_ON_CLOSE, ..delete }, STATUS_CANNOT_DELETE);
    let (file, _) = volume.create("\\file", delete).unwrap();
    assert_eq!(failed(file.delete()), STATUS_CANNOT_DELETE);
    let flags = FILE_DISPOSITION_DELETE | FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE;
    file.set(FileDispositionInformationEx, &flags.to_le_bytes()).unwrap();
}

fn attributes_are_set_on_create_and_later(volume: &Volume) {
    let file = volume.file("\\file", b"");
    assert_eq!(file.attributes(), FILE_ATTRIBUTE_ARCHIVE);
    file.set_basic([0; 4], FILE_ATTRIBUTE_HIDDEN).unwrap();
    assert_eq!(file.attributes(), FILE_ATTRIBUTE_HIDDEN);
    file.set_basic([0; 4], 0).unwrap();
    assert_eq!(file.attributes(), FILE_ATTRIBUTE_HIDDEN);
    file.set_basic([0; 4], FILE_ATTRIBUTE_NORMAL).unwrap();
    assert_eq!(file.attributes(), FILE_ATTRIBUTE_NORMAL);
    assert_eq!(failed(file.set_basic([0; 4], FILE_ATTRIBUTE_DIRECTORY)), STATUS_INVALID_PARAMETER);
    file.write(0, b"x").unwrap();
    drop(file);
    assert_eq!(volume.open("\\file").attributes(), FILE_ATTRIBUTE_ARCHIVE);

    let how = Create { attributes: FILE_ATTRIBUTE_HIDDEN, ..CREATE };
    assert_eq!(volume.create("\\hidden", how).unwrap().0.attributes(), FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ARCHIVE);
    let folder = volume.directory("\\folder");
    assert_eq!(folder.attributes(), FILE_ATTRIBUTE_DIRECTORY);
    assert_eq!(failed(folder.set_basic([0; 4], FILE_ATTRIBUTE_TEMPORARY)), STATUS_INVALID_PARAMETER);
    folder.set_basic([0; 4], FILE_ATTRIBUTE_HIDDEN).unwrap();
    assert_eq!(folder.attributes(), FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_HIDDEN);
}

fn share_modes_bind_both_sides(volume: &Volume) {
    drop(volume.file("\\file", b""));
    let how = |access, share| Create { access, share, ..OPEN };
    let (reader, _) = volume.create("\\file", how(FILE_READ_DATA, FILE_SHARE_READ)).unwrap();
    assert!(volume.create("\\file", how(FILE_READ_DATA, FILE_SHARE_READ)).is_ok());
    volume.refuses("\\file", how(FILE_WRITE_DATA, ALL), STATUS_SHARING_VIOLATION);
    volume.refuses("\\file", how(FILE_APPEND_DATA, ALL), STATUS_SHARING_VIOLATION);
    volume.refuses("\\file", how(DELETE, ALL), STATUS_SHARING_VIOLATION);
    volume.refuses("\\file", how(FILE_EXECUTE, FILE_SHARE_WRITE), STATUS_SHARING_VIOLATION);
    let over = Create { disposition: FILE_OVERWRITE, ..how(FILE_READ_DATA, ALL) };
    volume.refuses("\\file", over, STATUS_SHARING_VIOLATION);
    drop(reader);
    let (writer, _) = volume.create("\\file", how(FILE_WRITE_DATA, 0)).unwrap();
    volume.refuses("\\file", how(FILE_READ_DATA, ALL), STATUS_SHARING_VIOLATION);
    assert_eq!(volume.file_system.handle_count(&writer.open), 1);
    drop(writer);
    assert!(volume.create("\\file", how(EVERYTHING, 0)).is_ok());
    assert!(volume.create("\\file", how(EVERYTHING, 0)).is_ok());
}

fn opens_for_attributes_take_no_part_in_sharing(volume: &Volume) {
    let (_alone, _) = volume.create("\\file", Create { share: 0, ..CREATE }).unwrap();
    let how = Create { access: FILE_READ_ATTRIBUTES | SYNCHRONIZE, share: 0, ..OPEN };
    assert!(volume.create("\\file", how).is_ok());
}

fn the_target_directory_is_opened_with_word_of_the_target(volume: &Volume) {
    drop(volume.directory("\\folder"));
    drop(volume.file("\\folder\\there", b""));
    let target = |path: &str| {
        let parameters = CreateParameters {
            name: &utf16(path),
            desired_access: FILE_WRITE_DATA,
            share_access: ALL,
            disposition: FILE_OPEN,
            open_target_directory: true,
            ..CreateParameters::default()
        };
        volume.file_system.create(&parameters).map(|(open, information)| {
            assert!(open.is_directory());
            volume.file_system.cleanup(&open);
            (String::from_utf16(&open.name()).unwrap(), u32::try_from(information).unwrap())
        })
    };
    assert_eq!(target("\\folder\\there").unwrap(), ("\\folder".to_owned(), FILE_EXISTS));
    assert_eq!(target("\\folder\\new").unwrap(), ("\\folder".to_owned(), FILE_DOES_NOT_EXIST));
    assert_eq!(target("\\new").unwrap(), ("\\".to_owned(), FILE_DOES_NOT_EXIST));
    assert_eq!(failed(target("\\none\\new")), STATUS_OBJECT_PATH_NOT_FOUND);
}

fn names_are_found_whatever_their_case_unless_case_matters(volume: &Volume) {
    drop(volume.directory("\\Folder"));
    drop(volume.file("\\Folder\\Größe.TXT", b"1"));
    assert_eq!(volume.open("\\FOLDER\\grÖSSe.txt".replace("SS", "ß").as_str()).name(), "\\Folder\\Größe.TXT");
    volume.refuses("\\folder\\größe.txt", CREATE, STATUS_OBJECT_NAME_COLLISION);
    let sensitive = Create { case_sensitive: true, ..CREATE };
    volume.refuses("\\folder", Create { disposition: FILE_OPEN, ..sensitive }, STATUS_OBJECT_NAME_NOT_FOUND);
    let (other, _) = volume.create("\\Folder\\größe.txt", sensitive).unwrap();
    other.write(0, b"2").unwrap();
    // With both there, the exact name wins.
    assert_eq!(volume.content("\\folder\\größe.txt"), b"2");
    assert_eq!(volume.content("\\folder\\Größe.TXT"), b"1");
    let (made, _) = volume.create("\\FOLDER\\New", CREATE).unwrap();
    assert_eq!(made.name(), "\\Folder\\New");
}

fn normalizing_spells_what_exists_as_it_is_on_the_volume(volume: &Volume) {
    drop(volume.directory("\\Folder"));
    drop(volume.file("\\Folder\\File.txt", b""));
    let normalize = |path: &str, case_sensitive| {
        String::from_utf16(&volume.file_system.normalize(&utf16(path), case_sensitive).unwrap()).unwrap()
    };
    assert_eq!(normalize("\\FOLDER\\file.TXT", false), "\\Folder\\File.txt");
    assert_eq!(normalize("\\FOLDER\\new\\More", false), "\\Folder\\new\\More");
    assert_eq!(normalize("\\FOLDER\\new", true), "\\FOLDER\\new");
    assert_eq!(normalize("\\", false), "\\");
}

fn reads_end_at_the_end_of_the_file(volume: &Volume) {
    let file = volume.file("\\file", b"0123456789");
    assert_eq!(file.read(4, 3).unwrap(), b"456");
    assert_eq!(file.read(8, 100).unwrap(), b"89");
    assert_eq!(failed(file.read(10, 1)), STATUS_END_OF_FILE);
    assert_eq!(file.read(10, 0).unwrap(), b"");
    assert_eq!(failed(file.read(u64::MAX, 1)), STATUS_INVALID_PARAMETER);
    assert_eq!(failed(volume.directory("\\folder").read(0, 1)), STATUS_INVALID_DEVICE_REQUEST);
}

fn writes_extend_a_file_with_zeros_between(volume: &Volume) {
    let file = volume.file("\\file", b"ab");
    file.write(5000, b"cd").unwrap();
    assert_eq!(file.size(), 5002);
    assert_eq!(file.read(0, 4).unwrap(), b"ab\0\0");
    assert_eq!(file.read(4998, 10).unwrap(), b"\0\0cd");
    volume.file_system.write(&file.open, WriteOffset::End, b"e", OWNER).unwrap();
    assert_eq!(file.read(5001, 10).unwrap(), b"de");
}

fn an_open_that_may_only_append_writes_to_the_end(volume: &Volume) {
    drop(volume.file("\\file", b"abc"));
    let (file, _) = volume.create("\\file", Create { access: FILE_APPEND_DATA, ..OPEN }).unwrap();
    file.write(0, b"d").unwrap();
    assert_eq!(volume.content("\\file"), b"abcd");
}

fn appends_of_several_threads_all_arrive(volume: &Volume) {
    drop(volume.file("\\log", b""));
    std::thread::scope(|scope| {
        for letter in b'a'..b'e' {
            scope.spawn(move || {
                let file = volume.open("\\log");
                for _ in 0..250 {
                    volume.file_system.write(&file.open, WriteOffset::End, &[letter; 16], OWNER).unwrap();
                }
            });
        }
    });
    let content = volume.content("\\log");
    assert_eq!(content.len(), 4 * 250 * 16);
    for record in content.chunks(16) {
        assert!(record.iter().all(|byte| *byte == record[0]));
    }
}

fn paging_writes_never_extend_a_file(volume: &Volume) {
    let file = volume.file("\\file", b"0123456789");
    volume.file_system.write_paging(&file.open, 8, b"abcdef").unwrap();
    assert_eq!(file.content(), b"01234567ab");
    volume.file_system.write_paging(&file.open, 4096, b"abcdef").unwrap();
    assert_eq!(file.size(), 10);
}

fn a_file_marked_for_deletion_goes_with_its_last_handle(volume: &Volume) {
    let first = volume.file("\\file", b"still here");
    let second = volume.open("\\file");
    first.delete().unwrap();
    assert!(second.is_delete_pending());
    assert_eq!(second.links(), 0);
    volume.refuses("\\file", OPEN, STATUS_DELETE_PENDING);
    volume.refuses("\\FILE", CREATE, STATUS_DELETE_PENDING);
    drop(first);
    volume.refuses("\\file", OPEN, STATUS_DELETE_PENDING);
    assert_eq!(second.content(), b"still here");
    drop(second);
    volume.refuses("\\file", OPEN, STATUS_OBJECT_NAME_NOT_FOUND);
    assert_eq!(volume.file("\\file", b"").size(), 0);
}

fn a_pending_delete_can_be_taken_back(volume: &Volume) {
    let file = volume.file("\\file", b"");
    file.delete().unwrap();
    file.set(FileDispositionInformation, &[0]).unwrap();
    assert!(!file.is_delete_pending());
    drop(file);
    assert!(volume.exists("\\file"));
}

fn delete_on_close_deletes(volume: &Volume) {
    let how = Create { options: FILE_DELETE_ON_CLOSE, ..CREATE };
    let (first, _) = volume.create("\\file", how).unwrap();
    let second = volume.open("\\file");
    assert!(!second.is_delete_pending());
    drop(first);
    assert!(second.is_delete_pending());
    volume.refuses("\\file", OPEN, STATUS_DELETE_PENDING);
    drop(second);
    assert!(!volume.exists("\\file"));

    let how = Create { options: FILE_DELETE_ON_CLOSE | FILE_DIRECTORY_FILE, ..CREATE };
    let (folder, _) = volume.create("\\folder", how).unwrap();
    drop(volume.file("\\folder\\file", b""));
    drop(folder);
    assert!(volume.exists("\\folder\\file"), "a directory that is not empty stays");
}

fn posix_deletes_free_the_name_at_once(volume: &Volume) {
    let first = volume.file("\\file", b"old");
    let second = volume.open("\\file");
    first.posix_delete().unwrap();
    drop(first);
    volume.refuses("\\file", OPEN, STATUS_OBJECT_NAME_NOT_FOUND);
    assert_eq!((second.content(), second.links(), second.is_delete_pending()), (b"old".to_vec(), 0, true));
    drop(volume.file("\\file", b"new"));
    second.write(0, b"OLD").unwrap();
    drop(second);
    assert_eq!(volume.content("\\file"), b"new");
}

fn a_directory_is_deleted_only_when_empty(volume: &Volume) {
    let folder = volume.directory("\\folder");
    let file = volume.file("\\folder\\file", b"");
    assert_eq!(failed(folder.delete()), STATUS_DIRECTORY_NOT_EMPTY);
    assert_eq!(failed(folder.posix_delete()), STATUS_DIRECTORY_NOT_EMPTY);
    file.delete().unwrap();
    drop(file);
    folder.delete().unwrap();
    drop(folder);
    assert!(!volume.exists("\\folder"));
    assert_eq!(failed(volume.open("\\").delete()), STATUS_CANNOT_DELETE);
}

fn nothing_is_made_in_a_directory_that_is_to_go(volume: &Volume) {
    let folder = volume.directory("\\folder");
    let file = volume.file("\\file", b"");
    folder.delete().unwrap();
    volume.refuses("\\folder\\new", CREATE, STATUS_DELETE_PENDING);
    assert_eq!(failed(file.rename("\\folder\\new", false)), STATUS_DELETE_PENDING);
    assert_eq!(failed(file.link("\\folder\\new", false)), STATUS_DELETE_PENDING);
}

fn a_rename_moves_file_and_handle(volume: &Volume) {
    drop(volume.directory("\\folder"));
    let file = volume.file("\\file", b"content");
    let other = volume.open("\\file");
    file.rename("\\folder\\moved", false).unwrap();
    assert_eq!((file.name(), other.name()), ("\\folder\\moved".to_owned(), "\\folder\\moved".to_owned()));
    assert!(!volume.exists("\\file"));
    assert_eq!(volume.content("\\folder\\moved"), b"content");
    assert_eq!(volume.open("\\folder\\moved").open.file_id(), file.open.file_id());
    assert_eq!(failed(file.rename("\\none\\x", false)), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_eq!(failed(file.rename("\\a*", false)), STATUS_OBJECT_NAME_INVALID);
    file.delete().unwrap();
    assert_eq!(failed(file.rename("\\x", false)), STATUS_ACCESS_DENIED);
    drop((file, other));
    assert!(!volume.exists("\\folder\\moved"), "the delete follows the file to its new name");
}

fn a_rename_replaces_only_when_told_to(volume: &Volume) {
    let file = volume.file("\\file", b"new");
    drop(volume.file("\\target", b"old"));
    drop(volume.directory("\\folder"));
    assert_eq!(failed(file.rename("\\TARGET", false)), STATUS_OBJECT_NAME_COLLISION);
    assert_eq!(failed(file.rename("\\folder", true)), STATUS_ACCESS_DENIED);
    let read_only = volume.open("\\target");
    read_only.set_basic([0; 4], FILE_ATTRIBUTE_READONLY).unwrap();
    drop(read_only);
    assert_eq!(failed(file.rename("\\target", true)), STATUS_ACCESS_DENIED);
    file.rename_ex("\\target", FILE_RENAME_REPLACE_IF_EXISTS | FILE_RENAME_IGNORE_READONLY_ATTRIBUTE).unwrap();
    assert_eq!(volume.content("\\target"), b"new");
    assert_eq!(volume.names("\\", "*"), ["folder", "target"]);
}

fn a_rename_onto_an_open_file_needs_posix_semantics(volume: &Volume) {
    let file = volume.file("\\file", b"new");
    let target = volume.file("\\target", b"old");
    assert_eq!(failed(file.rename("\\target", true)), STATUS_ACCESS_DENIED);
    file.rename_ex("\\target", FILE_RENAME_REPLACE_IF_EXISTS | FILE_RENAME_POSIX_SEMANTICS).unwrap();
    assert_eq!(target.content(), b"old");
    assert!(target.is_delete_pending());
    assert_eq!(volume.content("\\target"), b"new");
    drop(target);
    assert_eq!(volume.content("\\target"), b"new");

    let folder = volume.directory("\\folder");
    let empty = volume.directory("\\empty");
    folder.rename_ex("\\empty", FILE_RENAME_REPLACE_IF_EXISTS | FILE_RENAME_POSIX_SEMANTICS).unwrap();
    assert!(empty.is_delete_pending() && !folder.is_delete_pending());
}

fn a_rename_may_change_case_only(volume: &Volume) {
    let file = volume.file("\\file", b"");
    file.rename("\\file", false).unwrap();
    file.rename("\\FILE", false).unwrap();
    assert_eq!(file.name(), "\\FILE");
    assert_eq!(volume.names("\\", "*"), ["FILE"]);
}

fn a_directory_is_renamed_with_all_below_it(volume: &Volume) {
    let folder = volume.directory("\\folder");
    drop(volume.directory("\\folder\\sub"));
    drop(volume.directory("\\folders"));
    let beside = volume.file("\\folders\\file", b"");
    let below = volume.file("\\folder\\sub\\file", b"1");
    assert_eq!(failed(folder.rename("\\new", false)), STATUS_ACCESS_DENIED, "a file below is open");
    folder.rename_ex("\\new", FILE_RENAME_POSIX_SEMANTICS).unwrap();
    assert_eq!(below.name(), "\\new\\sub\\file");
    assert_eq!(beside.name(), "\\folders\\file");
    below.delete().unwrap();
    drop(below);
    assert!(!volume.exists("\\new\\sub\\file"));
    folder.rename("\\folder", false).unwrap();
    assert!(volume.exists("\\folder\\sub") && !volume.exists("\\new"));
}

fn a_directory_is_not_moved_into_itself(volume: &Volume) {
    let folder = volume.directory("\\folder");
    drop(volume.directory("\\folder\\sub"));
    assert_eq!(failed(folder.rename("\\folder\\sub\\folder", false)), STATUS_INVALID_PARAMETER);
    assert_eq!(failed(volume.open("\\").rename("\\new", false)), STATUS_INVALID_PARAMETER);
}

fn two_links_share_one_file(volume: &Volume) {
    let first = volume.file("\\first", b"content");
    first.link("\\second", false).unwrap();
    let (second, _) = volume.create("\\second", Create { share: ALL, ..OPEN }).unwrap();
    assert_eq!(second.open.file_id(), first.open.file_id());
    assert_eq!(second.get(FileIdInformation), first.get(FileIdInformation));
    assert_eq!((first.links(), second.links()), (2, 2));
    assert_eq!((first.name(), second.name()), ("\\first".to_owned(), "\\second".to_owned()));
    second.write(0, b"CONTENT").unwrap();
    assert_eq!(first.content(), b"CONTENT");
    drop(first);
    drop(second);
    let (_alone, _) = volume.create("\\first", Create { share: 0, ..OPEN }).unwrap();
    volume.refuses("\\second", OPEN, STATUS_SHARING_VIOLATION);
}

fn a_link_replaces_only_when_told_to(volume: &Volume) {
    let file = volume.file("\\file", b"new");
    drop(volume.file("\\target", b"old"));
    assert_eq!(failed(file.link("\\target", false)), STATUS_OBJECT_NAME_COLLISION);
    let open = volume.open("\\target");
    assert_eq!(failed(file.link("\\target", true)), STATUS_ACCESS_DENIED);
    drop(open);
    file.link("\\target", true).unwrap();
    assert_eq!(volume.content("\\target"), b"new");
    assert_eq!(failed(volume.directory("\\folder").link("\\x", false)), STATUS_FILE_IS_A_DIRECTORY);
    // A rename onto one's own other name leaves one name.
    file.rename("\\target", true).unwrap();
    assert_eq!((file.links(), file.name()), (1, "\\target".to_owned()));
    assert!(!volume.exists("\\file"));
}

fn deleting_one_link_leaves_the_other(volume: &Volume) {
    let first = volume.file("\\first", b"content");
    first.link("\\second", false).unwrap();
    let second = volume.open("\\second");
    first.delete().unwrap();
    assert!(first.is_delete_pending() && !second.is_delete_pending());
    drop(first);
    volume.refuses("\\first", OPEN, STATUS_OBJECT_NAME_NOT_FOUND);
    assert_eq!((second.links(), second.content()), (1, b"content".to_vec()));
}

fn the_end_of_file_is_set(volume: &Volume) {
    let file = volume.file("\\file", b"0123456789");
    file.set(FileEndOfFileInformation, &4_u64.to_le_bytes()).unwrap();
    assert_eq!(file.content(), b"0123");
    file.set(FileEndOfFileInformation, &6_u64.to_le_bytes()).unwrap();
    assert_eq!(file.content(), b"0123\0\0");
    assert_eq!(failed(file.set(FileEndOfFileInformation, &(-1_i64).to_le_bytes())), STATUS_INVALID_PARAMETER);
    assert_eq!(failed(file.set(FileEndOfFileInformation, &[0; 4])), STATUS_INFO_LENGTH_MISMATCH);
    assert_eq!(failed(file.set(FileValidDataLengthInformation, &7_u64.to_le_bytes())), STATUS_INVALID_PARAMETER);
    let folder = volume.directory("\\folder");
    assert_eq!(failed(folder.set(FileEndOfFileInformation, &[0; 8])), STATUS_INVALID_PARAMETER);
}

fn allocation_is_never_less_than_content(volume: &Volume) {
    let (file, _) = volume.create("\\file", Create { allocation: 100_000, ..CREATE }).unwrap();
    assert!(file.allocation() >= 100_000 && file.size() == 0);
    file.write(0, &[1; 5000]).unwrap();
    file.set(FileAllocationInformation, &300_000_u64.to_le_bytes()).unwrap();
    assert!(file.allocation() >= 300_000 && file.size() == 5000);
    file.set(FileAllocationInformation, &4096_u64.to_le_bytes()).unwrap();
    assert_eq!(file.size(), 4096);
    file.set(FileEndOfFileInformation, &1_000_000_u64.to_le_bytes()).unwrap();
    assert!(file.allocation() >= 1_000_000);
}

fn times_are_set_and_kept(volume: &Volume) {
    let base = 130_000_000_000_000_000;
    let file = volume.file("\\file", b"x");
    let before = file.times();
    file.set_basic([base, base + 1, base + 2, 0], 0).unwrap();
    assert_eq!(file.times()[..3], [base, base + 1, base + 2]);
    file.set_basic([0; 4], 0).unwrap();
    file.set_basic([-1; 4], 0).unwrap();
    assert_eq!(file.times()[..3], [base, base + 1, base + 2]);
    assert!(file.times()[3] >= before[3]);
    assert_eq!(failed(file.set_basic([-3, 0, 0, 0], 0)), STATUS_INVALID_PARAMETER);
    drop(file);
    assert_eq!(volume.open("\\file").times()[..3], [base, base + 1, base + 2]);
    let folder = volume.directory("\\folder");
    folder.set_basic([0, 0, base, 0], 0).unwrap();
    assert_eq!(folder.times()[2], base);
}

fn a_write_time_that_was_set_survives_what_follows(volume: &Volume) {
    let base = 130_000_000_000_000_000;
    let file = volume.file("\\file", b"content");
    let writer = volume.open("\\file");
    file.set_basic([0, 0, base, 0], 0).unwrap();
    file.write(0, b"x").unwrap();
    assert_eq!(file.times()[2], base, "the handle that set the time no longer changes it");
    volume.file_system.write_paging(&writer.open, 0, b"y").unwrap();
    assert_eq!(file.times()[2], base, "what is written back does not change it");
    writer.write(0, b"z").unwrap();
    assert!(file.times()[2] > base, "another handle does");
    file.set_basic([0, 0, base, 0], 0).unwrap();
    file.set_basic([0, 0, -2, 0], 0).unwrap();
    file.write(0, b"x").unwrap();
    assert!(file.times()[2] > base);
}

fn every_class_has_its_documented_size(volume: &Volume) {
    let file = volume.file("\\file", b"12345");
    for (class, size) in [
        (FileBasicInformation, 40),
        (FileStandardInformation, 24),
        (FileInternalInformation, 8),
        (FileEaInformation, 4),
        (FileAccessInformation, 4),
        (FilePositionInformation, 8),
        (FileModeInformation, 4),
        (FileAlignmentInformation, 4),
        (FileNetworkOpenInformation, 56),
        (FileAttributeTagInformation, 8),
        (FileCompressionInformation, 16),
        (FileIdInformation, 24),
        (FileStandardLinkInformation, 12),
        (FileStatInformation, 72),
        (FileStatLxInformation, 96),
        (FileCaseSensitiveInformation, 4),
    ] {
        assert_eq!(file.get(class).len(), size, "class {class}");
        assert_eq!(file.query(class, size - 1).0, NtStatus(STATUS_INFO_LENGTH_MISMATCH), "class {class}");
    }
    let all = file.get(FileAllInformation);
    assert_eq!((u32_at(&all, 96), all.len()), (10, 110));
    assert_eq!(u64_at(&all, 48), 5);
    let stream = file.get(FileStreamInformation);
    assert_eq!((u32_at(&stream, 4), u64_at(&stream, 8), stream.len()), (14, 5, 38));
    file.set(FilePositionInformation, &77_u64.to_le_bytes()).unwrap();
    assert_eq!(u64_at(&file.get(FilePositionInformation), 0), 77);
    assert_eq!(file.query(9999, 100).0, NtStatus(STATUS_INVALID_INFO_CLASS));
}

fn names_that_do_not_fit_are_cut_with_a_warning(volume: &Volume) {
    let file = volume.file("\\longer name", b"");
    let (status, name) = file.query(FileNameInformation, 10);
    assert_eq!((status, name.len(), u32_at(&name, 0)), (NtStatus(STATUS_BUFFER_OVERFLOW), 10, 24));
    assert_eq!(name[4..], *b"\\\0l\0o\0");
    assert_eq!(file.query(FileNameInformation, 7).0, NtStatus(STATUS_INFO_LENGTH_MISMATCH));
    assert_eq!(file.get(FileNameInformation).len(), 28);
}

fn the_whole_directory_is_listed_in_order(volume: &Volume) {
    let folder = volume.directory("\\folder");
    for name in ["b", "A", "c.txt", "ä", "B2"] {
        drop(volume.file(&format!("\\folder\\{name}"), b""));
    }
    assert_eq!(folder.names("*").unwrap(), [".", "..", "A", "b", "B2", "c.txt", "ä"]);
    assert_eq!(folder.names("?").unwrap(), [".", "A", "b", "ä"]);
    assert_eq!(folder.names("b*").unwrap(), ["b", "B2"]);
    assert_eq!(folder.names("*.TXT").unwrap(), ["c.txt"]);
    assert_eq!(folder.names("C.TXT").unwrap(), ["c.txt"]);
    assert_eq!(volume.names("\\", "*"), ["folder"], "the root has no parent and lists no dots");
}

fn a_pattern_stays_until_the_scan_restarts_with_another(volume: &Volume) {
    let folder = volume.directory("\\folder");
    for name in ["a1", "a2", "b1"] {
        drop(volume.file(&format!("\\folder\\{name}"), b""));
    }
    let names = |pattern, flags| {
        let (status, buffer) = folder.query_directory(pattern, flags, FileNamesInformation, 4096);
        status.is_success().then(|| entries(&buffer, 8, 12).into_iter().map(|(_, name)| name).collect::<Vec<_>>())
    };
    assert_eq!(names(Some("a*"), SL_RETURN_SINGLE_ENTRY).unwrap(), ["a1"]);
    assert_eq!(names(Some("b*"), 0).unwrap(), ["a2"]);
    assert_eq!(names(None, SL_RESTART_SCAN).unwrap(), ["a1", "a2"]);
    assert_eq!(names(Some("b*"), SL_RESTART_SCAN).unwrap(), ["b1"]);
    assert_eq!(names(None, 0), None);
}

fn a_query_without_match_says_so_at_first_and_later(volume: &Volume) {
    let folder = volume.directory("\\folder");
    for pattern in ["x*", "none"] {
        let query = |flags| folder.query_directory(Some(pattern), flags, FileDirectoryInformation, 4096).0;
        assert_eq!(query(SL_RESTART_SCAN), NtStatus(STATUS_NO_SUCH_FILE));
        assert_eq!(query(0), NtStatus(STATUS_NO_MORE_FILES));
    }
    drop(volume.file("\\file", b""));
    let file = volume.open("\\file");
    let status = file.query_directory(None, 0, FileDirectoryInformation, 4096).0;
    assert_eq!(status, NtStatus(STATUS_INVALID_PARAMETER));
}

fn a_directory_query_resumes_where_it_stopped(volume: &Volume) {
    let folder = volume.directory("\\folder");
    let expected: Vec<String> = (0..100).map(|number| format!("file{number:03}")).collect();
    for name in &expected {
        drop(volume.file(&format!("\\folder\\{name}"), b""));
    }
    let mut found = Vec::new();
    let mut place_of_50 = 0;
    loop {
        let (status, buffer) = folder.query_directory(Some("file*"), 0, FileBothDirectoryInformation, 500);
        if status == NtStatus(STATUS_NO_MORE_FILES) {
            break;
        }
        assert_eq!(status, NtStatus(STATUS_SUCCESS));
        for (at, name) in entries(&buffer, 60, 94) {
            if name == "file050" {
                place_of_50 = u32_at(&buffer, at + 4);
            }
            found.push(name);
        }
    }
    assert_eq!(found, expected);
    let query = DirectoryQuery {
        class: FileNamesInformation,
        pattern: None,
        flags: SL_INDEX_SPECIFIED | SL_RETURN_SINGLE_ENTRY,
        file_index: place_of_50,
    };
    let mut buffer = [0; 100];
    let (_, length) = volume.file_system.query_directory(&folder.open, &query, &mut buffer);
    assert_eq!(entries(&buffer[..length], 8, 12)[0].1, "file050");
    // A name that vanished since the scan began is left out.
    let query = |flags| folder.query_directory(None, flags, FileDirectoryInformation, 80).1;
    assert_eq!(entries(&query(SL_RESTART_SCAN | SL_RETURN_SINGLE_ENTRY), 60, 64)[0].1, "file000");
    volume.open("\\folder\\file001").delete().unwrap();
    assert_eq!(entries(&query(SL_RETURN_SINGLE_ENTRY), 60, 64)[0].1, "file002");
}

fn entries_carry_what_is_known_of_the_files(volume: &Volume) {
    let folder = volume.directory("\\folder");
    let file = volume.file("\\folder\\file", b"12345");
    let basic = file.get(FileBasicInformation);
    let id = file.get(FileIdInformation);
    for (class, name_at) in [
        (FileDirectoryInformation, 64),
        (FileFullDirectoryInformation, 68),
        (FileBothDirectoryInformation, 94),
        (FileIdBothDirectoryInformation, 104),
        (FileIdFullDirectoryInformation, 80),
        (FileIdExtdDirectoryInformation, 88),
        (FileIdExtdBothDirectoryInformation, 114),
    ] {
        let (status, buffer) = folder.query_directory(Some("f*"), SL_RESTART_SCAN, class, 4096);
        assert_eq!(status, NtStatus(STATUS_SUCCESS));
        assert_eq!(entries(&buffer, 60, name_at), [(0, "file".to_owned())], "class {class}");
        assert_eq!(buffer.len(), name_at + 8);
        assert_eq!(buffer[8..40], basic[..32], "times");
        assert_eq!((u64_at(&buffer, 40), u32_at(&buffer, 56)), (5, FILE_ATTRIBUTE_ARCHIVE));
        #[expect(non_upper_case_globals, reason = "the classes have the names of the C headers")]
        match class {
            FileIdBothDirectoryInformation => assert_eq!(buffer[96..104], id[8..16]),
            FileIdFullDirectoryInformation => assert_eq!(buffer[72..80], id[8..16]),
            FileIdExtdDirectoryInformation => assert_eq!(buffer[72..88], id[8..24]),
            _ => {}
        }
    }
}

fn a_buffer_too_small_for_an_entry_is_told_apart_from_one_too_small_for_any(volume: &Volume) {
    let folder = volume.directory("\\folder");
    drop(volume.file("\\folder\\a long name", b""));
    let query = |length| folder.query_directory(Some("a*"), SL_RESTART_SCAN, FileNamesInformation, length);
    assert_eq!(query(11).0, NtStatus(STATUS_INFO_LENGTH_MISMATCH));
    let (status, buffer) = query(16);
    assert_eq!((status, buffer.len(), u32_at(&buffer, 8)), (NtStatus(STATUS_BUFFER_OVERFLOW), 16, 22));
    let status = folder.query_directory(None, 0, FileStandardInformation, 4096).0;
    assert_eq!(status, NtStatus(STATUS_INVALID_INFO_CLASS));
}

fn a_directory_of_ten_thousand_entries_is_listed_in_time(volume: &Volume) {
    let folder = volume.directory("\\folder");
    let how = Create { case_sensitive: true, ..CREATE };
    for number in 0..10_000 {
        volume.create(&format!("\\folder\\file{number}"), how).unwrap();
    }
    let mut flags = SL_RESTART_SCAN;
    let mut count = 0;
    while let (NtStatus(STATUS_SUCCESS), buffer) =
        folder.query_directory(Some("*"), flags, FileIdBothDirectoryInformation, 65536)
    {
        count += entries(&buffer, 60, 104).len();
        flags = 0;
    }
    assert_eq!(count, 10_002);
}

fn exclusive_locks_keep_others_out(volume: &Volume) {
    let first = volume.file("\\file", &[1; 100]);
    let second = volume.open("\\file");
    first.lock(10, 10, true).unwrap();
    assert_eq!(first.read(0, 100).unwrap().len(), 100);
    first.write(15, b"x").unwrap();
    assert_eq!(failed(second.read(0, 11)), STATUS_FILE_LOCK_CONFLICT);
    assert_eq!(failed(second.write(19, b"x")), STATUS_FILE_LOCK_CONFLICT);
    assert_eq!(second.read(0, 10).unwrap().len(), 10);
    second.write(20, b"x").unwrap();
    let other_process = LockOwner { process: 8, key: 0 };
    let mut buffer = [0; 100];
    let read = volume.file_system.read(&first.open, 0, &mut buffer, other_process);
    assert_eq!(failed(read), STATUS_FILE_LOCK_CONFLICT, "the same handle, another process");
    assert_eq!(volume.file_system.read_paging(&second.open, 0, &mut buffer).unwrap(), 100);
    assert_eq!(failed(second.lock(19, 5, false)), STATUS_LOCK_NOT_GRANTED);
    assert_eq!(failed(first.lock(19, 5, true)), STATUS_LOCK_NOT_GRANTED);
    first.lock(12, 2, false).unwrap();
    first.unlock(12, 2).unwrap();
    assert_eq!(failed(first.unlock(10, 9)), STATUS_RANGE_NOT_LOCKED);
    assert_eq!(failed(second.unlock(10, 10)), STATUS_RANGE_NOT_LOCKED);
    first.unlock(10, 10).unwrap();
    second.write(15, b"x").unwrap();
    assert_eq!(failed(first.lock(u64::MAX, 2, true)), STATUS_INVALID_LOCK_RANGE);
    first.lock(u64::MAX, 1, true).unwrap();
    assert_eq!(failed(volume.directory("\\folder").lock(0, 1, true)), STATUS_INVALID_PARAMETER);
}

fn shared_locks_keep_all_writers_out(volume: &Volume) {
    let first = volume.file("\\file", &[1; 100]);
    let second = volume.open("\\file");
    first.lock(0, 10, false).unwrap();
    second.lock(5, 10, false).unwrap();
    assert_eq!(second.read(0, 10).unwrap().len(), 10);
    assert_eq!(failed(second.write(0, b"x")), STATUS_FILE_LOCK_CONFLICT);
    assert_eq!(failed(first.write(0, b"x")), STATUS_FILE_LOCK_CONFLICT, "a shared lock binds its owner too");
    let keyed = LockOwner { process: 4, key: 7 };
    first.lock_as(keyed, 50, 1, true).unwrap();
    assert_eq!(failed(first.write(50, b"x")), STATUS_FILE_LOCK_CONFLICT);
    volume.file_system.unlock_all_by_key(&first.open, keyed).unwrap();
    first.write(50, b"x").unwrap();
    volume.file_system.unlock_all(&first.open, 4).unwrap();
    first.write(0, b"x").unwrap();
    assert_eq!(failed(first.write(6, b"x")), STATUS_FILE_LOCK_CONFLICT);
}

fn locks_end_with_cleanup_and_waiters_go_on(volume: &Volume) {
    let first = volume.file("\\file", &[1; 100]);
    let second = volume.open("\\file");
    first.lock(0, 10, true).unwrap();
    let granted = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let request = LockRequest { offset: 5, length: 1, exclusive: true, fail_immediately: false };
            volume.file_system.lock(&second.open, OWNER, &request).unwrap();
            granted.store(true, Ordering::SeqCst);
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!granted.load(Ordering::SeqCst));
        drop(first);
    });
    assert!(granted.load(Ordering::SeqCst));
    let third = volume.open("\\file");
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let request = LockRequest { offset: 5, length: 1, exclusive: true, fail_immediately: false };
            volume.file_system.lock(&third.open, OWNER, &request)
        });
        std::thread::sleep(Duration::from_millis(50));
        volume.file_system.cleanup(&third.open);
        assert_eq!(failed(waiter.join().unwrap()), STATUS_CANCELLED);
    });
}

fn unix_metadata_is_set_and_told(volume: &Volume) {
    let (mode, uid) = (0o100_640_u32.to_le_bytes(), rustix::process::getuid().as_raw().to_le_bytes());
    let attributes = full_attributes(&[("$LXMOD", &mode), ("$LXUID", &uid)]);
    let (file, _) = volume.create("\\file", Create { extended_attributes: &attributes, ..CREATE }).unwrap();
    let stat = file.get(FileStatLxInformation);
    assert_eq!((u32_at(&stat, 84), u32_at(&stat, 72) & 7), (0o100_640, 7));
    let mode = 0o400_u32.to_le_bytes();
    volume.file_system.set_ea(&file.open, &full_attributes(&[("$LXMOD", &mode)])).unwrap();
    assert_eq!(u32_at(&file.get(FileStatLxInformation), 84), 0o100_400);
    assert_eq!(file.attributes(), FILE_ATTRIBUTE_ARCHIVE, "the mode says nothing about the read-only attribute");
    let mut names = vec![0, 0, 0, 0, 6];
    names.extend_from_slice(b"$LXMOD\0");
    let mut buffer = [0; 64];
    let query = ExtendedAttributeQuery { names: &names, ..ExtendedAttributeQuery::default() };
    let (status, length) = volume.file_system.query_ea(&file.open, &query, &mut buffer);
    assert_eq!((status, length), (NtStatus(STATUS_SUCCESS), 8 + 7 + 4));
    assert_eq!(u32_at(&buffer, 15), 0o100_400);
    assert_eq!(u32_at(&volume.directory("\\folder").get(FileStatLxInformation), 84) & 0o170_000, 0o040_000);
    volume.refuses("\\new", Create { extended_attributes: &[1, 2, 3], ..CREATE }, STATUS_EA_LIST_INCONSISTENT);
    assert!(!volume.exists("\\new"));
}

fn symbolic_links_are_reparse_points(volume: &Volume) {
    let base = 130_000_000_000_000_000;
    let link = volume.file("\\link", b"");
    let identity = link.open.file_id();
    assert_eq!(link.set_symbolic_link("some/where"), NtStatus(STATUS_SUCCESS));
    assert_eq!(link.attributes() & FILE_ATTRIBUTE_REPARSE_POINT, FILE_ATTRIBUTE_REPARSE_POINT);
    link.set_basic([0, 0, base, 0], 0).unwrap();
    assert_eq!(link.times()[2], base);
    drop(link);
    volume.refuses("\\link", OPEN, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    volume.refuses("\\link\\below", OPEN, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    let (link, _) = volume.create("\\link", Create { options: FILE_OPEN_REPARSE_POINT, ..OPEN }).unwrap();
    assert_ne!(link.open.file_id(), identity);
    let control = |code, input: &[u8], length| {
        let mut output = vec![0; length];
        let (status, filled) = volume.file_system.fs_control(&link.open, code, input, &mut output);
        output.truncate(filled);
        (status.0, output)
    };
    let expected = [&[0x1D, 0, 0, 0xA0, 14, 0, 0, 0, 2, 0, 0, 0][..], b"some/where"].concat();
    assert_eq!(control(FSCTL_GET_REPARSE_POINT, &[], 100), (STATUS_SUCCESS, expected.clone()));
    assert_eq!(control(FSCTL_GET_REPARSE_POINT, &[], 10), (STATUS_BUFFER_OVERFLOW, expected[..10].to_vec()));
    let stat = link.get(FileStatLxInformation);
    assert_eq!((u32_at(&stat, 60), u64_at(&stat, 48)), (IO_REPARSE_TAG_LX_SYMLINK, 10));
    assert_eq!(u32_at(&stat, 84) & 0o170_000, 0o120_000);
    assert_eq!(u32_at(&link.get(FileAttributeTagInformation), 4), IO_REPARSE_TAG_LX_SYMLINK);
    assert_eq!(control(FSCTL_DELETE_REPARSE_POINT, &[3, 0, 0, 0xA0, 0, 0, 0, 0], 0).0, STATUS_IO_REPARSE_TAG_MISMATCH);
    assert_eq!(control(FSCTL_DELETE_REPARSE_POINT, &[0x1D, 0, 0, 0xA0, 0, 0, 0, 0], 0).0, STATUS_SUCCESS);
    assert_eq!(control(FSCTL_GET_REPARSE_POINT, &[], 100).0, STATUS_NOT_A_REPARSE_POINT);
    link.write(0, b"a file again").unwrap();
    drop(link);
    assert_eq!(volume.content("\\link"), b"a file again");

    let (link, _) = volume.create("\\second", CREATE).unwrap();
    assert_eq!(link.set_symbolic_link("link"), NtStatus(STATUS_SUCCESS));
    link.rename("\\third", false).unwrap();
    link.delete().unwrap();
    drop(link);
    assert_eq!(volume.names("\\", "*"), ["link"]);
}

fn other_reparse_points_are_kept_as_they_are(volume: &Volume) {
    let file = volume.file("\\file", b"content stays");
    let buffer = [&0x9000_001A_u32.to_le_bytes()[..], &[5, 0, 0, 0], b"cloud"].concat();
    let (status, _) = volume.file_system.fs_control(&file.open, FSCTL_SET_REPARSE_POINT, &buffer, &mut []);
    assert_eq!(status, NtStatus(STATUS_SUCCESS));
    let mut output = [0; 100];
    let (status, length) = volume.file_system.fs_control(&file.open, FSCTL_GET_REPARSE_POINT, &[], &mut output);
    assert_eq!((status, &output[..length]), (NtStatus(STATUS_SUCCESS), &buffer[..]));
    assert_eq!(file.content(), b"content stays");
    drop(file);
    volume.refuses("\\file", OPEN, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    let (_, buffer) = volume.open("\\").query_directory(None, 0, FileFullDirectoryInformation, 4096);
    assert_eq!(u32_at(&buffer, 64), 0x9000_001A);
}

fn extended_attributes_are_kept(volume: &Volume) {
    let file = volume.file("\\file", b"");
    let query = |query: &ExtendedAttributeQuery<'_>, length: usize| {
        let mut buffer = vec![0; length];
        let (status, filled) = volume.file_system.query_ea(&file.open, query, &mut buffer);
        buffer.truncate(filled);
        (status.0, buffer)
    };
    let all = ExtendedAttributeQuery { restart: true, ..ExtendedAttributeQuery::default() };
    assert_eq!(query(&all, 100).0, STATUS_NO_EAS_ON_FILE);
    let list = full_attributes(&[("FIRST", b"1")]);
    volume.file_system.set_ea(&file.open, &list).unwrap();
    assert_eq!(query(&all, 100), (STATUS_SUCCESS, list));
    assert_eq!(query(&ExtendedAttributeQuery::default(), 100).0, STATUS_NO_MORE_EAS);
    assert_eq!(query(&all, 5).0, STATUS_BUFFER_TOO_SMALL);
    assert_eq!(u32_at(&file.get(FileEaInformation), 0), 4 + 4 + 5 + 1 + 1);
    let list = full_attributes(&[("first", b"another value"), ("SECOND", b"2")]);
    volume.file_system.set_ea(&file.open, &list).unwrap();
    let (_, both) = query(&all, 100);
    assert!(both.windows(13).any(|window| window == b"another value"));
    assert!(both.windows(6).any(|window| window == b"SECOND"));
    volume.file_system.set_ea(&file.open, &full_attributes(&[("First", b""), ("Second", b"")])).unwrap();
    assert_eq!(query(&all, 100).0, STATUS_NO_EAS_ON_FILE);
    let bad = full_attributes(&[("a*b", b"1")]);
    assert_eq!(failed(volume.file_system.set_ea(&file.open, &bad)), STATUS_INVALID_EA_NAME);
}

fn the_volume_tells_what_it_is(volume: &Volume) {
    let query = |class| {
        let mut buffer = vec![0; 256];
        let (status, filled) = volume.file_system.query_volume_information(class, &mut buffer);
        assert_eq!(status, NtStatus(STATUS_SUCCESS), "class {class}");
        buffer.truncate(filled);
        buffer
    };
    let attributes = query(FileFsAttributeInformation);
    assert_eq!((u32_at(&attributes, 8), &attributes[12..]), (8, &b"N\0T\0F\0S\0"[..]));
    let size = query(FileFsSizeInformation);
    assert_eq!((size.len(), u32_at(&size, 16), u32_at(&size, 20)), (24, 8, 512));
    assert!(u64_at(&size, 0) >= u64_at(&size, 8) && u64_at(&size, 8) > 0);
    assert_eq!(query(FileFsFullSizeInformation).len(), 32);
    assert_eq!(u32_at(&query(FileFsDeviceInformation), 0), FILE_DEVICE_DISK);
    assert_eq!(query(FileFsSectorSizeInformation).len(), 28);
    let label = query(FileFsVolumeInformation);
    assert_eq!(u32_at(&label, 12) as usize, label.len() - 18);
}

fn zeroing_a_range_leaves_the_rest(volume: &Volume) {
    let file = volume.file("\\file", &[1; 10_000]);
    let input = [5000_u64.to_le_bytes(), 9999_u64.to_le_bytes()].concat();
    let (status, _) = volume.file_system.fs_control(&file.open, FSCTL_SET_ZERO_DATA, &input, &mut []);
    assert_eq!(status, NtStatus(STATUS_SUCCESS));
    let content = file.content();
    assert_eq!(content.len(), 10_000);
    assert!(content[..5000].iter().all(|byte| *byte == 1) && content[5000..9999].iter().all(|byte| *byte == 0));
    assert_eq!(content[9999], 1);
}

fn what_many_threads_do_at_once_leaves_no_trace(volume: &Volume) {
    drop(volume.directory("\\folder"));
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            scope.spawn(move || {
                for round in 0..100 {
                    let shared = format!("\\folder\\shared{}", round % 3);
                    let how = Create { disposition: FILE_OPEN_IF, ..CREATE };
                    if let Ok((file, _)) = volume.create(&shared, how) {
                        file.write(u64::from(thread), b"x").unwrap();
                        // Whether it goes now or later, who has it open does not mind.
                        let _ = if round % 2 == 0 { file.delete() } else { file.posix_delete() };
                    }
                    let own = format!("\\folder\\own{thread}");
                    let file = volume.file(&own, b"own");
                    file.rename(&format!("{own}-moved"), false).unwrap();
                    assert_eq!(volume.content(&format!("{own}-moved")), b"own");
                    file.delete().unwrap();
                }
            });
        }
    });
    for shared in 0..3 {
        // The last one to close may have taken a mark back by marking anew; what is left can be opened and deleted.
        if let Ok((file, _)) = volume.create(&format!("\\folder\\shared{shared}"), OPEN) {
            file.delete().unwrap();
        }
    }
    assert_eq!(volume.names("\\folder", "*"), [".", ".."]);
    volume.open("\\folder").delete().unwrap();
}

/// What only a folder of the host can show.
mod on_the_host {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    fn volume() -> (Volume, std::path::PathBuf) {
        let volume = Volume::in_directory();
        let path = volume.folder.as_ref().unwrap().path().to_owned();
        (volume, path)
    }

    #[test]
    fn no_link_leads_out_of_the_folder() {
        let (volume, path) = volume();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        symlink(outside.path(), path.join("out")).unwrap();
        symlink("..", path.join("up")).unwrap();
        symlink("/", path.join("root")).unwrap();
        for name in ["\\out\\secret", "\\up\\x", "\\root\\etc\\passwd"] {
            volume.refuses(name, OPEN, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
            volume.refuses(name, CREATE, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
        }
        let file = volume.file("\\file", b"");
        assert_eq!(failed(file.rename("\\out\\moved", false)), STATUS_IO_REPARSE_TAG_NOT_HANDLED);
        assert_eq!(failed(file.link("\\out\\moved", false)), STATUS_IO_REPARSE_TAG_NOT_HANDLED);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_other_programs_change_shows_at_once() {
        let (volume, path) = volume();
        let file = volume.file("\\file", b"one");
        fs::write(path.join("file"), "two!").unwrap();
        assert_eq!((file.content(), file.size()), (b"two!".to_vec(), 4));
        fs::write(path.join("other"), "other").unwrap();
        assert_eq!(volume.content("\\other"), b"other");
        fs::remove_file(path.join("other")).unwrap();
        volume.refuses("\\other", OPEN, STATUS_OBJECT_NAME_NOT_FOUND);
        // Another file takes the name of one that is open and to be deleted: it stays.
        file.delete().unwrap();
        fs::write(path.join("new"), "new").unwrap();
        fs::rename(path.join("new"), path.join("file")).unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(path.join("file")).unwrap(), "new");
    }

    #[test]
    fn files_on_the_host_are_what_windows_made_of_them() {
        let (volume, path) = volume();
        let base = 130_000_000_012_345_600;
        let file = volume.file("\\folder\u{F03A}", b"content");
        assert_eq!(fs::read_to_string(path.join("folder:")).unwrap(), "content");
        let mode = 0o4751_u32.to_le_bytes();
        volume.file_system.set_ea(&file.open, &full_attributes(&[("$LXMOD", &mode)])).unwrap();
        file.set_basic([0, 0, base, 0], 0).unwrap();
        drop(file);
        let metadata = fs::metadata(path.join("folder:")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o4751);
        assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (1_355_526_401, 234_560_000));

        let link = volume.file("\\link", b"");
        assert_eq!(link.set_symbolic_link("folder:"), NtStatus(STATUS_SUCCESS));
        assert_eq!(fs::read_link(path.join("link")).unwrap(), Path::new("folder:"));
        fs::write(path.join(std::ffi::OsStr::from_bytes(b"bad\xff")), "").unwrap();
        let names: Vec<Vec<u16>> = {
            let mut buffer = vec![0; 4096];
            let query = DirectoryQuery { class: FileNamesInformation, ..DirectoryQuery::default() };
            let root = volume.open("\\");
            let (_, length) = volume.file_system.query_directory(&root.open, &query, &mut buffer);
            let units: Vec<u16> =
                buffer[12..length].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            vec![units[..4].to_vec()]
        };
        assert_eq!(names[0], [0x62, 0x61, 0x64, 0xDCFF]);
        let parameters = CreateParameters {
            name: &[0x5C, 0x62, 0x61, 0x64, 0xDCFF],
            desired_access: READ,
            share_access: ALL,
            disposition: FILE_OPEN,
            ..CreateParameters::default()
        };
        assert!(volume.file_system.create(&parameters).is_ok());
    }

    #[test]
    fn pipes_and_sockets_are_reparse_points_and_nothing_else_is_left_by_making_them() {
        let (volume, path) = volume();
        for (tag, kind) in [(IO_REPARSE_TAG_LX_FIFO, 0o010_000), (IO_REPARSE_TAG_AF_UNIX, 0o140_000)] {
            let file = volume.file("\\node", b"");
            let buffer = [tag.to_le_bytes(), [0; 4]].concat();
            let (status, _) = volume.file_system.fs_control(&file.open, FSCTL_SET_REPARSE_POINT, &buffer, &mut []);
            assert_eq!(status, NtStatus(STATUS_SUCCESS));
            assert_eq!(fs::symlink_metadata(path.join("node")).unwrap().mode() & 0o170_000, kind);
            assert_eq!(failed(file.read(0, 1)), STATUS_INVALID_DEVICE_REQUEST);
            file.delete().unwrap();
        }
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn the_host_file_is_the_very_file() {
        use std::io::Read;
        let (volume, _) = volume();
        let file = volume.file("\\file", b"content");
        let mut content = String::new();
        let mut host = volume.file_system.host_file(&file.open, false).unwrap().unwrap();
        host.read_to_string(&mut content).unwrap();
        assert_eq!(content, "content");
        assert!(volume.file_system.host_file(&volume.open("\\").open, false).unwrap().is_none());
    }
}
