//! Types without the names that two sets of bindings may give differently.

use super::bindings::{Bindings, Composite, Function, result};
use syn::{GenericArgument, PathArguments, Type};

/// The names of structures and unions, with their tags: what C calls them, or the tag of one that has no other name.
pub fn structures(bindings: &Bindings) -> Vec<(&str, &str)> {
    let named = bindings.aliases.keys().filter_map(|name| Some((name.as_str(), structure(bindings, name)?)));
    let mut structures: Vec<(&str, &str)> = named.filter(|(_, tag)| !is_generated(tag)).collect();
    for (tag, composite) in &bindings.composites {
        if !is_generated(tag) && !composite.is_opaque() && structures.iter().all(|(_, known)| known != tag) {
            structures.push((tag, tag));
        }
    }
    structures
}

/// The tag of the structure or union that a name is for.
pub fn structure<'a>(bindings: &'a Bindings, name: &str) -> Option<&'a str> {
    if let Some((tag, _)) = bindings.composites.get_key_value(name) {
        return Some(tag);
    }
    match bindings.aliases.get(name)? {
        Type::Path(path) => structure(bindings, &ident(&path.path)),
        _ => None,
    }
}

/// The insides of a type that C has no name for.
pub fn unnamed<'a>(bindings: &'a Bindings, kind: &Type) -> Option<&'a Composite> {
    let Type::Path(path) = kind else { return None };
    let name = ident(&path.path);
    if name.contains("__bindgen_ty_") { bindings.composites.get(&name) } else { None }
}

/// Whether bindgen made a name up.
fn is_generated(tag: &str) -> bool {
    tag.contains("__bindgen_ty_") || tag.starts_with("__Bindgen") || tag.starts_with("__Incomplete")
}

/// What a type comes to. Pointers to what may not be written are like others: C's callers need not care, and mingw-w64
/// leaves out many a `const`.
pub fn canonical(bindings: &Bindings, kind: &Type) -> String {
    match kind {
        Type::Ptr(pointer) => format!("*{}", canonical(bindings, &pointer.elem)),
        Type::Array(array) => format!("[{}]", canonical(bindings, &array.elem)),
        Type::Never(_) => "nothing".to_owned(),
        Type::Tuple(tuple) if tuple.elems.is_empty() => "nothing".to_owned(),
        Type::FnPtr(function) => {
            let parameters: Vec<String> = function.inputs.iter().map(|input| canonical(bindings, &input.ty)).collect();
            let result =
                result(function.output.clone()).map_or_else(|| "nothing".to_owned(), |kind| canonical(bindings, &kind));
            format!("fn({}) -> {result}", parameters.join(", "))
        }
        Type::Path(path) => of_path(bindings, &path.path),
        _ => "what C does not have".to_owned(),
    }
}

/// What a function comes to.
pub fn signature(bindings: &Bindings, function: &Function) -> String {
    let mut parameters: Vec<String> = function.parameters.iter().map(|kind| canonical(bindings, kind)).collect();
    if function.is_variadic {
        parameters.push("...".to_owned());
    }
    let result = function.result.as_ref().map_or_else(|| "nothing".to_owned(), |kind| canonical(bindings, kind));
    format!("fn({}) -> {result}", parameters.join(", "))
}

fn of_path(bindings: &Bindings, path: &syn::Path) -> String {
    let Some(last) = path.segments.last() else { return String::new() };
    if last.ident == "Option"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(function)) = arguments.args.first()
    {
        return canonical(bindings, function);
    }
    let name = ident(path);
    let primitive = match name.as_str() {
        "c_char" | "c_schar" | "i8" => "i8",
        "c_uchar" | "u8" => "u8",
        "c_short" | "i16" => "i16",
        "c_ushort" | "u16" => "u16",
        "c_int" | "c_long" | "i32" => "i32",
        "c_uint" | "c_ulong" | "u32" => "u32",
        "c_longlong" | "i64" | "isize" => "i64",
        "c_ulonglong" | "u64" | "usize" => "u64",
        "c_void" => "void",
        "bool" => "bool",
        _ => "",
    };
    if !primitive.is_empty() {
        return primitive.to_owned();
    }
    match bindings.aliases.get(&name) {
        Some(aliased) => canonical(bindings, aliased),
        None => match name.trim_start_matches('_') {
            // mingw-w64 has the names that these have inside Windows, the WDK those of what they begin with.
            "EPROCESS" => "KPROCESS".to_owned(),
            "ETHREAD" => "KTHREAD".to_owned(),
            name => name.to_owned(),
        },
    }
}

/// The name at the end of a path, with the module that bindgen makes for an enum.
fn ident(path: &syn::Path) -> String {
    let mut names = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let last = names.next().unwrap_or_default();
    match names.next() {
        Some(module) if last == "Type" => format!("{module}::{last}"),
        _ => last,
    }
}
