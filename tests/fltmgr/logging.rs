use crate::runner::{PROVIDER, runner_that_starts};
use fltmgr::etw::{Event, Fields, Level, Provider};
use fltsim::kernel::etw::TraceEvent;

struct Opened<'a> {
    status: i32,
    name: &'a [u16],
    is_directory: bool,
}

impl Event for Opened<'_> {
    const ID: u16 = 3;
    const VERSION: u8 = 1;
    const LEVEL: Level = Level::Informational;
    const KEYWORDS: u64 = 0b10;

    fn fields(&self) -> impl Fields {
        (self.status, self.name, self.is_directory)
    }
}

struct Failed;

impl Event for Failed {
    const ID: u16 = 4;
    const LEVEL: Level = Level::Error;
    const KEYWORDS: u64 = 0b100;

    fn fields(&self) -> impl Fields {}
}

fn write_both(provider: Provider) {
    let name: Vec<u16> = "ab".encode_utf16().collect();
    provider.write(&Opened { status: -1, name: &name, is_directory: true }).unwrap();
    provider.write(&Failed).unwrap();
}

#[test]
fn who_listens_gets_the_fields_as_they_are() {
    let (runner, provider) = runner_that_starts(&[], |starting| starting.provider().unwrap());
    let machine = &runner.guarded.machine;
    runner.call(move |_, _| write_both(provider));
    assert_eq!(machine.take_events(), [], "nobody listens");

    machine.listen(PROVIDER, 5, 0);
    runner.call(move |_, _| write_both(provider));
    let opened = TraceEvent {
        provider: PROVIDER,
        id: 3,
        version: 1,
        level: 4,
        keywords: 0b10,
        // win:Int32, win:CountedUnicodeString and win:Boolean.
        data: vec![vec![0xFF; 4], vec![4, 0], vec![b'a', 0, b'b', 0], vec![1, 0, 0, 0]],
    };
    let failed = TraceEvent { id: 4, version: 0, level: 2, keywords: 0b100, data: Vec::new(), ..opened.clone() };
    assert_eq!(machine.take_events(), [opened, failed]);
}

#[test]
fn who_listens_gets_the_levels_and_keywords_that_were_asked_for() {
    let (runner, provider) = runner_that_starts(&[], |starting| starting.provider().unwrap());
    let written = |level, keywords| {
        runner.guarded.machine.listen(PROVIDER, level, keywords);
        runner.call(move |_, _| write_both(provider));
        runner.guarded.machine.take_events().iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(written(2, 0), [4], "an error matters more than information");
    assert_eq!(written(5, 0b10), [3]);
    assert_eq!(written(5, 0b1), [0_u16; 0]);
    runner.guarded.machine.listen(PROVIDER, 2, 0);
    assert_eq!(
        runner.call(move |_, _| (provider.is_enabled::<Opened<'_>>(), provider.is_enabled::<Failed>())),
        (false, true)
    );
}
