//! What `fltmc` asks for.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use fltmgr_sys as sys;
use fltsim_wire::{Failure, Request, Response};

use crate::flt::altitude::Altitude;
use crate::flt::port::Caller;
use crate::inf::driver_service;
use crate::machine::{ImageSource, LoadRequest, Machine};
use crate::status::NtStatus;

/// Answers a request that needs no connection to a port.
pub(super) fn answer(machine: &Arc<Machine>, caller: Caller, request: Request) -> Result<Response, Failure> {
    // M-31: these are for administrators.
    if caller != Caller::Administrator {
        return Err(failure(NtStatus(sys::STATUS_ACCESS_DENIED)));
    }
    match request {
        Request::Load { filter } => {
            machine.load_service(&filter).map_err(|error| explained(error.status(), &error))?;
            Ok(Response::Done)
        }
        Request::LoadImage(image) => load_image(machine, &image),
        Request::Unload { filter } => {
            machine.unload(&filter).map_err(|error| explained(error.status(), &error))?;
            Ok(Response::Done)
        }
        Request::Attach { filter, volume, instance, altitude } => machine
            .attach(&filter, &volume, instance.as_deref(), altitude.as_deref())
            .map(|instance| Response::Attached { instance })
            .map_err(failure),
        Request::Detach { filter, volume, instance } => {
            machine.detach(&filter, &volume, instance.as_deref()).map_err(failure)?;
            Ok(Response::Done)
        }
        Request::Filters => Ok(Response::Filters(filters(machine))),
        Request::Instances { filter } => instances(machine, filter.as_deref()).map(Response::Instances),
        Request::Volumes => Ok(Response::Volumes(volumes(machine))),
        Request::Connect { .. }
        | Request::Send { .. }
        | Request::Get { .. }
        | Request::Cancel { .. }
        | Request::Reply { .. } => Err(failure(NtStatus(sys::STATUS_INVALID_HANDLE))),
    }
}

/// Installs a driver as its INF or what was given by hand says, and loads it.
fn load_image(machine: &Arc<Machine>, request: &fltsim_wire::LoadImage) -> Result<Response, Failure> {
    let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
    let image = path(&request.image);
    let inf = request.inf.as_deref().map(path);
    let service = driver_service(&image, inf.as_deref(), request.altitude.as_deref(), &request.parameters)
        .map_err(|error| explained(NtStatus(sys::STATUS_INVALID_PARAMETER), &error))?;
    machine
        .load(&LoadRequest { image: ImageSource::File(image), service })
        .map_err(|error| explained(error.status(), &error))?;
    Ok(Response::Done)
}

fn filters(machine: &Machine) -> Vec<fltsim_wire::Filter> {
    let mut filters = machine.filters();
    // Highest altitude first, as fltmc lists them; one whose altitude is no number comes last.
    filters.sort_by_cached_key(|filter| std::cmp::Reverse(Altitude::parse(&filter.altitude())));
    let filter = |filter: &Arc<crate::flt::filter::Filter>| fltsim_wire::Filter {
        name: filter.name().to_owned(),
        altitude: filter.altitude(),
        instances: u32::try_from(filter.instances().len()).unwrap_or(u32::MAX),
        frame: 0,
    };
    filters.iter().map(filter).collect()
}

fn instances(machine: &Machine, filter: Option<&str>) -> Result<Vec<fltsim_wire::Instance>, Failure> {
    if let Some(name) = filter.filter(|name| machine.filter(name).is_none()) {
        let message = format!("no filter named {name} is loaded");
        return Err(Failure { status: sys::STATUS_FLT_FILTER_NOT_FOUND, message: Some(message) });
    }
    let mut found = Vec::new();
    for volume in machine.volumes() {
        for instance in volume.instances() {
            if filter.is_none_or(|name| instance.filter().name().eq_ignore_ascii_case(name)) {
                found.push(fltsim_wire::Instance {
                    name: instance.name().to_owned(),
                    filter: instance.filter().name().to_owned(),
                    volume: volume.device_name().to_owned(),
                    altitude: instance.altitude().as_str().to_owned(),
                    frame: 0,
                });
            }
        }
    }
    Ok(found)
}

fn volumes(machine: &Machine) -> Vec<fltsim_wire::Volume> {
    let volume = |volume: &Arc<crate::flt::volume::Volume>| fltsim_wire::Volume {
        name: volume.device_name().to_owned(),
        // Every volume has the semantics of NTFS and says so to filters.
        filesystem: "NTFS".to_owned(),
    };
    machine.volumes().iter().map(volume).collect()
}

fn failure(status: NtStatus) -> Failure {
    Failure { status: status.0, message: None }
}

/// A failure of which the machine knows more than its status.
fn explained(status: NtStatus, error: &dyn std::fmt::Display) -> Failure {
    Failure { status: status.0, message: Some(error.to_string()) }
}
