//! Versions: of the protocol, of plugins, and ranges of them.

use std::str::FromStr;

use pep440_rs::Version as PackageVersion;
use semver::{Version, VersionReq};

use crate::project::LANGUAGE_VERSION;
use crate::project::version::{Requirement, requirement};

/// Version of the protocol between host and plugins, as major and minor number.
pub const PROTOCOL: (u64, u64) = (1, 0);

/// Version of this program.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Version of the tool that this program takes the place of. Plugins that were written for that tool mean its versions
/// by `requires.lhp`.
pub const COMPATIBLE: &str = LANGUAGE_VERSION;

/// The major and minor number of a text such as `1.0`.
pub fn api(text: &str) -> Option<(u64, u64)> {
    let (major, minor) = text.split_once('.')?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| plain)
    };
    Some((number(major)?, number(minor)?))
}

/// Versions that may be used. PEP 440 clauses (`>=1.0, <2`) and those of Cargo (`^1.2`, `1.*`) are understood.
#[derive(Debug, Clone)]
pub struct Range {
    text: String,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Clauses(Requirement),
    Cargo(VersionReq),
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = match requirement(text) {
            Ok(clauses) => Form::Clauses(clauses),
            Err(error) => match VersionReq::parse(text) {
                Ok(cargo) => Form::Cargo(cargo),
                Err(_) => return Err(error.help),
            },
        };
        Ok(Self { text: text.to_owned(), form })
    }

    /// Whether a version lies in the range.
    pub fn allows(&self, version: &str) -> bool {
        match &self.form {
            Form::Clauses(clauses) => clauses.allows(version),
            Form::Cargo(cargo) => comparable(version).is_some_and(|version| cargo.matches(&version)),
        }
    }

    /// Whether this program lies in the range, by its own version or by that of the tool that it takes the place of.
    pub fn allows_program(&self) -> bool {
        [PROGRAM, COMPATIBLE].iter().any(|version| self.allows(version))
    }

    /// The range as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A version that can be compared with others. Those of Python packages count with three numbers.
pub fn comparable(text: &str) -> Option<Version> {
    Version::parse(text).ok().or_else(|| {
        let package = PackageVersion::from_str(text).ok()?;
        let mut numbers = package.release().iter().copied().chain(std::iter::repeat(0));
        let mut next = || numbers.next().unwrap_or(0);
        let mut version = Version::new(next(), next(), next());
        if package.any_prerelease() {
            version.pre = semver::Prerelease::new("pre").ok()?;
        }
        Some(version)
    })
}

/// Whether a class of a version keeps to an interface: the first numbers are the same, and the second one of the class
/// is not lower.
pub fn satisfies(version: &str, api: &str) -> bool {
    let numbers = |text: &str| {
        let mut parts = text.trim().trim_start_matches('v').split(['.', '-', '+', 'a', 'b', 'r']);
        let major = parts.next()?.parse::<u64>().ok()?;
        Some((major, parts.next().and_then(|minor| minor.parse::<u64>().ok()).unwrap_or(0)))
    };
    match (numbers(version), numbers(api)) {
        (Some((major, minor)), Some((wanted, least))) => major == wanted && minor >= least,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_python_and_of_cargo_are_understood() {
        for (range, version, expected) in [
            (">=1.0, <2", "1.9.0", true),
            (">=1.0, <2", "2.0.0", false),
            ("~=1.2", "1.3.0", true),
            ("==1.0.0", "1.0.0", true),
            ("^1.2", "1.9.9", true),
            ("^1.2", "2.0.0", false),
            ("1.*", "1.4.0", true),
            ("*", "7.0.0", true),
        ] {
            assert_eq!(Range::parse(range).unwrap().allows(version), expected, "{range} {version}");
        }
        assert!(Range::parse(">=one").is_err());
    }

    #[test]
    fn a_range_for_this_program_may_mean_its_own_version_or_the_one_it_stands_for() {
        for (range, expected) in [
            (">=0.1", true),
            ("==0.1.*", true),
            (">=0.3", true),
            (">=0.2.6", true),
            (">=0.9,<1", true),
            (">=0.3,<0.9", false),
            (">=0.9.4", false),
            (">=9", false),
        ] {
            assert_eq!(Range::parse(range).unwrap().allows_program(), expected, "{range}");
        }
    }

    #[test]
    fn versions_of_packages_are_ordered_like_others() {
        assert!(comparable("1.2").unwrap() < comparable("1.2.1").unwrap());
        assert!(comparable("1.2rc1").unwrap() < comparable("1.2.0").unwrap());
        assert_eq!(comparable("not a version"), None);
    }

    #[test]
    fn a_protocol_version_has_two_numbers() {
        assert_eq!(api("1.0"), Some((1, 0)));
        for wrong in ["1", "1.", "1.0.0", "+1.0", "one"] {
            assert_eq!(api(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn n_09_a_class_keeps_to_the_interface_of_its_first_number() {
        for (version, api) in [("1.0.0", "1.0"), ("1.4", "1.0"), ("1", "1.0"), ("v1.2.0-rc1", "1.2"), ("1.0b1", "1.0")]
        {
            assert!(satisfies(version, api), "{version} {api}");
        }
        for (version, api) in [("2.0.0", "1.0"), ("0.9", "1.0"), ("1.0.0", "1.1"), ("latest", "1.0"), ("", "1.0")] {
            assert!(!satisfies(version, api), "{version} {api}");
        }
    }
}
