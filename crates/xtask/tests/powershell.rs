//! The scripts of `vm/` are well-formed PowerShell and keep the rules below. No PowerShell comes from a registry, so that
//! what they do on Windows is not run here; a grammar parses them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tree_sitter::{Node, Parser, Tree};

/// The commands that scripts may call: Windows' own by their whole names, so that neither a typing error nor an alias is
/// one of them.
const COMMANDS: &str = include_str!("powershell/commands.txt");

/// A script, parsed.
struct Script {
    name: String,
    text: String,
    tree: Tree,
}

impl Script {
    fn new(name: &str, text: &str) -> Self {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_powershell::LANGUAGE.into())
            .expect("the grammar is one that the parser takes");
        let tree = parser.parse(text, None).expect("nothing ends the parser early");
        Self { name: name.to_owned(), text: text.to_owned(), tree }
    }

    fn text(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        let mut nodes = vec![self.tree.root_node()];
        let mut next = 0;
        while let Some(node) = nodes.get(next).copied() {
            nodes.extend((0..node.child_count()).filter_map(|number| node.child(number.try_into().ok()?)));
            next += 1;
        }
        nodes
    }

    fn of_kind(&self, kind: &str) -> Vec<Node<'_>> {
        self.nodes().into_iter().filter(|node| node.kind() == kind).collect()
    }

    fn at(&self, node: Node<'_>, what: &str) -> String {
        format!("{}:{}: {what}", self.name, node.start_position().row + 1)
    }

    fn functions(&self) -> BTreeSet<String> {
        self.of_kind("function_name").into_iter().map(|name| self.text(name).to_owned()).collect()
    }
}

/// What is wrong with a script; `functions` are those that any of the scripts defines.
fn findings(script: &Script, functions: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = script
        .nodes()
        .into_iter()
        .filter(|node| node.is_error() || node.is_missing())
        .map(|node| script.at(node, "this is no PowerShell"))
        .collect();
    let root = script.tree.root_node();
    found.extend(preamble(script, root));
    found.extend(documentation(script, root));
    found.extend(commands(script, functions));
    found.extend(secrets(script));
    if script.name.contains("/steps/") && !script.text.contains("[CmdletBinding(SupportsShouldProcess") {
        found.push(script.at(root, "a step changes something, so it needs SupportsShouldProcess"));
    }
    if let Some(line) = script.text.lines().position(|line| !line.is_ascii()) {
        // Windows PowerShell takes a file without a byte-order mark for one in the system's own code page.
        found.push(format!("{}:{}: there is a character that is not ASCII", script.name, line + 1));
    }
    found
}

/// A misspelt variable and a failed command end a script.
fn preamble(script: &Script, root: Node<'_>) -> Vec<String> {
    ["Set-StrictMode -Version Latest", "$ErrorActionPreference = 'Stop'"]
        .into_iter()
        .filter(|line| !script.text.lines().any(|its| its == *line))
        .map(|line| script.at(root, &format!("`{line}` is missing at the top level")))
        .collect()
}

/// A script and each function says what it is for.
fn documentation(script: &Script, root: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if !script.text.starts_with("<#\n.SYNOPSIS\n") {
        found.push(script.at(root, "the script does not begin with its .SYNOPSIS"));
    }
    for function in script.of_kind("function_statement") {
        if !script.text(function).contains(".SYNOPSIS") {
            found.push(script.at(function, "the function has no .SYNOPSIS"));
        }
    }
    found
}

/// Each command is known, and a program's exit code is looked at.
fn commands(script: &Script, functions: &BTreeSet<String>) -> Vec<String> {
    let known: BTreeSet<&str> = COMMANDS.lines().collect();
    let mut found = Vec::new();
    for node in script.of_kind("command_name") {
        let name = script.text(node);
        if !known.contains(name) && !functions.contains(name) {
            found.push(script.at(node, &format!("no command is called `{name}` (powershell/commands.txt has them)")));
        }
        if is_program(name) && !is_exit_code_checked(script, node) {
            found.push(script.at(node, &format!("the statement after `{name}` does not look at $LASTEXITCODE")));
        }
    }
    found
}

fn is_program(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("exe"))
}

fn is_exit_code_checked(script: &Script, command: Node<'_>) -> bool {
    let mut statement = command;
    while let Some(parent) = statement.parent() {
        if parent.kind() == "statement_list" {
            return statement.next_named_sibling().is_some_and(|next| script.text(next).contains("$LASTEXITCODE"));
        }
        statement = parent;
    }
    false
}

/// A password is asked for, and never a plain text.
fn secrets(script: &Script) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in script.of_kind("script_parameter") {
        let text = script.text(parameter).to_lowercase();
        if text.contains("password") && !text.contains("[securestring]") {
            found.push(script.at(parameter, "a password as a parameter is a SecureString, or better a credential"));
        }
    }
    for option in script.of_kind("command_parameter") {
        if script.text(option).eq_ignore_ascii_case("-AsPlainText") {
            found.push(script.at(option, "a password does not stand in a script as plain text"));
        }
    }
    found
}

fn scripts() -> Vec<Script> {
    let root = xtask::driver::repository();
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in ["vm", "vm/steps"] {
        let entries = fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        paths.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ps1" || extension == "psm1"));
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).expect("below the repository").display().to_string();
        Script::new(&name, &fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    paths.iter().map(read).collect()
}

#[test]
fn the_scripts_are_well_formed_and_keep_the_rules() {
    let scripts = scripts();
    assert!(scripts.len() > 10, "vm/ has its scripts");
    let functions: BTreeSet<String> = scripts.iter().flat_map(Script::functions).collect();
    let found: Vec<String> = scripts.iter().flat_map(|script| findings(script, &functions)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_modules_functions_that_are_exported_are_there() {
    let scripts = scripts();
    let module = scripts.iter().find(|script| script.name == "vm/machine.psm1").expect("the module");
    let (_, exported) = module.text.split_once("Export-ModuleMember -Function ").expect("the export");
    let exported: BTreeSet<String> = exported.split([',', '\n']).map(|name| name.trim().to_owned()).collect();
    let exported: BTreeSet<String> = exported.into_iter().filter(|name| !name.is_empty()).collect();
    assert_eq!(exported, module.functions());
}

#[test]
fn known_commands_are_whole_names_in_order() {
    let names: Vec<&str> = COMMANDS.lines().collect();
    let is_whole = |name: &&str| is_program(name) || name.split_once('-').is_some_and(|(verb, _)| verb.len() > 2);
    assert!(names.iter().all(is_whole), "{names:?}");
    assert!(names.is_sorted());
    let scripts = scripts();
    let called: BTreeSet<&str> = scripts
        .iter()
        .flat_map(|script| script.of_kind("command_name").into_iter().map(|node| script.text(node)).collect::<Vec<_>>())
        .collect();
    let unused: Vec<&&str> = names.iter().filter(|name| !called.contains(**name)).collect();
    assert!(unused.is_empty(), "no script calls {unused:?}");
}

#[test]
fn each_rule_finds_what_breaks_it() {
    const GOOD: &str = "<#\n.SYNOPSIS\nA step.\n#>\n[CmdletBinding(SupportsShouldProcess)]\nparam()\n\
        Set-StrictMode -Version Latest\n$ErrorActionPreference = 'Stop'\n";
    let findings_of = |text: &str| {
        let script = Script::new("vm/steps/00-test.ps1", text);
        findings(&script, &script.functions())
    };
    assert_eq!(findings_of(GOOD), [""; 0]);
    let found_behind = [
        ("if ($true) { Get-VM -Name 'a'\n", "00-test.ps1:9: this is no PowerShell"),
        ("Get-VMM -Name 'a'\n", "00-test.ps1:9: no command is called `Get-VMM`"),
        ("gci\n", "no command is called `gci`"),
        ("Write-Host 'hello'\n", "no command is called `Write-Host`"),
        ("bcdboot.exe a\nGet-VM -Name 'a'\n", "00-test.ps1:9: the statement after `bcdboot.exe`"),
        ("function Get-Thing { param([string] $Password) }\n", "a password as a parameter"),
        ("function Get-Thing { 1 }\n", "the function has no .SYNOPSIS"),
        ("Out-Null -AsPlainText\n", "does not stand in a script as plain text"),
        ("$name = 'gr\u{FC}n'\n", "00-test.ps1:9: there is a character that is not ASCII"),
    ];
    for (addition, wanted) in found_behind {
        let found = findings_of(&format!("{GOOD}{addition}"));
        assert!(found.iter().any(|finding| finding.contains(wanted)), "{addition}: {found:?}");
    }
    let found_without = [
        ("Set-StrictMode -Version Latest\n", "`Set-StrictMode -Version Latest` is missing"),
        ("$ErrorActionPreference = 'Stop'\n", "`$ErrorActionPreference = 'Stop'` is missing"),
        (".SYNOPSIS\n", "does not begin with its .SYNOPSIS"),
        ("SupportsShouldProcess", "a step changes something"),
    ];
    for (part, wanted) in found_without {
        let found = findings_of(&GOOD.replace(part, ""));
        assert!(found.iter().any(|finding| finding.contains(wanted)), "without {part}: {found:?}");
    }
    let checked = format!("{GOOD}bcdboot.exe a\nif ($LASTEXITCODE -ne 0) {{ throw 'it failed' }}\n");
    assert_eq!(findings_of(&checked), [""; 0]);
}
