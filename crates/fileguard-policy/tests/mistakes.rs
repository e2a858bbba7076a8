//! What the compiler says to mistakes: the line, and what to write instead.

use fileguard_policy::compile::{Diagnostic, Options, Severity, compile, render};

fn refused(source: &str) -> Vec<Diagnostic> {
    compile(source, &Options::default()).expect_err(source)
}

#[test]
fn every_mistake_has_its_line_and_its_remedy() {
    let good = "[[rule]]\npath = '/a'\naction = 'deny'\n";
    for (line, remedy) in [
        ("acton = 'deny'", "write `action`"),
        ("operation = 'wirte'", "write `write`"),
        ("operation = ['read', 'remove']", "write one of `read`, `write`"),
        ("operation = []", "name a operation"),
        ("operation = 5", "write `operation = "),
        ("status = 'acess-denied'", "write `access-denied`"),
        ("status = '0x00000000'", "0xC0000001"),
        ("timeout = '2s'", "remove the line"),
        ("default = 'allow'", "remove the line"),
        ("process = ''", "write `**`"),
        ("process = 'bin/'", "bin/**"),
        ("process = 'a**b'", "`**/a*b`"),
        ("name = ", "TOML"),
    ] {
        let source = format!("{good}{line}\n");
        let found = refused(&source);
        let text = render(&found, &source, "p.toml", false);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].line, 4, "{text}");
        assert!(text.contains(remedy) && text.contains("p.toml:4:"), "{text}");
    }
    for (source, remedy) in [
        ("[[rule]]\naction = 'deny'\n", "path = \"**\""),
        ("[[rule]]\npath = 'x'\n", "`observe`, `allow`, `deny`, `ask`"),
        ("[rule]\npath = 'x'\naction = 'deny'\n", "write `[[rule]]`"),
        ("path = 'x'\n", "write `[[rule]]`"),
        ("[[rule]]\npath = 'x'\naction = 'ask'\ndefault = 'denny'\n", "write `deny`"),
        ("[[rule]]\npath = 'x'\naction = 'ask'\ntimeout = '2 fortnights'\n", "such as `2s`"),
        ("[[rule]]\npath = 'x'\naction = 'ask'\ntimeout = '2h'\n", "to `10m`"),
        ("[[rule]]\npath = 'Q:/x'\naction = 'deny'\n", "write `/x`"),
    ] {
        let text = render(&refused(source), source, "p.toml", false);
        assert!(text.contains(remedy), "{text}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once_in_order() {
    let found = refused("[[rule]]\npath = ''\naction = 'x'\n[[rules]]\n");
    let lines: Vec<usize> = found.iter().map(|diagnostic| diagnostic.line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn a_rule_that_never_applies_is_pointed_out() {
    let all = "[[rule]]\npath = '**'\noperation = ['read', 'write']\naction = 'observe'\n";
    let below = "[[rule]]\npath = '/a/**'\naction = 'deny'\n";
    let rule = |rest: &str| format!("[[rule]]\naction = 'deny'\n{rest}\n");
    for (first, second, expected) in [
        (all, rule("path = '/x'\noperation = 'read'"), true),
        (all, rule("path = '/x'"), false),
        (below, rule("path = ['/a/b/c', '/A/**/x', '/a/**']"), true),
        (below, rule("path = ['/a/b', '/b']"), false),
        (below, rule("path = '/a'"), false),
        ("[[rule]]\npath = 'x'\nprocess = 'y'\naction = 'deny'\n", rule("path = 'x'"), false),
    ] {
        let source = format!("{first}{second}");
        let compiled = compile(&source, &Options::default()).unwrap();
        let found = compiled
            .warnings
            .iter()
            .any(|warning| warning.severity == Severity::Warning && warning.message.contains("never applies"));
        assert_eq!(found, expected, "{source}\n{}", render(&compiled.warnings, &source, "p.toml", false));
    }
}
