//! The program as its users run it, in the default project.

mod behaviour;
mod cmd;
mod doctor;
mod doctor_hostile;
mod documents;
mod drift;
#[cfg(target_os = "linux")]
mod every_write;
mod hostile;
mod interrupted;
mod kits;
mod layout;
mod list;
#[cfg(target_os = "linux")]
mod output;
mod project;
mod remove;
mod remove_handler;
mod remove_migration;
mod remove_whole;
#[cfg(unix)]
mod run;
mod second_run;
#[cfg(target_os = "linux")]
mod strace;
mod taken;
mod tasks;
mod undo;
