//! What client and machine say to each other.

use serde::{Deserialize, Serialize};

/// A request with the number under which it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Chosen by the client; no two unanswered calls on a socket may have the same.
    pub id: u64,
    /// What is asked for.
    pub request: Request,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The number of the call.
    pub id: u64,
    /// The response, or why there is none.
    pub outcome: Result<Response, Failure>,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The NTSTATUS that Windows would report.
    pub status: i32,
    /// What only the machine knows and a person should: which import is missing, which line of the INF is wrong.
    pub message: Option<String>,
}

/// What a client may ask of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// `FilterConnectCommunicationPort`: makes this socket a port. Answered by [`Response::Done`].
    Connect {
        /// Name of the port, with its leading backslash.
        port: String,
        /// What `ConnectNotify` receives.
        #[serde(with = "serde_bytes")]
        context: Vec<u8>,
    },
    /// `FilterSendMessage`. Answered by [`Response::Sent`].
    Send {
        /// The message.
        #[serde(with = "serde_bytes")]
        input: Vec<u8>,
        /// Bytes that the client's output buffer has.
        output_capacity: u32,
    },
    /// `FilterGetMessage`. Answered by [`Response::Message`] as soon as the filter sends one, or by
    /// [`Response::Canceled`] after a [`Request::Cancel`].
    Get {
        /// Bytes of message, without `FILTER_MESSAGE_HEADER`, that the client has room for.
        capacity: u32,
    },
    /// `CancelIoEx` for a [`Request::Get`]. Not answered itself: the canceled call is, one way or the other.
    Cancel {
        /// The number of the call.
        call: u64,
    },
    /// `FilterReplyMessage`. Answered by [`Response::Done`].
    Reply {
        /// The `MessageId` that is replied to.
        message: u64,
        /// `FILTER_REPLY_HEADER`'s Status, which `FltSendMessage` returns to the filter.
        status: i32,
        /// The reply without its header.
        #[serde(with = "serde_bytes")]
        data: Vec<u8>,
    },
    /// `FilterLoad`: a service that the machine's registry knows. Answered by [`Response::Done`].
    Load {
        /// Name of the service.
        filter: String,
    },
    /// Installs a driver as its INF says and loads it. Answered by [`Response::Done`].
    LoadImage(LoadImage),
    /// `FilterUnload`. Answered by [`Response::Done`].
    Unload {
        /// Name of the filter.
        filter: String,
    },
    /// `FilterAttach` and `FilterAttachAtAltitude`. Answered by [`Response::Attached`].
    Attach {
        /// Name of the filter.
        filter: String,
        /// Name of the volume.
        volume: String,
        /// Name of the instance; the default instance if absent.
        instance: Option<String>,
        /// Altitude; the one that the instance is defined with if absent.
        altitude: Option<String>,
    },
    /// `FilterDetach`. Answered by [`Response::Done`].
    Detach {
        /// Name of the filter.
        filter: String,
        /// Name of the volume.
        volume: String,
        /// Name of the instance; the default instance if absent.
        instance: Option<String>,
    },
    /// `FilterFindFirst` and on. Answered by [`Response::Filters`].
    Filters,
    /// `FilterInstanceFindFirst` and on. Answered by [`Response::Instances`].
    Instances {
        /// Only the instances of this filter.
        filter: Option<String>,
    },
    /// `FilterVolumeFindFirst` and on. Answered by [`Response::Volumes`].
    Volumes,
}

/// A driver file and how to install it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadImage {
    /// Absolute path of the `.sys`, as the host's bytes.
    #[serde(with = "serde_bytes")]
    pub image: Vec<u8>,
    /// Absolute path of its INF, as the host's bytes.
    pub inf: Option<Vec<u8>>,
    /// Values for the service's Parameters key, as text: name and value.
    pub parameters: Vec<(String, String)>,
    /// Altitude of the default instance, in place of the one that the INF gives.
    pub altitude: Option<String>,
}

/// What a machine answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// It is done, and there is nothing more to say.
    Done,
    /// What `MessageNotify` wrote.
    Sent {
        /// As many bytes as `ReturnOutputBufferLength` said.
        #[serde(with = "serde_bytes")]
        output: Vec<u8>,
    },
    /// What the filter sent.
    Message {
        /// `MessageId`, which the reply repeats.
        id: u64,
        /// Longest reply that the filter takes, `FILTER_REPLY_HEADER` included; 0 if it takes none.
        reply_length: u32,
        /// The message without its header.
        #[serde(with = "serde_bytes")]
        data: Vec<u8>,
    },
    /// The message that waits next is longer than the room that the client gave. It goes on waiting.
    MessageTooLong {
        /// Bytes of message, without header.
        length: u32,
    },
    /// The call was canceled before anything came of it.
    Canceled,
    /// The name of the instance that was attached.
    Attached {
        /// Name of the instance.
        instance: String,
    },
    /// The filters of the machine, highest altitude first.
    Filters(Vec<Filter>),
    /// The instances.
    Instances(Vec<Instance>),
    /// The volumes.
    Volumes(Vec<Volume>),
}

/// A filter, as `fltmc filters` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Name of the filter.
    pub name: String,
    /// Altitude of its default instance, as the decimal text it was given as.
    pub altitude: String,
    /// Number of its instances.
    pub instances: u32,
    /// Number of the frame that it is in.
    pub frame: u32,
}

/// An instance, as `fltmc instances` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Name of the instance.
    pub name: String,
    /// Name of its filter.
    pub filter: String,
    /// Name of the volume that it is attached to.
    pub volume: String,
    /// Altitude, as the decimal text it was given as.
    pub altitude: String,
    /// Number of the frame that it is in.
    pub frame: u32,
}

/// A volume, as `fltmc volumes` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Name of its device, such as `\Device\HarddiskVolume2`.
    pub name: String,
    /// Name of its file system.
    pub filesystem: String,
}
