//! `#[derive(Schema)]`: the proof that a struct has no padding, and its description.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DataEnum, DeriveInput, Error, Field, Fields, Ident, LitStr, Path, Result};

/// The impls of `Schema` and of `packed` for `input`, with `abi` as the path to the contract's crate and
/// `packed` as that to the trait of the types which fields may have.
pub fn expand(input: &DeriveInput, abi: &Path, packed: &Path, is_host: bool) -> Result<TokenStream> {
    let schema = &input.ident;
    let body = match &input.data {
        Data::Enum(data) => enum_schema(input, data, abi)?,
        _ => struct_schema(input, abi, packed)?,
    };
    let name = schema_name(input)?;
    let Body { asserts, consts } = body;
    // Outside of a module a string or a list of a guest is as large as an address is there.
    let has_one_layout = quote! {
        (#is_host || cfg!(target_arch = "wasm32") || !<#schema as #abi::Schema>::INFO.has_slices())
    };
    Ok(quote! {
        const _: () = if #has_one_layout { #asserts };

        // SAFETY: a struct is `repr(C)`; each field is one of a packed type, so without padding and
        // valid for the bytes of its type; the asserts above leave no byte between or after them. An
        // enum has an unsigned representation, and all its values are listed.
        #[automatically_derived]
        unsafe impl #abi::Schema for #schema {
            const NAME: &'static str = #name;
            #consts
        }

        // SAFETY: as above.
        #[automatically_derived]
        unsafe impl #packed for #schema {
            type Tag = <#abi::Align<{ ::core::mem::align_of::<#schema>() }> as #abi::Aligned>::Tag;
            const FIELD: #abi::Field = #abi::Field::nested(<#schema as #abi::Schema>::INFO);
        }
    })
}

/// What differs between structs and enums.
struct Body {
    asserts: TokenStream,
    /// Constants of `Schema`.
    consts: TokenStream,
}

fn struct_schema(input: &DeriveInput, abi: &Path, packed: &Path) -> Result<Body> {
    let fields = packed_fields(input)?;
    require_repr_c(input)?;
    let schema = &input.ident;
    let asserts = padding_asserts(schema, &fields);
    let descriptors = (0..fields.len())
        .map(|index| quote!(#abi::FieldDescriptor::of(&<#schema as #abi::Schema>::FIELDS[#index])));
    let fields = fields.iter().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        let text = name.as_ref().map(|name| name.unraw().to_string());
        // On the field's span, so that a type that cannot be a field is underlined itself.
        quote_spanned! {ty.span()=>
            #abi::Field {
                name: #text,
                offset: ::core::mem::offset_of!(#schema, #name) as u32,
                ..<#ty as #packed>::FIELD
            }
        }
    });
    let consts = quote! {
        const FIELDS: &'static [#abi::Field] = &[#(#fields),*];
        const FIELD_DESCRIPTORS: &'static [#abi::FieldDescriptor<#abi::Address>] = &[#(#descriptors),*];
    };
    Ok(Body { asserts, consts })
}

/// An enum without fields, whose values are numbers.
fn enum_schema(input: &DeriveInput, data: &DataEnum, abi: &Path) -> Result<Body> {
    let schema = &input.ident;
    if !input.generics.params.is_empty() {
        return Err(generic(input));
    }
    if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        return Err(Error::new_spanned(
            variant,
            "a schema's enum has no fields in its variants: put them into a struct beside it",
        ));
    }
    if data.variants.is_empty() {
        return Err(Error::new_spanned(&input.ident, "an enum without variants has no value"));
    }
    let mut is_unsigned = false;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            is_unsigned |= ["u8", "u16", "u32"].iter().any(|width| meta.path.is_ident(width));
            Ok(())
        })?;
    }
    if !is_unsigned {
        return Err(Error::new_spanned(
            &input.ident,
            "a schema's enum needs `#[repr(u8)]`, `#[repr(u16)]` or `#[repr(u32)]`, so that its numbers are known",
        ));
    }
    let variants: Vec<TokenStream> = data
        .variants
        .iter()
        .map(|variant| {
            let (name, text) = (&variant.ident, variant.ident.unraw().to_string());
            quote!(#abi::Variant { name: #text, value: #schema::#name as u64 })
        })
        .collect();
    let consts = quote! {
        const KIND: #abi::SchemaKind = #abi::SchemaKind::Enum;
        const VARIANTS: &'static [#abi::Variant] = &[#(#variants),*];
        const VARIANT_DESCRIPTORS: &'static [#abi::VariantDescriptor<#abi::Address>] =
            &[#(#abi::VariantDescriptor::of(&#variants)),*];
    };
    Ok(Body { asserts: TokenStream::new(), consts })
}

/// The fields of a struct that can be a schema at all.
fn packed_fields(input: &DeriveInput) -> Result<Vec<&Field>> {
    let refusal = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                return match input.generics.params.first() {
                    None => Ok(fields.named.iter().collect()),
                    Some(_) => Err(generic(input)),
                };
            }
            Fields::Unit if input.generics.params.is_empty() => return Ok(Vec::new()),
            Fields::Unit => return Err(generic(input)),
            Fields::Unnamed(fields) => Error::new_spanned(
                fields,
                "a schema's fields have names, by which the game and the scripts compare them: \
                 write `struct Speed { value: f32 }`",
            ),
        },
        Data::Enum(data) => Error::new_spanned(data.enum_token, "an enum has no fields"),
        Data::Union(data) => Error::new_spanned(
            data.union_token,
            "a union cannot be a schema, since its bytes have no one meaning: use a struct",
        ),
    };
    Err(refusal)
}

fn generic(input: &DeriveInput) -> Error {
    Error::new_spanned(
        &input.generics,
        "a schema has one layout, so its struct takes no generic parameters: \
         write one struct for each layout",
    )
}

/// Exactly `repr(C)`: `packed` would make references to fields impossible, and `align` would ask
/// for more than columns promise.
fn require_repr_c(input: &DeriveInput) -> Result<()> {
    let mut is_c = false;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("C") {
                is_c = true;
                return Ok(());
            }
            Err(meta.error("a schema is plain `#[repr(C)]`, without other representations"))
        })?;
    }
    if is_c {
        return Ok(());
    }
    Err(Error::new_spanned(
        &input.ident,
        "a schema needs `#[repr(C)]`, which keeps its fields in the order that they are written in",
    ))
}

pub fn schema_name(input: &DeriveInput) -> Result<String> {
    let mut name = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("schema")) {
        name = Some(name_in(attribute)?);
    }
    Ok(name.unwrap_or_else(|| input.ident.unraw().to_string()))
}

fn name_in(attribute: &Attribute) -> Result<String> {
    let mut name = None;
    attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("name") {
            return Err(meta.error("a schema has one option, `#[schema(name = \"…\")]`"));
        }
        let text: LitStr = meta.value()?.parse()?;
        if text.value().is_empty() {
            return Err(Error::new_spanned(text, "a schema's name cannot be empty"));
        }
        name = Some(text.value());
        Ok(())
    })?;
    name.ok_or_else(|| Error::new_spanned(attribute, "expected `#[schema(name = \"…\")]`"))
}

/// Statements that stop compiling at the first field that does not begin where the one before
/// it ended, and at a struct that goes on after its last field.
fn padding_asserts(schema: &Ident, fields: &[&Field]) -> TokenStream {
    let mut asserts = TokenStream::new();
    let mut end = quote!(0);
    for field in fields {
        let (name, ty) = (&field.ident, &field.ty);
        let message = format!(
            "padding before field `{}`: reorder the fields or add an explicit one",
            name.to_token_stream(),
        );
        let offset = quote!(::core::mem::offset_of!(#schema, #name));
        asserts.extend(quote_spanned!(field.span()=> ::core::assert!(#offset == #end, #message);));
        end = quote!(#offset + ::core::mem::size_of::<#ty>());
    }
    let message = match fields.last() {
        Some(field) => format!(
            "padding after the last field `{}`: reorder the fields or add an explicit one",
            field.ident.to_token_stream(),
        ),
        None => "a schema without fields has no bytes".to_owned(),
    };
    asserts.extend(quote_spanned! {schema.span()=>
        ::core::assert!(::core::mem::size_of::<#schema>() == #end, #message);
    });
    asserts
}
