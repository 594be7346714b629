pub(crate) fn person() {}
