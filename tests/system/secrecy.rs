//! Nothing of a platform's data is kept, and of what is sensitive not a word leaves it.

use std::fs;

use crate::house::{House, SHIFTS, WORDS, kind, query};
use crate::stories::stories;

/// Everything in the server's own data, its journals too, that is not the platform's.
fn own_files(house: &House) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(house.data.path()).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let own =
        paths.filter(|path| path.is_file() && !path.to_string_lossy().contains("platform.db"));
    own.map(|path| (path.display().to_string(), fs::read(&path).expect("a file")))
        .collect()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

stories! {
    #[doc = "E-026, E-049: no item is a row: no text, no time, no history, and no word in the server's files."]
    fn nothing_is_copied(house: &House) {
        house.get("alice", SHIFTS).is(200);
        house.platform_makes("UPDATE shifts SET what = 'Bar shift, changed' WHERE id = 1; DELETE FROM shifts WHERE id = 2");
        house.synced("alice", SHIFTS, "").is(207);
        if house.url.starts_with("sqlite:") {
            let own = rusqlite::Connection::open(house.data.path().join("strata.db")).expect("the server's file");
            let count = |sql: &str| own.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
            assert_eq!(count("SELECT COUNT(*) FROM items"), 2);
            for table in ["texts", "occurrences", "history", "records", "properties"] {
                assert_eq!(count(&format!("SELECT COUNT(*) FROM {table}")), 0, "{table}");
            }
            assert_eq!(count("SELECT COUNT(*) FROM items WHERE first_at > -9223372036854775807 - 1
                                OR last_at < 9223372036854775807"), 0);
            assert_eq!(count("SELECT bytes FROM layers WHERE kind = 'system' AND owner = 1"), 0);
        }
        for (file, bytes) in own_files(house) {
            for word in ["Bar shift", "gloves", "Hall 3", "Door duty", "20261201T", WORDS[0], WORDS[1], WORDS[2], WORDS[3]] {
                assert!(!holds(&bytes, word), "{word} in {file}");
            }
        }
    }

    #[doc = "A-21, A-22, K-09: the generic label everywhere, to their owner too, and no word of them in any answer."]
    fn sensitive_records_are_their_label(house: &House) {
        let mut answers = vec![
            house.get("alice", SHIFTS).is(200),
            house.synced("alice", SHIFTS, "").is(207),
            house.report("alice", SHIFTS, &query("<C:comp-filter name=\"VEVENT\"/>")).is(207),
            house.listed("alice", SHIFTS, "1", "<D:getetag/><D:getcontentlength/><D:getlastmodified/>").is(207),
        ];
        assert!(answers[0].body.contains("SUMMARY:On duty"));
        for href in house.listed("alice", SHIFTS, "1", "<D:getetag/>").hrefs() {
            answers.push(house.get("alice", &href).is(200));
        }
        // Nor does a search find it by its words.
        for word in WORDS {
            let filter = ["SUMMARY", "DESCRIPTION", "LOCATION", "URL"].map(|name| {
                query(&format!("<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"{name}\"><C:text-match>{word}</C:text-match>\
                                </C:prop-filter></C:comp-filter>"))
            });
            for filter in filter {
                assert_eq!(house.report("alice", SHIFTS, &filter).is(207).count("<D:href>"), 0, "{word}");
            }
        }
        for said in answers {
            for word in WORDS {
                assert!(!said.body.contains(word), "{word} in\n{}", said.body);
            }
        }
        // What the label says is set by kind.
        let mut kinds = vec![kind("shifts", house.query(|_| {}))];
        kinds[0].label = "Assignment follow-up".into();
        house.with(kinds).get("alice", SHIFTS).is(200).has("SUMMARY:Assignment follow-up");
    }

    #[doc = "A record that becomes sensitive takes its words back, everywhere."]
    fn what_becomes_sensitive_is_taken_back(house: &House) {
        let token = house.synced("alice", SHIFTS, "").is(207).token();
        house.platform_makes("UPDATE shifts SET secret = 1 WHERE id = 1");
        let told = house.synced("alice", SHIFTS, &token).is(207);
        assert_eq!((told.count("<D:getetag>"), told.count("404 Not Found")), (1, 0));
        let said = house.get("alice", SHIFTS).is(200).lacks("Bar shift").lacks("gloves");
        assert_eq!(said.count("SUMMARY:On duty"), 2);
    }
}
