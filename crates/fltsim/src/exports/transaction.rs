//! The kernel's own routines for transactions.

use fltmgr_sys as sys;
use fltmgr_sys::{
    HANDLE, NTSTATUS, PFILE_OBJECT, PKTRANSACTION, PTXN_PARAMETER_BLOCK, PULONG, PUOW, PVOID,
    TRANSACTION_BASIC_INFORMATION, TRANSACTION_INFORMATION_CLASS, ULONG,
};

use super::export;
use crate::flt::major::size_of_32;
use crate::flt::transaction::KernelTransaction;
use crate::io::FileRef;
use crate::kernel::irql;
use crate::kernel::object::ObjectKind;
use crate::kernel::references::Referenced;

export! {
    dll "ntoskrnl.exe";

    /// What a file object has to do with a transaction, or NULL.
    pub unsafe fn IoGetTransactionParameterBlock(FileObject: PFILE_OBJECT) -> PTXN_PARAMETER_BLOCK {
        // SAFETY: the driver passes a file object.
        let file = unsafe { FileRef::of(FileObject) };
        file.transaction().map_or(std::ptr::null_mut(), |transaction| transaction.parameter_block())
    }

    /// What tells a transaction from others.
    pub unsafe fn TmGetTransactionId(Transaction: PKTRANSACTION, TransactionId: PUOW) {
        if let Some(transaction) = KernelTransaction::find(Transaction as usize) {
            // SAFETY: the driver passes a place for the id.
            unsafe { TransactionId.write(transaction.id()) };
        }
    }

    /// How a transaction stands or ended.
    pub unsafe fn ZwQueryInformationTransaction(
        TransactionHandle: HANDLE,
        TransactionInformationClass: TRANSACTION_INFORMATION_CLASS,
        TransactionInformation: PVOID,
        TransactionInformationLength: ULONG,
        ReturnLength: PULONG,
    ) -> NTSTATUS {
        irql::check(irql::PASSIVE_LEVEL);
        let Some((kind, address, _)) = super::object::resolve(TransactionHandle) else {
            return sys::STATUS_INVALID_HANDLE;
        };
        let transaction = KernelTransaction::find(address).filter(|_| kind == ObjectKind::Transaction);
        let Some(transaction) = transaction else { return sys::STATUS_OBJECT_TYPE_MISMATCH };
        if TransactionInformationClass != sys::TransactionBasicInformation {
            return sys::STATUS_INVALID_INFO_CLASS;
        }
        let length = size_of_32::<TRANSACTION_BASIC_INFORMATION>();
        if TransactionInformationLength < length {
            return sys::STATUS_INFO_LENGTH_MISMATCH;
        }
        let (state, outcome) = transaction.outcome();
        let information = TRANSACTION_BASIC_INFORMATION { TransactionId: transaction.id(), State: state, Outcome: outcome };
        // SAFETY: the driver passes a buffer as long as it says, and NULL or a place for the length.
        unsafe {
            TransactionInformation.cast::<TRANSACTION_BASIC_INFORMATION>().write_unaligned(information);
            if let Some(place) = ReturnLength.as_mut() {
                *place = length;
            }
        }
        sys::STATUS_SUCCESS
    }
}
