//! What is asked of the volume's device: plug and play, and Windows Management Instrumentation.

use fltmgr_sys as sys;

/// The minor function of a plug and play request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct PnpMinor(pub u8);

macro_rules! minors {
    ($($(#[$doc:meta])* $name:ident = $minor:ident;)*) => {
        impl PnpMinor {
            $($(#[$doc])* pub const $name: Self = Self(sys::$minor as u8);)*
        }
    };
}

minors! {
    /// IRP_MN_START_DEVICE.
    START_DEVICE = IRP_MN_START_DEVICE;
    /// IRP_MN_QUERY_REMOVE_DEVICE: whether the device may be removed.
    QUERY_REMOVE_DEVICE = IRP_MN_QUERY_REMOVE_DEVICE;
    /// IRP_MN_REMOVE_DEVICE: it is removed.
    REMOVE_DEVICE = IRP_MN_REMOVE_DEVICE;
    /// IRP_MN_CANCEL_REMOVE_DEVICE: it is not removed after all.
    CANCEL_REMOVE_DEVICE = IRP_MN_CANCEL_REMOVE_DEVICE;
    /// IRP_MN_STOP_DEVICE.
    STOP_DEVICE = IRP_MN_STOP_DEVICE;
    /// IRP_MN_QUERY_STOP_DEVICE.
    QUERY_STOP_DEVICE = IRP_MN_QUERY_STOP_DEVICE;
    /// IRP_MN_CANCEL_STOP_DEVICE.
    CANCEL_STOP_DEVICE = IRP_MN_CANCEL_STOP_DEVICE;
    /// IRP_MN_QUERY_DEVICE_RELATIONS.
    QUERY_DEVICE_RELATIONS = IRP_MN_QUERY_DEVICE_RELATIONS;
    /// IRP_MN_QUERY_INTERFACE.
    QUERY_INTERFACE = IRP_MN_QUERY_INTERFACE;
    /// IRP_MN_QUERY_CAPABILITIES.
    QUERY_CAPABILITIES = IRP_MN_QUERY_CAPABILITIES;
    /// IRP_MN_DEVICE_USAGE_NOTIFICATION: a paging, dump or hibernation file comes or goes.
    DEVICE_USAGE_NOTIFICATION = IRP_MN_DEVICE_USAGE_NOTIFICATION;
    /// IRP_MN_SURPRISE_REMOVAL: the device is gone.
    SURPRISE_REMOVAL = IRP_MN_SURPRISE_REMOVAL;
}

view! {
    /// The parameters of [`op::Pnp`](crate::op::Pnp).
    PnpParameters
}

impl PnpParameters<'_> {
    /// What is asked for.
    pub fn minor(&self) -> PnpMinor {
        PnpMinor(self.block().MinorFunction)
    }
}

/// What is asked of Windows Management Instrumentation; the minor function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SystemControlRequest {
    /// IRP_MN_QUERY_ALL_DATA.
    QueryAllData,
    /// IRP_MN_QUERY_SINGLE_INSTANCE.
    QuerySingleInstance,
    /// IRP_MN_CHANGE_SINGLE_INSTANCE.
    ChangeSingleInstance,
    /// IRP_MN_CHANGE_SINGLE_ITEM.
    ChangeSingleItem,
    /// IRP_MN_ENABLE_EVENTS.
    EnableEvents,
    /// IRP_MN_DISABLE_EVENTS.
    DisableEvents,
    /// IRP_MN_ENABLE_COLLECTION.
    EnableCollection,
    /// IRP_MN_DISABLE_COLLECTION.
    DisableCollection,
    /// IRP_MN_REGINFO, or its extended form.
    RegistrationInformation,
    /// IRP_MN_EXECUTE_METHOD.
    ExecuteMethod,
    /// A minor function that these are not.
    Other(u8),
}

view! {
    /// The parameters of [`op::SystemControl`](crate::op::SystemControl).
    SystemControlParameters
}

impl SystemControlParameters<'_> {
    /// What is asked for.
    pub fn request(&self) -> SystemControlRequest {
        let minor = self.block().MinorFunction;
        match u32::from(minor) {
            sys::IRP_MN_QUERY_ALL_DATA => SystemControlRequest::QueryAllData,
            sys::IRP_MN_QUERY_SINGLE_INSTANCE => SystemControlRequest::QuerySingleInstance,
            sys::IRP_MN_CHANGE_SINGLE_INSTANCE => SystemControlRequest::ChangeSingleInstance,
            sys::IRP_MN_CHANGE_SINGLE_ITEM => SystemControlRequest::ChangeSingleItem,
            sys::IRP_MN_ENABLE_EVENTS => SystemControlRequest::EnableEvents,
            sys::IRP_MN_DISABLE_EVENTS => SystemControlRequest::DisableEvents,
            sys::IRP_MN_ENABLE_COLLECTION => SystemControlRequest::EnableCollection,
            sys::IRP_MN_DISABLE_COLLECTION => SystemControlRequest::DisableCollection,
            sys::IRP_MN_REGINFO | sys::IRP_MN_REGINFO_EX => SystemControlRequest::RegistrationInformation,
            sys::IRP_MN_EXECUTE_METHOD => SystemControlRequest::ExecuteMethod,
            _ => SystemControlRequest::Other(minor),
        }
    }

    /// The length of the buffer, in bytes.
    pub fn buffer_length(&self) -> u32 {
        member!(self, WMI).BufferSize
    }
}
