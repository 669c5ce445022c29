//! `#[derive(Mirror)]`: the packed form of a struct, and the way there and back.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::schema::schema_name;

/// The packed struct for `input`, and its `MirrorField`.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "only a struct has a mirror: an enum derives `Schema`"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(
            &data.fields,
            "a mirror's fields have names, by which the game and the scripts compare them",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "a mirror takes no generic parameters"));
    }
    let (name, text, visibility) = (&input.ident, schema_name(input)?, &input.vis);
    let packed = format_ident!("Packed{name}");
    let doc = format!("What scripts see of [`{name}`].");
    let names: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
    let visibilities = fields.named.iter().map(|field| &field.vis);
    let field_docs = names.iter().map(|name| {
        let name = name.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("The packed form of `{name}`.")
    });
    Ok(quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::bevy_peristyle::Schema)]
        #[repr(C)]
        #[schema(name = #text)]
        #visibility struct #packed {
            #(
                #[doc = #field_docs]
                #visibilities #names: <#types as ::bevy_peristyle::MirrorField>::Packed,
            )*
        }

        #[automatically_derived]
        impl ::bevy_peristyle::MirrorField for #name {
            type Packed = #packed;

            fn pack(&self, slices: &mut ::bevy_peristyle::SliceWriter) -> #packed {
                #packed { #(#names: ::bevy_peristyle::MirrorField::pack(&self.#names, slices),)* }
            }

            fn unpack(packed: &#packed, slices: ::bevy_peristyle::SliceReader<'_>) -> Self {
                Self {
                    #(#names: <#types as ::bevy_peristyle::MirrorField>::unpack(&packed.#names, slices),)*
                }
            }
        }
    })
}
