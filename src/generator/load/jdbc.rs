//! `load: jdbc` — a batch read through a JDBC driver.
//!
//! In: connection settings and a query or a table. Out: one temporary view.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values, string_value};
use crate::model::ActionType;
use crate::model::lax::Scalar;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};

rules! {
    /// A JDBC load has neither a `query` nor a `table`.
    ///
    /// ## Why
    /// The reader of Spark needs one of them and fails without it.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: jdbc
    ///   url: jdbc:postgresql://shop/orders
    ///   user: reader
    ///   password: ${secret:shop/password}
    ///   driver: org.postgresql.Driver
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: jdbc
    ///   url: jdbc:postgresql://shop/orders
    ///   user: reader
    ///   password: ${secret:shop/password}
    ///   driver: org.postgresql.Driver
    ///   table: public.orders
    /// ```
    pub static NOTHING_TO_READ: Rule = Rule::new("LHP-VAL-007", "jdbc-without-query-or-table");
}

/// Reads a batch from a database. One of `query` and `table` is needed, and `query` wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JdbcSource {
    /// JDBC connection string.
    #[schemars(extend("minLength" = 1))]
    pub url: Scalar,
    /// Name of the database user.
    #[schemars(extend("minLength" = 1))]
    pub user: Scalar,
    /// Password of the user; use a secret.
    #[schemars(extend("minLength" = 1))]
    pub password: Scalar,
    /// Class of the driver.
    #[schemars(extend("minLength" = 1))]
    pub driver: Scalar,
    /// Query to run in the database.
    pub query: Option<Scalar>,
    /// Table to read.
    pub table: Option<Scalar>,
}

/// The generator.
pub struct Jdbc;

impl BuiltIn for Jdbc {
    type Settings = JdbcSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "jdbc";
    const SUMMARY: &'static str = "Read a table or a query result through JDBC";
    const ADDS_METADATA: bool = true;

    fn check(_: &JdbcSource, action: &Action, _: &Project, report: &mut Report) {
        let given = |key: &str| action.setting(key).is_some_and(|node| node.is_truthy());
        if !given("query") && !given("table") {
            report.push(
                Diagnostic::error(
                    &NOTHING_TO_READ,
                    format!("load `{}` names neither a query nor a table", action.name),
                )
                .at(&action.settings, "needs `query` or `table`")
                .help("add `table: …` or `query: …`"),
            );
        }
    }

    fn generate(_: &JdbcSource, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let value = |key: &str| action.setting(key).filter(|node| node.is_truthy()).map(string_value);
        let values = context! {
            target => action.target(),
            description => template_text(&action.description().unwrap_or_else(|| format!("JDBC source: {}", action.name).into())),
            url => value("url"),
            user => value("user"),
            password => value("password"),
            driver => value("driver"),
            query => value("query"),
            table => value("table"),
            metadata => metadata_values(action),
        };
        Some(Fragment::new(Section::Loads, context.render("load/jdbc.py.j2", values, action, report)?))
    }
}
