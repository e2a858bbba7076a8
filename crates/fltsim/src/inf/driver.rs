//! The service of a driver file: from its INF, from what was said by hand, or from both.

use std::path::{Path, PathBuf};

use super::service::is_altitude;
use super::{Inf, InfError, lint};
use crate::config::{RegistryValue, ServiceConfig};

/// Why there is no service for a driver.
#[derive(Debug, thiserror::Error)]
pub enum DriverServiceError {
    /// Its INF is wrong.
    #[error(transparent)]
    Inf(#[from] InfError),
    /// There is no INF, and no altitude was given.
    #[error(
        "there is no INF beside {0}, so its altitude is unknown: put {stem}.inf or {stem}.inx there, name one with \
         --inf, or give an altitude with --altitude",
        stem = .0.file_stem().unwrap_or_default().display()
    )]
    NoInf(PathBuf),
    /// What was given for an altitude is none.
    #[error("\"{0}\" is no altitude: write a decimal number such as 385123 or 385123.5")]
    Altitude(String),
    /// What was given for a parameter does not fit the type that the INF gives it.
    #[error("\"{value}\" is no value for the parameter {name}, which is a {kind} in the INF")]
    Parameter {
        /// The parameter.
        name: String,
        /// What was given.
        value: String,
        /// The type in the INF.
        kind: &'static str,
    },
}

/// The service of the driver file `driver`.
///
/// It is read from `inf`, or else from the `.inf` or `.inx` that lies beside the driver under the same name. Without
/// any, `altitude` must be given, and the service has the file's name. With one, `altitude` replaces that of the
/// default instance. What [`lint`] finds in the INF is logged as warnings. `parameters` are set in the service's
/// `Parameters` key, as [`parameter`] reads them.
///
/// # Errors
/// The INF is wrong, or there is neither an INF nor an altitude, or what was given by hand cannot be read.
pub fn driver_service(
    driver: &Path,
    inf: Option<&Path>,
    altitude: Option<&str>,
    parameters: &[(String, String)],
) -> Result<ServiceConfig, DriverServiceError> {
    if let Some(altitude) = altitude.filter(|altitude| !is_altitude(altitude)) {
        return Err(DriverServiceError::Altitude(altitude.to_owned()));
    }
    let beside = ["inf", "inx"].map(|extension| driver.with_extension(extension));
    let inf = inf.or_else(|| beside.iter().find(|path| path.is_file()).map(PathBuf::as_path));
    let mut service = match (inf, altitude) {
        (Some(inf), altitude) => {
            let inf = Inf::read(inf)?;
            for finding in lint(&inf) {
                tracing::warn!("{}:{}: {finding}", inf.path.display(), finding.line);
            }
            let mut service = inf.service()?;
            if let Some(altitude) = altitude {
                let default = service.default_instance.clone();
                let instance =
                    service.instances.iter_mut().find(|instance| instance.name.eq_ignore_ascii_case(&default));
                if let Some(instance) = instance {
                    altitude.clone_into(&mut instance.altitude);
                }
            }
            service
        }
        (None, Some(altitude)) => {
            let name = driver.file_stem().unwrap_or(driver.as_os_str()).to_string_lossy();
            ServiceConfig::with_altitude(&name, altitude)
        }
        (None, None) => return Err(DriverServiceError::NoInf(driver.to_owned())),
    };
    for (name, text) in parameters {
        let before =
            service.parameters.iter().find(|(present, _)| present.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let value = parameter(text, before).map_err(|kind| DriverServiceError::Parameter {
            name: name.clone(),
            value: text.clone(),
            kind,
        })?;
        service.set_parameter(name, value);
    }
    Ok(service)
}

/// A parameter's value from text: of the type it has in the INF; else a number where it is one, and a string where not.
///
/// # Errors
/// The text does not fit the type, whose name is returned.
pub fn parameter(text: &str, before: Option<&RegistryValue>) -> Result<RegistryValue, &'static str> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse::<u64>().ok(),
    };
    let small = number.and_then(|number| u32::try_from(number).ok());
    match before {
        Some(RegistryValue::Dword(_)) => small.map(RegistryValue::Dword).ok_or("DWORD"),
        Some(RegistryValue::Qword(_)) => number.map(RegistryValue::Qword).ok_or("QWORD"),
        Some(RegistryValue::String(_)) => Ok(RegistryValue::String(text.to_owned())),
        Some(RegistryValue::MultiString(_)) => {
            Ok(RegistryValue::MultiString(text.split(',').map(str::to_owned).collect()))
        }
        Some(RegistryValue::Binary(_)) => {
            let digits: Option<Vec<u8>> = text
                .as_bytes()
                .chunks(2)
                .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
                .collect();
            digits.map(RegistryValue::Binary).ok_or("REG_BINARY, written as hexadecimal digits")
        }
        None => Ok(match (small, number) {
            (Some(number), _) => RegistryValue::Dword(number),
            (None, Some(number)) => RegistryValue::Qword(number),
            (None, None) => RegistryValue::String(text.to_owned()),
        }),
    }
}
