//! The page at `/`: the address to copy, and for each client the way to type it in.

use super::address::Address;
use super::html::Markup;
use super::qr;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
    <title>Strata</title>\n<link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n<main>\n";

const TITLE: &str = "<header>\n<svg class=\"mark\" viewBox=\"0 0 32 32\" aria-hidden=\"true\">\
    <path class=\"low\" d=\"M16 16l13 6-13 7-13-7z\"/><path class=\"mid\" d=\"M16 10l13 6-13 7-13-7z\"/>\
    <path class=\"top\" d=\"M16 3l13 7-13 7-13-7z\"/></svg>\n\
    <h1>Strata</h1>\n<p>Your calendars and tasks, the same on every device.</p>\n</header>\n";

const FOOT: &str = "</main>\n</body>\n</html>\n";

/// The page for someone who reaches the server at this address.
pub fn page(address: &Address) -> String {
    Markup::default()
        .raw(HEAD)
        .raw(TITLE)
        .part(where_to(address))
        .raw("<h2>Connect a device</h2>\n<section class=\"clients\">\n")
        .part(apple(address))
        .part(android(address))
        .part(clients(address))
        .raw("</section>\n")
        .raw(FOOT)
        .into_string()
}

/// A page that says one thing.
pub fn notice(sentence: &'static str) -> String {
    Markup::default()
        .raw(HEAD)
        .raw(TITLE)
        .raw("<section class=\"card\"><p>")
        .raw(sentence)
        .raw("</p></section>\n")
        .raw(FOOT)
        .into_string()
}

fn where_to(address: &Address) -> Markup {
    Markup::default()
        .raw("<section class=\"card\">\n<h2>Server address</h2>\n")
        .part(copy(&address.url()))
        .raw(
            "<p>Sign in with your user name and a password. Ask whoever runs this server for an <em>app password</em> ",
        )
        .raw("for each device: it can be withdrawn alone when a phone is lost.</p>\n")
        .part(warning(address))
        .raw("</section>\n")
}

/// Text that a tap selects whole.
fn copy(text: &str) -> Markup {
    Markup::default()
        .raw("<code class=\"copy\">")
        .text(text)
        .raw("</code>\n")
}

fn warning(address: &Address) -> Markup {
    if address.secure {
        return Markup::default();
    }
    Markup::default()
        .raw("<p class=\"warning\">This page came over unencrypted http. Programs on this same machine can sign in; phones ")
        .raw("and other machines need an https address.</p>\n")
}

fn apple(address: &Address) -> Markup {
    Markup::default()
        .raw("<details>\n<summary>iPhone, iPad <small>Calendar, Reminders</small></summary>\n")
        .part(profile_form())
        .raw("<p>The profile holds the address and never the password. After the download open <b>Settings</b>, tap ")
        .raw("<b>Profile Downloaded</b>, then <b>Install</b>.</p>\n<p>Or by hand:</p>\n<ol>\n")
        .raw("<li><b>Settings › Apps › Calendar › Calendar Accounts › Add Account</b> (up to iOS 17: <b>Settings › ")
        .raw("Calendar › Accounts</b>)</li>\n<li><b>Other › Add CalDAV Account</b></li>\n")
        .raw("<li>Server: ")
        .part(copy(&server_field(address)))
        .raw("</li>\n<li>Enter user name and password, tap <b>Next</b>, keep <b>Calendars</b> and <b>Reminders</b> on, ")
        .raw("tap <b>Save</b>.</li>\n</ol>\n</details>\n")
        .raw("<details>\n<summary>Mac <small>Calendar, Reminders</small></summary>\n")
        .part(profile_form())
        .raw("<p>Open the download, then <b>System Settings › General › Device Management</b>, double-click the profile, ")
        .raw("<b>Install…</b></p>\n<p>Or by hand:</p>\n<ol>\n")
        .raw("<li>Calendar: <b>Calendar › Add Account… › Other CalDAV Account… › Continue</b></li>\n")
        .raw("<li>Account Type: <b>Manual</b></li>\n<li>User Name and Password; Server Address: ")
        .part(copy(&server_field(address)))
        .raw("</li>\n<li><b>Sign In</b></li>\n</ol>\n</details>\n")
}

/// Apple's clients take a bare host where nothing else has to be said.
fn server_field(address: &Address) -> String {
    if address.secure && address.base_path.is_empty() {
        address.authority()
    } else {
        address.url()
    }
}

fn profile_form() -> Markup {
    Markup::default()
        .raw("<form action=\"strata.mobileconfig\" method=\"get\">\n<label>User name <small>(may stay empty)</small>\n")
        .raw("<input name=\"user\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"255\">")
        .raw("</label>\n<button>Download profile</button>\n</form>\n")
}

fn android(address: &Address) -> Markup {
    let opening =
        Markup::default().raw("<details>\n<summary>Android <small>DAVx⁵</small></summary>\n");
    let link = if address.secure {
        Markup::default()
            .raw("<div class=\"scan\">")
            .part(qr::svg(&address.davx5(), "QR code that opens DAVx5 with the address of this server"))
            .raw("<p>Install DAVx⁵, then scan the code with the phone, or on the phone itself tap<br><a class=\"button\" href=\"")
            .text(&address.davx5())
            .raw("\">Open in DAVx⁵</a></p></div>\n<p>Or by hand:</p>\n")
    } else {
        Markup::default()
    };
    opening
        .part(link)
        .raw("<ol>\n<li>DAVx⁵: <b>+</b>, then <b>Login with URL and user name</b></li>\n<li>Base URL: ")
        .part(copy(&address.url()))
        .raw("</li>\n<li>Enter user name and password, tap <b>Login</b>, then <b>Create account</b></li>\n")
        .raw("<li>On the <b>CalDAV</b> tab switch on the calendars and task lists that you want; tasks need an app such as ")
        .raw("jtx Board or Tasks.org.</li>\n</ol>\n</details>\n")
}

/// What is said of one client: title, what it is for, the steps before and after the address.
struct Client {
    name: &'static str,
    of: &'static str,
    before: &'static str,
    dav: bool,
    after: &'static str,
}

const CLIENTS: [Client; 6] = [
    Client {
        name: "Thunderbird",
        of: "Linux, macOS, Windows",
        before: "<li>In the calendar: <b>New Calendar… › On the Network › Next</b></li>\n<li>Username: your user name. Location: ",
        dav: false,
        after: "</li>\n<li><b>Find Calendars</b>, enter the password, tick the calendars, <b>Subscribe</b></li>\n",
    },
    Client {
        name: "GNOME, Evolution",
        of: "Linux",
        before: "<li><b>Settings › Online Accounts › Calendar, Contacts and Files</b> (in Evolution alone: <b>File › New › \
            Collection Account</b>)</li>\n<li>User name, password, and as server address: ",
        dav: false,
        after: "</li>\n<li><b>Sign in</b>, keep <b>Calendar</b> on</li>\n",
    },
    Client {
        name: "KDE",
        of: "Merkuro, KOrganizer, Kontact",
        before: "<li><b>Add Calendar… › DAV groupware resource</b></li>\n<li>Enter user name and password, <b>Next</b>, choose \
            <b>Configure the resource manually</b>, <b>Finish</b></li>\n<li><b>Add › CalDAV</b>, Remote URL: ",
        dav: true,
        after: "</li>\n<li><b>Fetch</b>, then <b>OK</b></li>\n",
    },
    Client {
        name: "Outlook",
        of: "with CalDav Synchronizer",
        before: "<li><b>CalDav Synchronizer › Synchronization Profiles › Add new profile › Generic CalDAV/CardDAV</b></li>\n\
            <li>Choose the Outlook folder; DAV URL: ",
        dav: true,
        after: "</li>\n<li>Username and password, then <b>Test or discover settings</b>, choose the calendar, <b>OK</b></li>\n",
    },
    Client {
        name: "Home Assistant",
        of: "calendars and to-do lists",
        before: "<li><b>Settings › Devices &amp; services › Add integration › CalDAV</b></li>\n<li>URL: ",
        dav: true,
        after: "</li>\n<li>Username and password, <b>Submit</b></li>\n",
    },
    Client {
        name: "Anything else",
        of: "vdirsyncer, scripts, other programs",
        before: "<li>Where a program looks for calendars itself, the server address above is enough.</li>\n\
            <li>Where it does not, give it the CalDAV root: ",
        dav: true,
        after: "</li>\n<li>Authentication is Basic over https.</li>\n",
    },
];

fn clients(address: &Address) -> Markup {
    CLIENTS.iter().fold(Markup::default(), |page, client| {
        page.raw("<details>\n<summary>")
            .raw(client.name)
            .raw(" <small>")
            .raw(client.of)
            .raw("</small></summary>\n<ol>\n")
            .raw(client.before)
            .part(copy(&if client.dav {
                address.dav()
            } else {
                address.url()
            }))
            .raw(client.after)
            .raw("</ol>\n</details>\n")
    })
}
