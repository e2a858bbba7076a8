#[repr(C)]
#[derive(Copy, Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct __BindgenBitfieldUnit<Storage> {
    storage: Storage,
}
impl<Storage> __BindgenBitfieldUnit<Storage> {
    #[inline]
    pub const fn new(storage: Storage) -> Self {
        Self { storage }
    }
}
impl<Storage> __BindgenBitfieldUnit<Storage>
where
    Storage: AsRef<[u8]> + AsMut<[u8]>,
{
    #[inline]
    fn extract_bit(byte: u8, index: usize) -> bool {
        let bit_index = if cfg!(target_endian = "big") { 7 - (index % 8) } else { index % 8 };
        let mask = 1 << bit_index;
        byte & mask == mask
    }
    #[inline]
    pub fn get_bit(&self, index: usize) -> bool {
        debug_assert!(index / 8 < self.storage.as_ref().len());
        let byte_index = index / 8;
        let byte = self.storage.as_ref()[byte_index];
        Self::extract_bit(byte, index)
    }
    #[inline]
    pub unsafe fn raw_get_bit(this: *const Self, index: usize) -> bool {
        debug_assert!(index / 8 < core::mem::size_of::<Storage>());
        let byte_index = index / 8;
        let byte = unsafe { *(core::ptr::addr_of!((*this).storage) as *const u8).offset(byte_index as isize) };
        Self::extract_bit(byte, index)
    }
    #[inline]
    fn change_bit(byte: u8, index: usize, val: bool) -> u8 {
        let bit_index = if cfg!(target_endian = "big") { 7 - (index % 8) } else { index % 8 };
        let mask = 1 << bit_index;
        if val { byte | mask } else { byte & !mask }
    }
    #[inline]
    pub fn set_bit(&mut self, index: usize, val: bool) {
        debug_assert!(index / 8 < self.storage.as_ref().len());
        let byte_index = index / 8;
        let byte = &mut self.storage.as_mut()[byte_index];
        *byte = Self::change_bit(*byte, index, val);
    }
    #[inline]
    pub unsafe fn raw_set_bit(this: *mut Self, index: usize, val: bool) {
        debug_assert!(index / 8 < core::mem::size_of::<Storage>());
        let byte_index = index / 8;
        let byte = unsafe { (core::ptr::addr_of_mut!((*this).storage) as *mut u8).offset(byte_index as isize) };
        unsafe { *byte = Self::change_bit(*byte, index, val) };
    }
    #[inline]
    pub fn get(&self, bit_offset: usize, bit_width: u8) -> u64 {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < self.storage.as_ref().len());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= self.storage.as_ref().len());
        if bit_width == 0 {
            return 0;
        }
        let mut val = 0u64;
        let storage = self.storage.as_ref();
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        if cfg!(target_endian = "big") {
            for i in 0..bytes_needed {
                val |= (storage[start_byte + i].reverse_bits() as u64) << (i * 8);
            }
        } else {
            for i in 0..bytes_needed {
                val |= (storage[start_byte + i] as u64) << (i * 8);
            }
        }
        val >>= bit_shift;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        val
    }
    #[inline]
    pub unsafe fn raw_get(this: *const Self, bit_offset: usize, bit_width: u8) -> u64 {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < core::mem::size_of::<Storage>());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= core::mem::size_of::<Storage>());
        if bit_width == 0 {
            return 0;
        }
        let mut val = 0u64;
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        let storage_ptr = unsafe { core::ptr::addr_of!((*this).storage) as *const u8 };
        if cfg!(target_endian = "big") {
            for i in 0..bytes_needed {
                let byte = unsafe { *storage_ptr.add(start_byte + i) };
                val |= (byte.reverse_bits() as u64) << (i * 8);
            }
        } else {
            for i in 0..bytes_needed {
                let byte = unsafe { *storage_ptr.add(start_byte + i) };
                val |= (byte as u64) << (i * 8);
            }
        }
        val >>= bit_shift;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        val
    }
    #[inline]
    pub fn set(&mut self, bit_offset: usize, bit_width: u8, val: u64) {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < self.storage.as_ref().len());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= self.storage.as_ref().len());
        if bit_width == 0 {
            return;
        }
        let mut val = val;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        let storage = self.storage.as_mut();
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        val <<= bit_shift;
        let field_mask = if bit_width as usize + bit_shift >= 64 {
            !0u64 << bit_shift
        } else {
            ((1u64 << bit_width) - 1) << bit_shift
        };
        for i in 0..bytes_needed {
            let byte_val = (val >> (i * 8)) as u8;
            let byte_mask = (field_mask >> (i * 8)) as u8;
            if cfg!(target_endian = "big") {
                let byte = storage[start_byte + i].reverse_bits();
                let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                storage[start_byte + i] = new_byte.reverse_bits();
            } else {
                storage[start_byte + i] = (storage[start_byte + i] & !byte_mask) | (byte_val & byte_mask);
            }
        }
    }
    #[inline]
    pub unsafe fn raw_set(this: *mut Self, bit_offset: usize, bit_width: u8, val: u64) {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < core::mem::size_of::<Storage>());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= core::mem::size_of::<Storage>());
        if bit_width == 0 {
            return;
        }
        let mut val = val;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        val <<= bit_shift;
        let field_mask = if bit_width as usize + bit_shift >= 64 {
            !0u64 << bit_shift
        } else {
            ((1u64 << bit_width) - 1) << bit_shift
        };
        let storage_ptr = unsafe { core::ptr::addr_of_mut!((*this).storage) as *mut u8 };
        for i in 0..bytes_needed {
            let byte_val = (val >> (i * 8)) as u8;
            let byte_mask = (field_mask >> (i * 8)) as u8;
            let byte_ptr = unsafe { storage_ptr.add(start_byte + i) };
            if cfg!(target_endian = "big") {
                let byte = unsafe { (*byte_ptr).reverse_bits() };
                let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                unsafe { *byte_ptr = new_byte.reverse_bits() };
            } else {
                unsafe { *byte_ptr = (*byte_ptr & !byte_mask) | (byte_val & byte_mask) };
            }
        }
    }
}
#[doc = " Const-generic methods for efficient bitfield access when offset and width"]
#[doc = " are known at compile time."]
impl<const N: usize> __BindgenBitfieldUnit<[u8; N]> {
    #[doc = " Get a field using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub const fn get_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(&self) -> u64 {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return 0;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = 0usize;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i].reverse_bits() as usize) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i] as usize) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val as u64
        } else {
            let mut val = 0u64;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i].reverse_bits() as u64) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i] as u64) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val
        }
    }
    #[doc = " Set a field using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub fn set_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(&mut self, val: u64) {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = val as usize;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= usize::BITS as usize {
                !0usize << bit_shift
            } else {
                ((1usize << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                if cfg!(target_endian = "big") {
                    let byte = self.storage[start_byte + i].reverse_bits();
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    self.storage[start_byte + i] = new_byte.reverse_bits();
                } else {
                    self.storage[start_byte + i] = (self.storage[start_byte + i] & !byte_mask) | (byte_val & byte_mask);
                }
                i += 1;
            }
        } else {
            let mut val = val;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= 64 {
                !0u64 << bit_shift
            } else {
                ((1u64 << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                if cfg!(target_endian = "big") {
                    let byte = self.storage[start_byte + i].reverse_bits();
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    self.storage[start_byte + i] = new_byte.reverse_bits();
                } else {
                    self.storage[start_byte + i] = (self.storage[start_byte + i] & !byte_mask) | (byte_val & byte_mask);
                }
                i += 1;
            }
        }
    }
    #[doc = " Raw pointer get using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub const unsafe fn raw_get_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(this: *const Self) -> u64 {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return 0;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        let storage_ptr = unsafe { core::ptr::addr_of!((*this).storage) as *const u8 };
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = 0usize;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte.reverse_bits() as usize) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte as usize) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val as u64
        } else {
            let mut val = 0u64;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte.reverse_bits() as u64) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte as u64) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val
        }
    }
    #[doc = " Raw pointer set using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub unsafe fn raw_set_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(this: *mut Self, val: u64) {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        let storage_ptr = this.cast::<[u8; N]>().cast::<u8>();
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = val as usize;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= usize::BITS as usize {
                !0usize << bit_shift
            } else {
                ((1usize << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                let byte_ptr = unsafe { storage_ptr.add(start_byte + i) };
                if cfg!(target_endian = "big") {
                    let byte = unsafe { (*byte_ptr).reverse_bits() };
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    unsafe { *byte_ptr = new_byte.reverse_bits() };
                } else {
                    unsafe { *byte_ptr = (*byte_ptr & !byte_mask) | (byte_val & byte_mask) };
                }
                i += 1;
            }
        } else {
            let mut val = val;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= 64 {
                !0u64 << bit_shift
            } else {
                ((1u64 << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                let byte_ptr = unsafe { storage_ptr.add(start_byte + i) };
                if cfg!(target_endian = "big") {
                    let byte = unsafe { (*byte_ptr).reverse_bits() };
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    unsafe { *byte_ptr = new_byte.reverse_bits() };
                } else {
                    unsafe { *byte_ptr = (*byte_ptr & !byte_mask) | (byte_val & byte_mask) };
                }
                i += 1;
            }
        }
    }
}
pub const FILE_READ_DATA: u32 = 1;
pub const FILE_LIST_DIRECTORY: u32 = 1;
pub const FILE_WRITE_DATA: u32 = 2;
pub const FILE_ADD_FILE: u32 = 2;
pub const FILE_APPEND_DATA: u32 = 4;
pub const FILE_ADD_SUBDIRECTORY: u32 = 4;
pub const FILE_CREATE_PIPE_INSTANCE: u32 = 4;
pub const FILE_READ_EA: u32 = 8;
pub const FILE_WRITE_EA: u32 = 16;
pub const FILE_EXECUTE: u32 = 32;
pub const FILE_TRAVERSE: u32 = 32;
pub const FILE_DELETE_CHILD: u32 = 64;
pub const FILE_READ_ATTRIBUTES: u32 = 128;
pub const FILE_WRITE_ATTRIBUTES: u32 = 256;
pub const FILE_ALL_ACCESS: u32 = 2032127;
pub const FILE_GENERIC_READ: u32 = 1179785;
pub const FILE_GENERIC_WRITE: u32 = 1179926;
pub const FILE_GENERIC_EXECUTE: u32 = 1179808;
pub const DELETE: u32 = 65536;
pub const READ_CONTROL: u32 = 131072;
pub const WRITE_DAC: u32 = 262144;
pub const WRITE_OWNER: u32 = 524288;
pub const SYNCHRONIZE: u32 = 1048576;
pub const STANDARD_RIGHTS_REQUIRED: u32 = 983040;
pub const STANDARD_RIGHTS_READ: u32 = 131072;
pub const STANDARD_RIGHTS_WRITE: u32 = 131072;
pub const STANDARD_RIGHTS_EXECUTE: u32 = 131072;
pub const STANDARD_RIGHTS_ALL: u32 = 2031616;
pub const SPECIFIC_RIGHTS_ALL: u32 = 65535;
pub const ACCESS_SYSTEM_SECURITY: u32 = 16777216;
pub const MAXIMUM_ALLOWED: u32 = 33554432;
pub const GENERIC_READ: u32 = 2147483648;
pub const GENERIC_WRITE: u32 = 1073741824;
pub const GENERIC_EXECUTE: u32 = 536870912;
pub const GENERIC_ALL: u32 = 268435456;
pub const FILE_SHARE_READ: u32 = 1;
pub const FILE_SHARE_WRITE: u32 = 2;
pub const FILE_SHARE_DELETE: u32 = 4;
pub const FILE_SHARE_VALID_FLAGS: u32 = 7;
pub const FILE_ATTRIBUTE_READONLY: u32 = 1;
pub const FILE_ATTRIBUTE_HIDDEN: u32 = 2;
pub const FILE_ATTRIBUTE_SYSTEM: u32 = 4;
pub const FILE_ATTRIBUTE_DIRECTORY: u32 = 16;
pub const FILE_ATTRIBUTE_ARCHIVE: u32 = 32;
pub const FILE_ATTRIBUTE_DEVICE: u32 = 64;
pub const FILE_ATTRIBUTE_NORMAL: u32 = 128;
pub const FILE_ATTRIBUTE_TEMPORARY: u32 = 256;
pub const FILE_ATTRIBUTE_SPARSE_FILE: u32 = 512;
pub const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 1024;
pub const FILE_ATTRIBUTE_COMPRESSED: u32 = 2048;
pub const FILE_ATTRIBUTE_OFFLINE: u32 = 4096;
pub const FILE_ATTRIBUTE_NOT_CONTENT_INDEXED: u32 = 8192;
pub const FILE_ATTRIBUTE_ENCRYPTED: u32 = 16384;
pub const FILE_ATTRIBUTE_INTEGRITY_STREAM: u32 = 32768;
pub const FILE_ATTRIBUTE_VIRTUAL: u32 = 65536;
pub const FILE_ATTRIBUTE_NO_SCRUB_DATA: u32 = 131072;
pub const FILE_ATTRIBUTE_EA: u32 = 262144;
pub const FILE_ATTRIBUTE_RECALL_ON_OPEN: u32 = 262144;
pub const FILE_ATTRIBUTE_PINNED: u32 = 524288;
pub const FILE_ATTRIBUTE_UNPINNED: u32 = 1048576;
pub const FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS: u32 = 4194304;
pub const FILE_ATTRIBUTE_STRICTLY_SEQUENTIAL: u32 = 536870912;
pub const FILE_SUPERSEDE: u32 = 0;
pub const FILE_OPEN: u32 = 1;
pub const FILE_CREATE: u32 = 2;
pub const FILE_OPEN_IF: u32 = 3;
pub const FILE_OVERWRITE: u32 = 4;
pub const FILE_OVERWRITE_IF: u32 = 5;
pub const FILE_MAXIMUM_DISPOSITION: u32 = 5;
pub const FILE_SUPERSEDED: u32 = 0;
pub const FILE_OPENED: u32 = 1;
pub const FILE_CREATED: u32 = 2;
pub const FILE_OVERWRITTEN: u32 = 3;
pub const FILE_EXISTS: u32 = 4;
pub const FILE_DOES_NOT_EXIST: u32 = 5;
pub const FILE_DIRECTORY_FILE: u32 = 1;
pub const FILE_WRITE_THROUGH: u32 = 2;
pub const FILE_SEQUENTIAL_ONLY: u32 = 4;
pub const FILE_NO_INTERMEDIATE_BUFFERING: u32 = 8;
pub const FILE_SYNCHRONOUS_IO_ALERT: u32 = 16;
pub const FILE_SYNCHRONOUS_IO_NONALERT: u32 = 32;
pub const FILE_NON_DIRECTORY_FILE: u32 = 64;
pub const FILE_CREATE_TREE_CONNECTION: u32 = 128;
pub const FILE_COMPLETE_IF_OPLOCKED: u32 = 256;
pub const FILE_NO_EA_KNOWLEDGE: u32 = 512;
pub const FILE_OPEN_REMOTE_INSTANCE: u32 = 1024;
pub const FILE_RANDOM_ACCESS: u32 = 2048;
pub const FILE_DELETE_ON_CLOSE: u32 = 4096;
pub const FILE_OPEN_BY_FILE_ID: u32 = 8192;
pub const FILE_OPEN_FOR_BACKUP_INTENT: u32 = 16384;
pub const FILE_NO_COMPRESSION: u32 = 32768;
pub const FILE_OPEN_REQUIRING_OPLOCK: u32 = 65536;
pub const FILE_DISALLOW_EXCLUSIVE: u32 = 131072;
pub const FILE_SESSION_AWARE: u32 = 262144;
pub const FILE_RESERVE_OPFILTER: u32 = 1048576;
pub const FILE_OPEN_REPARSE_POINT: u32 = 2097152;
pub const FILE_OPEN_NO_RECALL: u32 = 4194304;
pub const FILE_OPEN_FOR_FREE_SPACE_QUERY: u32 = 8388608;
pub const FILE_VALID_OPTION_FLAGS: u32 = 16777215;
pub const FILE_WRITE_TO_END_OF_FILE: u32 = 4294967295;
pub const FILE_USE_FILE_POINTER_POSITION: u32 = 4294967294;
pub const FILE_PIPE_MESSAGE_TYPE: u32 = 1;
pub const FILE_PIPE_REJECT_REMOTE_CLIENTS: u32 = 2;
pub const FILE_PIPE_MESSAGE_MODE: u32 = 1;
pub const FILE_PIPE_COMPLETE_OPERATION: u32 = 1;
pub const OWNER_SECURITY_INFORMATION: u32 = 1;
pub const GROUP_SECURITY_INFORMATION: u32 = 2;
pub const DACL_SECURITY_INFORMATION: u32 = 4;
pub const SACL_SECURITY_INFORMATION: u32 = 8;
pub const LABEL_SECURITY_INFORMATION: u32 = 16;
pub const ATTRIBUTE_SECURITY_INFORMATION: u32 = 32;
pub const SCOPE_SECURITY_INFORMATION: u32 = 64;
pub const BACKUP_SECURITY_INFORMATION: u32 = 65536;
pub const FILE_NOTIFY_CHANGE_FILE_NAME: u32 = 1;
pub const FILE_NOTIFY_CHANGE_DIR_NAME: u32 = 2;
pub const FILE_NOTIFY_CHANGE_NAME: u32 = 3;
pub const FILE_NOTIFY_CHANGE_ATTRIBUTES: u32 = 4;
pub const FILE_NOTIFY_CHANGE_SIZE: u32 = 8;
pub const FILE_NOTIFY_CHANGE_LAST_WRITE: u32 = 16;
pub const FILE_NOTIFY_CHANGE_LAST_ACCESS: u32 = 32;
pub const FILE_NOTIFY_CHANGE_CREATION: u32 = 64;
pub const FILE_NOTIFY_CHANGE_EA: u32 = 128;
pub const FILE_NOTIFY_CHANGE_SECURITY: u32 = 256;
pub const FILE_NOTIFY_CHANGE_STREAM_NAME: u32 = 512;
pub const FILE_NOTIFY_CHANGE_STREAM_SIZE: u32 = 1024;
pub const FILE_NOTIFY_CHANGE_STREAM_WRITE: u32 = 2048;
pub const FILE_NOTIFY_VALID_MASK: u32 = 4095;
pub const FILE_ACTION_ADDED: u32 = 1;
pub const FILE_ACTION_REMOVED: u32 = 2;
pub const FILE_ACTION_MODIFIED: u32 = 3;
pub const FILE_ACTION_RENAMED_OLD_NAME: u32 = 4;
pub const FILE_ACTION_RENAMED_NEW_NAME: u32 = 5;
pub const FILE_ACTION_ADDED_STREAM: u32 = 6;
pub const FILE_ACTION_REMOVED_STREAM: u32 = 7;
pub const FILE_ACTION_MODIFIED_STREAM: u32 = 8;
pub const FILE_ACTION_REMOVED_BY_DELETE: u32 = 9;
pub const FILE_ACTION_ID_NOT_TUNNELLED: u32 = 10;
pub const FILE_ACTION_TUNNELLED_ID_COLLISION: u32 = 11;
pub const IRP_MJ_CREATE: u32 = 0;
pub const IRP_MJ_CREATE_NAMED_PIPE: u32 = 1;
pub const IRP_MJ_CLOSE: u32 = 2;
pub const IRP_MJ_READ: u32 = 3;
pub const IRP_MJ_WRITE: u32 = 4;
pub const IRP_MJ_QUERY_INFORMATION: u32 = 5;
pub const IRP_MJ_SET_INFORMATION: u32 = 6;
pub const IRP_MJ_QUERY_EA: u32 = 7;
pub const IRP_MJ_SET_EA: u32 = 8;
pub const IRP_MJ_FLUSH_BUFFERS: u32 = 9;
pub const IRP_MJ_QUERY_VOLUME_INFORMATION: u32 = 10;
pub const IRP_MJ_SET_VOLUME_INFORMATION: u32 = 11;
pub const IRP_MJ_DIRECTORY_CONTROL: u32 = 12;
pub const IRP_MJ_FILE_SYSTEM_CONTROL: u32 = 13;
pub const IRP_MJ_DEVICE_CONTROL: u32 = 14;
pub const IRP_MJ_INTERNAL_DEVICE_CONTROL: u32 = 15;
pub const IRP_MJ_SHUTDOWN: u32 = 16;
pub const IRP_MJ_LOCK_CONTROL: u32 = 17;
pub const IRP_MJ_CLEANUP: u32 = 18;
pub const IRP_MJ_CREATE_MAILSLOT: u32 = 19;
pub const IRP_MJ_QUERY_SECURITY: u32 = 20;
pub const IRP_MJ_SET_SECURITY: u32 = 21;
pub const IRP_MJ_POWER: u32 = 22;
pub const IRP_MJ_SYSTEM_CONTROL: u32 = 23;
pub const IRP_MJ_DEVICE_CHANGE: u32 = 24;
pub const IRP_MJ_QUERY_QUOTA: u32 = 25;
pub const IRP_MJ_SET_QUOTA: u32 = 26;
pub const IRP_MJ_PNP: u32 = 27;
pub const IRP_MJ_OPERATION_END: u32 = 128;
pub const IRP_MJ_VOLUME_DISMOUNT: u32 = 236;
pub const IRP_MJ_VOLUME_MOUNT: u32 = 237;
pub const IRP_MJ_MDL_WRITE_COMPLETE: u32 = 238;
pub const IRP_MJ_PREPARE_MDL_WRITE: u32 = 239;
pub const IRP_MJ_MDL_READ_COMPLETE: u32 = 240;
pub const IRP_MJ_MDL_READ: u32 = 241;
pub const IRP_MJ_NETWORK_QUERY_OPEN: u32 = 242;
pub const IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE: u32 = 243;
pub const IRP_MJ_QUERY_OPEN: u32 = 249;
pub const IRP_MJ_RELEASE_FOR_CC_FLUSH: u32 = 250;
pub const IRP_MJ_ACQUIRE_FOR_CC_FLUSH: u32 = 251;
pub const IRP_MJ_RELEASE_FOR_MOD_WRITE: u32 = 252;
pub const IRP_MJ_ACQUIRE_FOR_MOD_WRITE: u32 = 253;
pub const IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION: u32 = 254;
pub const IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION: u32 = 255;
pub const IRP_MN_QUERY_DIRECTORY: u32 = 1;
pub const IRP_MN_NOTIFY_CHANGE_DIRECTORY: u32 = 2;
pub const IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX: u32 = 3;
pub const IRP_MN_USER_FS_REQUEST: u32 = 0;
pub const IRP_MN_MOUNT_VOLUME: u32 = 1;
pub const IRP_MN_VERIFY_VOLUME: u32 = 2;
pub const IRP_MN_LOAD_FILE_SYSTEM: u32 = 3;
pub const IRP_MN_TRACK_LINK: u32 = 4;
pub const IRP_MN_KERNEL_CALL: u32 = 4;
pub const IRP_MN_LOCK: u32 = 1;
pub const IRP_MN_UNLOCK_SINGLE: u32 = 2;
pub const IRP_MN_UNLOCK_ALL: u32 = 3;
pub const IRP_MN_UNLOCK_ALL_BY_KEY: u32 = 4;
pub const IRP_MN_FLUSH_AND_PURGE: u32 = 1;
pub const IRP_MN_FLUSH_DATA_ONLY: u32 = 2;
pub const IRP_MN_FLUSH_NO_SYNC: u32 = 3;
pub const IRP_MN_FLUSH_DATA_SYNC_ONLY: u32 = 4;
pub const IRP_MN_NORMAL: u32 = 0;
pub const IRP_MN_DPC: u32 = 1;
pub const IRP_MN_MDL: u32 = 2;
pub const IRP_MN_COMPLETE: u32 = 4;
pub const IRP_MN_COMPRESSED: u32 = 8;
pub const IRP_MN_MDL_DPC: u32 = 3;
pub const IRP_MN_COMPLETE_MDL: u32 = 6;
pub const IRP_MN_COMPLETE_MDL_DPC: u32 = 7;
pub const IRP_MN_START_DEVICE: u32 = 0;
pub const IRP_MN_QUERY_REMOVE_DEVICE: u32 = 1;
pub const IRP_MN_REMOVE_DEVICE: u32 = 2;
pub const IRP_MN_CANCEL_REMOVE_DEVICE: u32 = 3;
pub const IRP_MN_STOP_DEVICE: u32 = 4;
pub const IRP_MN_QUERY_STOP_DEVICE: u32 = 5;
pub const IRP_MN_CANCEL_STOP_DEVICE: u32 = 6;
pub const IRP_MN_QUERY_DEVICE_RELATIONS: u32 = 7;
pub const IRP_MN_QUERY_INTERFACE: u32 = 8;
pub const IRP_MN_QUERY_CAPABILITIES: u32 = 9;
pub const IRP_MN_DEVICE_USAGE_NOTIFICATION: u32 = 22;
pub const IRP_MN_SURPRISE_REMOVAL: u32 = 23;
pub const IRP_MN_QUERY_ALL_DATA: u32 = 0;
pub const IRP_MN_QUERY_SINGLE_INSTANCE: u32 = 1;
pub const IRP_MN_CHANGE_SINGLE_INSTANCE: u32 = 2;
pub const IRP_MN_CHANGE_SINGLE_ITEM: u32 = 3;
pub const IRP_MN_ENABLE_EVENTS: u32 = 4;
pub const IRP_MN_DISABLE_EVENTS: u32 = 5;
pub const IRP_MN_ENABLE_COLLECTION: u32 = 6;
pub const IRP_MN_DISABLE_COLLECTION: u32 = 7;
pub const IRP_MN_REGINFO: u32 = 8;
pub const IRP_MN_EXECUTE_METHOD: u32 = 9;
pub const IRP_MN_REGINFO_EX: u32 = 11;
pub const IRP_NOCACHE: u32 = 1;
pub const IRP_PAGING_IO: u32 = 2;
pub const IRP_MOUNT_COMPLETION: u32 = 2;
pub const IRP_SYNCHRONOUS_API: u32 = 4;
pub const IRP_ASSOCIATED_IRP: u32 = 8;
pub const IRP_BUFFERED_IO: u32 = 16;
pub const IRP_DEALLOCATE_BUFFER: u32 = 32;
pub const IRP_INPUT_OPERATION: u32 = 64;
pub const IRP_SYNCHRONOUS_PAGING_IO: u32 = 64;
pub const IRP_CREATE_OPERATION: u32 = 128;
pub const IRP_READ_OPERATION: u32 = 256;
pub const IRP_WRITE_OPERATION: u32 = 512;
pub const IRP_CLOSE_OPERATION: u32 = 1024;
pub const IRP_DEFER_IO_COMPLETION: u32 = 2048;
pub const IRP_OB_QUERY_NAME: u32 = 4096;
pub const IRP_HOLD_DEVICE_QUEUE: u32 = 8192;
pub const IRP_UM_DRIVER_INITIATED_IO: u32 = 4194304;
pub const SL_PENDING_RETURNED: u32 = 1;
pub const SL_ERROR_RETURNED: u32 = 2;
pub const SL_INVOKE_ON_CANCEL: u32 = 32;
pub const SL_INVOKE_ON_SUCCESS: u32 = 64;
pub const SL_INVOKE_ON_ERROR: u32 = 128;
pub const SL_FORCE_ACCESS_CHECK: u32 = 1;
pub const SL_OPEN_PAGING_FILE: u32 = 2;
pub const SL_OPEN_TARGET_DIRECTORY: u32 = 4;
pub const SL_STOP_ON_SYMLINK: u32 = 8;
pub const SL_IGNORE_READONLY_ATTRIBUTE: u32 = 64;
pub const SL_CASE_SENSITIVE: u32 = 128;
pub const SL_KEY_SPECIFIED: u32 = 1;
pub const SL_OVERRIDE_VERIFY_VOLUME: u32 = 2;
pub const SL_WRITE_THROUGH: u32 = 4;
pub const SL_FT_SEQUENTIAL_WRITE: u32 = 8;
pub const SL_FORCE_DIRECT_WRITE: u32 = 16;
pub const SL_REALTIME_STREAM: u32 = 32;
pub const SL_READ_ACCESS_GRANTED: u32 = 1;
pub const SL_WRITE_ACCESS_GRANTED: u32 = 4;
pub const SL_FAIL_IMMEDIATELY: u32 = 1;
pub const SL_EXCLUSIVE_LOCK: u32 = 2;
pub const SL_QUERY_DIRECTORY_MASK: u32 = 27;
pub const SL_RESTART_SCAN: u32 = 1;
pub const SL_RETURN_SINGLE_ENTRY: u32 = 2;
pub const SL_INDEX_SPECIFIED: u32 = 4;
pub const SL_RETURN_ON_DISK_ENTRIES_ONLY: u32 = 8;
pub const SL_NO_CURSOR_UPDATE_QUERY: u32 = 16;
pub const SL_WATCH_TREE: u32 = 1;
pub const SL_ALLOW_RAW_MOUNT: u32 = 1;
pub const SL_BYPASS_ACCESS_CHECK: u32 = 1;
pub const SL_INFO_FORCE_ACCESS_CHECK: u32 = 1;
pub const SL_INFO_IGNORE_READONLY_ATTRIBUTE: u32 = 64;
pub const FO_FILE_OPEN: u32 = 1;
pub const FO_SYNCHRONOUS_IO: u32 = 2;
pub const FO_ALERTABLE_IO: u32 = 4;
pub const FO_NO_INTERMEDIATE_BUFFERING: u32 = 8;
pub const FO_WRITE_THROUGH: u32 = 16;
pub const FO_SEQUENTIAL_ONLY: u32 = 32;
pub const FO_CACHE_SUPPORTED: u32 = 64;
pub const FO_NAMED_PIPE: u32 = 128;
pub const FO_STREAM_FILE: u32 = 256;
pub const FO_MAILSLOT: u32 = 512;
pub const FO_GENERATE_AUDIT_ON_CLOSE: u32 = 1024;
pub const FO_QUEUE_IRP_TO_THREAD: u32 = 1024;
pub const FO_DIRECT_DEVICE_OPEN: u32 = 2048;
pub const FO_FILE_MODIFIED: u32 = 4096;
pub const FO_FILE_SIZE_CHANGED: u32 = 8192;
pub const FO_CLEANUP_COMPLETE: u32 = 16384;
pub const FO_TEMPORARY_FILE: u32 = 32768;
pub const FO_DELETE_ON_CLOSE: u32 = 65536;
pub const FO_OPENED_CASE_SENSITIVE: u32 = 131072;
pub const FO_HANDLE_CREATED: u32 = 262144;
pub const FO_FILE_FAST_IO_READ: u32 = 524288;
pub const FO_RANDOM_ACCESS: u32 = 1048576;
pub const FO_FILE_OPEN_CANCELLED: u32 = 2097152;
pub const FO_VOLUME_OPEN: u32 = 4194304;
pub const FO_BYPASS_IO_ENABLED: u32 = 8388608;
pub const FO_REMOTE_ORIGIN: u32 = 16777216;
pub const FO_DISALLOW_EXCLUSIVE: u32 = 33554432;
pub const FO_SKIP_COMPLETION_PORT: u32 = 33554432;
pub const FO_SKIP_SET_EVENT: u32 = 67108864;
pub const FO_SKIP_SET_FAST_IO: u32 = 134217728;
pub const FO_INDIRECT_WAIT_OBJECT: u32 = 268435456;
pub const FO_SECTION_MINSTORE_TREATMENT: u32 = 536870912;
pub const FILE_DEVICE_CD_ROM: u32 = 2;
pub const FILE_DEVICE_CD_ROM_FILE_SYSTEM: u32 = 3;
pub const FILE_DEVICE_DISK: u32 = 7;
pub const FILE_DEVICE_DISK_FILE_SYSTEM: u32 = 8;
pub const FILE_DEVICE_FILE_SYSTEM: u32 = 9;
pub const FILE_DEVICE_MAILSLOT: u32 = 12;
pub const FILE_DEVICE_NAMED_PIPE: u32 = 17;
pub const FILE_DEVICE_NETWORK: u32 = 18;
pub const FILE_DEVICE_NETWORK_FILE_SYSTEM: u32 = 20;
pub const FILE_DEVICE_NULL: u32 = 21;
pub const FILE_DEVICE_UNKNOWN: u32 = 34;
pub const FILE_DEVICE_VIRTUAL_DISK: u32 = 36;
pub const FILE_DEVICE_DFS_FILE_SYSTEM: u32 = 53;
pub const FILE_DEVICE_MASS_STORAGE: u32 = 45;
pub const FILE_REMOVABLE_MEDIA: u32 = 1;
pub const FILE_READ_ONLY_DEVICE: u32 = 2;
pub const FILE_FLOPPY_DISKETTE: u32 = 4;
pub const FILE_WRITE_ONCE_MEDIA: u32 = 8;
pub const FILE_REMOTE_DEVICE: u32 = 16;
pub const FILE_DEVICE_IS_MOUNTED: u32 = 32;
pub const FILE_VIRTUAL_VOLUME: u32 = 64;
pub const FILE_AUTOGENERATED_DEVICE_NAME: u32 = 128;
pub const FILE_DEVICE_SECURE_OPEN: u32 = 256;
pub const DO_VERIFY_VOLUME: u32 = 2;
pub const DO_BUFFERED_IO: u32 = 4;
pub const DO_EXCLUSIVE: u32 = 8;
pub const DO_DIRECT_IO: u32 = 16;
pub const DO_MAP_IO_BUFFER: u32 = 32;
pub const DO_DEVICE_HAS_NAME: u32 = 64;
pub const DO_DEVICE_INITIALIZING: u32 = 128;
pub const DO_SYSTEM_BOOT_PARTITION: u32 = 256;
pub const DO_LONG_TERM_REQUESTS: u32 = 512;
pub const DO_NEVER_LAST_DEVICE: u32 = 1024;
pub const DO_SHUTDOWN_REGISTERED: u32 = 2048;
pub const DO_BUS_ENUMERATED_DEVICE: u32 = 4096;
pub const DO_POWER_PAGABLE: u32 = 8192;
pub const DO_POWER_INRUSH: u32 = 16384;
pub const DO_LOW_PRIORITY_FILESYSTEM: u32 = 65536;
pub const DO_SUPPORTS_PERSISTENT_ACLS: u32 = 131072;
pub const DO_SUPPORTS_TRANSACTIONS: u32 = 262144;
pub const DO_FORCE_NEITHER_IO: u32 = 524288;
pub const DO_VOLUME_DEVICE_OBJECT: u32 = 1048576;
pub const DO_SYSTEM_SYSTEM_PARTITION: u32 = 2097152;
pub const DO_SYSTEM_CRITICAL_PARTITION: u32 = 4194304;
pub const DO_DISALLOW_EXECUTE: u32 = 8388608;
pub const METHOD_BUFFERED: u32 = 0;
pub const METHOD_IN_DIRECT: u32 = 1;
pub const METHOD_OUT_DIRECT: u32 = 2;
pub const METHOD_NEITHER: u32 = 3;
pub const FILE_ANY_ACCESS: u32 = 0;
pub const FILE_READ_ACCESS: u32 = 1;
pub const FILE_WRITE_ACCESS: u32 = 2;
pub const FSCTL_REQUEST_OPLOCK_LEVEL_1: u32 = 589824;
pub const FSCTL_REQUEST_OPLOCK_LEVEL_2: u32 = 589828;
pub const FSCTL_REQUEST_BATCH_OPLOCK: u32 = 589832;
pub const FSCTL_OPLOCK_BREAK_ACKNOWLEDGE: u32 = 589836;
pub const FSCTL_OPBATCH_ACK_CLOSE_PENDING: u32 = 589840;
pub const FSCTL_OPLOCK_BREAK_NOTIFY: u32 = 589844;
pub const FSCTL_LOCK_VOLUME: u32 = 589848;
pub const FSCTL_UNLOCK_VOLUME: u32 = 589852;
pub const FSCTL_DISMOUNT_VOLUME: u32 = 589856;
pub const FSCTL_IS_VOLUME_MOUNTED: u32 = 589864;
pub const FSCTL_IS_PATHNAME_VALID: u32 = 589868;
pub const FSCTL_MARK_VOLUME_DIRTY: u32 = 589872;
pub const FSCTL_QUERY_RETRIEVAL_POINTERS: u32 = 589883;
pub const FSCTL_GET_COMPRESSION: u32 = 589884;
pub const FSCTL_SET_COMPRESSION: u32 = 639040;
pub const FSCTL_OPLOCK_BREAK_ACK_NO_2: u32 = 589904;
pub const FSCTL_REQUEST_FILTER_OPLOCK: u32 = 589916;
pub const FSCTL_FILESYSTEM_GET_STATISTICS: u32 = 589920;
pub const FSCTL_GET_NTFS_VOLUME_DATA: u32 = 589924;
pub const FSCTL_GET_NTFS_FILE_RECORD: u32 = 589928;
pub const FSCTL_GET_VOLUME_BITMAP: u32 = 589935;
pub const FSCTL_GET_RETRIEVAL_POINTERS: u32 = 589939;
pub const FSCTL_MOVE_FILE: u32 = 589940;
pub const FSCTL_IS_VOLUME_DIRTY: u32 = 589944;
pub const FSCTL_ALLOW_EXTENDED_DASD_IO: u32 = 589955;
pub const FSCTL_FIND_FILES_BY_SID: u32 = 589967;
pub const FSCTL_SET_OBJECT_ID: u32 = 589976;
pub const FSCTL_GET_OBJECT_ID: u32 = 589980;
pub const FSCTL_DELETE_OBJECT_ID: u32 = 589984;
pub const FSCTL_SET_REPARSE_POINT: u32 = 589988;
pub const FSCTL_GET_REPARSE_POINT: u32 = 589992;
pub const FSCTL_DELETE_REPARSE_POINT: u32 = 589996;
pub const FSCTL_ENUM_USN_DATA: u32 = 590003;
pub const FSCTL_READ_USN_JOURNAL: u32 = 590011;
pub const FSCTL_SET_OBJECT_ID_EXTENDED: u32 = 590012;
pub const FSCTL_CREATE_OR_GET_OBJECT_ID: u32 = 590016;
pub const FSCTL_SET_SPARSE: u32 = 590020;
pub const FSCTL_SET_ZERO_DATA: u32 = 622792;
pub const FSCTL_QUERY_ALLOCATED_RANGES: u32 = 606415;
pub const FSCTL_SET_ENCRYPTION: u32 = 590039;
pub const FSCTL_CREATE_USN_JOURNAL: u32 = 590055;
pub const FSCTL_READ_FILE_USN_DATA: u32 = 590059;
pub const FSCTL_WRITE_USN_CLOSE_RECORD: u32 = 590063;
pub const FSCTL_EXTEND_VOLUME: u32 = 590064;
pub const FSCTL_QUERY_USN_JOURNAL: u32 = 590068;
pub const FSCTL_DELETE_USN_JOURNAL: u32 = 590072;
pub const FSCTL_MARK_HANDLE: u32 = 590076;
pub const FSCTL_RECALL_FILE: u32 = 590103;
pub const FSCTL_FILE_PREFETCH: u32 = 590112;
pub const FSCTL_SET_ZERO_ON_DEALLOCATION: u32 = 590228;
pub const FSCTL_SHRINK_VOLUME: u32 = 590256;
pub const FSCTL_SET_SHORT_NAME_BEHAVIOR: u32 = 590260;
pub const FSCTL_QUERY_DEPENDENT_VOLUME: u32 = 590320;
pub const FSCTL_FILE_LEVEL_TRIM: u32 = 623112;
pub const FSCTL_REQUEST_OPLOCK: u32 = 590400;
pub const FSCTL_QUERY_FILE_SYSTEM_RECOGNITION: u32 = 590412;
pub const FSCTL_OFFLOAD_READ: u32 = 606820;
pub const FSCTL_OFFLOAD_WRITE: u32 = 623208;
pub const FSCTL_SET_PURGE_FAILURE_MODE: u32 = 590448;
pub const FSCTL_GET_INTEGRITY_INFORMATION: u32 = 590460;
pub const FSCTL_SET_INTEGRITY_INFORMATION: u32 = 639616;
pub const FSCTL_QUERY_FILE_REGIONS: u32 = 590468;
pub const FSCTL_SET_EXTERNAL_BACKING: u32 = 590604;
pub const FSCTL_GET_EXTERNAL_BACKING: u32 = 590608;
pub const FSCTL_DELETE_EXTERNAL_BACKING: u32 = 590612;
pub const FSCTL_DUPLICATE_EXTENTS_TO_FILE: u32 = 623428;
pub const FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX: u32 = 623592;
pub const FSCTL_SET_REPARSE_POINT_EX: u32 = 590860;
pub const FSCTL_MANAGE_BYPASS_IO: u32 = 590920;
pub const FSCTL_PIPE_ASSIGN_EVENT: u32 = 1114112;
pub const FSCTL_PIPE_DISCONNECT: u32 = 1114116;
pub const FSCTL_PIPE_LISTEN: u32 = 1114120;
pub const FSCTL_PIPE_PEEK: u32 = 1130508;
pub const FSCTL_PIPE_QUERY_EVENT: u32 = 1114128;
pub const FSCTL_PIPE_TRANSCEIVE: u32 = 1163287;
pub const FSCTL_PIPE_WAIT: u32 = 1114136;
pub const FSCTL_PIPE_IMPERSONATE: u32 = 1114140;
pub const OPLOCK_LEVEL_CACHE_READ: u32 = 1;
pub const OPLOCK_LEVEL_CACHE_HANDLE: u32 = 2;
pub const OPLOCK_LEVEL_CACHE_WRITE: u32 = 4;
pub const REQUEST_OPLOCK_INPUT_FLAG_REQUEST: u32 = 1;
pub const REQUEST_OPLOCK_INPUT_FLAG_ACK: u32 = 2;
pub const REQUEST_OPLOCK_INPUT_FLAG_COMPLETE_ACK_ON_CLOSE: u32 = 4;
pub const REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED: u32 = 1;
pub const REQUEST_OPLOCK_OUTPUT_FLAG_MODES_PROVIDED: u32 = 2;
pub const MAXIMUM_REPARSE_DATA_BUFFER_SIZE: u32 = 16384;
pub const SYMLINK_FLAG_RELATIVE: u32 = 1;
pub const IO_REPARSE_TAG_RESERVED_ZERO: u32 = 0;
pub const IO_REPARSE_TAG_RESERVED_ONE: u32 = 1;
pub const IO_REPARSE_TAG_RESERVED_TWO: u32 = 2;
pub const IO_REPARSE_TAG_MOUNT_POINT: u32 = 2684354563;
pub const IO_REPARSE_TAG_HSM: u32 = 3221225476;
pub const IO_REPARSE_TAG_HSM2: u32 = 2147483654;
pub const IO_REPARSE_TAG_SIS: u32 = 2147483655;
pub const IO_REPARSE_TAG_WIM: u32 = 2147483656;
pub const IO_REPARSE_TAG_CSV: u32 = 2147483657;
pub const IO_REPARSE_TAG_DFS: u32 = 2147483658;
pub const IO_REPARSE_TAG_SYMLINK: u32 = 2684354572;
pub const IO_REPARSE_TAG_DFSR: u32 = 2147483666;
pub const IO_REPARSE_TAG_DEDUP: u32 = 2147483667;
pub const IO_REPARSE_TAG_NFS: u32 = 2147483668;
pub const IO_REPARSE_TAG_FILE_PLACEHOLDER: u32 = 2147483669;
pub const IO_REPARSE_TAG_WOF: u32 = 2147483671;
pub const IO_REPARSE_TAG_WCI: u32 = 2147483672;
pub const IO_REPARSE_TAG_WCI_1: u32 = 2415923224;
pub const IO_REPARSE_TAG_GLOBAL_REPARSE: u32 = 2684354585;
pub const IO_REPARSE_TAG_CLOUD: u32 = 2415919130;
pub const IO_REPARSE_TAG_CLOUD_1: u32 = 2415923226;
pub const IO_REPARSE_TAG_CLOUD_2: u32 = 2415927322;
pub const IO_REPARSE_TAG_CLOUD_3: u32 = 2415931418;
pub const IO_REPARSE_TAG_CLOUD_4: u32 = 2415935514;
pub const IO_REPARSE_TAG_CLOUD_5: u32 = 2415939610;
pub const IO_REPARSE_TAG_CLOUD_6: u32 = 2415943706;
pub const IO_REPARSE_TAG_CLOUD_7: u32 = 2415947802;
pub const IO_REPARSE_TAG_CLOUD_8: u32 = 2415951898;
pub const IO_REPARSE_TAG_CLOUD_9: u32 = 2415955994;
pub const IO_REPARSE_TAG_CLOUD_A: u32 = 2415960090;
pub const IO_REPARSE_TAG_CLOUD_B: u32 = 2415964186;
pub const IO_REPARSE_TAG_CLOUD_C: u32 = 2415968282;
pub const IO_REPARSE_TAG_CLOUD_D: u32 = 2415972378;
pub const IO_REPARSE_TAG_CLOUD_E: u32 = 2415976474;
pub const IO_REPARSE_TAG_CLOUD_F: u32 = 2415980570;
pub const IO_REPARSE_TAG_CLOUD_MASK: u32 = 61440;
pub const IO_REPARSE_TAG_APPEXECLINK: u32 = 2147483675;
pub const IO_REPARSE_TAG_PROJFS: u32 = 2415919132;
pub const IO_REPARSE_TAG_LX_SYMLINK: u32 = 2684354589;
pub const IO_REPARSE_TAG_STORAGE_SYNC: u32 = 2147483678;
pub const IO_REPARSE_TAG_WCI_TOMBSTONE: u32 = 2684354591;
pub const IO_REPARSE_TAG_UNHANDLED: u32 = 2147483680;
pub const IO_REPARSE_TAG_ONEDRIVE: u32 = 2147483681;
pub const IO_REPARSE_TAG_PROJFS_TOMBSTONE: u32 = 2684354594;
pub const IO_REPARSE_TAG_AF_UNIX: u32 = 2147483683;
pub const IO_REPARSE_TAG_LX_FIFO: u32 = 2147483684;
pub const IO_REPARSE_TAG_LX_CHR: u32 = 2147483685;
pub const IO_REPARSE_TAG_LX_BLK: u32 = 2147483686;
pub const IO_REPARSE_TAG_WCI_LINK: u32 = 2684354599;
pub const IO_REPARSE_TAG_WCI_LINK_1: u32 = 2684358695;
pub const PAGE_NOACCESS: u32 = 1;
pub const PAGE_READONLY: u32 = 2;
pub const PAGE_READWRITE: u32 = 4;
pub const PAGE_WRITECOPY: u32 = 8;
pub const PAGE_EXECUTE: u32 = 16;
pub const PAGE_EXECUTE_READ: u32 = 32;
pub const PAGE_EXECUTE_READWRITE: u32 = 64;
pub const PAGE_EXECUTE_WRITECOPY: u32 = 128;
pub const PAGE_GUARD: u32 = 256;
pub const PAGE_NOCACHE: u32 = 512;
pub const PAGE_WRITECOMBINE: u32 = 1024;
pub const SEC_FILE: u32 = 8388608;
pub const SEC_IMAGE: u32 = 16777216;
pub const SEC_PROTECTED_IMAGE: u32 = 33554432;
pub const SEC_RESERVE: u32 = 67108864;
pub const SEC_COMMIT: u32 = 134217728;
pub const SEC_NOCACHE: u32 = 268435456;
pub const SEC_WRITECOMBINE: u32 = 1073741824;
pub const SEC_LARGE_PAGES: u32 = 2147483648;
pub const SEC_IMAGE_NO_EXECUTE: u32 = 285212672;
pub const SECTION_QUERY: u32 = 1;
pub const SECTION_MAP_WRITE: u32 = 2;
pub const SECTION_MAP_READ: u32 = 4;
pub const SECTION_MAP_EXECUTE: u32 = 8;
pub const SECTION_EXTEND_SIZE: u32 = 16;
pub const SECTION_MAP_EXECUTE_EXPLICIT: u32 = 32;
pub const SECTION_ALL_ACCESS: u32 = 983071;
pub const FILE_DISPOSITION_DO_NOT_DELETE: u32 = 0;
pub const FILE_DISPOSITION_DELETE: u32 = 1;
pub const FILE_DISPOSITION_POSIX_SEMANTICS: u32 = 2;
pub const FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK: u32 = 4;
pub const FILE_DISPOSITION_ON_CLOSE: u32 = 8;
pub const FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE: u32 = 16;
pub const FILE_RENAME_REPLACE_IF_EXISTS: u32 = 1;
pub const FILE_RENAME_POSIX_SEMANTICS: u32 = 2;
pub const FILE_RENAME_SUPPRESS_PIN_STATE_INHERITANCE: u32 = 4;
pub const FILE_RENAME_SUPPRESS_STORAGE_RESERVE_INHERITANCE: u32 = 8;
pub const FILE_RENAME_NO_INCREASE_AVAILABLE_SPACE: u32 = 16;
pub const FILE_RENAME_NO_DECREASE_AVAILABLE_SPACE: u32 = 32;
pub const FILE_RENAME_PRESERVE_AVAILABLE_SPACE: u32 = 48;
pub const FILE_RENAME_IGNORE_READONLY_ATTRIBUTE: u32 = 64;
pub const FILE_RENAME_FORCE_RESIZE_TARGET_SR: u32 = 128;
pub const FILE_RENAME_FORCE_RESIZE_SOURCE_SR: u32 = 256;
pub const FILE_RENAME_FORCE_RESIZE_SR: u32 = 384;
pub const FILE_LINK_REPLACE_IF_EXISTS: u32 = 1;
pub const FILE_LINK_POSIX_SEMANTICS: u32 = 2;
pub const FILE_LINK_SUPPRESS_STORAGE_RESERVE_INHERITANCE: u32 = 8;
pub const FILE_LINK_NO_INCREASE_AVAILABLE_SPACE: u32 = 16;
pub const FILE_LINK_NO_DECREASE_AVAILABLE_SPACE: u32 = 32;
pub const FILE_LINK_PRESERVE_AVAILABLE_SPACE: u32 = 48;
pub const FILE_LINK_IGNORE_READONLY_ATTRIBUTE: u32 = 64;
pub const FILE_LINK_FORCE_RESIZE_TARGET_SR: u32 = 128;
pub const FILE_LINK_FORCE_RESIZE_SOURCE_SR: u32 = 256;
pub const FILE_LINK_FORCE_RESIZE_SR: u32 = 384;
pub const FILE_CASE_SENSITIVE_SEARCH: u32 = 1;
pub const FILE_CASE_PRESERVED_NAMES: u32 = 2;
pub const FILE_UNICODE_ON_DISK: u32 = 4;
pub const FILE_PERSISTENT_ACLS: u32 = 8;
pub const FILE_FILE_COMPRESSION: u32 = 16;
pub const FILE_VOLUME_QUOTAS: u32 = 32;
pub const FILE_SUPPORTS_SPARSE_FILES: u32 = 64;
pub const FILE_SUPPORTS_REPARSE_POINTS: u32 = 128;
pub const FILE_SUPPORTS_REMOTE_STORAGE: u32 = 256;
pub const FILE_RETURNS_CLEANUP_RESULT_INFO: u32 = 512;
pub const FILE_SUPPORTS_POSIX_UNLINK_RENAME: u32 = 1024;
pub const FILE_SUPPORTS_BYPASS_IO: u32 = 2048;
pub const FILE_SUPPORTS_STREAM_SNAPSHOTS: u32 = 4096;
pub const FILE_SUPPORTS_CASE_SENSITIVE_DIRS: u32 = 8192;
pub const FILE_VOLUME_IS_COMPRESSED: u32 = 32768;
pub const FILE_SUPPORTS_OBJECT_IDS: u32 = 65536;
pub const FILE_SUPPORTS_ENCRYPTION: u32 = 131072;
pub const FILE_NAMED_STREAMS: u32 = 262144;
pub const FILE_READ_ONLY_VOLUME: u32 = 524288;
pub const FILE_SEQUENTIAL_WRITE_ONCE: u32 = 1048576;
pub const FILE_SUPPORTS_TRANSACTIONS: u32 = 2097152;
pub const FILE_SUPPORTS_HARD_LINKS: u32 = 4194304;
pub const FILE_SUPPORTS_EXTENDED_ATTRIBUTES: u32 = 8388608;
pub const FILE_SUPPORTS_OPEN_BY_FILE_ID: u32 = 16777216;
pub const FILE_SUPPORTS_USN_JOURNAL: u32 = 33554432;
pub const FILE_SUPPORTS_INTEGRITY_STREAMS: u32 = 67108864;
pub const FILE_SUPPORTS_BLOCK_REFCOUNTING: u32 = 134217728;
pub const FILE_SUPPORTS_SPARSE_VDL: u32 = 268435456;
pub const FILE_DAX_VOLUME: u32 = 536870912;
pub const FILE_SUPPORTS_GHOSTING: u32 = 1073741824;
pub const REG_NONE: u32 = 0;
pub const REG_SZ: u32 = 1;
pub const REG_EXPAND_SZ: u32 = 2;
pub const REG_BINARY: u32 = 3;
pub const REG_DWORD: u32 = 4;
pub const REG_DWORD_LITTLE_ENDIAN: u32 = 4;
pub const REG_DWORD_BIG_ENDIAN: u32 = 5;
pub const REG_LINK: u32 = 6;
pub const REG_MULTI_SZ: u32 = 7;
pub const REG_RESOURCE_LIST: u32 = 8;
pub const REG_FULL_RESOURCE_DESCRIPTOR: u32 = 9;
pub const REG_RESOURCE_REQUIREMENTS_LIST: u32 = 10;
pub const REG_QWORD: u32 = 11;
pub const REG_QWORD_LITTLE_ENDIAN: u32 = 11;
pub const KEY_QUERY_VALUE: u32 = 1;
pub const KEY_SET_VALUE: u32 = 2;
pub const KEY_CREATE_SUB_KEY: u32 = 4;
pub const KEY_ENUMERATE_SUB_KEYS: u32 = 8;
pub const KEY_NOTIFY: u32 = 16;
pub const KEY_CREATE_LINK: u32 = 32;
pub const KEY_WOW64_64KEY: u32 = 256;
pub const KEY_WOW64_32KEY: u32 = 512;
pub const KEY_READ: u32 = 131097;
pub const KEY_WRITE: u32 = 131078;
pub const KEY_EXECUTE: u32 = 131097;
pub const KEY_ALL_ACCESS: u32 = 983103;
pub const OBJ_INHERIT: u32 = 2;
pub const OBJ_PERMANENT: u32 = 16;
pub const OBJ_EXCLUSIVE: u32 = 32;
pub const OBJ_CASE_INSENSITIVE: u32 = 64;
pub const OBJ_OPENIF: u32 = 128;
pub const OBJ_OPENLINK: u32 = 256;
pub const OBJ_KERNEL_HANDLE: u32 = 512;
pub const OBJ_FORCE_ACCESS_CHECK: u32 = 1024;
pub const OBJ_IGNORE_IMPERSONATED_DEVICEMAP: u32 = 2048;
pub const OBJ_DONT_REPARSE: u32 = 4096;
pub const OBJ_VALID_ATTRIBUTES: u32 = 8178;
pub const FILE_NEED_EA: u32 = 128;
pub const FILE_CS_FLAG_CASE_SENSITIVE_DIR: u32 = 1;
pub const LX_FILE_METADATA_HAS_UID: u32 = 1;
pub const LX_FILE_METADATA_HAS_GID: u32 = 2;
pub const LX_FILE_METADATA_HAS_MODE: u32 = 4;
pub const LX_FILE_METADATA_HAS_DEVICE_ID: u32 = 8;
pub const LX_FILE_CASE_SENSITIVE_DIR: u32 = 16;
pub const REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE: u32 = 1;
pub const PASSIVE_LEVEL: u32 = 0;
pub const LOW_LEVEL: u32 = 0;
pub const APC_LEVEL: u32 = 1;
pub const DISPATCH_LEVEL: u32 = 2;
pub const HIGH_LEVEL: u32 = 15;
pub const LOW_PRIORITY: u32 = 0;
pub const LOW_REALTIME_PRIORITY: u32 = 16;
pub const HIGH_PRIORITY: u32 = 31;
pub const MAXIMUM_PRIORITY: u32 = 32;
pub const IO_NO_INCREMENT: u32 = 0;
pub const IO_DISK_INCREMENT: u32 = 1;
pub const EVENT_INCREMENT: u32 = 1;
pub const EVENT_QUERY_STATE: u32 = 1;
pub const EVENT_MODIFY_STATE: u32 = 2;
pub const EVENT_ALL_ACCESS: u32 = 2031619;
pub const THREAD_ALL_ACCESS: u32 = 2097151;
pub const PROCESS_ALL_ACCESS: u32 = 2097151;
pub const MAXIMUM_WAIT_OBJECTS: u32 = 64;
pub const THREAD_WAIT_OBJECTS: u32 = 3;
pub const IRP_MJ_MAXIMUM_FUNCTION: u32 = 27;
pub const DPFLTR_FLTMGR_ID: u32 = 47;
pub const DPFLTR_IHVDRIVER_ID: u32 = 77;
pub const DPFLTR_DEFAULT_ID: u32 = 101;
pub const DPFLTR_ERROR_LEVEL: u32 = 0;
pub const DPFLTR_WARNING_LEVEL: u32 = 1;
pub const DPFLTR_TRACE_LEVEL: u32 = 2;
pub const DPFLTR_INFO_LEVEL: u32 = 3;
pub const POOL_QUOTA_FAIL_INSTEAD_OF_RAISE: u32 = 8;
pub const POOL_RAISE_IF_ALLOCATION_FAILURE: u32 = 16;
pub const POOL_NX_ALLOCATION: u32 = 512;
pub const POOL_ZERO_ALLOCATION: u32 = 1024;
pub const EX_RUNDOWN_ACTIVE: u32 = 1;
pub const EX_RUNDOWN_COUNT_SHIFT: u32 = 1;
pub const EX_RUNDOWN_COUNT_INC: u32 = 2;
pub const EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL: u32 = 1;
pub const EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE: u32 = 2;
pub const EX_MAXIMUM_LOOKASIDE_DEPTH_BASE: u32 = 256;
pub const EX_MAXIMUM_LOOKASIDE_DEPTH_LIMIT: u32 = 1024;
pub const MDL_MAPPED_TO_SYSTEM_VA: u32 = 1;
pub const MDL_PAGES_LOCKED: u32 = 2;
pub const MDL_SOURCE_IS_NONPAGED_POOL: u32 = 4;
pub const MDL_ALLOCATED_FIXED_SIZE: u32 = 8;
pub const MDL_PARTIAL: u32 = 16;
pub const MDL_PARTIAL_HAS_BEEN_MAPPED: u32 = 32;
pub const MDL_IO_PAGE_READ: u32 = 64;
pub const MDL_WRITE_OPERATION: u32 = 128;
pub const MDL_LOCKED_PAGE_TABLES: u32 = 256;
pub const MDL_FREE_EXTRA_PTES: u32 = 512;
pub const MDL_DESCRIBES_AWE: u32 = 1024;
pub const MDL_IO_SPACE: u32 = 2048;
pub const MDL_NETWORK_HEADER: u32 = 4096;
pub const MDL_MAPPING_CAN_FAIL: u32 = 8192;
pub const MDL_PAGE_CONTENTS_INVARIANT: u32 = 16384;
pub const MDL_INTERNAL: u32 = 32768;
pub const MdlMappingNoWrite: u32 = 2147483648;
pub const MdlMappingNoExecute: u32 = 1073741824;
pub const MdlMappingWithGuardPtes: u32 = 536870912;
pub const TRANSACTION_NOTIFY_MASK: u32 = 1073741823;
pub const TRANSACTION_NOTIFY_PREPREPARE: u32 = 1;
pub const TRANSACTION_NOTIFY_PREPARE: u32 = 2;
pub const TRANSACTION_NOTIFY_COMMIT: u32 = 4;
pub const TRANSACTION_NOTIFY_ROLLBACK: u32 = 8;
pub const TRANSACTION_NOTIFY_PREPREPARE_COMPLETE: u32 = 16;
pub const TRANSACTION_NOTIFY_PREPARE_COMPLETE: u32 = 32;
pub const TRANSACTION_NOTIFY_COMMIT_COMPLETE: u32 = 64;
pub const TRANSACTION_NOTIFY_ROLLBACK_COMPLETE: u32 = 128;
pub const TRANSACTION_NOTIFY_RECOVER: u32 = 256;
pub const TRANSACTION_NOTIFY_SINGLE_PHASE_COMMIT: u32 = 512;
pub const TRANSACTION_NOTIFY_DELEGATE_COMMIT: u32 = 1024;
pub const TRANSACTION_NOTIFY_RECOVER_QUERY: u32 = 2048;
pub const TRANSACTION_NOTIFY_ENLIST_PREPREPARE: u32 = 4096;
pub const TRANSACTION_NOTIFY_LAST_RECOVER: u32 = 8192;
pub const TRANSACTION_NOTIFY_INDOUBT: u32 = 16384;
pub const TRANSACTION_NOTIFY_PROPAGATE_PULL: u32 = 32768;
pub const TRANSACTION_NOTIFY_PROPAGATE_PUSH: u32 = 65536;
pub const TRANSACTION_NOTIFY_MARSHAL: u32 = 131072;
pub const TRANSACTION_NOTIFY_ENLIST_MASK: u32 = 262144;
pub const TRANSACTION_NOTIFY_RM_DISCONNECTED: u32 = 16777216;
pub const TRANSACTION_NOTIFY_TM_ONLINE: u32 = 33554432;
pub const TRANSACTION_NOTIFY_COMMIT_REQUEST: u32 = 67108864;
pub const TRANSACTION_NOTIFY_PROMOTE: u32 = 134217728;
pub const TRANSACTION_NOTIFY_PROMOTE_NEW: u32 = 268435456;
pub const TRANSACTION_NOTIFY_REQUEST_OUTCOME: u32 = 536870912;
pub const TRANSACTION_NOTIFY_COMMIT_FINALIZE: u32 = 1073741824;
pub const OPLOCK_FLAG_COMPLETE_IF_OPLOCKED: u32 = 1;
pub const OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY: u32 = 2;
pub const OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK: u32 = 4;
pub const OPLOCK_FLAG_IGNORE_OPLOCK_KEYS: u32 = 8;
pub const OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH: u32 = 1;
pub const FILE_OPLOCK_BROKEN_TO_LEVEL_2: u32 = 7;
pub const FILE_OPLOCK_BROKEN_TO_NONE: u32 = 8;
pub const REQUEST_OPLOCK_CURRENT_VERSION: u32 = 1;
pub const FSRTL_ALLOCATE_ECPLIST_FLAG_CHARGE_QUOTA: u32 = 1;
pub const FSRTL_ALLOCATE_ECP_FLAG_CHARGE_QUOTA: u32 = 1;
pub const FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL: u32 = 2;
pub const FSRTL_ECP_LOOKASIDE_FLAG_NONPAGED_POOL: u32 = 2;
pub const IO_FORCE_ACCESS_CHECK: u32 = 1;
pub const IO_IGNORE_SHARE_ACCESS_CHECK: u32 = 2048;
pub const OPEN_REPARSE_POINT_TAG_ENCOUNTERED: u32 = 1;
pub const OPEN_REPARSE_POINT_REPARSE_IF_CHILD_EXISTS: u32 = 2;
pub const OPEN_REPARSE_POINT_REPARSE_IF_CHILD_NOT_EXISTS: u32 = 4;
pub const OPEN_REPARSE_POINT_REPARSE_IF_DIRECTORY_FINAL_COMPONENT: u32 = 8;
pub const OPEN_REPARSE_POINT_VERSION_EX: u32 = 2147483648;
pub const QoCFileStatInformation: u32 = 1;
pub const QoCFileLxInformation: u32 = 2;
pub const QoCFileEaInformation: u32 = 4;
pub const FLT_REGISTRATION_VERSION_0200: u32 = 512;
pub const FLT_REGISTRATION_VERSION_0201: u32 = 513;
pub const FLT_REGISTRATION_VERSION_0202: u32 = 514;
pub const FLT_REGISTRATION_VERSION_0203: u32 = 515;
pub const FLT_REGISTRATION_VERSION: u32 = 515;
pub const FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP: u32 = 1;
pub const FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS: u32 = 2;
pub const FLTFL_REGISTRATION_SUPPORT_DAX_VOLUME: u32 = 4;
pub const FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO: u32 = 1;
pub const FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO: u32 = 2;
pub const FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO: u32 = 4;
pub const FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO: u32 = 8;
pub const FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT: u32 = 1;
pub const FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT: u32 = 2;
pub const FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME: u32 = 4;
pub const FLTFL_INSTANCE_SETUP_DETACHED_VOLUME: u32 = 8;
pub const FLTFL_INSTANCE_SETUP_DEV_VOLUME: u32 = 16;
pub const FLTFL_INSTANCE_SETUP_TRUSTED_VOLUME: u32 = 32;
pub const FLTFL_INSTANCE_TEARDOWN_MANUAL: u32 = 1;
pub const FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD: u32 = 2;
pub const FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD: u32 = 4;
pub const FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT: u32 = 8;
pub const FLTFL_INSTANCE_TEARDOWN_INTERNAL_ERROR: u32 = 16;
pub const FLTFL_FILTER_UNLOAD_MANDATORY: u32 = 1;
pub const FLTFL_POST_OPERATION_DRAINING: u32 = 1;
pub const FLT_VOLUME_CONTEXT: u32 = 1;
pub const FLT_INSTANCE_CONTEXT: u32 = 2;
pub const FLT_FILE_CONTEXT: u32 = 4;
pub const FLT_STREAM_CONTEXT: u32 = 8;
pub const FLT_STREAMHANDLE_CONTEXT: u32 = 16;
pub const FLT_TRANSACTION_CONTEXT: u32 = 32;
pub const FLT_SECTION_CONTEXT: u32 = 64;
pub const FLT_CONTEXT_END: u32 = 65535;
pub const FLT_ALL_CONTEXTS: u32 = 127;
pub const FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH: u32 = 1;
pub const FLTFL_CALLBACK_DATA_REISSUE_MASK: u32 = 65535;
pub const FLTFL_CALLBACK_DATA_IRP_OPERATION: u32 = 1;
pub const FLTFL_CALLBACK_DATA_FAST_IO_OPERATION: u32 = 2;
pub const FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION: u32 = 4;
pub const FLTFL_CALLBACK_DATA_SYSTEM_BUFFER: u32 = 8;
pub const FLTFL_CALLBACK_DATA_GENERATED_IO: u32 = 65536;
pub const FLTFL_CALLBACK_DATA_REISSUED_IO: u32 = 131072;
pub const FLTFL_CALLBACK_DATA_DRAINING_IO: u32 = 262144;
pub const FLTFL_CALLBACK_DATA_POST_OPERATION: u32 = 524288;
pub const FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER: u32 = 1048576;
pub const FLTFL_CALLBACK_DATA_DIRTY: u32 = 2147483648;
pub const FLT_FILE_NAME_NORMALIZED: u32 = 1;
pub const FLT_FILE_NAME_OPENED: u32 = 2;
pub const FLT_FILE_NAME_SHORT: u32 = 3;
pub const FLT_VALID_FILE_NAME_FORMATS: u32 = 255;
pub const FLT_FILE_NAME_QUERY_DEFAULT: u32 = 256;
pub const FLT_FILE_NAME_QUERY_CACHE_ONLY: u32 = 512;
pub const FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY: u32 = 768;
pub const FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP: u32 = 1024;
pub const FLT_VALID_FILE_NAME_QUERY_METHODS: u32 = 65280;
pub const FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER: u32 = 16777216;
pub const FLT_FILE_NAME_DO_NOT_CACHE: u32 = 33554432;
pub const FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE: u32 = 67108864;
pub const FLTFL_FILE_NAME_PARSED_FINAL_COMPONENT: u32 = 1;
pub const FLTFL_FILE_NAME_PARSED_EXTENSION: u32 = 2;
pub const FLTFL_FILE_NAME_PARSED_STREAM: u32 = 4;
pub const FLTFL_FILE_NAME_PARSED_PARENT_DIR: u32 = 8;
pub const FLTFL_NORMALIZE_NAME_CASE_SENSITIVE: u32 = 1;
pub const FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME: u32 = 2;
pub const FLTFL_IO_OPERATION_NON_CACHED: u32 = 1;
pub const FLTFL_IO_OPERATION_PAGING: u32 = 2;
pub const FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET: u32 = 4;
pub const FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING: u32 = 8;
pub const FLT_PORT_CONNECT: u32 = 1;
pub const FLT_PORT_ALL_ACCESS: u32 = 2031617;
pub const FLT_MAX_DEVICE_REPARSE_ATTEMPTS: u32 = 64;
pub const FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY: u32 = 1;
pub const FLT_PUSH_LOCK_ENABLE_AUTO_BOOST: u32 = 1;
pub const FLT_PUSH_LOCK_DISABLE_AUTO_BOOST: u32 = 2;
pub const FLT_PUSH_LOCK_VALID_FLAGS: u32 = 3;
pub const FLT_FLUSH_TYPE_FLUSH_AND_PURGE: u32 = 1;
pub const FLT_FLUSH_TYPE_FILE_DATA_ONLY: u32 = 2;
pub const FLT_FLUSH_TYPE_NO_SYNC: u32 = 4;
pub const FLT_FLUSH_TYPE_DATA_SYNC_ONLY: u32 = 8;
pub const FLTTCFL_AUTO_REPARSE: u32 = 1;
pub const FLTFL_AGGREGATE_INFO_IS_MINIFILTER: u32 = 1;
pub const FLTFL_AGGREGATE_INFO_IS_LEGACYFILTER: u32 = 2;
pub const FLTFL_ASI_IS_MINIFILTER: u32 = 1;
pub const FLTFL_ASI_IS_LEGACYFILTER: u32 = 2;
pub const FLTFL_VSI_DETACHED_VOLUME: u32 = 1;
pub const FLTFL_IASI_IS_MINIFILTER: u32 = 1;
pub const FLTFL_IASI_IS_LEGACYFILTER: u32 = 2;
pub const FLTFL_IASIM_DETACHED_VOLUME: u32 = 1;
pub type VOID = ::core::ffi::c_void;
pub type PVOID = *mut ::core::ffi::c_void;
pub type CHAR = ::core::ffi::c_char;
pub type PCHAR = *mut ::core::ffi::c_char;
pub type CCHAR = ::core::ffi::c_char;
pub type PSTR = *mut ::core::ffi::c_char;
pub type PCSTR = *const ::core::ffi::c_char;
pub type UCHAR = ::core::ffi::c_uchar;
pub type PUCHAR = *mut ::core::ffi::c_uchar;
pub type BOOLEAN = ::core::ffi::c_uchar;
pub type PBOOLEAN = *mut ::core::ffi::c_uchar;
pub type KIRQL = ::core::ffi::c_uchar;
pub type PKIRQL = *mut ::core::ffi::c_uchar;
pub type BYTE = ::core::ffi::c_uchar;
pub type SCHAR = ::core::ffi::c_schar;
pub type SHORT = ::core::ffi::c_short;
pub type CSHORT = ::core::ffi::c_short;
pub type USHORT = ::core::ffi::c_ushort;
pub type PUSHORT = *mut ::core::ffi::c_ushort;
pub type WCHAR = ::core::ffi::c_ushort;
pub type PWCHAR = *mut ::core::ffi::c_ushort;
pub type PWSTR = *mut ::core::ffi::c_ushort;
pub type PWCH = *mut ::core::ffi::c_ushort;
pub type WORD = ::core::ffi::c_ushort;
pub type PCWSTR = *const ::core::ffi::c_ushort;
pub type PCWCH = *const ::core::ffi::c_ushort;
pub type LONG = ::core::ffi::c_int;
pub type PLONG = *mut ::core::ffi::c_int;
pub type NTSTATUS = ::core::ffi::c_int;
pub type PNTSTATUS = *mut ::core::ffi::c_int;
pub type BOOL = ::core::ffi::c_int;
pub type ULONG = ::core::ffi::c_uint;
pub type PULONG = *mut ::core::ffi::c_uint;
pub type UINT32 = ::core::ffi::c_uint;
pub type DWORD = ::core::ffi::c_uint;
pub type ACCESS_MASK = ::core::ffi::c_uint;
pub type PACCESS_MASK = *mut ::core::ffi::c_uint;
pub type LOGICAL = ::core::ffi::c_uint;
pub type DEVICE_TYPE = ::core::ffi::c_uint;
pub type LCID = ::core::ffi::c_uint;
pub type LONGLONG = ::core::ffi::c_longlong;
pub type LONG_PTR = ::core::ffi::c_longlong;
pub type SSIZE_T = ::core::ffi::c_longlong;
pub type INT64 = ::core::ffi::c_longlong;
pub type ULONGLONG = ::core::ffi::c_ulonglong;
pub type PULONGLONG = *mut ::core::ffi::c_ulonglong;
pub type ULONG_PTR = ::core::ffi::c_ulonglong;
pub type PULONG_PTR = *mut ::core::ffi::c_ulonglong;
pub type SIZE_T = ::core::ffi::c_ulonglong;
pub type PSIZE_T = *mut ::core::ffi::c_ulonglong;
pub type UINT64 = ::core::ffi::c_ulonglong;
pub type ULONG64 = ::core::ffi::c_ulonglong;
pub type KAFFINITY = ::core::ffi::c_ulonglong;
pub type KSPIN_LOCK = ::core::ffi::c_ulonglong;
pub type PKSPIN_LOCK = *mut ::core::ffi::c_ulonglong;
pub type EX_PUSH_LOCK = ::core::ffi::c_ulonglong;
pub type PEX_PUSH_LOCK = *mut ::core::ffi::c_ulonglong;
pub type HANDLE = PVOID;
pub type PHANDLE = *mut PVOID;
pub type KPROCESSOR_MODE = CCHAR;
pub type KPRIORITY = LONG;
#[repr(C)]
#[derive(Copy, Clone)]
pub union _LARGE_INTEGER {
    pub u: _LARGE_INTEGER__bindgen_ty_1,
    pub QuadPart: LONGLONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LARGE_INTEGER__bindgen_ty_1 {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
pub type LARGE_INTEGER = _LARGE_INTEGER;
pub type PLARGE_INTEGER = *mut _LARGE_INTEGER;
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ULARGE_INTEGER {
    pub u: _ULARGE_INTEGER__bindgen_ty_1,
    pub QuadPart: ULONGLONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ULARGE_INTEGER__bindgen_ty_1 {
    pub LowPart: ULONG,
    pub HighPart: ULONG,
}
pub type ULARGE_INTEGER = _ULARGE_INTEGER;
pub type PULARGE_INTEGER = *mut _ULARGE_INTEGER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _UNICODE_STRING {
    pub Length: USHORT,
    pub MaximumLength: USHORT,
    pub Buffer: PWCH,
}
pub type UNICODE_STRING = _UNICODE_STRING;
pub type PUNICODE_STRING = *mut _UNICODE_STRING;
pub type PCUNICODE_STRING = *const UNICODE_STRING;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _STRING {
    pub Length: USHORT,
    pub MaximumLength: USHORT,
    pub Buffer: PCHAR,
}
pub type STRING = _STRING;
pub type PSTRING = *mut _STRING;
pub type ANSI_STRING = _STRING;
pub type PANSI_STRING = *mut _STRING;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LIST_ENTRY {
    pub Flink: *mut _LIST_ENTRY,
    pub Blink: *mut _LIST_ENTRY,
}
pub type LIST_ENTRY = _LIST_ENTRY;
pub type PLIST_ENTRY = *mut _LIST_ENTRY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SINGLE_LIST_ENTRY {
    pub Next: *mut _SINGLE_LIST_ENTRY,
}
pub type SINGLE_LIST_ENTRY = _SINGLE_LIST_ENTRY;
pub type PSINGLE_LIST_ENTRY = *mut _SINGLE_LIST_ENTRY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _GUID {
    pub Data1: ULONG,
    pub Data2: USHORT,
    pub Data3: USHORT,
    pub Data4: [UCHAR; 8usize],
}
pub type GUID = _GUID;
pub type PGUID = *mut _GUID;
pub type LPCGUID = *const GUID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LUID {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
pub type LUID = _LUID;
pub type PLUID = *mut _LUID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OBJECT_ATTRIBUTES {
    pub Length: ULONG,
    pub RootDirectory: HANDLE,
    pub ObjectName: PUNICODE_STRING,
    pub Attributes: ULONG,
    pub SecurityDescriptor: PVOID,
    pub SecurityQualityOfService: PVOID,
}
pub type OBJECT_ATTRIBUTES = _OBJECT_ATTRIBUTES;
pub type POBJECT_ATTRIBUTES = *mut _OBJECT_ATTRIBUTES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _CLIENT_ID {
    pub UniqueProcess: HANDLE,
    pub UniqueThread: HANDLE,
}
pub type CLIENT_ID = _CLIENT_ID;
pub type PCLIENT_ID = *mut _CLIENT_ID;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STATUS_BLOCK {
    pub __bindgen_anon_1: _IO_STATUS_BLOCK__bindgen_ty_1,
    pub Information: ULONG_PTR,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_STATUS_BLOCK__bindgen_ty_1 {
    pub Status: NTSTATUS,
    pub Pointer: PVOID,
}
pub type IO_STATUS_BLOCK = _IO_STATUS_BLOCK;
pub type PIO_STATUS_BLOCK = *mut _IO_STATUS_BLOCK;
pub type PSECURITY_DESCRIPTOR = PVOID;
pub type PSID = PVOID;
pub type PACCESS_TOKEN = PVOID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACL {
    pub AclRevision: UCHAR,
    pub Sbz1: UCHAR,
    pub AclSize: USHORT,
    pub AceCount: USHORT,
    pub Sbz2: USHORT,
}
pub type ACL = _ACL;
pub type PACL = *mut _ACL;
pub type SECURITY_INFORMATION = ULONG;
pub type PSECURITY_INFORMATION = *mut ULONG;
#[repr(C)]
#[derive(Debug)]
pub struct _KPROCESS {
    _unused: [u8; 0],
}
pub type PEPROCESS = *mut _KPROCESS;
pub type PKPROCESS = *mut _KPROCESS;
#[repr(C)]
#[derive(Debug)]
pub struct _KTHREAD {
    _unused: [u8; 0],
}
pub type PETHREAD = *mut _KTHREAD;
pub type PKTHREAD = *mut _KTHREAD;
#[repr(C)]
#[derive(Debug)]
pub struct _OBJECT_TYPE {
    _unused: [u8; 0],
}
pub type POBJECT_TYPE = *mut _OBJECT_TYPE;
#[repr(C)]
#[derive(Debug)]
pub struct _KTRANSACTION {
    _unused: [u8; 0],
}
pub type PKTRANSACTION = *mut _KTRANSACTION;
pub type PERESOURCE = *mut _ERESOURCE;
pub const STATUS_SUCCESS: NTSTATUS = 0;
pub const STATUS_WAIT_0: NTSTATUS = 0;
pub const STATUS_WAIT_1: NTSTATUS = 1;
pub const STATUS_ABANDONED: NTSTATUS = 128;
pub const STATUS_USER_APC: NTSTATUS = 192;
pub const STATUS_KERNEL_APC: NTSTATUS = 256;
pub const STATUS_ALERTED: NTSTATUS = 257;
pub const STATUS_TIMEOUT: NTSTATUS = 258;
pub const STATUS_PENDING: NTSTATUS = 259;
pub const STATUS_REPARSE: NTSTATUS = 260;
pub const STATUS_MORE_ENTRIES: NTSTATUS = 261;
pub const STATUS_NOT_ALL_ASSIGNED: NTSTATUS = 262;
pub const STATUS_SOME_NOT_MAPPED: NTSTATUS = 263;
pub const STATUS_OPLOCK_BREAK_IN_PROGRESS: NTSTATUS = 264;
pub const STATUS_VOLUME_MOUNTED: NTSTATUS = 265;
pub const STATUS_NOTIFY_CLEANUP: NTSTATUS = 267;
pub const STATUS_NOTIFY_ENUM_DIR: NTSTATUS = 268;
pub const STATUS_PROCESS_NOT_IN_JOB: NTSTATUS = 291;
pub const STATUS_PROCESS_IN_JOB: NTSTATUS = 292;
pub const STATUS_FSFILTER_OP_COMPLETED_SUCCESSFULLY: NTSTATUS = 294;
pub const STATUS_FILE_LOCKED_WITH_ONLY_READERS: NTSTATUS = 298;
pub const STATUS_FILE_LOCKED_WITH_WRITERS: NTSTATUS = 299;
pub const STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE: NTSTATUS = 533;
pub const STATUS_OPLOCK_HANDLE_CLOSED: NTSTATUS = 534;
pub const STATUS_WAIT_FOR_OPLOCK: NTSTATUS = 871;
pub const STATUS_FLT_IO_COMPLETE: NTSTATUS = 1835009;
pub const STATUS_OBJECT_NAME_EXISTS: NTSTATUS = 1073741824;
pub const STATUS_IMAGE_NOT_AT_BASE: NTSTATUS = 1073741827;
pub const STATUS_PREDEFINED_HANDLE: NTSTATUS = 1073741846;
pub const STATUS_GUARD_PAGE_VIOLATION: NTSTATUS = -2147483647;
pub const STATUS_DATATYPE_MISALIGNMENT: NTSTATUS = -2147483646;
pub const STATUS_BUFFER_OVERFLOW: NTSTATUS = -2147483643;
pub const STATUS_NO_MORE_FILES: NTSTATUS = -2147483642;
pub const STATUS_HANDLES_CLOSED: NTSTATUS = -2147483638;
pub const STATUS_PARTIAL_COPY: NTSTATUS = -2147483635;
pub const STATUS_DEVICE_BUSY: NTSTATUS = -2147483631;
pub const STATUS_NO_MORE_EAS: NTSTATUS = -2147483630;
pub const STATUS_INVALID_EA_NAME: NTSTATUS = -2147483629;
pub const STATUS_EA_LIST_INCONSISTENT: NTSTATUS = -2147483628;
pub const STATUS_INVALID_EA_FLAG: NTSTATUS = -2147483627;
pub const STATUS_VERIFY_REQUIRED: NTSTATUS = -2147483626;
pub const STATUS_NO_MORE_ENTRIES: NTSTATUS = -2147483622;
pub const STATUS_CANNOT_GRANT_REQUESTED_OPLOCK: NTSTATUS = -2147483602;
pub const STATUS_STOPPED_ON_SYMLINK: NTSTATUS = -2147483603;
pub const STATUS_UNSUCCESSFUL: NTSTATUS = -1073741823;
pub const STATUS_NOT_IMPLEMENTED: NTSTATUS = -1073741822;
pub const STATUS_INVALID_INFO_CLASS: NTSTATUS = -1073741821;
pub const STATUS_INFO_LENGTH_MISMATCH: NTSTATUS = -1073741820;
pub const STATUS_ACCESS_VIOLATION: NTSTATUS = -1073741819;
pub const STATUS_IN_PAGE_ERROR: NTSTATUS = -1073741818;
pub const STATUS_INVALID_HANDLE: NTSTATUS = -1073741816;
pub const STATUS_INVALID_CID: NTSTATUS = -1073741813;
pub const STATUS_INVALID_PARAMETER: NTSTATUS = -1073741811;
pub const STATUS_NO_SUCH_DEVICE: NTSTATUS = -1073741810;
pub const STATUS_NO_SUCH_FILE: NTSTATUS = -1073741809;
pub const STATUS_INVALID_DEVICE_REQUEST: NTSTATUS = -1073741808;
pub const STATUS_END_OF_FILE: NTSTATUS = -1073741807;
pub const STATUS_WRONG_VOLUME: NTSTATUS = -1073741806;
pub const STATUS_NO_MEDIA_IN_DEVICE: NTSTATUS = -1073741805;
pub const STATUS_UNRECOGNIZED_MEDIA: NTSTATUS = -1073741804;
pub const STATUS_NONEXISTENT_SECTOR: NTSTATUS = -1073741803;
pub const STATUS_MORE_PROCESSING_REQUIRED: NTSTATUS = -1073741802;
pub const STATUS_NO_MEMORY: NTSTATUS = -1073741801;
pub const STATUS_CONFLICTING_ADDRESSES: NTSTATUS = -1073741800;
pub const STATUS_NOT_MAPPED_VIEW: NTSTATUS = -1073741799;
pub const STATUS_INVALID_VIEW_SIZE: NTSTATUS = -1073741793;
pub const STATUS_INVALID_FILE_FOR_SECTION: NTSTATUS = -1073741792;
pub const STATUS_INVALID_SYSTEM_SERVICE: NTSTATUS = -1073741796;
pub const STATUS_ALREADY_COMMITTED: NTSTATUS = -1073741791;
pub const STATUS_ACCESS_DENIED: NTSTATUS = -1073741790;
pub const STATUS_BUFFER_TOO_SMALL: NTSTATUS = -1073741789;
pub const STATUS_OBJECT_TYPE_MISMATCH: NTSTATUS = -1073741788;
pub const STATUS_NOT_LOCKED: NTSTATUS = -1073741782;
pub const STATUS_DISK_CORRUPT_ERROR: NTSTATUS = -1073741774;
pub const STATUS_OBJECT_NAME_INVALID: NTSTATUS = -1073741773;
pub const STATUS_OBJECT_NAME_NOT_FOUND: NTSTATUS = -1073741772;
pub const STATUS_OBJECT_NAME_COLLISION: NTSTATUS = -1073741771;
pub const STATUS_PORT_DISCONNECTED: NTSTATUS = -1073741769;
pub const STATUS_DEVICE_ALREADY_ATTACHED: NTSTATUS = -1073741768;
pub const STATUS_OBJECT_PATH_INVALID: NTSTATUS = -1073741767;
pub const STATUS_OBJECT_PATH_NOT_FOUND: NTSTATUS = -1073741766;
pub const STATUS_OBJECT_PATH_SYNTAX_BAD: NTSTATUS = -1073741765;
pub const STATUS_DATA_OVERRUN: NTSTATUS = -1073741764;
pub const STATUS_DATA_ERROR: NTSTATUS = -1073741762;
pub const STATUS_CRC_ERROR: NTSTATUS = -1073741761;
pub const STATUS_SECTION_TOO_BIG: NTSTATUS = -1073741760;
pub const STATUS_PORT_CONNECTION_REFUSED: NTSTATUS = -1073741759;
pub const STATUS_INVALID_PORT_HANDLE: NTSTATUS = -1073741758;
pub const STATUS_SHARING_VIOLATION: NTSTATUS = -1073741757;
pub const STATUS_QUOTA_EXCEEDED: NTSTATUS = -1073741756;
pub const STATUS_INVALID_PAGE_PROTECTION: NTSTATUS = -1073741755;
pub const STATUS_SECTION_PROTECTION: NTSTATUS = -1073741746;
pub const STATUS_THREAD_IS_TERMINATING: NTSTATUS = -1073741749;
pub const STATUS_EAS_NOT_SUPPORTED: NTSTATUS = -1073741745;
pub const STATUS_EA_TOO_LARGE: NTSTATUS = -1073741744;
pub const STATUS_NONEXISTENT_EA_ENTRY: NTSTATUS = -1073741743;
pub const STATUS_NO_EAS_ON_FILE: NTSTATUS = -1073741742;
pub const STATUS_EA_CORRUPT_ERROR: NTSTATUS = -1073741741;
pub const STATUS_FILE_LOCK_CONFLICT: NTSTATUS = -1073741740;
pub const STATUS_LOCK_NOT_GRANTED: NTSTATUS = -1073741739;
pub const STATUS_DELETE_PENDING: NTSTATUS = -1073741738;
pub const STATUS_CTL_FILE_NOT_SUPPORTED: NTSTATUS = -1073741737;
pub const STATUS_UNKNOWN_REVISION: NTSTATUS = -1073741736;
pub const STATUS_REVISION_MISMATCH: NTSTATUS = -1073741735;
pub const STATUS_INVALID_OWNER: NTSTATUS = -1073741734;
pub const STATUS_INVALID_PRIMARY_GROUP: NTSTATUS = -1073741733;
pub const STATUS_PRIVILEGE_NOT_HELD: NTSTATUS = -1073741727;
pub const STATUS_PROCEDURE_NOT_FOUND: NTSTATUS = -1073741702;
pub const STATUS_INVALID_IMAGE_FORMAT: NTSTATUS = -1073741701;
pub const STATUS_NO_TOKEN: NTSTATUS = -1073741700;
pub const STATUS_INVALID_ACL: NTSTATUS = -1073741705;
pub const STATUS_INVALID_SID: NTSTATUS = -1073741704;
pub const STATUS_INVALID_SECURITY_DESCR: NTSTATUS = -1073741703;
pub const STATUS_RANGE_NOT_LOCKED: NTSTATUS = -1073741698;
pub const STATUS_DISK_FULL: NTSTATUS = -1073741697;
pub const STATUS_INVALID_VOLUME_LABEL: NTSTATUS = -1073741690;
pub const STATUS_SECTION_NOT_EXTENDED: NTSTATUS = -1073741689;
pub const STATUS_INTEGER_OVERFLOW: NTSTATUS = -1073741675;
pub const STATUS_INSUFFICIENT_RESOURCES: NTSTATUS = -1073741670;
pub const STATUS_DFS_EXIT_PATH_FOUND: NTSTATUS = -1073741669;
pub const STATUS_DEVICE_DATA_ERROR: NTSTATUS = -1073741668;
pub const STATUS_DEVICE_NOT_CONNECTED: NTSTATUS = -1073741667;
pub const STATUS_FREE_VM_NOT_AT_BASE: NTSTATUS = -1073741665;
pub const STATUS_MEDIA_WRITE_PROTECTED: NTSTATUS = -1073741662;
pub const STATUS_DEVICE_NOT_READY: NTSTATUS = -1073741661;
pub const STATUS_BAD_IMPERSONATION_LEVEL: NTSTATUS = -1073741659;
pub const STATUS_INSTANCE_NOT_AVAILABLE: NTSTATUS = -1073741653;
pub const STATUS_PIPE_NOT_AVAILABLE: NTSTATUS = -1073741652;
pub const STATUS_INVALID_PIPE_STATE: NTSTATUS = -1073741651;
pub const STATUS_PIPE_BUSY: NTSTATUS = -1073741650;
pub const STATUS_PIPE_DISCONNECTED: NTSTATUS = -1073741648;
pub const STATUS_PIPE_CLOSING: NTSTATUS = -1073741647;
pub const STATUS_IO_TIMEOUT: NTSTATUS = -1073741643;
pub const STATUS_FILE_FORCED_CLOSED: NTSTATUS = -1073741642;
pub const STATUS_FILE_IS_A_DIRECTORY: NTSTATUS = -1073741638;
pub const STATUS_NOT_SUPPORTED: NTSTATUS = -1073741637;
pub const STATUS_DEVICE_DOES_NOT_EXIST: NTSTATUS = -1073741632;
pub const STATUS_NETWORK_ACCESS_DENIED: NTSTATUS = -1073741622;
pub const STATUS_NOT_SAME_DEVICE: NTSTATUS = -1073741612;
pub const STATUS_FILE_RENAMED: NTSTATUS = -1073741611;
pub const STATUS_CANT_WAIT: NTSTATUS = -1073741608;
pub const STATUS_PIPE_EMPTY: NTSTATUS = -1073741607;
pub const STATUS_CANT_TERMINATE_SELF: NTSTATUS = -1073741605;
pub const STATUS_INVALID_OPLOCK_PROTOCOL: NTSTATUS = -1073741597;
pub const STATUS_OPLOCK_NOT_GRANTED: NTSTATUS = -1073741598;
pub const STATUS_INTERNAL_ERROR: NTSTATUS = -1073741595;
pub const STATUS_UNEXPECTED_IO_ERROR: NTSTATUS = -1073741591;
pub const STATUS_INVALID_USER_BUFFER: NTSTATUS = -1073741592;
pub const STATUS_INVALID_PARAMETER_1: NTSTATUS = -1073741585;
pub const STATUS_INVALID_PARAMETER_2: NTSTATUS = -1073741584;
pub const STATUS_INVALID_PARAMETER_3: NTSTATUS = -1073741583;
pub const STATUS_INVALID_PARAMETER_4: NTSTATUS = -1073741582;
pub const STATUS_INVALID_PARAMETER_5: NTSTATUS = -1073741581;
pub const STATUS_INVALID_PARAMETER_6: NTSTATUS = -1073741580;
pub const STATUS_INVALID_PARAMETER_7: NTSTATUS = -1073741579;
pub const STATUS_INVALID_PARAMETER_8: NTSTATUS = -1073741578;
pub const STATUS_INVALID_PARAMETER_9: NTSTATUS = -1073741577;
pub const STATUS_INVALID_PARAMETER_10: NTSTATUS = -1073741576;
pub const STATUS_INVALID_PARAMETER_11: NTSTATUS = -1073741575;
pub const STATUS_INVALID_PARAMETER_12: NTSTATUS = -1073741574;
pub const STATUS_DIRECTORY_NOT_EMPTY: NTSTATUS = -1073741567;
pub const STATUS_FILE_CORRUPT_ERROR: NTSTATUS = -1073741566;
pub const STATUS_NOT_A_DIRECTORY: NTSTATUS = -1073741565;
pub const STATUS_NAME_TOO_LONG: NTSTATUS = -1073741562;
pub const STATUS_FILES_OPEN: NTSTATUS = -1073741561;
pub const STATUS_CONNECTION_IN_USE: NTSTATUS = -1073741560;
pub const STATUS_PROCESS_IS_TERMINATING: NTSTATUS = -1073741558;
pub const STATUS_IMAGE_ALREADY_LOADED: NTSTATUS = -1073741554;
pub const STATUS_TOO_MANY_OPENED_FILES: NTSTATUS = -1073741537;
pub const STATUS_CANCELLED: NTSTATUS = -1073741536;
pub const STATUS_CANNOT_DELETE: NTSTATUS = -1073741535;
pub const STATUS_FILE_DELETED: NTSTATUS = -1073741533;
pub const STATUS_FILE_CLOSED: NTSTATUS = -1073741528;
pub const STATUS_THREAD_NOT_IN_PROCESS: NTSTATUS = -1073741526;
pub const STATUS_PAGEFILE_QUOTA_EXCEEDED: NTSTATUS = -1073741524;
pub const STATUS_COMMITMENT_LIMIT: NTSTATUS = -1073741523;
pub const STATUS_INVALID_IMAGE_NE_FORMAT: NTSTATUS = -1073741541;
pub const STATUS_DLL_NOT_FOUND: NTSTATUS = -1073741515;
pub const STATUS_ORDINAL_NOT_FOUND: NTSTATUS = -1073741512;
pub const STATUS_ENTRYPOINT_NOT_FOUND: NTSTATUS = -1073741511;
pub const STATUS_LOCAL_DISCONNECT: NTSTATUS = -1073741509;
pub const STATUS_REMOTE_DISCONNECT: NTSTATUS = -1073741508;
pub const STATUS_LINK_FAILED: NTSTATUS = -1073741506;
pub const STATUS_REGISTRY_CORRUPT: NTSTATUS = -1073741492;
pub const STATUS_REGISTRY_IO_FAILED: NTSTATUS = -1073741491;
pub const STATUS_UNRECOGNIZED_VOLUME: NTSTATUS = -1073741489;
pub const STATUS_KEY_DELETED: NTSTATUS = -1073741444;
pub const STATUS_INVALID_DEVICE_STATE: NTSTATUS = -1073741436;
pub const STATUS_IO_DEVICE_ERROR: NTSTATUS = -1073741435;
pub const STATUS_CHILD_MUST_BE_VOLATILE: NTSTATUS = -1073741439;
pub const STATUS_FS_DRIVER_REQUIRED: NTSTATUS = -1073741412;
pub const STATUS_IMAGE_ALREADY_LOADED_AS_DLL: NTSTATUS = -1073741411;
pub const STATUS_POSSIBLE_DEADLOCK: NTSTATUS = -1073741420;
pub const STATUS_VOLUME_DISMOUNTED: NTSTATUS = -1073741202;
pub const STATUS_NOT_FOUND: NTSTATUS = -1073741275;
pub const STATUS_RETRY: NTSTATUS = -1073741267;
pub const STATUS_CONNECTION_REFUSED: NTSTATUS = -1073741258;
pub const STATUS_USER_MAPPED_FILE: NTSTATUS = -1073741245;
pub const STATUS_CONNECTION_COUNT_LIMIT: NTSTATUS = -1073741242;
pub const STATUS_DRIVER_ORDINAL_NOT_FOUND: NTSTATUS = -1073741214;
pub const STATUS_DRIVER_ENTRYPOINT_NOT_FOUND: NTSTATUS = -1073741213;
pub const STATUS_TOO_MANY_LINKS: NTSTATUS = -1073741211;
pub const STATUS_FILE_IS_OFFLINE: NTSTATUS = -1073741209;
pub const STATUS_DRIVER_UNABLE_TO_LOAD: NTSTATUS = -1073741204;
pub const STATUS_NOT_A_REPARSE_POINT: NTSTATUS = -1073741195;
pub const STATUS_IO_REPARSE_TAG_INVALID: NTSTATUS = -1073741194;
pub const STATUS_IO_REPARSE_TAG_MISMATCH: NTSTATUS = -1073741193;
pub const STATUS_IO_REPARSE_DATA_INVALID: NTSTATUS = -1073741192;
pub const STATUS_IO_REPARSE_TAG_NOT_HANDLED: NTSTATUS = -1073741191;
pub const STATUS_REPARSE_POINT_NOT_RESOLVED: NTSTATUS = -1073741184;
pub const STATUS_DIRECTORY_IS_A_REPARSE_POINT: NTSTATUS = -1073741183;
pub const STATUS_FILE_ENCRYPTED: NTSTATUS = -1073741165;
pub const STATUS_JOURNAL_NOT_ACTIVE: NTSTATUS = -1073741128;
pub const STATUS_REPARSE_ATTRIBUTE_CONFLICT: NTSTATUS = -1073741134;
pub const STATUS_CANNOT_MAKE: NTSTATUS = -1073741078;
pub const STATUS_OBJECTID_EXISTS: NTSTATUS = -1073741269;
pub const STATUS_OBJECTID_NOT_FOUND: NTSTATUS = -1073741072;
pub const STATUS_INVALID_IMAGE_HASH: NTSTATUS = -1073740760;
pub const STATUS_DRIVER_BLOCKED: NTSTATUS = -1073740948;
pub const STATUS_DRIVER_BLOCKED_CRITICAL: NTSTATUS = -1073740949;
pub const STATUS_FAILED_DRIVER_ENTRY: NTSTATUS = -1073740955;
pub const STATUS_MOUNT_POINT_NOT_RESOLVED: NTSTATUS = -1073740952;
pub const STATUS_FILE_CHECKED_OUT: NTSTATUS = -1073739519;
pub const STATUS_FILE_NOT_AVAILABLE: NTSTATUS = -1073740697;
pub const STATUS_CANNOT_BREAK_OPLOCK: NTSTATUS = -1073739511;
pub const STATUS_BAD_FILE_TYPE: NTSTATUS = -1073739517;
pub const STATUS_FILE_TOO_LARGE: NTSTATUS = -1073739516;
pub const STATUS_VIRUS_INFECTED: NTSTATUS = -1073739514;
pub const STATUS_VIRUS_DELETED: NTSTATUS = -1073739513;
pub const STATUS_INVALID_LOCK_RANGE: NTSTATUS = -1073741407;
pub const STATUS_SYMLINK_CLASS_DISABLED: NTSTATUS = -1073740011;
pub const STATUS_OFFLOAD_READ_FLT_NOT_SUPPORTED: NTSTATUS = -1073700191;
pub const STATUS_OFFLOAD_WRITE_FLT_NOT_SUPPORTED: NTSTATUS = -1073700190;
pub const STATUS_OFFLOAD_READ_FILE_NOT_SUPPORTED: NTSTATUS = -1073700189;
pub const STATUS_OFFLOAD_WRITE_FILE_NOT_SUPPORTED: NTSTATUS = -1073700188;
pub const STATUS_CASE_DIFFERING_NAMES_IN_DIR: NTSTATUS = -1073740621;
pub const STATUS_TRANSACTIONAL_CONFLICT: NTSTATUS = -1072103423;
pub const STATUS_INVALID_TRANSACTION: NTSTATUS = -1072103422;
pub const STATUS_TRANSACTION_NOT_ACTIVE: NTSTATUS = -1072103421;
pub const STATUS_TRANSACTION_REQUEST_NOT_VALID: NTSTATUS = -1072103405;
pub const STATUS_TRANSACTION_ALREADY_ABORTED: NTSTATUS = -1072103403;
pub const STATUS_TRANSACTION_ALREADY_COMMITTED: NTSTATUS = -1072103402;
pub const STATUS_TRANSACTIONS_NOT_FROZEN: NTSTATUS = -1072103355;
pub const STATUS_TRANSACTIONS_UNSUPPORTED_REMOTE: NTSTATUS = -1072103414;
pub const STATUS_FLT_NO_HANDLER_DEFINED: NTSTATUS = -1071906815;
pub const STATUS_FLT_CONTEXT_ALREADY_DEFINED: NTSTATUS = -1071906814;
pub const STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST: NTSTATUS = -1071906813;
pub const STATUS_FLT_DISALLOW_FAST_IO: NTSTATUS = -1071906812;
pub const STATUS_FLT_INVALID_NAME_REQUEST: NTSTATUS = -1071906811;
pub const STATUS_FLT_NOT_SAFE_TO_POST_OPERATION: NTSTATUS = -1071906810;
pub const STATUS_FLT_NOT_INITIALIZED: NTSTATUS = -1071906809;
pub const STATUS_FLT_FILTER_NOT_READY: NTSTATUS = -1071906808;
pub const STATUS_FLT_POST_OPERATION_CLEANUP: NTSTATUS = -1071906807;
pub const STATUS_FLT_INTERNAL_ERROR: NTSTATUS = -1071906806;
pub const STATUS_FLT_DELETING_OBJECT: NTSTATUS = -1071906805;
pub const STATUS_FLT_MUST_BE_NONPAGED_POOL: NTSTATUS = -1071906804;
pub const STATUS_FLT_DUPLICATE_ENTRY: NTSTATUS = -1071906803;
pub const STATUS_FLT_CBDQ_DISABLED: NTSTATUS = -1071906802;
pub const STATUS_FLT_DO_NOT_ATTACH: NTSTATUS = -1071906801;
pub const STATUS_FLT_DO_NOT_DETACH: NTSTATUS = -1071906800;
pub const STATUS_FLT_INSTANCE_ALTITUDE_COLLISION: NTSTATUS = -1071906799;
pub const STATUS_FLT_INSTANCE_NAME_COLLISION: NTSTATUS = -1071906798;
pub const STATUS_FLT_FILTER_NOT_FOUND: NTSTATUS = -1071906797;
pub const STATUS_FLT_VOLUME_NOT_FOUND: NTSTATUS = -1071906796;
pub const STATUS_FLT_INSTANCE_NOT_FOUND: NTSTATUS = -1071906795;
pub const STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND: NTSTATUS = -1071906794;
pub const STATUS_FLT_INVALID_CONTEXT_REGISTRATION: NTSTATUS = -1071906793;
pub const STATUS_FLT_NAME_CACHE_MISS: NTSTATUS = -1071906792;
pub const STATUS_FLT_NO_DEVICE_OBJECT: NTSTATUS = -1071906791;
pub const STATUS_FLT_VOLUME_ALREADY_MOUNTED: NTSTATUS = -1071906790;
pub const STATUS_FLT_ALREADY_ENLISTED: NTSTATUS = -1071906789;
pub const STATUS_FLT_CONTEXT_ALREADY_LINKED: NTSTATUS = -1071906788;
pub const STATUS_FLT_NO_WAITER_FOR_REPLY: NTSTATUS = -1071906784;
pub const STATUS_FLT_REGISTRATION_BUSY: NTSTATUS = -1071906781;
pub const STATUS_FLT_WCOS_NOT_SUPPORTED: NTSTATUS = -1071906780;
pub const STATUS_INVALID_BUFFER_SIZE: NTSTATUS = -1073741306;
pub const FileDirectoryInformation: _FILE_INFORMATION_CLASS = 1;
pub const FileFullDirectoryInformation: _FILE_INFORMATION_CLASS = 2;
pub const FileBothDirectoryInformation: _FILE_INFORMATION_CLASS = 3;
pub const FileBasicInformation: _FILE_INFORMATION_CLASS = 4;
pub const FileStandardInformation: _FILE_INFORMATION_CLASS = 5;
pub const FileInternalInformation: _FILE_INFORMATION_CLASS = 6;
pub const FileEaInformation: _FILE_INFORMATION_CLASS = 7;
pub const FileAccessInformation: _FILE_INFORMATION_CLASS = 8;
pub const FileNameInformation: _FILE_INFORMATION_CLASS = 9;
pub const FileRenameInformation: _FILE_INFORMATION_CLASS = 10;
pub const FileLinkInformation: _FILE_INFORMATION_CLASS = 11;
pub const FileNamesInformation: _FILE_INFORMATION_CLASS = 12;
pub const FileDispositionInformation: _FILE_INFORMATION_CLASS = 13;
pub const FilePositionInformation: _FILE_INFORMATION_CLASS = 14;
pub const FileFullEaInformation: _FILE_INFORMATION_CLASS = 15;
pub const FileModeInformation: _FILE_INFORMATION_CLASS = 16;
pub const FileAlignmentInformation: _FILE_INFORMATION_CLASS = 17;
pub const FileAllInformation: _FILE_INFORMATION_CLASS = 18;
pub const FileAllocationInformation: _FILE_INFORMATION_CLASS = 19;
pub const FileEndOfFileInformation: _FILE_INFORMATION_CLASS = 20;
pub const FileAlternateNameInformation: _FILE_INFORMATION_CLASS = 21;
pub const FileStreamInformation: _FILE_INFORMATION_CLASS = 22;
pub const FilePipeInformation: _FILE_INFORMATION_CLASS = 23;
pub const FilePipeLocalInformation: _FILE_INFORMATION_CLASS = 24;
pub const FilePipeRemoteInformation: _FILE_INFORMATION_CLASS = 25;
pub const FileMailslotQueryInformation: _FILE_INFORMATION_CLASS = 26;
pub const FileMailslotSetInformation: _FILE_INFORMATION_CLASS = 27;
pub const FileCompressionInformation: _FILE_INFORMATION_CLASS = 28;
pub const FileObjectIdInformation: _FILE_INFORMATION_CLASS = 29;
pub const FileCompletionInformation: _FILE_INFORMATION_CLASS = 30;
pub const FileMoveClusterInformation: _FILE_INFORMATION_CLASS = 31;
pub const FileQuotaInformation: _FILE_INFORMATION_CLASS = 32;
pub const FileReparsePointInformation: _FILE_INFORMATION_CLASS = 33;
pub const FileNetworkOpenInformation: _FILE_INFORMATION_CLASS = 34;
pub const FileAttributeTagInformation: _FILE_INFORMATION_CLASS = 35;
pub const FileTrackingInformation: _FILE_INFORMATION_CLASS = 36;
pub const FileIdBothDirectoryInformation: _FILE_INFORMATION_CLASS = 37;
pub const FileIdFullDirectoryInformation: _FILE_INFORMATION_CLASS = 38;
pub const FileValidDataLengthInformation: _FILE_INFORMATION_CLASS = 39;
pub const FileShortNameInformation: _FILE_INFORMATION_CLASS = 40;
pub const FileIoCompletionNotificationInformation: _FILE_INFORMATION_CLASS = 41;
pub const FileIoStatusBlockRangeInformation: _FILE_INFORMATION_CLASS = 42;
pub const FileIoPriorityHintInformation: _FILE_INFORMATION_CLASS = 43;
pub const FileSfioReserveInformation: _FILE_INFORMATION_CLASS = 44;
pub const FileSfioVolumeInformation: _FILE_INFORMATION_CLASS = 45;
pub const FileHardLinkInformation: _FILE_INFORMATION_CLASS = 46;
pub const FileProcessIdsUsingFileInformation: _FILE_INFORMATION_CLASS = 47;
pub const FileNormalizedNameInformation: _FILE_INFORMATION_CLASS = 48;
pub const FileNetworkPhysicalNameInformation: _FILE_INFORMATION_CLASS = 49;
pub const FileIdGlobalTxDirectoryInformation: _FILE_INFORMATION_CLASS = 50;
pub const FileIsRemoteDeviceInformation: _FILE_INFORMATION_CLASS = 51;
pub const FileUnusedInformation: _FILE_INFORMATION_CLASS = 52;
pub const FileNumaNodeInformation: _FILE_INFORMATION_CLASS = 53;
pub const FileStandardLinkInformation: _FILE_INFORMATION_CLASS = 54;
pub const FileRemoteProtocolInformation: _FILE_INFORMATION_CLASS = 55;
pub const FileRenameInformationBypassAccessCheck: _FILE_INFORMATION_CLASS = 56;
pub const FileLinkInformationBypassAccessCheck: _FILE_INFORMATION_CLASS = 57;
pub const FileVolumeNameInformation: _FILE_INFORMATION_CLASS = 58;
pub const FileIdInformation: _FILE_INFORMATION_CLASS = 59;
pub const FileIdExtdDirectoryInformation: _FILE_INFORMATION_CLASS = 60;
pub const FileReplaceCompletionInformation: _FILE_INFORMATION_CLASS = 61;
pub const FileHardLinkFullIdInformation: _FILE_INFORMATION_CLASS = 62;
pub const FileIdExtdBothDirectoryInformation: _FILE_INFORMATION_CLASS = 63;
pub const FileDispositionInformationEx: _FILE_INFORMATION_CLASS = 64;
pub const FileRenameInformationEx: _FILE_INFORMATION_CLASS = 65;
pub const FileRenameInformationExBypassAccessCheck: _FILE_INFORMATION_CLASS = 66;
pub const FileDesiredStorageClassInformation: _FILE_INFORMATION_CLASS = 67;
pub const FileStatInformation: _FILE_INFORMATION_CLASS = 68;
pub const FileMemoryPartitionInformation: _FILE_INFORMATION_CLASS = 69;
pub const FileStatLxInformation: _FILE_INFORMATION_CLASS = 70;
pub const FileCaseSensitiveInformation: _FILE_INFORMATION_CLASS = 71;
pub const FileLinkInformationEx: _FILE_INFORMATION_CLASS = 72;
pub const FileLinkInformationExBypassAccessCheck: _FILE_INFORMATION_CLASS = 73;
pub const FileStorageReserveIdInformation: _FILE_INFORMATION_CLASS = 74;
pub const FileCaseSensitiveInformationForceAccessCheck: _FILE_INFORMATION_CLASS = 75;
pub const FileKnownFolderInformation: _FILE_INFORMATION_CLASS = 76;
pub const FileStatBasicInformation: _FILE_INFORMATION_CLASS = 77;
pub const FileId64ExtdDirectoryInformation: _FILE_INFORMATION_CLASS = 78;
pub const FileId64ExtdBothDirectoryInformation: _FILE_INFORMATION_CLASS = 79;
pub const FileIdAllExtdDirectoryInformation: _FILE_INFORMATION_CLASS = 80;
pub const FileIdAllExtdBothDirectoryInformation: _FILE_INFORMATION_CLASS = 81;
pub const FileStreamReservationInformation: _FILE_INFORMATION_CLASS = 82;
pub const FileMupProviderInfo: _FILE_INFORMATION_CLASS = 83;
pub const FileMaximumInformation: _FILE_INFORMATION_CLASS = 84;
pub type _FILE_INFORMATION_CLASS = i32;
pub use self::_FILE_INFORMATION_CLASS as FILE_INFORMATION_CLASS;
pub type PFILE_INFORMATION_CLASS = *mut _FILE_INFORMATION_CLASS;
pub const FileFsVolumeInformation: _FS_INFORMATION_CLASS = 1;
pub const FileFsLabelInformation: _FS_INFORMATION_CLASS = 2;
pub const FileFsSizeInformation: _FS_INFORMATION_CLASS = 3;
pub const FileFsDeviceInformation: _FS_INFORMATION_CLASS = 4;
pub const FileFsAttributeInformation: _FS_INFORMATION_CLASS = 5;
pub const FileFsControlInformation: _FS_INFORMATION_CLASS = 6;
pub const FileFsFullSizeInformation: _FS_INFORMATION_CLASS = 7;
pub const FileFsObjectIdInformation: _FS_INFORMATION_CLASS = 8;
pub const FileFsDriverPathInformation: _FS_INFORMATION_CLASS = 9;
pub const FileFsVolumeFlagsInformation: _FS_INFORMATION_CLASS = 10;
pub const FileFsSectorSizeInformation: _FS_INFORMATION_CLASS = 11;
pub const FileFsDataCopyInformation: _FS_INFORMATION_CLASS = 12;
pub const FileFsMetadataSizeInformation: _FS_INFORMATION_CLASS = 13;
pub const FileFsFullSizeInformationEx: _FS_INFORMATION_CLASS = 14;
pub const FileFsGuidInformation: _FS_INFORMATION_CLASS = 15;
pub const FileFsMaximumInformation: _FS_INFORMATION_CLASS = 16;
pub type _FS_INFORMATION_CLASS = i32;
pub use self::_FS_INFORMATION_CLASS as FS_INFORMATION_CLASS;
pub type PFS_INFORMATION_CLASS = *mut _FS_INFORMATION_CLASS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_ID_128 {
    pub Identifier: [UCHAR; 16usize],
}
pub type FILE_ID_128 = _FILE_ID_128;
pub type PFILE_ID_128 = *mut _FILE_ID_128;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_DIRECTORY_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_DIRECTORY_INFORMATION = _FILE_DIRECTORY_INFORMATION;
pub type PFILE_DIRECTORY_INFORMATION = *mut _FILE_DIRECTORY_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_FULL_DIR_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub EaSize: ULONG,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_FULL_DIR_INFORMATION = _FILE_FULL_DIR_INFORMATION;
pub type PFILE_FULL_DIR_INFORMATION = *mut _FILE_FULL_DIR_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_ID_FULL_DIR_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub EaSize: ULONG,
    pub FileId: LARGE_INTEGER,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_ID_FULL_DIR_INFORMATION = _FILE_ID_FULL_DIR_INFORMATION;
pub type PFILE_ID_FULL_DIR_INFORMATION = *mut _FILE_ID_FULL_DIR_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_BOTH_DIR_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub EaSize: ULONG,
    pub ShortNameLength: CCHAR,
    pub ShortName: [WCHAR; 12usize],
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_BOTH_DIR_INFORMATION = _FILE_BOTH_DIR_INFORMATION;
pub type PFILE_BOTH_DIR_INFORMATION = *mut _FILE_BOTH_DIR_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_ID_BOTH_DIR_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub EaSize: ULONG,
    pub ShortNameLength: CCHAR,
    pub ShortName: [WCHAR; 12usize],
    pub FileId: LARGE_INTEGER,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_ID_BOTH_DIR_INFORMATION = _FILE_ID_BOTH_DIR_INFORMATION;
pub type PFILE_ID_BOTH_DIR_INFORMATION = *mut _FILE_ID_BOTH_DIR_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_ID_EXTD_DIR_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub EaSize: ULONG,
    pub ReparsePointTag: ULONG,
    pub FileId: FILE_ID_128,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_ID_EXTD_DIR_INFORMATION = _FILE_ID_EXTD_DIR_INFORMATION;
pub type PFILE_ID_EXTD_DIR_INFORMATION = *mut _FILE_ID_EXTD_DIR_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_ID_EXTD_BOTH_DIR_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub FileNameLength: ULONG,
    pub EaSize: ULONG,
    pub ReparsePointTag: ULONG,
    pub FileId: FILE_ID_128,
    pub ShortNameLength: CCHAR,
    pub ShortName: [WCHAR; 12usize],
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_ID_EXTD_BOTH_DIR_INFORMATION = _FILE_ID_EXTD_BOTH_DIR_INFORMATION;
pub type PFILE_ID_EXTD_BOTH_DIR_INFORMATION = *mut _FILE_ID_EXTD_BOTH_DIR_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_NAMES_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FileIndex: ULONG,
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_NAMES_INFORMATION = _FILE_NAMES_INFORMATION;
pub type PFILE_NAMES_INFORMATION = *mut _FILE_NAMES_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_NOTIFY_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub Action: ULONG,
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_NOTIFY_INFORMATION = _FILE_NOTIFY_INFORMATION;
pub type PFILE_NOTIFY_INFORMATION = *mut _FILE_NOTIFY_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_BASIC_INFORMATION {
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub FileAttributes: ULONG,
}
pub type FILE_BASIC_INFORMATION = _FILE_BASIC_INFORMATION;
pub type PFILE_BASIC_INFORMATION = *mut _FILE_BASIC_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_STANDARD_INFORMATION {
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub NumberOfLinks: ULONG,
    pub DeletePending: BOOLEAN,
    pub Directory: BOOLEAN,
}
pub type FILE_STANDARD_INFORMATION = _FILE_STANDARD_INFORMATION;
pub type PFILE_STANDARD_INFORMATION = *mut _FILE_STANDARD_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_STANDARD_INFORMATION_EX {
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub NumberOfLinks: ULONG,
    pub DeletePending: BOOLEAN,
    pub Directory: BOOLEAN,
    pub AlternateStream: BOOLEAN,
    pub MetadataAttribute: BOOLEAN,
}
pub type FILE_STANDARD_INFORMATION_EX = _FILE_STANDARD_INFORMATION_EX;
pub type PFILE_STANDARD_INFORMATION_EX = *mut _FILE_STANDARD_INFORMATION_EX;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_INTERNAL_INFORMATION {
    pub IndexNumber: LARGE_INTEGER,
}
pub type FILE_INTERNAL_INFORMATION = _FILE_INTERNAL_INFORMATION;
pub type PFILE_INTERNAL_INFORMATION = *mut _FILE_INTERNAL_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_EA_INFORMATION {
    pub EaSize: ULONG,
}
pub type FILE_EA_INFORMATION = _FILE_EA_INFORMATION;
pub type PFILE_EA_INFORMATION = *mut _FILE_EA_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_ACCESS_INFORMATION {
    pub AccessFlags: ACCESS_MASK,
}
pub type FILE_ACCESS_INFORMATION = _FILE_ACCESS_INFORMATION;
pub type PFILE_ACCESS_INFORMATION = *mut _FILE_ACCESS_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_POSITION_INFORMATION {
    pub CurrentByteOffset: LARGE_INTEGER,
}
pub type FILE_POSITION_INFORMATION = _FILE_POSITION_INFORMATION;
pub type PFILE_POSITION_INFORMATION = *mut _FILE_POSITION_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_MODE_INFORMATION {
    pub Mode: ULONG,
}
pub type FILE_MODE_INFORMATION = _FILE_MODE_INFORMATION;
pub type PFILE_MODE_INFORMATION = *mut _FILE_MODE_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_ALIGNMENT_INFORMATION {
    pub AlignmentRequirement: ULONG,
}
pub type FILE_ALIGNMENT_INFORMATION = _FILE_ALIGNMENT_INFORMATION;
pub type PFILE_ALIGNMENT_INFORMATION = *mut _FILE_ALIGNMENT_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_NAME_INFORMATION {
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_NAME_INFORMATION = _FILE_NAME_INFORMATION;
pub type PFILE_NAME_INFORMATION = *mut _FILE_NAME_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_ALL_INFORMATION {
    pub BasicInformation: FILE_BASIC_INFORMATION,
    pub StandardInformation: FILE_STANDARD_INFORMATION,
    pub InternalInformation: FILE_INTERNAL_INFORMATION,
    pub EaInformation: FILE_EA_INFORMATION,
    pub AccessInformation: FILE_ACCESS_INFORMATION,
    pub PositionInformation: FILE_POSITION_INFORMATION,
    pub ModeInformation: FILE_MODE_INFORMATION,
    pub AlignmentInformation: FILE_ALIGNMENT_INFORMATION,
    pub NameInformation: FILE_NAME_INFORMATION,
}
pub type FILE_ALL_INFORMATION = _FILE_ALL_INFORMATION;
pub type PFILE_ALL_INFORMATION = *mut _FILE_ALL_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_NETWORK_OPEN_INFORMATION {
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub FileAttributes: ULONG,
}
pub type FILE_NETWORK_OPEN_INFORMATION = _FILE_NETWORK_OPEN_INFORMATION;
pub type PFILE_NETWORK_OPEN_INFORMATION = *mut _FILE_NETWORK_OPEN_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_ATTRIBUTE_TAG_INFORMATION {
    pub FileAttributes: ULONG,
    pub ReparseTag: ULONG,
}
pub type FILE_ATTRIBUTE_TAG_INFORMATION = _FILE_ATTRIBUTE_TAG_INFORMATION;
pub type PFILE_ATTRIBUTE_TAG_INFORMATION = *mut _FILE_ATTRIBUTE_TAG_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_STREAM_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub StreamNameLength: ULONG,
    pub StreamSize: LARGE_INTEGER,
    pub StreamAllocationSize: LARGE_INTEGER,
    pub StreamName: [WCHAR; 1usize],
}
pub type FILE_STREAM_INFORMATION = _FILE_STREAM_INFORMATION;
pub type PFILE_STREAM_INFORMATION = *mut _FILE_STREAM_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_COMPRESSION_INFORMATION {
    pub CompressedFileSize: LARGE_INTEGER,
    pub CompressionFormat: USHORT,
    pub CompressionUnitShift: UCHAR,
    pub ChunkShift: UCHAR,
    pub ClusterShift: UCHAR,
    pub Reserved: [UCHAR; 3usize],
}
pub type FILE_COMPRESSION_INFORMATION = _FILE_COMPRESSION_INFORMATION;
pub type PFILE_COMPRESSION_INFORMATION = *mut _FILE_COMPRESSION_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_ALLOCATION_INFORMATION {
    pub AllocationSize: LARGE_INTEGER,
}
pub type FILE_ALLOCATION_INFORMATION = _FILE_ALLOCATION_INFORMATION;
pub type PFILE_ALLOCATION_INFORMATION = *mut _FILE_ALLOCATION_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_END_OF_FILE_INFORMATION {
    pub EndOfFile: LARGE_INTEGER,
}
pub type FILE_END_OF_FILE_INFORMATION = _FILE_END_OF_FILE_INFORMATION;
pub type PFILE_END_OF_FILE_INFORMATION = *mut _FILE_END_OF_FILE_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_VALID_DATA_LENGTH_INFORMATION {
    pub ValidDataLength: LARGE_INTEGER,
}
pub type FILE_VALID_DATA_LENGTH_INFORMATION = _FILE_VALID_DATA_LENGTH_INFORMATION;
pub type PFILE_VALID_DATA_LENGTH_INFORMATION = *mut _FILE_VALID_DATA_LENGTH_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_DISPOSITION_INFORMATION {
    pub DeleteFile: BOOLEAN,
}
pub type FILE_DISPOSITION_INFORMATION = _FILE_DISPOSITION_INFORMATION;
pub type PFILE_DISPOSITION_INFORMATION = *mut _FILE_DISPOSITION_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_DISPOSITION_INFORMATION_EX {
    pub Flags: ULONG,
}
pub type FILE_DISPOSITION_INFORMATION_EX = _FILE_DISPOSITION_INFORMATION_EX;
pub type PFILE_DISPOSITION_INFORMATION_EX = *mut _FILE_DISPOSITION_INFORMATION_EX;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_RENAME_INFORMATION {
    pub __bindgen_anon_1: _FILE_RENAME_INFORMATION__bindgen_ty_1,
    pub RootDirectory: HANDLE,
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FILE_RENAME_INFORMATION__bindgen_ty_1 {
    pub ReplaceIfExists: BOOLEAN,
    pub Flags: ULONG,
}
pub type FILE_RENAME_INFORMATION = _FILE_RENAME_INFORMATION;
pub type PFILE_RENAME_INFORMATION = *mut _FILE_RENAME_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_LINK_INFORMATION {
    pub __bindgen_anon_1: _FILE_LINK_INFORMATION__bindgen_ty_1,
    pub RootDirectory: HANDLE,
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FILE_LINK_INFORMATION__bindgen_ty_1 {
    pub ReplaceIfExists: BOOLEAN,
    pub Flags: ULONG,
}
pub type FILE_LINK_INFORMATION = _FILE_LINK_INFORMATION;
pub type PFILE_LINK_INFORMATION = *mut _FILE_LINK_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_LINK_ENTRY_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub ParentFileId: LONGLONG,
    pub FileNameLength: ULONG,
    pub FileName: [WCHAR; 1usize],
}
pub type FILE_LINK_ENTRY_INFORMATION = _FILE_LINK_ENTRY_INFORMATION;
pub type PFILE_LINK_ENTRY_INFORMATION = *mut _FILE_LINK_ENTRY_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_LINKS_INFORMATION {
    pub BytesNeeded: ULONG,
    pub EntriesReturned: ULONG,
    pub Entry: FILE_LINK_ENTRY_INFORMATION,
}
pub type FILE_LINKS_INFORMATION = _FILE_LINKS_INFORMATION;
pub type PFILE_LINKS_INFORMATION = *mut _FILE_LINKS_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_ID_INFORMATION {
    pub VolumeSerialNumber: ULONGLONG,
    pub FileId: FILE_ID_128,
}
pub type FILE_ID_INFORMATION = _FILE_ID_INFORMATION;
pub type PFILE_ID_INFORMATION = *mut _FILE_ID_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_STAT_INFORMATION {
    pub FileId: LARGE_INTEGER,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub ReparseTag: ULONG,
    pub NumberOfLinks: ULONG,
    pub EffectiveAccess: ACCESS_MASK,
}
pub type FILE_STAT_INFORMATION = _FILE_STAT_INFORMATION;
pub type PFILE_STAT_INFORMATION = *mut _FILE_STAT_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_STAT_LX_INFORMATION {
    pub FileId: LARGE_INTEGER,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub ReparseTag: ULONG,
    pub NumberOfLinks: ULONG,
    pub EffectiveAccess: ACCESS_MASK,
    pub LxFlags: ULONG,
    pub LxUid: ULONG,
    pub LxGid: ULONG,
    pub LxMode: ULONG,
    pub LxDeviceIdMajor: ULONG,
    pub LxDeviceIdMinor: ULONG,
}
pub type FILE_STAT_LX_INFORMATION = _FILE_STAT_LX_INFORMATION;
pub type PFILE_STAT_LX_INFORMATION = *mut _FILE_STAT_LX_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_STAT_BASIC_INFORMATION {
    pub FileId: LARGE_INTEGER,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub ReparseTag: ULONG,
    pub NumberOfLinks: ULONG,
    pub DeviceType: ULONG,
    pub DeviceCharacteristics: ULONG,
    pub Reserved: ULONG,
    pub VolumeSerialNumber: LARGE_INTEGER,
    pub FileId128: FILE_ID_128,
}
pub type FILE_STAT_BASIC_INFORMATION = _FILE_STAT_BASIC_INFORMATION;
pub type PFILE_STAT_BASIC_INFORMATION = *mut _FILE_STAT_BASIC_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_CASE_SENSITIVE_INFORMATION {
    pub Flags: ULONG,
}
pub type FILE_CASE_SENSITIVE_INFORMATION = _FILE_CASE_SENSITIVE_INFORMATION;
pub type PFILE_CASE_SENSITIVE_INFORMATION = *mut _FILE_CASE_SENSITIVE_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_FULL_EA_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub Flags: UCHAR,
    pub EaNameLength: UCHAR,
    pub EaValueLength: USHORT,
    pub EaName: [CHAR; 1usize],
}
pub type FILE_FULL_EA_INFORMATION = _FILE_FULL_EA_INFORMATION;
pub type PFILE_FULL_EA_INFORMATION = *mut _FILE_FULL_EA_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_GET_EA_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub EaNameLength: UCHAR,
    pub EaName: [CHAR; 1usize],
}
pub type FILE_GET_EA_INFORMATION = _FILE_GET_EA_INFORMATION;
pub type PFILE_GET_EA_INFORMATION = *mut _FILE_GET_EA_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_FS_VOLUME_INFORMATION {
    pub VolumeCreationTime: LARGE_INTEGER,
    pub VolumeSerialNumber: ULONG,
    pub VolumeLabelLength: ULONG,
    pub SupportsObjects: BOOLEAN,
    pub VolumeLabel: [WCHAR; 1usize],
}
pub type FILE_FS_VOLUME_INFORMATION = _FILE_FS_VOLUME_INFORMATION;
pub type PFILE_FS_VOLUME_INFORMATION = *mut _FILE_FS_VOLUME_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_FS_LABEL_INFORMATION {
    pub VolumeLabelLength: ULONG,
    pub VolumeLabel: [WCHAR; 1usize],
}
pub type FILE_FS_LABEL_INFORMATION = _FILE_FS_LABEL_INFORMATION;
pub type PFILE_FS_LABEL_INFORMATION = *mut _FILE_FS_LABEL_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_FS_SIZE_INFORMATION {
    pub TotalAllocationUnits: LARGE_INTEGER,
    pub AvailableAllocationUnits: LARGE_INTEGER,
    pub SectorsPerAllocationUnit: ULONG,
    pub BytesPerSector: ULONG,
}
pub type FILE_FS_SIZE_INFORMATION = _FILE_FS_SIZE_INFORMATION;
pub type PFILE_FS_SIZE_INFORMATION = *mut _FILE_FS_SIZE_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_FS_FULL_SIZE_INFORMATION {
    pub TotalAllocationUnits: LARGE_INTEGER,
    pub CallerAvailableAllocationUnits: LARGE_INTEGER,
    pub ActualAvailableAllocationUnits: LARGE_INTEGER,
    pub SectorsPerAllocationUnit: ULONG,
    pub BytesPerSector: ULONG,
}
pub type FILE_FS_FULL_SIZE_INFORMATION = _FILE_FS_FULL_SIZE_INFORMATION;
pub type PFILE_FS_FULL_SIZE_INFORMATION = *mut _FILE_FS_FULL_SIZE_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_FS_DEVICE_INFORMATION {
    pub DeviceType: DEVICE_TYPE,
    pub Characteristics: ULONG,
}
pub type FILE_FS_DEVICE_INFORMATION = _FILE_FS_DEVICE_INFORMATION;
pub type PFILE_FS_DEVICE_INFORMATION = *mut _FILE_FS_DEVICE_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_FS_ATTRIBUTE_INFORMATION {
    pub FileSystemAttributes: ULONG,
    pub MaximumComponentNameLength: LONG,
    pub FileSystemNameLength: ULONG,
    pub FileSystemName: [WCHAR; 1usize],
}
pub type FILE_FS_ATTRIBUTE_INFORMATION = _FILE_FS_ATTRIBUTE_INFORMATION;
pub type PFILE_FS_ATTRIBUTE_INFORMATION = *mut _FILE_FS_ATTRIBUTE_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_FS_CONTROL_INFORMATION {
    pub FreeSpaceStartFiltering: LARGE_INTEGER,
    pub FreeSpaceThreshold: LARGE_INTEGER,
    pub FreeSpaceStopFiltering: LARGE_INTEGER,
    pub DefaultQuotaThreshold: LARGE_INTEGER,
    pub DefaultQuotaLimit: LARGE_INTEGER,
    pub FileSystemControlFlags: ULONG,
}
pub type FILE_FS_CONTROL_INFORMATION = _FILE_FS_CONTROL_INFORMATION;
pub type PFILE_FS_CONTROL_INFORMATION = *mut _FILE_FS_CONTROL_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_FS_OBJECTID_INFORMATION {
    pub ObjectId: [UCHAR; 16usize],
    pub ExtendedInfo: [UCHAR; 48usize],
}
pub type FILE_FS_OBJECTID_INFORMATION = _FILE_FS_OBJECTID_INFORMATION;
pub type PFILE_FS_OBJECTID_INFORMATION = *mut _FILE_FS_OBJECTID_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_FS_SECTOR_SIZE_INFORMATION {
    pub LogicalBytesPerSector: ULONG,
    pub PhysicalBytesPerSectorForAtomicity: ULONG,
    pub PhysicalBytesPerSectorForPerformance: ULONG,
    pub FileSystemEffectivePhysicalBytesPerSectorForAtomicity: ULONG,
    pub Flags: ULONG,
    pub ByteOffsetForSectorAlignment: ULONG,
    pub ByteOffsetForPartitionAlignment: ULONG,
}
pub type FILE_FS_SECTOR_SIZE_INFORMATION = _FILE_FS_SECTOR_SIZE_INFORMATION;
pub type PFILE_FS_SECTOR_SIZE_INFORMATION = *mut _FILE_FS_SECTOR_SIZE_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _REPARSE_DATA_BUFFER {
    pub ReparseTag: ULONG,
    pub ReparseDataLength: USHORT,
    pub Reserved: USHORT,
    pub __bindgen_anon_1: _REPARSE_DATA_BUFFER__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _REPARSE_DATA_BUFFER__bindgen_ty_1 {
    pub SymbolicLinkReparseBuffer: _REPARSE_DATA_BUFFER__bindgen_ty_1__bindgen_ty_1,
    pub MountPointReparseBuffer: _REPARSE_DATA_BUFFER__bindgen_ty_1__bindgen_ty_2,
    pub GenericReparseBuffer: _REPARSE_DATA_BUFFER__bindgen_ty_1__bindgen_ty_3,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REPARSE_DATA_BUFFER__bindgen_ty_1__bindgen_ty_1 {
    pub SubstituteNameOffset: USHORT,
    pub SubstituteNameLength: USHORT,
    pub PrintNameOffset: USHORT,
    pub PrintNameLength: USHORT,
    pub Flags: ULONG,
    pub PathBuffer: [WCHAR; 1usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REPARSE_DATA_BUFFER__bindgen_ty_1__bindgen_ty_2 {
    pub SubstituteNameOffset: USHORT,
    pub SubstituteNameLength: USHORT,
    pub PrintNameOffset: USHORT,
    pub PrintNameLength: USHORT,
    pub PathBuffer: [WCHAR; 1usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REPARSE_DATA_BUFFER__bindgen_ty_1__bindgen_ty_3 {
    pub DataBuffer: [UCHAR; 1usize],
}
pub type REPARSE_DATA_BUFFER = _REPARSE_DATA_BUFFER;
pub type PREPARSE_DATA_BUFFER = *mut _REPARSE_DATA_BUFFER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REPARSE_GUID_DATA_BUFFER {
    pub ReparseTag: ULONG,
    pub ReparseDataLength: USHORT,
    pub Reserved: USHORT,
    pub ReparseGuid: GUID,
    pub GenericReparseBuffer: _REPARSE_GUID_DATA_BUFFER__bindgen_ty_1,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REPARSE_GUID_DATA_BUFFER__bindgen_ty_1 {
    pub DataBuffer: [UCHAR; 1usize],
}
pub type REPARSE_GUID_DATA_BUFFER = _REPARSE_GUID_DATA_BUFFER;
pub type PREPARSE_GUID_DATA_BUFFER = *mut _REPARSE_GUID_DATA_BUFFER;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _REPARSE_DATA_BUFFER_EX {
    pub Flags: ULONG,
    pub ExistingReparseTag: ULONG,
    pub ExistingReparseGuid: GUID,
    pub Reserved: ULONGLONG,
    pub __bindgen_anon_1: _REPARSE_DATA_BUFFER_EX__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _REPARSE_DATA_BUFFER_EX__bindgen_ty_1 {
    pub ReparseDataBuffer: REPARSE_DATA_BUFFER,
    pub ReparseGuidDataBuffer: REPARSE_GUID_DATA_BUFFER,
}
pub type REPARSE_DATA_BUFFER_EX = _REPARSE_DATA_BUFFER_EX;
pub type PREPARSE_DATA_BUFFER_EX = *mut _REPARSE_DATA_BUFFER_EX;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SID_IDENTIFIER_AUTHORITY {
    pub Value: [UCHAR; 6usize],
}
pub type SID_IDENTIFIER_AUTHORITY = _SID_IDENTIFIER_AUTHORITY;
pub type PSID_IDENTIFIER_AUTHORITY = *mut _SID_IDENTIFIER_AUTHORITY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SID {
    pub Revision: UCHAR,
    pub SubAuthorityCount: UCHAR,
    pub IdentifierAuthority: SID_IDENTIFIER_AUTHORITY,
    pub SubAuthority: [ULONG; 1usize],
}
pub type SID = _SID;
pub type PISID = *mut _SID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILE_GET_QUOTA_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub SidLength: ULONG,
    pub Sid: SID,
}
pub type FILE_GET_QUOTA_INFORMATION = _FILE_GET_QUOTA_INFORMATION;
pub type PFILE_GET_QUOTA_INFORMATION = *mut _FILE_GET_QUOTA_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_QUOTA_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub SidLength: ULONG,
    pub ChangeTime: LARGE_INTEGER,
    pub QuotaUsed: LARGE_INTEGER,
    pub QuotaThreshold: LARGE_INTEGER,
    pub QuotaLimit: LARGE_INTEGER,
    pub Sid: SID,
}
pub type FILE_QUOTA_INFORMATION = _FILE_QUOTA_INFORMATION;
pub type PFILE_QUOTA_INFORMATION = *mut _FILE_QUOTA_INFORMATION;
#[repr(C)]
#[derive(Debug)]
pub struct _VPB {
    _unused: [u8; 0],
}
pub type PVPB = *mut _VPB;
#[repr(C)]
#[derive(Debug)]
pub struct _CONTEXT {
    _unused: [u8; 0],
}
pub type PCONTEXT = *mut _CONTEXT;
#[repr(C)]
#[derive(Debug)]
pub struct _ECP_LIST {
    _unused: [u8; 0],
}
pub type ECP_LIST = _ECP_LIST;
pub type PECP_LIST = *mut _ECP_LIST;
#[repr(C)]
#[derive(Debug)]
pub struct _ECP_HEADER {
    _unused: [u8; 0],
}
pub type ECP_HEADER = _ECP_HEADER;
pub type PECP_HEADER = *mut _ECP_HEADER;
pub type FILE_LOCK = _FILE_LOCK;
pub type PFILE_LOCK = *mut _FILE_LOCK;
pub type FILE_LOCK_INFO = _FILE_LOCK_INFO;
pub type PFILE_LOCK_INFO = *mut _FILE_LOCK_INFO;
#[repr(C)]
#[derive(Debug)]
pub struct _FAST_IO_DISPATCH {
    _unused: [u8; 0],
}
pub type PFAST_IO_DISPATCH = *mut _FAST_IO_DISPATCH;
#[repr(C)]
#[derive(Debug)]
pub struct _IO_WORKITEM {
    _unused: [u8; 0],
}
pub type PIO_WORKITEM = *mut _IO_WORKITEM;
#[repr(C)]
#[derive(Debug)]
pub struct _IO_CSQ {
    _unused: [u8; 0],
}
pub type IO_CSQ = _IO_CSQ;
pub type PIO_CSQ = *mut _IO_CSQ;
pub type OPLOCK = PVOID;
pub type POPLOCK = *mut PVOID;
pub type DEVICE_OBJECT = _DEVICE_OBJECT;
pub type PDEVICE_OBJECT = *mut _DEVICE_OBJECT;
pub type DRIVER_OBJECT = _DRIVER_OBJECT;
pub type PDRIVER_OBJECT = *mut _DRIVER_OBJECT;
pub type FILE_OBJECT = _FILE_OBJECT;
pub type PFILE_OBJECT = *mut _FILE_OBJECT;
pub type IRP = _IRP;
pub type PIRP = *mut _IRP;
pub type KDPC = _KDPC;
pub type PKDPC = *mut _KDPC;
pub type KAPC = _KAPC;
pub type PKAPC = *mut _KAPC;
pub type CLONG = ULONG;
pub type EX_SPIN_LOCK = LONG;
pub type PEX_SPIN_LOCK = *mut LONG;
pub type ERESOURCE_THREAD = ULONG_PTR;
pub type PERESOURCE_THREAD = *mut ULONG_PTR;
pub type REGHANDLE = ULONGLONG;
pub type PREGHANDLE = *mut ULONGLONG;
pub const NotificationEvent: _EVENT_TYPE = 0;
pub const SynchronizationEvent: _EVENT_TYPE = 1;
pub type _EVENT_TYPE = i32;
pub use self::_EVENT_TYPE as EVENT_TYPE;
pub const WaitAll: _WAIT_TYPE = 0;
pub const WaitAny: _WAIT_TYPE = 1;
pub type _WAIT_TYPE = i32;
pub use self::_WAIT_TYPE as WAIT_TYPE;
pub const KernelMode: _MODE = 0;
pub const UserMode: _MODE = 1;
pub const MaximumMode: _MODE = 2;
pub type _MODE = i32;
pub use self::_MODE as MODE;
pub const Executive: _KWAIT_REASON = 0;
pub const FreePage: _KWAIT_REASON = 1;
pub const PageIn: _KWAIT_REASON = 2;
pub const PoolAllocation: _KWAIT_REASON = 3;
pub const DelayExecution: _KWAIT_REASON = 4;
pub const Suspended: _KWAIT_REASON = 5;
pub const UserRequest: _KWAIT_REASON = 6;
pub const WrExecutive: _KWAIT_REASON = 7;
pub const WrFreePage: _KWAIT_REASON = 8;
pub const WrPageIn: _KWAIT_REASON = 9;
pub const WrPoolAllocation: _KWAIT_REASON = 10;
pub const WrDelayExecution: _KWAIT_REASON = 11;
pub const WrSuspended: _KWAIT_REASON = 12;
pub const WrUserRequest: _KWAIT_REASON = 13;
pub const WrEventPair: _KWAIT_REASON = 14;
pub const WrQueue: _KWAIT_REASON = 15;
pub const WrLpcReceive: _KWAIT_REASON = 16;
pub const WrLpcReply: _KWAIT_REASON = 17;
pub const WrVirtualMemory: _KWAIT_REASON = 18;
pub const WrPageOut: _KWAIT_REASON = 19;
pub const WrRendezvous: _KWAIT_REASON = 20;
pub type _KWAIT_REASON = i32;
pub use self::_KWAIT_REASON as KWAIT_REASON;
pub const CriticalWorkQueue: _WORK_QUEUE_TYPE = 0;
pub const DelayedWorkQueue: _WORK_QUEUE_TYPE = 1;
pub const HyperCriticalWorkQueue: _WORK_QUEUE_TYPE = 2;
pub const NormalWorkQueue: _WORK_QUEUE_TYPE = 3;
pub const BackgroundWorkQueue: _WORK_QUEUE_TYPE = 4;
pub const RealTimeWorkQueue: _WORK_QUEUE_TYPE = 5;
pub const SuperCriticalWorkQueue: _WORK_QUEUE_TYPE = 6;
pub const MaximumWorkQueue: _WORK_QUEUE_TYPE = 7;
pub const CustomPriorityWorkQueue: _WORK_QUEUE_TYPE = 32;
pub type _WORK_QUEUE_TYPE = i32;
pub use self::_WORK_QUEUE_TYPE as WORK_QUEUE_TYPE;
pub const MmNonCached: _MEMORY_CACHING_TYPE = 0;
pub const MmCached: _MEMORY_CACHING_TYPE = 1;
pub const MmWriteCombined: _MEMORY_CACHING_TYPE = 2;
pub const MmHardwareCoherentCached: _MEMORY_CACHING_TYPE = 3;
pub const MmNonCachedUnordered: _MEMORY_CACHING_TYPE = 4;
pub const MmUSWCCached: _MEMORY_CACHING_TYPE = 5;
pub const MmMaximumCacheType: _MEMORY_CACHING_TYPE = 6;
pub const MmNotMapped: _MEMORY_CACHING_TYPE = -1;
pub type _MEMORY_CACHING_TYPE = i32;
pub use self::_MEMORY_CACHING_TYPE as MEMORY_CACHING_TYPE;
pub const IoReadAccess: _LOCK_OPERATION = 0;
pub const IoWriteAccess: _LOCK_OPERATION = 1;
pub const IoModifyAccess: _LOCK_OPERATION = 2;
pub type _LOCK_OPERATION = i32;
pub use self::_LOCK_OPERATION as LOCK_OPERATION;
pub const MmFlushForDelete: _MMFLUSH_TYPE = 0;
pub const MmFlushForWrite: _MMFLUSH_TYPE = 1;
pub type _MMFLUSH_TYPE = i32;
pub use self::_MMFLUSH_TYPE as MMFLUSH_TYPE;
pub const ViewShare: _SECTION_INHERIT = 1;
pub const ViewUnmap: _SECTION_INHERIT = 2;
pub type _SECTION_INHERIT = i32;
pub use self::_SECTION_INHERIT as SECTION_INHERIT;
pub const SecurityAnonymous: _SECURITY_IMPERSONATION_LEVEL = 0;
pub const SecurityIdentification: _SECURITY_IMPERSONATION_LEVEL = 1;
pub const SecurityImpersonation: _SECURITY_IMPERSONATION_LEVEL = 2;
pub const SecurityDelegation: _SECURITY_IMPERSONATION_LEVEL = 3;
pub type _SECURITY_IMPERSONATION_LEVEL = i32;
pub use self::_SECURITY_IMPERSONATION_LEVEL as SECURITY_IMPERSONATION_LEVEL;
pub const SyncTypeOther: _FS_FILTER_SECTION_SYNC_TYPE = 0;
pub const SyncTypeCreateSection: _FS_FILTER_SECTION_SYNC_TYPE = 1;
pub type _FS_FILTER_SECTION_SYNC_TYPE = i32;
pub use self::_FS_FILTER_SECTION_SYNC_TYPE as FS_FILTER_SECTION_SYNC_TYPE;
pub const DriverRegKeyParameters: _DRIVER_REGKEY_TYPE = 0;
pub const DriverRegKeyPersistentState: _DRIVER_REGKEY_TYPE = 1;
pub type _DRIVER_REGKEY_TYPE = i32;
pub use self::_DRIVER_REGKEY_TYPE as DRIVER_REGKEY_TYPE;
pub type POOL_TYPE = ::core::ffi::c_int;
pub const NonPagedPool: _bindgen_ty_1 = 0;
pub const NonPagedPoolExecute: _bindgen_ty_1 = 0;
pub const PagedPool: _bindgen_ty_1 = 1;
pub const NonPagedPoolMustSucceed: _bindgen_ty_1 = 2;
pub const NonPagedPoolCacheAligned: _bindgen_ty_1 = 4;
pub const PagedPoolCacheAligned: _bindgen_ty_1 = 5;
pub const NonPagedPoolNx: _bindgen_ty_1 = 512;
pub const NonPagedPoolNxCacheAligned: _bindgen_ty_1 = 516;
pub type _bindgen_ty_1 = i32;
pub type POOL_FLAGS = ULONG64;
pub const POOL_FLAG_USE_QUOTA: POOL_FLAGS = 1;
pub const POOL_FLAG_UNINITIALIZED: POOL_FLAGS = 2;
pub const POOL_FLAG_SESSION: POOL_FLAGS = 4;
pub const POOL_FLAG_CACHE_ALIGNED: POOL_FLAGS = 8;
pub const POOL_FLAG_RAISE_ON_FAILURE: POOL_FLAGS = 32;
pub const POOL_FLAG_NON_PAGED: POOL_FLAGS = 64;
pub const POOL_FLAG_NON_PAGED_EXECUTE: POOL_FLAGS = 128;
pub const POOL_FLAG_PAGED: POOL_FLAGS = 256;
pub const POOL_FLAG_SPECIAL_POOL: POOL_FLAGS = 4294967296;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DISPATCHER_HEADER {
    pub Type: UCHAR,
    pub Signalling: UCHAR,
    pub Size: UCHAR,
    pub Reserved1: UCHAR,
    pub SignalState: LONG,
    pub WaitListHead: LIST_ENTRY,
}
pub type DISPATCHER_HEADER = _DISPATCHER_HEADER;
pub type PDISPATCHER_HEADER = *mut _DISPATCHER_HEADER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KEVENT {
    pub Header: DISPATCHER_HEADER,
}
pub type KEVENT = _KEVENT;
pub type PKEVENT = *mut _KEVENT;
pub type PRKEVENT = *mut _KEVENT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KSEMAPHORE {
    pub Header: DISPATCHER_HEADER,
    pub Limit: LONG,
}
pub type KSEMAPHORE = _KSEMAPHORE;
pub type PKSEMAPHORE = *mut _KSEMAPHORE;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _KTIMER {
    pub Header: DISPATCHER_HEADER,
    pub DueTime: ULARGE_INTEGER,
    pub TimerListEntry: LIST_ENTRY,
    pub Dpc: PKDPC,
    pub Processor: USHORT,
    pub TimerType: USHORT,
    pub Period: ULONG,
}
pub type KTIMER = _KTIMER;
pub type PKTIMER = *mut _KTIMER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KMUTANT {
    pub Header: DISPATCHER_HEADER,
    pub MutantListEntry: LIST_ENTRY,
    pub OwnerThread: PKTHREAD,
    pub Abandoned: BOOLEAN,
    pub ApcDisable: UCHAR,
}
pub type KMUTANT = _KMUTANT;
pub type PKMUTANT = *mut _KMUTANT;
pub type KMUTEX = _KMUTANT;
pub type PKMUTEX = *mut _KMUTANT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KWAIT_BLOCK {
    pub Reserved: [PVOID; 6usize],
}
pub type KWAIT_BLOCK = _KWAIT_BLOCK;
pub type PKWAIT_BLOCK = *mut _KWAIT_BLOCK;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FAST_MUTEX {
    pub Count: LONG,
    pub Owner: PVOID,
    pub Contention: ULONG,
    pub Event: KEVENT,
    pub OldIrql: ULONG,
}
pub type FAST_MUTEX = _FAST_MUTEX;
pub type PFAST_MUTEX = *mut _FAST_MUTEX;
pub type KGUARDED_MUTEX = _FAST_MUTEX;
pub type PKGUARDED_MUTEX = *mut _FAST_MUTEX;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OWNER_ENTRY {
    pub OwnerThread: ERESOURCE_THREAD,
    pub TableSize: ULONG,
}
pub type OWNER_ENTRY = _OWNER_ENTRY;
pub type POWNER_ENTRY = *mut _OWNER_ENTRY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ERESOURCE {
    pub SystemResourcesList: LIST_ENTRY,
    pub OwnerTable: POWNER_ENTRY,
    pub ActiveCount: SHORT,
    pub Flag: USHORT,
    pub SharedWaiters: PVOID,
    pub ExclusiveWaiters: PVOID,
    pub OwnerEntry: OWNER_ENTRY,
    pub ActiveEntries: ULONG,
    pub ContentionCount: ULONG,
    pub NumberOfSharedWaiters: ULONG,
    pub NumberOfExclusiveWaiters: ULONG,
    pub Reserved2: PVOID,
    pub Address: PVOID,
    pub SpinLock: KSPIN_LOCK,
}
pub type ERESOURCE = _ERESOURCE;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _EX_RUNDOWN_REF {
    pub __bindgen_anon_1: _EX_RUNDOWN_REF__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _EX_RUNDOWN_REF__bindgen_ty_1 {
    pub Count: ULONG_PTR,
    pub Ptr: PVOID,
}
pub type EX_RUNDOWN_REF = _EX_RUNDOWN_REF;
pub type PEX_RUNDOWN_REF = *mut _EX_RUNDOWN_REF;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KSPIN_LOCK_QUEUE {
    pub Next: *mut _KSPIN_LOCK_QUEUE,
    pub Lock: PKSPIN_LOCK,
}
pub type KSPIN_LOCK_QUEUE = _KSPIN_LOCK_QUEUE;
pub type PKSPIN_LOCK_QUEUE = *mut _KSPIN_LOCK_QUEUE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KLOCK_QUEUE_HANDLE {
    pub LockQueue: KSPIN_LOCK_QUEUE,
    pub OldIrql: KIRQL,
}
pub type KLOCK_QUEUE_HANDLE = _KLOCK_QUEUE_HANDLE;
pub type PKLOCK_QUEUE_HANDLE = *mut _KLOCK_QUEUE_HANDLE;
pub type PKDEFERRED_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(Dpc: PKDPC, Context: PVOID, Argument1: PVOID, Argument2: PVOID)>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KDPC {
    pub Type: UCHAR,
    pub Importance: UCHAR,
    pub Number: USHORT,
    pub DpcListEntry: SINGLE_LIST_ENTRY,
    pub ProcessorHistory: KAFFINITY,
    pub DeferredRoutine: PKDEFERRED_ROUTINE,
    pub DeferredContext: PVOID,
    pub SystemArgument1: PVOID,
    pub SystemArgument2: PVOID,
    pub DpcData: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KAPC {
    pub Type: UCHAR,
    pub AllFlags: UCHAR,
    pub Size: UCHAR,
    pub SpareByte1: UCHAR,
    pub SpareLong0: ULONG,
    pub Thread: PKTHREAD,
    pub ApcListEntry: LIST_ENTRY,
    pub Reserved: [PVOID; 3usize],
    pub NormalContext: PVOID,
    pub SystemArgument1: PVOID,
    pub SystemArgument2: PVOID,
    pub ApcStateIndex: CCHAR,
    pub ApcMode: KPROCESSOR_MODE,
    pub Inserted: BOOLEAN,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KAPC_STATE {
    pub ApcListHead: [LIST_ENTRY; 2usize],
    pub Process: PKPROCESS,
    pub InProgressFlags: UCHAR,
    pub KernelApcPending: BOOLEAN,
    pub UserApcPending: BOOLEAN,
}
pub type KAPC_STATE = _KAPC_STATE;
pub type PKAPC_STATE = *mut _KAPC_STATE;
pub type PKNORMAL_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(NormalContext: PVOID, SystemArgument1: PVOID, SystemArgument2: PVOID),
>;
pub type PKKERNEL_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Apc: PKAPC,
        NormalRoutine: *mut PKNORMAL_ROUTINE,
        NormalContext: *mut PVOID,
        SystemArgument1: *mut PVOID,
        SystemArgument2: *mut PVOID,
    ),
>;
pub type PKRUNDOWN_ROUTINE = ::core::option::Option<unsafe extern "efiapi" fn(Apc: PKAPC)>;
#[repr(C)]
#[repr(align(16))]
#[derive(Debug, Copy, Clone)]
pub struct _SLIST_ENTRY {
    pub Next: *mut _SLIST_ENTRY,
}
pub type SLIST_ENTRY = _SLIST_ENTRY;
pub type PSLIST_ENTRY = *mut _SLIST_ENTRY;
#[repr(C)]
#[repr(align(16))]
#[derive(Copy, Clone)]
pub union _SLIST_HEADER {
    pub __bindgen_anon_1: _SLIST_HEADER__bindgen_ty_1,
    pub HeaderX64: _SLIST_HEADER__bindgen_ty_2,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SLIST_HEADER__bindgen_ty_1 {
    pub Alignment: ULONGLONG,
    pub Region: ULONGLONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SLIST_HEADER__bindgen_ty_2 {
    pub _bindgen_align: [u64; 0],
    pub _bitfield_1: __BindgenBitfieldUnit<[u8; 16usize]>,
}
impl _SLIST_HEADER__bindgen_ty_2 {
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn Depth(&self) -> ULONGLONG {
        unsafe { ::core::mem::transmute(self._bitfield_1.get_const::<0usize, 16u8>() as u64) }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn set_Depth(&mut self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            self._bitfield_1.set_const::<0usize, 16u8>(val as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn Depth_raw(this: *const Self) -> ULONGLONG {
        unsafe {
            ::core::mem::transmute(<__BindgenBitfieldUnit<[u8; 16usize]>>::raw_get_const::<0usize, 16u8>(
                ::core::ptr::addr_of!((*this)._bitfield_1),
            ) as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn set_Depth_raw(this: *mut Self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            <__BindgenBitfieldUnit<[u8; 16usize]>>::raw_set_const::<0usize, 16u8>(
                ::core::ptr::addr_of_mut!((*this)._bitfield_1),
                val as u64,
            )
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn Sequence(&self) -> ULONGLONG {
        unsafe { ::core::mem::transmute(self._bitfield_1.get_const::<16usize, 48u8>() as u64) }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn set_Sequence(&mut self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            self._bitfield_1.set_const::<16usize, 48u8>(val as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn Sequence_raw(this: *const Self) -> ULONGLONG {
        unsafe {
            ::core::mem::transmute(<__BindgenBitfieldUnit<[u8; 16usize]>>::raw_get_const::<16usize, 48u8>(
                ::core::ptr::addr_of!((*this)._bitfield_1),
            ) as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn set_Sequence_raw(this: *mut Self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            <__BindgenBitfieldUnit<[u8; 16usize]>>::raw_set_const::<16usize, 48u8>(
                ::core::ptr::addr_of_mut!((*this)._bitfield_1),
                val as u64,
            )
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn Reserved(&self) -> ULONGLONG {
        unsafe { ::core::mem::transmute(self._bitfield_1.get_const::<64usize, 4u8>() as u64) }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn set_Reserved(&mut self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            self._bitfield_1.set_const::<64usize, 4u8>(val as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn Reserved_raw(this: *const Self) -> ULONGLONG {
        unsafe {
            ::core::mem::transmute(<__BindgenBitfieldUnit<[u8; 16usize]>>::raw_get_const::<64usize, 4u8>(
                ::core::ptr::addr_of!((*this)._bitfield_1),
            ) as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn set_Reserved_raw(this: *mut Self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            <__BindgenBitfieldUnit<[u8; 16usize]>>::raw_set_const::<64usize, 4u8>(
                ::core::ptr::addr_of_mut!((*this)._bitfield_1),
                val as u64,
            )
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn NextEntry(&self) -> ULONGLONG {
        unsafe { ::core::mem::transmute(self._bitfield_1.get_const::<68usize, 60u8>() as u64) }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn set_NextEntry(&mut self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            self._bitfield_1.set_const::<68usize, 60u8>(val as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn NextEntry_raw(this: *const Self) -> ULONGLONG {
        unsafe {
            ::core::mem::transmute(<__BindgenBitfieldUnit<[u8; 16usize]>>::raw_get_const::<68usize, 60u8>(
                ::core::ptr::addr_of!((*this)._bitfield_1),
            ) as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn set_NextEntry_raw(this: *mut Self, val: ULONGLONG) {
        unsafe {
            let val: u64 = ::core::mem::transmute(val);
            <__BindgenBitfieldUnit<[u8; 16usize]>>::raw_set_const::<68usize, 60u8>(
                ::core::ptr::addr_of_mut!((*this)._bitfield_1),
                val as u64,
            )
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn new_bitfield_1(
        Depth: ULONGLONG,
        Sequence: ULONGLONG,
        Reserved: ULONGLONG,
        NextEntry: ULONGLONG,
    ) -> __BindgenBitfieldUnit<[u8; 16usize]> {
        let mut __bindgen_bitfield_unit: __BindgenBitfieldUnit<[u8; 16usize]> = Default::default();
        __bindgen_bitfield_unit.set_const::<0usize, 16u8>({
            let Depth: u64 = unsafe { ::core::mem::transmute(Depth) };
            Depth as u64
        });
        __bindgen_bitfield_unit.set_const::<16usize, 48u8>({
            let Sequence: u64 = unsafe { ::core::mem::transmute(Sequence) };
            Sequence as u64
        });
        __bindgen_bitfield_unit.set_const::<64usize, 4u8>({
            let Reserved: u64 = unsafe { ::core::mem::transmute(Reserved) };
            Reserved as u64
        });
        __bindgen_bitfield_unit.set_const::<68usize, 60u8>({
            let NextEntry: u64 = unsafe { ::core::mem::transmute(NextEntry) };
            NextEntry as u64
        });
        __bindgen_bitfield_unit
    }
}
pub type SLIST_HEADER = _SLIST_HEADER;
pub type PSLIST_HEADER = *mut _SLIST_HEADER;
pub type PALLOCATE_FUNCTION =
    ::core::option::Option<unsafe extern "efiapi" fn(PoolType: POOL_TYPE, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID>;
pub type PFREE_FUNCTION = ::core::option::Option<unsafe extern "efiapi" fn(Buffer: PVOID)>;
#[repr(C)]
#[repr(align(64))]
#[derive(Copy, Clone)]
pub struct _GENERAL_LOOKASIDE {
    pub ListHead: SLIST_HEADER,
    pub Depth: USHORT,
    pub MaximumDepth: USHORT,
    pub TotalAllocates: ULONG,
    pub AllocateMisses: ULONG,
    pub TotalFrees: ULONG,
    pub FreeMisses: ULONG,
    pub Type: POOL_TYPE,
    pub Tag: ULONG,
    pub Size: ULONG,
    pub Allocate: PALLOCATE_FUNCTION,
    pub Free: PFREE_FUNCTION,
    pub ListEntry: LIST_ENTRY,
    pub LastTotalAllocates: ULONG,
    pub LastAllocateMisses: ULONG,
    pub Future: [ULONG; 2usize],
}
pub type GENERAL_LOOKASIDE = _GENERAL_LOOKASIDE;
pub type PGENERAL_LOOKASIDE = *mut _GENERAL_LOOKASIDE;
#[repr(C)]
#[repr(align(64))]
#[derive(Copy, Clone)]
pub struct _NPAGED_LOOKASIDE_LIST {
    pub L: GENERAL_LOOKASIDE,
}
pub type NPAGED_LOOKASIDE_LIST = _NPAGED_LOOKASIDE_LIST;
pub type PNPAGED_LOOKASIDE_LIST = *mut _NPAGED_LOOKASIDE_LIST;
#[repr(C)]
#[repr(align(64))]
#[derive(Copy, Clone)]
pub struct _PAGED_LOOKASIDE_LIST {
    pub L: GENERAL_LOOKASIDE,
}
pub type PAGED_LOOKASIDE_LIST = _PAGED_LOOKASIDE_LIST;
pub type PPAGED_LOOKASIDE_LIST = *mut _PAGED_LOOKASIDE_LIST;
pub type LOOKASIDE_LIST_EX = _LOOKASIDE_LIST_EX;
pub type PLOOKASIDE_LIST_EX = *mut _LOOKASIDE_LIST_EX;
pub type PALLOCATE_FUNCTION_EX = ::core::option::Option<
    unsafe extern "efiapi" fn(
        PoolType: POOL_TYPE,
        NumberOfBytes: SIZE_T,
        Tag: ULONG,
        Lookaside: PLOOKASIDE_LIST_EX,
    ) -> PVOID,
>;
pub type PFREE_FUNCTION_EX =
    ::core::option::Option<unsafe extern "efiapi" fn(Buffer: PVOID, Lookaside: PLOOKASIDE_LIST_EX)>;
#[repr(C)]
#[repr(align(16))]
#[derive(Copy, Clone)]
pub struct _GENERAL_LOOKASIDE_POOL {
    pub __bindgen_anon_1: _GENERAL_LOOKASIDE_POOL__bindgen_ty_1,
    pub Depth: USHORT,
    pub MaximumDepth: USHORT,
    pub TotalAllocates: ULONG,
    pub __bindgen_anon_2: _GENERAL_LOOKASIDE_POOL__bindgen_ty_2,
    pub TotalFrees: ULONG,
    pub __bindgen_anon_3: _GENERAL_LOOKASIDE_POOL__bindgen_ty_3,
    pub Type: POOL_TYPE,
    pub Tag: ULONG,
    pub Size: ULONG,
    pub __bindgen_anon_4: _GENERAL_LOOKASIDE_POOL__bindgen_ty_4,
    pub __bindgen_anon_5: _GENERAL_LOOKASIDE_POOL__bindgen_ty_5,
    pub ListEntry: LIST_ENTRY,
    pub LastTotalAllocates: ULONG,
    pub __bindgen_anon_6: _GENERAL_LOOKASIDE_POOL__bindgen_ty_6,
    pub Future: [ULONG; 2usize],
}
#[repr(C)]
#[repr(align(16))]
#[derive(Copy, Clone)]
pub union _GENERAL_LOOKASIDE_POOL__bindgen_ty_1 {
    pub ListHead: SLIST_HEADER,
    pub SingleListHead: SINGLE_LIST_ENTRY,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _GENERAL_LOOKASIDE_POOL__bindgen_ty_2 {
    pub AllocateMisses: ULONG,
    pub AllocateHits: ULONG,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _GENERAL_LOOKASIDE_POOL__bindgen_ty_3 {
    pub FreeMisses: ULONG,
    pub FreeHits: ULONG,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _GENERAL_LOOKASIDE_POOL__bindgen_ty_4 {
    pub AllocateEx: PALLOCATE_FUNCTION_EX,
    pub Allocate: PALLOCATE_FUNCTION,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _GENERAL_LOOKASIDE_POOL__bindgen_ty_5 {
    pub FreeEx: PFREE_FUNCTION_EX,
    pub Free: PFREE_FUNCTION,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _GENERAL_LOOKASIDE_POOL__bindgen_ty_6 {
    pub LastAllocateMisses: ULONG,
    pub LastAllocateHits: ULONG,
}
pub type GENERAL_LOOKASIDE_POOL = _GENERAL_LOOKASIDE_POOL;
pub type PGENERAL_LOOKASIDE_POOL = *mut _GENERAL_LOOKASIDE_POOL;
#[repr(C)]
#[repr(align(16))]
#[derive(Copy, Clone)]
pub struct _LOOKASIDE_LIST_EX {
    pub L: GENERAL_LOOKASIDE_POOL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _MDL {
    pub Next: *mut _MDL,
    pub Size: CSHORT,
    pub MdlFlags: CSHORT,
    pub AllocationProcessorNumber: USHORT,
    pub Reserved: USHORT,
    pub Process: PEPROCESS,
    pub MappedSystemVa: PVOID,
    pub StartVa: PVOID,
    pub ByteCount: ULONG,
    pub ByteOffset: ULONG,
}
pub type MDL = _MDL;
pub type PMDL = *mut _MDL;
pub const LowPagePriority: _MM_PAGE_PRIORITY = 0;
pub const NormalPagePriority: _MM_PAGE_PRIORITY = 16;
pub const HighPagePriority: _MM_PAGE_PRIORITY = 32;
pub type _MM_PAGE_PRIORITY = i32;
pub use self::_MM_PAGE_PRIORITY as MM_PAGE_PRIORITY;
pub type PDRIVER_INITIALIZE = ::core::option::Option<
    unsafe extern "efiapi" fn(DriverObject: PDRIVER_OBJECT, RegistryPath: PUNICODE_STRING) -> NTSTATUS,
>;
pub type PDRIVER_DISPATCH =
    ::core::option::Option<unsafe extern "efiapi" fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP) -> NTSTATUS>;
pub type PDRIVER_STARTIO = ::core::option::Option<unsafe extern "efiapi" fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP)>;
pub type PDRIVER_CANCEL = ::core::option::Option<unsafe extern "efiapi" fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP)>;
pub type PDRIVER_UNLOAD = ::core::option::Option<unsafe extern "efiapi" fn(DriverObject: PDRIVER_OBJECT)>;
pub type PDRIVER_ADD_DEVICE = ::core::option::Option<
    unsafe extern "efiapi" fn(DriverObject: PDRIVER_OBJECT, PhysicalDeviceObject: PDEVICE_OBJECT) -> NTSTATUS,
>;
pub type PIO_COMPLETION_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP, Context: PVOID) -> NTSTATUS,
>;
pub type PIO_WORKITEM_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(DeviceObject: PDEVICE_OBJECT, Context: PVOID)>;
pub type PIO_APC_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(ApcContext: PVOID, IoStatusBlock: PIO_STATUS_BLOCK, Reserved: ULONG),
>;
#[repr(C)]
#[repr(align(16))]
#[derive(Copy, Clone)]
pub struct _DEVICE_OBJECT {
    pub Type: CSHORT,
    pub Size: USHORT,
    pub ReferenceCount: LONG,
    pub DriverObject: PDRIVER_OBJECT,
    pub NextDevice: PDEVICE_OBJECT,
    pub AttachedDevice: PDEVICE_OBJECT,
    pub CurrentIrp: PIRP,
    pub Timer: PVOID,
    pub Flags: ULONG,
    pub Characteristics: ULONG,
    pub Vpb: PVPB,
    pub DeviceExtension: PVOID,
    pub DeviceType: DEVICE_TYPE,
    pub StackSize: CCHAR,
    pub Queue: _DEVICE_OBJECT__bindgen_ty_1,
    pub AlignmentRequirement: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub DeviceQueue: [UCHAR; 40usize],
    pub Dpc: KDPC,
    pub ActiveThreadCount: ULONG,
    pub SecurityDescriptor: PSECURITY_DESCRIPTOR,
    pub DeviceLock: KEVENT,
    pub SectorSize: USHORT,
    pub Spare1: USHORT,
    pub DeviceObjectExtension: PVOID,
    pub Reserved: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _DEVICE_OBJECT__bindgen_ty_1 {
    pub ListEntry: LIST_ENTRY,
    pub Wcb: [UCHAR; 72usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DRIVER_EXTENSION {
    pub DriverObject: PDRIVER_OBJECT,
    pub AddDevice: PDRIVER_ADD_DEVICE,
    pub Count: ULONG,
    pub ServiceKeyName: UNICODE_STRING,
}
pub type DRIVER_EXTENSION = _DRIVER_EXTENSION;
pub type PDRIVER_EXTENSION = *mut _DRIVER_EXTENSION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DRIVER_OBJECT {
    pub Type: CSHORT,
    pub Size: CSHORT,
    pub DeviceObject: PDEVICE_OBJECT,
    pub Flags: ULONG,
    pub DriverStart: PVOID,
    pub DriverSize: ULONG,
    pub DriverSection: PVOID,
    pub DriverExtension: PDRIVER_EXTENSION,
    pub DriverName: UNICODE_STRING,
    pub HardwareDatabase: PUNICODE_STRING,
    pub FastIoDispatch: PFAST_IO_DISPATCH,
    pub DriverInit: PDRIVER_INITIALIZE,
    pub DriverStartIo: PDRIVER_STARTIO,
    pub DriverUnload: PDRIVER_UNLOAD,
    pub MajorFunction: [PDRIVER_DISPATCH; 28usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SECTION_OBJECT_POINTERS {
    pub DataSectionObject: PVOID,
    pub SharedCacheMap: PVOID,
    pub ImageSectionObject: PVOID,
}
pub type SECTION_OBJECT_POINTERS = _SECTION_OBJECT_POINTERS;
pub type PSECTION_OBJECT_POINTERS = *mut _SECTION_OBJECT_POINTERS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_COMPLETION_CONTEXT {
    pub Port: PVOID,
    pub Key: PVOID,
}
pub type IO_COMPLETION_CONTEXT = _IO_COMPLETION_CONTEXT;
pub type PIO_COMPLETION_CONTEXT = *mut _IO_COMPLETION_CONTEXT;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_OBJECT {
    pub Type: CSHORT,
    pub Size: CSHORT,
    pub DeviceObject: PDEVICE_OBJECT,
    pub Vpb: PVPB,
    pub FsContext: PVOID,
    pub FsContext2: PVOID,
    pub SectionObjectPointer: PSECTION_OBJECT_POINTERS,
    pub PrivateCacheMap: PVOID,
    pub FinalStatus: NTSTATUS,
    pub RelatedFileObject: PFILE_OBJECT,
    pub LockOperation: BOOLEAN,
    pub DeletePending: BOOLEAN,
    pub ReadAccess: BOOLEAN,
    pub WriteAccess: BOOLEAN,
    pub DeleteAccess: BOOLEAN,
    pub SharedRead: BOOLEAN,
    pub SharedWrite: BOOLEAN,
    pub SharedDelete: BOOLEAN,
    pub Flags: ULONG,
    pub FileName: UNICODE_STRING,
    pub CurrentByteOffset: LARGE_INTEGER,
    pub Waiters: ULONG,
    pub Busy: ULONG,
    pub LastLock: PVOID,
    pub Lock: KEVENT,
    pub Event: KEVENT,
    pub CompletionContext: PIO_COMPLETION_CONTEXT,
    pub IrpListLock: KSPIN_LOCK,
    pub IrpList: LIST_ENTRY,
    pub FileObjectExtension: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SHARE_ACCESS {
    pub OpenCount: ULONG,
    pub Readers: ULONG,
    pub Writers: ULONG,
    pub Deleters: ULONG,
    pub SharedRead: ULONG,
    pub SharedWrite: ULONG,
    pub SharedDelete: ULONG,
}
pub type SHARE_ACCESS = _SHARE_ACCESS;
pub type PSHARE_ACCESS = *mut _SHARE_ACCESS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _CC_FILE_SIZES {
    pub AllocationSize: LARGE_INTEGER,
    pub FileSize: LARGE_INTEGER,
    pub ValidDataLength: LARGE_INTEGER,
}
pub type CC_FILE_SIZES = _CC_FILE_SIZES;
pub type PCC_FILE_SIZES = *mut _CC_FILE_SIZES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OBJECT_NAME_INFORMATION {
    pub Name: UNICODE_STRING,
}
pub type OBJECT_NAME_INFORMATION = _OBJECT_NAME_INFORMATION;
pub type POBJECT_NAME_INFORMATION = *mut _OBJECT_NAME_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OBJECT_HANDLE_INFORMATION {
    pub HandleAttributes: ULONG,
    pub GrantedAccess: ACCESS_MASK,
}
pub type OBJECT_HANDLE_INFORMATION = _OBJECT_HANDLE_INFORMATION;
pub type POBJECT_HANDLE_INFORMATION = *mut _OBJECT_HANDLE_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LUID_AND_ATTRIBUTES {
    pub Luid: LUID,
    pub Attributes: ULONG,
}
pub type LUID_AND_ATTRIBUTES = _LUID_AND_ATTRIBUTES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _PRIVILEGE_SET {
    pub PrivilegeCount: ULONG,
    pub Control: ULONG,
    pub Privilege: [LUID_AND_ATTRIBUTES; 1usize],
}
pub type PRIVILEGE_SET = _PRIVILEGE_SET;
pub type PPRIVILEGE_SET = *mut _PRIVILEGE_SET;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _INITIAL_PRIVILEGE_SET {
    pub PrivilegeCount: ULONG,
    pub Control: ULONG,
    pub Privilege: [LUID_AND_ATTRIBUTES; 3usize],
}
pub type INITIAL_PRIVILEGE_SET = _INITIAL_PRIVILEGE_SET;
pub type PINITIAL_PRIVILEGE_SET = *mut _INITIAL_PRIVILEGE_SET;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SECURITY_SUBJECT_CONTEXT {
    pub ClientToken: PACCESS_TOKEN,
    pub ImpersonationLevel: SECURITY_IMPERSONATION_LEVEL,
    pub PrimaryToken: PACCESS_TOKEN,
    pub ProcessAuditId: PVOID,
}
pub type SECURITY_SUBJECT_CONTEXT = _SECURITY_SUBJECT_CONTEXT;
pub type PSECURITY_SUBJECT_CONTEXT = *mut _SECURITY_SUBJECT_CONTEXT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SECURITY_QUALITY_OF_SERVICE {
    pub Length: ULONG,
    pub ImpersonationLevel: SECURITY_IMPERSONATION_LEVEL,
    pub ContextTrackingMode: BOOLEAN,
    pub EffectiveOnly: BOOLEAN,
}
pub type SECURITY_QUALITY_OF_SERVICE = _SECURITY_QUALITY_OF_SERVICE;
pub type PSECURITY_QUALITY_OF_SERVICE = *mut _SECURITY_QUALITY_OF_SERVICE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _GENERIC_MAPPING {
    pub GenericRead: ACCESS_MASK,
    pub GenericWrite: ACCESS_MASK,
    pub GenericExecute: ACCESS_MASK,
    pub GenericAll: ACCESS_MASK,
}
pub type GENERIC_MAPPING = _GENERIC_MAPPING;
pub type PGENERIC_MAPPING = *mut _GENERIC_MAPPING;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACCESS_STATE {
    pub OperationID: LUID,
    pub SecurityEvaluated: BOOLEAN,
    pub GenerateAudit: BOOLEAN,
    pub GenerateOnClose: BOOLEAN,
    pub PrivilegesAllocated: BOOLEAN,
    pub Flags: ULONG,
    pub RemainingDesiredAccess: ACCESS_MASK,
    pub PreviouslyGrantedAccess: ACCESS_MASK,
    pub OriginalDesiredAccess: ACCESS_MASK,
    pub SubjectSecurityContext: SECURITY_SUBJECT_CONTEXT,
    pub SecurityDescriptor: PSECURITY_DESCRIPTOR,
    pub AuxData: PVOID,
    pub Privileges: _ACCESS_STATE__bindgen_ty_1,
    pub AuditPrivileges: BOOLEAN,
    pub ObjectName: UNICODE_STRING,
    pub ObjectTypeName: UNICODE_STRING,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACCESS_STATE__bindgen_ty_1 {
    pub InitialPrivilegeSet: INITIAL_PRIVILEGE_SET,
    pub PrivilegeSet: PRIVILEGE_SET,
}
pub type ACCESS_STATE = _ACCESS_STATE;
pub type PACCESS_STATE = *mut _ACCESS_STATE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_SECURITY_CONTEXT {
    pub SecurityQos: PSECURITY_QUALITY_OF_SERVICE,
    pub AccessState: PACCESS_STATE,
    pub DesiredAccess: ACCESS_MASK,
    pub FullCreateOptions: ULONG,
}
pub type IO_SECURITY_CONTEXT = _IO_SECURITY_CONTEXT;
pub type PIO_SECURITY_CONTEXT = *mut _IO_SECURITY_CONTEXT;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _NAMED_PIPE_CREATE_PARAMETERS {
    pub NamedPipeType: ULONG,
    pub ReadMode: ULONG,
    pub CompletionMode: ULONG,
    pub MaximumInstances: ULONG,
    pub InboundQuota: ULONG,
    pub OutboundQuota: ULONG,
    pub DefaultTimeout: LARGE_INTEGER,
    pub TimeoutSpecified: BOOLEAN,
}
pub type NAMED_PIPE_CREATE_PARAMETERS = _NAMED_PIPE_CREATE_PARAMETERS;
pub type PNAMED_PIPE_CREATE_PARAMETERS = *mut _NAMED_PIPE_CREATE_PARAMETERS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _MAILSLOT_CREATE_PARAMETERS {
    pub MailslotQuota: ULONG,
    pub MaximumMessageSize: ULONG,
    pub ReadTimeout: LARGE_INTEGER,
    pub TimeoutSpecified: BOOLEAN,
}
pub type MAILSLOT_CREATE_PARAMETERS = _MAILSLOT_CREATE_PARAMETERS;
pub type PMAILSLOT_CREATE_PARAMETERS = *mut _MAILSLOT_CREATE_PARAMETERS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION {
    pub MajorFunction: UCHAR,
    pub MinorFunction: UCHAR,
    pub Flags: UCHAR,
    pub Control: UCHAR,
    pub Parameters: _IO_STACK_LOCATION__bindgen_ty_1,
    pub DeviceObject: PDEVICE_OBJECT,
    pub FileObject: PFILE_OBJECT,
    pub CompletionRoutine: PIO_COMPLETION_ROUTINE,
    pub Context: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_STACK_LOCATION__bindgen_ty_1 {
    pub Create: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_1,
    pub Read: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_2,
    pub Write: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_3,
    pub QueryDirectory: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_4,
    pub NotifyDirectory: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_5,
    pub QueryFile: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6,
    pub SetFile: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7,
    pub QueryEa: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_8,
    pub SetEa: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_9,
    pub QueryVolume: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_10,
    pub SetVolume: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_11,
    pub FileSystemControl: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_12,
    pub LockControl: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_13,
    pub DeviceIoControl: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_14,
    pub QuerySecurity: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_15,
    pub SetSecurity: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_16,
    pub MountVolume: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_17,
    pub VerifyVolume: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_18,
    pub Others: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_19,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_1 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub Padding1: ULONG,
    pub FileAttributes: USHORT,
    pub ShareAccess: USHORT,
    pub Padding2: ULONG,
    pub EaLength: ULONG,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_2 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub Key: ULONG,
    pub Flags: ULONG,
    pub ByteOffset: LARGE_INTEGER,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_3 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub Key: ULONG,
    pub Flags: ULONG,
    pub ByteOffset: LARGE_INTEGER,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_4 {
    pub Length: ULONG,
    pub FileName: PUNICODE_STRING,
    pub FileInformationClass: FILE_INFORMATION_CLASS,
    pub Padding1: ULONG,
    pub FileIndex: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_5 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub CompletionFilter: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub FileInformationClass: FILE_INFORMATION_CLASS,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub FileInformationClass: FILE_INFORMATION_CLASS,
    pub FileObject: PFILE_OBJECT,
    pub __bindgen_anon_1: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7__bindgen_ty_1 {
    pub __bindgen_anon_1: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7__bindgen_ty_1__bindgen_ty_1,
    pub ClusterCount: ULONG,
    pub DeleteHandle: HANDLE,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7__bindgen_ty_1__bindgen_ty_1 {
    pub ReplaceIfExists: BOOLEAN,
    pub AdvanceOnly: BOOLEAN,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_8 {
    pub Length: ULONG,
    pub EaList: PVOID,
    pub EaListLength: ULONG,
    pub Padding1: ULONG,
    pub EaIndex: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_9 {
    pub Length: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_10 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub FsInformationClass: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_11 {
    pub Length: ULONG,
    pub Padding1: ULONG,
    pub FsInformationClass: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_12 {
    pub OutputBufferLength: ULONG,
    pub Padding1: ULONG,
    pub InputBufferLength: ULONG,
    pub Padding2: ULONG,
    pub FsControlCode: ULONG,
    pub Type3InputBuffer: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_13 {
    pub Length: PLARGE_INTEGER,
    pub Key: ULONG,
    pub ByteOffset: LARGE_INTEGER,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_14 {
    pub OutputBufferLength: ULONG,
    pub Padding1: ULONG,
    pub InputBufferLength: ULONG,
    pub Padding2: ULONG,
    pub IoControlCode: ULONG,
    pub Type3InputBuffer: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_15 {
    pub SecurityInformation: SECURITY_INFORMATION,
    pub Padding1: ULONG,
    pub Length: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_16 {
    pub SecurityInformation: SECURITY_INFORMATION,
    pub SecurityDescriptor: PSECURITY_DESCRIPTOR,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_17 {
    pub Vpb: PVPB,
    pub DeviceObject: PDEVICE_OBJECT,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_18 {
    pub Vpb: PVPB,
    pub DeviceObject: PDEVICE_OBJECT,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_19 {
    pub Argument1: PVOID,
    pub Argument2: PVOID,
    pub Argument3: PVOID,
    pub Argument4: PVOID,
}
pub type IO_STACK_LOCATION = _IO_STACK_LOCATION;
pub type PIO_STACK_LOCATION = *mut _IO_STACK_LOCATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IRP {
    pub Type: CSHORT,
    pub Size: USHORT,
    pub AllocationProcessorNumber: USHORT,
    pub Reserved: USHORT,
    pub MdlAddress: PMDL,
    pub Flags: ULONG,
    pub AssociatedIrp: _IRP__bindgen_ty_1,
    pub ThreadListEntry: LIST_ENTRY,
    pub IoStatus: IO_STATUS_BLOCK,
    pub RequestorMode: KPROCESSOR_MODE,
    pub PendingReturned: BOOLEAN,
    pub StackCount: CHAR,
    pub CurrentLocation: CHAR,
    pub Cancel: BOOLEAN,
    pub CancelIrql: KIRQL,
    pub ApcEnvironment: CCHAR,
    pub AllocationFlags: UCHAR,
    pub UserIosb: PIO_STATUS_BLOCK,
    pub UserEvent: PKEVENT,
    pub Overlay: _IRP__bindgen_ty_2,
    pub CancelRoutine: PDRIVER_CANCEL,
    pub UserBuffer: PVOID,
    pub Tail: _IRP__bindgen_ty_3,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_1 {
    pub MasterIrp: PIRP,
    pub IrpCount: LONG,
    pub SystemBuffer: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_2 {
    pub AsynchronousParameters: _IRP__bindgen_ty_2__bindgen_ty_1,
    pub AllocationSize: LARGE_INTEGER,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IRP__bindgen_ty_2__bindgen_ty_1 {
    pub UserApcRoutine: PIO_APC_ROUTINE,
    pub UserApcContext: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_3 {
    pub Overlay: _IRP__bindgen_ty_3__bindgen_ty_1,
    pub Apc: KAPC,
    pub CompletionKey: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IRP__bindgen_ty_3__bindgen_ty_1 {
    pub DriverContext: [PVOID; 4usize],
    pub Thread: PETHREAD,
    pub AuxiliaryBuffer: PCHAR,
    pub ListEntry: LIST_ENTRY,
    pub CurrentStackLocation: PIO_STACK_LOCATION,
    pub OriginalFileObject: PFILE_OBJECT,
    pub IrpExtension: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_CSQ_IRP_CONTEXT {
    pub Type: ULONG,
    pub Irp: PIRP,
    pub Csq: PIO_CSQ,
}
pub type IO_CSQ_IRP_CONTEXT = _IO_CSQ_IRP_CONTEXT;
pub type PIO_CSQ_IRP_CONTEXT = *mut _IO_CSQ_IRP_CONTEXT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FS_FILTER_SECTION_SYNC_OUTPUT {
    pub StructureSize: ULONG,
    pub SizeReturned: ULONG,
    pub Flags: ULONG,
    pub DesiredReadAlignment: ULONG,
}
pub type FS_FILTER_SECTION_SYNC_OUTPUT = _FS_FILTER_SECTION_SYNC_OUTPUT;
pub type PFS_FILTER_SECTION_SYNC_OUTPUT = *mut _FS_FILTER_SECTION_SYNC_OUTPUT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _TXN_PARAMETER_BLOCK {
    pub Length: USHORT,
    pub TxFsContext: USHORT,
    pub TransactionObject: PVOID,
}
pub type TXN_PARAMETER_BLOCK = _TXN_PARAMETER_BLOCK;
pub type PTXN_PARAMETER_BLOCK = *mut _TXN_PARAMETER_BLOCK;
pub type PCOMPLETE_LOCK_IRP_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(Context: PVOID, Irp: PIRP) -> NTSTATUS>;
pub type PUNLOCK_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(Context: PVOID, FileLockInfo: PFILE_LOCK_INFO)>;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_LOCK_INFO {
    pub StartingByte: LARGE_INTEGER,
    pub Length: LARGE_INTEGER,
    pub ExclusiveLock: BOOLEAN,
    pub Key: ULONG,
    pub FileObject: PFILE_OBJECT,
    pub ProcessId: PVOID,
    pub EndingByte: LARGE_INTEGER,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_LOCK {
    pub CompleteLockIrpRoutine: PCOMPLETE_LOCK_IRP_ROUTINE,
    pub UnlockRoutine: PUNLOCK_ROUTINE,
    pub FastIoIsQuestionable: BOOLEAN,
    pub SpareC: [BOOLEAN; 3usize],
    pub LockInformation: PVOID,
    pub LastReturnedLockInfo: FILE_LOCK_INFO,
    pub LastReturnedLock: PVOID,
    pub LockRequestsInProgress: LONG,
}
pub type PNOTIFY_SYNC = PVOID;
pub type PCHECK_FOR_TRAVERSE_ACCESS = ::core::option::Option<
    unsafe extern "efiapi" fn(
        NotifyContext: PVOID,
        TargetContext: PVOID,
        SubjectContext: PSECURITY_SUBJECT_CONTEXT,
    ) -> BOOLEAN,
>;
pub type PFILTER_REPORT_CHANGE =
    ::core::option::Option<unsafe extern "efiapi" fn(NotifyContext: PVOID, FilterContext: PVOID) -> BOOLEAN>;
pub const IoPriorityVeryLow: _IO_PRIORITY_HINT = 0;
pub const IoPriorityLow: _IO_PRIORITY_HINT = 1;
pub const IoPriorityNormal: _IO_PRIORITY_HINT = 2;
pub const IoPriorityHigh: _IO_PRIORITY_HINT = 3;
pub const IoPriorityCritical: _IO_PRIORITY_HINT = 4;
pub const MaxIoPriorityTypes: _IO_PRIORITY_HINT = 5;
pub type _IO_PRIORITY_HINT = i32;
pub use self::_IO_PRIORITY_HINT as IO_PRIORITY_HINT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_PRIORITY_INFO {
    pub Size: ULONG,
    pub ThreadPriority: ULONG,
    pub PagePriority: ULONG,
    pub IoPriority: IO_PRIORITY_HINT,
}
pub type IO_PRIORITY_INFO = _IO_PRIORITY_INFO;
pub type PIO_PRIORITY_INFO = *mut _IO_PRIORITY_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _COPY_INFORMATION {
    pub SourceFileObject: PFILE_OBJECT,
    pub SourceFileOffset: LONGLONG,
}
pub type COPY_INFORMATION = _COPY_INFORMATION;
pub type PCOPY_INFORMATION = *mut _COPY_INFORMATION;
pub const FS_BPIO_OP_ENABLE: _FS_BPIO_OPERATIONS = 1;
pub const FS_BPIO_OP_DISABLE: _FS_BPIO_OPERATIONS = 2;
pub const FS_BPIO_OP_QUERY: _FS_BPIO_OPERATIONS = 3;
pub const FS_BPIO_OP_VOLUME_STACK_PAUSE: _FS_BPIO_OPERATIONS = 4;
pub const FS_BPIO_OP_VOLUME_STACK_RESUME: _FS_BPIO_OPERATIONS = 5;
pub const FS_BPIO_OP_STREAM_PAUSE: _FS_BPIO_OPERATIONS = 6;
pub const FS_BPIO_OP_STREAM_RESUME: _FS_BPIO_OPERATIONS = 7;
pub const FS_BPIO_OP_GET_INFO: _FS_BPIO_OPERATIONS = 8;
pub const FS_BPIO_OP_MAX_OPERATION: _FS_BPIO_OPERATIONS = 9;
pub type _FS_BPIO_OPERATIONS = i32;
pub use self::_FS_BPIO_OPERATIONS as FS_BPIO_OPERATIONS;
pub const FSBPIO_INFL_None: _FS_BPIO_INFLAGS = 0;
pub const FSBPIO_INFL_SKIP_STORAGE_STACK_QUERY: _FS_BPIO_INFLAGS = 1;
pub type _FS_BPIO_INFLAGS = i32;
pub use self::_FS_BPIO_INFLAGS as FS_BPIO_INFLAGS;
pub const FSBPIO_OUTFL_None: _FS_BPIO_OUTFLAGS = 0;
pub const FSBPIO_OUTFL_VOLUME_STACK_BYPASS_PAUSED: _FS_BPIO_OUTFLAGS = 1;
pub const FSBPIO_OUTFL_STREAM_BYPASS_PAUSED: _FS_BPIO_OUTFLAGS = 2;
pub const FSBPIO_OUTFL_FILTER_ATTACH_BLOCKED: _FS_BPIO_OUTFLAGS = 4;
pub const FSBPIO_OUTFL_COMPATIBLE_STORAGE_DRIVER: _FS_BPIO_OUTFLAGS = 8;
pub type _FS_BPIO_OUTFLAGS = i32;
pub use self::_FS_BPIO_OUTFLAGS as FS_BPIO_OUTFLAGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FS_BPIO_INPUT {
    pub Operation: FS_BPIO_OPERATIONS,
    pub InFlags: FS_BPIO_INFLAGS,
    pub Reserved1: ULONGLONG,
    pub Reserved2: ULONGLONG,
}
pub type FS_BPIO_INPUT = _FS_BPIO_INPUT;
pub type PFS_BPIO_INPUT = *mut _FS_BPIO_INPUT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FS_BPIO_RESULTS {
    pub OpStatus: ULONG,
    pub FailingDriverNameLen: USHORT,
    pub FailingDriverName: [WCHAR; 32usize],
    pub FailureReasonLen: USHORT,
    pub FailureReason: [WCHAR; 128usize],
}
pub type FS_BPIO_RESULTS = _FS_BPIO_RESULTS;
pub type PFS_BPIO_RESULTS = *mut _FS_BPIO_RESULTS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FS_BPIO_INFO {
    pub ActiveBypassIoCount: ULONG,
    pub StorageDriverNameLen: USHORT,
    pub StorageDriverName: [WCHAR; 32usize],
}
pub type FS_BPIO_INFO = _FS_BPIO_INFO;
pub type PFS_BPIO_INFO = *mut _FS_BPIO_INFO;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FS_BPIO_OUTPUT {
    pub Operation: FS_BPIO_OPERATIONS,
    pub OutFlags: FS_BPIO_OUTFLAGS,
    pub Reserved1: ULONGLONG,
    pub Reserved2: ULONGLONG,
    pub __bindgen_anon_1: _FS_BPIO_OUTPUT__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FS_BPIO_OUTPUT__bindgen_ty_1 {
    pub Enable: FS_BPIO_RESULTS,
    pub Query: FS_BPIO_RESULTS,
    pub VolumeStackResume: FS_BPIO_RESULTS,
    pub StreamResume: FS_BPIO_RESULTS,
    pub GetInfo: FS_BPIO_INFO,
}
pub type FS_BPIO_OUTPUT = _FS_BPIO_OUTPUT;
pub type PFS_BPIO_OUTPUT = *mut _FS_BPIO_OUTPUT;
pub const KeyValueBasicInformation: _KEY_VALUE_INFORMATION_CLASS = 0;
pub const KeyValueFullInformation: _KEY_VALUE_INFORMATION_CLASS = 1;
pub const KeyValuePartialInformation: _KEY_VALUE_INFORMATION_CLASS = 2;
pub const KeyValueFullInformationAlign64: _KEY_VALUE_INFORMATION_CLASS = 3;
pub const KeyValuePartialInformationAlign64: _KEY_VALUE_INFORMATION_CLASS = 4;
pub type _KEY_VALUE_INFORMATION_CLASS = i32;
pub use self::_KEY_VALUE_INFORMATION_CLASS as KEY_VALUE_INFORMATION_CLASS;
pub const KeyBasicInformation: _KEY_INFORMATION_CLASS = 0;
pub const KeyNodeInformation: _KEY_INFORMATION_CLASS = 1;
pub const KeyFullInformation: _KEY_INFORMATION_CLASS = 2;
pub const KeyNameInformation: _KEY_INFORMATION_CLASS = 3;
pub type _KEY_INFORMATION_CLASS = i32;
pub use self::_KEY_INFORMATION_CLASS as KEY_INFORMATION_CLASS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KEY_VALUE_BASIC_INFORMATION {
    pub TitleIndex: ULONG,
    pub Type: ULONG,
    pub NameLength: ULONG,
    pub Name: [WCHAR; 1usize],
}
pub type KEY_VALUE_BASIC_INFORMATION = _KEY_VALUE_BASIC_INFORMATION;
pub type PKEY_VALUE_BASIC_INFORMATION = *mut _KEY_VALUE_BASIC_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KEY_VALUE_FULL_INFORMATION {
    pub TitleIndex: ULONG,
    pub Type: ULONG,
    pub DataOffset: ULONG,
    pub DataLength: ULONG,
    pub NameLength: ULONG,
    pub Name: [WCHAR; 1usize],
}
pub type KEY_VALUE_FULL_INFORMATION = _KEY_VALUE_FULL_INFORMATION;
pub type PKEY_VALUE_FULL_INFORMATION = *mut _KEY_VALUE_FULL_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KEY_VALUE_PARTIAL_INFORMATION {
    pub TitleIndex: ULONG,
    pub Type: ULONG,
    pub DataLength: ULONG,
    pub Data: [UCHAR; 1usize],
}
pub type KEY_VALUE_PARTIAL_INFORMATION = _KEY_VALUE_PARTIAL_INFORMATION;
pub type PKEY_VALUE_PARTIAL_INFORMATION = *mut _KEY_VALUE_PARTIAL_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _KEY_BASIC_INFORMATION {
    pub LastWriteTime: LARGE_INTEGER,
    pub TitleIndex: ULONG,
    pub NameLength: ULONG,
    pub Name: [WCHAR; 1usize],
}
pub type KEY_BASIC_INFORMATION = _KEY_BASIC_INFORMATION;
pub type PKEY_BASIC_INFORMATION = *mut _KEY_BASIC_INFORMATION;
pub type EXCEPTION_DISPOSITION = ::core::ffi::c_int;
#[repr(C)]
#[derive(Debug)]
pub struct _DISPATCHER_CONTEXT {
    _unused: [u8; 0],
}
pub type PDISPATCHER_CONTEXT = *mut _DISPATCHER_CONTEXT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _PROCESSOR_NUMBER {
    pub Group: USHORT,
    pub Number: UCHAR,
    pub Reserved: UCHAR,
}
pub type PROCESSOR_NUMBER = _PROCESSOR_NUMBER;
pub type PPROCESSOR_NUMBER = *mut _PROCESSOR_NUMBER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EXCEPTION_RECORD {
    pub ExceptionCode: NTSTATUS,
    pub ExceptionFlags: ULONG,
    pub ExceptionRecord: *mut _EXCEPTION_RECORD,
    pub ExceptionAddress: PVOID,
    pub NumberParameters: ULONG,
    pub ExceptionInformation: [ULONG_PTR; 15usize],
}
pub type EXCEPTION_RECORD = _EXCEPTION_RECORD;
pub type PEXCEPTION_RECORD = *mut _EXCEPTION_RECORD;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EXCEPTION_POINTERS {
    pub ExceptionRecord: PEXCEPTION_RECORD,
    pub ContextRecord: PCONTEXT,
}
pub type EXCEPTION_POINTERS = _EXCEPTION_POINTERS;
pub type PEXCEPTION_POINTERS = *mut _EXCEPTION_POINTERS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OSVERSIONINFOW {
    pub dwOSVersionInfoSize: ULONG,
    pub dwMajorVersion: ULONG,
    pub dwMinorVersion: ULONG,
    pub dwBuildNumber: ULONG,
    pub dwPlatformId: ULONG,
    pub szCSDVersion: [WCHAR; 128usize],
}
pub type RTL_OSVERSIONINFOW = _OSVERSIONINFOW;
pub type PRTL_OSVERSIONINFOW = *mut _OSVERSIONINFOW;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OSVERSIONINFOEXW {
    pub dwOSVersionInfoSize: ULONG,
    pub dwMajorVersion: ULONG,
    pub dwMinorVersion: ULONG,
    pub dwBuildNumber: ULONG,
    pub dwPlatformId: ULONG,
    pub szCSDVersion: [WCHAR; 128usize],
    pub wServicePackMajor: USHORT,
    pub wServicePackMinor: USHORT,
    pub wSuiteMask: USHORT,
    pub wProductType: UCHAR,
    pub wReserved: UCHAR,
}
pub type RTL_OSVERSIONINFOEXW = _OSVERSIONINFOEXW;
pub type PRTL_OSVERSIONINFOEXW = *mut _OSVERSIONINFOEXW;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _TIME_FIELDS {
    pub Year: CSHORT,
    pub Month: CSHORT,
    pub Day: CSHORT,
    pub Hour: CSHORT,
    pub Minute: CSHORT,
    pub Second: CSHORT,
    pub Milliseconds: CSHORT,
    pub Weekday: CSHORT,
}
pub type TIME_FIELDS = _TIME_FIELDS;
pub type PTIME_FIELDS = *mut _TIME_FIELDS;
pub const GenericLessThan: _RTL_GENERIC_COMPARE_RESULTS = 0;
pub const GenericGreaterThan: _RTL_GENERIC_COMPARE_RESULTS = 1;
pub const GenericEqual: _RTL_GENERIC_COMPARE_RESULTS = 2;
pub type _RTL_GENERIC_COMPARE_RESULTS = i32;
pub use self::_RTL_GENERIC_COMPARE_RESULTS as RTL_GENERIC_COMPARE_RESULTS;
pub type RTL_AVL_TABLE = _RTL_AVL_TABLE;
pub type PRTL_AVL_TABLE = *mut _RTL_AVL_TABLE;
pub type PRTL_AVL_COMPARE_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(Table: PRTL_AVL_TABLE, First: PVOID, Second: PVOID) -> RTL_GENERIC_COMPARE_RESULTS,
>;
pub type PRTL_AVL_ALLOCATE_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(Table: PRTL_AVL_TABLE, ByteSize: CLONG) -> PVOID>;
pub type PRTL_AVL_FREE_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(Table: PRTL_AVL_TABLE, Buffer: PVOID)>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _RTL_BALANCED_LINKS {
    pub Parent: *mut _RTL_BALANCED_LINKS,
    pub LeftChild: *mut _RTL_BALANCED_LINKS,
    pub RightChild: *mut _RTL_BALANCED_LINKS,
    pub Balance: CHAR,
    pub Reserved: [UCHAR; 3usize],
}
pub type RTL_BALANCED_LINKS = _RTL_BALANCED_LINKS;
pub type PRTL_BALANCED_LINKS = *mut _RTL_BALANCED_LINKS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _RTL_AVL_TABLE {
    pub BalancedRoot: RTL_BALANCED_LINKS,
    pub OrderedPointer: PVOID,
    pub WhichOrderedElement: ULONG,
    pub NumberGenericTableElements: ULONG,
    pub DepthOfTree: ULONG,
    pub RestartKey: PRTL_BALANCED_LINKS,
    pub DeleteCount: ULONG,
    pub CompareRoutine: PRTL_AVL_COMPARE_ROUTINE,
    pub AllocateRoutine: PRTL_AVL_ALLOCATE_ROUTINE,
    pub FreeRoutine: PRTL_AVL_FREE_ROUTINE,
    pub TableContext: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _PS_CREATE_NOTIFY_INFO {
    pub Size: SIZE_T,
    pub Flags: ULONG,
    pub ParentProcessId: HANDLE,
    pub CreatingThreadId: CLIENT_ID,
    pub FileObject: PFILE_OBJECT,
    pub ImageFileName: PCUNICODE_STRING,
    pub CommandLine: PCUNICODE_STRING,
    pub CreationStatus: NTSTATUS,
}
pub type PS_CREATE_NOTIFY_INFO = _PS_CREATE_NOTIFY_INFO;
pub type PPS_CREATE_NOTIFY_INFO = *mut _PS_CREATE_NOTIFY_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IMAGE_INFO {
    pub Properties: ULONG,
    pub ImageBase: PVOID,
    pub ImageSelector: ULONG,
    pub ImageSize: SIZE_T,
    pub ImageSectionNumber: ULONG,
}
pub type IMAGE_INFO = _IMAGE_INFO;
pub type PIMAGE_INFO = *mut _IMAGE_INFO;
pub type PKSTART_ROUTINE = ::core::option::Option<unsafe extern "efiapi" fn(StartContext: PVOID)>;
pub type PCREATE_PROCESS_NOTIFY_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(ParentId: HANDLE, ProcessId: HANDLE, Create: BOOLEAN)>;
pub type PCREATE_PROCESS_NOTIFY_ROUTINE_EX = ::core::option::Option<
    unsafe extern "efiapi" fn(Process: PEPROCESS, ProcessId: HANDLE, CreateInfo: PPS_CREATE_NOTIFY_INFO),
>;
pub type PCREATE_THREAD_NOTIFY_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(ProcessId: HANDLE, ThreadId: HANDLE, Create: BOOLEAN)>;
pub type PLOAD_IMAGE_NOTIFY_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(FullImageName: PUNICODE_STRING, ProcessId: HANDLE, ImageInfo: PIMAGE_INFO),
>;
pub const TransactionBasicInformation: _TRANSACTION_INFORMATION_CLASS = 0;
pub const TransactionPropertiesInformation: _TRANSACTION_INFORMATION_CLASS = 1;
pub const TransactionEnlistmentInformation: _TRANSACTION_INFORMATION_CLASS = 2;
pub type _TRANSACTION_INFORMATION_CLASS = i32;
pub use self::_TRANSACTION_INFORMATION_CLASS as TRANSACTION_INFORMATION_CLASS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _TRANSACTION_BASIC_INFORMATION {
    pub TransactionId: GUID,
    pub State: ULONG,
    pub Outcome: ULONG,
}
pub type TRANSACTION_BASIC_INFORMATION = _TRANSACTION_BASIC_INFORMATION;
pub type PTRANSACTION_BASIC_INFORMATION = *mut _TRANSACTION_BASIC_INFORMATION;
pub type UOW = GUID;
pub type PUOW = *mut GUID;
pub type NOTIFICATION_MASK = ULONG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EVENT_DESCRIPTOR {
    pub Id: USHORT,
    pub Version: UCHAR,
    pub Channel: UCHAR,
    pub Level: UCHAR,
    pub Opcode: UCHAR,
    pub Task: USHORT,
    pub Keyword: ULONGLONG,
}
pub type EVENT_DESCRIPTOR = _EVENT_DESCRIPTOR;
pub type PEVENT_DESCRIPTOR = *mut _EVENT_DESCRIPTOR;
pub type PCEVENT_DESCRIPTOR = *const EVENT_DESCRIPTOR;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EVENT_DATA_DESCRIPTOR {
    pub Ptr: ULONGLONG,
    pub Size: ULONG,
    pub Reserved: ULONG,
}
pub type EVENT_DATA_DESCRIPTOR = _EVENT_DATA_DESCRIPTOR;
pub type PEVENT_DATA_DESCRIPTOR = *mut _EVENT_DATA_DESCRIPTOR;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EVENT_FILTER_DESCRIPTOR {
    pub Ptr: ULONGLONG,
    pub Size: ULONG,
    pub Type: ULONG,
}
pub type EVENT_FILTER_DESCRIPTOR = _EVENT_FILTER_DESCRIPTOR;
pub type PEVENT_FILTER_DESCRIPTOR = *mut _EVENT_FILTER_DESCRIPTOR;
pub type PETWENABLECALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(
        SourceId: LPCGUID,
        ControlCode: ULONG,
        Level: UCHAR,
        MatchAnyKeyword: ULONGLONG,
        MatchAllKeyword: ULONGLONG,
        FilterData: PEVENT_FILTER_DESCRIPTOR,
        CallbackContext: PVOID,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REQUEST_OPLOCK_INPUT_BUFFER {
    pub StructureVersion: USHORT,
    pub StructureLength: USHORT,
    pub RequestedOplockLevel: ULONG,
    pub Flags: ULONG,
}
pub type REQUEST_OPLOCK_INPUT_BUFFER = _REQUEST_OPLOCK_INPUT_BUFFER;
pub type PREQUEST_OPLOCK_INPUT_BUFFER = *mut _REQUEST_OPLOCK_INPUT_BUFFER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _REQUEST_OPLOCK_OUTPUT_BUFFER {
    pub StructureVersion: USHORT,
    pub StructureLength: USHORT,
    pub OriginalOplockLevel: ULONG,
    pub NewOplockLevel: ULONG,
    pub Flags: ULONG,
    pub AccessMode: ACCESS_MASK,
    pub ShareMode: USHORT,
}
pub type REQUEST_OPLOCK_OUTPUT_BUFFER = _REQUEST_OPLOCK_OUTPUT_BUFFER;
pub type PREQUEST_OPLOCK_OUTPUT_BUFFER = *mut _REQUEST_OPLOCK_OUTPUT_BUFFER;
pub type LPGUID = *mut GUID;
pub type FSRTL_ALLOCATE_ECPLIST_FLAGS = ULONG;
pub type FSRTL_ALLOCATE_ECP_FLAGS = ULONG;
pub type FSRTL_ECP_LOOKASIDE_FLAGS = ULONG;
pub type PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK =
    ::core::option::Option<unsafe extern "efiapi" fn(EcpContext: PVOID, EcpType: LPCGUID)>;
#[repr(C)]
#[derive(Debug)]
pub struct _ESILO {
    _unused: [u8; 0],
}
pub type PESILO = *mut _ESILO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_DRIVER_CREATE_CONTEXT {
    pub Size: CSHORT,
    pub ExtraCreateParameter: PECP_LIST,
    pub DeviceObjectHint: PVOID,
    pub TxnParameters: PTXN_PARAMETER_BLOCK,
    pub SiloContext: PESILO,
}
pub type IO_DRIVER_CREATE_CONTEXT = _IO_DRIVER_CREATE_CONTEXT;
pub type PIO_DRIVER_CREATE_CONTEXT = *mut _IO_DRIVER_CREATE_CONTEXT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OPEN_REPARSE_LIST {
    pub OpenReparseList: LIST_ENTRY,
}
pub type OPEN_REPARSE_LIST = _OPEN_REPARSE_LIST;
pub type POPEN_REPARSE_LIST = *mut _OPEN_REPARSE_LIST;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OPEN_REPARSE_LIST_ENTRY {
    pub OpenReparseListEntry: LIST_ENTRY,
    pub ReparseTag: ULONG,
    pub Flags: ULONG,
    pub ReparseGuid: GUID,
    pub Size: USHORT,
    pub RemainingLength: USHORT,
}
pub type OPEN_REPARSE_LIST_ENTRY = _OPEN_REPARSE_LIST_ENTRY;
pub type POPEN_REPARSE_LIST_ENTRY = *mut _OPEN_REPARSE_LIST_ENTRY;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _QUERY_ON_CREATE_FILE_STAT_INFORMATION {
    pub FileId: LARGE_INTEGER,
    pub CreationTime: LARGE_INTEGER,
    pub LastAccessTime: LARGE_INTEGER,
    pub LastWriteTime: LARGE_INTEGER,
    pub ChangeTime: LARGE_INTEGER,
    pub AllocationSize: LARGE_INTEGER,
    pub EndOfFile: LARGE_INTEGER,
    pub FileAttributes: ULONG,
    pub ReparseTag: ULONG,
    pub NumberOfLinks: ULONG,
}
pub type QUERY_ON_CREATE_FILE_STAT_INFORMATION = _QUERY_ON_CREATE_FILE_STAT_INFORMATION;
pub type PQUERY_ON_CREATE_FILE_STAT_INFORMATION = *mut _QUERY_ON_CREATE_FILE_STAT_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _QUERY_ON_CREATE_FILE_LX_INFORMATION {
    pub EffectiveAccess: ULONG,
    pub LxFlags: ULONG,
    pub LxUid: ULONG,
    pub LxGid: ULONG,
    pub LxMode: ULONG,
    pub LxDeviceIdMajor: ULONG,
    pub LxDeviceIdMinor: ULONG,
}
pub type QUERY_ON_CREATE_FILE_LX_INFORMATION = _QUERY_ON_CREATE_FILE_LX_INFORMATION;
pub type PQUERY_ON_CREATE_FILE_LX_INFORMATION = *mut _QUERY_ON_CREATE_FILE_LX_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _QUERY_ON_CREATE_EA_INFORMATION {
    pub EaBufferSize: ULONG,
    pub EaBuffer: PFILE_FULL_EA_INFORMATION,
}
pub type QUERY_ON_CREATE_EA_INFORMATION = _QUERY_ON_CREATE_EA_INFORMATION;
pub type PQUERY_ON_CREATE_EA_INFORMATION = *mut _QUERY_ON_CREATE_EA_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OPLOCK_KEY_ECP_CONTEXT {
    pub OplockKey: GUID,
    pub Reserved: ULONG,
}
pub type OPLOCK_KEY_ECP_CONTEXT = _OPLOCK_KEY_ECP_CONTEXT;
pub type POPLOCK_KEY_ECP_CONTEXT = *mut _OPLOCK_KEY_ECP_CONTEXT;
#[repr(C)]
#[derive(Debug)]
pub struct _FLT_FILTER {
    _unused: [u8; 0],
}
pub type FLT_FILTER = _FLT_FILTER;
pub type PFLT_FILTER = *mut _FLT_FILTER;
#[repr(C)]
#[derive(Debug)]
pub struct _FLT_VOLUME {
    _unused: [u8; 0],
}
pub type FLT_VOLUME = _FLT_VOLUME;
pub type PFLT_VOLUME = *mut _FLT_VOLUME;
#[repr(C)]
#[derive(Debug)]
pub struct _FLT_INSTANCE {
    _unused: [u8; 0],
}
pub type FLT_INSTANCE = _FLT_INSTANCE;
pub type PFLT_INSTANCE = *mut _FLT_INSTANCE;
#[repr(C)]
#[derive(Debug)]
pub struct _FLT_PORT {
    _unused: [u8; 0],
}
pub type FLT_PORT = _FLT_PORT;
pub type PFLT_PORT = *mut _FLT_PORT;
#[repr(C)]
#[derive(Debug)]
pub struct _FLT_GENERIC_WORKITEM {
    _unused: [u8; 0],
}
pub type FLT_GENERIC_WORKITEM = _FLT_GENERIC_WORKITEM;
pub type PFLT_GENERIC_WORKITEM = *mut _FLT_GENERIC_WORKITEM;
#[repr(C)]
#[derive(Debug)]
pub struct _FLT_DEFERRED_IO_WORKITEM {
    _unused: [u8; 0],
}
pub type FLT_DEFERRED_IO_WORKITEM = _FLT_DEFERRED_IO_WORKITEM;
pub type PFLT_DEFERRED_IO_WORKITEM = *mut _FLT_DEFERRED_IO_WORKITEM;
pub type PFLT_CONTEXT = PVOID;
pub type FLT_CONTEXT_TYPE = USHORT;
pub type FLT_CONTEXT_REGISTRATION_FLAGS = USHORT;
pub type FLT_REGISTRATION_FLAGS = ULONG;
pub type FLT_OPERATION_REGISTRATION_FLAGS = ULONG;
pub type FLT_CALLBACK_DATA_FLAGS = ULONG;
pub type FLT_INSTANCE_SETUP_FLAGS = ULONG;
pub type FLT_INSTANCE_QUERY_TEARDOWN_FLAGS = ULONG;
pub type FLT_INSTANCE_TEARDOWN_FLAGS = ULONG;
pub type FLT_FILTER_UNLOAD_FLAGS = ULONG;
pub type FLT_POST_OPERATION_FLAGS = ULONG;
pub type FLT_IO_OPERATION_FLAGS = ULONG;
pub type FLT_FILE_NAME_OPTIONS = ULONG;
pub type FLT_NORMALIZE_NAME_FLAGS = ULONG;
pub type FLT_ALLOCATE_CALLBACK_DATA_FLAGS = ULONG;
pub type FLT_FILE_NAME_PARSED_FLAGS = USHORT;
pub const FLT_VARIABLE_SIZED_CONTEXTS: SIZE_T = 18446744073709551615;
pub type FLT_PREOP_CALLBACK_STATUS = ::core::ffi::c_int;
pub type FLT_POSTOP_CALLBACK_STATUS = ::core::ffi::c_int;
pub type FLT_SET_CONTEXT_OPERATION = ::core::ffi::c_int;
pub type FLT_FILESYSTEM_TYPE = ::core::ffi::c_int;
pub const FLT_PREOP_SUCCESS_WITH_CALLBACK: _bindgen_ty_2 = 0;
pub const FLT_PREOP_SUCCESS_NO_CALLBACK: _bindgen_ty_2 = 1;
pub const FLT_PREOP_PENDING: _bindgen_ty_2 = 2;
pub const FLT_PREOP_DISALLOW_FASTIO: _bindgen_ty_2 = 3;
pub const FLT_PREOP_COMPLETE: _bindgen_ty_2 = 4;
pub const FLT_PREOP_SYNCHRONIZE: _bindgen_ty_2 = 5;
pub const FLT_PREOP_DISALLOW_FSFILTER_IO: _bindgen_ty_2 = 6;
pub type _bindgen_ty_2 = i32;
pub const FLT_POSTOP_FINISHED_PROCESSING: _bindgen_ty_3 = 0;
pub const FLT_POSTOP_MORE_PROCESSING_REQUIRED: _bindgen_ty_3 = 1;
pub const FLT_POSTOP_DISALLOW_FSFILTER_IO: _bindgen_ty_3 = 2;
pub type _bindgen_ty_3 = i32;
pub const FLT_SET_CONTEXT_REPLACE_IF_EXISTS: _bindgen_ty_4 = 0;
pub const FLT_SET_CONTEXT_KEEP_IF_EXISTS: _bindgen_ty_4 = 1;
pub type _bindgen_ty_4 = i32;
pub const FLT_FSTYPE_UNKNOWN: _bindgen_ty_5 = 0;
pub const FLT_FSTYPE_RAW: _bindgen_ty_5 = 1;
pub const FLT_FSTYPE_NTFS: _bindgen_ty_5 = 2;
pub const FLT_FSTYPE_FAT: _bindgen_ty_5 = 3;
pub const FLT_FSTYPE_CDFS: _bindgen_ty_5 = 4;
pub const FLT_FSTYPE_UDFS: _bindgen_ty_5 = 5;
pub const FLT_FSTYPE_LANMAN: _bindgen_ty_5 = 6;
pub const FLT_FSTYPE_WEBDAV: _bindgen_ty_5 = 7;
pub const FLT_FSTYPE_RDPDR: _bindgen_ty_5 = 8;
pub const FLT_FSTYPE_NFS: _bindgen_ty_5 = 9;
pub const FLT_FSTYPE_EXFAT: _bindgen_ty_5 = 14;
pub const FLT_FSTYPE_NPFS: _bindgen_ty_5 = 20;
pub const FLT_FSTYPE_MSFS: _bindgen_ty_5 = 21;
pub const FLT_FSTYPE_CSVFS: _bindgen_ty_5 = 23;
pub const FLT_FSTYPE_REFS: _bindgen_ty_5 = 24;
pub type _bindgen_ty_5 = i32;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_TAG_DATA_BUFFER {
    pub FileTag: ULONG,
    pub TagDataLength: USHORT,
    pub UnparsedNameLength: USHORT,
    pub __bindgen_anon_1: _FLT_TAG_DATA_BUFFER__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_TAG_DATA_BUFFER__bindgen_ty_1 {
    pub SymbolicLinkReparseBuffer: _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_1,
    pub MountPointReparseBuffer: _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_2,
    pub GenericReparseBuffer: _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_3,
    pub GenericGUIDReparseBuffer: _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_4,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_1 {
    pub SubstituteNameOffset: USHORT,
    pub SubstituteNameLength: USHORT,
    pub PrintNameOffset: USHORT,
    pub PrintNameLength: USHORT,
    pub Flags: ULONG,
    pub PathBuffer: [WCHAR; 1usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_2 {
    pub SubstituteNameOffset: USHORT,
    pub SubstituteNameLength: USHORT,
    pub PrintNameOffset: USHORT,
    pub PrintNameLength: USHORT,
    pub PathBuffer: [WCHAR; 1usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_3 {
    pub DataBuffer: [UCHAR; 1usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_TAG_DATA_BUFFER__bindgen_ty_1__bindgen_ty_4 {
    pub TagGuid: GUID,
    pub DataBuffer: [UCHAR; 1usize],
}
pub type FLT_TAG_DATA_BUFFER = _FLT_TAG_DATA_BUFFER;
pub type PFLT_TAG_DATA_BUFFER = *mut _FLT_TAG_DATA_BUFFER;
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_PARAMETERS {
    pub Create: _FLT_PARAMETERS__bindgen_ty_1,
    pub CreatePipe: _FLT_PARAMETERS__bindgen_ty_2,
    pub CreateMailslot: _FLT_PARAMETERS__bindgen_ty_3,
    pub Read: _FLT_PARAMETERS__bindgen_ty_4,
    pub Write: _FLT_PARAMETERS__bindgen_ty_5,
    pub QueryFileInformation: _FLT_PARAMETERS__bindgen_ty_6,
    pub SetFileInformation: _FLT_PARAMETERS__bindgen_ty_7,
    pub QueryEa: _FLT_PARAMETERS__bindgen_ty_8,
    pub SetEa: _FLT_PARAMETERS__bindgen_ty_9,
    pub QueryVolumeInformation: _FLT_PARAMETERS__bindgen_ty_10,
    pub SetVolumeInformation: _FLT_PARAMETERS__bindgen_ty_11,
    pub DirectoryControl: _FLT_PARAMETERS__bindgen_ty_12,
    pub FileSystemControl: _FLT_PARAMETERS__bindgen_ty_13,
    pub DeviceIoControl: _FLT_PARAMETERS__bindgen_ty_14,
    pub LockControl: _FLT_PARAMETERS__bindgen_ty_15,
    pub QuerySecurity: _FLT_PARAMETERS__bindgen_ty_16,
    pub SetSecurity: _FLT_PARAMETERS__bindgen_ty_17,
    pub WMI: _FLT_PARAMETERS__bindgen_ty_18,
    pub QueryQuota: _FLT_PARAMETERS__bindgen_ty_19,
    pub SetQuota: _FLT_PARAMETERS__bindgen_ty_20,
    pub FastIoCheckIfPossible: _FLT_PARAMETERS__bindgen_ty_21,
    pub NetworkQueryOpen: _FLT_PARAMETERS__bindgen_ty_22,
    pub QueryOpen: _FLT_PARAMETERS__bindgen_ty_23,
    pub MdlRead: _FLT_PARAMETERS__bindgen_ty_24,
    pub MdlReadComplete: _FLT_PARAMETERS__bindgen_ty_25,
    pub PrepareMdlWrite: _FLT_PARAMETERS__bindgen_ty_26,
    pub MdlWriteComplete: _FLT_PARAMETERS__bindgen_ty_27,
    pub MountVolume: _FLT_PARAMETERS__bindgen_ty_28,
    pub AcquireForModifiedPageWriter: _FLT_PARAMETERS__bindgen_ty_29,
    pub ReleaseForModifiedPageWriter: _FLT_PARAMETERS__bindgen_ty_30,
    pub AcquireForSectionSynchronization: _FLT_PARAMETERS__bindgen_ty_31,
    pub Others: _FLT_PARAMETERS__bindgen_ty_32,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_1 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub FileAttributes: USHORT,
    pub ShareAccess: USHORT,
    pub __bindgen_padding_1: [u8; 4usize],
    pub EaLength: ULONG,
    pub EaBuffer: PVOID,
    pub AllocationSize: LARGE_INTEGER,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_2 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Reserved: USHORT,
    pub ShareAccess: USHORT,
    pub Parameters: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_3 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Reserved: USHORT,
    pub ShareAccess: USHORT,
    pub Parameters: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_4 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Key: ULONG,
    pub ByteOffset: LARGE_INTEGER,
    pub ReadBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_5 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Key: ULONG,
    pub ByteOffset: LARGE_INTEGER,
    pub WriteBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_6 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub FileInformationClass: FILE_INFORMATION_CLASS,
    pub InfoBuffer: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_7 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub FileInformationClass: FILE_INFORMATION_CLASS,
    pub ParentOfTarget: PFILE_OBJECT,
    pub __bindgen_anon_1: _FLT_PARAMETERS__bindgen_ty_7__bindgen_ty_1,
    pub InfoBuffer: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_PARAMETERS__bindgen_ty_7__bindgen_ty_1 {
    pub __bindgen_anon_1: _FLT_PARAMETERS__bindgen_ty_7__bindgen_ty_1__bindgen_ty_1,
    pub ClusterCount: ULONG,
    pub DeleteHandle: HANDLE,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_7__bindgen_ty_1__bindgen_ty_1 {
    pub ReplaceIfExists: BOOLEAN,
    pub AdvanceOnly: BOOLEAN,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_8 {
    pub Length: ULONG,
    pub EaList: PVOID,
    pub EaListLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub EaIndex: ULONG,
    pub EaBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_9 {
    pub Length: ULONG,
    pub EaBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_10 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub FsInformationClass: FS_INFORMATION_CLASS,
    pub VolumeBuffer: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_11 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub FsInformationClass: FS_INFORMATION_CLASS,
    pub VolumeBuffer: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_PARAMETERS__bindgen_ty_12 {
    pub QueryDirectory: _FLT_PARAMETERS__bindgen_ty_12__bindgen_ty_1,
    pub NotifyDirectory: _FLT_PARAMETERS__bindgen_ty_12__bindgen_ty_2,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_12__bindgen_ty_1 {
    pub Length: ULONG,
    pub FileName: PUNICODE_STRING,
    pub FileInformationClass: FILE_INFORMATION_CLASS,
    pub __bindgen_padding_0: [u8; 4usize],
    pub FileIndex: ULONG,
    pub DirectoryBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_12__bindgen_ty_2 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub CompletionFilter: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub Spare1: ULONG,
    pub __bindgen_padding_2: [u8; 4usize],
    pub Spare2: ULONG,
    pub DirectoryBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_PARAMETERS__bindgen_ty_13 {
    pub VerifyVolume: _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_1,
    pub Common: _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_2,
    pub Neither: _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_3,
    pub Buffered: _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_4,
    pub Direct: _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_5,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_1 {
    pub Vpb: PVPB,
    pub DeviceObject: PDEVICE_OBJECT,
}
#[repr(C)]
#[repr(align(8))]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_2 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub FsControlCode: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_3 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub FsControlCode: ULONG,
    pub InputBuffer: PVOID,
    pub OutputBuffer: PVOID,
    pub OutputMdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_4 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub FsControlCode: ULONG,
    pub SystemBuffer: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_13__bindgen_ty_5 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub FsControlCode: ULONG,
    pub InputSystemBuffer: PVOID,
    pub OutputBuffer: PVOID,
    pub OutputMdlAddress: PMDL,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_PARAMETERS__bindgen_ty_14 {
    pub Common: _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_1,
    pub Neither: _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_2,
    pub Buffered: _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_3,
    pub Direct: _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_4,
    pub FastIo: _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_5,
}
#[repr(C)]
#[repr(align(8))]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_1 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub IoControlCode: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_2 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub IoControlCode: ULONG,
    pub InputBuffer: PVOID,
    pub OutputBuffer: PVOID,
    pub OutputMdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_3 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub IoControlCode: ULONG,
    pub SystemBuffer: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_4 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub IoControlCode: ULONG,
    pub InputSystemBuffer: PVOID,
    pub OutputBuffer: PVOID,
    pub OutputMdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_14__bindgen_ty_5 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub IoControlCode: ULONG,
    pub InputBuffer: PVOID,
    pub OutputBuffer: PVOID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_15 {
    pub Length: PLARGE_INTEGER,
    pub Key: ULONG,
    pub ByteOffset: LARGE_INTEGER,
    pub ProcessId: PEPROCESS,
    pub FailImmediately: BOOLEAN,
    pub ExclusiveLock: BOOLEAN,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_16 {
    pub SecurityInformation: SECURITY_INFORMATION,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Length: ULONG,
    pub SecurityBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_17 {
    pub SecurityInformation: SECURITY_INFORMATION,
    pub SecurityDescriptor: PSECURITY_DESCRIPTOR,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_18 {
    pub ProviderId: ULONG_PTR,
    pub DataPath: PVOID,
    pub BufferSize: ULONG,
    pub Buffer: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_19 {
    pub Length: ULONG,
    pub StartSid: PSID,
    pub SidList: PVOID,
    pub SidListLength: ULONG,
    pub QuotaBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_20 {
    pub Length: ULONG,
    pub QuotaBuffer: PVOID,
    pub MdlAddress: PMDL,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_21 {
    pub FileOffset: LARGE_INTEGER,
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub LockKey: ULONG,
    pub __bindgen_padding_1: [u8; 4usize],
    pub CheckForReadOperation: BOOLEAN,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_22 {
    pub Irp: PIRP,
    pub NetworkInformation: PVOID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_23 {
    pub Irp: PIRP,
    pub FileInformation: PVOID,
    pub Length: PULONG,
    pub FileInformationClass: FILE_INFORMATION_CLASS,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_24 {
    pub FileOffset: LARGE_INTEGER,
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Key: ULONG,
    pub MdlChain: *mut PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_25 {
    pub MdlChain: PMDL,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_26 {
    pub FileOffset: LARGE_INTEGER,
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub Key: ULONG,
    pub MdlChain: *mut PMDL,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_27 {
    pub FileOffset: LARGE_INTEGER,
    pub MdlChain: PMDL,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_28 {
    pub DeviceType: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_29 {
    pub EndingOffset: PLARGE_INTEGER,
    pub ResourceToRelease: *mut PERESOURCE,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_30 {
    pub ResourceToRelease: PERESOURCE,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_31 {
    pub SyncType: FS_FILTER_SECTION_SYNC_TYPE,
    pub PageProtection: ULONG,
    pub OutputInformation: PFS_FILTER_SECTION_SYNC_OUTPUT,
    pub Flags: ULONG,
    pub AllocationAttributes: ULONG,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_PARAMETERS__bindgen_ty_32 {
    pub Argument1: PVOID,
    pub Argument2: PVOID,
    pub Argument3: PVOID,
    pub Argument4: PVOID,
    pub Argument5: PVOID,
    pub Argument6: LARGE_INTEGER,
}
pub type FLT_PARAMETERS = _FLT_PARAMETERS;
pub type PFLT_PARAMETERS = *mut _FLT_PARAMETERS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_IO_PARAMETER_BLOCK {
    pub IrpFlags: ULONG,
    pub MajorFunction: UCHAR,
    pub MinorFunction: UCHAR,
    pub OperationFlags: UCHAR,
    pub Reserved: UCHAR,
    pub TargetFileObject: PFILE_OBJECT,
    pub TargetInstance: PFLT_INSTANCE,
    pub Parameters: FLT_PARAMETERS,
}
pub type FLT_IO_PARAMETER_BLOCK = _FLT_IO_PARAMETER_BLOCK;
pub type PFLT_IO_PARAMETER_BLOCK = *mut _FLT_IO_PARAMETER_BLOCK;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FLT_CALLBACK_DATA {
    pub Flags: FLT_CALLBACK_DATA_FLAGS,
    pub Thread: PETHREAD,
    pub Iopb: PFLT_IO_PARAMETER_BLOCK,
    pub IoStatus: IO_STATUS_BLOCK,
    pub TagData: PFLT_TAG_DATA_BUFFER,
    pub __bindgen_anon_1: _FLT_CALLBACK_DATA__bindgen_ty_1,
    pub RequestorMode: KPROCESSOR_MODE,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FLT_CALLBACK_DATA__bindgen_ty_1 {
    pub __bindgen_anon_1: _FLT_CALLBACK_DATA__bindgen_ty_1__bindgen_ty_1,
    pub FilterContext: [PVOID; 4usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_CALLBACK_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub QueueLinks: LIST_ENTRY,
    pub QueueContext: [PVOID; 2usize],
}
pub type FLT_CALLBACK_DATA = _FLT_CALLBACK_DATA;
pub type PFLT_CALLBACK_DATA = *mut _FLT_CALLBACK_DATA;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_RELATED_OBJECTS {
    pub Size: USHORT,
    pub TransactionContext: USHORT,
    pub Filter: PFLT_FILTER,
    pub Volume: PFLT_VOLUME,
    pub Instance: PFLT_INSTANCE,
    pub FileObject: PFILE_OBJECT,
    pub Transaction: PKTRANSACTION,
}
pub type FLT_RELATED_OBJECTS = _FLT_RELATED_OBJECTS;
pub type PFLT_RELATED_OBJECTS = *mut _FLT_RELATED_OBJECTS;
pub type PCFLT_RELATED_OBJECTS = *const FLT_RELATED_OBJECTS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_FILE_NAME_INFORMATION {
    pub Size: USHORT,
    pub NamesParsed: FLT_FILE_NAME_PARSED_FLAGS,
    pub Format: FLT_FILE_NAME_OPTIONS,
    pub Name: UNICODE_STRING,
    pub Volume: UNICODE_STRING,
    pub Share: UNICODE_STRING,
    pub Extension: UNICODE_STRING,
    pub Stream: UNICODE_STRING,
    pub FinalComponent: UNICODE_STRING,
    pub ParentDir: UNICODE_STRING,
}
pub type FLT_FILE_NAME_INFORMATION = _FLT_FILE_NAME_INFORMATION;
pub type PFLT_FILE_NAME_INFORMATION = *mut _FLT_FILE_NAME_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_NAME_CONTROL {
    pub Name: UNICODE_STRING,
}
pub type FLT_NAME_CONTROL = _FLT_NAME_CONTROL;
pub type PFLT_NAME_CONTROL = *mut _FLT_NAME_CONTROL;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_VOLUME_PROPERTIES {
    pub DeviceType: DEVICE_TYPE,
    pub DeviceCharacteristics: ULONG,
    pub DeviceObjectFlags: ULONG,
    pub AlignmentRequirement: ULONG,
    pub SectorSize: USHORT,
    pub Reserved0: USHORT,
    pub FileSystemDriverName: UNICODE_STRING,
    pub FileSystemDeviceName: UNICODE_STRING,
    pub RealDeviceName: UNICODE_STRING,
}
pub type FLT_VOLUME_PROPERTIES = _FLT_VOLUME_PROPERTIES;
pub type PFLT_VOLUME_PROPERTIES = *mut _FLT_VOLUME_PROPERTIES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_RELATED_CONTEXTS {
    pub VolumeContext: PFLT_CONTEXT,
    pub InstanceContext: PFLT_CONTEXT,
    pub FileContext: PFLT_CONTEXT,
    pub StreamContext: PFLT_CONTEXT,
    pub StreamHandleContext: PFLT_CONTEXT,
    pub TransactionContext: PFLT_CONTEXT,
}
pub type FLT_RELATED_CONTEXTS = _FLT_RELATED_CONTEXTS;
pub type PFLT_RELATED_CONTEXTS = *mut _FLT_RELATED_CONTEXTS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_RELATED_CONTEXTS_EX {
    pub VolumeContext: PFLT_CONTEXT,
    pub InstanceContext: PFLT_CONTEXT,
    pub FileContext: PFLT_CONTEXT,
    pub StreamContext: PFLT_CONTEXT,
    pub StreamHandleContext: PFLT_CONTEXT,
    pub TransactionContext: PFLT_CONTEXT,
    pub SectionContext: PFLT_CONTEXT,
}
pub type FLT_RELATED_CONTEXTS_EX = _FLT_RELATED_CONTEXTS_EX;
pub type PFLT_RELATED_CONTEXTS_EX = *mut _FLT_RELATED_CONTEXTS_EX;
pub type PFLT_PRE_OPERATION_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Data: PFLT_CALLBACK_DATA,
        FltObjects: PCFLT_RELATED_OBJECTS,
        CompletionContext: *mut PVOID,
    ) -> FLT_PREOP_CALLBACK_STATUS,
>;
pub type PFLT_POST_OPERATION_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Data: PFLT_CALLBACK_DATA,
        FltObjects: PCFLT_RELATED_OBJECTS,
        CompletionContext: PVOID,
        Flags: FLT_POST_OPERATION_FLAGS,
    ) -> FLT_POSTOP_CALLBACK_STATUS,
>;
pub type PFLT_INSTANCE_SETUP_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(
        FltObjects: PCFLT_RELATED_OBJECTS,
        Flags: FLT_INSTANCE_SETUP_FLAGS,
        VolumeDeviceType: DEVICE_TYPE,
        VolumeFilesystemType: FLT_FILESYSTEM_TYPE,
    ) -> NTSTATUS,
>;
pub type PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(FltObjects: PCFLT_RELATED_OBJECTS, Flags: FLT_INSTANCE_QUERY_TEARDOWN_FLAGS) -> NTSTATUS,
>;
pub type PFLT_INSTANCE_TEARDOWN_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(FltObjects: PCFLT_RELATED_OBJECTS, Reason: FLT_INSTANCE_TEARDOWN_FLAGS),
>;
pub type PFLT_FILTER_UNLOAD_CALLBACK =
    ::core::option::Option<unsafe extern "efiapi" fn(Flags: FLT_FILTER_UNLOAD_FLAGS) -> NTSTATUS>;
pub type PFLT_CONTEXT_CLEANUP_CALLBACK =
    ::core::option::Option<unsafe extern "efiapi" fn(Context: PFLT_CONTEXT, ContextType: FLT_CONTEXT_TYPE)>;
pub type PFLT_CONTEXT_ALLOCATE_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(PoolType: POOL_TYPE, Size: SIZE_T, ContextType: FLT_CONTEXT_TYPE) -> PVOID,
>;
pub type PFLT_CONTEXT_FREE_CALLBACK =
    ::core::option::Option<unsafe extern "efiapi" fn(Pool: PVOID, ContextType: FLT_CONTEXT_TYPE)>;
pub type PFLT_GENERATE_FILE_NAME = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        CallbackData: PFLT_CALLBACK_DATA,
        NameOptions: FLT_FILE_NAME_OPTIONS,
        CacheFileNameInformation: PBOOLEAN,
        FileName: PFLT_NAME_CONTROL,
    ) -> NTSTATUS,
>;
pub type PFLT_NORMALIZE_NAME_COMPONENT = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Instance: PFLT_INSTANCE,
        ParentDirectory: PCUNICODE_STRING,
        VolumeNameLength: USHORT,
        Component: PCUNICODE_STRING,
        ExpandComponentName: PFILE_NAMES_INFORMATION,
        ExpandComponentNameLength: ULONG,
        Flags: FLT_NORMALIZE_NAME_FLAGS,
        NormalizationContext: *mut PVOID,
    ) -> NTSTATUS,
>;
pub type PFLT_NORMALIZE_NAME_COMPONENT_EX = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Instance: PFLT_INSTANCE,
        FileObject: PFILE_OBJECT,
        ParentDirectory: PCUNICODE_STRING,
        VolumeNameLength: USHORT,
        Component: PCUNICODE_STRING,
        ExpandComponentName: PFILE_NAMES_INFORMATION,
        ExpandComponentNameLength: ULONG,
        Flags: FLT_NORMALIZE_NAME_FLAGS,
        NormalizationContext: *mut PVOID,
    ) -> NTSTATUS,
>;
pub type PFLT_NORMALIZE_CONTEXT_CLEANUP =
    ::core::option::Option<unsafe extern "efiapi" fn(NormalizationContext: *mut PVOID)>;
pub type PFLT_TRANSACTION_NOTIFICATION_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(
        FltObjects: PCFLT_RELATED_OBJECTS,
        TransactionContext: PFLT_CONTEXT,
        NotificationMask: ULONG,
    ) -> NTSTATUS,
>;
pub type PFLT_SECTION_CONFLICT_NOTIFICATION_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(Instance: PFLT_INSTANCE, Context: PFLT_CONTEXT, Data: PFLT_CALLBACK_DATA) -> NTSTATUS,
>;
pub type PFLT_COMPLETED_ASYNC_IO_CALLBACK =
    ::core::option::Option<unsafe extern "efiapi" fn(CallbackData: PFLT_CALLBACK_DATA, Context: PFLT_CONTEXT)>;
pub type PFLT_GENERIC_WORKITEM_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(FltWorkItem: PFLT_GENERIC_WORKITEM, FltObject: PVOID, Context: PVOID),
>;
pub type PFLT_DEFERRED_IO_WORKITEM_ROUTINE = ::core::option::Option<
    unsafe extern "efiapi" fn(FltWorkItem: PFLT_DEFERRED_IO_WORKITEM, CallbackData: PFLT_CALLBACK_DATA, Context: PVOID),
>;
pub type PFLT_GET_OPERATION_STATUS_CALLBACK = ::core::option::Option<
    unsafe extern "efiapi" fn(
        FltObjects: PCFLT_RELATED_OBJECTS,
        IopbSnapshot: PFLT_IO_PARAMETER_BLOCK,
        OperationStatus: NTSTATUS,
        RequesterContext: PVOID,
    ),
>;
pub type PFLT_COMPLETE_CANCELED_CALLBACK =
    ::core::option::Option<unsafe extern "efiapi" fn(CallbackData: PFLT_CALLBACK_DATA)>;
pub type PFLT_CONNECT_NOTIFY = ::core::option::Option<
    unsafe extern "efiapi" fn(
        ClientPort: PFLT_PORT,
        ServerPortCookie: PVOID,
        ConnectionContext: PVOID,
        SizeOfContext: ULONG,
        ConnectionPortCookie: *mut PVOID,
    ) -> NTSTATUS,
>;
pub type PFLT_DISCONNECT_NOTIFY = ::core::option::Option<unsafe extern "efiapi" fn(ConnectionCookie: PVOID)>;
pub type PFLT_MESSAGE_NOTIFY = ::core::option::Option<
    unsafe extern "efiapi" fn(
        PortCookie: PVOID,
        InputBuffer: PVOID,
        InputBufferLength: ULONG,
        OutputBuffer: PVOID,
        OutputBufferLength: ULONG,
        ReturnOutputBufferLength: PULONG,
    ) -> NTSTATUS,
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_OPERATION_REGISTRATION {
    pub MajorFunction: UCHAR,
    pub Flags: FLT_OPERATION_REGISTRATION_FLAGS,
    pub PreOperation: PFLT_PRE_OPERATION_CALLBACK,
    pub PostOperation: PFLT_POST_OPERATION_CALLBACK,
    pub Reserved1: PVOID,
}
pub type FLT_OPERATION_REGISTRATION = _FLT_OPERATION_REGISTRATION;
pub type PFLT_OPERATION_REGISTRATION = *mut _FLT_OPERATION_REGISTRATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_CONTEXT_REGISTRATION {
    pub ContextType: FLT_CONTEXT_TYPE,
    pub Flags: FLT_CONTEXT_REGISTRATION_FLAGS,
    pub ContextCleanupCallback: PFLT_CONTEXT_CLEANUP_CALLBACK,
    pub Size: SIZE_T,
    pub PoolTag: ULONG,
    pub ContextAllocateCallback: PFLT_CONTEXT_ALLOCATE_CALLBACK,
    pub ContextFreeCallback: PFLT_CONTEXT_FREE_CALLBACK,
    pub Reserved1: PVOID,
}
pub type FLT_CONTEXT_REGISTRATION = _FLT_CONTEXT_REGISTRATION;
pub type PFLT_CONTEXT_REGISTRATION = *mut _FLT_CONTEXT_REGISTRATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_REGISTRATION {
    pub Size: USHORT,
    pub Version: USHORT,
    pub Flags: FLT_REGISTRATION_FLAGS,
    pub ContextRegistration: *const FLT_CONTEXT_REGISTRATION,
    pub OperationRegistration: *const FLT_OPERATION_REGISTRATION,
    pub FilterUnloadCallback: PFLT_FILTER_UNLOAD_CALLBACK,
    pub InstanceSetupCallback: PFLT_INSTANCE_SETUP_CALLBACK,
    pub InstanceQueryTeardownCallback: PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
    pub InstanceTeardownStartCallback: PFLT_INSTANCE_TEARDOWN_CALLBACK,
    pub InstanceTeardownCompleteCallback: PFLT_INSTANCE_TEARDOWN_CALLBACK,
    pub GenerateFileNameCallback: PFLT_GENERATE_FILE_NAME,
    pub NormalizeNameComponentCallback: PFLT_NORMALIZE_NAME_COMPONENT,
    pub NormalizeContextCleanupCallback: PFLT_NORMALIZE_CONTEXT_CLEANUP,
    pub TransactionNotificationCallback: PFLT_TRANSACTION_NOTIFICATION_CALLBACK,
    pub NormalizeNameComponentExCallback: PFLT_NORMALIZE_NAME_COMPONENT_EX,
    pub SectionNotificationCallback: PFLT_SECTION_CONFLICT_NOTIFICATION_CALLBACK,
}
pub type FLT_REGISTRATION = _FLT_REGISTRATION;
pub type PFLT_REGISTRATION = *mut _FLT_REGISTRATION;
pub type PFLT_CALLBACK_DATA_QUEUE = *mut _FLT_CALLBACK_DATA_QUEUE;
pub type FLT_CALLBACK_DATA_QUEUE_FLAGS = ::core::ffi::c_int;
pub type PFLT_CALLBACK_DATA_QUEUE_INSERT_IO = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Cbdq: PFLT_CALLBACK_DATA_QUEUE,
        Cbd: PFLT_CALLBACK_DATA,
        InsertContext: PVOID,
    ) -> NTSTATUS,
>;
pub type PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO =
    ::core::option::Option<unsafe extern "efiapi" fn(Cbdq: PFLT_CALLBACK_DATA_QUEUE, Cbd: PFLT_CALLBACK_DATA)>;
pub type PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO = ::core::option::Option<
    unsafe extern "efiapi" fn(
        Cbdq: PFLT_CALLBACK_DATA_QUEUE,
        Cbd: PFLT_CALLBACK_DATA,
        PeekContext: PVOID,
    ) -> PFLT_CALLBACK_DATA,
>;
pub type PFLT_CALLBACK_DATA_QUEUE_ACQUIRE =
    ::core::option::Option<unsafe extern "efiapi" fn(Cbdq: PFLT_CALLBACK_DATA_QUEUE, Irql: PKIRQL)>;
pub type PFLT_CALLBACK_DATA_QUEUE_RELEASE =
    ::core::option::Option<unsafe extern "efiapi" fn(Cbdq: PFLT_CALLBACK_DATA_QUEUE, Irql: KIRQL)>;
pub type PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO =
    ::core::option::Option<unsafe extern "efiapi" fn(Cbdq: PFLT_CALLBACK_DATA_QUEUE, Cbd: PFLT_CALLBACK_DATA)>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_CALLBACK_DATA_QUEUE {
    pub Csq: _FLT_CALLBACK_DATA_QUEUE__bindgen_ty_1,
    pub Flags: FLT_CALLBACK_DATA_QUEUE_FLAGS,
    pub Instance: PFLT_INSTANCE,
    pub InsertIo: PFLT_CALLBACK_DATA_QUEUE_INSERT_IO,
    pub RemoveIo: PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
    pub PeekNextIo: PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
    pub Acquire: PFLT_CALLBACK_DATA_QUEUE_ACQUIRE,
    pub Release: PFLT_CALLBACK_DATA_QUEUE_RELEASE,
    pub CompleteCanceledIo: PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_CALLBACK_DATA_QUEUE__bindgen_ty_1 {
    pub Type: ULONG,
    pub Reserved: ULONG,
    pub Routines: [PVOID; 6usize],
    pub ReservePointer: PVOID,
}
pub type FLT_CALLBACK_DATA_QUEUE = _FLT_CALLBACK_DATA_QUEUE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_MESSAGE_HEADER {
    pub ReplyLength: ULONG,
    pub MessageId: ULONGLONG,
}
pub type FILTER_MESSAGE_HEADER = _FILTER_MESSAGE_HEADER;
pub type PFILTER_MESSAGE_HEADER = *mut _FILTER_MESSAGE_HEADER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_REPLY_HEADER {
    pub Status: NTSTATUS,
    pub MessageId: ULONGLONG,
}
pub type FILTER_REPLY_HEADER = _FILTER_REPLY_HEADER;
pub type PFILTER_REPLY_HEADER = *mut _FILTER_REPLY_HEADER;
pub type PFLTOPLOCK_WAIT_COMPLETE_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(CallbackData: PFLT_CALLBACK_DATA, Context: PVOID)>;
pub type PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(CallbackData: PFLT_CALLBACK_DATA, Context: PVOID)>;
pub type PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE =
    ::core::option::Option<unsafe extern "efiapi" fn(Context: PVOID, CallbackData: PFLT_CALLBACK_DATA) -> NTSTATUS>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FLT_CREATEFILE_TARGET_ECP_CONTEXT {
    pub Instance: PFLT_INSTANCE,
    pub Volume: PFLT_VOLUME,
    pub FileNameInformation: PFLT_FILE_NAME_INFORMATION,
    pub Flags: USHORT,
}
pub type FLT_CREATEFILE_TARGET_ECP_CONTEXT = _FLT_CREATEFILE_TARGET_ECP_CONTEXT;
pub type PFLT_CREATEFILE_TARGET_ECP_CONTEXT = *mut _FLT_CREATEFILE_TARGET_ECP_CONTEXT;
pub const FilterFullInformation: _FILTER_INFORMATION_CLASS = 0;
pub const FilterAggregateBasicInformation: _FILTER_INFORMATION_CLASS = 1;
pub const FilterAggregateStandardInformation: _FILTER_INFORMATION_CLASS = 2;
pub type _FILTER_INFORMATION_CLASS = i32;
pub use self::_FILTER_INFORMATION_CLASS as FILTER_INFORMATION_CLASS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_FULL_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub FrameID: ULONG,
    pub NumberOfInstances: ULONG,
    pub FilterNameLength: USHORT,
    pub FilterNameBuffer: [WCHAR; 1usize],
}
pub type FILTER_FULL_INFORMATION = _FILTER_FULL_INFORMATION;
pub type PFILTER_FULL_INFORMATION = *mut _FILTER_FULL_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILTER_AGGREGATE_BASIC_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub Flags: ULONG,
    pub Type: _FILTER_AGGREGATE_BASIC_INFORMATION__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FILTER_AGGREGATE_BASIC_INFORMATION__bindgen_ty_1 {
    pub MiniFilter: _FILTER_AGGREGATE_BASIC_INFORMATION__bindgen_ty_1__bindgen_ty_1,
    pub LegacyFilter: _FILTER_AGGREGATE_BASIC_INFORMATION__bindgen_ty_1__bindgen_ty_2,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_AGGREGATE_BASIC_INFORMATION__bindgen_ty_1__bindgen_ty_1 {
    pub FrameID: ULONG,
    pub NumberOfInstances: ULONG,
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
    pub FilterAltitudeLength: USHORT,
    pub FilterAltitudeBufferOffset: USHORT,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_AGGREGATE_BASIC_INFORMATION__bindgen_ty_1__bindgen_ty_2 {
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
}
pub type FILTER_AGGREGATE_BASIC_INFORMATION = _FILTER_AGGREGATE_BASIC_INFORMATION;
pub type PFILTER_AGGREGATE_BASIC_INFORMATION = *mut _FILTER_AGGREGATE_BASIC_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILTER_AGGREGATE_STANDARD_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub Flags: ULONG,
    pub Type: _FILTER_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _FILTER_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1 {
    pub MiniFilter: _FILTER_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_1,
    pub LegacyFilter: _FILTER_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_2,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_1 {
    pub Flags: ULONG,
    pub FrameID: ULONG,
    pub NumberOfInstances: ULONG,
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
    pub FilterAltitudeLength: USHORT,
    pub FilterAltitudeBufferOffset: USHORT,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_2 {
    pub Flags: ULONG,
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
    pub FilterAltitudeLength: USHORT,
    pub FilterAltitudeBufferOffset: USHORT,
}
pub type FILTER_AGGREGATE_STANDARD_INFORMATION = _FILTER_AGGREGATE_STANDARD_INFORMATION;
pub type PFILTER_AGGREGATE_STANDARD_INFORMATION = *mut _FILTER_AGGREGATE_STANDARD_INFORMATION;
pub const FilterVolumeBasicInformation: _FILTER_VOLUME_INFORMATION_CLASS = 0;
pub const FilterVolumeStandardInformation: _FILTER_VOLUME_INFORMATION_CLASS = 1;
pub type _FILTER_VOLUME_INFORMATION_CLASS = i32;
pub use self::_FILTER_VOLUME_INFORMATION_CLASS as FILTER_VOLUME_INFORMATION_CLASS;
pub type PFILTER_VOLUME_INFORMATION_CLASS = *mut _FILTER_VOLUME_INFORMATION_CLASS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_VOLUME_BASIC_INFORMATION {
    pub FilterVolumeNameLength: USHORT,
    pub FilterVolumeName: [WCHAR; 1usize],
}
pub type FILTER_VOLUME_BASIC_INFORMATION = _FILTER_VOLUME_BASIC_INFORMATION;
pub type PFILTER_VOLUME_BASIC_INFORMATION = *mut _FILTER_VOLUME_BASIC_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FILTER_VOLUME_STANDARD_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub Flags: ULONG,
    pub FrameID: ULONG,
    pub FileSystemType: FLT_FILESYSTEM_TYPE,
    pub FilterVolumeNameLength: USHORT,
    pub FilterVolumeName: [WCHAR; 1usize],
}
pub type FILTER_VOLUME_STANDARD_INFORMATION = _FILTER_VOLUME_STANDARD_INFORMATION;
pub type PFILTER_VOLUME_STANDARD_INFORMATION = *mut _FILTER_VOLUME_STANDARD_INFORMATION;
pub const InstanceBasicInformation: _INSTANCE_INFORMATION_CLASS = 0;
pub const InstancePartialInformation: _INSTANCE_INFORMATION_CLASS = 1;
pub const InstanceFullInformation: _INSTANCE_INFORMATION_CLASS = 2;
pub const InstanceAggregateStandardInformation: _INSTANCE_INFORMATION_CLASS = 3;
pub type _INSTANCE_INFORMATION_CLASS = i32;
pub use self::_INSTANCE_INFORMATION_CLASS as INSTANCE_INFORMATION_CLASS;
pub type PINSTANCE_INFORMATION_CLASS = *mut _INSTANCE_INFORMATION_CLASS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _INSTANCE_BASIC_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub InstanceNameLength: USHORT,
    pub InstanceNameBufferOffset: USHORT,
}
pub type INSTANCE_BASIC_INFORMATION = _INSTANCE_BASIC_INFORMATION;
pub type PINSTANCE_BASIC_INFORMATION = *mut _INSTANCE_BASIC_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _INSTANCE_PARTIAL_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub InstanceNameLength: USHORT,
    pub InstanceNameBufferOffset: USHORT,
    pub AltitudeLength: USHORT,
    pub AltitudeBufferOffset: USHORT,
}
pub type INSTANCE_PARTIAL_INFORMATION = _INSTANCE_PARTIAL_INFORMATION;
pub type PINSTANCE_PARTIAL_INFORMATION = *mut _INSTANCE_PARTIAL_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _INSTANCE_FULL_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub InstanceNameLength: USHORT,
    pub InstanceNameBufferOffset: USHORT,
    pub AltitudeLength: USHORT,
    pub AltitudeBufferOffset: USHORT,
    pub VolumeNameLength: USHORT,
    pub VolumeNameBufferOffset: USHORT,
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
}
pub type INSTANCE_FULL_INFORMATION = _INSTANCE_FULL_INFORMATION;
pub type PINSTANCE_FULL_INFORMATION = *mut _INSTANCE_FULL_INFORMATION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _INSTANCE_AGGREGATE_STANDARD_INFORMATION {
    pub NextEntryOffset: ULONG,
    pub Flags: ULONG,
    pub Type: _INSTANCE_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _INSTANCE_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1 {
    pub MiniFilter: _INSTANCE_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_1,
    pub LegacyFilter: _INSTANCE_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_2,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _INSTANCE_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_1 {
    pub Flags: ULONG,
    pub FrameID: ULONG,
    pub VolumeFileSystemType: FLT_FILESYSTEM_TYPE,
    pub InstanceNameLength: USHORT,
    pub InstanceNameBufferOffset: USHORT,
    pub AltitudeLength: USHORT,
    pub AltitudeBufferOffset: USHORT,
    pub VolumeNameLength: USHORT,
    pub VolumeNameBufferOffset: USHORT,
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
    pub SupportedFeatures: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _INSTANCE_AGGREGATE_STANDARD_INFORMATION__bindgen_ty_1__bindgen_ty_2 {
    pub Flags: ULONG,
    pub AltitudeLength: USHORT,
    pub AltitudeBufferOffset: USHORT,
    pub VolumeNameLength: USHORT,
    pub VolumeNameBufferOffset: USHORT,
    pub FilterNameLength: USHORT,
    pub FilterNameBufferOffset: USHORT,
    pub SupportedFeatures: ULONG,
}
pub type INSTANCE_AGGREGATE_STANDARD_INFORMATION = _INSTANCE_AGGREGATE_STANDARD_INFORMATION;
pub type PINSTANCE_AGGREGATE_STANDARD_INFORMATION = *mut _INSTANCE_AGGREGATE_STANDARD_INFORMATION;
