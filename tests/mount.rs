//! Real programs on a folder that is mounted through fileguard.sys.

mod common;

use common::mounted::Mounted;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// A policy that concerns every operation, so that each goes the whole way through the driver.
const OBSERVE_ALL: &str = "[[rule]]\npath = '**'\naction = 'observe'\n";

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
fn unloading_under_load_leaves_every_file_intact() {
    let Some(mounted) = Mounted::start(Some(OBSERVE_ALL)) else { return };
    let used = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let wait_for_more = || {
        let before = used.load(Ordering::Relaxed);
        while used.load(Ordering::Relaxed) < before + 40 && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let busy = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            let busy = fileguard_scenarios::keep_busy(mounted.point.path(), |_| {
                used.fetch_add(1, Ordering::Relaxed);
                stop.load(Ordering::Relaxed)
            });
            stop.store(true, Ordering::Relaxed);
            busy
        });
        wait_for_more();
        mounted.machine.unload("fileguard").unwrap_or_else(|error| panic!("{error}"));
        wait_for_more();
        stop.store(true, Ordering::Relaxed);
        busy.join().expect("keeping busy does not panic")
    });
    let busy = busy.unwrap_or_else(|error| panic!("{error:#}"));
    assert!(busy.used >= 70, "{busy:?}");
    assert_eq!(fs::read_dir(mounted.root.path()).unwrap().count(), busy.left, "the folder below holds the same files");
}
