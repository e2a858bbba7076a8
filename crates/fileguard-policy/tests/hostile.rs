//! Blobs that no compiler made are refused, or at least harmless. Never does anything panic.

#[expect(dead_code, reason = "other test programs need more of it")]
mod common;

use common::policy;
use fileguard_policy::compile::{Options, compile};
use fileguard_policy::{Operation, Policy, PolicyError};
use std::sync::LazyLock;

/// What a policy can have, in few states under Miri, which is some thousand times slower.
const SOURCE: &str = if cfg!(miri) {
    r#"
[[rule]]
path = "/v/**"
process = "**/rm"
action = "deny"

[[rule]]
name = "second"
path = "*.k"
action = "ask"
"#
} else {
    r#"
[[rule]]
path = ["/vault/**", "*.key", "a*b?c", "/x/**/y"]
process = ["**/rm", "/bin/*"]
action = "deny"

[[rule]]
name = "second"
path = "*.key"
action = "ask"
"#
};

/// The compiled policy, made once: compiling is what takes longest under Miri.
fn blob() -> Vec<u8> {
    static BLOB: LazyLock<Vec<u8>> = LazyLock::new(|| compile(SOURCE, &Options::default()).unwrap().blob);
    BLOB.clone()
}

fn search(policy: &Policy<&[u8]>) {
    for name in [r"\Device\HarddiskVolume2\vault\a.key", r"\Device\Mup\s\t\x\aéb\y", "aabbc", ""] {
        let path = policy.match_path(name.encode_utf16(), |unit| unit);
        _ = policy.could_apply(&path);
        for operation in Operation::ALL {
            let process = |its: &mut _| policy.match_process(r"\Device\V\bin\rm".encode_utf16(), |unit| unit, its);
            _ = policy.decide(&path, operation, process);
        }
    }
    _ = (policy.operations(), policy.rule_count(), policy.source(), policy.rule(1), policy.rule(u32::MAX));
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let mut blob = blob();
    for length in (0..blob.len()).step_by(if cfg!(miri) { 97 } else { 1 }) {
        let error = Policy::parse(&blob[..length]).unwrap_err();
        assert!(matches!(error, PolicyError::NotAPolicy | PolicyError::Length), "{length}: {error:?}");
    }
    blob.push(0);
    assert_eq!(Policy::parse(blob).unwrap_err(), PolicyError::Length);
}

#[test]
fn other_files_and_other_versions_are_told_apart() {
    assert_eq!(Policy::parse(SOURCE.repeat(10).as_bytes()).unwrap_err(), PolicyError::NotAPolicy);
    let mut blob = blob();
    blob[4] = 77;
    assert_eq!(Policy::parse(blob).unwrap_err(), PolicyError::Version);
}

/// Overwrites each word of the blob with values that hurt most, then searches what is still accepted.
#[test]
fn no_word_of_a_blob_can_do_harm() {
    let original = blob();
    let mut accepted = 0;
    for place in (0..original.len() - 4).step_by(if cfg!(miri) { 499 } else { 1 }) {
        for value in [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, u32::try_from(place).unwrap()] {
            let mut blob = original.clone();
            blob[place..place + 4].copy_from_slice(&value.to_le_bytes());
            if let Ok(policy) = Policy::parse(blob.as_slice()) {
                search(&policy);
                accepted += 1;
            }
        }
    }
    assert!(accepted > 0, "the text of the policy may be anything");
}

#[test]
fn random_damage_does_no_harm() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let original = blob();
    for _ in 0..if cfg!(miri) { 5 } else { 20_000 } {
        let mut blob = original.clone();
        for _ in 0..random.usize(1..6) {
            let place = random.usize(..blob.len());
            blob[place] = random.u8(..);
        }
        if let Ok(policy) = Policy::parse(blob.as_slice()) {
            search(&policy);
        }
    }
}

#[test]
fn damaged_automata_and_rules_are_named() {
    let original = blob();
    let header = |word: usize| u32::from_le_bytes(original[4 * word..4 * word + 4].try_into().unwrap()) as usize;
    let first_state = 4 * (16 + header(3) + header(4));
    let with = |place: usize, value: u32| {
        let mut blob = original.clone();
        blob[place..place + 4].copy_from_slice(&value.to_le_bytes());
        Policy::parse(blob).map(|_| ()).unwrap_err()
    };
    assert_eq!(with(4 * 16, 0x00FF_FFFF), PolicyError::Automaton, "the start of an automaton");
    assert_eq!(with(first_state + 8, 0x00FF_FFFF), PolicyError::Automaton, "where a state leads");
    assert_eq!(with(first_state + 4, 0x00FF_FFFF), PolicyError::Automaton, "the output of a state");
    let rules = original.len() - SOURCE.len() - header(12) - 2 * header(6) - 28 * header(11);
    assert_eq!(with(rules, 99), PolicyError::Rule, "the action of a rule");
    let text = original.len() - 4;
    assert_eq!(with(text, 0xFFFF_FFFF), PolicyError::Text);
    assert_eq!(policy(SOURCE).rule_count(), 2);
}
