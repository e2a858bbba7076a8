use crate::example;
use fltmgr::name::{Format, Query};
use fltmgr::parameters::Change;
use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};
use fltsim::config::ServiceConfig;
use fltsim::machine::{ImageSource, LoadRequest};
use std::sync::Mutex;

/// A filter above the provider, which notes what it is told.
struct Above;

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A name without its volume's.
fn note(what: &str, name: &fltmgr::name::FileName<'_>) {
    let name = String::from_utf16(name.units().strip_prefix(name.volume()).unwrap()).unwrap();
    TOLD.lock().unwrap().push(format!("{what} {name}"));
}

fn told() -> Vec<String> {
    std::mem::take(&mut *TOLD.lock().unwrap())
}

impl Filter for Above {
    const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>().pre::<op::SetInformation>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl Pre<op::Create> for Above {
    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
        if !create.parameters().opens_target_directory() {
            let at = create.irql();
            note("opened", &create.name(Format::Opened, Query::Default, at).unwrap());
            note("normalized", &create.name(Format::Normalized, Query::Default, at).unwrap());
        }
        create.pass().into()
    }
}

impl Pre<op::SetInformation> for Above {
    fn pre<'a>(&self, set: PreOp<'a, op::SetInformation>) -> PreStatus<'a, op::SetInformation> {
        let at = set.irql();
        if let Change::Rename(target) = set.parameters().change() {
            note("from", &set.name(Format::Normalized, Query::Default, at).unwrap());
            note("to", &set.destination_name(&target, at).unwrap());
        }
        set.pass().into()
    }
}

fltmgr::driver!(Above);

#[test]
fn name_provider_calls_what_lies_under_real_virtual() {
    let guarded = example("name_provider");
    let program = guarded.anybody();
    program.make_directory("/real").unwrap();
    program.make_directory("/really").unwrap();
    let above = LoadRequest {
        image: ImageSource::Linked { entry: driver_entry },
        service: ServiceConfig::with_altitude("above", "380000"),
    };
    guarded.machine.load(&above).unwrap();
    for (opened, says) in [
        ("/Real/file", [r"opened \virtual\file", r"normalized \virtual\file"]),
        ("/REAL", [r"opened \virtual", r"normalized \virtual"]),
        ("/really/file", [r"opened \really\file", r"normalized \really\file"]),
        ("/other", [r"opened \other", r"normalized \other"]),
        ("/really/real", [r"opened \really\real", r"normalized \really\real"]),
    ] {
        drop(program.open_as(opened, |request| request.disposition = fltmgr_sys::FILE_OPEN_IF));
        assert_eq!(told(), says, "for {opened}");
    }

    // A name that is relative to the file is one beside what the file is called; a whole one is translated.
    program.rename("/real/file", "moved").unwrap();
    assert_eq!(told()[2..], [r"from \virtual\file", r"to \virtual\moved"]);
    program.rename("/real/moved", "/real/again").unwrap();
    assert_eq!(told()[2..], [r"from \virtual\moved", r"to \virtual\again"]);
    program.rename("/real/again", "/really/there").unwrap();
    assert_eq!(told()[2..], [r"from \virtual\again", r"to \really\there"]);

    // Without the provider names are those of the file system, also of what is open.
    let file = program.open_as("/really/there", |request| request.desired_access |= fltmgr_sys::DELETE).unwrap().0;
    guarded.machine.unload("name_provider").unwrap();
    told();
    file.rename(&crate::common::units("/real/back"), fltsim::io::RenameFlags::default()).unwrap();
    assert_eq!(told(), [r"from \really\there", r"to \real\back"]);
    drop(file);
    guarded.machine.unload("above").unwrap();
}
