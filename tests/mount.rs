//! Real programs on a folder that is mounted through fileguard.sys.

mod common;

use common::{DRIVER, Mode, compiled, image, load_message, service};
use fileguard_protocol::{Hello, PORT_NAME, Role};
use fltsim::flt::volume::Volume;
use fltsim::fs::DirectoryStore;
use fltsim::io::VolumeConfig;
use fltsim::machine::{LoadRequest, Machine};
use fltsim::mount::Mount;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// A policy that concerns every operation, so that each goes the whole way through the driver.
const OBSERVE_ALL: &str = "[[rule]]\npath = '**'\naction = 'observe'\n";

/// A folder mounted through fileguard.sys.
struct Mounted {
    machine: Arc<Machine>,
    mount: Option<Mount>,
    root: tempfile::TempDir,
    point: tempfile::TempDir,
}

impl Mounted {
    /// Mounts; `None`, with a word about it, where this machine cannot.
    fn start(policy: Option<&str>) -> Option<Self> {
        if let Err(error) = fs::OpenOptions::new().read(true).write(true).open("/dev/fuse") {
            println!("left out: /dev/fuse cannot be opened on this machine: {error}");
            return None;
        }
        let root = tempfile::tempdir().expect("a folder");
        let point = tempfile::tempdir().expect("a mount point");
        let machine = Machine::new();
        let volume: Arc<Volume> = machine.add_volume(VolumeConfig {
            name: "mounted".to_owned(),
            store: Box::new(DirectoryStore::new(root.path()).expect("a usable folder")),
            device_name: None,
        });
        machine
            .load(&LoadRequest { image: image(Mode::Image), service: service() })
            .unwrap_or_else(|error| panic!("{} does not load: {error}", DRIVER.image.display()));
        let mount = Mount::start(Arc::clone(&machine), volume, point.path()).unwrap_or_else(|error| panic!("{error}"));
        let mounted = Self { machine, mount: Some(mount), root, point };
        if let Some(policy) = policy {
            mounted.policy(policy);
        }
        Some(mounted)
    }

    fn policy(&self, source: &str) {
        let client = self.machine.processes().named(0x0100_0000, r"\Device\HarddiskVolume1\fileguardctl");
        let control = self
            .machine
            .connect_port(&client, PORT_NAME, &Hello { role: Role::Control }.encode())
            .unwrap_or_else(|status| panic!("the client cannot connect: {status}"));
        let message = load_message(&compiled(source));
        control.send(&message, &mut [0; 64]).unwrap_or_else(|status| panic!("the policy is refused: {status}"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.point.path().join(name)
    }

    fn below(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn shell(&self, line: &str) -> Output {
        Command::new("sh")
            .args(["-ec", line])
            .current_dir(self.point.path())
            .env("LC_ALL", "C")
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
            .envs([("GIT_AUTHOR_NAME", "test"), ("GIT_AUTHOR_EMAIL", "test@example.com")])
            .envs([("GIT_COMMITTER_NAME", "test"), ("GIT_COMMITTER_EMAIL", "test@example.com")])
            .output()
            .expect("sh runs")
    }

    fn run(&self, line: &str) -> String {
        let output = self.shell(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{line}: {}\n{said}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(self.mount.take());
        if std::thread::panicking() {
            return;
        }
        assert!(self.machine.crash().is_none(), "{}", self.machine.crash().expect("a report"));
        if self.machine.filter("fileguard").is_some() {
            self.machine.unload("fileguard").unwrap_or_else(|error| panic!("{error}"));
        }
        let reports: Vec<String> = self.machine.reports().iter().map(ToString::to_string).collect();
        assert!(reports.is_empty(), "the driver left something behind:\n{}", reports.join("\n"));
        self.machine.shutdown();
    }
}

/// A tree of more than 10,000 files, with what a copy has to keep.
fn make_tree(at: &Path) {
    for folder in 0..100 {
        let folder = at.join(format!("folder {folder:03}/ünter"));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..101 {
            let path = folder.join(format!("{file:03}.txt"));
            fs::write(&path, "0123456789abcdef\n".repeat(file * file % 300)).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(if file % 7 == 0 { 0o755 } else { 0o640 })).unwrap();
            let time = std::time::UNIX_EPOCH + Duration::new(1_000_000_000 + 86_400 * file as u64, 123_456_700);
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }
        symlink("000.txt", folder.join("link")).unwrap();
        symlink("../nowhere", folder.join("dangling")).unwrap();
    }
}

#[test]
fn a_copied_tree_is_the_same_tree() {
    let Some(mounted) = Mounted::start(Some(OBSERVE_ALL)) else { return };
    let source = tempfile::tempdir().unwrap();
    make_tree(source.path());
    mounted.run(&format!("cp -a '{}' tree", source.path().display()));
    for copy in [mounted.path("tree"), mounted.below("tree")] {
        let output =
            Command::new("diff").arg("-r").arg("--no-dereference").arg(source.path()).arg(&copy).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let listing = |at: &Path| {
        let output = Command::new("find").arg(at).args(["-printf", "%P %m %s %U:%G %T@ %l %y\n"]).output().unwrap();
        let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        // A directory's size is its file system's own matter.
        lines.retain(|line| !line.ends_with(" d"));
        // Windows counts time in units of 100 ns, so the last two of the ten digits that find prints are not kept.
        for line in &mut lines {
            let times = line.split(' ').filter(|word| word.len() > 20 && word.contains('.')).map(str::to_owned);
            for time in times.collect::<Vec<_>>() {
                *line = line.replace(&time, time.split_at(time.len() - 3).0);
            }
        }
        lines.sort();
        lines
    };
    let (wanted, copied) = (listing(source.path()), listing(&mounted.path("tree")));
    assert!(wanted.len() > 10_000);
    let different: Vec<_> = wanted.iter().zip(&copied).filter(|(wanted, copied)| wanted != copied).take(5).collect();
    assert!(different.is_empty() && wanted.len() == copied.len(), "{different:#?}");
}

#[test]
fn git_commits_checks_out_and_finds_nothing_broken() {
    let Some(mounted) = Mounted::start(Some(OBSERVE_ALL)) else { return };
    if Command::new("git").arg("--version").output().is_err() {
        println!("left out: git is not installed on this machine");
        return;
    }
    mounted.run(
        "git init -q repository && cd repository
         mkdir -p a/b && for i in $(seq 100); do echo $i > a/b/file$i; done
         git add . && git commit -qm first
         git checkout -qb branch && rm a/b/file1 && mv a/b/file2 a/moved && echo changed > a/b/file3
         git add -A && git commit -qm second
         git checkout -q - && test -f a/b/file1 && git checkout -q branch && test ! -e a/b/file1
         git merge -q master 2>/dev/null || git merge -q main
         git gc -q && git fsck --strict --full && test -z \"$(git status --porcelain)\" && git log --oneline",
    );
}

#[test]
fn tar_packs_and_unpacks_the_same() {
    let Some(mounted) = Mounted::start(Some(OBSERVE_ALL)) else { return };
    mounted.run(
        "mkdir source && for i in $(seq 200); do head -c $((i * 37)) /dev/zero > source/$i; done; ln -s 7 source/link
         tar cf packed.tar source && mkdir out && tar xf packed.tar -C out && diff -r source out/source",
    );
}

#[test]
fn what_is_denied_changes_nothing_underneath() {
    let Some(mounted) = Mounted::start(None) else { return };
    mounted.run("mkdir vault && echo kept > vault/file && mkdir other");
    let before = fs::metadata(mounted.below("vault/file")).unwrap();
    mounted
        .policy("[[rule]]\npath = '/vault/**'\noperation = ['write', 'create', 'delete', 'rename']\naction = 'deny'\n");
    for line in [
        "echo changed > vault/file",
        "echo more >> vault/file",
        ": > vault/file",
        "truncate -s 1 vault/file",
        "rm -f vault/file",
        "mv vault/file other/",
        "mv -f other vault/",
        "cp vault/file vault/copy",
        "mkdir vault/folder",
        "ln vault/file vault/link",
        "ln -s file vault/symlink",
        "dd if=/dev/zero of=vault/file bs=1 count=1 conv=notrunc",
    ] {
        let output = mounted.shell(line);
        assert!(!output.status.success(), "`{line}` went through");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Permission denied"), "`{line}` says: {said}");
    }
    assert_eq!(mounted.run("cat vault/file"), "kept\n");
    assert_eq!(fs::read_to_string(mounted.below("vault/file")).unwrap(), "kept\n");
    let after = fs::metadata(mounted.below("vault/file")).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec(), before.nlink()), (after.ino(), after.mtime_nsec(), after.nlink()));
    assert_eq!(fs::read_dir(mounted.below("vault")).unwrap().count(), 1);
    assert!(mounted.below("other").is_dir());
}

#[test]
fn executing_is_refused_and_reading_is_not() {
    let Some(mounted) = Mounted::start(Some("[[rule]]\npath = '/tool'\noperation = 'execute'\naction = 'deny'\n"))
    else {
        return;
    };
    mounted.run("cp /bin/true tool && cp /bin/true other && chmod +x tool other && ./other && cat tool > /dev/null");
    let output = mounted.shell("./tool");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("Permission denied"));
}

#[test]
fn mapped_files_and_appends_from_many_threads_lose_nothing() {
    let Some(mounted) = Mounted::start(Some(OBSERVE_ALL)) else { return };
    xtask::demo::programs::map(&mounted.path("mapped")).unwrap();
    xtask::demo::programs::append(&mounted.path("appended")).unwrap();
    assert_eq!(fs::read(mounted.below("mapped")).unwrap(), xtask::demo::programs::MAPPED);
    let text = fs::read_to_string(mounted.below("appended")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), xtask::demo::programs::THREADS * xtask::demo::programs::LINES);
}

#[test]
fn unloading_under_load_leaves_every_file_intact() {
    const THREADS: usize = 4;
    let Some(mounted) = Mounted::start(Some(OBSERVE_ALL)) else { return };
    let written = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (mounted, written, stop) = (&mounted, &written, &stop);
            scope.spawn(move || {
                let mut file = 0;
                while !stop.load(Ordering::Relaxed) || file < 10 {
                    let path = mounted.path(&format!("{thread}-{file}"));
                    fs::write(&path, format!("{thread}-{file}\n").repeat(500)).unwrap();
                    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{thread}-{file}\n").repeat(500));
                    if file % 3 == 0 {
                        fs::rename(&path, mounted.path(&format!("{thread}-{file}-moved"))).unwrap();
                    }
                    written.fetch_add(1, Ordering::Relaxed);
                    file += 1;
                }
            });
        }
        while written.load(Ordering::Relaxed) < 40 {
            std::thread::sleep(Duration::from_millis(1));
        }
        mounted.machine.unload("fileguard").unwrap_or_else(|error| panic!("{error}"));
        let at_unload = written.load(Ordering::Relaxed);
        while written.load(Ordering::Relaxed) < at_unload + 40 {
            std::thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let mut found = 0;
    for entry in fs::read_dir(mounted.root.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches("-moved");
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{name}\n").repeat(500));
        found += 1;
    }
    assert_eq!(found, written.load(Ordering::Relaxed));
}
