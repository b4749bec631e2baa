use std::path::Path;
use std::time::Duration;

use toml::Table;

use super::*;

const SHIPPED: &str = include_str!("../../config.toml");

fn from_environment(name: &str, text: &str) -> Result<Config> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let flags = Flags {
        config: Some(file.path().to_owned()),
        ..Flags::default()
    };
    Config::load(&flags, [(name.to_owned(), text.to_owned())])
}

fn complaint(text: &str) -> String {
    Config::parse(text).unwrap_err().to_string()
}

#[test]
fn the_shipped_file_is_the_defaults() {
    assert_eq!(Config::parse(SHIPPED).unwrap(), Config::default());
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

#[test]
fn the_shipped_file_names_and_explains_every_setting() {
    let shipped: Table = SHIPPED.parse().unwrap();
    for (section, settings) in Table::try_from(Config::default()).unwrap() {
        for key in settings.as_table().unwrap().keys() {
            assert!(
                shipped[&section].get(key).is_some(),
                "{section}.{key} is missing"
            );
            let line = SHIPPED
                .lines()
                .find(|line| line.starts_with(&format!("{key} = ")))
                .unwrap();
            assert!(line.contains(" # "), "{section}.{key} is not explained");
        }
    }
}

#[test]
fn a_mistake_is_one_line_that_names_the_key() {
    let cases = [
        ("[server]\nlisten_to = 1", "server.listen_to: unknown key"),
        ("[serverr]\nlisten = 1", "serverr: unknown section"),
        ("listen = 1", "listen: stands outside a section"),
        (
            "[server]\nlisten = \"here\"",
            "server.listen: \"here\" is not an address and port",
        ),
        (
            "[server]\nthreads = \"many\"",
            "server.threads: invalid type",
        ),
        ("[server]\nmax_body = -1", "server.max_body: invalid value"),
        (
            "[server]\nidle_timeout = 0",
            "server.idle_timeout: must be more than 0",
        ),
        (
            "[server]\nidle_timeout = -3",
            "server.idle_timeout: must be seconds",
        ),
        (
            "[server]\nbase_path = \"cal\"",
            "server.base_path: must begin with a slash",
        ),
        (
            "[server]\nbase_path = \"/a/../b\"",
            "server.base_path: must begin with a slash",
        ),
        (
            "[server]\npublic_url = \"https://a/b\"",
            "server.public_url: must be a host",
        ),
        (
            "[server]\ntrusted_proxies = [\"proxy\"]",
            "server.trusted_proxies: \"proxy\" is not a network",
        ),
        (
            "[server]\ntls_key = \"key.pem\"",
            "server.tls_certificate: is needed beside tls_key",
        ),
        (
            "[store]\nurl = \"mysql://root:hunter2@db/x\"",
            "store.url: must be sqlite:PATH",
        ),
        (
            "[store]\nsynchronous = \"off\"",
            "store.synchronous: unknown variant `off`",
        ),
        ("[privacy]\ndirectory = 7", "privacy.directory: "),
        ("[server]\nlisten = ", "line 2: "),
    ];
    for (text, expected) in cases {
        let complaint = complaint(text);
        assert!(complaint.contains(expected), "{text:?}: {complaint}");
        assert!(!complaint.contains('\n'), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}

#[test]
fn the_environment_overrules_the_file_in_each_kind_of_value() {
    let set = |name: &str, text: &str| from_environment(name, text).unwrap();
    let listen = set("STRATA__SERVER__LISTEN", "127.0.0.1:0, [::1]:80")
        .server
        .listen;
    assert_eq!(
        listen,
        ["127.0.0.1:0".parse().unwrap(), "[::1]:80".parse().unwrap()]
    );
    assert_eq!(
        set("STRATA__SERVER__LISTEN", "localhost:0")
            .server
            .listen
            .len(),
        1
    );
    assert!(
        set("STRATA__SERVER__ALLOW_CLEARTEXT_AUTH", "true")
            .server
            .allow_cleartext_auth
    );
    assert_eq!(
        set("STRATA__SERVER__HEADER_TIMEOUT", "0.25")
            .server
            .header_timeout,
        Duration::from_millis(250)
    );
    assert_eq!(set("STRATA__AUTH__REALM", "42").auth.realm, "42");
    assert_eq!(set("STRATA__LIMITS__QUOTA", "1_000").limits.quota, 1000);
    let proxies = set("STRATA__SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1")
        .server
        .trusted_proxies;
    assert_eq!(
        proxies,
        ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]
    );
    assert_eq!(set("HOME", "/root"), Config::default());

    let error = from_environment("STRATA__SERVER__PORT", "1")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "environment variable STRATA__SERVER__PORT: server.port: unknown key"
    );
    let error = from_environment("STRATA__LIMITS__QUOTA", "much")
        .unwrap_err()
        .to_string();
    assert!(error.contains("limits.quota: invalid type"), "{error}");
    assert!(from_environment("STRATA__SERVER", "1").is_err());
}

#[test]
fn flags_overrule_everything() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[store]\ndata = \"one\"").unwrap();
    let flags = Flags {
        config: Some(file.path().to_owned()),
        data: Some("three".into()),
        listen: Some("127.0.0.1:0".to_owned()),
        log_format: Some("json".to_owned()),
    };
    let environment = [("STRATA__STORE__DATA".to_owned(), "two".to_owned())];
    let config = Config::load(&flags, environment).unwrap();
    assert_eq!(config.store.data, Path::new("three"));
    assert_eq!(config.server.listen[0].port(), 0);
    assert_eq!(config.log.format, LogFormat::Json);
    let missing = Flags {
        config: Some("/nowhere/config.toml".into()),
        ..Flags::default()
    };
    let error = Config::load(&missing, []).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/config.toml: "), "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut config = Config::default();
    config.store.data = file.path().join("data");
    let error = config.prepare_data_folder().unwrap_err().to_string();
    assert!(error.starts_with("store.data: "), "{error}");
}

#[test]
fn secrets_do_not_print() {
    let text = "[store]\nurl = \"postgres://strata:hunter2@db.example/strata?password=hunter2\"";
    let config = Config::parse(text).unwrap();
    assert!(!format!("{config:?}{}", config.store.url).contains("hunter2"));
    assert_eq!(
        config.store.url.to_string(),
        "postgres://…@db.example/strata"
    );
    assert!(config.store.url.expose().contains("hunter2"));
    let odd = Config::parse("[store]\nurl = \"postgres://u:p@hunter2@h/x\"").unwrap();
    assert_eq!(odd.store.url.to_string(), "postgres://…@h/x");
}

#[test]
fn a_mapped_address_belongs_to_its_network() {
    let networks = ["127.0.0.0/8".parse().unwrap()];
    assert!(within(&networks, "::ffff:127.0.0.1".parse().unwrap()));
    assert!(!within(&networks, "::1".parse().unwrap()));
}
