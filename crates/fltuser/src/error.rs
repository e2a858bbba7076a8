//! Errors that say what happened and what to do about it.

use std::{error, fmt, result};

/// What the calls of this crate return.
pub type Result<T> = result::Result<T, Error>;

/// A failed call.
///
/// It prints as a sentence for people. Programs look at [`Error::kind`], and at [`Error::code`] or [`Error::status`]
/// where a filter's own status matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    code: Option<Code>,
    message: String,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no Filter Manager: no fltsim machine is running where one was looked for, or the system has none.
    NoMachine,
    /// No filter has opened a port of this name.
    NoSuchPort,
    /// No filter or service has this name.
    NoSuchFilter,
    /// No volume has this name.
    NoSuchVolume,
    /// No instance has this name.
    NoSuchInstance,
    /// The altitude or name is taken.
    Collision,
    /// The filter is loaded already.
    AlreadyLoaded,
    /// The caller may not do this.
    AccessDenied,
    /// The port has as many connections as its filter allows.
    TooManyConnections,
    /// The connection is over: the filter closed it or is gone, or the machine has stopped.
    Disconnected,
    /// A message is longer than the room given for it.
    BufferTooSmall,
    /// Nobody waits for this reply.
    NoWaiter,
    /// A message is longer than can be sent.
    TooLong,
    /// An argument cannot be right.
    InvalidArgument,
    /// The filter or the system refused with a status: see [`Error::status`].
    Refused,
    /// The connection to the machine failed.
    Connection,
}

/// The number that came with a failure, as the side that failed gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(windows, expect(dead_code, reason = "FltLib reports HRESULTs only"))]
#[cfg_attr(all(unix, not(test)), expect(dead_code, reason = "fltsim reports NTSTATUS values only"))]
pub(crate) enum Code {
    Status(i32),
    Hresult(i32),
}

/// What was being done, for the sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing<'a> {
    Connecting(&'a str),
    Sending,
    Getting { capacity: u32, length: Option<u32> },
    Replying(u64),
    Loading(&'a str),
    Unloading(&'a str),
    Attaching { filter: &'a str, volume: &'a str },
    Detaching { filter: &'a str, volume: &'a str },
    Listing(&'static str),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, code: Option<Code>, message: String) -> Self {
        Self { kind, code, message }
    }

    pub(crate) fn invalid(message: String) -> Self {
        Self::new(ErrorKind::InvalidArgument, None, message)
    }

    /// The error for a number. `detail` is what the other side said in words, if it did.
    pub(crate) fn from_code(doing: Doing<'_>, code: Code, detail: Option<&str>) -> Self {
        let known = KNOWN.iter().find(|known| match code {
            Code::Status(status) => known.status == status.cast_unsigned(),
            Code::Hresult(hresult) => known.hresult == hresult.cast_unsigned(),
        });
        let kind = known.map_or(ErrorKind::Refused, |known| kind_in_context(known.kind, doing));
        let name = known.map_or_else(
            || match code {
                Code::Status(status) => format!("status 0x{status:08X}"),
                Code::Hresult(hresult) => system_text(hresult),
            },
            |known| known.name.to_owned(),
        );
        let message = match (detail, remedy(kind, doing)) {
            (Some(detail), _) => format!("{doing}: {detail}"),
            (None, Some(remedy)) => remedy,
            (None, None) => format!("{doing}: {name}"),
        };
        Self::new(kind, Some(code), message)
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HRESULT that `FltLib` returns for this failure; `None` if it did not come from the Filter Manager.
    ///
    /// Off Windows it is worked out from the status, and is `FACILITY_NT_BIT` and the status where no other is known.
    pub fn code(&self) -> Option<i32> {
        Some(match self.code? {
            Code::Hresult(hresult) => hresult,
            Code::Status(status) => {
                let status = status.cast_unsigned();
                KNOWN
                    .iter()
                    .find(|known| known.status == status)
                    .map_or(status | FACILITY_NT_BIT, |known| known.hresult)
                    .cast_signed()
            }
        })
    }

    /// The NTSTATUS of this failure.
    ///
    /// `FltLib` turns it into an HRESULT before it reaches us, so on Windows it is known for the Filter Manager's own
    /// failures only.
    pub fn status(&self) -> Option<i32> {
        match self.code? {
            Code::Status(status) => Some(status),
            Code::Hresult(hresult) => {
                let hresult = hresult.cast_unsigned();
                KNOWN.iter().find(|known| known.hresult == hresult).map(|known| known.status.cast_signed())
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl error::Error for Error {}

impl fmt::Display for Doing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting(port) => write!(formatter, "cannot connect to the port {port}"),
            Self::Sending => formatter.write_str("the filter did not accept a message"),
            Self::Getting { .. } => formatter.write_str("cannot get a message from the filter"),
            Self::Replying(message) => write!(formatter, "cannot reply to message {message}"),
            Self::Loading(filter) => write!(formatter, "cannot load {filter}"),
            Self::Unloading(filter) => write!(formatter, "cannot unload {filter}"),
            Self::Attaching { filter, volume } => {
                write!(formatter, "cannot attach {filter} to {volume}")
            }
            Self::Detaching { filter, volume } => {
                write!(formatter, "cannot detach {filter} from {volume}")
            }
            Self::Listing(what) => write!(formatter, "cannot list the {what}"),
        }
    }
}

/// The same status means different things in different calls.
fn kind_in_context(kind: ErrorKind, doing: Doing<'_>) -> ErrorKind {
    match (kind, doing) {
        (ErrorKind::NoSuchPort, Doing::Loading(_) | Doing::Unloading(_) | Doing::Listing(_)) => ErrorKind::NoSuchFilter,
        (ErrorKind::NoSuchPort, Doing::Attaching { .. } | Doing::Detaching { .. }) => ErrorKind::NoSuchInstance,
        // A status that came out of the filter itself is the filter's refusal, whatever it is called.
        (
            ErrorKind::NoSuchPort | ErrorKind::AlreadyLoaded | ErrorKind::BufferTooSmall | ErrorKind::InvalidArgument,
            Doing::Sending,
        )
        | (ErrorKind::InvalidArgument, Doing::Connecting(_)) => ErrorKind::Refused,
        _ => kind,
    }
}

/// What to do about it, where that is known.
fn remedy(kind: ErrorKind, doing: Doing<'_>) -> Option<String> {
    Some(match (kind, doing) {
        (ErrorKind::NoSuchPort, Doing::Connecting(port)) => {
            format!("no filter has opened a port named {port}; is the driver loaded?")
        }
        (ErrorKind::TooManyConnections, Doing::Connecting(port)) => {
            format!("the port {port} has as many connections as its filter allows; end another client of it first")
        }
        (ErrorKind::AccessDenied, _) => {
            let who = if cfg!(windows) { "an administrator" } else { "the user who started the machine, or root" };
            format!("{doing}: access denied; run this as {who}")
        }
        (ErrorKind::Disconnected, _) => "the filter closed the connection, or was unloaded; connect again".to_owned(),
        (ErrorKind::BufferTooSmall, Doing::Getting { capacity, length: Some(length) }) => {
            format!("the next message from the filter has {length} bytes, and there is room for {capacity}")
        }
        (ErrorKind::BufferTooSmall, Doing::Getting { capacity, length: None }) => {
            format!("the next message from the filter is longer than the {capacity} bytes there is room for")
        }
        (ErrorKind::NoWaiter, Doing::Replying(message)) => format!(
            "the filter does not wait for a reply to message {message}: it takes none, has one, or its time was over"
        ),
        (ErrorKind::NoSuchFilter, Doing::Loading(filter)) => {
            format!("no service named {filter} is installed; install the driver by its INF first")
        }
        (
            ErrorKind::NoSuchFilter,
            Doing::Unloading(filter) | Doing::Attaching { filter, .. } | Doing::Detaching { filter, .. },
        ) => format!("no filter named {filter} is loaded"),
        (ErrorKind::NoSuchVolume, Doing::Attaching { volume, .. } | Doing::Detaching { volume, .. }) => {
            format!("there is no volume named {volume}")
        }
        (ErrorKind::NoSuchInstance, Doing::Attaching { filter, .. }) => {
            format!("{filter} defines no such instance in its registry key")
        }
        (ErrorKind::NoSuchInstance, Doing::Detaching { filter, volume }) => {
            format!("{filter} has no such instance on {volume}")
        }
        (ErrorKind::Collision, Doing::Attaching { filter, volume }) => {
            format!("cannot attach {filter} to {volume}: the altitude or the instance name is taken there")
        }
        (ErrorKind::AlreadyLoaded, Doing::Loading(filter)) => format!("{filter} is loaded already"),
        _ => return None,
    })
}

/// What Windows says about an HRESULT.
fn system_text(hresult: i32) -> String {
    let code = hresult.cast_unsigned();
    // FACILITY_WIN32 wraps a Win32 error number, which is what the standard library knows the text of.
    if cfg!(windows) && code >> 16 == 0x8007 {
        let number = i32::try_from(code & 0xFFFF).unwrap_or_default();
        return std::io::Error::from_raw_os_error(number).to_string();
    }
    format!("HRESULT 0x{code:08X}")
}

/// `HRESULT_FROM_NT` sets this bit on a status.
const FACILITY_NT_BIT: u32 = 0x1000_0000;

/// A status, the HRESULT that `FltLib` makes of it, and what it is called.
struct Known {
    status: u32,
    hresult: u32,
    kind: ErrorKind,
    name: &'static str,
}

const fn known(status: u32, hresult: u32, kind: ErrorKind, name: &'static str) -> Known {
    Known { status, hresult, kind, name }
}

/// Win32 numbers are those of `RtlNtStatusToDosError`. The Filter Manager's own statuses (facility 0x1C) keep their
/// number in an HRESULT of facility 0x1F, `ERROR_FLT_...` in winerror.h.
#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known(0xC000_0034, 0x8007_0002, ErrorKind::NoSuchPort, "no object has this name (STATUS_OBJECT_NAME_NOT_FOUND)"),
    known(0xC000_0022, 0x8007_0005, ErrorKind::AccessDenied, "access denied (STATUS_ACCESS_DENIED)"),
    known(0xC000_0061, 0x8007_0522, ErrorKind::AccessDenied, "a privilege is missing (STATUS_PRIVILEGE_NOT_HELD)"),
    known(0xC000_0246, 0x8007_04D6, ErrorKind::TooManyConnections, "too many clients (STATUS_CONNECTION_COUNT_LIMIT)"),
    known(0xC000_0037, 0x8007_0006, ErrorKind::Disconnected, "the port is disconnected (STATUS_PORT_DISCONNECTED)"),
    known(0xC000_0023, 0x8007_007A, ErrorKind::BufferTooSmall, "the buffer is too small (STATUS_BUFFER_TOO_SMALL)"),
    known(0x8000_0005, 0x8007_00EA, ErrorKind::Refused, "there is more data (STATUS_BUFFER_OVERFLOW)"),
    known(0xC000_0005, 0x8007_03E6, ErrorKind::Refused, "an address is invalid (STATUS_ACCESS_VIOLATION)"),
    known(0xC000_0001, 0x8007_001F, ErrorKind::Refused, "it failed (STATUS_UNSUCCESSFUL)"),
    known(0xC000_0002, 0x8007_0001, ErrorKind::Refused, "it is not implemented (STATUS_NOT_IMPLEMENTED)"),
    known(0xC000_000D, 0x8007_0057, ErrorKind::InvalidArgument, "an argument is invalid (STATUS_INVALID_PARAMETER)"),
    known(0xC000_0010, 0x8007_0001, ErrorKind::Refused, "it takes no messages (STATUS_INVALID_DEVICE_REQUEST)"),
    known(0xC000_009A, 0x8007_05AA, ErrorKind::Refused, "resources ran out (STATUS_INSUFFICIENT_RESOURCES)"),
    known(0xC000_00BB, 0x8007_0032, ErrorKind::Refused, "it is not supported (STATUS_NOT_SUPPORTED)"),
    known(0xC000_0035, 0x8007_00B7, ErrorKind::Collision, "the name is taken (STATUS_OBJECT_NAME_COLLISION)"),
    known(0xC000_010E, 0x8007_0420, ErrorKind::AlreadyLoaded, "it is loaded already (STATUS_IMAGE_ALREADY_LOADED)"),
    known(0xC000_007B, 0x8007_00C1, ErrorKind::Refused, "the file is no driver (STATUS_INVALID_IMAGE_FORMAT)"),
    known(0xC000_0365, 0x8007_0287, ErrorKind::Refused, "its DriverEntry failed (STATUS_FAILED_DRIVER_ENTRY)"),
    known(0xC000_0428, 0x8007_0241, ErrorKind::Refused, "its signature is not accepted (STATUS_INVALID_IMAGE_HASH)"),
    known(0xC000_00C0, 0x8007_0037, ErrorKind::Disconnected, "the machine has stopped (STATUS_DEVICE_DOES_NOT_EXIST)"),
    known(0xC01C_0007, 0x801F_0007, ErrorKind::Refused, "there is no Filter Manager (STATUS_FLT_NOT_INITIALIZED)"),
    known(0xC01C_0008, 0x801F_0008, ErrorKind::Refused, "it has not started filtering (STATUS_FLT_FILTER_NOT_READY)"),
    known(0xC01C_000B, 0x801F_000B, ErrorKind::Refused, "it is being removed (STATUS_FLT_DELETING_OBJECT)"),
    known(0xC01C_000F, 0x801F_000F, ErrorKind::Refused, "the filter refused to attach (STATUS_FLT_DO_NOT_ATTACH)"),
    known(0xC01C_0010, 0x801F_0010, ErrorKind::Refused, "the filter refused to detach (STATUS_FLT_DO_NOT_DETACH)"),
    known(0xC01C_0011, 0x801F_0011, ErrorKind::Collision, "altitude taken (STATUS_FLT_INSTANCE_ALTITUDE_COLLISION)"),
    known(0xC01C_0012, 0x801F_0012, ErrorKind::Collision, "the name is taken (STATUS_FLT_INSTANCE_NAME_COLLISION)"),
    known(0xC01C_0013, 0x801F_0013, ErrorKind::NoSuchFilter, "there is no such filter (STATUS_FLT_FILTER_NOT_FOUND)"),
    known(0xC01C_0014, 0x801F_0014, ErrorKind::NoSuchVolume, "there is no such volume (STATUS_FLT_VOLUME_NOT_FOUND)"),
    known(0xC01C_0015, 0x801F_0015, ErrorKind::NoSuchInstance, "no such instance (STATUS_FLT_INSTANCE_NOT_FOUND)"),
    known(0xC01C_0020, 0x801F_0020, ErrorKind::NoWaiter, "nobody waits for the reply (STATUS_FLT_NO_WAITER_FOR_REPLY)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_and_its_hresult_give_the_same_kind_and_turn_into_each_other() {
        let by_status = Error::from_code(Doing::Replying(4), Code::Status(0xC01C_0020_u32.cast_signed()), None);
        let by_hresult = Error::from_code(Doing::Replying(4), Code::Hresult(0x801F_0020_u32.cast_signed()), None);
        assert_eq!(by_status.kind(), ErrorKind::NoWaiter);
        assert_eq!(by_status.kind(), by_hresult.kind());
        assert_eq!(by_status.code(), by_hresult.code());
        assert_eq!(by_status.status(), by_hresult.status());
    }

    #[test]
    fn an_unknown_status_is_the_filters_refusal_and_is_kept() {
        let error = Error::from_code(Doing::Sending, Code::Status(0xE000_1234_u32.cast_signed()), None);
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.status(), Some(0xE000_1234_u32.cast_signed()));
        assert_eq!(error.to_string(), "the filter did not accept a message: status 0xE0001234");
    }

    #[test]
    fn both_sizes_are_named_when_a_message_does_not_fit() {
        let doing = Doing::Getting { capacity: 10, length: Some(300) };
        let text = Error::from_code(doing, Code::Status(0xC000_0023_u32.cast_signed()), None).to_string();
        assert!(text.contains("300") && text.contains("10"), "{text}");
    }
}
