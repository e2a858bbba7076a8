//! The words that rules, events and questions share.

/// What a program does to a file, as rules name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Operation {
    /// Data of a file or entries of a directory are read.
    Read = 0,
    /// Data, length or attributes of an existing file are changed.
    Write = 1,
    /// A file or directory comes into being.
    Create = 2,
    /// A file or directory is deleted.
    Delete = 3,
    /// A file or directory gets another name, or one more (a hard link).
    Rename = 4,
    /// A file is opened to be executed, or mapped as code.
    Execute = 5,
}

impl Operation {
    /// Every operation, in the order of its number.
    pub const ALL: [Self; 6] = [Self::Read, Self::Write, Self::Create, Self::Delete, Self::Rename, Self::Execute];

    /// The operation with this number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Read,
            1 => Self::Write,
            2 => Self::Create,
            3 => Self::Delete,
            4 => Self::Rename,
            5 => Self::Execute,
            _ => return None,
        })
    }

    /// The word that policies and reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::Execute => "execute",
        }
    }

    /// The operation that policies and reports call by this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// A set of [`Operation`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Operations(u8);

impl Operations {
    /// No operation.
    pub const NONE: Self = Self(0);
    /// Every operation.
    pub const ALL: Self = Self(0b11_1111);

    /// The set with these bits (bit n is the operation with number n), unless a bit has no operation.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }

    /// The set as bits: bit n is the operation with number n.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set of one operation.
    pub const fn only(operation: Operation) -> Self {
        Self(1 << operation as u8)
    }

    /// This set and the other together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both sets have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// This set with one more operation.
    #[must_use]
    pub const fn with(self, operation: Operation) -> Self {
        self.union(Self::only(operation))
    }

    /// Whether the operation is in the set.
    pub const fn contains(self, operation: Operation) -> bool {
        self.0 & Self::only(operation).0 != 0
    }

    /// Whether the sets have an operation in common.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The operations of the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL.into_iter().filter(move |operation| self.contains(*operation))
    }
}

impl From<Operation> for Operations {
    fn from(operation: Operation) -> Self {
        Self::only(operation)
    }
}

/// What became of an operation, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Decision {
    /// An `observe` rule let it pass and reported it.
    Observed = 0,
    /// An `allow` rule let it pass.
    Allowed = 1,
    /// A `deny` rule refused it.
    Denied = 2,
    /// The service behind `ask` allowed it.
    AskedAllowed = 3,
    /// The service behind `ask` refused it.
    AskedDenied = 4,
    /// No answer came in time, and the rule's default allowed it.
    TimeoutAllowed = 5,
    /// No answer came in time, and the rule's default refused it.
    TimeoutDenied = 6,
    /// Nobody was there to ask, or the service left it open, and the rule's default allowed it.
    DefaultAllowed = 7,
    /// Nobody was there to ask, or the service left it open, and the rule's default refused it.
    DefaultDenied = 8,
}

impl Decision {
    /// The decision with this number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Observed,
            1 => Self::Allowed,
            2 => Self::Denied,
            3 => Self::AskedAllowed,
            4 => Self::AskedDenied,
            5 => Self::TimeoutAllowed,
            6 => Self::TimeoutDenied,
            7 => Self::DefaultAllowed,
            8 => Self::DefaultDenied,
            _ => return None,
        })
    }

    /// Whether the operation was refused by fileguard.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Denied | Self::AskedDenied | Self::TimeoutDenied | Self::DefaultDenied)
    }

    /// The word that reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::AskedAllowed => "asked-allowed",
            Self::AskedDenied => "asked-denied",
            Self::TimeoutAllowed => "timeout-allowed",
            Self::TimeoutDenied => "timeout-denied",
            Self::DefaultAllowed => "default-allowed",
            Self::DefaultDenied => "default-denied",
        }
    }
}

/// Yes or no to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Verdict {
    /// The operation goes on.
    Allow = 0,
    /// The operation is refused.
    Deny = 1,
}

impl Verdict {
    /// The verdict with this number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Allow),
            1 => Some(Self::Deny),
            _ => None,
        }
    }

    /// The word that policies and reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_number_and_its_name() {
        for (number, operation) in (0..).zip(Operation::ALL) {
            assert_eq!(Operation::from_number(number), Some(operation));
            assert_eq!(Operation::from_name(operation.name()), Some(operation));
            assert!(Operations::ALL.contains(operation));
        }
        assert_eq!(Operation::from_number(6), None);
        assert_eq!(Operations::from_bits(0b100_0000), None);
        assert_eq!(Operations::ALL.iter().count(), Operation::ALL.len());
    }
}
