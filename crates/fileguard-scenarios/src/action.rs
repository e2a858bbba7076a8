//! What a program does to files in one step, and what that leaves.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::tree::{Tree, excerpt};
use crate::{Guard, programs};

/// Something that a program does. Paths are below the scenario's folder, with `/`.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// Makes a file that was not there.
    Create(&'static str, &'static [u8]),
    /// Empties a file, or makes it, and writes this.
    Overwrite(&'static str, &'static [u8]),
    /// Writes over a part of a file, from this offset.
    WriteAt(&'static str, u64, &'static [u8]),
    /// Adds to the end of a file.
    Append(&'static str, &'static [u8]),
    /// Sets the length of a file, which is more than that.
    Shorten(&'static str, u64),
    /// Reads a file, which holds what it should.
    Read(&'static str),
    /// Deletes a file.
    Delete(&'static str),
    /// Makes a folder.
    MakeFolder(&'static str),
    /// Removes an empty folder.
    RemoveFolder(&'static str),
    /// Lists a folder, in which lies what should.
    List(&'static str),
    /// Gives a file or folder another path; a file may take the place of another.
    Rename(&'static str, &'static str),
    /// Gives a file one more path.
    Link(&'static str, &'static str),
    /// Copies a file as the system's own copying does.
    Copy(&'static str, &'static str),
    /// Makes a copy of a program that only ends.
    CopyProgram(&'static str),
    /// Runs such a copy.
    Execute(&'static str),
    /// Changes a file through a shared mapping, and reads it.
    Map(&'static str),
    /// Appends to a new file from several threads, each through a handle of its own.
    AppendFromThreads(&'static str),
    /// Anything else, which leaves the folder as it was: the path that it is about, what it is in words, and how it is
    /// done.
    Other(&'static str, &'static str, fn(&Scene<'_>) -> anyhow::Result<()>),
}

/// Where a scenario runs.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The scenario's folder.
    pub folder: &'a Path,
    /// The same folder as policies name it.
    pub pattern: &'a str,
    /// The driver, if it is there.
    pub guard: Option<&'a Guard>,
}

/// How an action ended.
#[derive(Debug)]
pub enum Ending {
    /// It went through.
    Done,
    /// It was refused, with access denied.
    Refused,
    /// It failed in a way that is no refusal, in words.
    Failed(String),
}

impl From<anyhow::Result<()>> for Ending {
    fn from(result: anyhow::Result<()>) -> Self {
        let Err(error) = result else { return Self::Done };
        let refused = error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .any(|cause| cause.kind() == io::ErrorKind::PermissionDenied);
        if refused { Self::Refused } else { Self::Failed(format!("{error:#}")) }
    }
}

/// A program that does nothing but end with success when it is given `--list`.
fn harmless_program() -> anyhow::Result<PathBuf> {
    if cfg!(windows) { Ok(std::env::current_exe()?) } else { Ok(PathBuf::from("/bin/true")) }
}

impl Action {
    /// The path that it is about, and the second one of a rename or a link.
    pub fn paths(&self) -> (&'static str, Option<&'static str>) {
        match *self {
            Self::Rename(from, to) | Self::Link(from, to) => (from, Some(to)),
            Self::Create(path, _)
            | Self::Overwrite(path, _)
            | Self::WriteAt(path, ..)
            | Self::Append(path, _)
            | Self::Shorten(path, _)
            | Self::Read(path)
            | Self::Delete(path)
            | Self::MakeFolder(path)
            | Self::RemoveFolder(path)
            | Self::List(path)
            | Self::Copy(_, path)
            | Self::CopyProgram(path)
            | Self::Execute(path)
            | Self::Map(path)
            | Self::AppendFromThreads(path)
            | Self::Other(path, ..) => (path, None),
        }
    }

    /// Does it. `tree` is what the folder holds before.
    pub fn perform(&self, scene: &Scene<'_>, tree: &Tree) -> Ending {
        self.try_perform(scene, tree).into()
    }

    fn try_perform(&self, scene: &Scene<'_>, tree: &Tree) -> anyhow::Result<()> {
        let at = |path: &str| scene.folder.join(path);
        match *self {
            Self::Create(path, content) => File::create_new(at(path))?.write_all(content)?,
            Self::Overwrite(path, content) => fs::write(at(path), content)?,
            Self::WriteAt(path, offset, content) => {
                let mut file = OpenOptions::new().write(true).open(at(path))?;
                file.seek(SeekFrom::Start(offset))?;
                file.write_all(content)?;
            }
            Self::Append(path, content) => OpenOptions::new().append(true).open(at(path))?.write_all(content)?,
            Self::Shorten(path, length) => OpenOptions::new().write(true).open(at(path))?.set_len(length)?,
            Self::Read(path) => {
                let content = fs::read(at(path))?;
                let wanted = tree.content(path).with_context(|| format!("{path} should not be there"))?;
                ensure!(content == wanted, "what was read is {}, not {}", excerpt(&content), excerpt(wanted));
            }
            Self::Delete(path) => fs::remove_file(at(path))?,
            Self::MakeFolder(path) => fs::create_dir(at(path))?,
            Self::RemoveFolder(path) => fs::remove_dir(at(path))?,
            Self::List(path) => {
                let entries = fs::read_dir(at(path))?
                    .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect::<io::Result<_>>()?;
                let wanted = tree.entries(path);
                ensure!(wanted == entries, "the folder lists {entries:?}, not {wanted:?}");
            }
            Self::Rename(from, to) => fs::rename(at(from), at(to))?,
            Self::Link(from, to) => fs::hard_link(at(from), at(to))?,
            Self::Copy(from, to) => drop(fs::copy(at(from), at(to))?),
            Self::CopyProgram(path) => drop(fs::copy(harmless_program()?, at(path))?),
            Self::Execute(path) => {
                let status = Command::new(at(path)).arg("--list").stdout(Stdio::null()).status()?;
                if !status.success() {
                    bail!("the program ended with {status}");
                }
            }
            Self::Map(path) => programs::map(&at(path))?,
            Self::AppendFromThreads(path) => programs::append(&at(path))?,
            Self::Other(_, _, run) => run(scene)?,
        }
        Ok(())
    }

    /// What it leaves in the folder when it goes through.
    ///
    /// # Errors
    ///
    /// It could not go through: the scenario itself is wrong.
    pub fn apply(&self, scene: &Scene<'_>, tree: &mut Tree) -> anyhow::Result<()> {
        let held = |tree: &Tree, path: &str| {
            tree.content(path)
                .map(<[u8]>::to_vec)
                .with_context(|| format!("the scenario is wrong: {path} is not there"))
        };
        match *self {
            Self::Create(path, content) | Self::Overwrite(path, content) => tree.put(path, content),
            Self::WriteAt(path, offset, content) => {
                let mut held = held(tree, path)?;
                let part = usize::try_from(offset).ok().and_then(|start| held.get_mut(start..start + content.len()));
                part.context("the scenario is wrong: it writes behind the end of the file")?.copy_from_slice(content);
                tree.put(path, &held);
            }
            Self::Append(path, content) => tree.put(path, &[held(tree, path)?.as_slice(), content].concat()),
            Self::Shorten(path, length) => {
                let mut held = held(tree, path)?;
                held.truncate(usize::try_from(length)?);
                tree.put(path, &held);
            }
            Self::Delete(path) | Self::RemoveFolder(path) => tree.remove(path),
            Self::MakeFolder(path) => tree.add_folder(path),
            Self::Rename(from, to) => tree.rename(from, to),
            Self::Link(from, to) => tree.link(from, to),
            Self::Copy(from, to) => tree.put(to, &held(tree, from)?),
            Self::CopyProgram(path) => tree.put(path, &fs::read(harmless_program()?)?),
            Self::Map(path) => tree.put(path, programs::MAPPED),
            // In which order the lines came is for the threads to say; that none is missing was seen when they ended.
            Self::AppendFromThreads(path) => tree.put(path, &fs::read(scene.folder.join(path))?),
            Self::Read(_) | Self::List(_) | Self::Execute(_) | Self::Other(..) => {}
        }
        Ok(())
    }
}
