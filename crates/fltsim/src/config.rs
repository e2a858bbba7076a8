//! A driver's service as the registry describes it: what an INF's `AddService` and `AddReg` leave behind, and what
//! `FltRegisterFilter` and the driver itself read back.

/// A value in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryValue {
    /// `REG_DWORD`.
    Dword(u32),
    /// `REG_QWORD`.
    Qword(u64),
    /// `REG_SZ`, and `REG_EXPAND_SZ` as it stands.
    String(String),
    /// `REG_MULTI_SZ`.
    MultiString(Vec<String>),
    /// `REG_BINARY`.
    Binary(Vec<u8>),
}

/// One instance definition of a minifilter (rule P-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceConfig {
    /// The instance's name.
    pub name: String,
    /// The altitude, a decimal number of any length and precision, as text.
    pub altitude: String,
    /// Bit 0 suppresses automatic attachment, bit 1 manual attachment (rule P-13).
    pub flags: u32,
}

/// A driver's service: the key `Services\<name>` in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceConfig {
    /// The service's name, which is the minifilter's name as well.
    pub name: String,
    /// The load order group, such as `FSFilter Activity Monitor` (rule P-08).
    pub load_order_group: Option<String>,
    /// 0 boot, 1 system, 2 automatic, 3 demand, 4 disabled (rule P-09).
    pub start_type: u32,
    /// The instance definitions.
    pub instances: Vec<InstanceConfig>,
    /// The name of the instance that is attached when no other is named.
    pub default_instance: String,
    /// Values of the service's `Parameters` key. A name may contain backslashes: what comes before the last one is a
    /// subkey of `Parameters`.
    pub parameters: Vec<(String, RegistryValue)>,
}

impl ServiceConfig {
    /// A service without an INF: demand start, with one instance at `altitude` that attaches by itself to every volume.
    pub fn with_altitude(name: &str, altitude: &str) -> Self {
        let instance = format!("{name} Instance");
        Self {
            name: name.to_owned(),
            load_order_group: None,
            start_type: 3,
            instances: vec![InstanceConfig { name: instance.clone(), altitude: altitude.to_owned(), flags: 0 }],
            default_instance: instance,
            parameters: Vec::new(),
        }
    }

    /// Sets a value of the `Parameters` key, replacing one of the same name (case ignored, as the registry does).
    pub fn set_parameter(&mut self, name: &str, value: RegistryValue) {
        match self.parameters.iter_mut().find(|(present, _)| present.eq_ignore_ascii_case(name)) {
            Some((_, present)) => *present = value,
            None => self.parameters.push((name.to_owned(), value)),
        }
    }
}
