use crate::common::{Guarded, Program, failure, units};
use crate::example;
use fltmgr_sys as sys;
use fltsim::config::ServiceConfig;
use fltsim::flt::transaction::Transaction;
use fltsim::machine::{ImageSource, LoadRequest};
use fltsim::status::NtStatus;
use std::sync::Mutex;

/// Creates a file within a transaction.
fn create(program: &Program<'_>, transaction: &Transaction, name: &str) -> Result<(), NtStatus> {
    program
        .open_as(name, |request| {
            request.name = units(name);
            request.disposition = sys::FILE_CREATE;
            request.transaction = Some(transaction.clone());
        })
        .map(drop)
}

#[test]
fn transaction_rolls_back_what_creates_more_than_three_files() {
    let guarded = example("transaction");
    let program = guarded.anybody();
    let few = guarded.machine.begin_transaction();
    for name in ["/a", "/b", "/c"] {
        create(&program, &few, name).unwrap();
    }
    let many = guarded.machine.begin_transaction();
    for name in ["/1", "/2", "/3", "/4"] {
        create(&program, &many, name).unwrap();
    }
    assert_eq!(guarded.machine.take_debug_lines(), [""; 0], "nothing is decided before the commit");
    few.commit().unwrap();
    assert_eq!(guarded.machine.take_debug_lines(), ["committed 3 files"], "each transaction is counted by itself");
    assert_eq!(failure(many.commit()), sys::STATUS_TRANSACTION_ALREADY_ABORTED);
    assert_eq!(guarded.machine.take_debug_lines(), ["rolled back"]);
}

#[test]
fn transaction_counts_nothing_but_what_is_created_within_one() {
    let guarded = example("transaction");
    let program = guarded.anybody();
    for name in ["/1", "/2", "/3", "/4"] {
        program.write(name, b"alone").unwrap();
    }
    let transaction = guarded.machine.begin_transaction();
    create(&program, &transaction, "/a").unwrap();
    for name in ["/1", "/2", "/3", "/4"] {
        let within = Some(transaction.clone());
        drop(program.open_as(name, |request| request.transaction = within).unwrap());
    }
    transaction.commit().unwrap();
    assert_eq!(guarded.machine.take_debug_lines(), ["committed 1 files"]);
    // A program that ends without a commit has rolled back.
    let transaction = guarded.machine.begin_transaction();
    create(&program, &transaction, "/b").unwrap();
    drop(transaction);
    assert_eq!(guarded.machine.take_debug_lines(), ["rolled back"]);
}

#[test]
fn transaction_is_unloaded_while_transactions_are_under_way() {
    let guarded = example("transaction");
    let program = guarded.anybody();
    let transaction = guarded.machine.begin_transaction();
    create(&program, &transaction, "/a").unwrap();
    guarded.machine.unload("transaction").unwrap();
    transaction.commit().unwrap();
    assert_eq!(guarded.machine.take_debug_lines(), [""; 0]);
}

/// Whether each create that the lower filter sees is within a transaction.
static WITHIN: Mutex<Vec<bool>> = Mutex::new(Vec::new());

/// Looks at creates.
mod lower {
    use super::WITHIN;
    use fltmgr::{Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    pub struct Lower;

    impl Filter for Lower {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<op::Create> for Lower {
        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
            WITHIN.lock().unwrap().push(create.transaction().is_some());
            create.pass().into()
        }
    }

    fltmgr::driver!(Lower);
}

/// Opens a file of its own after each create: within the same transaction, and without one.
mod upper {
    use crate::common::units;
    use fltmgr::file::OpenOptions;
    use fltmgr::parameters::Access;
    use fltmgr::{Filter, Operations, PostOp, PostStatus, PreOp, PrePost, PreStatus, Result, Starting, op};

    pub struct Upper;

    impl Filter for Upper {
        const OPERATIONS: Operations<Self> = Operations::new().pre_post::<op::Create>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl PrePost<op::Create> for Upper {
        type Carry = ();

        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create, ()> {
            create.pass_with(())
        }

        fn post<'a>(&self, create: PostOp<'a, op::Create>, (): ()) -> PostStatus<'a, op::Create> {
            if let Some(parameters) = create.transaction_parameters() {
                let name = units(r"\Device\HarddiskVolume2\own");
                let alone = OpenOptions::new(Access::READ);
                for options in [alone.within(parameters), alone] {
                    options.open(create.instance(), &name, create.irql()).expect("the file is there");
                }
            }
            create.finish()
        }
    }

    fltmgr::driver!(Upper);
}

#[test]
fn a_filter_opens_its_own_files_within_a_transaction() {
    let linked = |entry, name: &str, altitude: &str| LoadRequest {
        image: ImageSource::Linked { entry },
        service: ServiceConfig::with_altitude(name, altitude),
    };
    let LoadRequest { image, service } = linked(upper::driver_entry, "upper", "200000");
    let guarded = Guarded::start_driver(image, service);
    let program = guarded.anybody();
    program.write("/own", b"content").unwrap();
    guarded.machine.load(&linked(lower::driver_entry, "lower", "100000")).unwrap();
    let transaction = guarded.machine.begin_transaction();
    create(&program, &transaction, "/a").unwrap();
    assert_eq!(*WITHIN.lock().unwrap(), [true, true, false]);
    transaction.commit().unwrap();
    guarded.machine.unload("lower").unwrap();
}
