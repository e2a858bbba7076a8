//! The instances of a volume as an operation meets them.

use std::sync::Arc;

use fltmgr_sys::{PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK};

use super::instance::Instance;

/// How many major functions there are room for: the IRP ones from 0, the others, which are negative, behind them.
pub(crate) const MAJOR_FUNCTIONS: usize = 64;

/// Where a major function has its place in a table.
pub(crate) const fn index_of(major: u8) -> usize {
    if major < 0x20 { major as usize } else { 0x20 + ((0xFF - major) as usize & 0x1F) }
}

/// One instance that wants to see a major function.
pub(crate) struct Node {
    /// The instance.
    pub instance: Arc<Instance>,
    /// Its pre-operation callback.
    pub pre: PFLT_PRE_OPERATION_CALLBACK,
    /// Its post-operation callback.
    pub post: PFLT_POST_OPERATION_CALLBACK,
    /// `FLTFL_OPERATION_REGISTRATION_…`.
    pub flags: u32,
}

/// A volume's attached instances, highest altitude first (rule A-33). It is never changed, only replaced.
pub(crate) struct Stack {
    instances: Vec<Arc<Instance>>,
    nodes: Box<[Vec<Node>]>,
}

impl Stack {
    /// A stack of these instances.
    pub(crate) fn new(mut instances: Vec<Arc<Instance>>) -> Self {
        instances.sort_by(|left, right| right.altitude().cmp(left.altitude()));
        let nodes = (0..MAJOR_FUNCTIONS)
            .map(|index| {
                instances
                    .iter()
                    .filter_map(|instance| {
                        let operation = instance.filter().operation(index)?;
                        Some(Node {
                            instance: Arc::clone(instance),
                            pre: operation.pre,
                            post: operation.post,
                            flags: operation.flags,
                        })
                    })
                    .collect()
            })
            .collect();
        Self { instances, nodes }
    }

    /// The instances, highest first.
    pub(crate) fn instances(&self) -> &[Arc<Instance>] {
        &self.instances
    }

    /// Those that want to see `major`, highest first.
    pub(crate) fn nodes(&self, major: u8) -> &[Node] {
        &self.nodes[index_of(major)]
    }

    /// The position of the first node below `floor`, or the top of the stack (rule N-01).
    pub(crate) fn start(&self, major: u8, floor: Option<&Instance>) -> usize {
        floor.map_or(0, |floor| self.nodes(major).partition_point(|node| node.instance.altitude() >= floor.altitude()))
    }
}
