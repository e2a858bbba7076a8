//! `status`: how the driver is doing.

use std::io::{self, Write as _};

use fileguard_protocol::{Operation, Role};
use fltuser::System;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::driver::Driver;
use crate::text;

/// The driver's name among the filters.
const FILTER: &str = "fileguard";

#[derive(Serialize)]
struct Report {
    uptime_ms: u64,
    policy: Policy,
    connections: u32,
    answerers: u32,
    events: Events,
    denied: u64,
    asks: Asks,
    operations: Map<String, Value>,
    volumes: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instances: Vec<Instance>,
}

#[derive(Serialize)]
struct Policy {
    number: u64,
    rules: u32,
}

#[derive(Serialize)]
struct Events {
    produced: u64,
    lost: u64,
}

#[derive(Serialize)]
struct Asks {
    asked: u64,
    pending: u64,
    timed_out: u64,
    by_default: u64,
}

#[derive(Serialize)]
struct Instance {
    name: String,
    volume: String,
    altitude: String,
}

pub fn status(system: &System, json: bool) -> anyhow::Result<()> {
    let status = Driver::connect(system, Role::Control)?.status()?;
    // The instances are a courtesy of the Filter Manager; the driver's own state is worth showing without them.
    let instances = system.instances(Some(FILTER)).unwrap_or_default();
    let seen = Operation::ALL.into_iter().zip(status.operations_seen);
    let report = Report {
        uptime_ms: status.uptime.get() / 10_000,
        policy: Policy { number: status.policy_generation.get(), rules: status.rules.get() },
        // This program's own connection is not worth telling.
        connections: status.connections.get().saturating_sub(1),
        answerers: status.answerers.get(),
        events: Events { produced: status.events_produced.get(), lost: status.events_lost.get() },
        denied: status.denied.get(),
        asks: Asks {
            asked: status.asked.get(),
            pending: status.asks_pending.get(),
            timed_out: status.asks_timed_out.get(),
            by_default: status.asks_by_default.get(),
        },
        operations: seen.map(|(operation, count)| (operation.name().to_owned(), count.get().into())).collect(),
        volumes: status.instances.get(),
        instances: instances
            .into_iter()
            .map(|instance| Instance { name: instance.name, volume: instance.volume, altitude: instance.altitude })
            .collect(),
    };
    if json {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    print(&report)
}

fn print(report: &Report) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    let bold = anstyle::Style::new().bold();
    let warning = anstyle::AnsiColor::Yellow.on_default().bold();
    let mut line = |title: &str, text: String| writeln!(out, "{bold}{title:<12}{bold:#} {text}");
    line("loaded for", text::long(std::time::Duration::from_millis(report.uptime_ms)))?;
    let policy = match report.policy.number {
        0 => "none has been loaded: fileguardctl policy load FILE".to_owned(),
        number => format!("number {number}, with {} rules", report.policy.rules),
    };
    line("policy", policy)?;
    line("clients", format!("{}, of which {} answer", report.connections, report.answerers))?;
    let lost = match report.events.lost {
        0 => "none lost".to_owned(),
        lost => format!("{warning}{lost} lost{warning:#}"),
    };
    line("events", format!("{}, {lost}", report.events.produced))?;
    line("denied", report.denied.to_string())?;
    let asks = &report.asks;
    line(
        "asked",
        format!(
            "{}: {} pending, {} timed out, {} by default",
            asks.asked, asks.pending, asks.timed_out, asks.by_default
        ),
    )?;
    let seen: Vec<String> = report.operations.iter().map(|(name, count)| format!("{name} {count}")).collect();
    line("seen", seen.join(", "))?;
    line("volumes", report.volumes.to_string())?;
    for instance in &report.instances {
        line("", format!("{} at {} ({})", instance.volume, instance.altitude, instance.name))?;
    }
    Ok(())
}
