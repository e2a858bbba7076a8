//! Rules that earlier rules leave nothing to do.
//!
//! Only the plain cases are found: the same pattern, a directory with `/**` above a path, and `**`.

use rustc_hash::FxHashMap;

use super::glob::{Pattern, Token};
use super::{Diagnostic, RuleSource, Severity};
use crate::Operations;

/// What an earlier rule covers: the operations, and the rule that did it last.
type Covered = FxHashMap<Pattern, (Operations, usize)>;

pub(super) fn unreachable(rules: &[RuleSource]) -> Vec<Diagnostic> {
    let mut covered = Covered::default();
    let mut everything = (Operations::NONE, 0);
    let mut found = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let by: Option<Vec<usize>> =
            rule.paths.iter().map(|path| covered_by(path, rule.operations, &covered, everything)).collect();
        if let Some(by) = by.filter(|by| !by.is_empty()) {
            let earlier = &rules[by.into_iter().max().unwrap_or_default()];
            let named = |rule: &RuleSource| match &rule.name {
                Some(name) => format!("`{name}` (line {})", rule.line),
                None => format!("on line {}", rule.line),
            };
            found.push(Diagnostic {
                severity: Severity::Warning,
                message: "this rule never applies".to_owned(),
                span: rule.span.clone(),
                label: format!("the earlier rule {} decides first", named(earlier)),
                help: Some(
                    "the first rule that matches wins: put the more special rule first, or remove it".to_owned(),
                ),
                line: rule.line as usize,
            });
        }
        if rule.processes.is_empty() {
            for path in &rule.paths {
                if path.is_everything() {
                    everything = (everything.0.union(rule.operations), number);
                }
                let entry = covered.entry(path.clone()).or_insert((Operations::NONE, number));
                *entry = (entry.0.union(rule.operations), number);
            }
        }
    }
    found
}

/// The last of the earlier rules that together cover a pattern.
fn covered_by(
    path: &Pattern,
    operations: Operations,
    covered: &Covered,
    everything: (Operations, usize),
) -> Option<usize> {
    let mut left = everything.0;
    let mut last = everything.1;
    let mut count = |candidate: &Pattern| {
        if let Some((operations, rule)) = covered.get(candidate) {
            left = left.union(*operations);
            last = last.max(*rule);
        }
    };
    count(path);
    let plain = |token: &Token| matches!(token, Token::Unit(_) | Token::Separator);
    for (place, token) in path.tokens.iter().enumerate() {
        if !plain(token) {
            break;
        }
        if *token == Token::Separator {
            let mut tokens = path.tokens[..=place].to_vec();
            tokens.push(Token::Rest);
            count(&Pattern { anchor: path.anchor, tokens });
        }
    }
    (operations.intersection(left) == operations).then_some(last)
}
