//! The functions of an x64 image and their calls.

use super::Image;
use super::stack::{Calls, Function};
use anyhow::{Context, Result, bail};
use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register,
};
use object::pe;
use pe_unwind_info::x86_64::{FunctionTableEntries, RuntimeFunction, UnwindInfo, UnwindInfoTrailer, UnwindOperation};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The functions of the function table.
pub(super) fn functions(image: &Image) -> Result<Vec<Function>> {
    let entries = FunctionTableEntries::parse(image.directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION)?);
    let entries = entries.functions().context("the function table is damaged")?;
    entries
        .iter()
        .map(|entry| {
            Ok(Function { begin: entry.begin_address.get(), end: entry.end_address.get(), frame: frame(image, entry)? })
        })
        .collect()
}

/// What the prologue of a function takes of the stack.
fn frame(image: &Image, function: &RuntimeFunction) -> Result<u32> {
    const REGISTER: u32 = 8;
    const MACHINE_FRAME: u32 = 40;
    let information = UnwindInfo::parse(image.at(function.unwind_info_address.get())?)
        .with_context(|| format!("the unwind information of {:#x} is damaged", function.begin_address.get()))?;
    let own: u32 = information
        .unwind_operations()
        .map(|(_, operation)| match operation {
            UnwindOperation::PopNonVolatile(_) => REGISTER,
            UnwindOperation::UnStackAlloc(bytes) => bytes,
            UnwindOperation::PopMachineFrame { error_code } => MACHINE_FRAME + if error_code { REGISTER } else { 0 },
            _ => 0,
        })
        .sum();
    match information.trailer() {
        Some(
            UnwindInfoTrailer::ExceptionHandler { handler_address, .. }
            | UnwindInfoTrailer::TerminationHandler { handler_address, .. },
        ) if !image.is_code(handler_address.get()) => {
            bail!("{:#x} has an exception handler that is no code", function.begin_address.get())
        }
        Some(UnwindInfoTrailer::ChainedUnwindInfo { chained }) => Ok(own + frame(image, chained)?),
        _ => Ok(own),
    }
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
        let instruction = decoder(image, address..u32::MAX)?.decode();
        let flow = instruction.flow_control();
        if instruction.is_invalid() || instruction.stack_pointer_increment() != 0 && flow != FlowControl::Return {
            bail!("the code at {begin:#x} moves the stack pointer, and has no unwind information");
        }
        end = end.max(target(instruction.next_ip())?);
        if flow == FlowControl::ConditionalBranch {
            waiting.push(target(instruction.near_branch_target())?);
        }
        if matches!(flow, FlowControl::Next | FlowControl::ConditionalBranch) {
            waiting.push(target(instruction.next_ip())?);
        }
    }
    Ok(Function { begin, end, frame: 0 })
}

/// What a register is known to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Unknown,
    /// The address of what is imported at this place.
    Import(u32),
    Constant(u32),
    /// An address in the image.
    Address(u32),
    /// What was read from the table of the arms of a `match`, which is relative to the table.
    Offset(u32),
    /// The address of an arm of the `match` with this table.
    Arm(u32),
}

/// What the sixteen general registers hold before an instruction.
type Registers = [Value; 16];

/// A call of what is imported.
pub(super) struct ImportedCall {
    /// The place of its address.
    pub slot: u32,
    /// The low halves of the first four arguments, as far as they are constants.
    pub arguments: [Option<u32>; 4],
}

/// The calls of what is imported that a function has, those through a stub among them.
pub(super) fn imported_calls(image: &Image, function: &Function) -> Result<Vec<ImportedCall>> {
    let imports = image.import_addresses();
    let instructions = instructions(image, function)?;
    let before = flow(image, &instructions, function)?;
    let mut found = Vec::new();
    for (address, registers) in before {
        let instruction = &instructions[&address];
        let to = match instruction.flow_control() {
            FlowControl::Call | FlowControl::UnconditionalBranch => {
                let stub = decoder(image, target(instruction.near_branch_target())?..u32::MAX)?.decode();
                let is_stub = stub.flow_control() == FlowControl::IndirectBranch;
                if is_stub { operand(&stub, &registers, &imports) } else { Value::Unknown }
            }
            FlowControl::IndirectCall | FlowControl::IndirectBranch => operand(instruction, &registers, &imports),
            _ => Value::Unknown,
        };
        if let Value::Import(slot) = to {
            let arguments = [Register::RCX, Register::RDX, Register::R8, Register::R9].map(|register| {
                match index(register).map(|index| registers[index]) {
                    Some(Value::Constant(constant)) => Some(constant),
                    _ => None,
                }
            });
            found.push(ImportedCall { slot, arguments });
        }
    }
    Ok(found)
}

fn is_import(value: Value) -> bool {
    matches!(value, Value::Import(_))
}

fn instructions(image: &Image, function: &Function) -> Result<BTreeMap<u32, Instruction>> {
    let decoder = &mut decoder(image, function.begin..function.end)?;
    decoder.iter().map(|instruction| Ok((target(instruction.ip())?, instruction))).collect()
}

/// Where a function goes. Calls through registers are followed to where the register got its value.
pub(super) fn calls(image: &Image, function: &Function) -> Result<Calls> {
    let imports = image.import_addresses();
    let instructions = instructions(image, function)?;
    let mut calls = Calls::default();
    let registers = flow(image, &instructions, function)?;
    for (address, instruction) in &instructions {
        // It is none that runs.
        let Some(registers) = registers.get(address) else { continue };
        if instruction.mnemonic() == Mnemonic::Lea && instruction.is_ip_rel_memory_operand() {
            calls.taken.insert(target(instruction.ip_rel_memory_address())?);
        }
        match instruction.flow_control() {
            FlowControl::Call => {
                calls.called.insert(target(instruction.near_branch_target())?);
            }
            FlowControl::UnconditionalBranch | FlowControl::ConditionalBranch => {
                let to = target(instruction.near_branch_target())?;
                // To go back to the beginning is a loop.
                if !(function.begin..function.end).contains(&to) {
                    calls.continued.insert(to);
                }
            }
            FlowControl::IndirectCall => calls.unresolved |= !is_import(operand(instruction, registers, &imports)),
            FlowControl::IndirectBranch if leaves(image, instruction)? => {
                calls.unresolved |= !is_import(operand(instruction, registers, &imports));
            }
            _ => {}
        }
    }
    Ok(calls)
}

/// Whether an indirect jump leaves the function, rather than being a `match`: the unwinder of Windows has to tell too,
/// so the one has a REX.W prefix or goes through memory, and the other has not.
fn leaves(image: &Image, jump: &Instruction) -> Result<bool> {
    let has_rex_w = image.at(target(jump.ip())?)?.first().is_some_and(|byte| byte & 0xF8 == 0x48);
    Ok(has_rex_w || jump.op0_kind() == OpKind::Memory)
}

/// What every register holds before every instruction, but for those that only fill the room between others.
fn flow(
    image: &Image,
    instructions: &BTreeMap<u32, Instruction>,
    function: &Function,
) -> Result<BTreeMap<u32, Registers>> {
    let imports = image.import_addresses();
    let mut information = InstructionInfoFactory::new();
    let mut before = BTreeMap::from([(function.begin, [Value::Unknown; 16])]);
    let mut waiting = vec![function.begin];
    loop {
        let Some(address) = waiting.pop() else {
            // What no jump leads to is where the function goes on after an exception.
            let fills = |instruction: &Instruction| {
                matches!(instruction.mnemonic(), Mnemonic::Int3 | Mnemonic::Nop | Mnemonic::Ud2)
            };
            let other = instructions.iter().find(|(at, instruction)| !before.contains_key(at) && !fills(instruction));
            let Some((address, _)) = other else { break };
            before.insert(*address, [Value::Unknown; 16]);
            waiting.push(*address);
            continue;
        };
        let instruction = instructions
            .get(&address)
            .with_context(|| format!("the code at {address:#x} is gone to, and is in the middle of an instruction"))?;
        let mut registers = before[&address];
        let loaded = result(instruction, &registers, &imports);
        for used in information.info(instruction).used_registers() {
            if let Some(index) = index(used.register())
                && !matches!(used.access(), OpAccess::Read | OpAccess::CondRead | OpAccess::NoMemAccess)
            {
                registers[index] = loaded;
            }
        }
        let flow = instruction.flow_control();
        if matches!(flow, FlowControl::Call | FlowControl::IndirectCall) {
            for volatile in
                [Register::RAX, Register::RCX, Register::RDX, Register::R8, Register::R9, Register::R10, Register::R11]
            {
                registers[index(volatile).unwrap_or(0)] = Value::Unknown;
            }
        }
        let next = target(instruction.next_ip())?;
        let mut successors = Vec::new();
        match flow {
            FlowControl::UnconditionalBranch => successors.push(target(instruction.near_branch_target())?),
            FlowControl::ConditionalBranch => successors.extend([next, target(instruction.near_branch_target())?]),
            FlowControl::IndirectBranch if !leaves(image, instruction)? => {
                match operand(instruction, &registers, &imports) {
                    Value::Arm(table) => successors.extend(arms(image, table, function)?),
                    // Any place may be one.
                    _ => successors.extend(instructions.keys()),
                }
                successors.retain(|to| instructions.contains_key(to));
            }
            FlowControl::IndirectBranch | FlowControl::Return | FlowControl::Interrupt | FlowControl::Exception => {}
            _ => successors.push(next),
        }
        for successor in successors.into_iter().filter(|to| (function.begin..function.end).contains(to)) {
            let known = *before.entry(successor).or_insert_with(|| {
                waiting.push(successor);
                registers
            });
            let mut met = known;
            for (met, other) in met.iter_mut().zip(registers) {
                if *met != other {
                    *met = Value::Unknown;
                }
            }
            if met != known {
                before.insert(successor, met);
                waiting.push(successor);
            }
        }
    }
    Ok(before)
}

/// What the operand of a call or jump is.
fn operand(instruction: &Instruction, registers: &Registers, imports: &Range<u32>) -> Value {
    value(instruction, instruction.op0_kind(), instruction.op0_register(), registers, imports)
}

/// What an instruction leaves in the register that it writes.
fn result(instruction: &Instruction, registers: &Registers, imports: &Range<u32>) -> Value {
    let of_operand_1 = || value(instruction, instruction.op1_kind(), instruction.op1_register(), registers, imports);
    let of = |register| index(register).map_or(Value::Unknown, |index| registers[index]);
    match instruction.mnemonic() {
        Mnemonic::Mov => of_operand_1(),
        Mnemonic::Xor
            if instruction.op1_kind() == OpKind::Register
                && instruction.op0_register() == instruction.op1_register()
                && instruction.op0_register().is_gpr32() =>
        {
            Value::Constant(0)
        }
        Mnemonic::Lea if instruction.is_ip_rel_memory_operand() => {
            target(instruction.ip_rel_memory_address()).map_or(Value::Unknown, Value::Address)
        }
        Mnemonic::Movsxd if instruction.op1_kind() == OpKind::Memory && instruction.memory_displacement64() == 0 => {
            match (of(instruction.memory_base()), instruction.memory_index_scale()) {
                (Value::Address(table), 4) => Value::Offset(table),
                _ => Value::Unknown,
            }
        }
        Mnemonic::Add => match (of(instruction.op0_register()), of_operand_1()) {
            (Value::Offset(table), Value::Address(base)) | (Value::Address(base), Value::Offset(table))
                if table == base =>
            {
                Value::Arm(table)
            }
            _ => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// The arms of a `match`: what its table says, up to where it ends, which is not told.
fn arms(image: &Image, table: u32, function: &Function) -> Result<Vec<u32>> {
    let (entries, _) = image.at(table)?.as_chunks();
    let arms = entries.iter().map(|entry| table.wrapping_add_signed(i32::from_le_bytes(*entry)));
    Ok(arms.take_while(|arm| (function.begin..function.end).contains(arm)).collect())
}

fn value(
    instruction: &Instruction,
    kind: OpKind,
    register: Register,
    registers: &Registers,
    imports: &Range<u32>,
) -> Value {
    match kind {
        OpKind::Register => match index(register).map_or(Value::Unknown, |index| registers[index]) {
            constant @ Value::Constant(_) if register.is_gpr32() => constant,
            known if register.is_gpr64() => known,
            _ => Value::Unknown,
        },
        OpKind::Memory
            if instruction.is_ip_rel_memory_operand()
                && target(instruction.ip_rel_memory_address()).is_ok_and(|address| imports.contains(&address)) =>
        {
            target(instruction.ip_rel_memory_address()).map_or(Value::Unknown, Value::Import)
        }
        OpKind::Immediate32 => Value::Constant(instruction.immediate32()),
        _ => Value::Unknown,
    }
}

fn index(register: Register) -> Option<usize> {
    register.is_gpr().then(|| register.full_register() as usize - Register::RAX as usize)
}

fn decoder(image: &Image, range: Range<u32>) -> Result<Decoder<'_>> {
    let code = image.at(range.start)?;
    let code = code.get(..(range.end - range.start) as usize).unwrap_or(code);
    Ok(Decoder::with_ip(64, code, range.start.into(), DecoderOptions::NONE))
}

/// An address in the image.
fn target(address: u64) -> Result<u32> {
    u32::try_from(address).with_context(|| format!("the code goes to {address:#x}, outside the image"))
}
