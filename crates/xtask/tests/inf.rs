//! The driver's INF is stamped for each processor as stampinf would, and `cargo xtask inf-lint` looks INFs over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fltsim::inf::{Inf, lint};
use xtask::driver::{Architecture, INX, repository};
use xtask::inf::stamp;

fn source() -> PathBuf {
    repository().join(INX)
}

/// fileguard's INF, stamped.
fn stamped(architecture: Architecture) -> String {
    stamp(&fs::read_to_string(source()).unwrap(), architecture, "02/29/2028", "1.2.3.4").unwrap()
}

/// Runs `xtask inf-lint`; returns its exit code, standard output and standard error.
fn inf_lint(folder: &Path, files: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xtask")).arg("inf-lint").args(files).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_stamped_inf_has_one_processor_the_date_and_the_version() {
    let cases = [(Architecture::X64, "NTamd64", "NTarm64"), (Architecture::Arm64, "NTarm64", "NTamd64")];
    for (architecture, processor, other) in cases {
        let text = stamped(architecture);
        for section in ["", ".Services", ".10.0...25952", ".10.0...25952.Services"] {
            assert!(text.contains(&format!("\n[DefaultInstall.{processor}{section}]\n")), "{text}");
        }
        assert!(text.contains("\nDriverVer   = 02/29/2028,1.2.3.4\n"), "{text}");
        assert!(!text.contains("$ARCH$") && !text.contains(other), "{text}");
    }
}

#[test]
fn stamping_changes_nothing_else_and_keeps_line_ends() {
    let text = "[Version]\r\nDriverVer=1/1/2001,0\r\nPnpLockdown = 1\r\n[DefaultInstall.NT$ARCH$]\r\n";
    let expected = "[Version]\r\nDriverVer=02/29/2028,1.2.3.4\r\nPnpLockdown = 1\r\n[DefaultInstall.NTarm64]\r\n";
    assert_eq!(stamp(text, Architecture::Arm64, "02/29/2028", "1.2.3.4").unwrap(), expected);
}

#[test]
fn an_inx_without_a_version_line_is_refused() {
    let error =
        stamp("[Version]\n; DriverVer = 1\n[Other]\nDriverVer = 1\n", Architecture::X64, "02/29/2028", "1.2.3.4")
            .unwrap_err();
    assert!(error.to_string().contains("has no DriverVer"), "{error}");
}

#[test]
fn nothing_is_found_in_the_stamped_inf_of_either_processor() {
    for architecture in [Architecture::X64, Architecture::Arm64] {
        let inf = Inf::parse(Path::new("fileguard.inf"), stamped(architecture).as_bytes()).unwrap();
        assert_eq!(lint(&inf), [], "{architecture:?}");
    }
}

#[test]
fn the_linter_ends_with_0_where_nothing_is_found() {
    let result = inf_lint(&repository(), &[INX]);
    assert_eq!(result, (Some(0), "1 INF: nothing found\n".into(), String::new()));
}

#[test]
fn the_linter_prints_file_line_rule_and_message_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let text = stamped(Architecture::X64).replace("PnpLockdown = 1", "PnpLockdown = 0");
    let line = text.lines().position(|line| line.starts_with("PnpLockdown")).unwrap() + 1;
    fs::write(folder.path().join("spoiled.inf"), text).unwrap();
    fs::copy(source(), folder.path().join("good.inx")).unwrap();
    let (code, out, errors) = inf_lint(folder.path(), &["spoiled.inf", "good.inx"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, errors.as_str(), lines.len()), (Some(1), "", 2), "{out}");
    assert!(lines[0].starts_with(&format!("spoiled.inf:{line}: P-04: PnpLockdown is not 1")), "{out}");
    assert_eq!(lines[1], "2 INFs: 1 finding");
}

#[test]
fn the_linter_ends_with_2_for_what_it_cannot_read_and_looks_at_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.inf"), "[Version\n").unwrap();
    fs::write(folder.path().join("empty.inf"), "[Version]\nSignature = \"$WINDOWS NT$\"\n").unwrap();
    let (code, out, errors) = inf_lint(folder.path(), &["broken.inf", "missing.inf", "empty.inf"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("broken.inf:1: the section header") && errors.contains("missing.inf: the INF"), "{errors}");
    assert!(out.contains("empty.inf:1: P-01: there is no [DefaultInstall]"), "{out}");
    assert!(out.ends_with(", 2 unreadable\n"), "{out}");
    assert_eq!(inf_lint(folder.path(), &[]).0, Some(2));
}
