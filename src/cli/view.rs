//! `strata view`: shared views, in which the layers of several people come together.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::Subcommand;

use super::choice::chosen;
use super::{house, link, table};
use crate::auth::FeedSecret;
use crate::calendar::{self, Access, Refusal, ViewDraft, ViewPatch};
use crate::config::Config;
use crate::model::{Includes, MemberState, View, ViewId, ViewMember, ViewMode};

const SORTS: &str = "shifts, tickets, polls, public-events, the names of other kinds of [system], personal-public, personal-friends, personal, \
     external";

#[derive(Subcommand)]
pub enum Command {
    /// Make a view; prints its id. Its owner is its first member
    Add {
        owner: String,
        name: String,
        #[arg(long, value_name = "S")]
        description: Option<String>,
        /// Which layers it includes [default: all but personal and external]
        #[arg(long, value_name = "SORT,...", value_parser = includes)]
        include: Option<Includes>,
        /// Includes every account of a group, and of these the system's layers alone; for administrators
        #[arg(long, value_name = "GROUP")]
        group: Vec<String>,
    },
    /// List the views that an account is in or invited to
    List {
        user: String,
        #[arg(long)]
        json: bool,
    },
    /// Change a view: name=S, description=S, include=SORT,..., groups=GROUP,...
    Set {
        owner: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// End a view for all its members
    Remove {
        owner: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
    },
    /// Ask accounts to be in a view
    Invite {
        owner: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        #[arg(required = true)]
        users: Vec<String>,
    },
    /// Accept an invitation: the view stands in the account's home
    Accept {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        /// Which of the account's personal and external layers it may show [default: personal-public,personal-friends]
        #[arg(long, value_name = "SORT,...", value_parser = includes)]
        consent: Option<Includes>,
    },
    /// Decline an invitation
    Decline {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
    },
    /// Leave a view
    Leave {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
    },
    /// Take a member or an invitation back
    Dismiss {
        owner: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        user: String,
    },
    /// List who is in a view, and in which colour
    Members {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        #[arg(long)]
        json: bool,
    },
    /// Choose the colour of the account's own items in a view [default: the one of its place]
    Color {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        color: Option<String>,
    },
    /// Let a link show a view to whoever holds it, and show the link once
    Publish {
        owner: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        /// Show the link as a QR code too
        #[arg(long)]
        qr: bool,
    },
    /// End a view's link at once
    Unpublish {
        owner: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
    },
    /// Say whether a view's link may show strangers what the account shows to everyone [default: no]
    PublicConsent {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        #[arg(value_name = "yes|no", value_parser = yes_or_no, action = clap::ArgAction::Set)]
        answer: bool,
    },
    /// Change which of the account's personal and external layers a view may show
    Consent {
        user: String,
        /// Its id, or its name
        #[arg(value_name = "VIEW")]
        id: String,
        #[arg(value_name = "SORT,...", value_parser = includes)]
        sorts: Includes,
    },
}

fn includes(text: &str) -> Result<Includes, String> {
    Includes::from_text(text).ok_or_else(|| format!("the sorts are {SORTS}"))
}

fn yes_or_no(word: &str) -> Result<bool, &'static str> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("it is yes or no"),
    }
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Add {
                owner,
                name,
                description,
                include,
                group,
            } => {
                let draft = ViewDraft {
                    name,
                    description,
                    includes: include,
                    groups: group,
                };
                let id = act(config, &owner, |access| {
                    let id = access.create_view(&draft)?;
                    Ok(access.handles().of(id))
                })?;
                say(&id)
            }
            Self::List { user, json } => list(config, &user, json),
            Self::Members { user, id, json } => members(config, &user, &id, json),
            Self::Publish { owner, id, qr } => publish(config, &owner, &id, qr),
            other => other.change(config),
        }
    }

    /// What is done and has nothing to show.
    fn change(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Set {
                owner,
                id,
                settings,
            } => {
                let patch = patch(&settings)?;
                act(config, &owner, |access| {
                    let id = named(access, &id)?;
                    access.change_view(id, &patch)
                })
            }
            Self::Remove { owner, id } => act(config, &owner, |access| {
                let id = named(access, &id)?;
                access.delete_view(id)
            }),
            Self::Invite { owner, id, users } => act(config, &owner, |access| {
                let id = named(access, &id)?;
                users
                    .iter()
                    .try_for_each(|user| access.invite_to_view(id, user))
            }),
            Self::Accept { user, id, consent } => act(config, &user, |access| {
                let id = named(access, &id)?;
                access.accept_view(id, consent.as_ref())
            }),
            Self::Decline { user, id } => act(config, &user, |access| {
                let id = named(access, &id)?;
                access.decline_view(id)
            }),
            Self::Leave { user, id } => act(config, &user, |access| {
                let id = named(access, &id)?;
                access.leave_view(id)
            }),
            Self::Dismiss { owner, id, user } => act(config, &owner, |access| {
                let id = named(access, &id)?;
                access.dismiss_from_view(id, &user)
            }),
            Self::Unpublish { owner, id } => {
                let was_there = act(config, &owner, |access| {
                    let id = named(access, &id)?;
                    access.close_view(id)
                })?;
                match was_there {
                    true => Ok(()),
                    false => bail!("the view has no link"),
                }
            }
            Self::PublicConsent { user, id, answer } => act(config, &user, |access| {
                let id = named(access, &id)?;
                access.set_view_open(id, answer)
            }),
            Self::Color { user, id, color } => act(config, &user, |access| {
                let id = named(access, &id)?;
                access.set_view_color(id, color.as_deref())
            }),
            Self::Consent { user, id, sorts } => act(config, &user, |access| {
                let id = named(access, &id)?;
                access.set_view_consent(id, &sorts)
            }),
            Self::Add { .. } | Self::List { .. } | Self::Members { .. } | Self::Publish { .. } => {
                Ok(())
            }
        }
    }
}

fn publish(config: &Config, owner: &str, id: &str, qr: bool) -> anyhow::Result<()> {
    let secret = FeedSecret::new()?;
    act(config, owner, |access| {
        let id = named(access, id)?;
        access.open_view(id, &secret.hash)
    })?;
    let link = link::of(config, owner, &secret);
    say(&format!("link: {link}"))?;
    link::show_otherwise(&link, qr)
}

/// By its id, or by its name where the account is in no other of that name.
fn named(access: &mut Access, view: &str) -> calendar::Result<ViewId> {
    let (handles, views) = (access.handles(), access.views()?);
    let found = chosen(&views, view, |it| handles.of(it.0.id), |it| &it.0.name);
    Ok(found.ok_or(Refusal::NotFound)?.0.id)
}

/// Does something as an account.
fn act<T>(
    config: &Config,
    user: &str,
    mut work: impl FnMut(&mut Access) -> calendar::Result<T>,
) -> anyhow::Result<T> {
    let store = house::store(config)?;
    let viewer = house::acting(&store, user)?;
    let calendars = house::calendars(config, store)?;
    calendars
        .write(&viewer, |access| work(access))
        .map_err(|error: calendar::Error| match error {
            calendar::Error::Refused(Refusal::NotFound) => {
                anyhow::anyhow!("there is no such view, or several, or no such account or group for {user}")
            }
            calendar::Error::Refused(Refusal::Exists) => {
                anyhow::anyhow!("they are in the view or invited already, or the view has a link")
            }
            calendar::Error::Refused(Refusal::Forbidden { .. }) => anyhow::anyhow!(
                "{user} may not do that: a view is its owner's, one of groups an administrator's, and nobody leaves \
                 their own while others are in it"
            ),
            other => other.into(),
        })
}

fn patch(settings: &[String]) -> anyhow::Result<ViewPatch> {
    let mut patch = ViewPatch::default();
    for setting in settings {
        let (key, value) = setting
            .split_once('=')
            .with_context(|| format!("{setting} is not KEY=VALUE"))?;
        match key {
            "name" => patch.name = Some(value.to_owned()),
            "description" => {
                patch.description = Some((!value.is_empty()).then(|| value.to_owned()));
            }
            "include" => {
                patch.includes = Some(includes(value).map_err(anyhow::Error::msg)?);
            }
            "groups" => {
                let names = value.split(',').map(str::trim).filter(|it| !it.is_empty());
                patch.groups = Some(names.map(str::to_owned).collect());
            }
            _ => bail!("{key} is none of name, description, include, groups"),
        }
    }
    Ok(patch)
}

fn list(config: &Config, user: &str, json: bool) -> anyhow::Result<()> {
    let views = act(config, user, |access| {
        let handles = access.handles();
        let mut named = Vec::new();
        for (view, member) in access.views()? {
            let scope = access.view_link(view.id)?.map_or("members", |_| "public");
            named.push((handles.of(view.id), scope, view, member));
        }
        Ok(named)
    })?;
    if json {
        let views = views.iter().map(|(id, scope, view, member)| {
            serde_json::json!({
                "id": id, "name": view.name, "description": view.description, "mode": mode(view),
                "include": words(&view.includes), "state": member.state.word(), "consent": words(&member.consent),
                "scope": scope, "public_consent": member.open,
            })
        });
        return say(&serde_json::Value::from_iter(views).to_string());
    }
    let rows: Vec<_> = views
        .iter()
        .map(|(id, scope, view, member)| {
            [
                id.clone(),
                view.name.clone(),
                mode(view).to_owned(),
                (*scope).to_owned(),
                view.includes.to_text(),
                member.state.word().to_owned(),
                member.consent.to_text(),
            ]
        })
        .collect();
    Ok(table::print(
        [
            "ID", "NAME", "MODE", "SCOPE", "INCLUDES", "STATE", "CONSENT",
        ],
        &rows,
    )?)
}

fn members(config: &Config, user: &str, id: &str, json: bool) -> anyhow::Result<()> {
    let members = act(config, user, |access| {
        let id = named(access, id)?;
        access.view_members(id)
    })?;
    if json {
        let members = members.iter().map(|(user, member, color)| {
            serde_json::json!({
                "user": user.name, "display_name": user.display_name, "state": member.state.word(),
                "color": color, "consent": words(&member.consent), "at": member.at,
            })
        });
        return say(&serde_json::Value::from_iter(members).to_string());
    }
    let rows: Vec<_> = members
        .iter()
        .map(|(user, member, color)| {
            [
                user.name.clone(),
                user.display_name.clone(),
                member.state.word().to_owned(),
                color.clone(),
                consented(member),
                table::moment(Some(member.at)),
            ]
        })
        .collect();
    Ok(table::print(
        ["NAME", "DISPLAY NAME", "STATE", "COLOR", "CONSENT", "SINCE"],
        &rows,
    )?)
}

fn consented(member: &ViewMember) -> String {
    match member.state {
        MemberState::Accepted => member.consent.to_text(),
        _ => "-".to_owned(),
    }
}

fn words(includes: &Includes) -> Vec<String> {
    includes.iter().map(|it| it.word().into_owned()).collect()
}

fn mode(view: &View) -> &'static str {
    match view.mode {
        ViewMode::Manual => "manual",
        ViewMode::RoleBased => "role-based",
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}
