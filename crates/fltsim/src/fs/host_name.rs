//! Windows names and the names of the host, each of which can hold what the other cannot.
//!
//! As WSL does it: a character that Windows forbids in a name (`\ : * ? " < > |` and the control characters) appears to
//! Windows as U+F000 plus its code. A byte `b` that is no UTF-8 appears as the lone surrogate U+DC00 plus `b`.
//! Every host name has exactly one Windows name, and that leads back to it.

/// What is added to a character that Windows forbids.
const PRIVATE: u32 = 0xF000;
/// What is added to a byte that is no UTF-8.
const UNDECODABLE: u16 = 0xDC00;

/// Whether the host allows the character in a name and Windows does not.
fn is_forbidden_to_windows(character: char) -> bool {
    matches!(character, '\u{1}'..='\u{1F}' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// The forbidden character a private one stands for.
fn unprivate(character: char) -> Option<char> {
    let original = u32::from(character).checked_sub(PRIVATE).and_then(char::from_u32)?;
    is_forbidden_to_windows(original).then_some(original)
}

/// The Windows name of a host name (one component).
pub fn to_windows(host: &[u8]) -> Vec<u16> {
    let mut name = Vec::with_capacity(host.len());
    let undecodable = |name: &mut Vec<u16>, bytes: &[u8]| {
        name.extend(bytes.iter().map(|byte| UNDECODABLE + u16::from(*byte)));
    };
    for chunk in host.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut buffer = [0; 4];
            if is_forbidden_to_windows(character) {
                name.push(0xF000 + u16::try_from(u32::from(character)).unwrap_or_default());
            } else if unprivate(character).is_some() {
                // The name has the stand-in itself: its bytes are escaped, or they would come back as another name.
                undecodable(&mut name, character.encode_utf8(&mut buffer).as_bytes());
            } else {
                name.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            }
        }
        undecodable(&mut name, chunk.invalid());
    }
    name
}

/// The host name of a Windows name (one component), or nothing where the host can have no such name.
pub fn to_host(windows: &[u16]) -> Option<Vec<u8>> {
    let mut host = Vec::with_capacity(windows.len());
    for decoded in char::decode_utf16(windows.iter().copied()) {
        match decoded {
            Ok('/' | '\0') => return None,
            Ok(character) => {
                let character = unprivate(character).unwrap_or(character);
                host.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Err(surrogate) => {
                let byte = surrogate.unpaired_surrogate().checked_sub(UNDECODABLE)?;
                host.push(u8::try_from(byte).ok().filter(|byte| !byte.is_ascii())?);
            }
        }
    }
    Some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_name_comes_back_from_its_windows_name() {
        for host in [
            &b"plain.txt"[..],
            "gr\u{fc}\u{20ac}\u{1f600}".as_bytes(),
            b"a:b?c*d\"e<f>g|h\\i",
            b"control\x01\x1f",
            b"latin1 \xe9\xff\x80",
            "\u{f03a} is no colon".as_bytes(),
            "\u{f02f}\u{f000}".as_bytes(),
            b"\xed\xa0\x80\xed\xb0\x80",
        ] {
            let windows = to_windows(host);
            assert_eq!(to_host(&windows).as_deref(), Some(host), "{windows:x?}");
        }
    }

    #[test]
    fn a_colon_appears_as_u_f03a_and_a_bad_byte_as_a_lone_surrogate() {
        assert_eq!(to_windows(b"a:"), [0x61, 0xF03A]);
        assert_eq!(to_windows(b"\xe9"), [0xDCE9]);
    }

    #[test]
    fn no_windows_name_leads_to_another_directory() {
        for windows in [&[0x2F][..], &[0], &[0xDC2F], &[0xDC00], &[0xD800]] {
            assert_eq!(to_host(windows), None, "{windows:x?}");
        }
        assert_eq!(to_host(&[0xF02F]).as_deref(), Some("\u{f02f}".as_bytes()));
    }
}
