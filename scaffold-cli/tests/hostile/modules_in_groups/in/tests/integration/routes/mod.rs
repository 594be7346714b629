mod util {
    pub fn ready() {}
}

mod health;

mod persons;
