//! Codes of the reference tool (Lakehouse Plumber 0.9.3) that no rule has, each with the reason.

/// A code without a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Absent {
    pub code: &'static str,
    /// Why it is never reported, and what is reported instead.
    pub reason: &'static str,
}

const RESERVED: &str = "The reference tool reserves this code and never reports it.";
const INTERNAL: &str = "It reports a fault inside the reference tool, not in a project. Faults of lhp are reported as \
                        LHP-GEN-902/internal.";
const BUNDLE: &str = "It belongs to the resources of asset bundles, which this version does not write. A project with \
                      bundle resources gets LHP-CFG-087/bundle-not-synced.";
const PIPELINE_CONFIG: &str = "It belongs to the settings of a pipeline config, which this version does not use: \
                               LHP-CFG-087/pipeline-config-not-used says so.";
const WHEEL: &str = "It belongs to packaging pipelines as wheels, which this version does not do.";
const SANDBOX: &str =
    "It belongs to sandbox mode, which this version does not have: LHP-CFG-088/not-available says so.";
const DAG: &str = "It belongs to the `dag` command, which this version does not have.";
const INIT: &str = "It belongs to the `init` command, which this version does not have.";
const SKILL: &str = "It belongs to the `skill` command, which lhp does not have: it installs no files for assistants.";
const NO_INSTANCE: &str = "A file without a blueprint name is no instance, here as in the reference tool, which never \
                           reaches this code.";

/// The codes, sorted.
pub static ABSENT: &[Absent] = &[
    Absent { code: "LHP-CFG-015", reason: RESERVED },
    Absent { code: "LHP-CFG-016", reason: RESERVED },
    Absent { code: "LHP-CFG-017", reason: RESERVED },
    Absent { code: "LHP-CFG-021", reason: RESERVED },
    Absent { code: "LHP-CFG-023", reason: BUNDLE },
    Absent { code: "LHP-CFG-024", reason: RESERVED },
    Absent { code: "LHP-CFG-025", reason: RESERVED },
    Absent { code: "LHP-CFG-026", reason: BUNDLE },
    Absent { code: "LHP-CFG-028", reason: INTERNAL },
    Absent { code: "LHP-CFG-029", reason: INTERNAL },
    Absent { code: "LHP-CFG-030", reason: INTERNAL },
    Absent { code: "LHP-CFG-034", reason: "The formatter is part of lhp, so it cannot be missing." },
    Absent { code: "LHP-CFG-051", reason: NO_INSTANCE },
    Absent { code: "LHP-CFG-056", reason: RESERVED },
    Absent { code: "LHP-CFG-057", reason: RESERVED },
    Absent { code: "LHP-CFG-058", reason: RESERVED },
    Absent { code: "LHP-CFG-061", reason: WHEEL },
    Absent { code: "LHP-CFG-063", reason: SANDBOX },
    Absent { code: "LHP-CFG-064", reason: SANDBOX },
    Absent { code: "LHP-CFG-065", reason: SANDBOX },
    Absent { code: "LHP-DEP-002", reason: DAG },
    Absent { code: "LHP-DEP-003", reason: DAG },
    Absent { code: "LHP-EVT-SOFT-CAP", reason: "lhp has no limit on the number of its events." },
    Absent { code: "LHP-GEN-000", reason: INIT },
    Absent { code: "LHP-GEN-001", reason: BUNDLE },
    Absent { code: "LHP-GEN-901", reason: INTERNAL },
    Absent { code: "LHP-IO-007", reason: INIT },
    Absent { code: "LHP-IO-020", reason: SKILL },
    Absent { code: "LHP-IO-021", reason: SKILL },
    Absent { code: "LHP-IO-022", reason: WHEEL },
    Absent { code: "LHP-IO-023", reason: WHEEL },
    Absent { code: "LHP-IO-024", reason: WHEEL },
    Absent { code: "LHP-IO-025", reason: SANDBOX },
    Absent { code: "LHP-IO-026", reason: "lhp has no web interface." },
    Absent { code: "LHP-IO-027", reason: "lhp has no web interface." },
    Absent { code: "LHP-IO-028", reason: "lhp sends no telemetry, so there is no preference to store." },
    Absent { code: "LHP-IO-029", reason: SKILL },
    Absent { code: "LHP-VAL-002", reason: DAG },
    Absent { code: "LHP-VAL-003", reason: DAG },
    Absent { code: "LHP-VAL-004", reason: DAG },
    Absent { code: "LHP-VAL-005", reason: PIPELINE_CONFIG },
    Absent {
        code: "LHP-VAL-006",
        reason: "For an unknown `enforcement`, the schema of the action answers first: LHP-VAL-007/wrong-field. Its \
                 other use belongs to the pipeline config, which this version does not use.",
    },
    Absent {
        code: "LHP-VAL-012",
        reason: "For a `source` of the wrong shape, the schema of the action answers first: LHP-VAL-007/wrong-field.",
    },
    Absent { code: "LHP-VAL-015", reason: INTERNAL },
    Absent { code: "LHP-VAL-020", reason: INTERNAL },
    Absent { code: "LHP-VAL-053", reason: NO_INSTANCE },
    Absent { code: "LHP-VAL-062", reason: WHEEL },
    Absent { code: "LHP-VAL-064", reason: SANDBOX },
    Absent { code: "LHP-VAL-065", reason: SANDBOX },
    Absent { code: "LHP-VAL-066", reason: SANDBOX },
    Absent { code: "LHP-VAL-067", reason: SANDBOX },
    Absent { code: "LHP-VAL-DUPFG", reason: INTERNAL },
];

/// Why a code of the reference tool is never reported.
pub fn absent(code: &str) -> Option<&'static Absent> {
    ABSENT.iter().find(|absent| absent.code == code)
}
