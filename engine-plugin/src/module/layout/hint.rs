//! What a script author may have meant by a name that is not there.

/// Names that are less alike than this are no hint.
const ALIKE: f64 = 0.6;

/// The one of `known` that is most like `name`.
pub(crate) fn most_alike<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness =
        |other: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let all = known.into_iter().map(|other| (likeness(other), other));
    let (likeness, best) = all.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness >= ALIKE).then_some(best)
}

/// What to add to an error about `name`, a `kind` that is not there: that something of another kind has the name, or
/// which name is like it.
pub(crate) fn hint<'a>(
    name: &str,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
    others: &[(&str, bool)],
) -> String {
    if let Some((other, _)) = others.iter().find(|(_, is_there)| *is_there) {
        return format!(" (`{name}` is {other} here, and no {kind})");
    }
    most_alike(name, known).map_or(String::new(), |best| format!(" (did you mean `{best}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_alike_is_a_hint() {
        let known = ["Position", "Velocity", "battery::Battery"];
        assert_eq!(most_alike("Positon", known), Some("Position"));
        assert_eq!(most_alike("velocity", known), Some("Velocity"));
        assert_eq!(most_alike("battery::Batery", known), Some("battery::Battery"));
        assert_eq!(most_alike("Score", known), None);
        assert_eq!(
            hint("Score", "component", known, &[("a resource", true)]),
            " (`Score` is a resource here, and no component)"
        );
    }
}
