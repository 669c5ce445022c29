//! The macros of Peristyle, for script authors and for the game.
//!
//! Nobody names this crate: guests find [`Schema`] and [`macro@system`] in the prelude of
//! `peristyle`, games find [`HostSchema`] under the name `Schema` in `bevy_peristyle`.

mod mirror;
mod options;
mod schema;
mod system;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, parse_macro_input};

/// Makes a struct or an enum one that crosses between the game and its scripts, byte for byte.
///
/// A struct is `#[repr(C)]`, `Copy`, has named fields (or none: a tag), no generics and no padding.
/// Where alignment would leave a gap the derive names the field and compiling stops: reorder the
/// fields or add an explicit one. A field is
///
/// - a number, a `bool` or an `Entity`,
/// - another struct or an enum that derives `Schema`, a set of `flags!`, or a `Maybe<T>` of any of these,
/// - an array of those, of up to four dimensions.
///
/// An enum is `#[repr(u8)]`, `#[repr(u16)]` or `#[repr(u32)]`, `Copy`, and its variants have no fields.
/// It may be a component by itself. A number that is none of its variants never gets into one: the
/// host checks what scripts write.
///
/// The schema is called like the type, unless `#[schema(name = "…")]` says otherwise. Layouts
/// are compared by field name, type and offset, and enums by their variants' names and numbers, when a module is loaded, so a script and a game
/// that disagree about a component never run together.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// #[schema(name = "Position")]
/// struct Place {
///     x: f32,
///     y: f32,
///     z: f32,
/// }
///
/// assert_eq!(Place::NAME, "Position");
/// assert_eq!(Place::FIELDS[2].offset, 8);
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(u8)]
/// enum Mood {
///     Calm,
///     Eager = 4,
/// }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Drone {
///     goal: Maybe<Place>,
///     moods: [Mood; 4],
/// }
///
/// assert_eq!(Mood::VARIANTS[1].value, Mood::Eager as u64);
/// assert_eq!(Drone::FIELDS[1].offset, 16);
/// # let _ = [Mood::Calm];
/// ```
#[proc_macro_derive(Schema, attributes(schema))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    schema::expand(
        &input,
        &syn::parse_quote!(::peristyle::abi),
        &syn::parse_quote!(::peristyle::abi::PackedField),
        false,
    )
    .unwrap_or_else(syn::Error::into_compile_error)
    .into()
}

/// The same derive for the game's own components; `bevy_peristyle` re-exports it as `Schema`.
///
/// The rules are those of [`Schema`](macro@Schema). Fields may also be Bevy's vectors, quaternions,
/// matrices and linear colors, which are arrays of numbers to scripts; `bevy_peristyle` has a `flags!`
/// and a `Maybe` of its own, and an entity's id is a `ScriptEntity`.
#[proc_macro_derive(HostSchema, attributes(schema))]
pub fn derive_host_schema(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    schema::expand(
        &input,
        &syn::parse_quote!(::bevy_peristyle::abi),
        &syn::parse_quote!(::bevy_peristyle::HostField),
        true,
    )
    .unwrap_or_else(syn::Error::into_compile_error)
    .into()
}

/// Has a struct of the game cross between the game and its scripts in a packed form that is made for it;
/// `bevy_peristyle` re-exports it as `Mirror`.
///
/// The fields may have strings, lists and options. Scripts know the struct by its name, unless
/// `#[schema(name = "…")]` says otherwise.
#[proc_macro_derive(HostMirror, attributes(schema))]
pub fn derive_host_mirror(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    mirror::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function a script system, which `module!` can list.
///
/// The parameters say what the system gets, and with it how the game may run it beside others:
/// `Query<…>` for rows of components, `Time`, `State<T>` for a state block of the module, `Res<T>`
/// and `ResMut<T>` for a resource of the game, `MessageReader<T>`, `On<E>`, `Commands<(…)>`, `Random` and `Room`. The
/// function stays an ordinary one, which unit tests call.
///
/// | option | meaning | without it |
/// |---|---|---|
/// | `schedule = Update` | runs once a frame | `FixedUpdate`, the fixed time step |
/// | `after = ["dispatch::assign_targets"]` | runs later than these systems | any order that is safe |
/// | `before = ["integrate"]` | runs earlier than these systems | any order that is safe |
/// | `run_if = ["every(4)", "on_message(Goal)", "night"]` | runs where all of these hold: each 4th tick, where such messages wait, a condition that the game registered | every time |
/// | `fuel_per_call = 20_000` | fuel for a call, at most what the game allows | the game's limit |
/// | `fuel_per_row = 400` | fuel that each row adds, at most what the game allows | the game's limit |
/// | `suspends` | a call that runs out of fuel goes on in the next pass, where it stopped and with the columns that it began with | it is undone |
/// | `name = "steer"` | the name in logs and in `before` and `after` | the function's name |
///
/// A system of the same module is called by its name, one of another by `module::system`.
///
/// ```
/// use peristyle::prelude::*;
///
/// # #[derive(Clone, Copy, Schema)]
/// # #[repr(C)]
/// # struct Position { x: f32 }
/// # #[derive(Clone, Copy, Schema)]
/// # #[repr(C)]
/// # struct Velocity { x: f32 }
/// #[system(after = ["autopilot::steer"], fuel_per_row = 400)]
/// fn integrate(time: Time, mut movers: Query<(&mut Position, &Velocity)>) {
///     for (position, velocity) in &mut movers {
///         position.x += velocity.x * time.delta_seconds;
///     }
/// }
/// # let mut positions = [Position { x: 1.0 }];
/// # integrate(
/// #     Time { delta_seconds: 0.5, elapsed_seconds: 0.5, tick: 1 },
/// #     Query::from_columns((&mut positions[..], &[Velocity { x: 2.0 }][..])),
/// # );
/// # assert_eq!(positions[0].x, 2.0);
/// ```
#[proc_macro_attribute]
pub fn system(options: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    match system::expand(options.into(), &function) {
        Ok(expanded) => expanded.into(),
        // The function stays, so that the message is the only one.
        Err(error) => {
            let error = error.into_compile_error();
            quote::quote!(#error #function).into()
        }
    }
}
