//! Names, routes and types that are there already.

use crate::project::TestProject;

#[test]
fn names_and_routes_that_are_taken_are_refused() {
    let project = TestProject::new();
    for (args, expected) in [
        (
            &["add-route", "persons"] as &[&str],
            "`GET /persons` is answered by `persons::list_persons`",
        ),
        (
            &["add-route", "people", "--path", "/persons"],
            "`GET /persons` is answered by",
        ),
        (
            &["add-route", "reports", "--path", "/persons/{person_id}"],
            "which is the same route",
        ),
        (
            &["add-route", "list", "--path", "/other/persons"],
            "`persons::list_persons` is defined",
        ),
        (&["add-migration", "create_persons"], "create_persons"),
        (&["add-migration", "create_tasks"], "create_tasks"),
    ] {
        let output = project.run(args);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?} {message}");
        assert!(message.contains(expected), "{args:?} {message}");
    }
}

#[test]
fn a_task_must_not_take_a_name_or_type_from_another() {
    let project = TestProject::new();
    project.succeed(&["add-task", "report_2"]);
    let message = project.fail(&["add-task", "report2"]);
    assert!(
        message.contains("the type `Report2` is used in"),
        "{message}"
    );
    let other = project
        .read("src/tasks/report_2.rs")
        .replace("\"report_2\"", "\"later\"");
    project.write("src/tasks/report_2.rs", &other);
    let message = project.fail(&["add-task", "later"]);
    assert!(
        message.contains("the task name `later` is used in"),
        "{message}"
    );
}

#[test]
fn a_module_that_is_not_the_file_beside_its_list_is_refused() {
    for (command, folder) in [("add-task", "src/tasks"), ("add-route", "src/routes")] {
        let project = TestProject::new();
        project.write(&format!("{folder}/mail/mod.rs"), "");
        let message = project.fail(&[command, "mail"]);
        let expected = format!("the module `mail` is in {folder}/mail/mod.rs already");
        assert!(message.contains(&expected), "{message}");
        for declared in ["#[path = \"other.rs\"]\nmod mail;\n", "pub mod mail {}\n"] {
            let project = TestProject::new();
            let list = format!("{folder}/mod.rs");
            project.write(&list, &(project.read(&list) + declared));
            let message = project.fail(&[command, "mail"]);
            assert!(message.contains("is not the file"), "{message}");
        }
    }
}

#[test]
fn a_file_with_modules_below_it_may_be_made_again() {
    let project = TestProject::new();
    project.succeed(&["add-task", "mail"]);
    project.write("src/tasks/mail/text.rs", "");
    project.succeed(&["add-task", "mail"]);
}

#[test]
fn types_of_the_owner_are_not_defined_again() {
    for declared in [
        "struct ListThingsResponse;\n",
        "type ListThingsResponse = ();\n",
        "use crate::x::ListThingsResponse;\n",
        "use crate::x::Y as ListThingsResponse;\n",
    ] {
        let project = TestProject::new();
        project.write("src/routes/things.rs", declared);
        let message = project.fail(&["add-route", "things"]);
        let expected = "`ListThingsResponse` is in src/routes/things.rs already";
        assert!(message.contains(expected), "{message}");
    }
}
