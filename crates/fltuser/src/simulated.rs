//! A machine of fltsim as the Filter Manager.

use std::{
    io,
    os::unix::{ffi::OsStrExt as _, net::UnixStream},
    path::{Path, PathBuf},
    time::Duration,
};

use fltsim_wire::{Answer, Call, DEFAULT_FRAME_LIMIT, FrameError, LoadImage, PREAMBLE, Request, Response, SOCKET_NAME};

use crate::{
    Error, ErrorKind, Filter, Instance, Message, Result, Volume,
    error::{Code, Doing},
};

mod channel;

use channel::Channel;

/// Where a machine is.
#[derive(Clone, Debug)]
pub(crate) struct System {
    directory: PathBuf,
    limit: usize,
}

impl System {
    #[expect(clippy::unnecessary_wraps, reason = "it has the signature of its Windows counterpart")]
    pub(crate) fn local() -> Result<Self> {
        Ok(Self::at(&fltsim_wire::default_directory()))
    }

    pub(crate) fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), limit: DEFAULT_FRAME_LIMIT }
    }

    pub(crate) fn with_message_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    pub(crate) fn connect(&self, port: &str, context: &[u8]) -> Result<Port> {
        let doing = Doing::Connecting(port);
        let channel = Channel::new(self.open()?, self.limit)?;
        let request = Request::Connect { port: port.to_owned(), context: context.to_owned() };
        match channel.call(doing, request)? {
            Response::Done => Ok(Port { channel }),
            other => Err(unexpected(doing, &other)),
        }
    }

    pub(crate) fn load(&self, filter: &str) -> Result<()> {
        self.done(Doing::Loading(filter), Request::Load { filter: filter.to_owned() })
    }

    pub(crate) fn load_image(
        &self,
        image: &Path,
        inf: Option<&Path>,
        altitude: Option<&str>,
        parameters: &[(String, String)],
    ) -> Result<()> {
        // The machine has a working directory of its own, so it is given whole paths.
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map(|path| path.as_os_str().as_bytes().to_vec())
                .map_err(|error| Error::invalid(format!("{} is no usable path: {error}", path.display())))
        };
        let name = image.display().to_string();
        let request = Request::LoadImage(LoadImage {
            image: absolute(image)?,
            inf: inf.map(absolute).transpose()?,
            parameters: parameters.to_vec(),
            altitude: altitude.map(str::to_owned),
        });
        self.done(Doing::Loading(&name), request)
    }

    pub(crate) fn unload(&self, filter: &str) -> Result<()> {
        self.done(Doing::Unloading(filter), Request::Unload { filter: filter.to_owned() })
    }

    pub(crate) fn attach(
        &self,
        filter: &str,
        volume: &str,
        instance: Option<&str>,
        altitude: Option<&str>,
    ) -> Result<String> {
        let doing = Doing::Attaching { filter, volume };
        let request = Request::Attach {
            filter: filter.to_owned(),
            volume: volume.to_owned(),
            instance: instance.map(str::to_owned),
            altitude: altitude.map(str::to_owned),
        };
        match self.ask(doing, request)? {
            Response::Attached { instance } => Ok(instance),
            other => Err(unexpected(doing, &other)),
        }
    }

    pub(crate) fn detach(&self, filter: &str, volume: &str, instance: Option<&str>) -> Result<()> {
        let request = Request::Detach {
            filter: filter.to_owned(),
            volume: volume.to_owned(),
            instance: instance.map(str::to_owned),
        };
        self.done(Doing::Detaching { filter, volume }, request)
    }

    pub(crate) fn filters(&self) -> Result<Vec<Filter>> {
        let doing = Doing::Listing("filters");
        let Response::Filters(filters) = self.ask(doing, Request::Filters)? else {
            return Err(unexpected(doing, &Response::Done));
        };
        let filter = |filter: fltsim_wire::Filter| Filter {
            name: filter.name,
            altitude: filter.altitude,
            instances: filter.instances,
            frame: filter.frame,
        };
        Ok(filters.into_iter().map(filter).collect())
    }

    pub(crate) fn instances(&self, filter: Option<&str>) -> Result<Vec<Instance>> {
        let doing = Doing::Listing("instances");
        let request = Request::Instances { filter: filter.map(str::to_owned) };
        let Response::Instances(instances) = self.ask(doing, request)? else {
            return Err(unexpected(doing, &Response::Done));
        };
        let instance = |instance: fltsim_wire::Instance| Instance {
            name: instance.name,
            filter: instance.filter,
            volume: instance.volume,
            altitude: instance.altitude,
            frame: instance.frame,
        };
        Ok(instances.into_iter().map(instance).collect())
    }

    pub(crate) fn volumes(&self) -> Result<Vec<Volume>> {
        let doing = Doing::Listing("volumes");
        let Response::Volumes(volumes) = self.ask(doing, Request::Volumes)? else {
            return Err(unexpected(doing, &Response::Done));
        };
        let volume = |volume: fltsim_wire::Volume| Volume { name: volume.name, filesystem: volume.filesystem };
        Ok(volumes.into_iter().map(volume).collect())
    }

    /// One request that is answered by [`Response::Done`].
    fn done(&self, doing: Doing<'_>, request: Request) -> Result<()> {
        match self.ask(doing, request)? {
            Response::Done => Ok(()),
            other => Err(unexpected(doing, &other)),
        }
    }

    /// One request on a socket of its own.
    fn ask(&self, doing: Doing<'_>, request: Request) -> Result<Response> {
        let mut socket = self.open()?;
        let call = Call { id: 0, request };
        fltsim_wire::write_frame(&mut socket, &call, self.limit).map_err(|error| broken(doing, &error))?;
        match fltsim_wire::read_frame::<Answer>(&mut socket, self.limit) {
            Ok(Some(answer)) => outcome(doing, answer),
            Ok(None) => Err(machine_ended(doing)),
            Err(error) => Err(broken(doing, &error)),
        }
    }

    /// A socket to the machine, introduced.
    fn open(&self) -> Result<UnixStream> {
        let failed = |error: &io::Error| {
            let directory = self.directory.display();
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::NotADirectory => {
                    Error::new(
                        ErrorKind::NoMachine,
                        None,
                        format!(
                            "no fltsim machine is running at {directory}; start one with `fltsim mount`, or set \
                         FLTSIM_DIR to the directory of the one you mean"
                        ),
                    )
                }
                io::ErrorKind::PermissionDenied => Error::new(
                    ErrorKind::AccessDenied,
                    None,
                    format!(
                        "the fltsim machine at {directory} belongs to another user; run this as that user, or root"
                    ),
                ),
                _ => Error::new(
                    ErrorKind::Connection,
                    None,
                    format!("cannot reach the fltsim machine at {directory}: {error}"),
                ),
            }
        };
        let mut socket = UnixStream::connect(self.directory.join(SOCKET_NAME)).map_err(|error| failed(&error))?;
        io::Write::write_all(&mut socket, &PREAMBLE).map_err(|error| failed(&error))?;
        Ok(socket)
    }
}

/// A connection to a filter of a machine.
#[derive(Debug)]
pub(crate) struct Port {
    channel: Channel,
}

impl Port {
    pub(crate) fn send(&self, input: &[u8], output: &mut [u8]) -> Result<usize> {
        let output_capacity = u32::try_from(output.len()).unwrap_or(u32::MAX);
        let request = Request::Send { input: input.to_owned(), output_capacity };
        match self.channel.call(Doing::Sending, request)? {
            Response::Sent { output: written } if written.len() <= output.len() => {
                output[..written.len()].copy_from_slice(&written);
                Ok(written.len())
            }
            other => Err(unexpected(Doing::Sending, &other)),
        }
    }

    pub(crate) fn get(&self, capacity: u32, timeout: Option<Duration>) -> Result<Option<Message>> {
        let mut doing = Doing::Getting { capacity, length: None };
        match self.channel.call_for(doing, Request::Get { capacity }, timeout)? {
            Response::Message { id, reply_length, data } => Ok(Some(Message { id, reply_length, data })),
            Response::Canceled => Ok(None),
            Response::MessageTooLong { length: needed } => {
                if let Doing::Getting { length, .. } = &mut doing {
                    *length = Some(needed);
                }
                Err(Error::from_code(doing, Code::Status(STATUS_BUFFER_TOO_SMALL), None))
            }
            other => Err(unexpected(doing, &other)),
        }
    }

    pub(crate) fn reply(&self, message: u64, status: i32, data: &[u8]) -> Result<()> {
        let doing = Doing::Replying(message);
        match self.channel.call(doing, Request::Reply { message, status, data: data.to_owned() })? {
            Response::Done => Ok(()),
            other => Err(unexpected(doing, &other)),
        }
    }
}

/// `STATUS_BUFFER_TOO_SMALL`.
const STATUS_BUFFER_TOO_SMALL: i32 = 0xC000_0023_u32.cast_signed();

fn outcome(doing: Doing<'_>, answer: Answer) -> Result<Response> {
    answer.outcome.map_err(|failure| Error::from_code(doing, Code::Status(failure.status), failure.message.as_deref()))
}

fn machine_ended(doing: Doing<'_>) -> Error {
    Error::new(ErrorKind::Connection, None, format!("{doing}: the fltsim machine has ended"))
}

fn broken(doing: Doing<'_>, error: &FrameError) -> Error {
    match error {
        FrameError::TooLong { .. } => Error::new(ErrorKind::TooLong, None, format!("{doing}: {error}")),
        FrameError::Io(io) if matches!(io.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
            machine_ended(doing)
        }
        _ => Error::new(ErrorKind::Connection, None, format!("{doing}: {error}")),
    }
}

fn unexpected(doing: Doing<'_>, response: &Response) -> Error {
    Error::new(
        ErrorKind::Connection,
        None,
        format!("{doing}: the fltsim machine gave an answer to something else ({response:?}); is it another version?"),
    )
}
