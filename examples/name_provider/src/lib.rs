//! Shows a provider of names: for the filters above it, what lies under `\real` is called `\virtual`.
//!
//! Whoever above asks for the name of a file is answered by it, not by the file system; it asks those below it in turn.
//! Names that it has made are forgotten when it goes.
#![no_std]
#[cfg(not(target_os = "windows"))]
extern crate std;

use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{Caching, Component, Expanded, NameControl, NameProvider, NameQuery, Normalized, Provides};
use fltmgr::pool::{Paged, PoolBox};
use fltmgr::string::upcase;
use fltmgr::{Filter, Operations, Result, Starting, utf16};

/// The directory in the root of a volume that has another name here, in upper case.
const REAL: &[u16] = utf16!("REAL");
/// The name that it has.
const VIRTUAL: &[u16] = utf16!("virtual");
const SEPARATOR: u16 = b'\\' as u16;

/// The filter; it has no state, and nothing else to do.
pub struct Provider;

impl Filter for Provider {
    const OPERATIONS: Operations<Self> = Operations::new();
    const NAMES: Provides<Self> = Provides::names();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

/// Whether a component is the directory that has another name.
fn is_real(component: &[u16], at: Irql<'_, PassiveLevel>) -> bool {
    component.iter().map(|unit| upcase(*unit, at)).eq(REAL.iter().copied())
}

impl NameProvider for Provider {
    /// Each component is looked at by itself.
    type Normalizing = ();

    fn generate(
        &self,
        query: NameQuery<'_, Self>,
        name: &mut NameControl<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Caching> {
        let below = query.name_below(query.format(), at)?;
        let path = below.units().strip_prefix(below.volume()).unwrap_or(&[]);
        let components = path.strip_prefix(&[SEPARATOR]).unwrap_or(path);
        let first = components.split(|unit| *unit == SEPARATOR).next().unwrap_or(&[]);
        match components.strip_prefix(first) {
            Some(rest) if is_real(first, at) => {
                name.set(below.volume())?;
                name.push(&[SEPARATOR])?;
                name.push(VIRTUAL)?;
                name.push(rest)?;
            }
            _ => name.set(below.units())?,
        }
        Ok(Caching::Allowed)
    }

    /// The names that renames and hard links give come here in components. One that looked for the long names of short ones
    /// would list the parent directory.
    fn normalize<'a>(
        &self,
        component: Component<'_, Self>,
        _: &mut Option<PoolBox<(), Paged>>,
        expanded: Expanded<'a>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Normalized<'a>> {
        let is_in_root = component.parent().strip_prefix(component.volume()) == Some(&[SEPARATOR]);
        expanded.set(if is_in_root && is_real(component.name(), at) { VIRTUAL } else { component.name() })
    }
}

fltmgr::driver!(Provider);
