//! The subset of the WDK that windows-drivers-rs calls FileSystem and does not have yet, made in the way of its own subsets:
//! what `fltkernel.h` adds to the headers that `wdk-sys` has bound.

use bindgen::callbacks::{ImplementsTrait, ParseCallbacks};
use bindgen::{Builder, EnumVariation};
use std::env;
use std::path::Path;
use wdk_build::{ApiSubset, BuilderExt, Config, ConfigError, configure_wdk_library_build_and_then};

/// What comes after the headers of `wdk-sys`.
///
/// `fltkernel.h` includes `initguid.h`, from which on every GUID that a header declares is a definition, and headers that
/// were there before define theirs again. So `initguid.h` comes first, and is undone before anything can follow it.
const HEADERS: &str = "\
#include <initguid.h>
#undef INITGUID
#include <guiddef.h>
#include <fltkernel.h>
";

/// The headers whose names are not in `wdk-sys`: `fltkernel.h`, and `fltUserStructures.h`, which it includes.
const NEW_FILES: &str = r"(?i).*[\\/](fltkernel|fltuserstructures)\.h";

/// Answers what bindgen asks about the types that `wdk-sys` has bound.
#[derive(Debug)]
struct BoundElsewhere;

impl ParseCallbacks for BoundElsewhere {
    fn blocklisted_type_implements_trait(
        &self,
        _: &str,
        derive_trait: bindgen::callbacks::DeriveTrait,
    ) -> Option<ImplementsTrait> {
        // Everything of C can be copied; without the answer, unions come out as something else.
        (derive_trait == bindgen::callbacks::DeriveTrait::Copy).then_some(ImplementsTrait::Yes)
    }
}

/// Writes `fltkernel.rs` to the folder for generated code.
pub fn generate() {
    for variable in ["WDKContentRoot", "Version_Number"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    configure_wdk_library_build_and_then(|config| {
        let base = config.bindgen_header_contents([ApiSubset::Base])?;
        let to = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it for build scripts")).join("fltkernel.rs");
        builder(&config)?
            .header_contents("filesystem-input.h", &format!("{base}{HEADERS}"))
            .generate()
            .expect("fltkernel.h does not parse; the lines above say where")
            .write_to_file(&to)
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", to.display()));
        Ok::<(), ConfigError>(())
    })
    .unwrap_or_else(|error| panic!("the WDK cannot be used: {error}"));
}

fn builder(config: &Config) -> Result<Builder, ConfigError> {
    Ok(Builder::wdk_default(config)?
        .parse_callbacks(Box::new(BoundElsewhere))
        .allowlist_file(NEW_FILES)
        .allowlist_recursively(false)
        // The values of an enum are names of C's one name space, as they are in the committed bindings.
        .default_enum_style(EnumVariation::Consts)
        .prepend_enum_name(false)
        .raw_line("use wdk_sys::*;")
        .raw_line("#[link(name = \"fltMgr\", kind = \"static\", modifiers = \"-bundle\")]\nunsafe extern \"C\" {}"))
}
