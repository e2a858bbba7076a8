//! Pool: none of it can be executed.

use crate::each_x64;
use xtask::image::pool::{self, Allocation};

/// PagedPool and NonPagedPoolNx of POOL_TYPE. The kernel's paged pool is not executable either; NonPagedPool is.
const NOT_EXECUTABLE: [u32; 2] = [1, 512];

#[test]
fn every_allocation_is_of_pool_that_cannot_be_executed() {
    let mut found = 0;
    each_x64(|image| {
        for Allocation { function, routine, pool_type } in pool::allocations(image).expect("code that can be followed")
        {
            let pool_type =
                pool_type.unwrap_or_else(|| panic!("{function} calls {routine} with a type that it computes"));
            assert!(NOT_EXECUTABLE.contains(&pool_type), "{function} calls {routine} for pool of type {pool_type}");
            found += 1;
        }
    });
    assert!(found > 0, "fileguard allocates");
}
