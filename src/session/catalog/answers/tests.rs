//! Tests of the rules by which a source is asked.

use super::*;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn names() -> Question {
    Question { field: None, query: None }
}

fn values(field: &str) -> Question {
    Question { field: Some(field.to_owned()), query: None }
}

fn narrowed(field: &str, query: &str) -> Question {
    Question { field: Some(field.to_owned()), query: Some(query.to_owned()) }
}

fn entries(literals: &[&str]) -> Entries {
    let value = |literal: &&str| Value { literal: (*literal).to_owned(), count: None };
    Entries::Values(literals.iter().map(value).collect())
}

/// Returns the literals that are known, and whether better ones are on their way.
fn look(answers: &mut Answers, question: &Question, now: Instant) -> (Option<Vec<String>>, bool) {
    let found = answers.look_up(question, now);
    let literals = found.entries.map(|entries| match entries {
        Entries::Values(values) => values.iter().map(|value| value.literal.clone()).collect(),
        Entries::Names(names) => names.iter().map(|name| name.name.clone()).collect(),
    });
    (literals, found.is_pending)
}

fn ask(answers: &mut Answers, now: Instant) -> Option<Question> {
    match answers.take(now) {
        Some(Task::Ask(question)) => Some(question),
        Some(Task::Look) | None => None,
    }
}

fn known(literals: &[&str]) -> Option<Vec<String>> {
    Some(literals.iter().map(|literal| (*literal).to_owned()).collect())
}

#[test]
fn a_server_is_asked_about_an_attribute_once_in_a_minute() {
    let (mut answers, start) = (Answers::new(Pace::SERVERS), Instant::now());
    assert_eq!(look(&mut answers, &narrowed("name", "{ a }"), start), (None, true));
    // The question about all spans comes first.
    assert_eq!(ask(&mut answers, start), Some(values("name")));
    assert_eq!(look(&mut answers, &narrowed("name", "{ a }"), start), (None, true));
    answers.answered(&values("name"), entries(&["a", "b"]), start + seconds(1));
    for (after, query) in [(2, "{ a }"), (30, "{ b }"), (59, "{ c }")] {
        let found = look(&mut answers, &narrowed("name", query), start + seconds(after));
        assert_eq!(found, (known(&["a", "b"]), false), "{query}");
        assert_eq!(ask(&mut answers, start + seconds(after)), None, "{query}");
    }
    // Another attribute has a minute of its own.
    look(&mut answers, &values("kind"), start + seconds(2));
    assert_eq!(ask(&mut answers, start + seconds(2)), Some(values("kind")));

    let later = start + seconds(60);
    assert_eq!(look(&mut answers, &narrowed("name", "{ c }"), later), (known(&["a", "b"]), true));
    assert_eq!(ask(&mut answers, later), Some(narrowed("name", "{ c }")));
    answers.answered(&narrowed("name", "{ c }"), entries(&["a"]), later);
    assert_eq!(look(&mut answers, &narrowed("name", "{ c }"), later), (known(&["a"]), false));
}

#[test]
fn questions_that_wait_together_are_one_request() {
    let (mut answers, start) = (Answers::new(Pace::SERVERS), Instant::now());
    for query in ["{ a }", "{ b }"] {
        look(&mut answers, &narrowed("name", query), start);
    }
    assert_eq!(ask(&mut answers, start), Some(values("name")));
    assert_eq!(ask(&mut answers, start), None);
}

#[test]
fn a_failure_counts_as_a_request() {
    let (mut answers, start) = (Answers::new(Pace::SERVERS), Instant::now());
    look(&mut answers, &names(), start);
    assert_eq!(ask(&mut answers, start), Some(names()));
    answers.failed(&names(), false, start);
    assert_eq!(look(&mut answers, &names(), start + seconds(59)), (None, false));
    assert_eq!(ask(&mut answers, start + seconds(59)), None);
    assert_eq!(look(&mut answers, &names(), start + seconds(60)), (None, true));
    assert_eq!(ask(&mut answers, start + seconds(60)), Some(names()));
}

#[test]
fn an_old_answer_of_a_server_stands_until_the_new_one_is_there() {
    let (mut answers, start) = (Answers::new(Pace::SERVERS), Instant::now());
    answers.remembered(values("name"), entries(&["old"]), start);
    assert_eq!(look(&mut answers, &values("name"), start), (known(&["old"]), true));
    assert_eq!(ask(&mut answers, start), Some(values("name")));
    answers.answered(&values("name"), entries(&["new"]), start);
    assert_eq!(look(&mut answers, &values("name"), start + seconds(299)), (known(&["new"]), false));
    assert_eq!(look(&mut answers, &values("name"), start + seconds(300)), (known(&["new"]), true));
}

#[test]
fn files_are_asked_at_once_and_anew_when_they_change() {
    let (mut answers, start) = (Answers::new(Pace::FILES), Instant::now());
    for query in ["{ a }", "{ b }"] {
        look(&mut answers, &narrowed("name", query), start);
        assert_eq!(ask(&mut answers, start), Some(narrowed("name", query)));
        answers.answered(&narrowed("name", query), entries(&[query]), start);
    }
    let later = start + seconds(5);
    assert_eq!(look(&mut answers, &narrowed("name", "{ a }"), later), (known(&["{ a }"]), false));
    assert_eq!(answers.take(later), Some(Task::Look));
    answers.looked(false);
    assert_eq!(look(&mut answers, &narrowed("name", "{ a }"), later + seconds(1)), (known(&["{ a }"]), false));
    assert_eq!(answers.take(later + seconds(1)), None);

    look(&mut answers, &narrowed("name", "{ a }"), later + seconds(3));
    assert_eq!(answers.take(later + seconds(3)), Some(Task::Look));
    answers.looked(true);
    // The names are asked for by themselves.
    assert_eq!(ask(&mut answers, later + seconds(3)), Some(names()));
    assert_eq!(look(&mut answers, &narrowed("name", "{ a }"), later + seconds(3)), (known(&["{ a }"]), true));
}

#[test]
fn a_question_that_is_wrong_is_not_asked_all_the_time() {
    let (mut answers, start) = (Answers::new(Pace::FILES), Instant::now());
    look(&mut answers, &narrowed("name", "{ (("), start);
    let question = ask(&mut answers, start).expect("a question");
    answers.failed(&question, true, start);
    assert_eq!(look(&mut answers, &question, start + seconds(200)), (None, false));
    assert!(!answers.is_busy());
}

#[test]
fn the_newest_question_comes_first_and_old_ones_are_dropped() {
    let (mut answers, start) = (Answers::new(Pace::FILES), Instant::now());
    for n in 0..MAX_WAITING + 5 {
        look(&mut answers, &values(&format!("span.a{n}")), start);
    }
    assert_eq!(ask(&mut answers, start), Some(values(&format!("span.a{}", MAX_WAITING + 4))));
    let asked = std::iter::from_fn(|| ask(&mut answers, start)).count();
    assert_eq!(asked, MAX_WAITING - 1);
}

#[test]
fn narrowed_answers_make_room_before_others() {
    let (mut answers, start) = (Answers::new(Pace::FILES), Instant::now());
    let many = |n: usize| Entries::Values(vec![Value { literal: "1".to_owned(), count: None }; n].into());
    answers.answered(&values("name"), many(MAX_ENTRIES / 2), start);
    for (n, query) in ["{ a }", "{ b }", "{ c }"].into_iter().enumerate() {
        answers.answered(&narrowed("name", query), many(MAX_ENTRIES / 4), start + seconds(n as u64));
    }
    let is_known = |question: &Question| answers.answers.contains_key(question);
    let kept: Vec<bool> = ["{ a }", "{ b }", "{ c }"].map(|query| is_known(&narrowed("name", query))).into();
    assert_eq!((kept, is_known(&values("name"))), (vec![false, true, true], true));
}

#[test]
fn answers_without_entries_are_not_kept_for_ever() {
    let (mut answers, start) = (Answers::new(Pace::FILES), Instant::now());
    answers.answered(&names(), Entries::Names([].into()), start);
    for n in 0..MAX_ANSWERS + 100 {
        let question = narrowed(&format!("span.a{n}"), "{ x }");
        answers.look_up(&question, start);
        assert_eq!(ask(&mut answers, start), Some(question.clone()));
        answers.answered(&question, entries(&[]), start + seconds(n as u64));
    }
    assert!(answers.answers.len() <= MAX_ANSWERS && answers.asked.len() <= MAX_ANSWERS);
    assert!(answers.answers.contains_key(&names()));
}
