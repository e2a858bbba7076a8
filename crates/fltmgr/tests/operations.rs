//! The kinds of operations have the codes, levels and marks that the Filter Manager's documentation gives them.

use fltmgr::irql::{ApcLevel, DispatchLevel, PassiveLevel};
use fltmgr::op::*;

fn code<O: Operation>() -> (&'static str, u8) {
    (O::NAME, O::MAJOR)
}

#[test]
fn each_kind_has_its_code() {
    let irps = [
        code::<Create>(),
        code::<CreateNamedPipe>(),
        code::<Close>(),
        code::<Read>(),
        code::<Write>(),
        code::<QueryInformation>(),
        code::<SetInformation>(),
        code::<QueryEa>(),
        code::<SetEa>(),
        code::<FlushBuffers>(),
        code::<QueryVolumeInformation>(),
        code::<SetVolumeInformation>(),
        code::<DirectoryControl>(),
        code::<FileSystemControl>(),
        code::<DeviceControl>(),
        code::<InternalDeviceControl>(),
        code::<Shutdown>(),
        code::<LockControl>(),
        code::<Cleanup>(),
        code::<CreateMailslot>(),
        code::<QuerySecurity>(),
        code::<SetSecurity>(),
        code::<SystemControl>(),
        code::<QueryQuota>(),
        code::<SetQuota>(),
        code::<Pnp>(),
    ];
    // Power, 0x16, and device change, 0x18, cannot be registered.
    let registrable = (0x00..=0x1B).filter(|code| ![0x16, 0x18].contains(code));
    assert_eq!(irps.map(|(_, code)| code).to_vec(), registrable.collect::<Vec<u8>>());

    let others = [
        ("ACQUIRE_FOR_SECTION_SYNCHRONIZATION", -1, code::<AcquireForSectionSynchronization>()),
        ("RELEASE_FOR_SECTION_SYNCHRONIZATION", -2, code::<ReleaseForSectionSynchronization>()),
        ("ACQUIRE_FOR_MOD_WRITE", -3, code::<AcquireForModWrite>()),
        ("RELEASE_FOR_MOD_WRITE", -4, code::<ReleaseForModWrite>()),
        ("ACQUIRE_FOR_CC_FLUSH", -5, code::<AcquireForCcFlush>()),
        ("RELEASE_FOR_CC_FLUSH", -6, code::<ReleaseForCcFlush>()),
        ("QUERY_OPEN", -7, code::<QueryOpen>()),
        ("FAST_IO_CHECK_IF_POSSIBLE", -13, code::<FastIoCheckIfPossible>()),
        ("NETWORK_QUERY_OPEN", -14, code::<NetworkQueryOpen>()),
        ("MDL_READ", -15, code::<MdlRead>()),
        ("MDL_READ_COMPLETE", -16, code::<MdlReadComplete>()),
        ("PREPARE_MDL_WRITE", -17, code::<PrepareMdlWrite>()),
        ("MDL_WRITE_COMPLETE", -18, code::<MdlWriteComplete>()),
        ("VOLUME_MOUNT", -19, code::<VolumeMount>()),
        ("VOLUME_DISMOUNT", -20, code::<VolumeDismount>()),
    ];
    // B-29.
    for (name, number, code) in others {
        assert_eq!(code, (format!("IRP_MJ_{name}").as_str(), i8::cast_unsigned(number)));
    }
}

/// Takes kinds that can be IRPs, and so be pended, put into a queue and handed to a worker.
fn irp<O: IsIrp>() {}
/// Takes kinds that DISALLOW_FASTIO can refuse.
fn fast_io<O: HasFastIo>() {}
fn passive<O: Operation<PreLevel = PassiveLevel>>() {}
fn apc<O: Operation<PreLevel = ApcLevel>>() {}
fn completes_at_passive<O: Operation<PostLevel = PassiveLevel>>() {}
fn completes_at_dispatch<O: Operation<PostLevel = DispatchLevel>>() {}
fn completes_at_apc<O: Operation<PostLevel = ApcLevel>>() {}

macro_rules! each {
    ($($check:ident: $($kind:ident)*;)*) => { $($($check::<$kind>();)*)* };
}

// What follows is checked by compiling: the functions take no kind without the mark.
#[test]
fn each_kind_has_its_marks_and_levels() {
    each! {
        // L-01, L-02, C-16.
        fast_io: Read Write QueryInformation DeviceControl LockControl FastIoCheckIfPossible NetworkQueryOpen MdlRead
            MdlReadComplete PrepareMdlWrite MdlWriteComplete;
        irp: Create CreateNamedPipe CreateMailslot Cleanup Close Read Write QueryInformation SetInformation QueryEa SetEa
            FlushBuffers QueryVolumeInformation SetVolumeInformation DirectoryControl FileSystemControl DeviceControl
            InternalDeviceControl Shutdown LockControl QuerySecurity SetSecurity SystemControl QueryQuota SetQuota Pnp;
        // C-22.
        passive: Create Cleanup FlushBuffers LockControl QueryInformation SetInformation QueryEa SetEa QuerySecurity
            SetSecurity QueryQuota SetQuota QueryVolumeInformation SetVolumeInformation Pnp Shutdown;
        apc: Close DirectoryControl Read Write DeviceControl FileSystemControl ReleaseForModWrite;
        // D-06, D-08, D-09.
        completes_at_passive: Create;
        completes_at_dispatch: Read Write QueryInformation DirectoryControl FileSystemControl LockControl Cleanup Close;
        completes_at_apc: FastIoCheckIfPossible NetworkQueryOpen MdlRead AcquireForSectionSynchronization QueryOpen;
    }
}
