//! Which rule decides.

mod common;

use std::cell::Cell;
use std::fmt::Write as _;

use common::{decides, path, policy, process};
use fileguard_policy::compile::{Options, compile};
use fileguard_policy::{Action, Operation, Operations, PathMatch, Policy, Verdict};

const VAULT: &str = r#"
[[rule]]
name = "the backup may read all"
path = "**"
operation = "read"
process = ["**/backup", "/usr/sbin/*-backup"]
action = "allow"

[[rule]]
path = ["/vault/**", "*.key"]
operation = ["write", "delete"]
action = "deny"
status = "sharing-violation"

[[rule]]
path = "/vault/**"
action = "ask"
default = "deny"
timeout = "1500ms"

[[rule]]
path = "/data/**"
operation = "rename"
process = "mv"
action = "observe"
"#;

const PLAN: &str = r"\Device\HarddiskVolume2\vault\plan";

fn with_process(policy: &Policy<Vec<u8>>, name: &str, operation: Operation, image: &str) -> Option<u32> {
    policy.decide(&path(policy, name), operation, |its| *its = process(policy, image)).map(|rule| rule.index)
}

#[test]
fn the_first_rule_that_matches_wins() {
    let policy = policy(VAULT);
    assert_eq!(decides(&policy, PLAN, Operation::Write), Some(1));
    assert_eq!(decides(&policy, PLAN, Operation::Read), Some(2));
    assert_eq!(decides(&policy, r"\Device\HarddiskVolume2\x\a.key", Operation::Delete), Some(1));
    assert_eq!(decides(&policy, r"\Device\HarddiskVolume2\x\a.key", Operation::Create), None);
    assert_eq!(decides(&policy, r"\Device\HarddiskVolume2\x\a", Operation::Write), None);
    let backup = r"\Device\HarddiskVolume1\opt\backup";
    assert_eq!(with_process(&policy, PLAN, Operation::Read, backup), Some(0));
    assert_eq!(with_process(&policy, PLAN, Operation::Write, backup), Some(1));
    let other = r"\Device\HarddiskVolume1\usr\sbin\night-backup";
    assert_eq!(with_process(&policy, r"\Device\HarddiskVolume2\x", Operation::Read, other), Some(0));
    let mv = r"\Device\HarddiskVolume1\usr\bin\mv";
    assert_eq!(with_process(&policy, r"\Device\HarddiskVolume2\data\x", Operation::Rename, mv), Some(3));
    assert_eq!(with_process(&policy, r"\Device\HarddiskVolume2\data\x", Operation::Rename, backup), None);
}

#[test]
fn a_rule_says_what_was_written() {
    let policy = policy(VAULT);
    assert_eq!((policy.rule_count(), policy.source()), (4, VAULT.as_bytes()));
    assert_eq!(policy.operations(), Operations::ALL);
    let rule = policy.rule(0).unwrap();
    assert_eq!((rule.action, rule.name, rule.line), (Action::Allow, b"the backup may read all".as_slice(), 2));
    let rule = policy.rule(1).unwrap();
    assert_eq!((rule.action, rule.status, rule.name), (Action::Deny, 0xC000_0043_u32.cast_signed(), b"".as_slice()));
    assert_eq!(rule.operations, Operations::only(Operation::Write).with(Operation::Delete));
    let rule = policy.rule(2).unwrap();
    assert_eq!((rule.action, rule.default, rule.timeout_milliseconds), (Action::Ask, Verdict::Deny, 1500));
    assert_eq!(policy.rule(4), None);
}

#[test]
fn the_process_is_asked_for_once_and_only_if_it_can_decide() {
    let policy = policy(VAULT);
    for (name, operation, expected) in [
        (PLAN, Operation::Write, 0),
        (PLAN, Operation::Read, 1),
        (r"\Device\HarddiskVolume2\x", Operation::Create, 0),
        (r"\Device\HarddiskVolume2\data\x", Operation::Rename, 1),
        (r"\Device\HarddiskVolume2\data\x", Operation::Read, 1),
    ] {
        let asked = Cell::new(0);
        policy.decide(&path(&policy, name), operation, |_| asked.set(asked.get() + 1));
        assert_eq!(asked.get(), expected, "{name} {operation:?}");
    }
}

#[test]
fn could_apply_tells_which_operations_matter() {
    let policy = policy(VAULT);
    let of = |name| policy.could_apply(&path(&policy, name));
    assert_eq!(of(PLAN), Operations::ALL);
    assert_eq!(of(r"\Device\HarddiskVolume2\x"), Operations::only(Operation::Read));
    assert_eq!(of(r"\Device\HarddiskVolume2\data\x"), Operations::only(Operation::Read).with(Operation::Rename));
    assert_eq!(policy.could_apply(&PathMatch::NONE), Operations::NONE);
}

#[test]
fn an_empty_policy_decides_nothing() {
    let policy = policy("# nothing yet\n");
    assert_eq!(policy.operations(), Operations::NONE);
    assert_eq!(decides(&policy, PLAN, Operation::Write), None);
}

#[test]
fn a_match_of_another_policy_is_harmless() {
    let large = policy(&many(300, |number| format!("name-{number}")));
    let small = policy("[[rule]]\npath = 'x'\naction = 'deny'\n");
    let foreign = path(&large, r"\Device\HarddiskVolume2\name-299");
    assert_eq!(small.decide(&foreign, Operation::Read, |_| ()), None);
}

fn many(count: usize, path: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut source, number| {
        write!(source, "[[rule]]\npath = '{}'\naction = 'deny'\n", path(number)).unwrap();
        source
    })
}

/// Patterns that would need a state for every combination if a trailing `*` or `**` were a loop in the automaton.
#[test]
#[cfg_attr(miri, ignore = "compiling takes minutes")]
fn kinds_of_paths_do_not_multiply() {
    let count = 3000;
    let source = many(count, |number| match number % 6 {
        0 => format!("/data/project-{number}/**"),
        1 => format!("evil-{number}.exe"),
        2 => format!("*.x{number}"),
        3 => format!("tmp-{number}*"),
        4 => format!("*mid{number:04}*"),
        _ => format!("dir-{number}/**"),
    });
    let compiled = compile(&source, &Options::default()).unwrap();
    assert_eq!(compiled.statistics.automata, 1);
    assert!(compiled.statistics.states < 20 * count, "{:?}", compiled.statistics);
    let policy = Policy::parse(compiled.blob).unwrap();
    for (name, expected) in [
        (r"\Device\HarddiskVolume2\data\project-2994\a.x2000", Some(2000)),
        (r"\Device\HarddiskVolume2\data\project-1500\dir-1205\tmp-1203-evil", Some(1203)),
        (r"\Device\HarddiskVolume2\dir-2999\dir-1505\dir-2003\x", Some(1505)),
        (r"\Device\HarddiskVolume2\x\a-mid2998-b\c", None),
        (r"\Device\HarddiskVolume2\x\tmp-2997-mid1000-mid2998.x2000", Some(1000)),
    ] {
        assert_eq!(decides(&policy, name, Operation::Write), expected, "{name}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "compiling takes minutes")]
fn paths_that_multiply_are_searched_side_by_side() {
    let mut source = many(500, |number| format!("/data/a{number}/**/b{number}"));
    source += &many(5000, |number| format!("evil-{number}.exe"));
    let compiled = compile(&source, &Options::default()).unwrap();
    assert!(compiled.statistics.automata > 1, "{:?}", compiled.statistics);
    let policy = Policy::parse(compiled.blob).unwrap();
    assert_eq!(decides(&policy, r"\Device\HarddiskVolume2\data\a77\x\y\b77", Operation::Write), Some(77));
    assert_eq!(decides(&policy, r"\Device\HarddiskVolume2\data\a77\x\evil-4321.exe", Operation::Write), Some(4821));
    assert_eq!(decides(&policy, r"\Device\HarddiskVolume2\data\a77\x\b78", Operation::Write), None);
}

#[test]
#[cfg_attr(miri, ignore = "compiling takes minutes")]
fn a_policy_that_cannot_be_searched_quickly_is_refused_by_name() {
    let source = many(3, |number| format!("*a{}", "?".repeat(30 + number)));
    let refusal = compile(&source, &Options::default()).unwrap_err();
    assert!(refusal[0].message.contains("on line 1 combine"), "{refusal:?}");

    // Every directory on the way could be in another rule's list.
    let mut source = String::new();
    for number in 0..40 {
        write!(source, "[[rule]]\npath = 'd{number}/**'\nprocess = 'p{number}'\naction = 'deny'\n").unwrap();
    }
    let refusal = compile(&source, &Options::default()).unwrap_err();
    assert!(refusal[0].message.contains("40 groups of rules with `process`"), "{refusal:?}");
}

#[test]
#[cfg_attr(miri, ignore = "compiling takes minutes")]
fn any_number_of_rules_with_a_process_is_fine_from_the_root() {
    let mut source = String::new();
    for number in 0..200 {
        write!(source, "[[rule]]\npath = '/home/u{number}/**'\nprocess = 'p{number}'\naction = 'deny'\n").unwrap();
    }
    let policy = policy(&source);
    let image = |number| format!(r"\Device\HarddiskVolume1\bin\p{number}");
    for number in [0, 7, 70, 199] {
        let name = format!(r"\Device\HarddiskVolume2\home\u{number}\x");
        assert_eq!(with_process(&policy, &name, Operation::Read, &image(number)), Some(number));
        assert_eq!(with_process(&policy, &name, Operation::Read, &image(number + 1)), None);
    }
}
