//! Test-signing: with a certificate that is made for one file, whose key nobody has afterwards.

use crate::driver::run;
use crate::tools::{OPENSSL, OSSLSIGNCODE};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `openssl req` makes the certificate from. RSA and SHA-256 are what every Windows takes for a driver.
const CERTIFICATE: &str = "\
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = fileguard test certificate
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
# Code signing.
extendedKeyUsage = 1.3.6.1.5.5.7.3.3
subjectKeyIdentifier = hash
";

/// Signs an image as `signed`, and puts the certificate beside it, as Windows reads it, as `certificate`.
///
/// The key exists in a folder of its own, which only this user can open, until this returns.
///
/// # Errors
///
/// A tool is missing and cannot be installed, or fails; or the signature does not verify.
pub fn sign(image: &Path, signed: &Path, certificate: &Path) -> Result<()> {
    OPENSSL.require()?;
    OSSLSIGNCODE.require()?;
    let secret = tempfile::tempdir().context("cannot make a folder for the key")?;
    let place = |name: &str| secret.path().join(name);
    let (configuration, key, pem) = (place("certificate.cnf"), place("key.pem"), place("certificate.pem"));
    fs::write(&configuration, CERTIFICATE).context("cannot write what the certificate is made from")?;
    quietly(
        Command::new(OPENSSL.program)
            .args(["req", "-x509", "-newkey", "rsa:3072", "-noenc", "-sha256", "-days", "365", "-config"])
            .arg(&configuration)
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&pem),
    )?;
    quietly(
        Command::new(OSSLSIGNCODE.program)
            .args(["sign", "-h", "sha256", "-n", "fileguard", "-certs"])
            .arg(&pem)
            .arg("-key")
            .arg(&key)
            .arg("-in")
            .arg(image)
            .arg("-out")
            .arg(signed),
    )?;
    quietly(
        Command::new(OPENSSL.program).args(["x509", "-outform", "der", "-in"]).arg(&pem).arg("-out").arg(certificate),
    )?;
    verify(signed, certificate).context("the signature that was just made does not verify")
}

/// Whether the signature of an image is that of a certificate, and of these very bytes.
///
/// # Errors
///
/// It is not; what osslsigncode says is in the error.
pub fn verify(signed: &Path, certificate: &Path) -> Result<()> {
    let trusted = tempfile::NamedTempFile::new().context("cannot make a file for the certificate")?;
    run(Command::new(OPENSSL.program)
        .args(["x509", "-inform", "der", "-in"])
        .arg(certificate)
        .arg("-out")
        .arg(trusted.path()))?;
    quietly(Command::new(OSSLSIGNCODE.program).arg("verify").arg("-CAfile").arg(trusted.path()).arg("-in").arg(signed))
}

/// Runs a command that says much when all is well.
fn quietly(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{program} failed ({}):\n{}", output.status, String::from_utf8_lossy(&said).trim_end());
    }
    Ok(())
}
