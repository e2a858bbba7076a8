//! Extra create parameters, as `fltmgr` has them: a filter written with it, linked into the test, in fltsim.
#![expect(unsafe_code, reason = "bytes are copied that fltmgr does not show")]

use crate::rig::{saw, seen, with_two_instances};

/// A filter that opens a file of its own, with a list, when a file is flushed. A create that comes with the list passes the
/// instance below.
mod sending {
    use super::saw;
    use fltmgr::ecp::{EcpList, ExtraCreateParameter};
    use fltmgr::file::OpenOptions;
    use fltmgr::guid::Guid;
    use fltmgr::irql::{Irql, PassiveLevel};
    use fltmgr::parameters::Access;
    use fltmgr::pool::Tag;
    use fltmgr::{Error, Filter, Operations, Pre, PreOp, PreStatus, Result, Starting, op};

    const TAG: Tag = Tag::new(*b"Send");
    const BYTES: Guid = Guid::new(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);

    struct Send;

    impl Filter for Send {
        const OPERATIONS: Operations<Self> = Operations::new().pre::<op::Create>().pre::<op::FlushBuffers>();

        fn start(_: &mut Starting<'_, Self>) -> Result<Self> {
            Ok(Self)
        }
    }

    struct Number(u32);

    impl ExtraCreateParameter for Number {
        type Filter = Send;
        const GUID: Guid = Guid::new(0x1112_1314_1516_1718_191a_1b1c_1d1e_1f20);
        const TAG: Tag = TAG;
    }

    impl Drop for Number {
        fn drop(&mut self) {
            saw(format!("{} is dropped", self.0));
        }
    }

    /// Another type with the GUID of numbers, and as large.
    struct Impostor(u32);

    impl ExtraCreateParameter for Impostor {
        type Filter = Send;
        const GUID: Guid = Number::GUID;
        const TAG: Tag = TAG;
    }

    impl Pre<op::Create> for Send {
        fn pre<'a>(&self, create: PreOp<'a, op::Create>) -> PreStatus<'a, op::Create> {
            let Some(list) = create.ecp_list(create.irql()).unwrap() else { return create.pass().into() };
            for ecp in list {
                let mut bytes = [0; 3];
                match ecp.value::<Number>() {
                    Some(number) => saw(format!("found the number {}", number.0)),
                    None => match ecp.read(0, &mut bytes) {
                        Ok(()) => saw(format!("found {bytes:?} of {}", ecp.len())),
                        Err(error) => saw(format!("found what cannot be read: {error:?}")),
                    },
                }
                assert!(!ecp.is_from_user_mode());
                assert!(ecp.value::<Impostor>().is_none_or(|impostor| impostor.0 == 77));
                assert_eq!(ecp.read(usize::MAX, &mut bytes), Err(Error::BUFFER_TOO_SMALL));
                assert_eq!(ecp.read(ecp.len(), &mut bytes), Err(Error::BUFFER_TOO_SMALL));
            }
            if let Some(number) = list.find(Number::GUID) {
                number.acknowledge();
            }
            create.pass().into()
        }
    }

    /// Nobody gets a second number by its bytes, not even who reads them as another driver can.
    fn refuse_copies(list: &EcpList<Send>, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let number = list.view(at).find(Number::GUID).unwrap();
        let value = number.value::<Number>().unwrap();
        assert_eq!(number.read(0, &mut [0]), Err(Error::ACCESS_DENIED));
        // SAFETY: the value is the last in its memory, which is initialized, as there is no room between what is in it.
        let copy = unsafe {
            let end = std::ptr::from_ref(value).add(1).cast::<u8>();
            std::slice::from_raw_parts(end.sub(number.len()), number.len()).to_vec()
        };
        let mut other = EcpList::<Send>::try_new(at)?;
        other.insert_bytes(Number::GUID, &copy, TAG, at)?;
        assert!(other.view(at).find(Number::GUID).unwrap().value::<Number>().is_none());
        assert!(other.remove::<Number, _>(at).is_none(), "a copy is no number");
        Ok(())
    }

    fn send(flush: &PreOp<'_, op::FlushBuffers>, at: Irql<'_, PassiveLevel>) -> Result<()> {
        let mut list = EcpList::<Send>::try_new(at)?;
        list.insert(Number(1), at)?;
        assert_eq!(list.insert(Number(2), at), Err(Error::INVALID_PARAMETER), "there is a number");
        assert!(list.remove::<Impostor, _>(at).is_none(), "a number is no impostor");
        let number = list.remove::<Number, _>(at).unwrap();
        saw(format!("took out {}", number.0));
        drop(number);
        assert!(list.remove::<Number, _>(at).is_none());
        list.insert(Number(3), at)?;
        refuse_copies(&list, at)?;
        list.insert_bytes(BYTES, &[7, 8, 9, 10], TAG, at)?;
        let name = flush.instance().volume().name(TAG, at)?;
        let path: Vec<u16> = name.iter().copied().chain("\\other".encode_utf16()).collect();
        drop(OpenOptions::new(Access::READ_DATA).open_with(flush.instance(), &path, &mut list, at)?);
        let number = list.view(at).find(Number::GUID).unwrap();
        assert!(number.is_acknowledged(), "the list is still the filter's, and what was found is marked");
        number.prepare_to_reuse();
        assert!(!number.is_acknowledged());
        saw("the list is dropped".to_owned());
        Ok(())
    }

    impl Pre<op::FlushBuffers> for Send {
        fn pre<'a>(&self, flush: PreOp<'a, op::FlushBuffers>) -> PreStatus<'a, op::FlushBuffers> {
            match send(&flush, flush.irql()) {
                Ok(()) => flush.succeed().into(),
                Err(error) => flush.fail(error).into(),
            }
        }
    }

    fltmgr::driver!(Send);
}

#[test]
fn what_goes_with_a_create_of_the_filters_own_is_found_below_and_stays_the_filters() {
    let guarded = with_two_instances(sending::driver_entry);
    let program = guarded.anybody();
    program.write("/other", b"content").unwrap();
    let file = program.open_for_writing("/a").unwrap();
    assert_eq!(seen(), [""; 0], "no create comes with a list");
    file.flush().unwrap();
    assert_eq!(
        seen(),
        [
            "2 is dropped",
            "took out 1",
            "1 is dropped",
            "found the number 3",
            "found [7, 8, 9] of 4",
            "the list is dropped",
            "3 is dropped"
        ]
    );
    drop(file);
    guarded.machine.unload("test").unwrap();
}
