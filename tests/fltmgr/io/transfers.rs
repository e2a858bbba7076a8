//! Reading and writing.
#![expect(unsafe_code, reason = "a control that the layer does not know is vouched for")]

use super::{Here, TAG, failing, issue, issuing};
use crate::common::failure;
use crate::rig::{load_another, saw, seen, wait_for};
use fltmgr::file::asynchronous::{self, Completion, Transferred};
use fltmgr::file::{FlushKind, KeptFile, MdlBuffer, OpenOptions, Paging, PlainControl, Transfer};
use fltmgr::irql::{DispatchLevel, Irql};
use fltmgr::lock::FastMutex;
use fltmgr::parameters::{Access, ControlCode, CreateOptions, Disposition, ShareAccess};
use fltmgr::pool::{NonPaged, PoolVec};
use fltmgr::{Error, Result};
use std::sync::Mutex;
use std::time::Duration;

#[test]
fn what_is_written_is_read() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        saw(file.write(0, b"0123456789", here.at)?);
        saw(file.write_with(Transfer::at_end(), b"ab", here.at)?);
        let mut bytes = [0; 20];
        let length = file.read(3, &mut bytes, here.at)?;
        saw(String::from_utf8_lossy(&bytes[..length]));
        saw(file.read(12, &mut bytes, here.at)?);
        saw(file.read(0, &mut [], here.at)? + file.write(0, &[], here.at)?);
        file.flush(here.at)?;
        file.flush_with(FlushKind::AndPurge, here.at)
    });
    assert_eq!(found.unwrap(), ["10", "2", "3456789ab", "0", "0"]);
    assert_eq!(guarded.anybody().read("/a").unwrap(), b"0123456789ab");
}

#[test]
fn a_file_position_is_for_files_that_are_opened_for_synchronous_io() {
    let guarded = issuing();
    guarded.anybody().write("/a", b"0123456789").unwrap();
    let found = issue(&guarded, |here| {
        let options = OpenOptions::new(Access::READ).options(CreateOptions::SYNCHRONOUS_IO_NONALERT);
        let file = here.open("/a", options)?;
        let mut bytes = [0; 4];
        file.read_with(Transfer::at_position(), &mut bytes, here.at)?;
        // This leaves the position where it is.
        file.read(0, &mut bytes[..1], here.at)?;
        file.read_with(Transfer::at_position(), &mut bytes, here.at)?;
        saw(String::from_utf8_lossy(&bytes));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["4567"]);
    let other =
        failing(&guarded, |here| here.file("/a")?.read_with(Transfer::at_position(), &mut [0; 4], here.at).map(drop));
    assert_eq!(other, Error::INVALID_PARAMETER);
}

#[test]
fn non_cached_transfers_go_by_sectors() {
    let guarded = issuing();
    guarded.anybody().write("/a", &[7; 1024]).unwrap();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        let mut page = PoolVec::<u8, NonPaged>::try_filled(0, 4096, TAG)?;
        saw(file.read_with(Transfer::at(512).non_cached(), &mut page, here.at)?);
        saw(file.read_with(Transfer::at(1).non_cached(), &mut page, here.at) == Err(Error::INVALID_PARAMETER));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["512", "true"]);
}

#[test]
fn paging_io_is_synchronous_or_not() {
    let guarded = issuing();
    guarded.anybody().write("/a", &[7; 512]).unwrap();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        for how in [Paging::Ordinary, Paging::Synchronous] {
            let mut sector = PoolVec::<u8, NonPaged>::try_filled(0, 512, TAG)?;
            saw(file.read_paging(0, how, &mut sector, here.at)?);
            saw(file.write_paging(0, how, &sector, here.at)?);
        }
        Ok(())
    });
    assert_eq!(found.unwrap(), ["512"; 4]);
}

#[test]
fn what_goes_past_the_cache_is_of_whole_sectors() {
    let guarded = issuing();
    guarded.anybody().write("/a", &[7; 700]).unwrap();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        let refused = |result: Result<usize>| saw(result == Err(Error::INVALID_PARAMETER));
        let mut part = PoolVec::<u8, NonPaged>::try_filled(0, 700, TAG)?;
        refused(file.read_paging(0, Paging::Synchronous, &mut part, here.at));
        refused(file.write_paging(0, Paging::Ordinary, &part, here.at));
        refused(file.read_with(Transfer::at(0).non_cached(), &mut part, here.at));
        let started =
            asynchronous::read(file.reference()?, Transfer::at(0).non_cached(), part, Tell("never"), TAG, here.at);
        saw(started.is_err_and(|kept| kept.error == Error::INVALID_PARAMETER));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["true"; 4]);
}

/// Tells how a transfer has ended.
struct Tell(&'static str);

impl Completion for Tell {
    type Filter = super::Issue;

    fn completed(self, _: &super::Issue, transferred: Transferred, _: Irql<'_, DispatchLevel>) {
        let Transferred { buffer, result, .. } = transferred;
        let bytes = result.map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned());
        saw(format!("{} {:?}", self.0, bytes.map_err(Error::raw)));
    }
}

fn array(bytes: &[u8]) -> Result<PoolVec<u8, NonPaged>> {
    PoolVec::try_from_slice(bytes, TAG)
}

#[test]
fn an_asynchronous_transfer_gives_its_buffer_back() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        let failed = |kept: asynchronous::NotStarted<Tell>| kept.error;
        let (at, end) = (Transfer::at(0), Transfer::at(100));
        let empty = asynchronous::read(file.reference()?, at, array(&[])?, Tell("never"), TAG, here.at);
        assert_eq!(empty.map_err(failed), Err(Error::INVALID_BUFFER_SIZE));
        asynchronous::write(file.reference()?, at, array(b"content")?, Tell("written"), TAG, here.at)
            .map_err(failed)?;
        wait_for(1);
        asynchronous::read(file.reference()?, at, array(&[0; 20])?, Tell("read"), TAG, here.at).map_err(failed)?;
        wait_for(2);
        asynchronous::read(file.reference()?, end, array(&[0; 20])?, Tell("at the end"), TAG, here.at)
            .map_err(failed)?;
        wait_for(3);
        Ok(())
    });
    assert_eq!(found.unwrap(), ["written Ok(\"content\")", "read Ok(\"content\")", "at the end Ok(\"\")"]);
}

#[test]
fn an_asynchronous_transfer_that_does_not_begin_gives_everything_back() {
    let guarded = issuing();
    let closed = failing(&guarded, |here| {
        let file = here.file("/a")?;
        let reference = file.reference()?;
        drop(file);
        match asynchronous::write(reference, Transfer::at(0), array(b"abc")?, Tell("never"), TAG, here.at) {
            Ok(()) => Ok(()),
            Err(kept) => {
                assert_eq!((&*kept.buffer, kept.completion.0), (&b"abc"[..], "never"));
                Err(kept.error)
            }
        }
    });
    assert_eq!(closed, Error::FILE_CLOSED);
    let refused = failing(&guarded, |here| {
        // A position is for files that are opened for synchronous I/O.
        let file = here.file("/a")?;
        let started =
            asynchronous::read(file.reference()?, Transfer::at_position(), array(b"abc")?, Tell("never"), TAG, here.at);
        started.map_err(|kept| {
            assert_eq!((&*kept.buffer, kept.completion.0), (&b"abc"[..], "never"));
            kept.error
        })
    });
    assert_eq!(refused, Error::INVALID_PARAMETER);
    assert_eq!(seen(), Vec::<String>::new());
}

/// A filter that has reads wait until `/release` is opened.
mod holding {
    use fltmgr::irql::{Irql, PassiveLevel};
    use fltmgr::name::{Format, Query};
    use fltmgr::pending::PendedPre;
    use fltmgr::work::{DeferredPre, NotQueued, Queue};
    use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op, utf16};
    use std::convert::Infallible;
    use std::sync::Mutex;

    static WAITING: Mutex<Vec<PendedPre<op::Read>>> = Mutex::new(Vec::new());

    struct Hold;

    impl Filter for Hold {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>().pre::<op::Read>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    impl Pre<op::Create> for Hold {
        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
            let name = create.name(Format::Opened, Query::Default, create.irql());
            if name.is_ok_and(|name| name.units().ends_with(utf16!("release"))) {
                for read in std::mem::take(&mut *WAITING.lock().unwrap()) {
                    read.fail(Error::CANCELLED);
                }
            }
            create.pass().into()
        }
    }

    struct Wait;

    impl DeferredPre<op::Read> for Wait {
        type Filter = Hold;
        type Carry = Infallible;

        fn run(self, _: &Hold, read: PendedPre<op::Read>, _: Irql<'_, PassiveLevel>) {
            WAITING.lock().unwrap().push(read);
        }
    }

    impl Pre<op::Read> for Hold {
        fn pre<'a>(&self, read: PreOp<'a, op::Read>) -> PreStatus<'a, op::Read> {
            let read = match read.into_irp() {
                Ok(read) => read,
                Err(read) => return read.pass().into(),
            };
            match read.defer(Wait, Queue::Delayed, crate::io::TAG) {
                Ok(pending) => pending.into(),
                Err(NotQueued { kept: read, .. }) => read.pass().into(),
            }
        }
    }

    fltmgr::driver!(Hold);
}

#[test]
fn a_filter_stays_until_its_asynchronous_transfers_have_ended() {
    let guarded = issuing();
    load_another(&guarded, holding::driver_entry, "hold", "300000");
    guarded.anybody().write("/a", b"content").unwrap();
    let begun = issue(&guarded, |here| {
        // The file is closed when this ends, and the transfer goes on.
        let file = here.file("/a")?;
        let buffer = array(&[0; 20])?;
        asynchronous::read(file.reference()?, Transfer::at(0), buffer, Tell("read"), TAG, here.at)
            .map_err(|kept| kept.error)
    });
    assert_eq!(begun.unwrap(), Vec::<String>::new());
    std::thread::scope(|scope| {
        let unloading = scope.spawn(|| guarded.machine.unload("issue"));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!unloading.is_finished(), "the filter has a transfer under way");
        assert_eq!(seen(), Vec::<String>::new());
        while !unloading.is_finished() {
            // It may be on its way to where it waits.
            assert!(!guarded.anybody().exists("/release"));
        }
        unloading.join().unwrap().unwrap();
    });
    assert_eq!(seen(), [format!("read Err({})", Error::CANCELLED.raw())]);
    guarded.machine.unload("hold").unwrap();
}

#[test]
fn bytes_go_through_an_mdl() {
    let guarded = issuing();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        let mut buffer = MdlBuffer::try_new(array(b"described")?)?;
        saw(file.write_mdl(Transfer::at(0), &buffer, here.at)?);
        buffer.fill(b'-');
        saw(file.read_mdl(Transfer::at(4), &mut buffer, here.at)?);
        saw(String::from_utf8_lossy(&buffer));
        saw(file.read_mdl(Transfer::at(100), &mut buffer, here.at)?);
        saw(MdlBuffer::try_new(PoolVec::new(TAG)).err() == Some(Error::INVALID_BUFFER_SIZE));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["9", "5", "ribed----", "0", "true"]);
}

/// What stays open between two creates.
static KEPT: Mutex<Option<KeptFile>> = Mutex::new(None);

fn keep(here: Here<'_>) -> Result<()> {
    // Nobody else may open it meanwhile.
    let options = OpenOptions::new(Access::WRITE).disposition(Disposition::OpenIf).share(ShareAccess::empty());
    let file = here.open("/log", options)?.keep(TAG).map_err(|(_, error)| error)?;
    *KEPT.lock().unwrap() = Some(file);
    Ok(())
}

#[test]
fn a_file_is_kept_open_for_longer_than_a_callback() {
    let guarded = issuing();
    issue(&guarded, keep).unwrap();
    assert_eq!(failure(guarded.anybody().open("/log")), fltmgr_sys::STATUS_SHARING_VIOLATION);
    issue(&guarded, |here| {
        let kept = KEPT.lock().unwrap().take().expect("a file");
        kept.write(0, b"later", here.at)?;
        kept.close(here.at);
        Ok(())
    })
    .unwrap();
    assert_eq!(guarded.anybody().read("/log").unwrap(), b"later");
}

#[test]
fn a_kept_file_that_is_dropped_where_it_cannot_be_closed_is_closed_in_a_worker() {
    let guarded = issuing();
    issue(&guarded, keep).unwrap();
    issue(&guarded, |here| {
        let lock = FastMutex::try_new(KEPT.lock().unwrap().take(), TAG)?;
        lock.with(here.at, |kept, _| drop(kept.take()));
        Ok(())
    })
    .unwrap();
    while guarded.anybody().open("/log").is_err() {
        std::thread::yield_now();
    }
}

#[test]
fn controls_pass_bytes() {
    let guarded = issuing();
    guarded.anybody().write("/a", b"0123456789").unwrap();
    let found = issue(&guarded, |here| {
        let file = here.file("/a")?;
        // FILE_ZERO_DATA_INFORMATION: from byte 2 on, up to byte 5.
        let range = [2_u64.to_le_bytes(), 5_u64.to_le_bytes()].concat();
        saw(file.fs_control(PlainControl::SET_ZERO_DATA, &range, &mut [], here.at)?);
        let unknown = file.fs_control(PlainControl::QUERY_USN_JOURNAL, &[], &mut [0; 64], here.at);
        saw(unknown == Err(Error::INVALID_DEVICE_REQUEST));
        // SAFETY: IOCTL_STORAGE_GET_DEVICE_NUMBER has no input, and three numbers as its output.
        let number = unsafe { PlainControl::new(ControlCode(0x002D_1080)) };
        let volume = here.instance.open_volume(here.at)?;
        // No volume of fltsim has a device, which is what the device says.
        saw(volume.device_control(number, &[], &mut [0; 12], here.at) == Err(Error::INVALID_DEVICE_REQUEST));
        Ok(())
    });
    assert_eq!(found.unwrap(), ["0", "true", "true"]);
    assert_eq!(guarded.anybody().read("/a").unwrap(), [b"01", &[0; 3][..], b"56789"].concat());
}
