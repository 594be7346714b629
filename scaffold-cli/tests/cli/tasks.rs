//! What a task is given.

use crate::project::TestProject;

const TASK: [&str; 5] = [
    "add-task",
    "send_mail",
    "channel:enum(email,text_message)",
    "tone:enum(kind)?",
    "--route",
];

#[test]
fn an_enum_is_a_type_beside_the_task_that_its_route_and_tests_use() {
    let project = TestProject::new();
    project.succeed(&TASK);
    let task = project.read("src/tasks/send_mail.rs");
    for line in [
        "pub enum SendMailChannel {",
        "    #[serde(rename = \"text_message\")]\n    TextMessage,\n}",
        "    pub channel: SendMailChannel,\n",
        "    pub tone: Option<SendMailTone>,\n",
    ] {
        assert!(task.contains(line), "{task}");
    }
    let list = project.read("src/tasks/mod.rs");
    assert!(list.contains("pub use send_mail::{SendMail, SendMailChannel, SendMailTone};\n"));
    let route = project.read("src/routes/send_mail.rs");
    assert!(route.contains("use crate::tasks::{SendMail, SendMailChannel, SendMailTone};\n"));
    let test = project.read("tests/integration/tasks/send_mail.rs");
    assert!(
        test.contains("channel: SendMailChannel::Email,\n"),
        "{test}"
    );
    assert!(
        test.contains("tasks::{SendMail, SendMailChannel};\n"),
        "{test}"
    );
    let test = project.read("tests/integration/routes/send_mail.rs");
    assert!(test.contains("\"channel\": \"email\",\n"), "{test}");
}

#[test]
fn the_enum_of_another_task_is_refused() {
    let project = TestProject::new();
    project.succeed(&TASK);
    let message = project.fail(&["add-task", "send_mail_channel"]);
    assert!(
        message.contains("the type `SendMailChannel` is used"),
        "{message}"
    );
}

#[test]
fn an_enum_that_is_needed_stays_with_its_task() {
    let project = TestProject::new();
    project.succeed(&TASK);
    let home = project.read("src/routes/home.rs");
    let used = "\nfn loud(channel: crate::tasks::SendMailChannel) {}\n";
    project.write("src/routes/home.rs", &(home + used));
    let message = project.fail(&["remove", "task", "send_mail"]);
    assert!(
        message.contains("is needed in src/routes/home.rs:"),
        "{message}"
    );
}
