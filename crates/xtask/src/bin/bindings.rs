//! Generates the committed bindings of `fltmgr-sys` from the project's own headers.
//!
//! Run as `cargo run --package xtask --features bindings --bin bindings`. Needs libclang 14 or newer
//! (`apt-get install libclang-dev` on Debian); a build of the project does not.

use anyhow::{Context, Result};
use bindgen::{Abi, EnumVariation};
use std::path::{Path, PathBuf};

/// The calling convention of routines and callbacks: Rust's name for that of Windows, whatever the host.
const CONVENTION: &str = "efiapi";

/// The variables that ntoskrnl.exe exports.
const EXPORTED_VARIABLES: &str = "(Io|Ps|Ex|Se|Tm)[A-Za-z]+(Type|ObjectType)|MmHighestUserAddress|MmUserProbeAddress";

fn main() -> Result<()> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fltmgr-sys");
    let types = builder(&crate_folder, "fltkernel.h")
        .ignore_functions()
        .blocklist_var(EXPORTED_VARIABLES)
        .generate()
        .context("the headers do not parse; the lines above say where")?;
    write(&crate_folder.join("src/types.rs"), &types.to_string())?;
    functions(&crate_folder, "fltmgr.h", "fltmgr.sys", "Flt.*", "-", "fltmgr.rs")?;
    functions(
        &crate_folder,
        "ntoskrnl.h",
        "ntoskrnl.exe",
        "[^_F].*|__C_specific_handler|FsRtl.*",
        EXPORTED_VARIABLES,
        "ntoskrnl.rs",
    )
}

fn builder(crate_folder: &Path, header: &str) -> bindgen::Builder {
    bindgen::builder()
        .header(crate_folder.join("include").join(header).display().to_string())
        .clang_args(["--target=x86_64-pc-windows-msvc", "-fms-extensions"])
        .use_core()
        .ctypes_prefix("::core::ffi")
        .rust_target(bindgen::RustTarget::stable(85, 0).ok().expect("a known release"))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .default_enum_style(EnumVariation::Consts)
        .prepend_enum_name(false)
        .translate_enum_integer_types(true)
        .merge_extern_blocks(true)
        .override_abi(Abi::EfiApi, ".*")
        .derive_default(false)
        .layout_tests(false)
        .generate_comments(false)
        .wrap_unsafe_ops(true)
        .disable_header_comment()
}

fn functions(crate_folder: &Path, header: &str, image: &str, names: &str, variables: &str, file: &str) -> Result<()> {
    let text = builder(crate_folder, header)
        .allowlist_function(names)
        .allowlist_var(variables)
        .allowlist_recursively(false)
        .enable_function_attribute_detection()
        .generate()
        .with_context(|| format!("{header} does not parse; the lines above say where"))?
        .to_string();
    let text: String = text
        .lines()
        .map(|line| if line.starts_with("unsafe extern") { imports(image) } else { format!("{line}\n") })
        .collect();
    write(&crate_folder.join("src").join(file), &format!("use crate::types::*;\n\n{text}"))
}

/// The head of a block of what an image exports, in the words of the macro of `fltmgr-sys`.
fn imports(image: &str) -> String {
    format!("imports! {{ \"{image}\";\n")
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    // Callback types do not follow the override of the functions' convention.
    let text = text
        .replace("unsafe extern \"C\"", &format!("unsafe extern \"{CONVENTION}\""))
        .replace("unsafe extern \"system\"", &format!("unsafe extern \"{CONVENTION}\""));
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}
