mod person;

pub(crate) use self::person::PersonFactory;
