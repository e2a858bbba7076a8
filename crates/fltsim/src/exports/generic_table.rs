//! Generic tables: ordered sets of a driver's elements, compared by the driver's routine.
//!
//! What the name promises is kept, an ordered tree whose depth grows with the logarithm of its size; the balance is that
//! of a treap, whose random priority lies where an AVL tree keeps its balance factor.

use std::cmp::Ordering;
use std::ptr;

use fltmgr_sys::{
    BOOLEAN, CLONG, PBOOLEAN, PRTL_AVL_ALLOCATE_ROUTINE, PRTL_AVL_COMPARE_ROUTINE, PRTL_AVL_FREE_ROUTINE,
    PRTL_AVL_TABLE, PRTL_BALANCED_LINKS, PVOID, RTL_BALANCED_LINKS, ULONG,
};

use super::export;
use crate::kernel::call;

type Node = PRTL_BALANCED_LINKS;
const _: () = assert!(size_of::<RTL_BALANCED_LINKS>() == 0x20);

/// The element that follows a node's links.
fn element(node: Node) -> PVOID {
    if node.is_null() { ptr::null_mut() } else { node.wrapping_add(1).cast() }
}

/// Where a node keeps its priority: its balance and the reserved bytes after it, four in all.
fn priority_of(node: Node) -> *mut u32 {
    node.wrapping_byte_add(std::mem::offset_of!(RTL_BALANCED_LINKS, Balance)).cast()
}

/// # Safety
///
/// `node` must be a node.
unsafe fn priority(node: Node) -> u32 {
    // SAFETY: the caller vouches for the node.
    unsafe { priority_of(node).read() }
}

/// # Safety
///
/// `table` must be an initialized table.
unsafe fn root(table: PRTL_AVL_TABLE) -> Node {
    // SAFETY: the caller vouches for the table.
    unsafe { (*table).BalancedRoot.RightChild }
}

/// Where `buffer` is or belongs: the node, or the one it would be a child of, and how it compares with that.
///
/// # Safety
///
/// `table` must be an initialized table.
unsafe fn find(table: PRTL_AVL_TABLE, buffer: PVOID) -> (Node, Ordering) {
    // SAFETY: the caller vouches for the table.
    let mut node = unsafe { root(table) };
    let mut parent = ptr::null_mut();
    let mut order = Ordering::Less;
    while !node.is_null() {
        parent = node;
        // SAFETY: as above; the routine was passed to be called so.
        order = match unsafe { compare(table, buffer, element(node)) } {
            0 => Ordering::Less,
            1 => Ordering::Greater,
            _ => return (node, Ordering::Equal),
        };
        // SAFETY: the node is in the table.
        node = unsafe { if order == Ordering::Less { (*node).LeftChild } else { (*node).RightChild } };
    }
    (parent, order)
}

/// # Safety
///
/// `table` must be an initialized table.
unsafe fn compare(table: PRTL_AVL_TABLE, first: PVOID, second: PVOID) -> i32 {
    // SAFETY: the caller vouches for the table.
    let Some(routine) = (unsafe { (*table).CompareRoutine }) else { return 2 };
    // SAFETY: the driver passed the routine to be called so.
    call::call_back(|| unsafe { routine(table, first, second) })
}

/// The place that points to a node: its parent's link, or the root's.
///
/// # Safety
///
/// `node` must be in the table.
unsafe fn link_to(table: PRTL_AVL_TABLE, node: Node) -> *mut Node {
    // SAFETY: the caller vouches for both.
    unsafe {
        let parent = (*node).Parent;
        if parent == &raw mut (*table).BalancedRoot {
            &raw mut (*table).BalancedRoot.RightChild
        } else if (*parent).LeftChild == node {
            &raw mut (*parent).LeftChild
        } else {
            &raw mut (*parent).RightChild
        }
    }
}

/// Moves a node into its parent's place, and the parent below it.
///
/// # Safety
///
/// `node` must be in the table and not be the root.
unsafe fn rotate_up(table: PRTL_AVL_TABLE, node: Node) {
    // SAFETY: the caller vouches for both.
    unsafe {
        let parent = (*node).Parent;
        let link = link_to(table, parent);
        let between;
        if (*parent).LeftChild == node {
            between = (*node).RightChild;
            (*parent).LeftChild = between;
            (*node).RightChild = parent;
        } else {
            between = (*node).LeftChild;
            (*parent).RightChild = between;
            (*node).LeftChild = parent;
        }
        if !between.is_null() {
            (*between).Parent = parent;
        }
        (*node).Parent = (*parent).Parent;
        (*parent).Parent = node;
        link.write(node);
    }
}

/// # Safety
///
/// `node` must be in a table or null.
unsafe fn leftmost(mut node: Node) -> Node {
    // SAFETY: the caller vouches for the node.
    unsafe {
        while !node.is_null() && !(*node).LeftChild.is_null() {
            node = (*node).LeftChild;
        }
    }
    node
}

/// The node after this one, or null.
///
/// # Safety
///
/// `node` must be in the table.
unsafe fn successor(table: PRTL_AVL_TABLE, mut node: Node) -> Node {
    // SAFETY: the caller vouches for both.
    unsafe {
        if !(*node).RightChild.is_null() {
            return leftmost((*node).RightChild);
        }
        let end = &raw mut (*table).BalancedRoot;
        loop {
            let parent = (*node).Parent;
            if parent == end {
                return ptr::null_mut();
            }
            if (*parent).LeftChild == node {
                return parent;
            }
            node = parent;
        }
    }
}

fn random() -> u32 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static STATE: AtomicU64 = AtomicU64::new(1);
    let value = STATE.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    let value = (value ^ value >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (value >> 32) as u32
}

export! {
    dll "ntoskrnl.exe";

    /// Initializes a table.
    pub unsafe fn RtlInitializeGenericTableAvl(
        Table: PRTL_AVL_TABLE,
        CompareRoutine: PRTL_AVL_COMPARE_ROUTINE,
        AllocateRoutine: PRTL_AVL_ALLOCATE_ROUTINE,
        FreeRoutine: PRTL_AVL_FREE_ROUTINE,
        TableContext: PVOID,
    ) {
        // SAFETY: the driver passes memory for a table; zero is a value of all fields.
        unsafe {
            Table.write_bytes(0, 1);
            (*Table).BalancedRoot.Parent = &raw mut (*Table).BalancedRoot;
            (*Table).CompareRoutine = CompareRoutine;
            (*Table).AllocateRoutine = AllocateRoutine;
            (*Table).FreeRoutine = FreeRoutine;
            (*Table).TableContext = TableContext;
        }
    }

    /// Inserts an element unless an equal one is there; the one that is there then.
    pub unsafe fn RtlInsertElementGenericTableAvl(
        Table: PRTL_AVL_TABLE,
        Buffer: PVOID,
        BufferSize: CLONG,
        NewElement: PBOOLEAN,
    ) -> PVOID {
        // SAFETY: the driver passes an initialized table, an element of the size that it says, and a variable or null.
        unsafe {
            let (near, order) = find(Table, Buffer);
            if !NewElement.is_null() {
                NewElement.write(0);
            }
            if order == Ordering::Equal {
                return element(near);
            }
            let Some(allocate) = (*Table).AllocateRoutine else { return ptr::null_mut() };
            let size = BufferSize + 0x20;
            let node: Node = call::call_back(|| allocate(Table, size)).cast();
            if node.is_null() {
                return ptr::null_mut();
            }
            node.write_bytes(0, 1);
            priority_of(node).write(random());
            ptr::copy_nonoverlapping(Buffer.cast::<u8>(), element(node).cast(), BufferSize as usize);
            let end = &raw mut (*Table).BalancedRoot;
            if near.is_null() {
                (*node).Parent = end;
                (*end).RightChild = node;
            } else {
                (*node).Parent = near;
                if order == Ordering::Less {
                    (*near).LeftChild = node;
                } else {
                    (*near).RightChild = node;
                }
            }
            while (*node).Parent != end && priority((*node).Parent) < priority(node) {
                rotate_up(Table, node);
            }
            (*Table).NumberGenericTableElements += 1;
            if !NewElement.is_null() {
                NewElement.write(1);
            }
            element(node)
        }
    }

    /// Removes an element and frees its memory; whether it was there.
    pub unsafe fn RtlDeleteElementGenericTableAvl(Table: PRTL_AVL_TABLE, Buffer: PVOID) -> BOOLEAN {
        // SAFETY: the driver passes an initialized table.
        unsafe {
            let (node, order) = find(Table, Buffer);
            if order != Ordering::Equal {
                return 0;
            }
            loop {
                let (left, right) = ((*node).LeftChild, (*node).RightChild);
                if left.is_null() && right.is_null() {
                    break;
                }
                let left_first = right.is_null() || !left.is_null() && priority(left) > priority(right);
                rotate_up(Table, if left_first { left } else { right });
            }
            link_to(Table, node).write(ptr::null_mut());
            (*Table).NumberGenericTableElements -= 1;
            (*Table).DeleteCount = (*Table).DeleteCount.wrapping_add(1);
            // What was counted up to may be another element now.
            (*Table).OrderedPointer = ptr::null_mut();
            if let Some(free) = (*Table).FreeRoutine {
                call::call_back(|| free(Table, node.cast()));
            }
            1
        }
    }

    /// The element that is equal, or null.
    pub unsafe fn RtlLookupElementGenericTableAvl(Table: PRTL_AVL_TABLE, Buffer: PVOID) -> PVOID {
        // SAFETY: the driver passes an initialized table.
        match unsafe { find(Table, Buffer) } {
            (node, Ordering::Equal) => element(node),
            _ => ptr::null_mut(),
        }
    }

    /// The element with this number in the order of the table, or null.
    pub unsafe fn RtlGetElementGenericTableAvl(Table: PRTL_AVL_TABLE, I: ULONG) -> PVOID {
        // SAFETY: the driver passes an initialized table.
        unsafe {
            // Drivers ask for one after the other, so it is remembered where the last one was.
            let known: Node = (*Table).OrderedPointer.cast();
            let (mut at, mut node) = match (*Table).WhichOrderedElement {
                at if !known.is_null() && at <= I => (at, known),
                _ => (0, leftmost(root(Table))),
            };
            while at < I && !node.is_null() {
                node = successor(Table, node);
                at += 1;
            }
            if !node.is_null() {
                (*Table).OrderedPointer = node.cast();
                (*Table).WhichOrderedElement = at;
            }
            element(node)
        }
    }

    /// The element after the one the key stands for, the first for a null key; null after the last.
    pub unsafe fn RtlEnumerateGenericTableWithoutSplayingAvl(Table: PRTL_AVL_TABLE, RestartKey: *mut PVOID) -> PVOID {
        // SAFETY: the driver passes an initialized table and the key of an enumeration.
        unsafe {
            let before: Node = RestartKey.read().cast();
            let node = if before.is_null() { leftmost(root(Table)) } else { successor(Table, before) };
            if !node.is_null() {
                RestartKey.write(node.cast());
            }
            element(node)
        }
    }

    /// Whether a table has no elements.
    pub unsafe fn RtlIsGenericTableEmptyAvl(Table: PRTL_AVL_TABLE) -> BOOLEAN {
        // SAFETY: the driver passes an initialized table.
        unsafe { root(Table) }.is_null().into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fltmgr_sys::RTL_AVL_TABLE;

    use super::*;
    use crate::kernel::pool::{self, PoolKind};

    unsafe extern "efiapi" fn by_number(_: PRTL_AVL_TABLE, first: PVOID, second: PVOID) -> i32 {
        // SAFETY: the elements are numbers.
        match unsafe { (first.cast::<u32>().read_unaligned()).cmp(&second.cast::<u32>().read_unaligned()) } {
            Ordering::Less => 0,
            Ordering::Greater => 1,
            Ordering::Equal => 2,
        }
    }

    unsafe extern "efiapi" fn allocate(_: PRTL_AVL_TABLE, size: u32) -> PVOID {
        pool::allocate(PoolKind::Paged, size as usize, 1, false).cast()
    }

    unsafe extern "efiapi" fn free(_: PRTL_AVL_TABLE, buffer: PVOID) {
        // SAFETY: the table says that it is done with the element.
        unsafe { pool::free(buffer.cast(), 1) };
    }

    #[test]
    fn a_table_holds_what_an_ordered_set_does() {
        // SAFETY: the table and its elements are used as their documentation says.
        unsafe {
            let mut table: RTL_AVL_TABLE = std::mem::zeroed();
            let table = &raw mut table;
            RtlInitializeGenericTableAvl(table, Some(by_number), Some(allocate), Some(free), ptr::null_mut());
            let mut model = BTreeSet::new();
            let mut state = 7_u32;
            for _ in 0..if cfg!(miri) { 100 } else { 5000 } {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let mut number = state >> 8 & 0x3F;
                let buffer: PVOID = (&raw mut number).cast();
                if state >> 30 == 0 {
                    assert_eq!(RtlDeleteElementGenericTableAvl(table, buffer) != 0, model.remove(&number));
                } else {
                    let mut new = 9;
                    let element = RtlInsertElementGenericTableAvl(table, buffer, 4, &raw mut new);
                    assert_eq!(element.cast::<u32>().read_unaligned(), number);
                    assert_eq!(new != 0, model.insert(number));
                }
                assert_eq!((*table).NumberGenericTableElements as usize, model.len());
                assert_eq!(RtlLookupElementGenericTableAvl(table, buffer).is_null(), !model.contains(&number));
            }
            for (index, number) in model.iter().enumerate() {
                let element = RtlGetElementGenericTableAvl(table, u32::try_from(index).unwrap());
                assert_eq!(element.cast::<u32>().read_unaligned(), *number);
            }
            let mut key = ptr::null_mut();
            for number in &model {
                let element = RtlEnumerateGenericTableWithoutSplayingAvl(table, &raw mut key);
                assert_eq!(element.cast::<u32>().read_unaligned(), *number);
            }
            assert!(RtlEnumerateGenericTableWithoutSplayingAvl(table, &raw mut key).is_null());
            for mut number in model {
                RtlDeleteElementGenericTableAvl(table, (&raw mut number).cast());
            }
            assert_eq!(RtlIsGenericTableEmptyAvl(table), 1);
        }
    }
}
