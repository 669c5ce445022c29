//! `#[system]`: a plain function, its description for the manifest and its export.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, FnArg, GenericArgument, Ident, ItemFn, PathArguments, Result, ReturnType, Signature, Type};

use crate::options::Options;

/// Names that mean something else in a module, or that the linker resolves calls to.
const RESERVED: &[&str] = &[
    "memory",
    "peristyle_manifest",
    "_initialize",
    "_start",
    "main",
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "bcmp",
    "strlen",
    "fmod",
    "fmodf",
];

/// The function itself, a type of the same name that describes it, and the exported function.
pub fn expand(options: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let options = Options::parse(options)?;
    let signature = &function.sig;
    refuse_unusual(signature)?;
    let params = signature.inputs.iter().map(Param::of).collect::<Result<Vec<_>>>()?;
    let uses = refuse_second(&signature.ident, &params)?;
    let name = system_name(&options, signature)?;

    let (visibility, ident) = (&function.vis, &signature.ident);
    let doc = format!("The script system [`{ident}()`], for `module!`.");
    let arguments = arguments(&params);
    let descriptor = descriptor(&options, &name, &params);
    Ok(quote! {
        #[allow(
            clippy::too_many_arguments,
            clippy::type_complexity,
            reason = "the parameters of a system are its declaration"
        )]
        #function

        #[doc = #doc]
        #[allow(non_camel_case_types, reason = "a system is listed under the name of its function")]
        #visibility enum #ident {}

        // The names begin with underscores so that they hide none of the user's.
        const _: () = {
            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = #name))]
            unsafe extern "C" fn __entry(__frame: *const ::peristyle::abi::CallFrame<::peristyle::abi::Address>) -> i32 {
                // SAFETY: the host passes the frame that it laid out as the descriptor asks, and
                // each parameter is taken from it once.
                unsafe { ::peristyle::system::call(__frame, |__frame| #ident(#(#arguments),*)) }
            }

            impl ::peristyle::system::System for #ident {
                const ENTRY: ::peristyle::system::Entry = __entry;
                #descriptor
            }
            #uses
        };
    })
}

/// One parameter of a system, recognized by the last word of its type's path.
enum Param<'a> {
    Query(&'a Type),
    Time(&'a Type),
    Commands(&'a Type),
    Random(&'a Type),
    Room(&'a Type),
    /// A state block or a resource: the whole type, and the type in its brackets.
    State {
        whole: &'a Type,
        block: &'a Type,
    },
    Resource {
        whole: &'a Type,
        resource: &'a Type,
        write: bool,
    },
    Messages(&'a Type),
    Events(&'a Type),
}

impl<'a> Param<'a> {
    fn of(argument: &'a FnArg) -> Result<Self> {
        let FnArg::Typed(argument) = argument else {
            return Err(Error::new_spanned(argument, "a script system is a free function, without `self`"));
        };
        let whole = &*argument.ty;
        if let Type::Reference(reference) = whole
            && Self::of_type(&reference.elem).is_some()
        {
            return Err(Error::new_spanned(
                whole,
                "a script system takes its parameters by value: leave out the `&`, and write `mut` \
                 before the name to change what it refers to",
            ));
        }
        Self::of_type(whole).ok_or_else(|| {
            Error::new_spanned(
                whole,
                "not a parameter of a script system: expected `Query<…>`, `Time`, `State<…>`, `Commands<(…)>`, \
                 `Res<…>`, `ResMut<…>`, `MessageReader<…>`, `On<…>`, `Random` or `Room`. They are known by \
                 these names, so an alias can stand for the tuple in the brackets and not for the whole type",
            )
        })
    }

    fn of_type(whole: &'a Type) -> Option<Self> {
        let Type::Path(path) = whole else { return None };
        let last = path.path.segments.last()?;
        match last.ident.to_string().as_str() {
            "Query" => Some(Self::Query(whole)),
            "Time" => Some(Self::Time(whole)),
            "Commands" => Some(Self::Commands(whole)),
            "Random" => Some(Self::Random(whole)),
            "Room" => Some(Self::Room(whole)),
            "MessageReader" => Some(Self::Messages(whole)),
            "On" => Some(Self::Events(whole)),
            "State" => Some(Self::State { whole, block: argument(&last.arguments)? }),
            "Res" => Some(Self::Resource { whole, resource: argument(&last.arguments)?, write: false }),
            "ResMut" => Some(Self::Resource { whole, resource: argument(&last.arguments)?, write: true }),
            _ => None,
        }
    }
}

/// The first type in angle brackets.
fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn refuse_unusual(signature: &Signature) -> Result<()> {
    if let Some(token) = &signature.asyncness {
        return Err(Error::new_spanned(
            token,
            "a script system cannot be async: each call runs to its end; keep what must wait in a \
             state block",
        ));
    }
    if let Some(token) = &signature.unsafety {
        return Err(Error::new_spanned(token, "a script system cannot be unsafe: the host calls it"));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::new_spanned(abi, "a script system is a plain function; `#[system]` exports it"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &signature.generics,
            "a script system takes no generic parameters: it is one export with one layout",
        ));
    }
    match &signature.output {
        ReturnType::Type(_, ty) if !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) => {
            Err(Error::new_spanned(
                ty,
                "a script system returns nothing: write to components or state blocks, and panic to \
                 undo the call",
            ))
        }
        _ => Ok(()),
    }
}

/// Refuses a second state block or resource of one type, which would be two `&mut` to one value,
/// and a second command buffer or generator, of which a call has one.
///
/// The spelling gives the clear message. The returned impls catch what spelling cannot, an alias
/// of the type: two impls of one trait for one type do not compile.
fn refuse_second(system: &Ident, params: &[Param<'_>]) -> Result<TokenStream> {
    let mut seen: Vec<String> = Vec::new();
    let mut impls = TokenStream::new();
    for param in params {
        let (whole, what, uses) = match param {
            Param::Query(_) | Param::Time(_) | Param::Messages(_) | Param::Events(_) => continue,
            Param::Commands(whole) => (whole, "`Commands`".to_owned(), None),
            Param::Random(whole) => (whole, "a random generator".to_owned(), None),
            Param::Room(whole) => (whole, "a `Room`".to_owned(), None),
            Param::State { whole, block } => {
                let what = format!("the state block `{}`", block.to_token_stream());
                (whole, what, Some((quote!(UsesState), block)))
            }
            Param::Resource { whole, resource, .. } => {
                let what = format!("the resource `{}`", resource.to_token_stream());
                (whole, what, Some((quote!(UsesResource), resource)))
            }
        };
        if seen.contains(&what) {
            let message = format!("this system already has {what}: a system takes each once");
            return Err(Error::new_spanned(whole, message));
        }
        seen.push(what);
        if let Some((uses, ty)) = uses {
            impls.extend(quote_spanned!(ty.span()=> impl ::peristyle::system::#uses<#ty> for #system {}));
        }
    }
    Ok(impls)
}

fn system_name(options: &Options, signature: &Signature) -> Result<String> {
    let (name, span) = match &options.name {
        Some(name) => (name.value(), name.span()),
        None => (signature.ident.unraw().to_string(), signature.ident.span()),
    };
    if name.is_empty() || name.contains("::") {
        return Err(Error::new(
            span,
            "a system's name is not empty and has no `::`, which follows a module's",
        ));
    }
    if RESERVED.contains(&name.as_str()) {
        return Err(Error::new(
            span,
            format!(
                "`{name}` means something else in a WebAssembly module: choose another name for the system"
            ),
        ));
    }
    Ok(name)
}

/// One expression for each parameter, taken from a `Frame` called `__frame`.
fn arguments(params: &[Param<'_>]) -> Vec<TokenStream> {
    let (mut queries, mut resources, mut messages) = (0usize.., 0usize.., 0usize..);
    params
        .iter()
        .map(|param| match param {
            Param::Query(whole) => {
                let index = queries.next();
                quote_spanned!(whole.span()=> __frame.query(#index))
            }
            Param::Time(whole) => quote_spanned!(whole.span()=> __frame.time()),
            Param::Commands(whole) => quote_spanned!(whole.span()=> __frame.commands()),
            Param::Random(whole) => quote_spanned!(whole.span()=> __frame.random()),
            Param::Room(whole) => quote_spanned!(whole.span()=> __frame.room()),
            Param::Messages(whole) => {
                let index = messages.next();
                quote_spanned!(whole.span()=> __frame.messages(#index))
            }
            Param::Events(whole) => {
                let index = messages.next();
                quote_spanned!(whole.span()=> __frame.events(#index))
            }
            Param::Resource { whole, write, .. } => {
                let (index, write) = (resources.next(), *write);
                if write {
                    quote_spanned!(whole.span()=> __frame.resource_mut(#index))
                } else {
                    quote_spanned!(whole.span()=> __frame.resource(#index))
                }
            }
            // With the type, so that one that `module!` does not list is underlined itself.
            Param::State { block, .. } => quote_spanned!(block.span()=> __frame.state::<#block>()),
        })
        .collect()
}

fn descriptor(options: &Options, name: &str, params: &[Param<'_>]) -> TokenStream {
    let schedule = match &options.schedule {
        Some(schedule) => quote!(#schedule),
        None => quote!(FixedUpdate),
    };
    let in_frame = params.iter().filter_map(|param| match param {
        Param::Query(whole)
        | Param::Commands(whole)
        | Param::Random(whole)
        | Param::Room(whole)
        | Param::Messages(whole)
        | Param::Events(whole)
        | Param::Resource { whole, .. } => Some(whole),
        Param::Time(_) | Param::State { .. } => None,
    });
    let (descriptors, features): (Vec<_>, Vec<_>) = in_frame
        .map(|whole| {
            let span = whole.span();
            (quote_spanned!(span=> <#whole>::PARAM), quote_spanned!(span=> <#whole>::FEATURES))
        })
        .unzip();
    let (before, after, run_if) = (&options.before, &options.after, &options.run_if);
    let fuel_per_call = options.fuel_per_call.as_ref().map_or_else(|| quote!(0), |fuel| quote!(#fuel));
    let fuel_per_row = options.fuel_per_row.as_ref().map_or_else(|| quote!(0), |fuel| quote!(#fuel));
    let conditions =
        if run_if.is_empty() { quote!(0) } else { quote!(::peristyle::abi::Feature::Conditions.bit()) };
    let suspension =
        if options.suspends { quote!(::peristyle::abi::Feature::Suspension.bit()) } else { quote!(0) };
    let flags = if options.suspends { quote!(::peristyle::abi::SYSTEM_SUSPENDS) } else { quote!(0) };
    // Full paths only: the queries' types are the user's, who may well have an `Address`.
    quote! {
        const FEATURES: u64 = #conditions | #suspension #(| #features)*;
        const DESCRIPTOR: ::peristyle::abi::SystemDescriptor<::peristyle::abi::Address> =
            ::peristyle::system::Description {
                name: #name,
                schedule: ::peristyle::abi::ScheduleCode::#schedule,
                params: &[#(#descriptors),*],
                before: &[#(::peristyle::abi::Slice::of_str(#before)),*],
                after: &[#(::peristyle::abi::Slice::of_str(#after)),*],
                conditions: &[#(::peristyle::abi::Slice::of_str(#run_if)),*],
                fuel_per_call: #fuel_per_call,
                fuel_per_row: #fuel_per_row,
                flags: #flags,
            }
            .descriptor();
    }
}
