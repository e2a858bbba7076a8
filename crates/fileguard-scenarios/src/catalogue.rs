//! All scenarios.

use std::fs;
use std::io::ErrorKind;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use fileguard_protocol::Decision;
use fileguard_protocol::Operation::{Create, Delete, Execute, Read, Rename, Write};

use crate::action::{Action, Scene};
use crate::scenario::{Scenario, Seen, Step};

/// All scenarios, in the order in which they run.
pub fn catalogue() -> Vec<Scenario> {
    let mut all = Vec::new();
    all.extend(without_refusals());
    all.extend(refusals());
    all.extend(names());
    all.extend(choices());
    all
}

/// The harmless file that every scanner finds.
fn eicar() -> &'static [u8] {
    static EICAR: LazyLock<Vec<u8>> = LazyLock::new(fileguardctl::eicar);
    &EICAR
}

/// What many programs do, none of which may notice fileguard.
fn ordinary_life() -> Vec<Action> {
    vec![
        Action::MakeFolder("folder"),
        Action::Create("folder/first", b"0123456789"),
        Action::Append("folder/first", b"abcdef"),
        Action::WriteAt("folder/first", 3, b"---"),
        Action::Shorten("folder/first", 12),
        Action::Read("folder/first"),
        Action::Copy("folder/first", "folder/second"),
        Action::Overwrite("folder/second", b"written anew"),
        Action::Link("folder/second", "folder/third"),
        Action::Append("folder/third", b", and under both names"),
        Action::List("folder"),
        Action::Rename("folder/first", "folder/second"),
        Action::Rename("folder", "moved"),
        Action::Read("moved/second"),
        Action::Read("moved/third"),
        Action::Map("mapped"),
        Action::CopyProgram("program.exe"),
        Action::Execute("program.exe"),
        Action::Delete("moved/third"),
        Action::Delete("moved/second"),
        Action::RemoveFolder("moved"),
    ]
}

fn without_refusals() -> Vec<Scenario> {
    let scenario = Scenario {
        name: "",
        shows: "",
        policy: "",
        service: false,
        before: Vec::new(),
        steps: ordinary_life().into_iter().map(Step::allowed).collect(),
    };
    vec![
        Scenario {
            name: "no-rule",
            shows: "without a rule, programs notice nothing and the client sees nothing",
            ..scenario.clone()
        },
        Scenario {
            name: "rules-about-others",
            shows: "rules about other files and other programs change nothing",
            policy: r#"
                [[rule]]
                path = "{folder}-of-others/**"
                action = "deny"
                [[rule]]
                path = "{folder}/**"
                process = "**/no-program-has-this-name.exe"
                action = "deny"
                [[rule]]
                path = "{folder}/**"
                action = "allow"
            "#,
            ..scenario.clone()
        },
        Scenario {
            name: "appends",
            shows: "what several threads append to a file at once is all there, and reported",
            policy: r#"
                [[rule]]
                path = "{folder}/**"
                action = "observe"
            "#,
            steps: vec![Step::observed(Action::AppendFromThreads("appended"), 0, &[Create, Write, Read])],
            ..scenario.clone()
        },
        Scenario {
            name: "observe",
            shows: "what happens is reported in its order, with its names",
            policy: r#"
                [[rule]]
                path = "{folder}/watched/**"
                action = "observe"
            "#,
            before: vec![Action::MakeFolder("watched"), Action::Create("outside", b"from outside")],
            steps: vec![
                Step::observed(Action::Create("watched/one", b"12345"), 0, &[Create, Write]),
                Step::observed(Action::Read("watched/one"), 0, &[Read]),
                Step::observed(Action::Append("watched/one", b"6789"), 0, &[Write]),
                Step::observed(Action::Shorten("watched/one", 3), 0, &[Write]),
                Step::observed(Action::Rename("watched/one", "watched/two"), 0, &[Rename]),
                Step::observed(Action::MakeFolder("watched/folder"), 0, &[Create]),
                Step::observed(Action::RemoveFolder("watched/folder"), 0, &[Delete]),
                Step::observed(Action::Map("watched/mapped"), 0, &[Create, Write, Read]),
                Step::observed(Action::Delete("watched/two"), 0, &[Delete]),
                Step::allowed(Action::Append("outside", b", where nobody watches")),
            ],
            ..scenario
        },
    ]
}

fn refusals() -> Vec<Scenario> {
    let scenario = Scenario {
        name: "",
        shows: "",
        policy: "",
        service: false,
        before: vec![
            Action::MakeFolder("vault"),
            Action::MakeFolder("vault/empty"),
            Action::Create("vault/plan", b"the plan, as it was"),
            Action::Create("vault/second", b"another plan"),
            Action::Create("vault/third", b"a third one"),
            Action::Create("letter", b"a letter"),
            Action::Create("card", b"a card"),
        ],
        steps: Vec::new(),
    };
    vec![
        Scenario {
            name: "deny-write",
            shows: "what may not be written keeps its content, and is read",
            policy: "[[rule]]\npath = '{folder}/vault/**'\noperation = 'write'\naction = 'deny'\n",
            steps: vec![
                Step::denied(Action::WriteAt("vault/plan", 4, b"PLAN"), 0, Write),
                Step::denied(Action::Append("vault/plan", b"!"), 0, Write),
                Step::denied(Action::Shorten("vault/plan", 3), 0, Write),
                Step::denied(Action::Overwrite("vault/second", b"nothing"), 0, Write),
                Step::allowed(Action::Read("vault/third")),
                Step::allowed(Action::Append("letter", b", and more")),
            ],
            ..scenario.clone()
        },
        Scenario {
            name: "deny-create",
            shows: "nothing new comes into being, whichever way, and what is there is written",
            policy: "[[rule]]\npath = '{folder}/vault/**'\noperation = 'create'\naction = 'deny'\n",
            steps: vec![
                Step::denied(Action::Create("vault/new", b"new"), 0, Create),
                Step::denied(Action::Overwrite("vault/newer", b"newer"), 0, Create),
                Step::denied(Action::MakeFolder("vault/folder"), 0, Create),
                Step::denied(Action::Copy("letter", "vault/copy"), 0, Create),
                Step::denied(Action::Rename("card", "vault/card"), 0, Create),
                Step::denied(Action::Link("letter", "vault/link"), 0, Create),
                Step::allowed(Action::Overwrite("vault/plan", b"another plan")),
                Step::allowed(Action::Rename("vault/second", "taken-out")),
            ],
            ..scenario.clone()
        },
        Scenario {
            name: "deny-read",
            shows: "what may not be read is not copied either, and is written",
            policy: "[[rule]]\npath = '{folder}/vault/**'\noperation = 'read'\naction = 'deny'\n",
            steps: vec![
                Step::denied(Action::Read("vault/plan"), 0, Read),
                Step::denied(Action::List("vault/empty"), 0, Read),
                Step::allowed(Action::Append("vault/second", b", and more")),
                Step::allowed(Action::Delete("vault/third")),
                Step::allowed(Action::Read("letter")),
            ],
            ..scenario.clone()
        },
        Scenario {
            name: "deny-delete",
            shows: "what may not be deleted is not replaced either, and may go elsewhere",
            policy: "[[rule]]\npath = '{folder}/vault/**'\noperation = 'delete'\naction = 'deny'\n",
            steps: vec![
                Step::denied(Action::Delete("vault/plan"), 0, Delete),
                Step::denied(Action::RemoveFolder("vault/empty"), 0, Delete),
                Step::denied(Action::Rename("card", "vault/second"), 0, Delete),
                Step::allowed(Action::Append("vault/third", b", and more")),
                Step::allowed(Action::Rename("vault/third", "taken-out")),
                Step::allowed(Action::Delete("taken-out")),
            ],
            ..scenario.clone()
        },
        Scenario {
            name: "deny-rename",
            shows: "a file gets no other name, out of the folder, into it or in it, and is deleted",
            policy: "[[rule]]\npath = '{folder}/vault/**'\noperation = 'rename'\naction = 'deny'\n",
            steps: vec![
                Step::denied(Action::Rename("vault/plan", "plan"), 0, Rename),
                Step::denied(Action::Rename("vault/second", "vault/third"), 0, Rename),
                Step::denied(Action::Rename("card", "vault/card"), 0, Rename),
                Step::allowed(Action::Rename("letter", "old-letter")),
                Step::allowed(Action::Delete("vault/third")),
            ],
            ..scenario.clone()
        },
        Scenario {
            name: "deny-execute",
            shows: "what may not be run is still read",
            policy: "[[rule]]\npath = '{folder}/program.exe'\noperation = 'execute'\naction = 'deny'\n",
            before: vec![Action::CopyProgram("program.exe"), Action::CopyProgram("other.exe")],
            steps: vec![
                Step::denied(Action::Execute("program.exe"), 0, Execute),
                Step::allowed(Action::Read("program.exe")),
                Step::allowed(Action::Execute("other.exe")),
            ],
            ..scenario
        },
    ]
}

/// What is refused cannot be had by changing names.
fn names() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "renames-that-replace",
            shows: "no other file takes the place of one that may not be written",
            policy: "[[rule]]\npath = '{folder}/kept'\noperation = 'write'\naction = 'deny'\n",
            service: false,
            before: vec![
                Action::Create("kept", b"kept"),
                Action::Create("free", b"free"),
                Action::Create("junk", b"junk"),
                Action::Create("more-junk", b"more junk"),
            ],
            steps: vec![
                Step::denied(Action::Rename("junk", "kept"), 0, Write),
                Step::allowed(Action::Rename("more-junk", "free")),
                Step::allowed(Action::Read("free")),
            ],
        },
        Scenario {
            name: "folders-that-move",
            shows: "a folder does not take along what may not be changed",
            policy: "[[rule]]\npath = '{folder}/vault/**'\noperation = ['write', 'delete']\naction = 'deny'\n",
            service: false,
            before: vec![
                Action::MakeFolder("vault"),
                Action::Create("vault/plan", b"the plan"),
                Action::MakeFolder("other"),
                Action::Create("other/file", b"a file"),
            ],
            steps: vec![
                Step::denied(Action::Rename("vault", "stolen"), 0, Write),
                Step::allowed(Action::Rename("other", "moved")),
                Step::allowed(Action::Read("moved/file")),
            ],
        },
        Scenario {
            name: "hard-links",
            shows: "a file of which something is refused gets no second name",
            policy: "[[rule]]\npath = '{folder}/kept'\noperation = 'delete'\naction = 'deny'\n",
            service: false,
            before: vec![Action::Create("kept", b"kept"), Action::Create("free", b"free")],
            steps: vec![
                Step::denied(Action::Link("kept", "second"), 0, Delete),
                Step::allowed(Action::Link("free", "free-again")),
                Step::allowed(Action::Append("free-again", b", under both names")),
                Step::allowed(Action::Read("free")),
                Step::allowed(Action::Delete("free")),
            ],
        },
        Scenario {
            name: "without-case",
            shows: "rules do not care for upper and lower case",
            policy: "[[rule]]\npath = '{folder}/VAULT/*.KEY'\noperation = ['create', 'delete']\naction = 'deny'\n",
            service: false,
            before: vec![Action::MakeFolder("vault"), Action::Create("vault/Master.key", b"0123")],
            steps: vec![
                Step::denied(Action::Delete("vault/Master.key"), 0, Delete),
                Step::denied(Action::Create("vault/other.Key", b"4567"), 0, Create),
                Step::allowed(Action::Create("vault/other.lock", b"a lock")),
            ],
        },
    ]
}

/// Which rule decides, and who does where a rule asks.
fn choices() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "first-rule",
            shows: "the first rule that names path, operation and program decides",
            policy: r#"
                [[rule]]
                path = "{folder}/vault/open"
                action = "allow"
                [[rule]]
                path = "{folder}/vault/**"
                process = "**/{program}"
                operation = "write"
                action = "deny"
                [[rule]]
                path = "{folder}/vault/**"
                operation = ["read", "write"]
                action = "observe"
            "#,
            service: false,
            before: vec![
                Action::MakeFolder("vault"),
                Action::Create("vault/open", b"open to all"),
                Action::Create("vault/plan", b"the plan"),
            ],
            steps: vec![
                Step::allowed(Action::Append("vault/open", b", even for writing")),
                Step::denied(Action::Append("vault/plan", b"!"), 1, Write),
                Step::observed(Action::Read("vault/plan"), 2, &[Read]),
            ],
        },
        Scenario {
            name: "ask",
            shows: "the built-in service refuses the EICAR test file and lets anything else be read",
            policy: r#"
                [[rule]]
                path = "{folder}/downloads/**"
                operation = "read"
                action = "ask"
                default = "deny"
                timeout = "30s"
            "#,
            service: true,
            before: vec![
                Action::MakeFolder("downloads"),
                Action::Create("downloads/letter", b"a harmless letter"),
                Action::Create("downloads/invoice", eicar()),
            ],
            steps: vec![
                Step::allowed(Action::Read("downloads/letter")),
                Step::asked_and_denied(Action::Read("downloads/invoice"), 0, Read),
                Step::allowed(Action::Append("downloads/letter", b", with a postscript")),
                Step::allowed(Action::Read("downloads/letter")),
            ],
        },
        Scenario {
            name: "policy-replaced",
            shows: "a policy is replaced while programs read, and each read is whole or refused",
            policy: "",
            service: false,
            before: vec![Action::Create("a", b"content of a"), Action::Create("b", b"content of b")],
            steps: vec![
                Step {
                    action: Action::Other("a", "policies that refuse one file or the other", replace_policies),
                    is_refused: false,
                    seen: vec![Seen { operation: Read, decision: Decision::Denied, rule: 0 }],
                },
                Step::allowed(Action::Read("a")),
                Step::denied(Action::Read("b"), 0, Read),
            ],
        },
    ]
}

/// Replaces the policy while other threads read; the last one refuses `b`.
fn replace_policies(scene: &Scene<'_>) -> Result<()> {
    const READERS: usize = 3;
    const ROUNDS: usize = 40;
    let is_over = AtomicBool::new(false);
    let reads = AtomicUsize::new(0);
    let read = || -> Result<()> {
        while !is_over.load(Ordering::Relaxed) {
            for name in ["a", "b"] {
                match fs::read(scene.folder.join(name)) {
                    Ok(content) => ensure!(content == format!("content of {name}").as_bytes(), "{name} was read wrong"),
                    Err(error) if error.kind() == ErrorKind::PermissionDenied && scene.guard.is_some() => {}
                    Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
                }
                reads.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    let replace = || -> Result<()> {
        for round in 0..ROUNDS {
            let refused = if round % 2 == 0 { "a" } else { "b" };
            if let Some(guard) = scene.guard {
                let pattern = scene.pattern;
                guard
                    .load(&format!("[[rule]]\npath = '{pattern}/{refused}'\noperation = 'read'\naction = 'deny'\n"))?;
            }
            let before = reads.load(Ordering::Relaxed);
            // One of the readers has begun to read both files under each policy.
            while reads.load(Ordering::Relaxed) < before + 4 * READERS && !is_over.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                scope.spawn(|| {
                    let result = read();
                    // One that fails ends the others, and the waiting for them.
                    is_over.store(true, Ordering::Relaxed);
                    result
                })
            })
            .collect();
        let replaced = replace();
        is_over.store(true, Ordering::Relaxed);
        readers.into_iter().try_for_each(|reader| reader.join().expect("the reader does not panic"))?;
        replaced
    })
}
