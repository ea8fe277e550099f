//! Options of Kafka clients, as loads and sinks take them: rules that both share.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, IgnoredAny};

use crate::emit::literal::python_str;
use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// An option of the Kafka client lacks the prefix `kafka.`.
    ///
    /// ## Why
    /// Spark passes on to the client what begins with `kafka.`, and nothing else. Without the prefix the
    /// option has no effect: the connection is made without it, or not at all.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   security.protocol: SASL_SSL
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   kafka.security.protocol: SASL_SSL
    /// ```
    pub static UNPREFIXED_OPTION: Rule = Rule::within("LHP-CFG-001", "unprefixed-kafka-option", "LHP-VAL-007");
    /// Authentication with AWS MSK IAM lacks one of its options.
    ///
    /// ## Why
    /// The mechanism works only together with the protocol, the login module and the callback handler.
    /// Without one of them the brokers refuse the connection.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   kafka.sasl.mechanism: AWS_MSK_IAM
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   kafka.sasl.mechanism: AWS_MSK_IAM
    ///   kafka.security.protocol: SASL_SSL
    ///   kafka.sasl.jaas.config: software.amazon.msk.auth.iam.IAMLoginModule required;
    ///   kafka.sasl.client.callback.handler.class:
    ///     software.amazon.msk.auth.iam.IAMClientCallbackHandler
    /// ```
    pub static INCOMPLETE_MSK_IAM: Rule = Rule::within("LHP-VAL-017", "incomplete-msk-iam", "LHP-VAL-007");
    /// Authentication with OAuth, as Azure Event Hubs has it, lacks one of its options.
    ///
    /// ## Why
    /// The mechanism works only together with the protocol, the login module, the address that issues
    /// tokens and the callback handler. Without one of them the brokers refuse the connection.
    ///
    /// ## Wrong
    /// ```yaml
    /// options:
    ///   kafka.sasl.mechanism: OAUTHBEARER
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// options:
    ///   kafka.sasl.mechanism: OAUTHBEARER
    ///   kafka.security.protocol: SASL_SSL
    ///   kafka.sasl.jaas.config: ${secret:shop/jaas_config}
    ///   kafka.sasl.oauthbearer.token.endpoint.url: https://login.example.com/oauth2/token
    ///   kafka.sasl.login.callback.handler.class:
    ///     org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler
    /// ```
    pub static INCOMPLETE_OAUTH: Rule = Rule::within("LHP-VAL-018", "incomplete-kafka-oauth", "LHP-VAL-007");
}

/// The option that selects the way of authentication.
pub const MECHANISM: &str = "kafka.sasl.mechanism";

/// The way of authentication of OAuth, and of Azure Event Hubs.
pub const OAUTH: &str = "OAUTHBEARER";

/// Options of the Kafka client (Apache Kafka: consumer configuration). Spark passes them on below `kafka.` only.
const CLIENT_OPTIONS: [&str; 56] = [
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "check.crcs",
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "connections.max.idle.ms",
    "enable.auto.commit",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "group.id",
    "heartbeat.interval.ms",
    "key.deserializer",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "max.poll.records",
    "metadata.max.age.ms",
    "partition.assignment.strategy",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retry.backoff.ms",
    "sasl.client.callback.handler.class",
    "sasl.jaas.config",
    "sasl.kerberos.kinit.cmd",
    "sasl.kerberos.min.time.before.relogin",
    "sasl.kerberos.service.name",
    "sasl.kerberos.ticket.renew.jitter",
    "sasl.kerberos.ticket.renew.window.factor",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.login.refresh.buffer.seconds",
    "sasl.login.refresh.min.period.seconds",
    "sasl.login.refresh.window.factor",
    "sasl.login.refresh.window.jitter",
    "sasl.mechanism",
    "sasl.oauthbearer.scope.claim.name",
    "sasl.oauthbearer.sub.claim.name",
    "sasl.oauthbearer.token.endpoint.url",
    "security.protocol",
    "session.timeout.ms",
    "ssl.enabled.protocols",
    "ssl.key.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.protocol",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
    "value.deserializer",
];

/// Whether a name is an option of the Kafka client, without its prefix.
pub fn is_client_option(name: &str) -> bool {
    CLIENT_OPTIONS.contains(&name)
}

/// A way of authentication and the options that it needs.
struct Authentication {
    mechanism: &'static str,
    rule: &'static Rule,
    needs: &'static [&'static str],
}

const AUTHENTICATIONS: [Authentication; 2] = [
    Authentication {
        mechanism: "AWS_MSK_IAM",
        rule: &INCOMPLETE_MSK_IAM,
        needs: &["kafka.sasl.jaas.config", "kafka.security.protocol", "kafka.sasl.client.callback.handler.class"],
    },
    Authentication {
        mechanism: OAUTH,
        rule: &INCOMPLETE_OAUTH,
        needs: &[
            "kafka.sasl.jaas.config",
            "kafka.security.protocol",
            "kafka.sasl.oauthbearer.token.endpoint.url",
            "kafka.sasl.login.callback.handler.class",
        ],
    },
];

/// Checks the `options` of a Kafka load or sink: their names, and whether authentication is complete.
pub fn check_options(action: &Action, report: &mut Report) {
    let Some(options) = action.setting("options") else { return };
    for entry in options.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
        let Some(name) = entry.key.as_str().filter(|name| is_client_option(name)) else { continue };
        let full = format!("kafka.{name}");
        let diagnostic = Diagnostic::error(&UNPREFIXED_OPTION, format!("option `{name}` lacks its prefix"))
            .at(&entry.key, "an option of the Kafka client");
        report.push(match options.get(&full) {
            Some(other) => diagnostic
                .label(other.span, format!("`{full}` is set here"))
                .help(format!("remove `{name}`: Spark passes on `{full}` only")),
            None => diagnostic.help(format!("write `{full}`, which `lhp fix` does")),
        });
    }
    let mechanism = options.get(MECHANISM);
    let used = AUTHENTICATIONS.iter().find(|known| mechanism.and_then(Node::as_str) == Some(known.mechanism));
    if let (Some(mechanism), Some(Authentication { mechanism: name, rule, needs })) = (mechanism, used) {
        let missing: Vec<String> =
            needs.iter().filter(|key| options.get(key).is_none()).map(|key| format!("`{key}`")).collect();
        if !missing.is_empty() {
            report.push(
                Diagnostic::error(rule, format!("authentication with {name} lacks {}", missing.join(", ")))
                    .at(mechanism, "needs more options")
                    .help(format!("add {} to `options`", missing.join(", "))),
            );
        }
    }
}

/// Text, or several texts that are joined with commas. The value is read from the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words;

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "boolean", "array"],
            "items": {"type": ["string", "number", "boolean"]}
        })
    }
}

/// Text as Kafka reads it: the items of a list with commas between them.
pub fn words(node: &Node) -> Text {
    let Some(items) = node.as_sequence() else { return python_str(node) };
    let mut text = Text::default();
    for (index, item) in items.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push(&python_str(item));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_options_are_sorted_and_distinct() {
        assert!(CLIENT_OPTIONS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
