"""What the writer writes, and what it says about it."""

import pytest
from dativo_ingest.config import AssetDefinition, TargetConfig

from lhp_%key%.plugin import Writer


@pytest.fixture
def writer(tmp_path):
    return Writer(AssetDefinition(name="orders"), TargetConfig(), str(tmp_path / "out"))


def test_connection_check(writer):
    assert writer.check_connection().success


def test_write_batch_says_what_was_written(writer):
    [file] = writer.write_batch([{"id": 1}, {"id": 2}], 7)
    assert file["path"].endswith("orders_000000000007.jsonl")
    assert file["record_count"] == 2


def test_a_batch_that_is_written_again_gives_the_same_file(writer):
    assert writer.write_batch([{"id": 1}], 0) == writer.write_batch([{"id": 1}], 0)


def test_commit_counts(writer):
    files = writer.write_batch([{"id": 1}], 0) + writer.write_batch([{"id": 2}], 1)
    assert writer.commit_files(files) == {"status": "success", "files_added": 2, "total_records": 2}


def test_invalid_config_raises():
    with pytest.raises(ValueError):
        Writer(AssetDefinition(name="orders"), TargetConfig(), "")
