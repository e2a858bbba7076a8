use crate::common::{Guarded, failure};
use crate::example;
use fltmgr::context::{Context, Contexts, HasContexts, NewContext, kind};
use fltmgr::pool::{Paged, Tag};
use fltmgr::{Error, Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::io::WriteOffset;
use fltsim::machine::ImageSource;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn context_counts_for_each_handle_and_for_all_of_a_stream() {
    let guarded = example("context");
    let (one, two) = (guarded.anybody(), guarded.anybody());
    let first = one.open_for_writing("/a").unwrap();
    let second = two.open_for_writing("/A").unwrap();
    let other = one.open_for_writing("/b").unwrap();
    let silent = one.open("/a").unwrap();
    first.write(WriteOffset::At(0), &[1; 1000]).unwrap();
    second.write(WriteOffset::At(0), &[2; 300]).unwrap();
    first.write(WriteOffset::At(0), &[3; 20]).unwrap();
    other.write(WriteOffset::At(0), &[4; 5]).unwrap();
    let lines = |file| {
        drop(file);
        guarded.machine.take_debug_lines()
    };
    assert_eq!(lines(silent), [""; 0], "nothing was written through it");
    assert_eq!(lines(first), ["1020 of 1320 bytes"]);
    assert_eq!(lines(second), ["300 of 1320 bytes"]);
    assert_eq!(lines(other), ["5 of 5 bytes"]);
    // The stream's context has gone with the last handle.
    let again = one.open_for_writing("/a").unwrap();
    again.write(WriteOffset::At(0), b"again").unwrap();
    assert_eq!(lines(again), ["5 of 5 bytes"]);
}

#[test]
fn context_refuses_what_is_too_much_for_a_file() {
    let guarded = example("context");
    let program = guarded.anybody();
    let file = program.open_for_writing("/a").unwrap();
    file.write(WriteOffset::At(0), &vec![1; 60_000]).unwrap();
    let second = program.open_for_writing("/a").unwrap();
    assert_eq!(failure(second.write(WriteOffset::At(0), &[2; 6_000])), sys::STATUS_DISK_FULL);
    second.write(WriteOffset::At(0), &[2; 5_536]).unwrap();
    assert_eq!(failure(file.write(WriteOffset::At(0), &[2; 1])), sys::STATUS_DISK_FULL);
    // Another file is not concerned.
    program.write("/b", &vec![3; 60_000]).unwrap();
}

/// What the filter below found.
static FOUND: Mutex<Vec<(&str, Option<u32>)>> = Mutex::new(Vec::new());

/// A filter that does with contexts what the example has no use for.
struct Probe;

/// How many marks were dropped.
static DROPPED: AtomicU32 = AtomicU32::new(0);

struct Mark(u32);

impl Drop for Mark {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

impl Context for Mark {
    type Filter = Probe;
    type Kind = kind::Stream;
    type Pool = Paged;
    const TAG: Tag = Tag::new(*b"Mark");
}

impl Filter for Probe {
    const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();
    const CONTEXTS: Contexts<Self> = Contexts::new().with::<Mark>();

    fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
        Ok(Self)
    }
}

impl PrePost<op::Create> for Probe {
    // It is made before the file is open, and set after (J-18).
    type Carry = NewContext<Mark>;

    fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, Self::Carry> {
        match NewContext::try_new(Mark(1), create.irql()) {
            Ok(mark) => create.pass_with(mark),
            Err(error) => create.fail(error).into(),
        }
    }

    fn post<'a>(&self, create: PostOp<'a, op::Create>, one: NewContext<Mark>) -> PostStatus<'a, op::Create> {
        let at = create.irql();
        if let Some(file) = create.opened() {
            let mark = |value| NewContext::try_new(Mark(value), at).expect("memory");
            let note = |what, context: Option<&Mark>| FOUND.lock().unwrap().push((what, context.map(|mark| mark.0)));
            assert!(file.supports_context::<Mark, _>(at));
            assert_eq!(file.find_context::<Mark, _>(at).err(), Some(Error::NOT_FOUND));
            note("kept", file.keep_context(one, at).ok().as_deref());
            note("kept instead", file.keep_context(mark(2), at).ok().as_deref());
            let old = file.replace_context(mark(3), at).expect("a context is set");
            note("replaced", old.as_deref());
            let third = file.context::<Mark, _>(at).expect("a context is set");
            third.delete(at);
            note("taken off", Some(&*third));
            note("found", file.context::<Mark, _>(at).as_deref());
            // What is on no object any more is not taken off again.
            note("deleted", file.delete_context::<Mark, _>(at).as_deref());
            note("kept again", file.keep_context(mark(4), at).ok().as_deref());
            note("deleted again", file.delete_context::<Mark, _>(at).as_deref());
        }
        create.finish()
    }
}

fltmgr::driver!(Probe);

#[test]
fn contexts_are_kept_replaced_and_taken_off() {
    let service = ServiceConfig::with_altitude("probe", "370000");
    let guarded = Guarded::start_driver(ImageSource::Linked { entry: driver_entry }, service);
    drop(guarded.anybody().open_for_writing("/a").unwrap());
    let expected = [
        ("kept", Some(1)),
        ("kept instead", Some(1)),
        ("replaced", Some(1)),
        ("taken off", Some(3)),
        ("found", None),
        ("deleted", None),
        ("kept again", Some(4)),
        ("deleted again", Some(4)),
    ];
    assert_eq!(*FOUND.lock().unwrap(), expected);
    assert_eq!(DROPPED.load(Ordering::SeqCst), 4, "each value is dropped once");
}
