use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::{AppPasswordId, LayerId, UserKind};
use crate::secret::{Hasher, app_password_hash, new_app_password};
use crate::store::accounts::{self, NewAppPassword, NewUser};
use crate::store::{self, tests::Trial};

const CHEAP: Cost = Cost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct House {
    auth: Auth,
    store: Store,
    alice: UserId,
    _trial: Trial,
}

fn house_with(settings: Settings) -> House {
    let trial = Trial::new();
    let store = trial.store.clone();
    let hash = Hasher::new(CHEAP).hash(b"wonderland").unwrap();
    let new = NewUser {
        name: "alice@home",
        display_name: "Alice",
        addresses: &["alice@example.org".to_owned()],
        kind: UserKind::Individual,
        admin: false,
        password_hash: &hash,
        now: 1,
    };
    let alice = store
        .write(|tx| accounts::create(tx, &new))
        .unwrap()
        .unwrap()
        .id;
    House {
        auth: Auth::start(store.clone(), settings).unwrap(),
        store,
        alice,
        _trial: trial,
    }
}

fn settings() -> Settings {
    Settings {
        cost: CHEAP,
        threads: 1,
        ..Settings::default()
    }
}

fn house() -> House {
    house_with(settings())
}

fn headers(user: &str, password: &str) -> HeaderMap {
    let value = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
}

impl House {
    fn verify(&self, user: &str, password: &str) -> Result<Viewer, Refused> {
        self.auth.verify(&headers(user, password), HERE, false)
    }

    fn recall(&self, user: &str, password: &str) -> Option<Result<Viewer, Refused>> {
        self.auth.recall(&headers(user, password), HERE, false)
    }

    fn set_password(&self, password: &str) {
        let hash = Hasher::new(CHEAP).hash(password.as_bytes()).unwrap();
        self.store
            .write(|tx| accounts::set_password(tx, self.alice, &hash))
            .unwrap();
    }

    fn add_app_password(
        &self,
        expires: Option<i64>,
        layers: Option<&[LayerId]>,
    ) -> (String, AppPasswordId) {
        let secret = new_app_password().unwrap();
        let secret_hash = app_password_hash(secret.as_bytes());
        let new = NewAppPassword {
            user: self.alice,
            label: "phone",
            secret_hash: &secret_hash,
            created: 1,
            expires,
            read_only: true,
            layers,
        };
        let id = self
            .store
            .write(|tx| accounts::add_app_password(tx, &new))
            .unwrap();
        (secret, id)
    }
}

fn device(viewer: Result<Viewer, Refused>) -> Device {
    match viewer {
        Ok(Viewer::User(device)) => device,
        other => panic!("not signed in: {other:?}"),
    }
}

#[test]
fn nobody_is_nobody_at_once() {
    let viewer = house()
        .auth
        .recall(&HeaderMap::new(), [203, 0, 113, 9].into(), false);
    assert!(matches!(viewer, Some(Ok(Viewer::Anyone))));
}

#[test]
fn the_name_may_be_written_in_each_way_that_clients_write_it() {
    let house = house();
    for name in [
        "alice@home",
        "alice%40home",
        "alice@example.org",
        "alice%40example.org",
    ] {
        assert!(
            house.recall(name, "wonderland").is_none(),
            "{name} is not known yet"
        );
        assert_eq!(
            device(house.verify(name, "wonderland")).user,
            house.alice,
            "{name}"
        );
        assert_eq!(
            device(house.recall(name, "wonderland").unwrap()).user,
            house.alice,
            "{name}"
        );
    }
}

#[test]
fn unknown_wrong_and_unreadable_are_one_answer() {
    let house = house();
    let mut unreadable = HeaderMap::new();
    unreadable.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic ?"));
    let refusals = [
        house.verify("alice@home", "queen"),
        house.verify("nobody", "queen"),
        house.auth.verify(&unreadable, HERE, false),
    ];
    for refusal in refusals {
        let reply = house.auth.refuse_with(&refusal.unwrap_err());
        assert_eq!(reply.status, 401);
        assert_eq!(
            reply.headers[header::WWW_AUTHENTICATE],
            "Basic realm=\"Strata\", charset=\"UTF-8\""
        );
        assert!(
            matches!(&reply.body, crate::http::Body::Bytes(body) if body.starts_with(b"The user name"))
        );
    }
}

#[test]
fn unknown_accounts_cost_as_much_as_wrong_passwords() {
    let house = house_with(Settings {
        cost: Cost {
            memory_kib: 8192,
            passes: 2,
            lanes: 1,
        },
        patience: Patience {
            free: 1000,
            ..Patience::default()
        },
        ..settings()
    });
    let hash = Hasher::new(Cost {
        memory_kib: 8192,
        passes: 2,
        lanes: 1,
    })
    .hash(b"x")
    .unwrap();
    house
        .store
        .write(|tx| accounts::set_password(tx, house.alice, &hash))
        .unwrap();
    let took = |name: &str, number: usize| {
        let started = Instant::now();
        assert!(house.verify(name, &format!("guess {number}")).is_err());
        started.elapsed()
    };
    // By turns: what else the machine does falls on both.
    let (known, unknown): (Vec<_>, Vec<_>) = (0..15)
        .map(|number| (took("alice@home", number), took("nobody", number)))
        .unzip();
    let (known, unknown) = (known.iter().min().unwrap(), unknown.iter().min().unwrap());
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "{known:?} against {unknown:?}");
}

#[test]
fn a_new_password_ends_the_old_one_at_once() {
    let house = house();
    let before = device(house.verify("alice@home", "wonderland"));
    house.set_password("looking glass");
    let recalled = device(house.recall("alice@home", "wonderland").unwrap());
    assert!(!account::stands(&house.store, &recalled, 2).unwrap());
    assert!(matches!(
        house.verify("alice@home", "wonderland"),
        Err(Refused::Unauthenticated)
    ));
    assert!(house.recall("alice@home", "wonderland").is_none());
    let after = device(house.verify("alice@home", "looking glass"));
    assert!(after.epoch > before.epoch);
}

#[test]
fn a_changed_back_password_works_again() {
    let house = house();
    device(house.verify("alice@home", "wonderland"));
    house.set_password("looking glass");
    assert!(house.verify("alice@home", "wonderland").is_err());
    house.set_password("wonderland");
    device(house.verify("alice@home", "wonderland"));
}

#[test]
fn a_disabled_account_signs_in_nowhere() {
    let house = house();
    let (secret, _) = house.add_app_password(None, None);
    house
        .store
        .write(|tx| accounts::set_disabled(tx, house.alice, true))
        .unwrap();
    assert!(matches!(
        house.verify("alice@home", "wonderland"),
        Err(Refused::Unauthenticated)
    ));
    assert!(matches!(
        house.verify("alice@home", &secret),
        Err(Refused::Unauthenticated)
    ));
    house
        .store
        .write(|tx| accounts::set_disabled(tx, house.alice, false))
        .unwrap();
    device(house.verify("alice@home", &secret));
}

#[test]
fn an_app_password_carries_what_its_device_may() {
    let house = house();
    let (secret, id) = house.add_app_password(Some(unix_now() + 60), None);
    let phone = device(house.verify("alice@home", &secret.to_uppercase()));
    assert_eq!(
        (phone.app_password, phone.read_only, phone.layers),
        (Some(id), true, None)
    );
    let (over, _) = house.add_app_password(Some(unix_now() - 1), None);
    assert!(house.verify("alice@home", &over).is_err());
    assert!(house.verify("nobody", &secret).is_err());
    assert!(
        house
            .store
            .write(|tx| accounts::revoke_app_password(tx, house.alice, id))
            .unwrap()
    );
    assert!(house.verify("alice@home", &secret).is_err());
    device(house.verify("alice@home", "wonderland"));
}

#[test]
fn the_last_use_is_written_beside_the_request() {
    let house = house();
    let (secret, _) = house.add_app_password(None, None);
    device(house.verify("alice@home", &secret));
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let used = house
            .store
            .read(|tx| accounts::app_passwords(tx, house.alice))
            .unwrap();
        if used[0].last_used.is_some_and(|used| used > 1) {
            break;
        }
        assert!(Instant::now() < deadline, "the last use was not written");
        std::thread::yield_now();
    }
}

#[test]
fn a_cleartext_line_from_elsewhere_is_refused_before_any_work() {
    let house = house();
    let elsewhere = IpAddr::from([203, 0, 113, 9]);
    let credentials = headers("alice@home", "wonderland");
    assert!(matches!(
        house.auth.recall(&credentials, elsewhere, false),
        Some(Err(Refused::Cleartext))
    ));
    assert!(house.auth.verify(&credentials, elsewhere, true).is_ok());
    let lax = house_with(Settings {
        allow_cleartext: true,
        ..settings()
    });
    assert!(lax.auth.verify(&credentials, elsewhere, false).is_ok());
}

#[test]
fn guessing_slows_down_and_harms_nobody_else() {
    // Nothing is remembered, so that every sign-in passes the throttle.
    let house = house_with(Settings {
        remember: Duration::ZERO,
        ..settings()
    });
    device(house.verify("alice@home", "wonderland"));
    let guess = |number| house.verify("alice@home", &format!("guess {number}"));
    let refused = (0..20)
        .filter(|number| matches!(guess(*number), Err(Refused::Throttled(_))))
        .count();
    assert!(refused > 0, "no guess was slowed down");
    assert!(matches!(guess(99), Err(Refused::Throttled(wait)) if wait <= Duration::from_secs(300)));
    device(house.verify("alice@home", "wonderland"));
    let (secret, _) = house.add_app_password(None, None);
    device(house.verify("alice@home", &secret));
    assert!(matches!(
        house.auth.verify(&HeaderMap::new(), HERE, false),
        Ok(Viewer::Anyone)
    ));
    assert!(matches!(
        house.verify("bob", "guess"),
        Err(Refused::Unauthenticated)
    ));
}

/// As after a restart, when every connection of every device comes back at once.
#[test]
fn the_right_password_on_many_connections_is_no_guess() {
    let house = house();
    let start = std::sync::Barrier::new(48);
    std::thread::scope(|scope| {
        for _ in 0..48 {
            scope.spawn(|| {
                start.wait();
                device(house.verify("alice@home", "wonderland"));
            });
        }
    });
}

#[test]
fn a_device_that_was_not_told_is_no_guesser() {
    let house = house();
    device(house.verify("alice@home", "wonderland"));
    house.set_password("looking glass");
    for _ in 0..100 {
        assert!(matches!(
            house.verify("alice@home", "wonderland"),
            Err(Refused::Unauthenticated)
        ));
        assert!(matches!(
            house.verify("alice@home", "typo"),
            Err(Refused::Unauthenticated)
        ));
    }
    device(house.verify("alice@home", "looking glass"));
}

#[test]
fn the_log_line_cannot_be_forged() {
    let line = log_line(
        "authentication failed",
        "a\" client=192.0.2.1\n\u{1b}[31m",
        "::ffff:203.0.113.9".parse().unwrap(),
    );
    assert_eq!(
        line,
        "authentication failed user=\"a\\\" client=192.0.2.1\\n\\u{1b}[31m\" client=203.0.113.9"
    );
    assert!(log_line("x", &"a".repeat(5000), HERE).len() < 200);
}

#[test]
fn a_hash_of_a_lower_cost_is_renewed_at_sign_in_and_signs_nobody_out() {
    let house = house_with(Settings {
        cost: Cost { passes: 2, ..CHEAP },
        ..settings()
    });
    let stored = || {
        let hash: store::Result<_> = house
            .store
            .read(|tx| accounts::password_hash(tx, house.alice));
        hash.unwrap().unwrap()
    };
    house.verify("alice@home", "wrong").unwrap_err();
    assert!(stored().contains("t=1,"));
    house.verify("alice@home", "wonderland").unwrap();
    let patience = Instant::now() + Duration::from_secs(10);
    while stored().contains("t=1,") {
        assert!(Instant::now() < patience, "the hash was not renewed");
        std::thread::yield_now();
    }
    assert!(stored().contains("t=2,"));
    let remembered = house.recall("alice@home", "wonderland");
    assert!(matches!(remembered, Some(Ok(Viewer::User(_)))));
    let again = Auth::start(house.store.clone(), settings()).unwrap();
    again
        .verify(&headers("alice@home", "wonderland"), HERE, false)
        .unwrap();
}
