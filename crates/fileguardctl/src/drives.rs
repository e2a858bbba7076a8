//! What drive letters stand for.

/// The device of a drive letter, such as `\Device\HarddiskVolume3` for `C`.
#[cfg(windows)]
#[expect(unsafe_code, reason = "the system's routine is C")]
pub fn device(letter: char) -> Option<String> {
    use windows_sys::Win32::Storage::FileSystem::QueryDosDeviceW;

    let name: Vec<u16> = format!("{letter}:\0").encode_utf16().collect();
    let mut target = [0_u16; 1024];
    let room = u32::try_from(target.len()).ok()?;
    // SAFETY: the name ends with a zero, and the length is that of the buffer.
    let length = unsafe { QueryDosDeviceW(name.as_ptr(), target.as_mut_ptr(), room) };
    let target = target.get(..length as usize).filter(|target| !target.is_empty())?;
    // The answer is a list of texts that each end with a zero; the first is the one in force.
    let first = target.split(|unit| *unit == 0).next()?;
    String::from_utf16(first).ok()
}

/// There are none here.
#[cfg(not(windows))]
pub fn device(_: char) -> Option<String> {
    None
}
