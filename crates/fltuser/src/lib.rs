//! The user-mode side of the Filter Manager (`fltUser.h`): communication ports, loading and unloading, attaching and
//! detaching, and what there is of filters, instances and volumes.
//!
//! On Windows this is `FltLib`. Elsewhere it is a machine of fltsim, found through its socket, so that one program
//! drives a minifilter on both.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! let system = fltuser::System::local()?;
//! for filter in system.filters()? {
//!     println!("{} at {} with {} instances", filter.name, filter.altitude, filter.instances);
//! }
//!
//! // Answers whatever the filter asks, until it has not asked for a minute.
//! let port = system.connect(r"\ScannerPort", b"")?;
//! while let Some(message) = port.get(1024, Some(Duration::from_secs(60)))? {
//!     if message.reply_length != 0 {
//!         port.reply(message.id, 0, &[1])?;
//!     }
//! }
//! # Ok::<(), fltuser::Error>(())
//! ```

use std::time::Duration;

mod error;
#[cfg(unix)]
mod simulated;
#[cfg(windows)]
#[expect(unsafe_code, reason = "FltLib is C")]
mod windows;

pub use error::{Error, ErrorKind, Result};

#[cfg(unix)]
use simulated as platform;
#[cfg(windows)]
use windows as platform;

/// Bytes of `FILTER_REPLY_HEADER`, which [`Message::reply_length`] counts and [`Port::reply`] adds (M-24, M-25).
pub const REPLY_HEADER_LENGTH: u32 = 16;

/// The Filter Manager that this program talks to.
#[derive(Clone, Debug)]
pub struct System(platform::System);

impl System {
    /// The Filter Manager of this computer: `FltLib` on Windows; elsewhere the fltsim machine in `$FLTSIM_DIR`, else in
    /// `$XDG_RUNTIME_DIR/fltsim`, else in `/tmp/fltsim-<uid>`.
    ///
    /// Nothing is opened yet: that there is no such machine shows at the first call.
    ///
    /// # Errors
    ///
    /// None today.
    pub fn local() -> Result<Self> {
        platform::System::local().map(Self)
    }

    /// The fltsim machine whose socket is in `directory`.
    #[cfg(unix)]
    pub fn at(directory: &std::path::Path) -> Self {
        Self(platform::System::at(directory))
    }

    /// The same machine, exchanging messages of at most `bytes` with it. The machine has a limit of its own.
    #[cfg(unix)]
    #[must_use]
    pub fn with_message_limit(self, bytes: usize) -> Self {
        Self(self.0.with_message_limit(bytes))
    }

    /// Connects to a port that a filter opened (`FilterConnectCommunicationPort`).
    ///
    /// `port` begins with a backslash. `context` is what the filter's `ConnectNotify` receives; empty is none (M-27).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchPort`], [`ErrorKind::AccessDenied`], [`ErrorKind::TooManyConnections`], or the status with
    /// which the filter refused.
    pub fn connect(&self, port: &str, context: &[u8]) -> Result<Port> {
        if u16::try_from(context.len()).is_err() {
            return Err(Error::invalid(format!(
                "the context for {port} has {} bytes; FilterConnectCommunicationPort takes at most 65535. Send the \
                 rest as a message once connected",
                context.len()
            )));
        }
        self.0.connect(port, context).map(Port)
    }

    /// Loads the filter of an installed service (`FilterLoad`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchFilter`] if no service has this name, [`ErrorKind::AlreadyLoaded`], and what starting the
    /// driver reports (M-31).
    pub fn load(&self, filter: &str) -> Result<()> {
        self.0.load(filter)
    }

    /// Installs a driver in the simulated machine and loads it.
    ///
    /// The service is read from `inf`, or else from the INF that lies beside the driver under its name; without any,
    /// `altitude` is needed. Given beside an INF, `altitude` is that of the default instance instead. `parameters` are
    /// values of the Parameters key, name and text.
    ///
    /// # Errors
    ///
    /// What reading the INF or starting the driver reports, in the machine's words.
    #[cfg(unix)]
    pub fn load_image(
        &self,
        image: &std::path::Path,
        inf: Option<&std::path::Path>,
        altitude: Option<&str>,
        parameters: &[(String, String)],
    ) -> Result<()> {
        self.0.load_image(image, inf, altitude, parameters)
    }

    /// Unloads a filter (`FilterUnload`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchFilter`], or the status with which the filter refused (A-50).
    pub fn unload(&self, filter: &str) -> Result<()> {
        self.0.unload(filter)
    }

    /// Attaches an instance of a filter to a volume and returns the instance's name (`FilterAttach`,
    /// `FilterAttachAtAltitude`).
    ///
    /// Without `instance` it is the default instance, without `altitude` the altitude that the instance is defined
    /// with.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchFilter`], [`ErrorKind::NoSuchVolume`], [`ErrorKind::NoSuchInstance`] if the service defines
    /// no such instance, [`ErrorKind::Collision`] if the altitude or name is taken there, or the status with which the
    /// filter refused.
    pub fn attach(&self, filter: &str, volume: &str, instance: Option<&str>, altitude: Option<&str>) -> Result<String> {
        self.0.attach(filter, volume, instance, altitude)
    }

    /// Detaches an instance, the default one if none is named, from a volume (`FilterDetach`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchFilter`], [`ErrorKind::NoSuchVolume`], [`ErrorKind::NoSuchInstance`], or the status with
    /// which the filter refused (A-36).
    pub fn detach(&self, filter: &str, volume: &str, instance: Option<&str>) -> Result<()> {
        self.0.detach(filter, volume, instance)
    }

    /// The loaded filters, highest altitude first (`FilterFindFirst`, `FilterFindNext`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoMachine`] or [`ErrorKind::AccessDenied`].
    pub fn filters(&self) -> Result<Vec<Filter>> {
        self.0.filters()
    }

    /// The instances of one filter or of all (`FilterInstanceFindFirst`, `FilterInstanceFindNext`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchFilter`], [`ErrorKind::NoMachine`] or [`ErrorKind::AccessDenied`].
    pub fn instances(&self, filter: Option<&str>) -> Result<Vec<Instance>> {
        self.0.instances(filter)
    }

    /// The volumes (`FilterVolumeFindFirst`, `FilterVolumeFindNext`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoMachine`] or [`ErrorKind::AccessDenied`].
    pub fn volumes(&self) -> Result<Vec<Volume>> {
        self.0.volumes()
    }
}

/// A connection to a filter. Dropping it disconnects.
///
/// All calls may be made from several threads at once: each waits for its own answer.
#[derive(Debug)]
pub struct Port(platform::Port);

impl Port {
    /// Sends a message to the filter and waits until the filter has dealt with it (`FilterSendMessage`).
    ///
    /// Returns how many bytes of `output` the filter wrote.
    ///
    /// # Errors
    ///
    /// The status that the filter's `MessageNotify` returned, [`ErrorKind::Disconnected`], or
    /// [`ErrorKind::TooLong`] where a message is longer than the machine takes.
    pub fn send(&self, input: &[u8], output: &mut [u8]) -> Result<usize> {
        let too_long = |what, length| {
            Error::new(ErrorKind::TooLong, None, format!("{what} of {length} bytes is longer than 4 GiB"))
        };
        u32::try_from(input.len()).map_err(|_| too_long("a message", input.len()))?;
        u32::try_from(output.len()).map_err(|_| too_long("an output buffer", output.len()))?;
        self.0.send(input, output)
    }

    /// Waits for a message from the filter (`FilterGetMessage`), forever if `timeout` is `None`. `Ok(None)` is that the
    /// time is over; a message that comes later waits for the next call.
    ///
    /// `capacity` is the longest message to take, in bytes, without `FILTER_MESSAGE_HEADER`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BufferTooSmall`] if the message is longer, [`ErrorKind::Disconnected`].
    pub fn get(&self, capacity: usize, timeout: Option<Duration>) -> Result<Option<Message>> {
        // The header's bytes have to fit beside the message's into the length that FilterGetMessage takes.
        let capacity = u32::try_from(capacity).unwrap_or(u32::MAX).min(u32::MAX - REPLY_HEADER_LENGTH);
        self.0.get(capacity, timeout)
    }

    /// Replies to a message (`FilterReplyMessage`). `status` is what `FltSendMessage` returns to the filter, 0 for
    /// success; `data` is the reply without `FILTER_REPLY_HEADER`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoWaiter`] if the filter takes no reply to this message, has one, or waits no longer (M-26);
    /// [`ErrorKind::Disconnected`].
    pub fn reply(&self, id: u64, status: i32, data: &[u8]) -> Result<()> {
        self.0.reply(id, status, data)
    }
}

/// A message from a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `MessageId`: what [`Port::reply`] needs.
    pub id: u64,
    /// The longest reply that the filter takes, in bytes, [`REPLY_HEADER_LENGTH`] included; 0 if it takes none (M-25).
    pub reply_length: u32,
    /// The message without `FILTER_MESSAGE_HEADER`.
    pub data: Vec<u8>,
}

/// A loaded filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Name of the filter, which is that of its service.
    pub name: String,
    /// Altitude of its default instance: decimal digits, maybe with a point. Empty for a legacy filter.
    pub altitude: String,
    /// Number of its instances.
    pub instances: u32,
    /// Number of the frame that it is in.
    pub frame: u32,
}

/// A filter's attachment to a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Name of the instance.
    pub name: String,
    /// Name of its filter.
    pub filter: String,
    /// Name of the volume that it is attached to.
    pub volume: String,
    /// Altitude: decimal digits, maybe with a point.
    pub altitude: String,
    /// Number of the frame that it is in.
    pub frame: u32,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Name of its device, such as `\Device\HarddiskVolume2`.
    pub name: String,
    /// Name of its file system, such as `NTFS`.
    pub filesystem: String,
}
