use crate::queue::TaskList;

mod add_one_year;

pub use add_one_year::AddOneYear;

pub fn register(tasks: &mut TaskList) {
    register_all!(tasks, AddOneYear);
}
