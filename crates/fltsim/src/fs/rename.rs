//! Renames and hard links, after [MS-FSA] 2.1.5.15.11 and 2.1.5.15.6.

use std::sync::Arc;

use fltmgr_sys::{
    FILE_ATTRIBUTE_READONLY, FILE_RENAME_IGNORE_READONLY_ATTRIBUTE, FILE_RENAME_POSIX_SEMANTICS,
    FILE_RENAME_REPLACE_IF_EXISTS, STATUS_ACCESS_DENIED, STATUS_DELETE_PENDING, STATUS_DIRECTORY_NOT_EMPTY,
    STATUS_FILE_IS_A_DIRECTORY, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID,
};

use super::control_block::{Link, Open};
use super::resolve::Location;
use super::store::{Node, NodeKind};
use super::structure::Input;
use super::{FileSystem, Result, fail, name};

/// The offsets in `FILE_RENAME_INFORMATION` and `FILE_LINK_INFORMATION`, which are alike.
const ROOT_DIRECTORY: usize = 8;
const FILE_NAME_LENGTH: usize = 16;
const FILE_NAME: usize = 20;

/// Where to, and what may give way.
struct Target {
    path: Vec<u16>,
    replace: bool,
    posix: bool,
    ignore_read_only: bool,
}

impl Target {
    fn parse(input: Input<'_>, extended: bool) -> Result<Self> {
        // The flags of links have the same values as those of renames.
        let flags = if extended { input.u32(0)? } else { u32::from(input.flag(0)?) * FILE_RENAME_REPLACE_IF_EXISTS };
        let length = input.u32(FILE_NAME_LENGTH)? as usize;
        if length == 0 || input.i64(ROOT_DIRECTORY)? != 0 {
            return fail(STATUS_INVALID_PARAMETER);
        }
        let checked = name::check(&input.name(FILE_NAME, length)?)?;
        if name::is_root(&checked.path) {
            return fail(STATUS_OBJECT_NAME_INVALID);
        }
        Ok(Self {
            path: checked.path,
            replace: flags & FILE_RENAME_REPLACE_IF_EXISTS != 0,
            posix: flags & FILE_RENAME_POSIX_SEMANTICS != 0,
            ignore_read_only: flags & FILE_RENAME_IGNORE_READONLY_ATTRIBUTE != 0,
        })
    }
}

impl FileSystem {
    /// Renames what is open.
    pub(super) fn rename(&self, open: &Open, input: Input<'_>, extended: bool) -> Result<()> {
        let target = Target::parse(input, extended)?;
        let _namespace = self.namespace.write();
        let from = self.movable(open)?;
        if open.is_directory() && !target.posix {
            let is_open = |link: &Arc<Link>| link.state.lock().handles > 0;
            if self.tables.links_below(&from).iter().any(is_open) {
                return fail(STATUS_ACCESS_DENIED);
            }
        }
        let to = match self.locate(&target.path, open.case_sensitive)? {
            Location::Missing { path } => self.tunneled(path),
            Location::Found { path, node } if path == from => {
                // The name itself, perhaps with other case.
                drop(node);
                let Some((parent, _)) = name::split_last(&from) else {
                    return fail(STATUS_INVALID_PARAMETER);
                };
                let (_, spelled) = name::split_last(&target.path).unwrap_or_default();
                name::joined(parent, spelled)
            }
            Location::Found { path, node } => {
                if node.id() == open.node().id() {
                    return self.rename_onto_own_link(open, &from, &path, &target);
                }
                self.make_way(&path, &*node, &target, open.is_directory())?;
                path
            }
        };
        if to == from {
            return Ok(());
        }
        if name::is_below(&to, &from) {
            return fail(STATUS_INVALID_PARAMETER);
        }
        self.check_parent(&to)?;
        // With the namespace locked nothing of ours is in the way any more but what may be replaced.
        self.store.rename(&from, &to, target.replace)?;
        self.name_is_gone(&from);
        if let Some(replaced) = self.tables.open_link(&to) {
            self.tables.remove_link(&replaced);
        }
        for link in self.tables.links_below(&from) {
            let path = [&to[..], &link.path()[from.len()..]].concat();
            self.tables.move_link(&link, path);
        }
        self.tables.move_link(&open.link, to);
        Ok(())
    }

    /// A second name of the file gives way to the first, which the host's rename would not do.
    fn rename_onto_own_link(&self, open: &Open, from: &[u16], to: &[u16], target: &Target) -> Result<()> {
        if !target.replace {
            return fail(STATUS_OBJECT_NAME_COLLISION);
        }
        let second = self.tables.open_link(to);
        if let Some(second) = &second {
            let is_open = second.state.lock().handles > 0;
            if is_open && !target.posix {
                return fail(STATUS_ACCESS_DENIED);
            }
        }
        self.store.remove(from, false)?;
        if let Some(second) = second {
            self.tables.remove_link(&second);
        }
        self.tables.move_link(&open.link, to.to_vec());
        Ok(())
    }

    /// Gives what is open a second name.
    pub(super) fn link(&self, open: &Open, input: Input<'_>, extended: bool) -> Result<()> {
        let target = Target::parse(input, extended)?;
        if open.is_directory() {
            return fail(STATUS_FILE_IS_A_DIRECTORY);
        }
        let _namespace = self.namespace.write();
        let from = self.movable(open)?;
        let to = match self.locate(&target.path, open.case_sensitive)? {
            Location::Missing { path } => self.tunneled(path),
            Location::Found { path, node } => {
                if node.id() == open.node().id() {
                    return if target.replace { Ok(()) } else { fail(STATUS_OBJECT_NAME_COLLISION) };
                }
                self.make_way(&path, &*node, &target, false)?;
                self.store.remove(&path, false)?;
                if let Some(replaced) = self.tables.open_link(&path) {
                    self.tables.remove_link(&replaced);
                }
                path
            }
        };
        self.check_parent(&to)?;
        self.store.link(&from, &to)
    }

    /// The path of what is open, if it can be renamed or linked.
    fn movable(&self, open: &Open) -> Result<Vec<u16>> {
        let link = open.link.state.lock();
        if link.delete_pending || link.removed {
            return fail(STATUS_ACCESS_DENIED);
        }
        let path = link.path.clone();
        drop(link);
        if name::is_root(&path) {
            return fail(STATUS_INVALID_PARAMETER);
        }
        // Another program may have moved it or put something else there: that must not be renamed in its stead.
        let found = self.store.open(&path)?;
        if found.id() != open.node().id() {
            return fail(fltmgr_sys::STATUS_OBJECT_NAME_NOT_FOUND);
        }
        Ok(path)
    }

    /// A directory that is to be deleted takes no entries.
    fn check_parent(&self, path: &[u16]) -> Result<()> {
        let parent = name::split_last(path).and_then(|(parent, _)| self.tables.open_link(parent));
        match parent {
            Some(parent) if parent.state.lock().delete_pending => fail(STATUS_DELETE_PENDING),
            _ => Ok(()),
        }
    }

    /// Whether what bears the new name already may be replaced.
    fn make_way(&self, path: &[u16], node: &dyn Node, target: &Target, by_directory: bool) -> Result<()> {
        if !target.replace {
            return fail(STATUS_OBJECT_NAME_COLLISION);
        }
        if let Some(link) = self.tables.open_link(path)
            && link.state.lock().delete_pending
        {
            return fail(if target.posix { STATUS_DELETE_PENDING } else { STATUS_ACCESS_DENIED });
        }
        let metadata = node.metadata()?;
        if metadata.attributes & FILE_ATTRIBUTE_READONLY != 0 && !target.ignore_read_only {
            return fail(STATUS_ACCESS_DENIED);
        }
        let is_directory = node.kind() == NodeKind::Directory;
        if is_directory && !(target.posix && by_directory) || by_directory && !is_directory {
            return fail(STATUS_ACCESS_DENIED);
        }
        if is_directory && !node.is_empty()? {
            return fail(STATUS_DIRECTORY_NOT_EMPTY);
        }
        let stream = self.tables.open_stream(node.id());
        if !target.posix && stream.is_some_and(|stream| stream.state.lock().handles > 0) {
            return fail(STATUS_ACCESS_DENIED);
        }
        Ok(())
    }
}
