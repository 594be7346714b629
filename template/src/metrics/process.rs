//! What Linux tells of this process; elsewhere there is nothing of it.

use std::fs;
use std::time::SystemTime;

use metrics::{Unit, describe_gauge, gauge};

const CPU: &str = "process_cpu_seconds_total";
const RESIDENT_MEMORY: &str = "process_resident_memory_bytes";
const VIRTUAL_MEMORY: &str = "process_virtual_memory_bytes";
const THREADS: &str = "process_threads";
const OPEN_FDS: &str = "process_open_fds";
const MAX_FDS: &str = "process_max_fds";
const START_TIME: &str = "process_start_time_seconds";

/// `USER_HZ`, in which times are told: the same on every architecture that Rust knows.
const TICKS_PER_SEC: f64 = 100.0;

/// Tells how the process is now.
pub(super) fn observe() {
    let read = |file| fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let status = read("status");
    let values = [
        (CPU, cpu_secs(&read("stat"))),
        (RESIDENT_MEMORY, bytes(&status, "VmRSS:")),
        (VIRTUAL_MEMORY, bytes(&status, "VmSize:")),
        (THREADS, number(&status, "Threads:")),
        (MAX_FDS, number(&read("limits"), "Max open files")),
        (OPEN_FDS, open_fds()),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            gauge!(name).set(value);
        }
    }
}

/// Tells when the process began, or at least when it was first asked.
pub(super) fn note_start() {
    if let Ok(start) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        gauge!(START_TIME).set(start.as_secs_f64());
    }
}

/// User and system time. The name of the program, which may hold anything, is in brackets.
fn cpu_secs(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = |field: &str| field.parse::<f64>().ok();
    let mut times = fields.split_whitespace().skip(11);
    Some((ticks(times.next()?)? + ticks(times.next()?)?) / TICKS_PER_SEC)
}

fn bytes(status: &str, key: &str) -> Option<f64> {
    Some(number(status, key)? * 1_024.0)
}

/// The number after this key, with which a line begins.
fn number(text: &str, key: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Those that are open for this look are not counted.
fn open_fds() -> Option<f64> {
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    Some(open.saturating_sub(1) as f64)
}

pub(super) fn describe() {
    describe_gauge!(CPU, Unit::Seconds, "Time on a processor, user and system.");
    describe_gauge!(RESIDENT_MEMORY, Unit::Bytes, "Memory that is held.");
    describe_gauge!(VIRTUAL_MEMORY, Unit::Bytes, "Memory that is addressed.");
    describe_gauge!(THREADS, "Threads of the operating system.");
    describe_gauge!(OPEN_FDS, "Files and connections that are open.");
    describe_gauge!(MAX_FDS, "The most that may be open.");
    describe_gauge!(START_TIME, Unit::Seconds, "When it began, since 1970.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 8 0";
        assert_eq!(cpu_secs(stat), Some(2.0));
        assert_eq!(cpu_secs(""), None);
        assert_eq!(cpu_secs("7 (a) S 1"), None);
    }

    #[test]
    fn numbers_are_found_by_the_words_before_them() {
        let status = "VmSize:\t  2048 kB\nVmRSS:\t    512 kB\nThreads:\t8\n";
        assert_eq!(bytes(status, "VmRSS:"), Some(524_288.0));
        assert_eq!(bytes(status, "VmSwap:"), None);
        let limits = "Max open files            1024                 4096                 files\n";
        assert_eq!(number(limits, "Max open files"), Some(1_024.0));
        assert_eq!(number("Max open files unlimited", "Max open files"), None);
    }
}
