mod tasks;
mod persons;
