//! Holds the committed bindings against those of the WDK, name by name.

use super::bindings::{Bindings, Composite};
use super::canonical::{self, canonical};
use super::exceptions;
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How a name differs that one set has and the other has not.
const MISSES: &str = "the WDK's bindings do not have it";

/// How much was compared.
#[derive(Default)]
pub struct Summary {
    structures: usize,
    fields: usize,
    constants: usize,
    types: usize,
    functions: usize,
    variables: usize,
    lent: usize,
    exceptions: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { structures, fields, constants, types, functions, variables, lent, exceptions } = self;
        writeln!(
            f,
            "   the same in both: {structures} structures with {fields} fields, {constants} constants, {types} other types,\n   \
             {functions} functions, {variables} variables\n   \
             mingw-w64 has nothing of the name for {lent} constants; {exceptions} names are excepted, each with its reason"
        )
    }
}

/// Two numbers that are to be the same.
struct Question {
    name: String,
    what: String,
    own: String,
    wdk: String,
}

/// A comparison under way.
struct Comparison<'a> {
    own: &'a Bindings,
    wdk: &'a Bindings,
    questions: Vec<Question>,
    /// What differs, by name.
    differences: BTreeMap<String, Vec<String>>,
    summary: Summary,
}

/// Compares every name of the committed bindings but the constants that are `lent` to the WDK. `measure` answers what
/// expressions come to.
///
/// # Errors
///
/// Something differs that is not excepted, or is excepted and does not differ.
pub fn compare(
    own: &Bindings,
    wdk: &Bindings,
    lent: &BTreeSet<String>,
    measure: impl FnOnce(&[String]) -> Result<Vec<i128>>,
) -> Result<Summary> {
    let mut comparison =
        Comparison { own, wdk, questions: Vec::new(), differences: BTreeMap::new(), summary: Summary::default() };
    comparison.ask_all(lent);
    comparison.summary.lent = lent.len();
    comparison.answer(measure)?;
    comparison.conclude()
}

impl Comparison<'_> {
    fn differs(&mut self, name: &str, how: String) {
        self.differences.entry(name.to_owned()).or_default().push(how);
    }

    fn misses(&mut self, name: &str) {
        self.differs(name, MISSES.to_owned());
    }

    fn ask(&mut self, name: &str, what: &str, own: String, wdk: String) {
        self.questions.push(Question { name: name.to_owned(), what: what.to_owned(), own, wdk });
    }

    /// Compares what the sources say, and asks what they do not.
    fn ask_all(&mut self, lent: &BTreeSet<String>) {
        self.structures();
        self.types();
        self.constants(lent);
        self.functions();
        self.variables();
    }

    fn structures(&mut self) {
        let mut pairs = BTreeSet::new();
        for (name, tag) in canonical::structures(self.own) {
            let Some(other) = canonical::structure(self.wdk, name) else {
                self.misses(name);
                continue;
            };
            self.summary.structures += 1;
            let insides = &self.own.composites[tag];
            if pairs.insert((tag, other)) && !insides.is_opaque() {
                self.ask(
                    name,
                    "its size",
                    format!("size_of::<own::{tag}>() as i128"),
                    format!("size_of::<wdk::{other}>() as i128"),
                );
                self.ask(
                    name,
                    "its alignment",
                    format!("align_of::<own::{tag}>() as i128"),
                    format!("align_of::<wdk::{other}>() as i128"),
                );
                self.fields(name, tag, other);
            }
        }
    }

    fn fields(&mut self, name: &str, tag: &str, other: &str) {
        let others: BTreeMap<String, String> = flat(self.wdk, &self.wdk.composites[other]).into_iter().collect();
        for (field, path) in flat(self.own, &self.own.composites[tag]) {
            let Some(other_path) = others.get(&field) else {
                // The project's own names for what is nobody's business; what follows it is where it has to be.
                let last = field.rsplit('.').next().unwrap_or(&field);
                if !last.starts_with("Reserved") && !last.starts_with("Padding") {
                    self.misses(&format!("{name}.{field}"));
                }
                continue;
            };
            self.summary.fields += 1;
            let offset =
                |set: &str, tag: &str, path: &str| format!("core::mem::offset_of!({set}::{tag}, {path}) as i128");
            let size = |set: &str, tag: &str, path: &str| {
                format!(
                    "{{ let value = core::mem::MaybeUninit::<{set}::{tag}>::uninit(); \
                     size(unsafe {{ &raw const (*value.as_ptr()).{path} }}) }}"
                )
            };
            let field = format!("{name}.{field}");
            self.ask(&field, "its offset", offset("own", tag, &path), offset("wdk", other, other_path));
            self.ask(&field, "its size", size("own", tag, &path), size("wdk", other, other_path));
        }
    }

    fn types(&mut self) {
        for (name, aliased) in &self.own.aliases {
            if name.starts_with('_') || canonical::structure(self.own, name).is_some() {
                continue;
            }
            match self.wdk.aliases.get(name) {
                None => self.misses(name),
                Some(other) => {
                    self.summary.types += 1;
                    let (own, wdk) = (canonical(self.own, aliased), canonical(self.wdk, other));
                    if own != wdk {
                        self.differs(name, format!("it is {own}, and the WDK's {wdk}"));
                    }
                }
            }
        }
    }

    fn constants(&mut self, lent: &BTreeSet<String>) {
        for (name, constant) in self.own.constants.iter().filter(|(name, _)| !lent.contains(*name)) {
            match self.wdk.constants.get(name) {
                None => self.misses(name),
                Some(other) => {
                    self.summary.constants += 1;
                    let (own, wdk) = (&constant.path, &other.path);
                    self.ask(name, "its value", format!("own::{own} as i128"), format!("wdk::{wdk} as i128"));
                }
            }
        }
    }

    fn functions(&mut self) {
        for (name, function) in &self.own.functions {
            match self.wdk.functions.get(name) {
                None => self.misses(name),
                Some(other) => {
                    self.summary.functions += 1;
                    let (own, wdk) = (canonical::signature(self.own, function), canonical::signature(self.wdk, other));
                    if own != wdk {
                        self.differs(name, format!("it is {own}, and the WDK's {wdk}"));
                    }
                }
            }
        }
    }

    fn variables(&mut self) {
        for (name, variable) in &self.own.variables {
            match self.wdk.variables.get(name) {
                None => self.misses(name),
                Some(other) => {
                    self.summary.variables += 1;
                    let (own, wdk) = (canonical(self.own, variable), canonical(self.wdk, other));
                    if own != wdk {
                        self.differs(name, format!("it is {own}, and the WDK's {wdk}"));
                    }
                }
            }
        }
    }

    fn answer(&mut self, measure: impl FnOnce(&[String]) -> Result<Vec<i128>>) -> Result<()> {
        let questions = std::mem::take(&mut self.questions);
        let expressions: Vec<String> = questions.iter().flat_map(|one| [one.own.clone(), one.wdk.clone()]).collect();
        let values = measure(&expressions)?;
        for (Question { name, what, .. }, values) in questions.iter().zip(values.chunks_exact(2)) {
            if values[0] != values[1] {
                self.differs(name, format!("{what} is {:#x}, and the WDK's {:#x}", values[0], values[1]));
            }
        }
        Ok(())
    }

    fn conclude(mut self) -> Result<Summary> {
        let mut wrong = Vec::new();
        let (missing, different) = (exceptions::missing(), exceptions::different());
        for (name, how) in &self.differences {
            let is_excepted =
                different.contains(name.as_str()) || (how[..] == [MISSES] && missing.contains(name.as_str()));
            if is_excepted {
                self.summary.exceptions += 1;
            } else {
                wrong.push(format!("\n  {name}: {}", how.join("; ")));
            }
        }
        for name in different.into_iter().filter(|name| !self.differences.contains_key(*name)) {
            wrong.push(format!("\n  {name}: it is excepted, but there is no difference"));
        }
        if !wrong.is_empty() {
            bail!("the committed bindings and those of the WDK differ:{}", wrong.concat());
        }
        Ok(self.summary)
    }
}

/// The fields of a structure, with those of what is unnamed inside it: as C names them, and as Rust does.
fn flat(bindings: &Bindings, composite: &Composite) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, kind) in &composite.fields {
        if name.starts_with("__bindgen_padding") || name.starts_with("_bitfield") || name.starts_with("__bindgen_align")
        {
            continue;
        }
        let is_unnamed = name.starts_with("__bindgen_anon");
        match canonical::unnamed(bindings, kind) {
            Some(inside) => fields.extend(flat(bindings, inside).into_iter().map(|(field, path)| {
                (if is_unnamed { field } else { format!("{name}.{field}") }, format!("{name}.{path}"))
            })),
            None if !is_unnamed => fields.push((name.clone(), name.clone())),
            None => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comparing two sets says, if each expression comes to this.
    fn compared(own: &str, wdk: &str, value: impl Fn(&str) -> i128) -> Result<Summary> {
        let mut comparison = Comparison {
            own: &Bindings::of_text(own),
            wdk: &Bindings::of_text(wdk),
            questions: Vec::new(),
            differences: BTreeMap::new(),
            summary: Summary::default(),
        };
        comparison.ask_all(&BTreeSet::new());
        comparison.answer(|expressions| Ok(expressions.iter().map(|one| value(one)).collect()))?;
        let differences: Vec<String> = comparison.differences.into_keys().collect();
        if differences.is_empty() { Ok(comparison.summary) } else { bail!("{}", differences.join(" ")) }
    }

    fn differences(own: &str, wdk: &str, value: impl Fn(&str) -> i128) -> String {
        compared(own, wdk, value).err().map(|error| error.to_string()).unwrap_or_default()
    }

    const BLOCK: &str = "pub struct _BLOCK { pub Length: u32, pub __bindgen_anon_1: _BLOCK__bindgen_ty_1 }
        pub union _BLOCK__bindgen_ty_1 { pub Status: i32, pub Pointer: *mut core::ffi::c_void }
        pub type BLOCK = _BLOCK; pub type PBLOCK = *mut _BLOCK;";

    #[test]
    fn what_is_the_same_is_counted() {
        let summary = compared(BLOCK, BLOCK, |_| 8).unwrap();
        assert_eq!((summary.structures, summary.fields, summary.types), (1, 3, 1));
    }

    #[test]
    fn a_name_that_is_missing_is_found() {
        assert_eq!(differences(BLOCK, "", |_| 8), "BLOCK PBLOCK");
        assert_eq!(differences("pub const SIZE: u32 = 1;", "", |_| 1), "SIZE");
    }

    #[test]
    fn a_field_of_another_name_or_at_another_offset_is_found() {
        assert_eq!(differences(BLOCK, &BLOCK.replace("Status", "Result"), |_| 8), "BLOCK.Status");
        let at_four = |expression: &str| if expression.contains("wdk::_BLOCK, Length") { 4 } else { 0 };
        assert_eq!(differences(BLOCK, BLOCK, at_four), "BLOCK.Length");
    }

    #[test]
    fn names_of_types_do_not_matter_and_what_they_come_to_does() {
        let own = "pub type ULONG = u32; unsafe extern \"C\" { pub fn Run(Count: ULONG) -> i32; }";
        assert!(
            compared(
                own,
                "pub type ULONG = core::ffi::c_ulong; unsafe extern \"C\" { pub fn Run(n: u32) -> i32; }",
                |_| 0
            )
            .is_ok()
        );
        assert_eq!(
            differences(own, "pub type ULONG = u32; unsafe extern \"C\" { pub fn Run(Count: u64) -> i32; }", |_| 0),
            "Run"
        );
    }
}
