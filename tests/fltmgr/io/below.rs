//! Who sees what a filter issues, and what goes along with it.

use super::{Issue, TAG, issue, issuing};
use crate::common::Guarded;
use crate::rig::{load_another, saw};
use fltmgr::ecp::EcpList;
use fltmgr::file::OpenOptions;
use fltmgr::guid::Guid;
use fltmgr::parameters::{Access, Disposition};

/// What goes along with a create.
const NOTE: Guid = Guid::new(0x51ab_9c02_7e44_4b0d_8a61_2f90_d3c8_7714);

/// A filter that tells what it sees, and acknowledges the note.
mod watching {
    use super::NOTE;
    use crate::rig::saw;
    use fltmgr::op::{self, Operation};
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting};

    struct Watch;

    impl Filter for Watch {
        const OPERATIONS: Operations<Self> = Operations::new()
            .pre::<op::Create>()
            .pre::<op::Read>()
            .pre::<op::Write>()
            .pre::<op::SetInformation>()
            .pre::<op::Cleanup>()
            .pre::<op::Close>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    fn tell<O: Operation>(operation: PreOp<'_, O>) -> PreStatus<'_, O> {
        // That the last handle is closed is told by the I/O manager.
        if operation.is_generated() || matches!(O::NAME, "IRP_MJ_CLEANUP" | "IRP_MJ_CLOSE") {
            saw(&O::NAME[7..]);
        }
        operation.pass().into()
    }

    impl Pre<op::Create> for Watch {
        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
            if let Ok(Some(list)) = create.ecp_list(create.irql())
                && let Some(note) = list.find(NOTE)
            {
                let mut bytes = [0; 4];
                saw(format!("note {:?} {:?}", note.read(0, &mut bytes), bytes));
                note.acknowledge();
            }
            tell(create)
        }
    }

    macro_rules! tell {
        ($($kind:ident)*) => {$(
            impl Pre<op::$kind> for Watch {
                fn pre<'a>(&self, operation: PreOp<'a, op::$kind>) -> PreStatus<'a, op::$kind> {
                    tell(operation)
                }
            }
        )*};
    }

    tell!(Read Write SetInformation Cleanup Close);

    fltmgr::driver!(Watch);
}

/// The machine with the filter that issues I/O, and one that watches: at this altitude.
fn watched(altitude: &str) -> Guarded {
    let guarded = issuing();
    load_another(&guarded, watching::driver_entry, "watch", altitude);
    guarded
}

/// What the other filter sees of one file that is made, written, read, emptied and closed.
fn seen_at(altitude: &str) -> Vec<String> {
    let guarded = watched(altitude);
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        file.write(0, b"content", here.at)?;
        file.read(0, &mut [0; 4], here.at)?;
        file.set(&fltmgr::file::information::EndOfFile(0), here.at)
    });
    guarded.machine.unload("watch").unwrap();
    found.unwrap()
}

#[test]
fn what_a_filter_issues_is_seen_below_it_and_nowhere_else() {
    assert_eq!(seen_at("300000"), ["CREATE", "WRITE", "READ", "SET_INFORMATION", "CLEANUP", "CLOSE"]);
    assert_eq!(seen_at("380000"), Vec::<String>::new());
}

#[test]
fn extra_create_parameters_go_along_and_stay_the_callers() {
    let guarded = watched("300000");
    let found = issue(&guarded, |here| {
        let mut list = EcpList::<Issue>::try_new(here.at)?;
        list.insert_bytes(NOTE, &[1, 2, 3, 4], TAG, here.at)?;
        let options = OpenOptions::new(Access::READ).disposition(Disposition::OpenIf);
        for name in ["/a", "/b"] {
            drop(options.open_with(here.instance, &here.name(name), &mut list, here.at)?);
            let note = list.view(here.at).find(NOTE).expect("the note is there");
            saw(note.is_acknowledged());
            note.prepare_to_reuse();
        }
        Ok(())
    });
    let each = ["note Ok(()) [1, 2, 3, 4]", "CREATE", "CLEANUP", "CLOSE", "true"];
    assert_eq!(found.unwrap(), [each, each].concat());
    guarded.machine.unload("watch").unwrap();
}
