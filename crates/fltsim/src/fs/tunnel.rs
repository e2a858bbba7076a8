//! Short (8.3) names, and tunneling: for a short time a name that was taken away keeps its pair of a long and a short name,
//! and a file that gets the short one gets the long one with it (rules K-23, K-26).
//!
//! A volume has this if it is told to keep short names. They are not stored: the short name of a long one is always the
//! first that NTFS would give it. Files are not found by them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{FileSystem, name};

/// How long a name that was taken away is remembered, which is what NTFS does unless the registry says otherwise.
const KEPT: Duration = Duration::from_secs(15);

/// The names that were taken away lately.
#[derive(Default)]
pub(super) struct Tunnel {
    enabled: AtomicBool,
    gone: Mutex<Vec<Gone>>,
}

struct Gone {
    parent: Vec<u16>,
    long: Vec<u16>,
    short: Vec<u16>,
    since: Instant,
}

impl Tunnel {
    fn remember(&self, path: &[u16], now: Instant) {
        let Some((parent, long)) = name::split_last(path) else { return };
        let Some(short) = short_name(long) else { return };
        let mut gone = self.gone.lock();
        gone.retain(|gone| now.duration_since(gone.since) < KEPT);
        gone.push(Gone { parent: name::folded(parent), long: long.to_vec(), short, since: now });
    }

    /// The path under which a file is made that is to have this one.
    fn restore(&self, path: Vec<u16>, now: Instant) -> Vec<u16> {
        let Some((parent, last)) = name::split_last(&path) else { return path };
        let folded = name::folded(parent);
        let mut gone = self.gone.lock();
        gone.retain(|gone| now.duration_since(gone.since) < KEPT);
        let is_its = |gone: &Gone| {
            gone.parent == folded && (name::equal_folded(&gone.short, last) || name::equal_folded(&gone.long, last))
        };
        let Some(position) = gone.iter().rposition(is_its) else { return path };
        let found = gone.remove(position);
        if name::equal_folded(&found.short, last) { name::joined(parent, &found.long) } else { path }
    }
}

impl FileSystem {
    /// Gives every file a short name, and has names tunneled, from now on.
    pub fn keep_short_names(&self) {
        self.tunnel.enabled.store(true, Ordering::Release);
    }

    /// The short name of a file whose name is this; `None` where there are none.
    pub(crate) fn short_name(&self, long: &[u16]) -> Option<Vec<u16>> {
        let enabled = self.tunnel.enabled.load(Ordering::Acquire);
        enabled.then(|| short_name(long).unwrap_or_else(|| long.to_vec()))
    }

    /// A name was taken away.
    pub(super) fn name_is_gone(&self, path: &[u16]) {
        if self.tunnel.enabled.load(Ordering::Acquire) {
            self.tunnel.remember(path, Instant::now());
        }
    }

    /// The path that a file gets which is to have a path that nothing has.
    pub(super) fn tunneled(&self, path: Vec<u16>) -> Vec<u16> {
        if !self.tunnel.enabled.load(Ordering::Acquire) {
            return path;
        }
        let restored = self.tunnel.restore(path.clone(), Instant::now());
        if self.store.open(&restored).is_ok() { path } else { restored }
    }
}

/// The first 8.3 name that a longer one gets; `None` if it is one itself.
fn short_name(long: &[u16]) -> Option<Vec<u16>> {
    const DOT: u16 = b'.' as u16;
    let is_plain = |unit: &u16| {
        u8::try_from(*unit).is_ok_and(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'()-@^_`{}~".contains(&byte))
    };
    let dot = long.iter().rposition(|unit| *unit == DOT).filter(|dot| *dot > 0);
    let (base, extension) = dot.map_or((long, &[][..]), |dot| (&long[..dot], &long[dot + 1..]));
    let fits = |part: &[u16], length| part.len() <= length && part.iter().all(is_plain);
    if !base.is_empty() && fits(base, 8) && fits(extension, 3) && dot.is_none_or(|dot| dot + 1 < long.len()) {
        return None;
    }
    let shortened = |part: &[u16], length| -> Vec<u16> {
        let units = part.iter().filter(|unit| ![DOT, u16::from(b' ')].contains(unit)).take(length);
        units.map(|unit| if is_plain(unit) { name::upcase(*unit) } else { u16::from(b'_') }).collect()
    };
    let mut short = shortened(base, 6);
    short.extend(name::utf16("~1"));
    if !extension.is_empty() {
        short.push(DOT);
        short.extend(shortened(extension, 3));
    }
    Some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_a_short_one() {
        for (long, short) in [
            ("LongFileName.text", Some("LONGFI~1.TEX")),
            ("two words.txt", Some("TWOWOR~1.TXT")),
            ("a.b.c", Some("AB~1.C")),
            (".profile", Some("PROFIL~1")),
            ("a+b", Some("A_B~1")),
            ("short.txt", None),
            ("README", None),
        ] {
            assert_eq!(short_name(&name::utf16(long)), short.map(name::utf16), "{long}");
        }
    }

    #[test]
    fn a_name_is_tunneled_once_and_for_fifteen_seconds() {
        let tunnel = Tunnel::default();
        let start = Instant::now();
        let restored = |path: &str, after: u64| {
            let path = tunnel.restore(name::utf16(path), start + Duration::from_secs(after));
            String::from_utf16(&path).unwrap()
        };
        tunnel.remember(&name::utf16(r"\Dir\LongFileName.txt"), start);
        assert_eq!(restored(r"\other\LONGFI~1.TXT", 1), r"\other\LONGFI~1.TXT", "another directory");
        assert_eq!(restored(r"\dir\longfi~1.txt", 14), r"\dir\LongFileName.txt");
        assert_eq!(restored(r"\dir\longfi~1.txt", 14), r"\dir\longfi~1.txt", "it was restored");
        tunnel.remember(&name::utf16(r"\Dir\LongFileName.txt"), start);
        assert_eq!(restored(r"\dir\longfi~1.txt", 15), r"\dir\longfi~1.txt", "it is too late");
        tunnel.remember(&name::utf16(r"\Dir\LongFileName.txt"), start);
        assert_eq!(restored(r"\dir\longfilename.TXT", 1), r"\dir\longfilename.TXT", "the long name is as it is given");
    }
}
