//! Which names a path in a rule means: the documented cases one by one, then thousands of random ones with the crate
//! `globset` as the judge.

#[expect(dead_code, reason = "other test programs need more of it")]
mod common;

use std::fmt::Write as _;

use common::{decides, policy};
use fileguard_policy::Operation;
use globset::{GlobBuilder, GlobMatcher};

fn matches(glob: &str, name: &str) -> bool {
    let policy = policy(&format!("[[rule]]\npath = '{glob}'\naction = 'observe'\n"));
    decides(&policy, name, Operation::Read) == Some(0)
}

#[test]
fn documented_cases() {
    for (glob, name, expected) in [
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\vault\plan.doc", true),
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\VAULT\Plan.DOC", true),
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\x\vault\plan.doc", false),
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\vault\plan.doc\x", false),
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\vault\plan.doc:secret:$DATA", true),
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\vault::$INDEX_ALLOCATION\plan.doc", true),
        ("/vault/plan.doc", r"\Device\HarddiskVolume2\vault:$I30:$INDEX_ALLOCATION\plan.doc", true),
        ("/vault/plan.doc", r"\Device\Mup\server\share\vault\plan.doc", true),
        ("/vault/plan.doc", r"\Device\Mup\server\vault\plan.doc", false),
        ("/share/x", r"\Device\Mup\server\share\x", false),
        ("/x", r"\Device\MupX\x", true),
        ("/x", r"\Device\Mu\x", true),
        (r"\Device\HarddiskVolume2\vault", r"\Device\HarddiskVolume2\vault", true),
        (r"\Device\HarddiskVolume2\vault", r"\Device\HarddiskVolume3\vault", false),
        (r"\Device\HarddiskVolume?\vault", r"\Device\HarddiskVolume3\vault", true),
        (r"\\server\share\x", r"\Device\Mup\server\share\x", true),
        ("*.key", r"\Device\HarddiskVolume2\a.key", true),
        ("*.key", r"\Device\HarddiskVolume2\d\e\A.KEY", true),
        ("*.key", r"\Device\HarddiskVolume2\a.key\b", false),
        ("*.key", r"\Device\HarddiskVolume2\a.keys", false),
        (".git/config", r"\Device\HarddiskVolume2\p\.git\config", true),
        (".git/config", r"\Device\HarddiskVolume2\p\x.git\config", false),
        (".git/**", r"\Device\HarddiskVolume2\p\.git\a\b", true),
        ("/a/**", r"\Device\HarddiskVolume2\a\b\c", true),
        ("/a/**", r"\Device\HarddiskVolume2\a", false),
        ("/a/**", r"\Device\HarddiskVolume2\a\", false),
        ("/a/**", r"\Device\HarddiskVolume2\ab", false),
        ("/a/**/b", r"\Device\HarddiskVolume2\a\b", true),
        ("/a/**/b", r"\Device\HarddiskVolume2\a\x\y\b", true),
        ("/a/**/b", r"\Device\HarddiskVolume2\a\xb", false),
        ("/a/*", r"\Device\HarddiskVolume2\a\x", true),
        ("/a/*", r"\Device\HarddiskVolume2\a\x\y", false),
        ("/a/*", r"\Device\HarddiskVolume2\a\", false),
        ("tmp*", r"\Device\HarddiskVolume2\tmp", true),
        ("tmp*", r"\Device\HarddiskVolume2\tmpdir\x", false),
        ("*tmp*", r"\Device\HarddiskVolume2\d\a tmp b", true),
        ("*tmp*", r"\Device\HarddiskVolume2\a tmp b\d", false),
        ("**", r"\Device\HarddiskVolume2", true),
        ("**", "", true),
        ("/**", r"\Device\HarddiskVolume2\x", true),
        ("/**", r"\Device\HarddiskVolume2\", false),
        ("/", r"\Device\HarddiskVolume2\", true),
        ("/", r"\Device\HarddiskVolume2", true),
        ("/", r"\Device\HarddiskVolume2\x", false),
        ("GEFÄSS/*.ÖL", r"\Device\HarddiskVolume2\gefäss\x.öl", true),
        ("a?c", r"\Device\HarddiskVolume2\abc", true),
        ("a?c", r"\Device\HarddiskVolume2\ac", false),
        ("?.öl", r"\Device\HarddiskVolume2\Ä.ÖL", true),
        ("[a]", r"\Device\HarddiskVolume2\[a]", true),
        ("[a]", r"\Device\HarddiskVolume2\a", false),
    ] {
        assert_eq!(matches(glob, name), expected, "{glob} and {name}");
    }
}

/// A glob of a few short components, such that similar ones come up often. All is ASCII: to the judge a `?` is a byte.
fn random_glob(random: &mut fastrand::Rng) -> String {
    let mut components = Vec::new();
    for _ in 0..random.usize(1..=4) {
        if random.u8(0..5) == 0 {
            components.push("**".to_owned());
            continue;
        }
        let mut component = String::new();
        for _ in 0..random.usize(1..=4) {
            component.push(*random.choice(&['a', 'b', 'A', '.', '*', '?']).unwrap());
        }
        while component.contains("**") {
            component = component.replace("**", "*");
        }
        if component == "." || component == ".." {
            "b".clone_into(&mut component);
        }
        components.push(component);
    }
    let start = random.choice(["", "/", "/Device/V1/"]).unwrap();
    format!("{start}{}", components.join("/"))
}

fn random_name(random: &mut fastrand::Rng) -> String {
    let mut name = random.choice(["Device/V1", "device/v1", "Device/V2"]).unwrap().to_owned();
    for _ in 0..random.usize(0..=5) {
        name.push('/');
        for _ in 0..random.usize(1..=4) {
            name.push(*random.choice(&['a', 'b', 'B', '.']).unwrap());
        }
    }
    name
}

/// The same glob for the judge, which knows nothing of volumes.
fn judge(glob: &str) -> GlobMatcher {
    let whole = if let Some(absolute) = glob.strip_prefix("/Device/") {
        format!("Device/{absolute}")
    } else if glob.starts_with("/**/") {
        glob[1..].to_owned()
    } else if let Some(rooted) = glob.strip_prefix('/') {
        format!("Device/*/{rooted}")
    } else {
        format!("**/{glob}")
    };
    GlobBuilder::new(&whole).literal_separator(true).case_insensitive(true).build().unwrap().compile_matcher()
}

#[test]
#[cfg_attr(miri, ignore = "the judge takes minutes")]
fn random_globs_mean_what_globset_says() {
    let seed = std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut matched = 0;
    for round in 0..100 {
        let globs: Vec<String> = (0..random.usize(1..=40)).map(|_| random_glob(&mut random)).collect();
        let judges: Vec<GlobMatcher> = globs.iter().map(|glob| judge(glob)).collect();
        let mut source = String::new();
        for glob in &globs {
            write!(source, "[[rule]]\npath = '{glob}'\naction = 'observe'\n").unwrap();
        }
        let all = policy(&source);
        for _ in 0..100 {
            let name = random_name(&mut random);
            let expected = judges.iter().position(|judge| judge.is_match(&name));
            let native = format!(r"\{}", name.replace('/', r"\"));
            let found = decides(&all, &native, Operation::Write).map(|index| index as usize);
            assert_eq!(found, expected, "round {round}, {name}, globs {globs:?}");
            matched += u32::from(found.is_some());
        }
    }
    assert!(matched > 0);
}
