//! Options of Kafka clients, as loads and sinks name them: an `options` mapping goes in, diagnostics come out.
//!
//! Spark hands an option to the Kafka client if its name begins with `kafka.` (Spark: Structured Streaming + Kafka
//! integration guide). Other options belong to Spark itself; they are not checked here.

use crate::report::{Diagnostic, Report, Rule};
use crate::syntax::Node;

/// An option of the Kafka client without its prefix, which Spark would ignore.
pub static UNPREFIXED_OPTION: Rule = Rule::within("LHP-CFG-001", "unprefixed-kafka-option", "LHP-VAL-007");
/// Authentication by MSK IAM without the options that it needs.
pub static INCOMPLETE_MSK_IAM: Rule = Rule::within("LHP-VAL-017", "incomplete-msk-iam", "LHP-VAL-007");
/// Authentication by OAuth without the options that it needs.
pub static INCOMPLETE_OAUTH: Rule = Rule::within("LHP-VAL-018", "incomplete-oauth", "LHP-VAL-007");

/// What stands before the name of an option of the client.
const PREFIX: &str = "kafka.";
/// The option that selects how clients authenticate.
pub const MECHANISM: &str = "kafka.sasl.mechanism";
/// The mechanism of OAuth and of Azure Event Hubs.
pub const OAUTH: &str = "OAUTHBEARER";
/// The mechanism of Amazon MSK.
const MSK_IAM: &str = "AWS_MSK_IAM";

/// Options that a Kafka client knows, without their prefix, sorted (Kafka: consumer and common client configuration).
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

/// A way to authenticate and the options that it cannot do without.
struct Authentication {
    mechanism: &'static str,
    title: &'static str,
    rule: &'static Rule,
    needs: &'static [&'static str],
}

const AUTHENTICATIONS: [Authentication; 2] = [
    Authentication {
        mechanism: MSK_IAM,
        title: "MSK IAM",
        rule: &INCOMPLETE_MSK_IAM,
        needs: &["kafka.sasl.jaas.config", "kafka.security.protocol", "kafka.sasl.client.callback.handler.class"],
    },
    Authentication {
        mechanism: OAUTH,
        title: "OAuth",
        rule: &INCOMPLETE_OAUTH,
        needs: &[
            "kafka.sasl.jaas.config",
            "kafka.security.protocol",
            "kafka.sasl.oauthbearer.token.endpoint.url",
            "kafka.sasl.login.callback.handler.class",
        ],
    },
];

/// Checks the options of a Kafka load or sink: the prefix of client options, and complete authentication.
pub fn check_kafka_options(options: &Node, report: &mut Report) {
    check_prefixes(options, report);
    check_authentication(options, report);
}

/// Whether clients authenticate by a mechanism.
pub fn uses_mechanism(options: &Node, mechanism: &str) -> bool {
    options.get(MECHANISM).and_then(Node::as_str) == Some(mechanism)
}

fn check_prefixes(options: &Node, report: &mut Report) {
    for entry in options.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
        let Some(name) = entry.key.as_str().filter(|name| CLIENT_OPTIONS.binary_search(name).is_ok()) else { continue };
        let full = format!("{PREFIX}{name}");
        let diagnostic =
            Diagnostic::error(&UNPREFIXED_OPTION, format!("Kafka option `{name}` lacks its prefix `{PREFIX}`"))
                .at(&entry.key, "Spark ignores this option");
        report.push(match options.get(&full) {
            Some(other) => diagnostic
                .label(other.span, format!("`{full}` is set here"))
                .help(format!("remove `{name}`; `{full}` is what counts")),
            None => diagnostic.help(format!("write `{full}`")),
        });
    }
}

fn check_authentication(options: &Node, report: &mut Report) {
    for Authentication { mechanism, title, rule, needs } in AUTHENTICATIONS {
        let Some(place) = options.get(MECHANISM).filter(|_| uses_mechanism(options, mechanism)) else { continue };
        let missing: Vec<String> =
            needs.iter().filter(|name| options.get(name).is_none()).map(|name| format!("`{name}`")).collect();
        if !missing.is_empty() {
            report.push(
                Diagnostic::error(rule, format!("authentication by {title} is incomplete"))
                    .at(place, "needs more options than are given")
                    .help(format!("add {} to these options", missing.join(", "))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::syntax::yaml::{Limits, parse};

    fn findings(options: &str) -> Vec<String> {
        let file = SourceMap::new("").add("options.yaml", options);
        let parsed = parse(file, options, &Limits::default()).unwrap();
        let mut report = Report::default();
        check_kafka_options(parsed.documents.first().unwrap(), &mut report);
        report
            .diagnostics
            .iter()
            .map(|found| format!("{} {}", found.rule.code, found.help.as_deref().unwrap()))
            .collect()
    }

    #[test]
    fn client_options_are_sorted_for_the_search() {
        assert!(CLIENT_OPTIONS.is_sorted());
    }

    #[test]
    fn client_options_need_their_prefix() {
        assert_eq!(findings("{topic: t, acks: all, kafka.group.id: g, 5: x}"), [""; 0]);
        assert_eq!(findings("{group.id: g}"), ["LHP-CFG-001 write `kafka.group.id`"]);
        let twice = "LHP-CFG-001 remove `group.id`; `kafka.group.id` is what counts";
        assert_eq!(findings("{group.id: g, kafka.group.id: h}"), [twice]);
    }

    #[test]
    fn mechanisms_need_their_companions() {
        assert_eq!(findings("{kafka.sasl.mechanism: PLAIN}"), [""; 0]);
        assert_eq!(
            findings("{kafka.sasl.mechanism: AWS_MSK_IAM, kafka.sasl.jaas.config: j, kafka.security.protocol: SSL}"),
            ["LHP-VAL-017 add `kafka.sasl.client.callback.handler.class` to these options"]
        );
        assert_eq!(
            findings("{kafka.sasl.mechanism: OAUTHBEARER, kafka.sasl.jaas.config: j, kafka.security.protocol: SSL}"),
            ["LHP-VAL-018 add `kafka.sasl.oauthbearer.token.endpoint.url`, \
              `kafka.sasl.login.callback.handler.class` to these options"]
        );
    }
}
