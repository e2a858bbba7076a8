//! Known content.

use std::io;
use std::path::Path;

use aho_corasick::AhoCorasick;
use anyhow::{Context as _, bail};
use serde::Deserialize;

/// The shortest signature: anything shorter is in too many files.
const SHORTEST: usize = 4;

/// A file of signatures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "signature")]
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    name: String,
    text: Option<String>,
    hex: Option<String>,
}

/// Signatures, ready to be looked for.
pub struct Signatures {
    names: Vec<String>,
    automaton: AhoCorasick,
}

/// The harmless file that every scanner finds. It is written backwards here, and turned only when the program runs, so
/// that no scanner finds this program.
pub fn eicar() -> Vec<u8> {
    let backwards: &str = std::hint::black_box(r"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X");
    backwards.bytes().rev().collect()
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = digits
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect()
}

impl Signature {
    fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        let name = &self.name;
        let bytes = match (&self.text, &self.hex) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(hex)) => hexadecimal(hex).with_context(|| {
                format!("the `hex` of `{name}` is not pairs of hexadecimal digits: write `hex = \"4D 5A 90\"`")
            })?,
            _ => bail!("the signature `{name}` needs either `text` or `hex`"),
        };
        if bytes.len() < SHORTEST {
            bail!(
                "the signature `{name}` has {} bytes, and would be in most files: use {SHORTEST} or more",
                bytes.len()
            );
        }
        Ok(bytes)
    }
}

impl Signatures {
    /// The built-in signature, and those of a file.
    pub fn new(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut names = vec!["EICAR test file".to_owned()];
        let mut patterns = vec![eicar()];
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let file: File = toml::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            for signature in file.signatures {
                patterns.push(signature.bytes().with_context(|| path.display().to_string())?);
                names.push(signature.name);
            }
        }
        let automaton = AhoCorasick::new(patterns).context("there are too many signatures")?;
        Ok(Self { names, automaton })
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a signature that is in the content, if one is.
    pub fn find(&self, content: impl io::Read) -> io::Result<Option<&str>> {
        let found = self.automaton.stream_find_iter(content).next().transpose()?;
        Ok(found.map(|found| self.names[found.pattern()].as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives content in pieces of so many bytes.
    struct Pieces<'a>(&'a [u8], usize);

    impl io::Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len()).min(self.0.len());
            let (piece, rest) = self.0.split_at(length);
            buffer[..length].copy_from_slice(piece);
            self.0 = rest;
            Ok(length)
        }
    }

    #[test]
    fn the_test_file_is_found_across_any_border() {
        let eicar = eicar();
        assert_eq!(eicar.len(), 68);
        assert!(eicar.starts_with(b"X5O!P%@AP[4") && eicar.ends_with(b"$H+H*"));
        let signatures = Signatures::new(None).unwrap();
        let mut content = vec![b'X'; 100_000];
        assert_eq!(signatures.find(content.as_slice()).unwrap(), None);
        content.extend(eicar);
        content.extend([0; 500]);
        for piece in [1, 7, 64, 65_536, 1_000_000] {
            assert_eq!(signatures.find(Pieces(&content, piece)).unwrap(), Some("EICAR test file"), "{piece}");
        }
        assert_eq!(signatures.find(io::empty()).unwrap(), None);
    }

    #[test]
    fn a_file_adds_signatures() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("signatures.toml");
        std::fs::write(
            &path,
            "[[signature]]\nname = 'a'\ntext = 'secret'\n[[signature]]\nname = 'b'\nhex = 'DE AD be ef'\n",
        )
        .unwrap();
        let signatures = Signatures::new(Some(&path)).unwrap();
        assert_eq!(signatures.len(), 3);
        assert_eq!(signatures.find(b"a secret plan".as_slice()).unwrap(), Some("a"));
        assert_eq!(signatures.find([0, 0xDE, 0xAD, 0xBE, 0xEF].as_slice()).unwrap(), Some("b"));
        for (wrong, remedy) in [
            ("[[signature]]\nname = 'a'\n", "`text` or `hex`"),
            ("[[signature]]\nname = 'a'\nhex = 'DEA'\n", "pairs"),
            ("[[signature]]\nname = 'a'\ntext = 'ab'\n", "or more"),
            ("[[signature]]\nnme = 'a'\n", "nme"),
        ] {
            std::fs::write(&path, wrong).unwrap();
            let error = Signatures::new(Some(&path)).err().unwrap();
            assert!(format!("{error:#}").contains(remedy), "{error:#}");
        }
    }
}
