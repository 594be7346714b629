pub(crate) struct PersonFactory;

impl PersonFactory {
    pub(crate) fn new() -> Self {
        Self
    }
}
