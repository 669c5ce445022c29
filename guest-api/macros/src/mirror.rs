//! `#[derive(Mirror)]`: the packed form of a struct, and the way there and back.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
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
    let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
    // On the field's span, so that a type that cannot cross is underlined itself.
    let packed_types: Vec<_> = types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <#ty as ::bevy_peristyle::MirrorField>::Packed))
        .collect();
    let visibilities: Vec<_> = fields.named.iter().map(|field| &field.vis).collect();
    let field_docs = names.iter().map(|name| format!("The packed form of `{name}`."));
    // What would be padding has names, since every byte that scripts see belongs to a field.
    let gaps: Vec<_> = names.iter().map(|name| format_ident!("reserved_before_{}", name.unraw())).collect();
    let starts: Vec<TokenStream> = (0..names.len())
        .map(|index| {
            let (ty, end) = (&packed_types[index], end_of(&packed_types[..index]));
            quote!({
                let end: usize = #end;
                end.next_multiple_of(::core::mem::align_of::<#ty>()) - end
            })
        })
        .collect();
    let is_taken = names.iter().any(|name| *name == "reserved");
    let last = format_ident!("{}", if is_taken { "reserved_at_end" } else { "reserved" });
    let end = end_of(&packed_types);
    let aligns = packed_types.iter().map(|ty| quote!(::core::mem::align_of::<#ty>()));
    let rest = quote!({
        let end: usize = #end;
        let aligns = [1usize, #(#aligns),*];
        let (mut align, mut index) = (1, 0);
        while index < aligns.len() {
            if aligns[index] > align {
                align = aligns[index];
            }
            index += 1;
        }
        end.next_multiple_of(align) - end
    });
    Ok(quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::bevy_peristyle::Schema)]
        #[repr(C)]
        #[schema(name = #text)]
        #visibility struct #packed {
            #(
                #[doc(hidden)]
                pub #gaps: [u8; #starts],
                #[doc = #field_docs]
                #visibilities #names: #packed_types,
            )*
            #[doc(hidden)]
            pub #last: [u8; #rest],
        }

        #[automatically_derived]
        impl ::bevy_peristyle::MirrorField for #name {
            type Packed = #packed;

            fn pack(&self, slices: &mut ::bevy_peristyle::SliceWriter) -> #packed {
                #packed {
                    #(
                        #gaps: ::core::default::Default::default(),
                        #names: ::bevy_peristyle::MirrorField::pack(&self.#names, slices),
                    )*
                    #last: ::core::default::Default::default(),
                }
            }

            fn unpack(packed: &#packed, slices: ::bevy_peristyle::SliceReader<'_>) -> Self {
                Self {
                    #(#names: <#types as ::bevy_peristyle::MirrorField>::unpack(&packed.#names, slices),)*
                }
            }
        }
    })
}

/// The number of bytes that fields of these types take, with the gaps between them.
fn end_of(types: &[TokenStream]) -> TokenStream {
    types.iter().fold(quote!(0usize), |end, ty| {
        quote!({
            let end: usize = #end;
            end.next_multiple_of(::core::mem::align_of::<#ty>()) + ::core::mem::size_of::<#ty>()
        })
    })
}
