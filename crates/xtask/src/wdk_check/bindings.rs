//! A set of bindings as its source says it: what has which name, and what it is made of.

use super::workspace::Built;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use syn::{ForeignItem, Item, ReturnType, Type};

/// A structure or a union.
pub struct Composite {
    /// Names, in order, and types.
    pub fields: Vec<(String, Type)>,
}

impl Composite {
    /// Whether it is a name without insides.
    pub fn is_opaque(&self) -> bool {
        self.fields.iter().all(|(name, _)| name.starts_with('_') && !name.starts_with("__bindgen_anon"))
    }
}

/// A function, or the type of one.
pub struct Function {
    /// What it is imported from; empty if the source does not say.
    pub image: String,
    /// The types of its parameters.
    pub parameters: Vec<Type>,
    /// What it returns.
    pub result: Option<Type>,
    /// Whether more parameters may follow.
    pub is_variadic: bool,
}

/// A constant.
pub struct Constant {
    /// Its path.
    pub path: String,
    /// Its type.
    pub kind: Type,
    /// Its value, if the source says it as a number.
    pub value: Option<i128>,
}

/// What a set of bindings declares, by name.
#[derive(Default)]
pub struct Bindings {
    /// Other names of types.
    pub aliases: BTreeMap<String, Type>,
    /// Structures and unions.
    pub composites: BTreeMap<String, Composite>,
    /// Constants.
    pub constants: BTreeMap<String, Constant>,
    /// Functions.
    pub functions: BTreeMap<String, Function>,
    /// Variables that are imported.
    pub variables: BTreeMap<String, Type>,
}

impl Bindings {
    /// The committed bindings of `fltmgr-sys`.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is not Rust.
    pub fn committed(source: &Path) -> Result<Self> {
        let mut bindings = Self::default();
        for file in ["types.rs", "fltmgr.rs", "ntoskrnl.rs", "memory.rs"] {
            bindings.read(&source.join(file))?;
        }
        Ok(bindings)
    }

    /// What bindgen made of the WDK, and what is written beside it.
    ///
    /// # Errors
    ///
    /// As for [`Self::committed`].
    pub fn of_wdk(built: &Built, written: &Path) -> Result<Self> {
        let mut bindings = Self::default();
        for file in ["types.rs", "constants.rs", "ntddk.rs"] {
            bindings.read(&built.generated_by("wdk-sys")?.join(file))?;
        }
        bindings.read(&built.source_of("wdk-sys")?.join("src/constants.rs"))?;
        bindings.read(&built.generated_by("fltmgr-sys")?.join("fltkernel.rs"))?;
        bindings.read(written)?;
        Ok(bindings)
    }

    /// The bindings of a text.
    #[cfg(test)]
    pub fn of_text(text: &str) -> Self {
        let mut bindings = Self::default();
        bindings.add(syn::parse_file(text).expect("Rust").items, "");
        bindings
    }

    fn read(&mut self, file: &Path) -> Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("{} is not Rust", file.display()))?;
        self.add(parsed.items, "");
        Ok(())
    }

    /// Adds the items of a module, whose path is empty or ends with `::`.
    fn add(&mut self, items: Vec<Item>, module: &str) {
        for item in items {
            match item {
                Item::Type(item) => {
                    self.aliases.insert(format!("{module}{}", item.ident), *item.ty);
                }
                Item::Struct(item) => {
                    self.composites.insert(item.ident.to_string(), composite(item.fields));
                }
                Item::Union(item) => {
                    self.composites.insert(item.ident.to_string(), composite(syn::Fields::Named(item.fields)));
                }
                Item::Const(item) if item.ident != "_" => {
                    let constant =
                        Constant { path: format!("{module}{}", item.ident), kind: *item.ty, value: number(&item.expr) };
                    self.constants.insert(item.ident.to_string(), constant);
                }
                Item::Use(item) => self.add_renamed(&item.tree),
                Item::Mod(item) => {
                    let items = item.content.map(|(_, items)| items).unwrap_or_default();
                    // bindgen has a module for each enum, with its type; what is in others is used from outside.
                    let is_enum = items.iter().any(|item| matches!(item, Item::Type(item) if item.ident == "Type"));
                    let path = if is_enum { format!("{}::", item.ident) } else { String::new() };
                    self.add(items, &path);
                }
                Item::ForeignMod(item) => self.add_imports(item.items, &image(&item.attrs)),
                Item::Macro(item) if item.mac.path.is_ident("imports") => {
                    if let Ok(Imports { image, items }) = item.mac.parse_body() {
                        self.add_imports(items, &image);
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds what bindgen declares as `pub use self::_NAME::Type as NAME`.
    fn add_renamed(&mut self, tree: &syn::UseTree) {
        let mut path = Vec::new();
        let mut rest = tree;
        while let syn::UseTree::Path(step) = rest {
            path.push(step.ident.to_string());
            rest = &step.tree;
        }
        if let syn::UseTree::Rename(renamed) = rest
            && path.first().is_some_and(|first| first == "self")
        {
            path.push(renamed.ident.to_string());
            if let Ok(target) = syn::parse_str(&path[1..].join("::")) {
                self.aliases.insert(renamed.rename.to_string(), target);
            }
        }
    }

    fn add_imports(&mut self, items: Vec<ForeignItem>, image: &str) {
        for item in items {
            match item {
                ForeignItem::Fn(item) => {
                    let name = item.sig.ident.to_string();
                    let parameters = item.sig.inputs.into_iter().filter_map(|input| match input {
                        syn::FnArg::Typed(input) => Some(*input.ty),
                        syn::FnArg::Receiver(_) => None,
                    });
                    let function = Function {
                        image: image.to_owned(),
                        parameters: parameters.collect(),
                        result: result(item.sig.output),
                        is_variadic: item.sig.variadic.is_some(),
                    };
                    self.functions.insert(name, function);
                }
                ForeignItem::Static(item) => {
                    self.variables.insert(item.ident.to_string(), *item.ty);
                }
                _ => {}
            }
        }
    }
}

/// What a function returns, if it is something.
pub fn result(output: ReturnType) -> Option<Type> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, result) => Some(*result),
    }
}

/// The number that an expression is.
fn number(expression: &syn::Expr) -> Option<i128> {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => number.base10_parse().ok(),
        syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => Some(-number(expr)?),
        _ => None,
    }
}

fn composite(fields: syn::Fields) -> Composite {
    let fields = fields.into_iter().filter_map(|field| field.ident.map(|name| (name.to_string(), field.ty)));
    Composite { fields: fields.collect() }
}

/// The image that a block of imports is linked to.
fn image(attributes: &[syn::Attribute]) -> String {
    let mut image = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("link")) {
        // What is not understood is not the name.
        let _ = attribute.parse_nested_meta(|meta| {
            let value: syn::LitStr = meta.value()?.parse()?;
            if meta.path.is_ident("name") {
                image = value.value();
            }
            Ok(())
        });
    }
    image
}

/// The body of `imports!` in `fltmgr-sys`.
struct Imports {
    image: String,
    items: Vec<ForeignItem>,
}

impl syn::parse::Parse for Imports {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let image = input.parse::<syn::LitStr>()?.value();
        input.parse::<syn::Token![;]>()?;
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(Self { image, items })
    }
}
