//! What stands in the brackets of `#[system(…)]`.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitInt, LitStr, Result, Token, bracketed};

/// The options of one system, each as it was written.
#[derive(Default)]
pub struct Options {
    /// A name of `ScheduleCode`, such as `FixedUpdate`.
    pub schedule: Option<Ident>,
    /// Systems that must run later.
    pub before: Vec<LitStr>,
    /// Systems that must have run.
    pub after: Vec<LitStr>,
    /// Conditions on which it runs.
    pub run_if: Vec<LitStr>,
    /// Fuel for one call.
    pub fuel_per_call: Option<LitInt>,
    /// Fuel that each row adds.
    pub fuel_per_row: Option<LitInt>,
    /// A name other than the function's.
    pub name: Option<LitStr>,
    /// Whether a call goes on in the next pass where its fuel ran out.
    pub suspends: bool,
}

impl Options {
    /// Reads the options, each at most once.
    pub fn parse(tokens: TokenStream) -> Result<Self> {
        let mut options = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        syn::meta::parser(|meta| {
            let option = meta.path.require_ident()?;
            if seen.contains(option) {
                return Err(meta.error(format!("`{option}` is given twice")));
            }
            seen.push(option.clone());
            options.read(option, &meta)
        })
        .parse2(tokens)?;
        Ok(options)
    }

    fn read(&mut self, option: &Ident, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match option.to_string().as_str() {
            "schedule" => self.schedule = Some(schedule(meta)?),
            "before" => self.before = names(meta)?,
            "after" => self.after = names(meta)?,
            "run_if" => self.run_if = names(meta)?,
            "fuel_per_call" => self.fuel_per_call = Some(fuel(meta)?),
            "fuel_per_row" => self.fuel_per_row = Some(fuel(meta)?),
            "name" => self.name = Some(meta.value()?.parse()?),
            "suspends" => self.suspends = true,
            _ => {
                return Err(meta.error(
                    "not an option of a script system: expected `schedule`, `before`, `after`, \
                     `run_if`, `fuel_per_call`, `fuel_per_row`, `suspends` or `name`",
                ));
            }
        }
        Ok(())
    }
}

fn schedule(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    let schedule: Ident = meta.value()?.parse()?;
    // The names of `ScheduleCode` in the contract.
    const SCHEDULES: [&str; 6] = ["FixedUpdate", "Update", "First", "PreUpdate", "PostUpdate", "Last"];
    if SCHEDULES.iter().any(|name| schedule == name) {
        return Ok(schedule);
    }
    let message =
        format!("a script system runs in one of {}", SCHEDULES.map(|name| format!("`{name}`")).join(", "));
    Err(Error::new_spanned(schedule, message))
}

fn names(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        let alone: LitStr = value.parse()?;
        let message = format!("this is a list: write `[\"{}\"]`", alone.value());
        return Err(Error::new_spanned(alone, message));
    }
    let list;
    bracketed!(list in value);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?.into_iter().collect())
}

fn fuel(meta: &ParseNestedMeta<'_>) -> Result<LitInt> {
    let fuel = LitInt::parse(meta.value()?)?;
    fuel.base10_parse::<u64>()?;
    Ok(fuel)
}
