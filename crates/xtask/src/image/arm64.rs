//! The functions of an ARM64 image and their calls.
//!
//! Calls through a register are taken for calls of imports, which is what they are in the x64 image of the same source,
//! where they are followed.

use super::Image;
use super::stack::{Calls, Function};
use anyhow::{Context, Result, bail};
use object::pe;
use std::collections::BTreeSet;
use std::ops::Range;

/// The functions of the function table: "ARM64 exception handling" in the documentation of Visual C++ has its layout.
pub(super) fn functions(image: &Image) -> Result<Vec<Function>> {
    let (entries, rest) = image.directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION)?.as_chunks::<8>();
    if !rest.is_empty() {
        bail!("the function table is damaged");
    }
    entries
        .iter()
        .map(|entry| {
            let begin = word(entry, 0)?;
            let unwind = word(entry, 1)?;
            let (length, frame) = match unwind & 3 {
                0 => unpacked(image.at(unwind)?)?,
                _ => (bits(unwind, 2, 11) * 4, bits(unwind, 23, 9) * 16),
            };
            let end = begin + length;
            Ok(Function { begin, end, frame: frame.max(allocated(image, begin..end)?) })
        })
        .collect()
}

/// The length of a function and its frame, going by its unwind information.
fn unpacked(information: &[u8]) -> Result<(u32, u32)> {
    let header = word(information, 0)?;
    let length = bits(header, 0, 18) * 4;
    let has_one_epilogue = bits(header, 21, 1) == 1;
    let (epilogues, code_words, words) = match (bits(header, 22, 5), bits(header, 27, 5)) {
        (0, 0) => {
            let extended = word(information, 1)?;
            (bits(extended, 0, 16), bits(extended, 16, 8), 2)
        }
        (epilogues, code_words) => (epilogues, code_words, 1),
    };
    let begin = 4 * (words + if has_one_epilogue { 0 } else { epilogues }) as usize;
    let codes = information.get(begin..begin + 4 * code_words as usize).context("unwind information is cut off")?;
    Ok((length, prologue(codes)?))
}

/// What the prologue takes of the stack: the codes up to the first end.
fn prologue(mut codes: &[u8]) -> Result<u32> {
    let mut frame = 0;
    while let Some(first) = codes.first() {
        // The code with what follows, or with zeros.
        let number = (0..4).fold(0, |number, place| number << 8 | u32::from(codes.get(place).copied().unwrap_or(0)));
        let low = |bytes: u32, count: u32| bits(number, (4 - bytes) * 8, count);
        let (length, taken) = match first {
            // alloc_s, save_r19r20_x, save_fplr_x
            0x00..=0x1F => (1, low(1, 5) * 16),
            0x20..=0x3F => (1, low(1, 5) * 8),
            0x80..=0xBF => (1, (low(1, 6) + 1) * 8),
            // alloc_m
            0xC0..=0xC7 => (2, low(2, 11) * 16),
            // save_regp_x, save_fregp_x; save_reg_x, save_freg_x
            0xCC..=0xCF | 0xDA | 0xDB => (2, (low(2, 6) + 1) * 8),
            0xD4 | 0xD5 | 0xDE => (2, (low(2, 5) + 1) * 8),
            // save_regp, save_reg, save_lrpair, save_fregp, save_freg; add_fp
            0xC8..=0xCB | 0xD0..=0xD3 | 0xD6..=0xD9 | 0xDC | 0xDD | 0xE2 => (2, 0),
            // alloc_l
            0xE0 => (4, low(4, 24) * 16),
            // save_fplr, set_fp, nop, save_next, pac_sign_lr
            0x40..=0x7F | 0xE1 | 0xE3 | 0xE6 | 0xFC => (1, 0),
            // end
            0xE4 | 0xE5 => return Ok(frame),
            other => bail!("the unwind code {other:#x} is unknown"),
        };
        frame += taken;
        codes = codes.get(length..).context("an unwind code is cut off")?;
    }
    Ok(frame)
}

/// What the instructions of a function take of the stack: what comes after the frame pointer is set is not in the unwind
/// information. If there should be several ways through the function, this counts all of them.
fn allocated(image: &Image, function: Range<u32>) -> Result<u32> {
    let mut allocated = 0;
    for instruction in image.at(function.start)?.chunks_exact(4).take(function.len() / 4) {
        let instruction = word(instruction, 0)?;
        if bits(instruction, 5, 5) != 31 {
            // It has nothing to do with the stack pointer.
            continue;
        }
        let change = match instruction {
            // SUB SP, SP, #immediate, which may be shifted by 12.
            _ if instruction & 0xFFC0_001F == 0xD100_001F => bits(instruction, 10, 12).cast_signed(),
            _ if instruction & 0xFFC0_001F == 0xD140_001F => (bits(instruction, 10, 12) << 12).cast_signed(),
            // STP of general, double and quad registers, and STR of general and double ones, all with pre-index.
            _ if matches!(instruction & 0xFFC0_0000, 0xA980_0000 | 0x6D80_0000) => {
                -8 * signed(bits(instruction, 15, 7), 7)
            }
            _ if instruction & 0xFFC0_0000 == 0xAD80_0000 => -16 * signed(bits(instruction, 15, 7), 7),
            _ if matches!(instruction & 0xFFE0_0C00, 0xF800_0C00 | 0xFC00_0C00) => -signed(bits(instruction, 12, 9), 9),
            _ => 0,
        };
        allocated += u32::try_from(change).unwrap_or(0);
    }
    Ok(allocated)
}

/// A function that is not in the function table: one that leaves the stack pointer alone and calls nothing.
pub(super) fn leaf(image: &Image, begin: u32) -> Result<Function> {
    let mut end = begin;
    let mut waiting = vec![begin];
    let mut seen = BTreeSet::new();
    while let Some(address) = waiting.pop() {
        if !seen.insert(address) {
            continue;
        }
        end = end.max(address + 4);
        let next = address + 4;
        match Flow::of(word(image.at(address)?, 0)?, address) {
            Flow::Call(_) | Flow::CallRegister => bail!("the code at {begin:#x} calls, and has no unwind information"),
            Flow::Jump(_) | Flow::JumpRegister | Flow::Return => {}
            Flow::Branch(target) => waiting.extend([next, target]),
            Flow::Next => waiting.push(next),
        }
    }
    Ok(Function { begin, end, frame: 0 })
}

/// Where a function goes.
pub(super) fn calls(image: &Image, function: &Function) -> Result<Calls> {
    let mut calls = Calls::default();
    // The page that each register was last made to point to.
    let mut pages = [None; 32];
    for (instruction, address) in
        image.at(function.begin)?.chunks_exact(4).zip((function.begin..function.end).step_by(4))
    {
        let instruction = word(instruction, 0)?;
        let (to, from) = (bits(instruction, 0, 5) as usize, bits(instruction, 5, 5) as usize);
        if instruction & 0x9F00_0000 == 0x9000_0000 {
            // ADRP
            let pages_away = bits(instruction, 5, 19) << 2 | bits(instruction, 29, 2);
            pages[to] = Some((address & !0xFFF).wrapping_add_signed(signed(pages_away, 21) << 12));
        } else if instruction & 0xFFC0_0000 == 0x9100_0000
            && let Some(page) = pages[from]
        {
            // ADD with an immediate
            calls.taken.insert(page + bits(instruction, 10, 12));
        }
        match Flow::of(instruction, address) {
            Flow::Call(target) => {
                calls.called.insert(target);
            }
            Flow::Jump(target) | Flow::Branch(target) if !(function.begin..function.end).contains(&target) => {
                calls.continued.insert(target);
            }
            _ => {}
        }
    }
    Ok(calls)
}

/// Where an instruction leads.
enum Flow {
    Next,
    Call(u32),
    CallRegister,
    Jump(u32),
    JumpRegister,
    Branch(u32),
    Return,
}

impl Flow {
    fn of(instruction: u32, address: u32) -> Self {
        let target =
            |low: u32, count: u32| address.wrapping_add_signed(signed(bits(instruction, low, count), count) * 4);
        match instruction {
            _ if instruction & 0xFC00_0000 == 0x9400_0000 => Self::Call(target(0, 26)),
            _ if instruction & 0xFC00_0000 == 0x1400_0000 => Self::Jump(target(0, 26)),
            // B.cond, CBZ and CBNZ; TBZ and TBNZ
            _ if instruction & 0xFF00_0000 == 0x5400_0000 => Self::Branch(target(5, 19)),
            _ if instruction & 0x7E00_0000 == 0x3400_0000 => Self::Branch(target(5, 19)),
            _ if instruction & 0x7E00_0000 == 0x3600_0000 => Self::Branch(target(5, 14)),
            _ if instruction & 0xFFFF_FC1F == 0xD63F_0000 => Self::CallRegister,
            _ if instruction & 0xFFFF_FC1F == 0xD61F_0000 => Self::JumpRegister,
            _ if instruction & 0xFFFF_FC1F == 0xD65F_0000 => Self::Return,
            // BRK
            _ if instruction & 0xFFE0_001F == 0xD420_0000 => Self::Return,
            _ => Self::Next,
        }
    }
}

fn word(bytes: &[u8], index: usize) -> Result<u32> {
    let bytes = bytes.get(4 * index..).and_then(|bytes| bytes.first_chunk()).context("the image is cut off")?;
    Ok(u32::from_le_bytes(*bytes))
}

fn bits(number: u32, low: u32, count: u32) -> u32 {
    number >> low & ((1 << count) - 1)
}

fn signed(number: u32, count: u32) -> i32 {
    (number << (32 - count)).cast_signed() >> (32 - count)
}
