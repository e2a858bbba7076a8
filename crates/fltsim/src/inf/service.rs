//! From an INF to the service it installs: `DefaultInstall`, `AddService`, `AddReg`.

use super::{Entry, Inf, InfError, Section};
use crate::config::{InstanceConfig, RegistryValue, ServiceConfig};

/// `FLG_ADDREG_DELVAL`: the entry removes a value.
const DELETE_VALUE: u32 = 0x4;
/// `FLG_ADDREG_KEYONLY`: the entry makes a key and no value.
const KEY_ONLY: u32 = 0x10;
/// The bits of an `AddReg` flag that say the value's type.
pub(super) const TYPE_MASK: u32 = 0xFFFF_0001;
pub(super) const TYPE_STRING: u32 = 0x0000_0000;
const TYPE_BINARY: u32 = 0x0000_0001;
const TYPE_MULTI_STRING: u32 = 0x0001_0000;
pub(super) const TYPE_DWORD: u32 = 0x0001_0001;
const TYPE_EXPAND_STRING: u32 = 0x0002_0000;
const TYPE_NONE: u32 = 0x0002_0001;
const TYPE_QWORD: u32 = 0x000B_0001;

/// One value below the service's key.
struct ServiceValue<'a> {
    key: String,
    name: &'a str,
    value: RegistryValue,
    line: usize,
}

/// Follows the INF from `DefaultInstall` to the service.
pub(super) fn service(inf: &Inf) -> Result<ServiceConfig, InfError> {
    let install = install_section(inf)?;
    let services = inf.section(&format!("{}.Services", install.name)).ok_or_else(|| {
        inf.error(
            install.line,
            format!(
                "[{0}] has no [{0}.Services] section: add one with AddService = name,,section (rule P-19: it carries \
                 the same decoration)",
                install.name
            ),
        )
    })?;
    inf.resolved(services)?;
    let (add_service, section) = service_section(inf, services)?;
    inf.resolved(section)?;
    let name = add_service.text(0).to_owned();

    let service_type = number(inf, section, "ServiceType", "2 (SERVICE_FILE_SYSTEM_DRIVER)")?;
    if !(1..=2).contains(&service_type) {
        return Err(inf.error(
            section.entry("ServiceType").map_or(section.line, |entry| entry.line),
            format!("ServiceType is {service_type}, which is no driver: write ServiceType = 2 (rule P-07)"),
        ));
    }
    let start_type = number(inf, section, "StartType", "3 (SERVICE_DEMAND_START)")?;
    if start_type > 4 {
        return Err(inf.error(
            section.entry("StartType").map_or(section.line, |entry| entry.line),
            format!("StartType is {start_type}: write 0 boot, 1 system, 2 automatic, 3 demand or 4 disabled"),
        ));
    }
    if section.entry("ServiceBinary").is_none() {
        return Err(inf.error(
            section.line,
            format!("[{}] has no ServiceBinary: write ServiceBinary = %13%\\{name}.sys (rule P-08)", section.name),
        ));
    }
    let load_order_group =
        section.entry("LoadOrderGroup").map(|entry| entry.text(0).to_owned()).filter(|group| !group.is_empty());

    let values = service_values(inf, section, &name)?;
    let (default_instance, instances) = instances(inf, section, &values)?;
    let mut config =
        ServiceConfig { name, load_order_group, start_type, instances, default_instance, parameters: Vec::new() };
    for value in values {
        if let Some(path) = below(&value.key, "Parameters").filter(|path| below(path, "Instances").is_none()) {
            let name = if path.is_empty() { value.name.to_owned() } else { format!("{path}\\{}", value.name) };
            config.set_parameter(&name, value.value);
        }
    }
    Ok(config)
}

/// The `DefaultInstall` section that Windows on x64 would choose: the decorated one first.
fn install_section(inf: &Inf) -> Result<&Section, InfError> {
    let decorated = inf.sections.iter().find(|section| {
        let name = section.name.to_ascii_lowercase();
        name.strip_prefix("defaultinstall.ntamd64").is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    });
    decorated.or_else(|| inf.section("DefaultInstall.NT")).or_else(|| inf.section("DefaultInstall")).ok_or_else(|| {
        let other =
            inf.sections.iter().find(|section| section.name.to_ascii_lowercase().starts_with("defaultinstall.nt"));
        match other {
            Some(section) => inf.error(
                section.line,
                format!("[{}] is for another processor: add [DefaultInstall.NTamd64]", section.name),
            ),
            None => inf.error(
                0,
                "there is no [DefaultInstall.NTamd64] section: a minifilter is a primitive driver and is installed \
                     by one (rule P-02)",
            ),
        }
    })
}

/// The `AddService` entry of the minifilter and the section it names.
fn service_section<'a>(inf: &'a Inf, services: &'a Section) -> Result<(&'a Entry, &'a Section), InfError> {
    let mut first = None;
    for entry in services.entries.iter().filter(|entry| entry.is("AddService")) {
        if entry.text(0).is_empty() || entry.text(2).is_empty() {
            return Err(inf
                .error(entry.line, "AddService needs a service and a section: write AddService = name,,name.Service"));
        }
        let section = inf.section(entry.text(2)).ok_or_else(|| {
            inf.error(entry.line, format!("AddService names the section [{}], which does not exist", entry.text(2)))
        })?;
        let is_file_system_driver =
            section.entry("ServiceType").and_then(|entry| integer(entry.text(0))).is_some_and(|kind| kind == 2);
        if is_file_system_driver {
            return Ok((entry, section));
        }
        first.get_or_insert((entry, section));
    }
    first.ok_or_else(|| {
        inf.error(
            services.line,
            format!("[{}] has no AddService: write AddService = name,,name.Service", services.name),
        )
    })
}

/// A directive of the service section that is a number.
fn number(inf: &Inf, section: &Section, key: &str, instead: &str) -> Result<u32, InfError> {
    let Some(entry) = section.entry(key) else {
        return Err(
            inf.error(section.line, format!("[{}] has no {key}: write {key} = {instead} (rule P-08)", section.name))
        );
    };
    integer(entry.text(0)).and_then(|value| u32::try_from(value).ok()).ok_or_else(|| {
        inf.error(entry.line, format!("{key} is \"{}\", which is no number: write {key} = {instead}", entry.text(0)))
    })
}

/// A number as an INF writes it: decimal, or hexadecimal with 0x.
pub(super) fn integer(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok().or_else(|| text.parse::<i32>().ok().map(|value| u64::from(value.cast_unsigned()))),
    }
}

/// Every value that the service's `AddReg` sections write below its key.
fn service_values<'a>(inf: &'a Inf, service: &'a Section, name: &str) -> Result<Vec<ServiceValue<'a>>, InfError> {
    let mut values = Vec::new();
    for directive in service.entries.iter().filter(|entry| entry.is("AddReg")) {
        for section_name in directive.values.iter().map(|value| value.text.as_str()).filter(|name| !name.is_empty()) {
            let section = inf.section(section_name).ok_or_else(|| {
                inf.error(directive.line, format!("AddReg names the section [{section_name}], which does not exist"))
            })?;
            inf.resolved(section)?;
            for entry in &section.entries {
                values.extend(service_value(inf, entry, name)?);
            }
        }
    }
    Ok(values)
}

/// The value one `AddReg` entry writes, when it is below the service's key.
fn service_value<'a>(inf: &Inf, entry: &'a Entry, service: &str) -> Result<Option<ServiceValue<'a>>, InfError> {
    if entry.key.is_some() {
        return Err(inf
            .error(entry.line, "an AddReg entry has no equals sign: write HKR,\"subkey\",\"value name\",flags,value"));
    }
    let root = entry.text(0);
    let subkey = entry.text(1).trim_matches('\\');
    let key = match root.to_ascii_uppercase().as_str() {
        "HKR" => subkey.to_owned(),
        "HKLM" => {
            let path = below(subkey, "System\\CurrentControlSet\\Services").and_then(|path| below(path, service));
            match path {
                Some(path) => path.to_owned(),
                None => return Ok(None),
            }
        }
        "HKCR" | "HKCU" | "HKU" => return Ok(None),
        _ => {
            return Err(inf.error(
                entry.line,
                format!("\"{root}\" is no registry root: an AddReg entry begins with HKR, HKLM, HKCR, HKCU or HKU"),
            ));
        }
    };
    let flags = match entry.text(3) {
        "" => 0,
        text => integer(text).and_then(|flags| u32::try_from(flags).ok()).ok_or_else(|| {
            inf.error(
                entry.line,
                format!("the flags \"{text}\" are no number: write 0x00000000 for a string, 0x00010001 for a DWORD"),
            )
        })?,
    };
    if flags & (DELETE_VALUE | KEY_ONLY) != 0 {
        return Ok(None);
    }
    let value = registry_value(inf, entry, flags & TYPE_MASK)?;
    Ok(value.map(|value| ServiceValue { key, name: entry.text(2), value, line: entry.line }))
}

/// The data of an `AddReg` entry, by the type in its flags.
fn registry_value(inf: &Inf, entry: &Entry, kind: u32) -> Result<Option<RegistryValue>, InfError> {
    let data = entry.values.get(4..).unwrap_or_default();
    let one_number = |what: &str| {
        if let [value] = data {
            return integer(&value.text).ok_or_else(|| {
                inf.error(entry.line, format!("\"{}\" is no {what}: write a decimal or 0x number", value.text))
            });
        }
        let bytes = bytes(inf, entry)?;
        if bytes.len() > 8 {
            return Err(inf.error(entry.line, format!("{} bytes are too many for a {what}", bytes.len())));
        }
        Ok(bytes.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte)))
    };
    Ok(Some(match kind {
        TYPE_STRING | TYPE_EXPAND_STRING => RegistryValue::String(entry.text(4).to_owned()),
        TYPE_MULTI_STRING => RegistryValue::MultiString(data.iter().map(|value| value.text.clone()).collect()),
        TYPE_DWORD => {
            let value = one_number("DWORD")?;
            RegistryValue::Dword(u32::try_from(value).map_err(|_| {
                inf.error(entry.line, format!("{value} does not fit a DWORD: write the flags 0x000B0001 for a QWORD"))
            })?)
        }
        TYPE_QWORD => RegistryValue::Qword(one_number("QWORD")?),
        TYPE_BINARY => RegistryValue::Binary(bytes(inf, entry)?),
        TYPE_NONE => return Ok(None),
        other => {
            return Err(inf.error(
                entry.line,
                format!(
                    "the value type 0x{other:08X} in the flags is unknown: write 0x00000000 for a string, 0x00010001 \
                     for a DWORD, 0x00000001 for bytes"
                ),
            ));
        }
    }))
}

/// Binary data: two hexadecimal digits a field.
fn bytes(inf: &Inf, entry: &Entry) -> Result<Vec<u8>, InfError> {
    let fields = entry.values.get(4..).unwrap_or_default().iter().filter(|value| !value.text.is_empty());
    fields
        .map(|value| {
            let digits = value.text.trim_start_matches("0x");
            u8::from_str_radix(digits, 16).map_err(|_| {
                inf.error(entry.line, format!("\"{}\" is no byte: write two hexadecimal digits a field", value.text))
            })
        })
        .collect()
}

/// The instance definitions: under `Parameters\Instances`, else under `Instances` (rules P-12 and X-16).
fn instances(
    inf: &Inf,
    service: &Section,
    values: &[ServiceValue<'_>],
) -> Result<(String, Vec<InstanceConfig>), InfError> {
    let example = "HKR,\"Parameters\\Instances\",\"DefaultInstance\",0x00000000,\"My Instance\"";
    for root in ["Parameters\\Instances", "Instances"] {
        let found: Vec<(&str, &ServiceValue<'_>)> =
            values.iter().filter_map(|value| Some((below(&value.key, root)?, value))).collect();
        if !found.is_empty() {
            return instances_below(inf, service, root, &found);
        }
    }
    Err(inf.error(
        service.line,
        format!(
            "the service has no instances, so FltRegisterFilter fails: name a section with AddReg in [{}] that writes \
             {example} and an altitude for it (rule P-11)",
            service.name
        ),
    ))
}

/// The instance definitions below one of the two keys; each of `found` is a value with its path below that key.
fn instances_below(
    inf: &Inf,
    service: &Section,
    root: &str,
    found: &[(&str, &ServiceValue<'_>)],
) -> Result<(String, Vec<InstanceConfig>), InfError> {
    let mut default_instance = None;
    let mut instances: Vec<(InstanceConfig, usize)> = Vec::new();
    for (path, value) in found {
        if path.is_empty() {
            if value.name.eq_ignore_ascii_case("DefaultInstance") {
                let RegistryValue::String(name) = &value.value else {
                    return Err(inf.error(value.line, "DefaultInstance is a string: write the flags 0x00000000"));
                };
                default_instance = Some((name.clone(), value.line));
            }
            continue;
        }
        let index =
            instances.iter().position(|(known, _)| known.name.eq_ignore_ascii_case(path)).unwrap_or_else(|| {
                let config = InstanceConfig { name: (*path).to_owned(), altitude: String::new(), flags: 0 };
                instances.push((config, value.line));
                instances.len() - 1
            });
        let instance = &mut instances[index].0;
        if value.name.eq_ignore_ascii_case("Altitude") {
            instance.altitude = altitude(inf, value)?;
        } else if value.name.eq_ignore_ascii_case("Flags") {
            let RegistryValue::Dword(flags) = value.value else {
                return Err(inf.error(value.line, "an instance's Flags are a DWORD: write the flags 0x00010001"));
            };
            instance.flags = flags;
        }
    }
    for (instance, line) in &instances {
        if instance.altitude.is_empty() {
            return Err(inf.error(
                *line,
                format!(
                    "the instance \"{0}\" has no altitude: write HKR,\"{root}\\{0}\",\"Altitude\",0x00000000,\"<altitude>\" \
                     (rule P-11)",
                    instance.name
                ),
            ));
        }
    }
    let Some((default_instance, line)) = default_instance else {
        return Err(inf.error(
            service.line,
            format!(
                "no default instance is named: write HKR,\"{root}\",\"DefaultInstance\",0x00000000,\"{}\" (rule P-11)",
                instances.first().map_or("My Instance", |(instance, _)| instance.name.as_str())
            ),
        ));
    };
    if !instances.iter().any(|(instance, _)| instance.name.eq_ignore_ascii_case(&default_instance)) {
        let known: Vec<&str> = instances.iter().map(|(instance, _)| instance.name.as_str()).collect();
        return Err(inf.error(
            line,
            format!(
                "the default instance \"{default_instance}\" is not defined: write its Altitude and Flags under \
                 \"{root}\\{default_instance}\"{}",
                if known.is_empty() { String::new() } else { format!(", or name one of: {}", known.join(", ")) }
            ),
        ));
    }
    Ok((default_instance, instances.into_iter().map(|(instance, _)| instance).collect()))
}

/// An altitude is a string of decimal digits, with a fraction if need be (rules P-11 and P-15).
fn altitude(inf: &Inf, value: &ServiceValue<'_>) -> Result<String, InfError> {
    let RegistryValue::String(text) = &value.value else {
        return Err(inf.error(value.line, "an altitude is a string: write the flags 0x00000000 (rule P-11)"));
    };
    if is_altitude(text) {
        Ok(text.clone())
    } else {
        Err(inf.error(
            value.line,
            format!("\"{text}\" is no altitude: write a decimal number such as 385123 or 385123.5 (rule P-15)"),
        ))
    }
}

/// Whether the text is a decimal number: digits, or digits, a point and digits.
pub(crate) fn is_altitude(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        None => digits(text),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
    }
}

/// What is left of a key's path below `root`, case ignored: empty for `root` itself, None when it is elsewhere.
pub(super) fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    let head = path.get(..root.len())?;
    if !head.eq_ignore_ascii_case(root) {
        return None;
    }
    match &path[root.len()..] {
        "" => Some(""),
        rest => rest.strip_prefix('\\'),
    }
}
