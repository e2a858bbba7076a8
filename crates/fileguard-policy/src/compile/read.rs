//! From TOML to rules, with every mistake reported at its place.

use core::ops::Range;
use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Lines, similar};
use super::glob::Pattern;
use super::{Diagnostic, Options, RuleSource, Severity};
use crate::{Action, MAXIMUM_RULES, Operation, Operations, Verdict};

/// The words for `status`, with the NTSTATUS that the program gets.
pub const STATUS_NAMES: [(&str, u32); 12] = [
    ("access-denied", 0xC000_0022),
    ("not-found", 0xC000_0034),
    ("path-not-found", 0xC000_003A),
    ("sharing-violation", 0xC000_0043),
    ("disk-full", 0xC000_007F),
    ("write-protected", 0xC000_00A2),
    ("not-supported", 0xC000_00BB),
    ("cancelled", 0xC000_0120),
    ("cannot-delete", 0xC000_0121),
    ("io-error", 0xC000_0185),
    ("device-not-ready", 0xC000_00A3),
    ("virus-infected", 0xC000_0906),
];

const KEYS: [&str; 8] = ["name", "path", "operation", "process", "action", "status", "default", "timeout"];

/// Stands for the driver's own time limit, for an `ask` rule that does not say how long to wait.
const DEFAULT_TIMEOUT: u32 = 0;
const LONGEST_TIMEOUT: u32 = 600_000;

type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

struct Reader<'a> {
    options: &'a Options<'a>,
    lines: Lines,
    diagnostics: Vec<Diagnostic>,
}

/// Reads a policy. The rules are complete only if no diagnostic is an error.
pub(super) fn read(source: &str, options: &Options<'_>) -> (Vec<RuleSource>, Vec<Diagnostic>) {
    let mut reader = Reader { options, lines: Lines::new(source), diagnostics: Vec::new() };
    let mut rules = Vec::new();
    match DeTable::parse(source) {
        Ok(table) => reader.policy(table.get_ref(), &mut rules),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            reader.error(span, "this is not TOML", error.message(), None);
        }
    }
    reader.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    (rules, reader.diagnostics)
}

fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// What to write instead of a word that is none of these.
fn choose<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match similar(word, candidates.clone()) {
        Some(candidate) => format!("write `{candidate}`"),
        None => format!("write one of {}", quoted(candidates)),
    }
}

impl Reader<'_> {
    fn remark(&mut self, severity: Severity, span: Range<usize>, message: &str, label: &str, help: Option<String>) {
        let line = self.lines.line(span.start);
        let (message, label) = (message.to_owned(), label.to_owned());
        self.diagnostics.push(Diagnostic { severity, message, span, label, help, line });
    }

    fn error(&mut self, span: Range<usize>, message: &str, label: &str, help: Option<String>) {
        self.remark(Severity::Error, span, message, label, help);
    }

    fn policy(&mut self, table: &DeTable<'_>, rules: &mut Vec<RuleSource>) {
        for (key, value) in table {
            let word = key.get_ref().as_ref();
            if word != "rule" {
                let help = if KEYS.contains(&word) {
                    "write `[[rule]]` on a line of its own before it".to_owned()
                } else {
                    "a policy consists of rules: write `[[rule]]`".to_owned()
                };
                self.error(key.span(), &format!("a policy has no `{word}`"), "not known here", Some(help));
                continue;
            }
            let Some(array) = value.get_ref().as_array() else {
                self.error(
                    key.span(),
                    "`rule` must be a list of rules",
                    "one pair of brackets",
                    Some("write `[[rule]]`".to_owned()),
                );
                continue;
            };
            if array.len() > MAXIMUM_RULES {
                let message = format!("there are {} rules, and at most {MAXIMUM_RULES} may be", array.len());
                self.error(
                    key.span(),
                    &message,
                    "the first of them",
                    Some("put several paths into one rule".to_owned()),
                );
                continue;
            }
            for value in array {
                match value.get_ref().as_table() {
                    Some(table) => rules.extend(self.rule(table, value.span())),
                    None => self.error(
                        value.span(),
                        "a rule must be a table",
                        "not a table",
                        Some("write `[[rule]]`".to_owned()),
                    ),
                }
            }
        }
    }

    fn rule(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<RuleSource> {
        for (key, _) in table {
            let word = key.get_ref().as_ref();
            if !KEYS.contains(&word) {
                self.error(key.span(), &format!("a rule has no `{word}`"), "not known", Some(choose(word, KEYS)));
            }
        }
        let name = table.get("name").and_then(|value| self.text(value, "name"));
        let action = self.action(table, &span);
        let paths = if let Some(value) = table.get("path") {
            self.globs(value, "path")
        } else {
            let help = "write `path = \"**\"` for every file".to_owned();
            self.error(span.clone(), "a rule needs a `path`", "this rule has none", Some(help));
            None
        };
        let processes = table.get("process").map_or(Some(Vec::new()), |value| self.globs(value, "process"));
        let operations = table.get("operation").map_or(Some(Operations::ALL), |value| self.operations(value));
        for (key, needed) in [("default", "ask"), ("timeout", "ask"), ("status", "deny` or `ask")] {
            if let (Some((key, _)), Some(action)) = (table.get_key_value(key), action)
                && !needed.split("` or `").any(|name| name == action.name())
            {
                let message = format!("`{}` has no meaning with `action = \"{}\"`", key.get_ref(), action.name());
                self.error(key.span(), &message, &format!("only with `{needed}`"), Some("remove the line".to_owned()));
            }
        }
        let status = table.get("status").map_or(Some(0xC000_0022), |value| self.status(value));
        let default = table.get("default").map_or(Some(Verdict::Allow), |value| self.verdict(value));
        let timeout = table.get("timeout").map_or(Some(DEFAULT_TIMEOUT), |value| self.timeout(value));
        Some(RuleSource {
            name: name.map(Cow::into_owned),
            paths: paths?,
            processes: processes?,
            operations: operations?,
            action: action?,
            status: status?.cast_signed(),
            default: default?,
            timeout_milliseconds: timeout?,
            line: u32::try_from(self.lines.line(span.start)).unwrap_or(u32::MAX),
            span,
        })
    }

    fn text<'v>(&mut self, value: Value<'v, '_>, key: &str) -> Option<Cow<'v, str>> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let kind = value.get_ref().type_str();
            let help = format!("write `{key} = \"…\"`");
            self.error(
                value.span(),
                &format!("`{key}` must be a text"),
                &format!("this is of type {kind}"),
                Some(help),
            );
        }
        text.map(Cow::Borrowed)
    }

    /// The texts of a value that is one text or a list of texts, with their places.
    fn texts<'v>(&mut self, value: Value<'v, '_>, key: &str) -> Option<Vec<(Cow<'v, str>, Range<usize>)>> {
        let Some(array) = value.get_ref().as_array() else {
            return Some(vec![(self.text(value, key)?, value.span())]);
        };
        if array.is_empty() {
            self.error(
                value.span(),
                &format!("`{key}` is an empty list"),
                "nothing in it",
                Some(format!("name a {key}, or remove the line")),
            );
            return None;
        }
        let texts: Vec<_> = array.iter().map(|item| Some((self.text(item, key)?, item.span()))).collect();
        texts.into_iter().collect()
    }

    fn action(&mut self, table: &DeTable<'_>, span: &Range<usize>) -> Option<Action> {
        let names = Action::ALL.map(Action::name);
        let Some(value) = table.get("action") else {
            let help = format!("write `action = \"…\"` with one of {}", quoted(names));
            self.error(span.clone(), "a rule needs an `action`", "this rule has none", Some(help));
            return None;
        };
        let word = self.text(value, "action")?;
        let action = Action::ALL.into_iter().find(|action| action.name() == word);
        if action.is_none() {
            self.error(value.span(), &format!("there is no action `{word}`"), "not known", Some(choose(&word, names)));
        }
        action
    }

    fn operations(&mut self, value: Value<'_, '_>) -> Option<Operations> {
        let mut operations = Some(Operations::NONE);
        for (word, span) in self.texts(value, "operation")? {
            if let Some(operation) = Operation::from_name(&word) {
                operations = operations.map(|operations| operations.with(operation));
            } else {
                operations = None;
                let help = choose(&word, Operation::ALL.map(Operation::name));
                self.error(span, &format!("there is no operation `{word}`"), "not known", Some(help));
            }
        }
        operations
    }

    fn globs(&mut self, value: Value<'_, '_>, key: &str) -> Option<Vec<Pattern>> {
        let mut patterns = Some(Vec::new());
        for (glob, span) in self.texts(value, key)? {
            match Pattern::parse(&glob, self.options) {
                Ok(pattern) => {
                    if glob.contains(['[', '{']) {
                        let help = "if you mean a choice, write one path for each";
                        let message = "brackets stand for themselves";
                        self.remark(
                            Severity::Warning,
                            span,
                            message,
                            "names with these very characters",
                            Some(help.to_owned()),
                        );
                    }
                    if let Some(patterns) = &mut patterns {
                        patterns.push(pattern);
                    }
                }
                Err(error) => {
                    patterns = None;
                    self.error(span, &error.message, "here", error.help);
                }
            }
        }
        patterns
    }

    fn status(&mut self, value: Value<'_, '_>) -> Option<u32> {
        let word = self.text(value, "status")?;
        if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            match u32::from_str_radix(digits, 16) {
                Ok(number) if number >> 30 == 3 => return Some(number),
                _ => {
                    let help = "write an NTSTATUS from `0xC0000001` on, or a name such as `access-denied`";
                    self.error(
                        value.span(),
                        &format!("`{word}` is not the status of an error"),
                        "not an error",
                        Some(help.to_owned()),
                    );
                    return None;
                }
            }
        }
        let status = STATUS_NAMES.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
        if status.is_none() {
            let help = choose(&word, STATUS_NAMES.map(|(name, _)| name));
            self.error(value.span(), &format!("there is no status `{word}`"), "not known", Some(help));
        }
        status
    }

    fn verdict(&mut self, value: Value<'_, '_>) -> Option<Verdict> {
        let word = self.text(value, "default")?;
        let verdict = [Verdict::Allow, Verdict::Deny].into_iter().find(|verdict| verdict.name() == word);
        if verdict.is_none() {
            self.error(
                value.span(),
                &format!("there is no default `{word}`"),
                "not known",
                Some(choose(&word, ["allow", "deny"])),
            );
        }
        verdict
    }

    fn timeout(&mut self, value: Value<'_, '_>) -> Option<u32> {
        let word = self.text(value, "timeout")?;
        let milliseconds = humantime::parse_duration(&word).ok().and_then(|time| u32::try_from(time.as_millis()).ok());
        if !milliseconds.is_some_and(|milliseconds| (1..=LONGEST_TIMEOUT).contains(&milliseconds)) {
            let help = "write a time from `1ms` to `10m`, such as `2s`";
            self.error(value.span(), &format!("`{word}` is no time to wait"), "here", Some(help.to_owned()));
            return None;
        }
        milliseconds
    }
}
