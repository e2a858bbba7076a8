//! `watch`: events as they come.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use fileguard_protocol::message::Batch;
use fileguard_protocol::{Event, NO_RULE, Role, Units};
use fltuser::System;
use serde::Serialize;

use crate::arguments::WatchOptions;
use crate::driver::Driver;
use crate::{end_in_order, is_ending, text};

/// How long events gather before they are fetched: too short for a person to notice.
const GATHER: Duration = Duration::from_millis(10);

/// How long one request waits for events; so long it takes at most until an interruption is noticed.
const WAIT: Duration = Duration::from_millis(250);

/// The room for one batch.
const ROOM: usize = 512 * 1024;

/// One line of `--json`.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Event {
        sequence: u64,
        time: jiff::Timestamp,
        process: u32,
        thread: u32,
        /// The last component of the image path.
        #[serde(skip_serializing_if = "Option::is_none")]
        image: Option<String>,
        operation: &'a str,
        decision: &'a str,
        refused: bool,
        /// The index of the rule in the policy.
        rule: Option<u32>,
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        new_name: Option<String>,
        /// Whether a name was longer than an event can say.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
        status: i32,
        status_name: &'a str,
        duration_ns: u64,
    },
    Lost {
        lost: u64,
        lost_total: u64,
    },
}

pub fn watch(system: &System, options: &WatchOptions) -> anyhow::Result<()> {
    end_in_order()?;
    let driver = Driver::connect(system, Role::Observer)?;
    let mut lost_before = driver.status()?.events_lost.get();
    let mut buffer = vec![0; ROOM];
    let mut left = options.count.unwrap_or(u64::MAX);
    while left > 0 && !is_ending() {
        let (batch, records) = driver.events(WAIT, &mut buffer)?;
        let mut out = io::BufWriter::new(anstream::stdout().lock());
        for event in Events(records) {
            let event = event?;
            if left > 0 && is_wanted(&event, options) {
                left -= 1;
                show(&mut out, &event, options.json)?;
            }
        }
        show_losses(&mut out, &batch, &mut lost_before, options.json)?;
        out.flush()?;
        drop(out);
        // Fetching each event by itself would cost more than making it, so the next ones get a moment to gather.
        if records.len() < ROOM / 4 && left > 0 {
            std::thread::sleep(GATHER);
        }
    }
    Ok(())
}

/// The records of a batch, one after the other.
pub struct Events<'a>(pub &'a [u8]);

impl<'a> Iterator for Events<'a> {
    type Item = Result<Event<Units<'a>>, fileguard_protocol::DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        match Event::decode(self.0) {
            Ok((event, rest)) => {
                self.0 = rest;
                Some(Ok(event))
            }
            Err(error) => {
                self.0 = &[];
                Some(Err(error))
            }
        }
    }
}

fn is_wanted(event: &Event<Units<'_>>, options: &WatchOptions) -> bool {
    (options.operation.is_empty() || options.operation.contains(&event.details.operation))
        && (!options.denied || event.details.decision.is_refusal())
}

fn show(out: &mut impl Write, event: &Event<Units<'_>>, json: bool) -> anyhow::Result<()> {
    let details = &event.details;
    let status = text::status(details.status);
    let rule = (details.rule != NO_RULE).then_some(details.rule);
    let cut = event.name_cut || event.second_cut;
    if json {
        let some = |text: Units<'_>| (!text.is_empty()).then(|| text.to_string());
        let line = Line::Event {
            sequence: details.sequence,
            time: text::timestamp(details.time),
            process: details.process,
            thread: details.thread,
            image: some(event.image),
            operation: details.operation.name(),
            decision: details.decision.name(),
            refused: details.decision.is_refusal(),
            rule,
            name: event.name.to_string(),
            new_name: some(event.second),
            cut,
            status: details.status,
            status_name: &status,
            duration_ns: details.duration.saturating_mul(100),
        };
        serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    let faint = Style::new().dimmed();
    let decision =
        if details.decision.is_refusal() { AnsiColor::Red.on_default().bold() } else { AnsiColor::Green.on_default() };
    // A status is an error if its two uppermost bits are set.
    let outcome = if details.status < 0 { AnsiColor::Yellow.on_default() } else { faint };
    write!(
        out,
        "{faint}{}{faint:#} {:>7} {:<12} {:<7} {decision}{:<9}{decision:#} {}",
        text::time_of_day(details.time),
        details.process,
        text::harmless(event.image.chars()),
        details.operation.name(),
        details.decision.name(),
        text::harmless(event.name.chars()),
    )?;
    if !event.second.is_empty() {
        write!(out, " {faint}->{faint:#} {}", text::harmless(event.second.chars()))?;
    }
    if cut {
        write!(out, "{faint}…{faint:#}")?;
    }
    write!(out, " {outcome}{status}{outcome:#} {faint}{}", text::short(text::duration(details.duration)))?;
    if let Some(rule) = rule {
        write!(out, " rule {rule}")?;
    }
    writeln!(out, "{faint:#}")?;
    Ok(())
}

/// Says how many events were lost since the last batch.
fn show_losses(out: &mut impl Write, batch: &Batch, before: &mut u64, json: bool) -> anyhow::Result<()> {
    let lost_total = batch.lost_total.get();
    let lost = lost_total.saturating_sub(*before);
    *before = lost_total;
    if lost == 0 {
        return Ok(());
    }
    if json {
        serde_json::to_writer(&mut *out, &Line::Lost { lost, lost_total }).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        let warning = AnsiColor::Yellow.on_default().bold();
        writeln!(out, "{warning}{lost} events were lost{warning:#}: the driver had no room for them")?;
    }
    Ok(())
}
