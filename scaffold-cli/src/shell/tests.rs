use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bug(json: bool) -> String {
    let written = Written::default();
    let mut shell = Shell::new(json, true);
    shell.out = Box::new(written.clone());
    let plain: Box<dyn Write> = Box::new(written.clone());
    shell.err = Box::new(anstream::StripStream::new(plain));
    shell.bug("no place", "scaffold add-task x");
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn what_was_typed_may_be_typed_again() {
    let args = [
        "/bin/scaffold",
        "add-task",
        "a",
        "b:text?",
        "my queue",
        "it's",
        "",
    ];
    let args = args.map(OsString::from);
    assert_eq!(typed(&args), r"add-task a b:text? 'my queue' 'it'\''s' ''");
}

#[test]
fn a_bug_is_called_one_and_names_the_command() {
    assert_eq!(
        bug(false),
        "error: this is a bug in scaffold: no place\n\
         help: please report it, with the command line: scaffold add-task x\n"
    );
    let object: serde_json::Value = serde_json::from_str(&bug(true)).unwrap();
    assert_eq!(object["ok"], false);
    assert_eq!(object["error"]["code"], "bug");
}
