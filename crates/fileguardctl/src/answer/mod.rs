//! `answer`: the service behind `ask`.
//!
//! One thread takes the questions, so that those of the command's own process, which must not wait for each other, are
//! answered at once; the others decide.

mod command;
mod content;
mod signatures;

use std::io::{self, Write as _};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
use anyhow::Context as _;
use fileguard_protocol::{Answer, Ask, Role, Units, Verdict};
use fltuser::{ErrorKind, System};
use serde::Serialize;

use self::command::Runner;
use self::content::Content;
use self::signatures::Signatures;
pub use self::signatures::eicar;
use crate::arguments::AnswerOptions;
use crate::driver::Driver;
use crate::{end_in_order, is_ending, text};

/// How long one call waits for a question; so long it takes at most until an interruption is noticed.
const WAIT: Duration = Duration::from_millis(250);

/// A question on its way to a thread that decides.
struct Question {
    message: u64,
    data: Vec<u8>,
    arrived: Instant,
}

/// What was decided, and why.
struct Decision {
    answer: Answer,
    reason: String,
}

impl Decision {
    fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { answer: Answer::Verdict(verdict), reason: reason.into() }
    }

    fn open(reason: impl Into<String>) -> Self {
        Self { answer: Answer::Default, reason: reason.into() }
    }
}

/// What decides.
struct Judges {
    signatures: Signatures,
    runner: Option<Runner>,
}

pub fn answer(system: &System, options: &AnswerOptions) -> anyhow::Result<()> {
    let judges = Judges {
        signatures: Signatures::new(options.signatures.as_deref())?,
        runner: match options.command.split_first() {
            Some((program, arguments)) => Some(Runner::new(program, arguments, options.temporary.as_deref())?),
            None => None,
        },
    };
    end_in_order()?;
    let driver = Driver::connect(system, Role::Answerer)?;
    anstream::eprintln!(
        "answering with {} signatures{}; interrupt (Ctrl+C) to end",
        judges.signatures.len(),
        if judges.runner.is_some() { " and the command" } else { "" }
    );
    let tell: Tell<'_> = &|ask, decision, in_time, took| report(ask, decision, in_time, took, options.json);
    serve(&driver, &judges, options.threads, tell, &is_ending)
}

/// The service that decides by the built-in signatures alone, and says nothing about it.
pub struct SignatureService {
    driver: Driver,
    judges: Judges,
}

impl SignatureService {
    /// Connects: from now on the driver has somebody to ask.
    ///
    /// # Errors
    ///
    /// As [`Driver::connect`].
    pub fn connect(system: &System) -> anyhow::Result<Self> {
        let judges = Judges { signatures: Signatures::new(None)?, runner: None };
        Ok(Self { driver: Driver::connect(system, Role::Answerer)?, judges })
    }

    /// Answers until it is over, which is asked for four times a second.
    ///
    /// # Errors
    ///
    /// The driver is gone.
    pub fn serve(&self, is_over: &dyn Fn() -> bool) -> anyhow::Result<()> {
        serve(&self.driver, &self.judges, 2, &|_, _, _, _| Ok(()), is_over)
    }
}

/// Tells of an answer.
type Tell<'a> = &'a (dyn Fn(&Ask<Units<'_>>, &Decision, fltuser::Result<bool>, Duration) -> io::Result<()> + Sync);

/// Takes questions and decides them in so many threads, until it is over.
fn serve(
    driver: &Driver,
    judges: &Judges,
    threads: u16,
    tell: Tell<'_>,
    is_over: &dyn Fn() -> bool,
) -> anyhow::Result<()> {
    let (sender, receiver) = mpsc::channel();
    let receiver = Arc::new(Mutex::new(receiver));
    let result = std::thread::scope(|scope| {
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            scope.spawn(move || decide_all(driver, judges, &receiver, tell));
        }
        let result = take_questions(driver, judges, &sender, is_over);
        // Without a sender the threads end when they have answered what they were given.
        drop(sender);
        result
    });
    drop(receiver);
    result
}

fn take_questions(
    driver: &Driver,
    judges: &Judges,
    sender: &mpsc::Sender<Question>,
    is_over: &dyn Fn() -> bool,
) -> anyhow::Result<()> {
    while !is_over() {
        let message = match driver.question(WAIT) {
            Ok(Some(message)) => message,
            Ok(None) => continue,
            Err(error) if error.kind() == ErrorKind::Disconnected && is_over() => break,
            Err(error) => return Err(error).context("cannot take questions any longer"),
        };
        let question = Question { message: message.id, data: message.data, arrived: Instant::now() };
        let asker = Ask::decode(&question.data).map(|ask| ask.process);
        if asker.is_ok_and(|process| judges.runner.as_ref().is_some_and(|runner| runner.is_own(process))) {
            driver.answer(question.message, Answer::Verdict(Verdict::Allow))?;
        } else if sender.send(question).is_err() {
            break;
        }
    }
    Ok(())
}

/// Decides questions until no more come.
fn decide_all(driver: &Driver, judges: &Judges, receiver: &Mutex<Receiver<Question>>, tell: Tell<'_>) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(question) = next else { return };
        let ask = Ask::decode(&question.data);
        let decision = match &ask {
            Ok(ask) => judges.decide(driver, ask, question.arrived),
            Err(error) => Decision::open(format!("the question is unreadable: {error}")),
        };
        let in_time = driver.answer(question.message, decision.answer);
        let result = ask.map(|ask| tell(&ask, &decision, in_time, question.arrived.elapsed()));
        if let Ok(Err(error)) = result
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            anstream::eprintln!("cannot report an answer: {error}");
        }
    }
}

impl Judges {
    fn decide(&self, driver: &Driver, ask: &Ask<Units<'_>>, arrived: Instant) -> Decision {
        let mut content = Content::new(driver, ask);
        match self.signatures.find(&mut content) {
            Ok(Some(name)) => return Decision::new(Verdict::Deny, name),
            Ok(None) => {}
            Err(error) => return Decision::open(format!("its content cannot be read: {error}")),
        }
        match &self.runner {
            None if content.is_to_come => Decision::new(Verdict::Allow, "nothing is in it yet"),
            None => Decision::new(Verdict::Allow, "no signature found"),
            Some(runner) => runner.decide(Content::new(driver, ask), ask, arrived),
        }
    }
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    time: jiff::Timestamp,
    process: u32,
    operation: &'a str,
    name: String,
    size: u64,
    rule: u32,
    answer: &'a str,
    reason: &'a str,
    in_time: bool,
    took_ms: u64,
}

fn report(
    ask: &Ask<Units<'_>>,
    decision: &Decision,
    in_time: fltuser::Result<bool>,
    took: Duration,
    json: bool,
) -> io::Result<()> {
    let (answer, style) = match decision.answer {
        Answer::Verdict(Verdict::Allow) => ("allow", AnsiColor::Green.on_default()),
        Answer::Verdict(Verdict::Deny) => ("deny", AnsiColor::Red.on_default().bold()),
        Answer::Default => ("default", AnsiColor::Yellow.on_default()),
    };
    let late = match &in_time {
        Ok(true) => String::new(),
        Ok(false) => " (too late)".to_owned(),
        Err(error) => format!(" (not delivered: {error})"),
    };
    let mut out = anstream::stdout().lock();
    if json {
        let line = Line {
            time: text::timestamp(ask.time),
            process: ask.process,
            operation: ask.operation.name(),
            name: ask.name.to_string(),
            size: ask.size,
            rule: ask.rule,
            answer,
            reason: &decision.reason,
            in_time: in_time.unwrap_or(false),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        serde_json::to_writer(&mut out, &line)?;
        writeln!(out)?;
    } else {
        writeln!(
            out,
            "{} {:>7} {:<7} {style}{answer:<7}{style:#} {} {} bytes, {}: {}{late}",
            text::time_of_day(ask.time),
            ask.process,
            ask.operation.name(),
            text::harmless(ask.name.chars()),
            ask.size,
            text::short(took),
            text::harmless(decision.reason.chars()),
        )?;
    }
    out.flush()
}
