//! A provider of names, asked by itself (rules K-27 to K-33). That others are told by it, its example shows.

use super::probe::{text, units};
use crate::common::Guarded;
use crate::rig::{saw, seen, start};
use fltmgr::irql::{Irql, PassiveLevel};
use fltmgr::name::{
    Caching, Component, DestinationFormat, Expanded, Format, NameControl, NameProvider, NameQuery, NormalizeFlags,
    Normalized, ProviderFlags, Provides, Query,
};
use fltmgr::parameters::Change;
use fltmgr::pool::{Paged, PoolBox, Tag};
use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
use fltsim::config::ServiceConfig;

/// Names in capitals; of normalized names it has the components made.
pub struct Provider;

impl Filter for Provider {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::FlushBuffers>().pre::<op::SetInformation>();
    const NAMES: Provides<Self> = Provides::names();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

fn loud(name: &[u16]) -> Vec<u16> {
    units(&text(name).to_uppercase())
}

impl NameProvider for Provider {
    /// How many components there were.
    type Normalizing = u32;

    fn generate(
        &self,
        query: NameQuery<'_, Self>,
        name: &mut NameControl<'_>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Caching> {
        if query.format() == Format::Normalized {
            return Err(Error::NOT_SUPPORTED);
        }
        let volume = query.instance()?.volume(at)?;
        assert_eq!(text(&volume.as_volume().name(Tag::new(*b"Prov"), at)?), r"\Device\HarddiskVolume2");
        saw(format!("generate {}", query.is_in_operation()));
        let below = query.name_below(Format::Opened, at)?;
        // It grows, and what was there is not seen any more.
        name.set(&units(&"x".repeat(2000)))?;
        name.clear();
        name.push(below.volume())?;
        name.push(&loud(below.units().strip_prefix(below.volume()).unwrap_or(&[])))?;
        assert_eq!(name.units().len(), below.units().len());
        Ok(Caching::Forbidden)
    }

    fn normalize<'a>(
        &self,
        component: Component<'_, Self>,
        kept: &mut Option<PoolBox<u32, Paged>>,
        expanded: Expanded<'a>,
        at: Irql<'_, PassiveLevel>,
    ) -> Result<Normalized<'a>> {
        assert_ne!(component.instance()?.volume(at)?.as_volume().address(), 0);
        let count = kept.take().map_or(0, PoolBox::into_inner);
        *kept = Some(PoolBox::try_new(count + 1, Tag::new(*b"Prov"))?);
        let below = component.parent().strip_prefix(component.volume()).unwrap_or(&[]);
        let (parent, name) = (text(below), text(component.name()));
        let is_destination = component.flags().contains(NormalizeFlags::DESTINATION_FILE_NAME);
        saw(format!("component {count} {parent} {name} {is_destination}"));
        if name == "NOWHERE" {
            return Err(Error::from_raw(fltmgr_sys::STATUS_NO_SUCH_FILE).unwrap());
        }
        expanded.set(&units(&format!("<{name}>")))
    }
}

impl Pre<op::FlushBuffers> for Provider {
    fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
        let at = flush.irql();
        for flags in [
            ProviderFlags::empty(),
            ProviderFlags::DO_NOT_CACHE,
            ProviderFlags::REQUEST_FROM_CURRENT_PROVIDER | ProviderFlags::DO_NOT_CACHE,
        ] {
            let name = flush.name_for_provider(self, Format::Normalized, Query::Default, flags, at);
            saw(match name {
                Ok(name) => text(name.units().strip_prefix(name.volume()).unwrap()),
                Err(error) => format!("{:#010x}", error.raw()),
            });
        }
        flush.pass().into()
    }
}

impl Pre<op::SetInformation> for Provider {
    fn pre<'a>(&self, set: PreOp<'a, op::SetInformation>) -> PreStatus<'a, op::SetInformation> {
        let at = set.irql();
        if let Change::Rename(target) = set.parameters().change() {
            for flags in [ProviderFlags::empty(), ProviderFlags::REQUEST_FROM_CURRENT_PROVIDER] {
                let (format, query) = (DestinationFormat::Normalized, Query::Default);
                let name = set.destination_name_for_provider(self, &target, format, query, flags, at).unwrap();
                saw(text(name.units().strip_prefix(name.volume()).unwrap()));
            }
        }
        set.pass().into()
    }
}

fltmgr::driver!(Provider);

fn provider() -> Guarded {
    start(driver_entry, ServiceConfig::with_altitude("provider", "300000"))
}

#[test]
fn a_provider_is_told_by_those_below_unless_it_asks_itself() {
    let guarded = provider();
    let program = guarded.anybody();
    program.make_directory("/dir").unwrap();
    program.open_for_writing("/dir/file").unwrap().flush().unwrap();
    assert_eq!(
        seen(),
        [
            r"\dir\file",
            r"\dir\file",
            "generate true",
            r"component 0 \ DIR false",
            r"component 1 \<DIR>\ FILE false",
            r"\<DIR>\<FILE>",
        ]
    );
    program.open_for_writing("/nowhere").unwrap().flush().unwrap();
    assert_eq!(seen().last().unwrap(), &format!("{:#010x}", fltmgr_sys::STATUS_NO_SUCH_FILE));
}

#[test]
fn a_provider_makes_the_names_that_renames_give() {
    let guarded = provider();
    let program = guarded.anybody();
    program.write("/a", b"").unwrap();
    program.rename("/a", "/b").unwrap();
    assert_eq!(seen(), [r"\b", r"component 0 \ b true", r"\<b>"]);
    // The file that a rename makes need not be there.
    program.rename("/b", "/NOWHERE").unwrap();
    assert_eq!(seen(), [r"\NOWHERE", r"component 0 \ NOWHERE true", r"\NOWHERE"]);
}
