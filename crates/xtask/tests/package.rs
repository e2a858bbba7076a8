//! The package: what is in it, and whether the signature is one that others accept.

mod common;

use common::are_there;
use fltsim::inf::Inf;
use fltsim::machine::{ImageSource, LoadRequest, Machine};
use pelite::pe64::{Pe, PeFile};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use xtask::driver::{Architecture, INX, repository};
use xtask::package::{Package, package};
use xtask::tools::{MINGW, OPENSSL, OSSLSIGNCODE};
use xtask::windows_programs::Profile;

/// The package for x64, made once for all tests; none where what it takes is missing.
fn x64() -> Option<&'static Package> {
    static PACKAGE: OnceLock<Option<Package>> = OnceLock::new();
    PACKAGE
        .get_or_init(|| {
            are_there(&[OPENSSL, OSSLSIGNCODE, MINGW], "FILEGUARD_REQUIRE_PACKAGE").then(|| {
                package(Architecture::X64, Profile::Dev, packages()).unwrap_or_else(|error| panic!("{error:#}"))
            })
        })
        .as_ref()
}

/// Not where people find theirs.
fn packages() -> &'static Path {
    Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/package"))
}

/// The certificate of the package, as osslsigncode takes it.
fn certificate(package: &Package, folder: &Path) -> PathBuf {
    let certificate = folder.join("certificate.pem");
    let arguments = ["x509", "-inform", "der", "-in", text(&package.certificate), "-out", text(&certificate)];
    let converted = run("openssl", &arguments);
    assert!(converted.status.success(), "{converted:?}");
    certificate
}

fn verify(image: &Path, certificate: &Path) -> Output {
    run("osslsigncode", &["verify", "-CAfile", text(certificate), "-in", text(image)])
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of this repository")
}

#[test]
fn what_is_installed_and_what_it_takes_is_in_the_folder() {
    let Some(package) = x64() else { return };
    let mut files: Vec<String> = fs::read_dir(&package.folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    files.sort();
    let expected = [
        "README.txt",
        "fileguard-scenarios.exe",
        "fileguard.cer",
        "fileguard.inf",
        "fileguard.pdb",
        "fileguard.sys",
        "fileguardctl.exe",
        "install.cmd",
    ];
    assert_eq!(files, expected);
}

#[test]
fn the_key_is_not_in_the_package() {
    let Some(package) = x64() else { return };
    for entry in fs::read_dir(&package.folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("a file");
        assert!(!bytes.windows(11).any(|part| part == b"PRIVATE KEY"), "{}", path.display());
    }
}

#[test]
fn the_readme_says_that_the_catalog_is_missing() {
    let Some(package) = x64() else { return };
    let readme = fs::read_to_string(package.folder.join("README.txt")).expect("README.txt");
    let inf = fs::read_to_string(package.folder.join("fileguard.inf")).expect("fileguard.inf");
    assert!(inf.contains("fileguard.cat") && !package.folder.join("fileguard.cat").exists());
    let missing = readme.split_once("What is missing").expect("a part about it").1;
    assert!(missing.split_once("Installing").expect("another part").0.contains("fileguard.cat"), "{readme}");
    assert!(!readme.contains(['{', '}']), "a place in it was not filled:\n{readme}");
}

#[test]
fn the_signature_verifies_and_is_for_code() {
    let Some(package) = x64() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = certificate(package, folder.path());
    let verified = verify(&package.image, &certificate);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let said = run("openssl", &["x509", "-in", text(&certificate), "-noout", "-ext", "extendedKeyUsage"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("Code Signing"), "{said:?}");
}

#[test]
fn another_certificate_does_not_verify() {
    let Some(package) = x64() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (key, other) = (folder.path().join("key.pem"), folder.path().join("other.pem"));
    let arguments = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-noenc",
        "-subj",
        "/CN=another",
        "-keyout",
        text(&key),
        "-out",
        text(&other),
    ];
    assert!(run("openssl", &arguments).status.success());
    assert!(!verify(&package.image, &other).status.success());
}

#[test]
fn a_changed_byte_does_not_verify() {
    let Some(package) = x64() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = certificate(package, folder.path());
    let mut bytes = fs::read(&package.image).expect("fileguard.sys");
    let changed = folder.path().join("fileguard.sys");
    let place = {
        let file = PeFile::from_bytes(&bytes).expect("a PE image");
        let code = file.section_headers().by_name(".text").expect("code");
        code.PointerToRawData as usize + code.SizeOfRawData as usize / 2
    };
    bytes[place] ^= 1;
    fs::write(&changed, bytes).expect("a file");
    assert!(!verify(&changed, &certificate).status.success());
}

#[test]
fn the_checksum_is_that_of_the_signed_file() {
    let Some(package) = x64() else { return };
    let bytes = fs::read(&package.image).expect("fileguard.sys");
    let file = PeFile::from_bytes(&bytes).expect("a PE image");
    let security = file.data_directory()[pelite::image::IMAGE_DIRECTORY_ENTRY_SECURITY];
    assert_eq!(security.VirtualAddress as usize + security.Size as usize, bytes.len(), "the signature is the end");
    assert_eq!(file.optional_header().CheckSum, file.headers().check_sum());
}

#[test]
fn the_signed_driver_runs() {
    let Some(package) = x64() else { return };
    let service =
        Inf::read(&repository().join(INX)).and_then(|inf| inf.service()).unwrap_or_else(|error| panic!("{error}"));
    let machine = Machine::new();
    let request = LoadRequest { image: ImageSource::File(package.image.clone()), service };
    machine.load(&request).unwrap_or_else(|error| panic!("{error}"));
    assert!(machine.filter("fileguard").is_some());
    machine.shutdown();
    assert!(!machine.is_crashed());
}

#[test]
fn arm64_has_a_package_without_programs() {
    if !are_there(&[OPENSSL, OSSLSIGNCODE], "FILEGUARD_REQUIRE_PACKAGE") {
        return;
    }
    let package = package(Architecture::Arm64, Profile::Dev, packages()).unwrap_or_else(|error| panic!("{error:#}"));
    let folder = tempfile::tempdir().expect("a folder");
    let verified = verify(&package.image, &certificate(&package, folder.path()));
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(!package.folder.join("fileguardctl.exe").exists());
    assert!(package.missing.iter().any(|what| what.contains("programs")), "{:?}", package.missing);
}
