mod test_app;
pub(crate) mod factory;

pub(crate) use {factory::PersonFactory, test_app::TestApp};
