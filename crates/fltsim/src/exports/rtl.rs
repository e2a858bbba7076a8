//! The run-time library, but for strings and tables.

use fltmgr_sys::{
    BOOLEAN, GENERIC_MAPPING, NTSTATUS, PACCESS_MASK, PRTL_OSVERSIONINFOW, PSECURITY_DESCRIPTOR, PULONG,
    SECURITY_INFORMATION, STATUS_SUCCESS, ULONG,
};

use super::export;

/// The Windows that fltsim shows drivers: Windows 11 24H2.
pub const VERSION: (u32, u32, u32) = (10, 0, 26100);

export! {
    dll "ntoskrnl.exe";

    /// The version of Windows.
    pub unsafe fn RtlGetVersion(VersionInformation: PRTL_OSVERSIONINFOW) -> NTSTATUS {
        // SAFETY: the driver passes a structure for the result.
        let version = unsafe { &mut *VersionInformation };
        (version.dwMajorVersion, version.dwMinorVersion, version.dwBuildNumber) = VERSION;
        // VER_PLATFORM_WIN32_NT.
        version.dwPlatformId = 2;
        version.szCSDVersion = [0; 128];
        STATUS_SUCCESS
    }

    /// A random number below 2^31, and the next seed.
    pub unsafe fn RtlRandomEx(Seed: PULONG) -> ULONG {
        // SAFETY: the driver passes the seed.
        let seed = unsafe { &mut *Seed };
        *seed = seed.wrapping_mul(0x7FFF_FFED).wrapping_add(0x7FFF_FFC3) % 0x7FFF_FFFF;
        *seed
    }

    /// Whether a status is one that is to be expected of a file system, rather than a sign of something wrong.
    pub unsafe fn FsRtlIsNtstatusExpected(Exception: NTSTATUS) -> BOOLEAN {
        let unexpected = [
            0xC000_0005_u32, // STATUS_ACCESS_VIOLATION
            0xC000_001D,     // STATUS_ILLEGAL_INSTRUCTION
            0x8000_0002,     // STATUS_DATATYPE_MISALIGNMENT
            0xC000_00AA,     // STATUS_INSTRUCTION_MISALIGNMENT
        ];
        (!unexpected.contains(&Exception.cast_unsigned())).into()
    }

    /// Whether bytes are a self-relative security descriptor that has the parts that are required.
    pub unsafe fn RtlValidRelativeSecurityDescriptor(
        SecurityDescriptorInput: PSECURITY_DESCRIPTOR,
        SecurityDescriptorLength: ULONG,
        RequiredInformation: SECURITY_INFORMATION,
    ) -> BOOLEAN {
        // SAFETY: the driver passes a buffer as long as it says.
        let bytes = unsafe { super::flt_io::bytes(SecurityDescriptorInput, SecurityDescriptorLength) };
        crate::fs::is_valid_descriptor(bytes, RequiredInformation).into()
    }

    /// Replaces the generic rights in a mask by what they mean for an object.
    pub unsafe fn RtlMapGenericMask(AccessMask: PACCESS_MASK, GenericMapping: *const GENERIC_MAPPING) {
        // SAFETY: the driver passes both.
        let (mask, mapping) = unsafe { (&mut *AccessMask, &*GenericMapping) };
        for (generic, specific) in [
            (0x8000_0000, mapping.GenericRead),
            (0x4000_0000, mapping.GenericWrite),
            (0x2000_0000, mapping.GenericExecute),
            (0x1000_0000, mapping.GenericAll),
        ] {
            if *mask & generic != 0 {
                *mask = *mask & !generic | specific;
            }
        }
    }
}
