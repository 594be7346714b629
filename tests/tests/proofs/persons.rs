use serde_json::{Value, json};
use template_tests::lab::Api;

/// The age at which all persons of these tests begin.
const AGE: i64 = 30;

/// Persons, by whose ages one sees how often which task had its effect.
pub(crate) struct Persons(Vec<String>);

impl Persons {
    /// Creates as many.
    pub(crate) fn create(api: &Api, count: usize) -> Self {
        let create = |number| {
            let email = format!("ada{number}@example.com");
            let person = json!({"name": "Ada", "email": email, "age": AGE});
            let created = api.client().post("/api/v1/persons", Some(&person));
            id(&created.expect(201).json()["id"])
        };
        Self((0..count).map(create).collect())
    }

    /// Arguments of as many birthdays, spread evenly.
    pub(crate) fn birthdays(&self, count: usize) -> Vec<Value> {
        let args = |number| json!({"person_id": self.0[number % self.0.len()]});
        (0..count).map(args).collect()
    }

    /// The same for birthdays that take their time: so many milliseconds, from the first to the last.
    pub(crate) fn slow_birthdays(&self, count: usize, from_ms: usize, to_ms: usize) -> Vec<Value> {
        let mut all = self.birthdays(count);
        for (number, args) in all.iter_mut().enumerate() {
            args["ms"] = json!(from_ms + (to_ms - from_ms) * number / count);
        }
        all
    }

    /// How many birthdays all of them have had.
    pub(crate) fn birthdays_so_far(&self, api: &Api) -> i64 {
        let ages = self.0.iter().map(|id| {
            let person = api.client().get(&format!("/api/v1/persons/{id}"));
            person.expect(200).json()["age"].as_i64().expect("a number")
        });
        ages.map(|age| age - AGE).sum()
    }

    /// Checks that each has had its share of so many birthdays, to the year.
    pub(crate) fn assert_had(&self, api: &Api, count: usize) {
        for (number, id) in self.0.iter().enumerate() {
            let person = api.client().get(&format!("/api/v1/persons/{id}"));
            let had = person.expect(200).json()["age"]
                .as_i64()
                .map(|age| age - AGE);
            let share = (count + self.0.len() - 1 - number) / self.0.len();
            assert_eq!(had, i64::try_from(share).ok(), "person {number}");
        }
    }
}

fn id(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
