//! The way to the operator's mail server (RFC 5321): a connection for each letter, over TLS as the settings have it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::client::Client;
use crate::config::{self, Config, MailUrl, Wrapping};
use crate::connect::{Post, Undelivered};

/// How this server may prove who it is; over TLS one is as good as the other.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// Taking leave is polite, and nothing depends on it.
const LEAVE: Duration = Duration::from_secs(2);

/// Speaks to one mail server. Cheap to clone.
#[derive(Clone)]
pub struct Smtp {
    to: MailUrl,
    hello: ClientId,
    credentials: Option<Credentials>,
    patience: Duration,
    /// Made at the first letter that needs it: it reads what this machine trusts.
    tls: Arc<OnceLock<TlsParameters>>,
    /// Says when this server stops.
    client: Client,
}

impl Smtp {
    /// `None`: there is no mail server.
    pub fn new(config: &Config, client: Client) -> Option<Self> {
        let mail: &config::Mail = &config.mail;
        let credentials = mail
            .password
            .as_ref()
            .map(|password| Credentials::new(mail.user.clone(), password.expose().to_owned()));
        Some(Self {
            to: mail.url.clone()?,
            hello: hello(config),
            credentials,
            patience: mail.timeout,
            tls: Arc::default(),
            client,
        })
    }

    /// The same with an authority that this machine does not know, by its certificate.
    ///
    /// # Errors
    /// It is no certificate.
    pub fn trusting(self, certificate: Vec<u8>) -> Result<Self, smtp::Error> {
        let tls = TlsParameters::builder(self.to.host.clone())
            .add_root_certificate(Certificate::from_der(certificate)?)
            .build_rustls()?;
        Ok(Self {
            tls: Arc::new(OnceLock::from(tls)),
            ..self
        })
    }

    /// Up to the moment when the mail server waits for the text.
    async fn open(&self, letter: &Message) -> Result<AsyncSmtpConnection, Undelivered> {
        let mut connection = self.greet().await.map_err(|error| {
            if error.is_permanent() || error.is_client() {
                tracing::error!("the mail server does not serve this server: {error}");
            }
            Undelivered::ForNow(error.to_string())
        })?;
        let envelope = letter.envelope();
        let extensions = parameters(&connection, letter)?;
        let commands = async {
            let from = envelope.from().cloned();
            connection.command(Mail::new(from, extensions)).await?;
            for address in envelope.to() {
                let to = Rcpt::new(address.clone(), Vec::new());
                connection.command(to).await?;
            }
            connection.command(Data).await.map(drop)
        };
        match commands.await {
            Ok(()) => Ok(connection),
            Err(error) => {
                connection.abort().await;
                Err(refused(&error))
            }
        }
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let server = (self.to.host.as_str(), self.to.port);
        let wrapped = match self.to.wrapping {
            Wrapping::Tls => Some(self.tls()?),
            Wrapping::StartTls | Wrapping::Cleartext => None,
        };
        let patience = Some(self.patience);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, patience, &self.hello, wrapped, None)
                .await?;
        if self.to.wrapping == Wrapping::StartTls {
            connection.starttls(self.tls()?, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, smtp::Error> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls.clone());
        }
        let made = TlsParameters::new_rustls(self.to.host.clone())?;
        Ok(self.tls.get_or_init(|| made).clone())
    }

    async fn give(
        &self,
        connection: &mut AsyncSmtpConnection,
        letter: &Message,
    ) -> Result<(), Undelivered> {
        let given = match timeout(self.patience, connection.message(&letter.formatted())).await {
            Err(_) => Err(Undelivered::Unknown("no answer came".to_owned())),
            Ok(Err(error)) if error.is_transient() || error.is_permanent() => Err(refused(&error)),
            Ok(Err(error)) => Err(Undelivered::Unknown(error.to_string())),
            Ok(Ok(_)) => Ok(()),
        };
        let _ = timeout(LEAVE, connection.quit()).await;
        given
    }
}

impl Post for Smtp {
    /// To be called inside a runtime, but on a thread of it that may block.
    fn deliver(&self, letter: &Message, last: &mut dyn FnMut() -> bool) -> Result<(), Undelivered> {
        let runtime = Handle::try_current().map_err(|_| Undelivered::Stopping)?;
        let opened = runtime.block_on(async {
            tokio::select! {
                opened = timeout(self.patience, self.open(letter)) => {
                    opened.unwrap_or_else(|_| Err(Undelivered::ForNow("it is too slow".to_owned())))
                }
                () = self.client.stopped() => Err(Undelivered::Stopping),
            }
        });
        let mut connection = opened?;
        // It may wait for a database, which must not be done within the runtime.
        if !last() {
            return Err(Undelivered::CalledOff);
        }
        runtime.block_on(self.give(&mut connection, letter))
    }
}

/// By what it says (RFC 5321 section 4.2.1).
fn refused(error: &smtp::Error) -> Undelivered {
    match error.is_permanent() {
        true => Undelivered::ForGood(error.to_string()),
        false => Undelivered::ForNow(error.to_string()),
    }
}

/// What the letter asks of the mail server beyond ASCII (RFC 6531, RFC 6152).
fn parameters(
    connection: &AsyncSmtpConnection,
    letter: &Message,
) -> Result<Vec<MailParameter>, Undelivered> {
    let mut parameters = Vec::new();
    let envelope = letter.envelope();
    let addresses = envelope.to().iter().chain(envelope.from());
    if addresses
        .into_iter()
        .all(|it| AsRef::<str>::as_ref(it).is_ascii())
    {
        return Ok(parameters);
    }
    let server = connection.server_info();
    let needed = [Extension::SmtpUtfEight, Extension::EightBitMime];
    if !needed.into_iter().all(|it| server.supports_feature(it)) {
        let why = "the mail server takes ASCII addresses alone";
        return Err(Undelivered::ForGood(why.to_owned()));
    }
    parameters.push(MailParameter::SmtpUtfEight);
    parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    Ok(parameters)
}

/// The name of this server, if it has one that others know.
fn hello(config: &Config) -> ClientId {
    let public = config.server.public_url.as_ref();
    let authority: Option<http::uri::Authority> = public.and_then(|url| url.authority.parse().ok());
    match authority {
        Some(authority) if !authority.host().starts_with('[') => {
            ClientId::Domain(authority.host().to_owned())
        }
        _ => ClientId::default(),
    }
}
