//! Python packages by their names: requirements go in, what is installed of them comes out. Only names of files are looked
//! at.

use std::path::PathBuf;

/// The normal form of the name of a package, which is the id of its plugin unless a manifest says otherwise.
pub(crate) fn package_id(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if id.ends_with('-') => {}
            '-' | '_' | '.' => id.push('-'),
            other => id.extend(other.to_lowercase()),
        }
    }
    id
}

/// The versions of packages that are installed in directories, as `name==version`, for requirements such as
/// `boto3>=1.26.0`. Those that are not there are left out.
pub(crate) fn installed(directories: &[PathBuf], requirements: &[String]) -> Vec<String> {
    let names: Vec<String> = requirements.iter().map(|requirement| required_name(requirement)).collect();
    let listings = directories.iter().filter_map(|directory| std::fs::read_dir(directory).ok());
    let mut found: Vec<String> = listings
        .flat_map(|listing| listing.flatten())
        .filter_map(|entry| {
            let name = entry.file_name();
            let (package, version) = name.to_str()?.strip_suffix(".dist-info")?.split_once('-')?;
            let package = package_id(package);
            names.contains(&package).then(|| format!("{package}=={version}"))
        })
        .collect();
    found.sort();
    found
}

/// The normal form of the name in a requirement.
fn required_name(requirement: &str) -> String {
    let is_of_name = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    package_id(requirement.trim().split(|character| !is_of_name(character)).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_required_packages_are_found_by_their_normal_names() {
        let root = tempfile::tempdir().unwrap();
        for name in ["Boto3-1.34.0.dist-info", "my_tool-2.0.dist-info", "other-1.0.dist-info", "boto3"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let directories = [root.path().join("absent"), root.path().to_owned()];
        let requirements =
            ["boto3[crt]>=1.26.0; python_version > '3'", " my.tool ~= 2.0", "missing"].map(str::to_owned);
        assert_eq!(installed(&directories, &requirements), ["boto3==1.34.0", "my-tool==2.0"]);
    }
}
