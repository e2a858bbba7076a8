//! The subset of the WDK that windows-drivers-rs calls FileSystem and does not have yet, made in the way of its own subsets:
//! what `fltkernel.h` adds to the headers that `wdk-sys` has bound.

use bindgen::callbacks::{DeriveTrait, ImplementsTrait, ParseCallbacks};
use bindgen::{Builder, EnumVariation};
use std::path::Path;
use std::{env, fs};
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

/// Macros with numbers that bindgen cannot read, since there is a cast or another macro's arguments in them. The compiler can.
const UNREAD_MACROS: &str = include_str!("macros.txt");

/// What goes before a macro's name in that of the variable that has its number, up to the bindings.
const NUMBER_OF: &str = "number_of_";

/// Where names are that `wdk-sys` has not: here, in `fltkernel.h`, and in `fltUserStructures.h`, which that includes.
const NEW_FILES: &str = r"(?i)(.*[\\/])?(filesystem-input|fltkernel|fltuserstructures)\.h";

/// Answers what bindgen asks about the types that `wdk-sys` has bound.
#[derive(Debug)]
struct BoundElsewhere;

impl ParseCallbacks for BoundElsewhere {
    fn blocklisted_type_implements_trait(&self, _: &str, derive_trait: DeriveTrait) -> Option<ImplementsTrait> {
        // Everything of C can be copied; without the answer, unions come out as something else.
        (derive_trait == DeriveTrait::Copy).then_some(ImplementsTrait::Yes)
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
        let bindings = builder(&config)?
            .header_contents("filesystem-input.h", &format!("{base}{HEADERS}{}", numbers()))
            .generate()
            .expect("fltkernel.h does not parse; the lines above say where")
            .to_string()
            .replace(NUMBER_OF, "");
        fs::write(&to, bindings).unwrap_or_else(|error| panic!("cannot write {}: {error}", to.display()));
        Ok::<(), ConfigError>(())
    })
    .unwrap_or_else(|error| panic!("the WDK cannot be used: {error}"));
}

/// A variable for each macro that there is.
fn numbers() -> String {
    let number = |name: &str| {
        // The only one that is wider than all the others.
        let kind = if name == "FLT_VARIABLE_SIZED_CONTEXTS" { "unsigned long long" } else { "unsigned int" };
        format!("#ifdef {name}\nstatic const {kind} {NUMBER_OF}{name} = {name};\n#endif\n")
    };
    UNREAD_MACROS.lines().map(number).collect()
}

fn builder(config: &Config) -> Result<Builder, ConfigError> {
    Ok(Builder::wdk_default(config)?
        .parse_callbacks(Box::new(BoundElsewhere))
        .allowlist_file(NEW_FILES)
        .allowlist_recursively(false)
        // The values of an enum are names of C's one name space, as they are in the committed bindings.
        .default_enum_style(EnumVariation::Consts)
        .prepend_enum_name(false)
        // What is made here comes before what is there, if a name is in both.
        .raw_line("pub use wdk_sys::*;\npub use wdk_sys::ntddk::*;")
        .raw_line("#[link(name = \"fltMgr\", kind = \"static\", modifiers = \"-bundle\")]\nunsafe extern \"C\" {}"))
}
