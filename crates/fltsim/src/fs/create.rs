//! Create: opening what is there, making what is not, after [MS-FSA] 2.1.5.1.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fltmgr_sys::{
    DELETE, FILE_ADD_FILE, FILE_ADD_SUBDIRECTORY, FILE_ALL_ACCESS, FILE_APPEND_DATA, FILE_ATTRIBUTE_ARCHIVE,
    FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, FILE_ATTRIBUTE_OFFLINE, FILE_ATTRIBUTE_READONLY,
    FILE_ATTRIBUTE_SYSTEM, FILE_ATTRIBUTE_TEMPORARY, FILE_CREATE, FILE_CREATED, FILE_DELETE_ON_CLOSE,
    FILE_DIRECTORY_FILE, FILE_DOES_NOT_EXIST, FILE_EXISTS, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE,
    FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_BY_FILE_ID, FILE_OPEN_IF, FILE_OPEN_REPARSE_POINT, FILE_OPENED,
    FILE_OVERWRITE, FILE_OVERWRITE_IF, FILE_OVERWRITTEN, FILE_SUPERSEDE, FILE_SUPERSEDED, FILE_WRITE_ATTRIBUTES,
    FILE_WRITE_DATA, FILE_WRITE_EA, GENERIC_ALL, GENERIC_EXECUTE, GENERIC_READ, GENERIC_WRITE, MAXIMUM_ALLOWED,
    STATUS_ACCESS_DENIED, STATUS_CANNOT_DELETE, STATUS_DELETE_PENDING, STATUS_FILE_IS_A_DIRECTORY,
    STATUS_INVALID_PARAMETER, STATUS_IO_REPARSE_TAG_NOT_HANDLED, STATUS_NOT_A_DIRECTORY, STATUS_NOT_IMPLEMENTED,
    STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_OBJECT_PATH_NOT_FOUND,
};
use parking_lot::Mutex;

use super::control_block::{Link, Open, OpenState};
use super::extended_attributes::CreateAttributes;
use super::file_system::reparse_tag;
use super::name::{self, CheckedPath};
use super::resolve::Location;
use super::store::{Metadata, MetadataChange, NewNode, Node, NodeKind};
use super::{FileSystem, Result, fail};

/// The attributes that can be set on a file.
pub(super) const SETTABLE_ATTRIBUTES: u32 = FILE_ATTRIBUTE_READONLY
    | FILE_ATTRIBUTE_HIDDEN
    | FILE_ATTRIBUTE_SYSTEM
    | FILE_ATTRIBUTE_ARCHIVE
    | FILE_ATTRIBUTE_TEMPORARY
    | FILE_ATTRIBUTE_OFFLINE
    | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

/// What a create asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct CreateParameters<'a> {
    /// The path, relative to the volume and starting with a backslash.
    pub name: &'a [u16],
    /// `ACCESS_MASK`.
    pub desired_access: u32,
    /// `FILE_SUPERSEDE` to `FILE_OVERWRITE_IF`.
    pub disposition: u32,
    /// `FILE_DIRECTORY_FILE` and so on.
    pub options: u32,
    /// `FILE_SHARE_*`.
    pub share_access: u32,
    /// `FILE_ATTRIBUTE_*` of a file that is made or overwritten.
    pub file_attributes: u32,
    /// How many bytes to reserve for a file that is made or overwritten.
    pub allocation_size: u64,
    /// Whether names are compared with their case: the create came without `OBJ_CASE_INSENSITIVE`.
    pub case_sensitive: bool,
    /// `SL_OPEN_TARGET_DIRECTORY`: the directory that holds the name is opened, as before a rename onto it.
    pub open_target_directory: bool,
    /// A list of `FILE_FULL_EA_INFORMATION` for a file that is made or overwritten.
    pub extended_attributes: &'a [u8],
}

/// A create whose parameters make sense.
struct Request<'a> {
    given: &'a CreateParameters<'a>,
    access: u32,
    attributes: CreateAttributes,
}

impl Request<'_> {
    fn has(&self, option: u32) -> bool {
        self.given.options & option != 0
    }

    fn overwrites(&self) -> bool {
        matches!(self.given.disposition, FILE_SUPERSEDE | FILE_OVERWRITE | FILE_OVERWRITE_IF)
    }

    /// What existing opens must share besides the access asked for, because overwriting is writing.
    fn implied_access(&self) -> u32 {
        match self.given.disposition {
            FILE_SUPERSEDE => DELETE,
            FILE_OVERWRITE | FILE_OVERWRITE_IF => FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES,
            _ => 0,
        }
    }
}

/// Resolves generic rights; everybody is granted all there is.
fn granted(desired_access: u32) -> u32 {
    let mut access = desired_access & !(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL | MAXIMUM_ALLOWED);
    for (generic, specific) in [
        (GENERIC_READ, FILE_GENERIC_READ),
        (GENERIC_WRITE, FILE_GENERIC_WRITE),
        (GENERIC_EXECUTE, FILE_GENERIC_EXECUTE),
        (GENERIC_ALL | MAXIMUM_ALLOWED, FILE_ALL_ACCESS),
    ] {
        if desired_access & generic != 0 {
            access |= specific;
        }
    }
    access
}

impl FileSystem {
    /// Opens or makes a file or directory. Gives it with what was done: `FILE_OPENED`, `FILE_CREATED`,
    /// `FILE_OVERWRITTEN` or `FILE_SUPERSEDED`; for a target directory, `FILE_EXISTS` or `FILE_DOES_NOT_EXIST`.
    ///
    /// The parameters are those of `NtCreateFile`. What a reparse point asks for is not followed: without
    /// `FILE_OPEN_REPARSE_POINT` it fails with `STATUS_IO_REPARSE_TAG_NOT_HANDLED`. An empty name opens the volume
    /// itself, which has no content here. Opening by file id is not there.
    ///
    /// # Errors
    /// The statuses that [MS-FSA] 2.1.5.1 lists.
    pub fn create(&self, parameters: &CreateParameters<'_>) -> Result<(Arc<Open>, usize)> {
        let request = check(parameters)?;
        if parameters.name.is_empty() {
            return self.open_volume(&request);
        }
        let path = name::check(parameters.name)?;
        if parameters.open_target_directory {
            return self.open_target_directory(&request, &path.path);
        }
        let may_make = !matches!(parameters.disposition, FILE_OPEN | FILE_OVERWRITE);
        if !may_make {
            let _namespace = self.namespace.read();
            return match self.locate(&path.path, parameters.case_sensitive)? {
                Location::Found { path: found, node } => self.open_existing(&request, &path, found, node),
                Location::Missing { .. } => fail(STATUS_OBJECT_NAME_NOT_FOUND),
            };
        }
        let _namespace = self.namespace.write();
        match self.locate(&path.path, parameters.case_sensitive)? {
            Location::Found { path: found, node } => self.open_existing(&request, &path, found, node),
            Location::Missing { path: new } => self.make(&request, &path, self.tunneled(new)),
        }
    }

    fn open_existing(
        &self,
        request: &Request<'_>,
        asked: &CheckedPath,
        path: Vec<u16>,
        node: Arc<dyn Node>,
    ) -> Result<(Arc<Open>, usize)> {
        let stream = self.tables.stream(node);
        let is_root = name::is_root(&path);
        let link = self.tables.link(path, &stream);
        if link.state.lock().delete_pending {
            return fail(STATUS_DELETE_PENDING);
        }
        if request.given.disposition == FILE_CREATE {
            return fail(STATUS_OBJECT_NAME_COLLISION);
        }
        let metadata = stream.node().metadata()?;
        check_type(request, asked, &metadata)?;
        if request.has(FILE_DELETE_ON_CLOSE) && is_root {
            return fail(STATUS_CANNOT_DELETE);
        }
        check_attributes(request, &metadata)?;
        {
            let mut state = stream.state.lock();
            state.share.check(request.access | request.implied_access(), request.given.share_access)?;
            state.share.add(request.access, request.given.share_access);
            state.handles += 1;
            link.state.lock().handles += 1;
        }
        let open = self.opened(request, link);
        if !request.overwrites() {
            return Ok((open, FILE_OPENED as usize));
        }
        match overwrite(request, &open, &metadata) {
            Ok(information) => Ok((open, information)),
            Err(error) => {
                Self::release(&open);
                Err(error)
            }
        }
    }

    /// Opens the volume itself, for which the root directory stands.
    fn open_volume(&self, request: &Request<'_>) -> Result<(Arc<Open>, usize)> {
        if request.has(FILE_DIRECTORY_FILE) {
            return fail(STATUS_NOT_A_DIRECTORY);
        }
        if request.given.disposition != FILE_OPEN && request.given.disposition != FILE_OPEN_IF {
            return fail(STATUS_ACCESS_DENIED);
        }
        let root = vec![name::SEPARATOR];
        let _namespace = self.namespace.read();
        let node = self.store.open(&root)?;
        // What the options say is about files.
        let given = CreateParameters { options: 0, disposition: FILE_OPEN, ..*request.given };
        let request = Request { given: &given, access: request.access, attributes: CreateAttributes::default() };
        let asked = CheckedPath { path: root.clone(), trailing_separator: false };
        self.open_existing(&request, &asked, root, node)
    }

    fn make(&self, request: &Request<'_>, asked: &CheckedPath, path: Vec<u16>) -> Result<(Arc<Open>, usize)> {
        let given = request.given;
        let directory = request.has(FILE_DIRECTORY_FILE);
        if asked.trailing_separator && !directory {
            return fail(STATUS_OBJECT_NAME_INVALID);
        }
        if request.has(FILE_DELETE_ON_CLOSE) && given.file_attributes & FILE_ATTRIBUTE_READONLY != 0 {
            return fail(STATUS_CANNOT_DELETE);
        }
        if let Some((parent, _)) = name::split_last(&path) {
            let parent = self.tables.open_link(parent);
            if parent.is_some_and(|parent| parent.state.lock().delete_pending) {
                return fail(STATUS_DELETE_PENDING);
            }
        }
        let new = if directory { NewNode::Directory } else { NewNode::File };
        let node = self.store.create(&path, new, request.attributes.mode())?;
        let finish = || {
            let attributes = given.file_attributes & SETTABLE_ATTRIBUTES;
            // A file that was just made has the archive attribute and nothing else.
            let attributes =
                if directory { attributes & !FILE_ATTRIBUTE_ARCHIVE } else { attributes | FILE_ATTRIBUTE_ARCHIVE };
            if attributes & !FILE_ATTRIBUTE_ARCHIVE != 0 {
                node.set_metadata(&MetadataChange { attributes: Some(attributes), ..MetadataChange::default() })?;
            }
            request.attributes.apply(&*node, false)?;
            if given.allocation_size != 0 && !directory {
                node.reserve(given.allocation_size)?;
            }
            Ok(())
        };
        if let Err(error) = finish() {
            // The create fails as a whole; that the half-made file cannot be taken away again would be a second error.
            let _ = self.store.remove(&path, directory);
            return Err(error);
        }
        let stream = self.tables.stream(node);
        let link = self.tables.link(path, &stream);
        {
            let mut state = stream.state.lock();
            state.share.add(request.access, given.share_access);
            state.handles += 1;
            link.state.lock().handles += 1;
        }
        Ok((self.opened(request, link), FILE_CREATED as usize))
    }

    fn opened(&self, request: &Request<'_>, link: Arc<Link>) -> Arc<Open> {
        Arc::new(Open {
            number: self.tables.next_number(),
            link,
            granted_access: request.access,
            share_access: request.given.share_access,
            options: request.given.options,
            case_sensitive: request.given.case_sensitive,
            is_volume: request.given.name.is_empty(),
            is_cleaned_up: AtomicBool::new(false),
            is_modified: AtomicBool::new(false),
            state: Mutex::new(OpenState {
                delete_on_close: request.has(FILE_DELETE_ON_CLOSE),
                mode: super::information::mode(request.given.options),
                ..OpenState::default()
            }),
            scan: Mutex::new(None),
        })
    }

    /// Opens the directory that holds a name, and says whether the name is taken.
    fn open_target_directory(&self, request: &Request<'_>, path: &[u16]) -> Result<(Arc<Open>, usize)> {
        let Some((parent, _)) = name::split_last(path) else {
            return fail(STATUS_INVALID_PARAMETER);
        };
        let _namespace = self.namespace.read();
        let information = match self.locate(path, request.given.case_sensitive)? {
            Location::Found { .. } => FILE_EXISTS,
            Location::Missing { .. } => FILE_DOES_NOT_EXIST,
        };
        let Location::Found { path: parent, node } = self.locate(parent, request.given.case_sensitive)? else {
            return fail(STATUS_OBJECT_PATH_NOT_FOUND);
        };
        // What the options say is about the target, not about the directory.
        let given = CreateParameters { options: 0, disposition: FILE_OPEN, ..*request.given };
        let request = Request { given: &given, access: request.access, attributes: CreateAttributes::default() };
        let asked = CheckedPath { path: parent.clone(), trailing_separator: false };
        let (open, _) = self.open_existing(&request, &asked, parent, node)?;
        Ok((open, information as usize))
    }
}

/// Empties a file that was just opened.
fn overwrite(request: &Request<'_>, open: &Open, metadata: &Metadata) -> Result<usize> {
    let node = open.node();
    let _io = open.stream().io.write();
    let supersedes = request.given.disposition == FILE_SUPERSEDE;
    node.set_size(0)?;
    open.stream().state.lock().set_write_time = None;
    for (name, _) in node.extended_attributes()? {
        node.set_extended_attribute(&name, None)?;
    }
    let asked = request.given.file_attributes & SETTABLE_ATTRIBUTES | FILE_ATTRIBUTE_ARCHIVE;
    let attributes = if supersedes { asked } else { asked | metadata.attributes };
    if attributes != metadata.attributes {
        node.set_metadata(&MetadataChange { attributes: Some(attributes), ..MetadataChange::default() })?;
    }
    request.attributes.apply(&*node, true)?;
    if request.given.allocation_size != 0 {
        node.reserve(request.given.allocation_size)?;
    }
    Ok(if supersedes { FILE_SUPERSEDED } else { FILE_OVERWRITTEN } as usize)
}

/// What the I/O manager and the file system refuse before anything is looked up.
fn check<'a>(given: &'a CreateParameters<'a>) -> Result<Request<'a>> {
    let CreateParameters { options, disposition, file_attributes, .. } = *given;
    let access = granted(given.desired_access);
    let directory = options & FILE_DIRECTORY_FILE != 0;
    let temporary = disposition != FILE_OPEN && file_attributes & FILE_ATTRIBUTE_TEMPORARY != 0;
    let no_directory = options & FILE_NON_DIRECTORY_FILE != 0
        || !matches!(disposition, FILE_CREATE | FILE_OPEN | FILE_OPEN_IF)
        || temporary;
    let contradicts = directory && no_directory
        || options & FILE_DELETE_ON_CLOSE != 0 && access & DELETE == 0
        || disposition > FILE_OVERWRITE_IF
        || i64::try_from(given.allocation_size).is_err();
    if contradicts {
        return fail(STATUS_INVALID_PARAMETER);
    }
    if options & FILE_OPEN_BY_FILE_ID != 0 {
        return fail(STATUS_NOT_IMPLEMENTED);
    }
    Ok(Request { given, access, attributes: CreateAttributes::parse(given.extended_attributes)? })
}

fn check_type(request: &Request<'_>, asked: &CheckedPath, metadata: &Metadata) -> Result<()> {
    if metadata.kind == NodeKind::Directory {
        if request.has(FILE_NON_DIRECTORY_FILE) {
            return fail(STATUS_FILE_IS_A_DIRECTORY);
        }
        if request.overwrites() {
            return fail(STATUS_OBJECT_NAME_COLLISION);
        }
    } else if request.has(FILE_DIRECTORY_FILE) {
        return fail(STATUS_NOT_A_DIRECTORY);
    } else if asked.trailing_separator {
        return fail(STATUS_OBJECT_NAME_INVALID);
    }
    if reparse_tag(metadata) != 0 && !request.has(FILE_OPEN_REPARSE_POINT) {
        return fail(STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    }
    Ok(())
}

fn check_attributes(request: &Request<'_>, metadata: &Metadata) -> Result<()> {
    let given = request.given;
    if metadata.kind != NodeKind::Directory && metadata.attributes & FILE_ATTRIBUTE_READONLY != 0 {
        if request.has(FILE_DELETE_ON_CLOSE) {
            return fail(STATUS_CANNOT_DELETE);
        }
        let writes = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY;
        // Who asked for all that is allowed gets it, and this is not.
        let explicit = given.desired_access & MAXIMUM_ALLOWED == 0;
        if request.overwrites() || explicit && request.access & writes != 0 {
            return fail(STATUS_ACCESS_DENIED);
        }
    }
    let kept = (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM) & metadata.attributes;
    if request.overwrites() && kept & !given.file_attributes != 0 {
        return fail(STATUS_ACCESS_DENIED);
    }
    Ok(())
}
