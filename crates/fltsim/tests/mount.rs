//! A mounted volume behaves as a folder of Linux does, for real programs, with and without filters.
//!
//! Every test runs twice: with no filter, where the kernel's page cache serves reads, and with one that has registered
//! for reads and writes, where all of them pass it.
#![expect(unsafe_code, reason = "the tests are drivers, or load them")]

mod pass_through;

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use fltsim::fs::DirectoryStore;
use fltsim::io::{Volume, VolumeConfig};
use fltsim::machine::Machine;
use fltsim::mount::{Mount, MountError};

/// A folder, a machine with a volume on it, and the mount of that.
struct Fixture {
    mount: Option<Mount>,
    machine: Arc<Machine>,
    volume: Arc<Volume>,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(filtered: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        fs::create_dir(folder.path().join("mount")).unwrap();
        let machine = Machine::new();
        if filtered {
            machine.load(&pass_through::request()).unwrap();
        }
        let store = DirectoryStore::new(&folder.path().join("root")).unwrap();
        let volume =
            machine.add_volume(VolumeConfig { name: "test".into(), store: Box::new(store), device_name: None });
        assert_eq!(volume.is_filtered(3), filtered, "the filter attaches by itself");
        let mut fixture = Self { mount: None, machine, volume, folder };
        fixture.mount =
            Some(Mount::start(fixture.machine.clone(), fixture.volume.clone(), &fixture.mountpoint()).unwrap());
        fixture
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn mountpoint(&self) -> PathBuf {
        self.folder.path().join("mount")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(self.mount.take());
        self.machine.shutdown();
    }
}

/// Whether mounting is possible here; says so where not.
fn can_mount() -> bool {
    match OpenOptions::new().read(true).write(true).open("/dev/fuse") {
        Ok(_) => true,
        Err(error) => {
            eprintln!("SKIPPED: /dev/fuse cannot be opened here ({error}), so nothing can be mounted");
            false
        }
    }
}

/// Runs the test on a mount without filters and on one with.
fn on_mounts(test: impl Fn(&Fixture, &Path)) {
    if !can_mount() {
        return;
    }
    for filtered in [false, true] {
        eprintln!("with a filter: {filtered}");
        let fixture = Fixture::new(filtered);
        test(&fixture, &fixture.mountpoint());
    }
}

/// Runs a program in `directory`; it must succeed. Returns what it printed.
fn run(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(directory).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{shown}{errors}", output.status);
    shown
}

/// Runs the function of this file named `part` in a process of its own, so that it uses the mount as any program does.
fn run_part(directory: &Path, part: &str) {
    let program = std::env::current_exe().unwrap();
    run(directory, program.to_str().unwrap(), &["--exact", part, "--ignored", "--nocapture", "--test-threads=1"]);
}

/// Whether this process is one that `run_part` started.
fn is_part() -> bool {
    std::env::current_dir().is_ok_and(|directory| directory.ends_with("mount"))
}

/// A hundred files in each of so many directories, with modes, times, symbolic and hard links.
fn make_tree(root: &Path, directories: u32) {
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(416_667);
    for directory in 0..directories {
        let path = root.join(format!("d{}", directory % 10)).join(format!("e{directory}"));
        fs::create_dir_all(&path).unwrap();
        for number in 0..100_u32 {
            let file = path.join(format!("f{number}"));
            let content = format!("{directory} {number}\n").repeat(usize::try_from(number * 20).unwrap());
            fs::write(&file, content).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(0o400 | (number % 64) << 1)).unwrap();
            let time = start + Duration::new(u64::from(directory * 1000 + number), number * 100);
            let times = FileTimes::new().set_modified(time).set_accessed(time);
            File::open(&file).unwrap().set_times(times).unwrap();
        }
        symlink(format!("../e{directory}/f1"), path.join("link")).unwrap();
        fs::hard_link(path.join("f2"), path.join("twin")).unwrap();
    }
    let odd = root.join("grüße €: *?\"<>|\\");
    fs::write(&odd, "a name that Windows does not allow").unwrap();
    File::open(odd).unwrap().set_times(FileTimes::new().set_modified(start)).unwrap();
}

/// What `find` knows of every file below a folder. The times of symbolic links are left out: `make_tree` leaves them as
/// they come, finer than the 100 ns of Windows.
fn inventory(root: &Path) -> BTreeSet<String> {
    let of = |kind: &[&str], format| {
        let arguments = [&[".", "-mindepth", "1"], kind, &["-printf", format]].concat();
        run(root, "find", &arguments)
    };
    let shown = of(&["-type", "f"], "%P %m %U:%G %n %s %T@\n")
        + &of(&["-type", "d"], "%P/ %m %U:%G\n")
        + &of(&["-type", "l"], "%P %U:%G %l\n");
    shown.lines().map(str::to_owned).collect()
}

/// Compares two inventories and shows a few of the differences.
fn assert_same(actual: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let differences: Vec<&String> = actual.symmetric_difference(expected).take(10).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn a_copied_tree_of_ten_thousand_files_is_the_tree() {
    let source = tempfile::tempdir().unwrap();
    make_tree(source.path(), 100);
    on_mounts(|fixture, mount| {
        run(mount, "cp", &["-a", source.path().to_str().unwrap(), "copy"]);
        run(mount, "diff", &["-r", source.path().to_str().unwrap(), "copy"]);
        let expected = inventory(source.path());
        assert!(expected.len() > 10_000);
        assert_same(&inventory(&mount.join("copy")), &expected);
        assert_same(&inventory(&fixture.root().join("copy")), &expected);
        run(mount, "rm", &["-r", "copy"]);
        assert_eq!(fs::read_dir(fixture.root()).unwrap().count(), 0);
    });
}

#[test]
fn tar_packs_and_unpacks() {
    on_mounts(|_, mount| {
        make_tree(&mount.join("tree"), 10);
        run(mount, "tar", &["--format=posix", "-cf", "tree.tar", "tree"]);
        fs::create_dir(mount.join("again")).unwrap();
        run(mount, "tar", &["xpf", "tree.tar", "-C", "again"]);
        run(mount, "diff", &["-r", "tree", "again/tree"]);
        assert_same(&inventory(&mount.join("again/tree")), &inventory(&mount.join("tree")));
    });
}

#[test]
fn git_commits_checks_out_and_finds_its_repository_sound() {
    on_mounts(|_, mount| {
        let git = |arguments: &[&str]| {
            let identity =
                ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
            run(mount, "git", &[&identity, arguments].concat())
        };
        git(&["init", "-q"]);
        for number in 0..200 {
            let directory = mount.join(format!("d{}", number % 7));
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(format!("f{number}")), format!("{number}\n").repeat(number)).unwrap();
        }
        git(&["add", "."]);
        git(&["commit", "-qm", "first"]);
        assert_eq!(git(&["status", "--porcelain"]), "");
        git(&["checkout", "-qb", "other"]);
        fs::write(mount.join("d0/f0"), "changed").unwrap();
        fs::remove_dir_all(mount.join("d1")).unwrap();
        git(&["commit", "-qam", "second"]);
        git(&["checkout", "-q", "main"]);
        assert!(mount.join("d1/f1").exists());
        assert_eq!(fs::read_to_string(mount.join("d0/f0")).unwrap(), "");
        git(&["merge", "-q", "other"]);
        assert_eq!(git(&["log", "--oneline"]).lines().count(), 2);
        git(&["gc", "-q"]);
        git(&["fsck", "--strict"]);
        assert_eq!(git(&["status", "--porcelain"]), "");
    });
}

#[test]
fn what_is_written_to_a_shared_mapping_is_in_the_file() {
    on_mounts(|fixture, mount| {
        run_part(mount, "part_maps_a_file");
        let content = fs::read(fixture.root().join("mapped")).unwrap();
        assert_eq!(content.len(), 20_000);
        assert_eq!(&content[..3], b"xyz");
        assert_eq!(&content[9_000..9_005], b"HELLO");
        assert_eq!(&content[15_000..15_005], b"WORLD");
    });
}

#[test]
#[ignore = "a part of another test, run by it in a process of its own"]
fn part_maps_a_file() {
    if !is_part() {
        return;
    }
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open("mapped").unwrap();
    file.write_all(&vec![b'a'; 20_000]).unwrap();
    // SAFETY: The file has 20,000 bytes and is not cut, and nothing else in this process uses the mapping.
    let mapping = unsafe {
        use std::os::fd::AsRawFd;
        let address = libc::mmap(
            std::ptr::null_mut(),
            20_000,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            0,
        );
        assert_ne!(address, libc::MAP_FAILED, "{}", std::io::Error::last_os_error());
        std::slice::from_raw_parts_mut(address.cast::<u8>(), 20_000)
    };
    assert_eq!(mapping[19_999], b'a');
    mapping[9_000..9_005].copy_from_slice(b"HELLO");
    let mut seen = [0; 5];
    file.read_exact_at(&mut seen, 9_000).unwrap();
    assert_eq!(&seen, b"HELLO", "a read sees what the mapping was given");
    file.write_all_at(b"WORLD", 15_000).unwrap();
    assert_eq!(&mapping[15_000..15_005], b"WORLD", "the mapping sees what was written");
    drop(file);
    mapping[..3].copy_from_slice(b"xyz");
    // SAFETY: The mapping is not used any more.
    unsafe { libc::munmap(mapping.as_mut_ptr().cast(), mapping.len()) };
}

#[test]
fn appends_from_several_threads_are_whole_and_all_there() {
    on_mounts(|fixture, mount| {
        thread::scope(|scope| {
            for writer in 0..8_usize {
                scope.spawn(move || {
                    let mut file = OpenOptions::new().create(true).append(true).open(mount.join("log")).unwrap();
                    for line in 0..200 {
                        let text = format!("{writer} {line} {}\n", "x".repeat(40 + writer));
                        file.write_all(text.as_bytes()).unwrap();
                    }
                });
            }
        });
        let content = fs::read_to_string(fixture.root().join("log")).unwrap();
        let mut lines: Vec<&str> = content.lines().collect();
        assert_eq!(lines.len(), 1600);
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 1600);
        for line in lines {
            let (writer, rest) = line.split_once(' ').unwrap();
            let filler = rest.split_once(' ').unwrap().1;
            assert_eq!(filler.len(), 40 + writer.parse::<usize>().unwrap(), "{line}");
        }
    });
}

#[test]
fn an_open_file_outlives_its_name() {
    on_mounts(|fixture, mount| {
        let path = mount.join("file");
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read_dir(fixture.root()).unwrap().count(), 0);
        file.write_all(b"still here").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "still here");
        assert_eq!(file.metadata().unwrap().nlink(), 0);
        file.set_permissions(Permissions::from_mode(0o600)).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
        fs::write(&path, "another").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "another");
        assert_eq!(file.metadata().unwrap().len(), 10);
    });
}

#[test]
fn a_rename_replaces_and_what_was_open_stays_open() {
    on_mounts(|_, mount| {
        fs::write(mount.join("old"), "old").unwrap();
        fs::write(mount.join("new"), "new").unwrap();
        let mut old = File::open(mount.join("old")).unwrap();
        fs::rename(mount.join("new"), mount.join("old")).unwrap();
        assert_eq!(fs::read_to_string(mount.join("old")).unwrap(), "new");
        let mut content = String::new();
        old.read_to_string(&mut content).unwrap();
        assert_eq!(content, "old");
        assert!(!mount.join("new").exists());
    });
}

#[test]
fn a_directory_is_renamed_with_files_open_below_it() {
    on_mounts(|_, mount| {
        fs::create_dir_all(mount.join("a/b")).unwrap();
        fs::write(mount.join("a/b/file"), "content").unwrap();
        let mut file = OpenOptions::new().append(true).open(mount.join("a/b/file")).unwrap();
        fs::rename(mount.join("a"), mount.join("z")).unwrap();
        file.write_all(b" and more").unwrap();
        assert_eq!(fs::read_to_string(mount.join("z/b/file")).unwrap(), "content and more");
        assert!(!mount.join("a").exists());
        fs::create_dir(mount.join("empty")).unwrap();
        fs::rename(mount.join("z"), mount.join("empty")).unwrap();
        assert!(mount.join("empty/b/file").exists(), "an empty directory is replaced");
    });
}

#[test]
fn links_share_one_file() {
    on_mounts(|_, mount| {
        fs::write(mount.join("one"), "1").unwrap();
        fs::hard_link(mount.join("one"), mount.join("two")).unwrap();
        let [one, two] = ["one", "two"].map(|name| fs::metadata(mount.join(name)).unwrap());
        assert_eq!((one.ino(), one.nlink()), (two.ino(), 2));
        fs::write(mount.join("two"), "2").unwrap();
        fs::remove_file(mount.join("one")).unwrap();
        assert_eq!(fs::read_to_string(mount.join("two")).unwrap(), "2");
        let refused = fs::hard_link(mount.join("two"), mount.join("two")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        symlink("two", mount.join("soft")).unwrap();
        assert_eq!(fs::read_link(mount.join("soft")).unwrap(), Path::new("two"));
        assert_eq!(fs::read_to_string(mount.join("soft")).unwrap(), "2");
        symlink("nowhere/äöü", mount.join("broken")).unwrap();
        assert_eq!(fs::read_link(mount.join("broken")).unwrap(), Path::new("nowhere/äöü"));
        fs::remove_file(mount.join("broken")).unwrap();
    });
}

#[test]
fn modes_owners_and_times_are_kept() {
    on_mounts(|fixture, mount| {
        let path = mount.join("file");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o4751)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_700);
        File::open(&path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
        for path in [path, fixture.root().join("file")] {
            let metadata = fs::metadata(path).unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o4751);
            assert_eq!(metadata.modified().unwrap(), time);
        }
        run(
            mount,
            "sh",
            &["-c", "umask 027; touch t; mkdir d; test $(stat -c %a t) = 640 && test $(stat -c %a d) = 750"],
        );
    });
}

#[test]
fn refusals_are_those_of_linux() {
    on_mounts(|_, mount| {
        let kind = |result: std::io::Result<()>| result.unwrap_err().kind();
        fs::create_dir(mount.join("directory")).unwrap();
        fs::write(mount.join("directory/file"), "").unwrap();
        assert_eq!(kind(File::open(mount.join("missing")).map(drop)), ErrorKind::NotFound);
        assert_eq!(kind(File::create_new(mount.join("directory/file")).map(drop)), ErrorKind::AlreadyExists);
        assert_eq!(kind(fs::create_dir(mount.join("directory"))), ErrorKind::AlreadyExists);
        assert_eq!(kind(fs::remove_dir(mount.join("directory"))), ErrorKind::DirectoryNotEmpty);
        assert_eq!(kind(fs::remove_file(mount.join("directory"))), ErrorKind::IsADirectory);
        assert_eq!(kind(fs::remove_dir(mount.join("directory/file"))), ErrorKind::NotADirectory);
        assert_eq!(kind(File::open(mount.join("directory/file/x")).map(drop)), ErrorKind::NotADirectory);
        let long = "n".repeat(256);
        assert_eq!(kind(fs::write(mount.join(long), "")), ErrorKind::InvalidFilename);
    });
}

#[test]
fn a_directory_lists_every_name_once() {
    on_mounts(|_, mount| {
        let mut expected: Vec<String> = (0..3000).map(|number| format!("file with a longer name {number}")).collect();
        for name in &expected {
            File::create(mount.join(name)).unwrap();
        }
        let mut listed: Vec<String> =
            fs::read_dir(mount).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        expected.sort();
        listed.sort();
        assert_eq!(listed, expected);
        assert_eq!(run(mount, "ls", &["-a"]).lines().take(2).collect::<Vec<_>>(), [".", ".."]);
    });
}

#[test]
fn case_tells_names_apart() {
    on_mounts(|_, mount| {
        fs::write(mount.join("Name"), "upper").unwrap();
        fs::write(mount.join("name"), "lower").unwrap();
        assert_eq!(fs::read_to_string(mount.join("Name")).unwrap(), "upper");
        assert_eq!(fs::read_to_string(mount.join("name")).unwrap(), "lower");
    });
}

#[test]
fn programs_run_from_the_mount() {
    on_mounts(|_, mount| {
        fs::copy("/bin/true", mount.join("program")).unwrap();
        run(mount, "./program", &[]);
    });
}

#[test]
fn every_read_and_write_of_a_program_passes_a_filter_that_asked_for_them() {
    if !can_mount() {
        return;
    }
    let fixture = Fixture::new(true);
    let path = fixture.mountpoint().join("file");
    fs::write(&path, "content").unwrap();
    let mut file = File::open(&path).unwrap();
    let before = pass_through::counts(&fixture.machine);
    for _ in 0..10 {
        let mut content = [0; 7];
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_exact(&mut content).unwrap();
    }
    let reads = pass_through::counts(&fixture.machine).reads - before.reads;
    assert!(reads >= 10, "{reads} of 10 reads passed the filter");
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    for _ in 0..10 {
        file.write_all(b"x").unwrap();
    }
    let writes = pass_through::counts(&fixture.machine).writes - before.writes;
    assert!(writes >= 10, "{writes} of 10 writes passed the filter");
}

#[test]
fn opens_that_a_filter_holds_up_hold_up_nothing_else() {
    if !can_mount() {
        return;
    }
    let fixture = Fixture::new(true);
    let mount = fixture.mountpoint();
    fs::write(mount.join("held"), "content").unwrap();
    fs::write(mount.join("other"), "other").unwrap();
    let held = mount.join("held");
    thread::scope(|scope| {
        let readers: Vec<_> = (0..40).map(|_| scope.spawn(|| fs::read_to_string(&held).unwrap())).collect();
        while pass_through::held(&fixture.machine) < readers.len() {
            assert!(readers.iter().all(|reader| !reader.is_finished()), "an open was not held up");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(fs::read_to_string(mount.join("other")).unwrap(), "other");
        fs::write(mount.join("new"), "x").unwrap();
        assert_eq!(fs::read_dir(&mount).unwrap().count(), 3);
        pass_through::release(&fixture.machine);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), "content");
        }
    });
}

#[test]
fn deletions_that_a_filter_holds_up_hold_up_nothing_else() {
    if !can_mount() {
        return;
    }
    let fixture = Fixture::new(true);
    let mount = fixture.mountpoint();
    // In a directory the kernel lets one change after the other come, so each has one of its own.
    let files: Vec<_> = (0..40).map(|number| fixture.root().join(number.to_string()).join("held")).collect();
    for file in &files {
        fs::create_dir(file.parent().unwrap()).unwrap();
        fs::write(file, "content").unwrap();
    }
    thread::scope(|scope| {
        let removals: Vec<_> = (0..40)
            .map(|number| {
                let held = mount.join(number.to_string()).join("held");
                scope.spawn(move || fs::remove_file(held).unwrap())
            })
            .collect();
        while pass_through::held(&fixture.machine) < removals.len() {
            assert!(removals.iter().all(|removal| !removal.is_finished()), "a deletion was not held up");
            thread::sleep(Duration::from_millis(5));
        }
        fs::write(mount.join("new"), "x").unwrap();
        assert_eq!(fs::read_dir(&mount).unwrap().count(), 41);
        pass_through::release(&fixture.machine);
        for removal in removals {
            removal.join().unwrap();
        }
    });
    assert!(files.iter().all(|file| !file.exists()));
}

#[test]
fn the_requestor_is_the_program_that_made_the_call() {
    if !can_mount() {
        return;
    }
    let fixture = Fixture::new(true);
    let mount = fixture.mountpoint();
    fs::write(mount.join("file"), "content").unwrap();
    assert_eq!(run(&mount, "cat", &["file"]), "content");
    let openers = pass_through::openers(&fixture.machine);
    assert!(openers.last().unwrap().ends_with("\\cat"), "{openers:?}");
    assert!(openers.last().unwrap().starts_with("\\Device\\HarddiskVolume1\\"), "{openers:?}");
}

#[test]
fn a_mount_ends_with_files_open_on_it() {
    if !can_mount() {
        return;
    }
    // Without a filter the kernel would go on writing to the host's file by itself.
    let mut fixture = Fixture::new(true);
    let mount = fixture.mountpoint();
    let mut file = File::create(mount.join("file")).unwrap();
    file.write_all(b"written before the end").unwrap();
    drop(fixture.mount.take());
    assert_eq!(fs::read_dir(&mount).unwrap().count(), 0, "the empty directory is back");
    assert!(file.write_all(b"too late").is_err());
    assert_eq!(fs::read_to_string(fixture.root().join("file")).unwrap(), "written before the end");
}

#[test]
fn mount_points_that_cannot_be_used_are_refused_with_a_reason() {
    if !can_mount() {
        return;
    }
    let fixture = Fixture::new(false);
    let start = |path: &Path| match Mount::start(fixture.machine.clone(), fixture.volume.clone(), path) {
        Ok(_) => panic!("{} was mounted on", path.display()),
        Err(error) => error,
    };
    let folder = fixture.folder.path();
    fs::write(folder.join("file"), "").unwrap();
    assert!(matches!(start(&folder.join("missing")), MountError::NotFound(_)));
    assert!(matches!(start(&folder.join("file")), MountError::NotADirectory(_)));
    assert!(matches!(start(&fixture.mountpoint()), MountError::InUse(_)));
}
