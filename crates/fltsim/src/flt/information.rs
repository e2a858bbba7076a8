//! What is said about filters, instances and volumes: structures with names behind them.

use std::sync::Arc;

use fltmgr_sys as sys;

use super::filter::Filter;
use super::instance::Instance;
use super::major::size_of_16;
use super::text::byte_length;
use super::volume::Volume;

/// The frame that every filter is in: there is one.
const FRAME: u32 = 0;

/// Information as a driver gets it.
pub(crate) struct Information(Vec<u8>);

/// Names behind a structure, each with its length in bytes and its offset.
struct Names {
    units: Vec<u16>,
    next: u16,
}

impl Names {
    /// Names behind a structure of type `T`.
    fn behind<T>() -> Self {
        Self { units: Vec::new(), next: size_of_16::<T>() }
    }

    /// Adds a name; its length and its offset.
    fn add(&mut self, name: &str) -> (u16, u16) {
        let before = self.units.len();
        self.units.extend(name.encode_utf16());
        let length = byte_length(self.units.len() - before);
        let offset = self.next;
        self.next += length;
        (length, offset)
    }
}

/// The bytes of names.
fn bytes_of(units: &[u16]) -> impl Iterator<Item = u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes())
}

impl Information {
    /// A structure whose first `fixed` bytes count, and the names behind them.
    fn new<T: Copy>(structure: T, fixed: usize, names: &[u16]) -> Self {
        let place = (&raw const structure).cast::<u8>();
        // SAFETY: the structures are zeroed before they are filled, so that padding is zero too, and `fixed` is at most
        // their size.
        let mut bytes = unsafe { std::slice::from_raw_parts(place, fixed.min(size_of::<T>())) }.to_vec();
        bytes.extend(bytes_of(names));
        Self(bytes)
    }

    /// Copies it into a driver's buffer, and says how long it is.
    ///
    /// # Safety
    ///
    /// The buffer must be as long as it says, `returned` valid.
    pub(crate) unsafe fn give(&self, buffer: *mut std::ffi::c_void, size: u32, returned: *mut u32) -> sys::NTSTATUS {
        // SAFETY: the caller vouches for the pointers.
        unsafe {
            returned.write(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
            if buffer.is_null() || (size as usize) < self.0.len() {
                return sys::STATUS_BUFFER_TOO_SMALL;
            }
            std::ptr::copy_nonoverlapping(self.0.as_ptr(), buffer.cast(), self.0.len());
        }
        sys::STATUS_SUCCESS
    }
}

/// A structure of zeros.
///
/// # Safety
///
/// Zeros must be valid for it.
unsafe fn zeroed<T>() -> T {
    // SAFETY: passed on.
    unsafe { std::mem::zeroed() }
}

fn count(filter: &Filter) -> u32 {
    u32::try_from(filter.instances().len()).unwrap_or(u32::MAX)
}

/// What a class says about a filter; `None` for an unknown class.
pub(crate) fn of_filter(filter: &Filter, class: sys::FILTER_INFORMATION_CLASS) -> Option<Information> {
    // SAFETY: the structures are plain data, for which zeros are valid.
    unsafe {
        match class {
            sys::FilterFullInformation => {
                let mut full: sys::FILTER_FULL_INFORMATION = zeroed();
                let name: Vec<u16> = filter.name().encode_utf16().collect();
                full.FrameID = FRAME;
                full.NumberOfInstances = count(filter);
                full.FilterNameLength = byte_length(name.len());
                let fixed = std::mem::offset_of!(sys::FILTER_FULL_INFORMATION, FilterNameBuffer);
                Some(Information::new(full, fixed, &name))
            }
            sys::FilterAggregateBasicInformation => {
                let mut basic: sys::FILTER_AGGREGATE_BASIC_INFORMATION = zeroed();
                let mut names = Names::behind::<sys::FILTER_AGGREGATE_BASIC_INFORMATION>();
                basic.Flags = sys::FLTFL_AGGREGATE_INFO_IS_MINIFILTER;
                let mini = &mut basic.Type.MiniFilter;
                mini.FrameID = FRAME;
                mini.NumberOfInstances = count(filter);
                (mini.FilterNameLength, mini.FilterNameBufferOffset) = names.add(filter.name());
                (mini.FilterAltitudeLength, mini.FilterAltitudeBufferOffset) = names.add(&filter.altitude());
                Some(Information::new(basic, usize::MAX, &names.units))
            }
            sys::FilterAggregateStandardInformation => {
                let mut standard: sys::FILTER_AGGREGATE_STANDARD_INFORMATION = zeroed();
                let mut names = Names::behind::<sys::FILTER_AGGREGATE_STANDARD_INFORMATION>();
                standard.Flags = sys::FLTFL_ASI_IS_MINIFILTER;
                let mini = &mut standard.Type.MiniFilter;
                mini.FrameID = FRAME;
                mini.NumberOfInstances = count(filter);
                (mini.FilterNameLength, mini.FilterNameBufferOffset) = names.add(filter.name());
                (mini.FilterAltitudeLength, mini.FilterAltitudeBufferOffset) = names.add(&filter.altitude());
                Some(Information::new(standard, usize::MAX, &names.units))
            }
            _ => None,
        }
    }
}

/// What a class says about an instance; `None` for an unknown class.
pub(crate) fn of_instance(instance: &Instance, class: sys::INSTANCE_INFORMATION_CLASS) -> Option<Information> {
    let (name, altitude) = (instance.name(), instance.altitude().to_string());
    let (volume, filter) = (instance.volume().device_name(), instance.filter().name());
    // SAFETY: the structures are plain data, for which zeros are valid.
    unsafe {
        match class {
            sys::InstanceBasicInformation => {
                let mut basic: sys::INSTANCE_BASIC_INFORMATION = zeroed();
                let mut names = Names::behind::<sys::INSTANCE_BASIC_INFORMATION>();
                (basic.InstanceNameLength, basic.InstanceNameBufferOffset) = names.add(name);
                Some(Information::new(basic, usize::MAX, &names.units))
            }
            sys::InstancePartialInformation => {
                let mut partial: sys::INSTANCE_PARTIAL_INFORMATION = zeroed();
                let mut names = Names::behind::<sys::INSTANCE_PARTIAL_INFORMATION>();
                (partial.InstanceNameLength, partial.InstanceNameBufferOffset) = names.add(name);
                (partial.AltitudeLength, partial.AltitudeBufferOffset) = names.add(&altitude);
                Some(Information::new(partial, usize::MAX, &names.units))
            }
            sys::InstanceFullInformation => {
                let mut full: sys::INSTANCE_FULL_INFORMATION = zeroed();
                let mut names = Names::behind::<sys::INSTANCE_FULL_INFORMATION>();
                (full.InstanceNameLength, full.InstanceNameBufferOffset) = names.add(name);
                (full.AltitudeLength, full.AltitudeBufferOffset) = names.add(&altitude);
                (full.VolumeNameLength, full.VolumeNameBufferOffset) = names.add(volume);
                (full.FilterNameLength, full.FilterNameBufferOffset) = names.add(filter);
                Some(Information::new(full, usize::MAX, &names.units))
            }
            sys::InstanceAggregateStandardInformation => {
                let mut standard: sys::INSTANCE_AGGREGATE_STANDARD_INFORMATION = zeroed();
                let mut names = Names::behind::<sys::INSTANCE_AGGREGATE_STANDARD_INFORMATION>();
                standard.Flags = sys::FLTFL_IASI_IS_MINIFILTER;
                let mini = &mut standard.Type.MiniFilter;
                mini.FrameID = FRAME;
                mini.VolumeFileSystemType = sys::FLT_FSTYPE_NTFS;
                (mini.InstanceNameLength, mini.InstanceNameBufferOffset) = names.add(name);
                (mini.AltitudeLength, mini.AltitudeBufferOffset) = names.add(&altitude);
                (mini.VolumeNameLength, mini.VolumeNameBufferOffset) = names.add(volume);
                (mini.FilterNameLength, mini.FilterNameBufferOffset) = names.add(filter);
                Some(Information::new(standard, usize::MAX, &names.units))
            }
            _ => None,
        }
    }
}

/// What a class says about a volume; `None` for an unknown class.
pub(crate) fn of_volume(volume: &Volume, class: sys::FILTER_VOLUME_INFORMATION_CLASS) -> Option<Information> {
    let name = volume.device_name_units();
    let length = byte_length(name.len());
    // SAFETY: the structures are plain data, for which zeros are valid.
    unsafe {
        match class {
            sys::FilterVolumeBasicInformation => {
                let mut basic: sys::FILTER_VOLUME_BASIC_INFORMATION = zeroed();
                basic.FilterVolumeNameLength = length;
                let fixed = std::mem::offset_of!(sys::FILTER_VOLUME_BASIC_INFORMATION, FilterVolumeName);
                Some(Information::new(basic, fixed, name))
            }
            sys::FilterVolumeStandardInformation => {
                let mut standard: sys::FILTER_VOLUME_STANDARD_INFORMATION = zeroed();
                standard.FrameID = FRAME;
                standard.FileSystemType = sys::FLT_FSTYPE_NTFS;
                standard.FilterVolumeNameLength = length;
                let fixed = std::mem::offset_of!(sys::FILTER_VOLUME_STANDARD_INFORMATION, FilterVolumeName);
                Some(Information::new(standard, fixed, name))
            }
            _ => None,
        }
    }
}

/// The filters, the one farthest from the file system first.
pub(crate) fn filters_from_the_top(mut filters: Vec<Arc<Filter>>) -> Vec<Arc<Filter>> {
    use super::altitude::Altitude;
    filters.sort_by_key(|filter| std::cmp::Reverse(Altitude::parse(&filter.altitude())));
    filters
}
