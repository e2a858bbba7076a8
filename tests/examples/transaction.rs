use crate::common::{Program, failure, units};
use crate::example;
use fltmgr_sys as sys;
use fltsim::flt::transaction::Transaction;
use fltsim::status::NtStatus;

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
