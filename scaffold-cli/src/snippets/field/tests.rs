use proptest::prelude::*;

use super::*;

fn ty(text: &str) -> FieldType {
    Field::parse(text).unwrap().ty
}

#[test]
fn marks_follow_the_type() {
    let field = Field::parse("userEmail:string?!^").unwrap();
    assert_eq!(field.name, "user_email");
    assert!(field.optional && field.unique && field.index);
    assert_eq!(ty("age:integer"), FieldType::Integer);
    let field = Field::parse("at:datetime?^=2026-02-28T10:00:00Z").unwrap();
    assert_eq!(field.default.as_deref(), Some("2026-02-28T10:00:00Z"));
    assert!(field.optional && field.index);
}

#[test]
fn every_type_has_its_name() {
    for (name, expected) in &TYPES {
        assert_eq!(ty(&format!("x:{name}?")), *expected);
    }
}

#[test]
fn no_two_fields_are_the_same_in_json() {
    let parse = |names: [&str; 2]| {
        let texts = names.map(|name| format!("{name}:string"));
        Field::parse_all(&texts).map_err(|error| error.to_string())
    };
    assert_eq!(
        parse(["line_1", "line1"]).unwrap_err(),
        "the fields `line_1` and `line1` are both `line1` in JSON"
    );
    assert!(parse(["line_one", "lineone"]).is_ok());
    assert_eq!(parse(["a", "a"]).unwrap_err(), "the field `a` comes twice");
}

#[test]
fn an_enum_has_words() {
    let words = FieldType::Enum(vec!["draft".to_owned(), "in_review".to_owned()]);
    assert_eq!(ty("status:enum(draft,in_review)"), words);
    assert_eq!(ty("status:enum(draft, in_review)^=draft"), words);
    assert_eq!(variant("in_review"), "InReview");
    for text in [
        "a:enum",
        "a:enum()",
        "a:enum(x",
        "a:enum(x,x)",
        "a:enum(a_1,a1)",
        "a:enum(X)",
        "a:enum(x,)",
        "a:enum('x')",
        "a:enum(self)",
        "a:enum(x)=y",
    ] {
        assert!(Field::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_reference_is_a_column_with_an_id() {
    for (text, name, table) in [
        ("author:references", "author_id", "authors"),
        ("author_id:references", "author_id", "authors"),
        ("author:references(persons)?", "author_id", "persons"),
        ("company:references^", "company_id", "companies"),
    ] {
        let field = Field::parse(text).unwrap();
        assert_eq!(field.name, name);
        assert_eq!(field.ty, FieldType::References(table.to_owned()));
    }
    for text in ["a:references(", "a:references()", "a:references(x.y)"] {
        assert!(Field::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_default_is_a_value_of_the_type() {
    for text in [
        "a:string=it's; --",
        "a:text=",
        "a:integer=-1",
        "a:bigint=9223372036854775807",
        "a:float=1.5",
        "a:decimal=-12.5000",
        "a:boolean=false",
        "a:date=2024-02-29",
        "a:time=17:30",
        "a:time=17:30:59",
        "a:string?=a=b?",
    ] {
        assert!(Field::parse(text).is_ok(), "{text}");
    }
    for text in [
        "a:string=",
        "a:string=a\nb",
        "a:integer=2147483648",
        "a:integer=1.0",
        "a:float=nan",
        "a:float=1e400",
        "a:float=.5",
        "a:decimal=1.00001",
        "a:decimal=123456789012345",
        "a:boolean=yes",
        "a:date=2025-02-29",
        "a:date=2025-13-01",
        "a:time=24:00",
        "a:datetime=2026-01-01",
        "a:datetime=now",
        "a:uuid=1",
        "a:json={}",
        "a:binary=00",
        "a:references=1",
        "a:integer!=1",
    ] {
        assert!(Field::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_field_is_described_in_words() {
    for (text, expected) in [
        ("unit_price:decimal", "The unit price"),
        ("owner:references", "The id of the owner"),
        ("due_on:date", "When it is due"),
        ("expires_at:datetime?", "When it expires"),
        ("looked_at:boolean", "The looked at"),
    ] {
        assert_eq!(Field::parse(text).unwrap().described(), expected);
    }
}

#[test]
fn wrong_fields_are_refused() {
    for text in [
        "name",
        "name:",
        "name:str",
        ":text",
        "type:text",
        "a:text!!",
        "a.b:text",
    ] {
        assert!(Field::parse(text).is_err(), "{text}");
    }
    let twice = ["userId:uuid".to_owned(), "user_id:uuid".to_owned()];
    assert!(Field::parse_all(&twice).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-z:()?!^=,_0-9'é \\n-]{0,24}") {
        if let Ok(field) = Field::parse(&text) {
            prop_assert!(field.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
        }
    }

    #[test]
    fn any_value_behind_a_type_is_parsed_or_refused(
        index in 0..TYPES.len(),
        marks in "[?!^]{0,3}",
        value in "\\PC{0,12}",
    ) {
        let text = format!("a:{}{marks}={value}", TYPES[index].0);
        if let Ok(field) = Field::parse(&text) {
            prop_assert_eq!(field.default, Some(value));
        }
    }
}
