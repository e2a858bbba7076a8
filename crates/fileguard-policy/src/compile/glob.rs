//! From a path as it is written in a policy to a pattern.

use super::Options;

/// The separator, as patterns and automata know it.
pub(super) const SEPARATOR: u16 = b'\\' as u16;

/// Where a pattern begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Anchor {
    /// At the beginning of any component of the name.
    Anywhere,
    /// At the root of any volume, with the separator.
    Volume,
    /// At the beginning of the name, after its first separator.
    Name,
}

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    /// This unit, upcased.
    Unit(u16),
    /// A separator; at least one unit follows it in a name.
    Separator,
    /// Any unit but a separator.
    AnyUnit,
    /// Any number of units, no separator; more of the component follows in the pattern, or more components.
    AnyUnits,
    /// Any number of whole components, each with its separator.
    AnyComponents,
    /// Any number of units, no separator, to the end of the name.
    RestOfComponent,
    /// Anything, to the end of the name.
    Rest,
}

/// A glob, understood.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    pub(super) anchor: Anchor,
    pub(super) tokens: Vec<Token>,
}

/// What is wrong with a glob, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GlobError {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

fn error<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, GlobError> {
    Err(GlobError { message: message.into(), help: Some(help.into()) })
}

/// The upper-case unit of a unit of a pattern, where the case of letters is one to one.
///
/// Windows' own table differs from Unicode's mostly in letters whose case is not one to one; these are left alone.
pub(super) fn upcase(unit: u16) -> u16 {
    let single = |mut characters: Box<dyn Iterator<Item = char>>| match (characters.next(), characters.next()) {
        (Some(character), None) => Some(character),
        _ => None,
    };
    char::from_u32(u32::from(unit))
        .and_then(|character| {
            let upper = single(Box::new(character.to_uppercase()))?;
            let back = single(Box::new(upper.to_lowercase()))?;
            (back == character).then_some(upper)
        })
        .and_then(|upper| u16::try_from(u32::from(upper)).ok())
        .unwrap_or(unit)
}

impl Pattern {
    pub(super) fn parse(glob: &str, options: &Options<'_>) -> Result<Self, GlobError> {
        if glob.is_empty() {
            return error("an empty path matches nothing", "write `**` for every file");
        }
        let glob = absolute(glob, options)?;
        if glob.contains(':') {
            return error(
                "a path cannot have a `:`",
                "a rule about a file is also about its streams: write the name of the file only",
            );
        }
        let rooted = glob.starts_with(['/', '\\']);
        let closed = glob.ends_with(['/', '\\']);
        let components: Vec<&str> = glob.split(['/', '\\']).filter(|component| !component.is_empty()).collect();
        if closed && !components.is_empty() {
            let path = glob.trim_end_matches(['/', '\\']);
            return error(
                "a path cannot end with a separator",
                format!("write `{path}/**` for what is below the directory, or `{path}` for the directory itself"),
            );
        }
        let mut anchor = match components.first() {
            Some(first) if rooted && first.eq_ignore_ascii_case("device") => Anchor::Name,
            _ if rooted => Anchor::Volume,
            _ => Anchor::Anywhere,
        };
        let mut tokens = Vec::new();
        for (place, component) in components.iter().enumerate() {
            let first = place == 0;
            let last = place + 1 == components.len();
            match *component {
                "**" if last => {
                    // What `**/**` says, `**` says.
                    if tokens.last() == Some(&Token::AnyComponents) {
                        tokens.pop();
                    } else if !first || anchor != Anchor::Anywhere {
                        separate(&mut tokens, anchor);
                    }
                    tokens.push(Token::Rest);
                }
                "**" if first => anchor = Anchor::Anywhere,
                "**" => {
                    if !tokens.is_empty() && tokens.last() != Some(&Token::AnyComponents) {
                        separate(&mut tokens, anchor);
                        tokens.push(Token::AnyComponents);
                    }
                }
                "." | ".." => {
                    return error(
                        format!("a path cannot have the component `{component}`"),
                        "write the path that it stands for: names are compared after the file system resolved them",
                    );
                }
                component => {
                    separate(&mut tokens, anchor);
                    self::component(component, last, &mut tokens)?;
                }
            }
        }
        Ok(Self { anchor, tokens })
    }

    /// Whether it matches every name.
    pub(super) fn is_everything(&self) -> bool {
        self.anchor == Anchor::Anywhere && self.tokens == [Token::Rest]
    }

    /// How hard it is on the automaton: 0 if the only repetitions are at its ends.
    pub(super) fn hardness(&self) -> u8 {
        let inner = match self.tokens.split_first() {
            Some((Token::AnyUnits, rest)) => rest,
            _ => &self.tokens,
        };
        if inner.contains(&Token::AnyComponents) { 2 } else { u8::from(inner.contains(&Token::AnyUnits)) }
    }
}

/// Puts the separator before a component, unless nothing is to be separated.
fn separate(tokens: &mut Vec<Token>, anchor: Anchor) {
    let wanted = match tokens.last() {
        None => anchor == Anchor::Volume,
        Some(Token::AnyComponents) => false,
        Some(_) => true,
    };
    if wanted {
        tokens.push(Token::Separator);
    }
}

fn component(component: &str, last: bool, tokens: &mut Vec<Token>) -> Result<(), GlobError> {
    if component.contains("**") {
        let single = component.replace("**", "*").replace("**", "*");
        return error(
            format!("`**` must be a component of its own, and is part of `{component}`"),
            format!("write `{single}` for names in one directory, or `**/{single}` for names in any"),
        );
    }
    let units: Vec<u16> = component.encode_utf16().collect();
    for (place, unit) in units.iter().enumerate() {
        tokens.push(match *unit {
            0x3F => Token::AnyUnit,
            0x2A if last && place + 1 == units.len() => Token::RestOfComponent,
            0x2A => Token::AnyUnits,
            unit => Token::Unit(upcase(unit)),
        });
    }
    Ok(())
}

/// Replaces a drive letter and the two separators of a network path by the names that the Filter Manager sees.
fn absolute(glob: &str, options: &Options<'_>) -> Result<String, GlobError> {
    let mut characters = glob.chars();
    if let (Some(letter), Some(':')) = (characters.next(), characters.next())
        && letter.is_ascii_alphabetic()
    {
        let rest = characters.as_str();
        if !rest.is_empty() && !rest.starts_with(['/', '\\']) {
            return error(
                format!("`{letter}:{rest}` depends on a current directory, and rules have none"),
                format!(r"write `{letter}:\{rest}`"),
            );
        }
        let device = options.drives.and_then(|drives| drives(letter.to_ascii_uppercase()));
        let Some(device) = device else {
            let rest = rest.replace('\\', "/");
            return error(
                format!("there is no drive `{letter}:` on this machine"),
                format!("write `{}` for this path on every volume", if rest.is_empty() { "/" } else { &rest }),
            );
        };
        return Ok(device + rest);
    }
    match glob.as_bytes() {
        [b'/' | b'\\', b'/' | b'\\', b'?' | b'.', b'/' | b'\\', ..] => {
            error(r"a path cannot begin with `\\?\` or `\\.\`", "write it without these four characters")
        }
        [b'/' | b'\\', b'/' | b'\\', _, ..] => Ok(format!(r"\Device\Mup\{}", &glob[2..])),
        _ => Ok(glob.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(glob: &str) -> Result<Pattern, GlobError> {
        let drives = |letter| (letter == 'C').then(|| r"\Device\HarddiskVolume3".to_owned());
        Pattern::parse(glob, &Options { drives: Some(&drives) })
    }

    #[test]
    fn ways_to_write_the_same_are_the_same() {
        for (one, other) in [
            ("/vault/plan", r"\VAULT\Plan"),
            ("**/x", "x"),
            ("/**/x", "x"),
            ("**/**/x", "x"),
            ("**/**", "**"),
            ("/**/**", "**"),
            ("a/**/**/b", "a/**/b"),
            ("a/**/**", "a/**"),
            ("a//b", "a/b"),
            (r"c:\x", r"\Device\HarddiskVolume3\x"),
            (r"\\server\share\x", "/device/mup/server/share/x"),
        ] {
            assert_eq!(parse(one), parse(other), "{one} and {other}");
        }
        assert!(parse("**").unwrap().is_everything());
        assert!(!parse("/**").unwrap().is_everything(), "the root itself is not below it");
    }

    #[test]
    fn what_cannot_be_meant_is_an_error_with_a_remedy() {
        for (glob, remedy) in [
            ("", "**"),
            ("vault/", "vault/**"),
            ("**.key", "*.key"),
            ("../x", "resolved"),
            ("x.txt:stream", "streams"),
            (r"D:\x", "/x"),
            ("c:x", r"c:\x"),
            (r"\\?\C:\x", "without"),
        ] {
            let error = parse(glob).expect_err(glob);
            assert!(error.help.as_ref().unwrap().contains(remedy), "{glob}: {error:?}");
        }
    }
}
