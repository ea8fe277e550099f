//! The effect `http_post`: a body goes to a host that is granted, and to no other.

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;
use ureq::http::Uri;

use super::Hook;
use super::effects::{HOST_NOT_GRANTED, Trouble};
use super::line::one_line;

/// What is sent.
pub(super) struct Post<'a> {
    pub url: &'a str,
    pub json: &'a Value,
    pub headers: &'a IndexMap<String, String>,
    pub timeout: Duration,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
}

/// Sends a body, and waits for the status. Redirects are not followed: they could lead to another host.
pub(super) fn send(hook: &Hook, post: &Post<'_>) -> Result<(), Trouble> {
    let hidden = hook.redaction();
    // An address often is a secret as a whole; only its host is ever shown.
    let target = Target::of(post.url).map_err(|why| Trouble::Failed(format!("the address to send to {why}")))?;
    let host = hidden.text(&target.host);
    if !hook.granted_hosts().iter().any(|granted| target.is(granted)) {
        return Err(not_granted(hook, &target));
    }
    let failed = |why: String| Trouble::Failed(format!("sending to `{host}` failed: {}", one_line(&hidden.text(&why))));
    let body = serde_json::to_vec(post.json).map_err(|error| failed(error.to_string()))?;
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(post.timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("lhp/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent();
    let mut request = agent.post(post.url).header("content-type", "application/json");
    for (name, value) in post.headers {
        request = request.header(name, value);
    }
    let response = request.send(&body[..]).map_err(|error| match error {
        ureq::Error::Timeout(_) => failed(format!("no answer within {} ms", post.timeout.as_millis())),
        error => failed(error.to_string()),
    })?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(failed(format!("the answer was {status}"))) }
}

fn not_granted(hook: &Hook, target: &Target) -> Trouble {
    let (id, host) = (hook.plugin_id(), hook.redaction().text(&target.to_string()));
    // A port, and the brackets of an address, mean something else to YAML.
    let entry = if host.contains([':', '[']) { format!("\"{host}\"") } else { host.clone() };
    let asked = if hook.asked_hosts().iter().any(|asked| target.is(asked)) {
        String::new()
    } else {
        format!(", and ask for it in `plugin.yaml` with `permissions: {{net: [{entry}]}}`")
    };
    Trouble::Refused {
        rule: &HOST_NOT_GRANTED,
        message: format!("hook `{}` may not send to `{host}`", hook.name()),
        help: format!("write in `lhp.yaml` under `plugins.use`: `{{id: {id}, grant: {{net: [{entry}]}}}}`{asked}"),
    }
}

/// The entry of `net` that means this target.
impl std::fmt::Display for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.port {
            80 | 443 => formatter.write_str(&self.host),
            port => write!(formatter, "{}:{port}", self.host),
        }
    }
}

impl Target {
    fn of(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|_| "is not a URL".to_owned())?;
        let default = match uri.scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => return Err("must begin with `https://` or `http://`".to_owned()),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user name; use a header".to_owned());
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err("has no host".to_owned());
        }
        Ok(Self { host, port: authority.port_u16().unwrap_or(default) })
    }

    /// Whether an entry `host` or `host:port` means this target. Without a port, every port is meant.
    fn is(&self, entry: &str) -> bool {
        let entry = entry.trim();
        match entry.rsplit_once(':') {
            // The colons of a bare IPv6 address are inside brackets.
            Some((host, port)) if !port.contains(']') => {
                host.eq_ignore_ascii_case(&self.host) && port.parse() == Ok(self.port)
            }
            _ => entry.eq_ignore_ascii_case(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_means_a_host_and_perhaps_a_port() {
        let target = Target::of("https://Hooks.Example.invalid/T/B").unwrap();
        assert!(target.is("hooks.example.invalid") && target.is("hooks.example.invalid:443"));
        for other in ["example.invalid", "hooks.example.invalid:80", "hooks.example.invalid.evil", "*", ""] {
            assert!(!target.is(other), "{other}");
        }
        assert!(Target::of("http://[::1]:8080/").unwrap().is("[::1]:8080"));
        assert!(Target::of("http://[::1]:8080/").unwrap().is("[::1]"));
    }

    #[test]
    fn only_plain_web_addresses_are_sent_to() {
        for url in
            ["file:///etc/passwd", "ftp://a/b", "hooks.slack.com", "https://u:p@hooks.slack.com/", "", "https://"]
        {
            assert!(Target::of(url).is_err(), "{url}");
        }
    }
}
