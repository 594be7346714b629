//! Child processes that end when the user presses Ctrl-C, and not by halves.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often a child is looked at while it runs.
const TICK: Duration = Duration::from_millis(100);

/// Ctrl-C and termination signals, from now on delivered here instead of ending the program.
pub(super) struct Interrupts(Receiver<()>);

impl Interrupts {
    /// Takes the signals over; can be called once in a process.
    pub(super) fn listen() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        ctrlc::set_handler(move || {
            // The receiver is gone only when the program is ending anyway.
            let _ = sender.send(());
        })
        .map_err(io::Error::other)?;
        Ok(Self(receiver))
    }
}

/// How waiting for a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// The child has ended by itself.
    Ended(ExitStatus),
    /// The child has ended because the user wanted it.
    Interrupted(ExitStatus),
    /// The time is over and the child still runs.
    Running,
}

/// A child with everything that it started.
pub(super) struct Process<'a> {
    child: Child,
    interrupts: &'a Interrupts,
    interrupted: bool,
}

impl<'a> Process<'a> {
    /// Starts `command` in a process group of its own, so that a signal reaches it once: from here.
    pub(super) fn spawn(mut command: Command, interrupts: &'a Interrupts) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Self {
            child: command.spawn()?,
            interrupts,
            interrupted: false,
        })
    }

    /// Waits until the child ends, at most for `limit`, passing every interrupt on to it.
    pub(super) fn wait(&mut self, limit: Option<Duration>) -> io::Result<Wait> {
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(if self.interrupted {
                    Wait::Interrupted(status)
                } else {
                    Wait::Ended(status)
                });
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Wait::Running);
            }
            match self.interrupts.0.recv_timeout(TICK) {
                Ok(()) => self.interrupt(),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Asks the child and everything that it started to end.
    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
        // A group that is gone needs no signal; on other systems the console sends Ctrl-C to the child itself.
        #[cfg(unix)]
        if let Ok(group) = i32::try_from(self.child.id()) {
            let group = nix::unistd::Pid::from_raw(group);
            let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGINT);
        }
    }
}

impl Drop for Process<'_> {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.interrupt();
            // Whatever went wrong is being told already.
            let _ = self.child.wait();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn interrupts() -> (mpsc::Sender<()>, Interrupts) {
        let (sender, receiver) = mpsc::channel();
        (sender, Interrupts(receiver))
    }

    #[test]
    fn child_that_ends_by_itself_is_reported() {
        let (_sender, interrupts) = interrupts();
        let mut process = Process::spawn(shell("exit 3"), &interrupts).unwrap();
        let Wait::Ended(status) = process.wait(None).unwrap() else {
            panic!("the child was neither limited nor interrupted");
        };
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn limit_leaves_the_child_running() {
        let (_sender, interrupts) = interrupts();
        let mut process = Process::spawn(shell("sleep 60"), &interrupts).unwrap();
        let limit = Some(Duration::from_millis(1));
        assert_eq!(process.wait(limit).unwrap(), Wait::Running);
    }

    #[test]
    fn interrupt_reaches_the_child_and_its_children() {
        let (sender, interrupts) = interrupts();
        let mut process = Process::spawn(shell("sleep 60; exit 4"), &interrupts).unwrap();
        sender.send(()).unwrap();
        let Wait::Interrupted(status) = process.wait(None).unwrap() else {
            panic!("the child ended by itself");
        };
        assert_ne!(status.code(), Some(4));
    }

    #[test]
    fn child_may_finish_its_work_after_an_interrupt() {
        let (sender, interrupts) = interrupts();
        let script = "trap 'exit 0' INT; while :; do sleep 0.1; done";
        let mut process = Process::spawn(shell(script), &interrupts).unwrap();
        assert_eq!(
            process.wait(Some(Duration::from_millis(500))).unwrap(),
            Wait::Running
        );
        sender.send(()).unwrap();
        let Wait::Interrupted(status) = process.wait(None).unwrap() else {
            panic!("the child ended by itself");
        };
        assert!(status.success());
    }
}
