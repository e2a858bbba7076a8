//! The load order groups of file system filters with their altitudes and setup classes.
//!
//! Groups and altitudes are those of Microsoft's page "Load order groups and altitudes for minifilter drivers" of April
//! 2025, classes those of "File System Filter Driver Classes and Class GUIDs" of 2024.

use std::ops::RangeInclusive;

/// A setup class.
pub(super) struct Class {
    /// What `Class` says.
    pub name: &'static str,
    /// What `ClassGuid` says, in lower case, without braces.
    pub guid: &'static str,
}

/// A load order group.
pub(super) struct Group {
    /// What `LoadOrderGroup` says.
    pub name: &'static str,
    /// The whole numbers of its altitudes; a fraction may follow.
    pub altitudes: RangeInclusive<u32>,
    /// Its setup class; the groups Filter, FSFilter Top and FSFilter Bottom have none.
    pub class: Option<Class>,
    /// Whether only Windows itself may use it.
    pub reserved: bool,
}

const fn group(
    name: &'static str,
    altitudes: RangeInclusive<u32>,
    class: Option<(&'static str, &'static str)>,
) -> Group {
    let class = match class {
        Some((name, guid)) => Some(Class { name, guid }),
        None => None,
    };
    Group { name, altitudes, class, reserved: false }
}

const fn reserved(group: Group) -> Group {
    Group { reserved: true, ..group }
}

const ACTIVITY_MONITOR: &str = "b86dff51-a31e-4bac-b3cf-e8cfe75c9fc2";
const UNDELETE: &str = "fe8f1572-c67a-48c0-bbac-0b5c6d66cafb";
const ANTI_VIRUS: &str = "b1d1a169-c54f-4379-81db-bee7d88d7454";
const REPLICATION: &str = "48d3ebc4-4cf8-48ff-b869-9c68ad42eb9f";
const CONTINUOUS_BACKUP: &str = "71aa14f8-6fad-4622-ad77-92bb9d7e6947";
const CONTENT_SCREENER: &str = "3e3f0674-c83c-4558-bb26-9820e1eba5c5";
const QUOTA_MANAGEMENT: &str = "8503c911-a6c7-4919-8f79-5028f5866b0c";
const SYSTEM_RECOVERY: &str = "2db15374-706e-4131-a0c7-d7c78eb0289a";
const CLUSTER: &str = "cdcf0939-b75b-4630-bf76-80f7ba655884";
const HSM: &str = "d546500a-2aeb-45f6-9482-f4b1799c3177";
const COMPRESSION: &str = "f3586baf-b5aa-49b5-8d6c-0569284c639f";
const ENCRYPTION: &str = "a0a701c0-a511-42ff-aa6c-06dc0395576f";
const VIRTUALIZATION: &str = "f75a86c0-10d8-4c3a-b233-ed60e4cdfaac";
const PHYSICAL_QUOTA_MANAGEMENT: &str = "6a0a8e78-bba6-4fc4-a709-1e33cd09d67e";
const OPEN_FILE: &str = "f8ecafa6-66d1-41a5-899b-66585d7216b7";
const SECURITY_ENHANCER: &str = "d02bc3da-0c8e-4945-9bd5-f1883c226c8c";
const COPY_PROTECTION: &str = "89786ff1-9c12-402f-9c9e-17753c7f4375";
const SYSTEM: &str = "5d1b9aaa-01e2-46af-849f-272b3f324c46";
const INFRASTRUCTURE: &str = "e55fa6f9-128c-4d04-abab-630c74b1453a";

/// The groups, the top of the stack first.
pub(super) const GROUPS: [Group; 23] = [
    group("Filter", 420_000..=429_999, None),
    group("FSFilter Top", 400_000..=409_999, None),
    group("FSFilter Activity Monitor", 360_000..=389_999, Some(("ActivityMonitor", ACTIVITY_MONITOR))),
    group("FSFilter Undelete", 340_000..=349_999, Some(("Undelete", UNDELETE))),
    group("FSFilter Anti-Virus", 320_000..=329_999, Some(("AntiVirus", ANTI_VIRUS))),
    group("FSFilter Replication", 300_000..=309_999, Some(("Replication", REPLICATION))),
    group("FSFilter Continuous Backup", 280_000..=289_999, Some(("ContinuousBackup", CONTINUOUS_BACKUP))),
    group("FSFilter Content Screener", 260_000..=269_999, Some(("ContentScreener", CONTENT_SCREENER))),
    group("FSFilter Quota Management", 240_000..=249_999, Some(("QuotaManagement", QUOTA_MANAGEMENT))),
    group("FSFilter System Recovery", 220_000..=229_999, Some(("SystemRecovery", SYSTEM_RECOVERY))),
    group("FSFilter Cluster File System", 200_000..=209_999, Some(("CFSMetaDataServer", CLUSTER))),
    group("FSFilter HSM", 180_000..=189_999, Some(("HSM", HSM))),
    // There is no class of its own: the page says to use that of FSFilter Compression.
    group("FSFilter Imaging", 170_000..=175_000, Some(("Compression", COMPRESSION))),
    group("FSFilter Compression", 160_000..=169_999, Some(("Compression", COMPRESSION))),
    group("FSFilter Encryption", 140_000..=149_999, Some(("Encryption", ENCRYPTION))),
    group("FSFilter Virtualization", 130_000..=139_999, Some(("Virtualization", VIRTUALIZATION))),
    group(
        "FSFilter Physical Quota Management",
        120_000..=129_999,
        Some(("PhysicalQuotaManagement", PHYSICAL_QUOTA_MANAGEMENT)),
    ),
    group("FSFilter Open File", 100_000..=109_999, Some(("OpenFileBackup", OPEN_FILE))),
    group("FSFilter Security Enhancer", 80_000..=89_999, Some(("SecurityEnhancer", SECURITY_ENHANCER))),
    group("FSFilter Copy Protection", 60_000..=69_999, Some(("CopyProtection", COPY_PROTECTION))),
    group("FSFilter Bottom", 40_000..=49_999, None),
    reserved(group("FSFilter System", 20_000..=29_999, Some(("FSFilterSystem", SYSTEM)))),
    reserved(group("FSFilter Infrastructure", 0..=19_999, Some(("Infrastructure", INFRASTRUCTURE)))),
];

/// The group of this name, case ignored.
pub(super) fn named(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.name.eq_ignore_ascii_case(name))
}

/// The group of this name, if others than Windows itself may use it.
pub(super) fn available(name: &str) -> Option<&'static Group> {
    named(name).filter(|group| !group.reserved)
}

/// The group that an altitude lies in.
pub(super) fn of_altitude(altitude: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.contains(altitude))
}

/// The setup class of this name, case ignored.
pub(super) fn class_named(name: &str) -> Option<&'static Class> {
    GROUPS.iter().filter_map(|group| group.class.as_ref()).find(|class| class.name.eq_ignore_ascii_case(name))
}

impl Group {
    /// Whether an altitude, which is a decimal number, lies in the group.
    pub(super) fn contains(&self, altitude: &str) -> bool {
        let whole = altitude.split('.').next().unwrap_or_default();
        whole.parse().is_ok_and(|whole| self.altitudes.contains(&whole))
    }
}

impl Class {
    /// Whether `ClassGuid` says this class.
    pub(super) fn has_guid(&self, text: &str) -> bool {
        let bare = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        bare.is_some_and(|bare| bare.eq_ignore_ascii_case(self.guid))
    }
}
