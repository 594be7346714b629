pub(crate) fn app() {}
