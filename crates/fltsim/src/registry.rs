//! The simulated registry: keys by path, as a driver and the Filter Manager read them.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::config::{InstanceConfig, RegistryValue, ServiceConfig};

/// Where the services' keys are.
pub const SERVICES: &str = "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

/// A value and its name as it was written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The name.
    pub name: String,
    /// The type, a `REG_*` number.
    pub kind: u32,
    /// The data, as drivers read it.
    pub data: Vec<u8>,
}

/// `REG_SZ`.
pub const REG_SZ: u32 = 1;
/// `REG_EXPAND_SZ`.
pub const REG_EXPAND_SZ: u32 = 2;
/// `REG_BINARY`.
pub const REG_BINARY: u32 = 3;
/// `REG_DWORD`.
pub const REG_DWORD: u32 = 4;
/// `REG_MULTI_SZ`.
pub const REG_MULTI_SZ: u32 = 7;
/// `REG_QWORD`.
pub const REG_QWORD: u32 = 11;

impl Value {
    /// A value in the form in which drivers read it.
    pub fn new(name: &str, value: &RegistryValue) -> Self {
        let wide = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let (kind, data) = match value {
            RegistryValue::Dword(value) => (REG_DWORD, value.to_le_bytes().to_vec()),
            RegistryValue::Qword(value) => (REG_QWORD, value.to_le_bytes().to_vec()),
            RegistryValue::String(text) => (REG_SZ, wide(text)),
            RegistryValue::MultiString(list) => {
                let mut data: Vec<u8> = list.iter().flat_map(|text| wide(text)).collect();
                data.extend([0, 0]);
                (REG_MULTI_SZ, data)
            }
            RegistryValue::Binary(data) => (REG_BINARY, data.clone()),
        };
        Self { name: name.to_owned(), kind, data }
    }

    /// The number, if it is a `REG_DWORD`.
    pub fn as_dword(&self) -> Option<u32> {
        (self.kind == REG_DWORD).then(|| self.data.as_slice().try_into().ok().map(u32::from_le_bytes)).flatten()
    }

    /// The text, if it is a `REG_SZ` or `REG_EXPAND_SZ`.
    pub fn as_string(&self) -> Option<String> {
        if !matches!(self.kind, REG_SZ | REG_EXPAND_SZ) {
            return None;
        }
        let wide: Vec<u16> = self.data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Some(String::from_utf16_lossy(wide.strip_suffix(&[0]).unwrap_or(&wide)))
    }
}

/// A key.
#[derive(Debug, Default)]
struct Key {
    name: String,
    keys: BTreeMap<String, Key>,
    values: BTreeMap<String, Value>,
}

impl Key {
    fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |key, part| key.keys.get(part))
    }

    fn at_mut(&mut self, path: &[String]) -> Option<&mut Self> {
        path.iter().try_fold(self, |key, part| key.keys.get_mut(part))
    }
}

/// A registry.
#[derive(Debug, Default)]
pub struct Registry {
    root: RwLock<Key>,
}

/// Names are compared without regard to case.
fn fold(name: &str) -> String {
    name.to_uppercase()
}

/// The parts of a path. What is current is `ControlSet001`, under either name.
fn parts(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path.split('\\').filter(|part| !part.is_empty()).map(fold).collect();
    for part in &mut parts {
        if part == "CONTROLSET001" {
            "CURRENTCONTROLSET".clone_into(part);
        }
    }
    parts
}

/// What a key holds, as `ZwQueryKey` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyInformation {
    /// The key's own name.
    pub name: String,
    /// The names of its subkeys, in order.
    pub keys: Vec<String>,
    /// Its values, in order of their names.
    pub values: Vec<Value>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        let registry = Self::default();
        registry.create(SERVICES);
        registry
    }

    fn read(&self) -> RwLockReadGuard<'_, Key> {
        self.root.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Key> {
        self.root.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a key at `path`, such as `\Registry\Machine\System`.
    pub fn exists(&self, path: &str) -> bool {
        self.read().at(&parts(path)).is_some()
    }

    /// Makes the key at `path` and those above it; whether it is new.
    pub fn create(&self, path: &str) -> bool {
        let mut root = self.write();
        let mut key = &mut *root;
        let mut new = false;
        for part in path.split('\\').filter(|part| !part.is_empty()) {
            let folded = parts(part).pop().unwrap_or_default();
            new = !key.keys.contains_key(&folded);
            key = key.keys.entry(folded).or_insert_with(|| Key { name: part.to_owned(), ..Key::default() });
        }
        new
    }

    /// Removes the key at `path`, if it has no subkeys. `None` if there is no such key, `Some(false)` if it has some.
    pub fn delete(&self, path: &str) -> Option<bool> {
        let mut parts = parts(path);
        let name = parts.pop()?;
        let mut root = self.write();
        let parent = root.at_mut(&parts)?;
        if !parent.keys.get(&name)?.keys.is_empty() {
            return Some(false);
        }
        parent.keys.remove(&name);
        Some(true)
    }

    /// Removes the key at `path` with all below it.
    pub fn delete_tree(&self, path: &str) {
        let mut parts = parts(path);
        let Some(name) = parts.pop() else { return };
        if let Some(parent) = self.write().at_mut(&parts) {
            parent.keys.remove(&name);
        }
    }

    /// What the key at `path` holds.
    pub fn information(&self, path: &str) -> Option<KeyInformation> {
        let root = self.read();
        let key = root.at(&parts(path))?;
        Some(KeyInformation {
            name: key.name.clone(),
            keys: key.keys.values().map(|key| key.name.clone()).collect(),
            values: key.values.values().cloned().collect(),
        })
    }

    /// The value `name` of the key at `path`; the default value has an empty name.
    pub fn value(&self, path: &str, name: &str) -> Option<Value> {
        self.read().at(&parts(path))?.values.get(&fold(name)).cloned()
    }

    /// Sets a value; whether the key is there.
    pub fn set(&self, path: &str, value: Value) -> bool {
        match self.write().at_mut(&parts(path)) {
            Some(key) => {
                key.values.insert(fold(&value.name), value);
                true
            }
            None => false,
        }
    }

    /// Removes a value; whether it was there.
    pub fn delete_value(&self, path: &str, name: &str) -> bool {
        self.write().at_mut(&parts(path)).is_some_and(|key| key.values.remove(&fold(name)).is_some())
    }

    /// Writes a service's keys as its INF would (rules P-08 to P-13). Values that are there already and are not named
    /// stay.
    pub fn fill_service(&self, service: &ServiceConfig) {
        let key = format!("{SERVICES}{}", service.name);
        let set = |path: &str, name: &str, value: RegistryValue| {
            self.create(path);
            self.set(path, Value::new(name, &value));
        };
        set(&key, "Type", RegistryValue::Dword(2));
        set(&key, "Start", RegistryValue::Dword(service.start_type));
        set(&key, "ErrorControl", RegistryValue::Dword(1));
        set(&key, "ImagePath", RegistryValue::String(format!("system32\\DRIVERS\\{}.sys", service.name)));
        if let Some(group) = &service.load_order_group {
            set(&key, "Group", RegistryValue::String(group.clone()));
        }
        let parameters = format!("{key}\\Parameters");
        self.create(&parameters);
        for (name, value) in &service.parameters {
            let (path, name) = match name.rsplit_once('\\') {
                Some((subkey, name)) => (format!("{parameters}\\{subkey}"), name),
                None => (parameters.clone(), name.as_str()),
            };
            set(&path, name, value.clone());
        }
        let instances = format!("{parameters}\\Instances");
        set(&instances, "DefaultInstance", RegistryValue::String(service.default_instance.clone()));
        for instance in &service.instances {
            let path = format!("{instances}\\{}", instance.name);
            set(&path, "Altitude", RegistryValue::String(instance.altitude.clone()));
            set(&path, "Flags", RegistryValue::Dword(instance.flags));
        }
    }

    /// The instances that the registry defines for the service `name`, and which of them is the default one: from
    /// `Parameters\Instances`, else from `Instances` (rule X-16). `None` if there is no service key or no instance.
    pub fn service_instances(&self, name: &str) -> Option<ServiceInstances> {
        let key = format!("{SERVICES}{name}");
        [format!("{key}\\Parameters\\Instances"), format!("{key}\\Instances")].iter().find_map(|path| {
            let default = self.value(path, "DefaultInstance").and_then(|value| value.as_string());
            let instances: Vec<InstanceConfig> = self
                .information(path)?
                .keys
                .into_iter()
                .filter_map(|name| {
                    let path = format!("{path}\\{name}");
                    let altitude = self.value(&path, "Altitude")?.as_string()?;
                    let flags = self.value(&path, "Flags").and_then(|value| value.as_dword()).unwrap_or(0);
                    Some(InstanceConfig { name, altitude, flags })
                })
                .collect();
            (!instances.is_empty()).then_some(ServiceInstances { default, instances })
        })
    }
}

/// What the registry says about a filter's instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceInstances {
    /// The name of the default instance.
    pub default: Option<String>,
    /// All instances that are defined.
    pub instances: Vec<InstanceConfig>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> ServiceConfig {
        ServiceConfig {
            name: "Guard".into(),
            load_order_group: Some("FSFilter Activity Monitor".into()),
            start_type: 3,
            instances: vec![InstanceConfig { name: "Guard Instance".into(), altitude: "370020".into(), flags: 1 }],
            default_instance: "Guard Instance".into(),
            parameters: vec![
                ("Level".into(), RegistryValue::Dword(7)),
                ("Deep\\Names".into(), RegistryValue::MultiString(vec!["a".into(), "b".into()])),
            ],
        }
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        let registry = Registry::new();
        registry.fill_service(&service());
        let path = "\\REGISTRY\\machine\\SYSTEM\\ControlSet001\\services\\guard\\PARAMETERS";
        assert_eq!(registry.value(path, "LEVEL").and_then(|value| value.as_dword()), Some(7));
        assert_eq!(registry.information(path).map(|key| key.name).as_deref(), Some("Parameters"));
    }

    #[test]
    fn a_service_reads_back_the_instances_it_was_filled_with() {
        let registry = Registry::new();
        registry.fill_service(&service());
        let read = registry.service_instances("guard").unwrap();
        assert_eq!(read.default.as_deref(), Some("Guard Instance"));
        assert_eq!(read.instances, service().instances);
        assert_eq!(registry.service_instances("nobody"), None);
    }

    #[test]
    fn instances_outside_parameters_are_found_when_there_are_none_inside() {
        let registry = Registry::new();
        let path = format!("{SERVICES}old\\Instances\\One");
        registry.create(&path);
        registry.set(&path, Value::new("Altitude", &RegistryValue::String("140000".into())));
        let read = registry.service_instances("old").unwrap();
        assert_eq!(read.default, None);
        assert_eq!(read.instances[0].altitude, "140000");
    }

    #[test]
    fn strings_are_terminated_and_lists_twice() {
        let value = Value::new("list", &RegistryValue::MultiString(vec!["a".into(), "b".into()]));
        assert_eq!(value.data, [b'a', 0, 0, 0, b'b', 0, 0, 0, 0, 0]);
    }
}
