//! From the bytes of an INF to its sections and entries.

use std::collections::HashMap;
use std::path::Path;

use super::{Entry, Inf, InfError, Section, Unresolved, Value};

/// One line after continuation lines are joined and comments taken off.
struct LogicalLine {
    number: usize,
    text: String,
}

/// Parses the content of an INF.
pub(super) fn parse(path: &Path, content: &[u8]) -> Result<Inf, InfError> {
    let mut inf = Inf { path: path.to_owned(), sections: Vec::new(), unresolved: Vec::new() };
    let text = decode(content).map_err(|message| inf.error(0, message))?;
    let mut current: Option<usize> = None;
    for line in logical_lines(&text) {
        if line.text.starts_with('[') {
            current = Some(open_section(&mut inf, &line)?);
            continue;
        }
        let Some(index) = current else {
            return Err(inf.error(
                line.number,
                format!("\"{}\" stands before the first section: an INF begins with [Version]", shorten(&line.text)),
            ));
        };
        let entry = entry(&inf, &line)?;
        inf.sections[index].entries.push(entry);
    }
    check_signature(&inf)?;
    expand(&mut inf)?;
    Ok(inf)
}

/// An INF is UTF-16 little-endian with a byte order mark, UTF-8, or in a single-byte code page, read here as Latin-1.
fn decode(content: &[u8]) -> Result<String, String> {
    if let Some(rest) = content.strip_prefix(b"\xFF\xFE") {
        if !rest.len().is_multiple_of(2) {
            return Err("the file begins as UTF-16 and ends in the middle of a character".to_owned());
        }
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16(&units).map_err(|_| "the file is not valid UTF-16".to_owned());
    }
    if content.starts_with(b"\xFE\xFF") {
        return Err("the file is big-endian UTF-16, which Windows does not read: save it as UTF-8".to_owned());
    }
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    if content.contains(&0) {
        return Err("the file is no INF: it is binary".to_owned());
    }
    Ok(match std::str::from_utf8(content) {
        Ok(text) => text.to_owned(),
        Err(_) => content.iter().map(|&byte| char::from(byte)).collect(),
    })
}

/// Joins lines that end in a backslash, takes comments off, drops empty lines.
fn logical_lines(text: &str) -> Vec<LogicalLine> {
    let mut lines = Vec::new();
    let mut pending: Option<LogicalLine> = None;
    for (index, physical) in text.lines().enumerate() {
        let bare = without_comment(physical).trim();
        let (bare, continues) = match bare.strip_suffix('\\') {
            // A path may end in a backslash inside quotes: only one outside of them continues the line.
            Some(rest) if bare.matches('"').count().is_multiple_of(2) => (rest.trim_end(), true),
            _ => (bare, false),
        };
        match &mut pending {
            Some(line) => line.text.push_str(bare),
            None if bare.is_empty() && !continues => {}
            None => pending = Some(LogicalLine { number: index + 1, text: bare.to_owned() }),
        }
        if !continues {
            lines.extend(pending.take().filter(|line| !line.text.is_empty()));
        }
    }
    lines.extend(pending);
    lines
}

/// The line up to a semicolon that is not inside quotes.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (index, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ';' if !quoted => return &line[..index],
            _ => {}
        }
    }
    line
}

/// Handles a section header, returns the section's index.
fn open_section(inf: &mut Inf, line: &LogicalLine) -> Result<usize, InfError> {
    let Some(name) = line.text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Err(inf.error(
            line.number,
            format!("the section header \"{}\" is not closed: end it with ]", shorten(&line.text)),
        ));
    };
    let name = name.trim().trim_matches('"').replace("$ARCH$", "amd64");
    if name.is_empty() {
        return Err(inf.error(line.number, "a section needs a name between [ and ]"));
    }
    if let Some(index) = inf.sections.iter().position(|section| section.name.eq_ignore_ascii_case(&name)) {
        return Ok(index);
    }
    inf.sections.push(Section { name, line: line.number, entries: Vec::new() });
    Ok(inf.sections.len() - 1)
}

/// Splits one line into its key and its fields.
fn entry(inf: &Inf, line: &LogicalLine) -> Result<Entry, InfError> {
    let mut key = None;
    let mut values = Vec::new();
    let mut field = String::new();
    // Spaces around a field do not belong to it, those inside quotes do: what may be trimmed ends here.
    let mut kept = 0;
    let mut quoted = false;
    let mut characters = line.text.chars().peekable();
    let finish = |field: &mut String, kept: &mut usize| {
        let trimmed = field[*kept..].trim_end().len() + *kept;
        field.truncate(trimmed);
        *kept = 0;
        let raw = std::mem::take(field);
        Value { text: raw.clone(), raw }
    };
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
                kept = field.len();
            }
            '"' => {
                quoted = !quoted;
                kept = field.len();
            }
            '=' if !quoted && key.is_none() && values.is_empty() => key = Some(finish(&mut field, &mut kept)),
            ',' if !quoted => values.push(finish(&mut field, &mut kept)),
            _ if !quoted && character.is_whitespace() && field.is_empty() && kept == 0 => {}
            _ => {
                field.push(character);
                if quoted {
                    kept = field.len();
                }
            }
        }
    }
    if quoted {
        return Err(inf.error(
            line.number,
            "a quoted string is not closed: end it with \" (a quote inside the string is written \"\")",
        ));
    }
    values.push(finish(&mut field, &mut kept));
    Ok(Entry { line: line.number, key, values })
}

/// Without its signature Windows does not take a file for an INF.
fn check_signature(inf: &Inf) -> Result<(), InfError> {
    let Some(version) = inf.section("Version") else {
        return Err(inf.error(0, "this is no INF: there is no [Version] section with Signature = \"$WINDOWS NT$\""));
    };
    match version.entry("Signature") {
        None => Err(inf.error(version.line, "[Version] has no Signature: write Signature = \"$WINDOWS NT$\"")),
        Some(entry)
            if entry.text(0).eq_ignore_ascii_case("$WINDOWS NT$")
                || entry.text(0).eq_ignore_ascii_case("$CHICAGO$") =>
        {
            Ok(())
        }
        Some(entry) => Err(inf.error(
            entry.line,
            format!("the signature \"{}\" is unknown: write Signature = \"$WINDOWS NT$\"", entry.text(0)),
        )),
    }
}

/// Puts `%strings%` in, everywhere but in the strings sections themselves. What is not defined is kept note of.
fn expand(inf: &mut Inf) -> Result<(), InfError> {
    let is_strings = |section: &Section| {
        let name = section.name.to_ascii_lowercase();
        name == "strings" || name.starts_with("strings.")
    };
    let mut strings: HashMap<String, String> = HashMap::new();
    for section in inf.sections.iter().filter(|section| is_strings(section)) {
        for entry in &section.entries {
            let Some(key) = &entry.key else {
                return Err(inf.error(
                    entry.line,
                    format!("\"{}\" in [{}] defines nothing: write name = \"text\"", entry.text(0), section.name),
                ));
            };
            strings.entry(key.text.to_ascii_lowercase()).or_insert_with(|| entry.text(0).to_owned());
        }
    }
    for section in inf.sections.iter_mut().filter(|section| !is_strings(section)) {
        for entry in &mut section.entries {
            for value in entry.key.iter_mut().chain(&mut entry.values) {
                match substitute(&value.raw, &strings) {
                    Ok(text) => value.text = text,
                    Err(message) => {
                        inf.unresolved.push(Unresolved { section: section.name.clone(), line: entry.line, message });
                    }
                }
            }
        }
    }
    Ok(())
}

/// `%name%` becomes the string of that name, `%%` a percent sign; a number between percent signs is a directory
/// identifier and stays.
fn substitute(raw: &str, strings: &HashMap<String, String>) -> Result<String, String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let Some((name, behind)) = after.split_once('%') else {
            return Err(format!("the percent sign in \"{raw}\" has no partner: write %% for a single one"));
        };
        rest = behind;
        if name.is_empty() {
            text.push('%');
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push('%');
            text.push_str(name);
            text.push('%');
        } else if let Some(value) = strings.get(&name.to_ascii_lowercase()) {
            text.push_str(value);
        } else {
            return Err(format!("%{name}% is not defined: add {name} = \"...\" to [Strings]"));
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// Enough of a line to recognize it by.
fn shorten(text: &str) -> String {
    const LIMIT: usize = 40;
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LIMIT).collect();
    short.push('…');
    short
}
