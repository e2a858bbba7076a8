//! What the tests share.

use fileguard_policy::compile::{Options, compile, render};
use fileguard_policy::{Operation, PathMatch, Policy, ProcessMatch};

/// Compiles a policy, or shows why not.
pub fn policy(source: &str) -> Policy<Vec<u8>> {
    match compile(source, &Options::default()) {
        Ok(compiled) => Policy::parse(compiled.blob).expect("what the compiler makes is valid"),
        Err(diagnostics) => panic!("{}", render(&diagnostics, source, "policy.toml", false)),
    }
}

/// Upper case as Windows has it for the letters that the tests use.
pub fn upcase(unit: u16) -> u16 {
    let upper = char::from_u32(u32::from(unit)).and_then(|character| {
        let mut upper = character.to_uppercase();
        upper.next().filter(|_| upper.next().is_none())
    });
    upper.and_then(|upper| u16::try_from(u32::from(upper)).ok()).unwrap_or(unit)
}

pub fn path(policy: &Policy<Vec<u8>>, name: &str) -> PathMatch {
    policy.match_path(name.encode_utf16(), upcase)
}

pub fn process(policy: &Policy<Vec<u8>>, name: &str) -> ProcessMatch {
    let mut process = ProcessMatch::default();
    policy.match_process(name.encode_utf16(), upcase, &mut process);
    process
}

/// The index of the rule that decides, whatever the process.
pub fn decides(policy: &Policy<Vec<u8>>, name: &str, operation: Operation) -> Option<u32> {
    policy.decide(&path(policy, name), operation, |_| ()).map(|rule| rule.index)
}
