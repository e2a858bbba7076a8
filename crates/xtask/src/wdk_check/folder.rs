//! A folder in the shape of the WDK: `Include/VERSION/{km,km/crt,shared}` and `Lib/VERSION/km/x64`.

use super::bindings::{Bindings, Constant};
use super::canonical::canonical;
use crate::driver::{put, run};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that the folder says it has: that of the WDK for Windows 11 24H2.
const VERSION: &str = "10.0.26100.0";

/// The libraries that wdk-build links besides, of which nothing is needed.
const EMPTY_LIBRARIES: [&str; 3] = ["BufferOverflowFastFailK", "hal", "wmilib"];

/// What mingw-w64 lacks.
const SUPPLEMENT: &str = include_str!("supplement.h");

/// A change to a text.
pub struct Edit {
    /// What is there.
    pub from: &'static str,
    /// What is there instead.
    pub to: &'static str,
    /// How often it is there.
    pub times: usize,
}

/// The headers of mingw-w64 that are changed, below its `ddk` folder and beside it.
///
/// - A difference of addresses is no constant for clang, which `FIELD_OFFSET` has to be.
/// - The WDK declares a device object aligned to what the pool is aligned to.
/// - The context of a create got a member in Windows 10.
/// - The priority of a mapping is a number with flags added to it.
/// - The WDK has these routines of x64 as functions, not inline.
const EDITS: [(&str, &[Edit]); 4] = [
    (
        "ntdef.h",
        &[Edit {
            from: "#define FIELD_OFFSET(Type, Field) ((LONG)(LONG_PTR)&(((Type*) 0)->Field))",
            to: "#define FIELD_OFFSET(Type, Field) ((LONG)__builtin_offsetof(Type, Field))",
            times: 1,
        }],
    ),
    (
        "ddk/wdm.h",
        &[
            Edit {
                from: "#define FIELD_OFFSET(type, field) ((ULONG)&(((type *)0)->field))",
                to: "#define FIELD_OFFSET(type, field) ((ULONG)__builtin_offsetof(type, field))",
                times: 1,
            },
            Edit {
                from: "typedef struct _DEVICE_OBJECT {",
                to: "typedef struct DECLSPEC_ALIGN(MEMORY_ALLOCATION_ALIGNMENT) _DEVICE_OBJECT {",
                times: 1,
            },
            Edit {
                from: "IN ULONG BugCheckOnFailure,\n  IN MM_PAGE_PRIORITY Priority);",
                to: "IN ULONG BugCheckOnFailure,\n  IN ULONG Priority);",
                times: 1,
            },
            Edit { from: GET_IRQL, to: "NTKERNELAPI KIRQL KeGetCurrentIrql(VOID);", times: 1 },
            Edit { from: LOWER_IRQL, to: "NTKERNELAPI VOID KeLowerIrql(KIRQL NewIrql);", times: 1 },
            Edit { from: RAISE_IRQL, to: "NTKERNELAPI KIRQL KfRaiseIrql(KIRQL NewIrql);", times: 1 },
        ],
    ),
    (
        "ddk/ntddk.h",
        &[Edit {
            from: "  PTXN_PARAMETER_BLOCK TxnParameters;\n} IO_DRIVER_CREATE_CONTEXT",
            to: "  PTXN_PARAMETER_BLOCK TxnParameters;\n  struct _ESILO *SiloContext;\n} IO_DRIVER_CREATE_CONTEXT",
            times: 1,
        }],
    ),
    ("ddk/ntifs.h", &[]),
];

const GET_IRQL: &str = "FORCEINLINE
KIRQL
KeGetCurrentIrql(VOID)
{
  return (KIRQL)__readcr8();
}";

const LOWER_IRQL: &str = "FORCEINLINE
VOID
KeLowerIrql(IN KIRQL NewIrql)
{
  //ASSERT(KeGetCurrentIrql() >= NewIrql);
  __writecr8(NewIrql);
}";

const RAISE_IRQL: &str = "FORCEINLINE
KIRQL
KfRaiseIrql(IN KIRQL NewIrql)
{
  KIRQL OldIrql;

  OldIrql = (KIRQL)__readcr8();
  //ASSERT(OldIrql <= NewIrql);
  __writecr8(NewIrql);
  return OldIrql;
}";

/// Makes the folder. Returns the constants that it took from the project's headers, since mingw-w64 has none of the name.
///
/// # Errors
///
/// A file cannot be read or written, or a header is not the one that the changes are for.
pub fn make(wdk: &Path, mingw: &Path, own_crate: &Path, own: &Bindings) -> Result<BTreeSet<String>> {
    let include = wdk.join("Include").join(VERSION);
    let (kernel, shared) = (include.join("km"), include.join("shared"));
    fs::create_dir_all(kernel.join("crt")).with_context(|| format!("cannot make {}", kernel.display()))?;
    fs::create_dir_all(&shared).with_context(|| format!("cannot make {}", shared.display()))?;
    link_headers(&mingw.join("ddk"), &kernel)?;
    link_headers(mingw, &shared)?;
    for (file, edits) in EDITS {
        let from = mingw.join(file);
        let text = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
        let mut text = edited(&text, edits)
            .with_context(|| format!("{} is not the one that the check knows how to change", from.display()))?;
        if file == "ddk/ntifs.h" {
            text.push_str("\n#include \"supplement.h\"\n");
        }
        put(text.as_bytes(), file.strip_prefix("ddk/").map_or_else(|| shared.join(file), |name| kernel.join(name)))?;
    }
    let moved = moved_constants(mingw, own)?;
    let (lent, lent_names) = lent_constants(mingw, &own_crate.join("include"), own, &moved)?;
    put(format!("{SUPPLEMENT}{moved}{lent}").as_bytes(), kernel.join("supplement.h"))?;
    // The compiler's own is for its own intrinsics, which the inline functions of the headers do without.
    put(b"", kernel.join("crt/intrin.h"))?;
    put(filter_manager(&own_crate.join("include"))?.as_bytes(), kernel.join("fltkernel.h"))?;
    make_libraries(&wdk.join("Lib").join(VERSION).join("km/x64"), own)?;
    Ok(lent_names)
}

/// A text with changes.
///
/// # Errors
///
/// It does not have what is to be changed as often as it should.
pub fn edited(text: &str, edits: &[Edit]) -> Result<String> {
    let mut text = text.to_owned();
    for Edit { from, to, times } in edits {
        let found = text.matches(from).count();
        if found != *times {
            bail!("it has `{}` {found} times instead of {times}", from.lines().next().unwrap_or_default());
        }
        text = text.replace(from, to);
    }
    Ok(text)
}

/// Links the headers of a folder, and its folders of headers, into another. What is changed replaces its link.
fn link_headers(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().context("an entry without a name")?;
        let is_changed = EDITS.iter().any(|(file, _)| path.ends_with(file));
        let link = to.join(name);
        if name != "ddk" && !is_changed && !link.exists() {
            symlink(&path, &link).with_context(|| format!("cannot link {}", link.display()))?;
        }
    }
    Ok(())
}

/// The constants that the WDK has for drivers too, and mingw-w64 for programs alone.
fn moved_constants(mingw: &Path, own: &Bindings) -> Result<String> {
    let mut moved = "\n/* Of winnt.h and winioctl.h. */\n".to_owned();
    for file in ["winnt.h", "winioctl.h"] {
        let from = mingw.join(file);
        let text = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
        for line in text.lines().filter(|line| !line.ends_with('\\')) {
            let mut words = line.trim_start().strip_prefix('#').unwrap_or_default().split_whitespace();
            if words.next() == Some("define")
                && let Some(name) = words.next()
                && own.constants.contains_key(name)
                && words.next().is_some()
            {
                // A macro for a suffix, which bindgen does not see through.
                let line = line.replace("__MSABI_LONG", "");
                moved.extend(["#ifndef ", name, "\n", &line, "\n#endif\n"]);
            }
        }
    }
    Ok(moved)
}

/// The constants of the project that mingw-w64 has nothing of the name of, as a header and as names.
fn lent_constants(mingw: &Path, include: &Path, own: &Bindings, moved: &str) -> Result<(String, BTreeSet<String>)> {
    let mut known = format!("{SUPPLEMENT}{moved}");
    for file in ["ntdef.h", "dpfilter.h", "ddk/wdm.h", "ddk/ntifs.h", "ddk/ntddk.h"].map(|file| mingw.join(file)) {
        known.push_str(&fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    known.push_str(&filter_manager(include)?);
    let known: BTreeSet<&str> = known.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let (mut header, mut names) = ("\n/* The project's own. */\n".to_owned(), BTreeSet::new());
    for (name, Constant { kind, value, .. }) in &own.constants {
        // wdk-sys writes down all statuses itself, and what is wider.
        let kind = canonical(own, kind);
        let Some(value) = value.filter(|_| !known.contains(name.as_str()) && !name.starts_with("STATUS_")) else {
            continue;
        };
        let definition = match kind.as_str() {
            "u32" => format!("#define {name} {value}u\n"),
            // The values of enums are signed, and no macros.
            "i32" => format!("static const int {name} = {value};\n"),
            _ => continue,
        };
        header.push_str(&definition);
        names.insert(name.clone());
    }
    Ok((header, names))
}

/// Whether a line defines one of the major functions that `fltkernel.h` adds to those of IRPs, which are from 0x80 on.
fn is_of_filter_manager(line: &str) -> bool {
    let mut words = line.split_whitespace().skip(1);
    words.next().is_some_and(|name| name.starts_with("IRP_MJ_"))
        && words
            .next()
            .and_then(|number| number.strip_prefix("0x"))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .is_some_and(|number| number >= 0x80)
}

/// The WDK's `fltkernel.h`: the project's own, on top of `ntifs.h` and `initguid.h` as the WDK's is.
fn filter_manager(include: &Path) -> Result<String> {
    let mut text = "#pragma once\n#include <ntifs.h>\n#include <initguid.h>\n".to_owned();
    let constants = include.join("file_constants.h");
    let constants = fs::read_to_string(&constants).with_context(|| format!("cannot read {}", constants.display()))?;
    for line in constants.lines().filter(|line| is_of_filter_manager(line)) {
        let (definition, number) = line.rsplit_once(' ').context("a definition without a number")?;
        // The WDK's are bytes, with a cast.
        text.extend([definition, " ((UCHAR)", number, ")\n"]);
    }
    for file in ["fltkernel.h", "fltmgr.h"] {
        let from = include.join(file);
        let header = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
        for line in header.lines().filter(|line| !line.starts_with("#include") && !line.starts_with("#pragma")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Makes an import library of each image of what the committed bindings import from it.
fn make_libraries(to: &Path, own: &Bindings) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let of = |image: &str| -> String {
        let functions = own.functions.iter().filter(|(_, function)| function.image == image);
        functions.flat_map(|(name, _)| [name.as_str(), "\n"]).collect()
    };
    make_library(to, "ntoskrnl", "ntoskrnl.exe", &of("ntoskrnl.exe"))?;
    make_library(to, "fltMgr", "fltmgr.sys", &of("fltmgr.sys"))?;
    for name in EMPTY_LIBRARIES {
        make_library(to, name, name, "")?;
    }
    Ok(())
}

fn make_library(folder: &Path, name: &str, image: &str, exports: &str) -> Result<()> {
    let definition = folder.join(name).with_extension("def");
    let library = folder.join(name).with_extension("lib");
    let text = format!("LIBRARY {image}\nEXPORTS\n{exports}");
    if library.exists() && fs::read_to_string(&definition).is_ok_and(|known| known == text) {
        return Ok(());
    }
    put(text.as_bytes(), definition.clone())?;
    run(Command::new(linker()?)
        .args(["-flavor", "link", "-lib", "-machine:x64"])
        .arg(format!("-def:{}", definition.display()))
        .arg(format!("-out:{}", library.display())))
}

/// The linker that comes with Rust.
fn linker() -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = Command::new(rustc).args(["--print", "target-libdir"]).output().context("cannot run rustc")?;
    let libraries = String::from_utf8(libraries.stdout).context("the path of Rust's libraries is no text")?;
    Ok(Path::new(libraries.trim()).with_file_name("bin").join("rust-lld"))
}
