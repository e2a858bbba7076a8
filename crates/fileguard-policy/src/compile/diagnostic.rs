//! What the compiler has to say about a policy.

use core::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The policy is refused.
    Error,
    /// The policy is taken, but may not mean what its author thinks.
    Warning,
}

/// One remark about a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// Where in the text, in bytes.
    pub span: Range<usize>,
    /// What to say at that place.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The line on which the place begins, from 1.
    pub line: usize,
}

/// The most remarks that are shown one by one.
const SHOWN: usize = 20;

/// Shows remarks with the lines they are about. `path` is the name of the file, `colour` asks for ANSI styles.
pub fn render(diagnostics: &[Diagnostic], source: &str, path: &str, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // Only the lines of the place are given to the renderer: a policy can have a million of them.
        let start = floor(source, diagnostic.span.start);
        let end = floor(source, diagnostic.span.end.max(start));
        let first = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let last = source[end..].find('\n').map_or(source.len(), |newline| end + newline);
        let snippet = Snippet::source(&source[first..last])
            .line_start(diagnostic.line)
            .path(path)
            .annotation(AnnotationKind::Primary.span(start - first..end - first).label(diagnostic.label.as_str()));
        let mut group: Group<'_> = level.primary_title(diagnostic.message.as_str()).element(snippet);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        text += &renderer.render(&[group]);
        text += "\n\n";
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(SHOWN) {
        text.extend(["and ", &more.to_string(), " more\n"]);
    }
    text
}

fn floor(source: &str, position: usize) -> usize {
    source.floor_char_boundary(position)
}

/// The lines of a text, to be asked in any order.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(source: &str) -> Self {
        Self(source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place).collect())
    }

    /// The line of a position, from 1.
    pub(super) fn line(&self, position: usize) -> usize {
        self.0.partition_point(|newline| *newline < position) + 1
    }
}

/// The candidate that is most like `word`, if any is like it.
pub(super) fn similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
