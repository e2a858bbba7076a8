//! `install.cmd`: what the INF does, for where Windows does not take the INF because its catalog is missing.

use anyhow::{Result, bail};
use fltsim::config::{RegistryValue, ServiceConfig};

/// The script. It says nothing of its own where all is well, and ends with 1 where something failed.
///
/// # Errors
///
/// The service has a value or a name that the script cannot express.
pub fn script(service: &ServiceConfig) -> Result<String> {
    let name = &service.name;
    let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{name}");
    let group = service.load_order_group.as_deref().unwrap_or_default();
    let mut commands = vec![
        format!(r#"copy /y "%~dp0{name}.sys" "%SystemRoot%\System32\drivers\{name}.sys""#),
        // A minifilter that is installed already keeps its key, and gets the values below.
        format!("reg query \"{key}\" >nul 2>nul\nif errorlevel 1 {}", create(name, group)),
    ];
    commands.push(value(&key, "DependOnService", &RegistryValue::MultiString(vec!["FltMgr".to_owned()]))?);
    // Windows 11 24H2 and later read the first, earlier ones the second (rule P-12).
    for place in [format!(r"{key}\Parameters\Instances"), format!(r"{key}\Instances")] {
        commands.push(value(&place, "DefaultInstance", &RegistryValue::String(service.default_instance.clone()))?);
        for instance in &service.instances {
            let place = format!(r"{place}\{}", instance.name);
            commands.push(value(&place, "Altitude", &RegistryValue::String(instance.altitude.clone()))?);
            commands.push(value(&place, "Flags", &RegistryValue::Dword(instance.flags))?);
        }
    }
    for (parameter, given) in &service.parameters {
        let (place, parameter) = match parameter.rsplit_once('\\') {
            Some((before, last)) => (format!(r"{key}\Parameters\{before}"), last),
            None => (format!(r"{key}\Parameters"), parameter.as_str()),
        };
        commands.push(value(&place, parameter, given)?);
        if parameter == "SupportedFeatures" {
            // Another value with two places (rule P-12).
            commands.push(value(&key, parameter, given)?);
        }
    }
    let mut script = BEGINNING.to_owned();
    for command in commands {
        script += &command;
        script += " >nul\nif errorlevel 1 exit /b 1\n";
    }
    Ok(script)
}

const BEGINNING: &str = "\
@echo off
rem Installs the driver beside this file without its INF. Run it as an administrator.
";

fn create(name: &str, group: &str) -> String {
    format!(
        r#"sc create {name} type= filesys start= demand error= normal group= "{group}" binPath= "%SystemRoot%\System32\drivers\{name}.sys""#
    )
}

/// The command that sets a value.
fn value(key: &str, name: &str, value: &RegistryValue) -> Result<String> {
    let (kind, data) = match value {
        RegistryValue::Dword(number) => ("REG_DWORD", number.to_string()),
        RegistryValue::Qword(number) => ("REG_QWORD", number.to_string()),
        RegistryValue::String(text) => ("REG_SZ", text.clone()),
        RegistryValue::MultiString(texts) => ("REG_MULTI_SZ", texts.join(r"\0")),
        RegistryValue::Binary(_) => bail!("install.cmd cannot express the value {name} of {key}, which is binary"),
    };
    // What cmd would take for something else than text.
    if [key, name, &data].iter().any(|text| text.contains(['"', '%', '\r', '\n'])) {
        bail!("install.cmd cannot express the value {name} of {key}: {data}");
    }
    Ok(format!(r#"reg add "{key}" /v "{name}" /t {kind} /d "{data}" /f"#))
}
