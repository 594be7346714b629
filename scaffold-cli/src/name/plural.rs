//! A sensible guess at English singulars; the caller may choose other names.

/// The singular of a plural noun.
pub fn singular(noun: &str) -> String {
    let stem = |suffix: &str| noun.strip_suffix(suffix).filter(|stem| stem.len() > 1);
    if let Some(stem) = stem("ies") {
        return format!("{stem}y");
    }
    for suffix in ["sses", "xes", "ches", "shes", "zzes"] {
        if let Some(stem) = stem(suffix) {
            return format!("{stem}{}", &suffix[..suffix.len() - 2]);
        }
    }
    let is_singular = ["ss", "us", "is", "news"]
        .iter()
        .any(|end| noun.ends_with(end));
    match stem("s") {
        Some(stem) if !is_singular => stem.to_owned(),
        _ => noun.to_owned(),
    }
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
        ] {
            assert_eq!(singular(plural), expected);
        }
    }
}
