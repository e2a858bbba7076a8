//! What is told when a volume is mounted.

use crate::volume::DeviceType;

view! {
    /// The parameters of [`op::VolumeMount`](crate::op::VolumeMount).
    VolumeMountParameters
}

impl VolumeMountParameters<'_> {
    /// The type of the volume's device.
    pub fn device_type(&self) -> DeviceType {
        DeviceType::from_raw(member!(self, MountVolume).DeviceType)
    }
}
