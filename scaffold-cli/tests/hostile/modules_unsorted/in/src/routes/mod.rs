pub mod tasks;
pub mod home;
pub mod persons;
pub mod health;
