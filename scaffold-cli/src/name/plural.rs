//! A sensible guess at English nouns; the caller may choose other names.

/// The singular of a plural noun.
pub fn singular(noun: &str) -> String {
    if let Some((singular, _)) = IRREGULAR.iter().find(|(_, plural)| *plural == noun) {
        return (*singular).to_owned();
    }
    let stem = |suffix: &str| noun.strip_suffix(suffix).filter(|stem| stem.len() > 1);
    if ["cookies", "movies"].contains(&noun) {
        return noun[..noun.len() - 1].to_owned();
    }
    if let Some(stem) = stem("ies") {
        return format!("{stem}y");
    }
    for suffix in ["sses", "xes", "ches", "shes", "zzes"] {
        if let Some(stem) = stem(suffix) {
            return format!("{stem}{}", &suffix[..suffix.len() - 2]);
        }
    }
    // `statuses`, but not `houses` and `causes`.
    if let Some(stem) = stem("uses")
        && !stem.ends_with(['a', 'o'])
    {
        return format!("{stem}us");
    }
    let is_singular = ["ss", "us", "is", "news"]
        .iter()
        .any(|end| noun.ends_with(end));
    match stem("s") {
        Some(stem) if !is_singular => stem.to_owned(),
        _ => noun.to_owned(),
    }
}

/// Nouns whose plural is another word, or the same.
const IRREGULAR: [(&str, &str); 12] = [
    ("analysis", "analyses"),
    ("child", "children"),
    ("equipment", "equipment"),
    ("foot", "feet"),
    ("information", "information"),
    ("man", "men"),
    ("mouse", "mice"),
    ("news", "news"),
    ("series", "series"),
    ("sheep", "sheep"),
    ("tooth", "teeth"),
    ("woman", "women"),
];

/// The plural of a singular noun; of several words, that of the last.
pub fn plural(noun: &str) -> String {
    let (start, last) = match noun.rfind('_') {
        Some(at) => noun.split_at(at + 1),
        None => ("", noun),
    };
    if let Some((_, plural)) = IRREGULAR.iter().find(|(singular, _)| *singular == last) {
        return format!("{start}{plural}");
    }
    let vowel = |letter: char| "aeiou".contains(letter);
    if let Some(stem) = last.strip_suffix('y')
        && !stem.ends_with(vowel)
    {
        return format!("{start}{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"];
    if hisses.iter().any(|end| last.ends_with(end)) {
        return format!("{noun}es");
    }
    format!("{noun}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_plurals() {
        for (plural, expected) in [
            ("reports", "report"),
            ("companies", "company"),
            ("addresses", "address"),
            ("boxes", "box"),
            ("branches", "branch"),
            ("houses", "house"),
            ("status", "status"),
            ("analysis", "analysis"),
            ("access", "access"),
            ("sheep", "sheep"),
            ("ties", "tie"),
            ("s", "s"),
            ("children", "child"),
            ("series", "series"),
            ("movies", "movie"),
        ] {
            assert_eq!(singular(plural), expected);
        }
    }

    #[test]
    fn plurals_lead_back_to_their_singulars() {
        for (noun, expected) in [
            ("invoice", "invoices"),
            ("company", "companies"),
            ("day", "days"),
            ("box", "boxes"),
            ("branch", "branches"),
            ("address", "addresses"),
            ("status", "statuses"),
            ("child", "children"),
            ("sheep", "sheep"),
            ("order_line", "order_lines"),
            ("line_child", "line_children"),
        ] {
            assert_eq!(plural(noun), expected);
            let last = |name: &str| name.rsplit('_').next().unwrap_or_default().to_owned();
            assert_eq!(singular(&last(&plural(noun))), last(noun));
        }
    }
}
