//! The program as its users run it, in the default project.

mod behaviour;
mod cmd;
mod interrupted;
mod layout;
mod project;
