macro_rules! tests {
    () => {};
}

mod health;
mod persons;
