//! A native reader: rows of CSV files, in batches.
//!
//! Settings: `connection.path` is a file, or a directory in which `objects` names files without `.csv`;
//! `connection.batch_size` is the number of rows per batch (1000), and `connection.delimiter` a character (`,`). The first
//! line names the columns. Every value is text, and an empty one is null.

mod csv;

use std::path::{Path, PathBuf};

use csv::Records;
use lhp_plugin::reader::{Failure, Reader, Settings};
use serde_json::{Map, Value, json};

/// Rows per batch, unless the settings say otherwise.
const BATCH: u64 = 1000;

/// Reads one file after the other.
pub struct CsvReader {
    /// Files that are still to be read, the next one last.
    pending: Vec<PathBuf>,
    open: Option<(Vec<String>, Records)>,
    batch_size: usize,
    delimiter: char,
    all: Vec<PathBuf>,
}

impl CsvReader {
    /// The next row, of whatever file it is.
    fn next_row(&mut self) -> Result<Option<Value>, Failure> {
        loop {
            if let Some((columns, records)) = &mut self.open {
                match records.next_record()? {
                    Some(values) if values.len() == columns.len() => {
                        let cell = |value: String| if value.is_empty() { Value::Null } else { Value::String(value) };
                        let row: Map<String, Value> =
                            columns.iter().cloned().zip(values.into_iter().map(cell)).collect();
                        return Ok(Some(Value::Object(row)));
                    }
                    Some(values) => {
                        let (line, found, wanted) = (records.line(), values.len(), columns.len());
                        return Err(Failure(format!("line {line} has {found} values, and there are {wanted} columns")));
                    }
                    None => self.open = None,
                }
            }
            let Some(path) = self.pending.pop() else { return Ok(None) };
            let mut records = open(&path, self.delimiter)?;
            let columns = records.next_record()?.unwrap_or_default();
            self.open = Some((columns, records));
        }
    }
}

fn open(path: &Path, delimiter: char) -> Result<Records, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    Ok(Records::new(text, delimiter))
}

impl Reader for CsvReader {
    fn create(settings: Settings) -> Result<Self, Failure> {
        let connection = &settings.connection;
        let path = connection.get("path").and_then(Value::as_str).filter(|path| !path.is_empty());
        let path =
            PathBuf::from(path.ok_or_else(|| Failure("`connection.path` must name a file or directory".into()))?);
        let batch_size = connection.get("batch_size").map_or(Some(BATCH), Value::as_u64).filter(|size| *size > 0);
        let batch_size =
            batch_size.ok_or_else(|| Failure("`connection.batch_size` must be a number above 0".into()))?;
        let delimiter = connection.get("delimiter").and_then(Value::as_str).unwrap_or(",");
        let mut characters = delimiter.chars();
        let (Some(delimiter), None) = (characters.next(), characters.next()) else {
            return Err(Failure("`connection.delimiter` must be one character".into()));
        };
        let all: Vec<PathBuf> = match settings.objects.as_slice() {
            [] => vec![path],
            objects if path.is_dir() => objects.iter().map(|object| path.join(format!("{object}.csv"))).collect(),
            _ => vec![path],
        };
        let pending = all.iter().rev().cloned().collect();
        let batch_size = usize::try_from(batch_size).unwrap_or(usize::MAX);
        Ok(Self { pending, open: None, batch_size, delimiter, all })
    }

    fn next_batch(&mut self) -> Result<Option<Vec<Value>>, Failure> {
        let mut batch = Vec::new();
        while batch.len() < self.batch_size {
            match self.next_row()? {
                Some(row) => batch.push(row),
                None => break,
            }
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    fn check_connection(&mut self) -> Value {
        match self.all.iter().find(|path| !path.is_file()) {
            Some(path) => json!({
                "success": false, "message": format!("there is no file {}", path.display()), "error_code": "NOT_FOUND",
            }),
            None => json!({"success": true, "message": "every file is there", "details": {"files": self.all.len()}}),
        }
    }

    fn discover(&mut self) -> Value {
        let object = |path: &PathBuf| {
            let columns = open(path, self.delimiter).ok()?.next_record().ok()??;
            let name = path.file_stem()?.to_string_lossy().into_owned();
            Some(json!({"name": name, "type": "file", "description": columns.join(", ")}))
        };
        json!({"objects": self.all.iter().filter_map(object).collect::<Vec<_>>(), "metadata": {}})
    }
}

lhp_plugin::export_reader!(CsvReader);

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(settings: Value) -> Result<CsvReader, Failure> {
        CsvReader::create(serde_json::from_value(settings).unwrap())
    }

    #[test]
    fn rows_come_in_batches_and_end() {
        let path = std::env::temp_dir().join(format!("lhp-csv-reader-{}.csv", std::process::id()));
        std::fs::write(&path, "id,name\n1,north\n2,\n3,\"a \"\"b\"\", c\"\n").unwrap();
        let mut reader = reader(json!({"connection": {"path": path, "batch_size": 2}})).unwrap();
        let first = reader.next_batch().unwrap().unwrap();
        assert_eq!(first, [json!({"id": "1", "name": "north"}), json!({"id": "2", "name": null})]);
        assert_eq!(reader.next_batch().unwrap().unwrap(), [json!({"id": "3", "name": "a \"b\", c"})]);
        assert_eq!(reader.next_batch().unwrap(), None);
        assert_eq!(reader.next_batch().unwrap(), None, "the end stays the end");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn settings_that_cannot_be_used_are_told() {
        for settings in [json!({}), json!({"connection": {"path": "a", "batch_size": 0}})] {
            assert!(reader(settings).is_err());
        }
        let mut missing = reader(json!({"connection": {"path": "no/such.csv"}})).unwrap();
        assert!(missing.next_batch().is_err());
        assert_eq!(missing.check_connection()["error_code"], "NOT_FOUND");
    }
}
